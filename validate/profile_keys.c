/*
 * profile_keys.c - what is unique, and what refers to what (see profile_parts.h)
 *
 * A column is unique exactly when all its values were kept, or when it is of
 * whole numbers that only ever rose; else there is the sketch's estimate, and
 * it says so.
 */
#include <string.h>

#include "validate/profile_parts.h"

/* Columns with less different values than this part of all are no keys worth telling. */
#define KEY_SHARE 0.9

/* A column whose rows are contained by less than this share refers to nothing. */
#define REFERENCE_SHARE 0.9

/*
 * Small numbers are in every key by chance.  A column of another name counts
 * only when it has this part of the values that it would refer to.
 */
#define REFERENCE_COVERAGE 0.01

static void
set_example(json_t *key, const char *name, const struct ident *example)
{
	char text[IDENT_SIZE];
	json_t *json;

	if (ident_row(example) == 0)
		return;
	json = json_pack("{s:I}", "row", (json_int_t)ident_row(example));
	if (ident_text(example, text))
		json_object_set_new(json, "value", json_string(text));
	json_object_set_new(key, name, json);
}

static json_t *
column_key(const struct column *c)
{
	const struct ident_repeats *r = &c->repeats;
	uint64_t nulls = column_kind_rows(c, KIND_NULL);
	bool exact;
	double distinct = column_distinct(c, &exact);
	json_t *key;

	if (c->values == 0 || distinct < KEY_SHARE * (double)c->values)
		return NULL;
	if (!c->repeats_known) {
		/* a sketch cannot tell one value more or less */
		return json_pack("{s:[s], s:s, s:b, s:I}", "columns", c->name, "method",
			c->ascending ? "ascending" : "estimate", "unique",
			c->ascending ||
				(!c->counts.repeated && distinct > (1 - 4 * HYPERLOGLOG_ERROR) *
									   (double)c->values),
			"nulls", (json_int_t)nulls);
	}
	key = json_pack("{s:[s], s:s, s:b, s:I, s:I, s:I}", "columns", c->name, "method",
		"exact", "unique", r->repeated == 0, "nulls", (json_int_t)nulls, "repeated",
		(json_int_t)r->repeated, "repeated_without_case",
		(json_int_t)r->folded_repeated);
	set_example(key, "example", &r->example);
	set_example(key, "example_without_case", &r->folded_example);
	return key;
}

static json_t *
pair_key(const struct table *t, const struct column_pair *p)
{
	const struct ident_repeats *r = &p->repeats;
	json_t *key = json_pack("{s:[s, s], s:s, s:b, s:i, s:I}", "columns", t->names[p->a],
		t->names[p->b], "method", "exact", "unique", r->repeated == 0, "nulls", 0,
		"repeated", (json_int_t)r->repeated);

	if (ident_row(&r->example) != 0)
		json_object_set_new(key, "example",
			json_pack("{s:I}", "row", (json_int_t)ident_row(&r->example)));
	return key;
}

json_t *
profile_keys(const struct table *t)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < t->ncolumns; i++) {
		json_t *key = column_key(&t->columns[i]);

		if (key != NULL)
			json_array_append_new(keys, key);
	}
	for (size_t i = 0; i < t->npairs; i++)
		json_array_append_new(keys, pair_key(t, &t->pairs[i]));
	return keys;
}

/* A key that others may refer to: all its values are known, and no two are the same. */
static bool
is_referable(const struct column *c)
{
	return c->repeats_known && c->repeats.repeated == 0 && c->values > 1;
}

static bool
may_refer(const struct column *c, const struct column *to, bool same_name)
{
	const struct ident_repeats *a = &c->repeats, *b = &to->repeats;

	if (!c->repeats_known || c->values == 0 || !is_referable(to))
		return false;
	if (same_name)
		return true;
	return a->distinct > 2 &&
	       (double)a->distinct >= REFERENCE_COVERAGE * (double)b->distinct;
}

static json_t *
orphans_json(const struct ident_containment *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->norphans; i++) {
		char text[IDENT_SIZE];
		json_t *one = json_pack("{s:I}", "row", (json_int_t)ident_row(&c->orphans[i]));

		if (ident_text(&c->orphans[i], text))
			json_object_set_new(one, "value", json_string(text));
		json_array_append_new(list, one);
	}
	return list;
}

/* Add to list what the column c of t says of a reference to the column `to` of u. */
static int
add_reference(json_t *list, const struct table *t, struct column *c, const struct table *u,
	struct column *to, struct error *err)
{
	struct ident_containment in;
	int rc;

	if (!may_refer(c, to, strcmp(c->name, to->name) == 0))
		return 0;
	rc = ident_list_contained(c->idents, to->idents, REFERENCE_SHARE, &in, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if ((double)in.contained < REFERENCE_SHARE * (double)in.rows)
		return 0;
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:f, s:I, s:I, s:f, s:o}",
			      "table", t->input->name, "column", c->name, "to_table",
			      u->input->name, "to_column", to->name, "rows",
			      (json_int_t)in.rows, "contained", (json_int_t)in.contained,
			      "share", (double)in.contained / (double)in.rows, "orphans",
			      (json_int_t)(in.rows - in.contained), "orphan_values",
			      (json_int_t)(in.distinct - in.distinct_contained), "coverage",
			      (double)in.distinct_contained / (double)to->repeats.distinct,
			      "orphan_examples", orphans_json(&in)));
	return 0;
}

json_t *
profile_references(struct table *tables, size_t n, struct error *err)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		for (size_t c = 0; c < tables[i].ncolumns; c++) {
			for (size_t k = 0; k < n; k++) {
				for (size_t d = 0; k != i && d < tables[k].ncolumns; d++) {
					if (add_reference(list, &tables[i],
						    &tables[i].columns[c], &tables[k],
						    &tables[k].columns[d], err) < 0)
						goto fail;
				}
			}
		}
	}
	return list;
fail:
	json_decref(list);
	return NULL;
}
