/*
 * table_schema_test.c - Table Schema is read as it was meant, refused where it
 * is wrong, and what we write we read again
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "schema/table_schema.h"

static struct table_schema *
parse(const char *text, struct error *err)
{
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	struct table_schema *s;

	assert_non_null(json);
	s = table_schema_parse(json, "t.json", err);
	json_decref(json);
	return s;
}

static const struct {
	const char *schema;
	const char *message;
} wrong[] = {
	{"[]", "t.json: a Table Schema must be a JSON object"},
	{"{}", "t.json: a Table Schema must have an array 'fields' that is not empty"},
	{"{\"fields\":[]}",
		"t.json: a Table Schema must have an array 'fields' that is not empty"},
	{"{\"fields\":[1]}", "t.json: field 1 is not an object"},
	{"{\"fields\":[{\"name\":\"a\"},{}]}", "t.json: field 2 has no name"},
	{"{\"fields\":[{\"name\":\"\"}]}", "t.json: field 1 has no name"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}",
		"t.json: field 'a': unknown type 'int'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":3}]}",
		"t.json: field 'a': 'type' must be a string"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"string\",\"format\":\"mail\"}]}",
		"t.json: field 'a': unknown format 'mail' of type 'string'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"integer\",\"format\":\"any\"}]}",
		"t.json: field 'a': unknown format 'any' of type 'integer'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"date\",\"format\":\"dmy\"}]}",
		"t.json: field 'a': unknown format 'dmy' of type 'date'"},
	{"{\"fields\":[{\"name\":\"a\",\"constraints\":[]}]}",
		"t.json: field 'a': 'constraints' must be an object"},
	{"{\"fields\":[{\"name\":\"a\",\"constraints\":{\"requird\":true}}]}",
		"t.json: field 'a': unknown constraint 'requird'"},
	{"{\"fields\":[{\"name\":\"a\",\"constraints\":{\"required\":1}}]}",
		"t.json: field 'a': constraint 'required' must be true or false"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"integer\",\"constraints\":{\"maxLength\":3}}]"
	 "}",
		"t.json: field 'a': constraint 'maxLength' does not go with type 'integer'"},
	{"{\"fields\":[{\"name\":\"a\",\"constraints\":{\"minimum\":3}}]}",
		"t.json: field 'a': constraint 'minimum' does not go with type 'any'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"string\",\"constraints\":{\"minimum\":3}}]}",
		"t.json: field 'a': constraint 'minimum' does not go with type 'string'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"date\",\"constraints\":{\"pattern\":\"x\"}}]"
	 "}",
		"t.json: field 'a': constraint 'pattern' does not go with type 'date'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"string\",\"constraints\":{\"minLength\":-1}}]"
	 "}",
		"t.json: field 'a': constraint 'minLength' must be a whole number, 0 or more"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"string\",\"constraints\":{\"enum\":[]}}]}",
		"t.json: field 'a': constraint 'enum' must be an array that is not empty"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"integer\",\"constraints\":{\"minimum\":true}}"
	 "]}",
		"t.json: field 'a': constraint 'minimum' must be a number or a string"},
	{"{\"fields\":[{\"name\":\"a\",\"missingValues\":\"-\"}]}",
		"t.json: field 'a': 'missingValues' must be an array of strings"},
	{"{\"fields\":[{\"name\":\"a\"}],\"missingValues\":[\"-\",\"-\"]}",
		"t.json: 'missingValues' has \"-\" twice"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"date\",\"categories\":[\"x\"]}]}",
		"t.json: field 'a': 'categories' do not go with type 'date'"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"list\",\"itemType\":\"object\"}]}",
		"t.json: field 'a': 'itemType' must be string, integer, boolean, number, "
		"datetime, date or time"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"number\",\"decimalChar\":\"\"}]}",
		"t.json: field 'a': 'decimalChar' must be a string that is not empty"},
	{"{\"fields\":[{\"name\":\"a\",\"type\":\"number\",\"bareNumber\":\"no\"}]}",
		"t.json: field 'a': 'bareNumber' must be true or false"},
	{"{\"fields\":[{\"name\":\"a\"}],\"fieldsMatch\":\"any\"}",
		"t.json: 'fieldsMatch' must be exact, equal, subset, superset or partial"},
	{"{\"fields\":[{\"name\":\"a\"}],\"primaryKey\":[\"b\"]}",
		"t.json: 'primaryKey' names 'b', which is not a field"},
	{"{\"fields\":[{\"name\":\"a\"}],\"primaryKey\":[\"a\",\"a\"]}",
		"t.json: 'primaryKey' names 'a' twice"},
	{"{\"fields\":[{\"name\":\"a\"}],\"uniqueKeys\":[]}",
		"t.json: 'uniqueKeys' must be an array that is not empty"},
	{"{\"fields\":[{\"name\":\"a\"}],\"foreignKeys\":[{\"fields\":\"a\",\"reference\":"
	 "{\"resource\":\"r\",\"fields\":[\"x\",\"y\"]}}]}",
		"t.json: a foreign key of 1 fields refers to 2"},
	{"{\"fields\":[{\"name\":\"a\"}],\"foreignKeys\":[{\"fields\":\"a\",\"reference\":"
	 "{\"fields\":\"x\"}}]}",
		"t.json: 'foreignKeys' refers to 'x', which is not a field"},
	{"{\"fields\":[{\"name\":\"a\"}],\"foreignKeys\":[{\"fields\":\"a\"}]}",
		"t.json: each of 'foreignKeys' must have 'fields' and a 'reference' with "
		"'fields'"},
};

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct error err = ERROR_INIT;

		assert_null(parse(wrong[i].schema, &err));
		assert_string_equal(err.text, wrong[i].message);
		assert_int_equal(err.kind, ERROR_USAGE);
	}
}

static void
test_defaults(void **state)
{
	struct error err = ERROR_INIT;
	struct table_schema *s = parse("{\"fields\":[{\"name\":\"a\",\"custom\":[1]}],"
				       "\"more\":{}}",
		&err);
	const struct schema_field *f;

	(void)state;
	assert_non_null(s);
	assert_int_equal(s->nfields, 1);
	assert_int_equal(s->match, SCHEMA_EXACT);
	assert_int_equal(s->primary_key.n, 0);
	f = &s->fields[0];
	assert_int_equal(f->type, SCHEMA_ANY);
	assert_string_equal(f->format, "default");
	assert_false(f->constraints.required);
	assert_int_equal(f->constraints.min_length, -1);
	assert_int_equal(f->constraints.max_length, -1);
	assert_null(f->constraints.minimum);
	assert_int_equal(f->missing.n, 1);
	assert_string_equal(f->missing.items[0].ptr, "");
	assert_true(f->bare_number);
	table_schema_free(s);
	table_schema_free(NULL);
}

static void
test_everything(void **state)
{
	struct error err = ERROR_INIT;
	struct table_schema *s = parse(
		"{\"fieldsMatch\":[\"subset\"],\"missingValues\":[\"\",\"NA\"],\"fields\":["
		"{\"name\":\"id\",\"type\":\"integer\",\"groupChar\":\",\",\"bareNumber\":"
		"false,"
		"\"constraints\":{\"required\":true,\"unique\":true,\"minimum\":1,"
		"\"maximum\":\"18446744073709551615\",\"exclusiveMinimum\":0,"
		"\"exclusiveMaximum\":1.5}},"
		"{\"name\":\"s\",\"type\":\"string\",\"format\":\"email\","
		"\"missingValues\":[{\"value\":\"-\",\"label\":\"none\"}],"
		"\"constraints\":{\"minLength\":0,\"maxLength\":9,\"pattern\":\"a+\","
		"\"enum\":[\"a\",\"aa\"]}},"
		"{\"name\":\"b\",\"type\":\"boolean\",\"trueValues\":[\"t\"],"
		"\"falseValues\":[\"f\",\"n\"]},"
		"{\"name\":\"d\",\"type\":\"date\",\"format\":\"fmt:%d/%m/%Y\"},"
		"{\"name\":\"l\",\"type\":\"list\",\"delimiter\":\"; \",\"itemType\":\"date\"},"
		"{\"name\":\"o\",\"type\":\"object\",\"constraints\":{\"jsonSchema\":{}}},"
		"{\"name\":\"c\",\"type\":\"integer\",\"categories\":[{\"value\":1},{\"value\":"
		"2}]}"
		"],\"primaryKey\":\"id\",\"uniqueKeys\":[[\"s\",\"b\"],\"d\"],"
		"\"foreignKeys\":[{\"fields\":\"s\",\"reference\":{\"resource\":\"r\","
		"\"fields\":\"x\"}},{\"fields\":[\"c\"],\"reference\":{\"resource\":\"\","
		"\"fields\":[\"id\"]}}]}",
		&err);

	(void)state;
	assert_string_equal(err.text, "");
	assert_non_null(s);
	assert_int_equal(s->match, SCHEMA_SUBSET);
	assert_true(s->fields[0].constraints.required);
	assert_true(s->fields[0].constraints.unique);
	assert_false(s->fields[0].bare_number);
	assert_string_equal(s->fields[0].group_char.ptr, ",");
	assert_int_equal(json_integer_value(s->fields[0].constraints.minimum), 1);
	assert_int_equal(s->fields[0].missing.n, 2);
	assert_int_equal(s->fields[1].missing.n, 1);
	assert_string_equal(s->fields[1].missing.items[0].ptr, "-");
	assert_string_equal(s->fields[1].format, "email");
	assert_int_equal(s->fields[1].constraints.min_length, 0);
	assert_int_equal(s->fields[1].constraints.max_length, 9);
	assert_int_equal(json_array_size(s->fields[1].constraints.enumeration), 2);
	assert_int_equal(s->fields[2].true_values.n, 1);
	assert_string_equal(s->fields[2].false_values.items[1].ptr, "n");
	assert_string_equal(s->fields[3].format, "%d/%m/%Y");
	assert_string_equal(s->fields[4].delimiter.ptr, "; ");
	assert_int_equal(s->fields[4].item_type, SCHEMA_DATE);
	assert_non_null(s->fields[5].constraints.json_schema);
	assert_non_null(s->fields[6].categories);
	assert_int_equal(s->primary_key.n, 1);
	assert_int_equal(s->primary_key.fields[0], 0);
	assert_int_equal(s->nunique_keys, 2);
	assert_int_equal(s->unique_keys[0].n, 2);
	assert_int_equal(s->unique_keys[0].fields[1], 2);
	assert_int_equal(s->nforeign_keys, 2);
	assert_string_equal(s->foreign_keys[0].resource, "r");
	assert_string_equal(s->foreign_keys[0].columns.items[0].ptr, "x");
	assert_null(s->foreign_keys[1].resource);
	assert_int_equal(table_schema_find(s, "s", 1), 1);
	assert_int_equal(table_schema_find(s, "ss", 2), -1);
	table_schema_free(s);
}

static void
test_scalars(void **state)
{
	static const struct {
		const char *json, *text;
	} cases[] = {
		{"\"x y\"", "x y"},
		{"10", "10"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"0.1", "0.1"},
		{"1.5e300", "1.5e+300"},
		{"0.30000000000000004", "0.30000000000000004"},
		{"100.0", "100"},
		{"true", "true"},
		{"null", "null"},
		{"{\"b\":1,\"a\":[2]}", "{\"a\":[2],\"b\":1}"},
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		json_t *v = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);

		assert_int_equal(
			schema_scalar_text(v, buf, sizeof buf), (int)strlen(cases[i].text));
		assert_string_equal(buf, cases[i].text);
		assert_int_equal(schema_scalar_text(v, buf, strlen(cases[i].text)), -1);
		json_decref(v);
	}
}

static void
test_write_and_read(void **state)
{
	static const char *const id[] = {"id"}, *const pair[] = {"mail", "ok"};
	static const char *const there[] = {"code"};
	struct error err = ERROR_INIT;
	json_t *j = table_schema_new(&err), *f;
	struct table_schema *s;
	char *text;
	size_t len;

	(void)state;
	f = table_schema_add(j, "id", SCHEMA_INTEGER, NULL, &err);
	assert_non_null(f);
	assert_int_equal(table_schema_constrain(f, "required", json_true(), &err), 0);
	assert_int_equal(table_schema_constrain(f, "minimum", json_integer(1), &err), 0);
	assert_int_equal(table_schema_extra(f, "type", json_string("bigint"), &err), 0);
	f = table_schema_add(j, "mail", SCHEMA_STRING, "email", &err);
	assert_int_equal(table_schema_constrain(f, "maxLength", json_integer(99), &err), 0);
	assert_non_null(table_schema_add(j, "ok", SCHEMA_BOOLEAN, NULL, &err));
	assert_int_equal(table_schema_set_primary_key(j, id, 1, &err), 0);
	assert_int_equal(table_schema_add_unique_key(j, pair, 2, &err), 0);
	assert_int_equal(table_schema_add_foreign_key(j, pair, 1, "countries", there, &err), 0);
	assert_int_equal(table_schema_add_foreign_key(j, pair + 1, 1, NULL, id, &err), 0);
	assert_int_equal(table_schema_extra(j, "table", json_string("users"), &err), 0);
	text = table_schema_text(j, &len, &err);
	assert_int_equal(strlen(text), len);
	assert_int_equal(text[len - 1], '\n');
	json_decref(j);

	s = parse(text, &err);
	free(text);
	assert_string_equal(err.text, "");
	assert_int_equal(s->nfields, 3);
	assert_true(s->fields[0].constraints.required);
	assert_int_equal(s->fields[0].missing.n, 0);
	assert_string_equal(s->fields[1].format, "email");
	assert_int_equal(s->fields[1].constraints.max_length, 99);
	assert_string_equal(s->fields[2].true_values.items[0].ptr, "t");
	assert_int_equal(s->primary_key.n, 1);
	assert_int_equal(s->nunique_keys, 1);
	assert_string_equal(s->foreign_keys[0].resource, "countries");
	assert_null(s->foreign_keys[1].resource);
	assert_string_equal(json_string_value(json_object_get(
				    json_object_get(s->fields[0].json, "caravan"), "type")),
		"bigint");
	table_schema_free(s);
}

static void
test_write_refuses_bad_names(void **state)
{
	static const char *const bad[] = {"\xff"};
	struct error err = ERROR_INIT;
	json_t *j = table_schema_new(&err);

	(void)state;
	assert_null(table_schema_add(j, "\xff", SCHEMA_STRING, NULL, &err));
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_int_equal(table_schema_set_primary_key(j, bad, 1, &err), -1);
	assert_int_equal(table_schema_add_foreign_key(j, bad, 1, NULL, bad, &err), -1);
	json_decref(j);
}

/* Write text to a file, read it as a schema; returns the schema or NULL with *err. */
static struct table_schema *
read_text(const char *text, char path[static 32], struct error *err)
{
	struct table_schema *s;
	int fd;

	snprintf(path, 32, "/tmp/table_schema.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	s = table_schema_read(path, err);
	unlink(path);
	return s;
}

static void
test_files(void **state)
{
	struct error err = ERROR_INIT;
	struct table_schema *s;
	char path[32], expected[128];

	(void)state;
	s = read_text("\xef\xbb\xbf{\"fields\":[{\"name\":\"a\"}]}", path, &err);
	assert_non_null(s);
	table_schema_free(s);

	assert_null(read_text("{\"fields\":\n[}", path, &err));
	snprintf(expected, sizeof expected, "%s:2: not valid JSON: ", path);
	assert_int_equal(strncmp(err.text, expected, strlen(expected)), 0);
	assert_int_equal(err.kind, ERROR_USAGE);

	assert_null(read_text("", path, &err));
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_null(read_text("{\"fields\":[],\"fields\":[]}", path, &err));
	assert_non_null(strstr(err.text, "duplicate"));

	assert_null(table_schema_read("/nonexistent/s.json", &err));
	assert_string_equal(
		err.text, "cannot open '/nonexistent/s.json': No such file or directory");
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_null(table_schema_read("/", &err));
	assert_int_equal(err.kind, ERROR_USAGE);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_write_and_read),
		cmocka_unit_test(test_write_refuses_bad_names),
		cmocka_unit_test(test_files),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
