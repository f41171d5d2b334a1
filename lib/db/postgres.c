/*
 * postgres.c - see postgres.h
 *
 * libpq's own messages have several lines; squeeze makes one of them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/uri.h"
#include "utf8.h"

/* Copy text, each run of white space as one blank, none at the ends. */
static void
squeeze(char *buf, size_t size, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + 1 < size; text++) {
		if (!isspace((unsigned char)*text))
			buf[used++] = *text;
		else if (used > 0 && buf[used - 1] != ' ')
			buf[used++] = ' ';
	}
	if (*text != '\0') {
		/* what is cut off may be the rest of a character */
		buf[used] = *text;
		used = utf8_cut(buf, used + 1, used);
	}
	while (used > 0 && buf[used - 1] == ' ')
		used--;
	buf[used] = '\0';
}

/*
 * libpq shows parts of what it cannot parse, which may be a password, so its
 * reason is given only for a target that has none.
 */
static int
bad_target(const char *target, const char *reason, struct error *err)
{
	char *shown = uri_redact(target);
	char text[POSTGRES_MESSAGE_MAX];

	if (shown == NULL)
		return error_nomem(err);
	squeeze(text, sizeof text, reason);
	if (strcmp(shown, target) == 0 && strchr(target, '@') == NULL)
		error_set(err, ERROR_USAGE, "wrong address '%s': %s", shown, text);
	else
		error_set(err, ERROR_USAGE,
			"wrong address '%s': libpq cannot parse it; special characters in a "
			"user or password must be written %%XX in a URI, or the password "
			"given in PGPASSWORD or ~/.pgpass",
			shown);
	free(shown);
	return -1;
}

static bool
same_value(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/*
 * A URI whose password has a raw '/' or '?' in it parses too, but with parts
 * of the password as host or database, which messages show.  Then the target
 * without its password says something else.
 */
static int
check_apart_from_password(const char *target, const PQconninfoOption *parsed, struct error *err)
{
	char *redacted = uri_redact(target);
	PQconninfoOption *plain;
	int status = 0;

	if (redacted == NULL)
		return error_nomem(err);
	plain = PQconninfoParse(redacted, NULL);
	for (size_t i = 0; plain != NULL && plain[i].keyword != NULL; i++) {
		if (plain[i].dispchar[0] != '*' && !same_value(plain[i].val, parsed[i].val))
			status = -1;
	}
	if (plain == NULL || status < 0)
		status = bad_target(target, "its parts cannot be told apart", err);
	PQconninfoFree(plain);
	free(redacted);
	return status;
}

/* A URI or conninfo must parse; anything else is the name of a database. */
static int
check_target(const char *target, struct error *err)
{
	PQconninfoOption *parsed;
	char *reason = NULL;
	int status;

	if (uri_kind(target) != URI_POSTGRES && strchr(target, '=') == NULL)
		return 0;
	parsed = PQconninfoParse(target, &reason);
	if (parsed == NULL) {
		bad_target(target, reason ? reason : "out of memory", err);
		PQfreemem(reason);
		return -1;
	}
	status = check_apart_from_password(target, parsed, err);
	PQconninfoFree(parsed);
	return status;
}

static void
drop_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

PGconn *
postgres_connect(const char *target, const char *application, struct error *err)
{
	const char *const keys[] = {
		"dbname", "client_encoding", "fallback_application_name", NULL};
	const char *const values[] = {target, "UTF8", application, NULL};
	char text[POSTGRES_MESSAGE_MAX], name[POSTGRES_NAME_MAX];
	PGconn *conn;

	if (check_target(target, err) < 0)
		return NULL;
	conn = PQconnectdbParams(keys, values, 1);
	if (conn == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (PQstatus(conn) == CONNECTION_OK) {
		PQsetNoticeProcessor(conn, drop_notice, NULL);
		return conn;
	}
	squeeze(text, sizeof text, PQerrorMessage(conn));
	postgres_name(conn, name, sizeof name);
	if (PQconnectionNeedsPassword(conn))
		error_set(err, ERROR_RUNTIME,
			"cannot connect to %s: %s (give the password in PGPASSWORD or "
			"~/.pgpass)",
			name, text);
	else
		error_set(err, ERROR_RUNTIME, "cannot connect to %s: %s", name, text);
	PQfinish(conn);
	return NULL;
}

void
postgres_name(const PGconn *conn, char *buf, size_t size)
{
	const char *host = PQhost(conn), *port = PQport(conn), *database = PQdb(conn);

	(void)snprintf(buf, size, "PostgreSQL at '%s' port %s, database '%s'",
		host && *host ? host : "localhost", port && *port ? port : "5432",
		database ? database : "");
}

const char *
postgres_sqlstate(const PGresult *result)
{
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	return code ? code : "";
}

void
postgres_primary(const PGresult *result, char *buf, size_t size)
{
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	squeeze(buf, size, primary ? primary : PQresultErrorMessage(result));
}

void
postgres_message(const PGresult *result, char *buf, size_t size)
{
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	size_t used;

	postgres_primary(result, buf, size);
	used = strlen(buf);
	if (detail == NULL || used + 8 > size)
		return;
	buf[used++] = ':';
	buf[used++] = ' ';
	squeeze(buf + used, size - used, detail);
}

static int
lost(const PGconn *conn, struct error *err)
{
	char text[POSTGRES_MESSAGE_MAX], name[POSTGRES_NAME_MAX];

	squeeze(text, sizeof text, PQerrorMessage(conn));
	postgres_name(conn, name, sizeof name);
	return error_set(err, ERROR_RUNTIME, "lost the connection to %s: %s", name, text);
}

/*
 * Also when the server has said that it goes, and libpq has not yet read the
 * end of the connection: after a FATAL there is nothing else to come.
 */
static bool
is_gone(const PGconn *conn, const PGresult *result)
{
	const char *severity =
		result ? PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED) : NULL;

	return PQstatus(conn) != CONNECTION_OK ||
	       (severity != NULL &&
		       (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0));
}

int
postgres_failed(const PGconn *conn, const PGresult *result, struct error *err)
{
	char text[POSTGRES_MESSAGE_MAX], name[POSTGRES_NAME_MAX];
	const char *code = result ? postgres_sqlstate(result) : "";

	if (*code == '\0' && PQstatus(conn) != CONNECTION_OK)
		return lost(conn, err);
	if (result != NULL)
		postgres_message(result, text, sizeof text);
	else
		squeeze(text, sizeof text, PQerrorMessage(conn));
	if (!is_gone(conn, result))
		return *code ? error_set(err, ERROR_RUNTIME, "%s: %s", code, text)
			     : error_set(err, ERROR_RUNTIME, "%s", text);
	/* such as 57P01, which the server said before it went */
	postgres_name(conn, name, sizeof name);
	return error_set(
		err, ERROR_RUNTIME, "lost the connection to %s: %s: %s", name, code, text);
}

static bool
is_success(const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_COMMAND_OK:
	case PGRES_TUPLES_OK:
	case PGRES_EMPTY_QUERY: return true;
	default: return false;
	}
}

static PGresult *
succeeded(const PGconn *conn, PGresult *result, struct error *err)
{
	if (is_success(result))
		return result;
	postgres_failed(conn, result, err);
	PQclear(result);
	return NULL;
}

PGresult *
postgres_run(PGconn *conn, const char *sql, struct error *err)
{
	return succeeded(conn, PQexec(conn, sql), err);
}

int
postgres_do(PGconn *conn, const char *sql, struct error *err)
{
	PGresult *result = postgres_run(conn, sql, err);

	PQclear(result);
	return result ? 0 : -1;
}

PGresult *
postgres_query(
	PGconn *conn, const char *sql, int n, const char *const *params, struct error *err)
{
	return succeeded(conn, PQexecParams(conn, sql, n, NULL, params, NULL, NULL, 0), err);
}

bool
postgres_is_about_data(const char *sqlstate)
{
	static const char not_data[][3] = {"08", "25", "26", "28", "34", "3B", "3D", "40", "53",
		"55", "57", "58", "F0", "XX"};

	if (sqlstate[0] == '\0')
		return false;
	for (size_t i = 0; i < sizeof not_data / sizeof *not_data; i++) {
		if (strncmp(sqlstate, not_data[i], 2) == 0)
			return false;
	}
	return true;
}
