/*
 * time_reading.c - see time_reading.h
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time.h"
#include "expr/time_reading.h"

/* The number that s begins with, or 0; one beyond an int wraps, as PostgreSQL's does. */
static int
leading_int(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

/*
 * A number without delimiters: a date of 6 or more digits (yymmdd, yyyymmdd)
 * while no date is complete, a time hhmmss or hhmm otherwise.
 */
enum time_status
reading_run_together(struct reading *r, char *s, unsigned have, unsigned *got)
{
	size_t len = strlen(s);
	char *point = strchr(s, '.');
	double fraction = 0;

	if (point != NULL) {
		if (point[1] != '\0')
			fraction = strtod(point, NULL);
		r->c.usec = (int)rint(fraction * 1000000);
		*point = '\0';
		len = (size_t)(point - s);
	} else if ((have & DATE_PARTS) != DATE_PARTS && len >= 6) {
		*got = DATE_PARTS;
		r->c.day = leading_int(s + len - 2);
		s[len - 2] = '\0';
		r->c.month = leading_int(s + len - 4);
		s[len - 4] = '\0';
		r->c.year = leading_int(s);
		if (len - 4 == 2)
			r->short_year = true;
		return TIME_OK;
	}
	if ((have & TIME_PARTS) == TIME_PARTS || (len != 6 && len != 4))
		return TIME_BAD_FORMAT;
	*got = TIME_PARTS;
	r->c.second = len == 6 ? leading_int(s + 4) : 0;
	s[4] = '\0';
	r->c.minute = leading_int(s + 2);
	s[2] = '\0';
	r->c.hour = leading_int(s);
	return TIME_OK;
}

/* Which part of a date a lone number is, in the order month, day, year. */
static unsigned
place_number(struct reading *r, size_t len, int v, unsigned have, bool text_month)
{
	switch (have & DATE_PARTS) {
	case 0:
		if (len >= 3) {
			r->c.year = v;
			return BIT(WORD_YEAR);
		}
		r->c.month = v;
		return BIT(WORD_MONTH);
	case BIT(WORD_YEAR): r->c.month = v; return BIT(WORD_MONTH);
	case BIT(WORD_MONTH):
		if (text_month && len >= 3) {
			r->c.year = v;
			return BIT(WORD_YEAR);
		}
		r->c.day = v;
		return BIT(WORD_DAY);
	case BIT(WORD_YEAR) | BIT(WORD_MONTH):
		if (text_month && len >= 3 && r->short_year) {
			/* what was taken for a short year was the day */
			r->c.day = r->c.year;
			r->c.year = v;
			r->short_year = false;
		} else {
			r->c.day = v;
		}
		return BIT(WORD_DAY);
	case BIT(WORD_DAY): r->c.month = v; return BIT(WORD_MONTH);
	case BIT(WORD_MONTH) | BIT(WORD_DAY): r->c.year = v; return BIT(WORD_YEAR);
	default: return 0;
	}
}

enum time_status
reading_number(struct reading *r, char *s, unsigned have, bool text_month, unsigned *got)
{
	size_t len = strlen(s);
	const char *end;
	int v;

	*got = 0;
	if (!read_int(s, &end, &v))
		return TIME_OUT_OF_RANGE;
	if (end == s)
		return TIME_BAD_FORMAT;
	if (*end == '.') {
		enum time_status status;

		if (end - s > 2)
			return reading_run_together(r, s, have | DATE_PARTS, got);
		status = read_microseconds(end, &r->c.usec);
		if (status != TIME_OK)
			return status;
	} else if (*end != '\0') {
		return TIME_BAD_FORMAT;
	}
	if (len == 3 && (have & DATE_PARTS) == BIT(WORD_YEAR) && v >= 1 && v <= 366) {
		r->year_day = v;
		*got = BIT(WORD_YEAR_DAY) | BIT(WORD_MONTH) | BIT(WORD_DAY);
		return TIME_OK;
	}
	if ((have & DATE_PARTS) == DATE_PARTS)
		return reading_run_together(r, s, have, got);
	*got = place_number(r, len, v, have, text_month);
	if (*got == BIT(WORD_YEAR))
		r->short_year = len <= 2;
	return TIME_OK;
}

static bool
alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* Cut a date field at what is neither digit nor letter, and at a change between the two. */
static enum time_status
cut_date(char *s, char *parts[static TIME_FIELDS_MAX], int *n)
{
	for (*n = 0; *s != '\0' && *n < TIME_FIELDS_MAX; ++*n) {
		bool digits;

		while (*s != '\0' && !alnum(*s))
			s++;
		if (*s == '\0')
			return TIME_BAD_FORMAT;
		parts[*n] = s;
		digits = *s <= '9';
		while (alnum(*s) && (*s <= '9') == digits)
			s++;
		if (*s != '\0') /* also a digit behind letters is swallowed, as there */
			*s++ = '\0';
	}
	return TIME_OK;
}

enum time_status
reading_date(struct reading *r, char *s, unsigned *got)
{
	char *parts[TIME_FIELDS_MAX];
	unsigned have = r->have, bit;
	bool text_month = false;
	int n, value;
	enum time_status status = cut_date(s, parts, &n);

	*got = 0;
	if (status != TIME_OK)
		return status;
	for (int i = 0; i < n; i++) {
		enum word_kind kind;

		if (parts[i][0] <= '9')
			continue;
		kind = time_word(parts[i], &value);
		if (kind == WORD_IGNORED)
			continue;
		if (kind != WORD_MONTH || (have & BIT(WORD_MONTH)))
			return TIME_BAD_FORMAT;
		r->c.month = value;
		text_month = true;
		have |= BIT(WORD_MONTH);
		*got |= BIT(WORD_MONTH);
		parts[i] = NULL;
	}
	for (int i = 0; i < n; i++) {
		if (parts[i] == NULL)
			continue;
		status = reading_number(r, parts[i], have, text_month, &bit);
		if (status != TIME_OK)
			return status;
		if (have & bit)
			return TIME_BAD_FORMAT;
		have |= bit;
		*got |= bit;
	}
	if ((have & ~(BIT(WORD_YEAR_DAY) | BIT(WORD_ZONE))) != DATE_PARTS)
		return TIME_BAD_FORMAT;
	return TIME_OK;
}

void
reading_set_julian(struct reading *r, int day)
{
	civil_from_days(day + DATE_FIRST, &r->c);
	r->julian = true;
}

enum time_status
reading_open_zone(struct reading *r, const char *name, const struct zone **zone)
{
	struct text text = {name, strlen(name)};

	return zone_open(r->ctx, text, zone) < 0 ? TIME_FAILED : TIME_OK;
}

enum time_status
reading_julian(struct reading *r, int day, const char *fraction, unsigned *got)
{
	enum time_status status;
	double part;
	int64_t usec;

	if (day < 0)
		return TIME_OUT_OF_RANGE;
	*got = DATE_PARTS;
	reading_set_julian(r, day);
	if (*fraction != '.')
		return TIME_OK;
	status = read_fraction(fraction, &part);
	if (status != TIME_OK)
		return status;
	usec = (int64_t)(part * (double)USEC_PER_DAY);
	r->c.hour = (int)(usec / USEC_PER_HOUR);
	r->c.minute = (int)(usec / USEC_PER_MINUTE % 60);
	r->c.second = (int)(usec / USEC_PER_SECOND % 60);
	r->c.usec = (int)(usec % USEC_PER_SECOND);
	*got |= TIME_PARTS;
	return TIME_OK;
}

/* y, m, d, h, mm and s before a number; m is minutes where month and hour are known. */
enum time_status
reading_unit(struct reading *r, enum time_unit unit, int v, const char *rest, unsigned *got)
{
	struct civil *c = &r->c;
	unsigned minutes_next = BIT(WORD_MONTH) | BIT(WORD_HOUR);

	if (*rest == '.' && unit != UNIT_SECOND)
		return TIME_BAD_FORMAT;
	if (unit == UNIT_MONTH && (r->have & minutes_next) == minutes_next)
		unit = UNIT_MINUTE;
	switch (unit) {
	case UNIT_YEAR:
		c->year = v;
		*got = BIT(WORD_YEAR);
		return TIME_OK;
	case UNIT_MONTH:
		c->month = v;
		*got = BIT(WORD_MONTH);
		return TIME_OK;
	case UNIT_DAY:
		c->day = v;
		*got = BIT(WORD_DAY);
		return TIME_OK;
	case UNIT_HOUR:
		c->hour = v;
		*got = BIT(WORD_HOUR);
		return TIME_OK;
	case UNIT_MINUTE:
		c->minute = v;
		*got = BIT(WORD_MINUTE);
		return TIME_OK;
	case UNIT_SECOND:
		c->second = v;
		*got = *rest == '.' ? SECOND_PARTS : BIT(WORD_SECOND);
		return *rest == '.' ? read_microseconds(rest, &c->usec) : TIME_OK;
	default: return TIME_BAD_FORMAT;
	}
}

enum time_status
reading_abbreviation(
	struct reading *r, const char *s, const struct zone_abbrev *a, unsigned *got)
{
	if (a->zone != NULL) {
		*got = BIT(WORD_NAMED_ZONE) | BIT(WORD_ZONE);
		r->abbrev = s;
		return reading_open_zone(r, a->zone, &r->abbrev_zone);
	}
	*got = BIT(WORD_ZONE) | (a->summer ? BIT(WORD_SUMMER_ZONE) : 0);
	r->offset = a->offset;
	return TIME_OK;
}

/* The year as meant, and whether such a day is in the calendar. */
enum time_status
reading_check_date(struct reading *r)
{
	struct civil *c = &r->c;

	if ((r->have & BIT(WORD_YEAR)) && !r->julian) {
		bool pivot = r->short_year && !r->bc;

		if (c->year < 0 || (c->year == 0 && !pivot))
			return TIME_OUT_OF_RANGE;
		if (r->bc)
			c->year = 1 - c->year;
		else if (pivot && c->year < 70)
			c->year += 2000;
		else if (pivot && c->year < 100)
			c->year += 1900;
	}
	if (r->have & BIT(WORD_YEAR_DAY))
		civil_from_days(days_from_civil(c->year, 1, 1) + r->year_day - 1, c);
	if ((r->have & BIT(WORD_MONTH)) && (c->month < 1 || c->month > 12))
		return TIME_OUT_OF_RANGE;
	if ((r->have & BIT(WORD_DAY)) && (c->day < 1 || c->day > 31))
		return TIME_OUT_OF_RANGE;
	if ((r->have & DATE_PARTS) == DATE_PARTS && c->day > month_days(c->year, c->month))
		return TIME_OUT_OF_RANGE;
	return TIME_OK;
}
