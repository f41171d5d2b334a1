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

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/mysql_rows.h"
#include "extract/mysql_source.h"
#include "extract/mysql_table.h"

struct mysql_source {
	struct source source;
	MYSQL *conn;
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

static int
begin_snapshot(struct mysql_source *s, struct error *err)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	s->snapshot = json_object();
	if (s->snapshot == NULL)
		return error_nomem(err);
	if (!mydb_is_mariadb(s->conn))
		earlier_position(s);
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

/*
 * The columns are named one by one: SELECT * leaves out invisible ones.  The
 * line end after the condition keeps a comment in it from swallowing the rest.
 */
static void
build_select(struct sql *sql, const struct mysql_table *t, const char *where)
{
	sql_add(sql, "SELECT ");
	for (size_t i = 0; i < t->ncolumns; i++) {
		sql_add(sql, i > 0 ? ", " : "");
		mydb_identifier(sql, t->columns[i][COLUMN_NAME]);
	}
	sql_add(sql, " FROM ");
	add_table_name(sql, t);
	if (where != NULL)
		sql_add(sql, " WHERE (%s\n)", where);
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
	struct mysql_source *s = (struct mysql_source *)source;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	struct mysql_table t;
	const char *text;

	if (mysql_table_find(s->conn, s->database, selection, &t, err) < 0)
		goto out;
	build_select(&sql, &t, selection->where);
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

	if (mysql_table_find(s->conn, s->database, selection, &t, err) == 0)
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

static void
close_source(struct source *source)
{
	struct mysql_source *s = (struct mysql_source *)source;

	if (s->conn != NULL)
		mysql_close(s->conn);
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

struct source *
mysql_source_open(const char *address, const char *defaults_file, struct error *err)
{
	struct mysql_source *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->source.class = &class;
	s->conn = mydb_connect(address, defaults_file, "extract", err);
	if (s->conn == NULL)
		goto fail;
	if (set_up_session(s, err) < 0 || begin_snapshot(s, err) < 0) {
		error_prefix(err, "cannot set up the session");
		goto fail;
	}
	return &s->source;
fail:
	close_source(&s->source);
	return NULL;
}
