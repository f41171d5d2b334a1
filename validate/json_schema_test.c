/*
 * json_schema_test.c - keywords of JSON Schema, one after the other
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/json_schema.h"

/* Values are separated by ';'. */
static const struct {
	const char *schema;
	const char *valid;
	const char *invalid;
} cases[] = {
	{"{}", "{};[1]", NULL},
	{"true", "{}", NULL},
	{"false", NULL, "{};[]"},
	{"{\"type\":\"object\",\"title\":\"a note\"}", "{}", "[]"},
	{"{\"type\":[\"array\",\"object\"]}", "{};[]", NULL},
	{"{\"items\":{\"type\":\"integer\"}}", "[];[1,-2,3.0,1e2];{}",
		"[1.5];[\"1\"];[null];[true]"},
	{"{\"items\":{\"type\":\"number\"}}", "[1,1.5]", "[\"1\"]"},
	{"{\"items\":{\"type\":[\"null\",\"boolean\",\"string\"]}}", "[null,true,false,\"\"]",
		"[0];[[]];[{}]"},
	{"{\"enum\":[[1],{\"a\":1}]}", "[1];[1.0];{\"a\":1.0}",
		"[2];{};[1,1];{\"a\":1,\"b\":1}"},
	{"{\"const\":[1,\"x\",null]}", "[1,\"x\",null]", "[1,\"x\"];[1,\"x\",false]"},
	{"{\"items\":{\"minimum\":1,\"maximum\":2}}", "[1,2,1.5,\"x\"]",
		"[0];[3];[0.99];[2.01]"},
	{"{\"items\":{\"exclusiveMinimum\":1,\"exclusiveMaximum\":2}}", "[1.5]", "[1];[2]"},
	{"{\"items\":{\"multipleOf\":3}}", "[0,3,-6,9.0]", "[1];[4]"},
	{"{\"items\":{\"multipleOf\":0.01}}", "[19.99,0.07,1]", "[0.075]"},
	{"{\"items\":{\"maximum\":9223372036854775806}}", "[9223372036854775806]",
		"[9223372036854775807];[92233720368547758070]"},
	{"{\"items\":{\"minLength\":2,\"maxLength\":3}}", "[\"éé\",\"abc\",5]",
		"[\"é\"];[\"abcd\"]"},
	{"{\"items\":{\"pattern\":\"b+\"}}", "[\"abc\",\"b\"]", "[\"a\"];[\"\"]"},
	{"{\"items\":{\"pattern\":\"^\\\\d{2}$\"}}", "[\"12\"]",
		"[\"123\"];[\"a12\"];[\"12\\n\"]"},
	{"{\"items\":{\"pattern\":\"^\\\\u00e9$\"}}", "[\"é\"]", "[\"e\"]"},
	{"{\"items\":{\"format\":\"email\"}}", "[\"anything\"]", NULL},
	{"{\"items\":[{\"type\":\"integer\"},{\"type\":\"string\"}]}",
		"[];[1];[1,\"a\"];[1,\"a\",null]", "[\"a\"];[1,1]"},
	{"{\"items\":[{\"type\":\"integer\"}],\"additionalItems\":{\"type\":\"string\"}}",
		"[1,\"a\",\"b\"]", "[1,2]"},
	{"{\"items\":[true],\"additionalItems\":false}", "[];[1]", "[1,2]"},
	{"{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"string\"}}",
		"[1,\"a\"]", "[1,2];[\"a\"]"},
	{"{\"contains\":{\"const\":1}}", "[2,1];{}", "[];[2]"},
	{"{\"minItems\":1,\"maxItems\":2}", "[1];[1,2]", "[];[1,2,3]"},
	{"{\"uniqueItems\":true}", "[];[1,2,\"1\",[1],{\"a\":1}]",
		"[1,1.0];[{\"a\":1},{\"a\":1}]"},
	{"{\"properties\":{\"a\":{\"type\":\"integer\"},\"b\":false}}",
		"{};{\"a\":1};{\"c\":\"x\"}", "{\"a\":\"1\"};{\"b\":1}"},
	{"{\"required\":[\"a\",\"b\"]}", "{\"a\":1,\"b\":null};[]", "{\"a\":1};{}"},
	{"{\"properties\":{\"a\":true},\"additionalProperties\":false}", "{};{\"a\":1}",
		"{\"a\":1,\"b\":1}"},
	{"{\"additionalProperties\":{\"type\":\"integer\"}}", "{\"x\":1}", "{\"x\":\"1\"}"},
	{"{\"patternProperties\":{\"^n_\":{\"type\":\"integer\"}},\"additionalProperties\":"
	 "false}",
		"{\"n_a\":1}", "{\"n_a\":\"1\"};{\"x\":1}"},
	{"{\"propertyNames\":{\"maxLength\":2}}", "{\"éé\":1}", "{\"abc\":1}"},
	{"{\"minProperties\":1,\"maxProperties\":2}", "{\"a\":1}",
		"{};{\"a\":1,\"b\":1,\"c\":1}"},
	{"{\"dependentRequired\":{\"a\":[\"b\"]}}", "{};{\"b\":1};{\"a\":1,\"b\":1}",
		"{\"a\":1}"},
	{"{\"allOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}", "{\"a\":1,\"b\":1}",
		"{\"a\":1}"},
	{"{\"anyOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}",
		"{\"a\":1};{\"a\":1,\"b\":1}", "{}"},
	{"{\"oneOf\":[{\"required\":[\"a\"]},{\"required\":[\"b\"]}]}", "{\"a\":1}",
		"{};{\"a\":1,\"b\":1}"},
	{"{\"not\":{\"required\":[\"a\"]}}", "{}", "{\"a\":1}"},
	{"{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]},\"else\":{"
	 "\"required\":[\"c\"]}}",
		"{\"a\":1,\"b\":1};{\"c\":1}", "{\"a\":1};{}"},
	{"{\"definitions\":{\"n\":{\"type\":\"integer\"}},\"items\":{\"$ref\":\"#/definitions/"
	 "n\"}}",
		"[1]", "[\"1\"]"},
	{"{\"$defs\":{\"a/b~c\":{\"type\":\"integer\"}},\"items\":{\"$ref\":\"#/$defs/"
	 "a~1b~0c\"}}",
		"[1]", "[\"1\"]"},
	{"{\"properties\":{\"child\":{\"$ref\":\"#\"},\"v\":{\"type\":\"integer\"}}}",
		"{\"v\":1,\"child\":{\"v\":2,\"child\":{}}}",
		"{\"child\":{\"child\":{\"v\":\"x\"}}}"},
	/* a reference to itself holds for nothing, and ends */
	{"{\"$ref\":\"#\"}", NULL, "{}"},
};

static const struct {
	const char *schema;
	const char *message;
} wrong[] = {
	{"{\"typ\":\"object\"}", "jsonSchema: keyword 'typ' is not supported"},
	{"{\"type\":\"objekt\"}", "jsonSchema: 'type' has a value of the wrong kind"},
	{"{\"type\":[]}", "jsonSchema: 'type' has a value of the wrong kind"},
	{"{\"minimum\":\"1\"}", "jsonSchema: 'minimum' has a value of the wrong kind"},
	{"{\"minItems\":-1}", "jsonSchema: 'minItems' has a value of the wrong kind"},
	{"{\"required\":\"a\"}", "jsonSchema: 'required' has a value of the wrong kind"},
	{"{\"properties\":[]}", "jsonSchema: 'properties' has a value of the wrong kind"},
	{"{\"allOf\":[]}", "jsonSchema: 'allOf' has a value of the wrong kind"},
	{"{\"items\":{\"pattern\":\"(\"}}", "pattern '(': missing closing parenthesis"},
	{"{\"properties\":{\"a\":{\"items\":[{\"x\":1}]}}}",
		"jsonSchema: keyword 'x' is not supported"},
	{"{\"$ref\":\"http://example.org/s\"}",
		"jsonSchema: a $ref names nothing in the schema itself"},
	{"{\"$ref\":\"#/definitions/none\"}",
		"jsonSchema: a $ref names nothing in the schema itself"},
	{"{\"not\":1}", "jsonSchema: a schema must be an object, true or false, and not nested "
			"deeper than 200"},
};

static void
expect_all(const struct json_schema *s, const char *schema, const char *values, bool expected)
{
	while (values != NULL) {
		size_t n = strcspn(values, ";");

		if (json_schema_check(s, values, n) != expected) {
			print_error("%s: %.*s should be %s\n", schema, (int)n, values,
				expected ? "valid" : "invalid");
			fail();
		}
		values = values[n] == '\0' ? NULL : values + n + 1;
	}
}

static void
test_keywords(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = ERROR_INIT;
		json_t *json = json_loads(cases[i].schema, JSON_DECODE_ANY, NULL);
		struct json_schema *s;

		assert_non_null(json);
		s = json_schema_new(json, &err);
		assert_string_equal(err.text, "");
		assert_non_null(s);
		expect_all(s, cases[i].schema, cases[i].valid, true);
		expect_all(s, cases[i].schema, cases[i].invalid, false);
		json_schema_free(s);
		json_decref(json);
	}
	json_schema_free(NULL);
}

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct error err = ERROR_INIT;
		json_t *json = json_loads(wrong[i].schema, 0, NULL);

		assert_null(json_schema_new(json, &err));
		assert_string_equal(err.text, wrong[i].message);
		assert_int_equal(err.kind, ERROR_USAGE);
		json_decref(json);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_wrong),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
