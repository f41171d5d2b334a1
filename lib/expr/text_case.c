/*
 * text_case.c - lower, upper, initcap by the C library's C.UTF-8
 *
 * PostgreSQL does the same in a database of locale C.UTF-8: one character
 * becomes one character, so that the German sharp s stays as it is.
 */
#include <string.h>
#include <wctype.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/text.h"
#include "utf8.h"

locale_t
text_locale(struct eval_context *ctx)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	if (locale == (locale_t)0)
		eval_fail(ctx, "XX000", "the C library has no locale C.UTF-8");
	return locale;
}

int
text_prepare_locale(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	(void)constants;
	site->prepared = text_locale(ctx);
	return site->prepared ? 0 : -1;
}

void
text_release_locale(void *prepared)
{
	freelocale(prepared);
}

typedef wint_t map_fn(wint_t c, locale_t locale);

/* Every character through map.  A character's other case may take more bytes: at most 4. */
static int
map_text(struct eval_context *ctx, locale_t locale, const struct text *t, map_fn *map,
	struct text *out)
{
	struct value v;
	char *p = text_alloc(ctx, utf8_length(t->ptr, t->len) * 4, &v);
	size_t used = 0, width;

	if (p == NULL)
		return -1;
	for (size_t i = 0; i < t->len; i += width) {
		uint32_t c = char_decode(t->ptr + i, &width);

		used += char_encode((uint32_t)map((wint_t)c, locale), p + used);
	}
	out->ptr = p;
	out->len = used;
	return 0;
}

/* ASCII in one pass; first is the first letter that changes. */
static int
map_ascii(struct eval_context *ctx, const struct text *t, size_t first, char from,
	struct text *out)
{
	struct value v;
	char *p = text_alloc(ctx, t->len, &v);

	if (p == NULL)
		return -1;
	memcpy(p, t->ptr, first);
	for (size_t i = first; i < t->len; i++) {
		char c = t->ptr[i];

		p[i] = (char)(c ^ ((unsigned char)(c - from) < 26 ? 0x20 : 0));
	}
	*out = v.s;
	return 0;
}

/* How many bytes at the beginning, of whole words of 8, are ASCII and have no letter to change. */
static size_t
same_case(const struct text *t, char from)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	size_t i = 0;

	for (; t->len - i >= 8; i += 8) {
		uint64_t w;

		memcpy(&w, t->ptr + i, sizeof w);
		if ((w & high) != 0)
			break;
		/* the high bit of each byte: it is not before the first letter, but before the end */
		if (((w + ones * (uint64_t)(0x80 - from)) &
			    ~(w + ones * (uint64_t)(0x80 - from - 26)) & high) != 0)
			break;
	}
	return i;
}

/* from is 'A' to lower, 'a' to upper. */
static int
change_case(struct eval_context *ctx, locale_t locale, const struct text *t, char from,
	struct text *out)
{
	size_t first = same_case(t, from);

	while (first < t->len && (unsigned char)(t->ptr[first] - from) >= 26 &&
		!((unsigned char)t->ptr[first] & 0x80))
		first++;
	if (first == t->len) {
		*out = *t;
		return 0;
	}
	if (chars_ascii(t->ptr + first, t->len - first))
		return map_ascii(ctx, t, first, from, out);
	return map_text(ctx, locale, t, from == 'A' ? towlower_l : towupper_l, out);
}

int
text_lower(struct eval_context *ctx, locale_t locale, const struct text *t, struct text *lower)
{
	return change_case(ctx, locale, t, 'A', lower);
}

static int
lower(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return change_case(ctx, site->prepared, &args[0].s, 'A', &result->s);
}

static int
upper(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return change_case(ctx, site->prepared, &args[0].s, 'a', &result->s);
}

static int
initcap(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s;
	struct value v;
	char *p = text_alloc(ctx, utf8_length(t->ptr, t->len) * 4, &v);
	size_t used = 0, width;
	bool inside = false;

	if (p == NULL)
		return -1;
	for (size_t i = 0; i < t->len; i += width) {
		wint_t c = (wint_t)char_decode(t->ptr + i, &width);

		c = inside ? towlower_l(c, site->prepared) : towupper_l(c, site->prepared);
		inside = iswalnum_l(c, site->prepared) != 0;
		used += char_encode((uint32_t)c, p + used);
	}
	result->s.ptr = p;
	result->s.len = used;
	return 0;
}

#define MAPS TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT

const struct function text_case_functions[] = {
	{"lower", MAPS, lower, text_prepare_locale, text_release_locale},
	{"upper", MAPS, upper, text_prepare_locale, text_release_locale},
	{"initcap", MAPS, initcap, text_prepare_locale, text_release_locale},
	{0},
};
