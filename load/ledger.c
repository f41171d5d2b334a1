/*
 * ledger.c - see ledger.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "load/ledger.h"

/* "carv", as in sequence.c; 0 is no sequence's oid. */
#define LOCK "SELECT pg_catalog.pg_advisory_xact_lock(1667330678, 0);\n"

static const char schema_sql[] =
	"BEGIN;\n"
	/* IF NOT EXISTS alone does not keep two from making it at once */
	LOCK "CREATE SCHEMA IF NOT EXISTS caravan;\n"
	"CREATE TABLE IF NOT EXISTS caravan.ledger (\n"
	"\ttable_name text NOT NULL,\n"
	"\tshard text NOT NULL,\n"
	"\txxh3 text NOT NULL DEFAULT '',\n"
	"\tbytes bigint NOT NULL DEFAULT 0,\n"
	"\trows bigint NOT NULL DEFAULT 0,\n"
	"\tloaded bigint NOT NULL DEFAULT 0,\n"
	"\trejected bigint NOT NULL DEFAULT 0,\n"
	"\tloaded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),\n"
	"\tPRIMARY KEY (table_name, shard)\n"
	");\n"
	/* IF NOT EXISTS would wait for all loads under way, and those to come for it */
	"DO $$ BEGIN IF pg_catalog.to_regclass('caravan.ledger_content') IS NULL THEN\n"
	"\tCREATE INDEX ledger_content ON caravan.ledger (table_name, xxh3);\n"
	"END IF; END $$;\n"
	"CREATE TABLE IF NOT EXISTS caravan.deferred (\n"
	"\ttable_name text NOT NULL,\n"
	"\tkind text NOT NULL,\n"
	"\tname text NOT NULL,\n"
	"\tordinal bigint NOT NULL GENERATED ALWAYS AS IDENTITY,\n"
	"\tdefinition text NOT NULL,\n"
	"\tbad_rows text,\n"
	"\tdropped_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),\n"
	"\tPRIMARY KEY (table_name, kind, name)\n"
	");\n"
	"CREATE TABLE IF NOT EXISTS caravan.position (\n"
	"\ttable_name text NOT NULL,\n"
	"\tstream text NOT NULL,\n"
	"\tposition text NOT NULL DEFAULT '',\n"
	"\tapplied bigint NOT NULL DEFAULT 0,\n"
	"\trejected bigint NOT NULL DEFAULT 0,\n"
	"\tapplied_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),\n"
	"\tPRIMARY KEY (table_name, stream)\n"
	");\n"
	"COMMIT;\n";

const char *
ledger_schema(void)
{
	return schema_sql;
}

int
ledger_has_table(PGconn *conn, const char *table, struct error *err)
{
	/* not to_regclass, which fails where the schema may not be used */
	PGresult *r = postgres_query(conn,
		"SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
		" ON n.oid = c.relnamespace WHERE n.nspname = 'caravan'"
		" AND c.relname = $1",
		1, &table, err);
	int there = r ? PQntuples(r) > 0 : -1;

	PQclear(r);
	return there;
}

int
ledger_make_table(PGconn *conn, const char *table, const char *else_option, struct error *err)
{
	struct error why = ERROR_INIT;
	struct error ignored;

	if (postgres_do(conn, schema_sql, &why) == 0)
		return 0;
	(void)postgres_do(conn, "ROLLBACK", &ignored);
	if (PQstatus(conn) != CONNECTION_OK) {
		*err = why;
		return -1;
	}
	return error_set(err, ERROR_USAGE,
		"cannot make the table caravan.%s: %s; let a role that may run what 'load "
		"--print-schema' prints and grant USAGE on the schema and ALL on its tables to "
		"'%s', or %s",
		table, why.text, PQuser(conn), else_option);
}

int
ledger_init(struct ledger *l, struct target *t, bool dry_run, struct error *err)
{
	struct sql name = SQL_INIT;
	int there = ledger_has_table(t->conn, "ledger", err);

	l->conn = t->conn;
	l->absent = false;
	if (there < 0)
		return -1;
	if (there == 0 && dry_run)
		l->absent = true;
	else if (there == 0 && ledger_make_table(t->conn, "ledger", "use --no-ledger", err) < 0)
		return -1;
	sql_qualified(&name, t->schema, t->table);
	l->table = name.failed ? NULL : arena_copy(&t->arena, name.text, name.len);
	sql_release(&name);
	return l->table ? 0 : error_nomem(err);
}

static int
read_entry(struct ledger *l, const char *shard, struct ledger_entry *old, struct error *err)
{
	const char *const params[] = {l->table, shard};
	PGresult *r = postgres_query(l->conn,
		"SELECT xxh3, bytes, rows, loaded, rejected,"
		" pg_catalog.to_char(loaded_at, 'YYYY-MM-DD HH24:MI:SS TZ')"
		" FROM caravan.ledger WHERE table_name = $1 AND shard = $2",
		2, params, err);
	int found;

	if (r == NULL)
		return -1;
	found = PQntuples(r);
	if (found == 1) {
		*old = (struct ledger_entry){
			.hash = strtoull(PQgetvalue(r, 0, 0), NULL, 16),
			.bytes = strtoull(PQgetvalue(r, 0, 1), NULL, 10),
			.rows = strtoull(PQgetvalue(r, 0, 2), NULL, 10),
			.loaded = strtoull(PQgetvalue(r, 0, 3), NULL, 10),
			.rejected = strtoull(PQgetvalue(r, 0, 4), NULL, 10),
		};
		(void)snprintf(old->when, sizeof old->when, "%s", PQgetvalue(r, 0, 5));
	}
	PQclear(r);
	return found;
}

int
ledger_find(struct ledger *l, const char *shard, struct error *err)
{
	struct ledger_entry old;

	return l->absent ? 0 : read_entry(l, shard, &old, err);
}

int
ledger_claim(struct ledger *l, const char *shard, bool again, struct ledger_entry *old,
	struct error *err)
{
	const char *const params[] = {l->table, shard};
	PGresult *r;
	int found;
	bool claimed;

	if (l->absent)
		return 1;
	for (;;) {
		r = postgres_query(l->conn,
			again ? "INSERT INTO caravan.ledger AS l (table_name, shard)"
				" VALUES ($1, $2) ON CONFLICT (table_name, shard)"
				" DO UPDATE SET shard = l.shard"
			      : "INSERT INTO caravan.ledger (table_name, shard)"
				" VALUES ($1, $2) ON CONFLICT DO NOTHING",
			2, params, err);
		if (r == NULL)
			return -1;
		claimed = strcmp(PQcmdTuples(r), "1") == 0;
		PQclear(r);
		if (claimed)
			return 1;
		found = read_entry(l, shard, old, err);
		/* when it was deleted in between, there is nothing to find: try again */
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
}

int
ledger_same_content(const char *shard, const char *other, struct error *err)
{
	return error_set(err, ERROR_USAGE,
		"'%s' has the content of '%s', which is loaded already; --again loads it",
		shard, other);
}

static int
check_content(struct ledger *l, const char *shard, const char *hash, const char *bytes,
	struct error *err)
{
	const char *const params[] = {l->table, shard, hash, bytes};
	PGresult *r = postgres_query(l->conn,
		"SELECT shard FROM caravan.ledger WHERE table_name = $1 AND shard <> $2"
		" AND xxh3 = $3 AND bytes = $4::bigint AND rows > 0 LIMIT 1",
		4, params, err);
	int status = 0;

	if (r == NULL)
		return -1;
	if (PQntuples(r) > 0)
		status = ledger_same_content(shard, PQgetvalue(r, 0, 0), err);
	PQclear(r);
	return status;
}

int
ledger_enter(struct ledger *l, const char *shard, const struct ledger_entry *entry, bool is_new,
	struct error *err)
{
	char hash[20], bytes[24], rows[24], loaded[24], rejected[24];
	const char *const params[] = {l->table, shard, hash, bytes, rows, loaded, rejected};
	PGresult *r;

	if (l->absent)
		return 0;
	(void)snprintf(hash, sizeof hash, "%016" PRIx64, entry->hash);
	(void)snprintf(bytes, sizeof bytes, "%" PRIu64, entry->bytes);
	(void)snprintf(rows, sizeof rows, "%" PRIu64, entry->rows);
	(void)snprintf(loaded, sizeof loaded, "%" PRIu64, entry->loaded);
	(void)snprintf(rejected, sizeof rejected, "%" PRIu64, entry->rejected);
	if (is_new && check_content(l, shard, hash, bytes, err) < 0)
		return -1;
	r = postgres_query(l->conn,
		"UPDATE caravan.ledger SET xxh3 = $3, bytes = $4::bigint, rows = $5::bigint,"
		" loaded = $6::bigint, rejected = $7::bigint,"
		" loaded_at = pg_catalog.clock_timestamp()"
		" WHERE table_name = $1 AND shard = $2",
		7, params, err);
	PQclear(r);
	return r ? 0 : -1;
}

int
ledger_forget(struct ledger *l, struct error *err)
{
	PGresult *r;

	if (l->absent)
		return 0;
	r = postgres_query(
		l->conn, "DELETE FROM caravan.ledger WHERE table_name = $1", 1, &l->table, err);
	PQclear(r);
	return r ? 0 : -1;
}
