/*
 * shape_digits.c - shapes made of digits: numbers, dates, times, telephones (see shape.h)
 */
#include <stdlib.h>
#include <string.h>

#include "validate/moment.h"
#include "validate/shape_parts.h"

/* What may be a time in seconds (1990 to 2038), or in milliseconds (2000 to 2099). */
#define EPOCH_MIN    631152000.0
#define EPOCH_MAX    2147483647.0
#define EPOCH_MS_MIN 946684800000.0
#define EPOCH_MS_MAX 4102444800000.0

static bool
take(struct shape_value *v, enum shape shape)
{
	v->shape = shape;
	return true;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number of width digits at p, or -1. */
static int
fixed(const char *p, int width)
{
	int value = 0;

	for (int i = 0; i < width; i++) {
		if (!is_digit(p[i]))
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static double
whole(const char *p, size_t n)
{
	double value = 0;
	uint64_t part = 0;
	size_t i = 0;

	for (; i < n && i < 18; i++)
		part = part * 10 + (uint64_t)(p[i] - '0');
	value = (double)part;
	for (; i < n; i++)
		value = value * 10 + (p[i] - '0');
	return value;
}

static bool
only_digits(const char *p, size_t n, struct shape_value *v)
{
	if (n == 32 || n == 40 || n == 64)
		return false;
	v->number = whole(p, n);
	if (p[0] == '0' && n > 1) {
		if ((n >= 9 && n <= 11) || (p[1] == '0' && n > 11 && n <= 17))
			return take(v, SHAPE_PHONE);
		return take(v, SHAPE_ZEROS);
	}
	if ((n == 9 || n == 10) && v->number >= EPOCH_MIN && v->number <= EPOCH_MAX)
		return take(v, SHAPE_EPOCH);
	if ((n == 12 || n == 13) && v->number >= EPOCH_MS_MIN && v->number < EPOCH_MS_MAX)
		return take(v, SHAPE_EPOCH_MS);
	return take(v, SHAPE_INTEGER);
}

/* hh:mm or hh:mm:ss with a fraction; *end is where it ends, *value hhmmss. */
static bool
scan_time(const char *p, size_t n, size_t *end, int *value)
{
	int hour, minute, second = 0;
	size_t i = 5;

	if (n < 5 || p[2] != ':')
		return false;
	hour = fixed(p, 2);
	minute = fixed(p + 3, 2);
	if (n >= 8 && p[5] == ':') {
		second = fixed(p + 6, 2);
		i = 8;
		if (n > 9 && p[8] == '.' && is_digit(p[9])) {
			for (i = 9; i < n && is_digit(p[i]); i++)
				;
		}
	}
	*end = i;
	*value = hour * 10000 + minute * 100 + second;
	return hour >= 0 && hour <= 24 && minute >= 0 && minute < 60 && second >= 0 &&
	       second <= 60;
}

/* Z, +hh, +hhmm, +hh:mm, with a space before it or not. */
static bool
is_offset(const char *p, size_t n)
{
	if (n > 1 && p[0] == ' ') {
		p++;
		n--;
	}
	if (n == 1)
		return *p == 'Z' || *p == 'z';
	if (n < 3 || n > 6 || (*p != '+' && *p != '-') || fixed(p + 1, 2) < 0)
		return false;
	return n == 3 || (n == 5 && fixed(p + 3, 2) >= 0) ||
	       (n == 6 && p[3] == ':' && fixed(p + 4, 2) >= 0);
}

bool
shape_iso(const char *p, size_t n, struct shape_value *v)
{
	int year, month, day, time = 0;
	size_t end = 0;
	enum shape shape = SHAPE_ISO_DATE;

	if (n < 10 || p[4] != '-' || p[7] != '-')
		return false;
	year = fixed(p, 4);
	month = fixed(p + 5, 2);
	day = fixed(p + 8, 2);
	if (year < 0 || month < 0 || day < 0)
		return false;
	if (n > 10) {
		if ((p[10] != ' ' && p[10] != 'T') || !scan_time(p + 11, n - 11, &end, &time))
			return false;
		end += 11;
		shape = end == n ? SHAPE_ISO_TIMESTAMP : SHAPE_ISO_INSTANT;
		if (end < n && !is_offset(p + end, n - end))
			return false;
	}
	v->number = year * 1e10 + month * 1e8 + day * 1e6 + time;
	if (year == 0 || month == 0 || day == 0)
		return take(v, SHAPE_ZERO_DATE);
	if (!moment_is_date(year, month, day))
		return take(v, SHAPE_BAD_DATE);
	return take(v, shape);
}

/* d/m/y or m/d/y, the parts of one or two digits and the year of four. */
static bool
is_local_date(const char *p, size_t n, struct shape_value *v)
{
	size_t a = n > 1 && is_digit(p[1]) ? 2 : 1, b;
	int first, second, year;
	bool day_first, month_first;
	char mark;

	if (n < 8 || n > 10 || !is_digit(p[0]))
		return false;
	mark = p[a];
	if (mark != '/' && mark != '.' && mark != '-')
		return false;
	b = is_digit(p[a + 2]) ? 2 : 1;
	if (n != a + b + 6 || p[a + 1 + b] != mark)
		return false;
	first = fixed(p, (int)a);
	second = fixed(p + a + 1, (int)b);
	year = fixed(p + n - 4, 4);
	if (first < 0 || second < 0 || year < 0)
		return false;
	if (first == 0 || second == 0 || year == 0)
		return take(v, SHAPE_ZERO_DATE);
	day_first = moment_is_date(year, second, first);
	month_first = moment_is_date(year, first, second);
	if (!day_first && !month_first)
		return take(v, SHAPE_BAD_DATE);
	v->number = year * 1e10 +
		    (day_first ? second * 1e8 + first * 1e6 : first * 1e8 + second * 1e6);
	if (day_first != month_first)
		v->traits |= day_first ? TRAIT_DAY_FIRST : TRAIT_MONTH_FIRST;
	return take(v, mark == '/'   ? SHAPE_SLASH_DATE
		       : mark == '.' ? SHAPE_DOT_DATE
				     : SHAPE_DASH_DATE);
}

/* Groups of three digits between commas, and perhaps a point: 1,234.50 */
static bool
is_grouped(const char *p, size_t n)
{
	size_t i = 0, run;

	while (i < n && is_digit(p[i]))
		i++;
	if (i == 0 || i > 3 || i == n || p[i] != ',')
		return false;
	while (i < n && p[i] == ',') {
		for (run = 0; i + 1 + run < n && is_digit(p[i + 1 + run]); run++)
			;
		if (run != 3)
			return false;
		i += 4;
	}
	if (i >= n || p[i] != '.')
		return false;
	for (i++; i < n && is_digit(p[i]); i++)
		;
	return i == n;
}

/* A point's or comma's number: digits on both sides of it, or behind it alone. */
static double
decimal(const char *p, size_t n, size_t mark)
{
	double scale = 1;

	for (size_t i = mark + 1; i < n; i++)
		scale *= 10;
	return whole(p, mark) + whole(p + mark + 1, n - mark - 1) / scale;
}

/* [+-] digits, and one point or comma with digits behind it; a percent sign. */
static bool
is_number(const char *p, size_t n, struct shape_value *v)
{
	enum shape shape = SHAPE_INTEGER;
	double sign = 1;
	size_t mark = 0, i = 0;
	bool percent = p[n - 1] == '%';

	if (percent && --n > 0 && p[n - 1] == ' ')
		n--;
	if (n > 1 && (p[0] == '-' || p[0] == '+')) {
		sign = p[0] == '-' ? -1 : 1;
		p++;
		n--;
	}
	while (i < n && is_digit(p[i]))
		i++;
	if (i < n && (p[i] == '.' || p[i] == ',')) {
		mark = i;
		shape = p[i] == '.' ? SHAPE_DECIMAL : SHAPE_DECIMAL_COMMA;
		for (i++; i < n && is_digit(p[i]); i++)
			;
		if (i == mark + 1)
			return false;
	}
	if (i < n || n == 0)
		return is_grouped(p, n) && take(v, SHAPE_DECIMAL_GROUPED);
	v->number = sign * (shape == SHAPE_INTEGER ? whole(p, n) : decimal(p, n, mark));
	return take(v, percent ? SHAPE_PERCENT : shape);
}

static bool
is_ipv4(const char *p, size_t n)
{
	int parts = 0;
	size_t i = 0;

	if (n > 15)
		return false;
	for (; i < n; i++, parts++) {
		int value = 0;
		size_t start = i;

		for (; i < n && i - start < 3 && is_digit(p[i]); i++)
			value = value * 10 + (p[i] - '0');
		if (i == start || value > 255 || (i < n && p[i] != '.'))
			return false;
	}
	return parts == 4 && is_digit(p[n - 1]);
}

/* 7 to 17 digits and what people write between them. */
static bool
is_phone(const char *p, size_t n)
{
	size_t digits = 0;

	if (p[0] != '+' && p[0] != '0' && p[0] != '(')
		return false;
	for (size_t i = 0; i < n; i++)
		digits += is_digit(p[i]);
	return digits >= 7 && digits <= 17 && n <= digits + 8 && is_digit(p[n - 1]);
}

bool
shape_digits(const char *p, size_t n, uint32_t set, struct shape_value *v)
{
	const uint32_t signs = CLASS_DIGIT | CLASS_DOT | CLASS_COMMA | CLASS_MINUS |
			       CLASS_PLUS | CLASS_SLASH | CLASS_COLON | CLASS_PERCENT |
			       CLASS_PAREN | CLASS_SPACE;
	size_t end;
	int time;

	if (set == CLASS_DIGIT)
		return only_digits(p, n, v);
	if ((set & CLASS_MINUS) != 0 && shape_iso(p, n, v))
		return true;
	if ((set & ~signs) != 0)
		return false;
	if (p[0] == '+' && n >= 9 && is_phone(p, n))
		return take(v, SHAPE_PHONE);
	if ((set & (CLASS_SLASH | CLASS_COLON | CLASS_PAREN)) == 0 && is_number(p, n, v))
		return true;
	if (is_local_date(p, n, v))
		return true;
	if (p[0] != ':' && (set & CLASS_COLON) != 0 && scan_time(p, n, &end, &time) &&
		end == n) {
		v->number = time;
		return take(v, SHAPE_TIME);
	}
	if ((set & ~(uint32_t)(CLASS_DIGIT | CLASS_DOT)) == 0 && is_ipv4(p, n))
		return take(v, SHAPE_IP);
	if ((set & (CLASS_COMMA | CLASS_SLASH | CLASS_COLON | CLASS_PERCENT)) == 0 &&
		is_phone(p, n))
		return take(v, SHAPE_PHONE);
	if ((set & CLASS_COMMA) != 0 &&
		(set & ~(uint32_t)(CLASS_DIGIT | CLASS_COMMA | CLASS_SPACE | CLASS_MINUS)) == 0)
		return take(v, SHAPE_NUMBERS);
	return false;
}
