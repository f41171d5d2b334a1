/*
 * zone_rule.c - see zone_rule.h; POSIX.1-2017, Base Definitions 8.3, and RFC 8536
 * for hours beyond 24 in a rule
 */
#include <string.h>

#include "expr/time.h"
#include "expr/zone_rule.h"

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number within min..max; NULL when there is none. */
static const char *
read_number(const char *s, int min, int max, int *v)
{
	if (!digit(*s))
		return NULL;
	for (*v = 0; digit(*s); s++) {
		*v = *v * 10 + (*s - '0');
		if (*v > max)
			return NULL;
	}
	return *v < min ? NULL : s;
}

/* <quoted>, or all that cannot begin an offset; an empty one is PostgreSQL's liberty. */
static const char *
read_name(const char *s, char name[static ZONE_NAME_MAX + 1])
{
	const char *begin = s;
	bool quoted = *s == '<';
	size_t len;

	if (quoted) {
		begin = ++s;
		while (*s != '\0' && *s != '>')
			s++;
		if (*s == '\0')
			return NULL;
	} else {
		while (*s != '\0' && !digit(*s) && *s != ',' && *s != '-' && *s != '+')
			s++;
	}
	len = (size_t)(s - begin);
	if (len > ZONE_NAME_MAX)
		return NULL;
	memcpy(name, begin, len);
	name[len] = '\0';
	return s + quoted;
}

/* hh[:mm[:ss]], up to a week as RFC 8536 extends it */
static const char *
read_seconds(const char *s, int32_t *seconds)
{
	bool negative = *s == '-';
	int hours, v = 0;

	if (*s == '-' || *s == '+')
		s++;
	s = read_number(s, 0, 24 * 7 - 1, &hours);
	if (s == NULL)
		return NULL;
	*seconds = hours * 3600;
	if (*s == ':') {
		s = read_number(s + 1, 0, 59, &v);
		if (s == NULL)
			return NULL;
		*seconds += v * 60;
		if (*s == ':') {
			s = read_number(s + 1, 0, 60, &v);
			if (s == NULL)
				return NULL;
			*seconds += v;
		}
	}
	if (negative)
		*seconds = -*seconds;
	return s;
}

static const char *
read_day(const char *s, struct rule_day *d)
{
	*d = (struct rule_day){.seconds = 2 * 3600};
	if (*s == 'J') {
		d->kind = 'J';
		s = read_number(s + 1, 1, 365, &d->day);
	} else if (*s == 'M') {
		d->kind = 'M';
		s = read_number(s + 1, 1, 12, &d->month);
		if (s == NULL || *s++ != '.')
			return NULL;
		s = read_number(s, 1, 5, &d->week);
		if (s == NULL || *s++ != '.')
			return NULL;
		s = read_number(s, 0, 6, &d->day);
	} else {
		d->kind = '0';
		s = read_number(s, 0, 365, &d->day);
	}
	if (s != NULL && *s == '/')
		s = read_seconds(s + 1, &d->seconds);
	return s;
}

bool
zone_rule_parse(const char *s, struct zone_rule *rule)
{
	memset(rule, 0, sizeof *rule);
	s = read_name(s, rule->standard_name);
	if (s == NULL || *s == '\0')
		return false;
	s = read_seconds(s, &rule->standard);
	if (s == NULL)
		return false;
	rule->standard = -rule->standard;
	if (*s == '\0')
		return true;
	s = read_name(s, rule->summer_name);
	if (s == NULL || rule->summer_name[0] == '\0')
		return false;
	rule->summer = rule->standard + 3600;
	if (digit(*s) || *s == '-' || *s == '+') {
		s = read_seconds(s, &rule->summer);
		if (s == NULL)
			return false;
		rule->summer = -rule->summer;
	}
	if (*s++ != ',')
		return false;
	s = read_day(s, &rule->begin);
	if (s == NULL || *s++ != ',')
		return false;
	s = read_day(s, &rule->end);
	rule->has_summer = true;
	return s != NULL && *s == '\0';
}

/* Seconds of the change in that year, on the clock that is about to change. */
static int64_t
change_in_year(const struct rule_day *d, int64_t year)
{
	int64_t days = days_from_civil(year, 1, 1);

	if (d->kind == 'J') {
		days += d->day - 1 + (year_is_leap(year) && d->day >= 60);
	} else if (d->kind == '0') {
		days += d->day;
	} else {
		int64_t first = days_from_civil(year, d->month, 1), weekday, in_month;

		/* 2000-01-01 was a Saturday */
		weekday = ((first + 6) % 7 + 7) % 7;
		in_month = (d->day - weekday + 7) % 7 + INT64_C(7) * (d->week - 1);
		if (in_month >= month_days((int)(year % 400 + 400), d->month))
			in_month -= 7;
		days = first + in_month;
	}
	return (days + UNIX_EPOCH_DAYS) * 86400 + d->seconds;
}

void
zone_rule_changes(const struct zone_rule *rule, int64_t t, struct zone_change *before,
	struct zone_change *after)
{
	struct civil c;
	int64_t days = t / 86400 - (t % 86400 < 0);

	civil_from_days(days - UNIX_EPOCH_DAYS, &c);
	before->time = INT64_MIN;
	after->time = INT64_MAX;
	for (int64_t year = (int64_t)c.year - 1; year <= (int64_t)c.year + 1; year++) {
		struct zone_change changes[2] = {
			{change_in_year(&rule->begin, year) - rule->standard, true},
			{change_in_year(&rule->end, year) - rule->summer, false},
		};

		for (int i = 0; i < 2; i++) {
			if (changes[i].time <= t && changes[i].time >= before->time)
				*before = changes[i];
			if (changes[i].time > t && changes[i].time < after->time)
				*after = changes[i];
		}
	}
}
