/*
 * like.c - LIKE and ILIKE
 *
 * The matcher finds what PostgreSQL's finds, in the same order, so that a
 * pattern that ends within an escape is an error for the same texts only.
 * ILIKE compares both sides in lower case.
 */
#include <string.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/text.h"
#include "find.h"

enum like { LIKE_NO, LIKE_YES, LIKE_BAD_ESCAPE };

/* Of a text a character, of bytea a byte, is what _ stands for. */
static size_t
width_at(const struct text *t, size_t at, bool bytes)
{
	return bytes ? 1 : char_width((unsigned char)t->ptr[at]);
}

/* Skip the run of % and _ at *p; each _ takes a character of the text.  false: none left. */
static bool
skip_wildcards(
	const struct text *pattern, size_t *p, const struct text *t, size_t *at, bool bytes)
{
	while (*p < pattern->len) {
		char c = pattern->ptr[*p];

		if (c == '_') {
			if (*at >= t->len)
				return false;
			*at += width_at(t, *at, bytes);
		} else if (c != '%') {
			break;
		}
		++*p;
	}
	return true;
}

/* One step of pattern and text beside each other, neither at its end.  Returns whether they fit. */
static bool
step(const struct text *pattern, size_t *p, const struct text *t, size_t *at, bool bytes,
	bool *bad)
{
	char c = pattern->ptr[*p];

	if (c == '_') {
		++*p;
		*at += width_at(t, *at, bytes);
		return true;
	}
	if (c == '\\') {
		if (*p + 1 >= pattern->len) {
			*bad = true;
			return false;
		}
		c = pattern->ptr[*p + 1];
		if (c != t->ptr[*at])
			return false;
		++*p;
	} else if (c != t->ptr[*at]) {
		return false;
	}
	++*p;
	++*at;
	return true;
}

/* The next place at or behind `at` where the pattern behind a % can begin. */
static size_t
candidate(const struct text *pattern, size_t p, const struct text *t, size_t at, bool *bad)
{
	char first = pattern->ptr[p];
	const char *found;

	if (first == '\\') {
		if (p + 1 >= pattern->len) {
			*bad = true;
			return SIZE_MAX;
		}
		first = pattern->ptr[p + 1];
	}
	if (at >= t->len)
		return SIZE_MAX;
	found = memchr(t->ptr + at, first, t->len - at);
	return found ? (size_t)(found - t->ptr) : SIZE_MAX;
}

static enum like
like_match(const struct text *pattern, const struct text *t, bool bytes)
{
	size_t p = 0, at = 0, star = SIZE_MAX, from = 0;
	bool bad = false;

	for (;;) {
		if (p < pattern->len && at < t->len && pattern->ptr[p] == '%') {
			if (!skip_wildcards(pattern, &p, t, &at, bytes))
				return LIKE_NO;
			if (p == pattern->len)
				return LIKE_YES;
			star = p;
			from = at = candidate(pattern, p, t, at, &bad);
		} else if (p < pattern->len && at < t->len &&
			   step(pattern, &p, t, &at, bytes, &bad)) {
			continue;
		} else if (!bad && at == t->len) {
			/* the text is at its end: the rest of the pattern must be % */
			while (p < pattern->len && pattern->ptr[p] == '%')
				p++;
			return p == pattern->len ? LIKE_YES : LIKE_NO;
		} else if (!bad && star != SIZE_MAX) {
			p = star;
			from = at = candidate(pattern, star, t, from + 1, &bad);
		} else if (!bad) {
			return LIKE_NO;
		}
		if (bad)
			return LIKE_BAD_ESCAPE;
		if (at == SIZE_MAX)
			return LIKE_NO;
	}
}

/* A constant pattern without _ and escapes, and with % at its ends only. */
struct like_simple {
	bool from_start, to_end;
	struct text part;
};

static int
prepare_like(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct like_simple *simple;
	struct text part;

	if (constants[1] == NULL || constants[1]->null)
		return 0;
	part = constants[1]->s;
	simple = arena_alloc(ctx->arena, sizeof *simple);
	if (simple == NULL)
		return eval_nomem(ctx);
	*simple = (struct like_simple){.from_start = true, .to_end = true};
	if (part.len > 0 && part.ptr[0] == '%') {
		simple->from_start = false;
		part.ptr++;
		part.len--;
	}
	if (part.len > 0 && part.ptr[part.len - 1] == '%') {
		simple->to_end = false;
		part.len--;
	}
	for (size_t i = 0; i < part.len; i++) {
		if (part.ptr[i] != '\0' && strchr("%_\\", part.ptr[i]) != NULL)
			return 0;
	}
	simple->part = part;
	site->prepared = simple;
	return 0;
}

static bool
like_simple(const struct like_simple *s, const struct text *t)
{
	size_t m = s->part.len, at = s->from_start ? 0 : t->len - m;

	if (t->len < m || (s->from_start && s->to_end && t->len != m))
		return false;
	if (m == 0)
		return true;
	if (!s->from_start && !s->to_end)
		return find_bytes(t->ptr, t->len, s->part.ptr, m) != NULL;
	return memcmp(t->ptr + at, s->part.ptr, m) == 0;
}

static int
match(struct eval_context *ctx, const struct text *t, const struct text *pattern, bool bytes,
	bool negated, struct value *result)
{
	enum like m = like_match(pattern, t, bytes);

	if (m == LIKE_BAD_ESCAPE)
		return eval_fail(
			ctx, "22025", "LIKE pattern must not end with escape character");
	result->b = (m == LIKE_YES) != negated;
	return 0;
}

static int
like(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool negated = site->function->name[0] == '!';

	if (site->prepared != NULL) {
		result->b = like_simple(site->prepared, &args[0].s) != negated;
		return 0;
	}
	return match(ctx, &args[0].s, &args[1].s, site->function->args[0] == TYPE_BYTEA,
		negated, result);
}

struct ilike {
	locale_t locale;
	bool constant; /* pattern is lower case, made once */
	struct text pattern;
};

static int
prepare_ilike(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct ilike *il = arena_alloc(ctx->arena, sizeof *il);

	if (il == NULL)
		return eval_nomem(ctx);
	memset(il, 0, sizeof *il);
	il->locale = text_locale(ctx);
	if (il->locale == (locale_t)0)
		return -1;
	site->prepared = il;
	if (constants[1] == NULL || constants[1]->null)
		return 0;
	il->constant = true;
	return text_lower(ctx, il->locale, &constants[1]->s, &il->pattern);
}

static void
release_ilike(void *prepared)
{
	freelocale(((struct ilike *)prepared)->locale);
}

static int
ilike(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct ilike *il = site->prepared;
	struct text t, pattern = il->pattern;

	if (text_lower(ctx, il->locale, &args[0].s, &t) < 0)
		return -1;
	if (!il->constant && text_lower(ctx, il->locale, &args[1].s, &pattern) < 0)
		return -1;
	return match(ctx, &t, &pattern, false, site->function->name[0] == '!', result);
}

/* x LIKE pattern ESCAPE escape: the pattern with its escapes as backslashes. */
static int
like_escape(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *pattern = &args[0].s, *escape = &args[1].s;
	size_t escape_width = escape->len ? char_width((unsigned char)escape->ptr[0]) : 0,
	       width;
	bool escaped = false;
	char *p, *start;

	(void)site;
	if (escape_width != escape->len)
		return eval_fail(ctx, "22025", "invalid escape string");
	result->s = *pattern;
	if (escape->len == 1 && escape->ptr[0] == '\\')
		return 0;
	p = start = text_alloc(ctx, pattern->len * 2, result);
	if (p == NULL)
		return -1;
	for (size_t i = 0; i < pattern->len; i += width) {
		const char *c = pattern->ptr + i;

		width = char_width((unsigned char)*c);
		if (!escaped && width == escape->len && memcmp(c, escape->ptr, width) == 0) {
			*p++ = '\\';
			escaped = true;
			continue;
		}
		if (*c == '\\' && !escaped)
			*p++ = '\\';
		memcpy(p, c, width);
		p += width;
		escaped = false;
	}
	result->s.len = (size_t)(p - start);
	return 0;
}

#define MATCHES(type) TYPE_BOOL, 2, {type, TYPE_TEXT}, FUNCTION_STRICT

const struct function like_functions[] = {
	{"~~", MATCHES(TYPE_TEXT), like, prepare_like, NULL},
	{"~~", MATCHES(TYPE_BPCHAR), like, prepare_like, NULL},
	{"!~~", MATCHES(TYPE_TEXT), like, prepare_like, NULL},
	{"~~", TYPE_BOOL, 2, {TYPE_BYTEA, TYPE_BYTEA}, FUNCTION_STRICT, like, prepare_like,
		NULL},
	{"!~~", TYPE_BOOL, 2, {TYPE_BYTEA, TYPE_BYTEA}, FUNCTION_STRICT, like, prepare_like,
		NULL},
	{"!~~", MATCHES(TYPE_BPCHAR), like, prepare_like, NULL},
	{"~~*", MATCHES(TYPE_TEXT), ilike, prepare_ilike, release_ilike},
	{"~~*", MATCHES(TYPE_BPCHAR), ilike, prepare_ilike, release_ilike},
	{"!~~*", MATCHES(TYPE_TEXT), ilike, prepare_ilike, release_ilike},
	{"!~~*", MATCHES(TYPE_BPCHAR), ilike, prepare_ilike, release_ilike},
	{"like_escape", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, like_escape,
		NULL, NULL},
	{0},
};
