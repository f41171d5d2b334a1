/*
 * mysql.c - see mysql.h
 *
 * Trap: Connector/C reads option files inside mysql_real_connect, where they
 * override what mysql_options said before.  So what the address demands of TLS
 * is looked at again after the connection stands.
 */
#include <errmsg.h>
#include <errno.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "db/mysql.h"
#include "db/uri.h"

enum {
	CONNECT_TIMEOUT = 30, /* seconds, unless the address or an option file says otherwise */
};

struct tls {
	bool enforce;
	bool verify;
};

/* The parameters that are passed on to Connector/C as they are. */
static const struct {
	const char *name;
	enum mysql_option option;
} text_options[] = {
	{"ssl-ca", MYSQL_OPT_SSL_CA},
	{"ssl-capath", MYSQL_OPT_SSL_CAPATH},
	{"ssl-cert", MYSQL_OPT_SSL_CERT},
	{"ssl-key", MYSQL_OPT_SSL_KEY},
	{"ssl-cipher", MYSQL_OPT_SSL_CIPHER},
	{"ssl-crl", MYSQL_OPT_SSL_CRL},
	{"ssl-crlpath", MYSQL_OPT_SSL_CRLPATH},
	{"tls-version", MARIADB_OPT_TLS_VERSION},
};

/* As option files have it: '_' is '-'. */
static bool
same_option(const char *a, const char *b)
{
	for (; *a != '\0' && *b != '\0'; a++, b++) {
		if ((*a == '_' ? '-' : *a) != *b)
			return false;
	}
	return *a == *b;
}

/* 1, 0, or -1 when it is neither. */
static int
parse_bool(const char *value)
{
	static const char *const yes[] = {"1", "on", "true", "yes"};
	static const char *const no[] = {"0", "off", "false", "no"};

	for (size_t i = 0; i < 4; i++) {
		if (strcasecmp(value, yes[i]) == 0)
			return 1;
		if (strcasecmp(value, no[i]) == 0)
			return 0;
	}
	return -1;
}

static int
bad_value(const struct uri_param *p, const char *want, struct error *err)
{
	return error_set(
		err, ERROR_USAGE, "parameter '%s' is '%s', not %s", p->name, p->value, want);
}

static int
set_ssl_mode(struct tls *tls, const struct uri_param *p, struct error *err)
{
	if (strcasecmp(p->value, "disabled") == 0)
		return 0;
	if (strcasecmp(p->value, "required") == 0) {
		tls->enforce = true;
		return 0;
	}
	/* Connector/C cannot look at the chain alone, so VERIFY_CA is the stricter one too */
	if (strcasecmp(p->value, "verify_ca") == 0 ||
		strcasecmp(p->value, "verify_identity") == 0) {
		tls->enforce = tls->verify = true;
		return 0;
	}
	return bad_value(p, "DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY", err);
}

static int
set_timeout(MYSQL *conn, const struct uri_param *p, struct error *err)
{
	char *end;
	unsigned long seconds;
	unsigned timeout;

	errno = 0;
	seconds = strtoul(p->value, &end, 10);
	if (p->value[0] < '0' || p->value[0] > '9' || *end != '\0' || errno != 0 ||
		seconds == 0 || seconds > 86400)
		return bad_value(p, "a number of seconds", err);
	timeout = (unsigned)seconds;
	mysql_optionsv(conn, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
	return 0;
}

static int
set_param(MYSQL *conn, const struct uri_param *p, struct tls *tls, struct error *err)
{
	int on;

	for (size_t i = 0; i < sizeof text_options / sizeof *text_options; i++) {
		if (same_option(p->name, text_options[i].name)) {
			mysql_optionsv(conn, text_options[i].option, p->value);
			tls->enforce |= strncmp(text_options[i].name, "ssl", 3) == 0;
			return 0;
		}
	}
	if (same_option(p->name, "socket"))
		return 0; /* see open_connection */
	if (same_option(p->name, "ssl-mode"))
		return set_ssl_mode(tls, p, err);
	if (same_option(p->name, "connect-timeout"))
		return set_timeout(conn, p, err);
	on = parse_bool(p->value);
	if (same_option(p->name, "compress")) {
		if (on < 0)
			return bad_value(p, "0 or 1", err);
		if (on == 1)
			mysql_optionsv(conn, MYSQL_OPT_COMPRESS, NULL);
		return 0;
	}
	if (same_option(p->name, "ssl-verify-server-cert")) {
		if (on < 0)
			return bad_value(p, "0 or 1", err);
		tls->verify |= on == 1;
		tls->enforce |= on == 1;
		return 0;
	}
	return error_set(err, ERROR_USAGE, "unknown parameter '%s' in the address", p->name);
}

static int
set_options(MYSQL *conn, const struct uri *u, const char *defaults_file, const char *program,
	struct tls *tls, struct error *err)
{
	unsigned timeout = CONNECT_TIMEOUT;
	unsigned long packet = 1UL << 30; /* the largest that the protocol has */
	my_bool on = 1;

	/* Connector/C passes over a file that it cannot read */
	if (defaults_file != NULL && access(defaults_file, R_OK) < 0)
		return error_errno(err, ERROR_USAGE, "cannot read '%s'", defaults_file);
	mysql_optionsv(conn, MYSQL_OPT_CONNECT_TIMEOUT, &timeout);
	if (defaults_file != NULL)
		mysql_optionsv(conn, MYSQL_READ_DEFAULT_FILE, defaults_file);
	mysql_optionsv(conn, MYSQL_READ_DEFAULT_GROUP, program);
	mysql_optionsv(conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_optionsv(conn, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	mysql_optionsv(conn, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", program);
	for (size_t i = 0; i < u->nparams; i++) {
		if (set_param(conn, &u->params[i], tls, err) < 0)
			return -1;
	}
	if (tls->enforce)
		mysql_optionsv(conn, MYSQL_OPT_SSL_ENFORCE, &on);
	if (tls->verify)
		mysql_optionsv(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
	return 0;
}

/* What the address demanded of TLS holds, whatever an option file said. */
static int
check_tls(MYSQL *conn, const struct tls *tls, struct error *err)
{
	my_bool verified = 0;

	if (tls->enforce && mysql_get_ssl_cipher(conn) == NULL)
		return error_set(err, ERROR_RUNTIME, "the connection has no TLS");
	mysql_get_optionv(conn, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified);
	if (tls->verify && !verified)
		return error_set(err, ERROR_USAGE,
			"an option file turns off the verification of the server's "
			"certificate");
	return 0;
}

static int
open_connection(MYSQL *conn, const struct uri *u, struct error *err)
{
	const char *socket = uri_param(u, "socket");
	const char *host = u->host;
	unsigned protocol = MYSQL_PROTOCOL_TCP;
	my_bool off = 0;

	if (host != NULL && host[0] == '/') {
		socket = socket != NULL ? socket : host;
		host = NULL;
	}
	if (socket != NULL) {
		/* Connector/C takes a socket only for localhost */
		protocol = MYSQL_PROTOCOL_SOCKET;
		host = "localhost";
	}
	if (socket != NULL || u->port != 0)
		mysql_optionsv(conn, MYSQL_OPT_PROTOCOL, &protocol);
	if (mysql_real_connect(
		    conn, host, u->user, u->password, u->database, u->port, socket, 0) == NULL)
		return mydb_failed(conn, NULL, err);
	/* a connection made again by itself would have lost its session and snapshot */
	mysql_optionsv(conn, MYSQL_OPT_RECONNECT, &off);
	if (mysql_set_character_set(conn, "utf8mb4") != 0)
		return mydb_failed(conn, NULL, err);
	return 0;
}

MYSQL *
mydb_connect(
	const char *address, const char *defaults_file, const char *program, struct error *err)
{
	return mydb_connect_timed(address, defaults_file, program, 0, err);
}

MYSQL *
mydb_connect_timed(const char *address, const char *defaults_file, const char *program,
	unsigned timeout, struct error *err)
{
	struct tls tls = {false, false};
	MYSQL *conn = NULL;
	char *shown = NULL;
	struct uri u;
	int status = -1;

	if (uri_parse(&u, address, err) < 0)
		return NULL;
	shown = uri_redact(address);
	conn = mysql_init(NULL);
	if (conn == NULL || shown == NULL) {
		error_nomem(err);
		goto out;
	}
	if (set_options(conn, &u, defaults_file, program, &tls, err) < 0)
		goto out;
	if (timeout > 0)
		mysql_optionsv(conn, MYSQL_OPT_READ_TIMEOUT, &timeout);
	status = open_connection(conn, &u, err);
	if (status == 0)
		status = check_tls(conn, &tls, err);
	if (status < 0)
		error_prefix(err, "cannot connect to '%s'", shown);
out:
	if (status < 0 && conn != NULL) {
		mysql_close(conn);
		conn = NULL;
	}
	free(shown);
	uri_release(&u);
	return conn;
}

bool
mydb_is_mariadb(MYSQL *conn)
{
	return mariadb_connection(conn) != 0;
}

void
mydb_name(MYSQL *conn, char *buf, size_t size)
{
	const char *kind = mydb_is_mariadb(conn) ? "MariaDB" : "MySQL";
	const char *text = NULL;
	unsigned port = 0;

	if (mariadb_get_infov(conn, MARIADB_CONNECTION_UNIX_SOCKET, &text) == 0 && text) {
		snprintf(buf, size, "%s at '%s'", kind, text);
		return;
	}
	mariadb_get_infov(conn, MARIADB_CONNECTION_HOST, &text);
	mariadb_get_infov(conn, MARIADB_CONNECTION_PORT, &port);
	snprintf(buf, size, "%s at '%s' port %u", kind, text ? text : "localhost", port);
}

/*
 * Whether an error is about the statement, which will fail again.  SQLSTATE
 * class 42 is that, except for refused rights, which lie with the server.
 */
static bool
is_about_statement(unsigned code, const char *sqlstate)
{
	switch (code) {
	case ER_DBACCESS_DENIED_ERROR:
	case ER_TABLEACCESS_DENIED_ERROR:
	case ER_COLUMNACCESS_DENIED_ERROR:
	case ER_SPECIFIC_ACCESS_DENIED_ERROR:
	case ER_PROCACCESS_DENIED_ERROR: return false;
	case ER_NO_DB_ERROR:
	case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: return true;
	default:
		return strncmp(sqlstate, "42", 2) == 0 || strncmp(sqlstate, "21", 2) == 0 ||
		       strncmp(sqlstate, "3D", 2) == 0;
	}
}

static bool
is_connection_lost(unsigned code)
{
	switch (code) {
	case CR_SERVER_GONE_ERROR:
	case CR_SERVER_LOST:
	case CR_SERVER_LOST_EXTENDED:
	case ER_SERVER_SHUTDOWN:
	case ER_CONNECTION_KILLED: return true;
	default: return false;
	}
}

bool
mydb_is_lost(MYSQL *conn)
{
	if (is_connection_lost(mysql_errno(conn)))
		return true;
	return mysql_ping(conn) != 0 && is_connection_lost(mysql_errno(conn));
}

bool
mydb_is_about_data(unsigned code, const char *sqlstate)
{
	/* warning; data exception; constraint; WITH CHECK OPTION; SIGNAL */
	static const char *const classes[] = {"01", "22", "23", "44", "45"};

	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	}
	switch (code) { /* those of the general class HY000, and too long a row */
	case ER_TOO_BIG_ROWSIZE:
	case ER_TRUNCATED_WRONG_VALUE_FOR_FIELD:
	case ER_WRONG_VALUE_FOR_TYPE:
	case ER_NO_PARTITION_FOR_GIVEN_VALUE:
	case ER_AUTOINC_READ_FAILED:
	case 3819: /* MySQL's ER_CHECK_CONSTRAINT_VIOLATED */ return true;
	default: return false;
	}
}

int
mydb_failed(MYSQL *conn, MYSQL_STMT *stmt, struct error *err)
{
	/* a fetch that the connection failed in is told by the connection alone */
	bool own = stmt != NULL && mysql_stmt_errno(stmt) != 0;
	unsigned code = own ? mysql_stmt_errno(stmt) : mysql_errno(conn);
	const char *text = own ? mysql_stmt_error(stmt) : mysql_error(conn);
	const char *state = own ? mysql_stmt_sqlstate(stmt) : mysql_sqlstate(conn);
	char name[MYDB_NAME_MAX];

	if (is_connection_lost(code)) {
		mydb_name(conn, name, sizeof name);
		return error_set(err, ERROR_RUNTIME, "lost %s: %s (%u)", name, text, code);
	}
	return error_set(err, is_about_statement(code, state) ? ERROR_USAGE : ERROR_RUNTIME,
		"%s (%u)", text, code);
}

int
mydb_do(MYSQL *conn, const char *sql, struct error *err)
{
	if (mysql_real_query(conn, sql, strlen(sql)) != 0)
		return mydb_failed(conn, NULL, err);
	return 0;
}

MYSQL_RES *
mydb_query(MYSQL *conn, const char *sql, struct error *err)
{
	MYSQL_RES *result;

	if (mydb_do(conn, sql, err) < 0)
		return NULL;
	result = mysql_store_result(conn);
	if (result == NULL)
		mydb_failed(conn, NULL, err);
	return result;
}

/* text between quotes, each `quote` and `other` in it preceded by `before`. */
static void
quoted(struct sql *s, const char *text, char quote, char other, bool doubled)
{
	sql_add(s, "%c", quote);
	while (*text != '\0') {
		size_t n = 0;

		while (text[n] != '\0' && text[n] != quote && text[n] != other)
			n++;
		sql_add(s, "%.*s", (int)n, text);
		text += n;
		if (*text != '\0') {
			sql_add(s, "%c%c", doubled ? *text : '\\', *text);
			text++;
		}
	}
	sql_add(s, "%c", quote);
}

void
mydb_identifier(struct sql *s, const char *name)
{
	quoted(s, name, '`', '`', true);
}

void
mydb_literal(struct sql *s, const char *text)
{
	quoted(s, text, '\'', '\\', false);
}
