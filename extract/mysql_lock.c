/*
 * mysql_lock.c - see mysql_lock.h
 *
 * Trap: while a lock waits for a long query to end, all who want to write wait
 * behind it.  So it waits for seconds only, and then gives up.
 */
#include <mysqld_error.h>
#include <string.h>

#include "db/mysql.h"
#include "db/mysql_table.h"
#include "db/sql.h"
#include "extract/mysql_lock.h"

static const char wait_setting[] = "SET SESSION lock_wait_timeout = 10";

static bool
right_is_missing(unsigned code)
{
	switch (code) {
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_ACCESS_DENIED_ERROR:
	case ER_DBACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR: return true;
	default: return false;
	}
}

static int
failed(MYSQL *conn, struct error *err)
{
	unsigned code = mysql_errno(conn);

	if (right_is_missing(code))
		return error_set(err, ERROR_RUNTIME,
			"several connections need a lock for a moment to share a snapshot, and "
			"there is no right to it: %s (%u); use --no-lock or --jobs 1",
			mysql_error(conn), code);
	if (code == ER_LOCK_WAIT_TIMEOUT)
		return error_set(err, ERROR_RUNTIME,
			"several connections need a lock for a moment to share a snapshot, "
			"which was not to be had within 10 seconds (a long query runs); try "
			"again, or use --no-lock or --jobs 1");
	mydb_failed(conn, NULL, err);
	error_prefix(err, "cannot lock");
	return -1;
}

static int
lock_tables(struct mysql_lock *lock, const struct snapshot_request *request,
	const char *database, struct error *err)
{
	struct sql sql = SQL_INIT;
	const char *text;
	int status = 0;

	for (size_t i = 0; status == 0 && i < request->ntables; i++) {
		struct mysql_table t;

		status = mysql_table_find(lock->conn, database, request->tables[i].table,
			request->tables[i].columns, &t, err);
		if (status == 0) {
			sql_add(&sql, i > 0 ? ", " : "LOCK TABLES ");
			mydb_identifier(&sql, t.table[TABLE_DATABASE]);
			sql_add(&sql, ".");
			mydb_identifier(&sql, t.table[TABLE_NAME]);
			sql_add(&sql, " READ");
		}
		mysql_table_release(&t);
	}
	text = status == 0 ? sql_text(&sql, err) : NULL;
	if (text == NULL)
		status = -1;
	else if (mysql_query(lock->conn, text) != 0)
		status = failed(lock->conn, err);
	else
		lock->kind = MYSQL_LOCK_TABLES;
	sql_release(&sql);
	return status;
}

int
mysql_lock_take(struct mysql_lock *lock, const char *address, const char *defaults_file,
	const struct snapshot_request *request, const char *database, struct error *err)
{
	lock->conn = mydb_connect(address, defaults_file, "extract", err);
	if (lock->conn == NULL || mydb_do(lock->conn, wait_setting, err) < 0)
		return -1;
	if (mysql_query(lock->conn, "FLUSH TABLES WITH READ LOCK") == 0) {
		lock->kind = MYSQL_LOCK_GLOBAL;
		return 0;
	}
	if (!right_is_missing(mysql_errno(lock->conn)) || request->queries)
		return failed(lock->conn, err);
	return lock_tables(lock, request, database, err);
}

/* The connection's end unlocks. */
void
mysql_lock_release(struct mysql_lock *lock)
{
	if (lock->conn != NULL)
		mysql_close(lock->conn);
	lock->conn = NULL;
}
