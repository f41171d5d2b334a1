/*
 * are_reader.h - are.c's own: a regular expression that is being read
 */
#ifndef EXPR_ARE_READER_H
#define EXPR_ARE_READER_H

#include <string.h>

#include "expr/are.h"
#include "expr/are_class.h"
#include "expr/chars.h"

enum { ARE_GROUPS_MAX = 100 };

struct are {
	struct eval_context *ctx;
	struct are_out *out;
	const char *p, *end;
	bool ignore_case;
	unsigned options; /* enum regex_options */
	locale_t locale;
	int depth;
	int look; /* within this many lookarounds, where groups do not capture */
	int ngroups;
	bool closed[ARE_GROUPS_MAX + 1];
	struct arena *arena; /* NULL: no tree is wanted */
	bool refers_back;
	bool choice;  /* an alternative, outside lookarounds */
	int variable; /* quantifiers of varying count, outside lookarounds */
};

enum are_escape { ESCAPE_CHAR, ESCAPE_CLASS, ESCAPE_CONSTRAINT, ESCAPE_BACKREF };

/* Always -1: 2201B, what PostgreSQL refuses; 0A000, what only we do. */
int are_bad(struct are *a, const char *what);
int are_refuse(struct are *a, const char *what);

/* least to most digits in a base; -1 when there are fewer or the value is no character. */
long are_read_digits(struct are *a, int base, int least, int most);

/* Behind a backslash; value is the character, the letter of the class or constraint, or the group. */
int are_read_escape(struct are *a, enum are_escape *kind, uint32_t *value);

static inline bool
are_at(const struct are *a, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(a->end - a->p) >= n && memcmp(a->p, s, n) == 0;
}

static inline uint32_t
are_next_char(struct are *a)
{
	size_t width;
	uint32_t c = char_decode(a->p, &width);

	a->p += width;
	return c;
}

static inline bool
are_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

#endif
