/*
 * json.c - functions and operators of jsonb; see json.h
 */
#include <string.h>

#include "expr/eval.h"
#include "expr/array.h"
#include "expr/json.h"
#include "expr/number.h"
#include "expr/text.h"

static int
print_to(struct eval_context *ctx, const struct json_node *node, struct value *result)
{
	return json_print(ctx, node, &result->s);
}

int
json_as_text(struct eval_context *ctx, struct text s, struct value *result)
{
	switch (json_kind(s)) {
	case JSON_NULL: result->null = true; return 0;
	case JSON_STRING: return json_decode(ctx, s, &result->s);
	default: result->s = s; return 0;
	}
}

static int
get_member(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->null = !json_member(args[0].s, args[1].s, &result->s);
	return 0;
}

static int
get_member_text(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct text value;

	(void)site;
	if (!json_member(args[0].s, args[1].s, &value)) {
		result->null = true;
		return 0;
	}
	return json_as_text(ctx, value, result);
}

/* A scalar at the top is an array of one to PostgreSQL's -> and ->> with an integer. */
static bool
element(struct text s, int64_t index, struct text *value)
{
	enum json_kind kind = json_kind(s);

	if (kind == JSON_OBJECT || kind == JSON_ARRAY)
		return json_element(s, index, value);
	*value = s;
	return index == 0 || index == -1;
}

static int
get_element(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->null = !element(args[0].s, args[1].i, &result->s);
	return 0;
}

static int
get_element_text(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct text value;

	(void)site;
	if (!element(args[0].s, args[1].i, &value)) {
		result->null = true;
		return 0;
	}
	return json_as_text(ctx, value, result);
}

/* A path's step into an array: an integer as strtoint takes it, nothing else. */
static bool
array_index(struct text s, int64_t *index)
{
	size_t i = 0;
	bool negative = false;
	int64_t n = 0;

	while (i < s.len && space_is(s.ptr[i]))
		i++;
	if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
		negative = s.ptr[i++] == '-';
	if (i == s.len)
		return false;
	for (; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			return false;
		n = n * 10 + (s.ptr[i] - '0');
		if (n > (int64_t)INT32_MAX + negative)
			return false;
	}
	*index = negative ? -n : n;
	return true;
}

/* Follow the path args[1..]; false where there is nothing. */
static bool
follow_path(const struct call_site *site, const struct value *args, struct text *s)
{
	*s = args[0].s;
	for (int i = 1; i < site->nargs; i++) {
		int64_t index;

		switch (json_kind(*s)) {
		case JSON_OBJECT:
			if (!json_member(*s, args[i].s, s))
				return false;
			break;
		case JSON_ARRAY:
			if (!array_index(args[i].s, &index) || !json_element(*s, index, s))
				return false;
			break;
		default: return false;
		}
	}
	return true;
}

static int
extract_path(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	result->null = !follow_path(site, args, &result->s);
	return 0;
}

static int
extract_path_text(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct text value;

	if (!follow_path(site, args, &value)) {
		result->null = true;
		return 0;
	}
	return json_as_text(ctx, value, result);
}

static int
type_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	static const char *const names[] = {
		"null", "boolean", "number", "string", "array", "object"};
	const char *name = names[json_kind(args[0].s)];

	(void)ctx;
	(void)site;
	result->s = (struct text){name, strlen(name)};
	return 0;
}

static int
array_length(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	switch (json_kind(args[0].s)) {
	case JSON_ARRAY: result->i = json_array_length(args[0].s); return 0;
	case JSON_OBJECT:
		return eval_fail(ctx, "22023", "cannot get array length of a non-array");
	default: return eval_fail(ctx, "22023", "cannot get array length of a scalar");
	}
}

/* Is the text a key of the object, a string in the array, or the string itself? */
static int
exists(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node;
	struct text ignored;

	(void)site;
	result->b = false;
	if (json_kind(args[0].s) == JSON_OBJECT) {
		result->b = json_member(args[0].s, args[1].s, &ignored);
		return 0;
	}
	if (json_parse(ctx, args[0].s, &node) < 0)
		return -1;
	for (size_t i = 0; i < (node->kind == JSON_ARRAY ? node->nchildren : 1); i++) {
		const struct json_node *n = node->kind == JSON_ARRAY ? node->children[i] : node;

		if (n->kind == JSON_STRING && n->text.len == args[1].s.len &&
			memcmp(n->text.ptr, args[1].s.ptr, n->text.len) == 0)
			result->b = true;
	}
	return 0;
}

static bool
same_text(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static int
same_number(struct eval_context *ctx, struct text a, struct text b, bool *same)
{
	struct numeric x, y;
	int order;

	*same = same_text(a, b);
	if (*same)
		return 0;
	if (numeric_parse(ctx, a, -1, &x) < 0 || numeric_parse(ctx, b, -1, &y) < 0 ||
		numeric_compare(ctx, &x, &y, &order) < 0)
		return -1;
	*same = order == 0;
	return 0;
}

static int
same_node(struct eval_context *ctx, const struct json_node *a, const struct json_node *b,
	bool *same)
{
	*same = false;
	if (a->kind != b->kind || a->nchildren != b->nchildren)
		return 0;
	if (a->kind == JSON_NUMBER)
		return same_number(ctx, a->text, b->text, same);
	if (!same_text(a->text, b->text))
		return 0;
	for (size_t i = 0; i < a->nchildren; i++) {
		if (a->kind == JSON_OBJECT &&
			!same_text(a->children[i]->key, b->children[i]->key))
			return 0;
		if (same_node(ctx, a->children[i], b->children[i], same) < 0)
			return -1;
		if (!*same)
			return 0;
		*same = false;
	}
	*same = true;
	return 0;
}

/* 1.0 and 1.00 are equal, so equal values may have different texts. */
static int
same_json(struct eval_context *ctx, const struct value *args, bool *same)
{
	struct json_node *a, *b;

	*same = same_text(args[0].s, args[1].s);
	if (*same)
		return 0;
	if (json_parse(ctx, args[0].s, &a) < 0 || json_parse(ctx, args[1].s, &b) < 0)
		return -1;
	return same_node(ctx, a, b, same);
}

static int
equal(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return same_json(ctx, args, &result->b);
}

static int
unequal(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool same;

	(void)site;
	if (same_json(ctx, args, &same) < 0)
		return -1;
	result->b = !same;
	return 0;
}

static void
strip(struct json_node *node)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->nchildren; i++) {
		struct json_node *child = node->children[i];

		if (node->kind == JSON_OBJECT && child->kind == JSON_NULL)
			continue;
		strip(child);
		node->children[kept++] = child;
	}
	node->nchildren = kept;
}

static int
strip_nulls(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node;

	(void)site;
	if (json_parse(ctx, args[0].s, &node) < 0)
		return -1;
	strip(node);
	return print_to(ctx, node, result);
}

const struct function json_functions[] = {
	{"->", TYPE_JSONB, 2, {TYPE_JSONB, TYPE_TEXT}, FUNCTION_STRICT, get_member, NULL, NULL},
	{"->", TYPE_JSONB, 2, {TYPE_JSONB, TYPE_INT4}, FUNCTION_STRICT, get_element, NULL,
		NULL},
	{"->>", TYPE_TEXT, 2, {TYPE_JSONB, TYPE_TEXT}, FUNCTION_STRICT, get_member_text, NULL,
		NULL},
	{"->>", TYPE_TEXT, 2, {TYPE_JSONB, TYPE_INT4}, FUNCTION_STRICT, get_element_text, NULL,
		NULL},
	{"?", TYPE_BOOL, 2, {TYPE_JSONB, TYPE_TEXT}, FUNCTION_STRICT, exists, NULL, NULL},
	{"=", TYPE_BOOL, 2, {TYPE_JSONB, TYPE_JSONB}, FUNCTION_STRICT, equal, NULL, NULL},
	{"<>", TYPE_BOOL, 2, {TYPE_JSONB, TYPE_JSONB}, FUNCTION_STRICT, unequal, NULL, NULL},
	{"jsonb_extract_path", TYPE_JSONB, 2, {TYPE_JSONB, TYPE_TEXT},
		FUNCTION_STRICT | FUNCTION_VARIADIC, extract_path, NULL, NULL},
	{"jsonb_extract_path_text", TYPE_TEXT, 2, {TYPE_JSONB, TYPE_TEXT},
		FUNCTION_STRICT | FUNCTION_VARIADIC, extract_path_text, NULL, NULL},
	{"jsonb_typeof", TYPE_TEXT, 1, {TYPE_JSONB}, FUNCTION_STRICT, type_of, NULL, NULL},
	{"jsonb_array_length", TYPE_INT4, 1, {TYPE_JSONB}, FUNCTION_STRICT, array_length, NULL,
		NULL},
	{"jsonb_strip_nulls", TYPE_JSONB, 1, {TYPE_JSONB}, FUNCTION_STRICT, strip_nulls, NULL,
		NULL},
	{.name = NULL},
};
