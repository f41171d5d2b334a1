/*
 * contract_check.c - ask one row whether it keeps the contract; see contract.h
 */
#include <stdlib.h>
#include <string.h>

#include "validate/contract_parts.h"

struct violation *
contract_violate(struct contract *c, size_t rule, const char *value, size_t len)
{
	struct violation *v = &c->violations[c->nviolations++];

	*v = (struct violation){.rule = rule, .value = value, .len = len};
	return v;
}

static bool
is_missing(const struct column *col, const struct csv_field *f)
{
	const struct schema_texts *t = &col->field->missing;

	for (size_t i = 0; i < t->n; i++) {
		if (t->items[i].len == f->len && memcmp(t->items[i].ptr, f->ptr, f->len) == 0)
			return true;
	}
	return false;
}

static bool
within(const struct bound *b, const struct cell *cell)
{
	int order = cell_compare(cell, b->limit);

	switch (b->kind) {
	case BOUND_MINIMUM: return order == 0 || order == 1;
	case BOUND_MAXIMUM: return order == 0 || order == -1;
	case BOUND_ABOVE: return order == 1;
	case BOUND_BELOW: return order == -1;
	case BOUND_KINDS: break;
	}
	return false;
}

/* 1, 0, or -1 when memory is short. */
static int
is_in_set(struct contract *c, const struct value_set *set, const struct cell *cell,
	struct error *err)
{
	const char *key = cell->text;
	size_t len = cell->len, low = 0, high = set->n;

	if (cell->kind != CELL_TEXT) {
		c->scratch.len = 0;
		if (cell_key(cell, &c->scratch, err) < 0)
			return -1;
		key = (const char *)c->scratch.data;
		len = c->scratch.len;
	}
	while (low < high) {
		size_t at = low + (high - low) / 2;
		const struct schema_text *t = &set->keys[at];
		int order = t->len != len ? (t->len < len ? -1 : 1) : memcmp(t->ptr, key, len);

		if (order == 0)
			return 1;
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return 0;
}

static void
check_length(struct contract *c, const struct column *col, const struct cell *cell)
{
	size_t n;

	/* no characters are counted where the bytes are few enough already */
	if (col->rule_min_length == 0 && cell->kind == CELL_TEXT &&
		cell->len <= col->max_length)
		return;
	n = cell_length(cell);
	if (col->rule_min_length > 0 && n < col->min_length)
		contract_violate(c, col->rule_min_length, cell->text, cell->len);
	if (col->rule_max_length > 0 && n > col->max_length)
		contract_violate(c, col->rule_max_length, cell->text, cell->len);
}

static void
check_pattern(struct contract *c, const struct column *col, const struct cell *cell)
{
	enum pattern_result result = pattern_match(col->pattern, cell->text, cell->len);

	if (result == PATTERN_YES)
		return;
	contract_violate(c, col->rule_pattern, cell->text, cell->len)->gave_up =
		result == PATTERN_GAVE_UP;
}

/* The constraints of a value that is of its type. */
static int
check_value(struct contract *c, const struct column *col, const struct cell *cell,
	struct error *err)
{
	for (size_t i = 0; i < col->nbounds; i++) {
		if (!within(&col->bounds[i], cell))
			contract_violate(c, col->bounds[i].rule, cell->text, cell->len);
	}
	if (col->rule_min_length + col->rule_max_length > 0)
		check_length(c, col, cell);
	if (col->pattern != NULL)
		check_pattern(c, col, cell);
	if (col->json_schema != NULL &&
		!json_schema_check(col->json_schema, cell->text, cell->len))
		contract_violate(c, col->rule_json_schema, cell->text, cell->len);
	for (size_t i = 0; i < col->nsets; i++) {
		int rc = is_in_set(c, &col->sets[i], cell, err);

		if (rc < 0)
			return -1;
		if (rc == 0)
			contract_violate(c, col->sets[i].rule, cell->text, cell->len);
	}
	return 0;
}

/* One column of the row, its type and its constraints; *empty counts those that are NULL. */
static int
check_column(struct contract *c, size_t i, const struct csv_record *record, size_t *empty,
	struct error *err)
{
	const struct column *col = &c->columns[i];
	const struct csv_field *f = &record->fields[col->index];
	struct cell *cell = &c->cells[i];

	if (f->null || is_missing(col, f)) {
		c->states[i] = STATE_NULL;
		*empty += f->null;
		if (col->rule_required > 0)
			contract_violate(
				c, col->rule_required, f->null ? NULL : f->ptr, f->len);
		return 0;
	}
	if (!cell_parse(col->type, f->ptr, f->len, cell)) {
		if (cell_type_failed(col->type))
			return error_nomem(err);
		c->states[i] = STATE_BAD;
		contract_violate(c, col->rule_type, f->ptr, f->len);
		return 0;
	}
	c->states[i] = STATE_GOOD;
	return check_value(c, col, cell, err);
}

static int
check_columns(struct contract *c, const struct csv_record *record, struct error *err)
{
	size_t empty = 0;

	for (size_t i = 0; i < c->ncolumns; i++) {
		if (check_column(c, i, record, &empty, err) < 0)
			return -1;
	}
	/* in a stream of one column NULL is a row like any other */
	if (empty == c->header->nfields && c->header->nfields > 1) {
		c->nviolations = 0;
		contract_violate(c, RULE_BLANK_ROW, NULL, 0);
	}
	return 0;
}

/* Whether all parts are there and of their types; NULLs in a primary key are violations. */
static bool
key_complete(struct contract *c, const struct key *k)
{
	bool complete = true, told = false;

	for (size_t i = 0; i < k->n; i++) {
		enum cell_state state = c->states[k->columns[i]];

		if (state == STATE_GOOD)
			continue;
		if (state == STATE_NULL && k->primary && !told) {
			contract_violate(c, k->rule, NULL, 0);
			c->violations[c->nviolations - 1].part =
				c->columns[k->columns[i]].field->name.ptr;
			told = true;
		}
		complete = false;
	}
	return complete;
}

static int
check_key(struct contract *c, struct key *k, struct error *err)
{
	const struct cell *cell = &c->cells[k->columns[0]];
	struct place first = {0, 0};
	int found;

	k->complete = key_complete(c, k) && k->seen != NULL;
	if (!k->complete)
		return 0;
	found = row_key_find(&k->row, k->seen, &first, err);
	if (found < 0)
		return -1;
	if ((found > 0) == k->foreign)
		return 0;
	contract_violate(c, k->rule, cell->text, cell->len);
	if (!k->foreign)
		c->violations[c->nviolations - 1].first = first;
	return 0;
}

static int
check_keys(struct contract *c, const struct place *place, struct error *err)
{
	for (size_t i = 0; i < c->nkeys; i++) {
		if (check_key(c, &c->keys[i], err) < 0)
			return -1;
	}
	if (contract_find_expr_keys(c, err) < 0)
		return -1;
	for (size_t i = 0; i < c->nkeys && c->nviolations == 0; i++) {
		struct key *k = &c->keys[i];

		if (k->complete && !k->foreign && keyset_add(k->seen, place, err) < 0)
			return -1;
	}
	return c->nviolations == 0 ? contract_add_expr_keys(c, place, err) : 0;
}

/* What a change stream does with the row, or 0. */
static char
change_of(const struct contract *c, const struct csv_record *record)
{
	const struct csv_field *op = c->op < 0 ? NULL : &record->fields[c->op];

	return op != NULL && !op->null && op->len == 1 ? *op->ptr : '\0';
}

/* Only the primary key is looked at. */
static int
check_deletion(struct contract *c, const struct csv_record *record, struct error *err)
{
	size_t empty = 0;

	for (size_t i = 0; i < c->nkeys; i++) {
		const struct key *k = &c->keys[i];

		for (size_t n = 0; k->primary && n < k->n; n++) {
			if (check_column(c, k->columns[n], record, &empty, err) < 0)
				return -1;
		}
		if (k->primary)
			(void)key_complete(c, k);
	}
	return (int)c->nviolations;
}

int
contract_check(struct contract *c, const struct csv_record *record, const struct place *place,
	const struct violation **violations, struct error *err)
{
	c->nviolations = 0;
	*violations = c->violations;
	switch (record->defect) {
	case CSV_SOUND: break;
	case CSV_MISSING_CELL:
		contract_violate(
			c, record->raw_len == 0 ? RULE_BLANK_ROW : RULE_MISSING_CELL, NULL, 0);
		return 1;
	case CSV_EXTRA_CELL: contract_violate(c, RULE_EXTRA_CELL, NULL, 0); return 1;
	case CSV_ENCODING_ERROR: contract_violate(c, RULE_ENCODING_ERROR, NULL, 0); return 1;
	}
	switch (change_of(c, record)) {
	case 'c': return 0;
	case 'd': return check_deletion(c, record, err);
	default: break;
	}
	if (check_columns(c, record, err) < 0)
		return -1;
	/* a blank row has no keys to speak of */
	if (c->nviolations > 0 && c->violations[0].rule == RULE_BLANK_ROW)
		return 1;
	if (contract_check_rules(c, record, err) < 0 || check_keys(c, place, err) < 0)
		return -1;
	return (int)c->nviolations;
}
