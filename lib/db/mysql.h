/*
 * mysql.h - connections to MySQL and MariaDB, and what their errors say
 *
 * Thin help around the client library (MariaDB Connector/C); MYSQL and
 * MYSQL_RES are its own, and are ended with mysql_close and
 * mysql_free_result.  All text is UTF-8 (utf8mb4).
 */
#ifndef DB_MYSQL_H
#define DB_MYSQL_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#include "db/sql.h"
#include "error.h"

enum { MYDB_NAME_MAX = 512 };

/*
 * Connect to a mysql:// or mariadb:// address.  What it leaves open comes from
 * option files (the usual ones, or defaults_file alone if that is not NULL;
 * groups [client] and [PROGRAM]) and from MYSQL_PWD.  Parameters: socket,
 * ssl-ca, ssl-capath, ssl-cert, ssl-key, ssl-cipher, ssl-crl, ssl-crlpath,
 * ssl-mode (DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY),
 * ssl-verify-server-cert, tls-version, connect-timeout (seconds), compress.
 * A port means TCP, also to localhost.  A wrong address is ERROR_USAGE, and so
 * is a database that is not there; a server that does not answer or lets
 * nobody in is ERROR_RUNTIME.  No message shows a password.  NULL on failure.
 */
MYSQL *mydb_connect(
	const char *address, const char *defaults_file, const char *program, struct error *err);

/* The same; the connection counts as lost when it is silent for `timeout` seconds (0: never). */
MYSQL *mydb_connect_timed(const char *address, const char *defaults_file, const char *program,
	unsigned timeout, struct error *err);

/* "MariaDB at 'host' port 3306" or "MySQL at '/run/x.sock'" into buf. */
void mydb_name(MYSQL *conn, char *buf, size_t size);

/* Whether it is MariaDB; else MySQL, or one of its other descendants. */
bool mydb_is_mariadb(MYSQL *conn);

/*
 * Fill *err with what the server or the client library said last: ERROR_USAGE
 * where the statement itself is wrong (syntax, unknown table or column, …),
 * else ERROR_RUNTIME; with the server's name where the connection was lost.
 * stmt may be NULL.  Returns -1.
 */
int mydb_failed(MYSQL *conn, MYSQL_STMT *stmt, struct error *err);

/*
 * After a failure: whether the connection itself is gone.  Asks the server,
 * unless it is in the middle of a result.
 */
bool mydb_is_lost(MYSQL *conn);

/*
 * Whether an error with this number and SQLSTATE is about the data given, so
 * that the same statement with other rows may succeed.  The rest is about the
 * server, the session or the statement.
 */
bool mydb_is_about_data(unsigned code, const char *sqlstate);

/* Run a statement without result: 0 or -1. */
int mydb_do(MYSQL *conn, const char *sql, struct error *err);

/* Run a statement, and fetch its whole result; for small ones.  NULL on failure. */
MYSQL_RES *mydb_query(MYSQL *conn, const char *sql, struct error *err);

/* Append `name`, with its backquotes doubled. */
void mydb_identifier(struct sql *s, const char *name);

/* Append 'text', for a session without ANSI_QUOTES and NO_BACKSLASH_ESCAPES. */
void mydb_literal(struct sql *s, const char *text);

#endif
