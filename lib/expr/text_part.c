/*
 * text_part.c - parts of texts: substr, trim, split_part, replace, pad and their like
 *
 * Positions and lengths are in characters and count from 1, as PostgreSQL's.
 */
#include <limits.h>
#include <string.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/text.h"
#include "find.h"
#include "utf8.h"

/* Characters [first, first + count) of t, from 0; count may be beyond the end. */
static struct text
slice(const struct text *t, size_t first, size_t count)
{
	size_t start = chars_bytes(t->ptr, t->len, first);
	struct text r = {t->ptr + start, t->len - start};

	r.len = chars_bytes(r.ptr, r.len, count);
	return r;
}

/* Where needle (not empty) begins in t at or behind `from`, or SIZE_MAX. */
static size_t
find(const struct text *t, size_t from, const struct text *needle)
{
	const char *at;

	if (from > t->len)
		return SIZE_MAX;
	at = find_bytes(t->ptr + from, t->len - from, needle->ptr, needle->len);
	return at ? (size_t)(at - t->ptr) : SIZE_MAX;
}

static int
substr_from(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t start = args[1].i;

	(void)ctx;
	(void)site;
	result->s = start <= 1 ? args[0].s : slice(&args[0].s, (size_t)start - 1, SIZE_MAX);
	return 0;
}

static int
substr_for(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t start = args[1].i, length = args[2].i, end = start + length;

	(void)site;
	if (length < 0)
		return eval_fail(ctx, "22011", "negative substring length not allowed");
	if (start < 1)
		start = 1;
	if (end > INT32_MAX) /* as PostgreSQL: to the end of the text */
		end = INT64_MAX;
	if (end <= start)
		result->s.len = 0, result->s.ptr = "";
	else
		result->s = slice(&args[0].s, (size_t)start - 1, (size_t)(end - start));
	return 0;
}

static int
left(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s;
	int64_t n = args[1].i;

	(void)ctx;
	(void)site;
	result->s.ptr = t->ptr;
	result->s.len = n >= 0 ? chars_bytes(t->ptr, t->len, (size_t)n)
			       : t->len - chars_bytes_back(t->ptr, t->len, (size_t)-n);
	return 0;
}

static int
right(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s;
	int64_t n = args[1].i;
	size_t skip = n >= 0 ? t->len - chars_bytes_back(t->ptr, t->len, (size_t)n)
			     : chars_bytes(t->ptr, t->len, (size_t)-n);

	(void)ctx;
	(void)site;
	result->s.ptr = t->ptr + skip;
	result->s.len = t->len - skip;
	return 0;
}

/* Whether the character of width bytes at p is one of set. */
static bool
in_set(const struct text *set, const char *p, size_t width)
{
	if (width == 1)
		return set->len > 0 && memchr(set->ptr, p[0], set->len) != NULL;
	for (size_t i = 0; i < set->len; i += char_width((unsigned char)set->ptr[i])) {
		if (char_width((unsigned char)set->ptr[i]) == width &&
			memcmp(set->ptr + i, p, width) == 0)
			return true;
	}
	return false;
}

static struct text
trim_left(struct text t, const struct text *set)
{
	while (t.len > 0) {
		size_t width = char_width((unsigned char)t.ptr[0]);

		if (!in_set(set, t.ptr, width))
			break;
		t.ptr += width;
		t.len -= width;
	}
	return t;
}

static struct text
trim_right(struct text t, const struct text *set)
{
	while (t.len > 0) {
		size_t width = chars_bytes_back(t.ptr, t.len, 1);

		if (!in_set(set, t.ptr + t.len - width, width))
			break;
		t.len -= width;
	}
	return t;
}

static const struct text space = {" ", 1};

static const struct text *
trim_set(const struct call_site *site, const struct value *args)
{
	return site->nargs > 1 ? &args[1].s : &space;
}

static int
ltrim(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->s = trim_left(args[0].s, trim_set(site, args));
	return 0;
}

static int
rtrim(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->s = trim_right(args[0].s, trim_set(site, args));
	return 0;
}

static int
btrim(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *set = trim_set(site, args);

	(void)ctx;
	result->s = trim_right(trim_left(args[0].s, set), set);
	return 0;
}

static int
replace(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s, *from = &args[1].s, *to = &args[2].s;
	size_t count = 0, at, done = 0;
	char *p;

	(void)site;
	result->s = *t;
	if (from->len == 0)
		return 0;
	for (at = 0; (at = find(t, at, from)) != SIZE_MAX; at += from->len)
		count++;
	if (count == 0)
		return 0;
	if (to->len > 0 && count > TEXT_MAX / to->len)
		return eval_fail(ctx, "54000", "requested length too large");
	p = text_alloc(ctx, t->len - count * from->len + count * to->len, result);
	if (p == NULL)
		return -1;
	while ((at = find(t, done, from)) != SIZE_MAX) {
		memcpy(p, t->ptr + done, at - done);
		p += at - done;
		memcpy(p, to->ptr, to->len);
		p += to->len;
		done = at + from->len;
	}
	memcpy(p, t->ptr + done, t->len - done);
	return 0;
}

/* Field n of t, from 0; count is how many there are in all, when n counts from the end. */
static struct text
field(const struct text *t, const struct text *separator, size_t n)
{
	size_t start = 0, end;

	for (;; n--) {
		end = find(t, start, separator);
		if (n == 0 || end == SIZE_MAX)
			break;
		start = end + separator->len;
	}
	if (n > 0)
		return (struct text){"", 0};
	return (struct text){t->ptr + start, (end == SIZE_MAX ? t->len : end) - start};
}

static int
split_part(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s, *separator = &args[1].s;
	int64_t n = args[2].i;
	int64_t count = 1;

	(void)site;
	if (n == 0)
		return eval_fail(ctx, "22023", "field position must not be zero");
	result->s = (struct text){"", 0};
	if (separator->len == 0 || t->len == 0) {
		if (n == 1 || n == -1)
			result->s = *t;
		return 0;
	}
	if (n < 0) {
		for (size_t at = 0; (at = find(t, at, separator)) != SIZE_MAX;
			at += separator->len)
			count++;
		n += count + 1;
	}
	if (n > 0)
		result->s = field(t, separator, (size_t)n - 1);
	return 0;
}

static int
strpos(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	size_t at;

	(void)ctx;
	(void)site;
	if (args[1].s.len == 0) {
		result->i = 1;
		return 0;
	}
	at = find(&args[0].s, 0, &args[1].s);
	result->i = at == SIZE_MAX ? 0 : (int64_t)utf8_length(args[0].s.ptr, at) + 1;
	return 0;
}

static int
starts_with(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s, *head = &args[1].s;

	(void)ctx;
	(void)site;
	result->b = t->len >= head->len &&
		    (head->len == 0 || memcmp(t->ptr, head->ptr, head->len) == 0);
	return 0;
}

static int
reverse(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s;
	char *p = text_alloc(ctx, t->len, result);
	size_t width;

	(void)site;
	if (p == NULL)
		return -1;
	for (size_t i = 0; i < t->len; i += width) {
		width = char_width((unsigned char)t->ptr[i]);
		memcpy(p + t->len - i - width, t->ptr + i, width);
	}
	return 0;
}

static int
repeat(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s;
	size_t n = args[1].i > 0 ? (size_t)args[1].i : 0;
	char *p;

	(void)site;
	if (t->len > 0 && n > TEXT_MAX / t->len)
		return eval_fail(ctx, "54000", "requested length too large");
	p = text_alloc(ctx, t->len * n, result);
	if (p == NULL)
		return -1;
	for (size_t i = 0; i < n && t->len > 0; i++)
		memcpy(p + i * t->len, t->ptr, t->len);
	return 0;
}

/* lpad and rpad to args[1] characters by args[2], a space by default. */
static int
pad(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result, bool at_left)
{
	const struct text *t = &args[0].s, *fill = site->nargs > 2 ? &args[2].s : &space;
	size_t want = args[1].i > 0 ? (size_t)args[1].i : 0;
	size_t have = utf8_length(t->ptr, t->len), whole, rest, len;
	size_t fill_chars = utf8_length(fill->ptr, fill->len);
	char *p;

	if (have >= want || fill_chars == 0) {
		result->s = (struct text){t->ptr, chars_bytes(t->ptr, t->len, want)};
		return 0;
	}
	whole = (want - have) / fill_chars;
	rest = chars_bytes(fill->ptr, fill->len, (want - have) % fill_chars);
	if (want > TEXT_MAX / 4)
		return eval_fail(ctx, "54000", "requested length too large");
	len = whole * fill->len + rest;
	p = text_alloc(ctx, t->len + len, result);
	if (p == NULL)
		return -1;
	if (!at_left && t->len > 0)
		memcpy(p, t->ptr, t->len);
	if (at_left && t->len > 0)
		memcpy(p + len, t->ptr, t->len);
	p += at_left ? 0 : t->len;
	for (size_t i = 0; i < whole; i++)
		memcpy(p + i * fill->len, fill->ptr, fill->len);
	memcpy(p + whole * fill->len, fill->ptr, rest);
	return 0;
}

static int
lpad(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return pad(ctx, site, args, result, true);
}

static int
rpad(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return pad(ctx, site, args, result, false);
}

static int
translate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct text *t = &args[0].s, *from = &args[1].s, *to = &args[2].s;
	char *p = text_alloc(ctx, utf8_length(t->ptr, t->len) * 4, result), *start = p;
	size_t width, other;

	(void)site;
	if (p == NULL)
		return -1;
	for (size_t i = 0; i < t->len; i += width) {
		size_t f = 0, k = 0;

		width = char_width((unsigned char)t->ptr[i]);
		for (; f < from->len; f += other, k++) {
			other = char_width((unsigned char)from->ptr[f]);
			if (other == width && memcmp(from->ptr + f, t->ptr + i, width) == 0)
				break;
		}
		if (f >= from->len) {
			memcpy(p, t->ptr + i, width);
			p += width;
		} else {
			struct text c = slice(to, k, 1);

			memcpy(p, c.ptr, c.len);
			p += c.len;
		}
	}
	result->s.len = (size_t)(p - start);
	return 0;
}

#define TEXT_ARG TYPE_TEXT
#define TRIMS(name, call)                                                                      \
	{name, TYPE_TEXT, 1, {TEXT_ARG}, FUNCTION_STRICT, call, NULL, NULL},                   \
	{                                                                                      \
		name, TYPE_TEXT, 2, {TEXT_ARG, TEXT_ARG}, FUNCTION_STRICT, call, NULL, NULL    \
	}

const struct function text_part_functions[] = {
	{"substr", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, substr_from, NULL,
		NULL},
	{"substr", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_INT4, TYPE_INT4}, FUNCTION_STRICT, substr_for,
		NULL, NULL},
	{"substring", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, substr_from, NULL,
		NULL},
	{"substring", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_INT4, TYPE_INT4}, FUNCTION_STRICT,
		substr_for, NULL, NULL},
	{"left", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, left, NULL, NULL},
	{"right", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, right, NULL, NULL},
	TRIMS("ltrim", ltrim),
	TRIMS("rtrim", rtrim),
	TRIMS("btrim", btrim),
	{"replace", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, replace,
		NULL, NULL},
	{"translate", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT,
		translate, NULL, NULL},
	{"split_part", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT,
		split_part, NULL, NULL},
	{"strpos", TYPE_INT4, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, strpos, NULL, NULL},
	{"position", TYPE_INT4, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, strpos, NULL, NULL},
	{"starts_with", TYPE_BOOL, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, starts_with,
		NULL, NULL},
	{"^@", TYPE_BOOL, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, starts_with, NULL, NULL},
	{"reverse", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, reverse, NULL, NULL},
	{"repeat", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, repeat, NULL, NULL},
	{"lpad", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, lpad, NULL, NULL},
	{"lpad", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_INT4, TYPE_TEXT}, FUNCTION_STRICT, lpad, NULL,
		NULL},
	{"rpad", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_INT4}, FUNCTION_STRICT, rpad, NULL, NULL},
	{"rpad", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_INT4, TYPE_TEXT}, FUNCTION_STRICT, rpad, NULL,
		NULL},
	{0},
};
