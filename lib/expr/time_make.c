/*
 * time_make.c - age, make_date, make_timestamp
 */
#include <math.h>
#include <stdio.h>

#include "expr/time.h"

/* age: the difference on the calendar, in years, months, days and time */

static void
borrow(int64_t *lower, int64_t *upper, int64_t base)
{
	while (*lower < 0) {
		*lower += base;
		--*upper;
	}
}

static int
age(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool negative = args[0].t < args[1].t;
	int64_t later = negative ? args[1].t : args[0].t,
		earlier = negative ? args[0].t : args[1].t;
	int64_t clock, days, months;
	struct civil a, b;

	(void)site;
	/* version 15 takes an infinity for the moment its number would be; refused here */
	if (!timestamp_finite(args[0].t) || !timestamp_finite(args[1].t))
		return eval_fail(ctx, "22008", "timestamp out of range");
	civil_from_timestamp(later, &a);
	civil_from_timestamp(earlier, &b);
	clock = (((a.hour - b.hour) * INT64_C(60) + a.minute - b.minute) * 60 + a.second -
			b.second) *
			USEC_PER_SECOND +
		a.usec - b.usec;
	days = a.day - b.day;
	months = (a.year - b.year) * INT64_C(12) + a.month - b.month;
	borrow(&clock, &days, USEC_PER_DAY);
	borrow(&days, &months, month_days(b.year, b.month));
	result->iv = (struct interval){.usec = negative ? -clock : clock,
		.days = (int32_t)(negative ? -days : days),
		.months = (int32_t)(negative ? -months : months)};
	return 0;
}

/* make_date, make_timestamp */

/* A year below 0 is BC.  False when there is no such day. */
static bool
day_given(const struct value *args, struct civil *c)
{
	int64_t year = args[0].i, month = args[1].i, day = args[2].i;

	if (year == 0 || year == INT32_MIN) /* whose negative is no year */
		return false;
	if (year < 0)
		year++;
	if (month < 1 || month > 12 || day < 1)
		return false;
	*c = (struct civil){.year = (int)year, .month = (int)month};
	c->day = month_days(c->year, c->month);
	if (day > c->day)
		return false;
	c->day = (int)day;
	return true;
}

static int
fail_day(struct eval_context *ctx, const char *what, int64_t year, const struct value *args)
{
	return eval_fail(ctx, "22008", "%s out of range: %d-%02d-%02d", what, (int)year,
		(int)args[1].i, (int)args[2].i);
}

static int
make_day(
	struct eval_context *ctx, int64_t shown_year, const struct value *args, struct civil *c)
{
	if (!day_given(args, c))
		return fail_day(ctx, "date field value", shown_year, args);
	return civil_in_range(c) ? 0 : fail_day(ctx, "date", shown_year, args);
}

static int
make_date(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t year = args[0].i;
	struct civil c = {0};

	(void)site;
	/* this function's messages count 1 BC as 0, make_timestamp's as -1 */
	if (year < 0 && year != INT32_MIN)
		year++;
	if (make_day(ctx, year, args, &c) < 0)
		return -1;
	result->d = days_from_civil(c.year, c.month, c.day);
	if (result->d < DATE_FIRST || result->d >= DATE_END)
		return fail_day(ctx, "date", year, args);
	return 0;
}

static int
fail_moment(struct eval_context *ctx, bool with_day, const struct value *args)
{
	char second[32];
	double v = args[5].f;

	snprintf(second, sizeof second, "%02g", v);
	if (!isfinite(v))
		snprintf(second, sizeof second, "%s",
			isnan(v) ? "NaN"
			: v < 0  ? "-Infinity"
				 : "Infinity");
	if (!with_day)
		return eval_fail(ctx, "22008", "time field value out of range: %d:%02d:%s",
			(int)args[3].i, (int)args[4].i, second);
	return eval_fail(ctx, "22008", "timestamp out of range: %d-%02d-%02d %d:%02d:%s",
		(int)args[0].i, (int)args[1].i, (int)args[2].i, (int)args[3].i, (int)args[4].i,
		second);
}

static int
make_timestamp(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t hour = args[3].i, minute = args[4].i, clock, t;
	double usec = rint(args[5].f * 1000000);
	struct civil c;

	(void)site;
	if (make_day(ctx, args[0].i, args, &c) < 0)
		return -1;
	if (hour < 0 || hour > 24 || minute < 0 || minute >= 60 ||
		!(usec >= 0 && usec <= 60000000))
		return fail_moment(ctx, false, args);
	clock = hour * USEC_PER_HOUR + minute * USEC_PER_MINUTE + (int64_t)usec;
	if (clock > USEC_PER_DAY)
		return fail_moment(ctx, false, args);
	if (__builtin_mul_overflow(days_from_civil(c.year, c.month, c.day), USEC_PER_DAY, &t) ||
		__builtin_add_overflow(t, clock, &t) || !timestamp_valid(t))
		return fail_moment(ctx, true, args);
	result->t = t;
	return 0;
}

/* clang-format off */
#define MAKE_TIMESTAMP(name, result) \
	{name, TYPE_##result, 6, {TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, TYPE_INT4, \
		TYPE_FLOAT8}, FUNCTION_STRICT, make_timestamp, NULL, NULL}

const struct function time_make_functions[] = {
	{"age", TYPE_INTERVAL, 2, {TYPE_TIMESTAMP, TYPE_TIMESTAMP}, FUNCTION_STRICT, age, NULL, NULL},
	{"age", TYPE_INTERVAL, 2, {TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ}, FUNCTION_STRICT, age, NULL,
		NULL},
	{"make_date", TYPE_DATE, 3, {TYPE_INT4, TYPE_INT4, TYPE_INT4}, FUNCTION_STRICT, make_date,
		NULL, NULL},
	MAKE_TIMESTAMP("make_timestamp", TIMESTAMP),
	MAKE_TIMESTAMP("make_timestamptz", TIMESTAMPTZ),
	{0},
};
/* clang-format on */
