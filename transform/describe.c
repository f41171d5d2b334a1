/*
 * describe.c - see describe.h
 */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "expr/types.h"
#include "schema/table_schema.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"
#include "transform/describe.h"

/* One thing that a mapping does; texts are in the mapping's arena. */
struct entry {
	const char *kind; /* "column", "join", "where", "dropped", "unmapped" */
	const char *name;
	const char *type;
	const char *sources; /* names with ", " between */
	const char *text;    /* the expression, or the reason of a drop */
	json_t *source_list; /* NULL where there is none */
};

struct lineage {
	struct mapping *mapping;
	struct entry *entries;
	size_t n;
};

int
describe_bind(struct mapping *m, const struct describe_options *o, struct shard_reader **reader,
	struct error *err)
{
	*reader = NULL;
	m->allow_unknown = true;
	if (o->npaths == 0)
		return mapping_bind(m, NULL, err);
	*reader = shard_reader_open(o->paths, o->npaths, err);
	if (*reader == NULL)
		return -1;
	return mapping_bind(m, shard_reader_header(*reader), err);
}

int
describe_write(const char *path, const char *text, size_t len, struct error *err)
{
	const struct stream_out_options options = {0};
	struct stream_out *out = stream_out_open(path, &options, err);

	if (out == NULL)
		return -1;
	if (stream_out_write(out, text, len, err) < 0) {
		stream_out_discard(out);
		return -1;
	}
	return stream_out_finish(out, NULL, err);
}

static enum schema_type
schema_type(enum value_type type)
{
	switch (type) {
	case TYPE_BOOL: return SCHEMA_BOOLEAN;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8: return SCHEMA_INTEGER;
	case TYPE_NUMERIC:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8: return SCHEMA_NUMBER;
	case TYPE_DATE: return SCHEMA_DATE;
	case TYPE_TIME: return SCHEMA_TIME;
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ: return SCHEMA_DATETIME;
	case TYPE_JSON:
	case TYPE_JSONB: return SCHEMA_ANY;
	default: return SCHEMA_STRING;
	}
}

static int
add_field(json_t *schema, const struct mapping_output *o, struct error *err)
{
	enum value_type type = expr_type(o->expr);
	int32_t typmod = expr_typmod(o->expr);
	json_t *field = table_schema_add(schema, o->name, schema_type(type), NULL, err);
	char shown[64];

	if (field == NULL)
		return -1;
	if ((type == TYPE_TEXT || type == TYPE_BPCHAR) && typmod >= 4 &&
		table_schema_constrain(field, "maxLength", json_integer(typmod - 4), err) < 0)
		return -1;
	type_display(type, typmod, shown, sizeof shown);
	return table_schema_extra(field, "type", json_string(shown), err);
}

int
describe_schema(struct mapping *m, const struct describe_options *options, struct error *err)
{
	struct shard_reader *reader = NULL;
	json_t *schema = NULL;
	char *text = NULL;
	size_t len;
	int rc = -1;

	if (describe_bind(m, options, &reader, err) < 0)
		goto out;
	schema = table_schema_new(err);
	if (schema == NULL)
		goto out;
	for (size_t i = 0; i < m->noutputs; i++) {
		if (add_field(schema, &m->outputs[i], err) < 0)
			goto out;
	}
	text = table_schema_text(schema, &len, err);
	if (text != NULL)
		rc = describe_write(options->output, text, len, err);
out:
	free(text);
	json_decref(schema);
	shard_reader_close(reader);
	return rc;
}

static bool *
new_used(struct mapping *m, struct error *err)
{
	size_t n = mapping_all_columns(m) + 1;
	bool *used = arena_alloc(&m->arena, n);

	if (used == NULL)
		error_nomem(err);
	else
		memset(used, 0, n);
	return used;
}

/* One more of e's sources: a column of the input, or table.column of a lookup. */
static int
add_source(struct mapping *m, struct entry *e, const char *table, const struct csv_field *f,
	struct error *err)
{
	size_t old = strlen(e->sources), size = old + f->len + (table ? strlen(table) : 0) + 4;
	char *text = arena_alloc(&m->arena, size);
	const char *name;

	if (text == NULL)
		return error_nomem(err);
	snprintf(text, size, "%s%s%s%s%.*s", e->sources, old ? ", " : "", table ? table : "",
		table ? "." : "", (int)f->len, f->ptr);
	name = text + old + (old ? 2 : 0);
	e->sources = text;
	if (json_array_append_new(e->source_list, json_string(name)) < 0)
		return error_nomem(err);
	return 0;
}

/* The columns marked in used, of the input and then of lookups, in their order. */
static int
list_sources(struct lineage *l, const bool *used, struct entry *e, struct error *err)
{
	struct mapping *m = l->mapping;

	e->source_list = json_array();
	if (e->source_list == NULL)
		return error_nomem(err);
	e->sources = "";
	for (size_t i = 0; i < m->scope.ncolumns; i++) {
		if (*used++ && add_source(m, e, NULL, &m->scope.columns[i], err) < 0)
			return -1;
	}
	for (size_t r = 0; r < m->njoins; r++) {
		const struct expr_relation *relation = &m->relations[r];

		for (size_t i = 0; i < relation->ncolumns; i++) {
			/* of a function's columns the sources are its arguments' */
			if (*used++ && m->joins[r].from->call == NULL &&
				add_source(m, e, relation->name, &relation->columns[i], err) <
					0)
				return -1;
		}
	}
	return 0;
}

/* A part of the mapping on one line: runs of white space are one space. */
static const char *
one_line(struct mapping *m, size_t start, size_t end, struct error *err)
{
	char *text = arena_alloc(&m->arena, end - start + 1), *p = text;

	if (text == NULL) {
		error_nomem(err);
		return NULL;
	}
	for (size_t i = start; i < end; i++) {
		char c = m->source.text[i];

		if (!isspace((unsigned char)c))
			*p++ = c;
		else if (p > text && p[-1] != ' ')
			*p++ = ' ';
	}
	*p = '\0';
	return text;
}

static int
add_outputs(struct lineage *l, struct error *err)
{
	struct mapping *m = l->mapping;

	for (size_t i = 0; i < m->noutputs; i++) {
		const struct mapping_output *o = &m->outputs[i];
		struct entry *e = &l->entries[l->n++];
		bool *used;
		char shown[64];

		e->kind = "column";
		e->name = o->name;
		e->sources = e->text = o->name;
		type_display(expr_type(o->expr), expr_typmod(o->expr), shown, sizeof shown);
		e->type = arena_copy(&m->arena, shown, strlen(shown));
		if (e->type == NULL)
			return error_nomem(err);
		if (o->target == NULL)
			continue;
		e->text = one_line(m, o->target->expr_start, o->target->expr_end, err);
		used = new_used(m, err);
		if (e->text == NULL || used == NULL)
			return -1;
		mapping_columns(m, &m->scope, o->target->expr, used);
		if (list_sources(l, used, e, err) < 0)
			return -1;
	}
	return 0;
}

/* The members of FROM behind the input, with the columns that their conditions read. */
static int
add_joins(struct lineage *l, bool *seen, struct error *err)
{
	struct mapping *m = l->mapping;

	for (size_t i = 0; i < m->njoins; i++) {
		const struct sql_from *from = m->joins[i].from;
		struct entry *e = &l->entries[l->n++];
		const char *text = one_line(m, from->start, from->end, err);
		bool *used = new_used(m, err);
		char *joined;
		size_t size;

		if (text == NULL || used == NULL)
			return -1;
		size = strlen(text) + 16;
		joined = arena_alloc(&m->arena, size);
		if (joined == NULL)
			return error_nomem(err);
		snprintf(joined, size, "%sJOIN %s", from->left ? "LEFT " : "", text);
		*e = (struct entry){
			.kind = "join", .name = from->name, .type = "rows", .text = joined};
		mapping_join_columns(m, i, used);
		mapping_join_columns(m, i, seen);
		if (list_sources(l, used, e, err) < 0)
			return -1;
	}
	return 0;
}

static int
add_where(struct lineage *l, bool *seen, struct error *err)
{
	struct mapping *m = l->mapping;
	bool *used = new_used(m, err);
	struct entry *e;

	if (used == NULL)
		return -1;
	if (m->sql.where == NULL)
		return 0;
	mapping_columns(m, &m->scope, m->sql.where, seen);
	mapping_columns(m, &m->scope, m->sql.where, used);
	e = &l->entries[l->n++];
	*e = (struct entry){.kind = "where", .name = "WHERE", .type = "boolean"};
	e->text = one_line(m, m->sql.where_start, m->sql.where_end, err);
	return e->text == NULL ? -1 : list_sources(l, used, e, err);
}

static int
add_rest(struct lineage *l, struct error *err)
{
	struct mapping *m = l->mapping;
	bool *seen = new_used(m, err);
	struct entry *e;

	if (seen == NULL)
		return -1;
	for (size_t i = 0; i < m->sql.ntargets; i++)
		mapping_columns(m, &m->scope, m->sql.targets[i].expr, seen);
	if (add_joins(l, seen, err) < 0 || add_where(l, seen, err) < 0)
		return -1;
	for (size_t i = 0; i < m->sql.ndrops; i++) {
		int column = mapping_dropped(m, &m->sql.drops[i]);

		if (column >= 0)
			seen[column] = true;
		e = &l->entries[l->n++];
		*e = (struct entry){.kind = "dropped",
			.name = m->sql.drops[i].column,
			.text = m->sql.drops[i].reason};
	}
	for (size_t i = 0; i < m->scope.ncolumns; i++) {
		const struct csv_field *f = &m->scope.columns[i];

		if (seen[i] || (f->len > 0 && f->ptr[0] == '_'))
			continue;
		e = &l->entries[l->n++];
		*e = (struct entry){.kind = "unmapped"};
		e->name = arena_copy(&m->arena, f->ptr, f->len);
		if (e->name == NULL)
			return error_nomem(err);
	}
	return 0;
}

/* Characters, as far as they are one column wide each. */
static int
width_of(const struct lineage *l, size_t offset)
{
	size_t widest = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *s = *(const char *const *)((const char *)&l->entries[i] + offset);
		size_t n = s ? strlen(s) : 0;

		if (n > widest && n <= 40)
			widest = n;
	}
	return (int)widest;
}

static const char *
or_nothing(const char *s)
{
	return s ? s : "";
}

static int
lineage_text(const struct lineage *l, const char *path, struct error *err)
{
	int name = width_of(l, offsetof(struct entry, name));
	int type = width_of(l, offsetof(struct entry, type));
	int sources = width_of(l, offsetof(struct entry, sources));
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (f == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < l->n; i++) {
		const struct entry *e = &l->entries[i];

		if (e->type != NULL)
			fprintf(f, "%-*s  %-*s  <- %-*s  %s\n", name, e->name, type, e->type,
				sources, or_nothing(e->sources), e->text);
		else
			fprintf(f, "%-*s  %s%s%s\n", name, e->name, e->kind,
				e->text && e->text[0] ? ": " : "", or_nothing(e->text));
	}
	if (fclose(f) != 0) {
		free(text);
		return error_nomem(err);
	}
	rc = describe_write(path, text, len, err);
	free(text);
	return rc;
}

static int
lineage_csv(const struct lineage *l, const char *path, struct error *err)
{
	static const char *const names[] = {"kind", "name", "type", "sources", "expression"};
	struct shard_writer *w = shard_writer_open(path, false, err);
	struct csv_writer *csv;

	if (w == NULL)
		return -1;
	if (shard_writer_header(w, names, 5, err) < 0)
		goto fail;
	csv = shard_writer_csv(w);
	for (size_t i = 0; i < l->n; i++) {
		const struct entry *e = &l->entries[i];
		const char *const fields[] = {e->kind, e->name, e->type, e->sources, e->text};

		for (size_t k = 0; k < 5; k++) {
			if (fields[k] == NULL)
				csv_writer_null(csv);
			else
				csv_writer_field(csv, fields[k], strlen(fields[k]));
		}
		if (csv_writer_end(csv, err) < 0)
			goto fail;
	}
	return shard_writer_finish(w, false, NULL, err);
fail:
	shard_writer_discard(w);
	return -1;
}

static int
lineage_json(const struct lineage *l, const char *path, struct error *err)
{
	json_t *root = json_array();
	char *text = NULL, *line;
	int rc = -1;

	if (root == NULL)
		goto out;
	for (size_t i = 0; i < l->n; i++) {
		const struct entry *e = &l->entries[i];
		bool dropped = e->kind != NULL && strcmp(e->kind, "dropped") == 0;
		json_t *o = json_pack("{ss ss ss* sO* ss*}", "kind", e->kind, "name", e->name,
			"type", e->type, "sources", e->source_list,
			dropped ? "reason" : "expression", e->text);

		if (o == NULL || json_array_append_new(root, o) < 0)
			goto out;
	}
	text = json_dumps(root, JSON_INDENT(2));
	line = text ? realloc(text, strlen(text) + 2) : NULL;
	if (line == NULL)
		goto out;
	text = line;
	memcpy(text + strlen(text), "\n", 2);
	rc = describe_write(path, text, strlen(text), err);
	goto done;
out:
	error_nomem(err);
done:
	free(text);
	json_decref(root);
	return rc;
}

int
describe_lineage(struct mapping *m, enum lineage_format format,
	const struct describe_options *options, struct error *err)
{
	struct lineage l = {.mapping = m};
	struct shard_reader *reader = NULL;
	size_t room;
	int rc = -1;

	m->allow_forgotten = true;
	if (describe_bind(m, options, &reader, err) < 0)
		goto out;
	room = m->noutputs + m->njoins + m->sql.ndrops + m->scope.ncolumns + 1;
	l.entries = calloc(room, sizeof *l.entries);
	if (l.entries == NULL) {
		error_nomem(err);
		goto out;
	}
	if (add_outputs(&l, err) < 0 || add_rest(&l, err) < 0)
		goto out;
	switch (format) {
	case LINEAGE_TEXT: rc = lineage_text(&l, options->output, err); break;
	case LINEAGE_CSV: rc = lineage_csv(&l, options->output, err); break;
	case LINEAGE_JSON: rc = lineage_json(&l, options->output, err); break;
	}
out:
	for (size_t i = 0; i < l.n; i++)
		json_decref(l.entries[i].source_list);
	free(l.entries);
	shard_reader_close(reader);
	return rc;
}
