/*
 * time_of_day.c - time [without time zone]: casts, comparison, arithmetic
 *
 * A value is microseconds since midnight, 0 to 24:00:00 with both ends.  What
 * is added to it goes round at midnight.
 */
#include <math.h>
#include <stdio.h>

#include "expr/number.h"
#include "expr/time.h"

/* Casts */

static int
text_to_time(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	if (time_of_day_parse(ctx, arg->s, &result->t) < 0)
		return -1;
	result->t = timestamp_round(result->t, typmod);
	return 0;
}

static int
time_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[TIME_PRINT_MAX];

	(void)typmod;
	return text_result(ctx, buf, time_of_day_print(arg->t, buf), result);
}

static int
time_to_time(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	result->t = timestamp_round(arg->t, typmod);
	return 0;
}

int64_t
timestamp_time_of_day(int64_t t)
{
	int64_t usec = t % USEC_PER_DAY;

	return usec < 0 ? usec + USEC_PER_DAY : usec;
}

/* Of timestamptz as well, whose zone is UTC. */
static int
timestamp_to_time(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	result->null = !timestamp_finite(arg->t);
	if (!result->null)
		result->t = timestamp_round(timestamp_time_of_day(arg->t), typmod);
	return 0;
}

static int
interval_to_time(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	result->t = timestamp_round(timestamp_time_of_day(arg->iv.usec), typmod);
	return 0;
}

static int
time_to_interval(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->iv = (struct interval){.usec = arg->t};
	return 0;
}

const struct cast time_of_day_casts[] = {
	{TYPE_UNKNOWN, TYPE_TIME, CAST_IMPLICIT, text_to_time},
	{TYPE_TEXT, TYPE_TIME, CAST_EXPLICIT, text_to_time},
	{TYPE_TIME, TYPE_TEXT, CAST_ASSIGNMENT, time_to_text},
	{TYPE_TIME, TYPE_TIME, CAST_IMPLICIT, time_to_time}, /* a new typmod */
	{TYPE_TIMESTAMP, TYPE_TIME, CAST_ASSIGNMENT, timestamp_to_time},
	{TYPE_TIMESTAMPTZ, TYPE_TIME, CAST_ASSIGNMENT, timestamp_to_time},
	{TYPE_INTERVAL, TYPE_TIME, CAST_ASSIGNMENT, interval_to_time},
	{TYPE_TIME, TYPE_INTERVAL, CAST_IMPLICIT, time_to_interval},
	{0},
};

/* Comparison */

#define COMPARISON(name, test)                                                                 \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = args[0].t test args[1].t;                                          \
		return 0;                                                                      \
	}

COMPARISON(eq, ==)
COMPARISON(ne, !=)
COMPARISON(lt, <)
COMPARISON(le, <=)
COMPARISON(gt, >)
COMPARISON(ge, >=)

/* Arithmetic */

static int
minus_time(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->iv = (struct interval){.usec = args[0].t - args[1].t};
	return 0;
}

/* Neither sum nor difference may overflow: what of the interval is whole days says nothing. */
static int
plus_interval(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->t = timestamp_time_of_day(args[0].t + args[1].iv.usec % USEC_PER_DAY);
	return 0;
}

static int
interval_plus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->t = timestamp_time_of_day(args[1].t + args[0].iv.usec % USEC_PER_DAY);
	return 0;
}

static int
minus_interval(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->t = timestamp_time_of_day(args[0].t - args[1].iv.usec % USEC_PER_DAY);
	return 0;
}

static int
moment_of(struct eval_context *ctx, int64_t d, int64_t of_day, struct value *result)
{
	if (date_to_timestamp(ctx, d, &result->t) < 0)
		return -1;
	if (!timestamp_finite(result->t))
		return 0;
	result->t += of_day;
	if (!timestamp_valid(result->t))
		return eval_fail(ctx, "22008", "timestamp out of range");
	return 0;
}

static int
date_plus_time(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return moment_of(ctx, args[0].d, args[1].t, result);
}

static int
time_plus_date(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return moment_of(ctx, args[1].d, args[0].t, result);
}

static int
make_time(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t hour = args[0].i, minute = args[1].i;
	double usec = rint(args[2].f * 1000000);
	char second[32];

	(void)site;
	if (hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && usec >= 0 &&
		usec <= 60000000) {
		result->t = hour * USEC_PER_HOUR + minute * USEC_PER_MINUTE + (int64_t)usec;
		if (result->t <= USEC_PER_DAY)
			return 0;
	}
	snprintf(second, sizeof second, "%02g", args[2].f);
	if (!isfinite(args[2].f))
		second[float8_print(args[2].f, second)] = '\0';
	return eval_fail(ctx, "22008", "time field value out of range: %d:%02d:%s", (int)hour,
		(int)minute, second);
}

/* clang-format off */
#define BINARY(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT, call, NULL, NULL}
#define REVERSED(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT | FUNCTION_REVERSED, call, \
		NULL, NULL}

const struct function time_of_day_functions[] = {
	BINARY("=", BOOL, TIME, TIME, eq),
	BINARY("<>", BOOL, TIME, TIME, ne),
	BINARY("<", BOOL, TIME, TIME, lt),
	BINARY("<=", BOOL, TIME, TIME, le),
	BINARY(">", BOOL, TIME, TIME, gt),
	BINARY(">=", BOOL, TIME, TIME, ge),
	BINARY("-", INTERVAL, TIME, TIME, minus_time),
	BINARY("+", TIME, TIME, INTERVAL, plus_interval),
	REVERSED("+", TIME, INTERVAL, TIME, interval_plus),
	BINARY("-", TIME, TIME, INTERVAL, minus_interval),
	BINARY("+", TIMESTAMP, DATE, TIME, date_plus_time),
	REVERSED("+", TIMESTAMP, TIME, DATE, time_plus_date),
	{"make_time", TYPE_TIME, 3, {TYPE_INT4, TYPE_INT4, TYPE_FLOAT8}, FUNCTION_STRICT, make_time,
		NULL, NULL},
	{0},
};
/* clang-format on */
