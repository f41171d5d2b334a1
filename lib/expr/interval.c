/*
 * interval.c - intervals: printing, comparison, arithmetic
 */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time.h"

/* Printing, in the style "postgres" */

/* A part that is not zero; a negative one makes the sign of the next be shown. */
static char *
put_part(char *p, int64_t v, const char *unit, bool *first, bool *show_sign)
{
	size_t n = strlen(unit);

	if (v == 0)
		return p;
	if (!*first)
		*p++ = ' ';
	if (*show_sign && v > 0)
		*p++ = '+';
	p += int_print(v, p);
	*p++ = ' ';
	memcpy(p, unit, n);
	p += n;
	if (v != 1)
		*p++ = 's';
	*show_sign = v < 0;
	*first = false;
	return p;
}

static char *
put_two(char *p, int64_t v)
{
	if (v < 10)
		*p++ = '0';
	return p + int_print(v, p);
}

size_t
interval_print(const struct interval *iv, char buf[static INTERVAL_PRINT_MAX])
{
	bool first = true, show_sign = false, negative = iv->usec < 0;
	int64_t usec = iv->usec, hours, rest;
	char *p = buf;

	p = put_part(p, iv->months / 12, "year", &first, &show_sign);
	p = put_part(p, iv->months % 12, "mon", &first, &show_sign);
	p = put_part(p, iv->days, "day", &first, &show_sign);
	if (!first && usec == 0)
		return (size_t)(p - buf);
	if (!first)
		*p++ = ' ';
	if (negative)
		*p++ = '-';
	else if (show_sign)
		*p++ = '+';
	hours = llabs(usec / USEC_PER_HOUR);
	rest = llabs(usec % USEC_PER_HOUR);
	p = put_two(p, hours);
	*p++ = ':';
	p = put_two(p, rest / USEC_PER_MINUTE);
	*p++ = ':';
	rest %= USEC_PER_MINUTE;
	p = put_two(p, rest / USEC_PER_SECOND);
	rest %= USEC_PER_SECOND;
	if (rest != 0) {
		*p++ = '.';
		for (int64_t scale = 100000; rest != 0; rest %= scale, scale /= 10)
			*p++ = (char)('0' + rest / scale);
	}
	return (size_t)(p - buf);
}

/* Comparison: months of 30 days, days of 24 hours */

static int
order_of(const struct value *args)
{
	__int128 span[2];

	for (int i = 0; i < 2; i++) {
		span[i] = (__int128)args[i].iv.months * 30 + args[i].iv.days;
		span[i] = span[i] * (__int128)USEC_PER_DAY + args[i].iv.usec;
	}
	return (span[0] > span[1]) - (span[0] < span[1]);
}

static int
eq(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = order_of(args) == 0;
	return 0;
}

static int
ne(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = order_of(args) != 0;
	return 0;
}

static int
lt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = order_of(args) < 0;
	return 0;
}

static int
le(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = order_of(args) <= 0;
	return 0;
}

static int
gt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = order_of(args) > 0;
	return 0;
}

static int
ge(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = order_of(args) >= 0;
	return 0;
}

/* Arithmetic */

static int
out_of_range(struct eval_context *ctx)
{
	return eval_fail(ctx, "22008", "interval out of range");
}

static int
add(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct interval *a = &args[0].iv, *b = &args[1].iv;
	struct interval *r = &result->iv;

	(void)site;
	if (__builtin_add_overflow(a->months, b->months, &r->months) ||
		__builtin_add_overflow(a->days, b->days, &r->days) ||
		__builtin_add_overflow(a->usec, b->usec, &r->usec))
		return out_of_range(ctx);
	return 0;
}

static int
subtract(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct interval *a = &args[0].iv, *b = &args[1].iv;
	struct interval *r = &result->iv;

	(void)site;
	if (__builtin_sub_overflow(a->months, b->months, &r->months) ||
		__builtin_sub_overflow(a->days, b->days, &r->days) ||
		__builtin_sub_overflow(a->usec, b->usec, &r->usec))
		return out_of_range(ctx);
	return 0;
}

static int
negate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct interval *a = &args[0].iv;

	(void)site;
	if (a->months == INT32_MIN || a->days == INT32_MIN || a->usec == INT64_MIN)
		return out_of_range(ctx);
	result->iv =
		(struct interval){.months = -a->months, .days = -a->days, .usec = -a->usec};
	return 0;
}

static double
to_microsecond(double seconds)
{
	return rint(seconds * 1000000) / 1000000;
}

static bool
fits_int32(double v)
{
	return v >= INT32_MIN && v <= INT32_MAX;
}

/*
 * The interval times factor, or over it.  What is left of a month goes to
 * days, what is left of a day to time, rounded to microseconds on the way.
 */
static int
scale(struct eval_context *ctx, const struct interval *iv, double factor, bool over,
	struct interval *r)
{
	double months = over ? iv->months / factor : iv->months * factor;
	double days = over ? iv->days / factor : iv->days * factor;
	double usec = over ? (double)iv->usec / factor : (double)iv->usec * factor;
	double rest_days, rest_seconds;
	int carried = 0;

	if (!fits_int32(months) || !fits_int32(days))
		return out_of_range(ctx);
	r->months = (int32_t)months;
	r->days = (int32_t)days;
	rest_days = to_microsecond((months - r->months) * 30);
	rest_seconds =
		to_microsecond((days - r->days + rest_days - (double)(int)rest_days) * 86400);
	if (fabs(rest_seconds) >= 86400) {
		carried = (int)(rest_seconds / 86400);
		rest_seconds -= carried * 86400.0;
	}
	usec = rint(usec + rest_seconds * 1000000);
	if (__builtin_add_overflow(r->days, carried + (int)rest_days, &r->days) ||
		!(usec >= (double)INT64_MIN && usec < -(double)INT64_MIN))
		return out_of_range(ctx);
	r->usec = (int64_t)usec;
	return 0;
}

static int
times(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return scale(ctx, &args[0].iv, args[1].f, false, &result->iv);
}

static int
times_reversed(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return scale(ctx, &args[1].iv, args[0].f, false, &result->iv);
}

static int
divide(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	if (args[1].f == 0)
		return eval_fail(ctx, "22012", "division by zero");
	return scale(ctx, &args[0].iv, args[1].f, true, &result->iv);
}

/* clang-format off */
#define BINARY(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT, call, NULL, NULL}

const struct function interval_functions[] = {
	BINARY("=", BOOL, INTERVAL, INTERVAL, eq),
	BINARY("<>", BOOL, INTERVAL, INTERVAL, ne),
	BINARY("<", BOOL, INTERVAL, INTERVAL, lt),
	BINARY("<=", BOOL, INTERVAL, INTERVAL, le),
	BINARY(">", BOOL, INTERVAL, INTERVAL, gt),
	BINARY(">=", BOOL, INTERVAL, INTERVAL, ge),
	BINARY("+", INTERVAL, INTERVAL, INTERVAL, add),
	BINARY("-", INTERVAL, INTERVAL, INTERVAL, subtract),
	BINARY("*", INTERVAL, INTERVAL, FLOAT8, times),
	BINARY("*", INTERVAL, FLOAT8, INTERVAL, times_reversed),
	BINARY("/", INTERVAL, INTERVAL, FLOAT8, divide),
	{"-", TYPE_INTERVAL, 1, {TYPE_INTERVAL}, FUNCTION_STRICT, negate, NULL, NULL},
	{0},
};
/* clang-format on */
