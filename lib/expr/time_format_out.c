/*
 * time_format_out.c - to_char of timestamps and intervals
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time_format.h"

enum { FIELD_BYTES_MAX = 32 };

/* What the fields are taken from. */
struct moment {
	struct civil c;
	int64_t days;
	int weekday;  /* 0 is Sunday */
	int year_day; /* from 1 */
	bool zone;
	int64_t hour; /* of an interval, which may have more than c.hour can hold */
};

static size_t
put_ordinal(char *p, size_t len, bool upper)
{
	static const char *const names[2][4] = {
		{"th", "st", "nd", "rd"}, {"TH", "ST", "ND", "RD"}};
	char last = p[len - 1];
	int which =
		last >= '1' && last <= '3' && !(len > 1 && p[len - 2] == '1') ? last - '0' : 0;

	memcpy(p + len, names[upper][which], 2);
	return len + 2;
}

/* At least `width` digits unless FM, and the suffix. */
static size_t
put_number(char *p, const struct format_node *n, int width, int64_t v)
{
	size_t len = (size_t)snprintf(
		p, FIELD_BYTES_MAX, "%0*lld", n->fill ? 0 : width, (long long)v);

	return n->ordinal ? put_ordinal(p, len, n->ordinal_upper) : len;
}

/* The width is of a number that may have a minus. */
static size_t
put_signed(char *p, const struct format_node *n, int width, int64_t v)
{
	return put_number(p, n, v < 0 ? width + 1 : width, v);
}

/* A name of `letters` letters (all when 0) in the case of the keyword, padded to `width`. */
static size_t
put_name(char *p, const struct format_node *n, const char *name, size_t letters, size_t width)
{
	size_t len = letters > 0 ? letters : strlen(name);

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (n->keyword->letters == CASE_UPPER && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		else if (n->keyword->letters == CASE_LOWER && c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		p[i] = c;
	}
	if (!n->fill && (!n->translate || n->keyword->key == KEY_ROMAN)) {
		for (; len < width; len++)
			p[len] = ' ';
	}
	return len;
}

/* Years are counted before and after Christ, without a sign. */
static int
shown_year(int year)
{
	return year <= 0 ? 1 - year : year;
}

static size_t
put_year(char *p, const struct format_node *n, int year, size_t digits)
{
	static const int cut[] = {0, 10, 100, 1000};
	int v = shown_year(year);

	return put_number(p, n, (int)digits, digits < 4 ? v % cut[digits] : v);
}

static size_t
put_century(char *p, const struct format_node *n, int year)
{
	int century = year > 0 ? (year - 1) / 100 + 1 : year / 100 - 1;

	return put_signed(p, n, century <= 99 && century >= -99 ? 2 : 1, century);
}

static size_t
put_iso(char *p, const struct format_node *n, const struct moment *m)
{
	int year, week;

	iso_week_of(m->days, &year, &week);
	switch (n->keyword->key) {
	case KEY_ISO_WEEK: return put_number(p, n, 2, week);
	case KEY_ISO_YEAR_DAY:
		return put_number(p, n, 3, (int)(m->days - iso_week_begin(year, 1)) + 1);
	default: return put_year(p, n, year, strlen(n->keyword->name));
	}
}

/* Fractions of a second, in as many digits as the field has. */
static size_t
put_fraction(char *p, const struct format_node *n, int digits, int usec)
{
	size_t len;

	for (int i = digits; i < 6; i++)
		usec /= 10;
	len = (size_t)snprintf(p, FIELD_BYTES_MAX, "%0*d", digits, usec);
	return n->ordinal ? put_ordinal(p, len, n->ordinal_upper) : len;
}

/* All in UTC: the offset is 0, and its name that of the zone, if the type has one. */
static size_t
put_zone(char *p, const struct format_node *n, const struct moment *m)
{
	switch (n->keyword->key) {
	case KEY_ZONE: return m->zone ? put_name(p, n, "UTC", 0, 0) : 0;
	case KEY_ZONE_HOUR: memcpy(p, "+00", 3); return 3;
	case KEY_ZONE_MINUTE: memcpy(p, "00", 2); return 2;
	default: return (size_t)snprintf(p, FIELD_BYTES_MAX, "+%0*d", n->fill ? 0 : 2, 0);
	}
}

/* An interval may have the least number of days, of which one less wraps around, as there. */
static int
sevenths(int day)
{
	return (int)((uint32_t)day - 1) / 7 + 1;
}

static size_t
put_field(char *p, const struct format_node *n, const struct moment *m)
{
	const struct civil *c = &m->c;
	int hour = c->hour % 12 == 0 ? 12 : c->hour % 12,
	    thousands = shown_year(c->year) / 1000;
	size_t len;

	switch (n->keyword->key) {
	case KEY_FIXED: return 0;
	case KEY_AD: return put_name(p, n, c->year <= 0 ? "BC" : "AD", 0, 0);
	case KEY_AD_DOTS: return put_name(p, n, c->year <= 0 ? "B.C." : "A.D.", 0, 0);
	case KEY_AM: return put_name(p, n, c->hour >= 12 ? "PM" : "AM", 0, 0);
	case KEY_AM_DOTS: return put_name(p, n, c->hour >= 12 ? "P.M." : "A.M.", 0, 0);
	case KEY_HOUR_12: return put_number(p, n, 2, hour);
	case KEY_HOUR_24: return put_number(p, n, 2, c->hour);
	case KEY_MINUTE: return put_number(p, n, 2, c->minute);
	case KEY_SECOND: return put_number(p, n, 2, c->second);
	case KEY_MILLISECOND: return put_fraction(p, n, 3, c->usec);
	case KEY_MICROSECOND: return put_fraction(p, n, 6, c->usec);
	case KEY_FRACTION: return put_fraction(p, n, n->keyword->name[2] - '0', c->usec);
	case KEY_DAY_SECOND:
		return put_number(p, n, 1, c->hour * 3600 + c->minute * 60 + c->second);
	case KEY_ZONE:
	case KEY_ZONE_HOUR:
	case KEY_ZONE_MINUTE:
	case KEY_OFFSET: return put_zone(p, n, m);
	case KEY_MONTH_NAME: return put_name(p, n, month_names[c->month - 1], 0, 9);
	case KEY_MONTH_SHORT: return put_name(p, n, month_names[c->month - 1], 3, 0);
	case KEY_MONTH: return put_number(p, n, 2, c->month);
	case KEY_WEEKDAY_NAME: return put_name(p, n, weekday_names[m->weekday], 0, 9);
	case KEY_WEEKDAY_SHORT: return put_name(p, n, weekday_names[m->weekday], 3, 0);
	case KEY_YEAR_DAY: return put_number(p, n, 3, m->year_day);
	case KEY_DAY: return put_number(p, n, 2, c->day);
	case KEY_WEEKDAY: return put_number(p, n, 1, m->weekday + 1);
	case KEY_ISO_WEEKDAY: return put_number(p, n, 1, m->weekday == 0 ? 7 : m->weekday);
	case KEY_WEEK: return put_number(p, n, 2, sevenths(m->year_day));
	case KEY_ISO_WEEK:
	case KEY_ISO_YEAR:
	case KEY_ISO_YEAR_DAY: return put_iso(p, n, m);
	case KEY_QUARTER: return put_number(p, n, 1, (c->month - 1) / 3 + 1);
	case KEY_CENTURY: return put_century(p, n, c->year);
	case KEY_YEAR_COMMA:
		len = (size_t)snprintf(p, FIELD_BYTES_MAX, "%d,%03d", thousands,
			shown_year(c->year) - thousands * 1000);
		return n->ordinal ? put_ordinal(p, len, n->ordinal_upper) : len;
	case KEY_YEAR: return put_year(p, n, c->year, strlen(n->keyword->name));
	case KEY_ROMAN: return put_name(p, n, roman_months[12 - c->month], 0, 4);
	case KEY_MONTH_WEEK: return put_number(p, n, 1, sevenths(c->day));
	case KEY_JULIAN: return put_number(p, n, 1, (int)(m->days - DATE_FIRST));
	}
	return 0;
}

/* Fields that only a day of the calendar has. */
static bool
calendar_only(enum format_key key)
{
	switch (key) {
	case KEY_AD:
	case KEY_AD_DOTS:
	case KEY_MONTH_NAME:
	case KEY_MONTH_SHORT:
	case KEY_WEEKDAY_NAME:
	case KEY_WEEKDAY_SHORT:
	case KEY_WEEKDAY:
	case KEY_ISO_WEEKDAY:
	case KEY_ZONE:
	case KEY_ZONE_HOUR:
	case KEY_ZONE_MINUTE:
	case KEY_OFFSET: return true;
	default: return false;
	}
}

/* What is counted from a first day, which an interval has not: PostgreSQL gives nonsense. */
static bool
counted_from_day(enum format_key key)
{
	return key == KEY_ISO_YEAR || key == KEY_ISO_WEEK || key == KEY_ISO_YEAR_DAY ||
	       key == KEY_JULIAN;
}

/* Negative months count back from December; whole years are a December, too. */
static size_t
put_roman_months(char *p, const struct format_node *n, const struct civil *c)
{
	int at = 12 - c->month;

	if (c->month == 0 && c->year == 0)
		return 0;
	if (c->month == 0)
		at = c->year >= 0 ? 0 : 11;
	else if (c->month < 0)
		at = -(c->month + 1);
	return put_name(p, n, roman_months[at], 0, 4);
}

/* Years as they are: there is no year before Christ to be counted. */
static size_t
put_years(char *p, const struct format_node *n, int year, int digits)
{
	static const int cut[] = {0, 10, 100, 1000};

	/* the sign of all of it decides on the width, not that of the digits shown */
	return put_number(
		p, n, year < 0 ? digits + 1 : digits, digits < 4 ? year % cut[digits] : year);
}

static size_t
put_interval_field(char *p, const struct format_node *n, const struct moment *m)
{
	const struct civil *c = &m->c;
	int64_t hour = m->hour % 12 == 0 ? 12 : m->hour % 12;
	size_t len;

	switch (n->keyword->key) {
	case KEY_AM: return put_name(p, n, m->hour % 24 >= 12 ? "PM" : "AM", 0, 0);
	case KEY_AM_DOTS: return put_name(p, n, m->hour % 24 >= 12 ? "P.M." : "A.M.", 0, 0);
	case KEY_HOUR_12: return put_number(p, n, m->hour < 0 ? 3 : 2, hour);
	case KEY_HOUR_24: return put_signed(p, n, 2, m->hour);
	case KEY_MINUTE: return put_signed(p, n, 2, c->minute);
	case KEY_SECOND: return put_signed(p, n, 2, c->second);
	case KEY_DAY_SECOND:
		return put_number(p, n, 1, m->hour * 3600L + c->minute * 60L + c->second);
	case KEY_MONTH: return put_signed(p, n, 2, c->month);
	case KEY_QUARTER:
		return c->month == 0 ? 0 : put_number(p, n, 1, (c->month - 1) / 3 + 1);
	case KEY_CENTURY:
		return put_signed(p, n, abs(c->year / 100) <= 99 ? 2 : 1, c->year / 100);
	case KEY_YEAR_COMMA:
		len = (size_t)snprintf(
			p, FIELD_BYTES_MAX, "%d,%03d", c->year / 1000, c->year % 1000);
		return n->ordinal ? put_ordinal(p, len, n->ordinal_upper) : len;
	case KEY_YEAR: return put_years(p, n, c->year, (int)strlen(n->keyword->name));
	case KEY_ROMAN: return put_roman_months(p, n, c);
	default: return put_field(p, n, m);
	}
}

/* A pattern's text, each field by `put`. */
static int
print_nodes(struct eval_context *ctx, const struct format *f, const struct moment *m,
	size_t (*put)(char *, const struct format_node *, const struct moment *),
	struct text *result)
{
	char *buf = arena_alloc(ctx->arena, f->n * FIELD_BYTES_MAX + 1);
	size_t len = 0;

	if (buf == NULL)
		return eval_nomem(ctx);
	for (size_t i = 0; i < f->n; i++) {
		const struct format_node *n = &f->nodes[i];

		if (n->kind == NODE_FIELD) {
			len += put(buf + len, n, m);
		} else {
			memcpy(buf + len, n->character.ptr, n->character.len);
			len += n->character.len;
		}
	}
	result->ptr = buf;
	result->len = len;
	return 0;
}

int
format_print(struct eval_context *ctx, const struct format *f, int64_t t, bool zone,
	struct text *result)
{
	struct moment m = {.zone = zone};

	civil_from_timestamp(t, &m.c);
	m.days = days_from_civil(m.c.year, m.c.month, m.c.day);
	m.weekday = weekday_of(m.days);
	m.year_day = (int)(m.days - days_from_civil(m.c.year, 1, 1)) + 1;
	return print_nodes(ctx, f, &m, put_field, result);
}

int
format_print_interval(struct eval_context *ctx, const struct format *f,
	const struct interval *iv, struct text *result)
{
	struct moment m = {.hour = iv->usec / USEC_PER_HOUR};

	m.c = (struct civil){.year = iv->months / 12,
		.month = iv->months % 12,
		.day = iv->days,
		.minute = (int)(iv->usec / USEC_PER_MINUTE % 60),
		.second = (int)(iv->usec / USEC_PER_SECOND % 60),
		.usec = (int)(iv->usec % USEC_PER_SECOND)};
	/* about how many days it is; beyond an int it wraps, as there */
	m.year_day = (int)(uint32_t)((int64_t)iv->months * 30 + iv->days);
	for (size_t i = 0; i < f->n; i++) {
		const struct format_keyword *k = f->nodes[i].keyword;

		if (f->nodes[i].kind != NODE_FIELD)
			continue;
		if (calendar_only(k->key))
			return eval_fail(ctx, "22007",
				"invalid format specification for an interval value");
		if (counted_from_day(k->key))
			return eval_fail(ctx, "0A000", "\"%s\" of an interval is not supported",
				k->name);
	}
	return print_nodes(ctx, f, &m, put_interval_field, result);
}
