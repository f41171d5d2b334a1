/*
 * decimal.c - see decimal.h
 */
#include <string.h>
#include <strings.h>

#include "validate/decimal.h"

/* Exponents beyond this are as good as this: no field has so many digits. */
#define EXPONENT_MAX ((int64_t)1 << 60)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

static bool
is_word(const char *p, size_t n, const char *word)
{
	return n == strlen(word) && strncasecmp(p, word, n) == 0;
}

static bool
scan_special(const char *p, size_t n, struct decimal *d)
{
	d->na = d->nb = 0;
	d->point = 0;
	d->negative = false;
	if (is_word(p, n, "NaN")) {
		d->special = DECIMAL_NAN;
		return true;
	}
	if (n > 0 && *p == '-') {
		d->negative = true;
		p++;
		n--;
	}
	if (!is_word(p, n, "INF") && !is_word(p, n, "Infinity"))
		return false;
	d->special = DECIMAL_INFINITE;
	return true;
}

/* Take away the zeros at both ends of what the spans hold; point is na at first. */
static void
strip(struct decimal *d)
{
	while (d->nb > 0 && d->b[d->nb - 1] == '0')
		d->nb--;
	if (d->nb == 0) {
		while (d->na > 0 && d->a[d->na - 1] == '0')
			d->na--;
	}
	while (d->na > 0 && *d->a == '0') {
		d->a++;
		d->na--;
		d->point--;
	}
	if (d->na == 0) {
		while (d->nb > 0 && *d->b == '0') {
			d->b++;
			d->nb--;
			d->point--;
		}
	}
	if (d->na == 0 && d->nb == 0) {
		d->negative = false;
		d->point = 0;
	}
}

/* E, a sign or none, digits, and nothing behind them. */
static bool
scan_exponent(const char *p, const char *end, int64_t *exponent)
{
	bool negative = false;
	int64_t e = 0;

	p++;
	if (p < end && (*p == '+' || *p == '-'))
		negative = *p++ == '-';
	if (p == end)
		return false;
	for (; p < end; p++) {
		if (!is_digit(*p))
			return false;
		if (e < EXPONENT_MAX / 16)
			e = e * 10 + (*p - '0');
	}
	*exponent = negative ? -e : e;
	return true;
}

bool
decimal_scan(const char *p, size_t n, struct decimal *d)
{
	const char *end = p + n, *q = p;
	int64_t exponent = 0;

	d->special = DECIMAL_FINITE;
	d->negative = n > 0 && *p == '-';
	if (n > 0 && (*p == '-' || *p == '+'))
		q++;
	d->a = q;
	q = skip_digits(q, end);
	d->na = (size_t)(q - d->a);
	d->b = q;
	d->nb = 0;
	if (q < end && *q == '.') {
		d->b = ++q;
		q = skip_digits(q, end);
		d->nb = (size_t)(q - d->b);
	}
	if (d->na + d->nb == 0)
		return scan_special(p, n, d);
	if (q < end && !((*q == 'E' || *q == 'e') && scan_exponent(q, end, &exponent)))
		return false;
	d->point = (int64_t)d->na + exponent;
	strip(d);
	return true;
}

bool
decimal_scan_integer(const char *p, size_t n, struct decimal *d)
{
	size_t sign = n > 0 && (*p == '-' || *p == '+');

	if (n == sign || skip_digits(p + sign, p + n) != p + n)
		return false;
	return decimal_scan(p, n, d);
}

bool
decimal_to_int64(const struct decimal *d, int64_t *i)
{
	size_t n = d->na + d->nb;
	uint64_t u = 0;

	if (d->special != DECIMAL_FINITE || d->point < (int64_t)n || d->point > 19)
		return false;
	for (size_t k = 0; k < (size_t)d->point; k++) {
		unsigned digit = k >= n      ? 0
				 : k < d->na ? (unsigned)(d->a[k] - '0')
					     : (unsigned)(d->b[k - d->na] - '0');

		u = u * 10 + digit; /* 19 digits fit in 64 bits */
	}
	if (u > (uint64_t)INT64_MAX + d->negative)
		return false;
	*i = d->negative ? (int64_t)(0 - u) : (int64_t)u;
	return true;
}

void
decimal_from_int64(int64_t i, char buf[static 24], struct decimal *d)
{
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
	size_t at = 24;

	do {
		buf[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	d->special = DECIMAL_FINITE;
	d->negative = i < 0;
	d->a = d->b = buf + at;
	d->na = 24 - at;
	d->nb = 0;
	d->point = (int64_t)d->na;
	strip(d);
}

/* The spans from digit `at` on: *p and how many digits lie there in one piece. */
static size_t
piece(const struct decimal *d, size_t at, const char **p)
{
	if (at < d->na) {
		*p = d->a + at;
		return d->na - at;
	}
	*p = d->b + (at - d->na);
	return d->na + d->nb - at;
}

/* The digits of x and y as fractions, without sign and point. */
static int
compare_digits(const struct decimal *x, const struct decimal *y)
{
	size_t nx = x->na + x->nb, ny = y->na + y->nb, at = 0;

	while (at < nx && at < ny) {
		const char *px, *py;
		size_t lx = piece(x, at, &px), ly = piece(y, at, &py);
		size_t n = lx < ly ? lx : ly;
		int c = memcmp(px, py, n);

		if (c != 0)
			return c < 0 ? -1 : 1;
		at += n;
	}
	return nx == ny ? 0 : nx < ny ? -1 : 1;
}

/* -1, 0, 1: less than zero, zero, more; and 2 times that for the infinite. */
static int
sign(const struct decimal *d)
{
	int s = d->negative ? -1 : 1;

	if (d->special == DECIMAL_INFINITE)
		return 2 * s;
	return d->na + d->nb == 0 ? 0 : s;
}

int
decimal_compare(const struct decimal *x, const struct decimal *y)
{
	int sx, sy, c;

	if (x->special == DECIMAL_NAN || y->special == DECIMAL_NAN)
		return 2;
	sx = sign(x);
	sy = sign(y);
	if (sx != sy)
		return sx < sy ? -1 : 1;
	if (sx == 0 || sx == 2 || sx == -2)
		return 0;
	if (x->point != y->point)
		c = x->point < y->point ? -1 : 1;
	else
		c = compare_digits(x, y);
	return sx < 0 ? -c : c;
}

size_t
decimal_key(const struct decimal *d, unsigned char *key)
{
	unsigned char *p = key;

	*p++ = (unsigned char)(d->special << 1 | d->negative);
	if (d->special != DECIMAL_FINITE)
		return 1;
	memcpy(p, &d->point, sizeof d->point);
	p += sizeof d->point;
	if (d->na > 0)
		memcpy(p, d->a, d->na);
	p += d->na;
	if (d->nb > 0)
		memcpy(p, d->b, d->nb);
	return (size_t)(p - key) + d->nb;
}
