/*
 * float_text.c - see float_text.h
 */
#include <fenv.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract/digits.h"
#include "extract/float_text.h"

/*
 * Nearly all numbers that people store, such as 9.99: found by trying whether
 * it is an integer over a small power of ten.  At most DBL_DIG (FLT_DIG)
 * digits, so no shorter text can read back the same.  0: not such a number.
 */
static size_t
simple_float_text(char *buf, double value, bool single)
{
	static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	double limit = single ? 1e6 : 1e15, size = fabs(value);
	char *p = buf;

	if (!(size < limit) || (size < 1e-4 && size != 0))
		return 0;
	for (unsigned k = 0; k < sizeof powers / sizeof *powers; k++) {
		double scaled = nearbyint(size * powers[k]);
		double back = scaled / powers[k];
		uint64_t n;

		if (scaled >= limit)
			return 0;
		if (single ? (float)back != (float)size : back != size)
			continue;
		n = (uint64_t)scaled;
		if (signbit(value))
			*p++ = '-';
		p = put_digits(p, n / (uint64_t)powers[k], 1);
		if (k > 0) {
			*p++ = '.';
			p = put_digits(p, n % (uint64_t)powers[k], k);
		}
		return (size_t)(p - buf);
	}
	return 0;
}

/* Whether text is exactly x: then it is so however strtold rounds. */
static bool
is_exactly(const char *text, long double x)
{
	int mode = fegetround();
	long double down, up;

	fesetround(FE_DOWNWARD);
	down = strtold(text, NULL);
	fesetround(FE_UPWARD);
	up = strtold(text, NULL);
	fesetround(mode);
	return down == x && up == x;
}

/*
 * Whether text lies in the middle between value and a neighbour.  It may read
 * back, since ties go to the even one, but PostgreSQL does not count on that.
 */
static bool
is_tie(const char *text, double value, bool single)
{
	long double x = strtold(text, NULL), here = value, below, above;

	if (single) {
		below = nextafterf((float)value, 0);
		above = nextafterf((float)value, INFINITY);
	} else {
		below = nextafter(value, 0);
		above = nextafter(value, (double)INFINITY);
	}
	if (isinf(above))
		above = here + (here - below);
	below = here - (here - below) / 2;
	above = here + (above - here) / 2;
	return (x == below && is_exactly(text, below)) ||
	       (x == above && is_exactly(text, above));
}

static bool
reads_back(const char *text, double value, bool single)
{
	if (single ? strtof(text, NULL) != (float)value : strtod(text, NULL) != value)
		return false;
	return !is_tie(text, value, single);
}

/* The last digit of d.ddde±xx one up, if that is possible without a carry. */
static bool
last_digit_up(char *text)
{
	char *e = strchr(text, 'e');

	if (e == NULL || e[-1] == '9')
		return false;
	e[-1]++;
	return true;
}

/*
 * d.ddde±xx of a number over 0, with the fewest digits that read back.  A power of two has less
 * room below it than above, so the next text up may do where the nearest does
 * not.
 */
static void
shortest_exponential(char *buf, size_t size, double value, bool single)
{
	double tiny = single ? (double)FLT_MIN : DBL_MIN;
	int digits = single ? FLT_DIG : DBL_DIG,
	    most = single ? FLT_DECIMAL_DIG : DBL_DECIMAL_DIG;
	int exponent;
	bool power_of_two = frexp(value, &exponent) == 0.5;

	if (value < tiny)
		digits = 1;
	for (;; digits++) {
		snprintf(buf, size, "%.*e", digits - 1, value);
		if (digits >= most || reads_back(buf, value, single))
			return;
		if (power_of_two && last_digit_up(buf) && reads_back(buf, value, single))
			return;
	}
}

/* n digits that mean d.ddd times ten to the exponent. */
static char *
put_fixed(char *p, const char *digits, int n, int exponent)
{
	if (exponent < 0) {
		*p++ = '0';
		*p++ = '.';
		for (int i = exponent + 1; i < 0; i++)
			*p++ = '0';
		memcpy(p, digits, (size_t)n);
		return p + n;
	}
	for (int i = 0; i < n || i <= exponent; i++) {
		if (i == exponent + 1)
			*p++ = '.';
		*p++ = i < n ? digits[i] : '0';
	}
	return p;
}

static char *
put_exponential(char *p, const char *digits, int n, int exponent)
{
	*p++ = digits[0];
	if (n > 1) {
		*p++ = '.';
		memcpy(p, digits + 1, (size_t)n - 1);
		p += n - 1;
	}
	*p++ = 'e';
	*p++ = exponent < 0 ? '-' : '+';
	return put_digits(p, (unsigned)abs(exponent), 2);
}

static size_t
special_text(char *buf, double value)
{
	const char *word = isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
	size_t n = strlen(word);

	memcpy(buf, word, n);
	return n;
}

size_t
float_text(char *buf, double value, bool single)
{
	char text[FLOAT_TEXT_MAX], digits[FLOAT_TEXT_MAX] = "0";
	size_t used = simple_float_text(buf, value, single);
	int n = 0, exponent;
	char *p = buf;

	if (used > 0)
		return used;
	if (!isfinite(value))
		return special_text(buf, value);
	shortest_exponential(text, sizeof text, fabs(value), single);
	for (const char *t = text; *t != 'e'; t++) {
		if (*t != '.')
			digits[n++] = *t;
	}
	while (n > 1 && digits[n - 1] == '0')
		n--;
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	if (signbit(value))
		*p++ = '-';
	if (exponent >= -4 && exponent < (single ? FLT_DIG : DBL_DIG))
		p = put_fixed(p, digits, n, exponent);
	else
		p = put_exponential(p, digits, n, exponent);
	return (size_t)(p - buf);
}
