/*
 * time_field.c - fields of times: extract, date_part, date_trunc
 *
 * extract gives numeric and date_part double precision; apart from that they
 * are one function, which finds a field as an integer over a power of ten.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "expr/numeric.h"
#include "expr/time.h"
#include "expr/time_format.h"
#include "expr/time_token.h"

/* A field found: v / 10^scale, or an infinity, or NULL. */
struct part {
	__int128 v;
	int scale;
	bool null;
	int infinite;   /* -1 or 1 */
	int64_t of_day; /* microseconds: of a Julian day beside v */
	bool julian;
	double seconds; /* of date_part, where it is not v / 10^scale */
	bool has_double;
};

static const char *
type_words(enum value_type type)
{
	switch (type) {
	case TYPE_DATE: return "date";
	case TYPE_TIMESTAMP: return "timestamp without time zone";
	case TYPE_TIMESTAMPTZ: return "timestamp with time zone";
	case TYPE_TIME: return "time without time zone";
	default: return "interval";
	}
}

enum { UNIT_TEXT_MAX = 64 };

/* The unit in lower case, as the words of intervals and then of dates know it. */
static enum word_kind
find_unit(struct text s, bool dates_too, char lower[static UNIT_TEXT_MAX], int *unit)
{
	size_t n = s.len < UNIT_TEXT_MAX - 1 ? s.len : UNIT_TEXT_MAX - 1;
	enum word_kind kind;

	for (size_t i = 0; i < n; i++) {
		char c = s.ptr[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	lower[n] = '\0';
	kind = interval_word(lower, unit);
	if (kind == WORD_UNKNOWN && dates_too)
		kind = time_word(lower, unit);
	return kind;
}

static int
not_recognized(struct eval_context *ctx, const char *unit, enum value_type type)
{
	return eval_fail(
		ctx, "22023", "unit \"%s\" not recognized for type %s", unit, type_words(type));
}

static int
not_supported(struct eval_context *ctx, const char *unit, enum value_type type)
{
	return eval_fail(
		ctx, "0A000", "unit \"%s\" not supported for type %s", unit, type_words(type));
}

/* Counted without a year 0: -1 is 1 BC. */
static int64_t
common_year(int64_t year)
{
	return year > 0 ? year : year - 1;
}

/* 1..100 are the first of so many years; downwards from 1 BC as well. */
static int64_t
group_of_years(int64_t year, int64_t years)
{
	return year > 0 ? (year + years - 1) / years : -((years - 1 - (year - 1)) / years);
}

/* Fields of the calendar, of dates and timestamps; false when the unit is none of them. */
static bool
calendar_part(int unit, const struct civil *c, int64_t days, struct part *p)
{
	int iso_year, week;

	iso_week_of(days, &iso_year, &week);
	switch (unit) {
	case UNIT_DAY: p->v = c->day; return true;
	case UNIT_MONTH: p->v = c->month; return true;
	case UNIT_QUARTER: p->v = (c->month - 1) / 3 + 1; return true;
	case UNIT_WEEK: p->v = week; return true;
	case UNIT_YEAR: p->v = common_year(c->year); return true;
	case UNIT_DECADE:
		p->v = c->year >= 0 ? c->year / 10 : -((8 - (c->year - 1)) / 10);
		return true;
	case UNIT_CENTURY: p->v = group_of_years(c->year, 100); return true;
	case UNIT_MILLENNIUM: p->v = group_of_years(c->year, 1000); return true;
	case UNIT_JULIAN: p->v = days - DATE_FIRST; return true;
	case UNIT_ISO_YEAR: p->v = common_year(iso_year); return true;
	case UNIT_WEEKDAY: p->v = weekday_of(days); return true;
	case UNIT_ISO_WEEKDAY: p->v = (weekday_of(days) + 6) % 7 + 1; return true;
	case UNIT_YEAR_DAY: p->v = days - days_from_civil(c->year, 1, 1) + 1; return true;
	default: return false;
	}
}

/* Of an infinity: itself where the field grows without end, NULL where it comes round. */
static bool
infinite_part(int unit, bool epoch, bool negative, struct part *p)
{
	if (!epoch) {
		switch (unit) {
		case UNIT_MICROSECOND:
		case UNIT_MILLISECOND:
		case UNIT_SECOND:
		case UNIT_MINUTE:
		case UNIT_HOUR:
		case UNIT_DAY:
		case UNIT_MONTH:
		case UNIT_QUARTER:
		case UNIT_WEEK:
		case UNIT_WEEKDAY:
		case UNIT_ISO_WEEKDAY:
		case UNIT_YEAR_DAY:
		case UNIT_ZONE:
		case UNIT_ZONE_HOUR:
		case UNIT_ZONE_MINUTE: p->null = true; return true;
		case UNIT_YEAR:
		case UNIT_DECADE:
		case UNIT_CENTURY:
		case UNIT_MILLENNIUM:
		case UNIT_JULIAN:
		case UNIT_ISO_YEAR: break;
		default: return false;
		}
	}
	p->infinite = negative ? -1 : 1;
	return true;
}

static bool
clock_part(int unit, const struct civil *c, struct part *p)
{
	int64_t usec = c->second * USEC_PER_SECOND + c->usec;

	switch (unit) {
	case UNIT_MICROSECOND: p->v = usec; return true;
	case UNIT_MILLISECOND:
		p->v = usec;
		p->scale = 3;
		p->seconds = c->second * 1000.0 + c->usec / 1000.0;
		p->has_double = true;
		return true;
	case UNIT_SECOND:
		p->v = usec;
		p->scale = 6;
		p->seconds = c->second + c->usec / 1000000.0;
		p->has_double = true;
		return true;
	case UNIT_MINUTE: p->v = c->minute; return true;
	case UNIT_HOUR: p->v = c->hour; return true;
	default: return false;
	}
}

static bool
timestamp_part(int64_t t, int unit, bool epoch, bool zone, struct part *p)
{
	struct civil c;
	int64_t days;

	if (!timestamp_finite(t))
		return infinite_part(unit, epoch, t < 0, p);
	if (epoch) {
		p->v = t + (__int128)UNIX_EPOCH_SECONDS * USEC_PER_SECOND;
		p->scale = 6;
		return true;
	}
	if (unit == UNIT_ZONE || unit == UNIT_ZONE_HOUR || unit == UNIT_ZONE_MINUTE)
		return zone;
	civil_from_timestamp(t, &c);
	if (clock_part(unit, &c, p))
		return true;
	days = days_from_civil(c.year, c.month, c.day);
	if (!calendar_part(unit, &c, days, p))
		return false;
	if (unit == UNIT_JULIAN) {
		p->julian = true;
		p->of_day = t - days * USEC_PER_DAY;
	}
	return true;
}

static bool
date_part_of(int64_t d, int unit, bool epoch, struct part *p)
{
	struct civil c;

	if (!date_finite(d)) {
		/* of a date the fields of a clock are not there even so */
		struct part probe = {0};

		if (!epoch &&
			!calendar_part(unit, &(struct civil){.year = 1, .month = 1}, 0, &probe))
			return false;
		return infinite_part(unit, epoch, d < 0, p);
	}
	if (epoch) {
		p->v = ((__int128)d + UNIX_EPOCH_DAYS) * 86400;
		return true;
	}
	civil_from_days(d, &c);
	return calendar_part(unit, &c, d, p);
}

static bool
interval_part(const struct interval *iv, int unit, bool epoch, struct part *p)
{
	int64_t usec = iv->usec % USEC_PER_MINUTE;
	struct civil c = {.hour = 0,
		.minute = (int)(iv->usec / USEC_PER_MINUTE % 60),
		.second = (int)(usec / USEC_PER_SECOND),
		.usec = (int)(usec % USEC_PER_SECOND)};

	if (epoch) {
		/* a year is 365.25 days; all is counted in quarters of a day */
		int64_t years = iv->months / 12, months = iv->months % 12;
		int64_t quarters = 1461 * years + 120 * months + 4 * (int64_t)iv->days;

		p->scale = 6;
		p->has_double = true;
		p->seconds = (double)iv->usec / 1000000.0 + 365.25 * 86400 * (double)years +
			     30.0 * 86400 * (double)months + 86400.0 * iv->days;
		p->v = (__int128)quarters * (USEC_PER_DAY / 4) + iv->usec;
		return true;
	}
	switch (unit) {
	case UNIT_HOUR: p->v = iv->usec / USEC_PER_HOUR; return true;
	case UNIT_DAY: p->v = iv->days; return true;
	case UNIT_MONTH: p->v = iv->months % 12; return true;
	case UNIT_QUARTER: p->v = iv->months % 12 / 3 + 1; return true;
	case UNIT_YEAR: p->v = iv->months / 12; return true;
	case UNIT_DECADE: p->v = iv->months / 120; return true;
	case UNIT_CENTURY: p->v = iv->months / 1200; return true;
	case UNIT_MILLENNIUM: p->v = iv->months / 12000; return true;
	default: return clock_part(unit, &c, p);
	}
}

static bool
time_part(int64_t t, int unit, bool epoch, struct part *p)
{
	struct civil c = {.hour = (int)(t / USEC_PER_HOUR),
		.minute = (int)(t / USEC_PER_MINUTE % 60),
		.second = (int)(t / USEC_PER_SECOND % 60),
		.usec = (int)(t % USEC_PER_SECOND)};

	if (!epoch)
		return clock_part(unit, &c, p);
	p->v = t;
	p->scale = 6;
	return true;
}

static int
find_part(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct part *p)
{
	enum value_type type = site->function->args[1];
	char lower[UNIT_TEXT_MAX];
	int unit = 0;
	enum word_kind kind = find_unit(args[0].s, true, lower, &unit);
	bool epoch = kind == WORD_RESERVED && unit == RESERVED_EPOCH, found;

	*p = (struct part){0};
	if (kind != WORD_UNIT && kind != WORD_RESERVED)
		return not_recognized(ctx, lower, type);
	if (kind == WORD_RESERVED && !epoch)
		return type == TYPE_INTERVAL || type == TYPE_TIME
			       ? not_recognized(ctx, lower, type)
			       : not_supported(ctx, lower, type);
	switch (type) {
	case TYPE_DATE: found = date_part_of(args[1].d, unit, epoch, p); break;
	case TYPE_INTERVAL: found = interval_part(&args[1].iv, unit, epoch, p); break;
	case TYPE_TIME: found = time_part(args[1].t, unit, epoch, p); break;
	default:
		found = timestamp_part(args[1].t, unit, epoch, type == TYPE_TIMESTAMPTZ, p);
		break;
	}
	return found ? 0 : not_supported(ctx, lower, type);
}

static int
decimal(struct eval_context *ctx, __int128 v, int scale, struct numeric *n)
{
	return numeric_make_wide(ctx, (unsigned __int128)(v < 0 ? -v : v), scale, v < 0, n);
}

static int
extract(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct numeric day, rest, whole;
	struct part p;

	if (find_part(ctx, site, args, &p) < 0)
		return -1;
	result->null = p.null;
	if (p.null)
		return 0;
	if (p.infinite != 0) {
		numeric_make_special(
			p.infinite < 0 ? NUMERIC_MINUS_INF : NUMERIC_PLUS_INF, &result->n);
		return 0;
	}
	if (!p.julian && (p.v <= INT64_MAX || site->function->args[1] == TYPE_INTERVAL))
		return decimal(ctx, p.v, p.scale, &result->n);
	if (!p.julian) { /* an epoch that takes PostgreSQL through a quotient of 16 digits */
		if (decimal(ctx, p.v, 0, &whole) < 0 ||
			decimal(ctx, USEC_PER_SECOND, 0, &day) < 0 ||
			numeric_divide(ctx, &whole, &day, &rest) < 0)
			return -1;
		return numeric_rescale(ctx, &rest, p.scale, ROUND_HALF_UP, &result->n);
	}
	if (decimal(ctx, (__int128)USEC_PER_DAY, 0, &day) < 0 ||
		decimal(ctx, p.of_day, 0, &rest) < 0 || decimal(ctx, p.v, 0, &whole) < 0 ||
		numeric_divide(ctx, &rest, &day, &rest) < 0)
		return -1;
	return numeric_add(ctx, &whole, &rest, &result->n);
}

static int
date_part(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	static const double tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
	struct part p;

	if (find_part(ctx, site, args, &p) < 0)
		return -1;
	result->null = p.null;
	if (p.infinite != 0) {
		result->f = p.infinite < 0 ? -INFINITY : INFINITY;
	} else if (p.julian) {
		int64_t seconds = p.of_day / USEC_PER_SECOND;
		int64_t usec = p.of_day % USEC_PER_SECOND;

		result->f =
			(double)p.v + ((double)seconds + (double)usec / 1000000.0) / 86400.0;
	} else if (p.has_double) {
		result->f = p.seconds;
	} else {
		result->f = (double)p.v / tens[p.scale];
	}
	return 0;
}

/* Of a date the function is that of its midnight: it has a clock, too. */
static int
date_part_date(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	static const struct function as_timestamp = {
		.name = "date_part", .nargs = 2, .args = {TYPE_TEXT, TYPE_TIMESTAMP}};
	struct call_site there = {.function = &as_timestamp, .nargs = 2};
	struct value moved[2] = {args[0], args[1]};

	(void)site;
	if (date_to_timestamp(ctx, args[1].d, &moved[1].t) < 0)
		return -1;
	return date_part(ctx, &there, moved, result);
}

/* date_trunc */

static void
midnight(struct civil *c)
{
	c->hour = c->minute = c->second = c->usec = 0;
}

/* The first year of the group that the year is in. */
static int
first_of_years(int year, int years)
{
	if (year > 0)
		return (year + years - 1) / years * years - (years - 1);
	return -((years - 1 - (year - 1)) / years) * years + 1;
}

/* False when times are not cut at that unit. */
static bool
cut_calendar(struct civil *c, int unit)
{
	int64_t days;

	switch (unit) {
	case UNIT_WEEK:
		days = days_from_civil(c->year, c->month, c->day);
		civil_from_days(days - (weekday_of(days) + 6) % 7, c);
		break;
	case UNIT_MILLENNIUM: c->year = first_of_years(c->year, 1000); break;
	case UNIT_CENTURY: c->year = first_of_years(c->year, 100); break;
	case UNIT_DECADE:
		c->year = c->year > 0 ? c->year / 10 * 10 : -((8 - (c->year - 1)) / 10) * 10;
		break;
	case UNIT_YEAR:
	case UNIT_QUARTER:
	case UNIT_MONTH:
	case UNIT_DAY: break;
	case UNIT_HOUR: c->minute = 0; goto second;
	case UNIT_MINUTE:
	second:
		c->second = 0;
		c->usec = 0;
		return true;
	case UNIT_SECOND: c->usec = 0; return true;
	case UNIT_MILLISECOND: c->usec = c->usec / 1000 * 1000; return true;
	case UNIT_MICROSECOND: return true;
	default: return false;
	}
	midnight(c);
	if (unit == UNIT_DAY || unit == UNIT_WEEK)
		return true;
	c->day = 1;
	if (unit == UNIT_QUARTER)
		c->month = 3 * ((c->month - 1) / 3) + 1;
	else if (unit != UNIT_MONTH)
		c->month = 1;
	return true;
}

int
timestamp_truncate(struct eval_context *ctx, struct text unit_name, enum value_type type,
	int64_t t, bool *days, int64_t *result)
{
	char lower[UNIT_TEXT_MAX];
	struct civil c;
	int unit = 0;

	*result = t;
	if (find_unit(unit_name, false, lower, &unit) != WORD_UNIT && timestamp_finite(t))
		return not_recognized(ctx, lower, type);
	if (!timestamp_finite(t))
		return 0;
	civil_from_timestamp(t, &c);
	if (!cut_calendar(&c, unit))
		return not_supported(ctx, lower, type);
	*days = unit != UNIT_HOUR && unit != UNIT_MINUTE && unit != UNIT_SECOND &&
		unit != UNIT_MILLISECOND && unit != UNIT_MICROSECOND;
	if (!timestamp_from_civil(&c, 0, result))
		return eval_fail(ctx, "22008", "timestamp out of range");
	return 0;
}

static int
truncate_timestamp(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	bool days;

	return timestamp_truncate(
		ctx, args[0].s, site->function->args[1], args[1].t, &days, &result->t);
}

static int
truncate_interval(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	static const int months[] = {[UNIT_MONTH] = 1,
		[UNIT_QUARTER] = 3,
		[UNIT_YEAR] = 12,
		[UNIT_DECADE] = 120,
		[UNIT_CENTURY] = 1200,
		[UNIT_MILLENNIUM] = 12000};
	struct interval *iv = &result->iv;
	char lower[UNIT_TEXT_MAX];
	int64_t cut = 1;
	int unit = 0;

	(void)site;
	*iv = args[1].iv;
	if (find_unit(args[0].s, false, lower, &unit) != WORD_UNIT)
		return not_recognized(ctx, lower, TYPE_INTERVAL);
	switch (unit) {
	case UNIT_MONTH:
	case UNIT_QUARTER:
	case UNIT_YEAR:
	case UNIT_DECADE:
	case UNIT_CENTURY:
	case UNIT_MILLENNIUM:
		iv->months = iv->months / months[unit] * months[unit];
		iv->days = 0;
		iv->usec = 0;
		return 0;
	case UNIT_DAY: iv->usec = 0; return 0;
	case UNIT_HOUR: cut = USEC_PER_HOUR; break;
	case UNIT_MINUTE: cut = USEC_PER_MINUTE; break;
	case UNIT_SECOND: cut = USEC_PER_SECOND; break;
	case UNIT_MILLISECOND: cut = 1000; break;
	case UNIT_MICROSECOND: break;
	default: return not_supported(ctx, lower, TYPE_INTERVAL);
	}
	iv->usec = iv->usec / cut * cut;
	return 0;
}

/* clang-format off */
#define OF_UNIT(name, result, type, call) \
	{name, TYPE_##result, 2, {TYPE_TEXT, TYPE_##type}, FUNCTION_STRICT, call, NULL, NULL}

const struct function time_field_functions[] = {
	OF_UNIT("extract", NUMERIC, DATE, extract),
	OF_UNIT("extract", NUMERIC, TIMESTAMP, extract),
	OF_UNIT("extract", NUMERIC, TIMESTAMPTZ, extract),
	OF_UNIT("extract", NUMERIC, INTERVAL, extract),
	OF_UNIT("date_part", FLOAT8, DATE, date_part_date),
	OF_UNIT("date_part", FLOAT8, TIMESTAMP, date_part),
	OF_UNIT("date_part", FLOAT8, TIMESTAMPTZ, date_part),
	OF_UNIT("date_part", FLOAT8, INTERVAL, date_part),
	OF_UNIT("extract", NUMERIC, TIME, extract),
	OF_UNIT("date_part", FLOAT8, TIME, date_part),
	OF_UNIT("date_trunc", TIMESTAMP, TIMESTAMP, truncate_timestamp),
	OF_UNIT("date_trunc", TIMESTAMPTZ, TIMESTAMPTZ, truncate_timestamp),
	OF_UNIT("date_trunc", INTERVAL, INTERVAL, truncate_interval),
	{0},
};
/* clang-format on */
