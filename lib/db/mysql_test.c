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
		unsigned code;
		const char *sqlstate;
		bool data;
	} cases[] = {
		{1062, "23000", true},
		{1048, "23000", true},
		{1264, "22003", true},
		{1265, "01000", true},
		{1366, "HY000", true},
		{1366, "22007", true},
		{1644, "45000", true},
		{1369, "44000", true},
		{4025, "23000", true},
		{3819, "HY000", true},
		{1526, "HY000", true},
		{1205, "HY000", false},
		{1213, "40001", false},
		{1317, "70100", false},
		{1114, "HY000", false},
		{1290, "HY000", false},
		{2013, "HY000", false},
		{1142, "42000", false},
		{1054, "42S22", false},
		{1064, "42000", false},
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
