/*
 * json.c - functions, operators and casts of jsonb; see json.h
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
	if (type == TYPE_JSONB || type == TYPE_JSON)
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
	return print_to(ctx, object, result);
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
	return print_to(ctx, array, result);
}

static int
to_jsonb(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct json_node *node;

	if (value_node(ctx, site->types[0], &args[0], &node) < 0)
		return -1;
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
	{"jsonb_build_object", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_object, NULL, NULL},
	{"jsonb_build_array", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_VARIADIC | FUNCTION_ANY,
		build_array, NULL, NULL},
	{"to_jsonb", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_STRICT | FUNCTION_ANY, to_jsonb, NULL,
		NULL},
	{.name = NULL},
};

static int
text_to_json(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct json_node *node;

	(void)typmod;
	if (json_parse(ctx, arg->s, &node) < 0)
		return -1;
	return print_to(ctx, node, result);
}

static int
json_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->s = arg->s;
	return 0;
}

/* What a cast of jsonb to another type says of a value that is none of it. */
static int
cannot_cast(struct eval_context *ctx, struct text s, const char *type)
{
	static const char *const names[] = {
		"null", "boolean", "numeric", "string", "array", "object"};
	const char *name = names[json_kind(s)];

	return eval_fail(ctx, "22023", "cannot cast jsonb %s to type %s", name, type);
}

static int
json_to_bool(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	if (json_kind(arg->s) != JSON_BOOL)
		return cannot_cast(ctx, arg->s, "boolean");
	result->b = arg->s.ptr[0] == 't';
	return 0;
}

static int
json_to_numeric(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, "numeric");
	return numeric_parse(ctx, arg->s, typmod, &result->n);
}

static int
json_to_int(struct eval_context *ctx, const struct value *arg, enum value_type type,
	const char *name, struct value *result)
{
	struct numeric n;

	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, name);
	if (numeric_parse(ctx, arg->s, -1, &n) < 0)
		return -1;
	return numeric_to_int(ctx, &n, type, &result->i);
}

static int
json_to_int2(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return json_to_int(ctx, arg, TYPE_INT2, "smallint", result);
}

static int
json_to_int4(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return json_to_int(ctx, arg, TYPE_INT4, "integer", result);
}

static int
json_to_int8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return json_to_int(ctx, arg, TYPE_INT8, "bigint", result);
}

static int
json_to_float8(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	if (json_kind(arg->s) != JSON_NUMBER)
		return cannot_cast(ctx, arg->s, "double precision");
	return float8_parse(ctx, arg->s, &result->f);
}

const struct cast json_casts[] = {
	{TYPE_TEXT, TYPE_JSONB, CAST_EXPLICIT, text_to_json},
	{TYPE_JSONB, TYPE_TEXT, CAST_ASSIGNMENT, json_to_text},
	{TYPE_JSONB, TYPE_BOOL, CAST_EXPLICIT, json_to_bool},
	{TYPE_JSONB, TYPE_NUMERIC, CAST_EXPLICIT, json_to_numeric},
	{TYPE_JSONB, TYPE_INT2, CAST_EXPLICIT, json_to_int2},
	{TYPE_JSONB, TYPE_INT4, CAST_EXPLICIT, json_to_int4},
	{TYPE_JSONB, TYPE_INT8, CAST_EXPLICIT, json_to_int8},
	{TYPE_JSONB, TYPE_FLOAT8, CAST_EXPLICIT, json_to_float8},
	{.call = NULL},
};
