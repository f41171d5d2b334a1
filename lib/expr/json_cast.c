/*
 * json_cast.c - casts from and to jsonb
 */
#include "expr/json.h"
#include "expr/number.h"

static int
text_to_json(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct json_node *node;
	int flat = json_flat(ctx, arg->s, &result->s);

	(void)typmod;
	if (flat != 0)
		return flat < 0 ? -1 : 0;
	if (json_parse(ctx, arg->s, &node) < 0)
		return -1;
	return json_print(ctx, node, &result->s);
}

static int
json_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->s = arg->s;
	return 0;
}

/* What a cast of jsonb to another type says of a value that is none of it. */
static int
cannot_cast(struct eval_context *ctx, struct text s, const char *type)
{
	static const char *const names[] = {
		"null", "boolean", "numeric", "string", "array", "object"};
	const char *name = names[json_kind(s)];

	return eval_fail(ctx, "22023", "cannot cast jsonb %s to type %s", name, type);
}

static int
json_to_bool(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	if (json_kind(arg->s) != JSON_BOOL)
		return cannot_cast(ctx, arg->s, "boolean");
	result->b = arg->s.ptr[0] == 't';
	return 0;
}

static int
json_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, "numeric");
	return numeric_parse(ctx, arg->s, typmod, &result->n);
}

static int
json_to_int(struct eval_context *ctx, const struct value *arg, enum value_type type,
	const char *name, struct value *result)
{
	struct numeric n;

	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, name);
	if (numeric_parse(ctx, arg->s, -1, &n) < 0)
		return -1;
	return numeric_to_int(ctx, &n, type, &result->i);
}

static int
json_to_int2(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return json_to_int(ctx, arg, TYPE_INT2, "smallint", result);
}

static int
json_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return json_to_int(ctx, arg, TYPE_INT4, "integer", result);
}

static int
json_to_int8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return json_to_int(ctx, arg, TYPE_INT8, "bigint", result);
}

static int
json_to_float8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, "double precision");
	return float8_parse(ctx, arg->s, &result->f);
}

static int
json_to_float4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, "real");
	return float4_parse(ctx, arg->s, &result->f);
}

const struct cast json_casts[] = {
	{TYPE_TEXT, TYPE_JSONB, CAST_EXPLICIT, text_to_json},
	{TYPE_JSONB, TYPE_TEXT, CAST_ASSIGNMENT, json_to_text},
	{TYPE_JSONB, TYPE_BOOL, CAST_EXPLICIT, json_to_bool},
	{TYPE_JSONB, TYPE_NUMERIC, CAST_EXPLICIT, json_to_numeric},
	{TYPE_JSONB, TYPE_INT2, CAST_EXPLICIT, json_to_int2},
	{TYPE_JSONB, TYPE_INT4, CAST_EXPLICIT, json_to_int4},
	{TYPE_JSONB, TYPE_INT8, CAST_EXPLICIT, json_to_int8},
	{TYPE_JSONB, TYPE_FLOAT8, CAST_EXPLICIT, json_to_float8},
	{TYPE_JSONB, TYPE_FLOAT4, CAST_EXPLICIT, json_to_float4},
	{.call = NULL},
};
