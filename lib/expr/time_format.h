/*
 * time_format.h - template patterns of to_char, to_date and to_timestamp
 *
 * PostgreSQL's (manual, table 9.26), with the prefixes FM and TM (TM has the
 * names of the C locale, which are English) and the suffixes TH and th.
 */
#ifndef EXPR_TIME_FORMAT_H
#define EXPR_TIME_FORMAT_H

#include "expr/time.h"

enum format_key {
	KEY_AD_DOTS,
	KEY_AD,
	KEY_AM_DOTS,
	KEY_AM,
	KEY_CENTURY,
	KEY_WEEKDAY_NAME,
	KEY_WEEKDAY_SHORT,
	KEY_YEAR_DAY,
	KEY_DAY,
	KEY_WEEKDAY,
	KEY_FRACTION, /* FF1 … FF6 */
	KEY_FIXED,    /* FX */
	KEY_HOUR_12,
	KEY_HOUR_24,
	KEY_ISO_YEAR_DAY,
	KEY_ISO_WEEKDAY,
	KEY_ISO_WEEK,
	KEY_ISO_YEAR, /* IYYY, IYY, IY, I: by their length */
	KEY_JULIAN,
	KEY_MINUTE,
	KEY_MONTH,
	KEY_MONTH_NAME,
	KEY_MONTH_SHORT,
	KEY_MILLISECOND,
	KEY_OFFSET,
	KEY_QUARTER,
	KEY_ROMAN,
	KEY_DAY_SECOND, /* SSSS, SSSSS */
	KEY_SECOND,
	KEY_ZONE_HOUR,
	KEY_ZONE_MINUTE,
	KEY_ZONE,
	KEY_MICROSECOND,
	KEY_WEEK,
	KEY_MONTH_WEEK,
	KEY_YEAR_COMMA,
	KEY_YEAR, /* YYYY, YYY, YY, Y */
};

enum format_convention { CONVENTION_NONE, CONVENTION_GREGORIAN, CONVENTION_ISO };

/* How the letters of a name were written. */
enum format_case { CASE_UPPER, CASE_CAPITAL, CASE_LOWER };

struct format_keyword {
	const char *name;
	enum format_key key;
	bool digits; /* what it reads begins with a digit */
	enum format_convention convention;
	enum format_case letters;
};

enum format_node_kind { NODE_FIELD, NODE_SEPARATOR, NODE_SPACE, NODE_CHARACTER };

struct format_node {
	enum format_node_kind kind;
	const struct format_keyword *keyword; /* of a field */
	bool fill;                            /* FM */
	bool translate;                       /* TM */
	bool ordinal;                         /* TH or th */
	bool ordinal_upper;
	struct text character; /* of the others, one */
};

struct format {
	struct format_node *nodes;
	size_t n;
};

extern const char *const month_names[12];
extern const char *const weekday_names[7]; /* from Sunday */
extern const char *const roman_months[12]; /* from December */

/* Split a pattern; characters point into it. */
int format_parse(struct eval_context *ctx, struct text pattern, struct format *f);

/* t is finite.  zone: it is a timestamptz, whose zone is UTC. */
int format_print(struct eval_context *ctx, const struct format *f, int64_t t, bool zone,
	struct text *result);

/* 22007 for a field that only a day of the calendar has, 0A000 for days and weeks counted from one. */
int format_print_interval(struct eval_context *ctx, const struct format *f,
	const struct interval *iv, struct text *result);

/* What reading with a format gives. */
struct format_time {
	struct civil c;
	int32_t offset; /* seconds east; 0 where the pattern has none */
	int precision;  /* of FF1 … FF6, 0 where there is none */
};

/* 22007, 22008, 22009, 0A000. */
int format_read(struct eval_context *ctx, const struct format *f, struct text s,
	struct format_time *result);

/* Days from 2000-01-01 of the Monday that begins a week of an ISO year. */
int64_t iso_week_begin(int64_t year, int64_t week);

/* The ISO year, and week in it, of a day. */
void iso_week_of(int64_t days, int *year, int *week);

/* 0 is Sunday. */
int weekday_of(int64_t days);

#endif
