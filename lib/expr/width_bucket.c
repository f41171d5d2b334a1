/*
 * width_bucket.c - width_bucket, of numbers and of thresholds
 *
 * Source: manual, table 9.5.
 */
#include <math.h>

#include "expr/array.h"
#include "expr/numeric.h"

static int
bad_argument(struct eval_context *ctx, const char *why)
{
	return eval_fail(ctx, "2201G", "%s", why);
}

/* Behind the last one: count + 1. */
static int
behind(struct eval_context *ctx, int64_t count, struct value *result)
{
	return int_check(ctx, count + 1, TYPE_INT4, &result->i);
}

static int
of_floats(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double v = args[0].f, from = args[1].f, to = args[2].f, share;
	int64_t count = args[3].i;

	(void)site;
	if (count <= 0)
		return bad_argument(ctx, "count must be greater than zero");
	if (isnan(v) || isnan(from) || isnan(to))
		return bad_argument(ctx, "operand, lower bound, and upper bound cannot be NaN");
	if (isinf(from) || isinf(to))
		return bad_argument(ctx, "lower and upper bounds must be finite");
	if (from == to)
		return bad_argument(ctx, "lower bound cannot equal upper bound");
	if (from < to ? v < from : v > from) {
		result->i = 0;
		return 0;
	}
	if (from < to ? v >= to : v <= to)
		return behind(ctx, count, result);
	/* as version 15 has it, what is rounded to the end is in the bucket behind the last */
	share = (double)count * (v - from) / (to - from) + 1;
	if (share < INT32_MAX) {
		result->i = (int64_t)share;
		return 0;
	}
	/* there, a number that is none: halves, as the range is more than a double has */
	share = (v / 2 - from / 2) / (to / 2 - from / 2);
	result->i = (int64_t)((double)count * share) + 1;
	if (result->i > count)
		result->i = count;
	return 0;
}

/* The quotient may be rounded to count, and the bucket be that behind: so it is there, too. */
static int
numeric_share(struct eval_context *ctx, const struct value *args, struct value *result)
{
	struct numeric above, range, count, bucket;

	if (numeric_subtract(ctx, &args[0].n, &args[1].n, &above) < 0 ||
		numeric_subtract(ctx, &args[2].n, &args[1].n, &range) < 0 ||
		numeric_from_int(ctx, args[3].i, &count) < 0 ||
		numeric_multiply(ctx, &above, &count, &above) < 0 ||
		numeric_divide(ctx, &above, &range, &bucket) < 0 ||
		numeric_rescale(ctx, &bucket, 0, ROUND_FLOOR, &bucket) < 0 ||
		numeric_to_int(ctx, &bucket, TYPE_INT4, &result->i) < 0)
		return -1;
	return behind(ctx, result->i, result);
}

static int
of_numerics(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int range, from, to;

	(void)site;
	if (args[3].i <= 0)
		return bad_argument(ctx, "count must be greater than zero");
	for (int i = 0; i < 3; i++) {
		if (args[i].n.special == NUMERIC_NAN)
			return bad_argument(
				ctx, "operand, lower bound, and upper bound cannot be NaN");
	}
	if (args[1].n.special != NUMERIC_FINITE || args[2].n.special != NUMERIC_FINITE)
		return bad_argument(ctx, "lower and upper bounds must be finite");
	if (numeric_compare(ctx, &args[1].n, &args[2].n, &range) < 0 ||
		numeric_compare(ctx, &args[0].n, &args[1].n, &from) < 0 ||
		numeric_compare(ctx, &args[0].n, &args[2].n, &to) < 0)
		return -1;
	if (range == 0)
		return bad_argument(ctx, "lower bound cannot equal upper bound");
	if (range < 0 ? from < 0 : from > 0) {
		result->i = 0;
		return 0;
	}
	if (range < 0 ? to >= 0 : to <= 0)
		return behind(ctx, args[3].i, result);
	return numeric_share(ctx, args, result);
}

/* How many of the thresholds, which must ascend, are not above the operand. */
static int
of_thresholds(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[1].a;
	size_t low = 0, high = a->n;

	if (a->ndims > 1)
		return eval_fail(ctx, "2202E", "thresholds must be one-dimensional array");
	for (size_t i = 0; i < a->n; i++) {
		if (a->items[i].null)
			return eval_fail(
				ctx, "22004", "thresholds array must not contain NULLs");
	}
	while (low < high) {
		size_t middle = (low + high) / 2;
		bool below;

		if (array_element_less(
			    ctx, site->prepared, &args[0], &a->items[middle], &below) < 0)
			return -1;
		if (below)
			high = middle;
		else
			low = middle + 1;
	}
	result->i = (int64_t)low;
	return 0;
}

const struct function width_bucket_functions[] = {
	{"width_bucket", TYPE_INT4, 4, {TYPE_FLOAT8, TYPE_FLOAT8, TYPE_FLOAT8, TYPE_INT4},
		FUNCTION_STRICT, of_floats, NULL, NULL},
	{"width_bucket", TYPE_INT4, 4, {TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC, TYPE_INT4},
		FUNCTION_STRICT, of_numerics, NULL, NULL},
	{"width_bucket", TYPE_INT4, 2, {TYPE_ANYCOMPATIBLE, TYPE_ANYCOMPATIBLEARRAY},
		FUNCTION_STRICT, of_thresholds, array_prepare, NULL},
	{0},
};
