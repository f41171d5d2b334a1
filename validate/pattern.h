/*
 * pattern.h - regular expressions of contracts
 *
 * XML Schema's (part 2, appendix F), matched against the whole value: \d is
 * any decimal digit of Unicode, \w all but punctuation, separators and
 * controls (so not the underscore), \s is blank, tab, CR and LF, \i and \c
 * are the characters of XML names, [a-z-[aeiou]] subtracts.  Two liberties
 * are taken, since the specification's own example does: ^ and $ are anchors.
 * What PCRE2 has besides (lookahead, (?i), lazy quantifiers) works as there.
 */
#ifndef VALIDATE_PATTERN_H
#define VALIDATE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct pattern;

/* A regular expression that is wrong is ERROR_USAGE. */
struct pattern *pattern_new(const char *regex, struct error *err);

/* The same of ECMAScript (as PCRE2 takes it), which may match anywhere in a value. */
struct pattern *pattern_new_search(const char *regex, struct error *err);

enum pattern_result { PATTERN_NO, PATTERN_YES, PATTERN_GAVE_UP };

/*
 * Whether all n bytes (valid UTF-8) match.  PATTERN_GAVE_UP when it takes too
 * many steps to tell.
 */
enum pattern_result pattern_match(const struct pattern *p, const char *text, size_t n);

/* Takes NULL. */
void pattern_free(struct pattern *p);

#endif
