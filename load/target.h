/*
 * target.h - the table that is loaded: its columns, keys and sequences
 *
 * All is read from the catalog once, before anything is done, so that what
 * cannot work is told at once, with all its reasons.
 */
#ifndef LOAD_TARGET_H
#define LOAD_TARGET_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "csv/csv_reader.h"
#include "error.h"

/* All text lives as long as the target. */
struct target_column {
	const char *name;
	const char *sequence; /* PostgreSQL: "schema"."name" that makes its numbers, or NULL */
	bool may_set;         /* whether the role may set that sequence */
	bool not_null;
	bool has_default; /* also an identity */
	bool generated;
	bool always; /* PostgreSQL: GENERATED ALWAYS AS IDENTITY */
};

/* A constraint that rows which come later may yet fulfil. */
struct target_constraint {
	const char *name;
	const char *
		deferred; /* PostgreSQL: "schema"."name" if it is initially deferred, else NULL */
};

struct target {
	PGconn *conn;       /* borrowed; NULL if it is not PostgreSQL */
	const char *oid;    /* as text; likewise */
	const char *schema; /* of MySQL: the database */
	const char *table;
	const char *null_code;   /* of the error that a column is NULL and must not be */
	char kind;               /* relkind: r table, p partitioned, v view, f foreign */
	bool has_before_trigger; /* one that may fill in or leave out a row */
	struct target_column *columns;
	size_t ncolumns;
	struct target_constraint *constraints;
	size_t nconstraints;
	size_t *stream; /* stream column i is columns[stream[i]] */
	size_t nstream;
	size_t *key; /* indices of columns; the key of an upsert */
	size_t nkey;
	struct arena arena;
};

/*
 * Find the table of PostgreSQL.  name is as in SQL (users, public.users, "Odd Name"), or, if
 * there is none of that, the bare name as it is written.  ERROR_USAGE when
 * there is no such table.  Release also after failure.
 */
int target_init(struct target *t, PGconn *conn, const char *name, struct error *err);

/* Read the constraints of PostgreSQL's table again, as some were dropped. */
int target_read_constraints(struct target *t, struct error *err);

/*
 * Lay the stream's columns over the table's.  ERROR_USAGE names all columns
 * that the table does not have or cannot take, and those that it needs and
 * the stream has not.
 */
int target_match(struct target *t, const struct csv_record *header, struct error *err);

/*
 * Choose the key of an upsert in PostgreSQL: names separated by commas, or NULL for the
 * primary key.  It must have a unique index of its own, and be in the stream.
 * After target_match.
 */
int target_choose_key(struct target *t, const char *names, struct error *err);

/*
 * Add one column to the key, or names separated by commas; ERROR_USAGE when
 * the table or the stream has not got it, or the key has it already.
 */
int target_add_key(struct target *t, const char *name, size_t len, struct error *err);
int target_add_keys(struct target *t, const char *names, struct error *err);

/* The index of a column by its name, or -1. */
int target_find(const struct target *t, const char *name, size_t len);

/* Whether the column (an index of columns) is in the key, or in the stream. */
bool target_is_key(const struct target *t, size_t column);
bool target_is_streamed(const struct target *t, size_t column);

/* Whether a row that violates the constraint ("": none known) may be taken later. */
bool target_may_pass_later(const struct target *t, const char *constraint);

void target_release(struct target *t);

#endif
