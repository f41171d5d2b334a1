/*
 * postgres_find.h - a table of PostgreSQL by the name that somebody wrote
 */
#ifndef DB_POSTGRES_FIND_H
#define DB_POSTGRES_FIND_H

#include <libpq-fe.h>

#include "error.h"

/* The columns of the result. */
enum {
	POSTGRES_TABLE_OID,
	POSTGRES_TABLE_SCHEMA,
	POSTGRES_TABLE_NAME,
	POSTGRES_TABLE_KIND /* pg_class.relkind */
};

/*
 * Look for the name as SQL reads it (folded to lower case unless quoted,
 * along the search_path); then as it stands; then as it stands, with a schema
 * before its first dot.  One row, for PQclear, whatever kind of relation it
 * is; NULL where there is none (ERROR_USAGE, with a guess at what was meant)
 * or on failure.  An open transaction is as it was before.
 */
PGresult *postgres_find_table(PGconn *conn, const char *name, struct error *err);

#endif
