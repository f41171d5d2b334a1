/*
 * table_schema_field.c - read one field of a Table Schema
 *
 * Unknown members are left alone, as the specification asks, but for those of
 * `constraints`: a rule that is misspelt must not pass for a rule that holds.
 */
#include <string.h>

#include "schema/table_schema.h"
#include "schema/table_schema_reading.h"

#define BIT(type) (1U << (type))
#define ALL_TYPES (~0U)
#define COUNTED   (BIT(SCHEMA_STRING) | BIT(SCHEMA_ARRAY) | BIT(SCHEMA_OBJECT) | BIT(SCHEMA_LIST))
#define NUMERIC   (BIT(SCHEMA_NUMBER) | BIT(SCHEMA_INTEGER))
#define TEMPORAL  (BIT(SCHEMA_DATETIME) | BIT(SCHEMA_DATE) | BIT(SCHEMA_TIME))
#define ORDERED                                                                                \
	(NUMERIC | TEMPORAL | BIT(SCHEMA_YEAR) | BIT(SCHEMA_YEARMONTH) | BIT(SCHEMA_DURATION))

static const char *const type_names[SCHEMA_TYPES] = {
	[SCHEMA_ANY] = "any",
	[SCHEMA_STRING] = "string",
	[SCHEMA_NUMBER] = "number",
	[SCHEMA_INTEGER] = "integer",
	[SCHEMA_BOOLEAN] = "boolean",
	[SCHEMA_OBJECT] = "object",
	[SCHEMA_ARRAY] = "array",
	[SCHEMA_LIST] = "list",
	[SCHEMA_DATETIME] = "datetime",
	[SCHEMA_DATE] = "date",
	[SCHEMA_TIME] = "time",
	[SCHEMA_YEAR] = "year",
	[SCHEMA_YEARMONTH] = "yearmonth",
	[SCHEMA_DURATION] = "duration",
	[SCHEMA_GEOPOINT] = "geopoint",
	[SCHEMA_GEOJSON] = "geojson",
};

static const struct {
	enum schema_type type;
	const char *format;
} formats[] = {
	{SCHEMA_STRING, "email"},
	{SCHEMA_STRING, "uri"},
	{SCHEMA_STRING, "binary"},
	{SCHEMA_STRING, "uuid"},
	{SCHEMA_GEOPOINT, "array"},
	{SCHEMA_GEOPOINT, "object"},
	{SCHEMA_GEOJSON, "topojson"},
};

const char *
schema_type_name(enum schema_type type)
{
	return type < SCHEMA_TYPES ? type_names[type] : "any";
}

static int
read_bool(const struct schema_reading *r, const json_t *object, const char *key, bool *value)
{
	const json_t *v = json_object_get(object, key);

	if (v == NULL)
		return 0;
	if (!json_is_boolean(v))
		return schema_fail(r, "'%s' must be true or false", key);
	*value = json_is_true(v);
	return 0;
}

/* A member that is a string of at least one character. */
static int
read_char(const struct schema_reading *r, const json_t *object, const char *key,
	struct schema_text *text)
{
	const json_t *v = json_object_get(object, key);

	if (v == NULL)
		return 0;
	if (!json_is_string(v) || json_string_length(v) == 0)
		return schema_fail(r, "'%s' must be a string that is not empty", key);
	schema_set_text(text, v);
	return 0;
}

static int
read_required(const struct schema_reading *r, const char *key, const json_t *v, void *slot)
{
	if (!json_is_boolean(v))
		return schema_fail(r, "constraint '%s' must be true or false", key);
	*(bool *)slot = json_is_true(v);
	return 0;
}

static int
read_length(const struct schema_reading *r, const char *key, const json_t *v, void *slot)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return schema_fail(r, "constraint '%s' must be a whole number, 0 or more", key);
	*(int64_t *)slot = json_integer_value(v);
	return 0;
}

static int
read_bound(const struct schema_reading *r, const char *key, const json_t *v, void *slot)
{
	if (!json_is_number(v) && !json_is_string(v))
		return schema_fail(r, "constraint '%s' must be a number or a string", key);
	*(const json_t **)slot = v;
	return 0;
}

static int
read_enum(const struct schema_reading *r, const char *key, const json_t *v, void *slot)
{
	if (!json_is_array(v) || json_array_size(v) == 0)
		return schema_fail(
			r, "constraint '%s' must be an array that is not empty", key);
	*(const json_t **)slot = v;
	return 0;
}

static int
read_object(const struct schema_reading *r, const char *key, const json_t *v, void *slot)
{
	if (!json_is_object(v))
		return schema_fail(r, "constraint '%s' must be an object", key);
	*(const json_t **)slot = v;
	return 0;
}

static int
read_pattern(const struct schema_reading *r, const char *key, const json_t *v, void *slot)
{
	if (!json_is_string(v))
		return schema_fail(r, "constraint '%s' must be a string", key);
	*(const char **)slot = json_string_value(v);
	return 0;
}

static const struct constraint {
	const char *key;
	unsigned types; /* BIT of each type that may have it */
	size_t offset;  /* of its slot in struct schema_constraints */
	int (*read)(
		const struct schema_reading *r, const char *key, const json_t *v, void *slot);
} constraints[] = {
#define SLOT(member) offsetof(struct schema_constraints, member)
	{"required", ALL_TYPES, SLOT(required), read_required},
	{"unique", ALL_TYPES, SLOT(unique), read_required},
	{"minLength", COUNTED, SLOT(min_length), read_length},
	{"maxLength", COUNTED, SLOT(max_length), read_length},
	{"minimum", ORDERED, SLOT(minimum), read_bound},
	{"maximum", ORDERED, SLOT(maximum), read_bound},
	{"exclusiveMinimum", ORDERED, SLOT(exclusive_minimum), read_bound},
	{"exclusiveMaximum", ORDERED, SLOT(exclusive_maximum), read_bound},
	{"jsonSchema", BIT(SCHEMA_ARRAY) | BIT(SCHEMA_OBJECT), SLOT(json_schema), read_object},
	{"pattern", BIT(SCHEMA_STRING), SLOT(pattern), read_pattern},
	{"enum", ALL_TYPES, SLOT(enumeration), read_enum},
#undef SLOT
};

static int
read_constraint(const struct schema_reading *r, struct schema_field *f, const char *key,
	const json_t *value)
{
	for (size_t i = 0; i < sizeof constraints / sizeof constraints[0]; i++) {
		const struct constraint *c = &constraints[i];

		if (strcmp(c->key, key) != 0)
			continue;
		if ((c->types & BIT(f->type)) == 0)
			return schema_fail(r, "constraint '%s' does not go with type '%s'", key,
				schema_type_name(f->type));
		return c->read(r, key, value, (char *)&f->constraints + c->offset);
	}
	return schema_fail(r, "unknown constraint '%s'", key);
}

static int
read_constraints(const struct schema_reading *r, struct schema_field *f)
{
	json_t *object = json_object_get(f->json, "constraints");
	const char *key;
	json_t *value;

	f->constraints.min_length = f->constraints.max_length = -1;
	if (object == NULL)
		return 0;
	if (!json_is_object(object))
		return schema_fail(r, "'constraints' must be an object");
	json_object_foreach (object, key, value) {
		if (read_constraint(r, f, key, value) < 0)
			return -1;
	}
	return 0;
}

static int
type_of(const char *name)
{
	for (int i = 0; i < SCHEMA_TYPES; i++) {
		if (strcmp(type_names[i], name) == 0)
			return i;
	}
	return -1;
}

static bool
format_known(enum schema_type type, const char *format)
{
	if (strcmp(format, "default") == 0)
		return true;
	if (BIT(type) & TEMPORAL)
		return strcmp(format, "any") == 0 || strchr(format, '%') != NULL;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (formats[i].type == type && strcmp(formats[i].format, format) == 0)
			return true;
	}
	return false;
}

static int
read_type(const struct schema_reading *r, struct schema_field *f)
{
	const json_t *type = json_object_get(f->json, "type");
	const json_t *format = json_object_get(f->json, "format");
	int t = SCHEMA_ANY;

	if (type != NULL) {
		if (!json_is_string(type))
			return schema_fail(r, "'type' must be a string");
		t = type_of(json_string_value(type));
		if (t < 0)
			return schema_fail(r, "unknown type '%s'", json_string_value(type));
	}
	f->type = (enum schema_type)t;
	f->format = "default";
	if (format == NULL)
		return 0;
	if (!json_is_string(format))
		return schema_fail(r, "'format' must be a string");
	f->format = json_string_value(format);
	if (strncmp(f->format, "fmt:", 4) == 0)
		f->format += 4; /* the first drafts' way to write a pattern */
	if (!format_known(f->type, f->format))
		return schema_fail(r, "unknown format '%s' of type '%s'", f->format,
			schema_type_name(f->type));
	return 0;
}

/* Members that only some types have. */
static int
read_type_options(const struct schema_reading *r, struct schema_field *f)
{
	static const struct schema_text trues[] = {
		{"true", 4}, {"True", 4}, {"TRUE", 4}, {"1", 1}};
	static const struct schema_text falses[] = {
		{"false", 5}, {"False", 5}, {"FALSE", 5}, {"0", 1}};
	const json_t *v;
	int t;

	f->true_values = (struct schema_texts){trues, 4};
	f->false_values = (struct schema_texts){falses, 4};
	f->decimal_char = (struct schema_text){".", 1};
	f->delimiter = (struct schema_text){",", 1};
	f->item_type = SCHEMA_STRING;
	f->bare_number = true;
	if (f->type == SCHEMA_BOOLEAN) {
		v = json_object_get(f->json, "trueValues");
		if (v != NULL && schema_read_texts(r, "trueValues", v, &f->true_values) < 0)
			return -1;
		v = json_object_get(f->json, "falseValues");
		if (v != NULL && schema_read_texts(r, "falseValues", v, &f->false_values) < 0)
			return -1;
	}
	if ((BIT(f->type) & NUMERIC) &&
		(read_char(r, f->json, "decimalChar", &f->decimal_char) < 0 ||
			read_char(r, f->json, "groupChar", &f->group_char) < 0 ||
			read_bool(r, f->json, "bareNumber", &f->bare_number) < 0))
		return -1;
	if (f->type == SCHEMA_LIST) {
		if (read_char(r, f->json, "delimiter", &f->delimiter) < 0)
			return -1;
		v = json_object_get(f->json, "itemType");
		t = v == NULL           ? SCHEMA_STRING
		    : json_is_string(v) ? type_of(json_string_value(v))
					: -1;
		if (t < 0 || !(BIT(t) & (BIT(SCHEMA_STRING) | BIT(SCHEMA_BOOLEAN) | NUMERIC |
						TEMPORAL)))
			return schema_fail(r,
				"'itemType' must be string, integer, boolean, number, "
				"datetime, date or time");
		f->item_type = (enum schema_type)t;
	}
	return 0;
}

static int
read_categories(const struct schema_reading *r, struct schema_field *f)
{
	json_t *array = json_object_get(f->json, "categories"), *item;
	size_t i;

	if (array == NULL)
		return 0;
	if (f->type != SCHEMA_STRING && f->type != SCHEMA_INTEGER)
		return schema_fail(
			r, "'categories' do not go with type '%s'", schema_type_name(f->type));
	if (!json_is_array(array) || json_array_size(array) == 0)
		return schema_fail(r, "'categories' must be an array that is not empty");
	json_array_foreach (array, i, item) {
		const json_t *v = json_is_object(item) ? json_object_get(item, "value") : item;

		if (!json_is_string(v) && !json_is_integer(v))
			return schema_fail(r,
				"each of 'categories' must have a value that is a "
				"string or a whole number");
	}
	f->categories = array;
	return 0;
}

int
schema_read_field(struct schema_reading *r, const struct schema_texts *missing, json_t *json,
	struct schema_field *f)
{
	const json_t *v;
	size_t number = (size_t)(f - r->schema->fields) + 1;

	if (!json_is_object(json))
		return schema_fail(r, "field %zu is not an object", number);
	v = json_object_get(json, "name");
	if (!json_is_string(v) || json_string_length(v) == 0)
		return schema_fail(r, "field %zu has no name", number);
	f->json = json;
	schema_set_text(&f->name, v);
	r->field = f->name.ptr;
	f->missing = *missing;
	v = json_object_get(json, "missingValues");
	if ((v != NULL && schema_read_texts(r, "missingValues", v, &f->missing) < 0) ||
		read_type(r, f) < 0 || read_type_options(r, f) < 0 ||
		read_constraints(r, f) < 0 || read_categories(r, f) < 0)
		return -1;
	r->field = NULL;
	return 0;
}
