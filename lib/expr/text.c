/*
 * text.c - texts: comparison, concatenation, length, varchar(n) and char(n)
 *
 * Comparison is of bytes, as with the collations C and C.UTF-8.  char(n) keeps
 * its padding in its value; what compares it leaves trailing spaces out.
 */
#include <string.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/text.h"
#include "utf8.h"

static int
compare(const struct text *a, const struct text *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n ? memcmp(a->ptr, b->ptr, n) : 0;

	if (c != 0)
		return c;
	return (a->len > b->len) - (a->len < b->len);
}

static bool
equal(const struct text *a, const struct text *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

static struct text
without_padding(const struct text *t)
{
	struct text r = *t;

	while (r.len > 0 && r.ptr[r.len - 1] == ' ')
		r.len--;
	return r;
}

static int
text_eq(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = equal(&args[0].s, &args[1].s);
	return 0;
}

static int
text_ne(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->b = !equal(&args[0].s, &args[1].s);
	return 0;
}

/* The comparisons differ in their test of `order`, which is as memcmp's. */
#define TEXT_COMPARISON(name, test)                                                            \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		int order = compare(&args[0].s, &args[1].s);                                   \
                                                                                               \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = (test);                                                            \
		return 0;                                                                      \
	}

TEXT_COMPARISON(text_lt, order < 0)
TEXT_COMPARISON(text_le, order <= 0)
TEXT_COMPARISON(text_gt, order > 0)
TEXT_COMPARISON(text_ge, order >= 0)

#define BPCHAR_COMPARISON(name, test)                                                          \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		struct text a = without_padding(&args[0].s), b = without_padding(&args[1].s);  \
		int order = compare(&a, &b);                                                   \
                                                                                               \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = (test);                                                            \
		return 0;                                                                      \
	}

BPCHAR_COMPARISON(bpchar_eq, order == 0)
BPCHAR_COMPARISON(bpchar_ne, order != 0)
BPCHAR_COMPARISON(bpchar_lt, order < 0)
BPCHAR_COMPARISON(bpchar_le, order <= 0)
BPCHAR_COMPARISON(bpchar_gt, order > 0)
BPCHAR_COMPARISON(bpchar_ge, order >= 0)

char *
text_alloc(struct eval_context *ctx, size_t len, struct value *result)
{
	char *p;

	if (len > TEXT_MAX) {
		eval_fail(ctx, "54000", "requested length too large");
		return NULL;
	}
	p = arena_alloc(ctx->arena, len);
	if (p == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	result->s.ptr = p;
	result->s.len = len;
	return p;
}

static void
append(char **p, const struct text *t)
{
	if (t->len > 0)
		memcpy(*p, t->ptr, t->len);
	*p += t->len;
}

static int
text_concatenate(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	char *p = text_alloc(ctx, args[0].s.len + args[1].s.len, result);

	(void)site;
	if (p == NULL)
		return -1;
	append(&p, &args[0].s);
	append(&p, &args[1].s);
	return 0;
}

/* args[first…] without NULLs, the separator between each two. */
static int
join(struct eval_context *ctx, const struct value *args, int first, int nargs,
	const struct text *separator, struct value *result)
{
	size_t len = 0;
	bool any = false;
	char *p;

	for (int i = first; i < nargs; i++) {
		if (!args[i].null)
			len += args[i].s.len + separator->len;
	}
	p = text_alloc(ctx, len, result);
	if (p == NULL)
		return -1;
	for (int i = first; i < nargs; i++) {
		if (args[i].null)
			continue;
		if (any)
			append(&p, separator);
		append(&p, &args[i].s);
		any = true;
	}
	result->s.len = (size_t)(p - result->s.ptr);
	return 0;
}

static int
text_concat(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text nothing = {"", 0};

	return join(ctx, args, 0, site->nargs, &nothing, result);
}

static int
text_concat_ws(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	if (args[0].null) {
		result->null = true;
		return 0;
	}
	return join(ctx, args, 1, site->nargs, &args[0].s, result);
}

static int
text_length(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = (int64_t)utf8_length(args[0].s.ptr, args[0].s.len);
	return 0;
}

static int
bpchar_length(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct text t = without_padding(&args[0].s);

	(void)ctx;
	(void)site;
	result->i = (int64_t)utf8_length(t.ptr, t.len);
	return 0;
}

static int
text_octet_length(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = (int64_t)args[0].s.len;
	return 0;
}

static int
text_bit_length(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = (int64_t)args[0].s.len * 8;
	return 0;
}

/* varchar(n): an explicit cast cuts, and says nothing. */
static int
text_to_varchar(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	result->s = arg->s;
	if (typmod >= 4)
		result->s.len = chars_bytes(arg->s.ptr, arg->s.len, (size_t)typmod - 4);
	return 0;
}

static int
text_to_bpchar(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	size_t want, have;
	char *p;

	result->s = arg->s;
	if (typmod < 4)
		return 0;
	want = (size_t)typmod - 4;
	have = utf8_length(arg->s.ptr, arg->s.len);
	if (have >= want) {
		result->s.len = chars_bytes(arg->s.ptr, arg->s.len, want);
		return 0;
	}
	p = text_alloc(ctx, arg->s.len + want - have, result);
	if (p == NULL)
		return -1;
	append(&p, &arg->s);
	memset(p, ' ', want - have);
	return 0;
}

static int
bpchar_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct value plain = {.s = without_padding(&arg->s)};

	return text_to_varchar(ctx, &plain, typmod, result);
}

#define COMPARES   TYPE_BOOL, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT
#define BPCOMPARES TYPE_BOOL, 2, {TYPE_BPCHAR, TYPE_BPCHAR}, FUNCTION_STRICT
#define MEASURES   TYPE_INT4, 1, {TYPE_TEXT}, FUNCTION_STRICT
#define BPMEASURES TYPE_INT4, 1, {TYPE_BPCHAR}, FUNCTION_STRICT

const struct function text_functions[] = {
	{"=", COMPARES, text_eq, NULL, NULL},
	{"<>", COMPARES, text_ne, NULL, NULL},
	{"<", COMPARES, text_lt, NULL, NULL},
	{"<=", COMPARES, text_le, NULL, NULL},
	{">", COMPARES, text_gt, NULL, NULL},
	{">=", COMPARES, text_ge, NULL, NULL},
	{"=", BPCOMPARES, bpchar_eq, NULL, NULL},
	{"<>", BPCOMPARES, bpchar_ne, NULL, NULL},
	{"<", BPCOMPARES, bpchar_lt, NULL, NULL},
	{"<=", BPCOMPARES, bpchar_le, NULL, NULL},
	{">", BPCOMPARES, bpchar_gt, NULL, NULL},
	{">=", BPCOMPARES, bpchar_ge, NULL, NULL},
	{"||", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, text_concatenate, NULL,
		NULL},
	{"||", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_UNKNOWN},
		FUNCTION_STRICT | FUNCTION_ANY | FUNCTION_CAST_TEXT, text_concatenate, NULL,
		NULL},
	{"||", TYPE_TEXT, 2, {TYPE_UNKNOWN, TYPE_TEXT},
		FUNCTION_STRICT | FUNCTION_ANY_FIRST | FUNCTION_CAST_TEXT, text_concatenate,
		NULL, NULL},
	{"concat", TYPE_TEXT, 1, {TYPE_UNKNOWN},
		FUNCTION_VARIADIC | FUNCTION_ANY | FUNCTION_OUTPUT_TEXT, text_concat, NULL,
		NULL},
	{"concat_ws", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_UNKNOWN},
		FUNCTION_VARIADIC | FUNCTION_ANY | FUNCTION_OUTPUT_TEXT, text_concat_ws, NULL,
		NULL},
	{"length", MEASURES, text_length, NULL, NULL},
	{"length", BPMEASURES, bpchar_length, NULL, NULL},
	{"char_length", MEASURES, text_length, NULL, NULL},
	{"char_length", BPMEASURES, bpchar_length, NULL, NULL},
	{"character_length", MEASURES, text_length, NULL, NULL},
	{"character_length", BPMEASURES, bpchar_length, NULL, NULL},
	{"octet_length", MEASURES, text_octet_length, NULL, NULL},
	{"octet_length", BPMEASURES, text_octet_length, NULL, NULL},
	{"bit_length", MEASURES, text_bit_length, NULL, NULL},
	{0},
};

const struct cast text_casts[] = {
	{TYPE_TEXT, TYPE_TEXT, CAST_IMPLICIT, text_to_varchar},
	{TYPE_TEXT, TYPE_BPCHAR, CAST_IMPLICIT, text_to_bpchar},
	{TYPE_BPCHAR, TYPE_BPCHAR, CAST_IMPLICIT, text_to_bpchar},
	{TYPE_BPCHAR, TYPE_TEXT, CAST_IMPLICIT, bpchar_to_text},
	{0},
};
