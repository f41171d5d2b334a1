/*
 * judged_parts_test.c - parts of bytea, Unicode's forms, format and named arguments, judged by a
 * live PostgreSQL
 */
#include "expr/differential_test.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const bytes[] = {"'\\x0102030405'::bytea", "ct::bytea", "'\\x'::bytea"};
static const char *const numbers[] = {"-1", "0", "1", "2", "9", "2147483647"};
static const char *const by_number[] = {"substr(%s, %s)", "substring(%s, %s)",
	"substr(%s, %s, 2)", "substr(%s, %s, -1)", "substring(%s, %s, 2147483647)",
	"substr(%s, %s, 0)", "overlay(%s placing '\\xff'::bytea from %s)",
	"overlay(%s placing '\\xfffe' from %s for 2)",
	"overlay(%s placing '\\xfffe' from %s for -1)",
	"overlay(%s placing '\\xff' from %s for 2147483647)", "get_byte(%s, %s)",
	"set_byte(%s, %s, 300)", "get_bit(%s, %s)", "set_bit(%s, %s, 1)", "set_bit(%s, %s, 2)",
	"set_bit(%s, %s, 0)"};
static const char *const others[] = {
	"'\\x02'::bytea", "'\\x0304'", "'\\x'", "'\\x01020304050607'", "','::bytea"};
static const char *const by_other[] = {"position(%2$s in %1$s)", "btrim(%s, %s)",
	"ltrim(%s, %s)", "rtrim(%s, %s)", "trim(both %2$s from %1$s)",
	"trim(leading %2$s from %1$s)"};
static const char *const patterns[] = {
	"'%'", "'_%'", "'x%'", "'%z'", "'x_y__'", "'\\\\001%'", "'%\\\\003%'"};
static const char *const by_pattern[] = {"%s LIKE %s", "%s NOT LIKE %s::bytea"};

static const char *const singles[] = {
	"convert_to('é€', 'UTF8')",
	"convert_to('é', 'LATIN1')",
	"convert_to('a€', 'LATIN1')",
	"convert_to('', 'LATIN1')",
	"convert_to(ct, 'utf-8')",
	"convert_from(convert_to('é', 'latin1'), 'latin1')",
	"normalize('é', NFC)",
	"normalize('é', NFD)",
	"normalize('ﬁ²', NFKC)",
	"normalize('ﬁé', NFKD)",
	"normalize('Å')",
	"normalize(ct)",
	"normalize(cu, NFKD)",
	"normalize(cn)",
	"'é' IS NORMALIZED",
	"'é' IS NORMALIZED",
	"'é' IS NFD NORMALIZED",
	"'é' IS NOT NFD NORMALIZED",
	"ct IS NFKC NORMALIZED",
	"'ﬁ' IS NFKC NORMALIZED",
	"is_normalized('é', 'nfc')",
	"is_normalized('é', 'x')",
	"normalize('é', 'x')",
	"normalize('한글', NFD)",
	"normalize('ẛ̣', NFKC)",
	"normalize('😀é', NFD)",
	"length(normalize('é', NFD))",
	"format('%I', 'abc')",
	"format('%I', 'Abc')",
	"format('%I', 'a b')",
	"format('%I', 'a\"b')",
	"format('%I', '')",
	"format('%I', 'select')",
	"format('%I', 'name')",
	"format('%I', '1a')",
	"format('%I', 'a1_')",
	"format('%I', 'é')",
	"format('%I', NULL)",
	"format('%1$I %1$L %1$s', 'it''s')",
	"format('|%10I|%-10I|', 'a b', 'Ü')",
	"format('INSERT INTO %I VALUES(%L)', 'Foo bar', E'O\\'Reilly')",
	"format('%I', 12)",
	"format('%2$I', 'a', 'B')",
	"format('%-*I', 5, 'a')",
	"make_interval(days => 10)",
	"make_interval(years => 1, secs => 5.5)",
	"make_interval(1, days => 3)",
	"make_interval(secs => 1.5, mins => 2)",
	"make_interval(1, years => 3)",
	"make_interval(foo => 3)",
	"make_interval(days => 1, days => 2)",
	"make_interval(days := ci::int)",
	"make_date(year => 2013, month => 7, day => 15)",
	"make_date(2013, day => 15, month => 7)",
	"make_time(hour => 8, min => 15, sec => 23.5)",
	"make_timestamp(2013, 7, 15, 8, min => 15, sec => 23.5)",
	("make_timestamptz(year => 2013, month => 7, mday => 15, hour => 8, min => 15, sec => "
	 "23.5)"),
	"make_interval(weeks => NULL)",
	"jsonb_set('{}', '{a}', replacement => '1')",
	"jsonb_set('{}', '{a}', '1', create_if_missing => false)",
	"lower(x => 'A')",
	"make_interval()",
};

static void
test_bytes(void **state)
{
	for (size_t i = 0; i < COUNT(bytes); i++) {
		for (size_t k = 0; k < COUNT(numbers); k++)
			ask_templates(
				*state, by_number, COUNT(by_number), bytes[i], numbers[k]);
		for (size_t k = 0; k < COUNT(others); k++)
			ask_templates(*state, by_other, COUNT(by_other), bytes[i], others[k]);
		for (size_t k = 0; k < COUNT(patterns); k++)
			ask_templates(
				*state, by_pattern, COUNT(by_pattern), bytes[i], patterns[k]);
	}
}

static void
test_singles(void **state)
{
	ask(*state, singles, COUNT(singles));
}

/* Each word that the server's grammar knows, as format has it for an identifier. */
static void
test_keywords(void **state)
{
	static const char *const identifier[] = {"format('%%I', '%s')"};
	struct world *w = *state;
	PGresult *r;

	if (w->pg == NULL)
		skip();
	r = PQexec(w->pg, "SELECT word FROM pg_get_keywords()");
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(w->pg));
	assert_true(PQntuples(r) > 400);
	for (int i = 0; i < PQntuples(r); i++)
		ask_templates(w, identifier, 1, PQgetvalue(r, i, 0), "");
	PQclear(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_singles), cmocka_unit_test(test_keywords)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
