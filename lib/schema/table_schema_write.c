/*
 * table_schema_write.c - build a Table Schema; see table_schema.h
 */
#include <stdlib.h>
#include <string.h>

#include "schema/table_schema.h"

static int
set_member(json_t *object, const char *key, json_t *value, struct error *err)
{
	if (value == NULL || json_object_set_new(object, key, value) != 0)
		return error_nomem(err);
	return 0;
}

/* The object or array at key, made if it is not there; borrowed. */
static json_t *
member(json_t *object, const char *key, json_t *(*make)(void), struct error *err)
{
	json_t *m = json_object_get(object, key);

	if (m != NULL)
		return m;
	if (set_member(object, key, make(), err) < 0)
		return NULL;
	return json_object_get(object, key);
}

static json_t *
name_array(const char *const *names, size_t n, struct error *err)
{
	json_t *a = json_array();

	for (size_t i = 0; a != NULL && i < n; i++) {
		if (json_array_append_new(a, json_string(names[i])) != 0) {
			json_decref(a);
			a = NULL;
		}
	}
	if (a == NULL)
		error_set(err, ERROR_RUNTIME,
			"cannot describe a key: out of memory, or a name that is not UTF-8");
	return a;
}

json_t *
table_schema_new(struct error *err)
{
	json_t *schema = json_pack("{s:s, s:[], s:[]}", "$schema",
		"https://datapackage.org/profiles/2.0/tableschema.json", "fields",
		"missingValues");

	if (schema == NULL)
		error_nomem(err);
	return schema;
}

json_t *
table_schema_add(json_t *schema, const char *name, enum schema_type type, const char *format,
	struct error *err)
{
	json_t *fields = json_object_get(schema, "fields");
	json_t *field = json_pack("{s:s, s:s}", "name", name, "type", schema_type_name(type));

	if (field == NULL) {
		error_set(err, ERROR_RUNTIME,
			"cannot describe column '%s': out of memory, or its name is not UTF-8",
			name);
		return NULL;
	}
	if (format != NULL && set_member(field, "format", json_string(format), err) < 0)
		goto fail;
	if (type == SCHEMA_BOOLEAN &&
		(set_member(field, "trueValues", json_pack("[s]", "t"), err) < 0 ||
			set_member(field, "falseValues", json_pack("[s]", "f"), err) < 0))
		goto fail;
	if (json_array_append(fields, field) != 0) {
		error_nomem(err);
		goto fail;
	}
	json_decref(field); /* fields holds the other reference */
	return json_array_get(fields, json_array_size(fields) - 1);
fail:
	json_decref(field);
	return NULL;
}

int
table_schema_constrain(json_t *field, const char *key, json_t *value, struct error *err)
{
	json_t *constraints = member(field, "constraints", json_object, err);

	if (constraints == NULL) {
		json_decref(value);
		return -1;
	}
	return set_member(constraints, key, value, err);
}

int
table_schema_extra(json_t *object, const char *key, json_t *value, struct error *err)
{
	json_t *caravan = member(object, "caravan", json_object, err);

	if (caravan == NULL) {
		json_decref(value);
		return -1;
	}
	return set_member(caravan, key, value, err);
}

int
table_schema_set_primary_key(
	json_t *schema, const char *const *names, size_t n, struct error *err)
{
	json_t *key = name_array(names, n, err);

	return key == NULL ? -1 : set_member(schema, "primaryKey", key, err);
}

int
table_schema_add_unique_key(
	json_t *schema, const char *const *names, size_t n, struct error *err)
{
	json_t *keys = member(schema, "uniqueKeys", json_array, err);
	json_t *key;

	if (keys == NULL || (key = name_array(names, n, err)) == NULL)
		return -1;
	if (json_array_append_new(keys, key) != 0)
		return error_nomem(err);
	return 0;
}

int
table_schema_add_foreign_key(json_t *schema, const char *const *names, size_t n,
	const char *resource, const char *const *columns, struct error *err)
{
	json_t *keys = member(schema, "foreignKeys", json_array, err);
	json_t *fields = NULL, *there = NULL, *key;

	if (keys == NULL || (fields = name_array(names, n, err)) == NULL ||
		(there = name_array(columns, n, err)) == NULL) {
		json_decref(fields);
		return -1;
	}
	/* "o" takes both references, also when packing fails */
	if (resource != NULL)
		key = json_pack("{s:o, s:{s:s, s:o}}", "fields", fields, "reference",
			"resource", resource, "fields", there);
	else
		key = json_pack(
			"{s:o, s:{s:o}}", "fields", fields, "reference", "fields", there);
	if (key == NULL || json_array_append_new(keys, key) != 0)
		return error_nomem(err);
	return 0;
}

char *
table_schema_text(const json_t *schema, size_t *len, struct error *err)
{
	char *json = json_dumps(schema, JSON_INDENT(2));
	char *text;
	size_t n;

	if (json == NULL) {
		error_nomem(err);
		return NULL;
	}
	n = strlen(json);
	text = realloc(json, n + 2);
	if (text == NULL) {
		free(json);
		error_nomem(err);
		return NULL;
	}
	text[n] = '\n';
	text[n + 1] = '\0';
	if (len != NULL)
		*len = n + 1;
	return text;
}
