/*
 * mysql_table.h - what the catalog of MySQL or MariaDB says of a table
 */
#ifndef DB_MYSQL_TABLE_H
#define DB_MYSQL_TABLE_H

#include <jansson.h>
#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* The columns of mysql_table.table. */
enum {
	TABLE_DATABASE,
	TABLE_NAME,
	TABLE_TYPE, /* "BASE TABLE", "VIEW", … */
	TABLE_ENGINE,
	TABLE_ROWS, /* an estimate */
	TABLE_DATA_BYTES,
	TABLE_INDEX_BYTES,
	TABLE_COLLATION,
	TABLE_CREATED,
	TABLE_UPDATED,
	TABLE_COMMENT,
	TABLE_FIELDS
};

/* The columns of each of mysql_table.columns. */
enum {
	COLUMN_NAME,
	COLUMN_DATA_TYPE, /* "bigint" */
	COLUMN_TYPE,      /* "bigint(20) unsigned" */
	COLUMN_NULLABLE,  /* "YES" or "NO" */
	COLUMN_DEFAULT,
	COLUMN_EXTRA,
	COLUMN_COMMENT,
	COLUMN_CHARSET,
	COLUMN_COLLATION,
	COLUMN_LENGTH, /* in characters, of text */
	COLUMN_GENERATION,
	COLUMN_PRECISION, /* digits of fractions of a second; NULL: it has none */
	COLUMN_FIELDS
};

struct mysql_table {
	MYSQL_RES *table_result;
	MYSQL_RES *column_result;
	MYSQL_ROW table;    /* of table_result; its fields by TABLE_… */
	MYSQL_ROW *columns; /* those wanted, in the order wanted; by COLUMN_… */
	size_t ncolumns;
};

/* The SELECT list for information_schema.tables that gives TABLE_…. */
extern const char mysql_table_fields[];

/*
 * Find a table, which is written as a name or as database.name, each of which may stand in
 * backquotes; and the columns wanted: such names with commas between them, or NULL for all,
 * also invisible ones.  database is where a name without one is
 * looked for, or NULL.  A table or column that is not there is ERROR_USAGE,
 * with a guess at what was meant.  mysql_table_release in any case.
 */
int mysql_table_find(MYSQL *conn, const char *database, const char *table, const char *columns,
	struct mysql_table *t, struct error *err);

/* Whether its engine has transactions, so that a snapshot holds for it. */
bool mysql_table_is_transactional(const struct mysql_table *t);

/* The table, or the columns found of it, as Table Schema; the caller's. */
json_t *mysql_table_describe(MYSQL *conn, const struct mysql_table *t, struct error *err);

/*
 * The next value of a COLUMN_TYPE such as "enum('a','it''s')" or "set(...)",
 * unescaped, into value (which has room for all of the text); *p is moved
 * behind it.  False at the end.
 */
bool mysql_enum_next(const char **p, char *value);

void mysql_table_release(struct mysql_table *t);

#endif
