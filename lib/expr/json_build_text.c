/*
 * json_build_text.c - json made of values of any type
 *
 * What is json or jsonb already comes through as it is written; between the
 * members PostgreSQL has other spaces than in jsonb.
 */
#include <string.h>

#include "expr/array.h"
#include "expr/eval.h"
#include "expr/json.h"
#include "expr/text.h"

/* The text under way, in the arena. */
struct output {
	struct eval_context *ctx;
	char *data;
	size_t len, room;
};

static int
put(struct output *o, struct text s)
{
	if (s.len > o->room - o->len) {
		size_t room = 2 * (o->len + s.len) + 64;
		char *larger = arena_alloc(o->ctx->arena, room);

		if (larger == NULL || o->len + s.len > TEXT_MAX)
			return eval_nomem(o->ctx);
		if (o->len > 0)
			memcpy(larger, o->data, o->len);
		o->data = larger;
		o->room = room;
	}
	if (s.len > 0)
		memcpy(o->data + o->len, s.ptr, s.len);
	o->len += s.len;
	return 0;
}

static int
put_word(struct output *o, const char *word)
{
	return put(o, (struct text){word, strlen(word)});
}

/* In quotes, escaped. */
static int
put_string(struct output *o, struct text s)
{
	struct json_node node = {.kind = JSON_STRING, .text = s};
	struct text quoted;

	if (json_print(o->ctx, &node, &quoted) < 0)
		return -1;
	return put(o, quoted);
}

static int put_value(struct output *o, enum value_type type, const struct value *v);

/* An array of arrays for each dimension but the last; *at counts its elements. */
static int
put_array(
	struct output *o, enum value_type element, const struct array *a, int level, size_t *at)
{
	int n = a->ndims > 0 ? a->dims[level] : 0;

	if (put_word(o, "[") < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		if (i > 0 && put_word(o, ",") < 0)
			return -1;
		if ((level + 1 < a->ndims ? put_array(o, element, a, level + 1, at)
					  : put_value(o, element, &a->items[(*at)++])) < 0)
			return -1;
	}
	return put_word(o, "]");
}

static bool
is_number(enum value_type type)
{
	return type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8 ||
	       type == TYPE_NUMERIC || type == TYPE_FLOAT4 || type == TYPE_FLOAT8;
}

static int
put_value(struct output *o, enum value_type type, const struct value *v)
{
	struct text s;
	size_t at = 0;

	if (v->null)
		return put_word(o, "null");
	if (type_is_array(type))
		return put_array(o, type_element(type), v->a, 0, &at);
	if (type == TYPE_BOOL)
		return put_word(o, v->b ? "true" : "false");
	if (expr_value_text(o->ctx, type, v, &s) < 0)
		return -1;
	if (type == TYPE_JSON || type == TYPE_JSONB)
		return put(o, s);
	/* NaN and infinity are no numbers */
	if (is_number(type) && s.ptr[s.len - 1] >= '0' && s.ptr[s.len - 1] <= '9')
		return put(o, s);
	if (json_iso_time(o->ctx, type, s, &s) < 0)
		return -1;
	return put_string(o, s);
}

/* number is that of the argument, from 1. */
static int
put_key(struct output *o, enum value_type type, const struct value *v, int number)
{
	struct text s;

	if (v->null)
		return eval_fail(o->ctx, "22023", "argument %d cannot be null", number);
	if (type_is_array(type) || type == TYPE_JSON || type == TYPE_JSONB)
		return eval_fail(o->ctx, "22023",
			"key value must be scalar, not array, composite, or json");
	if (type == TYPE_BOOL)
		return put_word(o, v->b ? "\"true\"" : "\"false\"");
	if (expr_value_text(o->ctx, type, v, &s) < 0 || json_iso_time(o->ctx, type, s, &s) < 0)
		return -1;
	return put_string(o, s);
}

static int
build_object(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct output o = {.ctx = ctx};

	if (site->nargs % 2 != 0)
		return eval_fail(
			ctx, "22023", "argument list must have even number of elements");
	if (put_word(&o, "{") < 0)
		return -1;
	for (int i = 0; i < site->nargs; i += 2) {
		if ((i > 0 && put_word(&o, ", ") < 0) ||
			put_key(&o, site->types[i], &args[i], i + 1) < 0 ||
			put_word(&o, " : ") < 0 ||
			put_value(&o, site->types[i + 1], &args[i + 1]) < 0)
			return -1;
	}
	if (put_word(&o, "}") < 0)
		return -1;
	result->s = (struct text){o.data, o.len};
	return 0;
}

static int
build_array(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct output o = {.ctx = ctx};

	if (put_word(&o, "[") < 0)
		return -1;
	for (int i = 0; i < site->nargs; i++) {
		if ((i > 0 && put_word(&o, ", ") < 0) ||
			put_value(&o, site->types[i], &args[i]) < 0)
			return -1;
	}
	if (put_word(&o, "]") < 0)
		return -1;
	result->s = (struct text){o.data, o.len};
	return 0;
}

static int
to_json(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct output o = {.ctx = ctx};

	if (put_value(&o, site->types[0], &args[0]) < 0)
		return -1;
	result->s = (struct text){o.data, o.len};
	return 0;
}

const struct function json_build_text_functions[] = {
	{"json_build_object", TYPE_JSON, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_object, NULL, NULL},
	{"json_build_array", TYPE_JSON, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_array, NULL, NULL},
	{"to_json", TYPE_JSON, 1, {TYPE_TEXT}, FUNCTION_STRICT | FUNCTION_ANY, to_json, NULL,
		NULL},
	{.name = NULL},
};
