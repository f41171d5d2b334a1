/*
 * digits.h - unsigned numbers as decimal digits
 */
#ifndef EXTRACT_DIGITS_H
#define EXTRACT_DIGITS_H

#include <stdint.h>

/* x in at least `width` digits at p, without NUL; returns the end. */
static inline char *
put_digits(char *p, uint64_t x, unsigned width)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = (char)('0' + x % 10);
		x /= 10;
	} while (x > 0);
	while (width > n) {
		*p++ = '0';
		width--;
	}
	while (n > 0)
		*p++ = digits[--n];
	return p;
}

#endif
