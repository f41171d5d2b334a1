/*
 * json_raw.c - -> ->> #> #>> of json: parts of a text as they were written
 *
 * The grammar was checked when the value was read.  Of equal keys the last
 * counts.  As in PostgreSQL each string of the whole text is decoded on the
 * way, so that one that is no text is an error wherever it stands.
 */
#include <string.h>

#include "expr/array.h"
#include "expr/json.h"

static const char *
skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/* Behind the string whose opening quote is at p. */
static const char *
skip_string(const char *p)
{
	for (p++; *p != '"'; p++)
		p += *p == '\\';
	return p + 1;
}

/* Behind the value that begins at p. */
static const char *
skip_value(const char *p, const char *end)
{
	int depth = 0;

	if (*p == '"')
		return skip_string(p);
	while (p < end) {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[')
			depth++;
		else if (*p == '}' || *p == ']')
			depth--;
		if (depth < 0 || (depth == 0 && strchr(", \t\n\r", *p) != NULL))
			return p;
		p++;
		if (depth == 0 && (p[-1] == '}' || p[-1] == ']'))
			return p;
	}
	return p;
}

/* Decode a string with its quotes; 22P02, 22P05. */
static int
decode(struct eval_context *ctx, struct text s, struct text *result)
{
	struct json_node *node;

	if (memchr(s.ptr, '\\', s.len) == NULL) {
		*result = (struct text){s.ptr + 1, s.len - 2};
		return 0;
	}
	if (json_parse(ctx, s, &node) < 0)
		return -1;
	*result = node->text;
	return 0;
}

static int
check_strings(struct eval_context *ctx, struct text s)
{
	const char *p = s.ptr, *end = s.ptr + s.len, *stop;
	struct text ignored;

	if (memchr(s.ptr, '\\', s.len) == NULL)
		return 0;
	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		stop = skip_string(p);
		if (decode(ctx, (struct text){p, (size_t)(stop - p)}, &ignored) < 0)
			return -1;
		p = stop;
	}
	return 0;
}

/* The members of an object or the elements of an array, one by one. */
struct cursor {
	const char *p, *end;
	bool object;
	struct text key, value; /* the key with its quotes */
};

static struct cursor
begin(struct text s)
{
	const char *end = s.ptr + s.len, *p = skip_space(s.ptr, end);

	return (struct cursor){.p = p + 1, .end = end, .object = *p == '{', .key = {"\"\"", 2}};
}

static bool
next(struct cursor *c)
{
	const char *p = skip_space(c->p, c->end), *stop;

	if (p < c->end && *p == ',')
		p = skip_space(p + 1, c->end);
	if (p >= c->end || *p == '}' || *p == ']')
		return false;
	if (c->object) {
		stop = skip_string(p);
		c->key = (struct text){p, (size_t)(stop - p)};
		p = skip_space(skip_space(stop, c->end) + 1, c->end);
	}
	stop = skip_value(p, c->end);
	c->value = (struct text){p, (size_t)(stop - p)};
	c->p = stop;
	return true;
}

static char
kind_of(struct text s)
{
	return *skip_space(s.ptr, s.ptr + s.len);
}

/* 1 with *s the member, 0 where there is none, -1. */
static int
member(struct eval_context *ctx, struct text key, struct text *s)
{
	struct cursor c = begin(*s);
	int found = 0;

	if (kind_of(*s) != '{')
		return 0;
	while (next(&c)) {
		struct text name;

		if (decode(ctx, c.key, &name) < 0)
			return -1;
		if (name.len == key.len &&
			(key.len == 0 || memcmp(name.ptr, key.ptr, key.len) == 0)) {
			*s = c.value;
			found = 1;
		}
	}
	return found;
}

static int
element(int64_t index, struct text *s)
{
	struct cursor c = begin(*s);
	int64_t n = 0;

	if (kind_of(*s) != '[')
		return 0;
	if (index < 0) {
		for (struct cursor all = c; next(&all);)
			n++;
		index += n;
	}
	if (index < 0)
		return 0;
	while (next(&c)) {
		if (index-- == 0) {
			*s = c.value;
			return 1;
		}
	}
	return 0;
}

/* What was found, as json or as its text. */
static int
finish(struct eval_context *ctx, int found, struct text s, bool as_text, struct value *result)
{
	result->s = s;
	result->null = found == 0;
	if (found <= 0 || !as_text)
		return found < 0 ? -1 : 0;
	if (kind_of(s) == 'n')
		result->null = true;
	else if (kind_of(s) == '"')
		return decode(ctx, s, &result->s);
	return 0;
}

static int
by_key(struct eval_context *ctx, const struct value *args, bool as_text, struct value *result)
{
	struct text s = args[0].s;

	if (check_strings(ctx, s) < 0)
		return -1;
	return finish(ctx, member(ctx, args[1].s, &s), s, as_text, result);
}

static int
by_index(struct eval_context *ctx, const struct value *args, bool as_text, struct value *result)
{
	struct text s = args[0].s;

	if (check_strings(ctx, s) < 0)
		return -1;
	return finish(ctx, element(args[1].i, &s), s, as_text, result);
}

/* Of all of the text: white space around it does not count, but before a scalar. */
static struct text
whole(struct text s, bool as_text)
{
	const char *start = skip_space(s.ptr, s.ptr + s.len), *end = s.ptr + s.len;

	while (end > start && strchr(" \t\n\r", end[-1]) != NULL)
		end--;
	if (strchr("[{", *start) == NULL && !(as_text && strchr("\"n", *start) != NULL))
		start = s.ptr;
	return (struct text){start, (size_t)(end - start)};
}

static int
by_path(struct eval_context *ctx, const struct value *args, bool as_text, struct value *result)
{
	const struct array *path = args[1].a;
	struct text s = args[0].s;
	int found = 1;

	result->null = json_path_has_null(path);
	if (result->null)
		return 0;
	if (check_strings(ctx, s) < 0)
		return -1;
	if (path->n == 0)
		return finish(ctx, 1, whole(s, as_text), as_text, result);
	for (size_t i = 0; i < path->n && found > 0; i++) {
		int64_t index;

		if (kind_of(s) == '{')
			found = member(ctx, path->items[i].s, &s);
		else
			found = json_path_index(path->items[i].s, &index) ? element(index, &s)
									  : 0;
	}
	return finish(ctx, found, s, as_text, result);
}

#define ACCESS(name, how, as_text)                                                             \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		(void)site;                                                                    \
		return how(ctx, args, as_text, result);                                        \
	}

ACCESS(get_member, by_key, false)
ACCESS(get_member_text, by_key, true)
ACCESS(get_element, by_index, false)
ACCESS(get_element_text, by_index, true)
ACCESS(get_path, by_path, false)
ACCESS(get_path_text, by_path, true)

#define GETS(type, by) TYPE_##type, 2, {TYPE_JSON, by}, FUNCTION_STRICT

const struct function json_raw_functions[] = {
	{"->", GETS(JSON, TYPE_TEXT), get_member, NULL, NULL},
	{"->", GETS(JSON, TYPE_INT4), get_element, NULL, NULL},
	{"->>", GETS(TEXT, TYPE_TEXT), get_member_text, NULL, NULL},
	{"->>", GETS(TEXT, TYPE_INT4), get_element_text, NULL, NULL},
	{"#>", GETS(JSON, TYPE_ARRAY(TYPE_TEXT)), get_path, NULL, NULL},
	{"#>>", GETS(TEXT, TYPE_ARRAY(TYPE_TEXT)), get_path_text, NULL, NULL},
	{.name = NULL},
};
