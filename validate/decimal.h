/*
 * decimal.h - decimal numbers of any size, compared as they are written
 *
 * A number is never turned into binary floating point: 0.1 is 0.1, and a
 * hundred digits are a hundred digits.  A struct decimal points into the text
 * that it was scanned from.
 */
#ifndef VALIDATE_DECIMAL_H
#define VALIDATE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum decimal_special { DECIMAL_FINITE, DECIMAL_NAN, DECIMAL_INFINITE };

/*
 * The value is 0.AB times 10 to the power of point, where A and B are the
 * digits of the two spans, which neither begin nor end with a zero.  Zero has
 * no digits.
 */
struct decimal {
	const char *a;
	const char *b;
	size_t na;
	size_t nb;
	int64_t point;
	bool negative;
	uint8_t special; /* enum decimal_special */
};

/*
 * Scan n bytes: sign, digits with at most one '.', exponent; or NaN, INF, -INF
 * in any case, and Infinity as PostgreSQL writes it.  False when it is
 * anything else.
 */
bool decimal_scan(const char *p, size_t n, struct decimal *d);

/* Scan a sign and digits: an integer. */
bool decimal_scan_integer(const char *p, size_t n, struct decimal *d);

/* Whether it is an integer of int64_t, then in *i. */
bool decimal_to_int64(const struct decimal *d, int64_t *i);

void decimal_from_int64(int64_t i, char buf[static 24], struct decimal *d);

/* -1, 0, 1; 2 when one is NaN: then there is no order. */
int decimal_compare(const struct decimal *x, const struct decimal *y);

/*
 * Bytes that are the same for equal numbers and only for those: at most
 * na + nb + DECIMAL_KEY_EXTRA.  Returns their number.
 */
enum { DECIMAL_KEY_EXTRA = 9 };
size_t decimal_key(const struct decimal *d, unsigned char *key);

#endif
