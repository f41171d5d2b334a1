/*
 * time_format_in.c - to_date and to_timestamp: text read by a pattern
 *
 * The reader is PostgreSQL's, lenient where it is: a literal character of the
 * pattern eats any one character of the text, a separator one separator or
 * none, spaces before a field do not count, and what follows the last field is
 * not looked at.  FX takes all that back.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time_format.h"
#include "expr/time_read.h"

enum { OFFSET_HOURS_MAX = 15 };

/* The fields as read; 0 is "not there". */
struct fields {
	int hour, minute, second, day_second, weekday, day, year_day, month, millisecond, year;
	int bc, week, month_week, century, julian, microsecond, pm;
	int zone_sign, zone_hour, zone_minute;
	int year_digits; /* of the field that gave the year */
	int precision;
	bool twelve_hours;
	enum format_convention convention;
};

struct reader {
	struct eval_context *ctx;
	const struct format *f;
	size_t at;     /* the node being read */
	const char *s; /* the text not read yet, NUL-terminated */
	const char *start;
	struct fields fields;
};

static const struct format_node *
node(const struct reader *r)
{
	return &r->f->nodes[r->at];
}

static const char *
field_name(const struct reader *r)
{
	return node(r)->keyword->name;
}

static void
skip_character(struct reader *r)
{
	unsigned char c = (unsigned char)*r->s;
	size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

	for (; n > 0 && *r->s != '\0'; n--)
		r->s++;
}

static int
skip_spaces(struct reader *r)
{
	int n = 0;

	for (; space_is(*r->s); r->s++)
		n++;
	return n;
}

/* Two fields may give one thing only if they agree. */
static int
set_field(struct reader *r, int *field, int v)
{
	if (*field != 0 && *field != v)
		return eval_fail(r->ctx, "22007",
			"conflicting values for \"%s\" field in formatting string",
			field_name(r));
	*field = v;
	return 0;
}

/* Whether a number here ends by itself, since what comes next is no digit. */
static bool
number_is_open(const struct reader *r)
{
	const struct format_node *next = node(r) + 1;

	if (node(r)->fill || node(r)->ordinal || r->at + 1 == r->f->n)
		return true;
	if (next->kind == NODE_FIELD)
		return !next->keyword->digits;
	return !(next->character.len == 1 && next->character.ptr[0] >= '0' &&
		 next->character.ptr[0] <= '9');
}

/* An integer of `width` characters, or as long as it is.  *length: of all that was read. */
static int
read_integer(struct reader *r, size_t width, int *field, int *length)
{
	const char *start = r->s;
	char copy[16];
	char *end;
	size_t n;
	long v;

	skip_spaces(r);
	n = strnlen(r->s, width);
	memcpy(copy, r->s, n);
	copy[n] = '\0';
	errno = 0;
	if (number_is_open(r)) {
		v = strtol(start, &end, 10);
		r->s = end;
	} else {
		if (n < width)
			return eval_fail(r->ctx, "22007",
				"source string too short for \"%s\" formatting field",
				field_name(r));
		v = strtol(copy, &end, 10);
		if (end > copy && end < copy + width)
			return eval_fail(r->ctx, "22007", "invalid value \"%s\" for \"%s\"",
				copy, field_name(r));
		r->s += end - copy;
	}
	if (r->s == start)
		return eval_fail(r->ctx, "22007", "invalid value \"%s\" for \"%s\"", copy,
			field_name(r));
	if (errno == ERANGE || v < INT_MIN || v > INT_MAX)
		return eval_fail(r->ctx, "22008",
			"value for \"%s\" in source string is out of range", field_name(r));
	if (length != NULL)
		*length = (int)(r->s - start);
	return field == NULL ? 0 : set_field(r, field, (int)v);
}

/* As wide as the field's name, and the letters of TH after it. */
static int
read_number(struct reader *r, size_t width, int *field)
{
	if (read_integer(r, width, field, NULL) < 0)
		return -1;
	if (node(r)->ordinal) {
		skip_character(r);
		skip_character(r);
	}
	return 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Which of the words begins here; `letters` of each, or all when 0. */
static int
read_name(struct reader *r, const char *const *words, int n, size_t letters, int *which)
{
	size_t len;

	for (int i = 0; i < n; i++) {
		size_t k = 0;

		len = letters > 0 ? letters : strlen(words[i]);
		while (k < len && lower(r->s[k]) == lower(words[i][k]))
			k++;
		if (k == len) {
			r->s += len;
			*which = i;
			return 0;
		}
	}
	len = strcspn(r->s, " \t\n\r\f");
	return eval_fail(r->ctx, "22007", "invalid value \"%.*s\" for \"%s\"", shown(len), r->s,
		field_name(r));
}

/* One of two words; *field becomes 0 or 1. */
static int
read_either(struct reader *r, const char *const words[static 2], int *field)
{
	int which;

	if (read_name(r, words, 2, 0, &which) < 0)
		return -1;
	return set_field(r, field, which);
}

/* A year of few digits is the one nearest 2020. */
static int
complete_year(int year)
{
	if (year < 70)
		return year + 2000;
	if (year < 100)
		return year + 1900;
	if (year < 520)
		return year + 2000;
	return year < 1000 ? year + 1000 : year;
}

static int
read_year(struct reader *r, int width)
{
	struct fields *f = &r->fields;
	int length = 0, before = f->year, year = 0;

	if (read_integer(r, strlen(field_name(r)), &year, &length) < 0)
		return -1;
	/* conflicts are judged by what is written, before it is completed */
	if (before != 0 && before != year)
		return set_field(r, &f->year, year);
	f->year = length < 4 && width < 4 ? complete_year(year) : year;
	f->year_digits = width;
	if (node(r)->ordinal) {
		skip_character(r);
		skip_character(r);
	}
	return 0;
}

/*
 * What PostgreSQL's sscanf "%d,%03d" takes: white space before both numbers
 * is skipped, a sign counts as one of the three characters, and a first
 * number beyond an int wraps.
 */
static bool
scan_year_comma(const char **s, int *thousands, int *years)
{
	char three[4] = "", *end;
	const char *p;

	*thousands = (int)strtol(*s, &end, 10);
	if (end == *s || *end != ',')
		return false;
	for (p = end + 1; space_is(*p);)
		p++;
	snprintf(three, sizeof three, "%.3s", p);
	*years = (int)strtol(three, &end, 10);
	*s = p + (end - three);
	return end != three;
}

static int
read_year_comma(struct reader *r)
{
	int thousands, years;

	if (!scan_year_comma(&r->s, &thousands, &years))
		return eval_fail(r->ctx, "22007", "invalid input string for \"Y,YYY\"");
	/* version 15 wraps around silently, later ones refuse */
	if (__builtin_mul_overflow(thousands, 1000, &thousands) ||
		__builtin_add_overflow(years, thousands, &years))
		return eval_fail(r->ctx, "22008",
			"value for \"Y,YYY\" in source string is out of range");
	r->fields.year_digits = 4;
	if (set_field(r, &r->fields.year, years) < 0)
		return -1;
	if (node(r)->ordinal) {
		skip_character(r);
		skip_character(r);
	}
	return 0;
}

/* Digits of a second after its point, up to `places`: 25 means what 250 means. */
static int
read_decimals(struct reader *r, size_t width, int places, int *field)
{
	int length = 0;

	if (read_integer(r, width, field, &length) < 0)
		return -1;
	for (; length < places; length++)
		*field *= 10;
	if (node(r)->ordinal) {
		skip_character(r);
		skip_character(r);
	}
	return 0;
}

/* A minus before the hours may have been taken for a separator: then it is a sign all the same. */
static int
read_zone_hour(struct reader *r, int extra)
{
	struct fields *f = &r->fields;

	if (*r->s == '+' || *r->s == '-' || *r->s == ' ')
		f->zone_sign = *r->s++ == '-' ? -1 : 1;
	else
		f->zone_sign = extra > 0 && r->s > r->start && r->s[-1] == '-' ? -1 : 1;
	return read_integer(r, 2, &f->zone_hour, NULL);
}

static int
read_weekday(struct reader *r, size_t letters)
{
	int which;

	if (read_name(r, weekday_names, 7, letters, &which) < 0 ||
		set_field(r, &r->fields.weekday, which) < 0)
		return -1;
	r->fields.weekday++;
	return 0;
}

static int
read_month(struct reader *r, const char *const *names, size_t letters)
{
	int which;

	if (read_name(r, names, 12, letters, &which) < 0)
		return -1;
	return set_field(r, &r->fields.month, names == roman_months ? 12 - which : which + 1);
}

static int
read_iso_weekday(struct reader *r)
{
	if (read_integer(r, 1, &r->fields.weekday, NULL) < 0)
		return -1;
	/* stored with Sunday as 1 */
	if (++r->fields.weekday > 7)
		r->fields.weekday = 1;
	if (node(r)->ordinal) {
		skip_character(r);
		skip_character(r);
	}
	return 0;
}

/* The names of halves: the second is the one that counts as 1. */
static int
read_half(struct reader *r, enum format_key key)
{
	static const char *const ad[] = {"ad", "bc"}, *const ad_dots[] = {"a.d.", "b.c."};
	static const char *const am[] = {"am", "pm"}, *const am_dots[] = {"a.m.", "p.m."};

	if (key == KEY_AD || key == KEY_AD_DOTS)
		return read_either(r, key == KEY_AD ? ad : ad_dots, &r->fields.bc);
	if (read_either(r, key == KEY_AM ? am : am_dots, &r->fields.pm) < 0)
		return -1;
	r->fields.twelve_hours = true;
	return 0;
}

static int
read_hour_12(struct reader *r)
{
	r->fields.twelve_hours = true;
	return read_number(r, 2, &r->fields.hour);
}

static int
read_field(struct reader *r, int extra)
{
	const struct format_keyword *k = node(r)->keyword;
	struct fields *f = &r->fields;
	int width = (int)strlen(k->name);
	size_t w = strlen(k->name);

	switch (k->key) {
	case KEY_FIXED: return 0;
	case KEY_AD:
	case KEY_AD_DOTS:
	case KEY_AM:
	case KEY_AM_DOTS: return read_half(r, k->key);
	case KEY_HOUR_12: return read_hour_12(r);
	case KEY_HOUR_24: return read_number(r, 2, &f->hour);
	case KEY_MINUTE: return read_number(r, w, &f->minute);
	case KEY_SECOND: return read_number(r, w, &f->second);
	case KEY_MILLISECOND: return read_decimals(r, 3, 3, &f->millisecond);
	case KEY_MICROSECOND: return read_decimals(r, 6, 6, &f->microsecond);
	case KEY_FRACTION:
		f->precision = k->name[2] - '0';
		return read_decimals(r, (size_t)f->precision, 6, &f->microsecond);
	case KEY_DAY_SECOND: return read_number(r, w, &f->day_second);
	case KEY_ZONE:
	case KEY_OFFSET:
		return eval_fail(r->ctx, "0A000",
			"formatting field \"%s\" is only supported in to_char", k->name);
	case KEY_ZONE_HOUR: return read_zone_hour(r, extra);
	case KEY_ZONE_MINUTE:
		if (f->zone_sign == 0)
			f->zone_sign = 1;
		return read_integer(r, 2, &f->zone_minute, NULL);
	case KEY_MONTH_NAME: return read_month(r, month_names, 0);
	case KEY_MONTH_SHORT: return read_month(r, month_names, 3);
	case KEY_ROMAN: return read_month(r, roman_months, 0);
	case KEY_MONTH: return read_number(r, w, &f->month);
	case KEY_WEEKDAY_NAME: return read_weekday(r, 0);
	case KEY_WEEKDAY_SHORT: return read_weekday(r, 3);
	case KEY_YEAR_DAY: return read_number(r, w, &f->year_day);
	case KEY_ISO_YEAR_DAY: return read_number(r, 3, &f->year_day);
	case KEY_DAY: return read_number(r, w, &f->day);
	case KEY_WEEKDAY: return read_number(r, w, &f->weekday);
	case KEY_ISO_WEEKDAY: return read_iso_weekday(r);
	case KEY_WEEK:
	case KEY_ISO_WEEK: return read_number(r, w, &f->week);
	case KEY_QUARTER: return read_number(r, w, NULL); /* read, and of no effect */
	case KEY_CENTURY: return read_number(r, w, &f->century);
	case KEY_YEAR_COMMA: return read_year_comma(r);
	case KEY_YEAR:
	case KEY_ISO_YEAR: return read_year(r, width);
	case KEY_MONTH_WEEK: return read_number(r, w, &f->month_week);
	case KEY_JULIAN: return read_number(r, w, &f->julian);
	}
	return 0;
}

static bool
is_separator(char c)
{
	return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') &&
	       !(lower(c) >= 'a' && lower(c) <= 'z');
}

static int
read_nodes(struct reader *r)
{
	bool fixed = false;
	int extra = 0; /* characters skipped that the pattern does not have */

	for (; r->at < r->f->n && *r->s != '\0'; r->at++) {
		const struct format_node *n = node(r);
		bool field = n->kind == NODE_FIELD, fx = field && n->keyword->key == KEY_FIXED;

		if (!fixed && !fx && (field || r->at == 0))
			extra += skip_spaces(r);
		if (n->kind == NODE_SPACE || n->kind == NODE_SEPARATOR) {
			if (fixed) {
				skip_character(r);
			} else if (space_is(*r->s) || is_separator(*r->s)) {
				r->s++;
			} else {
				extra--;
			}
			continue;
		}
		if (!field) {
			if (!fixed && extra > 0)
				extra--;
			else
				skip_character(r);
			continue;
		}
		if (n->keyword->convention != CONVENTION_NONE) {
			if (r->fields.convention != CONVENTION_NONE &&
				r->fields.convention != n->keyword->convention)
				return eval_fail(r->ctx, "22007",
					"invalid combination of date conventions");
			r->fields.convention = n->keyword->convention;
		}
		if (read_field(r, extra) < 0)
			return -1;
		fixed = fixed || fx;
		if (!fixed)
			extra = skip_spaces(r);
	}
	return 0;
}

/* The fields put together */

static int
put_clock(struct eval_context *ctx, const struct fields *f, struct civil *c)
{
	c->hour = f->day_second / 3600;
	c->minute = f->day_second % 3600 / 60;
	c->second = f->day_second % 60;
	if (f->second != 0)
		c->second = f->second;
	if (f->minute != 0)
		c->minute = f->minute;
	if (f->hour != 0)
		c->hour = f->hour;
	if (f->twelve_hours) {
		if (c->hour < 1 || c->hour > 12)
			return eval_fail(ctx, "22007",
				"hour \"%d\" is invalid for the 12-hour clock", c->hour);
		if (f->pm && c->hour < 12)
			c->hour += 12;
		else if (!f->pm && c->hour == 12)
			c->hour = 0;
	}
	return 0;
}

/* Absurd numbers wrap around to what no calendar has, or to what PostgreSQL has. */
static int
year_of(int64_t year)
{
	return (int)(uint32_t)(uint64_t)year;
}

/* False when there is neither a year nor a century. */
static bool
put_year(const struct fields *f, struct civil *c)
{
	int64_t century = f->bc ? -(int64_t)f->century : f->century, year = f->year;

	if (year == 0 && century == 0)
		return false;
	if (year == 0) {
		year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
	} else if (century != 0 && f->year_digits <= 2) {
		year %= 100;
		if (year == 0)
			year = century * 100 + (century >= 0 ? 0 : 1);
		else if (century >= 0)
			year += (century - 1) * 100;
		else
			year = (century + 1) * 100 - year + 1;
	} else {
		year = f->bc ? -year : year;
		if (year < 0)
			year++;
	}
	c->year = year_of(year);
	return true;
}

enum { HAVE_YEAR = 1, HAVE_MONTH = 2, HAVE_DAY = 4, HAVE_DATE = 7 };

/* Month and day from the day of the year, where they are not set. */
static int
put_year_day(struct eval_context *ctx, const struct fields *f, int year_day, struct civil *c,
	int *have)
{
	int month = 1, sum = 0;

	if (c->year == 0 && !f->bc)
		return eval_fail(
			ctx, "22007", "cannot calculate day of year without year information");
	if (f->convention == CONVENTION_ISO) {
		civil_from_days(iso_week_begin(c->year, 1) - 1 + year_day, c);
		*have |= HAVE_DATE;
		return 0;
	}
	for (; month <= 12 && year_day > sum + month_days(c->year, month); month++)
		sum += month_days(c->year, month);
	if (c->month <= 1)
		c->month = month;
	if (c->day <= 1)
		c->day = year_day - sum;
	*have |= HAVE_MONTH | HAVE_DAY;
	return 0;
}

static int
put_date(struct eval_context *ctx, const struct fields *f, struct civil *c, int *have)
{
	int day = f->day, year_day = f->year_day;

	c->month = 1;
	c->day = 1;
	*have = put_year(f, c) ? HAVE_YEAR : 0;
	if (f->julian != 0) {
		civil_from_days(f->julian + DATE_FIRST, c);
		*have |= HAVE_DATE;
	}
	if (f->week != 0 && f->convention == CONVENTION_ISO) {
		int64_t days = iso_week_begin(c->year, f->week);

		if (f->weekday != 0)
			days += f->weekday > 1 ? f->weekday - 2 : 6;
		/* PostgreSQL counts Julian days in 32 bits, and an absurd week wraps around */
		days = (int32_t)(uint32_t)(uint64_t)(days - DATE_FIRST);
		civil_from_days(days + DATE_FIRST, c);
		*have |= HAVE_DATE;
	} else if (f->week != 0) {
		year_day = (int)((unsigned)(f->week - 1) * 7 + 1);
	}
	if (f->month_week != 0)
		day = (int)((unsigned)(f->month_week - 1) * 7 + 1);
	if (day != 0) {
		c->day = day;
		*have |= HAVE_DAY;
	}
	if (f->month != 0) {
		c->month = f->month;
		*have |= HAVE_MONTH;
	}
	if (year_day != 0 && (c->month <= 1 || c->day <= 1))
		return put_year_day(ctx, f, year_day, c, have);
	return 0;
}

static bool
date_exists(const struct civil *c, int have)
{
	if ((have & HAVE_MONTH) && (c->month < 1 || c->month > 12))
		return false;
	if ((have & HAVE_DAY) && (c->day < 1 || c->day > 31))
		return false;
	return (have & HAVE_DATE) != HAVE_DATE || c->day <= month_days(c->year, c->month);
}

static int
put_together(
	struct eval_context *ctx, const struct fields *f, struct text s, struct format_time *t)
{
	struct civil *c = &t->c;
	int64_t usec = f->millisecond * INT64_C(1000) + f->microsecond;
	int have;

	*t = (struct format_time){.precision = f->precision};
	if (put_clock(ctx, f, c) < 0 || put_date(ctx, f, c, &have) < 0)
		return -1;
	if (!date_exists(c, have) || c->hour < 0 || c->hour >= 24 || c->minute < 0 ||
		c->minute >= 60 || c->second < 0 || c->second >= 60 || usec < 0 ||
		usec >= USEC_PER_SECOND)
		return time_fail(ctx, TIME_OUT_OF_RANGE, "timestamp", s);
	c->usec = (int)usec;
	if (f->zone_sign == 0)
		return 0;
	if (f->zone_hour < 0 || f->zone_hour > OFFSET_HOURS_MAX || f->zone_minute < 0 ||
		f->zone_minute >= 60)
		return time_fail(ctx, TIME_ZONE_OUT_OF_RANGE, "timestamp", s);
	t->offset = f->zone_sign * (f->zone_hour * 3600 + f->zone_minute * 60);
	return 0;
}

int
format_read(struct eval_context *ctx, const struct format *f, struct text s,
	struct format_time *result)
{
	char small[64];
	struct reader r = {.ctx = ctx, .f = f, .s = small};

	if (s.len < sizeof small) {
		memcpy(small, s.ptr, s.len);
		small[s.len] = '\0';
	} else {
		r.s = arena_copy(ctx->arena, s.ptr, s.len);
		if (r.s == NULL)
			return eval_nomem(ctx);
	}
	r.start = r.s;
	if (read_nodes(&r) < 0)
		return -1;
	return put_together(ctx, &r.fields, s, result);
}
