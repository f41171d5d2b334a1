/*
 * shape.h - what a value looks like
 *
 * Legacy columns are text, and what their values mean has to be read off their
 * looks.  Each value has one shape, found in one scan by classes of bytes: no
 * regular expression, no memory.  Beside it there are traits, of which a value
 * can have several.  What has no name of its own is SHAPE_CODE with a mask:
 * runs of capitals `A`, small letters `a`, both `Aa`, digits `9`, digits and
 * letters `x`; all else as it is.  Words of two and three letters are masked
 * letter by letter, so that `SA` and `SAR` differ.
 *
 * Spaces around a value are a trait; the shape is that of what is between them.
 */
#ifndef VALIDATE_SHAPE_H
#define VALIDATE_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

enum shape {
	SHAPE_NULL,
	SHAPE_EMPTY,
	SHAPE_BLANK, /* nothing but spaces */
	SHAPE_NULL_WORD,
	SHAPE_BOOLEAN_WORD,
	SHAPE_INTEGER,
	SHAPE_ZEROS, /* digits that begin with a zero */
	SHAPE_EPOCH,
	SHAPE_EPOCH_MS,
	SHAPE_DECIMAL,
	SHAPE_DECIMAL_COMMA,
	SHAPE_DECIMAL_GROUPED,
	SHAPE_PERCENT,
	SHAPE_NUMBERS, /* several, with commas */
	SHAPE_ISO_DATE,
	SHAPE_ISO_TIMESTAMP,
	SHAPE_ISO_INSTANT, /* with an offset */
	SHAPE_SLASH_DATE,
	SHAPE_DOT_DATE,
	SHAPE_DASH_DATE,
	SHAPE_ZERO_DATE, /* MySQL's: the year, the month or the day is zero */
	SHAPE_BAD_DATE,  /* a date's form, but no such day */
	SHAPE_TIME,
	SHAPE_HEX32,
	SHAPE_HEX40,
	SHAPE_HEX64,
	SHAPE_BYTES, /* PostgreSQL's and the stream's \x */
	SHAPE_UUID,
	SHAPE_BCRYPT,
	SHAPE_CRYPT,
	SHAPE_BASE64,
	SHAPE_EMAIL,
	SHAPE_PHONE,
	SHAPE_IP,
	SHAPE_URL,
	SHAPE_JSON_OBJECT,
	SHAPE_JSON_ARRAY,
	SHAPE_JSON_BROKEN,
	SHAPE_PHP,
	SHAPE_PHP_BROKEN,
	SHAPE_HTML,
	SHAPE_MOJIBAKE, /* UTF-8 encoded twice, proven by taking it back */
	SHAPE_CONTROL,  /* with control characters other than tab and line ends */
	SHAPE_LETTER,
	SHAPE_WORD,
	SHAPE_WORDS,
	SHAPE_ARABIC,
	SHAPE_CYRILLIC,
	SHAPE_GREEK,
	SHAPE_HEBREW,
	SHAPE_EAST_ASIAN,
	SHAPE_OTHER_SCRIPT,
	SHAPE_MIXED_SCRIPTS,
	SHAPE_CODE,
	SHAPE_TEXT,
	SHAPE_OTHER, /* of codes: whose masks are too many to tell apart */
	SHAPE_COUNT
};

enum shape_trait {
	TRAIT_PADDED = 1,
	TRAIT_UPPER = 2, /* an ASCII capital */
	TRAIT_LINES = 4, /* a line end or a tab */
	TRAIT_CONTROL = 8,
	TRAIT_WIDE = 16,        /* beyond ASCII */
	TRAIT_SYMBOLS = 32,     /* emoji and other signs beyond U+FFFF */
	TRAIT_DAY_FIRST = 64,   /* of dates with slash, dot or dash: this one is only d/m/y */
	TRAIT_MONTH_FIRST = 128 /* only m/d/y */
};

enum { SHAPE_MASK_MAX = 23 };

struct shape_value {
	enum shape shape;
	unsigned traits;
	size_t characters; /* with the spaces around it */
	/*
	 * By which values of one shape are ordered: a number's value; of dates
	 * and times YYYYMMDDhhmmss, read as d/m/y where that is a date; of times
	 * hhmmss.  NAN for the others.
	 */
	double number;
	char mask[SHAPE_MASK_MAX + 1]; /* of SHAPE_CODE, else "" */
};

/* The shape of n bytes of valid UTF-8 without a NUL byte; never SHAPE_NULL or SHAPE_OTHER. */
void shape_of(const char *p, size_t n, struct shape_value *v);

/* "epoch-seconds"; part of the report's format, so it never changes. */
const char *shape_name(enum shape shape);

/* What its values look like, such as "99/99/9999"; "" of SHAPE_CODE, whose mask tells. */
const char *shape_mask(enum shape shape);

#endif
