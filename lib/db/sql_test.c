/*
 * sql_test.c - names and values come through PostgreSQL as they were
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/postgres.h"
#include "db/sql.h"

static const char *const texts[] = {
	"",
	"a",
	"'",
	"''",
	"\"",
	"\\",
	"\\'",
	"'\\",
	"a'b\\c\"d",
	"\\\\",
	"$1",
	"E'x'",
	"\x01\t\r\n",
	"%s%n",
	"--",
	"/*",
	"\xd8\xa7\xd8\xad\xd9\x85\xd8\xaf",
	"\xf0\x9f\x8d\x93",
};

static void
builds_text(void **state)
{
	struct error err = ERROR_INIT;
	struct sql s = SQL_INIT;

	(void)state;
	assert_string_equal(sql_text(&s, &err), "");
	sql_add(&s, "SELECT %d, ", 1);
	sql_identifier(&s, "a\"b");
	sql_add(&s, ", ");
	sql_qualified(&s, "s.x", "T");
	sql_add(&s, ", ");
	sql_literal(&s, "it's");
	sql_literal(&s, "\\");
	sql_literal(&s, NULL);
	assert_string_equal(
		sql_text(&s, &err), "SELECT 1, \"a\"\"b\", \"s.x\".\"T\", 'it''s' E'\\\\'NULL");
	sql_clear(&s);
	assert_string_equal(sql_text(&s, &err), "");
	sql_release(&s);
}

static void
grows(void **state)
{
	struct error err = ERROR_INIT;
	struct sql s = SQL_INIT;
	char *expect = malloc(30001);

	(void)state;
	assert_non_null(expect);
	for (size_t i = 0; i < 10000; i++) {
		sql_add(&s, "%s", "ab");
		sql_add(&s, "c");
		memcpy(expect + 3 * i, "abc", 3);
	}
	expect[30000] = '\0';
	assert_string_equal(sql_text(&s, &err), expect);
	free(expect);
	sql_release(&s);
}

/* Each text as a value and, where PostgreSQL has such names, as a column's name. */
static void
round_trip(PGconn *conn, const char *text)
{
	struct error err = ERROR_INIT;
	struct sql s = SQL_INIT;
	PGresult *r;

	sql_add(&s, "SELECT");
	sql_literal(&s, text);
	sql_add(&s, " AS ");
	sql_identifier(&s, *text ? text : "x");
	r = postgres_run(conn, sql_text(&s, &err), &err);
	if (r == NULL)
		fail_msg("%s: %s", s.text, err.text);
	assert_string_equal(PQgetvalue(r, 0, 0), text);
	assert_string_equal(PQfname(r, 0), *text ? text : "x");
	PQclear(r);
	sql_release(&s);
}

static void
means_the_same_to_the_server(void **state)
{
	const char *uri = getenv("POSTGRES_URI");
	struct error err = ERROR_INIT;
	PGconn *conn;

	(void)state;
	if (uri == NULL)
		skip();
	conn = postgres_connect(uri, "sql_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		round_trip(conn, texts[i]);
	assert_int_equal(postgres_do(conn,
				 "SET standard_conforming_strings = off;"
				 " SET escape_string_warning = off",
				 &err),
		0);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		round_trip(conn, texts[i]);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builds_text),
		cmocka_unit_test(grows),
		cmocka_unit_test(means_the_same_to_the_server),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sql", tests, NULL, NULL);
}
