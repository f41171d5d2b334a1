/*
 * postgres_test.c - connections and errors, with a real server where one is given
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/postgres.h"

/* A connection, or the end of the test: skipped when no server is given. */
static PGconn *
connect_or_skip(void)
{
	const char *uri = getenv("POSTGRES_URI");
	struct error err = ERROR_INIT;
	PGconn *conn;

	if (uri == NULL)
		skip();
	conn = postgres_connect(uri, "postgres_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	return conn;
}

static const struct {
	const char *target;
	enum error_kind kind;
	const char *shown;
} wrong_targets[] = {
	{"postgres://u:ge/heim@h/d", ERROR_USAGE, "postgres://u@h/d"},
	{"postgres://u:ge#he im@h/d", ERROR_RUNTIME, "'h'"},
	{"postgresql://h/d?password=geheim&nonsense=1", ERROR_USAGE, "nonsense=1"},
	{"postgresql:///d?nonsense=1", ERROR_USAGE,
		"invalid URI query parameter: \"nonsense\""},
	{"host=h password=geheim nonsense", ERROR_USAGE, "host=h"},
	{"host=/nowhere/at/all password=geheim dbname=d", ERROR_RUNTIME, "database 'd'"},
	{"host=/nowhere/at/all dbname=d", ERROR_RUNTIME, "No such file or directory"},
};

static void
refuses_targets_without_their_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong_targets / sizeof *wrong_targets; i++) {
		struct error err = ERROR_INIT;

		assert_null(postgres_connect(wrong_targets[i].target, "test", &err));
		if (err.kind != wrong_targets[i].kind ||
			strstr(err.text, wrong_targets[i].shown) == NULL ||
			strstr(err.text, "heim") != NULL)
			fail_msg("%s: %s", wrong_targets[i].target, err.text);
	}
}

static void
tells_data_from_the_rest(void **state)
{
	static const char *const data[] = {"22P02", "23505", "23503", "23514", "P0001", "54000",
		"44000", "42501", "22001", "21000"};
	static const char *const other[] = {"", "08006", "40001", "40P01", "53100", "53200",
		"55P03", "57014", "57P01", "58030", "XX000", "25P02", "28000"};

	(void)state;
	for (size_t i = 0; i < sizeof data / sizeof *data; i++)
		assert_true(postgres_is_about_data(data[i]));
	for (size_t i = 0; i < sizeof other / sizeof *other; i++)
		assert_false(postgres_is_about_data(other[i]));
}

static void
runs_and_asks(void **state)
{
	const char *const params[] = {"7", NULL};
	struct error err = ERROR_INIT;
	PGconn *conn = connect_or_skip();
	PGresult *r;

	(void)state;
	r = postgres_run(conn, "SELECT 1; SELECT 2", &err);
	assert_non_null(r);
	assert_string_equal(PQgetvalue(r, 0, 0), "2");
	PQclear(r);
	r = postgres_query(conn, "SELECT $1::int + 1, $2::text", 2, params, &err);
	assert_non_null(r);
	assert_string_equal(PQgetvalue(r, 0, 0), "8");
	assert_true(PQgetisnull(r, 0, 1));
	PQclear(r);
	assert_int_equal(postgres_do(conn, "SELECT", &err), 0);
	r = postgres_run(conn,
		"SELECT current_setting('application_name'), "
		"current_setting('client_encoding')",
		&err);
	assert_non_null(r);
	assert_string_equal(PQgetvalue(r, 0, 0), "postgres_test");
	assert_string_equal(PQgetvalue(r, 0, 1), "UTF8");
	PQclear(r);
	PQfinish(conn);
}

static void
tells_the_servers_error_in_one_line(void **state)
{
	struct error err = ERROR_INIT;
	PGconn *conn = connect_or_skip();
	PGresult *r;
	char buf[64];

	(void)state;
	assert_int_equal(
		postgres_do(conn,
			"DO $$BEGIN RAISE E'two\\n\\tlines ' USING DETAIL = E' a\\nb ',"
			" ERRCODE = 'ZZ123'; END$$",
			&err),
		-1);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_string_equal(err.text, "ZZ123: two lines: a b");
	/* a message that is cut is not cut inside a character: 2 + 30 * 2 bytes, then 3 */
	r = PQexec(conn, "DO $$BEGIN RAISE '%', 'ab' || repeat('\xc3\xa4', 30) || "
			 "repeat('\xe2\x82\xac', 9); END$$");
	postgres_message(r, buf, sizeof buf);
	assert_string_equal(postgres_sqlstate(r), "P0001");
	assert_int_equal(strlen(buf), 62);
	PQclear(r);
	PQfinish(conn);
}

static void
tells_a_lost_connection(void **state)
{
	struct error err = ERROR_INIT;
	PGconn *conn = connect_or_skip(), *other = connect_or_skip();
	char sql[64];

	(void)state;
	(void)snprintf(
		sql, sizeof sql, "SELECT pg_terminate_backend(%d, 60000)", PQbackendPID(conn));
	assert_int_equal(postgres_do(other, sql, &err), 0);
	assert_int_equal(postgres_do(conn, "SELECT 1", &err), -1);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_non_null(strstr(err.text, "lost the connection to PostgreSQL at '"));
	assert_non_null(
		strstr(err.text, "terminating connection due to administrator command"));
	assert_int_equal(postgres_do(conn, "SELECT 1", &err), -1);
	assert_non_null(strstr(err.text, "lost the connection to PostgreSQL at '"));
	PQfinish(conn);
	PQfinish(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_targets_without_their_password),
		cmocka_unit_test(tells_data_from_the_rest),
		cmocka_unit_test(runs_and_asks),
		cmocka_unit_test(tells_the_servers_error_in_one_line),
		cmocka_unit_test(tells_a_lost_connection),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("postgres", tests, NULL, NULL);
}
