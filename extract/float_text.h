/*
 * float_text.h - floating point numbers as PostgreSQL prints them
 */
#ifndef EXTRACT_FLOAT_TEXT_H
#define EXTRACT_FLOAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { FLOAT_TEXT_MAX = 32 };

/*
 * The number with the fewest digits that read back the same, as PostgreSQL
 * prints a double precision (or a real, if single) with its default
 * extra_float_digits.  buf has room for FLOAT_TEXT_MAX; returns the length,
 * no NUL is written.
 */
size_t float_text(char *buf, double value, bool single);

#endif
