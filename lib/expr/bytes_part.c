/*
 * bytes_part.c - parts of bytea: substr, trim, overlay, position, single bytes and bits
 */
#include <string.h>

#include "expr/function.h"
#include "expr/text.h"
#include "find.h"

/* From byte `from`, counted from 1 and maybe before the first, up to before `end`. */
static struct text
part(struct text s, int64_t from, int64_t end)
{
	int64_t len = (int64_t)s.len;

	from = from < 1 ? 1 : from;
	end = end > len + 1 ? len + 1 : end;
	if (from >= end)
		return (struct text){"", 0};
	return (struct text){s.ptr + from - 1, (size_t)(end - from)};
}

static int
substring(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t end = INT64_MAX;

	if (site->nargs == 3) {
		if (args[2].i < 0)
			return eval_fail(ctx, "22011", "negative substring length not allowed");
		end = args[1].i + args[2].i;
	}
	result->s = part(args[0].s, args[1].i, end);
	return 0;
}

static int
overlay(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t from = args[2].i;
	int64_t behind = from + (site->nargs == 4 ? args[3].i : (int64_t)args[1].s.len);
	struct text head, tail;
	char *to;

	if (from <= 0)
		return eval_fail(ctx, "22011", "negative substring length not allowed");
	if (behind > INT32_MAX || behind < INT32_MIN)
		return eval_fail(ctx, "22003", "integer out of range");
	head = part(args[0].s, 1, from);
	tail = part(args[0].s, behind, INT64_MAX);
	to = text_alloc(ctx, head.len + args[1].s.len + tail.len, result);
	if (to == NULL)
		return -1;
	memcpy(to, head.ptr, head.len);
	memcpy(to + head.len, args[1].s.ptr, args[1].s.len);
	memcpy(to + head.len + args[1].s.len, tail.ptr, tail.len);
	return 0;
}

static int
position(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct text s = args[0].s, wanted = args[1].s;
	const char *found;

	(void)ctx;
	(void)site;
	result->i = 1;
	if (wanted.len == 0)
		return 0;
	found = wanted.len > s.len ? NULL : find_bytes(s.ptr, s.len, wanted.ptr, wanted.len);
	result->i = found == NULL ? 0 : found - s.ptr + 1;
	return 0;
}

static void
trim(struct text *s, struct text set, bool left, bool right)
{
	if (set.len == 0)
		return;
	while (left && s->len > 0 && memchr(set.ptr, s->ptr[0], set.len) != NULL) {
		s->ptr++;
		s->len--;
	}
	while (right && s->len > 0 && memchr(set.ptr, s->ptr[s->len - 1], set.len) != NULL)
		s->len--;
}

static int
trim_both(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const char *name = site->function->name;

	(void)ctx;
	result->s = args[0].s;
	trim(&result->s, args[1].s, name[0] != 'r', name[0] != 'l');
	return 0;
}

/* -1 with 2202E, unless index is one of `count`. */
static int
check_index(struct eval_context *ctx, int64_t index, int64_t count)
{
	if (index >= 0 && index < count)
		return 0;
	return eval_fail(ctx, "2202E", "index %lld out of valid range, 0..%lld",
		(long long)index, (long long)count - 1);
}

static int
get_byte(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	if (check_index(ctx, args[1].i, (int64_t)args[0].s.len) < 0)
		return -1;
	result->i = (unsigned char)args[0].s.ptr[args[1].i];
	return 0;
}

/* The bits of a byte are counted from the least. */
static int
get_bit(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	if (check_index(ctx, args[1].i, (int64_t)args[0].s.len * 8) < 0)
		return -1;
	result->i = (unsigned char)args[0].s.ptr[args[1].i / 8] >> (args[1].i % 8) & 1;
	return 0;
}

static char *
copy(struct eval_context *ctx, struct text s, struct value *result)
{
	char *to = text_alloc(ctx, s.len, result);

	if (to != NULL)
		memcpy(to, s.ptr, s.len);
	return to;
}

static int
set_byte(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	char *to;

	(void)site;
	if (check_index(ctx, args[1].i, (int64_t)args[0].s.len) < 0)
		return -1;
	to = copy(ctx, args[0].s, result);
	if (to == NULL)
		return -1;
	to[args[1].i] = (char)(args[2].i & 0xff);
	return 0;
}

static int
set_bit(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	unsigned bit = 1U << (args[1].i & 7);
	char *to;

	(void)site;
	if (check_index(ctx, args[1].i, (int64_t)args[0].s.len * 8) < 0)
		return -1;
	if (args[2].i != 0 && args[2].i != 1)
		return eval_fail(ctx, "22023", "new bit must be 0 or 1");
	to = copy(ctx, args[0].s, result);
	if (to == NULL)
		return -1;
	to += args[1].i / 8;
	*to = (char)(args[2].i == 1 ? (unsigned char)*to | bit : (unsigned char)*to & ~bit);
	return 0;
}

/* clang-format off */
#define B TYPE_BYTEA
#define N TYPE_INT4
#define OF(name, result, n, call, ...) \
	{name, result, n, {__VA_ARGS__}, FUNCTION_STRICT, call, NULL, NULL}

const struct function bytes_part_functions[] = {
	OF("substr", B, 2, substring, B, N),
	OF("substr", B, 3, substring, B, N, N),
	OF("substring", B, 2, substring, B, N),
	OF("substring", B, 3, substring, B, N, N),
	OF("overlay", B, 3, overlay, B, B, N),
	OF("overlay", B, 4, overlay, B, B, N, N),
	OF("position", N, 2, position, B, B),
	OF("btrim", B, 2, trim_both, B, B),
	OF("ltrim", B, 2, trim_both, B, B),
	OF("rtrim", B, 2, trim_both, B, B),
	OF("get_byte", N, 2, get_byte, B, N),
	OF("set_byte", B, 3, set_byte, B, N, N),
	OF("get_bit", N, 2, get_bit, B, TYPE_INT8),
	OF("set_bit", B, 3, set_bit, B, TYPE_INT8, N),
	{0},
};
/* clang-format on */
