/*
 * time_text.c - dates, times of day and timestamps read from text and printed
 */
#include <string.h>

#include "expr/number.h"
#include "expr/time.h"
#include "expr/time_read.h"

/* What PostgreSQL gives to the fields of a date or timestamp; a longer text is no time. */
enum { DATE_ROOM = 129, TIMESTAMP_ROOM = 153 };

/* The usual form, without the general reader's work */

static bool
two_digits(const char *p, int *v)
{
	unsigned a = (unsigned)(p[0] - '0'), b = (unsigned)(p[1] - '0');

	*v = (int)(a * 10 + b);
	return a < 10 && b < 10;
}

/* YYYY-MM-DD of a day that exists. */
static bool
plain_date(const char *p, struct civil *c)
{
	int century, year;

	if (p[4] != '-' || p[7] != '-' || !two_digits(p, &century) ||
		!two_digits(p + 2, &year) || !two_digits(p + 5, &c->month) ||
		!two_digits(p + 8, &c->day))
		return false;
	c->year = century * 100 + year;
	return c->year > 0 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
	       c->day <= month_days(c->year, c->month);
}

/* YYYY-MM-DD HH:MM:SS[.f…], up to six digits of fraction, and nothing else. */
static bool
plain_timestamp(struct text s, struct civil *c)
{
	const char *p = s.ptr;
	int scale = 100000;

	if (s.len < 19 || s.len > 26 || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' ||
		p[16] != ':' || !plain_date(p, c) || !two_digits(p + 11, &c->hour) ||
		!two_digits(p + 14, &c->minute) || !two_digits(p + 17, &c->second) ||
		c->hour > 23 || c->minute > 59 || c->second > 59)
		return false;
	c->usec = 0;
	if (s.len == 19)
		return true;
	if (p[19] != '.')
		return false;
	for (size_t i = 20; i < s.len; i++, scale /= 10) {
		if (p[i] < '0' || p[i] > '9')
			return false;
		c->usec += (p[i] - '0') * scale;
	}
	return true;
}

/* HH:MM:SS */
static bool
plain_clock(struct text s, struct civil *c)
{
	const char *p = s.ptr;

	return s.len == 8 && p[2] == ':' && p[5] == ':' && two_digits(p, &c->hour) &&
	       two_digits(p + 3, &c->minute) && two_digits(p + 6, &c->second) && c->hour < 24 &&
	       c->minute < 60 && c->second < 60;
}

int
date_parse(struct eval_context *ctx, struct text s, int64_t *d)
{
	enum time_status status;
	struct time_value r;

	if (s.len == 10 && plain_date(s.ptr, &r.c)) {
		*d = days_from_civil(r.c.year, r.c.month, r.c.day);
		return 0;
	}
	status = time_read(ctx, s, DATE_ROOM, &r);
	if (status != TIME_OK)
		return time_fail(ctx, status, "date", s);
	if (r.special) {
		*d = r.word == RESERVED_LATE    ? DATE_INFINITY
		     : r.word == RESERVED_EARLY ? DATE_MINUS_INFINITY
						: -UNIX_EPOCH_DAYS;
		return 0;
	}
	*d = civil_in_range(&r.c) ? days_from_civil(r.c.year, r.c.month, r.c.day) : DATE_END;
	if (*d < DATE_FIRST || *d >= DATE_END)
		return eval_fail(
			ctx, "22008", "date out of range: \"%.*s\"", shown(s.len), s.ptr);
	return 0;
}

int
timestamp_parse(struct eval_context *ctx, struct text s, enum value_type type, int64_t *t)
{
	bool with_zone = type == TYPE_TIMESTAMPTZ;
	enum time_status status;
	struct time_value r;

	if (plain_timestamp(s, &r.c) && timestamp_from_civil(&r.c, 0, t))
		return 0;
	status = time_read(ctx, s, TIMESTAMP_ROOM, &r);
	if (status != TIME_OK)
		return time_fail(
			ctx, status, with_zone ? "timestamp with time zone" : "timestamp", s);
	if (r.special) {
		*t = r.word == RESERVED_LATE    ? TIMESTAMP_INFINITY
		     : r.word == RESERVED_EARLY ? TIMESTAMP_MINUS_INFINITY
						: -UNIX_EPOCH_SECONDS * USEC_PER_SECOND;
		return 0;
	}
	if (!timestamp_from_civil(&r.c, with_zone ? r.offset : 0, t))
		return eval_fail(
			ctx, "22008", "timestamp out of range: \"%.*s\"", shown(s.len), s.ptr);
	return 0;
}

int
time_of_day_parse(struct eval_context *ctx, struct text s, int64_t *t)
{
	struct civil c;
	enum time_status status;

	if (plain_clock(s, &c)) {
		*t = (c.hour * INT64_C(60) + c.minute) * USEC_PER_MINUTE +
		     c.second * USEC_PER_SECOND;
		return 0;
	}
	status = time_read_clock(ctx, s, DATE_ROOM, t);
	return status == TIME_OK ? 0 : time_fail(ctx, status, "time", s);
}

/* Printing */

static char *
put_two(char *p, int v)
{
	p[0] = (char)('0' + v / 10);
	p[1] = (char)('0' + v % 10);
	return p + 2;
}

/* Four digits at least; *bc tells that " BC" belongs behind it all. */
static char *
put_day(char *p, const struct civil *c, bool *bc)
{
	char digits[INT_PRINT_MAX];
	int64_t year = c->year;
	size_t n;

	*bc = year <= 0;
	if (*bc)
		year = 1 - year;
	if (year < 10000) {
		p = put_two(put_two(p, (int)year / 100), (int)year % 100);
	} else {
		n = int_print(year, digits);
		memcpy(p, digits, n);
		p += n;
	}
	*p++ = '-';
	p = put_two(p, c->month);
	*p++ = '-';
	return put_two(p, c->day);
}

static char *
put_clock(char *p, int hour, int minute, int second, int usec)
{
	p = put_two(p, hour);
	*p++ = ':';
	p = put_two(p, minute);
	*p++ = ':';
	p = put_two(p, second);
	if (usec != 0) {
		*p++ = '.';
		for (int scale = 100000, v = usec; v != 0; v %= scale, scale /= 10)
			*p++ = (char)('0' + v / scale);
	}
	return p;
}

static size_t
put_text(char *buf, const char *text)
{
	size_t n = strlen(text);

	memcpy(buf, text, n);
	return n;
}

size_t
date_print(int64_t d, char buf[static TIME_PRINT_MAX])
{
	struct civil c;
	char *p;
	bool bc;

	if (!date_finite(d))
		return put_text(buf, d > 0 ? "infinity" : "-infinity");
	civil_from_days(d, &c);
	p = put_day(buf, &c, &bc);
	if (bc)
		p += put_text(p, " BC");
	return (size_t)(p - buf);
}

size_t
timestamp_print(int64_t t, bool with_zone, char separator, char buf[static TIME_PRINT_MAX])
{
	struct civil c;
	char *p;
	bool bc;

	if (!timestamp_finite(t))
		return put_text(buf, t > 0 ? "infinity" : "-infinity");
	civil_from_timestamp(t, &c);
	p = put_day(buf, &c, &bc);
	*p++ = separator;
	p = put_clock(p, c.hour, c.minute, c.second, c.usec);
	if (with_zone)
		p += put_text(p, separator == 'T' ? "+00:00" : "+00");
	if (bc)
		p += put_text(p, " BC");
	return (size_t)(p - buf);
}

size_t
time_of_day_print(int64_t t, char buf[static TIME_PRINT_MAX])
{
	char *p = put_clock(buf, (int)(t / USEC_PER_HOUR), (int)(t / USEC_PER_MINUTE % 60),
		(int)(t / USEC_PER_SECOND % 60), (int)(t % USEC_PER_SECOND));

	return (size_t)(p - buf);
}
