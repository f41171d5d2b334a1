/*
 * json.c - functions and operators of jsonb; see json.h
 */
#include <string.h>

#include "expr/array.h"
#include "expr/eval.h"
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

bool
json_path_index(struct text s, int64_t *index)
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

/* Follow a path of n steps from *s; false where there is nothing, or a step is NULL. */
static bool
follow_steps(const struct value *steps, size_t n, struct text *s)
{
	for (size_t i = 0; i < n; i++) {
		int64_t index;

		if (steps[i].null)
			return false;
		switch (json_kind(*s)) {
		case JSON_OBJECT:
			if (!json_member(*s, steps[i].s, s))
				return false;
			break;
		case JSON_ARRAY:
			if (!json_path_index(steps[i].s, &index) || !json_element(*s, index, s))
				return false;
			break;
		default: return false;
		}
	}
	return true;
}

/* The path args[1..] */
static bool
follow_path(const struct call_site *site, const struct value *args, struct text *s)
{
	*s = args[0].s;
	return follow_steps(args + 1, (size_t)site->nargs - 1, s);
}

static int
get_path(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->s = args[0].s;
	/* any NULL in it makes the path none */
	result->null = json_path_has_null(args[1].a) ||
		       !follow_steps(args[1].a->items, args[1].a->n, &result->s);
	return 0;
}

static int
get_path_text(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	if (get_path(ctx, site, args, result) < 0)
		return -1;
	return result->null ? 0 : json_as_text(ctx, result->s, result);
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
	{"#>", TYPE_JSONB, 2, {TYPE_JSONB, TYPE_ARRAY(TYPE_TEXT)}, FUNCTION_STRICT, get_path,
		NULL, NULL},
	{"#>>", TYPE_TEXT, 2, {TYPE_JSONB, TYPE_ARRAY(TYPE_TEXT)}, FUNCTION_STRICT,
		get_path_text, NULL, NULL},
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
