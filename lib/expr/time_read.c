/*
 * time_read.c - see time_read.h
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time_read.h"

enum { OFFSET_HOURS_MAX = 15 };

int
time_fail(struct eval_context *ctx, enum time_status status, const char *type, struct text s)
{
	switch (status) {
	case TIME_OUT_OF_RANGE:
		return eval_fail(ctx, "22008", "date/time field value out of range: \"%.*s\"",
			shown(s.len), s.ptr);
	case TIME_INTERVAL_OUT_OF_RANGE:
		return eval_fail(ctx, "22015", "interval field value out of range: \"%.*s\"",
			shown(s.len), s.ptr);
	case TIME_ZONE_OUT_OF_RANGE:
		return eval_fail(ctx, "22009", "time zone displacement out of range: \"%.*s\"",
			shown(s.len), s.ptr);
	case TIME_BAD_FORMAT:
		return eval_fail(ctx, "22007", "invalid input syntax for type %s: \"%.*s\"",
			type, shown(s.len), s.ptr);
	case TIME_OK:
	case TIME_FAILED: break;
	}
	return -1;
}

bool
read_int64(const char *s, const char **end, int64_t *v)
{
	char *stop;
	long long n;

	errno = 0;
	n = strtoll(s, &stop, 10);
	*end = stop;
	*v = n;
	return errno != ERANGE;
}

bool
read_int(const char *s, const char **end, int *v)
{
	int64_t wide;
	bool ok = read_int64(s, end, &wide);

	*v = (int)wide;
	return ok && wide >= INT_MIN && wide <= INT_MAX;
}

enum time_status
read_fraction(const char *s, double *fraction)
{
	char *end;

	*fraction = 0;
	if (s[1] == '\0')
		return TIME_OK;
	errno = 0;
	*fraction = strtod(s, &end);
	return *end != '\0' || errno != 0 ? TIME_BAD_FORMAT : TIME_OK;
}

enum time_status
read_microseconds(const char *s, int *usec)
{
	double fraction;
	enum time_status status = read_fraction(s, &fraction);

	*usec = (int)rint(fraction * 1000000);
	return status;
}

enum time_status
read_clock(const char *s, struct clock *c)
{
	enum time_status status = TIME_OK;

	*c = (struct clock){0};
	if (!read_int64(s, &s, &c->hour))
		return TIME_OUT_OF_RANGE;
	if (*s != ':')
		return TIME_BAD_FORMAT;
	if (!read_int(s + 1, &s, &c->minute))
		return TIME_OUT_OF_RANGE;
	if (*s == '.') {
		status = read_microseconds(s, &c->usec);
		if (status == TIME_OK && c->hour > INT_MAX)
			return TIME_OUT_OF_RANGE;
		c->second = c->minute;
		c->minute = (int)c->hour;
		c->hour = 0;
	} else if (*s == ':') {
		if (!read_int(s + 1, &s, &c->second))
			return TIME_OUT_OF_RANGE;
		if (*s == '.')
			status = read_microseconds(s, &c->usec);
		else if (*s != '\0')
			return TIME_BAD_FORMAT;
	} else if (*s != '\0') {
		return TIME_BAD_FORMAT;
	}
	if (status != TIME_OK)
		return status;
	if (c->hour < 0 || c->minute < 0 || c->minute > 59 || c->second < 0 || c->second > 60 ||
		c->usec < 0 || c->usec > USEC_PER_SECOND)
		return TIME_OUT_OF_RANGE;
	return TIME_OK;
}

enum time_status
read_offset(const char *s, int32_t *offset)
{
	int hour, minute = 0, second = 0;
	const char *p;

	if (*s != '+' && *s != '-')
		return TIME_BAD_FORMAT;
	if (!read_int(s + 1, &p, &hour))
		return TIME_ZONE_OUT_OF_RANGE;
	if (*p == ':') {
		if (!read_int(p + 1, &p, &minute))
			return TIME_ZONE_OUT_OF_RANGE;
		if (*p == ':' && !read_int(p + 1, &p, &second))
			return TIME_ZONE_OUT_OF_RANGE;
	} else if (*p == '\0' && strlen(s) > 3) {
		minute = hour % 100;
		hour = hour / 100;
	}
	if (hour < 0 || hour > OFFSET_HOURS_MAX || minute < 0 || minute >= 60 || second < 0 ||
		second >= 60)
		return TIME_ZONE_OUT_OF_RANGE;
	*offset = (hour * 60 + minute) * 60 + second;
	if (*s == '-')
		*offset = -*offset;
	return *p == '\0' ? TIME_OK : TIME_BAD_FORMAT;
}
