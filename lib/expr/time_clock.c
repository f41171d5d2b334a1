/*
 * time_clock.c - a time of day read from text
 *
 * PostgreSQL takes a date and a zone beside it, and uses neither; but a zone
 * whose offset depends on the date must have one.
 */
#include <limits.h>
#include <string.h>

#include "expr/time.h"
#include "expr/time_reading.h"

/* In the first field, before a time or before a date that is to be a zone. */
static bool
may_be_date(const struct time_fields *f, int i)
{
	return i == 0 && f->n >= 2 &&
	       (f->kind[f->n - 1] == FIELD_DATE || f->kind[1] == FIELD_TIME);
}

/* hhmmss-zz, or a zone's name with a hyphen or slash. */
static enum time_status
read_zone_field(struct reading *r, char *s, unsigned *got)
{
	enum time_status status;
	char *sign;

	if (s[0] < '0' || s[0] > '9') {
		status = reading_open_zone(r, s, &r->zone);
		if (status == TIME_OK && r->zone == NULL) {
			eval_fail(r->ctx, "22023", "time zone \"%s\" not recognized", s);
			status = TIME_FAILED;
		}
		*got = BIT(WORD_ZONE);
		return status;
	}
	sign = strchr(s, '-');
	if ((r->have & TIME_PARTS) == TIME_PARTS || sign == NULL)
		return TIME_BAD_FORMAT;
	status = read_offset(sign, &r->offset);
	if (status != TIME_OK)
		return status;
	*sign = '\0';
	status = reading_run_together(r, s, r->have | DATE_PARTS, got);
	*got |= BIT(WORD_ZONE);
	return status;
}

static enum time_status
read_time_field(struct reading *r, const char *s, unsigned *got)
{
	struct clock c;
	enum time_status status = read_clock(s, &c);

	*got = TIME_PARTS;
	if (status != TIME_OK)
		return status;
	if (c.hour > INT_MAX)
		return TIME_OUT_OF_RANGE;
	r->c.hour = (int)c.hour;
	r->c.minute = c.minute;
	r->c.second = c.second;
	r->c.usec = c.usec;
	return TIME_OK;
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
	if (label == UNIT_JULIAN)
		return reading_julian(r, v, end, got);
	if (label != UNIT_TIME)
		return reading_unit(r, label, v, end, got);
	status = reading_run_together(r, s, r->have | DATE_PARTS, got);
	return status == TIME_OK && *got != TIME_PARTS ? TIME_BAD_FORMAT : status;
}

static enum time_status
read_number_field(struct reading *r, const struct time_fields *f, int i, unsigned *got)
{
	char *s = f->text[i];
	const char *point = strchr(s, '.');
	unsigned have = r->have | DATE_PARTS;

	if (r->label != UNIT_NONE)
		return read_labelled(r, s, got);
	if (point != NULL && i == 0 && f->n >= 2 && f->kind[f->n - 1] == FIELD_DATE)
		return reading_date(r, s, got);
	if (point != NULL)
		return point - s > 2 ? reading_run_together(r, s, have, got) : TIME_BAD_FORMAT;
	return strlen(s) > 4 ? reading_run_together(r, s, have, got)
			     : reading_number(r, s, have, false, got);
}

static enum time_status
read_reserved(struct reading *r, const char *s, int word, unsigned *got)
{
	switch (word) {
	case RESERVED_ZULU:
		*got = TIME_PARTS | BIT(WORD_ZONE);
		r->c.hour = r->c.minute = r->c.second = 0;
		return TIME_OK;
	case RESERVED_NOW:
		eval_fail(r->ctx, "0A000", "date/time word \"%s\" is not supported", s);
		return TIME_FAILED;
	default: return TIME_BAD_FORMAT;
	}
}

static enum time_status
read_word(struct reading *r, const char *s, unsigned *got)
{
	const struct zone_abbrev *a = zone_abbrev_find(s);
	enum time_status status;
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
	case WORD_SUMMER:
		*got |= BIT(WORD_SUMMER_ZONE);
		r->summer = true;
		return TIME_OK;
	case WORD_ISO_TIME:
		if (!r->time_follows)
			return TIME_BAD_FORMAT;
		*got = 0;
		r->label = UNIT_TIME;
		return TIME_OK;
	case WORD_UNIT:
		*got = 0;
		r->label = (enum time_unit)value;
		return TIME_OK;
	case WORD_UNKNOWN:
		status = reading_open_zone(r, s, &r->zone);
		*got = BIT(WORD_ZONE);
		return status == TIME_OK && r->zone == NULL ? TIME_BAD_FORMAT : status;
	default: return TIME_BAD_FORMAT;
	}
}

static enum time_status
read_field(struct reading *r, const struct time_fields *f, int i, unsigned *got)
{
	switch (f->kind[i]) {
	case FIELD_DATE:
		return may_be_date(f, i) ? reading_date(r, f->text[i], got)
					 : read_zone_field(r, f->text[i], got);
	case FIELD_TIME: return read_time_field(r, f->text[i], got);
	case FIELD_SIGNED: *got = BIT(WORD_ZONE); return read_offset(f->text[i], &r->offset);
	case FIELD_NUMBER: return read_number_field(r, f, i, got);
	case FIELD_WORD:
	case FIELD_SPECIAL: return read_word(r, f->text[i], got);
	}
	return TIME_BAD_FORMAT;
}

/* Whether the zone, or its want, goes with the date, or its want. */
static bool
zone_fits(const struct reading *r)
{
	unsigned date = r->have & DATE_PARTS;

	if (r->zone != NULL && (r->summer || (!zone_is_fixed(r->zone) && date != DATE_PARTS)))
		return false;
	if (r->abbrev_zone != NULL || !(r->have & BIT(WORD_ZONE)))
		return !r->summer && (date == 0 || date == DATE_PARTS);
	return true;
}

static enum time_status
finish(struct reading *r, int64_t *t)
{
	struct civil *c = &r->c;
	enum time_status status = reading_check_date(r);

	if (status != TIME_OK)
		return status;
	if (r->clock != CLOCK_24 && c->hour > 12)
		return TIME_OUT_OF_RANGE;
	if (r->clock == CLOCK_AM && c->hour == 12)
		c->hour = 0;
	else if (r->clock == CLOCK_PM && c->hour != 12)
		c->hour += 12;
	if (c->hour < 0 || c->hour > 24 || c->minute < 0 || c->minute > 59 || c->second < 0 ||
		c->second > 60 || c->usec < 0 || c->usec > USEC_PER_SECOND)
		return TIME_OUT_OF_RANGE;
	*t = (c->hour * INT64_C(60) + c->minute) * USEC_PER_MINUTE +
	     c->second * USEC_PER_SECOND + c->usec;
	if (*t > USEC_PER_DAY)
		return TIME_OUT_OF_RANGE;
	if ((r->have & TIME_PARTS) != TIME_PARTS || !zone_fits(r))
		return TIME_BAD_FORMAT;
	return TIME_OK;
}

enum time_status
time_read_clock(struct eval_context *ctx, struct text s, size_t room, int64_t *t)
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
		status = read_field(&r, &f, i, &got);
		if (status != TIME_OK)
			return status;
		if (got & r.have)
			return TIME_BAD_FORMAT;
		r.have |= got;
	}
	return finish(&r, t);
}
