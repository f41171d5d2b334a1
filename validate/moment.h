/*
 * moment.h - dates, times and durations of XML Schema and of the stream
 *
 * The calendar is the Gregorian one, also before 1582 (proleptic), as in XML
 * Schema and PostgreSQL.  A time without an offset is compared as if it were
 * UTC.  Fractions of a second are kept to nine digits; further digits are
 * allowed and ignored.
 */
#ifndef VALIDATE_MOMENT_H
#define VALIDATE_MOMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970-01-01 00:00:00 UTC, of a time since midnight, or of a duration. */
struct moment {
	int64_t seconds;
	int64_t months;      /* of a duration only */
	int32_t nanoseconds; /* 0..999999999, of a negative duration down to -999999999 */
};

/* Days since 1970-01-01 of a date that exists; year 0 is 1 BC. */
int64_t moment_days(int64_t year, int month, int day);

/* Whether there is such a day. */
bool moment_is_date(int64_t year, int month, int day);

/* YYYY-MM-DD, the years 0001 to 9999. */
bool moment_scan_date(const char *p, size_t n, struct moment *m);

/* hh:mm:ss, with a fraction or without. */
bool moment_scan_time(const char *p, size_t n, struct moment *m);

/*
 * A date, T or one space, a time, and an offset or none: Z, +hh, +hh:mm or
 * +hh:mm:ss (or -).  Years have four digits or more, and may be negative.
 * This is XML Schema's dateTime and the stream's own form.
 */
bool moment_scan_datetime(const char *p, size_t n, struct moment *m);

/* XML Schema's gYear and gYearMonth; seconds are those of the first day. */
bool moment_scan_year(const char *p, size_t n, struct moment *m);
bool moment_scan_yearmonth(const char *p, size_t n, struct moment *m);

/* PnYnMnDTnHnMnS. */
bool moment_scan_duration(const char *p, size_t n, struct moment *m);

/*
 * Z, or an hour with a sign, and minutes and seconds or not, all of the n
 * bytes; colon tells whether there are colons between them.
 */
bool moment_scan_offset(const char *p, size_t n, bool colon, int32_t *seconds);

/* -1, 0, 1. */
int moment_compare(const struct moment *x, const struct moment *y);

/*
 * The same for durations, by XML Schema part 2, 3.2.6.2; 2 where neither
 * order holds: a month is more than 27 days and less than 32.
 */
int moment_compare_durations(const struct moment *x, const struct moment *y);

/* MOMENT_KEY_SIZE bytes that are equal for equal moments only. */
enum { MOMENT_KEY_SIZE = 20 };
void moment_key(const struct moment *m, unsigned char key[static MOMENT_KEY_SIZE]);

#endif
