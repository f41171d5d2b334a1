/*
 * time_pattern.c - see time_pattern.h
 */
#include <string.h>
#include <strings.h>

#include "validate/time_pattern.h"

/* What the directives found. */
struct parts {
	int64_t year;
	int month; /* 1..12 */
	int day;
	int hour;
	int minute;
	int second;
	int32_t nanoseconds;
	int32_t offset; /* seconds east of UTC */
	int yday;       /* 0: not given */
	int half;       /* 0: none, 1: AM, 2: PM */
	int64_t epoch;
	bool is_epoch;
};

struct input {
	const char *p;
	const char *end;
};

static const char *const months[] = {"January", "February", "March", "April", "May", "June",
	"July", "August", "September", "October", "November", "December"};
static const char *const weekdays[] = {
	"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* least to most digits, a number of least value `low` and greatest `high`. */
static bool
number(struct input *in, int least, int most, int low, int high, int *value)
{
	int n = 0, v = 0;

	while (n < most && in->p < in->end && is_digit(*in->p)) {
		v = v * 10 + (*in->p++ - '0');
		n++;
	}
	*value = v;
	return n >= least && v >= low && v <= high;
}

/* A name in full or its first three letters. */
static bool
name(struct input *in, const char *const *names, int n, int *index)
{
	for (int i = 0; i < n; i++) {
		size_t full = strlen(names[i]), left = (size_t)(in->end - in->p);

		if (left >= full && strncasecmp(in->p, names[i], full) == 0) {
			in->p += full;
			*index = i + 1;
			return true;
		}
	}
	for (int i = 0; i < n; i++) {
		if (in->end - in->p >= 3 && strncasecmp(in->p, names[i], 3) == 0) {
			in->p += 3;
			*index = i + 1;
			return true;
		}
	}
	return false;
}

static bool
fraction(struct input *in, int32_t *nanoseconds)
{
	int32_t unit = 100000000;
	const char *start = in->p;

	for (*nanoseconds = 0; in->p < in->end && is_digit(*in->p); in->p++) {
		*nanoseconds += (*in->p - '0') * unit;
		unit /= 10;
	}
	return in->p > start;
}

static bool
offset(struct input *in, int32_t *seconds)
{
	const char *p = in->p;
	bool colon = false;

	if (p < in->end && *p == 'Z') {
		p++;
	} else {
		while (p < in->end && (is_digit(*p) || *p == ':' || p == in->p)) {
			colon = colon || *p == ':';
			p++;
		}
	}
	if (!moment_scan_offset(in->p, (size_t)(p - in->p), colon, seconds))
		return false;
	in->p = p;
	return true;
}

static bool
epoch(struct input *in, int64_t *seconds)
{
	bool negative = in->p < in->end && *in->p == '-';
	const char *start = in->p += negative;
	int64_t v = 0;

	for (; in->p < in->end && is_digit(*in->p) && in->p - start < 12; in->p++)
		v = v * 10 + (*in->p - '0');
	*seconds = negative ? -v : v;
	return in->p > start;
}

static bool
zone_name(struct input *in)
{
	if (in->end - in->p < 3 ||
		(strncasecmp(in->p, "UTC", 3) != 0 && strncasecmp(in->p, "GMT", 3) != 0))
		return false;
	in->p += 3;
	return true;
}

static bool
half_day(struct input *in, int *half)
{
	if (in->end - in->p < 2 || (in->p[1] | 0x20) != 'm')
		return false;
	*half = (in->p[0] | 0x20) == 'a' ? 1 : (in->p[0] | 0x20) == 'p' ? 2 : 0;
	in->p += 2;
	return *half != 0;
}

static bool
short_year(struct input *in, struct parts *t)
{
	int y;

	if (!number(in, 2, 2, 0, 99, &y))
		return false;
	t->year = y >= 69 ? 1900 + y : 2000 + y;
	return true;
}

static bool
long_year(struct input *in, struct parts *t)
{
	int y;

	if (!number(in, 4, 4, 1, 9999, &y))
		return false;
	t->year = y;
	return true;
}

/* The longer directives in terms of others, or NULL. */
static const char *
expansion(char directive)
{
	switch (directive) {
	case 'F': return "%Y-%m-%d";
	case 'T': return "%H:%M:%S";
	case 'R': return "%H:%M";
	case 'D': return "%m/%d/%y";
	default: return NULL;
	}
}

static bool run(const char *pattern, struct input *in, struct parts *t);

static bool
directive(char d, struct input *in, struct parts *t)
{
	int ignored;

	switch (d) {
	case 'Y': return long_year(in, t);
	case 'y': return short_year(in, t);
	case 'm': return number(in, 1, 2, 1, 12, &t->month);
	case 'e':
		if (in->p < in->end && *in->p == ' ')
			in->p++;
		return number(in, 1, 2, 1, 31, &t->day);
	case 'd': return number(in, 1, 2, 1, 31, &t->day);
	case 'H': return number(in, 1, 2, 0, 23, &t->hour);
	case 'I': return number(in, 1, 2, 1, 12, &t->hour);
	case 'M': return number(in, 1, 2, 0, 59, &t->minute);
	case 'S': return number(in, 1, 2, 0, 59, &t->second);
	case 'f': return fraction(in, &t->nanoseconds);
	case 'j': return number(in, 1, 3, 1, 366, &t->yday);
	case 'b':
	case 'B':
	case 'h': return name(in, months, 12, &t->month);
	case 'a':
	case 'A': return name(in, weekdays, 7, &ignored);
	case 'p': return half_day(in, &t->half);
	case 'z': return offset(in, &t->offset);
	case 'Z': return zone_name(in);
	case 's': t->is_epoch = true; return epoch(in, &t->epoch);
	case 'n':
	case 't':
		while (in->p < in->end && is_space(*in->p))
			in->p++;
		return true;
	case '%': return in->p < in->end && *in->p++ == '%';
	default: return expansion(d) != NULL && run(expansion(d), in, t);
	}
}

static bool
run(const char *pattern, struct input *in, struct parts *t)
{
	for (const char *f = pattern; *f; f++) {
		if (*f == '%') {
			if (!directive(*++f, in, t))
				return false;
		} else if (is_space(*f)) {
			if (in->p == in->end || !is_space(*in->p))
				return false;
			while (in->p < in->end && is_space(*in->p))
				in->p++;
		} else if (in->p == in->end || *in->p++ != *f) {
			return false;
		}
	}
	return true;
}

bool
time_pattern_known(const char *pattern, struct error *err)
{
	for (const char *f = pattern; *f; f++) {
		if (*f != '%')
			continue;
		f++;
		if (*f == '\0' || strchr("YymdeHIMSfjbBhaApzZsntFTRD%", *f) == NULL) {
			error_set(err, ERROR_USAGE,
				"unknown directive '%%%.1s' in the time pattern '%s'", f,
				pattern);
			return false;
		}
	}
	return true;
}

static bool
to_moment(const struct parts *t, struct moment *m)
{
	int hour = t->hour;

	memset(m, 0, sizeof *m);
	m->nanoseconds = t->nanoseconds;
	if (t->is_epoch) {
		m->seconds = t->epoch;
		return true;
	}
	if (t->half > 0) {
		if (hour < 1 || hour > 12)
			return false;
		hour = hour % 12 + (t->half == 2 ? 12 : 0);
	}
	if (t->yday > 0) {
		if (t->yday == 366 && !moment_is_date(t->year, 2, 29))
			return false;
		m->seconds = (moment_days(t->year, 1, 1) + t->yday - 1) * 86400;
	} else if (!moment_is_date(t->year, t->month, t->day)) {
		return false;
	} else {
		m->seconds = moment_days(t->year, t->month, t->day) * 86400;
	}
	m->seconds += hour * 3600 + t->minute * 60 + t->second - t->offset;
	return true;
}

bool
time_pattern_scan(const char *pattern, const char *p, size_t n, struct moment *m)
{
	struct input in = {p, p + n};
	struct parts t = {.year = 1900, .month = 1, .day = 1};

	return run(pattern, &in, &t) && in.p == in.end && to_moment(&t, m);
}

/* Every date behind which a time may follow; month before day where both would do. */
static const char *const dates[] = {"%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%m/%d/%Y",
	"%d/%m/%Y", "%m-%d-%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%y", "%d/%m/%y", "%d.%m.%y",
	"%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%Y %b %d", "%a, %d %b %Y",
	"%a %d %b %Y", "%a %b %d %Y"};
static const char *const times[] = {"%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p",
	"%I:%M %p", "%I:%M%p", "%I %p", "%H%M%S"};
static const char *const zones[] = {"", "%z", " %z", " %Z"};

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

bool
time_any_date(const char *p, size_t n, struct moment *m)
{
	if (moment_scan_date(p, n, m))
		return true;
	for (size_t i = 0; i < LENGTH(dates); i++) {
		if (time_pattern_scan(dates[i], p, n, m))
			return true;
	}
	return false;
}

/* A time at the beginning of *in, which is then the rest of it. */
static bool
any_clock(const struct input *in, struct parts *t)
{
	for (size_t i = 0; i < LENGTH(times); i++) {
		for (size_t z = 0; z < LENGTH(zones); z++) {
			struct input rest = *in;
			struct parts found = *t;

			if (run(times[i], &rest, &found) && run(zones[z], &rest, &found) &&
				rest.p == rest.end) {
				*t = found;
				return true;
			}
		}
	}
	return false;
}

bool
time_any_time(const char *p, size_t n, struct moment *m)
{
	struct input in = {p, p + n};
	struct parts t = {.year = 1970, .month = 1, .day = 1};

	return moment_scan_time(p, n, m) || (any_clock(&in, &t) && to_moment(&t, m));
}

bool
time_any_datetime(const char *p, size_t n, struct moment *m)
{
	if (moment_scan_datetime(p, n, m) || time_any_date(p, n, m))
		return true;
	for (size_t i = 0; i < LENGTH(dates); i++) {
		struct input in = {p, p + n};
		struct parts t = {.year = 1900, .month = 1, .day = 1};

		if (!run(dates[i], &in, &t) || in.p == in.end)
			continue;
		if (*in.p == 'T' || *in.p == ' ')
			in.p++;
		else if (*in.p == ',' && in.end - in.p > 1 && in.p[1] == ' ')
			in.p += 2;
		else
			continue;
		if (any_clock(&in, &t) && to_moment(&t, m))
			return true;
	}
	return false;
}
