/*
 * number_format_calls.c - to_char of numbers, to_number
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/number_format.h"
#include "expr/numeric.h"

enum { FLOAT_BYTES_MAX = 400, ROMAN_BYTES = 16, ROMAN_MAX = 3999 };

static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct number_format *f;

	if (constants[1] == NULL || constants[1]->null)
		return 0;
	f = arena_alloc(ctx->arena, sizeof *f);
	if (f == NULL)
		return eval_nomem(ctx);
	if (number_format_parse(ctx, constants[1]->s, f) < 0)
		return -1;
	site->prepared = f;
	return 0;
}

/* The prepared pattern, or that of this record, parsed into *own; NULL: it is none. */
static const struct number_format *
pattern_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct number_format *own)
{
	if (site->prepared != NULL)
		return site->prepared;
	return number_format_parse(ctx, args[1].s, own) < 0 ? NULL : own;
}

/* A copy of the digits with room behind; NULL when out of memory. */
static char *
copy_digits(struct eval_context *ctx, const char *s, size_t len, size_t room)
{
	char *copy = arena_alloc(ctx->arena, len + room + 1);

	if (copy == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

/* As many # as the pattern has digits: the number does not fit. */
static char *
hashes(struct eval_context *ctx, int pre, int post)
{
	size_t n = (size_t)pre + (size_t)post + 1;
	char *s = arena_alloc(ctx->arena, n + 1);

	if (s == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	memset(s, '#', n);
	s[n] = '\0';
	s[pre] = '.';
	return s;
}

/* Of what has no exponent: " ###.##" and four more. */
static char *
hashes_exponent(struct eval_context *ctx, int pre, int post)
{
	size_t n = (size_t)pre + (size_t)post + 6;
	char *s = arena_alloc(ctx->arena, n + 1);

	if (s == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	memset(s, '#', n);
	s[n] = '\0';
	s[0] = ' ';
	s[pre + 1] = '.';
	return s;
}

static char *
roman(struct eval_context *ctx, int64_t v)
{
	static const char *const parts[4][10] = {
		{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"},
		{"", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"},
		{"", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"},
		{"", "M", "MM", "MMM", "", "", "", "", "", ""}};
	char *s = arena_alloc(ctx->arena, ROMAN_BYTES);

	if (s == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	if (v < 1 || v > ROMAN_MAX)
		snprintf(s, ROMAN_BYTES, "###############");
	else
		snprintf(s, ROMAN_BYTES, "%s%s%s%s", parts[3][v / 1000], parts[2][v / 100 % 10],
			parts[1][v / 10 % 10], parts[0][v % 10]);
	return s;
}

/* The number's text, signed, into d: spaces that the pattern has more, or # if it has fewer. */
static int
lay(struct eval_context *ctx, const struct number_picture *p, char *text,
	struct number_digits *d)
{
	const char *point;
	int len;

	d->sign = *text == '-' ? '-' : '+';
	d->text = text + (*text == '-');
	point = strchr(d->text, '.');
	len = (int)(point != NULL ? (size_t)(point - d->text) : strlen(d->text));
	if (len < p->pre)
		d->pre_spaces = p->pre - len;
	else if (len > p->pre)
		d->text = hashes(ctx, p->pre, p->post);
	return d->text == NULL ? -1 : 0;
}

/* 12345 with two digits behind the point is 1.23e+04; the quotient is rounded, not its exponent. */
static char *
scientific(struct eval_context *ctx, const struct numeric *n, int post)
{
	struct numeric ten, power, significand, exponent = {0}, magnitude = *n;
	int64_t digits = numeric_digits(ctx, n), e = 0;
	struct text s;
	char *out;

	if (digits < 0) {
		eval_nomem(ctx);
		return NULL;
	}
	if (digits > 0)
		e = digits - 1 - n->scale;
	magnitude.negative = false;
	if (numeric_from_int(ctx, 10, &ten) < 0 ||
		numeric_from_int(ctx, e < 0 ? -e : e, &exponent) < 0 ||
		numeric_power(ctx, &ten, &exponent, &power) < 0 ||
		(e < 0 ? numeric_multiply(ctx, &magnitude, &power, &significand)
		       : numeric_divide_to(ctx, &magnitude, &power, post, true, &significand)) <
			0 ||
		numeric_rescale(ctx, &significand, post, ROUND_HALF_UP, &significand) < 0 ||
		numeric_print(ctx, &significand, &s) < 0)
		return NULL;
	out = copy_digits(ctx, n->negative ? "-" : " ", 1, s.len + 16);
	if (out == NULL)
		return NULL;
	memcpy(out + 1, s.ptr, s.len);
	snprintf(out + 1 + s.len, 16, "e%+03d", (int)e);
	return out;
}

static int
print(struct eval_context *ctx, const struct number_format *f,
	const struct number_picture *picture, const struct number_digits *d,
	struct value *result)
{
	if (d->text == NULL)
		return -1;
	return number_format_print(ctx, f, *picture, d, &result->s);
}

/* An empty pattern gives an empty text. */
static bool
empty_pattern(const struct value *args, struct value *result)
{
	result->s = (struct text){"", 0};
	return args[1].s.len == 0;
}

static int
numeric_to_char(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct number_format own;
	const struct number_format *f = pattern_of(ctx, site, args, &own);
	struct number_picture p;
	struct number_digits d = {0};
	struct numeric n = args[0].n, ten, power;
	struct text s;
	int64_t whole;

	if (f == NULL || empty_pattern(args, result))
		return f == NULL ? -1 : 0;
	p = f->picture;
	if (p.flags & NUMBER_HAS_ROMAN) {
		if (numeric_to_int(ctx, &n, TYPE_INT4, &whole) < 0)
			return -1;
		d.text = roman(ctx, whole);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_EXPONENT) {
		d.text = n.special != NUMERIC_FINITE ? hashes_exponent(ctx, p.pre, p.post)
						     : scientific(ctx, &n, p.post);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_MULTIPLY) {
		if (numeric_from_int(ctx, 10, &ten) < 0 ||
			numeric_from_int(ctx, p.multiply, &power) < 0 ||
			numeric_power(ctx, &ten, &power, &power) < 0 ||
			numeric_multiply(ctx, &n, &power, &n) < 0)
			return -1;
		p.pre += p.multiply;
	}
	if (numeric_rescale(ctx, &n, p.post, ROUND_HALF_UP, &n) < 0 ||
		numeric_print(ctx, &n, &s) < 0)
		return -1;
	d.text = copy_digits(ctx, s.ptr, s.len, 0);
	if (d.text == NULL || lay(ctx, &p, d.text, &d) < 0)
		return -1;
	return print(ctx, f, &p, &d, result);
}

/* v times ten to the digits behind V */
static int
multiply(struct eval_context *ctx, enum value_type type, int digits, int64_t *v)
{
	double factor = pow(10, digits);

	if (factor < (type == TYPE_INT4 ? 0x1p31 : 0x1p63) &&
		!__builtin_mul_overflow(*v, (int64_t)factor, v))
		return int_check(ctx, *v, type, v);
	return eval_fail(
		ctx, "22003", "%s out of range", type == TYPE_INT4 ? "integer" : "bigint");
}

/* The digits, and zeros behind a point. */
static char *
int_digits(struct eval_context *ctx, int64_t v, int post)
{
	char buf[INT_PRINT_MAX];
	size_t len = int_print(v, buf);
	char *s = copy_digits(ctx, buf, len, (size_t)post + 1);

	if (s == NULL || post == 0)
		return s;
	s[len] = '.';
	memset(s + len + 1, '0', (size_t)post);
	s[len + 1 + (size_t)post] = '\0';
	return s;
}

static int
int_to_char(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	enum value_type type = site->function->args[0];
	struct number_format own;
	const struct number_format *f = pattern_of(ctx, site, args, &own);
	struct number_picture p;
	struct number_digits d = {0};
	int64_t v = args[0].i;
	struct numeric n;

	if (f == NULL || empty_pattern(args, result))
		return f == NULL ? -1 : 0;
	p = f->picture;
	if (p.flags & NUMBER_HAS_ROMAN) {
		if (int_check(ctx, v, TYPE_INT4, &v) < 0)
			return -1;
		d.text = roman(ctx, v);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_EXPONENT && type == TYPE_INT4) {
		d.text = copy_digits(ctx, "", 0, FLOAT_BYTES_MAX + (size_t)p.post);
		if (d.text != NULL)
			snprintf(d.text, FLOAT_BYTES_MAX + (size_t)p.post, "% .*e", p.post,
				(double)v);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_EXPONENT) {
		if (numeric_from_int(ctx, v, &n) < 0)
			return -1;
		d.text = scientific(ctx, &n, p.post);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_MULTIPLY) {
		if (multiply(ctx, type, p.multiply, &v) < 0)
			return -1;
		p.pre += p.multiply;
	}
	d.text = int_digits(ctx, v, p.post);
	if (d.text == NULL || lay(ctx, &p, d.text, &d) < 0)
		return -1;
	return print(ctx, f, &p, &d, result);
}

/* %.*f, but NaN and infinity in PostgreSQL's words. */
static char *
float_digits(struct eval_context *ctx, double v, int post)
{
	char *s = copy_digits(ctx, "", 0, FLOAT_BYTES_MAX + (size_t)post);

	if (s == NULL)
		return NULL;
	if (isfinite(v))
		snprintf(s, FLOAT_BYTES_MAX + (size_t)post, "%.*f", post, v);
	else
		s[float8_print(v, s)] = '\0';
	return s;
}

/* Where a float's precision ends, so do the digits behind the point. */
static void
limit_post(struct number_picture *p, size_t pre, int precision)
{
	if (pre >= (size_t)precision)
		p->post = 0;
	else if ((int)pre + p->post > precision)
		p->post = precision - (int)pre;
}

static int
float_to_char(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool real = site->function->args[0] == TYPE_FLOAT4;
	struct number_format own;
	const struct number_format *f = pattern_of(ctx, site, args, &own);
	struct number_picture p;
	struct number_digits d = {0};
	double v = args[0].f;

	if (f == NULL || empty_pattern(args, result))
		return f == NULL ? -1 : 0;
	p = f->picture;
	if (p.flags & NUMBER_HAS_ROMAN) {
		d.text = roman(ctx, fabs(rint(v)) <= ROMAN_MAX ? (int64_t)rint(v) : 0);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_EXPONENT) {
		if (!isfinite(v)) {
			d.text = hashes_exponent(ctx, p.pre, p.post);
			return print(ctx, f, &p, &d, result);
		}
		d.text = copy_digits(ctx, "", 0, FLOAT_BYTES_MAX + (size_t)p.post);
		if (d.text != NULL)
			snprintf(d.text, FLOAT_BYTES_MAX + (size_t)p.post, "% .*e", p.post, v);
		return print(ctx, f, &p, &d, result);
	}
	if (p.flags & NUMBER_HAS_MULTIPLY) {
		double factor = pow(10, p.multiply);

		v = real ? (double)((float)v * (float)factor) : v * factor;
		p.pre += p.multiply;
	}
	d.text = float_digits(ctx, fabs(v), 0);
	if (d.text == NULL)
		return -1;
	limit_post(&p, strlen(d.text), real ? FLT_DIG : DBL_DIG);
	d.text = float_digits(ctx, v, p.post);
	if (d.text == NULL || lay(ctx, &p, d.text, &d) < 0)
		return -1;
	return print(ctx, f, &p, &d, result);
}

static int
to_number(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct number_format own;
	const struct number_format *f = pattern_of(ctx, site, args, &own);
	struct numeric ten, power;
	struct text digits;
	int post, precision;

	if (f == NULL)
		return -1;
	if (args[1].s.len == 0) {
		result->null = true;
		return 0;
	}
	if (number_format_read(ctx, f, args[0].s, &digits, &post) < 0)
		return -1;
	precision = f->picture.pre + f->picture.multiply + post;
	if (numeric_parse(ctx, digits, (precision << 16 | post) + 4, &result->n) < 0)
		return -1;
	if (!(f->picture.flags & NUMBER_HAS_MULTIPLY))
		return 0;
	if (numeric_from_int(ctx, 10, &ten) < 0 ||
		numeric_from_int(ctx, -f->picture.multiply, &power) < 0 ||
		numeric_power(ctx, &ten, &power, &power) < 0)
		return -1;
	return numeric_multiply(ctx, &result->n, &power, &result->n);
}

/* clang-format off */
#define WITH_PATTERN(name, result, type, call) \
	{name, TYPE_##result, 2, {TYPE_##type, TYPE_TEXT}, FUNCTION_STRICT, call, prepare, NULL}

const struct function number_format_functions[] = {
	WITH_PATTERN("to_char", TEXT, NUMERIC, numeric_to_char),
	WITH_PATTERN("to_char", TEXT, INT4, int_to_char),
	WITH_PATTERN("to_char", TEXT, INT8, int_to_char),
	WITH_PATTERN("to_char", TEXT, FLOAT4, float_to_char),
	WITH_PATTERN("to_char", TEXT, FLOAT8, float_to_char),
	WITH_PATTERN("to_number", NUMERIC, TEXT, to_number),
	{0},
};
/* clang-format on */
