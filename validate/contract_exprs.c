/*
 * contract_exprs.c - rules and keys of a contract that are PostgreSQL expressions
 *
 * They stand in the schema under the key "caravan":
 *
 *   "rules": [{"name": "period", "expression": "ends_at >= starts_at"}]
 *   "uniqueKeys": ["lower(email)", ["tenant_id", "lower(name)"]]
 *
 * As with CHECK and UNIQUE in SQL, a rule that is NULL holds and a key with a
 * NULL in it is not asked for.  An expression over a value that is not of its
 * type is not asked: that value is an error already.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/contract_parts.h"

static int
wrong(const struct contract *c, const char *what, struct error *err)
{
	return error_set(err, ERROR_USAGE, "%s: caravan: %s", c->schema->path, what);
}

static int
new_expr(struct contract *c, const char *name, const char *text, bool condition,
	struct reading_expr *r, struct error *err)
{
	char where[512];

	snprintf(where, sizeof where, "%s: caravan: %s", c->schema->path, name);
	r->columns = contract_allocate(c, c->ncolumns, sizeof *r->columns, err);
	if (r->columns == NULL)
		return -1;
	r->expr = row_expr_new(c->schema, c->header, where, text, condition, err);
	if (r->expr == NULL)
		return -1;
	for (size_t i = 0; i < c->ncolumns; i++) {
		if (row_expr_reads(r->expr, c->columns[i].index))
			r->columns[r->ncolumns++] = i;
	}
	return 0;
}

static int
add_row_rule(struct contract *c, const json_t *json, struct error *err)
{
	const char *name = json_string_value(json_object_get(json, "name"));
	const char *text = json_string_value(json_object_get(json, "expression"));
	struct row_rule *r = &c->row_rules[c->nrow_rules];
	struct rule rule = {"row-constraint", name, NULL, 0, text};

	if (name == NULL || text == NULL)
		return wrong(c, "each of 'rules' must have a 'name' and an 'expression'", err);
	c->nrow_rules++;
	if (new_expr(c, name, text, true, &r->condition, err) < 0)
		return -1;
	return contract_add_rule(c, &rule, &r->rule, err);
}

static int
add_expr_key(struct contract *c, const json_t *json, struct error *err)
{
	struct expr_key *k = &c->expr_keys[c->nexpr_keys];
	size_t n = json_is_array(json) ? json_array_size(json) : 1;
	/* not one column, so the row is meant */
	struct rule rule = {"unique-error", "uniqueKeys", NULL, n + 1, NULL};

	k->parts = contract_allocate(c, n + 1, sizeof *k->parts, err);
	if (k->parts == NULL)
		return -1;
	c->nexpr_keys++;
	c->scratch.len = 0;
	for (size_t i = 0; i < n; i++) {
		const char *text =
			json_string_value(json_is_array(json) ? json_array_get(json, i) : json);

		if (text == NULL)
			return wrong(c,
				"each of 'uniqueKeys' must be an expression or an array of "
				"them",
				err);
		k->nparts++;
		if (new_expr(c, "uniqueKeys", text, false, &k->parts[i], err) < 0)
			return -1;
		if ((i > 0 && buffer_put(&c->scratch, ", ", 2, err) < 0) ||
			buffer_put(&c->scratch, text, strlen(text), err) < 0)
			return -1;
	}
	if (n == 0)
		return wrong(c, "one of 'uniqueKeys' has no expression", err);
	rule.column = contract_keep(c, (const char *)c->scratch.data, c->scratch.len, err);
	if (rule.column == NULL)
		return -1;
	if (c->op < 0) {
		k->seen = keyset_new(KEYSET_UNIQUE, err);
		if (k->seen == NULL)
			return -1;
	}
	return contract_add_rule(c, &rule, &k->rule, err);
}

int
contract_add_exprs(struct contract *c, struct error *err)
{
	const json_t *caravan = json_object_get(c->schema->json, "caravan"), *item;
	json_t *rules = json_object_get(caravan, "rules");
	json_t *keys = json_object_get(caravan, "uniqueKeys");
	size_t i;

	if ((rules != NULL && !json_is_array(rules)) || (keys != NULL && !json_is_array(keys)))
		return wrong(c, "'rules' and 'uniqueKeys' must be arrays", err);
	c->row_rules =
		contract_allocate(c, json_array_size(rules) + 1, sizeof *c->row_rules, err);
	c->expr_keys =
		contract_allocate(c, json_array_size(keys) + 1, sizeof *c->expr_keys, err);
	c->row = contract_allocate(c, c->header->nfields, sizeof *c->row, err);
	if (c->row_rules == NULL || c->expr_keys == NULL || c->row == NULL)
		return -1;
	json_array_foreach (rules, i, item) {
		if (add_row_rule(c, item, err) < 0)
			return -1;
	}
	json_array_foreach (keys, i, item) {
		if (add_expr_key(c, item, err) < 0)
			return -1;
	}
	return 0;
}

void
contract_release_exprs(struct contract *c)
{
	for (size_t i = 0; i < c->nrow_rules; i++)
		row_expr_free(c->row_rules[i].condition.expr);
	for (size_t i = 0; i < c->nexpr_keys; i++) {
		for (size_t p = 0; p < c->expr_keys[i].nparts; p++)
			row_expr_free(c->expr_keys[i].parts[p].expr);
		keyset_free(c->expr_keys[i].seen);
		free(c->expr_keys[i].bytes.data);
	}
}

static bool
reads_bad_value(const struct contract *c, const struct reading_expr *r)
{
	for (size_t i = 0; i < r->ncolumns; i++) {
		if (c->states[r->columns[i]] == STATE_BAD)
			return true;
	}
	return false;
}

/* An expression failed: a violation of the row, unless it was for want of memory. */
static int
fail_row(struct contract *c, size_t rule, const struct row_expr *expr, struct error *err)
{
	const char *failure = row_expr_failure(expr);

	if (strncmp(failure, "53200", 5) == 0)
		return error_nomem(err);
	contract_violate(c, rule, NULL, 0)->failure = failure;
	return 0;
}

int
contract_check_rules(struct contract *c, const struct csv_record *record, struct error *err)
{
	if (c->nrow_rules + c->nexpr_keys == 0)
		return 0;
	memcpy(c->row, record->fields, c->header->nfields * sizeof *c->row);
	for (size_t i = 0; i < c->ncolumns; i++) {
		if (c->states[i] == STATE_NULL)
			c->row[c->columns[i].index].null = true;
	}
	for (size_t i = 0; i < c->nrow_rules; i++) {
		struct row_rule *r = &c->row_rules[i];
		bool null, holds;

		if (reads_bad_value(c, &r->condition))
			continue;
		if (row_expr_condition(r->condition.expr, c->row, &null, &holds) < 0) {
			if (fail_row(c, r->rule, r->condition.expr, err) < 0)
				return -1;
		} else if (!null && !holds) {
			contract_violate(c, r->rule, NULL, 0);
		}
	}
	return 0;
}

/* 1 when all parts are there, in k->bytes; 0 when one is NULL, failed, or cannot be asked. */
static int
make_expr_key(struct contract *c, struct expr_key *k, struct error *err)
{
	k->bytes.len = 0;
	for (size_t i = 0; i < k->nparts; i++) {
		struct reading_expr *r = &k->parts[i];
		const char *text;
		size_t len;
		bool null;

		if (reads_bad_value(c, r))
			return 0;
		if (row_expr_text(r->expr, c->row, &null, &text, &len) < 0)
			return fail_row(c, k->rule, r->expr, err);
		if (null)
			return 0;
		if (buffer_put(&k->bytes, &len, sizeof len, err) < 0 ||
			buffer_put(&k->bytes, text, len, err) < 0)
			return -1;
	}
	return 1;
}

int
contract_find_expr_keys(struct contract *c, struct error *err)
{
	for (size_t i = 0; i < c->nexpr_keys; i++) {
		struct expr_key *k = &c->expr_keys[i];
		struct place first;
		int rc = make_expr_key(c, k, err);

		if (rc < 0)
			return -1;
		k->complete = rc == 1 && k->seen != NULL;
		if (!k->complete)
			continue;
		rc = keyset_find(k->seen, k->bytes.data, k->bytes.len, &first, err);
		if (rc < 0)
			return -1;
		if (rc == 1)
			contract_violate(c, k->rule, NULL, 0)->first = first;
	}
	return 0;
}

int
contract_add_expr_keys(struct contract *c, const struct place *place, struct error *err)
{
	for (size_t i = 0; i < c->nexpr_keys; i++) {
		struct expr_key *k = &c->expr_keys[i];

		if (k->complete && keyset_add(k->seen, place, err) < 0)
			return -1;
	}
	return 0;
}
