/*
 * judged_json_test.c - json and jsonb taken apart, compared and changed, judged by a live PostgreSQL
 */
#include "expr/differential_test.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const documents[] = {
	"{}",
	"[]",
	"null",
	"1",
	"\"s\"",
	"true",
	"{\"a\": 1}",
	"{\"a\":\"x\",\"b\":[1,2]}",
	"[1,\"two\",null,true]",
	"{\"a\":{\"a\":2}}",
	"{\"b\":1,\"a\":2,\"b\":3}",
	"[1.0,2]",
	"{\"a\":{\"b\":[1,{\"c\":\"d\"}]}}",
	"[\"a\",\"b\",\"a\"]",
	"[[1,2],[3]]",
	" [ 1 , {\"a\" : \"x\" } ] ",
	"{\"\":1}",
};
static const char *const steps[] = {"'a'", "0", "-1", "''", "NULL"};
static const char *const paths[] = {"{a}", "{a,b}", "{a,b,1,c}", "{0}", "{-1}", "{1,a}", "{}",
	"{NULL}", "{a,NULL}", "{1,0}", "{-9}", "{b,0}", "{1x}", "{5}", "{{a},{b}}"};

static const char *const by_step[] = {"'%s'::jsonb -> %s", "'%s'::jsonb ->> %s",
	"'%s'::json -> %s", "'%s'::json ->> %s", "'%s'::jsonb - %s", "('%s'::jsonb)[%s]"};
static const char *const by_path[] = {"'%s'::jsonb #> '%s'", "'%s'::jsonb #>> '%s'",
	"'%s'::json #> '%s'", "'%s'::json #>> '%s'", "'%s'::jsonb #- '%s'",
	"'%s'::jsonb - '%s'::text[]", "'%s'::jsonb ?| '%s'", "'%s'::jsonb ?& '%s'",
	"jsonb_set('%s', '%s', '[9]')", "jsonb_set('%s', '%s', '\"n\"', false)",
	"jsonb_insert('%s', '%s', '9')", "jsonb_insert('%s', '%s', '9', true)"};
static const char *const by_document[] = {"'%s'::jsonb || '%s'::jsonb",
	"'%s'::jsonb @> '%s'::jsonb", "'%s'::jsonb <@ '%s'::jsonb", "'%s'::jsonb < '%s'::jsonb",
	"'%s'::jsonb <= '%s'::jsonb", "'%s'::jsonb > '%s'::jsonb", "'%s'::jsonb >= '%s'::jsonb",
	"'%s'::jsonb = '%s'::jsonb"};

static const char *const singles[] = {
	"(cj::jsonb)['a'][ct::int]",
	"('{}'::jsonb)['a'][ct::int]",
	"('{\"a\":{\"b\":1}}'::jsonb)['a']['b']",
	"('[1,2]'::jsonb)[1]",
	"('[1,2]'::jsonb)[1:2]",
	"('[1,2]'::jsonb)[1.5]",
	"('[1,2]'::jsonb)[1::bigint]",
	"('[1,2]'::json)[1]",
	"('[1,2]'::jsonb)[ci::int - 11]",
	"('{\"x\":1}'::jsonb)['x']::int",
	"'{\"a\": \"\\u00e9\\n\"}'::json -> 'a'",
	"'{\"a\": \"\\u00e9\\n\"}'::json ->> 'a'",
	"'{\"a\": \"\\ud800\", \"b\": 1}'::json -> 'b'",
	"'{\"a\": \"\\u0000\", \"b\": 1}'::json -> 'b'",
	"'{\"a\": \"\\u0000\", \"b\": 1}'::json",
	"'{\"\\u0061\": 5}'::json -> 'a'",
	"'{\"a\":1,\"a\":2}'::json -> 'a'",
	"'[1, 2 ,3 ]'::json -> -3",
	"'{\"a\" : [1 , 2] }'::json -> 'a'",
	"'\"x\\\"y\"'::json #>> '{}'",
	"' 12 '::json #> '{}'",
	"' null '::json #>> '{}'",
	"' {\"a\":1} '::json #> '{}'",
	"jsonb_set(NULL, '{a}', '1')",
	"jsonb_set('{}', NULL, '1')",
	"'[1,2]'::jsonb - 1::bigint",
	"ct::jsonb || '1'",
	"cj::jsonb || '{}'",
	"'{\"a\":1}' || '{\"b\":2}'",
	"'a' || '{}'::jsonb",
	"greatest('1'::jsonb, '[]')",
	"'1'::jsonb IN ('1.0', '2')",
	"'[1,2]'::jsonb @> '1'",
	"least('{}'::jsonb, 'null')",
	"'[1,2]'::json @> '[1]'",
	"jsonb_insert('{\"a\":1}', '{a}', '2')",
	"ARRAY['1'::jsonb] < ARRAY['2'::jsonb]",
	"'{1,2}'::jsonb[] = '{1.0,2}'",
	"json_build_object('a', 1, 'b', true, 3, NULL)",
	"json_build_object()",
	"json_build_array()",
	"json_build_object('a')",
	"json_build_object(NULL, 1)",
	"json_build_object(true, 'x')",
	"json_build_object(1.50, 1e10::float8)",
	"json_build_object('{}'::jsonb, 1)",
	"json_build_object(ARRAY[1], 1)",
	("json_build_array(1, 'a', NULL, '[1,  2]'::json, '{\"a\":  1}'::jsonb, 'NaN'::float8, "
	 "date '2020-01-01', timestamp '2020-01-01 10:00', timestamptz '2020-01-01 10:00', "
	 "ARRAY[[1,2],[3,4]], ARRAY['a', NULL], '{}'::int[])"),
	"to_json('a\"b'::text)",
	"to_json(ct)",
	"to_json(ARRAY[1,2])",
	"to_json(1.50)",
	"to_json(NULL::text)",
	"to_json(time '10:00')",
	"to_json(interval '1 day')",
	"to_json('2020-01-01'::date)",
	"json_build_object(date '2020-01-01', 1, timestamp '2020-01-01 10:00', 2)",
	"json_build_object(ct, cu, cn, ci)",
	"to_json('\\x01'::bytea)",
	"to_json(1.5::real)",
};

static void
test_steps(void **state)
{
	for (size_t i = 0; i < COUNT(documents); i++) {
		for (size_t k = 0; k < COUNT(steps); k++)
			ask_templates(*state, by_step, COUNT(by_step), documents[i], steps[k]);
	}
}

static void
test_paths(void **state)
{
	for (size_t i = 0; i < COUNT(documents); i++) {
		for (size_t k = 0; k < COUNT(paths); k++)
			ask_templates(*state, by_path, COUNT(by_path), documents[i], paths[k]);
	}
}

static void
test_documents(void **state)
{
	for (size_t i = 0; i < COUNT(documents); i++) {
		for (size_t k = 0; k < COUNT(documents); k++)
			ask_templates(*state, by_document, COUNT(by_document), documents[i],
				documents[k]);
	}
}

static void
test_singles(void **state)
{
	ask(*state, singles, COUNT(singles));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_steps),
		cmocka_unit_test(test_paths), cmocka_unit_test(test_documents),
		cmocka_unit_test(test_singles)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
