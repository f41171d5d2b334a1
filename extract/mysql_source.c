/*
 * mysql_source.c - see mysql_source.h
 *
 * The session is set up so that what comes out depends on the data alone, not
 * on the server's settings, and so that neither the server's limits nor a slow
 * reader of our output end it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "db/mysql.h"
#include "db/mysql_table.h"
#include "db/sql.h"
#include "extract/mysql_key.h"
#include "extract/mysql_lock.h"
#include "extract/mysql_rows.h"
#include "extract/mysql_source.h"

struct mysql_source {
	struct source source;
	MYSQL *conn;
	int socket;       /* a duplicate of the connection's, for stop; -1: none */
	char *database;   /* the connection's, or NULL */
	json_t *snapshot; /* what is known of its moment */
};

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

static int
set_number(json_t *o, const char *key, const char *value)
{
	if (value == NULL)
		return 0;
	return json_object_set_new(o, key, json_integer(strtoll(value, NULL, 10)));
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

/* ---- the snapshot */

/*
 * MySQL does not tell the position of a snapshot; this one, taken before it,
 * is at most too early.  Without the right to see it there is none.
 */
static void
earlier_position(struct mysql_source *s)
{
	struct error ignored;
	MYSQL_RES *result = mydb_query(s->conn, "SHOW MASTER STATUS", &ignored);
	MYSQL_ROW row;

	if (result == NULL)
		result = mydb_query(s->conn, "SHOW BINARY LOG STATUS", &ignored);
	if (result == NULL)
		return;
	row = mysql_fetch_row(result);
	if (row != NULL) {
		set_text(s->snapshot, "binlog_file", row[0]);
		set_number(s->snapshot, "binlog_position", row[1]);
		if (mysql_num_fields(result) > 4 && row[4] != NULL && row[4][0] != '\0')
			set_text(s->snapshot, "gtid", row[4]);
		json_object_set_new(s->snapshot, "exact", json_false());
	}
	mysql_free_result(result);
}

/* MariaDB and Percona Server: status variables that belong to the snapshot itself. */
static void
exact_position(struct mysql_source *s)
{
	const char *file = NULL, *position = NULL;
	struct sql sql = SQL_INIT;
	struct error ignored;
	MYSQL_RES *result, *gtid = NULL;
	MYSQL_ROW row;

	result = mydb_query(s->conn, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'", &ignored);
	if (result == NULL)
		return;
	while ((row = mysql_fetch_row(result)) != NULL) {
		if (strcasecmp(row[0], "binlog_snapshot_file") == 0)
			file = row[1];
		else if (strcasecmp(row[0], "binlog_snapshot_position") == 0)
			position = row[1];
	}
	if (file == NULL || file[0] == '\0' || position == NULL)
		goto out;
	json_object_del(s->snapshot, "gtid");
	set_text(s->snapshot, "binlog_file", file);
	set_number(s->snapshot, "binlog_position", position);
	json_object_set_new(s->snapshot, "exact", json_true());
	sql_add(&sql, "SELECT BINLOG_GTID_POS(");
	mydb_literal(&sql, file);
	sql_add(&sql, ", %lld)", strtoll(position, NULL, 10));
	if (mydb_is_mariadb(s->conn) && !sql.failed)
		gtid = mydb_query(s->conn, sql.text, &ignored);
	row = gtid ? mysql_fetch_row(gtid) : NULL;
	if (row != NULL && row[0] != NULL && row[0][0] != '\0')
		set_text(s->snapshot, "gtid", row[0]);
	if (gtid != NULL)
		mysql_free_result(gtid);
out:
	sql_release(&sql);
	mysql_free_result(result);
}

/* locked: nobody can write meanwhile, so MySQL's position is exact too. */
static int
begin_snapshot(struct mysql_source *s, bool locked, struct error *err)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	s->snapshot = json_object();
	if (s->snapshot == NULL)
		return error_nomem(err);
	if (!mydb_is_mariadb(s->conn)) {
		earlier_position(s);
		if (locked && json_object_get(s->snapshot, "exact") != NULL)
			json_object_set_new(s->snapshot, "exact", json_true());
	}
	if (mydb_do(s->conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err) < 0)
		return -1;
	exact_position(s);
	result = mydb_query(s->conn, "SELECT CONCAT(UTC_TIMESTAMP(6), '+00')", err);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	set_text(s->snapshot, "time", row ? row[0] : NULL);
	mysql_free_result(result);
	return 0;
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

static void
add_table_name(struct sql *sql, const struct mysql_table *t)
{
	mydb_identifier(sql, t->table[TABLE_DATABASE]);
	sql_add(sql, ".");
	mydb_identifier(sql, t->table[TABLE_NAME]);
}

/* The columns are named one by one: SELECT * leaves out invisible ones. */
static void
build_select(struct sql *sql, const struct mysql_table *t)
{
	sql_add(sql, "SELECT ");
	for (size_t i = 0; i < t->ncolumns; i++) {
		sql_add(sql, i > 0 ? ", " : "");
		mydb_identifier(sql, t->columns[i][COLUMN_NAME]);
	}
	sql_add(sql, " FROM ");
	add_table_name(sql, t);
}

/*
 * The catalog hides columns that the user has no right to see, and a copy
 * without them would look complete: SELECT * is refused then.
 */
static int
check_rights(struct mysql_source *s, const struct mysql_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	const char *text;

	sql_add(&sql, "SELECT * FROM ");
	add_table_name(&sql, t);
	text = sql_text(&sql, err);
	if (text != NULL)
		rows = mysql_rows_open(s->conn, text, err);
	rows_close(rows);
	sql_release(&sql);
	return rows != NULL ? 0 : -1;
}

static struct rows *
table(struct source *source, const struct selection *selection, struct error *err)
{
	static const struct mysql_key no_key;
	struct mysql_source *s = (struct mysql_source *)source;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	struct mysql_table t;
	const char *text;

	if (mysql_table_find(
		    s->conn, s->database, selection->table, selection->columns, &t, err) < 0)
		goto out;
	build_select(&sql, &t);
	mysql_key_add_range(&sql, &no_key, NULL, NULL, selection->where);
	text = sql_text(&sql, err);
	if (text != NULL && (selection->columns != NULL || check_rights(s, &t, err) == 0))
		rows = mysql_rows_open(s->conn, text, err);
	if (rows == NULL) {
		error_prefix(err, "table '%s'", t.table[TABLE_NAME]);
		goto out;
	}
	rows->transactional = mysql_table_is_transactional(&t);
	if (t.table[TABLE_ROWS] != NULL && selection->where == NULL)
		rows->estimate = strtoull(t.table[TABLE_ROWS], NULL, 10);
out:
	sql_release(&sql);
	mysql_table_release(&t);
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

/* ---- a table in ranges */

struct mysql_plan {
	struct plan plan;
	struct mysql_key key;
	char *table;  /* database and name, quoted */
	char *select; /* the SELECT up to and with the table's name */
	char *where;  /* or NULL */
	char *name;
	struct selection selection; /* borrowed from whoever asked for the plan */
};

/* All that the catalog says of the columns wanted. */
static char *
definition_of(const struct mysql_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;

	for (size_t i = 0; i < t->ncolumns; i++) {
		for (size_t j = 0; j < COLUMN_FIELDS; j++)
			sql_add(&sql, "%s\n", t->columns[i][j] ? t->columns[i][j] : "");
	}
	if (sql_text(&sql, err) == NULL)
		sql_release(&sql);
	return sql.text;
}

static void
plan_free(struct plan *plan)
{
	struct mysql_plan *p = (struct mysql_plan *)plan;

	mysql_key_release(&p->key);
	json_decref(p->plan.key);
	free(p->plan.definition);
	free(p->table);
	free(p->select);
	free(p->where);
	free(p->name);
	free(p);
}

static int
fill_plan(struct mysql_source *s, struct mysql_plan *p, const struct mysql_table *t,
	struct error *err)
{
	struct sql select = SQL_INIT, name = SQL_INIT;

	build_select(&select, t);
	add_table_name(&name, t);
	p->select = select.text; /* theirs now, also where memory was short */
	p->table = name.text;
	p->name = strdup(t->table[TABLE_NAME]);
	if (p->selection.where != NULL)
		p->where = strdup(p->selection.where);
	p->plan.definition = definition_of(t, err);
	if (select.failed || name.failed || p->name == NULL || p->plan.definition == NULL ||
		(p->selection.where != NULL && p->where == NULL))
		return error_nomem(err);
	p->plan.transactional = mysql_table_is_transactional(t);
	if (t->table[TABLE_ROWS] != NULL) {
		uint64_t rows = strtoull(t->table[TABLE_ROWS], NULL, 10);

		if (p->where == NULL)
			p->plan.estimate = rows;
		if (t->table[TABLE_DATA_BYTES] != NULL && rows > 0)
			p->plan.row_bytes =
				strtoull(t->table[TABLE_DATA_BYTES], NULL, 10) / rows;
	}
	if (mysql_key_find(s->conn, t, &p->key, err) < 0)
		return -1;
	if (p->key.ncolumns > 0) {
		p->plan.key = mysql_key_names(&p->key);
		if (p->plan.key == NULL)
			return error_nomem(err);
	}
	return 0;
}

static struct plan *
plan(struct source *source, const struct selection *selection, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	struct mysql_plan *p = calloc(1, sizeof *p);
	struct mysql_table t;
	int status;

	if (p == NULL) {
		error_nomem(err);
		return NULL;
	}
	p->plan.class = source->class;
	p->selection = *selection;
	status = mysql_table_find(
		s->conn, s->database, selection->table, selection->columns, &t, err);
	if (status == 0)
		status = fill_plan(s, p, &t, err);
	if (status == 0 && selection->columns == NULL) {
		status = check_rights(s, &t, err);
		if (status < 0)
			error_prefix(err, "table '%s'", p->name);
	}
	mysql_table_release(&t);
	if (status < 0) {
		plan_free(&p->plan);
		return NULL;
	}
	return &p->plan;
}

/*
 * Two rows are asked for: the last of the range, and the one behind it, which
 * tells that there is another range.
 */
static int
walk(struct source *source, const struct plan *plan, const struct bound *after, uint64_t rows,
	struct bound **upto, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	const struct mysql_plan *p = (const struct mysql_plan *)plan;
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	const char *text;
	int status = -1;

	*upto = NULL;
	sql_add(&sql, "SELECT ");
	mysql_key_add_columns(&sql, &p->key);
	sql_add(&sql, " FROM %s", p->table);
	mysql_key_add_index(&sql, &p->key);
	mysql_key_add_range(&sql, &p->key, after, NULL, p->where);
	sql_add(&sql, " LIMIT 2 OFFSET %llu", (unsigned long long)rows - 1);
	text = sql_text(&sql, err);
	result = text ? mydb_query(s->conn, text, err) : NULL;
	if (result == NULL)
		goto out;
	status = 0;
	if (mysql_num_rows(result) == 2) {
		*upto = mysql_key_bound(&p->key, mysql_fetch_row(result), err);
		status = *upto != NULL ? 0 : -1;
	}
out:
	if (result != NULL)
		mysql_free_result(result);
	sql_release(&sql);
	return status;
}

static struct rows *
range(struct source *source, const struct plan *plan, const struct bound *after,
	const struct bound *upto, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	const struct mysql_plan *p = (const struct mysql_plan *)plan;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	const char *text;

	sql_add(&sql, "%s", p->select);
	mysql_key_add_index(&sql, &p->key);
	mysql_key_add_range(&sql, &p->key, after, upto, p->where);
	text = sql_text(&sql, err);
	if (text != NULL)
		rows = mysql_rows_open(s->conn, text, err);
	sql_release(&sql);
	if (rows == NULL) {
		error_prefix(err, "table '%s'", p->name);
		return NULL;
	}
	rows->transactional = p->plan.transactional;
	return rows;
}

static int
unchanged(struct source *source, const struct plan *plan, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	const struct mysql_plan *p = (const struct mysql_plan *)plan;
	struct mysql_table t;
	char *now = NULL;
	int status = -1;

	if (mysql_table_find(s->conn, s->database, p->selection.table, p->selection.columns, &t,
		    err) < 0) {
		err->kind = ERROR_RUNTIME;
		goto out;
	}
	now = definition_of(&t, err);
	if (now == NULL)
		goto out;
	status = strcmp(now, p->plan.definition) == 0 ? 0 : mysql_rows_changed(p->name, err);
out:
	free(now);
	mysql_table_release(&t);
	return status;
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
	.table = table,
	.query = query,
	.describe = describe,
	.identity = identity,
	.snapshot = snapshot,
	.plan = plan,
	.walk = walk,
	.range = range,
	.unchanged = unchanged,
	.plan_free = plan_free,
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

/* How the snapshot came about, for the manifest. */
static int
note_sharing(struct source **sources, const struct snapshot_request *request,
	enum mysql_lock_kind kind, struct error *err)
{
	static const char *const names[] = {"none", "global", "tables"};
	json_t *snapshot = ((struct mysql_source *)sources[0])->snapshot;
	bool shared = kind != MYSQL_LOCK_NONE;
	int bad = 0;

	if (request->connections == 1)
		return 0;
	bad |= json_object_set_new(
		snapshot, "connections", json_integer((json_int_t)request->connections));
	bad |= json_object_set_new(snapshot, "lock", json_string(names[kind]));
	bad |= json_object_set_new(snapshot, "shared", json_boolean(shared));
	if (!shared)
		bad |= json_object_set_new(snapshot, "exact", json_false());
	return bad == 0 ? 0 : error_nomem(err);
}

int
mysql_source_open(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err)
{
	size_t n = request->connections;
	struct mysql_lock lock = MYSQL_LOCK_INIT;
	int status = 0;

	memset(sources, 0, n * sizeof(struct source *));
	for (size_t i = 0; status == 0 && i < n; i++) {
		sources[i] = connect_source(address, defaults_file, err);
		status = sources[i] != NULL ? 0 : -1;
	}
	/* all connections stand, so that the lock is held for as long as they need to begin */
	if (status == 0 && n > 1 && !request->no_lock)
		status = mysql_lock_take(&lock, address, defaults_file, request,
			((struct mysql_source *)sources[0])->database, err);
	for (size_t i = 0; status == 0 && i < n; i++) {
		status = begin_snapshot(
			(struct mysql_source *)sources[i], lock.kind != MYSQL_LOCK_NONE, err);
		if (status < 0)
			error_prefix(err, "cannot begin the snapshot");
	}
	if (status == 0)
		status = note_sharing(sources, request, lock.kind, err);
	mysql_lock_release(&lock);
	for (size_t i = 0; status < 0 && i < n; i++) {
		source_close(sources[i]);
		sources[i] = NULL;
	}
	return status;
}
