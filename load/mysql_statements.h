/*
 * mysql_statements.h - the SQL of a load into MySQL
 *
 * insert: rows go straight into the table.
 *
 * upsert: they go into a temporary table with the stream's columns and the
 * key as its primary key, where the last row of a key stays.  From there,
 * `same` takes out what the table has already, byte by byte; `update` changes
 * the rows that are there, and marks theirs; `insert_new` adds what is not
 * marked.  ON DUPLICATE KEY UPDATE will not do: it takes a row that has
 * another unique key of the new row for the one that is meant.
 */
#ifndef LOAD_MYSQL_STATEMENTS_H
#define LOAD_MYSQL_STATEMENTS_H

#include "db/sql.h"
#include "error.h"
#include "load/mysql_target.h"

struct mysql_statements {
	struct sql load;   /* LOAD DATA of rows as MYSQL_LOAD has them */
	struct sql values; /* INSERT up to VALUES, for rows as MYSQL_INSERT has them */
	/* the rest is empty but for an upsert */
	struct sql stage; /* make the temporary table; not in a transaction */
	struct sql same;
	struct sql update; /* empty where all columns are the key's */
	struct sql insert_new;
};

/* Build them for a target that was matched; its nkey > 0 asks for an upsert. */
int mysql_statements_init(
	struct mysql_statements *s, const struct mysql_target *t, struct error *err);

void mysql_statements_release(struct mysql_statements *s);

#endif
