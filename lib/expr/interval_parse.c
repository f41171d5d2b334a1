/*
 * interval_parse.c - intervals read from text
 *
 * "1 year 2 mons 3 days 04:05:06", "1-2", "5 days ago", "P1Y2M3DT4H5M6S" and
 * their variants (PostgreSQL's manual, 8.5.4).  The fields are read from the
 * right, so that a unit is known before its number.  Fractions of a unit go
 * down to months, days (30 to a month) and microseconds, as there.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time.h"
#include "expr/time_read.h"

enum { INTERVAL_ROOM = 256, MONTHS_PER_YEAR = 12, DAYS_PER_MONTH = 30 };

#define BIT(kind)    (1u << (kind))
#define SECOND_PARTS (BIT(WORD_SECOND) | BIT(WORD_MILLISECOND) | BIT(WORD_MICROSECOND))
#define TIME_PARTS   (BIT(WORD_HOUR) | BIT(WORD_MINUTE) | SECOND_PARTS)

struct parts {
	int64_t usec;
	int32_t days;
	int32_t months;
	int32_t years;
};

/* Each returns false when a part overflows; fractions are less than 1. */

static bool
add_usec_fraction(struct parts *p, double fraction, int64_t unit)
{
	int64_t usec;

	if (fraction == 0)
		return true;
	fraction *= (double)unit;
	usec = (int64_t)fraction;
	fraction -= (double)usec;
	if (fraction > 0.5)
		usec++;
	else if (fraction < -0.5)
		usec--;
	return !__builtin_add_overflow(p->usec, usec, &p->usec);
}

static bool
add_usec(struct parts *p, int64_t v, double fraction, int64_t unit)
{
	int64_t usec;

	return !__builtin_mul_overflow(v, unit, &usec) &&
	       !__builtin_add_overflow(p->usec, usec, &p->usec) &&
	       add_usec_fraction(p, fraction, unit);
}

static bool
add_day_fraction(struct parts *p, double fraction, int unit)
{
	int days;

	if (fraction == 0)
		return true;
	fraction *= unit;
	days = (int)fraction;
	fraction -= days;
	return !__builtin_add_overflow(p->days, days, &p->days) &&
	       add_usec_fraction(p, fraction, USEC_PER_DAY);
}

/* v is refused, not cut, where it is no int32. */
static bool
add_scaled(int32_t *part, int64_t v, int unit)
{
	int32_t scaled;

	return v >= INT32_MIN && v <= INT32_MAX &&
	       !__builtin_mul_overflow((int32_t)v, unit, &scaled) &&
	       !__builtin_add_overflow(*part, scaled, part);
}

static bool
add_years(struct parts *p, int64_t v, double fraction, int unit)
{
	int32_t months = (int32_t)rint(fraction * unit * MONTHS_PER_YEAR);

	return add_scaled(&p->years, v, unit) &&
	       !__builtin_add_overflow(p->months, months, &p->months);
}

static bool
add_months(struct parts *p, int64_t v, double fraction)
{
	return add_scaled(&p->months, v, 1) && add_day_fraction(p, fraction, DAYS_PER_MONTH);
}

static bool
add_days(struct parts *p, int64_t v, double fraction)
{
	return add_scaled(&p->days, v, 1) && add_usec_fraction(p, fraction, USEC_PER_DAY);
}

static bool
add_weeks(struct parts *p, int64_t v, double fraction)
{
	return add_scaled(&p->days, v, 7) && add_day_fraction(p, fraction, 7);
}

/* v units; *got gets the bit of the unit. */
static enum time_status
add_unit(struct parts *p, enum time_unit unit, int64_t v, double fraction, unsigned *got)
{
	bool ok = false;

	switch (unit) {
	case UNIT_MICROSECOND:
		ok = add_usec(p, v, fraction, 1);
		*got = BIT(WORD_MICROSECOND);
		break;
	case UNIT_MILLISECOND:
		ok = add_usec(p, v, fraction, 1000);
		*got = BIT(WORD_MILLISECOND);
		break;
	case UNIT_SECOND:
		ok = add_usec(p, v, fraction, USEC_PER_SECOND);
		*got = fraction == 0 ? BIT(WORD_SECOND) : SECOND_PARTS;
		break;
	case UNIT_MINUTE:
		ok = add_usec(p, v, fraction, USEC_PER_MINUTE);
		*got = BIT(WORD_MINUTE);
		break;
	case UNIT_HOUR:
		ok = add_usec(p, v, fraction, USEC_PER_HOUR);
		*got = BIT(WORD_HOUR);
		break;
	case UNIT_DAY:
		ok = add_days(p, v, fraction);
		*got = BIT(WORD_DAY);
		break;
	case UNIT_WEEK:
		ok = add_weeks(p, v, fraction);
		*got = BIT(WORD_WEEK);
		break;
	case UNIT_MONTH:
		ok = add_months(p, v, fraction);
		*got = BIT(WORD_MONTH);
		break;
	case UNIT_YEAR:
		ok = add_years(p, v, fraction, 1);
		*got = BIT(WORD_YEAR);
		break;
	case UNIT_DECADE:
		ok = add_years(p, v, fraction, 10);
		*got = BIT(WORD_DECADE);
		break;
	case UNIT_CENTURY:
		ok = add_years(p, v, fraction, 100);
		*got = BIT(WORD_CENTURY);
		break;
	case UNIT_MILLENNIUM:
		ok = add_years(p, v, fraction, 1000);
		*got = BIT(WORD_MILLENNIUM);
		break;
	default: return TIME_BAD_FORMAT;
	}
	return ok ? TIME_OK : TIME_OUT_OF_RANGE;
}

/* A time replaces the one there was, which can only come of fractions of days. */
static enum time_status
read_time_field(struct parts *p, const char *s)
{
	struct clock c;
	enum time_status status = read_clock(s, &c);
	int64_t usec;

	if (status != TIME_OK)
		return status;
	usec = c.minute * USEC_PER_MINUTE + c.second * USEC_PER_SECOND + c.usec;
	p->usec = 0;
	if (!add_usec(p, c.hour, 0, USEC_PER_HOUR) ||
		__builtin_add_overflow(p->usec, usec, &p->usec))
		return TIME_OUT_OF_RANGE;
	return TIME_OK;
}

/* A number in `unit`, or years-months; *unit becomes what a number to its left would be in. */
static enum time_status
read_amount(struct parts *p, const char *s, enum time_unit *unit, unsigned *got)
{
	bool negative = *s == '-';
	double fraction = 0;
	enum time_status status;
	const char *end;
	int64_t v;
	int months;

	if (*unit == UNIT_NONE)
		*unit = UNIT_SECOND;
	if (!read_int64(s, &end, &v))
		return TIME_OUT_OF_RANGE;
	if (*end == '-') {
		if (!read_int(end + 1, &end, &months) || months < 0 ||
			months >= MONTHS_PER_YEAR)
			return TIME_OUT_OF_RANGE;
		if (*end != '\0')
			return TIME_BAD_FORMAT;
		*unit = UNIT_MONTH;
		if (__builtin_mul_overflow(v, MONTHS_PER_YEAR, &v) ||
			__builtin_add_overflow(v, negative ? -months : months, &v))
			return TIME_OUT_OF_RANGE;
	} else if (*end == '.') {
		status = read_fraction(end, &fraction);
		if (status != TIME_OK)
			return status;
		if (negative)
			fraction = -fraction;
	} else if (*end != '\0') {
		return TIME_BAD_FORMAT;
	}
	status = add_unit(p, *unit, v, fraction, got);
	if (*unit == UNIT_HOUR)
		*unit = UNIT_DAY;
	return status;
}

/* A word for a unit; "ago" leaves a unit that no number has. */
static enum time_status
read_unit(const char *s, enum time_unit *unit, bool *ago)
{
	int value = 0;

	switch (interval_word(s, &value)) {
	case WORD_UNIT: *unit = (enum time_unit)value; return TIME_OK;
	case WORD_AGO:
		*ago = true;
		*unit = UNIT_EPOCH;
		return TIME_OK;
	case WORD_IGNORED: *unit = UNIT_NONE; return TIME_OK;
	default: return TIME_BAD_FORMAT;
	}
}

static enum time_status
negate(struct parts *p)
{
	if (p->usec == INT64_MIN || p->days == INT32_MIN || p->months == INT32_MIN ||
		p->years == INT32_MIN)
		return TIME_OUT_OF_RANGE;
	p->usec = -p->usec;
	p->days = -p->days;
	p->months = -p->months;
	p->years = -p->years;
	return TIME_OK;
}

static enum time_status
read_fields(struct time_fields *f, struct parts *p)
{
	enum time_unit unit = UNIT_NONE;
	enum time_status status = TIME_OK;
	unsigned have = 0;
	bool ago = false;

	for (int i = f->n; i-- > 0;) {
		const char *s = f->text[i];
		unsigned got = 0;

		switch (f->kind[i]) {
		case FIELD_TIME:
			status = read_time_field(p, s);
			got = TIME_PARTS;
			unit = UNIT_DAY;
			break;
		case FIELD_SIGNED:
			if (strchr(s + 1, ':') != NULL &&
				read_time_field(p, s + 1) == TIME_OK) {
				if (*s == '-')
					p->usec = -p->usec;
				got = TIME_PARTS;
				unit = UNIT_DAY;
				break;
			}
			status = read_amount(p, s, &unit, &got);
			break;
		case FIELD_DATE:
		case FIELD_NUMBER: status = read_amount(p, s, &unit, &got); break;
		case FIELD_WORD:
		case FIELD_SPECIAL: status = read_unit(s, &unit, &ago); break;
		}
		if (status != TIME_OK)
			return status;
		if (got & have)
			return TIME_BAD_FORMAT;
		have |= got;
	}
	if (have == 0)
		return TIME_BAD_FORMAT;
	return ago ? negate(p) : TIME_OK;
}

/* ISO 8601 */

/* What strtod takes, an exponent too; whole and fraction have one sign. */
static enum time_status
iso_number(const char **s, int64_t *whole, double *fraction)
{
	char *end;
	double v;

	if (!((**s >= '0' && **s <= '9') || **s == '-' || **s == '.'))
		return TIME_BAD_FORMAT;
	errno = 0;
	v = strtod(*s, &end);
	if (end == *s || errno != 0)
		return TIME_BAD_FORMAT;
	if (isnan(v) || v < -1.0e15 || v > 1.0e15)
		return TIME_OUT_OF_RANGE;
	*whole = (int64_t)trunc(v);
	*fraction = v - (double)*whole;
	*s = end;
	return TIME_OK;
}

static size_t
integer_width(const char *s)
{
	s += *s == '-';
	return strspn(s, "0123456789");
}

/*
 * yyyy-mm-dd or hh:mm:ss behind its first number; *s stands behind the
 * delimiter that followed that, or on the text's end.  *done when all is read.
 */
static enum time_status
iso_alternative(const char **s, struct parts *p, bool date, bool *done)
{
	enum time_status status;
	int64_t v;
	double fraction;

	*done = false;
	for (int i = 0; i < 2; i++) {
		bool ok;

		status = iso_number(s, &v, &fraction);
		if (status != TIME_OK)
			return status;
		if (date)
			ok = i == 0 ? add_months(p, v, fraction) : add_days(p, v, fraction);
		else
			ok = add_usec(
				p, v, fraction, i == 0 ? USEC_PER_MINUTE : USEC_PER_SECOND);
		if (!ok)
			return TIME_OUT_OF_RANGE;
		if (**s == '\0') {
			*done = true;
			return TIME_OK;
		}
		if (date && **s == 'T')
			return TIME_OK;
		if (i > 0 || **s != (date ? '-' : ':'))
			return TIME_BAD_FORMAT;
		++*s;
	}
	return TIME_BAD_FORMAT;
}

/* yyyymmdd or hhmmss */
static bool
iso_run_together(struct parts *p, bool date, int64_t v, double fraction)
{
	if (date)
		return add_years(p, v / 10000, 0, 1) && add_months(p, v / 100 % 100, 0) &&
		       add_days(p, v % 100, fraction);
	return add_usec(p, v / 10000, 0, USEC_PER_HOUR) &&
	       add_usec(p, v / 100 % 100, 0, USEC_PER_MINUTE) &&
	       add_usec(p, v % 100, 0, USEC_PER_SECOND) && add_usec_fraction(p, fraction, 1);
}

/* The unit letters; false where c is none. */
static bool
iso_unit(char c, bool date, enum time_unit *unit)
{
	switch (c) {
	case 'Y': *unit = UNIT_YEAR; return date;
	case 'M': *unit = date ? UNIT_MONTH : UNIT_MINUTE; return true;
	case 'W': *unit = UNIT_WEEK; return date;
	case 'D': *unit = UNIT_DAY; return date;
	case 'H': *unit = UNIT_HOUR; return !date;
	case 'S': *unit = UNIT_SECOND; return !date;
	default: return false;
	}
}

static enum time_status
read_iso(const char *s, struct parts *p)
{
	bool date = true, have = false, done;

	if (strlen(s) < 2 || *s++ != 'P')
		return TIME_BAD_FORMAT;
	while (*s != '\0') {
		enum time_unit unit;
		enum time_status status;
		const char *start = s;
		double fraction;
		unsigned got;
		int64_t v;
		bool end;

		if (*s == 'T') {
			date = have = false;
			s++;
			continue;
		}
		status = iso_number(&s, &v, &fraction);
		if (status != TIME_OK)
			return status;
		if (iso_unit(*s, date, &unit)) {
			status = add_unit(p, unit, v, fraction, &got);
			if (status != TIME_OK)
				return status;
			s++;
			have = true;
			continue;
		}
		end = *s == '\0' || (date && *s == 'T');
		if (have || !(end || *s == (date ? '-' : ':')))
			return TIME_BAD_FORMAT;
		if (end && integer_width(start) == (date ? 8 : 6)) {
			if (!iso_run_together(p, date, v, fraction))
				return TIME_OUT_OF_RANGE;
			continue; /* at the end, or at the T */
		}
		if (!(date ? add_years(p, v, fraction, 1)
			   : add_usec(p, v, fraction, USEC_PER_HOUR)))
			return TIME_OUT_OF_RANGE;
		if (end)
			continue;
		s++;
		status = iso_alternative(&s, p, date, &done);
		if (status != TIME_OK || done)
			return status;
	}
	return TIME_OK;
}

int
interval_parse(struct eval_context *ctx, struct text s, struct interval *iv)
{
	enum time_status status = TIME_BAD_FORMAT;
	struct time_fields f;
	struct parts p = {0};
	int64_t months;

	if (time_split(s, INTERVAL_ROOM, &f))
		status = read_fields(&f, &p);
	if (status == TIME_BAD_FORMAT && s.len > 0 && s.ptr[0] == 'P') {
		char *copy = arena_copy(ctx->arena, s.ptr, s.len);

		if (copy == NULL)
			return eval_nomem(ctx);
		p = (struct parts){0};
		status = memchr(s.ptr, '\0', s.len) == NULL ? read_iso(copy, &p)
							    : TIME_BAD_FORMAT;
	}
	if (status == TIME_OUT_OF_RANGE)
		status = TIME_INTERVAL_OUT_OF_RANGE;
	if (status != TIME_OK)
		return time_fail(ctx, status, "interval", s);
	months = p.years * INT64_C(12) + p.months;
	if (months < INT32_MIN || months > INT32_MAX)
		return eval_fail(ctx, "22008", "interval out of range");
	*iv = (struct interval){.usec = p.usec, .days = p.days, .months = (int32_t)months};
	return 0;
}
