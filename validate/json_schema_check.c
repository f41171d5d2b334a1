/*
 * json_schema_check.c - evaluate a JSON Schema; see json_schema.h
 */
#include <math.h>
#include <string.h>

#include "utf8.h"
#include "validate/json_schema_parts.h"

static bool valid(
	const struct json_schema *s, const json_t *schema, const json_t *v, int depth);

/* Equal as JSON Schema has it: 1 is 1.0. */
static bool
equal(const json_t *x, const json_t *y)
{
	const char *name;
	json_t *member;

	if (json_is_integer(x) && json_is_integer(y))
		return json_integer_value(x) == json_integer_value(y);
	if (json_is_number(x) && json_is_number(y))
		return !(json_number_value(x) < json_number_value(y)) &&
		       !(json_number_value(x) > json_number_value(y));
	if (json_typeof(x) != json_typeof(y))
		return false;
	if (json_is_array(x)) {
		size_t n = json_array_size(x);

		for (size_t i = 0; i < n && n == json_array_size(y); i++) {
			if (!equal(json_array_get(x, i), json_array_get(y, i)))
				return false;
		}
		return n == json_array_size(y);
	}
	if (!json_is_object(x))
		return json_equal(x, y);
	json_object_foreach ((json_t *)x, name, member) {
		const json_t *other = json_object_get(y, name);

		if (other == NULL || !equal(member, other))
			return false;
	}
	return json_object_size(x) == json_object_size(y);
}

static bool
has_type(const json_t *v, const char *type)
{
	switch (json_typeof(v)) {
	case JSON_NULL: return strcmp(type, "null") == 0;
	case JSON_TRUE:
	case JSON_FALSE: return strcmp(type, "boolean") == 0;
	case JSON_STRING: return strcmp(type, "string") == 0;
	case JSON_ARRAY: return strcmp(type, "array") == 0;
	case JSON_OBJECT: return strcmp(type, "object") == 0;
	case JSON_INTEGER: return strcmp(type, "integer") == 0 || strcmp(type, "number") == 0;
	case JSON_REAL:
		if (strcmp(type, "integer") == 0)
			return fabs(json_real_value(v) - nearbyint(json_real_value(v))) == 0.0;
		return strcmp(type, "number") == 0;
	}
	return false;
}

static bool
type_fits(const json_t *type, const json_t *v)
{
	const json_t *one;
	size_t i;

	if (json_is_string(type))
		return has_type(v, json_string_value(type));
	json_array_foreach ((json_t *)type, i, one) {
		if (has_type(v, json_string_value(one)))
			return true;
	}
	return type == NULL;
}

static bool
is_in(const json_t *array, const json_t *v)
{
	const json_t *one;
	size_t i;

	json_array_foreach ((json_t *)array, i, one) {
		if (equal(one, v))
			return true;
	}
	return array == NULL;
}

static int
compare(const json_t *x, const json_t *y)
{
	if (json_is_integer(x) && json_is_integer(y))
		return (json_integer_value(x) > json_integer_value(y)) -
		       (json_integer_value(x) < json_integer_value(y));
	return (json_number_value(x) > json_number_value(y)) -
	       (json_number_value(x) < json_number_value(y));
}

static bool
is_multiple(const json_t *v, const json_t *of)
{
	double q;

	if (json_is_integer(v) && json_is_integer(of) && json_integer_value(of) > 0)
		return json_integer_value(v) % json_integer_value(of) == 0;
	q = json_number_value(v) / json_number_value(of);
	/* decimals such as 0.01 are not exact in binary */
	return fabs(q - nearbyint(q)) < 1e-9 * (1 + fabs(q));
}

static bool
number_valid(const json_t *schema, const json_t *v)
{
	const json_t *k;

	if ((k = json_object_get(schema, "minimum")) != NULL && compare(v, k) < 0)
		return false;
	if ((k = json_object_get(schema, "maximum")) != NULL && compare(v, k) > 0)
		return false;
	if ((k = json_object_get(schema, "exclusiveMinimum")) != NULL && compare(v, k) <= 0)
		return false;
	if ((k = json_object_get(schema, "exclusiveMaximum")) != NULL && compare(v, k) >= 0)
		return false;
	k = json_object_get(schema, "multipleOf");
	return k == NULL || is_multiple(v, k);
}

/* Whether n is not less than the one keyword's number and not more than the other's. */
static bool
size_fits(const json_t *schema, const char *least, const char *most, size_t n)
{
	const json_t *k;

	if ((k = json_object_get(schema, least)) != NULL && n < (size_t)json_integer_value(k))
		return false;
	k = json_object_get(schema, most);
	return k == NULL || n <= (size_t)json_integer_value(k);
}

static bool
matches(const struct json_schema *s, const char *regex, const char *text, size_t n)
{
	for (size_t i = 0; i < s->npatterns; i++) {
		if (strcmp(s->patterns[i].regex, regex) == 0)
			return pattern_match(s->patterns[i].pattern, text, n) == PATTERN_YES;
	}
	return false;
}

static bool
string_valid(const struct json_schema *s, const json_t *schema, const json_t *v)
{
	const char *text = json_string_value(v);
	size_t n = json_string_length(v);
	const json_t *k = json_object_get(schema, "pattern");

	return size_fits(schema, "minLength", "maxLength", utf8_length(text, n)) &&
	       (k == NULL || matches(s, json_string_value(k), text, n));
}

static bool
items_unique(const json_t *v)
{
	for (size_t i = 0; i < json_array_size(v); i++) {
		for (size_t k = 0; k < i; k++) {
			if (equal(json_array_get(v, i), json_array_get(v, k)))
				return false;
		}
	}
	return true;
}

/* The schema of item i: of a list by its place, then one for the rest; or NULL. */
static const json_t *
item_schema(const json_t *schema, size_t i)
{
	const json_t *items = json_object_get(schema, "items");
	const json_t *prefix = json_object_get(schema, "prefixItems");

	if (json_is_array(items)) {
		prefix = items;
		items = json_object_get(schema, "additionalItems");
	}
	return i < json_array_size(prefix) ? json_array_get(prefix, i) : items;
}

static bool
array_valid(const struct json_schema *s, const json_t *schema, const json_t *v, int depth)
{
	const json_t *contains = json_object_get(schema, "contains"), *item;
	bool found = contains == NULL;
	size_t i;

	if (!size_fits(schema, "minItems", "maxItems", json_array_size(v)) ||
		(json_is_true(json_object_get(schema, "uniqueItems")) && !items_unique(v)))
		return false;
	json_array_foreach ((json_t *)v, i, item) {
		const json_t *k = item_schema(schema, i);

		if (k != NULL && !valid(s, k, item, depth))
			return false;
		found = found || valid(s, contains, item, depth);
	}
	return found;
}

static bool
has_all(const json_t *v, const json_t *names)
{
	const json_t *name;
	size_t i;

	json_array_foreach ((json_t *)names, i, name) {
		if (json_object_get(v, json_string_value(name)) == NULL)
			return false;
	}
	return true;
}

static bool
member_valid(const struct json_schema *s, const json_t *schema, const char *name,
	const json_t *member, int depth)
{
	const json_t *k = json_object_get(json_object_get(schema, "properties"), name);
	bool known = k != NULL;
	const char *regex;
	json_t *of_regex;

	if (k != NULL && !valid(s, k, member, depth))
		return false;
	json_object_foreach (json_object_get(schema, "patternProperties"), regex, of_regex) {
		if (!matches(s, regex, name, strlen(name)))
			continue;
		known = true;
		if (!valid(s, of_regex, member, depth))
			return false;
	}
	k = json_object_get(schema, "additionalProperties");
	return known || k == NULL || valid(s, k, member, depth);
}

static bool
object_valid(const struct json_schema *s, const json_t *schema, const json_t *v, int depth)
{
	const json_t *names = json_object_get(schema, "propertyNames");
	const json_t *dependent = json_object_get(schema, "dependentRequired");
	const char *name;
	json_t *member;

	if (!size_fits(schema, "minProperties", "maxProperties", json_object_size(v)) ||
		!has_all(v, json_object_get(schema, "required")))
		return false;
	json_object_foreach ((json_t *)v, name, member) {
		if (!member_valid(s, schema, name, member, depth) ||
			!has_all(v, json_object_get(dependent, name)))
			return false;
		if (names != NULL) {
			json_t *text = json_string(name);
			bool ok = text != NULL && valid(s, names, text, depth);

			json_decref(text);
			if (!ok)
				return false;
		}
	}
	return true;
}

/* How many of an array of schemas hold. */
static size_t
count_valid(const struct json_schema *s, const json_t *schemas, const json_t *v, int depth)
{
	const json_t *one;
	size_t i, n = 0;

	json_array_foreach ((json_t *)schemas, i, one)
		n += valid(s, one, v, depth);
	return n;
}

static bool
combined_valid(const struct json_schema *s, const json_t *schema, const json_t *v, int depth)
{
	const json_t *k = json_object_get(schema, "allOf");

	if (k != NULL && count_valid(s, k, v, depth) < json_array_size(k))
		return false;
	k = json_object_get(schema, "anyOf");
	if (k != NULL && count_valid(s, k, v, depth) == 0)
		return false;
	k = json_object_get(schema, "oneOf");
	if (k != NULL && count_valid(s, k, v, depth) != 1)
		return false;
	k = json_object_get(schema, "not");
	if (k != NULL && valid(s, k, v, depth))
		return false;
	k = json_object_get(schema, "$ref");
	if (k != NULL && !valid(s, json_schema_resolve(s, json_string_value(k)), v, depth))
		return false;
	k = json_object_get(schema, "if");
	if (k == NULL)
		return true;
	k = json_object_get(schema, valid(s, k, v, depth) ? "then" : "else");
	return k == NULL || valid(s, k, v, depth);
}

static bool
valid(const struct json_schema *s, const json_t *schema, const json_t *v, int depth)
{
	const json_t *k = json_object_get(schema, "const");

	if (json_is_boolean(schema))
		return json_is_true(schema);
	if (depth++ == JSON_SCHEMA_DEPTH)
		return false;
	if (!type_fits(json_object_get(schema, "type"), v) ||
		!is_in(json_object_get(schema, "enum"), v) || (k != NULL && !equal(k, v)))
		return false;
	if (json_is_number(v) && !number_valid(schema, v))
		return false;
	if (json_is_string(v) && !string_valid(s, schema, v))
		return false;
	if (json_is_array(v) && !array_valid(s, schema, v, depth))
		return false;
	if (json_is_object(v) && !object_valid(s, schema, v, depth))
		return false;
	return combined_valid(s, schema, v, depth);
}

bool
json_schema_check(const struct json_schema *s, const char *text, size_t n)
{
	json_t *v = json_loadb(text, n, JSON_ALLOW_NUL, NULL);
	bool ok;

	/* an integer over 64 bits is compared as a double */
	if (v == NULL)
		v = json_loadb(text, n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	ok = v != NULL && valid(s, s->root, v, 0);
	json_decref(v);
	return ok;
}
