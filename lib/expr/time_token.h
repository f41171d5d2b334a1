/*
 * time_token.h - the fields of a date, time or interval as written, and the words in them
 *
 * How text falls into fields is PostgreSQL's (manual, appendix B.1): a field is
 * taken for a date, a time, a number, a word or a signed number by its
 * characters alone; what it means is decided by the reader of the fields.
 */
#ifndef EXPR_TIME_TOKEN_H
#define EXPR_TIME_TOKEN_H

#include "expr/value.h"

enum { TIME_FIELDS_MAX = 25, TIME_WORK_MAX = 256 };

enum field_kind {
	FIELD_NUMBER,
	FIELD_WORD,
	FIELD_DATE,
	FIELD_TIME,
	FIELD_SIGNED,  /* +hh:mm, -5, +1-2 */
	FIELD_SPECIAL, /* a sign and letters */
};

/* Each field is NUL-terminated in work, letters in lower case; readers may write into it. */
struct time_fields {
	char *text[TIME_FIELDS_MAX];
	enum field_kind kind[TIME_FIELDS_MAX];
	int n;
	char work[TIME_WORK_MAX];
};

/*
 * False when the text has characters that no time could, or when its fields
 * and their NULs fill more than `room` bytes (at most TIME_WORK_MAX).
 */
bool time_split(struct text s, size_t room, struct time_fields *f);

/* What a word is, in the bit numbers of a mask of things already read. */
enum word_kind {
	WORD_RESERVED, /* epoch, infinity, now … */
	WORD_MONTH,
	WORD_YEAR,
	WORD_DAY,
	WORD_JULIAN,
	WORD_ZONE,
	WORD_SUMMER_ZONE,
	WORD_NAMED_ZONE,
	WORD_IGNORED,
	WORD_AM_PM,
	WORD_HOUR,
	WORD_MINUTE,
	WORD_SECOND,
	WORD_MILLISECOND,
	WORD_MICROSECOND,
	WORD_YEAR_DAY,
	WORD_WEEKDAY,
	WORD_UNIT,
	WORD_ERA,
	WORD_AGO,
	WORD_ISO_TIME,
	WORD_WEEK,
	WORD_DECADE,
	WORD_CENTURY,
	WORD_MILLENNIUM,
	WORD_SUMMER,
	WORD_UNKNOWN = 31,
};

enum reserved_word {
	RESERVED_LATE,
	RESERVED_EARLY,
	RESERVED_EPOCH,
	RESERVED_NOW,
	RESERVED_TODAY,
	RESERVED_TOMORROW,
	RESERVED_YESTERDAY,
	RESERVED_ZULU,
};

/* Units of fields and intervals. */
enum time_unit {
	UNIT_NONE,
	UNIT_TIME, /* what follows is an ISO time */
	UNIT_JULIAN,
	UNIT_MICROSECOND,
	UNIT_MILLISECOND,
	UNIT_SECOND,
	UNIT_MINUTE,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_QUARTER,
	UNIT_YEAR,
	UNIT_DECADE,
	UNIT_CENTURY,
	UNIT_MILLENNIUM,
	UNIT_WEEKDAY,
	UNIT_ISO_WEEKDAY,
	UNIT_ISO_YEAR,
	UNIT_YEAR_DAY,
	UNIT_ZONE,
	UNIT_ZONE_HOUR,
	UNIT_ZONE_MINUTE,
	UNIT_EPOCH,
};

enum am_pm { CLOCK_24, CLOCK_AM, CLOCK_PM };

/* Words of dates and times, *value as their kind says (month 1.., unit, era 1 for BC). */
enum word_kind time_word(const char *word, int *value);

/* Words of intervals: WORD_UNIT with enum time_unit, WORD_AGO, WORD_IGNORED, WORD_UNKNOWN. */
enum word_kind interval_word(const char *word, int *value);

#endif
