/*
 * time.h - dates and times: calendar, reading, printing
 *
 * A date is days, a timestamp microseconds since 2000-01-01, both with the
 * two infinities of value.h.  The session's time zone is UTC and its DateStyle
 * ISO, MDY: timestamp and timestamptz differ in what they read and print, not
 * in their arithmetic.  The calendar is the proleptic Gregorian; year 0 is
 * 1 BC, as inside PostgreSQL.
 *
 * Functions that take a context return 0, or -1 with ctx->error filled.
 */
#ifndef EXPR_TIME_H
#define EXPR_TIME_H

#include "expr/function.h"
#include "expr/value.h"

#define USEC_PER_SECOND INT64_C(1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SECOND)
#define USEC_PER_HOUR   (3600 * USEC_PER_SECOND)
#define USEC_PER_DAY    (86400 * USEC_PER_SECOND)

#define TIMESTAMP_INFINITY       INT64_MAX
#define TIMESTAMP_MINUS_INFINITY INT64_MIN
#define DATE_INFINITY            INT32_MAX
#define DATE_MINUS_INFINITY      INT32_MIN

/* 4714-11-24 BC, the first day of both types; days after the last of each. */
#define DATE_FIRST         (-INT64_C(2451545))
#define DATE_END           (INT64_C(2147483494) - 2451545)
#define TIMESTAMP_DATE_END (INT64_C(109203528) - 2451545)
#define TIMESTAMP_FIRST    (DATE_FIRST * USEC_PER_DAY)
#define TIMESTAMP_END      (TIMESTAMP_DATE_END * USEC_PER_DAY)

/* Seconds and days from 1970-01-01 to 2000-01-01. */
#define UNIX_EPOCH_DAYS    INT64_C(10957)
#define UNIX_EPOCH_SECONDS (UNIX_EPOCH_DAYS * 86400)

enum { TIME_PRINT_MAX = 48 };

/* A point on calendar and clock; month and day from 1. */
struct civil {
	int year;
	int month;
	int day;
	int hour;
	int minute;
	int second;
	int usec;
};

static inline bool
year_is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* month 1..12 */
int month_days(int year, int month);

/* Any month and day: they carry over as in PostgreSQL's date2j. */
int64_t days_from_civil(int64_t year, int64_t month, int64_t day);
void civil_from_days(int64_t days, struct civil *c);

/* Is the month within what the calendar's routines (and the types) can hold? */
bool civil_in_range(const struct civil *c);

/* Not for infinities. */
void civil_from_timestamp(int64_t t, struct civil *c);

/* False when out of the type's range.  offset: seconds east of Greenwich of c's clock. */
bool timestamp_from_civil(const struct civil *c, int32_t offset, int64_t *t);

static inline bool
timestamp_finite(int64_t t)
{
	return t != TIMESTAMP_INFINITY && t != TIMESTAMP_MINUS_INFINITY;
}

static inline bool
timestamp_valid(int64_t t)
{
	return t >= TIMESTAMP_FIRST && t < TIMESTAMP_END;
}

static inline bool
date_finite(int64_t d)
{
	return d != DATE_INFINITY && d != DATE_MINUS_INFINITY;
}

/* typmod 0..6 are digits of the second; others change nothing. */
int64_t timestamp_round(int64_t t, int32_t typmod);

/* 22007, 22008, 22009, 22023. */
int date_parse(struct eval_context *ctx, struct text s, int64_t *d);

/* type is TYPE_TIMESTAMP or TYPE_TIMESTAMPTZ. */
int timestamp_parse(struct eval_context *ctx, struct text s, enum value_type type, int64_t *t);
int interval_parse(struct eval_context *ctx, struct text s, struct interval *iv);

/* Microseconds since midnight, at most USEC_PER_DAY. */
int time_of_day_parse(struct eval_context *ctx, struct text s, int64_t *t);
int64_t timestamp_time_of_day(int64_t t);

/* Without a NUL; return the length.  separator: ' ', or 'T' as jsonb has it. */
size_t date_print(int64_t d, char buf[static TIME_PRINT_MAX]);
size_t time_of_day_print(int64_t t, char buf[static TIME_PRINT_MAX]);
size_t timestamp_print(
	int64_t t, bool with_zone, char separator, char buf[static TIME_PRINT_MAX]);

enum { INTERVAL_PRINT_MAX = 128 };
size_t interval_print(const struct interval *iv, char buf[static INTERVAL_PRINT_MAX]);

/* *t moved by months (the day clipped to the month's end), then days, then time.  22008. */
int timestamp_shift(
	struct eval_context *ctx, int64_t t, const struct interval *by, int64_t *result);

/*
 * date_trunc: t cut to a unit, whose name is for type's messages.  *days: the
 * unit is of whole days, so that of a zone another offset may be in force.
 */
int timestamp_truncate(struct eval_context *ctx, struct text unit, enum value_type type,
	int64_t t, bool *days, int64_t *result);

/* 22008 `date out of range for timestamp`. */
int date_to_timestamp(struct eval_context *ctx, int64_t d, int64_t *t);

#endif
