/*
 * are_prefix.c - the options of regular expressions, and what they begin with
 *
 * Source: manual, 9.7.3.4; regexp.c and prefixes() of PostgreSQL 15's regex
 * library.
 */
#include "expr/are_reader.h"

bool
are_option(struct eval_context *ctx, char letter, unsigned *options, int *status)
{
	*status = 0;
	switch (letter) {
	case 'b':
	case 'e':
		*status = eval_fail(ctx, "0A000",
			"regular expression option \"%c\" is not supported", letter);
		break;
	case 'c': *options &= ~(unsigned)REGEX_IGNORE_CASE; break;
	case 'i': *options |= REGEX_IGNORE_CASE; break;
	case 'm':
	case 'n': *options |= REGEX_LINES; break;
	case 'p':
		*options |= REGEX_STOP_AT_LINE;
		*options &= ~(unsigned)REGEX_LINE_ANCHORS;
		break;
	case 'q': *options |= REGEX_LITERAL; break;
	case 's': *options &= ~(unsigned)REGEX_LINES; break;
	case 't': *options &= ~(unsigned)REGEX_EXPANDED; break;
	case 'w':
		*options |= REGEX_LINE_ANCHORS;
		*options &= ~(unsigned)REGEX_STOP_AT_LINE;
		break;
	case 'x': *options |= REGEX_EXPANDED; break;
	default: return false;
	}
	return true;
}

static int
bad(struct eval_context *ctx, const char *what)
{
	return eval_fail(ctx, "2201B", "invalid regular expression: %s", what);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
skip(struct text *pattern, size_t n)
{
	pattern->ptr += n;
	pattern->len -= n;
}

static void
become_literal(unsigned *options)
{
	*options |= REGEX_LITERAL;
	*options &= ~(unsigned)(REGEX_EXPANDED | REGEX_LINES);
}

/* (?letters) */
static int
embedded(struct eval_context *ctx, struct text *pattern, unsigned *options)
{
	int status;

	for (skip(pattern, 2); pattern->len > 0 && is_letter(pattern->ptr[0]);
		skip(pattern, 1)) {
		if (!are_option(ctx, pattern->ptr[0], options, &status))
			return bad(ctx, "invalid embedded option");
		if (status < 0)
			return -1;
	}
	if (pattern->len == 0 || pattern->ptr[0] != ')')
		return bad(ctx, "invalid embedded option");
	skip(pattern, 1);
	if (*options & REGEX_LITERAL)
		become_literal(options);
	return 0;
}

int
are_prefix(struct eval_context *ctx, struct text *pattern, unsigned *options)
{
	if (*options & REGEX_LITERAL)
		return *options & (REGEX_EXPANDED | REGEX_LINES)
			       ? bad(ctx, "invalid argument to regex function")
			       : 0;
	if (pattern->len >= 4 && memcmp(pattern->ptr, "***", 3) == 0) {
		switch (pattern->ptr[3]) {
		case '=':
			become_literal(options);
			skip(pattern, 4);
			return 0;
		case ':': skip(pattern, 4); break;
		case '?': return bad(ctx, "invalid regexp (reg version 0.8)");
		default: return bad(ctx, "quantifier operand invalid");
		}
	}
	if (pattern->len >= 3 && memcmp(pattern->ptr, "(?", 2) == 0 &&
		is_letter(pattern->ptr[2]))
		return embedded(ctx, pattern, options);
	return 0;
}
