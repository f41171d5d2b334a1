/*
 * source.h - a database that rows are read from
 *
 * What the copying needs of a source, whatever its kind: an open connection in
 * a read-only snapshot (all that is read through one source is of one
 * moment), its tables, their description, and rows of a table or a query.
 *
 * One result is read at a time: between the first rows_next and rows_close the
 * source can do nothing else.
 */
#ifndef EXTRACT_SOURCE_H
#define EXTRACT_SOURCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv/csv_writer.h"
#include "error.h"

struct source;
struct rows;

/*
 * What of a table is wanted.  table is as the user wrote it: a name, or
 * database.name, each of which may stand in backquotes.
 */
struct selection {
	const char *table;
	const char *where;   /* a condition in the source's SQL, or NULL */
	const char *columns; /* names with commas between them, or NULL: all */
};

/* For the authors of sources only; callers use the functions below. */
struct source_class {
	struct rows *(*list)(struct source *, struct error *);
	struct rows *(*table)(struct source *, const struct selection *, struct error *);
	struct rows *(*query)(struct source *, const char *sql, struct error *);
	json_t *(*describe)(struct source *, const struct selection *, struct error *);
	json_t *(*identity)(struct source *, struct error *);
	json_t *(*snapshot)(struct source *, struct error *);
	void (*close)(struct source *);
};

struct source {
	const struct source_class *class;
};

struct rows_class {
	int (*next)(struct rows *, struct error *);
	void (*put)(const struct rows *, struct csv_writer *);
	json_t *(*schema)(const struct rows *, struct error *);
	void (*close)(struct rows *);
};

struct rows {
	const struct rows_class *class;
	const char *const *names; /* of the columns, in UTF-8 */
	size_t ncolumns;
	uint64_t estimate;  /* of the number of rows; 0: unknown */
	bool transactional; /* false: the snapshot does not hold for these rows */
	uint64_t read;      /* rows that next gave so far */
	uint64_t bytes;     /* of their values, as the source sent them */
};

/*
 * Connect to the database that address names, and begin the snapshot.
 * defaults_file is NULL or an option file (mysql://).  ERROR_USAGE for an
 * address of an unknown kind.  NULL on failure.
 */
struct source *source_open(const char *address, const char *defaults_file, struct error *err);

/* The tables and views of the database (of all, if the address names none), as rows. */
struct rows *source_list(struct source *s, struct error *err);

/*
 * Prepare to read a table, or the result of one SELECT: its columns are known
 * then, and the first rows_next runs it.  Nothing of it is held in memory but
 * the present row.  A table or column that is not there, or a query that
 * cannot be run, is ERROR_USAGE.
 */
struct rows *source_table(
	struct source *s, const struct selection *selection, struct error *err);
struct rows *source_query(struct source *s, const char *sql, struct error *err);

/*
 * The columns selected as Table Schema, with the source's own types, keys and
 * indexes under "caravan"; the caller's (json_decref).
 */
json_t *source_describe(struct source *s, const struct selection *selection, struct error *err);

/* What the server is, and which moment the snapshot is; objects for a manifest, the caller's. */
json_t *source_identity(struct source *s, struct error *err);
json_t *source_snapshot(struct source *s, struct error *err);

/* Takes NULL. */
void source_close(struct source *s);

/* Fetch a row: 1, or 0 after the last, when the server has said that it was the last; or -1. */
int rows_next(struct rows *r, struct error *err);

/* Write the row fetched last, without the record's end; failures show at csv_writer_end. */
void rows_put(const struct rows *r, struct csv_writer *w);

/* The result's columns as Table Schema; the caller's (json_decref). */
json_t *rows_schema(const struct rows *r, struct error *err);

/*
 * End reading.  Before the last row it also cuts the connection, since the
 * server would have to send the rest: the source can then only be closed.
 * Takes NULL.
 */
void rows_close(struct rows *r);

#endif
