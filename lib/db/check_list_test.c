/*
 * check_list_test.c - which CHECKs are lists of values, in a server's own words
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/check_list.h"
#include "db/postgres.h"
#include "db/sql.h"

/* column type, CHECK, and the values as JSON, or NULL where it is no list. */
static const struct {
	const char *name, *type, *check, *expect;
} cases[] = {
	{"a", "text", "a IN ('x')", "[\"x\"]"},
	{"a", "text", "a IN ('m', 'f')", "[\"m\", \"f\"]"},
	{"a", "varchar(9)", "a IN ('it''s', '', 'b c')", "[\"it's\", \"\", \"b c\"]"},
	{"a", "varchar", "a = 'one'", "[\"one\"]"},
	{"a", "char(2)", "a IN ('SA', 'EG')", "[\"SA\", \"EG\"]"},
	{"a", "text", "a = ANY (ARRAY['x', 'y'])", "[\"x\", \"y\"]"},
	{"a", "text", "a IN (E'\\\\', E'a\\nb', '(),]')", "[\"\\\\\", \"a\\nb\", \"(),]\"]"},
	{"a", "smallint", "a IN (0, 3, -6)", "[\"0\", \"3\", \"-6\"]"},
	{"a", "bigint", "a = 5000000000", "[\"5000000000\"]"},
	{"a", "numeric(5,2)", "a IN (1, 2.5, -1)", "[\"1\", \"2.5\", \"-1\"]"},
	{"a", "date", "a IN ('2020-01-01', '2021-01-01')", "[\"2020-01-01\", \"2021-01-01\"]"},
	{"Odd \"n", "text", "\"Odd \"\"n\" IN ('x', 'y')", "[\"x\", \"y\"]"},
	{"select", "text", "\"select\" IN ('x')", "[\"x\"]"},
	{"a", "text", "a IN ('x', 'y') OR a IS NULL", NULL},
	{"a", "text", "a NOT IN ('x', 'y')", NULL},
	{"a", "text", "a <> 'x'", NULL},
	{"a", "text", "a = lower(a)", NULL},
	{"a", "text", "a = a || 'x'", NULL},
	{"a", "text", "a IN ('x', lower(a))", NULL},
	{"a", "text", "lower(a) IN ('x')", NULL},
	{"a", "text", "a IN ('x') AND a <> 'y'", NULL},
	{"a", "text", "a = 'x' OR a = 'y'", NULL},
	{"a", "int", "a > 1", NULL},
	{"a", "int", "a IN (1, 2) = true", NULL},
	{"a", "int", "a = 1 + 2", NULL},
	{"ab", "text", "ab ~ '^x'", NULL},
};

static void
same(const char *expression, const char *name, const char *expect)
{
	json_t *values = check_list(expression, name);
	json_t *wanted = expect ? json_loads(expect, 0, NULL) : NULL;

	if ((values == NULL) != (wanted == NULL) ||
		(values != NULL && !json_equal(values, wanted)))
		fail_msg("%s: %s instead of %s", expression,
			values ? json_dumps(values, 0) : "none", expect ? expect : "none");
	json_decref(values);
	json_decref(wanted);
}

static void
reads_what_the_server_says(void **state)
{
	const char *uri = getenv("POSTGRES_URI");
	struct error err = ERROR_INIT;
	PGconn *conn;

	(void)state;
	if (uri == NULL)
		skip();
	conn = postgres_connect(uri, "check_list_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct sql s = SQL_INIT;
		PGresult *r;

		sql_add(&s, "DROP TABLE IF EXISTS pg_temp.t; CREATE TEMP TABLE t (");
		sql_identifier(&s, cases[i].name);
		sql_add(&s,
			" %s CHECK (%s)); SELECT pg_get_expr(conbin, conrelid)"
			" FROM pg_constraint WHERE conrelid = 'pg_temp.t'::regclass",
			cases[i].type, cases[i].check);
		r = postgres_run(conn, s.text, &err);
		if (r == NULL)
			fail_msg("%s: %s", s.text, err.text);
		same(PQgetvalue(r, 0, 0), cases[i].name, cases[i].expect);
		PQclear(r);
		sql_release(&s);
	}
	PQfinish(conn);
}

/* Every prefix of what the server says, and other nonsense, is no list and no trap. */
static void
takes_nonsense(void **state)
{
	static const char whole[] =
		"((a)::text = ANY ((ARRAY['x'::character varying(9), E'y\\'''])::text[]))";
	static const char *const others[] = {"", "(", "a", "a =", "a = ANY", "a = ANY (ARRAY[",
		"a = ANY (ARRAY[]", "a = '", "a = 'x", "a = ::", "\"a", "\"a\" = 1::(",
		"a = 1::x(9"};

	(void)state;
	for (size_t n = 0; n < sizeof whole; n++) {
		char *prefix = strndup(whole, n);

		assert_non_null(prefix);
		json_decref(check_list(prefix, "a"));
		free(prefix);
	}
	for (size_t i = 0; i < 7; i++)
		same(others[i], "a", NULL);
	for (size_t i = 7; i < sizeof others / sizeof *others; i++)
		json_decref(check_list(others[i], "a"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_the_server_says),
		cmocka_unit_test(takes_nonsense),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("check_list", tests, NULL, NULL);
}
