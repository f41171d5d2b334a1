/*
 * postgres_find_test.c - tables by their names, and results described, by a real server
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
#include "db/postgres_describe.h"
#include "db/postgres_find.h"

/* A connection in a transaction with tables of its own, or the end of the test. */
static PGconn *
begin_or_skip(void)
{
	const char *uri = getenv("POSTGRES_URI");
	struct error err = ERROR_INIT;
	PGconn *conn;

	if (uri == NULL)
		skip();
	conn = postgres_connect(uri, "postgres_find_test", &err);
	if (conn == NULL || postgres_do(conn,
				    "BEGIN; CREATE TEMP TABLE plain (a int);"
				    " CREATE TEMP TABLE \"Mixed\" (a int);"
				    " CREATE TEMP TABLE \"MIXED\" (a int);"
				    " CREATE TEMP TABLE \"two words\" (a int);"
				    " CREATE TEMP TABLE \"a.b\" (a int);"
				    " CREATE TEMP VIEW seen AS SELECT 1 AS a",
				    &err) < 0)
		fail_msg("%s", err.text);
	return conn;
}

static const struct {
	const char *text;
	const char *name; /* found, or NULL */
	char kind;
} names[] = {
	{"plain", "plain", 'r'},
	{"PLAIN", "plain", 'r'}, /* as SQL folds it */
	{"\"plain\"", "plain", 'r'},
	{"pg_temp.plain", "plain", 'r'},
	{"Mixed", "Mixed", 'r'}, /* as it stands, since there is no "mixed" */
	{"MIXED", "MIXED", 'r'},
	{"two words", "two words", 'r'},
	{"pg_temp.two words", "two words", 'r'},
	{"a.b", "a.b", 'r'},
	{"\"a.b\"", "a.b", 'r'},
	{"seen", "seen", 'v'},
	{"pg_catalog.pg_class", "pg_class", 'r'},
	{"nosuch", NULL, 0},
	{"\"PLAIN\"", NULL, 0},
	{"a.b.c.d", NULL, 0},
	{"\"open", NULL, 0},
	{"", NULL, 0},
	{".", NULL, 0},
};

static void
finds_tables_within_a_transaction(void **state)
{
	PGconn *conn = begin_or_skip();

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct error err = ERROR_INIT;
		PGresult *r = postgres_find_table(conn, names[i].text, &err);
		const char *found = r ? PQgetvalue(r, 0, POSTGRES_TABLE_NAME) : NULL;

		if ((found == NULL) != (names[i].name == NULL) ||
			(found != NULL && strcmp(found, names[i].name) != 0))
			fail_msg("'%s': %s, %s", names[i].text, found ? found : "none",
				err.text);
		if (r != NULL)
			assert_int_equal(
				PQgetvalue(r, 0, POSTGRES_TABLE_KIND)[0], names[i].kind);
		else
			assert_int_equal(err.kind, ERROR_USAGE);
		assert_int_equal(PQtransactionStatus(conn), PQTRANS_INTRANS);
		PQclear(r);
	}
	PQfinish(conn);
}

static void
offers_a_name_that_is_near(void **state)
{
	PGconn *conn = begin_or_skip();
	struct error err = ERROR_INIT;

	(void)state;
	assert_null(postgres_find_table(conn, "plaim", &err));
	assert_non_null(strstr(err.text, "has no table 'plaim' (is 'plain' meant?)"));
	PQfinish(conn);
}

static void
describes_results(void **state)
{
	static const char *const types[] = {
		"integer", "string", "number", "boolean", "datetime", "string"};
	PGconn *conn = begin_or_skip();
	struct error err = ERROR_INIT;
	PGresult *r = postgres_run(conn,
		"SELECT 1::int8 AS a, 'x'::varchar(9) AS b, 1.5 AS c, true AS d, now() AS e,"
		" ARRAY[1] AS f WHERE false",
		&err);
	json_t *schema, *fields;

	(void)state;
	assert_non_null(r);
	schema = postgres_describe_result(conn, r, &err);
	assert_non_null(schema);
	fields = json_object_get(schema, "fields");
	assert_int_equal(json_array_size(fields), 6);
	for (size_t i = 0; i < 6; i++) {
		json_t *field = json_array_get(fields, i);
		const char name[] = {(char)('a' + (int)i), '\0'};

		assert_string_equal(json_string_value(json_object_get(field, "name")), name);
		assert_string_equal(
			json_string_value(json_object_get(field, "type")), types[i]);
	}
	assert_int_equal(json_integer_value(json_object_get(
				 json_object_get(json_array_get(fields, 1), "constraints"),
				 "maxLength")),
		9);
	json_decref(schema);
	PQclear(r);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_tables_within_a_transaction),
		cmocka_unit_test(offers_a_name_that_is_near),
		cmocka_unit_test(describes_results),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("postgres_find", tests, NULL, NULL);
}
