/*
 * expr_test.c - expressions with results that are written down
 *
 * The examples of PostgreSQL's manual, and the corners that a reader may ask
 * about; differential_test.c goes where nobody looks.
 */
#include "expr/expression_test.h"

/* Manual 9.4, and what it leaves open. */
static void
test_text(void **state)
{
	static const struct sample samples[] = {
		{"'Post' || 'greSQL'", "PostgreSQL"},
		{"'Value: ' || 42", "Value: 42"},
		{"a || NULL", NULL},
		{"a || true", "12true"},
		{"btrim('xyxtrimyyx', 'xyz')", "trim"},
		{"bit_length('jose')", "32"},
		{"char_length('josé')", "4"},
		{"lower('TOM')", "tom"},
		{"lpad('hi', 5, 'xy')", "xyxhi"},
		{"lpad('hello', 2)", "he"},
		{"rpad('hi', 5, 'xy')", "hixyx"},
		{"ltrim('zzzytest', 'xyz')", "test"},
		{"octet_length('josé')", "5"},
		{"position('om' in 'Thomas')", "3"},
		{"rtrim('testxxzx', 'xyz')", "test"},
		{"substring('Thomas' from 2 for 3)", "hom"},
		{"substring('Thomas' from 3)", "omas"},
		{"substring('Thomas' for 2)", "Th"},
		{"trim(both 'xyz' from 'yxTomxx')", "Tom"},
		{"trim(both from 'yxTomxx', 'xyz')", "Tom"},
		{"upper('tom')", "TOM"},
		{"concat('abcde', 2, NULL, 22)", "abcde222"},
		{"concat(true, NULL)", "t"},
		{"concat_ws(',', 'abcde', 2, NULL, 22)", "abcde,2,22"},
		{"concat_ws(NULL, 'a')", NULL},
		{"initcap('hi THOMAS')", "Hi Thomas"},
		{"left('abcde', 2)", "ab"},
		{"left('abcde', -2)", "abc"},
		{"right('abcde', 2)", "de"},
		{"right('abcde', -2)", "cde"},
		{"length('jose')", "4"},
		{"repeat('Pg', 4)", "PgPgPgPg"},
		{"repeat('Pg', -1)", ""},
		{"replace('abcdefabcdef', 'cd', 'XX')", "abXXefabXXef"},
		{"replace(a, '', 'x')", "12"},
		{"reverse('abcde')", "edcba"},
		{"split_part('abc~@~def~@~ghi', '~@~', 2)", "def"},
		{"split_part('abc,def,ghi,jkl', ',', -2)", "ghi"},
		{"split_part('a,b', ',', 3)", ""},
		{"split_part(a, ',', 0)", "! 22023 field position must not be zero"},
		{"starts_with('alphabet', 'alph')", "t"},
		{"'alphabet' ^@ 'alph'", "t"},
		{"strpos('high', 'ig')", "2"},
		{"strpos('high', '')", "1"},
		{"substr('alphabet', 3)", "phabet"},
		{"substr('alphabet', 3, 2)", "ph"},
		{"substr('alphabet', -1, 3)", "a"},
		{"substr('alphabet', 20, 2)", ""},
		{"substr('abc', 2, 2147483647)", "bc"},
		{"substr(a, 1, -1)", "! 22011 negative substring length not allowed"},
		{"translate('12345', '143', 'ax')", "a2x5"},
		{"repeat(d, 2147483647)", "! 54000 requested length too large"},
		{"upper(d)", "ÜNÏ X"},
	};

	(void)state;
	CHECK(samples);
}

static void
test_patterns(void **state)
{
	static const struct sample samples[] = {
		{"'abc' LIKE 'abc'", "t"},
		{"'abc' LIKE 'a%'", "t"},
		{"'abc' LIKE '_b_'", "t"},
		{"'abc' LIKE 'c'", "f"},
		{"'a%c' LIKE 'a\\%c'", "t"},
		{"'abc' LIKE 'a\\%c'", "f"},
		{"'a%c' LIKE 'a!%c' ESCAPE '!'", "t"},
		{"'a\\c' LIKE 'a\\c' ESCAPE ''", "t"},
		{"a LIKE 'x\\'", "f"},
		{"b LIKE 'x\\'", "f"},
		{"a LIKE '12\\'", "f"},
		{"a LIKE '1\\'", "! 22025 LIKE pattern must not end with escape character"},
		{"d LIKE '___ _'", "t"},
		{"d ILIKE 'üNÏ%'", "t"},
		{"c LIKE 'x'", NULL},
		{"a LIKE b ESCAPE 'xx'", "! 22025 invalid escape string"},
		{"'thomas' ~ 't.*ma'", "t"},
		{"'thomas' ~* 'T.*ma'", "t"},
		{"'thomas' !~ 't.*max'", "t"},
		{"'abcd' ~ 'bc'", "t"},
		{"'abcd' ~ '^(b|c)'", "f"},
		{"d ~ '^\\w{3}\\s\\w$'", "t"},
		{"E'a\\nb' ~ 'a.b'", "t"},
		{"E'a\\nb' ~ '^b'", "f"},
		{"'foo bar' ~ '\\mbar\\M'", "t"},
		{"a ~ c", NULL},
		{"a ~ '*'", "? m:1:10: invalid regular expression: quantifier operand invalid"},
		{"a ~ '(?i)X'", "f"},
		{"a ~ '(?e)x'", "? m:1:10: regular expression option \"e\" is not supported"},
		{"d ~* '(.)\\1'",
			"? m:1:10: a back reference without regard to case in a regular "
			"expression is not supported"},
		{"a ~ (b || '[')",
			"! 2201B invalid regular expression: brackets [] not balanced"},
	};

	(void)state;
	CHECK(samples);
}

/* NULL and what is evaluated at all. */
static void
test_logic(void **state)
{
	static const struct sample samples[] = {
		{"c = 'x' OR true", "t"},
		{"c = 'x' AND false", "f"},
		{"c = 'x' OR false", NULL},
		{"NOT (c = 'x')", NULL},
		{"c IS NULL", "t"},
		{"b IS NULL", "f"},
		{"(c = 'x') IS UNKNOWN", "t"},
		{"(c = 'x') IS NOT TRUE", "t"},
		{"c IS DISTINCT FROM a", "t"},
		{"c IS NOT DISTINCT FROM NULL", "t"},
		{"a IN ('1', '12')", "t"},
		{"a IN ('1', NULL)", NULL},
		{"a NOT IN ('1', '2')", "t"},
		{"a NOT IN ('1', NULL, '12')", "f"},
		{"c IN ('1', '2')", NULL},
		{"a IN (b, d, a)", "t"},
		{"a::int IN (1, 12.0)", "t"},
		{"a::int IN ('12', '13')", "t"},
		{"a BETWEEN '11' AND '13'", "t"},
		{"a::int NOT BETWEEN 1 AND 11", "t"},
		{"5 BETWEEN SYMMETRIC 7 AND 3", "t"},
		{"CASE WHEN a = '12' THEN 'x' ELSE (1/0)::text END", "x"},
		{"CASE WHEN a = '1' THEN 'x' END", NULL},
		{"CASE WHEN a = '1' THEN 1 ELSE 2.5 END", "2.5"},
		{"CASE a::int WHEN 1 THEN 'one' WHEN 12 THEN 'dozen' END", "dozen"},
		{"CASE c WHEN NULL THEN 'x' ELSE 'y' END", "y"},
		{"coalesce(c, b, a)", ""},
		{"coalesce(a, (1/0)::text)", "12"},
		{"coalesce(c, (a::int / 0)::text)", "! 22012 division by zero"},
		{"nullif(a, '12')", NULL},
		{"nullif(a::int, 1)", "12"},
		{"nullif(c, 'x')", NULL},
		{"nullif(a::int, 12.0)", NULL},
		{"greatest(1, 2.5, NULL)", "2.5"},
		{"least(a, '2', c)", "12"},
		{"a::int + NULL", NULL},
		{"(d::int = 1) AND false", "f"},
		{"NULL || d::int", NULL},
	};

	(void)state;
	CHECK(samples);
}

static void
test_types(void **state)
{
	static const struct sample samples[] = {
		{"-5", "-5"},
		{"- (-5)", "5"},
		{"-(5)", "-5"},
		{"- /* - */ 5", "-5"},
		{"-0", "0"},
		{"2147483648 - 1", "2147483647"},
		{"2147483647 + 1", "! 22003 integer out of range"},
		{"1 + 1.5", "2.5"},
		{"1 / 2", "0"},
		{"1 / 2.0", "0.50000000000000000000"},
		{"'1' + 2", "3"},
		{"'1' + 2.5", "3.5"},
		{"a::int2 + 1::int2", "13"},
		{"a::numeric(5,1)", "12.0"},
		{"a::varchar(1)", "1"},
		{"a::char(4) || '|'", "12|"},
		{"a::char(4)", "12  "},
		{"a::char(4) = '12'", "t"},
		{"length(a::char(4))", "2"},
		{"octet_length(a::char(4))", "4"},
		{"'yes'::boolean", "t"},
		{"' OF '::boolean", "f"},
		{"a::boolean", "! 22P02 invalid input syntax for type boolean: \"12\""},
		{"true::text", "true"},
		{"true", "t"},
		{"true = 't'", "t"},
		{"int4(a)", "12"},
		{"a::int::text::int", "12"},
		{"'x'::int", "? m:1:8: invalid input syntax for type integer: \"x\""},
		{"a + 1", "? m:1:10: operator does not exist: text + integer; columns are "
			  "text, so that "
			  "a cast may be missing"},
		{"lower(1)",
			"? m:1:8: function lower(integer) does not exist, but does with other "
			"arguments: add a cast"},
		{"a::int ^ 2", "144"},
		{"a::numeric ^ 2", "144.0000000000000000"},
		{"abbrev(cidr '10.1/16')",
			"? m:1:8: abbrev(cidr) is not supported in a mapping"},
		{"CASE WHEN true THEN a ELSE 1 END",
			"? m:1:35: CASE types integer and text cannot be matched"},
		{"a::varchar(0)", "? m:1:11: length for type varchar must be at least 1"},
		{"a::numeric(3,2,1)",
			"? m:1:23: this type modifier is not supported in a mapping"},
	};

	(void)state;
	CHECK(samples);
}

/* What the clock says is set, so that it can be asked for. */
static void
test_now(void **state)
{
	static const struct sample samples[] = {
		{"now()", "2024-02-29 23:14:15.678901+00"},
		{"transaction_timestamp()", "2024-02-29 23:14:15.678901+00"},
		{"statement_timestamp()", "2024-02-29 23:14:15.678901+00"},
		{"current_timestamp", "2024-02-29 23:14:15.678901+00"},
		{"current_timestamp(2)", "2024-02-29 23:14:15.68+00"},
		{"current_timestamp(0)", "2024-02-29 23:14:16+00"},
		{"localtimestamp", "2024-02-29 23:14:15.678901"},
		{"localtimestamp(3)", "2024-02-29 23:14:15.679"},
		{"current_date", "2024-02-29"},
		{"current_date - 1", "2024-02-28"},
		{"now() - interval '1 year'", "2023-02-28 23:14:15.678901+00"},
		{"extract(year from current_date) - 2000", "24"},
		{"(now() AT TIME ZONE 'Asia/Riyadh')::date", "2024-03-01"},
		{"age(timestamp '1957-06-13')", "66 years 8 mons 16 days"},
		{"age('2024-02-28 12:00')", "12:00:00"},
		/* version 15 wraps around in silence */
		{"make_interval(0, 0, 0, 0, 0, 0, 1e300)", "! 22008 interval out of range"},
		{"current_time",
			"? m:1:8: current_time, current_user and their like are not supported "
			"in a mapping"},
	};

	(void)state;
	CHECK(samples);
}

static void
test_legacy(void **state)
{
	static const struct sample samples[] = {
		{"legacy.reject('no ' || a)", "! P0001 no 12"},
		{"legacy.reject(c)", "! P0001 rejected"},
		{"coalesce(a::int, legacy.reject('x')) + 1", "13"},
		{"CASE WHEN a = '12' THEN true ELSE legacy.reject('x') END", "t"},
		{"1 + legacy.reject('x')", "! P0001 x"},
		{"legacy.zero_date('0000-00-00')", NULL},
		{"legacy.zero_date('0000-00-00 00:00:00')", NULL},
		{"legacy.zero_date('2013-00-00')", NULL},
		{"legacy.zero_date('2013-05-00 10:00:00.25')", NULL},
		{"legacy.zero_date('0000-05-01')", NULL},
		{"legacy.zero_date('2013-05-01')", "2013-05-01"},
		{"legacy.zero_date('0000-00-00x')", "0000-00-00x"},
		{"legacy.zero_date('00-00-00')", "00-00-00"},
		{"legacy.zero_date('')", ""},
		{"legacy.zero_date(c)", NULL},
	};

	(void)state;
	CHECK(samples);
}

/* Parts of the statement that are not expressions. */
static void
test_statement(void **state)
{
	static const char text[] = "-- drop: x  because\n/* drop: y */ --drop: \"Z z\"\n"
				   "SELECT a IS DISTINCT FROM b AS one, f(a, b) two, a::int, "
				   "CASE WHEN a THEN b END, -1 -- drop: w\n FROM s.t AS u";
	static const char *const target_names[] = {"one", "two", "a", "case", "?column?"};
	static const char *const expressions[] = {
		"a IS DISTINCT FROM b", "f(a, b)", "a::int", "CASE WHEN a THEN b END", "-1"};
	struct sql_mapping m;
	struct sql_source s;
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(sql_source_set(&s, "m", text, strlen(text), &err), 0);
	assert_int_equal(sql_mapping_parse(&m, &s, &err), 0);
	assert_string_equal(m.table, "u");
	assert_int_equal(m.ntargets, 5);
	for (size_t i = 0; i < m.ntargets; i++) {
		const struct sql_target *t = &m.targets[i];

		assert_string_equal(t->name, target_names[i]);
		assert_int_equal(t->expr_end - t->expr_start, strlen(expressions[i]));
		assert_memory_equal(
			s.text + t->expr_start, expressions[i], strlen(expressions[i]));
	}
	assert_int_equal(m.ndrops, 3);
	assert_string_equal(m.drops[0].column, "x");
	assert_string_equal(m.drops[0].reason, "because");
	assert_string_equal(m.drops[1].column, "Z z");
	assert_true(m.drops[1].quoted);
	assert_string_equal(m.drops[1].reason, "");
	assert_string_equal(m.drops[2].column, "w");
	sql_mapping_release(&m);
	sql_source_release(&s);
}

/* The place of an error is shown under its line, which is cut where it is long. */
static void
test_excerpt(void **state)
{
	static const char text[] = "SELECT a\n\tFROM é, x\r\n";
	struct sql_source s;
	struct error err = ERROR_INIT;
	char buf[2048], wide[600];

	(void)state;
	assert_int_equal(sql_source_set(&s, "m", text, strlen(text), &err), 0);
	sql_source_excerpt(&s, buf, sizeof buf);
	assert_string_equal(buf, "");
	sql_fail(&s, 18, &err, "odd");
	assert_string_equal(err.text, "m:2:9: odd");
	assert_int_equal(err.kind, ERROR_USAGE);
	sql_source_excerpt(&s, buf, sizeof buf);
	assert_string_equal(buf, " FROM é, x\n        ^\n");
	sql_source_release(&s);

	memset(wide, 'w', sizeof wide);
	assert_int_equal(sql_source_set(&s, "m", wide, sizeof wide, &err), 0);
	sql_fail(&s, 300, &err, "odd");
	sql_source_excerpt(&s, buf, sizeof buf);
	assert_int_equal(strchr(buf, '\n') - buf, 120);
	assert_int_equal(strchr(buf, '^') - strchr(buf, '\n') - 1, 60);
	sql_source_release(&s);
	assert_int_equal(sql_source_set(&s, "m", "a\0b", 3, &err), -1);
	assert_int_equal(sql_source_set(&s, "m", "\xc3", 1, &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_logic),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_now),
		cmocka_unit_test(test_statement),
		cmocka_unit_test(test_excerpt),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
