/*
 * mysql_source.c - see mysql_source.h
 *
 * The session is set up so that what comes out depends on the data alone, not
 * on the server's settings, and so that neither the server's limits nor a slow
 * reader of our output end it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/mysql_lock.h"
#include "extract/mysql_range.h"
#include "extract/mysql_rows.h"
#include "extract/mysql_snapshot.h"
#include "extract/mysql_source.h"
#include "db/mysql_table.h"

/*
 * Comments beginning with !M are for MariaDB only, those with !5nnnn for MySQL
 * only.  An empty sql_mode stores and shows what a strict one would refuse;
 * PAD_CHAR_TO_FULL_LENGTH, ANSI_QUOTES and others would change results.
 */
static const char *const session_settings[] = {
	"SET SESSION sql_mode = '', time_zone = '+00:00', sql_select_limit = "
	"18446744073709551615, "
	"sql_big_selects = 1, group_concat_max_len = 1073741824, "
	"net_write_timeout = 86400, net_read_timeout = 86400, wait_timeout = 86400"
	"/*M!100101 , max_statement_time = 0*/"
	"/*M!100300 , idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0*/"
	"/*!50708 , max_execution_time = 0*/",
	"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
};

static int
set_text(json_t *o, const char *key, const char *value)
{
	return value != NULL ? json_object_set_new(o, key, json_string(value)) : 0;
}

/*
 * Name and value pairs, such as SHOW VARIABLES gives, into members with their
 * names in lower case.
 */
static int
add_pairs(json_t *o, MYSQL_RES *result)
{
	MYSQL_ROW row;
	int bad = 0;

	while ((row = mysql_fetch_row(result)) != NULL) {
		if (row[1] != NULL && row[1][0] != '\0')
			bad |= set_text(o, row[0], row[1]);
	}
	return bad;
}

/* ---- what a source can do */

static struct rows *
list(struct source *source, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	const char *text;

	sql_add(&sql, "SELECT table_schema AS `database`, table_name AS `table`, table_type AS "
		      "`type`, "
		      "engine AS `engine`, table_rows AS `rows`, data_length AS `data_bytes`, "
		      "index_length AS `index_bytes`, table_collation AS `collation`, "
		      "create_time AS `created`, update_time AS `updated`, table_comment AS "
		      "`comment` "
		      "FROM information_schema.tables WHERE ");
	if (s->database != NULL) {
		sql_add(&sql, "table_schema = ");
		mydb_literal(&sql, s->database);
	} else {
		sql_add(&sql,
			"table_schema NOT IN ('information_schema', 'performance_schema', "
			"'mysql', 'sys')");
	}
	sql_add(&sql, " ORDER BY 1, 2");
	text = sql_text(&sql, err);
	if (text != NULL)
		rows = mysql_rows_open(s->conn, text, err);
	sql_release(&sql);
	return rows;
}

static struct rows *
query(struct source *source, const char *sql, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;

	return mysql_rows_open(s->conn, sql, err);
}

static json_t *
describe(struct source *source, const struct selection *selection, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	json_t *schema = NULL;
	struct mysql_table t;

	if (mysql_table_find(
		    s->conn, s->database, selection->table, selection->columns, &t, err) == 0)
		schema = mysql_table_describe(s->conn, &t, err);
	mysql_table_release(&t);
	return schema;
}

static json_t *
identity(struct source *source, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	json_t *o = json_object();
	MYSQL_RES *result;
	int bad;

	result = mydb_query(s->conn,
		"SHOW GLOBAL VARIABLES WHERE variable_name IN ('version', 'version_comment', "
		"'hostname', 'port', 'server_id', 'server_uuid', 'server_uid')",
		err);
	if (result == NULL) {
		json_decref(o);
		return NULL;
	}
	bad = set_text(o, "product", mydb_is_mariadb(s->conn) ? "MariaDB" : "MySQL");
	bad |= add_pairs(o, result);
	mysql_free_result(result);
	if (o == NULL || bad != 0) {
		json_decref(o);
		error_nomem(err);
		return NULL;
	}
	return o;
}

static json_t *
snapshot(struct source *source, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;

	(void)err;
	return json_incref(s->snapshot);
}

/* ---- the server and the connection */

static int
get_status(struct source *source, const char *name, uint64_t *value, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	MYSQL_ROW row = NULL;
	const char *text;

	sql_add(&sql, "SHOW GLOBAL STATUS WHERE variable_name = ");
	mydb_literal(&sql, name);
	text = sql_text(&sql, err);
	if (text != NULL)
		result = mydb_query(s->conn, text, err);
	sql_release(&sql);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	if (row != NULL && row[1] != NULL)
		*value = strtoull(row[1], NULL, 10);
	else
		error_set(err, ERROR_USAGE, "the server has no counter '%s'", name);
	mysql_free_result(result);
	return row != NULL ? 0 : -1;
}

static bool
is_lost(struct source *source)
{
	struct mysql_source *s = (struct mysql_source *)source;

	return mydb_is_lost(s->conn);
}

static void
stop(struct source *source)
{
	struct mysql_source *s = (struct mysql_source *)source;

	if (s->socket >= 0)
		shutdown(s->socket, SHUT_RDWR);
}

static void
close_source(struct source *source)
{
	struct mysql_source *s = (struct mysql_source *)source;

	if (s->conn != NULL)
		mysql_close(s->conn);
	if (s->socket >= 0)
		close(s->socket);
	json_decref(s->snapshot);
	free(s->database);
	free(s);
}

static const struct source_class class = {
	.list = list,
	.table = mysql_table_rows,
	.query = query,
	.describe = describe,
	.identity = identity,
	.snapshot = snapshot,
	.plan = mysql_plan,
	.walk = mysql_walk,
	.range = mysql_range,
	.unchanged = mysql_unchanged,
	.plan_free = mysql_plan_free,
	.status = get_status,
	.is_lost = is_lost,
	.stop = stop,
	.close = close_source,
};

static int
set_up_session(struct mysql_source *s, struct error *err)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	int status = 0;

	for (size_t i = 0; i < sizeof session_settings / sizeof *session_settings; i++) {
		if (mydb_do(s->conn, session_settings[i], err) < 0)
			return -1;
	}
	result = mydb_query(s->conn, "SELECT DATABASE()", err);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	if (row != NULL && row[0] != NULL) {
		s->database = strdup(row[0]);
		if (s->database == NULL)
			status = error_nomem(err);
	}
	mysql_free_result(result);
	return status;
}

static struct source *
connect_source(const char *address, const char *defaults_file, struct error *err)
{
	struct mysql_source *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->source.class = &class;
	s->socket = -1;
	s->conn = mydb_connect(address, defaults_file, "extract", err);
	if (s->conn == NULL)
		goto fail;
	s->socket = dup(mysql_get_socket(s->conn));
	if (set_up_session(s, err) < 0) {
		error_prefix(err, "cannot set up the session");
		goto fail;
	}
	return &s->source;
fail:
	close_source(&s->source);
	return NULL;
}

/* For snapshot.method of the manifest. */
static const char *
method_of(const struct snapshot_request *request, enum mysql_lock_kind kind, bool cloned)
{
	if (request->connections == 1)
		return "one connection";
	if (cloned)
		return "cloned";
	switch (kind) {
	case MYSQL_LOCK_GLOBAL: return "global lock";
	case MYSQL_LOCK_TABLES: return "lock of tables";
	case MYSQL_LOCK_NONE: break;
	}
	return "one each";
}

/* How the snapshot came about, for the manifest. */
static int
note_sharing(struct source **sources, const struct snapshot_request *request,
	enum mysql_lock_kind kind, bool cloned, struct error *err)
{
	static const char *const names[] = {"none", "global", "tables"};
	json_t *snapshot = ((struct mysql_source *)sources[0])->snapshot;
	bool shared = kind != MYSQL_LOCK_NONE || cloned;
	int bad = set_text(snapshot, "method", method_of(request, kind, cloned));

	if (request->connections > 1) {
		bad |= json_object_set_new(snapshot, "connections",
			json_integer((json_int_t)request->connections));
		bad |= json_object_set_new(snapshot, "lock", json_string(names[kind]));
		bad |= json_object_set_new(snapshot, "shared", json_boolean(shared));
		if (!shared)
			bad |= json_object_set_new(snapshot, "exact", json_false());
	}
	return bad == 0 ? 0 : error_nomem(err);
}

static int
begin_one(struct source *source, bool locked, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;

	s->snapshot = mysql_snapshot_begin(s->conn, locked, err);
	return s->snapshot != NULL ? 0 : -1;
}

/*
 * Without any lock: the first snapshot cloned into the other connections.
 * Returns 1 when the server has that, 0 when it has not, and nothing has begun
 * then; -1 on failure.
 */
static int
begin_cloned(struct source **sources, size_t n, struct error *err)
{
	struct mysql_source *first = (struct mysql_source *)sources[0];
	struct error refused;

	if (!mysql_snapshot_can_clone(first->conn))
		return 0;
	if (begin_one(sources[0], false, err) < 0)
		return -1;
	for (size_t i = 1; i < n; i++) {
		struct mysql_source *s = (struct mysql_source *)sources[i];

		if (mysql_snapshot_clone(s->conn, first->conn, &refused) == 0)
			continue;
		if (mydb_is_lost(s->conn) || mydb_is_lost(first->conn)) {
			*err = refused;
			return -1;
		}
		/* an old one, or a right is missing: a lock may still do */
		for (size_t j = 0; j < i; j++) {
			s = (struct mysql_source *)sources[j];
			if (mydb_do(s->conn, "ROLLBACK", err) < 0)
				return -1;
		}
		json_decref(first->snapshot);
		first->snapshot = NULL;
		return 0;
	}
	return 1;
}

/* One snapshot in all connections, which stand: a lock is held as long as they need to begin. */
static int
begin_all(struct source **sources, const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct error *err)
{
	struct mysql_lock lock = MYSQL_LOCK_INIT;
	bool share = request->connections > 1 && !request->no_lock;
	int cloned = share ? begin_cloned(sources, request->connections, err) : 0;
	int status = cloned < 0 ? -1 : 0;

	if (share && cloned == 0)
		status = mysql_lock_take(&lock, address, defaults_file, request,
			((struct mysql_source *)sources[0])->database, err);
	for (size_t i = 0; status == 0 && cloned == 0 && i < request->connections; i++) {
		status = begin_one(sources[i], lock.kind != MYSQL_LOCK_NONE, err);
		if (status < 0)
			error_prefix(err, "cannot begin the snapshot");
	}
	if (status == 0)
		status = note_sharing(sources, request, lock.kind, cloned > 0, err);
	mysql_lock_release(&lock);
	return status;
}

int
mysql_source_open(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err)
{
	size_t n = request->connections;
	int status = 0;

	memset(sources, 0, n * sizeof(struct source *));
	for (size_t i = 0; status == 0 && i < n; i++) {
		sources[i] = connect_source(address, defaults_file, err);
		status = sources[i] != NULL ? 0 : -1;
	}
	if (status == 0)
		status = begin_all(sources, address, defaults_file, request, err);
	for (size_t i = 0; status < 0 && i < n; i++) {
		source_close(sources[i]);
		sources[i] = NULL;
	}
	return status;
}
