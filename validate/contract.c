/*
 * contract.c - make a contract from a schema and a header; see contract.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/contract_parts.h"

enum { LIMIT_TEXT_MAX = 4096 };

static int
fail(const struct contract *c, const struct schema_field *f, struct error *err)
{
	if (err->kind == ERROR_USAGE)
		error_prefix(err, "%s: field '%s'", c->schema->path, f->name.ptr);
	return -1;
}

char *
contract_keep(struct contract *c, const char *text, size_t n, struct error *err)
{
	char *copy = arena_copy(&c->arena, text, n);

	if (copy == NULL)
		error_nomem(err);
	return copy;
}

void *
contract_allocate(struct contract *c, size_t n, size_t size, struct error *err)
{
	void *p = arena_alloc(&c->arena, n * size);

	if (p == NULL)
		error_nomem(err);
	else
		memset(p, 0, n * size);
	return p;
}

int
contract_add_rule(struct contract *c, const struct rule *rule, size_t *index, struct error *err)
{
	if (c->nrules == c->cap_rules) {
		size_t cap = c->cap_rules * 2 + 16;
		struct rule *bigger = realloc(c->rules, cap * sizeof *bigger);

		if (bigger == NULL)
			return error_nomem(err);
		c->rules = bigger;
		c->cap_rules = cap;
	}
	*index = c->nrules;
	c->rules[c->nrules++] = *rule;
	return 0;
}

static int
add_constraint(struct contract *c, const struct column *col, const char *name,
	const char *limit, size_t *index, struct error *err)
{
	struct rule rule = {"constraint-error", name, col->field->name.ptr, 1, limit};

	return contract_add_rule(c, &rule, index, err);
}

/* A JSON number is a number however the field's texts are written. */
static bool
number_cell(const char *text, size_t n, struct cell *cell)
{
	cell->text = text;
	cell->len = n;
	cell->kind = CELL_DECIMAL;
	if (!decimal_scan(text, n, &cell->decimal))
		return false;
	if (decimal_to_int64(&cell->decimal, &cell->whole))
		cell->kind = CELL_WHOLE;
	return true;
}

/* A number field compares decimals, so that its keys are those of decimals too. */
static bool
decimal_cell(const char *text, size_t n, struct cell *cell)
{
	cell->text = text;
	cell->len = n;
	cell->kind = CELL_DECIMAL;
	return decimal_scan(text, n, &cell->decimal);
}

static bool
parse_constant(struct constant *k, const struct schema_field *f, const json_t *value,
	const char *text, size_t n)
{
	if (json_is_number(value) && f->type == SCHEMA_INTEGER)
		return number_cell(text, n, &k->cell);
	if (json_is_number(value) && f->type == SCHEMA_NUMBER)
		return decimal_cell(text, n, &k->cell);
	if (json_is_boolean(value) && f->type == SCHEMA_BOOLEAN) {
		k->cell = (struct cell){.text = text, .len = n, .kind = CELL_WHOLE};
		k->cell.whole = json_is_true(value);
		return true;
	}
	return cell_parse(k->type, text, n, &k->cell);
}

/* A value of the schema as a cell of the column's type; the contract owns it. */
static const struct constant *
new_constant(struct contract *c, const struct column *col, const char *name,
	const json_t *value, struct error *err)
{
	char buf[LIMIT_TEXT_MAX], *text;
	int n = schema_scalar_text(value, buf, sizeof buf);
	struct constant *k = contract_allocate(c, 1, sizeof *k, err);

	if (k == NULL)
		return NULL;
	if (n < 0) {
		error_set(
			err, ERROR_USAGE, "constraint '%s' has a value that is too long", name);
		return NULL;
	}
	text = contract_keep(c, buf, (size_t)n, err);
	k->type = text == NULL ? NULL : cell_type_new(col->field, err);
	if (k->type == NULL)
		return NULL;
	k->next = c->constants;
	c->constants = k;
	if (!parse_constant(k, col->field, value, text, (size_t)n)) {
		error_set(err, ERROR_USAGE,
			"constraint '%s': '%s' is not of type %s with format %s", name, text,
			schema_type_name(col->field->type), col->field->format);
		return NULL;
	}
	return k;
}

static int
add_bounds(struct contract *c, struct column *col, struct error *err)
{
	const struct schema_constraints *k = &col->field->constraints;
	const struct {
		enum bound_kind kind;
		const char *name;
		const json_t *value;
	} bounds[] = {
		{BOUND_MINIMUM, "minimum", k->minimum},
		{BOUND_MAXIMUM, "maximum", k->maximum},
		{BOUND_ABOVE, "exclusiveMinimum", k->exclusive_minimum},
		{BOUND_BELOW, "exclusiveMaximum", k->exclusive_maximum},
	};

	for (size_t i = 0; i < BOUND_KINDS; i++) {
		struct bound *b = &col->bounds[col->nbounds];
		const struct constant *limit;

		if (bounds[i].value == NULL)
			continue;
		limit = new_constant(c, col, bounds[i].name, bounds[i].value, err);
		if (limit == NULL || add_constraint(c, col, bounds[i].name, limit->cell.text,
					     &b->rule, err) < 0)
			return -1;
		b->kind = bounds[i].kind;
		b->limit = &limit->cell;
		col->nbounds++;
	}
	return 0;
}

static int
add_length(struct contract *c, struct column *col, const char *name, int64_t value,
	size_t *length, size_t *rule, struct error *err)
{
	char buf[24], *text;
	int n;

	if (value < 0)
		return 0;
	n = snprintf(buf, sizeof buf, "%lld", (long long)value);
	text = contract_keep(c, buf, (size_t)n, err);
	*length = (size_t)value;
	return text == NULL ? -1 : add_constraint(c, col, name, text, rule, err);
}

static int
add_pattern(struct contract *c, struct column *col, struct error *err)
{
	const char *regex = col->field->constraints.pattern;

	if (regex == NULL)
		return 0;
	col->pattern = pattern_new(regex, err);
	return col->pattern == NULL
		       ? -1
		       : add_constraint(c, col, "pattern", regex, &col->rule_pattern, err);
}

static int
add_json_schema(struct contract *c, struct column *col, struct error *err)
{
	const json_t *schema = col->field->constraints.json_schema;
	char limit[LIMIT_TEXT_MAX], *text;

	if (schema == NULL)
		return 0;
	col->json_schema = json_schema_new(schema, err);
	if (col->json_schema == NULL)
		return -1;
	if (schema_scalar_text(schema, limit, sizeof limit) < 0)
		snprintf(limit, sizeof limit, "a schema");
	text = contract_keep(c, limit, strlen(limit), err);
	return text == NULL ? -1
			    : add_constraint(
				      c, col, "jsonSchema", text, &col->rule_json_schema, err);
}

static int
compare_texts(const void *a, const void *b)
{
	const struct schema_text *x = a, *y = b;

	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return memcmp(x->ptr, y->ptr, x->len);
}

/* enum or categories. */
static int
add_set(struct contract *c, struct column *col, const char *name, const json_t *array,
	struct error *err)
{
	struct value_set *set = &col->sets[col->nsets];
	char limit[LIMIT_TEXT_MAX], *text;
	const json_t *item;
	size_t i;

	if (array == NULL)
		return 0;
	set->n = json_array_size(array);
	set->keys = contract_allocate(c, set->n, sizeof *set->keys, err);
	if (set->keys == NULL)
		return -1;
	json_array_foreach ((json_t *)array, i, item) {
		const json_t *v = json_object_get(item, "value");
		const struct constant *k = new_constant(c, col, name,
			strcmp(name, "categories") == 0 && v != NULL ? v : item, err);

		c->scratch.len = 0;
		if (k == NULL || cell_key(&k->cell, &c->scratch, err) < 0)
			return -1;
		set->keys[i].len = c->scratch.len;
		set->keys[i].ptr =
			contract_keep(c, (const char *)c->scratch.data, c->scratch.len, err);
		if (set->keys[i].ptr == NULL)
			return -1;
	}
	qsort(set->keys, set->n, sizeof *set->keys, compare_texts);
	col->nsets++;
	if (schema_scalar_text(array, limit, sizeof limit) < 0)
		snprintf(limit, sizeof limit, "%zu values", set->n);
	text = contract_keep(c, limit, strlen(limit), err);
	return text == NULL ? -1 : add_constraint(c, col, name, text, &set->rule, err);
}

static int
add_column(struct contract *c, struct column *col, struct error *err)
{
	const struct schema_field *f = col->field;
	const struct schema_constraints *k = &f->constraints;
	struct rule rule = {"type-error", "type", f->name.ptr, 1, NULL};
	char type[256];
	int n = snprintf(type, sizeof type, "%s/%s", schema_type_name(f->type), f->format);

	if (n < 0 || (size_t)n >= sizeof type)
		return error_set(err, ERROR_USAGE, "the format is too long");
	rule.limit = contract_keep(c, type, (size_t)n, err);
	col->type = cell_type_new(f, err);
	if (rule.limit == NULL || col->type == NULL ||
		contract_add_rule(c, &rule, &col->rule_type, err) < 0)
		return -1;
	if (k->required &&
		add_constraint(c, col, "required", "true", &col->rule_required, err) < 0)
		return -1;
	if (add_bounds(c, col, err) < 0)
		return -1;
	if (add_length(c, col, "minLength", k->min_length, &col->min_length,
		    &col->rule_min_length, err) < 0 ||
		add_length(c, col, "maxLength", k->max_length, &col->max_length,
			&col->rule_max_length, err) < 0)
		return -1;
	if (add_pattern(c, col, err) < 0 || add_json_schema(c, col, err) < 0)
		return -1;
	if (add_set(c, col, "enum", k->enumeration, err) < 0)
		return -1;
	return add_set(c, col, "categories", f->categories, err);
}

static int
add_row_rules(struct contract *c, struct error *err)
{
	static const struct rule rules[RULE_ROW_COUNT] = {
		[RULE_MISSING_CELL] = {"missing-cell", "row", NULL, 0, NULL},
		[RULE_EXTRA_CELL] = {"extra-cell", "row", NULL, 0, NULL},
		[RULE_ENCODING_ERROR] = {"encoding-error", "row", NULL, 0, NULL},
		[RULE_BLANK_ROW] = {"blank-row", "row", NULL, 0, NULL},
	};
	size_t index;

	for (size_t i = 0; i < RULE_ROW_COUNT; i++) {
		if (contract_add_rule(c, &rules[i], &index, err) < 0)
			return -1;
	}
	return 0;
}

/* Columns that change streams have beside the table's. */
static bool
is_change_column(const struct csv_field *name)
{
	return (name->len == 3 && memcmp(name->ptr, "_op", 3) == 0) ||
	       (name->len == 4 && memcmp(name->ptr, "_pos", 4) == 0);
}

/* Append 'name' to a list in text, behind a comma. */
static void
list_name(char *text, size_t size, const char *name)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s'%s'", used == 0 ? "" : ", ", name);
}

/* Which fields have no column, which columns no field, and whether the order is the same. */
struct difference {
	char missing[600];
	char extra[600];
	size_t common;
	bool ordered;
};

static void
compare_header(
	const struct table_schema *s, const struct csv_record *header, struct difference *d)
{
	int last = -1;

	*d = (struct difference){"", "", 0, true};
	for (size_t i = 0; i < header->nfields; i++) {
		const struct csv_field *name = &header->fields[i];
		int at = table_schema_find(s, name->ptr, name->len);

		if (at >= 0) {
			d->common++;
			d->ordered = d->ordered && at > last;
			last = at;
		} else if (!is_change_column(name)) {
			list_name(d->extra, sizeof d->extra, name->ptr);
		}
	}
	for (size_t i = 0; i < s->nfields; i++) {
		if (csv_record_find(header, s->fields[i].name.ptr, s->fields[i].name.len) < 0)
			list_name(d->missing, sizeof d->missing, s->fields[i].name.ptr);
	}
}

static int
match_header(const struct table_schema *s, const struct csv_record *header, struct error *err)
{
	bool missing_ok = s->match == SCHEMA_SUPERSET || s->match == SCHEMA_PARTIAL;
	bool extra_ok = s->match == SCHEMA_SUBSET || s->match == SCHEMA_PARTIAL;
	struct difference d;

	for (size_t i = 0; i < s->nfields; i++) {
		const struct schema_text *t = &s->fields[i].name;

		if (table_schema_find(s, t->ptr, t->len) != (int)i)
			return error_set(err, ERROR_USAGE,
				"%s: field '%s' is there twice, which no input can have",
				s->path, t->ptr);
	}
	compare_header(s, header, &d);
	if (d.common == 0)
		return error_set(err, ERROR_USAGE,
			"%s: no field of the schema is a column of the input, which has %s",
			s->path, d.extra);
	if (*d.missing != '\0' && !missing_ok)
		return error_set(err, ERROR_USAGE, "%s: missing column%s %s%s%s", s->path,
			strchr(d.missing, ',') ? "s" : "", d.missing,
			*d.extra != '\0' && !extra_ok ? ", and the schema has no field " : "",
			*d.extra != '\0' && !extra_ok ? d.extra : "");
	if (*d.extra != '\0' && !extra_ok)
		return error_set(
			err, ERROR_USAGE, "%s: the schema has no field %s", s->path, d.extra);
	if (s->match == SCHEMA_EXACT && !d.ordered)
		return error_set(err, ERROR_USAGE,
			"%s: the columns are in another order than the fields, and fieldsMatch "
			"is exact",
			s->path);
	return 0;
}

static int
add_columns(struct contract *c, const struct csv_record *header, struct error *err)
{
	const struct table_schema *s = c->schema;

	c->columns = contract_allocate(c, s->nfields, sizeof *c->columns, err);
	c->cells = contract_allocate(c, s->nfields, sizeof *c->cells, err);
	c->states = contract_allocate(c, s->nfields, sizeof *c->states, err);
	if (c->columns == NULL || c->cells == NULL || c->states == NULL)
		return -1;
	for (size_t i = 0; i < s->nfields; i++) {
		const struct schema_field *f = &s->fields[i];
		int at = csv_record_find(header, f->name.ptr, f->name.len);
		struct column *col = &c->columns[c->ncolumns];

		if (at < 0)
			continue;
		col->field = f;
		col->index = (size_t)at;
		c->ncolumns++;
		if (add_column(c, col, err) < 0)
			return fail(c, f, err);
	}
	return 0;
}

struct contract *
contract_new(const struct table_schema *schema, const struct csv_record *header,
	const struct resources *resources, struct error *err)
{
	struct contract *c = calloc(1, sizeof *c);

	if (c == NULL) {
		error_nomem(err);
		return NULL;
	}
	arena_init(&c->arena);
	c->schema = schema;
	c->header = header;
	c->op = table_schema_find(schema, "_op", 3) < 0 ? csv_record_find(header, "_op", 3)
							: -1;
	if (match_header(schema, header, err) < 0 || add_row_rules(c, err) < 0 ||
		add_columns(c, header, err) < 0 || contract_add_keys(c, resources, err) < 0 ||
		contract_add_exprs(c, err) < 0)
		goto fail;
	/* a row breaks a rule once or not */
	c->violations = contract_allocate(c, c->nrules, sizeof *c->violations, err);
	if (c->violations == NULL)
		goto fail;
	return c;
fail:
	contract_free(c);
	return NULL;
}

const struct rule *
contract_rules(const struct contract *c, size_t *n)
{
	*n = c->nrules;
	return c->rules;
}

void
contract_free(struct contract *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->ncolumns; i++) {
		cell_type_free(c->columns[i].type);
		pattern_free(c->columns[i].pattern);
		json_schema_free(c->columns[i].json_schema);
	}
	for (size_t i = 0; i < c->nkeys; i++) {
		keyset_free(c->keys[i].seen);
		row_key_release(&c->keys[i].row);
	}
	contract_release_exprs(c);
	for (struct constant *k = c->constants; k != NULL; k = k->next)
		cell_type_free(k->type);
	free(c->scratch.data);
	free(c->rules);
	arena_release(&c->arena);
	free(c);
}
