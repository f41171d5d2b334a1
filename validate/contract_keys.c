/*
 * contract_keys.c - primary, unique and foreign keys of a contract
 */
#include <string.h>

#include "validate/contract_parts.h"

/* Whether the same columns make an earlier key; then the later says nothing more. */
static bool
key_known(const struct contract *c, const struct key *k)
{
	for (size_t i = 0; i < c->nkeys; i++) {
		const struct key *earlier = &c->keys[i];
		size_t same = 0;

		if (earlier->n != k->n)
			continue;
		for (size_t a = 0; a < k->n; a++) {
			for (size_t b = 0; b < k->n; b++)
				same += earlier->columns[a] == k->columns[b];
		}
		if (same == k->n)
			return true;
	}
	return false;
}

/* The names of a key's columns, joined. */
static char *
key_names(struct contract *c, const struct key *k, struct error *err)
{
	c->scratch.len = 0;
	for (size_t i = 0; i < k->n; i++) {
		const struct schema_text *name = &c->columns[k->columns[i]].field->name;

		if ((i > 0 && buffer_put(&c->scratch, ", ", 2, err) < 0) ||
			buffer_put(&c->scratch, name->ptr, name->len, err) < 0)
			return NULL;
	}
	return contract_keep(c, (const char *)c->scratch.data, c->scratch.len, err);
}

static int
start_key(struct contract *c, const struct schema_key *fields, const char *name,
	struct key **key, struct error *err)
{
	struct key *k = *key = &c->keys[c->nkeys];
	size_t *columns = contract_allocate(c, fields->n, sizeof *columns, err);

	k->row.cells = contract_allocate(c, fields->n, sizeof(struct cell *), err);
	if (columns == NULL || k->row.cells == NULL)
		return -1;
	for (size_t i = 0; i < fields->n; i++) {
		const struct schema_field *f = &c->schema->fields[fields->fields[i]];
		size_t at = 0;

		while (at < c->ncolumns && c->columns[at].field != f)
			at++;
		if (at == c->ncolumns)
			return error_set(err, ERROR_USAGE,
				"%s: '%s' names '%s', which the input has not", c->schema->path,
				name, f->name.ptr);
		columns[i] = at;
		k->row.cells[i] = &c->cells[at];
	}
	k->columns = columns;
	k->n = k->row.n = fields->n;
	return 0;
}

static int
add_key(struct contract *c, const struct schema_key *fields, bool primary, const char *name,
	struct error *err)
{
	struct rule rule = {
		primary ? "primary-key" : "unique-error", name, NULL, fields->n, NULL};
	struct key *k;

	if (start_key(c, fields, name, &k, err) < 0)
		return -1;
	if (key_known(c, k))
		return 0;
	rule.column = key_names(c, k, err);
	if (rule.column == NULL || contract_add_rule(c, &rule, &k->rule, err) < 0)
		return -1;
	if (c->op < 0) {
		k->seen = keyset_new(KEYSET_UNIQUE, err);
		if (k->seen == NULL)
			return -1;
	}
	k->primary = primary;
	c->nkeys++;
	return 0;
}

/* "countries(code)": what a foreign key refers to. */
static char *
reference_name(struct contract *c, const struct schema_foreign_key *f, struct error *err)
{
	const char *table = f->resource == NULL ? "the table itself" : f->resource;

	c->scratch.len = 0;
	if (buffer_put(&c->scratch, table, strlen(table), err) < 0)
		return NULL;
	for (size_t i = 0; i < f->columns.n; i++) {
		const struct schema_text *t = &f->columns.items[i];

		if (buffer_put(&c->scratch, i == 0 ? "(" : ", ", i == 0 ? 1 : 2, err) < 0 ||
			buffer_put(&c->scratch, t->ptr, t->len, err) < 0)
			return NULL;
	}
	if (buffer_put(&c->scratch, ")", 1, err) < 0)
		return NULL;
	return contract_keep(c, (const char *)c->scratch.data, c->scratch.len, err);
}

static int
add_foreign_key(struct contract *c, const struct schema_foreign_key *f,
	const struct resources *resources, struct error *err)
{
	struct rule rule = {"foreign-key", "foreignKeys", NULL, f->key.n, NULL};
	struct key *k;

	if (start_key(c, &f->key, "foreignKeys", &k, err) < 0)
		return -1;
	rule.column = key_names(c, k, err);
	rule.limit = reference_name(c, f, err);
	if (rule.column == NULL || rule.limit == NULL ||
		contract_add_rule(c, &rule, &k->rule, err) < 0)
		return -1;
	k->foreign = true;
	k->seen = reference_load(c->schema, f, resources, err);
	if (k->seen == NULL)
		return -1;
	c->nkeys++;
	return 0;
}

int
contract_add_keys(struct contract *c, const struct resources *resources, struct error *err)
{
	const struct table_schema *s = c->schema;

	c->keys = contract_allocate(
		c, 1 + s->nunique_keys + c->ncolumns + s->nforeign_keys, sizeof *c->keys, err);
	if (c->keys == NULL)
		return -1;
	if (s->primary_key.n > 0 && add_key(c, &s->primary_key, true, "primaryKey", err) < 0)
		return -1;
	for (size_t i = 0; i < s->nunique_keys; i++) {
		if (add_key(c, &s->unique_keys[i], false, "uniqueKeys", err) < 0)
			return -1;
	}
	for (size_t i = 0; i < c->ncolumns; i++) {
		const size_t field = (size_t)(c->columns[i].field - s->fields);
		const struct schema_key one = {&field, 1};

		if (c->columns[i].field->constraints.unique &&
			add_key(c, &one, false, "unique", err) < 0)
			return -1;
	}
	/* last: key_known must not take one for a key that makes unique */
	for (size_t i = 0; i < s->nforeign_keys; i++) {
		if (add_foreign_key(c, &s->foreign_keys[i], resources, err) < 0)
			return -1;
	}
	return 0;
}
