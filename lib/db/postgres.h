/*
 * postgres.h - connections to PostgreSQL, and what its errors say
 *
 * Thin help around libpq; the PGconn and PGresult are libpq's own, and are
 * ended with PQfinish and PQclear.  All text is UTF-8.
 */
#ifndef DB_POSTGRES_H
#define DB_POSTGRES_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

enum { POSTGRES_NAME_MAX = 256, POSTGRES_MESSAGE_MAX = 1024 };

/*
 * Connect to a URI, a conninfo, or the name of a database; what they leave
 * open comes from the environment, service files and ~/.pgpass, as libpq has
 * it.  application is the application_name unless the target or PGAPPNAME
 * give one.  What the target says wrongly is ERROR_USAGE, a server that does
 * not answer ERROR_RUNTIME; no message shows a password.  Notices are dropped;
 * see PQsetNoticeProcessor.  NULL on failure.
 */
PGconn *postgres_connect(const char *target, const char *application, struct error *err);

/* "PostgreSQL at 'host' port 5432, database 'd'" into buf. */
void postgres_name(const PGconn *conn, char *buf, size_t size);

/*
 * Run one or several statements without parameters.  The result is the last
 * statement's, for PQclear; when one fails, NULL, with *err as
 * postgres_failed.
 */
PGresult *postgres_run(PGconn *conn, const char *sql, struct error *err);

/* The same, and drop the result: 0 or -1. */
int postgres_do(PGconn *conn, const char *sql, struct error *err);

/* One statement with text parameters, each of which may be NULL. */
PGresult *postgres_query(
	PGconn *conn, const char *sql, int n, const char *const *params, struct error *err);

/*
 * Fill *err, ERROR_RUNTIME, with what went wrong with a result (NULL: with the
 * connection): the server's message, detail and SQLSTATE; or, where the
 * connection was lost, that, and the server's name.  Returns -1.
 */
int postgres_failed(const PGconn *conn, const PGresult *result, struct error *err);

/* The five characters of a failed result's SQLSTATE, or "" where libpq itself failed. */
const char *postgres_sqlstate(const PGresult *result);

/*
 * The server's message and, after ": ", its detail, in one line, into buf;
 * cut at size if need be, but never inside a character.
 */
void postgres_message(const PGresult *result, char *buf, size_t size);

/* The same without the detail. */
void postgres_primary(const PGresult *result, char *buf, size_t size);

/*
 * Whether an error with this SQLSTATE is about the data given, so that the
 * same statement with other rows may succeed.  The rest is about the server
 * or the session: connection, rights to log in, transaction state, deadlock,
 * resources, locks, shutdown, cancellation, internal errors.
 */
bool postgres_is_about_data(const char *sqlstate);

#endif
