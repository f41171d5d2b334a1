/*
 * time_pattern.h - dates and times by a strptime pattern, or by any of many
 *
 * The directives are those of Python's strptime that do not depend on a
 * locale, and C's short forms:
 *
 *   %Y four digits   %y two (69..99 are 19xx)    %m %d %e %H %I %M %S one or two
 *   %f a fraction    %j day of the year          %b %B %h month, English, any case
 *   %a %A day of the week (read, not checked)    %p AM or PM
 *   %z +hhmm, +hh:mm, Z     %Z UTC or GMT        %s epoch seconds
 *   %F %T %R %D as in C     %n %t and white space: any white space    %%
 *
 * What the pattern does not say is that of 1900-01-01 00:00:00, as in Python.
 */
#ifndef VALIDATE_TIME_PATTERN_H
#define VALIDATE_TIME_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "validate/moment.h"

/* NULL when the pattern holds a directive that is not known; it is borrowed and lives on. */
bool time_pattern_known(const char *pattern, struct error *err);

/* Whether all n bytes fit the pattern, which must be known. */
bool time_pattern_scan(const char *pattern, const char *p, size_t n, struct moment *m);

/* The format "any": whether one of the common ways to write a date, a time or both fits. */
bool time_any_date(const char *p, size_t n, struct moment *m);
bool time_any_time(const char *p, size_t n, struct moment *m);
bool time_any_datetime(const char *p, size_t n, struct moment *m);

#endif
