/*
 * numeric_text.c - the exact decimal read from text and printed
 */
#include <gmp.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "expr/numeric.h"

/* Reading */

struct decimal_text {
	const char *digits; /* first significant digit; a '.' may stand among them */
	const char *end;
	int64_t ndigits; /* significant digits */
	int64_t scale;   /* digits after the point less the exponent */
	bool negative;
};

/* strtol's rules, white space before the number included; false where there is none. */
static bool
read_exponent(const char **p, const char *end, int64_t *exponent)
{
	const char *c = *p;
	bool negative = false;
	int64_t v = 0;

	while (c < end && space_is(*c))
		c++;
	if (c < end && (*c == '-' || *c == '+'))
		negative = *c++ == '-';
	if (c == end || *c < '0' || *c > '9')
		return false;
	for (; c < end && *c >= '0' && *c <= '9'; c++) {
		if (v < INT_MAX)
			v = v * 10 + (*c - '0');
	}
	*exponent = negative ? -v : v;
	*p = c;
	return true;
}

enum scan { SCAN_OK, SCAN_INVALID, SCAN_OVERFLOW };

/* Sign, digits and exponent at *p; leaves *p behind them. */
static enum scan
scan_decimal(const char **p, const char *end, struct decimal_text *d)
{
	const char *c = *p;
	bool point = false;
	int64_t exponent = 0;

	if (c < end && (*c == '-' || *c == '+'))
		d->negative = *c++ == '-';
	if (c < end && *c == '.') {
		point = true;
		c++;
	}
	if (c == end || *c < '0' || *c > '9')
		return SCAN_INVALID;
	for (; c < end && ((*c >= '0' && *c <= '9') || *c == '.'); c++) {
		if (*c == '.') {
			if (point)
				return SCAN_INVALID;
			point = true;
			continue;
		}
		if (*c != '0' && d->ndigits == 0)
			d->digits = c;
		d->ndigits += d->digits != NULL;
		d->scale += point;
	}
	d->end = c;
	if (c < end && (*c == 'e' || *c == 'E')) {
		c++;
		if (!read_exponent(&c, end, &exponent))
			return SCAN_INVALID;
		if (exponent >= INT_MAX / 2 || exponent <= -(INT_MAX / 2))
			return SCAN_OVERFLOW;
		d->scale -= exponent;
	}
	*p = c;
	return SCAN_OK;
}

static int
decimal_limbs(struct eval_context *ctx, const struct decimal_text *d, uint64_t **limbs,
	int64_t *nlimbs)
{
	unsigned char *digits;
	int64_t n = 0;

	if (d->ndigits <= POW10_MAX) {
		uint64_t v = 0;

		for (const char *c = d->digits; c < d->end; c++) {
			if (*c != '.')
				v = v * 10 + (uint64_t)(*c - '0');
		}
		*limbs = numeric_limbs(ctx, 1);
		if (*limbs == NULL)
			return eval_nomem(ctx);
		**limbs = v;
		*nlimbs = v != 0;
		return 0;
	}
	digits = arena_alloc(ctx->arena, (size_t)d->ndigits);
	*limbs = numeric_limbs(ctx, d->ndigits / POW10_MAX + 2);
	if (digits == NULL || *limbs == NULL)
		return eval_nomem(ctx);
	for (const char *c = d->digits; c < d->end; c++) {
		if (*c != '.')
			digits[n++] = (unsigned char)(*c - '0');
	}
	*nlimbs = mpn_set_str(*limbs, digits, (size_t)n, 10);
	return 0;
}

static int
decimal_to_numeric(struct eval_context *ctx, const struct decimal_text *d, int32_t typmod,
	struct numeric *result)
{
	uint64_t *limbs = NULL;
	int64_t nlimbs = 0, scale = d->scale;

	if (scale > NUMERIC_SCALE_MAX ||
		(d->ndigits > 0 && d->ndigits - scale > NUMERIC_DIGITS_MAX))
		return numeric_overflow(ctx); /* whatever the declared type */
	if (d->ndigits > 0 && decimal_limbs(ctx, d, &limbs, &nlimbs) < 0)
		return -1;
	if (scale < 0) {
		if (numeric_scale_up(ctx, limbs, nlimbs, -scale, &limbs, &nlimbs) < 0)
			return -1;
		scale = 0;
	}
	if (numeric_make(ctx, limbs, nlimbs, scale, d->negative, result) < 0)
		return -1;
	return typmod < 4 ? 0 : numeric_apply_typmod(ctx, result, typmod, result);
}

/* NaN and the infinities, in any case; NaN takes no sign. */
static bool
scan_special(const char **p, const char *end, enum numeric_special *special)
{
	static const struct {
		const char *name;
		enum numeric_special special;
	} names[] = {
		{"nan", NUMERIC_NAN},
		{"infinity", NUMERIC_PLUS_INF},
		{"+infinity", NUMERIC_PLUS_INF},
		{"-infinity", NUMERIC_MINUS_INF},
		{"inf", NUMERIC_PLUS_INF},
		{"+inf", NUMERIC_PLUS_INF},
		{"-inf", NUMERIC_MINUS_INF},
	};

	/* most begin with a digit */
	if (*p < end && **p >= '0' && **p <= '9')
		return false;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i].name);

		if ((size_t)(end - *p) >= n && strncasecmp(*p, names[i].name, n) == 0) {
			*special = names[i].special;
			*p += n;
			return true;
		}
	}
	return false;
}

/* Digits and nothing else, as many as a limb has room for. */
static bool
plain_digits(struct text s, uint64_t *v)
{
	*v = 0;
	if (s.len == 0 || s.len > POW10_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(s.ptr[i] - '0');

		if (digit > 9)
			return false;
		*v = *v * 10 + digit;
	}
	return true;
}

int
numeric_parse(struct eval_context *ctx, struct text s, int32_t typmod, struct numeric *result)
{
	const char *p = s.ptr, *end = s.ptr + s.len;
	enum numeric_special special = NUMERIC_FINITE;
	enum scan scan = SCAN_OK;
	struct decimal_text d = {0};
	uint64_t v;

	if (plain_digits(s, &v)) {
		uint64_t *limbs = numeric_limbs(ctx, 1);

		if (limbs == NULL)
			return eval_nomem(ctx);
		*limbs = v;
		if (numeric_make(ctx, limbs, v != 0, 0, false, result) < 0)
			return -1;
		return typmod < 4 ? 0 : numeric_apply_typmod(ctx, result, typmod, result);
	}
	while (p < end && space_is(*p))
		p++;
	if (!scan_special(&p, end, &special))
		scan = scan_decimal(&p, end, &d);
	while (scan == SCAN_OK && p < end && space_is(*p))
		p++;
	if (scan == SCAN_OVERFLOW)
		return numeric_overflow(ctx);
	if (scan == SCAN_INVALID || p < end)
		return eval_fail(ctx, "22P02",
			"invalid input syntax for type numeric: \"%.*s\"", shown(s.len), s.ptr);
	if (special == NUMERIC_FINITE)
		return decimal_to_numeric(ctx, &d, typmod, result);
	numeric_make_special(special, result);
	return numeric_apply_typmod(ctx, result, typmod, result);
}

/* Printing */

static int
special_print(const struct numeric *n, struct text *result)
{
	static const struct text names[] = {
		[NUMERIC_NAN] = {"NaN", 3},
		[NUMERIC_PLUS_INF] = {"Infinity", 8},
		[NUMERIC_MINUS_INF] = {"-Infinity", 9},
	};

	*result = names[n->special];
	return 0;
}

/* The digits of the magnitude at buf, most significant first; returns their number. */
static int64_t
print_digits(struct eval_context *ctx, const struct numeric *n, char *buf)
{
	uint64_t *copy;
	size_t len, zeros = 0;

	if (n->nlimbs <= 1) {
		uint64_t v = n->nlimbs == 0 ? 0 : n->limbs[0];
		char small[POW10_MAX + 1];
		size_t i = sizeof small;

		do {
			small[--i] = (char)('0' + v % 10);
			v /= 10;
		} while (v > 0);
		memcpy(buf, small + i, sizeof small - i);
		return (int64_t)(sizeof small - i);
	}
	copy = numeric_limbs(ctx, n->nlimbs + 1);
	if (copy == NULL)
		return -1;
	memcpy(copy, n->limbs, (size_t)n->nlimbs * sizeof *copy);
	len = mpn_get_str((unsigned char *)buf, 10, copy, n->nlimbs);
	while (zeros + 1 < len && buf[zeros] == 0)
		zeros++;
	memmove(buf, buf + zeros, len - zeros);
	for (size_t i = 0; i < len - zeros; i++)
		buf[i] = (char)(buf[i] + '0');
	return (int64_t)(len - zeros);
}

int
numeric_print(struct eval_context *ctx, const struct numeric *n, struct text *result)
{
	char *buf, *p;
	int64_t len, scale = n->scale;

	if (n->special != NUMERIC_FINITE)
		return special_print(n, result);
	/* digits of 64 bits: at most 20 a limb; sign, point, and zeros that fill the scale */
	buf = arena_alloc(ctx->arena, (size_t)(n->nlimbs * INT64_C(20) + scale + 24));
	if (buf == NULL)
		return eval_nomem(ctx);
	p = buf + n->negative;
	buf[0] = '-';
	len = print_digits(ctx, n, p);
	if (len < 0)
		return eval_nomem(ctx);
	if (len <= scale) {
		memmove(p + scale - len + 1, p, (size_t)len);
		memset(p, '0', (size_t)(scale - len + 1));
		len = scale + 1;
	}
	if (scale > 0) {
		memmove(p + len - scale + 1, p + len - scale, (size_t)scale);
		p[len++ - scale] = '.';
	}
	result->ptr = buf;
	result->len = (size_t)(p + len - buf);
	return 0;
}
