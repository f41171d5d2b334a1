/*
 * compile_array.c - ARRAY[…], subscripts, = ANY, and casts of arrays
 */
#include <string.h>

#include "expr/array.h"
#include "expr/compiler.h"
#include "expr/types.h"

/* The nodes run */

/* e->type is the array's; typmod that of its elements. */
static int
eval_array_in(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct value *v = &e->values[0];

	if (expr_eval(e->args[0], frame, v) < 0)
		return -1;
	out->null = v->null;
	return v->null ? 0 : array_parse(&frame->context, &v->s, e->type, e->typmod, out);
}

/* Each element by e->cast; without one, by way of its text. */
static int
eval_array_cast(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct value *v = &e->values[0];
	struct array *a;

	if (expr_eval(e->args[0], frame, v) < 0)
		return -1;
	out->null = v->null;
	if (v->null)
		return 0;
	a = array_new(&frame->context, v->a->n);
	if (a == NULL)
		return -1;
	a->ndims = v->a->ndims;
	memcpy(a->dims, v->a->dims, sizeof a->dims);
	memcpy(a->lower, v->a->lower, sizeof a->lower);
	for (size_t i = 0; i < a->n; i++) {
		a->items[i] = (struct value){.null = v->a->items[i].null};
		if (!a->items[i].null && e->cast->call(&frame->context, &v->a->items[i],
						 e->typmod, &a->items[i]) < 0)
			return -1;
	}
	out->a = a;
	return 0;
}

/* ARRAY of elements. */
static int
eval_array(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct array *a = array_new(&frame->context, (size_t)e->nargs);

	if (a == NULL)
		return -1;
	for (int i = 0; i < e->nargs; i++) {
		if (expr_eval(e->args[i], frame, &a->items[i]) < 0)
			return -1;
	}
	out->null = false;
	out->a = a;
	return 0;
}

/* ARRAY of arrays: one dimension more.  NULLs count as empty arrays. */
static int
eval_array_of_arrays(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	const struct array *first = NULL;
	struct array *a;
	bool empty = false;
	size_t n = 0;

	for (int i = 0; i < e->nargs; i++) {
		struct value *v = &e->values[i];

		if (expr_eval(e->args[i], frame, v) < 0)
			return -1;
		if (v->null || v->a->ndims == 0) {
			empty = true;
			continue;
		}
		if (first == NULL)
			first = v->a;
		n += v->a->n;
		if (v->a->ndims != first->ndims ||
			memcmp(v->a->dims, first->dims,
				(size_t)first->ndims * sizeof first->dims[0]) != 0 ||
			memcmp(v->a->lower, first->lower,
				(size_t)first->ndims * sizeof first->lower[0]) != 0)
			return eval_fail(&frame->context, "2202E",
				"multidimensional arrays must have array expressions with "
				"matching dimensions");
		if (v->a->ndims == ARRAY_DIMS_MAX)
			return eval_fail(&frame->context, "54000",
				"number of array dimensions (%d) exceeds the maximum allowed "
				"(%d)",
				ARRAY_DIMS_MAX + 1, ARRAY_DIMS_MAX);
	}
	if (empty && first != NULL)
		return eval_fail(&frame->context, "2202E",
			"multidimensional arrays must have array expressions with matching "
			"dimensions");
	a = array_new(&frame->context, n);
	if (a == NULL)
		return -1;
	out->null = false;
	out->a = a;
	if (first == NULL)
		return 0;
	a->ndims = first->ndims + 1;
	a->dims[0] = e->nargs;
	memcpy(a->dims + 1, first->dims, (size_t)first->ndims * sizeof first->dims[0]);
	memcpy(a->lower + 1, first->lower, (size_t)first->ndims * sizeof first->lower[0]);
	for (int i = 0; i < e->nargs; i++)
		memcpy(a->items + (size_t)i * first->n, e->values[i].a->items,
			first->n * sizeof *a->items);
	return 0;
}

/* The bounds of a subscript or slice, *null when one of them is; as in PostgreSQL upper ones first. */
static int
eval_bounds(const struct expr *e, struct expr_frame *frame, int32_t *lower, int32_t *upper,
	bool *null)
{
	for (unsigned side = 2; side-- > 0;) {
		int arg = 1;

		for (unsigned i = 0; i < 2 * (unsigned)e->subscripts->n; i++) {
			struct value v;

			if (!(e->subscripts->bounds & 1U << i))
				continue;
			if (i % 2 == side) {
				if (expr_eval(e->args[arg], frame, &v) < 0)
					return -1;
				*null |= v.null;
				(side ? upper : lower)[i / 2] = v.null ? 0 : (int32_t)v.i;
			}
			arg++;
		}
	}
	return 0;
}

static int
eval_subscript(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	int32_t lower[ARRAY_DIMS_MAX] = {0}, at[ARRAY_DIMS_MAX] = {0};
	const struct array *a;
	bool null = false;
	size_t offset = 0;

	if (expr_eval(e->args[0], frame, &e->values[0]) < 0)
		return -1;
	out->null = true;
	if (e->values[0].null)
		return 0;
	if (eval_bounds(e, frame, lower, at, &null) < 0)
		return -1;
	a = e->values[0].a;
	if (null || a->ndims != e->subscripts->n)
		return 0;
	for (int i = 0; i < a->ndims; i++) {
		if (at[i] < a->lower[i] || at[i] - (int64_t)a->lower[i] >= a->dims[i])
			return 0;
		offset = offset * (size_t)a->dims[i] + (size_t)(at[i] - a->lower[i]);
	}
	*out = a->items[offset];
	return 0;
}

/* The parts of a between the bounds, which are within it. */
static int
copy_slice(struct eval_context *ctx, const struct array *a, const int32_t *lower,
	const int32_t *upper, struct value *out)
{
	int32_t dims[ARRAY_DIMS_MAX] = {0}, index[ARRAY_DIMS_MAX] = {0};
	struct array *slice;
	size_t n = 1;

	for (int i = 0; i < a->ndims; i++) {
		dims[i] = upper[i] - lower[i] + 1;
		n *= (size_t)dims[i];
	}
	slice = array_new(ctx, n);
	if (slice == NULL)
		return -1;
	slice->ndims = a->ndims;
	for (int i = 0; i < a->ndims; i++) {
		slice->dims[i] = dims[i];
		slice->lower[i] = 1;
	}
	for (size_t k = 0; k < n; k++) {
		size_t offset = 0;

		for (int i = 0; i < a->ndims && i < ARRAY_DIMS_MAX; i++)
			offset = offset * (size_t)a->dims[i] +
				 (size_t)(lower[i] - a->lower[i] + index[i]);
		slice->items[k] = a->items[offset];
		for (int i = a->ndims - 1; i >= 0 && ++index[i] == dims[i]; i--)
			index[i] = 0;
	}
	out->null = false;
	out->a = slice;
	return 0;
}

/* As PostgreSQL's array_get_slice: bounds are cut to the array's; nothing left is {}. */
static int
eval_slice(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	int32_t lower[ARRAY_DIMS_MAX], upper[ARRAY_DIMS_MAX];
	const struct array *a;
	bool null = false, none;

	if (expr_eval(e->args[0], frame, &e->values[0]) < 0)
		return -1;
	out->null = true;
	if (e->values[0].null)
		return 0;
	a = e->values[0].a;
	for (int i = 0; i < ARRAY_DIMS_MAX; i++) {
		lower[i] = i < a->ndims ? a->lower[i] : 1;
		upper[i] = i < a->ndims ? a->lower[i] + a->dims[i] - 1 : 1;
		/* x[3] among slices is x[1:3] */
		if (i < e->subscripts->n && !(e->subscripts->colons & 1U << i))
			lower[i] = 1;
	}
	if (eval_bounds(e, frame, lower, upper, &null) < 0)
		return -1;
	if (null)
		return 0;
	none = a->ndims < e->subscripts->n || a->ndims == 0;
	for (int i = 0; i < a->ndims; i++) {
		int64_t last = (int64_t)a->lower[i] + a->dims[i] - 1;

		if (lower[i] < a->lower[i])
			lower[i] = a->lower[i];
		if (upper[i] > last)
			upper[i] = (int32_t)last;
		none |= upper[i] < lower[i];
	}
	if (!none)
		return copy_slice(&frame->context, a, lower, upper, out);
	out->a = array_new(&frame->context, 0);
	out->null = false;
	return out->a ? 0 : -1;
}

/* args[0] op ANY (args[1]); args[2] gives the element in the slot as the operator takes it. */
static int
eval_any(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool strict = e->site.function->flags & FUNCTION_STRICT, null = false;
	const struct array *a;
	struct value r;

	if (expr_eval(e->args[0], frame, &e->values[0]) < 0 ||
		expr_eval(e->args[1], frame, &e->values[2]) < 0)
		return -1;
	out->null = e->values[2].null;
	if (out->null)
		return 0;
	a = e->values[2].a;
	out->b = e->negated;
	out->null = a->n > 0 && strict && e->values[0].null;
	for (size_t i = 0; !out->null && i < a->n; i++) {
		*e->slot = a->items[i];
		if (expr_eval(e->args[2], frame, &e->values[1]) < 0)
			return -1;
		if (strict && e->values[1].null) {
			null = true;
			continue;
		}
		r = (struct value){.null = false};
		if (e->site.function->call(&frame->context, &e->site, e->values, &r) < 0)
			return -1;
		if (r.null) {
			null = true;
		} else if (r.b != e->negated) {
			out->b = r.b;
			return 0;
		}
	}
	out->null |= null;
	return 0;
}

/* The nodes made */

static struct expr *
fail_cast(struct expr_unit *unit, const struct expr *e, enum value_type type, size_t at)
{
	sql_fail(unit->source, at, unit->err, "cannot cast type %s to %s", type_name(e->type),
		type_name(type));
	return NULL;
}

struct expr *
compile_array_cast(struct expr_unit *unit, struct expr *e, enum value_type type, int32_t typmod,
	enum cast_context context, size_t at)
{
	bool from_array = type_is_array(e->type), to_array = type_is_array(type);
	const struct cast *cast = NULL;
	struct expr *c;

	if (from_array && !to_array) {
		/* as text, and then to its length */
		if ((type != TYPE_TEXT && type != TYPE_BPCHAR) || context == CAST_IMPLICIT)
			return fail_cast(unit, e, type, at);
		c = compile_new(unit, eval_output, TYPE_TEXT, 1, at);
		if (c == NULL)
			return NULL;
		c->args[0] = e;
		return compile_coerce(unit, compile_fold(unit, c), type, typmod, context, at);
	}
	if (!from_array) {
		if ((e->type != TYPE_TEXT && e->type != TYPE_BPCHAR) ||
			context != CAST_EXPLICIT)
			return fail_cast(unit, e, type, at);
		c = compile_new(unit, eval_array_in, type, 1, at);
	} else {
		/* to a length the way is by text, as for one value */
		if (type_element(type) == TYPE_TEXT && typmod >= 0 &&
			type_element(e->type) != TYPE_TEXT) {
			e = compile_array_cast(unit, e, TYPE_ARRAY(TYPE_TEXT), -1, context, at);
			if (e == NULL)
				return NULL;
		}
		cast = resolve_cast(type_element(e->type), type_element(type), context);
		if (cast == NULL && e->type == type)
			return e;
		if (cast == NULL)
			return fail_cast(unit, e, type, at);
		c = compile_new(unit, eval_array_cast, type, 1, at);
	}
	if (c == NULL)
		return NULL;
	c->args[0] = e;
	c->cast = cast;
	c->typmod = typmod;
	return compile_fold(unit, c);
}

/* The elements of ARRAY[…]; arrays among them are told what to be by element, too. */
static struct expr **
compile_elements(struct expr_unit *unit, const struct sql_node *node, enum value_type element,
	int32_t typmod, bool *nested)
{
	struct expr **args =
		arena_alloc(&unit->arena, ((size_t)node->nargs + 1) * sizeof(struct expr *));

	if (args == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	*nested = false;
	for (int i = 0; i < node->nargs; i++) {
		const struct sql_node *arg = node->args[i];

		args[i] = arg->kind == SQL_ARRAY ? compile_array(unit, arg, element, typmod)
						 : compile_node(unit, arg);
		if (args[i] == NULL)
			return NULL;
		*nested |= type_is_array(args[i]->type);
	}
	return args;
}

struct expr *
compile_array(struct expr_unit *unit, const struct sql_node *node, enum value_type element,
	int32_t typmod)
{
	bool nested = false;
	struct expr **args = compile_elements(unit, node, element, typmod, &nested), *e;
	enum value_type type =
		nested && element != TYPE_UNKNOWN ? TYPE_ARRAY(element) : element;
	int32_t common_typmod = typmod;

	if (args == NULL)
		return NULL;
	if (node->nargs == 0 && element == TYPE_UNKNOWN) {
		sql_fail(unit->source, node->at, unit->err,
			"cannot determine type of empty array: write ARRAY[]::integer[]");
		return NULL;
	}
	if (element == TYPE_UNKNOWN &&
		compile_common(unit, "ARRAY", args, node->nargs, &type, &common_typmod) < 0)
		return NULL;
	for (int i = 0; element != TYPE_UNKNOWN && i < node->nargs; i++) {
		args[i] =
			compile_coerce(unit, args[i], type, typmod, CAST_EXPLICIT, args[i]->at);
		if (args[i] == NULL)
			return NULL;
	}
	if (type == TYPE_BPCHAR) {
		sql_fail(unit->source, node->at, unit->err,
			"type \"character[]\" is not supported in a mapping");
		return NULL;
	}
	e = compile_new(unit, nested ? eval_array_of_arrays : eval_array,
		nested ? type : TYPE_ARRAY(type), node->nargs, node->at);
	if (e == NULL)
		return NULL;
	e->typmod = common_typmod;
	memcpy(e->args, args, (size_t)node->nargs * sizeof(struct expr *));
	return compile_fold(unit, e);
}

/* x['a'][0] of jsonb: a path, each step of which is text or an integer. */
static struct expr *
json_subscript(struct expr_unit *unit, const struct sql_node *node, struct expr *base)
{
	struct expr **args =
		arena_alloc(&unit->arena, (size_t)node->nargs * sizeof(struct expr *));
	struct expr *e;

	if (args == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	if (node->slice) {
		sql_fail(unit->source, node->at, unit->err,
			"jsonb subscript does not support slices");
		return NULL;
	}
	args[0] = base;
	for (int i = 1; i < node->nargs; i++) {
		struct expr *step = compile_node(unit, node->args[i]);
		enum value_type type = step != NULL ? step->type : TYPE_UNKNOWN;

		if (step == NULL)
			return NULL;
		if (type != TYPE_UNKNOWN && type != TYPE_TEXT && type != TYPE_BPCHAR &&
			type != TYPE_INT4 && type != TYPE_INT2) {
			sql_fail(unit->source, step->at, unit->err,
				"subscript type %s is not supported", type_name(type));
			return NULL;
		}
		args[i] = compile_coerce(unit, step, TYPE_TEXT, -1, CAST_EXPLICIT, step->at);
		if (args[i] == NULL)
			return NULL;
	}
	e = compile_call(unit, "jsonb_extract_path", args, node->nargs, node->at);
	/* of NULL no part is looked for, so that the steps are not evaluated */
	if (e != NULL && e->eval == eval_strict_call)
		e->eval = eval_first_null_call;
	return e;
}

struct expr *
compile_subscript(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr *base = compile_node(unit, node->args[0]), *e;

	if (base == NULL)
		return NULL;
	if (base->type == TYPE_JSONB)
		return json_subscript(unit, node, base);
	if (!type_is_array(base->type)) {
		sql_fail(unit->source, node->at, unit->err,
			"cannot subscript type %s because it does not support subscripting",
			type_name(base->type));
		return NULL;
	}
	e = compile_new(unit, node->slice ? eval_slice : eval_subscript,
		node->slice ? base->type : type_element(base->type), node->nargs, node->at);
	if (e == NULL)
		return NULL;
	e->typmod = base->typmod;
	e->args[0] = base;
	e->subscripts = arena_alloc(&unit->arena, sizeof *e->subscripts);
	if (e->subscripts == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	e->subscripts->n = node->nsubscripts;
	e->subscripts->bounds = node->bounds;
	e->subscripts->colons = node->colons;
	for (int i = 1; i < node->nargs; i++) {
		e->args[i] = compile_node(unit, node->args[i]);
		if (e->args[i] != NULL && e->args[i]->type != TYPE_UNKNOWN &&
			resolve_cast(e->args[i]->type, TYPE_INT4, CAST_ASSIGNMENT) == NULL &&
			e->args[i]->type != TYPE_INT4) {
			sql_fail(unit->source, e->args[i]->at, unit->err,
				"array subscript must have type integer");
			return NULL;
		}
		if (e->args[i] == NULL ||
			(e->args[i] = compile_coerce(unit, e->args[i], TYPE_INT4, -1,
				 CAST_ASSIGNMENT, node->at)) == NULL)
			return NULL;
	}
	return compile_fold(unit, e);
}

/* For a quoted literal: the array of what the operator takes on its right. */
static struct expr *
literal_array(
	struct expr_unit *unit, const char *name, enum value_type left, struct expr *right)
{
	enum value_type types[2] = {left, TYPE_UNKNOWN}, element;
	const struct function *f;

	if (resolve_operator(name, types, 2, &f) != RESOLVED) {
		element = left;
	} else {
		resolve_element(f, types, 2, &element);
		element = resolve_pseudo(resolve_argument(f, 1, 2), element);
	}
	if (element >= TYPE_COUNT || element == TYPE_BPCHAR || element == TYPE_UNKNOWN)
		element = TYPE_TEXT;
	return compile_coerce(unit, right, TYPE_ARRAY(element), -1, CAST_IMPLICIT, right->at);
}

struct expr *
compile_any(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr *left = compile_node(unit, node->args[0]);
	struct expr *right = compile_node(unit, node->args[1]), *element, *e, *sides[2];

	if (left == NULL || right == NULL)
		return NULL;
	if (right->type == TYPE_UNKNOWN)
		right = literal_array(unit, node->name, left->type, right);
	if (right == NULL)
		return NULL;
	if (!type_is_array(right->type)) {
		sql_fail(unit->source, node->at, unit->err,
			"op ANY/ALL (array) requires array on right side");
		return NULL;
	}
	e = compile_new(unit, eval_any, TYPE_BOOL, 3, node->at);
	element = compile_new(unit, eval_slot, type_element(right->type), 0, node->at);
	if (e == NULL || element == NULL)
		return NULL;
	e->slot = element->slot = arena_alloc(&unit->arena, sizeof *e->slot);
	if (e->slot == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	sides[0] = left;
	sides[1] = element;
	if (compile_site(unit, e, node->name, sides, node->at) < 0)
		return NULL;
	e->negated = node->negated;
	e->args[0] = sides[0];
	e->args[1] = right;
	e->args[2] = sides[1];
	return e;
}
