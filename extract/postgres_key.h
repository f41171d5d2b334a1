/*
 * postgres_key.h - the key that a table of PostgreSQL is cut along
 *
 * See mysql_key.h for what it is for.  The index of the key gives the order;
 * it is the one that ORDER BY asks for, with the column's own type and
 * collation, and the operators that compare with a bound are the index's.
 */
#ifndef EXTRACT_POSTGRES_KEY_H
#define EXTRACT_POSTGRES_KEY_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stddef.h>

#include "db/sql.h"
#include "error.h"
#include "extract/postgres_table.h"
#include "extract/source.h"

enum { POSTGRES_KEY_COLUMNS = 32 }; /* INDEX_MAX_KEYS */

struct postgres_key {
	char *schema;    /* of the operators */
	size_t ncolumns; /* 0: the table has no key that will do */
	struct postgres_key_column {
		char *name;
		char *type; /* that a bound is written as */
	} columns[POSTGRES_KEY_COLUMNS];
};

/*
 * Choose a key of the table: the primary key, else the unique key with the
 * fewest columns.  No column of it may be NULL, descending, or in another
 * order than its type and collation have by default; nor do keys over
 * expressions or over some of the rows.  postgres_key_release in any case.
 */
int postgres_key_find(PGconn *conn, const struct postgres_table *t, struct postgres_key *key,
	struct error *err);

/* The columns, for SELECT, that postgres_key_bound makes a bound of. */
void postgres_key_add_columns(struct sql *sql, const struct postgres_key *key);

/* A row of them as a bound; the caller's (source_bound_free). */
struct bound *postgres_key_bound(
	const struct postgres_key *key, const PGresult *r, int row, struct error *err);

/* As mysql_key_add_range: " WHERE … ORDER BY …", rows compared as ROWs. */
void postgres_key_add_range(struct sql *sql, const struct postgres_key *key,
	const struct bound *after, const struct bound *upto, const char *where);

/* Its columns' names, for a manifest; the caller's. */
json_t *postgres_key_names(const struct postgres_key *key);

void postgres_key_release(struct postgres_key *key);

#endif
