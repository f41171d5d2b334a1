/*
 * check.c - see check.h
 *
 * A field may name its column's own type, as `load --describe` writes it; then
 * PostgreSQL's casts in assignments decide.  Else the types of Table Schema do.
 * Where a type is none that mappings know, only text can become it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/nullable.h"
#include "expr/resolve.h"
#include "expr/types.h"
#include "schema/table_schema.h"
#include "shard/shard_reader.h"
#include "transform/check.h"

struct check {
	const struct mapping *mapping;
	const struct table_schema *schema;
	FILE *out;
	size_t problems;
};

/* The type of a target's column by its name as PostgreSQL prints it, without modifiers. */
static bool
named_type(const char *shown, enum value_type *type)
{
	char name[128];
	size_t n = 0;

	/* "timestamp(3) with time zone", "character varying(20)" */
	for (int depth = 0; *shown != '\0' && n + 1 < sizeof name; shown++) {
		if (*shown == '(')
			depth++;
		else if (*shown == ')')
			depth--;
		else if (depth == 0)
			name[n++] = *shown;
	}
	name[n] = '\0';
	if (strcmp(name, "character varying") == 0) {
		*type = TYPE_TEXT;
		return true;
	}
	for (int t = TYPE_TEXT; t < TYPE_COUNT; t++) {
		*type = (enum value_type)t;
		if (strcmp(name, type_name(*type)) == 0)
			return true;
		*type = TYPE_ARRAY((enum value_type)t);
		if (strcmp(name, type_name(*type)) == 0)
			return true;
	}
	return false;
}

static bool
is_number(enum value_type t, bool whole)
{
	return t == TYPE_INT2 || t == TYPE_INT4 || t == TYPE_INT8 ||
	       (!whole && (t == TYPE_NUMERIC || t == TYPE_FLOAT4 || t == TYPE_FLOAT8));
}

/* By the types of Table Schema alone. */
static bool
fits_schema(enum value_type from, const struct schema_field *f)
{
	bool text = from == TYPE_TEXT || from == TYPE_BPCHAR;

	switch (f->type) {
	case SCHEMA_ANY:
	case SCHEMA_STRING: return true;
	case SCHEMA_INTEGER:
	case SCHEMA_YEAR: return is_number(from, true);
	case SCHEMA_NUMBER: return is_number(from, false);
	case SCHEMA_BOOLEAN: return from == TYPE_BOOL;
	case SCHEMA_DATE: return from == TYPE_DATE;
	case SCHEMA_TIME: return from == TYPE_TIME;
	case SCHEMA_DATETIME: return from == TYPE_TIMESTAMP || from == TYPE_TIMESTAMPTZ;
	case SCHEMA_OBJECT:
	case SCHEMA_ARRAY:
	case SCHEMA_GEOJSON: return from == TYPE_JSONB || from == TYPE_JSON;
	default: return text;
	}
}

/* PostgreSQL's rule for INSERT: the same type, or a cast in assignments. */
static bool
assignable(enum value_type from, enum value_type to)
{
	if (from == to || to == TYPE_TEXT || to == TYPE_BPCHAR)
		return true;
	if (type_is_array(from) && type_is_array(to))
		return assignable(type_element(from), type_element(to));
	return !type_is_array(from) && !type_is_array(to) &&
	       resolve_cast(from, to, CAST_ASSIGNMENT) != NULL;
}

static void
check_type(struct check *c, const struct schema_field *f, const struct mapping_output *o)
{
	const json_t *own = json_object_get(json_object_get(f->json, "caravan"), "type");
	const char *wanted = own ? json_string_value(own) : NULL;
	enum value_type from = expr_type(o->expr), to;
	char shown[64];
	bool fits;

	if (wanted == NULL)
		fits = fits_schema(from, f);
	else if (named_type(wanted, &to))
		fits = assignable(from, to);
	else
		fits = from == TYPE_TEXT || from == TYPE_BPCHAR;
	if (fits)
		return;
	type_display(from, expr_typmod(o->expr), shown, sizeof shown);
	fprintf(c->out, "column '%s': %s cannot be assigned to %s\n", o->name, shown,
		wanted ? wanted : schema_type_name(f->type));
	c->problems++;
}

static bool
is_required(const struct table_schema *s, size_t field)
{
	for (size_t i = 0; i < s->primary_key.n; i++) {
		if (s->primary_key.fields[i] == field)
			return true;
	}
	return s->fields[field].constraints.required;
}

static const struct mapping_output *
find_output(const struct mapping *m, const char *name, size_t *at)
{
	for (*at = 0; *at < m->noutputs; ++*at) {
		if (strcmp(m->outputs[*at].name, name) == 0)
			return &m->outputs[*at];
	}
	return NULL;
}

static void
check_field(struct check *c, size_t i)
{
	const struct schema_field *f = &c->schema->fields[i];
	enum schema_match match = c->schema->match;
	size_t at;
	const struct mapping_output *o = find_output(c->mapping, f->name.ptr, &at);

	if (o == NULL) {
		if ((match == SCHEMA_SUPERSET || match == SCHEMA_PARTIAL) &&
			!is_required(c->schema, i))
			return;
		fprintf(c->out, "column '%s': missing, no expression makes it\n", f->name.ptr);
		c->problems++;
		return;
	}
	if (match == SCHEMA_EXACT && at != i) {
		fprintf(c->out, "column '%s': is column %zu, not %zu as in the contract\n",
			o->name, at + 1, i + 1);
		c->problems++;
	}
	check_type(c, f, o);
	if (is_required(c->schema, i) && expr_can_be_null(o->expr, c->mapping->where)) {
		fprintf(c->out, "column '%s': is required, but its expression can be NULL\n",
			o->name);
		c->problems++;
	}
}

/* Columns that the contract does not have; _op and _pos are no one's. */
static void
check_surplus(struct check *c)
{
	enum schema_match match = c->schema->match;

	for (size_t i = 0; i < c->mapping->noutputs; i++) {
		const struct mapping_output *o = &c->mapping->outputs[i];

		if (o->target == NULL || match == SCHEMA_SUBSET || match == SCHEMA_PARTIAL ||
			table_schema_find(c->schema, o->name, strlen(o->name)) >= 0)
			continue;
		fprintf(c->out, "column '%s': is not in the contract\n", o->name);
		c->problems++;
	}
}

/* All lines, in memory; the caller frees *text. */
static int
check_all(struct check *c, char **text, size_t *len, struct error *err)
{
	c->out = open_memstream(text, len);
	if (c->out == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < c->schema->nfields; i++)
		check_field(c, i);
	check_surplus(c);
	return fclose(c->out) == 0 ? 0 : error_nomem(err);
}

int
check_mapping(struct mapping *m, const char *path, const struct describe_options *options,
	struct error *err)
{
	struct table_schema *schema = table_schema_read(path, err);
	struct check c = {.mapping = m, .schema = schema};
	struct shard_reader *reader = NULL;
	char *text = NULL;
	size_t len = 0;
	int rc = -1;

	if (schema == NULL || describe_bind(m, options, &reader, err) < 0 ||
		check_all(&c, &text, &len, err) < 0 ||
		describe_write(options->output, text, len, err) < 0)
		goto out;
	rc = 0;
	if (c.problems > 0)
		rc = error_set(err, ERROR_BUDGET, "%s: %zu difference%s from %s",
			m->source.name, c.problems, c.problems == 1 ? "" : "s", path);
out:
	free(text);
	shard_reader_close(reader);
	table_schema_free(schema);
	return rc;
}
