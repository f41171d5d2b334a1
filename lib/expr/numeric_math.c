/*
 * numeric_math.c - sums, products, quotients and roots of exact decimals
 */
#include <gmp.h>
#include <string.h>

#include "expr/numeric.h"

typedef unsigned __int128 wide;

static int
nan_result(struct numeric *result)
{
	numeric_make_special(NUMERIC_NAN, result);
	return 0;
}

static int
infinity_result(bool negative, struct numeric *result)
{
	numeric_make_special(negative ? NUMERIC_MINUS_INF : NUMERIC_PLUS_INF, result);
	return 0;
}

static bool
special(const struct numeric *n)
{
	return n->special != NUMERIC_FINITE;
}

static bool
is_nan(const struct numeric *n)
{
	return n->special == NUMERIC_NAN;
}

static uint64_t
one_limb(const struct numeric *n)
{
	return n->nlimbs == 0 ? 0 : n->limbs[0];
}

/* a and b brought to the greater of their scales. */
static int
align(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *wa, struct numeric *wb)
{
	const struct numeric *low = a->scale < b->scale ? a : b;
	struct numeric *scaled = a->scale < b->scale ? wa : wb;
	int64_t k = a->scale < b->scale ? b->scale - a->scale : a->scale - b->scale;
	uint64_t *limbs;
	int64_t nlimbs;

	*wa = *a;
	*wb = *b;
	if (k == 0)
		return 0;
	if (numeric_scale_up(ctx, low->limbs, low->nlimbs, k, &limbs, &nlimbs) < 0)
		return -1;
	scaled->limbs = limbs;
	scaled->nlimbs = (int32_t)nlimbs;
	scaled->scale = (uint16_t)(low->scale + k);
	return 0;
}

/* |a| + |b|, of one scale */
static int
add_magnitudes(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	bool negative, struct numeric *result)
{
	uint64_t *limbs;

	if (a->nlimbs < b->nlimbs) {
		const struct numeric *t = a;

		a = b;
		b = t;
	}
	limbs = numeric_limbs(ctx, a->nlimbs + 1);
	if (limbs == NULL)
		return eval_nomem(ctx);
	if (a->nlimbs == 0)
		return numeric_make(ctx, limbs, 0, a->scale, false, result);
	if (b->nlimbs == 0) {
		memcpy(limbs, a->limbs, (size_t)a->nlimbs * sizeof *limbs);
		limbs[a->nlimbs] = 0;
	} else {
		limbs[a->nlimbs] = mpn_add(limbs, a->limbs, a->nlimbs, b->limbs, b->nlimbs);
	}
	return numeric_make(ctx, limbs, a->nlimbs + 1, a->scale, negative, result);
}

/* |a| - |b|, of one scale, |a| not less */
static int
subtract_magnitudes(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	bool negative, struct numeric *result)
{
	uint64_t *limbs = numeric_limbs(ctx, a->nlimbs);

	if (limbs == NULL)
		return eval_nomem(ctx);
	if (b->nlimbs > 0)
		mpn_sub(limbs, a->limbs, a->nlimbs, b->limbs, b->nlimbs);
	else if (a->nlimbs > 0)
		memcpy(limbs, a->limbs, (size_t)a->nlimbs * sizeof *limbs);
	return numeric_make(ctx, limbs, a->nlimbs, a->scale, negative, result);
}

static bool
magnitude_less(const struct numeric *a, const struct numeric *b)
{
	if (a->nlimbs != b->nlimbs)
		return a->nlimbs < b->nlimbs;
	return a->nlimbs > 0 && mpn_cmp(a->limbs, b->limbs, a->nlimbs) < 0;
}

/* a + b of one limb each, b negated when `negate` */
static int
add_small(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	bool negate, struct numeric *result)
{
	int64_t scale = a->scale > b->scale ? a->scale : b->scale;
	wide va = (wide)one_limb(a) * numeric_pow10[scale - a->scale];
	wide vb = (wide)one_limb(b) * numeric_pow10[scale - b->scale];
	bool b_negative = b->negative != negate;

	/* below 2^64 * 10^18 each, so the sum stays within 128 bits */
	if (a->negative == b_negative)
		return numeric_make_wide(ctx, va + vb, scale, a->negative, result);
	if (va < vb)
		return numeric_make_wide(ctx, vb - va, scale, b_negative, result);
	return numeric_make_wide(ctx, va - vb, scale, a->negative, result);
}

static int
add_or_subtract(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	bool negate, struct numeric *result)
{
	int64_t apart = a->scale - b->scale;
	struct numeric wa, wb;
	bool b_negative;

	if (a->nlimbs <= 1 && b->nlimbs <= 1 && apart < POW10_MAX && apart > -POW10_MAX)
		return add_small(ctx, a, b, negate, result);
	if (align(ctx, a, b, &wa, &wb) < 0)
		return -1;
	b_negative = b->negative != negate;
	if (a->negative == b_negative || wb.nlimbs == 0)
		return add_magnitudes(ctx, &wa, &wb, a->negative, result);
	if (magnitude_less(&wa, &wb))
		return subtract_magnitudes(ctx, &wb, &wa, b_negative, result);
	return subtract_magnitudes(ctx, &wa, &wb, a->negative, result);
}

int
numeric_add(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result)
{
	if (special(a) || special(b)) {
		if (is_nan(a) || is_nan(b) ||
			(special(a) && special(b) && a->special != b->special))
			return nan_result(result);
		*result = special(a) ? *a : *b;
		return 0;
	}
	return add_or_subtract(ctx, a, b, false, result);
}

int
numeric_subtract(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result)
{
	if (special(a) || special(b)) {
		if (is_nan(a) || is_nan(b) || a->special == b->special)
			return nan_result(result);
		if (special(a))
			*result = *a;
		else
			return infinity_result(b->special == NUMERIC_PLUS_INF, result);
		return 0;
	}
	return add_or_subtract(ctx, a, b, true, result);
}

int
numeric_multiply(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result)
{
	bool negative = a->negative != b->negative;
	int64_t scale = a->scale + b->scale;
	const struct numeric *t;
	struct numeric full;
	uint64_t *limbs;

	if (special(a) || special(b)) {
		int sign = numeric_sign(a) * numeric_sign(b);

		if (is_nan(a) || is_nan(b) || sign == 0)
			return nan_result(result);
		return infinity_result(sign < 0, result);
	}
	if (a->nlimbs <= 1 && b->nlimbs <= 1 && scale <= NUMERIC_SCALE_MAX)
		return numeric_make_wide(
			ctx, (wide)one_limb(a) * one_limb(b), scale, negative, result);
	if (a->nlimbs < b->nlimbs) {
		t = a;
		a = b;
		b = t;
	}
	limbs = numeric_limbs(ctx, a->nlimbs + b->nlimbs);
	if (limbs == NULL)
		return eval_nomem(ctx);
	memset(&full, 0, sizeof full);
	if (b->nlimbs > 0) {
		mpn_mul(limbs, a->limbs, a->nlimbs, b->limbs, b->nlimbs);
		full.limbs = limbs;
		full.nlimbs = a->nlimbs + b->nlimbs;
		full.nlimbs -= limbs[full.nlimbs - 1] == 0;
		full.negative = negative;
	}
	full.scale = (uint16_t)scale; /* at most 2 * 16383 */
	return scale <= NUMERIC_SCALE_MAX
		       ? numeric_make(ctx, full.limbs, full.nlimbs, scale, negative, result)
		       : numeric_rescale(ctx, &full, NUMERIC_SCALE_MAX, ROUND_HALF_UP, result);
}

int
numeric_head(struct eval_context *ctx, const struct numeric *n, int groups, int64_t *weight,
	uint64_t *head)
{
	int64_t digits = numeric_digits(ctx, n), leading, drop;
	int64_t nlimbs;
	uint64_t *limbs;

	*weight = 0;
	*head = 0;
	if (digits < 0)
		return eval_nomem(ctx);
	if (digits == 0)
		return 0;
	leading = digits - 1 - n->scale;
	*weight = leading >= 0 ? leading / 4 : -((3 - leading) / 4);
	/* the magnitude over 10^drop; to its right there may be nothing */
	drop = n->scale + 4 * (*weight - groups + 1);
	if (drop <= 0) {
		*head = n->limbs[0] * numeric_pow10[-drop];
		return 0;
	}
	if (n->nlimbs == 1) {
		*head = drop > POW10_MAX ? 0 : n->limbs[0] / numeric_pow10[drop];
		return 0;
	}
	if (numeric_scale_down(ctx, n, drop, ROUND_DOWN, &limbs, &nlimbs) < 0)
		return -1;
	*head = limbs[0];
	return 0;
}

static int
quotient_scale(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	int64_t *scale)
{
	int64_t wa, wb, weight;
	uint64_t ga, gb;

	if (numeric_head(ctx, a, 1, &wa, &ga) < 0 || numeric_head(ctx, b, 1, &wb, &gb) < 0)
		return -1;
	/* equal groups do not tell which is more: PostgreSQL takes the dividend for less */
	weight = wa - wb - (ga <= gb);
	*scale = NUMERIC_SIGNIFICANT_MIN - weight * 4;
	if (*scale < a->scale)
		*scale = a->scale;
	if (*scale < b->scale)
		*scale = b->scale;
	if (*scale < 0)
		*scale = 0;
	if (*scale > NUMERIC_DISPLAY_MAX)
		*scale = NUMERIC_DISPLAY_MAX;
	return 0;
}

/* |a| * 10^k / |b| with the remainder's verdict, in limbs of the arena with room for a carry */
static int
divide_magnitudes(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	int64_t k, bool half_up, uint64_t **quotient, int64_t *nquotient)
{
	const uint64_t *above = a->limbs, *below = b->limbs;
	int64_t nabove = a->nlimbs, nbelow = b->nlimbs, n;
	uint64_t *scaled, *q, *rest;

	if (numeric_scale_up(ctx, k > 0 ? above : below, k > 0 ? nabove : nbelow,
		    k > 0 ? k : -k, &scaled, &n) < 0)
		return -1;
	if (k > 0) {
		above = scaled;
		nabove = n;
	} else {
		below = scaled;
		nbelow = n;
	}
	n = nabove >= nbelow ? nabove - nbelow + 1 : 0;
	q = numeric_limbs(ctx, n + 1);
	rest = numeric_limbs(ctx, nbelow);
	if (q == NULL || rest == NULL)
		return eval_nomem(ctx);
	memset(rest, 0, (size_t)nbelow * sizeof *rest);
	if (n > 0)
		mpn_tdiv_qr(q, rest, 0, above, nabove, below, nbelow);
	else if (nabove > 0)
		memcpy(rest, above, (size_t)nabove * sizeof *rest);
	q[n] = 0;
	if (half_up &&
		(mpn_lshift(rest, rest, nbelow, 1) != 0 || mpn_cmp(rest, below, nbelow) >= 0))
		mpn_add_1(q, q, n + 1, 1);
	*quotient = q;
	*nquotient = n + 1;
	return 0;
}

/* Quotients with NaN, an infinity or zero; false where the quotient is an ordinary one. */
static bool
divide_special(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result, int *status)
{
	*status = 0;
	if (is_nan(a) || is_nan(b)) {
		nan_result(result);
	} else if (special(a) && special(b)) {
		nan_result(result);
	} else if (numeric_sign(b) == 0) {
		*status = eval_fail(ctx, "22012", "division by zero");
	} else if (special(a)) {
		infinity_result(numeric_sign(a) * numeric_sign(b) < 0, result);
	} else if (special(b)) {
		*status = numeric_make(ctx, NULL, 0, 0, false, result);
	} else {
		return false;
	}
	return true;
}

int
numeric_divide_to(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	int64_t scale, bool half_up, struct numeric *result)
{
	bool negative = a->negative != b->negative;
	int64_t k = scale + b->scale - a->scale, nlimbs = 0;
	uint64_t *limbs = NULL;

	if (a->nlimbs <= 1 && b->nlimbs == 1 && k >= 0 && k <= INT64_C(2) * POW10_MAX) {
		wide v = one_limb(a);
		uint64_t below = b->limbs[0];
		int64_t first = k > POW10_MAX ? POW10_MAX : k;

		v *= numeric_pow10[first];
		if (!__builtin_mul_overflow(v, (wide)numeric_pow10[k - first], &v)) {
			wide q = v / below;
			uint64_t rest = (uint64_t)(v % below);

			q += half_up && rest >= below - rest;
			return numeric_make_wide(ctx, q, scale, negative, result);
		}
	}
	if (divide_magnitudes(ctx, a, b, k, half_up, &limbs, &nlimbs) < 0)
		return -1;
	return numeric_make(ctx, limbs, nlimbs, scale, negative, result);
}

int
numeric_divide(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result)
{
	int64_t scale;
	int status;

	if (divide_special(ctx, a, b, result, &status))
		return status;
	if (quotient_scale(ctx, a, b, &scale) < 0)
		return -1;
	return numeric_divide_to(ctx, a, b, scale, true, result);
}

int
numeric_divide_integer(struct eval_context *ctx, const struct numeric *a,
	const struct numeric *b, struct numeric *result)
{
	int status;

	if (divide_special(ctx, a, b, result, &status))
		return status;
	return numeric_divide_to(ctx, a, b, 0, false, result);
}

int
numeric_modulo(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result)
{
	struct numeric wa, wb;
	uint64_t *quotient, *rest;

	if (is_nan(a) || is_nan(b))
		return nan_result(result);
	if (numeric_sign(b) == 0)
		return eval_fail(ctx, "22012", "division by zero");
	if (special(a))
		return nan_result(result);
	if (special(b)) {
		*result = *a;
		return 0;
	}
	if (align(ctx, a, b, &wa, &wb) < 0)
		return -1;
	if (wa.nlimbs <= 1 && wb.nlimbs == 1)
		return numeric_make_wide(
			ctx, one_limb(&wa) % wb.limbs[0], wa.scale, a->negative, result);
	if (wa.nlimbs < wb.nlimbs)
		return numeric_make(ctx, wa.limbs, wa.nlimbs, wa.scale, a->negative, result);
	quotient = numeric_limbs(ctx, wa.nlimbs - wb.nlimbs + 1);
	rest = numeric_limbs(ctx, wb.nlimbs);
	if (quotient == NULL || rest == NULL)
		return eval_nomem(ctx);
	mpn_tdiv_qr(quotient, rest, 0, wa.limbs, wa.nlimbs, wb.limbs, wb.nlimbs);
	return numeric_make(ctx, rest, wb.nlimbs, wa.scale, a->negative, result);
}

int
numeric_sqrt_to(struct eval_context *ctx, const struct numeric *n, int64_t scale,
	struct numeric *result)
{
	int64_t k, nlimbs, nroot;
	uint64_t *limbs, *root, *rest;
	struct numeric scaled;
	bool up;

	if (n->nlimbs == 0)
		return numeric_make(ctx, NULL, 0, scale, false, result);
	/* the root of n * 10^(2 scale), and one half more is reached when the rest exceeds it */
	k = 2 * scale - n->scale;
	if (k < 0) {
		if (numeric_scale_down(ctx, n, -k, ROUND_DOWN, &limbs, &nlimbs) < 0)
			return -1;
		scaled = (struct numeric){.limbs = limbs, .nlimbs = (int32_t)nlimbs};
	} else {
		if (numeric_scale_up(ctx, n->limbs, n->nlimbs, k, &limbs, &nlimbs) < 0)
			return -1;
		scaled = (struct numeric){.limbs = limbs, .nlimbs = (int32_t)nlimbs};
	}
	if (scaled.nlimbs == 0)
		return numeric_make(ctx, NULL, 0, scale, false, result);
	nroot = (scaled.nlimbs + 1) / 2;
	root = numeric_limbs(ctx, nroot + 1);
	rest = numeric_limbs(ctx, scaled.nlimbs);
	if (root == NULL || rest == NULL)
		return eval_nomem(ctx);
	nlimbs = mpn_sqrtrem(root, rest, scaled.limbs, scaled.nlimbs);
	up = nlimbs > nroot || (nlimbs == nroot && mpn_cmp(rest, root, nroot) > 0);
	root[nroot] = 0;
	if (up)
		mpn_add_1(root, root, nroot + 1, 1);
	return numeric_make(ctx, root, nroot + 1, scale, false, result);
}

int
numeric_sqrt(struct eval_context *ctx, const struct numeric *n, struct numeric *result)
{
	int64_t weight, scale;
	uint64_t group;

	if (is_nan(n))
		return nan_result(result);
	if (numeric_sign(n) < 0)
		return eval_fail(ctx, "2201F", "cannot take square root of a negative number");
	if (special(n))
		return infinity_result(false, result);
	if (numeric_head(ctx, n, 1, &weight, &group) < 0)
		return -1;
	scale = NUMERIC_SIGNIFICANT_MIN - ((weight + 1) * 4 / 2 - 1);
	if (scale < n->scale)
		scale = n->scale;
	if (scale < 0)
		scale = 0;
	if (scale > NUMERIC_DISPLAY_MAX)
		scale = NUMERIC_DISPLAY_MAX;
	return numeric_sqrt_to(ctx, n, scale, result);
}
