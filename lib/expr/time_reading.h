/*
 * time_reading.h - the parts of dates and times, as PostgreSQL reads them
 *
 * Shared by the readers of a date and time (time_parse.c) and of a time of day
 * (time_clock.c), which differ in the fields that they take.  Texts are
 * NUL-terminated fields of time_token.h, and may be written into; *got are
 * the bits of what a field was.
 */
#ifndef EXPR_TIME_READING_H
#define EXPR_TIME_READING_H

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

/*
 * A number without delimiters: a date of 6 or more digits (yymmdd, yyyymmdd)
 * while no date is complete, a time hhmmss or hhmm otherwise.
 */
enum time_status reading_run_together(struct reading *r, char *s, unsigned have, unsigned *got);

/* A number, whose place among what is there already says what it is. */
enum time_status reading_number(
	struct reading *r, char *s, unsigned have, bool text_month, unsigned *got);

/* A whole date in one field. */
enum time_status reading_date(struct reading *r, char *s, unsigned *got);

void reading_set_julian(struct reading *r, int day);

/* A Julian day and its fraction, which is a time. */
enum time_status reading_julian(
	struct reading *r, int day, const char *fraction, unsigned *got);

/* y, m, d, h, mm and s before a number; m is minutes where month and hour are known. */
enum time_status reading_unit(
	struct reading *r, enum time_unit unit, int v, const char *rest, unsigned *got);

enum time_status reading_open_zone(
	struct reading *r, const char *name, const struct zone **zone);

enum time_status reading_abbreviation(
	struct reading *r, const char *s, const struct zone_abbrev *a, unsigned *got);

/* The year as meant, and whether such a day is in the calendar. */
enum time_status reading_check_date(struct reading *r);

#endif
