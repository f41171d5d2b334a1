/*
 * postgres_session.c - see postgres_session.h
 */
#include <stdbool.h>
#include <string.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "extract/postgres_session.h"

/*
 * Only settings that the server has.  row_security off makes an error of rows
 * that a policy would hide.  The order of values: how they are written; what
 * ends a session; what is read in which order.
 */
static const char settings[] =
	"SELECT pg_catalog.set_config(s.name, v.value, false) FROM (VALUES"
	" ('client_encoding', 'UTF8'), ('datestyle', 'ISO, YMD'), ('timezone', 'UTC'),"
	" ('intervalstyle', 'postgres'), ('bytea_output', 'hex'),"
	" ('extra_float_digits', '1'), ('lc_monetary', 'C'), ('xmloption', 'content'),"
	" ('quote_all_identifiers', 'off'), ('standard_conforming_strings', 'on'),"
	" ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),"
	" ('idle_session_timeout', '0'), ('transaction_timeout', '0'),"
	" ('row_security', 'off'), ('synchronize_seqscans', 'off')) v (name, value)"
	" JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) = v.name";

/*
 * A server that works long before it sends a row, sorting for example, would
 * not see that its client is gone.  Not every system can look.
 */
static const char watch_client[] = "SET client_connection_check_interval = '10s'";

PGconn *
postgres_session_open(const char *address, struct error *err)
{
	PGconn *conn = postgres_connect(address, "extract", err);
	struct error ignored;

	if (conn == NULL)
		return NULL;
	if (postgres_do(conn, settings, err) < 0) {
		error_prefix(err, "cannot set up the session");
		PQfinish(conn);
		return NULL;
	}
	(void)postgres_do(conn, watch_client, &ignored);
	return conn;
}

static int
set_text(json_t *o, const char *key, const PGresult *r, int column)
{
	if (r == NULL || PQgetisnull(r, 0, column))
		return 0;
	return json_object_set_new(o, key, json_string(PQgetvalue(r, 0, column)));
}

/* The right to ask for the system identifier may be missing, so it has a query of its own. */
json_t *
postgres_session_identity(PGconn *conn, struct error *err)
{
	struct error ignored;
	json_t *o = json_object();
	PGresult *r = postgres_run(conn,
		"SELECT pg_catalog.current_setting('server_version'), pg_catalog.version(),"
		" pg_catalog.current_database(), pg_catalog.current_setting('server_encoding'),"
		" CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'standby' END,"
		" pg_catalog.inet_server_port()",
		err);
	PGresult *id = r ? postgres_run(conn,
				   "SELECT system_identifier FROM "
				   "pg_catalog.pg_control_system()",
				   &ignored)
			 : NULL;
	int bad;

	bad = json_object_set_new(o, "product", json_string("PostgreSQL"));
	if (r != NULL) {
		bad |= set_text(o, "version", r, 0);
		bad |= set_text(o, "version_comment", r, 1);
		bad |= set_text(o, "system_identifier", id, 0);
		bad |= set_text(o, "database", r, 2);
		bad |= set_text(o, "encoding", r, 3);
		bad |= set_text(o, "role", r, 4);
		bad |= set_text(o, "port", r, 5);
	}
	if (r == NULL || bad != 0) {
		json_decref(o);
		o = NULL;
	}
	if (r != NULL && bad != 0)
		error_nomem(err);
	PQclear(id);
	PQclear(r);
	return o;
}

static const char begin[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/* The columns of moment. */
enum { TIME, POSITION, XIDS };

/* A standby's own position is how far it has replayed. */
static const char moment[] =
	"SELECT pg_catalog.clock_timestamp(),"
	" CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()"
	" ELSE pg_catalog.pg_current_wal_lsn() END, pg_catalog.txid_current_snapshot()";

json_t *
postgres_session_begin(PGconn *conn, bool shared, struct error *err)
{
	json_t *o = json_object();
	PGresult *r = NULL, *id = NULL;
	int bad = o == NULL;

	if (postgres_do(conn, begin, err) < 0)
		goto fail;
	r = postgres_run(conn, moment, err);
	if (r == NULL)
		goto fail;
	if (shared) {
		id = postgres_run(conn, "SELECT pg_catalog.pg_export_snapshot()", err);
		if (id == NULL)
			goto fail;
	}
	bad |= set_text(o, "time", r, TIME);
	bad |= set_text(o, "wal_position", r, POSITION);
	bad |= json_object_set_new(o, "exact", json_false());
	bad |= set_text(o, "xids", r, XIDS);
	bad |= set_text(o, "id", id, 0);
	if (bad != 0) {
		error_nomem(err);
		goto fail;
	}
	goto out;
fail:
	json_decref(o);
	o = NULL;
out:
	PQclear(r);
	PQclear(id);
	return o;
}

int
postgres_session_join(PGconn *conn, const char *id, struct error *err)
{
	struct sql sql = SQL_INIT;
	int status = -1;

	sql_add(&sql, "%s; SET TRANSACTION SNAPSHOT ", begin);
	sql_literal(&sql, id);
	if (sql_text(&sql, err) != NULL)
		status = postgres_do(conn, sql.text, err);
	sql_release(&sql);
	return status;
}
