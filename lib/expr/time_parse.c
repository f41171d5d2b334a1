/*
 * time_parse.c - what the fields of a date and time mean
 *
 * What PostgreSQL takes for a date is wide (manual, appendix B.1): ISO in its
 * variants, 12/31/2020, Jan 8 1999, 19990108, J2451187, with or without a zone,
 * AM, BC.  The fields are read in its order and with its rules about which
 * bare number is what, so that nothing means another thing here than there.
 *
 * One deviation: the words that stand for the clock's time (now, today,
 * tomorrow, yesterday) are refused with 0A000.  A mapping that gives another
 * result tomorrow could not be verified.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"
#include "expr/time.h"
#include "expr/time_read.h"
#include "expr/zone.h"

#define BIT(kind)    (1u << (kind))
#define SECOND_PARTS (BIT(WORD_SECOND) | BIT(WORD_MILLISECOND) | BIT(WORD_MICROSECOND))
#define DATE_PARTS   (BIT(WORD_YEAR) | BIT(WORD_MONTH) | BIT(WORD_DAY))
#define TIME_PARTS   (BIT(WORD_HOUR) | BIT(WORD_MINUTE) | SECOND_PARTS)

/* What has been read of one date and time. */
struct reading {
	struct eval_context *ctx;
	struct civil c;
	unsigned have; /* bits of enum word_kind */
	int year_day;
	enum time_unit label; /* what the next number is, as the word before it said */
	enum am_pm clock;
	bool bc;
	bool time_follows; /* the next field may be a time */
	bool julian;       /* the date came as a Julian day: the year stands as it is */
	bool short_year;   /* of one or two digits */
	bool text_month;   /* the month was a word */
	bool summer;       /* a word "dst" was there */
	bool special;      /* `word` is the result */
	enum reserved_word word;
	int32_t offset;                 /* seconds east */
	const struct zone *zone;        /* by name, or NULL */
	const struct zone *abbrev_zone; /* by an abbreviation whose meaning changes, or NULL */
	const char *abbrev;
};

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
static enum time_status
read_run_together(struct reading *r, char *s, unsigned have, unsigned *got)
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

static enum time_status
read_number(struct reading *r, char *s, unsigned have, bool text_month, unsigned *got)
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
			return read_run_together(r, s, have | DATE_PARTS, got);
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
		return read_run_together(r, s, have, got);
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

static enum time_status
read_date(struct reading *r, char *s, unsigned *got)
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
		status = read_number(r, parts[i], have, text_month, &bit);
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

static enum time_status
read_time_field(struct reading *r, const char *s, unsigned *got)
{
	struct clock c;
	enum time_status status = read_clock(s, &c);
	int64_t usec;

	*got = TIME_PARTS;
	if (status != TIME_OK)
		return status;
	if (c.hour > 24)
		return TIME_OUT_OF_RANGE;
	r->c.hour = (int)c.hour;
	r->c.minute = c.minute;
	r->c.second = c.second;
	r->c.usec = c.usec;
	usec = ((c.hour * 60 + c.minute) * 60 + c.second) * USEC_PER_SECOND + c.usec;
	return usec > USEC_PER_DAY ? TIME_OUT_OF_RANGE : TIME_OK;
}

static void
set_julian(struct reading *r, int day)
{
	civil_from_days(day + DATE_FIRST, &r->c);
	r->julian = true;
}

static enum time_status
open_zone(struct reading *r, const char *name, const struct zone **zone)
{
	struct text text = {name, strlen(name)};

	return zone_open(r->ctx, text, zone) < 0 ? TIME_FAILED : TIME_OK;
}

/* A date field when there is a date already: a zone's name, or hhmmss-zz. */
static enum time_status
read_zone_field(struct reading *r, char *s, unsigned *got)
{
	enum time_status status;
	char *sign;

	if ((s[0] < '0' || s[0] > '9') && r->label == UNIT_NONE) {
		status = open_zone(r, s, &r->zone);
		if (status == TIME_OK && r->zone == NULL) {
			eval_fail(r->ctx, "22023", "time zone \"%s\" not recognized", s);
			status = TIME_FAILED;
		}
		*got = BIT(WORD_ZONE);
		return status;
	}
	if (r->label != UNIT_NONE && r->label != UNIT_TIME)
		return TIME_BAD_FORMAT;
	r->label = UNIT_NONE;
	sign = strchr(s, '-');
	if ((r->have & TIME_PARTS) == TIME_PARTS || sign == NULL)
		return TIME_BAD_FORMAT;
	status = read_offset(sign, &r->offset);
	if (status != TIME_OK)
		return status;
	*sign = '\0';
	status = read_run_together(r, s, r->have, got);
	*got |= BIT(WORD_ZONE);
	return status;
}

static enum time_status
read_date_field(struct reading *r, char *s, unsigned *got)
{
	unsigned month_and_day = BIT(WORD_MONTH) | BIT(WORD_DAY);
	const char *end;
	int day;

	if (r->label == UNIT_JULIAN) { /* with a zone: J2451187-05 */
		if (!read_int(s, &end, &day) || day < 0)
			return TIME_OUT_OF_RANGE;
		set_julian(r, day);
		*got = DATE_PARTS | TIME_PARTS | BIT(WORD_ZONE);
		r->label = UNIT_NONE;
		return read_offset(end, &r->offset);
	}
	if (r->label != UNIT_NONE || (r->have & month_and_day) == month_and_day)
		return read_zone_field(r, s, got);
	return read_date(r, s, got);
}

static enum time_status
read_julian(struct reading *r, int day, const char *fraction, unsigned *got)
{
	enum time_status status;
	double part;
	int64_t usec;

	if (day < 0)
		return TIME_OUT_OF_RANGE;
	*got = DATE_PARTS;
	set_julian(r, day);
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
static enum time_status
read_unit(struct reading *r, enum time_unit unit, int v, const char *rest, unsigned *got)
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

/* A number behind a word that says what it is. */
static enum time_status
read_labelled(struct reading *r, char *s, unsigned *got)
{
	enum time_unit label = r->label;
	enum time_status status;
	const char *end;
	int v;

	if (!read_int(s, &end, &v))
		return TIME_OUT_OF_RANGE;
	if (*end != '.' && *end != '\0')
		return TIME_BAD_FORMAT;
	r->label = UNIT_NONE;
	r->special = false;
	if (label == UNIT_JULIAN)
		return read_julian(r, v, end, got);
	if (label != UNIT_TIME)
		return read_unit(r, label, v, end, got);
	status = read_run_together(r, s, r->have | DATE_PARTS, got);
	return status == TIME_OK && *got != TIME_PARTS ? TIME_BAD_FORMAT : status;
}

static enum time_status
read_number_field(struct reading *r, char *s, unsigned *got)
{
	const char *point = strchr(s, '.');
	size_t len = strlen(s);

	if (r->label != UNIT_NONE)
		return read_labelled(r, s, got);
	if (point != NULL && (r->have & DATE_PARTS) == 0)
		return read_date(r, s, got);
	if (point != NULL && point - s > 2)
		return read_run_together(r, s, r->have, got);
	if (len >= 6 && ((r->have & DATE_PARTS) == 0 || (r->have & TIME_PARTS) == 0))
		return read_run_together(r, s, r->have, got);
	return read_number(r, s, r->have, r->text_month, got);
}

static enum time_status
read_reserved(struct reading *r, const char *s, int word, unsigned *got)
{
	switch (word) {
	case RESERVED_ZULU:
		*got = TIME_PARTS | BIT(WORD_ZONE);
		r->c.hour = r->c.minute = r->c.second = 0;
		r->offset = 0;
		r->special = false;
		return TIME_OK;
	case RESERVED_EPOCH:
	case RESERVED_LATE:
	case RESERVED_EARLY:
		r->special = true; /* whatever else is there, as in version 15 */
		r->word = (enum reserved_word)word;
		return TIME_OK;
	default:
		eval_fail(r->ctx, "0A000", "date/time word \"%s\" is not supported", s);
		return TIME_FAILED;
	}
}

static enum time_status
read_abbreviation(struct reading *r, const char *s, const struct zone_abbrev *a, unsigned *got)
{
	if (a->zone != NULL) {
		*got = BIT(WORD_NAMED_ZONE) | BIT(WORD_ZONE);
		r->abbrev = s;
		return open_zone(r, a->zone, &r->abbrev_zone);
	}
	*got = BIT(WORD_ZONE) | (a->summer ? BIT(WORD_SUMMER_ZONE) : 0);
	r->offset = a->offset;
	return TIME_OK;
}

static enum time_status
read_month(struct reading *r, int month)
{
	r->text_month = true;
	r->c.month = month;
	return TIME_OK;
}

/* Words whose meaning is more than their bit in *got. */
static enum time_status
read_word(struct reading *r, const char *s, unsigned *got)
{
	const struct zone_abbrev *a = zone_abbrev_find(s);
	enum word_kind kind;
	int value = 0;

	if (a != NULL)
		return read_abbreviation(r, s, a, got);
	kind = time_word(s, &value);
	*got = BIT(kind);
	switch (kind) {
	case WORD_RESERVED: return read_reserved(r, s, value, got);
	case WORD_IGNORED: *got = 0; return TIME_OK;
	case WORD_AM_PM: r->clock = (enum am_pm)value; return TIME_OK;
	case WORD_ERA: r->bc = value != 0; return TIME_OK;
	case WORD_WEEKDAY: return TIME_OK;
	case WORD_MONTH:
		/* a number taken for the month may have been the day */
		if ((r->have & BIT(WORD_MONTH)) && !r->text_month &&
			!(r->have & BIT(WORD_DAY)) && r->c.month >= 1 && r->c.month <= 31) {
			r->c.day = r->c.month;
			*got = BIT(WORD_DAY);
		}
		return read_month(r, value);
	case WORD_SUMMER:
		*got |= BIT(WORD_SUMMER_ZONE);
		r->summer = true;
		r->offset += 3600;
		return TIME_OK;
	case WORD_ISO_TIME:
		if ((r->have & DATE_PARTS) != DATE_PARTS || !r->time_follows)
			return TIME_BAD_FORMAT;
		*got = 0;
		r->label = UNIT_TIME;
		return TIME_OK;
	case WORD_UNIT:
		*got = 0;
		r->label = (enum time_unit)value; /* even when none uses it, as in version 15 */
		return TIME_OK;
	case WORD_UNKNOWN: {
		enum time_status status = open_zone(r, s, &r->zone);

		*got = BIT(WORD_ZONE);
		return status == TIME_OK && r->zone == NULL ? TIME_BAD_FORMAT : status;
	}
	default: return TIME_BAD_FORMAT;
	}
}

static enum time_status
read_field(struct reading *r, char *s, enum field_kind kind, unsigned *got)
{
	switch (kind) {
	case FIELD_DATE: return read_date_field(r, s, got);
	case FIELD_TIME:
		if (r->label != UNIT_NONE && r->label != UNIT_TIME)
			return TIME_BAD_FORMAT;
		r->label = UNIT_NONE;
		return read_time_field(r, s, got);
	case FIELD_SIGNED: *got = BIT(WORD_ZONE); return read_offset(s, &r->offset);
	case FIELD_NUMBER: return read_number_field(r, s, got);
	case FIELD_WORD:
	case FIELD_SPECIAL: return read_word(r, s, got);
	}
	return TIME_BAD_FORMAT;
}

/* The year as meant, and whether such a day is in the calendar. */
static enum time_status
check_date(struct reading *r)
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

static int64_t
local_seconds(const struct civil *c)
{
	int64_t days = days_from_civil(c->year, c->month, c->day) + UNIX_EPOCH_DAYS;

	return days * 86400 + c->hour * INT64_C(3600) + c->minute * INT64_C(60) + c->second;
}

static enum time_status
finish(struct reading *r)
{
	struct civil *c = &r->c;
	enum time_status status;

	status = check_date(r);
	if (status != TIME_OK)
		return status;
	if (r->clock != CLOCK_24 && c->hour > 12)
		return TIME_OUT_OF_RANGE;
	if (r->clock == CLOCK_AM && c->hour == 12)
		c->hour = 0;
	else if (r->clock == CLOCK_PM && c->hour != 12)
		c->hour += 12;
	if (r->special)
		return TIME_OK;
	if ((r->have & DATE_PARTS) != DATE_PARTS)
		return TIME_BAD_FORMAT;
	if (r->zone != NULL || r->abbrev_zone != NULL || !(r->have & BIT(WORD_ZONE))) {
		if (r->summer)
			return TIME_BAD_FORMAT;
	}
	if (r->zone != NULL && civil_in_range(c))
		r->offset = zone_offset_local(r->zone, local_seconds(c));
	if (r->abbrev_zone != NULL && civil_in_range(c)) {
		r->offset = zone_offset_local(r->abbrev_zone, local_seconds(c));
		zone_abbreviation(
			r->abbrev_zone, r->abbrev, local_seconds(c) - r->offset, &r->offset);
	}
	return TIME_OK;
}

enum time_status
time_read(struct eval_context *ctx, struct text s, size_t room, struct time_value *v)
{
	struct time_fields f;
	struct reading r = {.ctx = ctx};
	enum time_status status;

	if (!time_split(s, room, &f))
		return TIME_BAD_FORMAT;
	for (int i = 0; i < f.n; i++) {
		unsigned got = 0;

		r.time_follows = i + 1 < f.n && f.kind[i + 1] != FIELD_WORD &&
				 f.kind[i + 1] != FIELD_SIGNED &&
				 f.kind[i + 1] != FIELD_SPECIAL;
		status = read_field(&r, f.text[i], f.kind[i], &got);
		if (status != TIME_OK)
			return status;
		if (got & r.have)
			return TIME_BAD_FORMAT;
		r.have |= got;
	}
	status = finish(&r);
	v->special = r.special;
	v->word = r.word;
	v->c = r.c;
	v->offset = r.offset;
	return status;
}
