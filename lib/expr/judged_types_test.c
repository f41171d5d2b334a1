/*
 * judged_types_test.c - bytea, uuid, json and functions of characters, judged by a live PostgreSQL
 */
#include "expr/differential_test.h"

static const char *const bytes[] = {
	"'\\x'::bytea",
	"'\\xDEADbeef'::bytea",
	"'\\xde ad be ef'::bytea",
	"'\\xd ead'::bytea",
	"'\\xabc'::bytea",
	"'\\xzz'::bytea",
	"'\\xaü'::bytea",
	"'\\xé'::bytea",
	"'abc'::bytea",
	"'a\\\\b'::bytea",
	"'a\\000\\377b'::bytea",
	"'a\\400'::bytea",
	"'a\\'::bytea",
	"'Ü'::bytea",
	"ct::bytea",
	"(ct::bytea)::text",
	"'\\x0102'::bytea || '\\x03'",
	"'\\x0102'::bytea || 'x'::bytea",
	"'\\x01'::bytea = '\\x01'",
	"'\\x01'::bytea < '\\x0100'::bytea",
	"'\\xff'::bytea > '\\x01'::bytea",
	"greatest('\\xff'::bytea, ct::bytea)",
	"length('\\x010203'::bytea)",
	"octet_length('\\x010203'::bytea)",
	"bit_length('\\x010203'::bytea)",
	"length('\\x010203')",
	"concat('\\x01'::bytea, 'a')",
	"'\\x01'::bytea || ct",
	"to_jsonb('\\x01'::bytea)",
	"ARRAY['\\x01'::bytea, ct::bytea]",
	"'{\\\\x01,abc}'::bytea[]",
	"md5('abc')",
	"md5('')",
	"md5(ct)",
	"md5('\\x00'::bytea)",
	"sha224('abc')",
	"sha256('abc')",
	"sha256(ct::bytea)",
	"sha384('abc')",
	"sha512('abc'::bytea)",
	"encode(sha256('abc'), 'hex')",
	"encode('123\\000\\001', 'base64')",
	"encode(repeat('abcdefghij', 20)::bytea, 'base64')",
	"encode(repeat('a', 57)::bytea, 'base64')",
	"encode(repeat('a', 58)::bytea, 'BASE64')",
	"encode('', 'base64')",
	"encode('a\\\\b\\000\\377', 'escape')",
	"encode('abc', 'rot13')",
	"decode('MTIzAAE=', 'base64')",
	"decode('MTIz AAE=', 'base64')",
	"decode('MTI', 'base64')",
	"decode('MTI=', 'base64')",
	"decode('MQ==', 'base64')",
	"decode('M===', 'base64')",
	"decode('=', 'base64')",
	"decode('MT!', 'base64')",
	"decode('MTü', 'base64')",
	"decode('', 'base64')",
	"decode('MTIzM', 'base64')",
	"decode('MQ==MQ==', 'base64')",
	"decode('DEAD', 'hex')",
	"decode('DEA', 'hex')",
	"decode('xy', 'hex')",
	"decode('a\\\\b\\012', 'escape')",
	"decode('a\\q', 'escape')",
	"decode(cu, 'hex')",
	"decode(cn, 'hex')",
	"convert_from('text_in_utf8', 'UTF8')",
	"convert_from('\\xc3a9', 'utf-8')",
	"convert_from('\\xe9', 'latin1')",
	"convert_from('\\xc3', 'UTF8')",
	"convert_from('\\x61ff62', 'UTF8')",
	"convert_from('\\x61c328', 'UTF8')",
	"convert_from('\\x6100', 'UTF8')",
	"convert_from('\\x6100', 'LATIN1')",
	"convert_from('\\xeda080', 'UTF8')",
	"convert_from('\\xf4908080', 'UTF8')",
};

static const char *const uuids[] = {
	"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
	"'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::uuid",
	"'{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}'::uuid",
	"'a0eebc999c0b4ef8bb6d6bb9bd380a11'::uuid",
	"'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11'::uuid",
	"'{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11'::uuid",
	"'a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}'::uuid",
	"'a0e-ebc99-9c0b4ef8-bb6d6bb9-bd380a11'::uuid",
	"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1'::uuid",
	"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-'::uuid",
	"'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111'::uuid",
	"' a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
	"'g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
	"''::uuid",
	"ct::uuid",
	"md5(ct)::uuid",
	"(md5(ct)::uuid)::text",
	"md5(ct)::uuid = md5('x')::uuid",
	"md5(ct)::uuid < md5('x')::uuid",
	"md5(ct)::uuid >= 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
	"greatest(md5(ct)::uuid, md5('y')::uuid)",
	"nullif(md5(ct)::uuid, md5(ct)::uuid)",
	"md5(ct)::uuid IN (md5('a')::uuid, md5('x,y,,z')::uuid)",
	"to_jsonb(md5(ct)::uuid)",
	"jsonb_build_object(md5(ct)::uuid, 1)",
	"'{a0eebc999c0b4ef8bb6d6bb9bd380a11}'::uuid[]",
	"md5(ct)::uuid || 'x'",
};

static const char *const jsons[] = {
	"'{\"b\":1,  \"a\": 2, \"b\":3}'::json",
	"' [1, 2.50 ,-0, 1e5, 1E-5]'::json",
	"'\"\\u0000 \\ud800\"'::json",
	"'\"\\u00g0\"'::json",
	"'\"\\x\"'::json",
	"'\"a\tb\"'::json",
	"'01'::json",
	"'1.'::json",
	"'.5'::json",
	"'-'::json",
	"'1x'::json",
	"'nul'::json",
	"'nullx'::json",
	"'true false'::json",
	"'[1,]'::json",
	"'[1'::json",
	"'{\"a\"}'::json",
	"'{\"a\":}'::json",
	"'{a:1}'::json",
	"'{\"a\":1,}'::json",
	"'{}'::json",
	"'[]'::json",
	"''::json",
	"' '::json",
	"'1e999999'::json",
	"ct::json",
	"('{\"b\":1,  \"a\": 2}'::json)::jsonb",
	"('\"\\u0000\"'::json)::jsonb",
	"('{\"b\":1,  \"a\": 2}'::jsonb)::json",
	"('[1]'::json)::text",
	"'[1]'::json = '[1]'::json",
	"to_jsonb('{\"b\":1,  \"a\": 2}'::json)",
	"jsonb_build_array('[1,  2]'::json)",
	"jsonb_build_object('[1]'::json, 1)",
	"'{\"[1]\",2}'::json[]",
	"coalesce(cn::json, '[1]')",
};

static const char *const characters[] = {
	"ascii('x')",
	"ascii('é')",
	"ascii('😀')",
	"ascii('')",
	"ascii(cn)",
	"chr(65)",
	"chr(233)",
	"chr(128512)",
	"chr(0)",
	"chr(-1)",
	"chr(1114111)",
	"chr(1114112)",
	"chr(55296)",
	"chr(57343)",
	"to_hex(2147483647)",
	"to_hex(-1)",
	"to_hex(-1::bigint)",
	"to_hex(0)",
	"to_hex(255::smallint)",
	"overlay('Txxxxas' placing 'hom' from 2 for 4)",
	"overlay('Txxxxas' placing 'hom' from 2)",
	"overlay('abcdef' placing '45' from 4)",
	"overlay('yabadoo' placing 'daba' from 5 for 0)",
	"overlay('yabadoo' placing 'daba' from 0)",
	"overlay('yabadoo' placing 'daba' from 3 for -2)",
	"overlay('yabadoo' placing 'daba' from 3 for -9)",
	"overlay('yabadoo' placing '' from 3 for 2)",
	"overlay('ünïcödé' placing 'É' from 2 for 3)",
	"overlay('abc' placing 'x' from 10)",
	"overlay('abc' placing 'x' from 2147483647 for 1)",
	"overlay(cu placing 'x' from 1)",
	"format('Hello %s', 'World')",
	"format('Testing %s, %s, %s, %%', 'one', 'two', 'three')",
	"format('INSERT %L', 'it''s')",
	"format('%L', 'C:\\x')",
	"format('%L|%s', NULL, NULL)",
	"format('|%10s|', 'foo')",
	"format('|%-10s|', 'foo')",
	"format('|%*s|', 10, 'foo')",
	"format('|%*s|', -10, 'foo')",
	"format('|%-*s|', 10, 'foo')",
	"format('|%*s|', NULL, 'foo')",
	"format('|%*s|', 'x', 'foo')",
	"format('Testing %3$s, %2$s, %1$s', 'one', 'two', 'three')",
	"format('|%*2$s|', 'foo', 10, 'bar')",
	"format('|%1$*2$s|', 'foo', 10, 'bar')",
	"format('Testing %3$s, %2$s, %s', 'one', 'two', 'three')",
	"format('|%5s|%-5s|', 'ü', 'ü')",
	"format('%s %s', 1, true)",
	"format('%s', 1.50)",
	"format('%s', ARRAY[1,2])",
	"format('%s')",
	"format('%0$s', 'a')",
	"format('%2$s', 'a')",
	"format('%')",
	"format('%1', 'a')",
	"format('%1$', 'a')",
	"format('%-', 'a')",
	"format('%*', 'a')",
	"format('%*1s', 'a')",
	"format('%*0$s', 'a')",
	"format('%d', 1)",
	"format('%ü', 1)",
	"format('%5%', 1)",
	"format('%99999999999s', 1)",
	"format(NULL, 1)",
	"format('')",
	"format('%%')",
	"format('no')",
};

static const char *const intervals[] = {
	"make_interval(1)",
	"make_interval(1, 2, 3, 4, 5, 6, 7.89)",
	"make_interval(0, 0, 0, 10)",
	"make_interval(-1, 14)",
	"make_interval(0, 0, 0, 0, -5, 6)",
	"make_interval(0, 0, 0, 0, 0, 0, 'NaN')",
	"make_interval(0, 0, 0, 0, 2147483647, 2147483647, 0)",
	"make_interval(ci::int, NULL)",
	"justify_days(interval '35 days')",
	"justify_days(interval '1 mon -35 days')",
	"justify_days(interval '-1 mon 65 days')",
	"justify_days(interval '2147483647 mons 35 days')",
	"justify_hours(interval '27 hours')",
	"justify_hours(interval '1 day -27 hours')",
	"justify_hours(interval '-2 days 27 hours')",
	"justify_hours(interval '2147483647 days 24:00')",
	"justify_interval(interval '1 mon -1 hour')",
	"justify_interval(interval '-1 mon 1 hour')",
	"justify_interval(interval '29 days 25 hours')",
	"justify_interval(interval '2147483647 days 24:00')",
	"justify_interval(interval '-2147483648 days -24:00')",
	"justify_interval(interval '2147483647 mons 30 days')",
	"justify_interval(interval '1 mon -30 days -1 hour')",
};

static void
test_intervals(void **state)
{
	ask(*state, intervals, sizeof intervals / sizeof intervals[0]);
}

static void
test_bytes(void **state)
{
	ask(*state, bytes, sizeof bytes / sizeof bytes[0]);
}

static void
test_uuids(void **state)
{
	ask(*state, uuids, sizeof uuids / sizeof uuids[0]);
}

static void
test_jsons(void **state)
{
	ask(*state, jsons, sizeof jsons / sizeof jsons[0]);
}

static void
test_characters(void **state)
{
	ask(*state, characters, sizeof characters / sizeof characters[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_uuids), cmocka_unit_test(test_jsons),
		cmocka_unit_test(test_characters), cmocka_unit_test(test_intervals)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
