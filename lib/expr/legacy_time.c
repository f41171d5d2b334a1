/*
 * legacy_time.c - moments as numbers: legacy.unixtime and legacy.excel_date
 */
#include <math.h>

#include "expr/legacy.h"
#include "expr/number.h"
#include "expr/time.h"

/* From here on a number is of milliseconds, of microseconds: as seconds, the years 5138 and beyond. */
#define MILLISECONDS_FROM INT64_C(100000000000)
#define MICROSECONDS_FROM INT64_C(100000000000000)

static struct text
without_space(struct text s)
{
	while (s.len > 0 && space_is(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && space_is(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

/* Digits with perhaps a sign and a fraction; whole in *v, millionths in *usec (of v's sign). */
static bool
read_decimal(struct text s, int64_t *v, int64_t *usec)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	size_t i = negative, ndigits = 0;
	int64_t unit = 100000;

	*v = *usec = 0;
	for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++, ndigits++) {
		if (__builtin_mul_overflow(*v, 10, v) ||
			__builtin_add_overflow(*v, s.ptr[i] - '0', v))
			return false;
	}
	if (i < s.len && s.ptr[i] == '.' && ndigits > 0) {
		for (i++; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++, unit /= 10)
			*usec += (s.ptr[i] - '0') * unit;
	}
	if (negative) {
		*v = -*v;
		*usec = -*usec;
	}
	return ndigits > 0 && i == s.len;
}

int
legacy_unixtime(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct text s = without_space(args[0].s);
	int64_t v, fraction;

	(void)site;
	if (s.len == 0) {
		result->null = true;
		return 0;
	}
	if (!read_decimal(s, &v, &fraction))
		return eval_fail(ctx, "22007", "invalid input syntax for unix time: \"%.*s\"",
			shown(args[0].s.len), args[0].s.ptr);
	if (v == 0 && fraction == 0) {
		result->null = true;
		return 0;
	}
	if (v >= MICROSECONDS_FROM || v <= -MICROSECONDS_FROM)
		fraction = 0;
	else if (v >= MILLISECONDS_FROM || v <= -MILLISECONDS_FROM) {
		v *= 1000;
		fraction /= 1000;
	} else {
		v *= USEC_PER_SECOND;
	}
	if (__builtin_sub_overflow(
		    v + fraction, UNIX_EPOCH_SECONDS * USEC_PER_SECOND, &result->t) ||
		!timestamp_valid(result->t))
		return eval_fail(ctx, "22008", "unix time out of range: \"%.*s\"",
			shown(args[0].s.len), args[0].s.ptr);
	return 0;
}

/*
 * Days since 1899-12-31, for Excel has a 29th of February 1900, the number 60:
 * behind it, days since 1899-12-30.  The last day is 9999-12-31.
 */
int
legacy_excel_date(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct text s = without_space(args[0].s);
	int64_t days, fraction, origin;
	double milliseconds, unit = 8640000; /* of a tenth of a day */

	(void)site;
	if (s.len == 0) {
		result->null = true;
		return 0;
	}
	if (!read_decimal(s, &days, &fraction))
		return eval_fail(ctx, "22007", "invalid input syntax for excel date: \"%.*s\"",
			shown(args[0].s.len), args[0].s.ptr);
	if (days < 1 || days == 60 || days > 2958465)
		return eval_fail(ctx, "22008", "excel date out of range: \"%.*s\"",
			shown(args[0].s.len), args[0].s.ptr);
	/* all digits of the fraction: a millisecond is 1.2e-8 of a day */
	days = 0;
	milliseconds = 0;
	for (; s.len > 0 && s.ptr[0] != '.'; s.ptr++, s.len--)
		days = days * 10 + (s.ptr[0] - '0');
	while (s.len > 1) {
		milliseconds += (s.ptr[1] - '0') * unit;
		unit /= 10;
		s.ptr++;
		s.len--;
	}
	origin = days_from_civil(1899, 12, days < 60 ? 31 : 30);
	result->t = (origin + days) * USEC_PER_DAY + (int64_t)rint(milliseconds) * 1000;
	return 0;
}
