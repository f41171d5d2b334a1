/*
 * regex_simple.h - the patterns that most mappings have, matched without a machine
 *
 * ^[0-9]{9,10}$ and its like: from the beginning, single ASCII characters and
 * classes of them, each with a count, perhaps to the end; and so that it is known
 * at each character whether to go on, as no class shares a character with what may
 * follow it.  All else is PCRE2's.
 */
#ifndef EXPR_REGEX_SIMPLE_H
#define EXPR_REGEX_SIMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "expr/value.h"

enum { SIMPLE_ITEMS = 16 };

/* So many characters of a set, of which bit c % 64 of bits[c / 64] tells whether c is in it. */
struct simple_item {
	uint64_t bits[2];
	size_t min, max;
};

struct regex_simple {
	struct simple_item items[SIMPLE_ITEMS];
	int n; /* 0: none */
	bool to_end;
};

/* false: it is none of these. */
bool regex_simple_compile(const struct text *pattern, struct regex_simple *simple);

bool regex_simple_matches(const struct regex_simple *simple, const struct text *t);

#endif
