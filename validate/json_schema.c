/*
 * json_schema.c - look through a JSON Schema; see json_schema.h
 *
 * This is done once, so that what is evaluated later has the shape that its
 * keywords demand.
 */
#include <stdlib.h>
#include <string.h>

#include "validate/json_schema_parts.h"

/* What a keyword's value must be. */
enum shape {
	SHAPE_NOTE, /* anything: it demands nothing of a value */
	SHAPE_ANY,  /* anything */
	SHAPE_NUMBER,
	SHAPE_SIZE, /* an integer, not negative */
	SHAPE_BOOLEAN,
	SHAPE_STRINGS,
	SHAPE_ARRAY,
	SHAPE_TYPE, /* a name of a type, or several */
	SHAPE_REGEX,
	SHAPE_REF,
	SHAPE_SCHEMA,
	SHAPE_SCHEMAS,        /* an array of schemas */
	SHAPE_ITEMS,          /* a schema, or an array of them */
	SHAPE_SCHEMA_MEMBERS, /* an object of schemas */
	SHAPE_REGEX_MEMBERS,  /* the same, the names being regular expressions */
	SHAPE_STRINGS_MEMBERS
};

static const struct {
	const char *name;
	enum shape shape;
} keywords[] = {
	{"$schema", SHAPE_NOTE},
	{"$id", SHAPE_NOTE},
	{"$comment", SHAPE_NOTE},
	{"title", SHAPE_NOTE},
	{"description", SHAPE_NOTE},
	{"default", SHAPE_NOTE},
	{"examples", SHAPE_NOTE},
	{"readOnly", SHAPE_NOTE},
	{"writeOnly", SHAPE_NOTE},
	{"deprecated", SHAPE_NOTE},
	{"format", SHAPE_NOTE},
	{"contentMediaType", SHAPE_NOTE},
	{"contentEncoding", SHAPE_NOTE},
	{"definitions", SHAPE_SCHEMA_MEMBERS},
	{"$defs", SHAPE_SCHEMA_MEMBERS},
	{"$ref", SHAPE_REF},
	{"type", SHAPE_TYPE},
	{"enum", SHAPE_ARRAY},
	{"const", SHAPE_ANY},
	{"minimum", SHAPE_NUMBER},
	{"maximum", SHAPE_NUMBER},
	{"exclusiveMinimum", SHAPE_NUMBER},
	{"exclusiveMaximum", SHAPE_NUMBER},
	{"multipleOf", SHAPE_NUMBER},
	{"minLength", SHAPE_SIZE},
	{"maxLength", SHAPE_SIZE},
	{"pattern", SHAPE_REGEX},
	{"items", SHAPE_ITEMS},
	{"prefixItems", SHAPE_SCHEMAS},
	{"additionalItems", SHAPE_SCHEMA},
	{"contains", SHAPE_SCHEMA},
	{"minItems", SHAPE_SIZE},
	{"maxItems", SHAPE_SIZE},
	{"uniqueItems", SHAPE_BOOLEAN},
	{"properties", SHAPE_SCHEMA_MEMBERS},
	{"required", SHAPE_STRINGS},
	{"additionalProperties", SHAPE_SCHEMA},
	{"patternProperties", SHAPE_REGEX_MEMBERS},
	{"propertyNames", SHAPE_SCHEMA},
	{"minProperties", SHAPE_SIZE},
	{"maxProperties", SHAPE_SIZE},
	{"dependentRequired", SHAPE_STRINGS_MEMBERS},
	{"allOf", SHAPE_SCHEMAS},
	{"anyOf", SHAPE_SCHEMAS},
	{"oneOf", SHAPE_SCHEMAS},
	{"not", SHAPE_SCHEMA},
	{"if", SHAPE_SCHEMA},
	{"then", SHAPE_SCHEMA},
	{"else", SHAPE_SCHEMA},
};

static const char *const type_names[] = {
	"null", "boolean", "integer", "number", "string", "array", "object"};

static int prepare(struct json_schema *s, const json_t *v, int depth, struct error *err);

static int
wrong(struct error *err, const char *keyword)
{
	return error_set(
		err, ERROR_USAGE, "jsonSchema: '%s' has a value of the wrong kind", keyword);
}

static bool
are_strings(const json_t *v)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(v))
		return false;
	json_array_foreach ((json_t *)v, i, item) {
		if (!json_is_string(item))
			return false;
	}
	return true;
}

static bool
is_type(const json_t *v)
{
	if (json_is_array(v)) {
		const json_t *item;
		size_t i;

		json_array_foreach ((json_t *)v, i, item) {
			if (!json_is_string(item) || !is_type(item))
				return false;
		}
		return json_array_size(v) > 0;
	}
	for (size_t i = 0; json_is_string(v) && i < sizeof type_names / sizeof type_names[0];
		i++) {
		if (strcmp(type_names[i], json_string_value(v)) == 0)
			return true;
	}
	return false;
}

static int
add_pattern(struct json_schema *s, const char *regex, struct error *err)
{
	struct compiled *bigger = realloc(s->patterns, (s->npatterns + 1) * sizeof *bigger);

	if (bigger == NULL)
		return error_nomem(err);
	s->patterns = bigger;
	bigger[s->npatterns].regex = regex;
	bigger[s->npatterns].pattern = pattern_new_search(regex, err);
	return bigger[s->npatterns].pattern == NULL ? -1 : (s->npatterns++, 0);
}

const json_t *
json_schema_resolve(const struct json_schema *s, const char *ref)
{
	const json_t *at = s->root;

	if (*ref != '#')
		return NULL;
	for (ref++; *ref == '/' && at != NULL;) {
		char name[256];
		size_t n = 0;

		for (ref++; *ref != '\0' && *ref != '/' && n < sizeof name - 1; ref++) {
			name[n++] = *ref;
			/* ~1 is a slash and ~0 a tilde: RFC 6901 */
			if (*ref == '~' && (ref[1] == '0' || ref[1] == '1'))
				name[n - 1] = *++ref == '1' ? '/' : '~';
		}
		name[n] = '\0';
		at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10))
				       : json_object_get(at, name);
	}
	return *ref == '\0' ? at : NULL;
}

static int
prepare_array(struct json_schema *s, const char *keyword, const json_t *v, int depth,
	struct error *err)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) == 0)
		return wrong(err, keyword);
	json_array_foreach ((json_t *)v, i, item) {
		if (prepare(s, item, depth, err) < 0)
			return -1;
	}
	return 0;
}

static int
prepare_members(struct json_schema *s, enum shape shape, const char *keyword, const json_t *v,
	int depth, struct error *err)
{
	const char *name;
	json_t *item;

	if (!json_is_object(v))
		return wrong(err, keyword);
	json_object_foreach ((json_t *)v, name, item) {
		if (shape == SHAPE_STRINGS_MEMBERS) {
			if (!are_strings(item))
				return wrong(err, keyword);
			continue;
		}
		if ((shape == SHAPE_REGEX_MEMBERS && add_pattern(s, name, err) < 0) ||
			prepare(s, item, depth, err) < 0)
			return -1;
	}
	return 0;
}

static int
prepare_keyword(struct json_schema *s, enum shape shape, const char *name, const json_t *v,
	int depth, struct error *err)
{
	bool ok = true;

	switch (shape) {
	case SHAPE_NOTE:
	case SHAPE_ANY: break;
	case SHAPE_NUMBER: ok = json_is_number(v); break;
	case SHAPE_SIZE: ok = json_is_integer(v) && json_integer_value(v) >= 0; break;
	case SHAPE_BOOLEAN: ok = json_is_boolean(v); break;
	case SHAPE_STRINGS: ok = are_strings(v); break;
	case SHAPE_ARRAY: ok = json_is_array(v); break;
	case SHAPE_TYPE: ok = is_type(v); break;
	case SHAPE_REGEX:
		return json_is_string(v) ? add_pattern(s, json_string_value(v), err)
					 : wrong(err, name);
	case SHAPE_REF:
		if (!json_is_string(v) || json_schema_resolve(s, json_string_value(v)) == NULL)
			return error_set(err, ERROR_USAGE,
				"jsonSchema: a $ref names nothing in the schema itself");
		break;
	case SHAPE_ITEMS:
		if (!json_is_array(v))
			return prepare(s, v, depth, err);
		return prepare_array(s, name, v, depth, err);
	case SHAPE_SCHEMA: return prepare(s, v, depth, err);
	case SHAPE_SCHEMAS: return prepare_array(s, name, v, depth, err);
	case SHAPE_SCHEMA_MEMBERS:
	case SHAPE_REGEX_MEMBERS:
	case SHAPE_STRINGS_MEMBERS: return prepare_members(s, shape, name, v, depth, err);
	}
	return ok ? 0 : wrong(err, name);
}

static int
prepare(struct json_schema *s, const json_t *v, int depth, struct error *err)
{
	const size_t n = sizeof keywords / sizeof keywords[0];
	const char *name;
	json_t *value;

	if (json_is_boolean(v))
		return 0;
	if (!json_is_object(v) || depth == JSON_SCHEMA_DEPTH)
		return error_set(err, ERROR_USAGE,
			"jsonSchema: a schema must be an object, true or false, and not nested "
			"deeper than %d",
			JSON_SCHEMA_DEPTH);
	json_object_foreach ((json_t *)v, name, value) {
		size_t i = 0;

		while (i < n && strcmp(keywords[i].name, name) != 0)
			i++;
		if (i == n)
			return error_set(err, ERROR_USAGE,
				"jsonSchema: keyword '%s' is not supported", name);
		if (prepare_keyword(s, keywords[i].shape, name, value, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

struct json_schema *
json_schema_new(const json_t *schema, struct error *err)
{
	struct json_schema *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->root = schema;
	if (prepare(s, schema, 0, err) < 0) {
		json_schema_free(s);
		return NULL;
	}
	return s;
}

void
json_schema_free(struct json_schema *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->npatterns; i++)
		pattern_free(s->patterns[i].pattern);
	free(s->patterns);
	free(s);
}
