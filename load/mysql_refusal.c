/*
 * mysql_refusal.c - see mysql_refusal.h
 *
 * The session speaks English (see mysql_session.c).  Where messages do not
 * name what is looked for, nothing is found, and rows are searched by halves.
 */
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/mysql.h"
#include "load/mysql_refusal.h"

/* Conditions that say nothing of the values: deprecated syntax, statement-based logging. */
static bool
is_harmless(unsigned code)
{
	return code == ER_WARN_DEPRECATED_SYNTAX || code == ER_BINLOG_UNSAFE_STATEMENT ||

	       code == ER_WARN_DEPRECATED_SYNTAX_NO_REPLACEMENT;
}

/* The name in quotes at p, of `a`.`b`.`c` the last, into buf. */
static void
read_quoted(const char *p, char *buf, size_t size)
{
	for (;;) {
		char quote = *p;
		const char *end;

		if (quote != '\'' && quote != '`')
			return;
		end = strchr(p + 1, quote);
		if (end == NULL)
			return;
		if (end[1] != '.' || end[2] != '`') {
			(void)snprintf(buf, size, "%.*s", (int)(end - p - 1), p + 1);
			return;
		}
		p = end + 2;
	}
}

void
mysql_refusal_parse(struct refusal *why)
{
	static const char *const columns[] = {"for column ", "Column ", "Field "};
	static const char row[] = " at row ";
	char *found = strstr(why->message, "CONSTRAINT ");

	if (found != NULL && why->constraint[0] == '\0')
		read_quoted(
			found + strlen("CONSTRAINT "), why->constraint, sizeof why->constraint);
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		found = strstr(why->message, columns[i]);
		if (found != NULL && why->column[0] == '\0')
			read_quoted(
				found + strlen(columns[i]), why->column, sizeof why->column);
	}
	/* the last: a value may hold the same words */
	for (char *p = why->message; (p = strstr(p, row)) != NULL; p++) {
		char *end;
		uint64_t n = strtoull(p + strlen(row), &end, 10);

		if (end == p + strlen(row) || *end != '\0')
			continue;
		if (why->row == 0)
			why->row = n;
		*p = '\0';
		return;
	}
}

/* ROW_NUMBER of the condition; 0 where there is none. */
static int
ask_row(MYSQL *conn, unsigned condition, uint64_t *row, struct error *err)
{
	char sql[96];
	MYSQL_RES *r;
	MYSQL_ROW got;

	(void)snprintf(sql, sizeof sql,
		"GET DIAGNOSTICS CONDITION %u @caravan_row = ROW_NUMBER", condition);
	if (mydb_do(conn, sql, err) < 0)
		return -1;
	r = mydb_query(conn, "SELECT @caravan_row", err);
	if (r == NULL)
		return -1;
	got = mysql_fetch_row(r);
	*row = got != NULL && got[0] != NULL ? strtoull(got[0], NULL, 10) : 0;
	mysql_free_result(r);
	return 0;
}

/* 1 with the first condition that is not harmless; 0 when there is none; -1 on error. */
static int
find_condition(MYSQL *conn, bool tells_row, struct refusal *why, struct error *err)
{
	MYSQL_RES *r = mydb_query(conn, "SHOW WARNINGS", err);
	unsigned condition = 0;
	bool found = false;
	MYSQL_ROW row;

	if (r == NULL)
		return -1;
	while (!found && (row = mysql_fetch_row(r)) != NULL) {
		condition++;
		found = !is_harmless((unsigned)strtoul(row[1], NULL, 10));
		if (!found)
			continue;
		(void)snprintf(why->code, sizeof why->code, "%s", row[1]);
		(void)snprintf(why->message, sizeof why->message, "%s", row[2]);
	}
	mysql_free_result(r);
	if (!found)
		return 0;
	if (tells_row && ask_row(conn, condition, &why->row, err) < 0)
		return -1;
	mysql_refusal_parse(why);
	return 1;
}

int
mysql_refusal_find(
	MYSQL *conn, bool failed, bool tells_row, struct refusal *why, struct error *err)
{
	int found;

	if (!failed && mysql_warning_count(conn) == 0)
		return 0;
	memset(why, 0, sizeof *why);
	if (failed && !mydb_is_about_data(mysql_errno(conn), mysql_sqlstate(conn)))
		return mydb_failed(conn, NULL, err);
	if (failed) { /* should the server keep no conditions */
		(void)snprintf(why->code, sizeof why->code, "%u", mysql_errno(conn));
		(void)snprintf(why->message, sizeof why->message, "%s", mysql_error(conn));
	}
	found = find_condition(conn, tells_row, why, err);
	if (found != 0 || !failed)
		return found;
	mysql_refusal_parse(why);
	return 1;
}
