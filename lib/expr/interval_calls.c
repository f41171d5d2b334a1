/*
 * interval_calls.c - make_interval, justify_days, justify_hours, justify_interval
 */
#include <math.h>

#include "expr/time.h"

enum { DAYS_PER_MONTH = 30 };

static int
out_of_range(struct eval_context *ctx)
{
	return eval_fail(ctx, "22008", "interval out of range");
}

/*
 * years, months, weeks, days, hours, minutes, seconds, as many as there are.
 * Version 15 wraps around where a part does not fit; refused here.
 */
static int
make_interval(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t part[7] = {0}, months, days;
	double seconds = site->nargs > 6 ? args[6].f : 0;
	struct interval *iv = &result->iv;

	for (int i = 0; i < site->nargs && i < 6; i++)
		part[i] = args[i].i;
	months = part[0] * 12 + part[1];
	days = part[2] * 7 + part[3];
	seconds = rint(seconds * 1000000);
	if (months != (int32_t)months || days != (int32_t)days || !(fabs(seconds) < 9e18) ||
		__builtin_add_overflow(part[4] * USEC_PER_HOUR + part[5] * USEC_PER_MINUTE,
			(int64_t)seconds, &iv->usec))
		return out_of_range(ctx);
	iv->months = (int32_t)months;
	iv->days = (int32_t)days;
	return 0;
}

/* Whole days of the time go to the days. */
static int
carry_hours(struct eval_context *ctx, struct interval *iv)
{
	int64_t days = iv->usec / USEC_PER_DAY;

	iv->usec -= days * USEC_PER_DAY;
	return __builtin_add_overflow(iv->days, days, &iv->days) ? out_of_range(ctx) : 0;
}

static int
carry_days(struct eval_context *ctx, struct interval *iv)
{
	int32_t months = iv->days / DAYS_PER_MONTH;

	iv->days -= months * DAYS_PER_MONTH;
	return __builtin_add_overflow(iv->months, months, &iv->months) ? out_of_range(ctx) : 0;
}

/* Days and time of the same sign. */
static void
same_sign_hours(struct interval *iv)
{
	if (iv->days > 0 && iv->usec < 0) {
		iv->usec += USEC_PER_DAY;
		iv->days--;
	} else if (iv->days < 0 && iv->usec > 0) {
		iv->usec -= USEC_PER_DAY;
		iv->days++;
	}
}

static int
justify_hours(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	result->iv = args[0].iv;
	if (carry_hours(ctx, &result->iv) < 0)
		return -1;
	same_sign_hours(&result->iv);
	return 0;
}

static int
justify_days(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct interval *iv = &result->iv;

	(void)site;
	*iv = args[0].iv;
	if (carry_days(ctx, iv) < 0)
		return -1;
	if (iv->months > 0 && iv->days < 0) {
		iv->days += DAYS_PER_MONTH;
		iv->months--;
	} else if (iv->months < 0 && iv->days > 0) {
		iv->days -= DAYS_PER_MONTH;
		iv->months++;
	}
	return 0;
}

static int
justify_interval(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct interval *iv = &result->iv;

	(void)site;
	*iv = args[0].iv;
	/* days first where they and the time add up, so that their sum fits more often */
	if (((iv->days > 0 && iv->usec > 0) || (iv->days < 0 && iv->usec < 0)) &&
		carry_days(ctx, iv) < 0)
		return -1;
	if (carry_hours(ctx, iv) < 0 || carry_days(ctx, iv) < 0)
		return -1;
	if (iv->months > 0 && (iv->days < 0 || (iv->days == 0 && iv->usec < 0))) {
		iv->days += DAYS_PER_MONTH;
		iv->months--;
	} else if (iv->months < 0 && (iv->days > 0 || (iv->days == 0 && iv->usec > 0))) {
		iv->days -= DAYS_PER_MONTH;
		iv->months++;
	}
	same_sign_hours(iv);
	return 0;
}

/* clang-format off */
#define JUSTIFY(name, call) \
	{name, TYPE_INTERVAL, 1, {TYPE_INTERVAL}, FUNCTION_STRICT, call, NULL, NULL}
#define I TYPE_INT4
#define MAKE(n, ...) \
	{"make_interval", TYPE_INTERVAL, n, {__VA_ARGS__}, FUNCTION_STRICT, make_interval, NULL, NULL}

const struct function interval_call_functions[] = {
	JUSTIFY("justify_hours", justify_hours),
	JUSTIFY("justify_days", justify_days),
	JUSTIFY("justify_interval", justify_interval),
	MAKE(0, TYPE_UNKNOWN),
	MAKE(1, I),
	MAKE(2, I, I),
	MAKE(3, I, I, I),
	MAKE(4, I, I, I, I),
	MAKE(5, I, I, I, I, I),
	MAKE(6, I, I, I, I, I, I),
	MAKE(7, I, I, I, I, I, I, TYPE_FLOAT8),
	{0},
};
/* clang-format on */
