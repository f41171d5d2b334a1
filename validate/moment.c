/*
 * moment.c - see moment.h
 */
#include <string.h>

#include "validate/moment.h"

enum { DAY = 86400 };

/* Years are refused beyond this many digits: seconds must fit in 64 bits. */
enum { YEAR_DIGITS = 9 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Two digits at p, or a number over 99 when one of them is none. */
static unsigned
two(const char *p)
{
	unsigned a = (unsigned char)p[0] - (unsigned)'0',
		 b = (unsigned char)p[1] - (unsigned)'0';

	return a > 9 || b > 9 ? 1000 : a * 10 + b;
}

bool
moment_is_date(int64_t year, int month, int day)
{
	static const signed char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap);
}

int64_t
moment_days(int64_t year, int month, int day)
{
	/* years that begin in March put the leap day last */
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static bool
set_date(struct moment *m, int64_t year, unsigned month, unsigned day)
{
	m->months = 0;
	m->nanoseconds = 0;
	if (month > 12 || day > 31 || !moment_is_date(year, (int)month, (int)day))
		return false;
	m->seconds = moment_days(year, (int)month, (int)day) * DAY;
	return true;
}

bool
moment_scan_date(const char *p, size_t n, struct moment *m)
{
	unsigned century, year;

	if (n != 10 || p[4] != '-' || p[7] != '-')
		return false;
	century = two(p);
	year = two(p + 2);
	if (century > 99 || year > 99 || century + year == 0)
		return false;
	return set_date(m, century * 100 + year, two(p + 5), two(p + 8));
}

/* A '.' and digits up to end or to the first that is none; returns where, or NULL. */
static const char *
scan_fraction(const char *p, const char *end, int32_t *nanoseconds)
{
	int32_t unit = 100000000;
	const char *start = ++p;

	for (*nanoseconds = 0; p < end && is_digit(*p); p++) {
		*nanoseconds += (*p - '0') * unit;
		unit /= 10;
	}
	return p == start ? NULL : p;
}

/* hh:mm:ss and a fraction or none, added to *m; returns what is behind, or NULL. */
static const char *
scan_clock(const char *p, const char *end, struct moment *m)
{
	unsigned h, min, s;

	if (end - p < 8 || p[2] != ':' || p[5] != ':')
		return NULL;
	h = two(p);
	min = two(p + 3);
	s = two(p + 6);
	p += 8;
	if (p < end && *p == '.') {
		p = scan_fraction(p, end, &m->nanoseconds);
		if (p == NULL)
			return NULL;
	}
	if (h > 24 || min > 59 || s > 59)
		return NULL;
	/* the end of the day, as XML Schema and PostgreSQL write it */
	if (h == 24 && (min > 0 || s > 0 || m->nanoseconds > 0))
		return NULL;
	m->seconds += (int64_t)(h * 3600 + min * 60 + s);
	return p;
}

bool
moment_scan_time(const char *p, size_t n, struct moment *m)
{
	memset(m, 0, sizeof *m);
	return scan_clock(p, p + n, m) == p + n;
}

bool
moment_scan_offset(const char *p, size_t n, bool colon, int32_t *seconds)
{
	size_t step = colon ? 3 : 2;
	unsigned part[3] = {0, 0, 0};

	*seconds = 0;
	if (n == 1 && *p == 'Z')
		return true;
	if (n < 3 || (*p != '+' && *p != '-'))
		return false;
	if (n != 3 && n != 3 + step && n != 3 + 2 * step)
		return false;
	for (size_t i = 0, at = 1; at < n; i++, at += step) {
		if (colon && i > 0 && p[at - 1] != ':')
			return false;
		part[i] = two(p + at);
		if (part[i] > 59)
			return false;
	}
	if (part[0] > 23)
		return false;
	*seconds = (int32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
	if (*p == '-')
		*seconds = -*seconds;
	return true;
}

/* A year of four digits or more, negative or not; returns what is behind, or NULL. */
static const char *
scan_year(const char *p, const char *end, int64_t *year)
{
	bool negative = p < end && *p == '-';
	const char *start = p + negative;
	int64_t y = 0;

	for (p = start; p < end && is_digit(*p); p++) {
		if (p - start == YEAR_DIGITS)
			return NULL;
		y = y * 10 + (*p - '0');
	}
	if (p - start < 4 || (p - start > 4 && *start == '0') || y == 0)
		return NULL;
	/* -0001 is the year before 0001, which the calendar counts as 0 */
	*year = negative ? 1 - y : y;
	return p;
}

/*
 * The offset at the end of a value, or none.  Behind a year or a month hours
 * need minutes, as XML Schema has it: 2024-01 is not a year an hour off.
 */
static bool
finish(const char *p, const char *end, bool minutes, struct moment *m)
{
	int32_t offset;

	if (p == end)
		return true;
	if (minutes && *p != 'Z' && end - p != 6)
		return false;
	if (!moment_scan_offset(p, (size_t)(end - p), true, &offset))
		return false;
	m->seconds -= offset;
	return true;
}

bool
moment_scan_datetime(const char *p, size_t n, struct moment *m)
{
	const char *end = p + n;
	int64_t year;

	p = scan_year(p, end, &year);
	if (p == NULL || end - p < 7 || p[0] != '-' || p[3] != '-' ||
		(p[6] != 'T' && p[6] != ' ') || !set_date(m, year, two(p + 1), two(p + 4)))
		return false;
	p = scan_clock(p + 7, end, m);
	return p != NULL && finish(p, end, false, m);
}

bool
moment_scan_year(const char *p, size_t n, struct moment *m)
{
	const char *end = p + n;
	int64_t year;

	p = scan_year(p, end, &year);
	return p != NULL && set_date(m, year, 1, 1) && finish(p, end, true, m);
}

bool
moment_scan_yearmonth(const char *p, size_t n, struct moment *m)
{
	const char *end = p + n;
	int64_t year;

	p = scan_year(p, end, &year);
	return p != NULL && end - p >= 3 && *p == '-' && set_date(m, year, two(p + 1), 1) &&
	       finish(p + 3, end, true, m);
}

/* One number of a duration and its unit: Y M D, or H M S behind the T. */
struct element {
	int64_t number;
	int32_t nanoseconds;
	bool fraction;
	char unit;
};

static const char *
scan_element(const char *p, const char *end, struct element *e)
{
	const char *start = p;

	memset(e, 0, sizeof *e);
	for (; p < end && is_digit(*p); p++) {
		if (e->number > INT32_MAX)
			return NULL; /* no product with a day's seconds overflows */
		e->number = e->number * 10 + (*p - '0');
	}
	if (p == start)
		return NULL;
	if (p < end && *p == '.') {
		e->fraction = true;
		p = scan_fraction(p, end, &e->nanoseconds);
	}
	if (p == NULL || p == end)
		return NULL;
	e->unit = *p;
	return p + 1;
}

bool
moment_scan_duration(const char *p, size_t n, struct moment *m)
{
	static const char units[] = "YMDThms"; /* lower case: behind the T */
	static const int64_t weight[] = {12, 1, DAY, 0, 3600, 60, 1};
	const char *end = p + n, *at = units;
	bool negative = n > 0 && *p == '-';
	bool any = false, time = false;
	struct element e;

	memset(m, 0, sizeof *m);
	p += negative;
	if (p == end || *p++ != 'P')
		return false;
	while (p < end) {
		if (*p == 'T' && !time) {
			time = true;
			any = false; /* something must follow it */
			at = units + 4;
			p++;
			continue;
		}
		p = scan_element(p, end, &e);
		if (p == NULL || e.unit == 'T' || (e.fraction && (e.unit != 'S' || !time)))
			return false;
		at = e.unit < 'A' || e.unit > 'Z'
			     ? NULL
			     : strchr(at, time ? e.unit - 'A' + 'a' : e.unit);
		if (at == NULL)
			return false;
		if (at < units + 2)
			m->months += e.number * weight[at - units];
		else
			m->seconds += e.number * weight[at - units];
		m->nanoseconds = e.nanoseconds;
		any = true;
		at++;
	}
	if (negative) {
		m->months = -m->months;
		m->seconds = -m->seconds;
		m->nanoseconds = -m->nanoseconds;
	}
	return any;
}

int
moment_compare(const struct moment *x, const struct moment *y)
{
	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? -1 : 1;
	if (x->nanoseconds != y->nanoseconds)
		return x->nanoseconds < y->nanoseconds ? -1 : 1;
	return 0;
}

/* A duration added to the first of a month. */
static struct moment
add_to(int64_t year, int month, const struct moment *d)
{
	int64_t months = year * 12 + month - 1 + d->months;
	int64_t y = (months >= 0 ? months : months - 11) / 12;
	struct moment m = {0, 0, d->nanoseconds};

	m.seconds = moment_days(y, (int)(months - y * 12) + 1, 1) * DAY + d->seconds;
	if (m.nanoseconds < 0) {
		m.nanoseconds += 1000000000;
		m.seconds--;
	}
	return m;
}

int
moment_compare_durations(const struct moment *x, const struct moment *y)
{
	static const struct {
		int16_t year;
		int8_t month;
	} from[] = {{1696, 9}, {1697, 2}, {1903, 3}, {1903, 7}};
	int order = 0;

	for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
		struct moment a = add_to(from[i].year, from[i].month, x);
		struct moment b = add_to(from[i].year, from[i].month, y);
		int c = moment_compare(&a, &b);

		if (i > 0 && c != order)
			return 2;
		order = c;
	}
	return order;
}

void
moment_key(const struct moment *m, unsigned char key[static MOMENT_KEY_SIZE])
{
	memcpy(key, &m->seconds, 8);
	memcpy(key + 8, &m->months, 8);
	memcpy(key + 16, &m->nanoseconds, 4);
}
