/*
 * postgres_table.h - what the catalog of PostgreSQL says of a table
 */
#ifndef EXTRACT_POSTGRES_TABLE_H
#define EXTRACT_POSTGRES_TABLE_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "db/sql.h"
#include "error.h"
#include "extract/source.h"

struct postgres_table {
	PGresult *found; /* see postgres_find.h; owns the next three */
	const char *oid; /* as text */
	const char *schema;
	const char *name;
	char kind;         /* pg_class.relkind */
	bool has_children; /* a plain table that others inherit from */
	uint64_t rows;     /* an estimate, also of all partitions together; 0: unknown */
	uint64_t bytes;    /* on disk, without indexes */
	uint64_t index_bytes;
	PGresult *catalog;    /* all columns */
	const char **columns; /* those wanted, in the order wanted */
	size_t ncolumns;
};

/*
 * Find the table of a selection and the columns wanted, all of them by
 * default, as they were at the moment of the snapshot.  A table or column that
 * is not there is ERROR_USAGE, with a guess at what was meant.
 * postgres_table_release in any case.
 */
int postgres_table_find(PGconn *conn, const struct selection *selection,
	struct postgres_table *t, struct error *err);

/* Whether the snapshot holds for it; it does not for foreign tables. */
bool postgres_table_is_transactional(const struct postgres_table *t);

/* "SELECT a, b FROM schema.table" of the columns wanted. */
void postgres_table_add_select(struct sql *sql, const struct postgres_table *t);

/* word, such as " WHERE ", and the condition in parentheses; nothing for NULL. */
void postgres_table_add_where(struct sql *sql, const char *word, const char *condition);

/*
 * Lock the table against changes of its definition, until the end of the
 * transaction; check the rights to the columns wanted; and see that it still
 * is what it was at the moment of the snapshot, else ERROR_RUNTIME.  One that
 * was truncated or rewritten in between would look empty in the snapshot.
 */
int postgres_table_lock(PGconn *conn, const struct postgres_table *t, struct error *err);

/*
 * What a table's columns, partitions and files are at this moment, whatever
 * the snapshot, as text to be compared; the caller's.
 */
char *postgres_table_definition(
	PGconn *conn, const char *schema, const char *name, const char *oid, struct error *err);

/* The table, or the columns found of it, as Table Schema; the caller's. */
json_t *postgres_table_describe(
	PGconn *conn, const struct postgres_table *t, struct error *err);

void postgres_table_release(struct postgres_table *t);

#endif
