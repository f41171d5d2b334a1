/*
 * json_compare.c - jsonb compared: equality, order, containment, keys
 *
 * Equal values may have different texts, as 1.0 = 1.00; so where the texts
 * are not the same, trees are compared.  The order is PostgreSQL's (manual,
 * 8.14.4): by kind, then by the number of members, then member by member.
 */
#include <string.h>

#include "expr/array.h"
#include "expr/json.h"
#include "expr/number.h"

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

/* Order */

static int
sign(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int
compare_text(struct text a, struct text b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;

	return order != 0 ? sign(order, 0) : sign((int64_t)a.len, (int64_t)b.len);
}

static int
compare_number(struct eval_context *ctx, struct text a, struct text b, int *order)
{
	struct numeric x, y;

	if (numeric_parse(ctx, a, -1, &x) < 0 || numeric_parse(ctx, b, -1, &y) < 0)
		return -1;
	return numeric_compare(ctx, &x, &y, order);
}

/* Where a kind stands: null, string, number, boolean, array, object. */
static int
rank_of(enum json_kind kind)
{
	switch (kind) {
	case JSON_STRING: return 1;
	case JSON_NUMBER: return 2;
	case JSON_BOOL: return 3;
	case JSON_ARRAY: return 4;
	case JSON_OBJECT: return 5;
	default: return 0;
	}
}

static int
compare_nodes(struct eval_context *ctx, const struct json_node *a, const struct json_node *b,
	int *order)
{
	*order = sign(rank_of(a->kind), rank_of(b->kind));
	if (*order != 0)
		return 0;
	if (a->kind == JSON_NUMBER)
		return compare_number(ctx, a->text, b->text, order);
	if (a->kind == JSON_STRING || a->kind == JSON_BOOL) { /* false before true */
		*order = compare_text(a->text, b->text);
		return 0;
	}
	*order = sign((int64_t)a->nchildren, (int64_t)b->nchildren);
	for (size_t i = 0; *order == 0 && i < a->nchildren; i++) {
		const struct json_node *x = a->children[i], *y = b->children[i];

		if (a->kind == JSON_OBJECT)
			*order = compare_text(x->key, y->key);
		if (*order == 0 && compare_nodes(ctx, x, y, order) < 0)
			return -1;
	}
	return 0;
}

static bool
is_scalar(const struct json_node *n)
{
	return n->kind != JSON_ARRAY && n->kind != JSON_OBJECT;
}

/* At the top a scalar counts as an array of one, but comes before one of as many. */
static int
compare(struct eval_context *ctx, const struct value *args, int *order)
{
	struct json_node *a, *b;

	if (json_parse(ctx, args[0].s, &a) < 0 || json_parse(ctx, args[1].s, &b) < 0)
		return -1;
	if (is_scalar(a) != is_scalar(b) && a->kind != JSON_OBJECT && b->kind != JSON_OBJECT) {
		size_t na = is_scalar(a) ? 1 : a->nchildren,
		       nb = is_scalar(b) ? 1 : b->nchildren;

		*order = na != nb ? sign((int64_t)na, (int64_t)nb) : is_scalar(a) ? -1 : 1;
		return 0;
	}
	return compare_nodes(ctx, a, b, order);
}

#define COMPARISON(name, test)                                                                 \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		int order = 0, status = compare(ctx, args, &order);                            \
                                                                                               \
		(void)site;                                                                    \
		result->b = order test 0;                                                      \
		return status;                                                                 \
	}

COMPARISON(less, <)
COMPARISON(less_or_equal, <=)
COMPARISON(greater, >)
COMPARISON(greater_or_equal, >=)

/* Containment */

static int contains_node(struct eval_context *ctx, const struct json_node *a,
	const struct json_node *b, bool *contains);

static const struct json_node *
find_member(const struct json_node *object, struct text key)
{
	for (size_t i = 0; i < object->nchildren; i++) {
		if (same_text(object->children[i]->key, key))
			return object->children[i];
	}
	return NULL;
}

/* Whether an element of a is, or contains, b. */
static int
has_element(struct eval_context *ctx, const struct json_node *a, const struct json_node *b,
	bool *has)
{
	*has = false;
	for (size_t i = 0; !*has && i < a->nchildren; i++) {
		if (a->children[i]->kind == b->kind &&
			contains_node(ctx, a->children[i], b, has) < 0)
			return -1;
	}
	return 0;
}

/* a and b of one kind. */
static int
contains_node(struct eval_context *ctx, const struct json_node *a, const struct json_node *b,
	bool *contains)
{
	if (is_scalar(a))
		return same_node(ctx, a, b, contains);
	*contains = a->kind == JSON_ARRAY || a->nchildren >= b->nchildren;
	for (size_t i = 0; *contains && i < b->nchildren; i++) {
		const struct json_node *wanted = b->children[i], *found;

		if (a->kind == JSON_ARRAY) {
			if (has_element(ctx, a, wanted, contains) < 0)
				return -1;
			continue;
		}
		found = find_member(a, wanted->key);
		*contains = found != NULL && found->kind == wanted->kind;
		if (*contains && contains_node(ctx, found, wanted, contains) < 0)
			return -1;
	}
	return 0;
}

/* At the top an array may contain a scalar, too. */
static int
contains(struct eval_context *ctx, const struct value *outer, const struct value *inner,
	struct value *result)
{
	struct json_node *a, *b;

	if (json_parse(ctx, outer->s, &a) < 0 || json_parse(ctx, inner->s, &b) < 0)
		return -1;
	if (a->kind == JSON_ARRAY && is_scalar(b))
		return has_element(ctx, a, b, &result->b);
	result->b = false;
	return a->kind == b->kind ? contains_node(ctx, a, b, &result->b) : 0;
}

static int
contains_it(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return contains(ctx, &args[0], &args[1], result);
}

static int
is_contained(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return contains(ctx, &args[1], &args[0], result);
}

/* Keys */

/* Is the text a key of the object, a string in the array, or the string itself? */
static bool
has_key(const struct json_node *node, struct text key)
{
	size_t n = node->kind == JSON_ARRAY ? node->nchildren : 1;

	if (node->kind == JSON_OBJECT)
		return find_member(node, key) != NULL;
	for (size_t i = 0; i < n; i++) {
		const struct json_node *one =
			node->kind == JSON_ARRAY ? node->children[i] : node;

		if (one->kind == JSON_STRING && same_text(one->text, key))
			return true;
	}
	return false;
}

static int
exists(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node;
	struct text ignored;

	(void)site;
	if (json_kind(args[0].s) == JSON_OBJECT) {
		result->b = json_member(args[0].s, args[1].s, &ignored);
		return 0;
	}
	if (json_parse(ctx, args[0].s, &node) < 0)
		return -1;
	result->b = has_key(node, args[1].s);
	return 0;
}

/* Any of the keys, or all of them; NULLs among them do not count. */
static int
exists_some(struct eval_context *ctx, const struct value *args, bool all, struct value *result)
{
	const struct array *keys = args[1].a;
	struct json_node *node;

	if (json_parse(ctx, args[0].s, &node) < 0)
		return -1;
	result->b = all;
	for (size_t i = 0; i < keys->n && result->b == all; i++) {
		if (!keys->items[i].null)
			result->b = has_key(node, keys->items[i].s);
	}
	return 0;
}

static int
exists_any(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return exists_some(ctx, args, false, result);
}

static int
exists_all(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return exists_some(ctx, args, true, result);
}

#define TWO  TYPE_BOOL, 2, {TYPE_JSONB, TYPE_JSONB}, FUNCTION_STRICT
#define KEYS TYPE_BOOL, 2, {TYPE_JSONB, TYPE_ARRAY(TYPE_TEXT)}, FUNCTION_STRICT

const struct function json_compare_functions[] = {
	{"=", TWO, equal, NULL, NULL},
	{"<>", TWO, unequal, NULL, NULL},
	{"<", TWO, less, NULL, NULL},
	{"<=", TWO, less_or_equal, NULL, NULL},
	{">", TWO, greater, NULL, NULL},
	{">=", TWO, greater_or_equal, NULL, NULL},
	{"@>", TWO, contains_it, NULL, NULL},
	{"<@", TWO, is_contained, NULL, NULL},
	{"?", TYPE_BOOL, 2, {TYPE_JSONB, TYPE_TEXT}, FUNCTION_STRICT, exists, NULL, NULL},
	{"?|", KEYS, exists_any, NULL, NULL},
	{"?&", KEYS, exists_all, NULL, NULL},
	{.name = NULL},
};
