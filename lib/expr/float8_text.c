/*
 * float8_text.c - double precision and real read from text and printed
 *
 * Printing is PostgreSQL's shortest form since version 12: the fewest digits
 * that lie strictly inside the interval of reals that round to the value, of
 * those the nearest; never a digit string on the interval's border, even
 * where strtod would take it (1e23 is printed 9.999999999999999e+22).  The
 * algorithm is Ryu's (Adams, PLDI 2018) with exact integers in place of its
 * tables.
 */
#include <errno.h>
#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number.h"

/* Printing */

enum {
	FIVE_LIMBS = 16, /* 5^325 has 755 bits */
	WIDE_LIMBS = 20, /* 2^1024 has 16 limbs */
	MANTISSA_BITS = 52,
	EXPONENT_BIAS = 1023,
	REAL_MANTISSA_BITS = 23,
	REAL_EXPONENT_BIAS = 127,
	FIXED_EXPONENT_MIN = -4, /* outside of these d.ddde+xx is printed */
	FIXED_EXPONENT_MAX = 14,
	REAL_FIXED_EXPONENT_MAX = 5,
};

/* A scaled integer part, and whether nothing was cut off. */
struct cut {
	uint64_t v;
	bool exact;
};

static int
power_of_five(int k, uint64_t limbs[static FIVE_LIMBS])
{
	static const uint64_t five27 = 7450580596923828125u;
	uint64_t rest = 1;
	int n = 1;

	limbs[0] = 1;
	for (; k >= 27; k -= 27) {
		limbs[n] = mpn_mul_1(limbs, limbs, n, five27);
		n += limbs[n] != 0;
	}
	for (; k > 0; k--)
		rest *= 5;
	limbs[n] = mpn_mul_1(limbs, limbs, n, rest);
	return n + (limbs[n] != 0);
}

/* x * 5^i / 2^q */
static struct cut
times_five(uint64_t x, const uint64_t *five, int n, int q)
{
	uint64_t product[FIVE_LIMBS + 3] = {0};
	struct cut c = {0, true};
	int limb = q / 64, bits = q % 64;

	product[n] = mpn_mul_1(product, five, n, x);
	for (int i = 0; i < limb; i++)
		c.exact = c.exact && product[i] == 0;
	c.v = product[limb] >> bits;
	if (bits > 0) {
		c.exact = c.exact && product[limb] << (64 - bits) == 0;
		c.v |= product[limb + 1] << (64 - bits);
	}
	return c;
}

/* x * 2^shift / 5^q */
static struct cut
over_five(uint64_t x, int shift, const uint64_t *five, int n)
{
	uint64_t above[WIDE_LIMBS] = {0}, quotient[WIDE_LIMBS] = {0}, rest[WIDE_LIMBS];
	int limb = shift / 64, bits = shift % 64, nabove = limb + 2;
	struct cut c = {0, true};

	above[limb] = x << bits;
	above[limb + 1] = bits > 0 ? x >> (64 - bits) : 0;
	if (nabove < n) { /* cannot be: the quotient has 16 digits at least */
		c.exact = false;
		return c;
	}
	mpn_tdiv_qr(quotient, rest, 0, above, nabove, five, n);
	c.v = quotient[0];
	c.exact = mpn_zero_p(rest, n);
	return c;
}

/*
 * The shortest digits of mantissa * 2^exponent (times 10^*ten), and not zero.
 * lower_half: the interval below is only half as wide, as at a power of two.
 */
static uint64_t
shortest(uint64_t mantissa, int exponent, bool lower_half, int *ten)
{
	uint64_t five[FIVE_LIMBS];
	uint64_t mid = 4 * mantissa, low = mid - (lower_half ? 1 : 2), high = mid + 2;
	struct cut m, l, h;
	int e = exponent - 2, q, n;
	unsigned last = 0;
	bool zeros;

	if (e >= 0) {
		q = (int)(e * 0.30102999566398120);
		q = q > 1 ? q - 1 : 0;
		n = power_of_five(q, five);
		m = over_five(mid, e - q, five, n);
		l = over_five(low, e - q, five, n);
		h = over_five(high, e - q, five, n);
		*ten = q;
	} else {
		q = (int)(-e * 0.69897000433601880);
		q = q > 1 ? q - 1 : 0;
		n = power_of_five(-e - q, five);
		m = times_five(mid, five, n, q);
		l = times_five(low, five, n, q);
		h = times_five(high, five, n, q);
		*ten = q + e;
	}
	zeros = m.exact;
	h.v -= h.exact;
	while (h.v / 10 > l.v / 10) {
		zeros = zeros && last == 0;
		last = (unsigned)(m.v % 10);
		m.v /= 10;
		l.v /= 10;
		h.v /= 10;
		++*ten;
	}
	if (zeros && last == 5 && m.v % 2 == 0)
		last = 4; /* a tie goes to the even digit */
	return m.v + (m.v == l.v || last >= 5);
}

static size_t
print_fixed(const char *digits, int ndigits, int exponent, char *p)
{
	char *start = p;
	int i = 0;

	if (exponent < 0) {
		memcpy(p, "0.", 2);
		p += 2;
		memset(p, '0', (size_t)(-exponent - 1));
		p += -exponent - 1;
		memcpy(p, digits, (size_t)ndigits);
		return (size_t)(p + ndigits - start);
	}
	for (; i <= exponent; i++)
		*p++ = i < ndigits ? digits[i] : '0';
	if (i < ndigits) {
		*p++ = '.';
		memcpy(p, digits + i, (size_t)(ndigits - i));
		p += ndigits - i;
	}
	return (size_t)(p - start);
}

static size_t
print_scientific(const char *digits, int ndigits, int exponent, char *p)
{
	char *start = p;
	unsigned e = (unsigned)abs(exponent);

	*p++ = digits[0];
	if (ndigits > 1) {
		*p++ = '.';
		memcpy(p, digits + 1, (size_t)(ndigits - 1));
		p += ndigits - 1;
	}
	*p++ = 'e';
	*p++ = exponent < 0 ? '-' : '+';
	if (e >= 100)
		*p++ = (char)('0' + e / 100);
	*p++ = (char)('0' + e / 10 % 10);
	*p++ = (char)('0' + e % 10);
	return (size_t)(p - start);
}

static size_t
print_word(const char *word, char *buf)
{
	size_t len = strlen(word);

	memcpy(buf, word, len);
	return len;
}

/* NaN, infinity and zero; false for the others. */
static bool
print_special(double v, char *buf, size_t *len)
{
	size_t sign = signbit(v) ? 1 : 0;

	if (isnan(v)) {
		*len = print_word("NaN", buf);
	} else if (isinf(v)) {
		*len = print_word(sign ? "-Infinity" : "Infinity", buf);
	} else if (v == 0) {
		*len = print_word(sign ? "-0" : "0", buf);
	} else {
		return false;
	}
	return true;
}

/* The digits of shortest() with their power of ten, and a minus in front. */
static size_t
print_digits(uint64_t digits, int ten, bool negative, int fixed_max, char *buf)
{
	char text[INT_PRINT_MAX];
	size_t sign = negative ? 1 : 0;
	int len, exponent;

	buf[0] = '-';
	for (; digits % 10 == 0; digits /= 10)
		ten++;
	len = (int)int_print((int64_t)digits, text);
	exponent = ten + len - 1;
	if (exponent >= FIXED_EXPONENT_MIN && exponent <= fixed_max)
		return sign + print_fixed(text, len, exponent, buf + sign);
	return sign + print_scientific(text, len, exponent, buf + sign);
}

size_t
float8_print(double v, char buf[static FLOAT8_PRINT_MAX])
{
	uint64_t bits, mantissa, digits;
	bool lower_half;
	int exponent, ten;
	size_t len;

	if (print_special(v, buf, &len))
		return len;
	if (fabs(v) < 1e15 && v == (double)(int64_t)v)
		return int_print((int64_t)v, buf);
	memcpy(&bits, &v, sizeof bits);
	mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
	exponent = (int)(bits >> MANTISSA_BITS & 0x7ff);
	lower_half = mantissa == 0 && exponent > 1;
	if (exponent == 0)
		exponent = 1;
	else
		mantissa |= UINT64_C(1) << MANTISSA_BITS;
	digits = shortest(mantissa, exponent - EXPONENT_BIAS - MANTISSA_BITS, lower_half, &ten);
	return print_digits(digits, ten, v < 0, FIXED_EXPONENT_MAX, buf);
}

size_t
float4_print(double v, char buf[static FLOAT8_PRINT_MAX])
{
	float narrow = (float)v;
	uint32_t bits, mantissa;
	uint64_t digits;
	bool lower_half;
	int exponent, ten;
	size_t len;

	if (print_special(v, buf, &len))
		return len;
	if (fabs(v) < 1e6 && v == (double)(int64_t)v)
		return int_print((int64_t)v, buf);
	memcpy(&bits, &narrow, sizeof bits);
	mantissa = bits & ((UINT32_C(1) << REAL_MANTISSA_BITS) - 1);
	exponent = (int)(bits >> REAL_MANTISSA_BITS & 0xff);
	lower_half = mantissa == 0 && exponent > 1;
	if (exponent == 0)
		exponent = 1;
	else
		mantissa |= UINT32_C(1) << REAL_MANTISSA_BITS;
	digits = shortest(
		mantissa, exponent - REAL_EXPONENT_BIAS - REAL_MANTISSA_BITS, lower_half, &ten);
	return print_digits(digits, ten, v < 0, REAL_FIXED_EXPONENT_MAX, buf);
}

/* Reading */

/*
 * Digits with a point, few enough that mantissa and power of ten are exact
 * doubles and one division rounds rightly (Clinger 1990).  False for the rest.
 */
static bool
parse_exact(struct text s, double *result)
{
	static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
		1e11, 1e12, 1e13, 1e14, 1e15};
	bool negative = s.len > 0 && s.ptr[0] == '-';
	size_t i = negative, point = SIZE_MAX, ndigits = 0;
	uint64_t v = 0;

	if (s.len > 17)
		return false;
	for (; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '.' && point == SIZE_MAX) {
			point = ndigits;
			continue;
		}
		if (c < '0' || c > '9' || ndigits == 15)
			return false;
		v = v * 10 + (uint64_t)(c - '0');
		ndigits++;
	}
	if (ndigits == 0)
		return false;
	*result = (double)v;
	if (point != SIZE_MAX)
		*result /= tens[ndigits - point];
	if (negative)
		*result = -*result;
	return true;
}

/* By strtod or, for a real, strtof; what they say of the range is PostgreSQL's, too. */
static int
parse_general(struct eval_context *ctx, struct text s, bool real, double *result)
{
	const char *name = real ? "real" : "double precision";
	char small[128], *copy = small, *start, *end;
	double v;

	/* strtod wants a NUL */
	if (s.len < sizeof small) {
		memcpy(small, s.ptr, s.len);
		small[s.len] = '\0';
	} else {
		copy = arena_copy(ctx->arena, s.ptr, s.len);
		if (copy == NULL)
			return eval_nomem(ctx);
	}
	for (start = copy; space_is(*start);)
		start++;
	errno = 0;
	v = real ? (double)strtof(start, &end) : strtod(start, &end);
	if (end != start && errno == ERANGE && (v == 0 || isinf(v))) {
		struct text num = {start, (size_t)(end - start)};

		if (real) /* its message has all of the text */
			num = s;
		return eval_fail(ctx, "22003", "\"%.*s\" is out of range for type %s",
			shown(num.len), num.ptr, name);
	}
	if (end == start)
		goto invalid;
	while (space_is(*end))
		end++;
	if (end != copy + s.len)
		goto invalid;
	*result = v;
	return 0;
invalid:
	return eval_fail(ctx, "22P02", "invalid input syntax for type %s: \"%.*s\"", name,
		shown(s.len), s.ptr);
}

int
float8_parse(struct eval_context *ctx, struct text s, double *result)
{
	return parse_exact(s, result) ? 0 : parse_general(ctx, s, false, result);
}

int
float4_parse(struct eval_context *ctx, struct text s, double *result)
{
	return parse_general(ctx, s, true, result);
}
