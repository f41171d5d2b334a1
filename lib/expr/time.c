/*
 * time.c - date, timestamp and timestamptz: casts, comparison, arithmetic
 */
#include <math.h>

#include "expr/number.h"
#include "expr/time.h"

static int
timestamp_out_of_range(struct eval_context *ctx)
{
	return eval_fail(ctx, "22008", "timestamp out of range");
}

/* Where a date stands among timestamps; beyond their end it is yet before infinity. */
static int64_t
date_as_timestamp(int64_t d)
{
	if (d == DATE_INFINITY)
		return TIMESTAMP_INFINITY;
	if (d >= TIMESTAMP_DATE_END)
		return TIMESTAMP_INFINITY - 1;
	if (d == DATE_MINUS_INFINITY)
		return TIMESTAMP_MINUS_INFINITY;
	return d * USEC_PER_DAY;
}

int
date_to_timestamp(struct eval_context *ctx, int64_t d, int64_t *t)
{
	if (date_finite(d) && d >= TIMESTAMP_DATE_END)
		return eval_fail(ctx, "22008", "date out of range for timestamp");
	*t = date_as_timestamp(d);
	return 0;
}

static int64_t
timestamp_to_date(int64_t t)
{
	if (!timestamp_finite(t))
		return t > 0 ? DATE_INFINITY : DATE_MINUS_INFINITY;
	return t / USEC_PER_DAY - (t % USEC_PER_DAY < 0);
}

/* Casts */

static int
text_to_date(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return date_parse(ctx, arg->s, &result->d);
}

static int
rounded(struct eval_context *ctx, int64_t t, int32_t typmod, struct value *result)
{
	(void)ctx;
	result->t = timestamp_round(t, typmod);
	return 0;
}

static int
text_to_timestamp(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	if (timestamp_parse(ctx, arg->s, TYPE_TIMESTAMP, &result->t) < 0)
		return -1;
	return rounded(ctx, result->t, typmod, result);
}

static int
text_to_timestamptz(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	if (timestamp_parse(ctx, arg->s, TYPE_TIMESTAMPTZ, &result->t) < 0)
		return -1;
	return rounded(ctx, result->t, typmod, result);
}

static int
date_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[TIME_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, date_print(arg->d, buf), result);
}

static int
timestamp_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[TIME_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, timestamp_print(arg->t, false, ' ', buf), result);
}

static int
timestamptz_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[TIME_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, timestamp_print(arg->t, true, ' ', buf), result);
}

/* To timestamp and timestamptz alike: midnight in UTC. */
static int
date_cast(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return date_to_timestamp(ctx, arg->d, &result->t);
}

static int
timestamp_cast(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	return rounded(ctx, arg->t, typmod, result);
}

static int
timestamp_to_date_cast(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->d = timestamp_to_date(arg->t);
	return 0;
}

static int
text_to_interval(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return interval_parse(ctx, arg->s, &result->iv);
}

static int
interval_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[INTERVAL_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, interval_print(&arg->iv, buf), result);
}

const struct cast time_casts[] = {
	{TYPE_UNKNOWN, TYPE_DATE, CAST_IMPLICIT, text_to_date},
	{TYPE_UNKNOWN, TYPE_TIMESTAMP, CAST_IMPLICIT, text_to_timestamp},
	{TYPE_UNKNOWN, TYPE_TIMESTAMPTZ, CAST_IMPLICIT, text_to_timestamptz},
	{TYPE_UNKNOWN, TYPE_INTERVAL, CAST_IMPLICIT, text_to_interval},
	{TYPE_TEXT, TYPE_DATE, CAST_EXPLICIT, text_to_date},
	{TYPE_TEXT, TYPE_TIMESTAMP, CAST_EXPLICIT, text_to_timestamp},
	{TYPE_TEXT, TYPE_TIMESTAMPTZ, CAST_EXPLICIT, text_to_timestamptz},
	{TYPE_TEXT, TYPE_INTERVAL, CAST_EXPLICIT, text_to_interval},
	{TYPE_DATE, TYPE_TEXT, CAST_ASSIGNMENT, date_to_text},
	{TYPE_TIMESTAMP, TYPE_TEXT, CAST_ASSIGNMENT, timestamp_to_text},
	{TYPE_TIMESTAMPTZ, TYPE_TEXT, CAST_ASSIGNMENT, timestamptz_to_text},
	{TYPE_INTERVAL, TYPE_TEXT, CAST_ASSIGNMENT, interval_to_text},
	{TYPE_DATE, TYPE_TIMESTAMP, CAST_IMPLICIT, date_cast},
	{TYPE_DATE, TYPE_TIMESTAMPTZ, CAST_IMPLICIT, date_cast},
	{TYPE_TIMESTAMP, TYPE_DATE, CAST_ASSIGNMENT, timestamp_to_date_cast},
	{TYPE_TIMESTAMPTZ, TYPE_DATE, CAST_ASSIGNMENT, timestamp_to_date_cast},
	{TYPE_TIMESTAMP, TYPE_TIMESTAMPTZ, CAST_IMPLICIT, timestamp_cast},
	{TYPE_TIMESTAMPTZ, TYPE_TIMESTAMP, CAST_ASSIGNMENT, timestamp_cast},
	{TYPE_TIMESTAMP, TYPE_TIMESTAMP, CAST_IMPLICIT, timestamp_cast}, /* a new typmod */
	{TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, CAST_IMPLICIT, timestamp_cast},
	{0},
};

/* Comparison: dates and timestamps in one order */

static int64_t
instant(const struct call_site *site, const struct value *args, int i)
{
	return site->function->args[i] == TYPE_DATE ? date_as_timestamp(args[i].d) : args[i].t;
}

/* Two dates beyond the timestamps' end must not become equal. */
static int
order_of(const struct call_site *site, const struct value *args)
{
	int64_t a = args[0].t, b = args[1].t;

	if (site->function->args[0] != site->function->args[1]) {
		a = instant(site, args, 0);
		b = instant(site, args, 1);
	}
	return (a > b) - (a < b);
}

static int
eq(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = order_of(site, args) == 0;
	return 0;
}

static int
ne(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = order_of(site, args) != 0;
	return 0;
}

static int
lt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = order_of(site, args) < 0;
	return 0;
}

static int
le(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = order_of(site, args) <= 0;
	return 0;
}

static int
gt(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = order_of(site, args) > 0;
	return 0;
}

static int
ge(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = order_of(site, args) >= 0;
	return 0;
}

/* Arithmetic */

static int
move_date(struct eval_context *ctx, int64_t d, int64_t by, struct value *result)
{
	result->d = d;
	if (!date_finite(d))
		return 0;
	result->d = d + by;
	if (result->d < DATE_FIRST || result->d >= DATE_END)
		return eval_fail(ctx, "22008", "date out of range");
	return 0;
}

static int
date_plus_int(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return move_date(ctx, args[0].d, args[1].i, result);
}

static int
int_plus_date(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return move_date(ctx, args[1].d, args[0].i, result);
}

static int
date_minus_int(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return move_date(ctx, args[0].d, -args[1].i, result);
}

static int
date_minus_date(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	if (!date_finite(args[0].d) || !date_finite(args[1].d))
		return eval_fail(ctx, "22008", "cannot subtract infinite dates");
	result->i = args[0].d - args[1].d;
	return 0;
}

static int
timestamp_minus_timestamp(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	int64_t usec;

	(void)site;
	if (!timestamp_finite(args[0].t) || !timestamp_finite(args[1].t))
		return eval_fail(ctx, "22008", "cannot subtract infinite timestamps");
	/* over 292 thousand years apart: version 15 wraps around silently, later ones refuse */
	if (__builtin_sub_overflow(args[0].t, args[1].t, &usec))
		return eval_fail(ctx, "22008", "interval out of range");
	result->iv = (struct interval){
		.usec = usec % USEC_PER_DAY, .days = (int32_t)(usec / USEC_PER_DAY)};
	return 0;
}

int
timestamp_shift(struct eval_context *ctx, int64_t t, const struct interval *by, int64_t *result)
{
	struct civil c;
	int64_t days;

	*result = t;
	if (!timestamp_finite(t))
		return 0;
	if (by->months != 0) {
		int64_t months;

		civil_from_timestamp(t, &c);
		months = c.year * INT64_C(12) + c.month - 1 + by->months;
		c.year = (int)(months / 12 - (months % 12 < 0));
		c.month = (int)(months - c.year * INT64_C(12)) + 1;
		if (c.day > month_days(c.year, c.month))
			c.day = month_days(c.year, c.month);
		if (!timestamp_from_civil(&c, 0, &t))
			return timestamp_out_of_range(ctx);
	}
	if (__builtin_mul_overflow(by->days, USEC_PER_DAY, &days) ||
		__builtin_add_overflow(t, days, &t) || (days != 0 && !timestamp_valid(t)))
		return timestamp_out_of_range(ctx);
	if (__builtin_add_overflow(t, by->usec, &t) || !timestamp_valid(t))
		return timestamp_out_of_range(ctx);
	*result = t;
	return 0;
}

static int
shift_from(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	int at, struct value *result)
{
	int64_t t = args[at].t;

	if (site->function->args[at] == TYPE_DATE && date_to_timestamp(ctx, args[at].d, &t) < 0)
		return -1;
	return timestamp_shift(ctx, t, &args[1 - at].iv, &result->t);
}

static int
plus_interval(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return shift_from(ctx, site, args, 0, result);
}

static int
interval_plus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return shift_from(ctx, site, args, 1, result);
}

static int
minus_interval(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct value moved[2] = {args[0], args[1]};

	/* as there, the negation wraps at the types' least values */
	moved[1].iv.months = (int32_t)(0 - (uint32_t)args[1].iv.months);
	moved[1].iv.days = (int32_t)(0 - (uint32_t)args[1].iv.days);
	moved[1].iv.usec = (int64_t)(0 - (uint64_t)args[1].iv.usec);
	return shift_from(ctx, site, moved, 0, result);
}

static int
from_epoch(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	double seconds = args[0].f;
	const double first = 86400.0 * (DATE_FIRST + UNIX_EPOCH_DAYS);
	const double end = 86400.0 * (TIMESTAMP_DATE_END + UNIX_EPOCH_DAYS);

	(void)site;
	if (isnan(seconds))
		return eval_fail(ctx, "22008", "timestamp cannot be NaN");
	if (isinf(seconds)) {
		result->t = seconds > 0 ? TIMESTAMP_INFINITY : TIMESTAMP_MINUS_INFINITY;
		return 0;
	}
	if (seconds >= first && seconds < end) {
		result->t = (int64_t)rint((seconds - (double)UNIX_EPOCH_SECONDS) * 1000000);
		if (timestamp_valid(result->t))
			return 0;
	}
	return eval_fail(ctx, "22008", "timestamp out of range: \"%g\"", seconds);
}

static int
is_finite(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->b = site->function->args[0] == TYPE_DATE ? date_finite(args[0].d)
							 : timestamp_finite(args[0].t);
	return 0;
}

/* clang-format off */
#define UNARY(name, result, type, call) \
	{name, TYPE_##result, 1, {TYPE_##type}, FUNCTION_STRICT, call, NULL, NULL}
#define BINARY(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT, call, NULL, NULL}
#define REVERSED(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT | FUNCTION_REVERSED, call, \
		NULL, NULL}
#define COMPARE(a, b) \
	BINARY("=", BOOL, a, b, eq), \
	BINARY("<>", BOOL, a, b, ne), \
	BINARY("<", BOOL, a, b, lt), \
	BINARY("<=", BOOL, a, b, le), \
	BINARY(">", BOOL, a, b, gt), \
	BINARY(">=", BOOL, a, b, ge)
#define SHIFT(type, result) \
	BINARY("+", result, type, INTERVAL, plus_interval), \
	REVERSED("+", result, INTERVAL, type, interval_plus), \
	BINARY("-", result, type, INTERVAL, minus_interval)

const struct function time_functions[] = {
	COMPARE(DATE, DATE),
	COMPARE(DATE, TIMESTAMP),
	COMPARE(DATE, TIMESTAMPTZ),
	COMPARE(TIMESTAMP, DATE),
	COMPARE(TIMESTAMP, TIMESTAMP),
	COMPARE(TIMESTAMP, TIMESTAMPTZ),
	COMPARE(TIMESTAMPTZ, DATE),
	COMPARE(TIMESTAMPTZ, TIMESTAMP),
	COMPARE(TIMESTAMPTZ, TIMESTAMPTZ),
	BINARY("+", DATE, DATE, INT4, date_plus_int),
	REVERSED("+", DATE, INT4, DATE, int_plus_date),
	BINARY("-", DATE, DATE, INT4, date_minus_int),
	BINARY("-", INT4, DATE, DATE, date_minus_date),
	BINARY("-", INTERVAL, TIMESTAMP, TIMESTAMP, timestamp_minus_timestamp),
	BINARY("-", INTERVAL, TIMESTAMPTZ, TIMESTAMPTZ, timestamp_minus_timestamp),
	SHIFT(DATE, TIMESTAMP),
	SHIFT(TIMESTAMP, TIMESTAMP),
	SHIFT(TIMESTAMPTZ, TIMESTAMPTZ),
	UNARY("to_timestamp", TIMESTAMPTZ, FLOAT8, from_epoch),
	UNARY("isfinite", BOOL, DATE, is_finite),
	UNARY("isfinite", BOOL, TIMESTAMP, is_finite),
	UNARY("isfinite", BOOL, TIMESTAMPTZ, is_finite),
	{0},
};
/* clang-format on */
