/*
 * are_class.c - see are_class.h
 *
 * PostgreSQL asks the C library what is a letter, a digit, a space: so do we,
 * for every character, which takes about a millisecond for a class.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "expr/are_class.h"

static void
put_bytes(struct are_out *out, const char *s, size_t n)
{
	if (out->room - out->len < n + 1) {
		size_t room = (out->room + n + 1) * 2;
		char *bigger = out->failed ? NULL : realloc(out->data, room);

		if (bigger == NULL) {
			out->failed = true;
			return;
		}
		out->data = bigger;
		out->room = room;
	}
	memcpy(out->data + out->len, s, n);
	out->len += n;
	out->data[out->len] = '\0';
}

void
are_put(struct are_out *out, const char *s)
{
	put_bytes(out, s, strlen(s));
}

void
are_putf(struct are_out *out, const char *fmt, ...)
{
	char buf[64];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < sizeof buf)
		put_bytes(out, buf, (size_t)n);
}

void
are_put_char(struct are_out *out, uint32_t c)
{
	char one = (char)c;

	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		put_bytes(out, &one, 1);
	else
		are_putf(out, "\\x{%x}", (unsigned)c);
}

void
are_put_range(struct are_out *out, uint32_t low, uint32_t high)
{
	are_put_char(out, low);
	if (high > low) {
		are_put(out, "-");
		are_put_char(out, high);
	}
}

static bool
in_class(uint32_t c, wctype_t type, bool word, locale_t locale)
{
	if (word && c == '_')
		return true;
	return iswctype_l((wint_t)c, type, locale) != 0;
}

int
are_put_class(struct are_out *out, const char *name, bool negated, locale_t locale)
{
	static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit",
		"graph", "lower", "print", "punct", "space", "upper", "xdigit", NULL};
	bool word = strcmp(name, "word") == 0, known = word;
	uint32_t start = 0;
	wctype_t type;
	bool inside = false;

	if (strcmp(name, "ascii") == 0) {
		are_put_range(out, 0, 0x7F);
		return 0;
	}
	for (size_t i = 0; names[i] != NULL; i++)
		known |= strcmp(names[i], name) == 0;
	if (!known)
		return -1;
	type = wctype_l(word ? "alnum" : name, locale);
	for (uint32_t c = 1; c <= 0x110000; c++) {
		bool in = c < 0x110000 && (c < 0xD800 || c > 0xDFFF) &&
			  in_class(c, type, word, locale) != negated;

		if (in == inside)
			continue;
		if (in)
			start = c;
		else
			are_put_range(out, start, c - 1);
		inside = in;
	}
	return 0;
}
