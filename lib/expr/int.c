/*
 * int.c - smallint, integer and bigint: text, casts, operators, functions
 *
 * All three are an int64_t in struct value, so one C function serves every
 * mixture of them; the result type of the table's entry says which range the
 * result must keep.  The cross-type operators stand in the table as
 * PostgreSQL's catalog has them (int4 + int8 is one call, no cast).
 */
#include <string.h>

#include "expr/number.h"

struct int_range {
	int64_t min;
	int64_t max;
	const char *name;
};

static const struct int_range ranges[TYPE_COUNT] = {
	[TYPE_INT2] = {INT16_MIN, INT16_MAX, "smallint"},
	[TYPE_INT4] = {INT32_MIN, INT32_MAX, "integer"},
	[TYPE_INT8] = {INT64_MIN, INT64_MAX, "bigint"},
};

int
text_result(struct eval_context *ctx, const char *buf, size_t len, struct value *result)
{
	char *p = arena_alloc(ctx->arena, len);

	if (p == NULL)
		return eval_nomem(ctx);
	memcpy(p, buf, len);
	result->s.ptr = p;
	result->s.len = len;
	return 0;
}

/*
 * As PostgreSQL reads them, counting down from zero: a digit that goes below
 * the minimum is out of range even when rubbish follows, but one more than
 * the maximum is found only when all has been read.
 */
int
int_parse(struct eval_context *ctx, struct text s, enum value_type type, int64_t *result)
{
	const struct int_range *r = &ranges[type];
	const char *p = s.ptr, *end = s.ptr + s.len;
	bool negative = false;
	const uint64_t limit = (uint64_t)r->max + 1;
	uint64_t v = 0;

	while (p < end && space_is(*p))
		p++;
	if (p < end && (*p == '-' || *p == '+'))
		negative = *p++ == '-';
	if (p == end || *p < '0' || *p > '9')
		goto invalid;
	for (; p < end && *p >= '0' && *p <= '9'; p++) {
		unsigned digit = (unsigned)(*p - '0');

		if (v > (limit - digit) / 10)
			goto out_of_range;
		v = v * 10 + digit;
	}
	while (p < end && space_is(*p))
		p++;
	if (p < end)
		goto invalid;
	if (v == limit && !negative)
		goto out_of_range;
	*result = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
out_of_range:
	return eval_fail(ctx, "22003", "value \"%.*s\" is out of range for type %s",
		shown(s.len), s.ptr, r->name);
invalid:
	return eval_fail(ctx, "22P02", "invalid input syntax for type %s: \"%.*s\"", r->name,
		shown(s.len), s.ptr);
}

int
int_check(struct eval_context *ctx, int64_t v, enum value_type type, int64_t *result)
{
	const struct int_range *r = &ranges[type];

	if (v < r->min || v > r->max)
		return eval_fail(ctx, "22003", "%s out of range", r->name);
	*result = v;
	return 0;
}

size_t
int_print(int64_t v, char buf[static INT_PRINT_MAX])
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char digits[INT_PRINT_MAX];
	size_t at = sizeof digits;

	for (; u >= 100; u /= 100) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * (u % 100), 2);
	}
	if (u >= 10) {
		at -= 2;
		memcpy(digits + at, pairs + 2 * u, 2);
	} else {
		digits[--at] = (char)('0' + u);
	}
	if (v < 0)
		digits[--at] = '-';
	memcpy(buf, digits + at, sizeof digits - at);
	return sizeof digits - at;
}

/* Casts */

static int
text_to_int2(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return int_parse(ctx, arg->s, TYPE_INT2, &result->i);
}

static int
text_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return int_parse(ctx, arg->s, TYPE_INT4, &result->i);
}

static int
text_to_int8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return int_parse(ctx, arg->s, TYPE_INT8, &result->i);
}

static int
int_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[INT_PRINT_MAX];
	size_t len = int_print(arg->i, buf);

	(void)typmod;
	return text_result(ctx, buf, len, result);
}

static int
int_widen(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->i = arg->i;
	return 0;
}

static int
int_to_int2(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return int_check(ctx, arg->i, TYPE_INT2, &result->i);
}

static int
int_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return int_check(ctx, arg->i, TYPE_INT4, &result->i);
}

static int
int4_to_bool(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->b = arg->i != 0;
	return 0;
}

static int
bool_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->i = arg->b;
	return 0;
}

const struct cast number_casts[] = {
	{TYPE_UNKNOWN, TYPE_INT2, CAST_IMPLICIT, text_to_int2},
	{TYPE_UNKNOWN, TYPE_INT4, CAST_IMPLICIT, text_to_int4},
	{TYPE_UNKNOWN, TYPE_INT8, CAST_IMPLICIT, text_to_int8},
	{TYPE_TEXT, TYPE_INT2, CAST_EXPLICIT, text_to_int2},
	{TYPE_TEXT, TYPE_INT4, CAST_EXPLICIT, text_to_int4},
	{TYPE_TEXT, TYPE_INT8, CAST_EXPLICIT, text_to_int8},
	{TYPE_INT2, TYPE_TEXT, CAST_ASSIGNMENT, int_to_text},
	{TYPE_INT4, TYPE_TEXT, CAST_ASSIGNMENT, int_to_text},
	{TYPE_INT8, TYPE_TEXT, CAST_ASSIGNMENT, int_to_text},
	{TYPE_INT2, TYPE_INT4, CAST_IMPLICIT, int_widen},
	{TYPE_INT2, TYPE_INT8, CAST_IMPLICIT, int_widen},
	{TYPE_INT4, TYPE_INT8, CAST_IMPLICIT, int_widen},
	{TYPE_INT4, TYPE_INT2, CAST_ASSIGNMENT, int_to_int2},
	{TYPE_INT8, TYPE_INT2, CAST_ASSIGNMENT, int_to_int2},
	{TYPE_INT8, TYPE_INT4, CAST_ASSIGNMENT, int_to_int4},
	{TYPE_INT4, TYPE_BOOL, CAST_EXPLICIT, int4_to_bool},
	{TYPE_BOOL, TYPE_INT4, CAST_EXPLICIT, bool_to_int4},
	{0},
};

/* Operators and functions */

static int
out_of_range(struct eval_context *ctx, const struct call_site *site)
{
	return eval_fail(ctx, "22003", "%s out of range", ranges[site->function->result].name);
}

static int
keep(struct eval_context *ctx, const struct call_site *site, int64_t v, struct value *result)
{
	return int_check(ctx, v, site->function->result, &result->i);
}

static int
int_add(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t v;

	if (__builtin_add_overflow(args[0].i, args[1].i, &v))
		return out_of_range(ctx, site);
	return keep(ctx, site, v, result);
}

static int
int_subtract(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t v;

	if (__builtin_sub_overflow(args[0].i, args[1].i, &v))
		return out_of_range(ctx, site);
	return keep(ctx, site, v, result);
}

static int
int_multiply(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t v;

	if (__builtin_mul_overflow(args[0].i, args[1].i, &v))
		return out_of_range(ctx, site);
	return keep(ctx, site, v, result);
}

static int
int_divide(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	if (args[1].i == 0)
		return eval_fail(ctx, "22012", "division by zero");
	if (args[1].i == -1 && args[0].i == INT64_MIN)
		return out_of_range(ctx, site);
	return keep(ctx, site, args[0].i / args[1].i, result);
}

static int
int_modulo(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	if (args[1].i == 0)
		return eval_fail(ctx, "22012", "division by zero");
	result->i = args[1].i == -1 ? 0 : args[0].i % args[1].i;
	return 0;
}

static int
int_negate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	if (args[0].i == INT64_MIN)
		return out_of_range(ctx, site);
	return keep(ctx, site, -args[0].i, result);
}

static int
int_plus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = args[0].i;
	return 0;
}

static int
int_abs(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	if (args[0].i < 0)
		return int_negate(ctx, site, args, result);
	result->i = args[0].i;
	return 0;
}

static int
int_and(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = args[0].i & args[1].i;
	return 0;
}

static int
int_or(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = args[0].i | args[1].i;
	return 0;
}

static int
int_xor(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = args[0].i ^ args[1].i;
	return 0;
}

static int
int_not(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = ~args[0].i;
	return 0;
}

/* The bits that fall out on the left are lost; the count wraps at the machine's word, as there. */
static int
int_shift_left(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	uint64_t v = (uint64_t)args[0].i;

	(void)ctx;
	switch (site->function->result) {
	case TYPE_INT2: result->i = (int16_t)((uint32_t)v << (args[1].i & 31)); break;
	case TYPE_INT4: result->i = (int32_t)((uint32_t)v << (args[1].i & 31)); break;
	default: result->i = (int64_t)(v << (args[1].i & 63)); break;
	}
	return 0;
}

static int
int_shift_right(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	int64_t mask = site->function->result == TYPE_INT8 ? 63 : 31;

	(void)ctx;
	result->i = args[0].i >> (args[1].i & mask);
	return 0;
}

static int
int_eq(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = args[0].i == args[1].i;
	return 0;
}

static int
int_ne(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = args[0].i != args[1].i;
	return 0;
}

static int
int_lt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = args[0].i < args[1].i;
	return 0;
}

static int
int_le(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = args[0].i <= args[1].i;
	return 0;
}

static int
int_gt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = args[0].i > args[1].i;
	return 0;
}

static int
int_ge(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = args[0].i >= args[1].i;
	return 0;
}

/* Of INT64_MIN the magnitude is 2^63, which the result may not be able to hold. */
static uint64_t
gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static uint64_t
magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static int
int_gcd(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	uint64_t g = gcd(magnitude(args[0].i), magnitude(args[1].i));

	if (g > (uint64_t)INT64_MAX)
		return out_of_range(ctx, site);
	return keep(ctx, site, (int64_t)g, result);
}

static int
int_lcm(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	uint64_t a = magnitude(args[0].i), b = magnitude(args[1].i), v;

	if (a == 0 || b == 0) {
		result->i = 0;
		return 0;
	}
	if (__builtin_mul_overflow(a / gcd(a, b), b, &v) || v > (uint64_t)INT64_MAX)
		return out_of_range(ctx, site);
	return keep(ctx, site, (int64_t)v, result);
}

/* clang-format off */
#define UNARY(name, type, call) \
	{name, TYPE_##type, 1, {TYPE_##type}, FUNCTION_STRICT, call, NULL, NULL}
#define BINARY(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT, call, NULL, NULL}
#define ACROSS(a, b, result) \
	BINARY("+", result, a, b, int_add), \
	BINARY("-", result, a, b, int_subtract), \
	BINARY("*", result, a, b, int_multiply), \
	BINARY("/", result, a, b, int_divide), \
	BINARY("=", BOOL, a, b, int_eq), \
	BINARY("<>", BOOL, a, b, int_ne), \
	BINARY("<", BOOL, a, b, int_lt), \
	BINARY("<=", BOOL, a, b, int_le), \
	BINARY(">", BOOL, a, b, int_gt), \
	BINARY(">=", BOOL, a, b, int_ge)
#define OF_ONE_TYPE(type) \
	UNARY("-", type, int_negate), \
	UNARY("+", type, int_plus), \
	UNARY("~", type, int_not), \
	UNARY("@", type, int_abs), \
	UNARY("abs", type, int_abs), \
	BINARY("%", type, type, type, int_modulo), \
	BINARY("mod", type, type, type, int_modulo), \
	BINARY("&", type, type, type, int_and), \
	BINARY("|", type, type, type, int_or), \
	BINARY("#", type, type, type, int_xor), \
	BINARY("<<", type, type, INT4, int_shift_left), \
	BINARY(">>", type, type, INT4, int_shift_right)

const struct function number_functions[] = {
	ACROSS(INT2, INT2, INT2),
	ACROSS(INT2, INT4, INT4),
	ACROSS(INT2, INT8, INT8),
	ACROSS(INT4, INT2, INT4),
	ACROSS(INT4, INT4, INT4),
	ACROSS(INT4, INT8, INT8),
	ACROSS(INT8, INT2, INT8),
	ACROSS(INT8, INT4, INT8),
	ACROSS(INT8, INT8, INT8),
	OF_ONE_TYPE(INT2),
	OF_ONE_TYPE(INT4),
	OF_ONE_TYPE(INT8),
	BINARY("gcd", INT4, INT4, INT4, int_gcd),
	BINARY("gcd", INT8, INT8, INT8, int_gcd),
	BINARY("lcm", INT4, INT4, INT4, int_lcm),
	BINARY("lcm", INT8, INT8, INT8, int_lcm),
	{0},
};
/* clang-format on */
