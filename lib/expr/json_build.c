/*
 * json_build.c - jsonb made of values of any type
 */
#include <string.h>

#include "expr/array.h"
#include "expr/eval.h"
#include "expr/json.h"
#include "expr/text.h"

enum { PLAN_MAX = 16 };

int
json_iso_time(
	struct eval_context *ctx, enum value_type type, struct text s, struct text *result)
{
	char *to, *p;
	const char *space = memchr(s.ptr, ' ', s.len);
	size_t zone;

	*result = s;
	if (space == NULL || (type != TYPE_TIMESTAMP && type != TYPE_TIMESTAMPTZ))
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
		if (json_iso_time(ctx, type, s, &s) < 0)
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
		return json_iso_time(ctx, site->types[i], *key, key);
	return 0;
}

/* An object whose keys are constants: its members in canonical order. */
struct object_plan {
	int n;
	struct planned_member {
		struct json_node node; /* with the key */
		struct text head;      /* `"key": `, with what goes before it */
		int arg;               /* of the value */
	} members[PLAN_MAX];
};

/* The members of the plan sorted, as json_sort has them, and their heads. */
static int
finish_plan(struct eval_context *ctx, struct object_plan *plan, struct json_node *object)
{
	struct planned_member sorted[PLAN_MAX];

	if (json_sort(ctx, object) < 0)
		return -1;
	for (size_t i = 0; i < object->nchildren; i++) {
		struct planned_member *m = &sorted[i];
		struct json_node key = {.kind = JSON_STRING, .text = object->children[i]->key};
		struct text quoted;
		char *to;

		/* node is the first member of struct planned_member */
		*m = *(struct planned_member *)(void *)object->children[i];
		if (json_print(ctx, &key, &quoted) < 0)
			return -1;
		to = arena_alloc(ctx->arena, quoted.len + 4);
		if (to == NULL)
			return eval_nomem(ctx);
		m->head = (struct text){to, quoted.len + (i > 0 ? 4 : 3)};
		memcpy(to, i > 0 ? ", " : "{", i > 0 ? 2 : 1);
		to += i > 0 ? 2 : 1;
		memcpy(to, quoted.ptr, quoted.len);
		memcpy(to + quoted.len, ": ", 2);
		m->head.len = quoted.len + (i > 0 ? 4 : 3);
	}
	plan->n = (int)object->nchildren;
	memcpy(plan->members, sorted, object->nchildren * sizeof sorted[0]);
	return 0;
}

/* What is wrong with a key is an error of the row. */
static int
prepare_object(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct object_plan *plan;
	struct json_node *children[PLAN_MAX], object = {.kind = JSON_OBJECT};

	if (site->nargs == 0 || site->nargs % 2 != 0 || site->nargs > 2 * PLAN_MAX)
		return 0;
	plan = arena_alloc(ctx->arena, sizeof *plan);
	if (plan == NULL)
		return eval_nomem(ctx);
	memset(plan, 0, sizeof *plan);
	for (int i = 0; i < site->nargs; i += 2) {
		struct planned_member *m = &plan->members[i / 2];

		if (constants[i] == NULL || constants[i]->null || site->types[i] != TYPE_TEXT)
			return 0;
		m->node.key = constants[i]->s;
		m->arg = i + 1;
		children[i / 2] = &m->node;
	}
	object.children = children;
	object.nchildren = (size_t)site->nargs / 2;
	if (finish_plan(ctx, plan, &object) < 0)
		return -1;
	site->prepared = plan;
	return 0;
}

/* A value's canonical text. */
static int
value_text(
	struct eval_context *ctx, enum value_type type, const struct value *v, struct text *t)
{
	struct json_node own = {.kind = JSON_STRING, .text = v->s}, *node = &own;

	if (v->null) {
		*t = (struct text){"null", 4};
		return 0;
	}
	if (type == TYPE_JSONB) {
		*t = v->s;
		return 0;
	}
	if (type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8)
		return expr_value_text(ctx, type, v, t);
	if (type != TYPE_TEXT && value_node(ctx, type, v, &node) < 0)
		return -1;
	return json_print(ctx, node, t);
}

static int
build_planned(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct object_plan *plan = site->prepared;
	struct text texts[PLAN_MAX];
	size_t len = 1;
	char *to;

	for (int i = 0; i < plan->n; i++) {
		int arg = plan->members[i].arg;

		if (value_text(ctx, site->types[arg], &args[arg], &texts[i]) < 0)
			return -1;
		len += plan->members[i].head.len + texts[i].len;
	}
	to = text_alloc(ctx, len, result);
	if (to == NULL)
		return -1;
	for (int i = 0; i < plan->n; i++) {
		const struct text *head = &plan->members[i].head;

		memcpy(to, head->ptr, head->len);
		memcpy(to + head->len, texts[i].ptr, texts[i].len);
		to += head->len + texts[i].len;
	}
	*to = '}';
	return 0;
}

static int
build_object(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *object;

	if (site->prepared != NULL)
		return build_planned(ctx, site, args, result);
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
		build_object, prepare_object, NULL},
	{"jsonb_build_array", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_array, NULL, NULL},
	{"to_jsonb", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_STRICT | FUNCTION_ANY, to_jsonb, NULL,
		NULL},
	{.name = NULL},
};
