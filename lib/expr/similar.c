/*
 * similar.c - SQL's regular expressions (SIMILAR TO) as PostgreSQL's: manual, 9.7.2
 *
 * The grammar puts similar_to_escape around the pattern; what it makes is
 * matched as any other.  After regexp.c's similar_escape_internal.
 */
#include <string.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/regex.h"
#include "expr/text.h"

struct writer {
	struct eval_context *ctx;
	char *to;
	bool in_class;
	int separators; /* escape and " */
};

static void
put(struct writer *w, const char *s, size_t n)
{
	memcpy(w->to, s, n);
	w->to += n;
}

/* The character behind the escape. */
static int
put_escaped(struct writer *w, const char *p, size_t width)
{
	if (*p != '"' || w->in_class) {
		put(w, "\\", 1);
		put(w, p, width);
		return 0;
	}
	if (w->separators == 0)
		put(w, "){1,1}?(", 8);
	else if (w->separators == 1)
		put(w, "){1,1}(?:", 9);
	else
		return eval_fail(w->ctx, "2200C",
			"SQL regular expression may not contain more than two "
			"escape-double-quote separators");
	w->separators++;
	return 0;
}

static void
put_plain(struct writer *w, const char *p, size_t width)
{
	if (w->in_class) {
		if (*p == '\\')
			put(w, "\\", 1);
		w->in_class = *p != ']';
		put(w, p, width);
		return;
	}
	switch (*p) {
	case '[':
		w->in_class = true;
		put(w, p, 1);
		break;
	case '%': put(w, ".*", 2); break;
	case '_': put(w, ".", 1); break;
	case '(': put(w, "(?:", 3); break;
	case '\\':
	case '.':
	case '^':
	case '$':
		put(w, "\\", 1);
		put(w, p, 1);
		break;
	default: put(w, p, width); break;
	}
}

/* escape is one character; of length 0, there is none. */
static int
translate(struct eval_context *ctx, const struct text *pattern, const struct text *escape,
	struct text *result)
{
	struct writer w = {.ctx = ctx};
	const char *p = pattern->ptr, *end = p + pattern->len, *start;
	bool escaped = false;

	if (escape->len > 0 && char_width((unsigned char)escape->ptr[0]) != escape->len)
		return eval_fail(ctx, "22025", "invalid escape string");
	/* a character becomes 9 at most */
	w.to = arena_alloc(ctx->arena, pattern->len * 9 + 8);
	if (w.to == NULL)
		return eval_nomem(ctx);
	start = w.to;
	put(&w, "^(?:", 4);
	while (p < end) {
		size_t width = char_width((unsigned char)*p);

		if (escaped) {
			if (put_escaped(&w, p, width) < 0)
				return -1;
			escaped = false;
		} else if (escape->len == width && memcmp(escape->ptr, p, width) == 0) {
			escaped = true;
		} else {
			put_plain(&w, p, width);
		}
		p += width;
	}
	put(&w, ")$", 2);
	*result = (struct text){start, (size_t)(w.to - start)};
	return 0;
}

static int
similar_to_escape(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	static const struct text backslash = {"\\", 1};

	return translate(
		ctx, &args[0].s, site->nargs > 1 ? &args[1].s : &backslash, &result->s);
}

/* A constant pattern is read at once, also where no row reaches it, as PostgreSQL does. */
static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct regex *re = regex_new(ctx);
	struct text pattern;

	if (re == NULL)
		return -1;
	if (constants[1] != NULL && !constants[1]->null && constants[2] != NULL &&
		!constants[2]->null &&
		(translate(ctx, &constants[1]->s, &constants[2]->s, &pattern) < 0 ||
			regex_use(ctx, re, &pattern, REGEX_SPANS) < 0)) {
		regex_release(re);
		return -1;
	}
	site->prepared = re;
	return 0;
}

/* substring(text similar pattern escape escape) */
static int
substring(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct regex_span spans[REGEX_GROUPS_MAX + 1], *span;
	struct regex *re = site->prepared;
	struct text pattern;
	int rc;

	if (translate(ctx, &args[1].s, &args[2].s, &pattern) < 0 ||
		regex_use(ctx, re, &pattern, REGEX_SPANS) < 0)
		return -1;
	rc = regex_find(ctx, re, &args[0].s, 0, spans);
	if (rc < 0)
		return -1;
	span = &spans[re->are.ngroups > 0];
	result->null = rc == 0 || span->start == REGEX_UNSET;
	if (!result->null)
		result->s = (struct text){args[0].s.ptr + span->start, span->end - span->start};
	return 0;
}

const struct function similar_functions[] = {
	{"similar_to_escape", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, similar_to_escape,
		NULL, NULL},
	{"similar_to_escape", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT,
		similar_to_escape, NULL, NULL},
	{"substring", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT,
		substring, prepare, regex_release},
	{0},
};
