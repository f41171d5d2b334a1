/*
 * are.h - PostgreSQL's regular expressions as PCRE2's
 *
 * The two look alike and differ in what matters: \b is a backspace here and a
 * word's edge there, \Z, \y, \m, embedded options, what a class contains and
 * what is its other case.  So a pattern is parsed by PostgreSQL's rules
 * (manual, 9.7.3: advanced regular expressions) and written anew, with nothing
 * left to PCRE2's own reading.  What cannot be said is refused.
 *
 * Only whether there is a match is the same; which one, need not be, as
 * PostgreSQL takes the longest and PCRE2 the first: see are_tree.h.
 */
#ifndef EXPR_ARE_H
#define EXPR_ARE_H

#include <locale.h>
#include <stdbool.h>

#include "expr/are_tree.h"
#include "expr/value.h"

enum regex_options {
	REGEX_IGNORE_CASE = 1,
	REGEX_LITERAL = 2,       /* the pattern is a text */
	REGEX_SPANS = 4,         /* it is also asked what matched, and where */
	REGEX_EXPANDED = 8,      /* white space and # to the end of a line do not count */
	REGEX_STOP_AT_LINE = 16, /* . and [^…] do not match a newline */
	REGEX_LINE_ANCHORS = 32, /* ^ and $ match at the ends of lines, too */
	REGEX_LINES = REGEX_STOP_AT_LINE | REGEX_LINE_ANCHORS,
};

/*
 * The options that a letter stands for, of a call or embedded, into *options.
 * false: it stands for none.  *status is 0, or -1 with 0A000 for those that are
 * not supported, b and e.
 */
bool are_option(struct eval_context *ctx, char letter, unsigned *options, int *status);

/*
 * What a pattern begins with, ***:, ***= or (?letters): cut off, and the
 * options changed.  A pattern that is literal has none.
 */
int are_prefix(struct eval_context *ctx, struct text *pattern, unsigned *options);

struct are_result {
	char *pattern; /* malloced; to be compiled with PCRE2_UTF and PCRE2_DOTALL */
	size_t len;
	struct are_node *tree; /* in the arena that was given */
	int ngroups;
	bool refers_back; /* there is a back reference: the tree does not know of it */
	bool plain;       /* PCRE2 finds the same match as PostgreSQL: no choice is in it */
};

/*
 * Translate a pattern without prefix that is not literal.  Of the options
 * REGEX_IGNORE_CASE writes both cases of each letter into it.
 * arena is for the tree; NULL: none is wanted.
 * -1: ctx->error is filled, with SQLSTATE 2201B and PostgreSQL's wording for
 * what PostgreSQL refuses, 0A000 for what only we do.
 */
int are_translate(struct eval_context *ctx, const struct text *pattern, unsigned options,
	locale_t locale, struct arena *arena, struct are_result *result);

#endif
