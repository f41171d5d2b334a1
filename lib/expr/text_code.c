/*
 * text_code.c - ascii, chr, to_hex, overlay, format
 */
#include <stdio.h>
#include <string.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/number.h"
#include "expr/text.h"
#include "expr/text_quote.h"

static int
ascii(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	size_t width;

	(void)ctx;
	(void)site;
	result->i = args[0].s.len > 0 ? (int64_t)char_decode(args[0].s.ptr, &width) : 0;
	return 0;
}

static int
chr(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t c = args[0].i;
	char buf[4];

	(void)site;
	if (c < 0)
		return eval_fail(ctx, "22023", "character number must be positive");
	if (c == 0)
		return eval_fail(ctx, "54000", "null character not permitted");
	if (c > 0x10FFFF)
		return eval_fail(ctx, "54000", "requested character too large for encoding: %u",
			(unsigned)c);
	if (c >= 0xD800 && c <= 0xDFFF)
		return eval_fail(ctx, "54000", "requested character not valid for encoding: %u",
			(unsigned)c);
	return text_result(ctx, buf, char_encode((uint32_t)c, buf), result);
}

static int
to_hex(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	char buf[24];
	int n;

	if (site->function->args[0] == TYPE_INT4)
		n = snprintf(buf, sizeof buf, "%x", (unsigned)(int32_t)args[0].i);
	else
		n = snprintf(buf, sizeof buf, "%llx", (unsigned long long)args[0].i);
	return text_result(ctx, buf, (size_t)n, result);
}

/* Characters [from, from + count) give way to the second text; from is from 1. */
static int
overlay(struct eval_context *ctx, const struct text *s, const struct text *by, int64_t from,
	int64_t count, struct value *result)
{
	int64_t behind = from + count;
	size_t before, rest;
	char *to;

	if (from <= 0)
		return eval_fail(ctx, "22011", "negative substring length not allowed");
	if (behind > INT32_MAX || behind < INT32_MIN)
		return eval_fail(ctx, "22003", "integer out of range");
	before = chars_bytes(s->ptr, s->len, (size_t)from - 1);
	rest = behind <= 1 ? 0 : chars_bytes(s->ptr, s->len, (size_t)behind - 1);
	to = text_alloc(ctx, before + by->len + s->len - rest, result);
	if (to == NULL)
		return -1;
	if (before > 0)
		memcpy(to, s->ptr, before);
	if (by->len > 0)
		memcpy(to + before, by->ptr, by->len);
	if (rest < s->len)
		memcpy(to + before + by->len, s->ptr + rest, s->len - rest);
	return 0;
}

static int
overlay_for(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return overlay(ctx, &args[0].s, &args[1].s, args[2].i, args[3].i, result);
}

static int
overlay_from(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	size_t length = 0;

	(void)site;
	for (size_t i = 0; i < args[1].s.len; i++)
		length += ((unsigned char)args[1].s.ptr[i] & 0xC0) != 0x80;
	return overlay(ctx, &args[0].s, &args[1].s, args[2].i, (int64_t)length, result);
}

/* format */

struct formatter {
	struct eval_context *ctx;
	const struct value *args; /* [0] is the format */
	int nargs;
	int next; /* the argument that is taken without a number */
	const char *p, *end;
	char *to; /* NULL while the length is measured */
	size_t len;
};

struct specifier {
	int argument;       /* 0: the next */
	int width_argument; /* 0: the next; -1: none */
	int64_t width;
	bool left;
	char kind;
};

static int
unterminated(struct formatter *f)
{
	return eval_fail(f->ctx, "22023", "unterminated format() type specifier");
}

static int
too_few(struct formatter *f)
{
	return eval_fail(f->ctx, "22023", "too few arguments for format()");
}

static void
put(struct formatter *f, const char *s, size_t len)
{
	if (f->to != NULL && len > 0)
		memcpy(f->to + f->len, s, len);
	f->len += len;
}

static void
put_times(struct formatter *f, char c, size_t n)
{
	if (f->to != NULL && n > 0)
		memset(f->to + f->len, c, n);
	f->len += n;
}

/* Digits at p: 1 and *n, 0 where there are none, -1. */
static int
take_integer(struct formatter *f, int64_t *n)
{
	const char *start = f->p;

	*n = 0;
	while (f->p < f->end && *f->p >= '0' && *f->p <= '9') {
		*n = *n * 10 + (*f->p++ - '0');
		if (*n > INT32_MAX)
			return eval_fail(f->ctx, "22003", "number is out of range");
	}
	return f->p > start;
}

static int
check_number(struct formatter *f, int64_t n)
{
	return n != 0 ? 0
		      : eval_fail(f->ctx, "22023",
				"format specifies argument 0, but arguments are numbered from "
				"1");
}

/* Behind the %: [n$][-][width | * | *n$], and what is meant. */
static int
take_specifier(struct formatter *f, struct specifier *s)
{
	int64_t n = 0;
	int found = take_integer(f, &n);

	*s = (struct specifier){.width_argument = -1};
	if (found < 0)
		return -1;
	if (found > 0 && f->p < f->end && *f->p == '$') {
		if (check_number(f, n) < 0)
			return -1;
		s->argument = (int)n;
		f->p++;
		found = 0;
	} else if (found > 0) {
		s->width = n;
	}
	while (found == 0 && f->p < f->end && *f->p == '-') {
		s->left = true;
		f->p++;
	}
	if (found == 0 && f->p < f->end && *f->p == '*') {
		f->p++;
		found = take_integer(f, &n);
		if (found < 0 || (found > 0 && f->p < f->end && check_number(f, n) < 0))
			return -1;
		if (found > 0 && (f->p >= f->end || *f->p != '$'))
			return f->p >= f->end ? unterminated(f)
					      : eval_fail(f->ctx, "22023",
							"width argument position must be ended "
							"by \"$\"");
		f->p += found;
		s->width_argument = found ? (int)n : 0;
	} else if (found == 0 && take_integer(f, &s->width) < 0) {
		return -1;
	}
	if (f->p >= f->end)
		return unterminated(f);
	s->kind = *f->p;
	return 0;
}

/* n of the call, or the next: NULL with the error filled where there is none. */
static const struct value *
argument(struct formatter *f, int n)
{
	if (n == 0)
		n = f->next;
	if (n >= f->nargs) {
		too_few(f);
		return NULL;
	}
	f->next = n + 1;
	return &f->args[n];
}

static int
put_value(struct formatter *f, const struct specifier *s, const struct value *v)
{
	struct text shown_text = v->null ? (struct text){"", 0} : v->s;
	size_t width = (size_t)(s->width < 0 ? -s->width : s->width), length = 0;
	bool left = s->left || s->width < 0;

	if (s->kind == 'L' && v->null)
		shown_text = (struct text){"NULL", 4};
	else if (s->kind == 'L' && quote_literal(f->ctx, v->s, &shown_text) < 0)
		return -1;
	if (s->kind == 'I' && v->null)
		return eval_fail(f->ctx, "22004",
			"null values cannot be formatted as an SQL identifier");
	if (s->kind == 'I' && quote_identifier(f->ctx, v->s, &shown_text) < 0)
		return -1;
	for (size_t i = 0; i < shown_text.len; i++)
		length += ((unsigned char)shown_text.ptr[i] & 0xC0) != 0x80;
	if (width > length && !left)
		put_times(f, ' ', width - length);
	put(f, shown_text.ptr, shown_text.len);
	if (width > length && left)
		put_times(f, ' ', width - length);
	return 0;
}

static int
put_specifier(struct formatter *f)
{
	const struct value *v;
	struct specifier s;
	size_t width = 1;

	if (f->p >= f->end)
		return unterminated(f);
	if (*f->p == '%') {
		put(f, f->p++, 1);
		return 0;
	}
	if (take_specifier(f, &s) < 0)
		return -1;
	if (s.kind != 's' && s.kind != 'L' && s.kind != 'I') {
		(void)char_decode(f->p, &width);
		return eval_fail(f->ctx, "22023",
			"unrecognized format() type specifier \"%.*s\"", (int)width, f->p);
	}
	f->p++;
	if (s.width_argument >= 0) {
		v = argument(f, s.width_argument);
		if (v == NULL || (!v->null && int_parse(f->ctx, v->s, TYPE_INT4, &s.width) < 0))
			return -1;
	}
	v = argument(f, s.argument);
	return v == NULL ? -1 : put_value(f, &s, v);
}

static int
format_into(struct formatter *f)
{
	f->p = f->args[0].s.ptr;
	f->end = f->p + f->args[0].s.len;
	f->next = 1;
	f->len = 0;
	while (f->p < f->end) {
		const char *sign = memchr(f->p, '%', (size_t)(f->end - f->p));
		const char *stop = sign ? sign : f->end;

		put(f, f->p, (size_t)(stop - f->p));
		f->p = stop + (sign != NULL);
		if (sign != NULL && put_specifier(f) < 0)
			return -1;
	}
	return 0;
}

/* Twice: for the length, then for the text. */
static int
format(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct formatter f = {.ctx = ctx, .args = args, .nargs = site->nargs};

	if (args[0].null) {
		result->null = true;
		return 0;
	}
	if (format_into(&f) < 0)
		return -1;
	f.to = text_alloc(ctx, f.len, result);
	return f.to == NULL ? -1 : format_into(&f);
}

const struct function text_code_functions[] = {
	{"ascii", TYPE_INT4, 1, {TYPE_TEXT}, FUNCTION_STRICT, ascii, NULL, NULL},
	{"chr", TYPE_TEXT, 1, {TYPE_INT4}, FUNCTION_STRICT, chr, NULL, NULL},
	{"to_hex", TYPE_TEXT, 1, {TYPE_INT4}, FUNCTION_STRICT, to_hex, NULL, NULL},
	{"to_hex", TYPE_TEXT, 1, {TYPE_INT8}, FUNCTION_STRICT, to_hex, NULL, NULL},
	{"overlay", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT,
		overlay_from, NULL, NULL},
	{"overlay", TYPE_TEXT, 4, {TYPE_TEXT, TYPE_TEXT, TYPE_INT4, TYPE_INT4}, FUNCTION_STRICT,
		overlay_for, NULL, NULL},
	{"format", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_UNKNOWN},
		FUNCTION_VARIADIC | FUNCTION_ANY | FUNCTION_OUTPUT_TEXT, format, NULL, NULL},
	{0},
};
