/*
 * mysql_snapshot.c - see mysql_snapshot.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/mysql_snapshot.h"

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
 * MySQL does not tell the position of a snapshot; this one, taken before it,
 * is at most too early.  Without the right to see it there is none.
 */
static void
earlier_position(MYSQL *conn, json_t *snapshot)
{
	struct error ignored;
	MYSQL_RES *result = mydb_query(conn, "SHOW MASTER STATUS", &ignored);
	MYSQL_ROW row;

	if (result == NULL)
		result = mydb_query(conn, "SHOW BINARY LOG STATUS", &ignored);
	if (result == NULL)
		return;
	row = mysql_fetch_row(result);
	if (row != NULL) {
		set_text(snapshot, "binlog_file", row[0]);
		set_number(snapshot, "binlog_position", row[1]);
		if (mysql_num_fields(result) > 4 && row[4] != NULL && row[4][0] != '\0')
			set_text(snapshot, "gtid", row[4]);
		json_object_set_new(snapshot, "exact", json_false());
	}
	mysql_free_result(result);
}

/* MariaDB and Percona Server: status variables that belong to the snapshot itself. */
static void
exact_position(MYSQL *conn, json_t *snapshot)
{
	const char *file = NULL, *position = NULL;
	struct sql sql = SQL_INIT;
	struct error ignored;
	MYSQL_RES *result, *gtid = NULL;
	MYSQL_ROW row;

	result = mydb_query(conn, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'", &ignored);
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
	json_object_del(snapshot, "gtid");
	set_text(snapshot, "binlog_file", file);
	set_number(snapshot, "binlog_position", position);
	json_object_set_new(snapshot, "exact", json_true());
	sql_add(&sql, "SELECT BINLOG_GTID_POS(");
	mydb_literal(&sql, file);
	sql_add(&sql, ", %lld)", strtoll(position, NULL, 10));
	if (mydb_is_mariadb(conn) && !sql.failed)
		gtid = mydb_query(conn, sql.text, &ignored);
	row = gtid ? mysql_fetch_row(gtid) : NULL;
	if (row != NULL && row[0] != NULL && row[0][0] != '\0')
		set_text(snapshot, "gtid", row[0]);
	if (gtid != NULL)
		mysql_free_result(gtid);
out:
	sql_release(&sql);
	mysql_free_result(result);
}

static int
begin(MYSQL *conn, bool locked, json_t *snapshot, struct error *err)
{
	MYSQL_RES *result;
	MYSQL_ROW row;

	if (!mydb_is_mariadb(conn)) {
		earlier_position(conn, snapshot);
		/* nobody could write since */
		if (locked && json_object_get(snapshot, "exact") != NULL)
			json_object_set_new(snapshot, "exact", json_true());
	}
	if (mydb_do(conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err) < 0)
		return -1;
	exact_position(conn, snapshot);
	result = mydb_query(conn, "SELECT CONCAT(UTC_TIMESTAMP(6), '+00')", err);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	set_text(snapshot, "time", row ? row[0] : NULL);
	mysql_free_result(result);
	return 0;
}

json_t *
mysql_snapshot_begin(MYSQL *conn, bool locked, struct error *err)
{
	json_t *snapshot = json_object();

	if (snapshot == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (begin(conn, locked, snapshot, err) < 0) {
		json_decref(snapshot);
		return NULL;
	}
	return snapshot;
}

bool
mysql_snapshot_can_clone(MYSQL *conn)
{
	struct error ignored;
	MYSQL_RES *result = mydb_query(conn, "SELECT @@version_comment", &ignored);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	bool can = row != NULL && row[0] != NULL && strcasestr(row[0], "percona") != NULL;

	if (result != NULL)
		mysql_free_result(result);
	return can && !mydb_is_mariadb(conn);
}

/* The session is read only already: the statement has no word for it beside FROM SESSION. */
int
mysql_snapshot_clone(MYSQL *conn, MYSQL *donor, struct error *err)
{
	char text[96];

	snprintf(text, sizeof text,
		"START TRANSACTION WITH CONSISTENT SNAPSHOT FROM SESSION %lu",
		mysql_thread_id(donor));
	return mydb_do(conn, text, err);
}
