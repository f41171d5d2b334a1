/*
 * json_test.c - jsonb against PostgreSQL: reading, printing, finding, building
 *
 * The differential part asks a live server (POSTGRES_URI) and is skipped
 * without one.
 */
#include "expr/oracle_test.h"
#include "expr/json.h"

static const struct function *const functions[] = {
	json_functions, json_compare_functions, json_build_functions, NULL};
static const struct cast *const casts[] = {text_casts, bool_casts, number_casts, numeric_casts,
	float8_casts, time_casts, json_casts, NULL};

static struct oracle oracle = {.functions = functions, .casts = casts};

static int
open_oracle(void **state)
{
	(void)state;
	oracle_open(&oracle);
	return 0;
}

static int
close_oracle(void **state)
{
	(void)state;
	oracle_close(&oracle);
	return 0;
}

/* Generators: every one keeps within ORACLE_TEXT. */

static void
put(char *buf, size_t *len, const char *s)
{
	size_t n = strlen(s);

	if (*len + n < ORACLE_TEXT - 1) {
		memcpy(buf + *len, s, n);
		*len += n;
	}
}

static void
put_string(struct rng *r, char *buf, size_t *len)
{
	static const char *const pieces[] = {"a", "b", "key", "volume", " ", "\\\"", "\\\\",
		"\\/", "\\n", "\\t", "\\b", "\\f", "\\r", "\\u00e9", "\\u0001", "\\u001f",
		"\\u0041", "\\ud83d\\ude00", "\xc3\xa9", "\xf0\x9f\x98\x80", "/", "'", "\x7f",
		"\\u20ac", "0", "{", "}", ",", ": "};
	unsigned n = rng_below(r, 4);

	put(buf, len, "\"");
	for (unsigned i = 0; i < n; i++)
		put(buf, len, pieces[rng_below(r, sizeof pieces / sizeof *pieces)]);
	put(buf, len, "\"");
}

static void
put_number(struct rng *r, char *buf, size_t *len)
{
	static const char *const numbers[] = {"0", "-0", "0.0", "-0.0", "1", "-1", "12", "1.50",
		"100", "1e2", "1E+2", "1.5e-3", "-2.50e1", "123456789012345678901234567890",
		"0.000000000000000000001", "1e20", "1e-20", "9223372036854775807", "2147483648",
		"32768", "0e5", "-0e-5", "12.5", "2.5", "0.5"};

	put(buf, len, numbers[rng_below(r, sizeof numbers / sizeof *numbers)]);
}

static void
put_space(struct rng *r, char *buf, size_t *len)
{
	static const char *const spaces[] = {"", "", "", " ", "\n", "\t", "\r", "  "};

	put(buf, len, spaces[rng_below(r, 8)]);
}

static void
put_json(struct rng *r, char *buf, size_t *len, unsigned depth)
{
	static const char *const words[] = {"null", "true", "false"};
	unsigned kind = rng_below(r, depth > 3 ? 4 : 8), n = rng_below(r, 5);
	bool object = kind >= 6;

	put_space(r, buf, len);
	if (kind < 2) {
		put_number(r, buf, len);
	} else if (kind == 2) {
		put_string(r, buf, len);
	} else if (kind == 3) {
		put(buf, len, words[rng_below(r, 3)]);
	} else {
		put(buf, len, object ? "{" : "[");
		for (unsigned i = 0; i < n; i++) {
			if (i > 0)
				put(buf, len, ",");
			if (object) {
				put_space(r, buf, len);
				put_string(r, buf, len);
				put_space(r, buf, len);
				put(buf, len, ":");
			}
			put_json(r, buf, len, depth + 1);
		}
		put_space(r, buf, len);
		put(buf, len, object ? "}" : "]");
	}
	put_space(r, buf, len);
}

static void
json(struct rng *r, char *buf)
{
	size_t len = 0;

	put_json(r, buf, &len, 0);
	buf[len] = '\0';
}

static void
json_object(struct rng *r, char *buf)
{
	do {
		json(r, buf);
	} while (strchr(buf, '{') == NULL);
}

/* JSON with a byte changed, and what almost is JSON. */
static void
broken(struct rng *r, char *buf)
{
	static const char *const nasty[] = {"", " ", "{", "}", "[", "]", "[1,]", "{\"a\":1,}",
		"{\"a\"}", "{a:1}", "{'a':1}", "[1 2]", "[,1]", "{,}", "{\"a\":}", "01", "-01",
		"1.", ".5", "+1", "1e", "1e+", "--1", "-", "nul", "nulll", "True", "TRUE",
		"tru e", "\"", "\"a", "\"a\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u00g0\"",
		"\"\\u0000\"", "\"a\\u0000b", "{\"\\u0000\":1}", "\"\\ud83d\"", "\"\\ude00\"",
		"\"\\ud83d\\u0041\"", "\"\\ud83d\\n\"", "\"\\ud83dx\"", "\"\\ud83d\\ud83d\"",
		"\"\t\"", "\"\n\"", "\"\x01\"", "1 1", "{} []", "\xef\xbb\xbf{}", "NaN",
		"Infinity", "1e99999", "1e400", "[1e131071]", "1e131072", "1e-16383",
		"1e-16384", "[[[[[[[[[[]]]]]]]]]]", "{\"a\":{\"a\":{\"a\":{}}}}",
		"{\"a\":1,\"a\":2,\"a\":3}", "{\"bb\":1,\"a\":2,\"ab\":3,\"\":4}", "\xc2\xa0[]",
		"[1]x", "/**/1", "[\"a\":1]", "{\"a\",1}", "{1:2}", "{null:1}", "{\"a\" 1}",
		"0x10", "1_000", "\"\\\"", "\\"};
	size_t len;

	if (rng_below(r, 3) == 0) {
		snprintf(buf, ORACLE_TEXT, "%s",
			nasty[rng_below(r, sizeof nasty / sizeof *nasty)]);
		return;
	}
	json(r, buf);
	len = strlen(buf);
	for (unsigned i = 0; i < 1 + rng_below(r, 2); i++) {
		static const char bytes[] = "{}[]\",:\\u 0-1e.tn";
		size_t at = rng_below(r, (unsigned)len);

		/* not within a character of several bytes: that would be no text at all */
		if ((unsigned char)buf[at] < 0x80)
			buf[at] = bytes[rng_below(r, sizeof bytes - 1)];
	}
}

static void
key(struct rng *r, char *buf)
{
	static const char *const keys[] = {"a", "b", "key", "volume", "", " ", "\"", "\\", "/",
		"\n", "aa", "ab", "\xc3\xa9", "\x01", "0", "1", "-1", "A", "\xe2\x82\xac"};

	snprintf(buf, ORACLE_TEXT, "%s", keys[rng_below(r, sizeof keys / sizeof *keys)]);
}

static void
path_step(struct rng *r, char *buf)
{
	static const char *const steps[] = {"0", "1", "-1", "2", "-2", "5", "+1", " 1", "1 ",
		"", "-", "01", "2147483648", "-2147483648", "1x", "a", "key"};

	snprintf(buf, ORACLE_TEXT, "%s", steps[rng_below(r, sizeof steps / sizeof *steps)]);
}

static void
position(struct rng *r, char *buf)
{
	snprintf(buf, ORACLE_TEXT, "%d", (int)rng_below(r, 9) - 4);
}

static void
boolean(struct rng *r, char *buf)
{
	snprintf(buf, ORACLE_TEXT, "%s", rng_below(r, 2) ? "t" : "f");
}

static void
decimal(struct rng *r, char *buf)
{
	static const char *const texts[] = {"0", "-0.00", "1.50", "NaN", "Infinity",
		"-Infinity", "1e30", "0.000001", "123456789.123456789", "-5"};

	snprintf(buf, ORACLE_TEXT, "%s", texts[rng_below(r, sizeof texts / sizeof *texts)]);
}

static void
floating(struct rng *r, char *buf)
{
	static const char *const texts[] = {"0", "-0", "1.5", "NaN", "Infinity", "-Infinity",
		"1e30", "1e-7", "0.1", "123456789.123456789", "1e300", "5e-324", "100000"};

	snprintf(buf, ORACLE_TEXT, "%s", texts[rng_below(r, sizeof texts / sizeof *texts)]);
}

static void
moment(struct rng *r, char *buf)
{
	static const char *const texts[] = {"2020-02-29 01:02:03", "2020-02-29 01:02:03.456",
		"infinity", "-infinity", "0044-03-15 12:00:00 BC", "1969-12-31 23:59:59.999999",
		"12345-01-01 00:00:00"};

	snprintf(buf, ORACLE_TEXT, "%s", texts[rng_below(r, sizeof texts / sizeof *texts)]);
}

static void
any_text(struct rng *r, char *buf)
{
	static const char *const texts[] = {"", "a", "\"", "\\", "\n\t\r\b\f", "\x01\x1f\x7f",
		"/", "\xc3\xa9\xf0\x9f\x98\x80", "null", "true", "1", "{}"};

	snprintf(buf, ORACLE_TEXT, "%s", texts[rng_below(r, sizeof texts / sizeof *texts)]);
}

static void
check_all(const struct probe *probes, size_t n, size_t cases)
{
	for (size_t i = 0; i < n; i++)
		oracle_check(&oracle, &probes[i], cases);
}

#define CHECK_ALL(probes, cases) check_all(probes, sizeof(probes) / sizeof *(probes), cases)
#define CAST(from, generator, to_type)                                                         \
	{                                                                                      \
		NULL, {{from, generator}}, 1, to_type, -1, NULL                                \
	}
#define CALL(name, ...)                                                                        \
	{                                                                                      \
		name, {__VA_ARGS__},                                                           \
			sizeof((struct oracle_arg[]){__VA_ARGS__}) /                           \
				sizeof(struct oracle_arg),                                     \
			TYPE_UNKNOWN, -1, NULL                                                 \
	}
#define JSON                                                                                   \
	{                                                                                      \
		TYPE_JSONB, json                                                               \
	}

static void
test_text_to_json(void **state)
{
	static const struct probe probes[] = {
		CAST(TYPE_TEXT, json, TYPE_JSONB),
		CAST(TYPE_TEXT, broken, TYPE_JSONB),
	};

	(void)state;
	CHECK_ALL(probes, 20000);
}

static void
test_finding(void **state)
{
	static const struct probe probes[] = {
		CALL("->", {TYPE_JSONB, json_object}, {TYPE_TEXT, key}),
		CALL("->>", {TYPE_JSONB, json_object}, {TYPE_TEXT, key}),
		CALL("->", JSON, {TYPE_INT4, position}),
		CALL("->>", JSON, {TYPE_INT4, position}),
		CALL("?", JSON, {TYPE_TEXT, key}),
		CALL("jsonb_extract_path", JSON, {TYPE_TEXT, path_step}),
		CALL("jsonb_extract_path_text", JSON, {TYPE_TEXT, key}),
		CALL("jsonb_typeof", JSON),
		CALL("jsonb_array_length", JSON),
		CALL("jsonb_strip_nulls", JSON),
		CALL("=", JSON, JSON),
		CALL("<>", JSON, JSON),
	};

	(void)state;
	CHECK_ALL(probes, 4000);
}

static void
test_casts(void **state)
{
	static const struct probe probes[] = {
		CAST(TYPE_JSONB, json, TYPE_BOOL),
		CAST(TYPE_JSONB, json, TYPE_NUMERIC),
		CAST(TYPE_JSONB, json, TYPE_INT2),
		CAST(TYPE_JSONB, json, TYPE_INT4),
		CAST(TYPE_JSONB, json, TYPE_INT8),
		CAST(TYPE_JSONB, json, TYPE_FLOAT8),
	};

	(void)state;
	CHECK_ALL(probes, 3000);
}

static void
test_building(void **state)
{
	static const struct probe probes[] = {
		CALL("to_jsonb", {TYPE_TEXT, any_text}),
		CALL("to_jsonb", {TYPE_BOOL, boolean}),
		CALL("to_jsonb", {TYPE_NUMERIC, decimal}),
		CALL("to_jsonb", {TYPE_FLOAT8, floating}),
		CALL("to_jsonb", {TYPE_TIMESTAMP, moment}),
		CALL("to_jsonb", {TYPE_TIMESTAMPTZ, moment}),
		CALL("to_jsonb", {TYPE_DATE, moment}),
		CALL("to_jsonb", JSON),
		CALL("jsonb_build_array", {TYPE_JSONB, json}, {TYPE_TEXT, any_text},
			{TYPE_NUMERIC, decimal}),
		CALL("jsonb_build_object", {TYPE_TEXT, any_text}, {TYPE_NUMERIC, decimal}),
		CALL("jsonb_build_object", {TYPE_TIMESTAMP, moment}, {TYPE_BOOL, boolean}),
		CALL("jsonb_build_object", {TYPE_NUMERIC, decimal}, JSON),
		CALL("jsonb_build_object", {TYPE_BOOL, boolean}, {TYPE_TIMESTAMPTZ, moment}),
		CALL("jsonb_build_object", {TYPE_JSONB, json}, {TYPE_TEXT, key}),
		CALL("jsonb_build_object", {TYPE_TEXT, key}),
	};

	(void)state;
	CHECK_ALL(probes, 300);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_to_json),
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_casts),
		cmocka_unit_test(test_building),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_oracle, close_oracle);
}
