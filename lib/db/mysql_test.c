/*
 * mysql_test.c - names and texts in SQL, read back by the server of MYSQL_URI
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/mysql.h"

static const char *const texts[] = {"", "plain", "it's", "back\\slash", "\\'", "`tick`",
	"\"double\"", "100%", "a\nb\tc\r", "\x1a", "\xd9\x85\xd8\xb5\xd8\xb1",
	"\xf0\x9f\x98\x80", "'; DROP TABLE t -- ", "''''", "\\\\", "%s%n", "--", "/* */"};

static void
test_quoting(void **state)
{
	struct sql s = SQL_INIT;

	(void)state;
	mydb_identifier(&s, "a`b");
	mydb_literal(&s, "it's \\");
	assert_string_equal(s.text, "`a``b`'it\\'s \\\\'");
	sql_release(&s);
}

static MYSQL *
connect_here(void)
{
	const char *address = getenv("MYSQL_URI");
	struct error err = ERROR_INIT;
	MYSQL *conn;

	if (address == NULL)
		skip();
	conn = mydb_connect(address, NULL, "mysql_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	if (mydb_do(conn, "SET sql_mode = ''", &err) < 0)
		fail_msg("%s", err.text);
	return conn;
}

static void
test_read_back(void **state)
{
	MYSQL *conn = connect_here();

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct error err = ERROR_INIT;
		struct sql s = SQL_INIT;
		const char *value, *name;
		char alias[64];
		MYSQL_RES *result;

		sql_add(&s, "SELECT ");
		mydb_literal(&s, texts[i]);
		sql_add(&s, " AS ");
		/*
		 * The server drops control characters before an alias and blanks
		 * behind it, and has no names beyond the BMP.
		 */
		snprintf(alias, sizeof alias, "x%sx", strchr(texts[i], 0xf0) ? "" : texts[i]);
		mydb_identifier(&s, alias);
		result = mydb_query(conn, s.text, &err);
		if (result == NULL)
			fail_msg("%s: %s", s.text, err.text);
		value = mysql_fetch_row(result)[0];
		name = mysql_fetch_field_direct(result, 0)->name;
		if (strcmp(value, texts[i]) != 0 || strcmp(name, alias) != 0)
			fail_msg("text %zu: value '%s', name '%s'", i, value, name);
		mysql_free_result(result);
		sql_release(&s);
	}
	mysql_close(conn);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *sql;
		enum error_kind kind;
	} cases[] = {
		{"SELEC 1", ERROR_USAGE}, {"SELECT nosuch", ERROR_USAGE},
		{"SELECT * FROM nosuch.nosuch", ERROR_USAGE},
		{"USE nosuch_database", ERROR_USAGE}, {"SELECT nosuch()", ERROR_USAGE},
		{"SIGNAL SQLSTATE '45000'", ERROR_RUNTIME},
		{"KILL CONNECTION_ID()", ERROR_RUNTIME},
		{"SELECT 1", ERROR_RUNTIME}, /* after the KILL */
	};
	MYSQL *conn = connect_here();
	char name[MYDB_NAME_MAX];
	struct error err = ERROR_INIT;

	(void)state;
	assert_true(mydb_is_mariadb(conn));
	mydb_name(conn, name, sizeof name);
	assert_non_null(strstr(name, "MariaDB at '"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		MYSQL_RES *result = mydb_query(conn, cases[i].sql, &err);

		assert_null(result);
		if (err.kind != cases[i].kind)
			fail_msg("%s: kind %d: %s", cases[i].sql, (int)err.kind, err.text);
	}
	if (strstr(err.text, name) == NULL)
		fail_msg("a lost connection does not name the server: %s", err.text);
	mysql_close(conn);
}

static void
test_about_data(void **state)
{
	static const struct {
		const char *sqlstate;
		unsigned code;
		bool data;
	} cases[] = {
		{"23000", 1062, true},
		{"23000", 1048, true},
		{"22003", 1264, true},
		{"01000", 1265, true},
		{"HY000", 1366, true},
		{"22007", 1366, true},
		{"45000", 1644, true},
		{"44000", 1369, true},
		{"23000", 4025, true},
		{"HY000", 3819, true},
		{"HY000", 1526, true},
		{"HY000", 1205, false},
		{"40001", 1213, false},
		{"70100", 1317, false},
		{"HY000", 1114, false},
		{"HY000", 1290, false},
		{"HY000", 2013, false},
		{"42000", 1142, false},
		{"42S22", 1054, false},
		{"42000", 1064, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
			mydb_is_about_data(cases[i].code, cases[i].sqlstate), cases[i].data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quoting),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_about_data),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
