/*
 * numeric_exp.c - powers and logarithms of exact decimals
 *
 * The scale of a result, and the steps to it, are PostgreSQL 15's (exp_var,
 * ln_var, power_var and power_var_int of numeric.c): series after a reduction
 * of the argument, with eight digits to spare.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/numeric.h"

enum {
	GUARD_DIGITS = 8,
	RESULT_SCALE_MAX = 2000, /* exp() knows arguments up to 3 times this */
	WEIGHT_MAX = 32767,      /* of a numeric, in groups of four digits */
};

static const double log10_e = 0.434294481903252, log10_2 = 0.301029995663981,
		    ln_10 = 2.302585092994046;

static const uint64_t nine[] = {9}, eleven[] = {11}, one_limb[] = {1};
static const struct numeric point_nine = {.limbs = nine, .nlimbs = 1, .scale = 1};
static const struct numeric point_one_up = {.limbs = eleven, .nlimbs = 1, .scale = 1};
static const struct numeric one = {.limbs = one_limb, .nlimbs = 1};

static int64_t
clamp(int64_t v, int64_t low, int64_t high)
{
	return v < low ? low : v > high ? high : v;
}

static bool
finite_number(const struct numeric *n)
{
	return n->special == NUMERIC_FINITE;
}

static int
overflow(struct eval_context *ctx)
{
	return eval_fail(ctx, "22003", "value overflows numeric format");
}

/* Zero with a scale. */
static int
zero(struct eval_context *ctx, int64_t scale, struct numeric *result)
{
	return numeric_make(ctx, NULL, 0, scale, false, result);
}

/* Steps may need more digits than a value can have; only of giants and of numbers next to 1. */
static int
check_scale(struct eval_context *ctx, int64_t scale)
{
	return scale <= NUMERIC_SCALE_MAX
		       ? 0
		       : eval_fail(ctx, "0A000",
				 "powers and logarithms of so many digits are not supported");
}

/* a * b, rounded to `scale` digits after the point, at least 0 */
static int
multiply_to(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	int64_t scale, struct numeric *result)
{
	struct numeric product;

	if (check_scale(ctx, scale) < 0 || numeric_multiply(ctx, a, b, &product) < 0)
		return -1;
	return numeric_rescale(ctx, &product, scale < 0 ? 0 : scale, ROUND_HALF_UP, result);
}

static int
divide_by(struct eval_context *ctx, const struct numeric *a, int64_t by, int64_t scale,
	struct numeric *result)
{
	uint64_t limb = (uint64_t)by;
	struct numeric divisor = {.limbs = &limb, .nlimbs = 1};

	if (check_scale(ctx, scale) < 0)
		return -1;
	return numeric_divide_to(ctx, a, &divisor, scale, true, result);
}

static int
compare(struct eval_context *ctx, const struct numeric *a, const struct numeric *b, int *order)
{
	return numeric_compare(ctx, a, b, order);
}

/* Beyond a double's range, infinity. */
static int
to_double(struct eval_context *ctx, const struct numeric *n, double *v)
{
	struct text s;
	char *copy;

	if (numeric_print(ctx, n, &s) < 0)
		return -1;
	copy = arena_copy(ctx->arena, s.ptr, s.len);
	if (copy == NULL)
		return eval_nomem(ctx);
	*v = strtod(copy, NULL);
	return 0;
}

static int
weight_of(struct eval_context *ctx, const struct numeric *n, int64_t *weight)
{
	uint64_t head;

	return numeric_head(ctx, n, 1, weight, &head);
}

/* e^x for small x by its series, to `scale` digits. */
static int
exp_series(struct eval_context *ctx, const struct numeric *x, int64_t scale,
	struct numeric *result)
{
	struct numeric term;

	if (numeric_add(ctx, &one, x, result) < 0 || multiply_to(ctx, x, x, scale, &term) < 0 ||
		divide_by(ctx, &term, 2, scale, &term) < 0)
		return -1;
	for (int64_t n = 3; term.nlimbs != 0; n++) {
		if (numeric_add(ctx, result, &term, result) < 0 ||
			multiply_to(ctx, &term, x, scale, &term) < 0 ||
			divide_by(ctx, &term, n, scale, &term) < 0)
			return -1;
	}
	return 0;
}

/* e^arg rounded to `scale` digits. */
static int
exp_to(struct eval_context *ctx, const struct numeric *arg, int64_t scale,
	struct numeric *result)
{
	struct numeric x = *arg;
	int64_t digits, weight;
	int halvings = 0;
	double v = 0, rest;

	if (to_double(ctx, arg, &v) < 0)
		return -1;
	if (fabs(v) >= RESULT_SCALE_MAX * 3)
		return v > 0 ? overflow(ctx) : zero(ctx, scale, result);
	rest = fabs(v);
	while (rest > 0.01) {
		rest /= 2;
		halvings++;
	}
	if (halvings > 0 &&
		divide_by(ctx, arg, INT64_C(1) << halvings, arg->scale + halvings, &x) < 0)
		return -1;
	digits = 1 + (int)(v * log10_e) + scale + (int)(halvings * log10_2);
	digits = (digits < 0 ? 0 : digits) + GUARD_DIGITS;
	if (exp_series(ctx, &x, digits - 1, result) < 0)
		return -1;
	for (; halvings > 0; halvings--) {
		if (weight_of(ctx, result, &weight) < 0 ||
			multiply_to(ctx, result, result, digits - weight * 8, result) < 0)
			return -1;
	}
	return numeric_rescale(ctx, result, scale, ROUND_HALF_UP, result);
}

int
numeric_exp(struct eval_context *ctx, const struct numeric *n, struct numeric *result)
{
	int64_t scale;
	double v = 0;

	if (!finite_number(n)) {
		if (n->special == NUMERIC_MINUS_INF)
			return zero(ctx, 0, result);
		*result = *n;
		return 0;
	}
	if (to_double(ctx, n, &v) < 0)
		return -1;
	v *= log10_e;
	v = fmin(fmax(v, -RESULT_SCALE_MAX), RESULT_SCALE_MAX);
	scale = NUMERIC_SIGNIFICANT_MIN - (int)v;
	if (scale < n->scale)
		scale = n->scale;
	return exp_to(ctx, n, clamp(scale, 0, NUMERIC_DISPLAY_MAX), result);
}

/* x in 0.9 … 1.1 by square roots, and how many of them. */
static int
reduce(struct eval_context *ctx, int64_t scale, struct numeric *x, int *roots)
{
	int low, high;

	for (*roots = 0;; ++*roots) {
		int64_t weight, local;

		if (compare(ctx, x, &point_nine, &low) < 0 ||
			compare(ctx, x, &point_one_up, &high) < 0)
			return -1;
		if (low > 0 && high < 0)
			return 0;
		if (weight_of(ctx, x, &weight) < 0)
			return -1;
		local = scale - weight * 2 + GUARD_DIGITS;
		if (check_scale(ctx, local) < 0 ||
			numeric_sqrt_to(ctx, x, local < 0 ? 0 : local, x) < 0)
			return -1;
	}
}

/* z + z^3/3 + z^5/5 + …, half of ln((1+z)/(1-z)) */
static int
ln_series(struct eval_context *ctx, const struct numeric *z, int64_t scale,
	struct numeric *result)
{
	struct numeric square, power = *z, term;

	*result = *z;
	if (multiply_to(ctx, z, z, scale, &square) < 0)
		return -1;
	for (int64_t n = 3;; n += 2) {
		if (multiply_to(ctx, &power, &square, scale, &power) < 0 ||
			divide_by(ctx, &power, n, scale, &term) < 0)
			return -1;
		if (term.nlimbs == 0)
			return 0;
		if (numeric_add(ctx, result, &term, result) < 0)
			return -1;
	}
}

/* ln of a positive number, rounded to `scale` digits. */
static int
ln_to(struct eval_context *ctx, const struct numeric *arg, int64_t scale,
	struct numeric *result)
{
	struct numeric x = *arg, above, below, factor;
	uint64_t limb;
	int64_t local;
	int roots;

	if (reduce(ctx, scale, &x, &roots) < 0)
		return -1;
	local = scale + (int)((roots + 1) * log10_2) + GUARD_DIGITS;
	if (check_scale(ctx, local) < 0 || numeric_subtract(ctx, &x, &one, &above) < 0 ||
		numeric_add(ctx, &x, &one, &below) < 0 ||
		numeric_divide_to(ctx, &above, &below, local, true, &x) < 0 ||
		ln_series(ctx, &x, local, result) < 0)
		return -1;
	limb = UINT64_C(2) << roots;
	factor = (struct numeric){.limbs = &limb, .nlimbs = 1};
	return multiply_to(ctx, result, &factor, scale, result);
}

static int
check_ln(struct eval_context *ctx, int sign)
{
	if (sign > 0)
		return 0;
	return eval_fail(ctx, "2201E",
		sign == 0 ? "cannot take logarithm of zero"
			  : "cannot take logarithm of a negative number");
}

/* About how many digits ln(n) has before its point, less one. */
static int
ln_weight(struct eval_context *ctx, const struct numeric *n, int *result)
{
	struct numeric apart;
	int low, high;
	int64_t weight;
	uint64_t head;
	double ln;

	*result = 0;
	if (n->nlimbs == 0 || n->negative)
		return 0;
	if (compare(ctx, n, &point_nine, &low) < 0 || compare(ctx, n, &point_one_up, &high) < 0)
		return -1;
	if (low >= 0 && high <= 0) { /* ln(1 + x) is about x */
		if (numeric_subtract(ctx, n, &one, &apart) < 0 ||
			numeric_head(ctx, &apart, 1, &weight, &head) < 0)
			return -1;
		if (head != 0)
			*result = (int)weight * 4 + (int)log10((double)head);
		return 0;
	}
	if (numeric_head(ctx, n, 2, &weight, &head) < 0)
		return -1;
	ln = log((double)head) + (double)(weight * 4 - 4) * ln_10;
	*result = (int)log10(fabs(ln));
	return 0;
}

int
numeric_ln(struct eval_context *ctx, const struct numeric *n, struct numeric *result)
{
	int64_t scale;
	int weight;

	if (n->special == NUMERIC_NAN) {
		*result = *n;
		return 0;
	}
	if (check_ln(ctx, numeric_sign(n)) < 0)
		return -1;
	if (!finite_number(n)) {
		*result = *n;
		return 0;
	}
	if (ln_weight(ctx, n, &weight) < 0)
		return -1;
	scale = NUMERIC_SIGNIFICANT_MIN - weight;
	if (scale < n->scale)
		scale = n->scale;
	return ln_to(ctx, n, clamp(scale, 0, NUMERIC_DISPLAY_MAX), result);
}

/* With an infinity or NaN. */
static int
log_special(struct eval_context *ctx, const struct numeric *base, const struct numeric *n,
	struct numeric *result)
{
	int a, b;

	numeric_make_special(NUMERIC_NAN, result);
	if (base->special == NUMERIC_NAN || n->special == NUMERIC_NAN)
		return 0;
	a = numeric_sign(base);
	b = numeric_sign(n);
	if (check_ln(ctx, a < b ? a : b) < 0)
		return -1;
	if (base->special == NUMERIC_PLUS_INF && finite_number(n))
		return zero(ctx, 0, result);
	if (finite_number(base))
		numeric_make_special(NUMERIC_PLUS_INF, result);
	return 0;
}

int
numeric_log(struct eval_context *ctx, const struct numeric *base, const struct numeric *n,
	struct numeric *result)
{
	struct numeric above, below;
	int base_weight, weight;
	int64_t scale, local;

	if (!finite_number(base) || !finite_number(n))
		return log_special(ctx, base, n, result);
	if (check_ln(ctx, numeric_sign(base)) < 0 || check_ln(ctx, numeric_sign(n)) < 0 ||
		ln_weight(ctx, base, &base_weight) < 0 || ln_weight(ctx, n, &weight) < 0)
		return -1;
	scale = NUMERIC_SIGNIFICANT_MIN - (weight - base_weight);
	scale = scale < base->scale ? base->scale : scale;
	scale = clamp(scale < n->scale ? n->scale : scale, 0, NUMERIC_DISPLAY_MAX);
	local = scale + weight - INT64_C(2) * base_weight + GUARD_DIGITS;
	if (ln_to(ctx, base, local < 0 ? 0 : local, &below) < 0)
		return -1;
	local = scale - base_weight + GUARD_DIGITS;
	if (ln_to(ctx, n, local < 0 ? 0 : local, &above) < 0)
		return -1;
	if (below.nlimbs == 0)
		return eval_fail(ctx, "22012", "division by zero");
	return numeric_divide_to(ctx, &above, &below, scale, true, result);
}

/* Powers */

static int
is_integral(struct eval_context *ctx, const struct numeric *n, bool *integral, bool *odd)
{
	struct numeric whole;
	int order;

	*integral = true;
	*odd = false;
	if (!finite_number(n))
		return 0;
	if (numeric_rescale(ctx, n, 0, ROUND_DOWN, &whole) < 0 ||
		compare(ctx, &whole, n, &order) < 0)
		return -1;
	*integral = order == 0;
	*odd = *integral && whole.nlimbs > 0 && whole.limbs[0] % 2 != 0;
	return 0;
}

/* As POSIX's pow has it; the caller has refused what is undefined. */
static int
power_special(struct eval_context *ctx, const struct numeric *base,
	const struct numeric *exponent, bool odd, struct numeric *result)
{
	struct numeric magnitude = *base;
	int sign = numeric_sign(exponent), order = 1, of_magnitude = 1;

	magnitude.negative = false;
	if (finite_number(base) && (compare(ctx, base, &one, &order) < 0 ||
					   compare(ctx, &magnitude, &one, &of_magnitude) < 0))
		return -1;
	*result = one;
	if (order == 0 || sign == 0)
		return 0;
	if (numeric_sign(base) == 0)
		return zero(ctx, 0, result);
	if (!finite_number(exponent)) {
		if (of_magnitude == 0)
			return 0;
		if ((of_magnitude > 0) != (sign > 0))
			return zero(ctx, 0, result);
		numeric_make_special(NUMERIC_PLUS_INF, result);
		return 0;
	}
	if (sign < 0)
		return zero(ctx, 0, result);
	numeric_make_special(base->special == NUMERIC_MINUS_INF && odd ? NUMERIC_MINUS_INF
								       : NUMERIC_PLUS_INF,
		result);
	return 0;
}

/* NaN to the 0 is 1, and so is 1 to the NaN. */
static int
power_nan(struct eval_context *ctx, const struct numeric *base, const struct numeric *exponent,
	struct numeric *result)
{
	int order = 1;

	numeric_make_special(NUMERIC_NAN, result);
	if (base->special == NUMERIC_NAN) {
		if (finite_number(exponent) && exponent->nlimbs == 0)
			*result = one;
		return 0;
	}
	if (finite_number(base) && compare(ctx, base, &one, &order) < 0)
		return -1;
	if (order == 0)
		*result = one;
	return 0;
}

/* The products of the bits of |exponent|; *beyond when they cannot be held. */
static int
multiply_bits(struct eval_context *ctx, const struct numeric *base, uint32_t bits,
	int64_t digits, struct numeric *result, bool *beyond)
{
	struct numeric product = *base;
	int64_t weight, weight_result, scale;

	*result = bits & 1 ? *base : one;
	*beyond = false;
	while ((bits >>= 1) > 0) {
		if (weight_of(ctx, &product, &weight) < 0)
			return -1;
		if (2 * weight > WEIGHT_MAX) {
			*beyond = true;
			return 0;
		}
		scale = digits - 8 * weight;
		scale = scale > INT64_C(2) * product.scale ? INT64_C(2) * product.scale : scale;
		if (multiply_to(ctx, &product, &product, scale, &product) < 0)
			return -1;
		if (!(bits & 1))
			continue;
		if (weight_of(ctx, &product, &weight) < 0 ||
			weight_of(ctx, result, &weight_result) < 0)
			return -1;
		if (weight + weight_result > WEIGHT_MAX) {
			*beyond = true;
			return 0;
		}
		scale = digits - 4 * (weight + weight_result);
		if (scale > product.scale + result->scale)
			scale = product.scale + result->scale;
		if (multiply_to(ctx, &product, result, scale, result) < 0)
			return -1;
	}
	return 0;
}

static int
power_int(struct eval_context *ctx, const struct numeric *base, int64_t exponent,
	struct numeric *result)
{
	int64_t scale = clamp(base->scale, NUMERIC_SIGNIFICANT_MIN, NUMERIC_DISPLAY_MAX);
	int64_t weight, digits;
	struct numeric product;
	bool beyond;
	uint64_t head;
	double f;

	switch (exponent) {
	case 0: return numeric_rescale(ctx, &one, scale, ROUND_HALF_UP, result);
	case 1: return numeric_rescale(ctx, base, scale, ROUND_HALF_UP, result);
	case -1: return numeric_divide_to(ctx, &one, base, scale, true, result);
	case 2: return multiply_to(ctx, base, base, scale, result);
	default: break;
	}
	if (base->nlimbs == 0)
		return zero(ctx, scale, result);
	if (numeric_head(ctx, base, 4, &weight, &head) < 0)
		return -1;
	f = (double)exponent * (log10((double)head) + (double)(4 * weight - 12));
	if (f > 3.0 * WEIGHT_MAX * 4)
		return overflow(ctx);
	if (f + 1 < (double)-scale || f + 1 < -NUMERIC_DISPLAY_MAX)
		return zero(ctx, scale, result);
	digits = 1 + scale + (int)f + (int)log(fabs((double)exponent)) + GUARD_DIGITS;
	if (multiply_bits(ctx, base, (uint32_t)llabs(exponent), digits, &product, &beyond) < 0)
		return -1;
	if (beyond)
		return exponent > 0 ? overflow(ctx) : zero(ctx, scale, result);
	return exponent < 0 ? numeric_divide_to(ctx, &one, &product, scale, true, result)
			    : numeric_rescale(ctx, &product, scale, ROUND_HALF_UP, result);
}

/* By e^(exponent * ln(base)), base positive. */
static int
power_general(struct eval_context *ctx, const struct numeric *base,
	const struct numeric *exponent, struct numeric *result)
{
	struct numeric ln, product;
	int64_t scale, local, digits;
	int weight;
	double v = 0;

	if (ln_weight(ctx, base, &weight) < 0)
		return -1;
	local = GUARD_DIGITS - weight < 0 ? 0 : GUARD_DIGITS - weight;
	if (ln_to(ctx, base, local, &ln) < 0 ||
		multiply_to(ctx, &ln, exponent, local, &product) < 0 ||
		to_double(ctx, &product, &v) < 0)
		return -1;
	if (fabs(v) > RESULT_SCALE_MAX * 3.01)
		return v > 0 ? overflow(ctx) : zero(ctx, NUMERIC_DISPLAY_MAX, result);
	v *= log10_e;
	scale = NUMERIC_SIGNIFICANT_MIN - (int)v;
	scale = scale < base->scale ? base->scale : scale;
	scale = scale < exponent->scale ? exponent->scale : scale;
	scale = clamp(scale, 0, NUMERIC_DISPLAY_MAX);
	digits = scale + (int)v;
	local = (digits < 0 ? 0 : digits) - weight + GUARD_DIGITS;
	local = local < 0 ? 0 : local;
	if (ln_to(ctx, base, local, &ln) < 0 ||
		multiply_to(ctx, &ln, exponent, local, &product) < 0)
		return -1;
	return exp_to(ctx, &product, scale, result);
}

static int
power_finite(struct eval_context *ctx, const struct numeric *base,
	const struct numeric *exponent, bool integral, bool odd, struct numeric *result)
{
	struct numeric magnitude = *base, whole;

	if (integral) {
		uint64_t limb;

		if (numeric_rescale(ctx, exponent, 0, ROUND_DOWN, &whole) < 0)
			return -1;
		limb = whole.nlimbs == 0 ? 0 : whole.limbs[0];
		if (whole.nlimbs <= 1 && limb <= (uint64_t)INT32_MAX + whole.negative)
			return power_int(ctx, base,
				whole.negative ? -(int64_t)limb : (int64_t)limb, result);
	}
	if (base->nlimbs == 0)
		return zero(ctx, NUMERIC_SIGNIFICANT_MIN, result);
	magnitude.negative = false;
	if (power_general(ctx, &magnitude, exponent, result) < 0)
		return -1;
	result->negative = base->negative && odd && result->nlimbs > 0;
	return 0;
}

int
numeric_power(struct eval_context *ctx, const struct numeric *base,
	const struct numeric *exponent, struct numeric *result)
{
	bool integral, odd;

	if (base->special == NUMERIC_NAN || exponent->special == NUMERIC_NAN)
		return power_nan(ctx, base, exponent, result);
	if (is_integral(ctx, exponent, &integral, &odd) < 0)
		return -1;
	if (numeric_sign(base) == 0 && numeric_sign(exponent) < 0)
		return eval_fail(ctx, "2201F", "zero raised to a negative power is undefined");
	if (numeric_sign(base) < 0 && !integral)
		return eval_fail(ctx, "2201F",
			"a negative number raised to a non-integer power yields a complex "
			"result");
	if (!finite_number(base) || !finite_number(exponent))
		return power_special(ctx, base, exponent, odd, result);
	return power_finite(ctx, base, exponent, integral, odd, result);
}
