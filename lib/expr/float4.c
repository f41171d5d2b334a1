/*
 * float4.c - real: casts, and arithmetic among reals
 *
 * A value is kept as the double that it is exactly, so that comparison, signs,
 * and arithmetic with double precision are float8.c's.  What has two reals is
 * computed in single precision, and so overflows and rounds earlier.
 */
#include <math.h>
#include <stdio.h>

#include "expr/numeric.h"

/* Casts */

static int
text_to_float4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return float4_parse(ctx, arg->s, &result->f);
}

static int
float4_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[FLOAT8_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, float4_print(arg->f, buf), result);
}

static int
int_to_float4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->f = (double)(float)arg->i;
	return 0;
}

static int
float4_to_float8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->f = arg->f;
	return 0;
}

static int
overflow(struct eval_context *ctx)
{
	return eval_fail(ctx, "22003", "value out of range: overflow");
}

static int
underflow(struct eval_context *ctx)
{
	return eval_fail(ctx, "22003", "value out of range: underflow");
}

static int
float8_to_float4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	float v = (float)arg->f;

	(void)typmod;
	if (isinf(v) && !isinf(arg->f))
		return overflow(ctx);
	if (v == 0 && arg->f != 0)
		return underflow(ctx);
	result->f = (double)v;
	return 0;
}

/* By way of 6 significant digits, which is PostgreSQL's rule. */
static int
float4_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[32];
	struct text s = {buf, 0};

	s.len = (size_t)snprintf(
		buf, sizeof buf, "%.6g", isnan(arg->f) ? fabs(arg->f) : arg->f);
	return numeric_parse(ctx, s, typmod, &result->n);
}

static int
numeric_to_float4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct text s;

	(void)typmod;
	if (numeric_print(ctx, &arg->n, &s) < 0)
		return -1;
	return float4_parse(ctx, s, &result->f);
}

const struct cast float4_casts[] = {
	{TYPE_UNKNOWN, TYPE_FLOAT4, CAST_IMPLICIT, text_to_float4},
	{TYPE_TEXT, TYPE_FLOAT4, CAST_EXPLICIT, text_to_float4},
	{TYPE_FLOAT4, TYPE_TEXT, CAST_ASSIGNMENT, float4_to_text},
	{TYPE_INT2, TYPE_FLOAT4, CAST_IMPLICIT, int_to_float4},
	{TYPE_INT4, TYPE_FLOAT4, CAST_IMPLICIT, int_to_float4},
	{TYPE_INT8, TYPE_FLOAT4, CAST_IMPLICIT, int_to_float4},
	{TYPE_NUMERIC, TYPE_FLOAT4, CAST_IMPLICIT, numeric_to_float4},
	{TYPE_FLOAT4, TYPE_FLOAT8, CAST_IMPLICIT, float4_to_float8},
	{TYPE_FLOAT8, TYPE_FLOAT4, CAST_ASSIGNMENT, float8_to_float4},
	{TYPE_FLOAT4, TYPE_NUMERIC, CAST_ASSIGNMENT, float4_to_numeric},
	{0},
};

/* Arithmetic */

/* PostgreSQL refuses what IEEE would round to infinity or zero. */
static int
finish(struct eval_context *ctx, float v, bool infinity_allowed, bool zero_allowed,
	struct value *result)
{
	if (isinf(v) && !infinity_allowed)
		return overflow(ctx);
	if (v == 0 && !zero_allowed)
		return underflow(ctx);
	result->f = (double)v;
	return 0;
}

static int
add(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	float a = (float)args[0].f, b = (float)args[1].f;

	(void)site;
	return finish(ctx, a + b, isinf(a) || isinf(b), true, result);
}

static int
subtract(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	float a = (float)args[0].f, b = (float)args[1].f;

	(void)site;
	return finish(ctx, a - b, isinf(a) || isinf(b), true, result);
}

static int
multiply(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	float a = (float)args[0].f, b = (float)args[1].f;

	(void)site;
	return finish(ctx, a * b, isinf(a) || isinf(b), a == 0 || b == 0, result);
}

static int
divide(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	float a = (float)args[0].f, b = (float)args[1].f;

	(void)site;
	if (b == 0 && !isnan(a))
		return eval_fail(ctx, "22012", "division by zero");
	return finish(ctx, a / b, isinf(a), a == 0 || isinf(b), result);
}

/* clang-format off */
#define BINARY(name, call) \
	{name, TYPE_FLOAT4, 2, {TYPE_FLOAT4, TYPE_FLOAT4}, FUNCTION_STRICT, call, NULL, NULL}

const struct function float4_functions[] = {
	BINARY("+", add),
	BINARY("-", subtract),
	BINARY("*", multiply),
	BINARY("/", divide),
	{0},
};
/* clang-format on */
