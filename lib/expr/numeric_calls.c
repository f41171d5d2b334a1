/*
 * numeric_calls.c - casts, operators and functions of numeric
 */
#include <string.h>

#include "expr/numeric.h"

/* Casts */

static int
text_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	return numeric_parse(ctx, arg->s, typmod, &result->n);
}

static int
numeric_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return numeric_print(ctx, &arg->n, &result->s);
}

static int
numeric_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	return numeric_apply_typmod(ctx, &arg->n, typmod, &result->n);
}

static int
int_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	if (numeric_from_int(ctx, arg->i, &result->n) < 0)
		return -1;
	return typmod < 4 ? 0 : numeric_apply_typmod(ctx, &result->n, typmod, &result->n);
}

static int
numeric_to_int2(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return numeric_to_int(ctx, &arg->n, TYPE_INT2, &result->i);
}

static int
numeric_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return numeric_to_int(ctx, &arg->n, TYPE_INT4, &result->i);
}

static int
numeric_to_int8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return numeric_to_int(ctx, &arg->n, TYPE_INT8, &result->i);
}

const struct cast numeric_casts[] = {
	{TYPE_UNKNOWN, TYPE_NUMERIC, CAST_IMPLICIT, text_to_numeric},
	{TYPE_TEXT, TYPE_NUMERIC, CAST_EXPLICIT, text_to_numeric},
	{TYPE_NUMERIC, TYPE_TEXT, CAST_ASSIGNMENT, numeric_to_text},
	{TYPE_NUMERIC, TYPE_NUMERIC, CAST_IMPLICIT, numeric_to_numeric}, /* a new typmod */
	{TYPE_INT2, TYPE_NUMERIC, CAST_IMPLICIT, int_to_numeric},
	{TYPE_INT4, TYPE_NUMERIC, CAST_IMPLICIT, int_to_numeric},
	{TYPE_INT8, TYPE_NUMERIC, CAST_IMPLICIT, int_to_numeric},
	{TYPE_NUMERIC, TYPE_INT2, CAST_ASSIGNMENT, numeric_to_int2},
	{TYPE_NUMERIC, TYPE_INT4, CAST_ASSIGNMENT, numeric_to_int4},
	{TYPE_NUMERIC, TYPE_INT8, CAST_ASSIGNMENT, numeric_to_int8},
	{0},
};

/* Operators and functions */

static int
add(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_add(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
subtract(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_subtract(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
multiply(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_multiply(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
divide(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_divide(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
divide_integer(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_divide_integer(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
modulo(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_modulo(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
negate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->n = args[0].n;
	switch ((enum numeric_special)args[0].n.special) {
	case NUMERIC_PLUS_INF: result->n.special = NUMERIC_MINUS_INF; break;
	case NUMERIC_MINUS_INF: result->n.special = NUMERIC_PLUS_INF; break;
	case NUMERIC_NAN: break;
	case NUMERIC_FINITE:
		result->n.negative = !args[0].n.negative && args[0].n.nlimbs > 0;
		break;
	}
	return 0;
}

static int
plus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->n = args[0].n;
	return 0;
}

static int
absolute(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->n = args[0].n;
	result->n.negative = false;
	if (result->n.special == NUMERIC_MINUS_INF)
		result->n.special = NUMERIC_PLUS_INF;
	return 0;
}

static int
sign(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	if (args[0].n.special == NUMERIC_NAN) {
		result->n = args[0].n;
		return 0;
	}
	return numeric_from_int(ctx, numeric_sign(&args[0].n), &result->n);
}

/* The scale asked for, within what a value can have at all. */
static int64_t
scale_argument(const struct value *arg)
{
	if (arg->i > NUMERIC_SCALE_MAX)
		return NUMERIC_SCALE_MAX;
	if (arg->i < -NUMERIC_DIGITS_MAX - 1)
		return -NUMERIC_DIGITS_MAX - 1;
	return arg->i;
}

static int
round_whole(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_rescale(ctx, &args[0].n, 0, ROUND_HALF_UP, &result->n);
}

static int
round_scale(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_rescale(
		ctx, &args[0].n, scale_argument(&args[1]), ROUND_HALF_UP, &result->n);
}

static int
trunc_whole(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_rescale(ctx, &args[0].n, 0, ROUND_DOWN, &result->n);
}

static int
trunc_scale(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_rescale(
		ctx, &args[0].n, scale_argument(&args[1]), ROUND_DOWN, &result->n);
}

static int
ceiling(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_rescale(ctx, &args[0].n, 0, ROUND_CEILING, &result->n);
}

static int
floor_whole(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_rescale(ctx, &args[0].n, 0, ROUND_FLOOR, &result->n);
}

static int
square_root(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_sqrt(ctx, &args[0].n, &result->n);
}

static int
exponential(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_exp(ctx, &args[0].n, &result->n);
}

static int
natural_logarithm(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return numeric_ln(ctx, &args[0].n, &result->n);
}

static int
common_logarithm(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct numeric ten;

	(void)site;
	if (numeric_from_int(ctx, 10, &ten) < 0)
		return -1;
	return numeric_log(ctx, &ten, &args[0].n, &result->n);
}

static int
logarithm(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_log(ctx, &args[0].n, &args[1].n, &result->n);
}

static int
power(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return numeric_power(ctx, &args[0].n, &args[1].n, &result->n);
}

/* By Euclid; the scale is the greater one.  Not for NaN and infinities. */
static int
gcd_of(struct eval_context *ctx, const struct value *args, struct numeric *result)
{
	int64_t most = args[0].n.scale > args[1].n.scale ? args[0].n.scale : args[1].n.scale;
	struct numeric a = args[0].n, b = args[1].n, rest;

	a.negative = b.negative = false;
	while (b.nlimbs != 0) {
		if (numeric_modulo(ctx, &a, &b, &rest) < 0)
			return -1;
		a = b;
		b = rest;
	}
	return numeric_rescale(ctx, &a, most, ROUND_DOWN, result);
}

static bool
both_finite(const struct value *args, struct value *result)
{
	if (args[0].n.special == NUMERIC_FINITE && args[1].n.special == NUMERIC_FINITE)
		return true;
	numeric_make_special(NUMERIC_NAN, &result->n);
	return false;
}

static int
greatest_divisor(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return both_finite(args, result) ? gcd_of(ctx, args, &result->n) : 0;
}

static int
least_multiple(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t most = args[0].n.scale > args[1].n.scale ? args[0].n.scale : args[1].n.scale;
	struct numeric gcd, v = {0};

	(void)site;
	if (!both_finite(args, result))
		return 0;
	if (args[0].n.nlimbs != 0 && args[1].n.nlimbs != 0 &&
		(gcd_of(ctx, args, &gcd) < 0 ||
			numeric_divide_to(ctx, &args[0].n, &gcd, 0, false, &v) < 0 ||
			numeric_multiply(ctx, &args[1].n, &v, &v) < 0))
		return -1;
	v.negative = false;
	return numeric_rescale(ctx, &v, most, ROUND_HALF_UP, &result->n);
}

static int
scale(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->null = args[0].n.special != NUMERIC_FINITE;
	result->i = args[0].n.scale;
	return 0;
}

static int
eq(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int order = 0, status = numeric_compare(ctx, &args[0].n, &args[1].n, &order);

	(void)site;
	result->b = order == 0;
	return status;
}

static int
ne(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int order = 0, status = numeric_compare(ctx, &args[0].n, &args[1].n, &order);

	(void)site;
	result->b = order != 0;
	return status;
}

static int
lt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int order = 0, status = numeric_compare(ctx, &args[0].n, &args[1].n, &order);

	(void)site;
	result->b = order < 0;
	return status;
}

static int
le(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int order = 0, status = numeric_compare(ctx, &args[0].n, &args[1].n, &order);

	(void)site;
	result->b = order <= 0;
	return status;
}

static int
gt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int order = 0, status = numeric_compare(ctx, &args[0].n, &args[1].n, &order);

	(void)site;
	result->b = order > 0;
	return status;
}

static int
ge(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int order = 0, status = numeric_compare(ctx, &args[0].n, &args[1].n, &order);

	(void)site;
	result->b = order >= 0;
	return status;
}

/* clang-format off */
#define UNARY(name, result, call) \
	{name, TYPE_##result, 1, {TYPE_NUMERIC}, FUNCTION_STRICT, call, NULL, NULL}
#define BINARY(name, result, call) \
	{name, TYPE_##result, 2, {TYPE_NUMERIC, TYPE_NUMERIC}, FUNCTION_STRICT, call, NULL, NULL}
#define WITH_INT(name, result, call) \
	{name, TYPE_##result, 2, {TYPE_NUMERIC, TYPE_INT4}, FUNCTION_STRICT, call, NULL, NULL}

const struct function numeric_functions[] = {
	BINARY("+", NUMERIC, add),
	BINARY("-", NUMERIC, subtract),
	BINARY("*", NUMERIC, multiply),
	BINARY("/", NUMERIC, divide),
	BINARY("%", NUMERIC, modulo),
	BINARY("mod", NUMERIC, modulo),
	BINARY("div", NUMERIC, divide_integer),
	BINARY("=", BOOL, eq),
	BINARY("<>", BOOL, ne),
	BINARY("<", BOOL, lt),
	BINARY("<=", BOOL, le),
	BINARY(">", BOOL, gt),
	BINARY(">=", BOOL, ge),
	UNARY("-", NUMERIC, negate),
	UNARY("+", NUMERIC, plus),
	UNARY("@", NUMERIC, absolute),
	UNARY("abs", NUMERIC, absolute),
	UNARY("sign", NUMERIC, sign),
	UNARY("round", NUMERIC, round_whole),
	WITH_INT("round", NUMERIC, round_scale),
	UNARY("trunc", NUMERIC, trunc_whole),
	WITH_INT("trunc", NUMERIC, trunc_scale),
	UNARY("ceil", NUMERIC, ceiling),
	UNARY("ceiling", NUMERIC, ceiling),
	UNARY("floor", NUMERIC, floor_whole),
	UNARY("sqrt", NUMERIC, square_root),
	UNARY("exp", NUMERIC, exponential),
	UNARY("ln", NUMERIC, natural_logarithm),
	UNARY("log", NUMERIC, common_logarithm),
	UNARY("log10", NUMERIC, common_logarithm),
	BINARY("log", NUMERIC, logarithm),
	BINARY("^", NUMERIC, power),
	BINARY("power", NUMERIC, power),
	BINARY("pow", NUMERIC, power),
	BINARY("gcd", NUMERIC, greatest_divisor),
	BINARY("lcm", NUMERIC, least_multiple),
	UNARY("scale", INT4, scale),
	{0},
};
/* clang-format on */
