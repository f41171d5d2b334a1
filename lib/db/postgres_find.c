/*
 * postgres_find.c - see postgres_find.h
 */
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/postgres_find.h"
#include "db/sql.h"
#include "nearest.h"

static int
no_table(PGconn *conn, const char *name, struct error *err)
{
	PGresult *r = postgres_run(conn,
		"SELECT c.relname FROM pg_catalog.pg_class c"
		" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND "
		"pg_catalog.pg_table_is_visible(c.oid)"
		" AND c.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace,"
		" 'information_schema'::pg_catalog.regnamespace)"
		" ORDER BY 1 LIMIT 10000",
		err);
	const char **all = NULL;
	int n = r ? PQntuples(r) : 0, near;

	if (r == NULL)
		return -1;
	all = calloc((size_t)n + 1, sizeof *all);
	if (all == NULL) {
		PQclear(r);
		return error_nomem(err);
	}
	for (int i = 0; i < n; i++)
		all[i] = PQgetvalue(r, i, 0);
	near = nearest_name(name, all, (size_t)n);
	if (near >= 0)
		error_set(err, ERROR_USAGE, "database '%s' has no table '%s' (is '%s' meant?)",
			PQdb(conn), name, all[near]);
	else
		error_set(
			err, ERROR_USAGE, "database '%s' has no table '%s'", PQdb(conn), name);
	free(all);
	PQclear(r);
	return -1;
}

/* One way to read the name: 1 with *result, 0 when there is no such table, -1 on error. */
static int
ask(PGconn *conn, const char *name, PGresult **result, struct error *err)
{
	const char *const params[] = {name};
	PGresult *r = PQexecParams(conn,
		"SELECT c.oid, n.nspname, c.relname, c.relkind"
		" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
		" ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass($1)",
		1, NULL, params, NULL, NULL, 0);
	const char *code = postgres_sqlstate(r);

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) {
		*result = r;
		return 1;
	}
	/* invalid name, or too many dots in it */
	if (PQresultStatus(r) == PGRES_TUPLES_OK || strcmp(code, "42602") == 0 ||
		strcmp(code, "0A000") == 0 || strcmp(code, "42601") == 0) {
		PQclear(r);
		return 0;
	}
	postgres_failed(conn, r, err);
	PQclear(r);
	return -1;
}

/* What is no name to SQL is an error to it, which must not end a transaction. */
static int
look_up(PGconn *conn, const char *name, PGresult **result, struct error *err)
{
	bool inside = PQtransactionStatus(conn) == PQTRANS_INTRANS;
	int found;

	if (inside && postgres_do(conn, "SAVEPOINT caravan_find", err) < 0)
		return -1;
	found = ask(conn, name, result, err);
	if (inside && found >= 0 &&
		postgres_do(conn,
			"ROLLBACK TO SAVEPOINT caravan_find; RELEASE SAVEPOINT caravan_find",
			err) < 0) {
		PQclear(*result);
		*result = NULL;
		return -1;
	}
	return found;
}

PGresult *
postgres_find_table(PGconn *conn, const char *name, struct error *err)
{
	const char *dot = strchr(name, '.');
	struct sql quoted = SQL_INIT;
	PGresult *result = NULL;
	int found = look_up(conn, name, &result, err);

	if (found == 0) {
		sql_identifier(&quoted, name);
		found = sql_text(&quoted, err) ? look_up(conn, quoted.text, &result, err) : -1;
	}
	if (found == 0 && dot != NULL) {
		char *schema = strndup(name, (size_t)(dot - name));

		sql_clear(&quoted);
		if (schema != NULL)
			sql_qualified(&quoted, schema, dot + 1);
		else
			quoted.failed = true;
		free(schema);
		found = sql_text(&quoted, err) ? look_up(conn, quoted.text, &result, err) : -1;
	}
	sql_release(&quoted);
	if (found == 0)
		no_table(conn, name, err);
	return found > 0 ? result : NULL;
}
