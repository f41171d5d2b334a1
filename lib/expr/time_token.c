/*
 * time_token.c - see time_token.h
 */
#include <string.h>

#include "expr/number.h"
#include "expr/time_token.h"

struct word {
	const char *name;
	unsigned char kind;
	short value;
};

/* Both lists are sorted; names are compared in their first ten bytes. */
enum { WORD_COMPARED = 10 };

static const struct word date_words[] = {
	{"-infinity", WORD_RESERVED, RESERVED_EARLY},
	{"ad", WORD_ERA, 0},
	{"allballs", WORD_RESERVED, RESERVED_ZULU},
	{"am", WORD_AM_PM, CLOCK_AM},
	{"apr", WORD_MONTH, 4},
	{"april", WORD_MONTH, 4},
	{"at", WORD_IGNORED, 0},
	{"aug", WORD_MONTH, 8},
	{"august", WORD_MONTH, 8},
	{"bc", WORD_ERA, 1},
	{"d", WORD_UNIT, UNIT_DAY},
	{"dec", WORD_MONTH, 12},
	{"december", WORD_MONTH, 12},
	{"dow", WORD_UNIT, UNIT_WEEKDAY},
	{"doy", WORD_UNIT, UNIT_YEAR_DAY},
	{"dst", WORD_SUMMER, 0},
	{"epoch", WORD_RESERVED, RESERVED_EPOCH},
	{"feb", WORD_MONTH, 2},
	{"february", WORD_MONTH, 2},
	{"fri", WORD_WEEKDAY, 5},
	{"friday", WORD_WEEKDAY, 5},
	{"h", WORD_UNIT, UNIT_HOUR},
	{"infinity", WORD_RESERVED, RESERVED_LATE},
	{"isodow", WORD_UNIT, UNIT_ISO_WEEKDAY},
	{"isoyear", WORD_UNIT, UNIT_ISO_YEAR},
	{"j", WORD_UNIT, UNIT_JULIAN},
	{"jan", WORD_MONTH, 1},
	{"january", WORD_MONTH, 1},
	{"jd", WORD_UNIT, UNIT_JULIAN},
	{"jul", WORD_MONTH, 7},
	{"julian", WORD_UNIT, UNIT_JULIAN},
	{"july", WORD_MONTH, 7},
	{"jun", WORD_MONTH, 6},
	{"june", WORD_MONTH, 6},
	{"m", WORD_UNIT, UNIT_MONTH},
	{"mar", WORD_MONTH, 3},
	{"march", WORD_MONTH, 3},
	{"may", WORD_MONTH, 5},
	{"mm", WORD_UNIT, UNIT_MINUTE},
	{"mon", WORD_WEEKDAY, 1},
	{"monday", WORD_WEEKDAY, 1},
	{"nov", WORD_MONTH, 11},
	{"november", WORD_MONTH, 11},
	{"now", WORD_RESERVED, RESERVED_NOW},
	{"oct", WORD_MONTH, 10},
	{"october", WORD_MONTH, 10},
	{"on", WORD_IGNORED, 0},
	{"pm", WORD_AM_PM, CLOCK_PM},
	{"s", WORD_UNIT, UNIT_SECOND},
	{"sat", WORD_WEEKDAY, 6},
	{"saturday", WORD_WEEKDAY, 6},
	{"sep", WORD_MONTH, 9},
	{"sept", WORD_MONTH, 9},
	{"september", WORD_MONTH, 9},
	{"sun", WORD_WEEKDAY, 0},
	{"sunday", WORD_WEEKDAY, 0},
	{"t", WORD_ISO_TIME, UNIT_TIME},
	{"thu", WORD_WEEKDAY, 4},
	{"thur", WORD_WEEKDAY, 4},
	{"thurs", WORD_WEEKDAY, 4},
	{"thursday", WORD_WEEKDAY, 4},
	{"today", WORD_RESERVED, RESERVED_TODAY},
	{"tomorrow", WORD_RESERVED, RESERVED_TOMORROW},
	{"tue", WORD_WEEKDAY, 2},
	{"tues", WORD_WEEKDAY, 2},
	{"tuesday", WORD_WEEKDAY, 2},
	{"wed", WORD_WEEKDAY, 3},
	{"wednesday", WORD_WEEKDAY, 3},
	{"weds", WORD_WEEKDAY, 3},
	{"y", WORD_UNIT, UNIT_YEAR},
	{"yesterday", WORD_RESERVED, RESERVED_YESTERDAY},
};

static const struct word interval_words[] = {
	{"@", WORD_IGNORED, 0},
	{"ago", WORD_AGO, 0},
	{"c", WORD_UNIT, UNIT_CENTURY},
	{"cent", WORD_UNIT, UNIT_CENTURY},
	{"centuries", WORD_UNIT, UNIT_CENTURY},
	{"century", WORD_UNIT, UNIT_CENTURY},
	{"d", WORD_UNIT, UNIT_DAY},
	{"day", WORD_UNIT, UNIT_DAY},
	{"days", WORD_UNIT, UNIT_DAY},
	{"dec", WORD_UNIT, UNIT_DECADE},
	{"decade", WORD_UNIT, UNIT_DECADE},
	{"decades", WORD_UNIT, UNIT_DECADE},
	{"decs", WORD_UNIT, UNIT_DECADE},
	{"h", WORD_UNIT, UNIT_HOUR},
	{"hour", WORD_UNIT, UNIT_HOUR},
	{"hours", WORD_UNIT, UNIT_HOUR},
	{"hr", WORD_UNIT, UNIT_HOUR},
	{"hrs", WORD_UNIT, UNIT_HOUR},
	{"m", WORD_UNIT, UNIT_MINUTE},
	{"microsecon", WORD_UNIT, UNIT_MICROSECOND},
	{"mil", WORD_UNIT, UNIT_MILLENNIUM},
	{"millennia", WORD_UNIT, UNIT_MILLENNIUM},
	{"millennium", WORD_UNIT, UNIT_MILLENNIUM},
	{"millisecon", WORD_UNIT, UNIT_MILLISECOND},
	{"mils", WORD_UNIT, UNIT_MILLENNIUM},
	{"min", WORD_UNIT, UNIT_MINUTE},
	{"mins", WORD_UNIT, UNIT_MINUTE},
	{"minute", WORD_UNIT, UNIT_MINUTE},
	{"minutes", WORD_UNIT, UNIT_MINUTE},
	{"mon", WORD_UNIT, UNIT_MONTH},
	{"mons", WORD_UNIT, UNIT_MONTH},
	{"month", WORD_UNIT, UNIT_MONTH},
	{"months", WORD_UNIT, UNIT_MONTH},
	{"ms", WORD_UNIT, UNIT_MILLISECOND},
	{"msec", WORD_UNIT, UNIT_MILLISECOND},
	{"mseconds", WORD_UNIT, UNIT_MILLISECOND},
	{"msecs", WORD_UNIT, UNIT_MILLISECOND},
	{"qtr", WORD_UNIT, UNIT_QUARTER},
	{"quarter", WORD_UNIT, UNIT_QUARTER},
	{"s", WORD_UNIT, UNIT_SECOND},
	{"sec", WORD_UNIT, UNIT_SECOND},
	{"second", WORD_UNIT, UNIT_SECOND},
	{"seconds", WORD_UNIT, UNIT_SECOND},
	{"secs", WORD_UNIT, UNIT_SECOND},
	{"timezone", WORD_UNIT, UNIT_ZONE},
	{"timezone_h", WORD_UNIT, UNIT_ZONE_HOUR},
	{"timezone_m", WORD_UNIT, UNIT_ZONE_MINUTE},
	{"us", WORD_UNIT, UNIT_MICROSECOND},
	{"usec", WORD_UNIT, UNIT_MICROSECOND},
	{"usecond", WORD_UNIT, UNIT_MICROSECOND},
	{"useconds", WORD_UNIT, UNIT_MICROSECOND},
	{"usecs", WORD_UNIT, UNIT_MICROSECOND},
	{"w", WORD_UNIT, UNIT_WEEK},
	{"week", WORD_UNIT, UNIT_WEEK},
	{"weeks", WORD_UNIT, UNIT_WEEK},
	{"y", WORD_UNIT, UNIT_YEAR},
	{"year", WORD_UNIT, UNIT_YEAR},
	{"years", WORD_UNIT, UNIT_YEAR},
	{"yr", WORD_UNIT, UNIT_YEAR},
	{"yrs", WORD_UNIT, UNIT_YEAR},
};

static enum word_kind
find_word(const struct word *words, size_t n, const char *name, int *value)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strncmp(name, words[mid].name, WORD_COMPARED);

		if (order == 0) {
			*value = words[mid].value;
			return words[mid].kind;
		}
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return WORD_UNKNOWN;
}

enum word_kind
time_word(const char *word, int *value)
{
	return find_word(date_words, sizeof date_words / sizeof *date_words, word, value);
}

enum word_kind
interval_word(const char *word, int *value)
{
	return find_word(
		interval_words, sizeof interval_words / sizeof *interval_words, word, value);
}

/* Splitting */

static bool
digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
punctuation(char c)
{
	return c > ' ' && c < 0x7f && !digit(c) && !letter(c);
}

/* A place in the text and one in the work space; full is set when that has run out. */
struct splitter {
	const char *p;
	const char *end;
	char *out;
	char *out_end;
	bool full;
};

static char
peek(const struct splitter *s)
{
	return s->p < s->end ? *s->p : '\0';
}

static void
take(struct splitter *s)
{
	char c = *s->p++;

	if (s->out + 1 >= s->out_end) {
		s->full = true;
		return;
	}
	*s->out++ = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void
take_digits(struct splitter *s)
{
	while (digit(peek(s)))
		take(s);
}

static void
take_letters(struct splitter *s)
{
	while (letter(peek(s)))
		take(s);
}

/* A field that begins with a digit. */
static enum field_kind
split_digits(struct splitter *s)
{
	enum field_kind kind = FIELD_DATE;
	char c, delimiter;

	take_digits(s);
	delimiter = peek(s);
	if (delimiter == ':') {
		take(s);
		while (digit(c = peek(s)) || c == ':' || c == '.')
			take(s);
		return FIELD_TIME;
	}
	if (delimiter != '-' && delimiter != '/' && delimiter != '.')
		return FIELD_NUMBER;
	take(s);
	if (!digit(peek(s))) { /* a month's name */
		while (digit(c = peek(s)) || letter(c) || (c != '\0' && c == delimiter))
			take(s);
		return FIELD_DATE;
	}
	if (delimiter == '.')
		kind = FIELD_NUMBER;
	take_digits(s);
	if (peek(s) == delimiter) {
		kind = FIELD_DATE;
		take(s);
		while (digit(c = peek(s)) || c == delimiter)
			take(s);
	}
	return kind;
}

/* A word; with digits or delimiters behind it a date, unless it is a keyword before a digit. */
static enum field_kind
split_letters(struct splitter *s, const char *start)
{
	int value;
	char c;

	take_letters(s);
	c = peek(s);
	if (c == '+' || digit(c)) {
		*s->out = '\0';
		if (time_word(start, &value) != WORD_UNKNOWN)
			return FIELD_WORD;
	} else if (c != '-' && c != '/' && c != '.') {
		return FIELD_WORD;
	}
	do
		take(s);
	while (digit(c = peek(s)) || letter(c) || (c != '\0' && strchr("+-/_.:", c) != NULL));
	return FIELD_DATE;
}

/* False when nothing that could follow a sign does. */
static bool
split_signed(struct splitter *s, enum field_kind *kind)
{
	char c;

	take(s);
	while (s->p < s->end && space_is(*s->p))
		s->p++;
	if (digit(peek(s))) {
		*kind = FIELD_SIGNED;
		while (digit(c = peek(s)) || c == ':' || c == '.' || c == '-')
			take(s);
		return true;
	}
	*kind = FIELD_SPECIAL;
	take_letters(s);
	return letter(s->out[-1]);
}

bool
time_split(struct text text, size_t room, struct time_fields *f)
{
	struct splitter s = {text.ptr, text.ptr + text.len, f->work, f->work + room, false};

	for (f->n = 0; s.p < s.end;) {
		char c = *s.p;
		enum field_kind *kind;

		if (space_is(c)) {
			s.p++;
			continue;
		}
		if (f->n >= TIME_FIELDS_MAX)
			return false;
		f->text[f->n] = s.out;
		kind = &f->kind[f->n];
		if (digit(c)) {
			*kind = split_digits(&s);
		} else if (c == '.') {
			*kind = FIELD_NUMBER;
			take(&s);
			take_digits(&s);
		} else if (letter(c)) {
			*kind = split_letters(&s, f->text[f->n]);
		} else if (c == '+' || c == '-') {
			if (!split_signed(&s, kind))
				return false;
		} else if (punctuation(c)) {
			s.p++;
			continue;
		} else {
			return false;
		}
		if (s.full)
			return false;
		*s.out++ = '\0';
		f->n++;
	}
	return true;
}
