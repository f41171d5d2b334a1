/*
 * numeric.c - the exact decimal: making, rounding, comparing
 *
 * The magnitude is one integer of GMP limbs over a power of ten.  Nearly all
 * values of real data fit one limb, so each operation has a path for that
 * before the general one.  Only mpn functions are used: they work on memory
 * we give them, which is the arena's.
 */
#include <gmp.h>
#include <string.h>

#include "expr/numeric.h"

_Static_assert(sizeof(mp_limb_t) == sizeof(uint64_t), "limbs of 64 bits");
_Static_assert(GMP_NAIL_BITS == 0, "limbs without nails");

const uint64_t numeric_pow10[POW10_MAX + 1] = {1, 10, 100, 1000, 10000, 100000, 1000000,
	10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000,
	10000000000000, 100000000000000, 1000000000000000, 10000000000000000,
	100000000000000000, 1000000000000000000, 10000000000000000000u};

int
numeric_overflow(struct eval_context *ctx)
{
	return eval_fail(ctx, "22003", "value overflows numeric format");
}

uint64_t *
numeric_limbs(struct eval_context *ctx, int64_t n)
{
	return arena_alloc(ctx->arena, (size_t)n * sizeof(uint64_t));
}

static int64_t
bit_count(const uint64_t *limbs, int64_t nlimbs)
{
	return nlimbs == 0 ? 0 : nlimbs * 64 - __builtin_clzll(limbs[nlimbs - 1]);
}

void
numeric_make_special(enum numeric_special special, struct numeric *result)
{
	memset(result, 0, sizeof *result);
	result->special = (uint8_t)special;
}

int
numeric_make(struct eval_context *ctx, const uint64_t *limbs, int64_t nlimbs, int64_t scale,
	bool negative, struct numeric *result)
{
	while (nlimbs > 0 && limbs[nlimbs - 1] == 0)
		nlimbs--;
	if (scale > NUMERIC_SCALE_MAX)
		return numeric_overflow(ctx);
	/* bits * log10(2) is at least the digits less one; only near the limit count exactly */
	if (nlimbs > INT32_MAX || nlimbs * 20 - scale > NUMERIC_DIGITS_MAX) {
		struct numeric whole = {.limbs = limbs, .nlimbs = (int32_t)nlimbs};

		if (nlimbs > INT32_MAX)
			return numeric_overflow(ctx);
		if (bit_count(limbs, nlimbs) * 30103 / 100000 - scale > NUMERIC_DIGITS_MAX)
			return numeric_overflow(ctx);
		if (numeric_digits(ctx, &whole) - scale > NUMERIC_DIGITS_MAX)
			return numeric_overflow(ctx);
	}
	result->limbs = limbs;
	result->nlimbs = (int32_t)nlimbs;
	result->scale = (uint16_t)scale;
	result->negative = negative && nlimbs > 0;
	result->special = NUMERIC_FINITE;
	return 0;
}

int
numeric_make_wide(struct eval_context *ctx, unsigned __int128 v, int64_t scale, bool negative,
	struct numeric *result)
{
	uint64_t *limbs = numeric_limbs(ctx, 2);

	if (limbs == NULL)
		return eval_nomem(ctx);
	limbs[0] = (uint64_t)v;
	limbs[1] = (uint64_t)(v >> 64);
	return numeric_make(ctx, limbs, 2, scale, negative, result);
}

int
numeric_from_int(struct eval_context *ctx, int64_t v, struct numeric *result)
{
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	return numeric_make_wide(ctx, u, 0, v < 0, result);
}

/* Multiply in place by a power of ten a limb can hold; the room for one more limb is there. */
static int64_t
scale_up_limb(uint64_t *limbs, int64_t nlimbs, int64_t k)
{
	mp_limb_t carry;

	if (nlimbs == 0)
		return 0;
	carry = mpn_mul_1(limbs, limbs, nlimbs, numeric_pow10[k]);
	if (carry != 0)
		limbs[nlimbs++] = carry;
	return nlimbs;
}

/* 10^k by squaring: a record may ask for 10^131071, and it must not take long. */
static int
pow10_limbs(struct eval_context *ctx, int64_t k, uint64_t **result, int64_t *nresult)
{
	uint64_t *half = NULL, *square;
	int64_t nhalf = 0, n;

	if (k <= POW10_MAX) {
		square = numeric_limbs(ctx, 1);
		if (square == NULL)
			return eval_nomem(ctx);
		square[0] = numeric_pow10[k];
		*result = square;
		*nresult = 1;
		return 0;
	}
	if (pow10_limbs(ctx, k / 2, &half, &nhalf) < 0)
		return -1;
	square = numeric_limbs(ctx, 2 * nhalf + 1);
	if (square == NULL)
		return eval_nomem(ctx);
	mpn_sqr(square, half, nhalf);
	n = 2 * nhalf;
	n -= square[n - 1] == 0;
	if (k % 2 != 0)
		n = scale_up_limb(square, n, 1);
	*result = square;
	*nresult = n;
	return 0;
}

int
numeric_scale_up(struct eval_context *ctx, const uint64_t *limbs, int64_t nlimbs, int64_t k,
	uint64_t **result, int64_t *nresult)
{
	uint64_t *power = NULL, *p;
	int64_t npower = 0, n = nlimbs;

	if (nlimbs > 0 && k > INT64_C(8) * POW10_MAX) {
		if (pow10_limbs(ctx, k, &power, &npower) < 0)
			return -1;
		p = numeric_limbs(ctx, nlimbs + npower);
		if (p == NULL)
			return eval_nomem(ctx);
		if (nlimbs >= npower)
			mpn_mul(p, limbs, nlimbs, power, npower);
		else
			mpn_mul(p, power, npower, limbs, nlimbs);
		n = nlimbs + npower;
		*nresult = n - (p[n - 1] == 0);
		*result = p;
		return 0;
	}
	p = numeric_limbs(ctx, nlimbs + k / POW10_MAX + 1);
	if (p == NULL)
		return eval_nomem(ctx);
	if (nlimbs > 0)
		memcpy(p, limbs, (size_t)nlimbs * sizeof *p);
	for (; n > 0 && k > POW10_MAX; k -= POW10_MAX)
		n = scale_up_limb(p, n, POW10_MAX);
	*nresult = n > 0 ? scale_up_limb(p, n, k) : 0;
	*result = p;
	return 0;
}

int64_t
numeric_digits(struct eval_context *ctx, const struct numeric *n)
{
	int64_t digits, npower = 0;
	uint64_t *power = NULL;

	if (n->nlimbs == 0)
		return 0;
	/* one less than the digits, or right */
	digits = (bit_count(n->limbs, n->nlimbs) - 1) * 1233 / 4096 + 1;
	if (n->nlimbs == 1) {
		while (digits <= POW10_MAX && n->limbs[0] >= numeric_pow10[digits])
			digits++;
		return digits;
	}
	digits = (int64_t)((double)(bit_count(n->limbs, n->nlimbs) - 1) * 0.30102999566398114) +
		 1;
	if (pow10_limbs(ctx, digits, &power, &npower) < 0)
		return -1;
	if (npower < n->nlimbs ||
		(npower == n->nlimbs && mpn_cmp(power, n->limbs, npower) <= 0))
		digits++;
	return digits;
}

/* Is the quotient's magnitude to be one more, given what was cut off? */
static bool
rounds_up(enum numeric_rounding rounding, bool negative, bool half_or_more, bool inexact)
{
	switch (rounding) {
	case ROUND_HALF_UP: return half_or_more;
	case ROUND_DOWN: return false;
	case ROUND_CEILING: return inexact && !negative;
	case ROUND_FLOOR: return inexact && negative;
	}
	return false;
}

int
numeric_scale_down(struct eval_context *ctx, const struct numeric *n, int64_t k,
	enum numeric_rounding rounding, uint64_t **result, int64_t *nresult)
{
	uint64_t *power = NULL, *quotient, *rest;
	int64_t npower = 0, nquotient;
	bool half, inexact;

	if (pow10_limbs(ctx, k, &power, &npower) < 0)
		return -1;
	nquotient = n->nlimbs >= npower ? n->nlimbs - npower + 1 : 0;
	quotient = numeric_limbs(ctx, nquotient + 1);
	rest = numeric_limbs(ctx, npower + 1);
	if (quotient == NULL || rest == NULL)
		return eval_nomem(ctx);
	memset(rest, 0, (size_t)(npower + 1) * sizeof *rest);
	if (nquotient > 0)
		mpn_tdiv_qr(quotient, rest, 0, n->limbs, n->nlimbs, power, npower);
	else
		memcpy(rest, n->limbs, (size_t)n->nlimbs * sizeof *rest);
	inexact = !mpn_zero_p(rest, npower);
	half = mpn_lshift(rest, rest, npower, 1) != 0 || mpn_cmp(rest, power, npower) >= 0;
	quotient[nquotient] = 0;
	if (rounds_up(rounding, n->negative, half, inexact))
		mpn_add_1(quotient, quotient, nquotient + 1, 1);
	for (nquotient++; nquotient > 0 && quotient[nquotient - 1] == 0;)
		nquotient--;
	*result = quotient;
	*nresult = nquotient;
	return 0;
}

static int
scale_down_one_limb(struct eval_context *ctx, const struct numeric *n, int64_t k, int64_t scale,
	enum numeric_rounding rounding, struct numeric *result)
{
	uint64_t power = numeric_pow10[k];
	uint64_t quotient = n->limbs[0] / power, rest = n->limbs[0] % power;

	/* rest is at most 10^19 - 1, power - rest avoids the overflow of 2 * rest */
	if (rounds_up(rounding, n->negative, rest >= power - rest, rest != 0))
		quotient++;
	return numeric_make_wide(ctx, quotient, scale, n->negative, result);
}

int
numeric_rescale(struct eval_context *ctx, const struct numeric *n, int64_t scale,
	enum numeric_rounding rounding, struct numeric *result)
{
	int64_t cut = n->scale - scale, nlimbs = 0;
	uint64_t *limbs = NULL;

	if (n->special != NUMERIC_FINITE || cut == 0) {
		*result = *n;
		return 0;
	}
	if (n->nlimbs == 0)
		return numeric_make(ctx, NULL, 0, scale < 0 ? 0 : scale, false, result);
	if (cut < 0) {
		if (numeric_scale_up(ctx, n->limbs, n->nlimbs, -cut, &limbs, &nlimbs) < 0)
			return -1;
		return numeric_make(ctx, limbs, nlimbs, scale, n->negative, result);
	}
	if (n->nlimbs == 1 && cut <= POW10_MAX && scale >= 0)
		return scale_down_one_limb(ctx, n, cut, scale, rounding, result);
	if (numeric_scale_down(ctx, n, cut, rounding, &limbs, &nlimbs) < 0)
		return -1;
	if (scale >= 0)
		return numeric_make(ctx, limbs, nlimbs, scale, n->negative, result);
	if (numeric_scale_up(ctx, limbs, nlimbs, -scale, &limbs, &nlimbs) < 0)
		return -1;
	return numeric_make(ctx, limbs, nlimbs, 0, n->negative, result);
}

void
numeric_typmod_split(int32_t typmod, int32_t *precision, int32_t *scale)
{
	*precision = ((typmod - 4) >> 16) & 0xffff;
	*scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
}

int
numeric_apply_typmod(struct eval_context *ctx, const struct numeric *n, int32_t typmod,
	struct numeric *result)
{
	int32_t precision, scale;
	int64_t digits;

	*result = *n;
	if (typmod < 4 || n->special == NUMERIC_NAN)
		return 0;
	numeric_typmod_split(typmod, &precision, &scale);
	if (n->special == NUMERIC_FINITE) {
		if (numeric_rescale(ctx, n, scale, ROUND_HALF_UP, result) < 0)
			return -1;
		digits = numeric_digits(ctx, result);
		if (digits < 0)
			return -1;
		if (result->nlimbs == 0 || digits - result->scale <= precision - scale)
			return 0;
	}
	return eval_fail(ctx, "22003", "numeric field overflow");
}

/* Comparing and converting */

/* Rank of NaN and the infinities beside the finite values. */
static int
special_rank(const struct numeric *n)
{
	switch ((enum numeric_special)n->special) {
	case NUMERIC_FINITE: return 0;
	case NUMERIC_NAN: return 2;
	case NUMERIC_PLUS_INF: return 1;
	case NUMERIC_MINUS_INF: return -1;
	}
	return 0;
}

int
numeric_sign(const struct numeric *n)
{
	if (n->special != NUMERIC_FINITE)
		return special_rank(n);
	return n->nlimbs == 0 ? 0 : n->negative ? -1 : 1;
}

static int
order_of(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_magnitudes(
	struct eval_context *ctx, const struct numeric *a, const struct numeric *b, int *order)
{
	int64_t shift = b->scale - a->scale;
	struct numeric scaled;

	if (shift < 0) {
		if (compare_magnitudes(ctx, b, a, order) < 0)
			return -1;
		*order = -*order;
		return 0;
	}
	if (a->nlimbs == 1 && b->nlimbs == 1 && shift <= POW10_MAX) {
		unsigned __int128 wide = (unsigned __int128)a->limbs[0] * numeric_pow10[shift];

		*order = wide >> 64 != 0 ? 1 : order_of((uint64_t)wide, b->limbs[0]);
		return 0;
	}
	if (shift != 0) {
		uint64_t *limbs;
		int64_t nlimbs;

		if (numeric_scale_up(ctx, a->limbs, a->nlimbs, shift, &limbs, &nlimbs) < 0)
			return -1;
		scaled = (struct numeric){.limbs = limbs, .nlimbs = (int32_t)nlimbs};
		a = &scaled;
	}
	*order = a->nlimbs != b->nlimbs ? order_of((uint64_t)a->nlimbs, (uint64_t)b->nlimbs)
					: mpn_cmp(a->limbs, b->limbs, a->nlimbs);
	*order = (*order > 0) - (*order < 0);
	return 0;
}

int
numeric_compare(
	struct eval_context *ctx, const struct numeric *a, const struct numeric *b, int *order)
{
	int ra = numeric_sign(a), rb = numeric_sign(b);

	if (a->special != NUMERIC_FINITE || b->special != NUMERIC_FINITE) {
		ra = special_rank(a);
		rb = special_rank(b);
		*order = (ra > rb) - (ra < rb);
		return 0;
	}
	if (ra != rb || ra == 0) {
		*order = (ra > rb) - (ra < rb);
		return 0;
	}
	if (compare_magnitudes(ctx, a, b, order) < 0)
		return -1;
	if (ra < 0)
		*order = -*order;
	return 0;
}

int
numeric_to_int(struct eval_context *ctx, const struct numeric *n, enum value_type type,
	int64_t *result)
{
	const char *name = type == TYPE_INT2   ? "smallint"
			   : type == TYPE_INT4 ? "integer"
					       : "bigint";
	struct numeric whole = {0};
	uint64_t v;

	if (n->special != NUMERIC_FINITE)
		return eval_fail(ctx, "0A000", "cannot convert %s to %s",
			n->special == NUMERIC_NAN ? "NaN" : "infinity", name);
	if (numeric_rescale(ctx, n, 0, ROUND_HALF_UP, &whole) < 0)
		return -1;
	v = whole.nlimbs == 0 ? 0 : whole.limbs[0];
	if (whole.nlimbs > 1 || v > (uint64_t)INT64_MAX + whole.negative)
		return eval_fail(ctx, "22003", "%s out of range", name);
	return int_check(ctx, whole.negative ? (int64_t)(0 - v) : (int64_t)v, type, result);
}
