/*
 * join.c - see join.h
 *
 * Rows of a lookup are found by a hash of their keys, in 8 bytes a row and 4
 * to 8 more for where the rows of a hash begin, and then asked by the whole
 * condition, so that the hash decides nothing.  A row one of whose keys is NULL
 * is in no slot: it equals none.
 */
#include <stdlib.h>
#include <string.h>

#include "transform/join.h"

/* Marks which relations a node reads: bit 0 the member's own, bit 1 any other. */
static unsigned
sides_read(const struct expr_scope *scope, const struct sql_node *node)
{
	size_t relation, column;
	unsigned read = 0;

	if (node->kind == SQL_COLUMN) {
		if (expr_scope_resolve(scope, node->qualifier, node->name, &relation,
			    &column) != SCOPE_FOUND)
			return 3; /* the compiler says why, at its place */
		return relation == scope->njoined ? 1 : 2;
	}
	for (int i = 0; i < node->nargs; i++)
		read |= sides_read(scope, node->args[i]);
	return read;
}

/* The side of a = b that the lookup's row is not needed for, or -1: it is no key. */
static int
outer_side(const struct expr_scope *scope, const struct sql_node *node)
{
	if (node->kind != SQL_OPERATOR || node->nargs != 2 || strcmp(node->name, "=") != 0)
		return -1;
	for (int outer = 0; outer < 2; outer++) {
		if ((sides_read(scope, node->args[outer]) & 1) == 0 &&
			sides_read(scope, node->args[1 - outer]) == 1)
			return outer;
	}
	return -1;
}

/* The parts of nested ANDs into list, unless that is NULL; how many there are. */
static size_t
conjuncts(const struct sql_node *node, const struct sql_node **list)
{
	size_t n = 0;

	if (node->kind != SQL_AND) {
		if (list != NULL)
			list[0] = node;
		return 1;
	}
	for (int i = 0; i < node->nargs; i++)
		n += conjuncts(node->args[i], list ? list + n : NULL);
	return n;
}

int
join_compile(struct join *j, struct expr_unit *unit, const struct expr_scope *scope,
	const struct sql_node *on, struct arena *arena, struct error *err)
{
	size_t n = conjuncts(on, NULL);
	const struct sql_node **list = arena_alloc(arena, n * sizeof(const struct sql_node *));

	j->keys = arena_alloc(arena, n * sizeof *j->keys);
	j->outer = arena_alloc(arena, n * sizeof *j->outer);
	j->rest = arena_alloc(arena, n * sizeof(struct expr *));
	if (list == NULL || j->keys == NULL || j->outer == NULL || j->rest == NULL)
		return error_nomem(err);
	conjuncts(on, list);
	for (size_t i = 0; i < n; i++) {
		int outer = j->set == NULL ? outer_side(scope, list[i]) : -1;

		if (outer >= 0) {
			struct expr_equality *key = &j->keys[j->nkeys];

			if (expr_compile_equality(unit, list[i], outer, key, err) < 0)
				return -1;
			j->rest[j->nrest++] = key->condition;
			j->outer[j->nkeys] = outer;
			j->nkeys += key->sides[0] != NULL;
			continue;
		}
		j->rest[j->nrest] = expr_compile_condition(unit, list[i], "JOIN/ON", err);
		if (j->rest[j->nrest++] == NULL)
			return -1;
	}
	return 0;
}

/* Hash the keys of one side; *null when one of them is.  Outer ones stay in their slots. */
static int
hash_keys(
	const struct join *j, bool outer, struct expr_frame *frame, uint32_t *hash, bool *null)
{
	uint64_t all = 0, one;

	*null = false;
	for (size_t i = 0; i < j->nkeys; i++) {
		const struct expr_equality *key = &j->keys[i];
		struct value inner, *v = outer ? key->slot : &inner;

		if (expr_eval(key->sides[outer ? j->outer[i] : 1 - j->outer[i]], frame, v) < 0)
			return -1;
		if (v->null) {
			*null = true;
			return 0;
		}
		if (value_hash(&frame->context, key->type, v, &one) < 0)
			return -1;
		all = (all ^ one) * UINT64_C(0x9E3779B97F4A7C15);
		all ^= all >> 32;
	}
	*hash = (uint32_t)all;
	return 0;
}

/* The slots of all rows that have keys, in the order of the file. */
static int
collect_slots(struct join *j, struct join_slot *slots, size_t *n, struct error *err)
{
	struct expr_error error = {"", ""};
	struct arena arena;
	struct expr_frame frame = {.context = {&arena, &error}};
	uint32_t at = 0, row;
	bool null;
	int rc = 0;

	*n = 0;
	arena_init(&arena);
	for (size_t i = 0; i < lookup_rows(j->lookup); i++) {
		arena_reset(&arena);
		row = at;
		at = lookup_row(j->lookup, row, j->relation->values);
		if (hash_keys(j, false, &frame, &slots[*n].hash, &null) < 0) {
			rc = error_set(err, ERROR_RUNTIME, "%s: row %zu: %s: %s",
				lookup_path(j->lookup), i + 1, error.sqlstate, error.message);
			break;
		}
		slots[*n].row = row;
		*n += !null;
	}
	arena_release(&arena);
	return rc;
}

int
join_index(struct join *j, struct error *err)
{
	size_t rows = lookup_rows(j->lookup), n, buckets = 1, sum = 0;
	struct join_slot *slots = calloc(rows + 1, sizeof *slots);
	int rc = -1;

	if (slots == NULL)
		return error_nomem(err);
	if (collect_slots(j, slots, &n, err) < 0)
		goto out;
	while (j->nkeys > 0 && buckets < n)
		buckets *= 2;
	j->mask = (uint32_t)(buckets - 1);
	j->starts = calloc(buckets + 1, sizeof *j->starts);
	j->slots = calloc(n + 1, sizeof *j->slots);
	if (j->starts == NULL || j->slots == NULL) {
		error_nomem(err);
		goto out;
	}
	/* sorted by bucket: count, add up, then fill from the last to the first */
	for (size_t i = 0; i < n; i++)
		j->starts[slots[i].hash & j->mask]++;
	for (size_t b = 0; b <= buckets; b++) {
		sum += j->starts[b];
		j->starts[b] = (uint32_t)sum;
	}
	for (size_t i = n; i-- > 0;)
		j->slots[--j->starts[slots[i].hash & j->mask]] = slots[i];
	rc = 0;
out:
	free(slots);
	return rc;
}

int
join_start(struct join *j, struct expr_frame *frame)
{
	bool null;

	j->unmatched = j->from->left;
	j->next = j->end = 0;
	if (j->set != NULL)
		return expr_set_start(j->set, frame);
	if (hash_keys(j, true, frame, &j->hash, &null) < 0)
		return -1;
	if (null)
		return 0;
	j->next = j->starts[j->hash & j->mask];
	j->end = j->starts[(j->hash & j->mask) + 1];
	return 0;
}

/* The next row, whether or not it meets the condition. */
static int
candidate(struct join *j, struct expr_frame *frame)
{
	if (j->set != NULL)
		return expr_set_next(j->set, frame, j->relation->values);
	while (j->next < j->end) {
		const struct join_slot *slot = &j->slots[j->next++];

		if (slot->hash != j->hash && j->nkeys > 0)
			continue;
		lookup_row(j->lookup, slot->row, j->relation->values);
		return 1;
	}
	return 0;
}

static int
meets(const struct join *j, struct expr_frame *frame)
{
	struct value v;

	for (size_t i = 0; i < j->nrest; i++) {
		if (expr_eval(j->rest[i], frame, &v) < 0)
			return -1;
		if (v.null || !v.b)
			return 0;
	}
	return 1;
}

int
join_next(struct join *j, struct expr_frame *frame)
{
	int got, met;

	while ((got = candidate(j, frame)) > 0) {
		met = meets(j, frame);
		if (met != 0) {
			j->unmatched = false;
			return met;
		}
	}
	if (got < 0 || !j->unmatched)
		return got;
	j->unmatched = false;
	for (size_t i = 0; i < j->relation->ncolumns; i++)
		j->relation->values[i].null = true;
	return 1;
}

void
join_release(struct join *j)
{
	free(j->starts);
	free(j->slots);
}
