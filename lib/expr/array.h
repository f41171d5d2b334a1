/*
 * array.h - arrays of any type: their text, their elements, comparison
 *
 * As in PostgreSQL an array has up to six dimensions, each with a lower bound,
 * and its elements lie in row-major order.  An empty array has no dimension.
 * Functions that take a context return 0, or -1 with ctx->error filled; what
 * they make lies in ctx->arena.  Sources: manual, 8.15 and 9.19.
 */
#ifndef EXPR_ARRAY_H
#define EXPR_ARRAY_H

#include "expr/function.h"

enum { ARRAY_DIMS_MAX = 6 };

struct array {
	int ndims;
	int32_t dims[ARRAY_DIMS_MAX];
	int32_t lower[ARRAY_DIMS_MAX];
	size_t n; /* of items */
	struct value *items;
};

/* One dimension from 1 to n, or the empty array for 0; items are left to the caller.  NULL: error. */
struct array *array_new(struct eval_context *ctx, size_t n);

/* A text as an array of type `type`; typmod is the elements'.  22P02, 54000, and the elements' own. */
int array_parse(struct eval_context *ctx, const struct text *s, enum value_type type,
	int32_t typmod, struct value *result);

int array_print(struct eval_context *ctx, enum value_type type, const struct array *a,
	struct text *result);

/* The number of elements of these dimensions; 54000 when there are too many. */
int array_count(struct eval_context *ctx, int ndims, const int32_t *dims, size_t *n);

/* How the elements of arrays compare: made once for a call, by array_prepare. */
struct array_order {
	struct call_site equal, less;
	enum value_type types[2];
};

/* For function.prepare, of a function whose first array argument is of types[0] or types[1]. */
int array_prepare(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants);

/* Neither is NULL. */
int array_element_equal(struct eval_context *ctx, const struct array_order *order,
	const struct value *a, const struct value *b, bool *equal);

/* Whether a < b.  Neither is NULL. */
int array_element_less(struct eval_context *ctx, const struct array_order *order,
	const struct value *a, const struct value *b, bool *less);

/* -1, 0, 1 in *order, as PostgreSQL sorts arrays. */
int array_compare(struct eval_context *ctx, const struct array_order *how,
	const struct array *a, const struct array *b, int *order);

#endif
