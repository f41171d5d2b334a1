/*
 * numeric.h - arithmetic of exact decimals with PostgreSQL's scales
 *
 * Results lie in ctx->arena or share the limbs of an argument.  All functions
 * return 0, or -1 with ctx->error filled (22012, 22003 `value overflows
 * numeric format`, 53200).  Which scale a result has, and how it is rounded, is
 * PostgreSQL 15's (src/backend/utils/adt/numeric.c is the reference for the
 * rules; they count in groups of four decimal digits, and so does
 * numeric_weight).
 */
#ifndef EXPR_NUMERIC_H
#define EXPR_NUMERIC_H

#include "expr/number.h"

enum numeric_rounding {
	ROUND_HALF_UP, /* half away from zero */
	ROUND_DOWN,    /* towards zero */
	ROUND_CEILING,
	ROUND_FLOOR,
};

enum {
	NUMERIC_DIGITS_MAX = 131072,  /* before the decimal point */
	NUMERIC_DISPLAY_MAX = 1000,   /* the largest scale that is chosen, not given */
	NUMERIC_SIGNIFICANT_MIN = 16, /* digits a quotient or root has at least */
	POW10_MAX = 19,               /* 10^19 fits a limb */
};

extern const uint64_t numeric_pow10[POW10_MAX + 1];

/* Room for n limbs in the arena, or NULL. */
uint64_t *numeric_limbs(struct eval_context *ctx, int64_t n);

/* 22003 `value overflows numeric format`.  Returns -1. */
int numeric_overflow(struct eval_context *ctx);

void numeric_typmod_split(int32_t typmod, int32_t *precision, int32_t *scale);

/*
 * Fill *result from a magnitude, which must lie in the arena or be shared
 * with an argument; leading zero limbs are dropped.  22003 when there are more
 * digits before the point than PostgreSQL can hold, or a scale above its own.
 */
int numeric_make(struct eval_context *ctx, const uint64_t *limbs, int64_t nlimbs, int64_t scale,
	bool negative, struct numeric *result);

/* The same from 128 bits. */
int numeric_make_wide(struct eval_context *ctx, unsigned __int128 v, int64_t scale,
	bool negative, struct numeric *result);

void numeric_make_special(enum numeric_special special, struct numeric *result);

/* Decimal digits of the magnitude, 0 for zero.  -1 when out of memory. */
int64_t numeric_digits(struct eval_context *ctx, const struct numeric *n);

/* limbs * 10^k in fresh limbs; *nresult limbs, the leading one not zero unless all are. */
int numeric_scale_up(struct eval_context *ctx, const uint64_t *limbs, int64_t nlimbs, int64_t k,
	uint64_t **result, int64_t *nresult);

/* The magnitude over 10^k, rounded as for n's sign, in fresh limbs. */
int numeric_scale_down(struct eval_context *ctx, const struct numeric *n, int64_t k,
	enum numeric_rounding rounding, uint64_t **result, int64_t *nresult);

/* To `scale` digits after the point (or, negative, before it: then the scale becomes 0). */
int numeric_rescale(struct eval_context *ctx, const struct numeric *n, int64_t scale,
	enum numeric_rounding rounding, struct numeric *result);

/* Round to a declared numeric(p, s); 22003 `numeric field overflow`. */
int numeric_apply_typmod(struct eval_context *ctx, const struct numeric *n, int32_t typmod,
	struct numeric *result);

int numeric_add(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result);
int numeric_subtract(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result);
int numeric_multiply(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result);
int numeric_divide(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result);

/* The quotient cut to an integer, PostgreSQL's div(). */
int numeric_divide_integer(struct eval_context *ctx, const struct numeric *a,
	const struct numeric *b, struct numeric *result);

/* The sign is the dividend's. */
int numeric_modulo(struct eval_context *ctx, const struct numeric *a, const struct numeric *b,
	struct numeric *result);
int numeric_sqrt(struct eval_context *ctx, const struct numeric *n, struct numeric *result);

/* The quotient to `scale` digits after the point, rounded half away from zero or cut.  b is not 0. */
int numeric_divide_to(struct eval_context *ctx, const struct numeric *a,
	const struct numeric *b, int64_t scale, bool half_up, struct numeric *result);

/* The root of what is not negative, rounded to `scale` digits after the point. */
int numeric_sqrt_to(struct eval_context *ctx, const struct numeric *n, int64_t scale,
	struct numeric *result);

/*
 * Where the value's first group of four digits stands (10000^weight), and what
 * the first `groups` groups (1 to 4) hold; 0 and 0 for zero.  PostgreSQL's
 * rules for scales go by these.
 */
int numeric_head(struct eval_context *ctx, const struct numeric *n, int groups, int64_t *weight,
	uint64_t *head);

/*
 * Powers and logarithms.  PostgreSQL computes them with eight digits more
 * than it shows, and so do these: a digit differs where the true value is
 * within 10^-8 of the border between two.  2201E, 2201F, 22012, 22003.
 */
int numeric_exp(struct eval_context *ctx, const struct numeric *n, struct numeric *result);
int numeric_ln(struct eval_context *ctx, const struct numeric *n, struct numeric *result);
int numeric_log(struct eval_context *ctx, const struct numeric *base, const struct numeric *n,
	struct numeric *result);
int numeric_power(struct eval_context *ctx, const struct numeric *base,
	const struct numeric *exponent, struct numeric *result);

/* -1, 0, 1; not for NaN. */
int numeric_sign(const struct numeric *n);

#endif
