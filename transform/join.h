/*
 * join.h - one member of FROM behind the input: its rows for the row at hand
 *
 * compile, then (for a lookup, once its rows are loaded) index; then for each
 * row to its left start, and next until it says 0.  The present row is in
 * relation->values, where the expressions compiled after it read it.
 */
#ifndef TRANSFORM_JOIN_H
#define TRANSFORM_JOIN_H

#include "expr/hash.h"
#include "expr/set.h"
#include "transform/lookup.h"

struct join_slot {
	uint32_t hash;
	uint32_t row; /* offset in the lookup */
};

struct join {
	const struct sql_from *from;
	struct expr_relation *relation; /* borrowed */
	struct lookup *lookup; /* borrowed; NULL: a function, or a lookup without its file */
	struct expr_set *set;
	struct set_columns set_columns;
	size_t nkeys; /* the equalities that find rows; the other conditions are in rest */
	struct expr_equality *keys;
	int *outer; /* by key: which of its sides is the left rows' */
	size_t nrest;
	struct expr **rest;

	uint32_t mask; /* of the hash: which of starts */
	uint32_t *starts;
	struct join_slot *slots; /* in the order of the file, within one start */

	uint32_t hash, next, end; /* slots under way */
	bool unmatched;           /* LEFT JOIN, and no row was found yet */
};

/*
 * Compile the condition, in a scope whose last relation is the member itself.
 * What it needs is in the unit and in arena.
 */
int join_compile(struct join *j, struct expr_unit *unit, const struct expr_scope *scope,
	const struct sql_node *on, struct arena *arena, struct error *err);

/* Put the loaded rows of the lookup in order.  ERROR_RUNTIME names a row whose key fails. */
int join_index(struct join *j, struct error *err);

/* 0, or -1 with the frame's error filled. */
int join_start(struct join *j, struct expr_frame *frame);

/* 1 with a row, 0 behind the last, -1 with the frame's error filled. */
int join_next(struct join *j, struct expr_frame *frame);

/* Does not release the lookup. */
void join_release(struct join *j);

#endif
