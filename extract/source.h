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
 * database.name (PostgreSQL: schema.name), each of which may stand in
 * backquotes (PostgreSQL: double quotes).
 */
struct selection {
	const char *table;
	const char *where;   /* a condition in the source's SQL, or NULL */
	const char *columns; /* names with commas between them, or NULL: all */
};

/*
 * How a table is read in parts: all that is known of it beforehand.  It does
 * not change any more, so several connections may use it at once.
 */
struct plan {
	json_t *key;        /* the columns' names; NULL: no key to cut it along */
	uint64_t estimate;  /* of the number of rows; 0: unknown */
	uint64_t row_bytes; /* of an average row; 0: unknown */
	bool transactional; /* false: the snapshot does not hold for it */
	char *definition;   /* of its columns, as text to be compared */
	const struct source_class *class;
};

/* A value of the key, which ends one range of rows and begins the next. */
struct bound {
	char **literals; /* the source's own, one a column */
	size_t n;
	json_t *shown; /* an array of texts for people */
};

/* How many connections there are, and how they come to one snapshot. */
struct snapshot_request {
	size_t connections;
	bool no_lock;                   /* their snapshots may then differ */
	bool queries;                   /* there are queries too: their tables are not known */
	const struct selection *tables; /* those to be read */
	size_t ntables;
};

/* For the authors of sources only; callers use the functions below. */
struct source_class {
	struct rows *(*list)(struct source *, struct error *);
	struct rows *(*table)(struct source *, const struct selection *, struct error *);
	struct rows *(*query)(struct source *, const char *sql, struct error *);
	json_t *(*describe)(struct source *, const struct selection *, struct error *);
	json_t *(*identity)(struct source *, struct error *);
	json_t *(*snapshot)(struct source *, struct error *);
	struct plan *(*plan)(struct source *, const struct selection *, struct error *);
	int (*walk)(struct source *, const struct plan *, const struct bound *, uint64_t,
		struct bound **, struct error *);
	struct rows *(*range)(struct source *, const struct plan *, const struct bound *,
		const struct bound *, struct error *);
	int (*unchanged)(struct source *, const struct plan *, struct error *);
	void (*plan_free)(struct plan *);
	int (*status)(struct source *, const char *, uint64_t *, struct error *);
	bool (*is_lost)(struct source *);
	void (*stop)(struct source *);
	void (*close)(struct source *);
};

struct source {
	const struct source_class *class;
};

/* Fill *err with the news that the table was changed under the run.  Returns -1. */
int source_table_changed(const char *table, struct error *err);

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

/* For the authors too: a header must tell its columns apart.  ERROR_USAGE where it does not. */
int rows_check_names(const struct rows *r, struct error *err);

/*
 * Connect to the database that address names, and begin the snapshot.
 * defaults_file is NULL or an option file (mysql://).  ERROR_USAGE for an
 * address of an unknown kind.  NULL on failure.
 */
struct source *source_open(const char *address, const char *defaults_file, struct error *err);

/*
 * The same, request->connections times, with one snapshot in all of them, into
 * sources.  The servers give that only while nobody writes: under a lock that
 * is let go before this returns, a global one, or, without the right for that,
 * one on the tables.  What gets no lock within seconds is ERROR_RUNTIME.  On
 * failure all are closed, and NULL.
 */
int source_open_many(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err);

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

/* Look at a table that is to be read in ranges; the caller's (source_plan_free). */
struct plan *source_plan(
	struct source *s, const struct selection *selection, struct error *err);

/*
 * Walk `rows` (1 or more) rows along the key from behind `after` (NULL: from
 * the start): *upto is the key of the last of them, the caller's
 * (source_bound_free), or NULL where no rows are left behind these: the range
 * is then the last.
 */
int source_walk(struct source *s, const struct plan *plan, const struct bound *after,
	uint64_t rows, struct bound **upto, struct error *err);

/*
 * Prepare to read the rows with after < key <= upto, in the key's order; NULL
 * is no limit.  See source_table.
 */
struct rows *source_range(struct source *s, const struct plan *plan, const struct bound *after,
	const struct bound *upto, struct error *err);

/* 0 if the table's columns are still those of the plan, else -1, with ERROR_RUNTIME. */
int source_unchanged(struct source *s, const struct plan *plan, struct error *err);

void source_plan_free(struct plan *plan);
void source_bound_free(struct bound *bound);

/* A counter of the server, such as Threads_running. */
int source_status(struct source *s, const char *name, uint64_t *value, struct error *err);

/* After a failure: whether the connection is gone, and its snapshot with it. */
bool source_is_lost(struct source *s);

/* Make all that the source waits for fail soon; to be called from any thread. */
void source_stop(struct source *s);

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
