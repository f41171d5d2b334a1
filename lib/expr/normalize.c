/*
 * normalize.c - normalize and IS NORMALIZED: Unicode's four forms, by ICU
 *
 * ICU works on UTF-16, so a text is converted there and back; one of ASCII
 * alone is in every form already.
 */
#include <string.h>
#include <strings.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include "expr/function.h"
#include "expr/number.h"
#include "expr/text.h"

static int
failed(struct eval_context *ctx, UErrorCode code)
{
	if (code == U_MEMORY_ALLOCATION_ERROR)
		return eval_nomem(ctx);
	return eval_fail(ctx, "XX000", "normalization failed: %s", u_errorName(code));
}

/* The form that the second argument names, NFC without one. */
static int
form_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	const UNormalizer2 **form)
{
	static const struct {
		const char *name;
		const UNormalizer2 *(*get)(UErrorCode *);
	} forms[] = {{"NFC", unorm2_getNFCInstance}, {"NFD", unorm2_getNFDInstance},
		{"NFKC", unorm2_getNFKCInstance}, {"NFKD", unorm2_getNFKDInstance}};
	struct text name = site->nargs == 2 ? args[1].s : (struct text){"NFC", 3};
	UErrorCode code = U_ZERO_ERROR;

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		if (name.len != strlen(forms[i].name) ||
			strncasecmp(name.ptr, forms[i].name, name.len) != 0)
			continue;
		*form = forms[i].get(&code);
		return U_FAILURE(code) ? failed(ctx, code) : 0;
	}
	return eval_fail(
		ctx, "22023", "invalid normalization form: %.*s", shown(name.len), name.ptr);
}

static bool
is_ascii(struct text s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	}
	return true;
}

/* In UTF-16, which has no more units than UTF-8 has bytes. */
static int
widen(struct eval_context *ctx, struct text s, UChar **wide, int32_t *len)
{
	UErrorCode code = U_ZERO_ERROR;

	*wide = arena_alloc(ctx->arena, (s.len + 1) * sizeof **wide);
	if (*wide == NULL || s.len > INT32_MAX / 4)
		return eval_nomem(ctx);
	u_strFromUTF8(*wide, (int32_t)s.len + 1, len, s.ptr, (int32_t)s.len, &code);
	return U_FAILURE(code) ? failed(ctx, code) : 0;
}

static int
narrow(struct eval_context *ctx, const UChar *wide, int32_t len, struct value *result)
{
	UErrorCode code = U_ZERO_ERROR;
	int32_t n = 0;
	char *to;

	u_strToUTF8(NULL, 0, &n, wide, len, &code);
	if (code != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(code))
		return failed(ctx, code);
	code = U_ZERO_ERROR;
	to = text_alloc(ctx, (size_t)n, result);
	if (to == NULL)
		return -1;
	u_strToUTF8(to, n, &n, wide, len, &code);
	return U_FAILURE(code) ? failed(ctx, code) : 0;
}

static int
normalize(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const UNormalizer2 *form;
	UErrorCode code = U_ZERO_ERROR;
	int32_t len = 0, n;
	UChar *wide, *to;

	if (form_of(ctx, site, args, &form) < 0)
		return -1;
	result->s = args[0].s;
	if (is_ascii(args[0].s))
		return 0;
	if (widen(ctx, args[0].s, &wide, &len) < 0)
		return -1;
	n = unorm2_normalize(form, wide, len, NULL, 0, &code);
	if (code != U_BUFFER_OVERFLOW_ERROR && U_FAILURE(code))
		return failed(ctx, code);
	code = U_ZERO_ERROR;
	to = arena_alloc(ctx->arena, ((size_t)n + 1) * sizeof *to);
	if (to == NULL)
		return eval_nomem(ctx);
	n = unorm2_normalize(form, wide, len, to, n + 1, &code);
	return U_FAILURE(code) ? failed(ctx, code) : narrow(ctx, to, n, result);
}

static int
is_normalized(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const UNormalizer2 *form;
	UErrorCode code = U_ZERO_ERROR;
	int32_t len = 0;
	UChar *wide;

	if (form_of(ctx, site, args, &form) < 0)
		return -1;
	result->b = true;
	if (is_ascii(args[0].s))
		return 0;
	if (widen(ctx, args[0].s, &wide, &len) < 0)
		return -1;
	result->b = unorm2_isNormalized(form, wide, len, &code) != 0;
	return U_FAILURE(code) ? failed(ctx, code) : 0;
}

#define OF(name, result, call)                                                                 \
	{name, result, 1, {TYPE_TEXT}, FUNCTION_STRICT, call, NULL, NULL},                     \
	{                                                                                      \
		name, result, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, call, NULL, NULL     \
	}

const struct function normalize_functions[] = {
	OF("normalize", TYPE_TEXT, normalize),
	OF("is_normalized", TYPE_BOOL, is_normalized),
	{0},
};
