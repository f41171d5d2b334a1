/*
 * float8.c - double precision: casts, operators, functions; and those of real
 * that are no different (see float4.c)
 *
 * Where IEEE arithmetic would give an infinity or a zero out of finite,
 * nonzero operands, PostgreSQL reports overflow or underflow.
 */
#include <math.h>
#include <stdio.h>

#include "expr/numeric.h"

int
float8_compare(double a, double b)
{
	if (isnan(a) || isnan(b))
		return (isnan(a) != 0) - (isnan(b) != 0);
	return (a > b) - (a < b);
}

/* Casts */

static int
text_to_float8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return float8_parse(ctx, arg->s, &result->f);
}

static int
float8_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[FLOAT8_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, float8_print(arg->f, buf), result);
}

static int
int_to_float8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->f = (double)arg->i;
	return 0;
}

/* limit is 2^(bits - 1) of the type: the least double that does not fit. */
static int
to_int(struct eval_context *ctx, double v, double limit, const char *name, int64_t *result)
{
	v = rint(v);
	if (!(v >= -limit && v < limit))
		return eval_fail(ctx, "22003", "%s out of range", name);
	*result = (int64_t)v;
	return 0;
}

static int
float8_to_int2(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return to_int(ctx, arg->f, 0x1p15, "smallint", &result->i);
}

static int
float8_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return to_int(ctx, arg->f, 0x1p31, "integer", &result->i);
}

static int
float8_to_int8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return to_int(ctx, arg->f, 0x1p63, "bigint", &result->i);
}

/* By way of 15 significant digits, which is PostgreSQL's rule. */
static int
float8_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[32];
	struct text s = {buf, 0};

	s.len = (size_t)snprintf(
		buf, sizeof buf, "%.15g", isnan(arg->f) ? fabs(arg->f) : arg->f);
	return numeric_parse(ctx, s, typmod, &result->n);
}

static int
numeric_to_float8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct text s;

	(void)typmod;
	if (numeric_print(ctx, &arg->n, &s) < 0)
		return -1;
	return float8_parse(ctx, s, &result->f);
}

const struct cast float8_casts[] = {
	{TYPE_UNKNOWN, TYPE_FLOAT8, CAST_IMPLICIT, text_to_float8},
	{TYPE_TEXT, TYPE_FLOAT8, CAST_EXPLICIT, text_to_float8},
	{TYPE_FLOAT8, TYPE_TEXT, CAST_ASSIGNMENT, float8_to_text},
	{TYPE_INT2, TYPE_FLOAT8, CAST_IMPLICIT, int_to_float8},
	{TYPE_INT4, TYPE_FLOAT8, CAST_IMPLICIT, int_to_float8},
	{TYPE_INT8, TYPE_FLOAT8, CAST_IMPLICIT, int_to_float8},
	{TYPE_NUMERIC, TYPE_FLOAT8, CAST_IMPLICIT, numeric_to_float8},
	{TYPE_FLOAT8, TYPE_INT2, CAST_ASSIGNMENT, float8_to_int2},
	{TYPE_FLOAT8, TYPE_INT4, CAST_ASSIGNMENT, float8_to_int4},
	{TYPE_FLOAT8, TYPE_INT8, CAST_ASSIGNMENT, float8_to_int8},
	{TYPE_FLOAT8, TYPE_NUMERIC, CAST_ASSIGNMENT, float8_to_numeric},
	{TYPE_FLOAT4, TYPE_INT2, CAST_ASSIGNMENT, float8_to_int2},
	{TYPE_FLOAT4, TYPE_INT4, CAST_ASSIGNMENT, float8_to_int4},
	{TYPE_FLOAT4, TYPE_INT8, CAST_ASSIGNMENT, float8_to_int8},
	{0},
};

/* Operators and functions */

/* PostgreSQL refuses what IEEE would round to infinity or zero. */
static int
finish(struct eval_context *ctx, double v, bool infinity_allowed, bool zero_allowed,
	struct value *result)
{
	if (isinf(v) && !infinity_allowed)
		return eval_fail(ctx, "22003", "value out of range: overflow");
	if (v == 0 && !zero_allowed)
		return eval_fail(ctx, "22003", "value out of range: underflow");
	result->f = v;
	return 0;
}

static int
add(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double a = args[0].f, b = args[1].f;

	(void)site;
	return finish(ctx, a + b, isinf(a) || isinf(b), true, result);
}

static int
subtract(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double a = args[0].f, b = args[1].f;

	(void)site;
	return finish(ctx, a - b, isinf(a) || isinf(b), true, result);
}

static int
multiply(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double a = args[0].f, b = args[1].f;

	(void)site;
	return finish(ctx, a * b, isinf(a) || isinf(b), a == 0 || b == 0, result);
}

static int
divide(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double a = args[0].f, b = args[1].f;

	(void)site;
	if (b == 0 && !isnan(a))
		return eval_fail(ctx, "22012", "division by zero");
	return finish(ctx, a / b, isinf(a), a == 0 || isinf(b), result);
}

static int
power(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double a = args[0].f, b = args[1].f;

	(void)site;
	if (isnan(a) || isnan(b)) {
		result->f = a == 1 || b == 0 ? 1 : NAN;
		return 0;
	}
	if (a == 0 && b < 0)
		return eval_fail(ctx, "2201F", "zero raised to a negative power is undefined");
	if (a < 0 && floor(b) != b)
		return eval_fail(ctx, "2201F",
			"a negative number raised to a non-integer power yields a complex "
			"result");
	return finish(
		ctx, pow(a, b), isinf(a) || isinf(b), a == 0 || isinf(a) || isinf(b), result);
}

static int
negate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = -args[0].f;
	return 0;
}

static int
plus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = args[0].f;
	return 0;
}

static int
absolute(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = fabs(args[0].f);
	return 0;
}

static int
sign(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double v = args[0].f;

	(void)ctx;
	(void)site;
	result->f = v > 0 ? 1 : v < 0 ? -1 : 0;
	return 0;
}

static int
round_even(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = rint(args[0].f);
	return 0;
}

static int
truncate_whole(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = args[0].f >= 0 ? floor(args[0].f) : -floor(-args[0].f);
	return 0;
}

static int
ceiling(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = ceil(args[0].f);
	return 0;
}

static int
floor_whole(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->f = floor(args[0].f);
	return 0;
}

static int
square_root(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double v = args[0].f;

	(void)site;
	if (v < 0)
		return eval_fail(ctx, "2201F", "cannot take square root of a negative number");
	return finish(ctx, sqrt(v), isinf(v), v == 0, result);
}

static int
exponential(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double v = args[0].f;

	(void)site;
	return finish(ctx, exp(v), isinf(v), isinf(v), result);
}

static int
logarithm(struct eval_context *ctx, double v, double (*function)(double), struct value *result)
{
	if (v == 0)
		return eval_fail(ctx, "2201E", "cannot take logarithm of zero");
	if (v < 0)
		return eval_fail(ctx, "2201E", "cannot take logarithm of a negative number");
	return finish(ctx, function(v), isinf(v), v == 1, result);
}

static int
natural_logarithm(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return logarithm(ctx, args[0].f, log, result);
}

static int
common_logarithm(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return logarithm(ctx, args[0].f, log10, result);
}

static int
cube_root(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double v = args[0].f;

	(void)site;
	return finish(ctx, cbrt(v), isinf(v), v == 0, result);
}

static int
eq(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = float8_compare(args[0].f, args[1].f) == 0;
	return 0;
}

static int
ne(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = float8_compare(args[0].f, args[1].f) != 0;
	return 0;
}

static int
lt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = float8_compare(args[0].f, args[1].f) < 0;
	return 0;
}

static int
le(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = float8_compare(args[0].f, args[1].f) <= 0;
	return 0;
}

static int
gt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = float8_compare(args[0].f, args[1].f) > 0;
	return 0;
}

static int
ge(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = float8_compare(args[0].f, args[1].f) >= 0;
	return 0;
}

/* clang-format off */
#define UNARY(name, call) \
	{name, TYPE_FLOAT8, 1, {TYPE_FLOAT8}, FUNCTION_STRICT, call, NULL, NULL}
#define BINARY(name, result, call) \
	{name, TYPE_##result, 2, {TYPE_FLOAT8, TYPE_FLOAT8}, FUNCTION_STRICT, call, NULL, NULL}
#define OF(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT, call, NULL, NULL}
#define COMPARE(a, b) \
	OF("=", BOOL, a, b, eq), \
	OF("<>", BOOL, a, b, ne), \
	OF("<", BOOL, a, b, lt), \
	OF("<=", BOOL, a, b, le), \
	OF(">", BOOL, a, b, gt), \
	OF(">=", BOOL, a, b, ge)
#define MIXED(a, b) \
	OF("+", FLOAT8, a, b, add), \
	OF("-", FLOAT8, a, b, subtract), \
	OF("*", FLOAT8, a, b, multiply), \
	OF("/", FLOAT8, a, b, divide), \
	COMPARE(a, b)
#define UNARY_REAL(name, call) \
	{name, TYPE_FLOAT4, 1, {TYPE_FLOAT4}, FUNCTION_STRICT, call, NULL, NULL}

const struct function float8_functions[] = {
	BINARY("+", FLOAT8, add),
	BINARY("-", FLOAT8, subtract),
	BINARY("*", FLOAT8, multiply),
	BINARY("/", FLOAT8, divide),
	BINARY("^", FLOAT8, power),
	BINARY("power", FLOAT8, power),
	BINARY("pow", FLOAT8, power),
	COMPARE(FLOAT8, FLOAT8),
	MIXED(FLOAT4, FLOAT8),
	MIXED(FLOAT8, FLOAT4),
	COMPARE(FLOAT4, FLOAT4),
	UNARY_REAL("-", negate),
	UNARY_REAL("+", plus),
	UNARY_REAL("@", absolute),
	UNARY_REAL("abs", absolute),
	UNARY("-", negate),
	UNARY("+", plus),
	UNARY("@", absolute),
	UNARY("abs", absolute),
	UNARY("sign", sign),
	UNARY("round", round_even),
	UNARY("trunc", truncate_whole),
	UNARY("ceil", ceiling),
	UNARY("ceiling", ceiling),
	UNARY("floor", floor_whole),
	UNARY("sqrt", square_root),
	UNARY("exp", exponential),
	UNARY("ln", natural_logarithm),
	UNARY("log", common_logarithm),
	UNARY("log10", common_logarithm),
	UNARY("cbrt", cube_root),
	{0},
};
/* clang-format on */
