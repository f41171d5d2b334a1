/*
 * json_build.c - jsonb made of values of any type
 */
#include <string.h>

#include "expr/array.h"
#include "expr/eval.h"
#include "expr/json.h"

/* PostgreSQL's text of a time, but as ISO 8601 has it: T between, minutes in the offset. */
static int
iso_time(struct eval_context *ctx, enum value_type type, struct text s, struct text *result)
{
	char *to, *p;
	const char *space = memchr(s.ptr, ' ', s.len);
	size_t zone;

	*result = s;
	if (space == NULL || type == TYPE_DATE)
		return 0;
	to = arena_alloc(ctx->arena, s.len + 3);
	if (to == NULL)
		return eval_nomem(ctx);
	memcpy(to, s.ptr, s.len);
	to[space - s.ptr] = 'T';
	p = memchr(to, '+', s.len);
	if (type == TYPE_TIMESTAMPTZ && p != NULL) {
		/* +00 becomes +00:00, before the BC that may follow */
		zone = (size_t)(p - to) + 3;
		memmove(to + zone + 3, to + zone, s.len - zone);
		memcpy(to + zone, ":00", 3);
		s.len += 3;
	}
	*result = (struct text){to, s.len};
	return 0;
}

/* A number type's value as jsonb has it: what is no number is a string. */
static int
number_node(struct eval_context *ctx, struct text s, struct json_node **node)
{
	struct value in = {.s = s};

	if (s.ptr[s.len - 1] < '0' || s.ptr[s.len - 1] > '9') {
		*node = json_new(ctx, JSON_STRING, s);
		return *node ? 0 : -1;
	}
	if (memchr(s.ptr, 'e', s.len) == NULL && s.ptr[0] != '-') {
		*node = json_new(ctx, JSON_CANONICAL, s);
		return *node ? 0 : -1;
	}
	/* a float's exponent is written out, as numeric would */
	return json_parse(ctx, in.s, node);
}

/* A container with room for n children. */
static struct json_node *
container(struct eval_context *ctx, enum json_kind kind, int n)
{
	struct json_node *node = json_new(ctx, kind, (struct text){"", 0});

	if (node == NULL)
		return NULL;
	node->nchildren = (size_t)n;
	node->children = arena_alloc(ctx->arena, node->nchildren * sizeof(struct json_node *));
	if (node->children == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	return node;
}

static int value_node(struct eval_context *ctx, enum value_type type, const struct value *v,
	struct json_node **node);

/* An array of arrays for each dimension but the last; *at counts its elements. */
static int
array_node(struct eval_context *ctx, enum value_type element, const struct array *a, int level,
	size_t *at, struct json_node **node)
{
	*node = container(ctx, JSON_ARRAY, a->ndims > 0 ? a->dims[level] : 0);
	if (*node == NULL)
		return -1;
	for (size_t i = 0; i < (*node)->nchildren; i++) {
		struct json_node **child = &(*node)->children[i];
		int rc = level + 1 < a->ndims
				 ? array_node(ctx, element, a, level + 1, at, child)
				 : value_node(ctx, element, &a->items[(*at)++], child);

		if (rc < 0)
			return -1;
	}
	return 0;
}

/* to_jsonb of one value. */
static int
value_node(struct eval_context *ctx, enum value_type type, const struct value *v,
	struct json_node **node)
{
	struct text s;

	if (v->null) {
		*node = json_new(ctx, JSON_NULL, (struct text){"null", 4});
		return *node ? 0 : -1;
	}
	if (type == TYPE_JSONB) {
		*node = json_new(ctx, JSON_CANONICAL, v->s);
		return *node ? 0 : -1;
	}
	if (type == TYPE_JSON)
		return json_parse(ctx, v->s, node);
	if (type_is_array(type)) {
		size_t at = 0;

		return array_node(ctx, type_element(type), v->a, 0, &at, node);
	}
	if (type == TYPE_BOOL) {
		*node = json_new(ctx, JSON_BOOL,
			v->b ? (struct text){"true", 4} : (struct text){"false", 5});
		return *node ? 0 : -1;
	}
	if (expr_value_text(ctx, type, v, &s) < 0)
		return -1;
	switch (type) {
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_NUMERIC:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8: return number_node(ctx, s, node);
	case TYPE_DATE:
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		if (iso_time(ctx, type, s, &s) < 0)
			return -1;
		break;
	default: break;
	}
	*node = json_new(ctx, JSON_STRING, s);
	return *node ? 0 : -1;
}

static int
key_of(struct eval_context *ctx, const struct call_site *site, const struct value *args, int i,
	struct text *key)
{
	if (args[i].null)
		return eval_fail(ctx, "22023", "argument %d: key must not be null", i + 1);
	if (type_is_array(site->types[i]))
		return eval_fail(ctx, "22023",
			"key value must be scalar, not array, composite, or json");
	switch (site->types[i]) {
	case TYPE_BOOL:
		*key = args[i].b ? (struct text){"true", 4} : (struct text){"false", 5};
		return 0;
	case TYPE_JSON:
	case TYPE_JSONB:
		return eval_fail(ctx, "22023",
			"key value must be scalar, not array, composite, or json");
	default: break;
	}
	if (expr_value_text(ctx, site->types[i], &args[i], key) < 0)
		return -1;
	if (site->types[i] == TYPE_TIMESTAMP || site->types[i] == TYPE_TIMESTAMPTZ)
		return iso_time(ctx, site->types[i], *key, key);
	return 0;
}

static int
build_object(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *object;

	if (site->nargs % 2 != 0)
		return eval_fail(
			ctx, "22023", "argument list must have even number of elements");
	object = container(ctx, JSON_OBJECT, site->nargs / 2);
	if (object == NULL)
		return -1;
	for (int i = 0; i < site->nargs; i += 2) {
		struct json_node **child = &object->children[i / 2];
		struct text key;

		if (key_of(ctx, site, args, i, &key) < 0 ||
			value_node(ctx, site->types[i + 1], &args[i + 1], child) < 0)
			return -1;
		(*child)->key = key;
	}
	if (json_sort(ctx, object) < 0)
		return -1;
	return json_print(ctx, object, &result->s);
}

static int
build_array(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *array = container(ctx, JSON_ARRAY, site->nargs);

	if (array == NULL)
		return -1;
	for (int i = 0; i < site->nargs; i++) {
		if (value_node(ctx, site->types[i], &args[i], &array->children[i]) < 0)
			return -1;
	}
	return json_print(ctx, array, &result->s);
}

static int
to_jsonb(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node;

	if (value_node(ctx, site->types[0], &args[0], &node) < 0)
		return -1;
	return json_print(ctx, node, &result->s);
}

const struct function json_build_functions[] = {
	{"jsonb_build_object", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_object, NULL, NULL},
	{"jsonb_build_array", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_array, NULL, NULL},
	{"to_jsonb", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_STRICT | FUNCTION_ANY, to_jsonb, NULL,
		NULL},
	{.name = NULL},
};
