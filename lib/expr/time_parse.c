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
#include "expr/time_reading.h"

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

/* A date field when there is a date already: a zone's name, or hhmmss-zz. */
static enum time_status
read_zone_field(struct reading *r, char *s, unsigned *got)
{
	enum time_status status;
	char *sign;

	if ((s[0] < '0' || s[0] > '9') && r->label == UNIT_NONE) {
		status = reading_open_zone(r, s, &r->zone);
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
	status = reading_run_together(r, s, r->have, got);
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
		reading_set_julian(r, day);
		*got = DATE_PARTS | TIME_PARTS | BIT(WORD_ZONE);
		r->label = UNIT_NONE;
		return read_offset(end, &r->offset);
	}
	if (r->label != UNIT_NONE || (r->have & month_and_day) == month_and_day)
		return read_zone_field(r, s, got);
	return reading_date(r, s, got);
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
		return reading_julian(r, v, end, got);
	if (label != UNIT_TIME)
		return reading_unit(r, label, v, end, got);
	status = reading_run_together(r, s, r->have | DATE_PARTS, got);
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
		return reading_date(r, s, got);
	if (point != NULL && point - s > 2)
		return reading_run_together(r, s, r->have, got);
	if (len >= 6 && ((r->have & DATE_PARTS) == 0 || (r->have & TIME_PARTS) == 0))
		return reading_run_together(r, s, r->have, got);
	return reading_number(r, s, r->have, r->text_month, got);
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
		return reading_abbreviation(r, s, a, got);
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
		enum time_status status = reading_open_zone(r, s, &r->zone);

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

	status = reading_check_date(r);
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
