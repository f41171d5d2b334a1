/*
 * json_change.c - jsonb changed: ||, -, #-, jsonb_set, jsonb_insert
 *
 * A tree is changed and printed anew; what is not changed is shared.  The
 * rules of a path, and what is refused, are those of setPath in PostgreSQL's
 * jsonfuncs.c.
 */
#include <string.h>

#include "expr/array.h"
#include "expr/json.h"
#include "expr/number.h"

static bool
is_scalar(const struct json_node *n)
{
	return n->kind != JSON_ARRAY && n->kind != JSON_OBJECT;
}

static bool
same_text(struct text a, struct text b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Room for n children more than the container has; the old array may be shared. */
static int
make_room(struct eval_context *ctx, struct json_node *node, size_t n)
{
	struct json_node **children =
		arena_alloc(ctx->arena, (node->nchildren + n + 1) * sizeof(struct json_node *));

	if (children == NULL)
		return eval_nomem(ctx);
	if (node->nchildren > 0)
		memcpy(children, node->children, node->nchildren * sizeof(struct json_node *));
	node->children = children;
	return 0;
}

/* The node as an array: itself, or of one. */
static struct json_node *
as_array(struct eval_context *ctx, struct json_node *node)
{
	struct json_node *array;

	if (node->kind == JSON_ARRAY)
		return node;
	array = json_new(ctx, JSON_ARRAY, (struct text){"", 0});
	if (array == NULL || make_room(ctx, array, 1) < 0)
		return NULL;
	array->children[array->nchildren++] = node;
	return array;
}

/* Two objects as one, whose later keys win; anything else as an array. */
static int
concatenate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *a, *b;

	(void)site;
	if (json_parse(ctx, args[0].s, &a) < 0 || json_parse(ctx, args[1].s, &b) < 0)
		return -1;
	if (a->kind != JSON_OBJECT || b->kind != JSON_OBJECT) {
		a = as_array(ctx, a);
		b = as_array(ctx, b);
		if (a == NULL || b == NULL)
			return -1;
	}
	if (make_room(ctx, a, b->nchildren) < 0)
		return -1;
	for (size_t i = 0; i < b->nchildren; i++)
		a->children[a->nchildren++] = b->children[i];
	if (a->kind == JSON_OBJECT && json_sort(ctx, a) < 0)
		return -1;
	return json_print(ctx, a, &result->s);
}

/* Without the members of that key, or the elements that are that string. */
static void
drop_key(struct json_node *node, struct text key)
{
	size_t kept = 0;

	for (size_t i = 0; i < node->nchildren; i++) {
		struct json_node *child = node->children[i];
		bool drop = node->kind == JSON_OBJECT
				    ? same_text(child->key, key)
				    : child->kind == JSON_STRING && same_text(child->text, key);

		if (!drop)
			node->children[kept++] = child;
	}
	node->nchildren = kept;
}

/* The container to delete from; NULL: ctx->error is filled. */
static struct json_node *
deletable(struct eval_context *ctx, const struct value *arg)
{
	struct json_node *node;

	if (json_parse(ctx, arg->s, &node) < 0)
		return NULL;
	if (is_scalar(node)) {
		eval_fail(ctx, "22023", "cannot delete from scalar");
		return NULL;
	}
	return node;
}

static int
delete_key(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node = deletable(ctx, &args[0]);

	(void)site;
	if (node == NULL)
		return -1;
	drop_key(node, args[1].s);
	return json_print(ctx, node, &result->s);
}

static int
wrong_dimensions(struct eval_context *ctx)
{
	return eval_fail(ctx, "2202E", "wrong number of array subscripts");
}

static int
delete_keys(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *keys = args[1].a;
	struct json_node *node;

	(void)site;
	if (keys->ndims > 1)
		return wrong_dimensions(ctx);
	node = deletable(ctx, &args[0]);
	if (node == NULL)
		return -1;
	for (size_t i = 0; i < keys->n; i++) {
		if (!keys->items[i].null)
			drop_key(node, keys->items[i].s);
	}
	return json_print(ctx, node, &result->s);
}

static void
drop_at(struct json_node *node, size_t at)
{
	memmove(node->children + at, node->children + at + 1,
		(node->nchildren - at - 1) * sizeof(struct json_node *));
	node->nchildren--;
}

static int
delete_index(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node = deletable(ctx, &args[0]);
	int64_t at = args[1].i, n;

	(void)site;
	if (node == NULL)
		return -1;
	if (node->kind == JSON_OBJECT)
		return eval_fail(ctx, "22023", "cannot delete from object using integer index");
	n = (int64_t)node->nchildren;
	at = at < 0 ? at + n : at;
	if (at >= 0 && at < n)
		drop_at(node, (size_t)at);
	return json_print(ctx, node, &result->s);
}

/* What is done at the end of a path. */
enum change { CHANGE_DELETE, CHANGE_REPLACE, CHANGE_CREATE, CHANGE_BEFORE, CHANGE_AFTER };

struct path {
	struct eval_context *ctx;
	const struct value *steps;
	size_t n;
	enum change change;
	struct json_node *value; /* of all but a deletion */
};

static int walk(const struct path *p, size_t level, struct json_node *node);

static bool
creates(const struct path *p)
{
	return p->change == CHANGE_CREATE || p->change == CHANGE_BEFORE ||
	       p->change == CHANGE_AFTER;
}

/* A copy of the new value under a key, as a node has its key in itself; NULL: no memory. */
static struct json_node *
value_under(const struct path *p, struct text key)
{
	struct json_node *copy = json_new(p->ctx, p->value->kind, p->value->text);

	if (copy == NULL)
		return NULL;
	*copy = *p->value;
	copy->key = key;
	return copy;
}

static int
change_member(const struct path *p, size_t level, struct json_node *object)
{
	struct text key = p->steps[level].s;
	bool last = level + 1 == p->n;
	struct json_node *fresh;

	for (size_t i = 0; i < object->nchildren; i++) {
		struct json_node *child = object->children[i];

		if (!same_text(child->key, key))
			continue;
		if (!last)
			return walk(p, level + 1, child);
		if (p->change == CHANGE_DELETE) {
			drop_at(object, i);
			return 0;
		}
		if (p->change == CHANGE_BEFORE || p->change == CHANGE_AFTER)
			return eval_fail(p->ctx, "22023", "cannot replace existing key");
		object->children[i] = value_under(p, key);
		return object->children[i] == NULL ? -1 : 0;
	}
	if (!last || !creates(p))
		return 0;
	fresh = value_under(p, key);
	if (fresh == NULL || make_room(p->ctx, object, 1) < 0)
		return -1;
	object->children[object->nchildren++] = fresh;
	return json_sort(p->ctx, object);
}

static int
insert_at(const struct path *p, struct json_node *array, size_t at)
{
	if (make_room(p->ctx, array, 1) < 0)
		return -1;
	memmove(array->children + at + 1, array->children + at,
		(array->nchildren - at) * sizeof(struct json_node *));
	array->children[at] = p->value;
	array->nchildren++;
	return 0;
}

static int
change_element(const struct path *p, size_t level, struct json_node *array)
{
	int64_t n = (int64_t)array->nchildren, at;
	bool last = level + 1 == p->n;
	struct text step = p->steps[level].s;

	if (!json_path_index(step, &at))
		return eval_fail(p->ctx, "22P02",
			"path element at position %zu is not an integer: \"%.*s\"", level + 1,
			shown(step.len), step.ptr);
	if (at < 0)
		at += n;
	if (at < 0 || at >= n) { /* before the first, or behind the last */
		if (!last || !creates(p))
			return 0;
		return insert_at(p, array, at < 0 ? 0 : array->nchildren);
	}
	if (!last)
		return walk(p, level + 1, array->children[at]);
	switch (p->change) {
	case CHANGE_DELETE: drop_at(array, (size_t)at); return 0;
	case CHANGE_BEFORE: return insert_at(p, array, (size_t)at);
	case CHANGE_AFTER: return insert_at(p, array, (size_t)at + 1);
	case CHANGE_REPLACE:
	case CHANGE_CREATE: array->children[at] = p->value; return 0;
	}
	return 0;
}

static int
walk(const struct path *p, size_t level, struct json_node *node)
{
	if (p->steps[level].null)
		return eval_fail(
			p->ctx, "22004", "path element at position %zu is null", level + 1);
	switch (node->kind) {
	case JSON_OBJECT: return change_member(p, level, node);
	case JSON_ARRAY: return change_element(p, level, node);
	default: return 0;
	}
}

/* jsonb_set and its like: args are target and path, and the value but for a deletion. */
static int
change(struct eval_context *ctx, const struct value *args, enum change change,
	struct value *result)
{
	const struct array *steps = args[1].a;
	struct path p = {.ctx = ctx, .steps = steps->items, .n = steps->n, .change = change};
	struct json_node *node;

	if (steps->ndims > 1)
		return wrong_dimensions(ctx);
	if (json_parse(ctx, args[0].s, &node) < 0)
		return -1;
	if (is_scalar(node))
		return eval_fail(ctx, "22023",
			change == CHANGE_DELETE ? "cannot delete path in scalar"
						: "cannot set path in scalar");
	result->s = args[0].s;
	if (p.n == 0 || (node->nchildren == 0 && !creates(&p)))
		return 0;
	if (change != CHANGE_DELETE &&
		(p.value = json_new(ctx, JSON_CANONICAL, args[2].s)) == NULL)
		return -1;
	if (walk(&p, 0, node) < 0)
		return -1;
	return json_print(ctx, node, &result->s);
}

static int
delete_path(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return change(ctx, args, CHANGE_DELETE, result);
}

static int
set_path(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool create = site->nargs < 4 || args[3].b;

	return change(ctx, args, create ? CHANGE_CREATE : CHANGE_REPLACE, result);
}

static int
insert_path(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool after = site->nargs == 4 && args[3].b;

	return change(ctx, args, after ? CHANGE_AFTER : CHANGE_BEFORE, result);
}

/* clang-format off */
#define KEYS TYPE_ARRAY(TYPE_TEXT)
#define DELETES(name, by, call) \
	{name, TYPE_JSONB, 2, {TYPE_JSONB, by}, FUNCTION_STRICT, call, NULL, NULL}
#define SETS(name, call) \
	{name, TYPE_JSONB, 3, {TYPE_JSONB, KEYS, TYPE_JSONB}, FUNCTION_STRICT, call, NULL, NULL}, \
	{name, TYPE_JSONB, 4, {TYPE_JSONB, KEYS, TYPE_JSONB, TYPE_BOOL}, FUNCTION_STRICT, call, \
		NULL, NULL}

const struct function json_change_functions[] = {
	{"||", TYPE_JSONB, 2, {TYPE_JSONB, TYPE_JSONB}, FUNCTION_STRICT, concatenate, NULL, NULL},
	DELETES("-", TYPE_TEXT, delete_key),
	DELETES("-", KEYS, delete_keys),
	DELETES("-", TYPE_INT4, delete_index),
	DELETES("#-", KEYS, delete_path),
	SETS("jsonb_set", set_path),
	SETS("jsonb_insert", insert_path),
	{.name = NULL},
};
/* clang-format on */
