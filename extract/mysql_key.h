/*
 * mysql_key.h - the key that a table of MySQL or MariaDB is cut along
 *
 * A table is read in ranges of a primary or unique key without NULL.  Where a
 * range ends is found by walking the index so many rows on, never by dividing
 * the distance of the least and the greatest key, so that sparse keys cost
 * nothing, and so that keys of any type do that the server orders by an index.
 */
#ifndef EXTRACT_MYSQL_KEY_H
#define EXTRACT_MYSQL_KEY_H

#include <jansson.h>
#include <mysql.h>
#include <stddef.h>

#include "db/mysql_table.h"
#include "db/sql.h"
#include "error.h"
#include "extract/source.h"

enum { MYSQL_KEY_COLUMNS = 32 }; /* the servers allow 16 or 32 */

struct mysql_key {
	char *index;
	size_t ncolumns; /* 0: the table has no key that will do */
	struct mysql_key_column {
		char *name;
		char *charset; /* NULL: no text */
		char *collation;
		enum { KEY_NUMBER, KEY_QUOTED, KEY_BYTES } kind;
	} columns[MYSQL_KEY_COLUMNS];
};

/*
 * Choose a key of the table: the primary key, else the unique key with the
 * fewest columns.  Columns of floating point, whose text does not read back,
 * and ENUM and SET, which are not compared as they are ordered, are no keys,
 * nor are prefixes and descending columns.  mysql_key_release in any case.
 */
int mysql_key_find(
	MYSQL *conn, const struct mysql_table *t, struct mysql_key *key, struct error *err);

/* The columns, for SELECT, that mysql_key_bound makes a bound of. */
void mysql_key_add_columns(struct sql *sql, const struct mysql_key *key);

/* A row of them as a bound; the caller's (source_bound_free). */
struct bound *mysql_key_bound(const struct mysql_key *key, MYSQL_ROW row, struct error *err);

/* " FORCE INDEX (…)", which keeps the optimizer from sorting. */
void mysql_key_add_index(struct sql *sql, const struct mysql_key *key);

/*
 * " WHERE " after < key <= upto (each NULL: no limit) AND where (NULL: all),
 * then " ORDER BY " the key.  Rows of a composite key are compared column by
 * column in OR and AND, which the servers make ranges of the index of.
 */
void mysql_key_add_range(struct sql *sql, const struct mysql_key *key,
	const struct bound *after, const struct bound *upto, const char *where);

/* Its columns' names, for a manifest; the caller's. */
json_t *mysql_key_names(const struct mysql_key *key);

void mysql_key_release(struct mysql_key *key);

#endif
