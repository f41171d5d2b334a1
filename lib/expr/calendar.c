/*
 * calendar.c - days and microseconds to year, month, day and clock, and back
 *
 * The conversion works in years that begin in March, so that the leap day is
 * the last of its year (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
 */
#include "expr/time.h"

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

int
month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && year_is_leap(year));
}

int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t m = month - 3, y = year + floor_div(m, 12), era, of_era, of_year;

	m -= 12 * floor_div(m, 12);
	era = floor_div(y, 400);
	of_era = y - era * 400;
	of_year = (153 * m + 2) / 5 + day - 1;
	/* 730425 days lie between 0000-03-01 and 2000-01-01 */
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 730425;
}

void
civil_from_days(int64_t days, struct civil *c)
{
	int64_t z = days + 730425, era = floor_div(z, 146097), of_era = z - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	c->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = (int)(year + era * 400 + (c->month <= 2));
}

bool
civil_in_range(const struct civil *c)
{
	return (c->year > -4713 || (c->year == -4713 && c->month >= 11)) &&
	       (c->year < 5874898 || (c->year == 5874898 && c->month < 6));
}

void
civil_from_timestamp(int64_t t, struct civil *c)
{
	int64_t days = floor_div(t, USEC_PER_DAY), rest = t - days * USEC_PER_DAY;

	civil_from_days(days, c);
	c->usec = (int)(rest % USEC_PER_SECOND);
	rest /= USEC_PER_SECOND;
	c->second = (int)(rest % 60);
	c->minute = (int)(rest / 60 % 60);
	c->hour = (int)(rest / 3600);
}

bool
timestamp_from_civil(const struct civil *c, int32_t offset, int64_t *t)
{
	int64_t days, clock, v;

	if (!civil_in_range(c))
		return false;
	days = days_from_civil(c->year, c->month, c->day);
	clock = (((int64_t)c->hour * 60 + c->minute) * 60 + c->second) * USEC_PER_SECOND +
		c->usec;
	if (__builtin_mul_overflow(days, USEC_PER_DAY, &v) ||
		__builtin_add_overflow(v, clock, &v) ||
		__builtin_sub_overflow(v, offset * USEC_PER_SECOND, &v) || !timestamp_valid(v))
		return false;
	*t = v;
	return true;
}

int64_t
timestamp_round(int64_t t, int32_t typmod)
{
	static const int64_t scales[] = {1000000, 100000, 10000, 1000, 100, 10};
	int64_t scale, half;

	if (!timestamp_finite(t) || typmod < 0 || typmod >= 6)
		return t;
	scale = scales[typmod];
	half = scale / 2;
	return t >= 0 ? (t + half) / scale * scale : -((half - t) / scale * scale);
}
