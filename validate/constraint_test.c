/*
 * constraint_test.c - the constraints of Table Schema: with which types they go, and what they hold of
 *
 * Written from the specification (v2, "Field Constraints", and "categories" and
 * "missingValues" of fields).  A text ~ stands for NULL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/contract.h"

#define NUMERIC "integer number"
#define ORDERED NUMERIC " date time datetime duration year yearmonth"
#define COUNTED "string array object list"
#define ALL     COUNTED " " ORDERED " boolean geopoint geojson any"

/* The types that each goes with, and a limit that suits them all. */
static const struct {
	const char *constraint;
	const char *types;
} applies[] = {
	{"\"required\":true", ALL},
	{"\"unique\":true", ALL},
	{"\"enum\":[%s]", ALL},
	{"\"minLength\":1", COUNTED},
	{"\"maxLength\":1", COUNTED},
	{"\"minimum\":%s", ORDERED},
	{"\"maximum\":%s", ORDERED},
	{"\"exclusiveMinimum\":%s", ORDERED},
	{"\"exclusiveMaximum\":%s", ORDERED},
	{"\"pattern\":\"a\"", "string"},
	{"\"jsonSchema\":{}", "array object"},
};

/* A value of each type, as JSON; 1 is one of all others. */
static const struct {
	const char *type;
	const char *value;
} limits[] = {
	{"integer", "1"},
	{"number", "1.5"},
	{"date", "\"2024-01-26\""},
	{"time", "\"15:00:00\""},
	{"datetime", "\"2024-01-26T15:00:00\""},
	{"duration", "\"P1D\""},
	{"year", "\"2024\""},
	{"yearmonth", "\"2024-01\""},
	{"array", "[]"},
	{"object", "{}"},
	{"geopoint", "\"90.5,45\""},
	{"geojson", "{\"type\":\"Point\",\"coordinates\":[1,2]}"},
};

/* The members of a field behind its name; values that keep all constraints, and that do not. */
static const struct {
	const char *field;
	const char *kept;
	const char *broken;
} cases[] = {
	{"\"type\":\"string\",\"constraints\":{\"required\":true}", "a| |0|NULL", "~|"},
	{"\"type\":\"string\",\"constraints\":{\"required\":false}", "a|~|", NULL},
	{"\"type\":\"integer\",\"missingValues\":[\"-\",\"NA\"],\"constraints\":{\"required\":"
	 "true}",
		"1|-1", "~|-|NA|"},
	{"\"type\":\"integer\",\"missingValues\":[{\"value\":\"-99\",\"label\":\"REFUSED\"}]",
		"-98|-99|~", "|x"},
	{"\"type\":\"integer\",\"missingValues\":[\"-99\"],\"constraints\":{\"minimum\":0}",
		"0|-99|~", "-98|-1"},
	{"\"missingValues\":[],\"constraints\":{\"required\":true}", "|a", "~"},

	{"\"type\":\"string\",\"constraints\":{\"minLength\":5}", "apple|~|éééééé|😀😀😀😀😀",
		"plum|éééé|a"},
	{"\"type\":\"string\",\"constraints\":{\"maxLength\":5}", "apple|a|~|ééééé",
		"grapefruit|apples|éééééé"},
	{"\"type\":\"string\",\"missingValues\":[],\"constraints\":{\"minLength\":1}", "a|~",
		"|"},
	{"\"type\":\"string\",\"constraints\":{\"maxLength\":0}", "~|", "a| "},
	{"\"type\":\"array\",\"constraints\":{\"minLength\":1,\"maxLength\":2}",
		"[1]|[[],[]]|[\"long text\",{}]|~", "[]|[1,2,3]"},
	{"\"type\":\"object\",\"constraints\":{\"minLength\":1,\"maxLength\":2}",
		"{\"a\":[1,2,3]}|{\"a\":1,\"b\":2}", "{}|{\"a\":1,\"b\":2,\"c\":3}"},
	{"\"type\":\"list\",\"constraints\":{\"minLength\":2,\"maxLength\":3}", "a,b|a,b,c|,",
		"a|a,b,c,d"},

	{"\"type\":\"integer\",\"constraints\":{\"minimum\":100}", "100|101|~|0100",
		"99|50|-100"},
	{"\"type\":\"integer\",\"constraints\":{\"maximum\":100}", "100|99|-1000",
		"101|150|99999999999999999999"},
	{"\"type\":\"integer\",\"constraints\":{\"exclusiveMinimum\":0}", "1|100", "0|-0|-1"},
	{"\"type\":\"integer\",\"constraints\":{\"exclusiveMaximum\":150}", "149|100",
		"150|151"},
	{"\"type\":\"integer\",\"constraints\":{\"minimum\":\"100\",\"maximum\":\"200\"}",
		"100|200", "99|201"},
	{"\"type\":\"integer\",\"groupChar\":\",\",\"constraints\":{\"maximum\":\"1,000\"}",
		"1,000|999", "1,001|1001"},
	{"\"type\":\"number\",\"constraints\":{\"minimum\":0.1,\"maximum\":0.3}",
		"0.1|0.10|0.3|1E-1|.2", "0.09|0.31|0.30000000000000000001|NaN|INF|-INF"},
	{"\"type\":\"number\",\"constraints\":{\"exclusiveMinimum\":0.1,\"exclusiveMaximum\":0."
	 "3}",
		"0.2|0.10000000000000000001", "0.1|0.3|0.30|NaN"},
	{"\"type\":\"number\",\"constraints\":{\"minimum\":\"-INF\",\"maximum\":\"INF\"}",
		"0|INF|-INF|1E400", "NaN"},
	{"\"type\":\"number\",\"decimalChar\":\",\",\"constraints\":{\"minimum\":\"1,5\"}",
		"1,5|2", "1,4"},
	{"\"type\":\"date\",\"constraints\":{\"minimum\":\"2024-01-26\",\"maximum\":\"2024-02-"
	 "29\"}",
		"2024-01-26|2024-02-29", "2024-01-25|2024-03-01|1924-02-01"},
	{"\"type\":\"date\",\"format\":\"%d/%m/%Y\",\"constraints\":{\"exclusiveMinimum\":"
	 "\"31/01/2024\"}",
		"01/02/2024", "31/01/2024|30/01/2024"},
	{"\"type\":\"time\",\"constraints\":{\"exclusiveMaximum\":\"15:00:00\"}",
		"14:59:59|00:00:00|14:59:59.999", "15:00:00|23:00:00"},
	{"\"type\":\"datetime\",\"constraints\":{\"minimum\":\"2024-01-26T15:00:00Z\"}",
		"2024-01-26T15:00:00Z|2024-01-26T16:00:00+01:00|2024-01-26 15:00:00",
		"2024-01-26T14:59:59Z|2024-01-26T15:30:00+01:00"},
	{"\"type\":\"year\",\"constraints\":{\"minimum\":1999,\"maximum\":2024}", "1999|2024",
		"1998|2025|12024|-2000"},
	{"\"type\":\"yearmonth\",\"constraints\":{\"maximum\":\"2024-01\"}", "2024-01|2023-12",
		"2024-02"},
	{"\"type\":\"duration\",\"constraints\":{\"minimum\":\"PT1H\",\"maximum\":\"P1M\"}",
		"PT60M|P27D|P1M", "PT59M|P28D|P32D|P2M"},

	{"\"type\":\"string\",\"constraints\":{\"pattern\":\"^a.*$\"}", "apple|a|~",
		"orange|ba"},
	{"\"type\":\"string\",\"constraints\":{\"pattern\":\"[0-9]{3}\"}", "123|000",
		"12|1234|a123"},
	{"\"type\":\"string\",\"constraints\":{\"pattern\":\"a|b\",\"minLength\":1}", "a|b",
		"ab|c"},
	{"\"type\":\"string\",\"constraints\":{\"pattern\":\"\\\\d+\"}", "12|١٢", "a|1a"},

	{"\"type\":\"string\",\"constraints\":{\"enum\":[\"apple\"]}", "apple|~",
		"orange|Apple|appl"},
	{"\"type\":\"integer\",\"constraints\":{\"enum\":[1,\"2\"]}", "1|2|+1|01", "3|12"},
	{"\"type\":\"number\",\"constraints\":{\"enum\":[1.50]}", "1.5|1.500|15E-1", "1.6|15"},
	{"\"type\":\"boolean\",\"constraints\":{\"enum\":[true]}", "true|1|TRUE", "false|0"},
	{"\"type\":\"date\",\"constraints\":{\"enum\":[\"2024-01-26\"]}", "2024-01-26",
		"2024-01-27"},
	{"\"type\":\"datetime\",\"constraints\":{\"enum\":[\"2024-01-26T15:00:00Z\"]}",
		"2024-01-26T16:00:00+01:00", "2024-01-26T15:00:01Z"},
	{"\"type\":\"object\",\"constraints\":{\"enum\":[{\"a\":1,\"b\":2}]}",
		"{\"b\":2,\"a\":1}|{ \"a\" : 1, \"b\" : 2 }", "{\"a\":1}|{}"},
	{"\"type\":\"array\",\"constraints\":{\"enum\":[[1,2]]}", "[1, 2]", "[2,1]|[]"},
	{"\"type\":\"any\",\"constraints\":{\"enum\":[\"1\",\"x\"]}", "1|x", "01|X"},
	{"\"type\":\"geopoint\",\"constraints\":{\"enum\":[\"90.5,45\"]}", "90.50, 45.0",
		"90,45"},

	{"\"type\":\"object\",\"constraints\":{\"jsonSchema\":{\"type\":\"object\","
	 "\"properties\":{"
	 "\"value\":{\"type\":\"integer\"}}}}",
		"{\"value\":100}|{}|~", "{\"value\":\"bad\"}|{\"value\":1.5}"},
	{"\"type\":\"array\",\"constraints\":{\"jsonSchema\":{\"items\":{\"type\":\"string\"}}"
	 "}",
		"[]|[\"a\"]", "[1]|[\"a\",null]"},

	{"\"type\":\"string\",\"categories\":[\"apple\",\"orange\",\"banana\"]",
		"apple|banana|~", "plum|Apple"},
	{"\"type\":\"integer\",\"categories\":[{\"value\":0,\"label\":\"apple\"},{\"value\":1}]"
	 ","
	 "\"categoriesOrdered\":true",
		"0|1|~", "2|-1|apple"},
	{"\"type\":\"string\",\"categories\":[\"a\",\"b\",\"c\"],\"constraints\":{\"enum\":["
	 "\"a\",\"b\"]}",
		"a|b", "c|d"},

	/* several at once: all are asked */
	{"\"type\":\"string\",\"constraints\":{\"minLength\":2,\"maxLength\":4,\"pattern\":\"["
	 "a-z]+\","
	 "\"required\":true}",
		"ab|abcd", "a|abcde|AB|~|"},
};

/* A contract over the one column x, or NULL with *err. */
static struct contract *
make_contract(const char *members, struct table_schema **schema, struct error *err)
{
	static const struct csv_field name = {"x", 1, false};
	static const struct csv_record header = {
		.fields = &name, .nfields = 1, .raw = "x", .raw_len = 1};
	static const struct resources none;
	char text[700];
	json_t *json;

	snprintf(text, sizeof text, "{\"fields\":[{\"name\":\"x\",%s}]}", members);
	json = json_loads(text, 0, NULL);
	if (json == NULL)
		fail_msg("not JSON: %s", text);
	*schema = table_schema_parse(json, "t", err);
	json_decref(json);
	return *schema == NULL ? NULL : contract_new(*schema, &header, &none, err);
}

static void
expect(struct contract *c, const char *members, const char *text, size_t len, bool kept)
{
	const bool null = len == 1 && *text == '~';
	/* memory of its own, so that a read behind it is found by a sanitizer */
	char *copy = malloc(len + (len == 0));
	const struct csv_field field = {copy, null ? 0 : len, null};
	const struct csv_record record = {
		.fields = &field, .nfields = 1, .raw = copy, .raw_len = len, .row = 1};
	const struct place place = {1, 0};
	const struct violation *violations;
	struct error err = ERROR_INIT;
	int n;

	assert_non_null(copy);
	memcpy(copy, text, len);
	n = contract_check(c, &record, &place, &violations, &err);
	if (n < 0 || (n == 0) != kept)
		fail_msg("{%s}: \"%.*s\" should %s", members, (int)len, text,
			kept ? "be kept" : "be refused");
	free(copy);
}

static void
expect_all(const char *members, const char *texts, bool kept)
{
	struct error err = ERROR_INIT;
	struct table_schema *schema;
	struct contract *c = make_contract(members, &schema, &err);

	if (c == NULL)
		fail_msg("{%s}: %s", members, err.text);
	for (const char *p = texts;;) {
		size_t n = strcspn(p, "|");

		expect(c, members, p, n, kept);
		if (p[n] == '\0')
			break;
		p += n + 1;
	}
	contract_free(c);
	table_schema_free(schema);
}

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].kept != NULL)
			expect_all(cases[i].field, cases[i].kept, true);
		if (cases[i].broken != NULL)
			expect_all(cases[i].field, cases[i].broken, false);
	}
}

/* Whether a list with spaces between has the word. */
static bool
has_word(const char *list, const char *word, size_t len)
{
	for (const char *p = list; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static const char *
limit_of(const char *type, size_t len)
{
	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		if (strlen(limits[i].type) == len && memcmp(limits[i].type, type, len) == 0)
			return limits[i].value;
	}
	return "1";
}

/* Each constraint with each type: a contract where it goes with it, an error where not. */
static void
test_applies(void **state)
{
	size_t n = 0;

	(void)state;
	for (const char *p = ALL; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		for (size_t i = 0; i < sizeof applies / sizeof applies[0]; i++) {
			bool goes = has_word(applies[i].types, p, len);
			struct error err = ERROR_INIT;
			struct table_schema *schema = NULL;
			char constraint[100], members[300];
			struct contract *c;

			snprintf(constraint, sizeof constraint, applies[i].constraint,
				limit_of(p, len));
			snprintf(members, sizeof members,
				"\"type\":\"%.*s\",\"constraints\":{%s}", (int)len, p,
				constraint);
			c = make_contract(members, &schema, &err);
			if ((c != NULL) != goes)
				fail_msg(
					"{%s}: %s", members, c != NULL ? "no error" : err.text);
			if (!goes)
				assert_non_null(strstr(err.text, "does not go with type"));
			contract_free(c);
			table_schema_free(schema);
			n++;
		}
		p += len;
	}
	assert_int_equal(n, 16 * (sizeof applies / sizeof applies[0]));
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_applies),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
