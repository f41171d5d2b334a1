/*
 * postgres_source.c - see postgres_source.h
 *
 * One connection exports its snapshot, the others begin in it: no lock is
 * needed for that, nor are any rights.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/postgres.h"
#include "extract/postgres_range.h"
#include "extract/postgres_rows.h"
#include "extract/postgres_session.h"
#include "extract/postgres_source.h"
#include "extract/postgres_table.h"

static const char list_query[] =
	"SELECT pg_catalog.current_database() AS database, n.nspname AS schema,"
	" c.relname AS \"table\", CASE c.relkind WHEN 'p' THEN 'partitioned table'"
	"  WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'"
	"  WHEN 'f' THEN 'foreign table' ELSE CASE WHEN c.relispartition THEN 'partition'"
	"   ELSE 'table' END END AS type,"
	" CASE WHEN c.relkind IN ('r', 'm') AND c.reltuples >= 0"
	"  THEN c.reltuples::pg_catalog.int8 END AS rows,"
	" CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_table_size(c.oid) END"
	"  AS data_bytes,"
	" CASE WHEN c.relkind IN ('r', 'm') THEN pg_catalog.pg_indexes_size(c.oid) END"
	"  AS index_bytes,"
	" pg_catalog.obj_description(c.oid, 'pg_class') AS comment"
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_'"
	" AND n.nspname <> 'information_schema'"
	" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"";

static struct rows *
list(struct source *source, struct error *err)
{
	return postgres_rows_open(((struct postgres_source *)source)->conn, list_query, err);
}

static struct rows *
query(struct source *source, const char *sql, struct error *err)
{
	return postgres_rows_open(((struct postgres_source *)source)->conn, sql, err);
}

static json_t *
describe(struct source *source, const struct selection *selection, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;
	json_t *schema = NULL;
	struct postgres_table t;

	if (postgres_table_find(s->conn, selection, &t, err) == 0)
		schema = postgres_table_describe(s->conn, &t, err);
	postgres_table_release(&t);
	return schema;
}

static json_t *
identity(struct source *source, struct error *err)
{
	(void)err;
	return json_incref(((struct postgres_source *)source)->identity);
}

static json_t *
snapshot(struct source *source, struct error *err)
{
	(void)err;
	return json_incref(((struct postgres_source *)source)->snapshot);
}

/* ---- the server's counters */

static const struct {
	const char *name;
	const char *condition;
} counters[] = {
	{"connections", "true"},
	{"active", "a.state = 'active'"},
	{"idle_in_transaction", "a.state LIKE 'idle in transaction%'"},
	{"waiting_for_lock", "a.wait_event_type = 'Lock'"},
};

/* Of others' sessions, a user without rights sees that they are there, and no more. */
static int
count_sessions(PGconn *conn, const char *condition, uint64_t *value, struct error *err)
{
	struct sql sql = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	/* what was seen once in a transaction is not looked at again otherwise */
	sql_add(&sql,
		"SELECT pg_catalog.pg_stat_clear_snapshot(); SELECT count(*) FILTER (WHERE "
		"%s), "
		"pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') "
		"FROM pg_catalog.pg_stat_activity a WHERE a.backend_type = 'client backend'",
		condition);
	if (sql_text(&sql, err) != NULL)
		r = postgres_run(conn, sql.text, err);
	sql_release(&sql);
	if (r == NULL)
		return -1;
	if (PQgetvalue(r, 0, 1)[0] == 't') {
		*value = strtoull(PQgetvalue(r, 0, 0), NULL, 10);
		status = 0;
	} else {
		error_set(err, ERROR_RUNTIME,
			"the server's sessions cannot be counted: that needs the role "
			"pg_read_all_stats");
	}
	PQclear(r);
	return status;
}

static int
get_status(struct source *source, const char *name, uint64_t *value, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;

	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++) {
		if (strcmp(name, counters[i].name) == 0)
			return count_sessions(s->conn, counters[i].condition, value, err);
	}
	return error_set(err, ERROR_USAGE,
		"PostgreSQL has no counter '%s'; there are connections, active, "
		"idle_in_transaction and waiting_for_lock",
		name);
}

/* ---- the connection */

static bool
is_lost(struct source *source)
{
	return PQstatus(((struct postgres_source *)source)->conn) != CONNECTION_OK;
}

static void
stop(struct source *source)
{
	struct postgres_source *s = (struct postgres_source *)source;
	char ignored[256];

	if (s->cancel != NULL)
		(void)PQcancel(s->cancel, ignored, sizeof ignored);
	if (s->socket >= 0)
		shutdown(s->socket, SHUT_RDWR);
}

static void
close_source(struct source *source)
{
	struct postgres_source *s = (struct postgres_source *)source;

	PQfreeCancel(s->cancel);
	PQfinish(s->conn);
	if (s->socket >= 0)
		close(s->socket);
	json_decref(s->identity);
	json_decref(s->snapshot);
	free(s);
}

static const struct source_class class = {
	.list = list,
	.table = postgres_table_rows,
	.query = query,
	.describe = describe,
	.identity = identity,
	.snapshot = snapshot,
	.plan = postgres_plan,
	.walk = postgres_walk,
	.range = postgres_range,
	.unchanged = postgres_unchanged,
	.plan_free = postgres_plan_free,
	.status = get_status,
	.is_lost = is_lost,
	.stop = stop,
	.close = close_source,
};

static struct source *
connect_source(const char *address, struct error *err)
{
	struct postgres_source *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->source.class = &class;
	s->socket = -1;
	s->conn = postgres_session_open(address, err);
	if (s->conn != NULL)
		s->identity = postgres_session_identity(s->conn, err);
	if (s->identity == NULL) {
		close_source(&s->source);
		return NULL;
	}
	s->socket = dup(PQsocket(s->conn));
	s->cancel = PQgetCancel(s->conn);
	return &s->source;
}

/* The first source's snapshot is what the manifest tells. */
static int
begin_all(struct source **sources, size_t n, struct error *err)
{
	struct postgres_source *first = (struct postgres_source *)sources[0];
	int bad = 0;

	first->snapshot = postgres_session_begin(first->conn, n > 1, err);
	if (first->snapshot == NULL)
		return -1;
	for (size_t i = 1; i < n; i++) {
		struct postgres_source *s = (struct postgres_source *)sources[i];

		if (postgres_session_join(s->conn,
			    json_string_value(json_object_get(first->snapshot, "id")), err) < 0)
			return -1;
	}
	bad |= json_object_set_new(
		first->snapshot, "method", json_string(n > 1 ? "exported" : "one connection"));
	if (n > 1) {
		bad |= json_object_set_new(
			first->snapshot, "connections", json_integer((json_int_t)n));
		bad |= json_object_set_new(first->snapshot, "lock", json_string("none"));
		bad |= json_object_set_new(first->snapshot, "shared", json_true());
	}
	return bad == 0 ? 0 : error_nomem(err);
}

int
postgres_source_open(const char *address, const struct snapshot_request *request,
	struct source **sources, struct error *err)
{
	size_t n = request->connections;
	int status = 0;

	memset(sources, 0, n * sizeof(struct source *));
	for (size_t i = 0; status == 0 && i < n; i++) {
		sources[i] = connect_source(address, err);
		status = sources[i] != NULL ? 0 : -1;
	}
	if (status == 0) {
		status = begin_all(sources, n, err);
		if (status < 0)
			error_prefix(err, "cannot begin the snapshot");
	}
	for (size_t i = 0; status < 0 && i < n; i++) {
		source_close(sources[i]);
		sources[i] = NULL;
	}
	return status;
}
