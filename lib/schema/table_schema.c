/*
 * table_schema.c - read a Table Schema; see table_schema.h
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/table_schema.h"
#include "schema/table_schema_reading.h"

enum { SCHEMA_FILE_MAX = 64 << 20 };

int
schema_fail(const struct schema_reading *r, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (r->field != NULL)
		return error_set(r->err, ERROR_USAGE, "%s: field '%s': %s", r->schema->path,
			r->field, text);
	return error_set(r->err, ERROR_USAGE, "%s: %s", r->schema->path, text);
}

void *
schema_allocate(const struct schema_reading *r, size_t n, size_t size)
{
	void *p = n <= SIZE_MAX / size ? arena_alloc(&r->schema->arena, n * size) : NULL;

	if (p == NULL)
		error_nomem(r->err);
	else
		memset(p, 0, n * size);
	return p;
}

int
schema_scalar_text(const json_t *value, char *buf, size_t size)
{
	char *dump;
	int n = -1;

	switch (json_typeof(value)) {
	case JSON_STRING: n = snprintf(buf, size, "%s", json_string_value(value)); break;
	case JSON_INTEGER:
		n = snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		break;
	case JSON_REAL:
		for (int digits = 15; digits <= 17; digits++) {
			n = snprintf(buf, size, "%.*g", digits, json_real_value(value));
			if (n < 0 || (size_t)n >= size ||
				!(strtod(buf, NULL) < json_real_value(value) ||
					strtod(buf, NULL) > json_real_value(value)))
				break;
		}
		break;
	default:
		dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
		if (dump != NULL)
			n = snprintf(buf, size, "%s", dump);
		free(dump);
	}
	return n >= 0 && (size_t)n < size ? n : -1;
}

int
table_schema_find(const struct table_schema *schema, const char *name, size_t len)
{
	for (size_t i = 0; i < schema->nfields; i++) {
		const struct schema_text *t = &schema->fields[i].name;

		if (t->len == len && memcmp(t->ptr, name, len) == 0)
			return (int)i;
	}
	return -1;
}

void
schema_set_text(struct schema_text *t, const json_t *string)
{
	t->ptr = json_string_value(string);
	t->len = json_string_length(string);
}

int
schema_read_texts(const struct schema_reading *r, const char *key, const json_t *array,
	struct schema_texts *texts)
{
	struct schema_text *items;
	const json_t *item;
	size_t i;

	if (!json_is_array(array))
		return schema_fail(r, "'%s' must be an array of strings", key);
	items = schema_allocate(r, json_array_size(array), sizeof *items);
	if (items == NULL)
		return -1;
	json_array_foreach (array, i, item) {
		if (json_is_object(item))
			item = json_object_get(item, "value");
		if (!json_is_string(item))
			return schema_fail(r, "'%s' must be an array of strings", key);
		schema_set_text(&items[i], item);
		for (size_t k = 0; k < i; k++) {
			if (strcmp(items[k].ptr, items[i].ptr) == 0)
				return schema_fail(
					r, "'%s' has \"%s\" twice", key, items[i].ptr);
		}
	}
	texts->items = items;
	texts->n = json_array_size(array);
	return 0;
}

static int
read_fields(struct schema_reading *r)
{
	static const struct schema_text empty = {"", 0};
	struct schema_texts missing = {&empty, 1};
	struct table_schema *s = r->schema;
	json_t *array = json_object_get(s->json, "fields"), *item;
	const json_t *v = json_object_get(s->json, "missingValues");
	size_t i;

	if (!json_is_array(array) || json_array_size(array) == 0)
		return schema_fail(
			r, "a Table Schema must have an array 'fields' that is not empty");
	if (v != NULL && schema_read_texts(r, "missingValues", v, &missing) < 0)
		return -1;
	s->fields = schema_allocate(r, json_array_size(array), sizeof *s->fields);
	if (s->fields == NULL)
		return -1;
	s->nfields = json_array_size(array);
	json_array_foreach (array, i, item) {
		if (schema_read_field(r, &missing, item, &s->fields[i]) < 0)
			return -1;
	}
	return 0;
}

static int
read_match(const struct schema_reading *r)
{
	static const char *const words[] = {
		[SCHEMA_EXACT] = "exact",
		[SCHEMA_EQUAL] = "equal",
		[SCHEMA_SUBSET] = "subset",
		[SCHEMA_SUPERSET] = "superset",
		[SCHEMA_PARTIAL] = "partial",
	};
	const json_t *v = json_object_get(r->schema->json, "fieldsMatch");

	if (v == NULL)
		return 0;
	/* the profile of v2.0 asked for an array by mistake */
	if (json_is_array(v) && json_array_size(v) == 1)
		v = json_array_get(v, 0);
	for (size_t i = 0; json_is_string(v) && i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i], json_string_value(v)) == 0) {
			r->schema->match = (enum schema_match)i;
			return 0;
		}
	}
	return schema_fail(
		r, "'fieldsMatch' must be exact, equal, subset, superset or partial");
}

/* One name, or an array of names, which all are fields. */
static int
read_key(const struct schema_reading *r, const char *what, const json_t *v,
	struct schema_key *key)
{
	size_t n = json_is_array(v) ? json_array_size(v) : 1;
	size_t *fields;

	if (n == 0)
		return schema_fail(r, "'%s' names no field", what);
	fields = schema_allocate(r, n, sizeof *fields);
	if (fields == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		const json_t *name = json_is_array(v) ? json_array_get(v, i) : v;
		int f;

		if (!json_is_string(name))
			return schema_fail(r, "'%s' must be an array of field names", what);
		f = table_schema_find(
			r->schema, json_string_value(name), json_string_length(name));
		if (f < 0)
			return schema_fail(r, "'%s' names '%s', which is not a field", what,
				json_string_value(name));
		for (size_t k = 0; k < i; k++) {
			if (fields[k] == (size_t)f)
				return schema_fail(r, "'%s' names '%s' twice", what,
					json_string_value(name));
		}
		fields[i] = (size_t)f;
	}
	key->fields = fields;
	key->n = n;
	return 0;
}

static int
read_foreign_key(const struct schema_reading *r, const json_t *v, struct schema_foreign_key *k)
{
	const json_t *there = json_object_get(v, "reference");
	const json_t *columns = json_object_get(there, "fields");
	const json_t *resource = json_object_get(there, "resource");
	struct schema_text *one;

	if (!json_is_object(v) || !json_is_object(there) || columns == NULL ||
		json_object_get(v, "fields") == NULL)
		return schema_fail(r,
			"each of 'foreignKeys' must have 'fields' and a 'reference' "
			"with 'fields'");
	if (read_key(r, "foreignKeys", json_object_get(v, "fields"), &k->key) < 0)
		return -1;
	if (json_is_string(columns)) {
		one = schema_allocate(r, 1, sizeof *one);
		if (one == NULL)
			return -1;
		schema_set_text(one, columns);
		k->columns = (struct schema_texts){one, 1};
	} else if (schema_read_texts(r, "reference.fields", columns, &k->columns) < 0) {
		return -1;
	}
	if (k->columns.n != k->key.n)
		return schema_fail(
			r, "a foreign key of %zu fields refers to %zu", k->key.n, k->columns.n);
	if (resource != NULL && !json_is_string(resource))
		return schema_fail(r, "'reference.resource' must be a string");
	if (resource != NULL && json_string_length(resource) > 0) {
		k->resource = json_string_value(resource);
		return 0;
	}
	for (size_t i = 0; i < k->columns.n; i++) {
		const struct schema_text *t = &k->columns.items[i];

		if (table_schema_find(r->schema, t->ptr, t->len) < 0)
			return schema_fail(r,
				"'foreignKeys' refers to '%s', which is not a field", t->ptr);
	}
	return 0;
}

static int
read_keys(const struct schema_reading *r)
{
	struct table_schema *s = r->schema;
	const json_t *v = json_object_get(s->json, "primaryKey"), *item;
	size_t i;

	/* an empty primaryKey is how some tools say that there is none */
	if (v != NULL && !(json_is_array(v) && json_array_size(v) == 0) &&
		read_key(r, "primaryKey", v, &s->primary_key) < 0)
		return -1;
	v = json_object_get(s->json, "uniqueKeys");
	if (v != NULL) {
		if (!json_is_array(v) || json_array_size(v) == 0)
			return schema_fail(
				r, "'uniqueKeys' must be an array that is not empty");
		s->nunique_keys = json_array_size(v);
		s->unique_keys = schema_allocate(r, s->nunique_keys, sizeof *s->unique_keys);
		if (s->unique_keys == NULL)
			return -1;
		json_array_foreach (v, i, item) {
			if (read_key(r, "uniqueKeys", item, &s->unique_keys[i]) < 0)
				return -1;
		}
	}
	v = json_object_get(s->json, "foreignKeys");
	if (v == NULL)
		return 0;
	if (!json_is_array(v))
		return schema_fail(r, "'foreignKeys' must be an array");
	s->nforeign_keys = json_array_size(v);
	s->foreign_keys = schema_allocate(r, s->nforeign_keys + 1, sizeof *s->foreign_keys);
	if (s->foreign_keys == NULL)
		return -1;
	json_array_foreach (v, i, item) {
		if (read_foreign_key(r, item, &s->foreign_keys[i]) < 0)
			return -1;
	}
	return 0;
}

struct table_schema *
table_schema_parse(json_t *json, const char *name, struct error *err)
{
	struct table_schema *s = calloc(1, sizeof *s);
	struct schema_reading r = {s, NULL, err};

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	arena_init(&s->arena);
	s->json = json_incref(json);
	s->path = arena_copy(&s->arena, name, strlen(name));
	if (s->path == NULL) {
		error_nomem(err);
		goto fail;
	}
	if (!json_is_object(json)) {
		schema_fail(&r, "a Table Schema must be a JSON object");
		goto fail;
	}
	if (read_fields(&r) < 0 || read_match(&r) < 0 || read_keys(&r) < 0)
		goto fail;
	return s;
fail:
	table_schema_free(s);
	return NULL;
}

/* The whole file into *text, which the caller frees. */
static int
slurp(const char *path, char **text, size_t *len, struct error *err)
{
	FILE *f = fopen(path, "rb");
	char *buf = NULL;
	size_t n = 0, cap = 0, got;
	int rc = -1;

	if (f == NULL)
		return error_errno(err, ERROR_USAGE, "cannot open '%s'", path);
	do {
		if (n == cap) {
			char *bigger = NULL;

			cap = cap == 0 ? 16384 : cap * 2;
			if (cap > SCHEMA_FILE_MAX) {
				error_set(err, ERROR_USAGE, "%s: too large for a schema", path);
				goto out;
			}
			bigger = realloc(buf, cap);
			if (bigger == NULL) {
				error_nomem(err);
				goto out;
			}
			buf = bigger;
		}
		got = fread(buf + n, 1, cap - n, f);
		n += got;
	} while (got > 0);
	if (ferror(f)) {
		error_errno(err, errno == EISDIR ? ERROR_USAGE : ERROR_RUNTIME,
			"cannot read '%s'", path);
		goto out;
	}
	*text = buf;
	*len = n;
	buf = NULL;
	rc = 0;
out:
	free(buf);
	fclose(f);
	return rc;
}

struct table_schema *
table_schema_read(const char *path, struct error *err)
{
	struct table_schema *s;
	json_error_t je;
	json_t *json;
	char *text = NULL, *start;
	size_t len = 0;

	if (slurp(path, &text, &len, err) < 0)
		return NULL;
	start = text;
	if (len >= 3 && memcmp(start, "\xef\xbb\xbf", 3) == 0) {
		start += 3;
		len -= 3;
	}
	json = json_loadb(start, len, JSON_REJECT_DUPLICATES, &je);
	free(text);
	if (json == NULL) {
		error_set(
			err, ERROR_USAGE, "%s:%d: not valid JSON: %s", path, je.line, je.text);
		return NULL;
	}
	s = table_schema_parse(json, path, err);
	json_decref(json);
	return s;
}

void
table_schema_free(struct table_schema *schema)
{
	if (schema == NULL)
		return;
	json_decref(schema->json);
	arena_release(&schema->arena);
	free(schema);
}
