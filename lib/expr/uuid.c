/*
 * uuid.c - uuid: casts and comparison
 *
 * A value is its text in lower case with hyphens, 36 bytes: the order of these
 * texts is that of the numbers.
 */
#include <string.h>

#include "expr/function.h"
#include "expr/number.h"
#include "expr/text.h"

enum { UUID_TEXT = 36, UUID_DIGITS = 32 };

/* Braces around are allowed, and a hyphen behind each four digits. */
static bool
read(struct text s, char *to)
{
	size_t n = 0, i = 0;
	bool braces = s.len > 0 && s.ptr[0] == '{';

	if (braces)
		i++;
	for (; n < UUID_DIGITS; n++) {
		char c = i < s.len ? s.ptr[i] : '\0';

		if (c >= 'A' && c <= 'F')
			c = (char)(c | 0x20);
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		if (n == 8 || n == 12 || n == 16 || n == 20)
			*to++ = '-';
		*to++ = c;
		i++;
		if (n % 4 == 3 && n + 1 < UUID_DIGITS && i < s.len && s.ptr[i] == '-')
			i++;
	}
	if (braces && (i >= s.len || s.ptr[i++] != '}'))
		return false;
	return i == s.len;
}

static int
text_to_uuid(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char *to = text_alloc(ctx, UUID_TEXT, result);

	(void)typmod;
	if (to == NULL)
		return -1;
	if (!read(arg->s, to))
		return eval_fail(ctx, "22P02", "invalid input syntax for type uuid: \"%.*s\"",
			shown(arg->s.len), arg->s.ptr);
	return 0;
}

static int
uuid_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->s = arg->s;
	return 0;
}

const struct cast uuid_casts[] = {
	{TYPE_UNKNOWN, TYPE_UUID, CAST_IMPLICIT, text_to_uuid},
	{TYPE_TEXT, TYPE_UUID, CAST_EXPLICIT, text_to_uuid},
	{TYPE_UUID, TYPE_TEXT, CAST_ASSIGNMENT, uuid_to_text},
	{0},
};

#define COMPARISON(name, test)                                                                 \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		int order = memcmp(args[0].s.ptr, args[1].s.ptr, UUID_TEXT);                   \
                                                                                               \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = (test);                                                            \
		return 0;                                                                      \
	}

COMPARISON(eq, order == 0)
COMPARISON(ne, order != 0)
COMPARISON(lt, order < 0)
COMPARISON(le, order <= 0)
COMPARISON(gt, order > 0)
COMPARISON(ge, order >= 0)

#define COMPARES TYPE_BOOL, 2, {TYPE_UUID, TYPE_UUID}, FUNCTION_STRICT

const struct function uuid_functions[] = {
	{"=", COMPARES, eq, NULL, NULL},
	{"<>", COMPARES, ne, NULL, NULL},
	{"<", COMPARES, lt, NULL, NULL},
	{"<=", COMPARES, le, NULL, NULL},
	{">", COMPARES, gt, NULL, NULL},
	{">=", COMPARES, ge, NULL, NULL},
	{0},
};
