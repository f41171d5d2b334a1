/*
 * array_calls.c - functions and operators of arrays: manual, 9.19
 */
#include <stdio.h>
#include <string.h>

#include "expr/array.h"
#include "expr/chars.h"
#include "expr/eval.h"
#include "expr/text.h"

/* Dimensions */

static int
length_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a;
	int64_t dim = args[1].i;

	(void)ctx;
	if (dim < 1 || dim > a->ndims) {
		result->null = true;
		return 0;
	}
	result->i = a->dims[dim - 1];
	if (site->function->name[6] == 'l' && site->function->name[7] == 'o')
		result->i = a->lower[dim - 1];
	else if (site->function->name[6] == 'u')
		result->i += a->lower[dim - 1] - 1;
	return 0;
}

static int
cardinality(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = (int64_t)args[0].a->n;
	return 0;
}

static int
ndims_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = args[0].a->ndims;
	result->null = result->i == 0;
	return 0;
}

static int
dims_of(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a;
	char buf[ARRAY_DIMS_MAX * 32];
	size_t n = 0;

	(void)site;
	result->null = a->ndims == 0;
	for (int i = 0; i < a->ndims; i++)
		n += (size_t)snprintf(buf + n, sizeof buf - n, "[%d:%d]", a->lower[i],
			a->lower[i] + a->dims[i] - 1);
	result->s.len = n;
	result->s.ptr = arena_copy(ctx->arena, buf, n);
	return result->s.ptr ? 0 : eval_nomem(ctx);
}

/* Putting together */

static int
append_or_prepend(struct eval_context *ctx, const struct value *array,
	const struct value *element, bool append, struct value *result)
{
	size_t n = array->null ? 0 : array->a->n;
	struct array *a;

	if (!array->null && array->a->ndims > 1)
		return eval_fail(
			ctx, "22000", "argument must be empty or one-dimensional array");
	a = array_new(ctx, n + 1);
	if (a == NULL)
		return -1;
	if (n > 0) {
		memcpy(a->items + !append, array->a->items, n * sizeof *a->items);
		a->lower[0] = array->a->lower[0];
	}
	if ((append && (int64_t)a->lower[0] + (int64_t)n > INT32_MAX) ||
		(!append && a->lower[0] == INT32_MIN))
		return eval_fail(ctx, "22003", "integer out of range");
	a->items[append ? n : 0] = *element;
	result->a = a;
	return 0;
}

static int
append(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return append_or_prepend(ctx, &args[0], &args[1], true, result);
}

static int
prepend(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return append_or_prepend(ctx, &args[1], &args[0], false, result);
}

/* Whether the dimensions of a from i on are those of b from k on. */
static bool
same_shape(const struct array *a, int i, const struct array *b, int k)
{
	for (; i < a->ndims; i++, k++) {
		if (a->dims[i] != b->dims[k] || a->lower[i] != b->lower[k])
			return false;
	}
	return true;
}

static int
concatenate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a, *b = args[1].a, *shape;
	struct array *all;
	bool fits = false;

	(void)site;
	if (args[0].null || args[1].null) {
		*result = args[args[0].null];
		return 0;
	}
	if (a->ndims == 0 || b->ndims == 0) {
		result->a = a->ndims == 0 && b->ndims > 0 ? b : a;
		return 0;
	}
	if (a->ndims == b->ndims)
		fits = same_shape(a, 1, b, 1);
	else if (a->ndims == b->ndims - 1)
		fits = same_shape(a, 0, b, 1);
	else if (b->ndims == a->ndims - 1)
		fits = same_shape(b, 0, a, 1);
	if (!fits)
		return eval_fail(ctx, "2202E", "cannot concatenate incompatible arrays");
	all = array_new(ctx, a->n + b->n);
	if (all == NULL)
		return -1;
	shape = a->ndims >= b->ndims ? a : b;
	all->ndims = shape->ndims;
	memcpy(all->dims, shape->dims, sizeof all->dims);
	memcpy(all->lower, shape->lower, sizeof all->lower);
	all->dims[0] = a->ndims == b->ndims ? a->dims[0] + b->dims[0] : shape->dims[0] + 1;
	memcpy(all->items, a->items, a->n * sizeof *all->items);
	memcpy(all->items + a->n, b->items, b->n * sizeof *all->items);
	result->a = all;
	return 0;
}

/* Searching */

/* Whether an item is the element sought, where NULL is NULL. */
static int
is_same(struct eval_context *ctx, const struct call_site *site, const struct value *item,
	const struct value *sought, bool *same)
{
	*same = item->null && sought->null;
	if (item->null || sought->null)
		return 0;
	return array_element_equal(ctx, site->prepared, item, sought, same);
}

static int
refuse_dims(struct eval_context *ctx, const char *doing)
{
	return eval_fail(ctx, "0A000",
		"%s elements %s multidimensional arrays is not supported", doing,
		doing[0] == 's' ? "in" : "from");
}

static bool
has_nulls(const struct array *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->items[i].null)
			return true;
	}
	return false;
}

static int
position(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a;
	int64_t first;
	bool same;

	result->null = true;
	if (args[0].null)
		return 0;
	if (a->ndims > 1)
		return refuse_dims(ctx, "searching for");
	if (a->ndims == 0 || (args[1].null && !has_nulls(a)))
		return 0;
	first = a->lower[0];
	if (site->nargs == 3) {
		if (args[2].null)
			return eval_fail(ctx, "22004", "initial position must not be null");
		first = args[2].i > first ? args[2].i : first;
	}
	for (int64_t i = first - a->lower[0]; i < a->dims[0]; i++) {
		if (is_same(ctx, site, &a->items[i], &args[1], &same) < 0)
			return -1;
		if (same) {
			result->null = false;
			result->i = i + a->lower[0];
			return 0;
		}
	}
	return 0;
}

static int
positions(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a;
	struct array *found;
	size_t n = 0;
	bool same;

	result->null = args[0].null;
	if (args[0].null)
		return 0;
	if (a->ndims > 1)
		return refuse_dims(ctx, "searching for");
	found = array_new(ctx, a->n);
	if (found == NULL)
		return -1;
	for (size_t i = 0; i < a->n; i++) {
		if (is_same(ctx, site, &a->items[i], &args[1], &same) < 0)
			return -1;
		if (same)
			found->items[n++] = (struct value){.i = (int64_t)i + a->lower[0]};
	}
	found->n = n;
	found->ndims = n > 0;
	found->dims[0] = (int32_t)n;
	result->a = found;
	return 0;
}

/* array_remove and array_replace: with is what takes the place, or NULL. */
static int
change(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	const struct value *with, struct value *result)
{
	const struct array *a = args[0].a;
	struct array *changed;
	size_t n = 0;
	bool same;

	*result = args[0];
	if (args[0].null || a->n == 0)
		return 0;
	if (with == NULL && a->ndims > 1)
		return refuse_dims(ctx, "removing");
	changed = array_new(ctx, a->n);
	if (changed == NULL)
		return -1;
	for (size_t i = 0; i < a->n; i++) {
		if (is_same(ctx, site, &a->items[i], &args[1], &same) < 0)
			return -1;
		if (!same)
			changed->items[n++] = a->items[i];
		else if (with != NULL)
			changed->items[n++] = *with;
	}
	changed->n = n;
	changed->ndims = n > 0 ? a->ndims : 0;
	memcpy(changed->dims, a->dims, sizeof changed->dims);
	memcpy(changed->lower, a->lower, sizeof changed->lower);
	if (with == NULL)
		changed->dims[0] = (int32_t)n;
	result->a = changed;
	return 0;
}

static int
remove_element(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return change(ctx, site, args, NULL, result);
}

static int
replace_element(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	return change(ctx, site, args, &args[2], result);
}

/* Whether all (or one) of the parts are elements of whole; a NULL is no element. */
static int
contains(struct eval_context *ctx, const struct call_site *site, const struct array *whole,
	const struct array *parts, bool all, bool *yes)
{
	*yes = all;
	for (size_t i = 0; i < parts->n; i++) {
		bool found = false;

		for (size_t k = 0; !found && !parts->items[i].null && k < whole->n; k++) {
			if (!whole->items[k].null &&
				array_element_equal(ctx, site->prepared, &whole->items[k],
					&parts->items[i], &found) < 0)
				return -1;
		}
		if (found != all) {
			*yes = found;
			return 0;
		}
	}
	return 0;
}

static int
contains_array(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return contains(ctx, site, args[0].a, args[1].a, true, &result->b);
}

static int
contained_in(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return contains(ctx, site, args[1].a, args[0].a, true, &result->b);
}

static int
overlaps(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	return contains(ctx, site, args[0].a, args[1].a, false, &result->b);
}

/* Comparison */

static int
equal(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a, *b = args[1].a;
	bool same = a->ndims == b->ndims && same_shape(a, 0, b, 0);

	for (size_t i = 0; same && i < a->n; i++) {
		if (is_same(ctx, site, &a->items[i], &b->items[i], &same) < 0)
			return -1;
	}
	result->b = same == (site->function->name[0] == '=');
	return 0;
}

static int
compare(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const char *name = site->function->name;
	int order;

	if (array_compare(ctx, site->prepared, args[0].a, args[1].a, &order) < 0)
		return -1;
	result->b = (order < 0 && name[0] == '<') || (order > 0 && name[0] == '>') ||
		    (order == 0 && name[1] == '=');
	return 0;
}

/* Text */

static int
to_string(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a;
	enum value_type element = type_element(site->types[0]);
	const struct text *null = site->nargs == 3 && !args[2].null ? &args[2].s : NULL;
	struct text *texts;
	size_t n = 0, size = 0;
	char *to;

	result->null = args[0].null || args[1].null;
	if (result->null)
		return 0;
	texts = arena_alloc(ctx->arena, (a->n + 1) * sizeof *texts);
	if (texts == NULL)
		return eval_nomem(ctx);
	for (size_t i = 0; i < a->n; i++) {
		if (a->items[i].null && null == NULL)
			continue;
		if (a->items[i].null)
			texts[n] = *null;
		else if (expr_value_text(ctx, element, &a->items[i], &texts[n]) < 0)
			return -1;
		size += texts[n++].len + args[1].s.len;
	}
	to = text_alloc(ctx, size, result);
	if (to == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && args[1].s.len > 0)
			memcpy(to, args[1].s.ptr, args[1].s.len);
		to += i > 0 ? args[1].s.len : 0;
		if (texts[i].len > 0)
			memcpy(to, texts[i].ptr, texts[i].len);
		to += texts[i].len;
	}
	result->s.len = (size_t)(to - result->s.ptr);
	return 0;
}

/* The parts of a text, one after the other: by a delimiter, or (NULL) its characters. */
struct parts {
	const char *p, *end;
	const struct text *delimiter; /* NULL: characters */
	const struct text *null;      /* what stands for NULL, or NULL */
	bool done;
};

static void
start_parts(struct parts *parts, const struct call_site *site, const struct value *args)
{
	*parts = (struct parts){
		.p = args[0].s.ptr,
		.end = args[0].s.ptr + args[0].s.len,
		.delimiter = args[1].null ? NULL : &args[1].s,
		.null = site->nargs == 3 && !args[2].null ? &args[2].s : NULL,
		.done = args[0].null || args[0].s.len == 0,
	};
}

static bool
next_part(struct parts *parts, struct value *v)
{
	const struct text *d = parts->delimiter;
	size_t left = (size_t)(parts->end - parts->p), step = 0;
	const char *end = parts->end;

	if (parts->done)
		return false;
	if (d == NULL) {
		end = parts->p + char_width((unsigned char)*parts->p);
	} else if (d->len > 0 && left > 0) {
		const char *found = memmem(parts->p, left, d->ptr, d->len);

		if (found != NULL) {
			end = found;
			step = d->len;
		}
	}
	*v = (struct value){.s = {parts->p, (size_t)(end - parts->p)}};
	if (parts->null != NULL && parts->null->len == v->s.len &&
		(v->s.len == 0 || memcmp(parts->null->ptr, v->s.ptr, v->s.len) == 0))
		v->null = true;
	parts->done = step == 0 && end == parts->end;
	parts->p = end + step;
	return true;
}

static int
from_string(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct parts parts;
	struct array *a;
	struct value v;
	size_t n = 0;

	result->null = args[0].null;
	if (args[0].null)
		return 0;
	start_parts(&parts, site, args);
	while (next_part(&parts, &v))
		n++;
	a = array_new(ctx, n);
	if (a == NULL)
		return -1;
	start_parts(&parts, site, args);
	for (size_t i = 0; next_part(&parts, &v); i++)
		a->items[i] = v;
	result->a = a;
	return 0;
}

/* Sets */

struct parts_set {
	struct value_set set;
	struct parts parts;
	struct text delimiter, null;
};

static int
next_of_parts(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	(void)ctx;
	return next_part(&((struct parts_set *)set)->parts, &values[0]);
}

static int
string_to_table(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct parts_set *set = arena_alloc(ctx->arena, sizeof *set);

	if (set == NULL)
		return eval_nomem(ctx);
	set->set.next = next_of_parts;
	start_parts(&set->parts, site, args);
	/* args are gone when the rows are made */
	if (set->parts.delimiter != NULL) {
		set->delimiter = *set->parts.delimiter;
		set->parts.delimiter = &set->delimiter;
	}
	if (set->parts.null != NULL) {
		set->null = *set->parts.null;
		set->parts.null = &set->null;
	}
	result->set = &set->set;
	return 0;
}

struct items_set {
	struct value_set set;
	const struct array *a;
	size_t next;
};

static int
next_item(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct items_set *items = (struct items_set *)set;

	(void)ctx;
	if (items->next == items->a->n)
		return 0;
	values[0] = items->a->items[items->next++];
	return 1;
}

static int
unnest(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct items_set *set = arena_alloc(ctx->arena, sizeof *set);

	(void)site;
	if (set == NULL)
		return eval_nomem(ctx);
	*set = (struct items_set){{next_item}, args[0].a, 0};
	result->set = &set->set;
	return 0;
}

#define ARRAY     TYPE_ANYARRAY
#define ARRAYS    TYPE_ANYCOMPATIBLEARRAY
#define ELEMENT   TYPE_ANYCOMPATIBLE
#define INT4S     ((enum value_type)(TYPE_ARRAYS + TYPE_INT4))
#define TEXTS     ((enum value_type)(TYPE_ARRAYS + TYPE_TEXT))
#define COMPARES  TYPE_BOOL, 2, {ARRAY, ARRAY}, FUNCTION_STRICT
#define TEXT_SETS FUNCTION_SET, string_to_table, NULL, NULL

const struct function array_functions[] = {
	{"array_length", TYPE_INT4, 2, {ARRAY, TYPE_INT4}, FUNCTION_STRICT, length_of, NULL,
		NULL},
	{"array_lower", TYPE_INT4, 2, {ARRAY, TYPE_INT4}, FUNCTION_STRICT, length_of, NULL,
		NULL},
	{"array_upper", TYPE_INT4, 2, {ARRAY, TYPE_INT4}, FUNCTION_STRICT, length_of, NULL,
		NULL},
	{"array_ndims", TYPE_INT4, 1, {ARRAY}, FUNCTION_STRICT, ndims_of, NULL, NULL},
	{"array_dims", TYPE_TEXT, 1, {ARRAY}, FUNCTION_STRICT, dims_of, NULL, NULL},
	{"cardinality", TYPE_INT4, 1, {ARRAY}, FUNCTION_STRICT, cardinality, NULL, NULL},
	{"array_append", ARRAYS, 2, {ARRAYS, ELEMENT}, 0, append, NULL, NULL},
	{"array_prepend", ARRAYS, 2, {ELEMENT, ARRAYS}, 0, prepend, NULL, NULL},
	{"array_cat", ARRAYS, 2, {ARRAYS, ARRAYS}, 0, concatenate, NULL, NULL},
	{"||", ARRAYS, 2, {ARRAYS, ELEMENT}, 0, append, NULL, NULL},
	{"||", ARRAYS, 2, {ELEMENT, ARRAYS}, 0, prepend, NULL, NULL},
	{"||", ARRAYS, 2, {ARRAYS, ARRAYS}, 0, concatenate, NULL, NULL},
	{"array_position", TYPE_INT4, 2, {ARRAYS, ELEMENT}, 0, position, array_prepare, NULL},
	{"array_position", TYPE_INT4, 3, {ARRAYS, ELEMENT, TYPE_INT4}, 0, position,
		array_prepare, NULL},
	{"array_positions", INT4S, 2, {ARRAYS, ELEMENT}, 0, positions, array_prepare, NULL},
	{"array_remove", ARRAYS, 2, {ARRAYS, ELEMENT}, 0, remove_element, array_prepare, NULL},
	{"array_replace", ARRAYS, 3, {ARRAYS, ELEMENT, ELEMENT}, 0, replace_element,
		array_prepare, NULL},
	{"@>", COMPARES, contains_array, array_prepare, NULL},
	{"<@", COMPARES, contained_in, array_prepare, NULL},
	{"&&", COMPARES, overlaps, array_prepare, NULL},
	{"=", COMPARES, equal, array_prepare, NULL},
	{"<>", COMPARES, equal, array_prepare, NULL},
	{"<", COMPARES, compare, array_prepare, NULL},
	{"<=", COMPARES, compare, array_prepare, NULL},
	{">", COMPARES, compare, array_prepare, NULL},
	{">=", COMPARES, compare, array_prepare, NULL},
	{"array_to_string", TYPE_TEXT, 2, {ARRAY, TYPE_TEXT}, FUNCTION_STRICT, to_string, NULL,
		NULL},
	{"array_to_string", TYPE_TEXT, 3, {ARRAY, TYPE_TEXT, TYPE_TEXT}, 0, to_string, NULL,
		NULL},
	{"string_to_array", TEXTS, 2, {TYPE_TEXT, TYPE_TEXT}, 0, from_string, NULL, NULL},
	{"string_to_array", TEXTS, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, 0, from_string, NULL,
		NULL},
	{"string_to_table", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_TEXT}, TEXT_SETS},
	{"string_to_table", TYPE_TEXT, 3, {TYPE_TEXT, TYPE_TEXT, TYPE_TEXT}, TEXT_SETS},
	{"unnest", TYPE_ANYELEMENT, 1, {ARRAY}, FUNCTION_STRICT | FUNCTION_SET, unnest, NULL,
		NULL},
	{0},
};
