/*
 * bool.c - booleans: comparison, and to and from text
 */
#include <string.h>

#include "expr/function.h"

#define BOOL_COMPARISON(name, op)                                                              \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = args[0].b op args[1].b;                                            \
		return 0;                                                                      \
	}

BOOL_COMPARISON(bool_eq, ==)
BOOL_COMPARISON(bool_ne, !=)
BOOL_COMPARISON(bool_lt, <)
BOOL_COMPARISON(bool_le, <=)
BOOL_COMPARISON(bool_gt, >)
BOOL_COMPARISON(bool_ge, >=)

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether s is the word or, if it has at least least characters, how it begins. */
static bool
is_prefix(const char *s, size_t len, const char *word, size_t least)
{
	return len >= least && len <= strlen(word) && strncasecmp(s, word, len) == 0;
}

/* PostgreSQL's boolin: unique beginnings of true, false, yes, no, on, off; 1 and 0. */
static int
text_to_bool(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	static const struct {
		const char *word;
		size_t least;
		bool value;
	} words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
		{"on", 2, true}, {"off", 2, false}, {"1", 1, true}, {"0", 1, false}};
	const char *s = arg->s.ptr;
	size_t len = arg->s.len;

	(void)typmod;
	while (len > 0 && is_space(s[0])) {
		s++;
		len--;
	}
	while (len > 0 && is_space(s[len - 1]))
		len--;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (is_prefix(s, len, words[i].word, words[i].least)) {
			result->b = words[i].value;
			return 0;
		}
	}
	return eval_fail(ctx, "22P02", "invalid input syntax for type boolean: \"%.*s\"",
		(int)(arg->s.len < 1024 ? arg->s.len : 1024), arg->s.ptr);
}

static int
bool_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->s.ptr = arg->b ? "true" : "false";
	result->s.len = arg->b ? 4 : 5;
	return 0;
}

#define COMPARES TYPE_BOOL, 2, {TYPE_BOOL, TYPE_BOOL}, FUNCTION_STRICT

const struct function bool_functions[] = {
	{"=", COMPARES, bool_eq, NULL, NULL},
	{"<>", COMPARES, bool_ne, NULL, NULL},
	{"<", COMPARES, bool_lt, NULL, NULL},
	{"<=", COMPARES, bool_le, NULL, NULL},
	{">", COMPARES, bool_gt, NULL, NULL},
	{">=", COMPARES, bool_ge, NULL, NULL},
	{0},
};

const struct cast bool_casts[] = {
	{TYPE_TEXT, TYPE_BOOL, CAST_EXPLICIT, text_to_bool},
	{TYPE_BOOL, TYPE_TEXT, CAST_ASSIGNMENT, bool_to_text},
	{0},
};
