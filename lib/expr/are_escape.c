/*
 * are_escape.c - what stands behind a backslash in a regular expression
 */
#include "expr/are_reader.h"

enum { UNICODE_MAX = 0x10FFFF };

int
are_bad(struct are *a, const char *what)
{
	return eval_fail(a->ctx, "2201B", "invalid regular expression: %s", what);
}

int
are_refuse(struct are *a, const char *what)
{
	return eval_fail(a->ctx, "0A000", "%s in a regular expression is not supported", what);
}

static int
hex_value(char c)
{
	if (are_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

long
are_read_digits(struct are *a, int base, int least, int most)
{
	long value = 0;
	int n = 0;

	for (; n < most && a->p < a->end; n++) {
		int d = hex_value(*a->p);

		if (d < 0 || d >= base)
			break;
		value = value * base + d;
		if (value > UNICODE_MAX)
			value = UNICODE_MAX + 1;
		a->p++;
	}
	return n < least ? -1 : value;
}

/* Octal, or a reference back: one digit always is, more are where there are so many groups. */
static int
digit_escape(struct are *a, enum are_escape *kind, uint32_t *value)
{
	const char *start = --a->p;
	long n;

	if (*start != '0') {
		n = are_read_digits(a, 10, 1, 255);
		if (a->p == start + 1 || (n > 0 && n <= a->ngroups)) {
			*kind = ESCAPE_BACKREF;
			*value = n < 0 ? 0 : (uint32_t)n;
			return 0;
		}
		a->p = start;
	}
	n = are_read_digits(a, 8, 1, 3);
	if (n < 0)
		return are_bad(a, "invalid escape \\ sequence");
	if (n > 0xFF) {
		a->p--;
		n >>= 3;
	}
	*value = (uint32_t)n;
	return 0;
}

static int
hex_escape(struct are *a, int least, int most, uint32_t *value)
{
	long n = are_read_digits(a, 16, least, most);

	if (n < 0)
		return are_bad(a, "invalid escape \\ sequence");
	/* PostgreSQL has them: they match nothing */
	if (n > UNICODE_MAX || (n >= 0xD800 && n <= 0xDFFF))
		return are_refuse(a, "a number that is no character's");
	*value = (uint32_t)n;
	return 0;
}

int
are_read_escape(struct are *a, enum are_escape *kind, uint32_t *value)
{
	static const char plain[][2] = {{'a', 7}, {'b', 8}, {'B', '\\'}, {'e', 27}, {'f', 12},
		{'n', 10}, {'r', 13}, {'t', 9}, {'v', 11}};
	char c;

	*kind = ESCAPE_CHAR;
	if (a->p >= a->end)
		return are_bad(a, "invalid escape \\ sequence");
	if ((unsigned char)*a->p >= 0x80) {
		*value = are_next_char(a);
		return 0;
	}
	c = *a->p++;
	*value = (unsigned char)c;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		if (plain[i][0] == c) {
			*value = (uint32_t)plain[i][1];
			return 0;
		}
	}
	if (are_is_digit(c))
		return digit_escape(a, kind, value);
	switch (c) {
	case 'c':
		if (a->p >= a->end)
			return are_bad(a, "invalid escape \\ sequence");
		*value = are_next_char(a) & 037;
		return 0;
	case 'u': return hex_escape(a, 4, 4, value);
	case 'U': return hex_escape(a, 8, 8, value);
	case 'x': return hex_escape(a, 1, 255, value);
	case 'd':
	case 's':
	case 'w':
	case 'D':
	case 'S':
	case 'W': *kind = ESCAPE_CLASS; return 0;
	case 'A':
	case 'Z':
	case 'm':
	case 'M':
	case 'y':
	case 'Y': *kind = ESCAPE_CONSTRAINT; return 0;
	default: break;
	}
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return are_bad(a, "invalid escape \\ sequence");
	return 0;
}
