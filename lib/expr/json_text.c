/*
 * json_text.c - json: text that is JSON, kept as it was written
 *
 * Only the grammar is checked: PostgreSQL's json takes escapes that are no
 * characters, and numbers of any length, which jsonb refuses.
 */
#include <string.h>

#include "expr/json.h"

enum { JSON_DEPTH_MAX = 6000 };

struct grammar {
	const char *p, *end;
	int depth;
};

static void
skip_space(struct grammar *g)
{
	while (g->p < g->end &&
		(*g->p == ' ' || *g->p == '\t' || *g->p == '\n' || *g->p == '\r'))
		g->p++;
}

static bool
take(struct grammar *g, char c)
{
	skip_space(g);
	if (g->p >= g->end || *g->p != c)
		return false;
	g->p++;
	return true;
}

static bool
take_digits(struct grammar *g)
{
	const char *start = g->p;

	while (g->p < g->end && *g->p >= '0' && *g->p <= '9')
		g->p++;
	return g->p > start;
}

static bool
take_number(struct grammar *g)
{
	if (g->p < g->end && *g->p == '-')
		g->p++;
	if (g->p < g->end && *g->p == '0')
		g->p++;
	else if (!take_digits(g))
		return false;
	if (g->p < g->end && *g->p == '.') {
		g->p++;
		if (!take_digits(g))
			return false;
	}
	if (g->p < g->end && (*g->p | 0x20) == 'e') {
		g->p++;
		if (g->p < g->end && (*g->p == '+' || *g->p == '-'))
			g->p++;
		if (!take_digits(g))
			return false;
	}
	/* 01, 1x */
	return g->p >= g->end || strchr(" \t\r\n,]}:[{\"", *g->p) != NULL;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* Behind the quote. */
static bool
take_string(struct grammar *g)
{
	for (; g->p < g->end; g->p++) {
		if (*g->p == '"') {
			g->p++;
			return true;
		}
		if ((unsigned char)*g->p < ' ')
			return false;
		if (*g->p != '\\')
			continue;
		if (++g->p >= g->end || *g->p == '\0' || strchr("\"\\/bfnrtu", *g->p) == NULL)
			return false;
		for (int i = 0; *g->p == 'u' && i < 4; i++) {
			if (g->end - g->p <= i + 1 || !is_hex(g->p[i + 1]))
				return false;
		}
	}
	return false;
}

static bool
take_word(struct grammar *g, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(g->end - g->p) < n || memcmp(g->p, word, n) != 0)
		return false;
	g->p += n;
	return true;
}

static bool take_value(struct grammar *g);

static bool
take_members(struct grammar *g, bool object)
{
	char close = object ? '}' : ']';

	g->p++;
	if (take(g, close))
		return true;
	do {
		if (object && !(take(g, '"') && take_string(g) && take(g, ':')))
			return false;
		if (!take_value(g))
			return false;
	} while (take(g, ','));
	return take(g, close);
}

static bool
take_value(struct grammar *g)
{
	bool good;

	skip_space(g);
	if (g->p >= g->end || g->depth >= JSON_DEPTH_MAX)
		return false;
	switch (*g->p) {
	case '"': g->p++; return take_string(g);
	case 't': return take_word(g, "true");
	case 'f': return take_word(g, "false");
	case 'n': return take_word(g, "null");
	case '{':
	case '[':
		g->depth++;
		good = take_members(g, *g->p == '{');
		if (good)
			g->depth--;
		return good;
	default: return take_number(g);
	}
}

static int
text_to_json(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct grammar g = {arg->s.ptr, arg->s.ptr + arg->s.len, 0};
	bool good = take_value(&g);

	(void)typmod;
	skip_space(&g);
	result->s = arg->s;
	if (g.depth >= JSON_DEPTH_MAX)
		return eval_fail(ctx, "54001", "stack depth limit exceeded");
	if (!good || g.p != g.end)
		return eval_fail(ctx, "22P02", "invalid input syntax for type json");
	return 0;
}

static int
json_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->s = arg->s;
	return 0;
}

static int
json_to_jsonb(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct json_node *node;

	(void)typmod;
	if (json_parse(ctx, arg->s, &node) < 0)
		return -1;
	return json_print(ctx, node, &result->s);
}

const struct cast json_text_casts[] = {
	{TYPE_UNKNOWN, TYPE_JSON, CAST_IMPLICIT, text_to_json},
	{TYPE_TEXT, TYPE_JSON, CAST_EXPLICIT, text_to_json},
	{TYPE_JSON, TYPE_TEXT, CAST_ASSIGNMENT, json_to_text},
	{TYPE_JSON, TYPE_JSONB, CAST_ASSIGNMENT, json_to_jsonb},
	{TYPE_JSONB, TYPE_JSON, CAST_ASSIGNMENT, json_to_text},
	{0},
};
