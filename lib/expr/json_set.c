/*
 * json_set.c - the rows of jsonb_array_elements, jsonb_each and their like: manual, 9.16
 */
#include "expr/json.h"

enum kind { ELEMENTS, MEMBERS, KEYS };

struct json_set {
	struct value_set set;
	struct json_cursor cursor;
	enum kind kind;
	bool text; /* of the values */
};

static int
next(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct json_set *s = (struct json_set *)set;
	struct value *v = &values[s->kind == MEMBERS];
	struct text key = {"", 0}, value;

	if (!json_next(&s->cursor, s->kind == ELEMENTS ? NULL : &key, &value))
		return 0;
	if (s->kind != ELEMENTS && json_decode(ctx, key, &values[0].s) < 0)
		return -1;
	if (s->kind == KEYS)
		return 1;
	v->s = value;
	return s->text && json_as_text(ctx, value, v) < 0 ? -1 : 1;
}

static int
start(struct eval_context *ctx, const struct value *arg, enum kind kind, bool text,
	struct value *result)
{
	struct json_set *s = arena_alloc(ctx->arena, sizeof *s);

	if (s == NULL)
		return eval_nomem(ctx);
	*s = (struct json_set){{next}, json_begin(arg->s), kind, text};
	result->set = &s->set;
	return 0;
}

static int
elements(struct eval_context *ctx, const struct value *arg, bool text, struct value *result)
{
	switch (json_kind(arg->s)) {
	case JSON_ARRAY: return start(ctx, arg, ELEMENTS, text, result);
	case JSON_OBJECT:
		return eval_fail(ctx, "22023", "cannot extract elements from an object");
	default: return eval_fail(ctx, "22023", "cannot extract elements from a scalar");
	}
}

static int
array_elements(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return elements(ctx, &args[0], false, result);
}

static int
array_elements_text(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	(void)site;
	return elements(ctx, &args[0], true, result);
}

static int
each(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool text = site->function->name[sizeof "jsonb_each" - 1] != '\0';

	if (json_kind(args[0].s) != JSON_OBJECT)
		return eval_fail(
			ctx, "22023", "cannot call %s on a non-object", site->function->name);
	return start(ctx, &args[0], MEMBERS, text, result);
}

static int
object_keys(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	switch (json_kind(args[0].s)) {
	case JSON_OBJECT: return start(ctx, &args[0], KEYS, false, result);
	case JSON_ARRAY:
		return eval_fail(ctx, "22023", "cannot call jsonb_object_keys on an array");
	default: return eval_fail(ctx, "22023", "cannot call jsonb_object_keys on a scalar");
	}
}

#define MAKES(type) type, 1, {TYPE_JSONB}, FUNCTION_STRICT | FUNCTION_SET

const struct function json_set_functions[] = {
	{"jsonb_array_elements", MAKES(TYPE_JSONB), array_elements, NULL, NULL},
	{"jsonb_array_elements_text", MAKES(TYPE_TEXT), array_elements_text, NULL, NULL},
	{"jsonb_each", MAKES(TYPE_TEXT), each, NULL, NULL},
	{"jsonb_each_text", MAKES(TYPE_TEXT), each, NULL, NULL},
	{"jsonb_object_keys", MAKES(TYPE_TEXT), object_keys, NULL, NULL},
	{0},
};
