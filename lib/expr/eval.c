/*
 * eval.c - see eval.h
 *
 * One function a kind of node.  AND, OR, CASE and coalesce look at no more
 * arguments than they need, as PostgreSQL's do; a strict call evaluates all of
 * its arguments before it asks whether one is NULL, so that an error in the
 * second is an error also where the first is NULL.
 */
#include <string.h>

#include "expr/array.h"
#include "expr/inet.h"
#include "expr/node.h"
#include "expr/resolve.h"

int
expr_eval(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	return e->eval(e, frame, out);
}

enum value_type
expr_type(const struct expr *e)
{
	return e->type;
}

int32_t
expr_typmod(const struct expr *e)
{
	return e->typmod;
}

int
expr_column(const struct expr *e)
{
	return e->eval == eval_column && e->row == 0 ? (int)e->column : -1;
}

static inline int
eval_arg(const struct expr *e, int i, struct expr_frame *frame, struct value *out)
{
	return e->args[i]->eval(e->args[i], frame, out);
}

static inline void
set_bool(struct value *out, bool b)
{
	out->b = b;
	out->null = false;
}

static inline void
set_null(struct value *out)
{
	out->null = true;
}

int
eval_column(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	const struct csv_field *f = &frame->rows[e->row][e->column];

	out->s.ptr = f->ptr;
	out->s.len = f->len;
	out->null = f->null;
	return 0;
}

int
eval_constant(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	(void)frame;
	*out = e->constant;
	return 0;
}

int
eval_slot(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	(void)frame;
	*out = *e->slot;
	return 0;
}

int
eval_call(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, &e->values[i]) < 0)
			return -1;
	}
	out->null = false;
	return e->site.function->call(&frame->context, &e->site, e->values, out);
}

int
eval_strict_call(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false;

	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, &e->values[i]) < 0)
			return -1;
		null |= e->values[i].null;
	}
	out->null = null;
	if (null)
		return 0;
	return e->site.function->call(&frame->context, &e->site, e->values, out);
}

/* Strict, and the other arguments are evaluated only if the first is not NULL. */
int
eval_first_null_call(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false;

	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, &e->values[i]) < 0)
			return -1;
		null |= e->values[i].null;
		if (i == 0 && null)
			break;
	}
	out->null = null;
	if (null)
		return 0;
	return e->site.function->call(&frame->context, &e->site, e->values, out);
}

/* What PostgreSQL has as a function in SQL, b + a, which it puts in place of the call. */
int
eval_reversed_call(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	for (int i = e->nargs - 1; i >= 0; i--) {
		if (eval_arg(e, i, frame, &e->values[i]) < 0)
			return -1;
	}
	out->null = e->values[0].null || e->values[1].null;
	if (out->null)
		return 0;
	return e->site.function->call(&frame->context, &e->site, e->values, out);
}

int
eval_cast(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	if (eval_arg(e, 0, frame, &e->values[0]) < 0)
		return -1;
	out->null = e->values[0].null;
	if (out->null)
		return 0;
	return e->cast->call(&frame->context, &e->values[0], e->typmod, out);
}

int
expr_value_text(struct eval_context *ctx, enum value_type type, const struct value *v,
	struct text *text)
{
	const struct cast *cast;
	struct value s = {0};

	if (type_is_array(type))
		return array_print(ctx, type, v->a, text);
	switch (type) {
	case TYPE_TEXT:
	case TYPE_BPCHAR:
	case TYPE_UNKNOWN:
	case TYPE_UUID:
	case TYPE_JSON:
	case TYPE_JSONB: *text = v->s; return 0;
	case TYPE_BOOL:
		text->ptr = v->b ? "t" : "f";
		text->len = 1;
		return 0;
	case TYPE_INET:
	case TYPE_CIDR: return inet_print(ctx, type, v->s, text);
	default: break;
	}
	cast = resolve_cast(type, TYPE_TEXT, CAST_EXPLICIT);
	if (cast == NULL)
		return eval_fail(ctx, "XX000", "a value of this type has no text");
	if (cast->call(ctx, v, -1, &s) < 0)
		return -1;
	*text = s.s;
	return 0;
}

/* To text by the output function; cast (NULL for types whose text is at hand) is known before. */
int
eval_output(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	if (eval_arg(e, 0, frame, &e->values[0]) < 0)
		return -1;
	out->null = e->values[0].null;
	if (out->null)
		return 0;
	if (e->cast != NULL)
		return e->cast->call(&frame->context, &e->values[0], -1, out);
	return expr_value_text(&frame->context, e->args[0]->type, &e->values[0], &out->s);
}

int
eval_and(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false;

	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, out) < 0)
			return -1;
		if (out->null)
			null = true;
		else if (!out->b)
			return 0;
	}
	out->b = true;
	out->null = null;
	return 0;
}

int
eval_or(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false;

	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, out) < 0)
			return -1;
		if (out->null)
			null = true;
		else if (out->b)
			return 0;
	}
	out->b = false;
	out->null = null;
	return 0;
}

int
eval_not(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	if (eval_arg(e, 0, frame, out) < 0)
		return -1;
	out->b = !out->null && !out->b;
	return 0;
}

int
eval_is_null(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	if (eval_arg(e, 0, frame, out) < 0)
		return -1;
	set_bool(out, out->null != e->negated);
	return 0;
}

int
eval_is_bool(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool is;

	if (eval_arg(e, 0, frame, out) < 0)
		return -1;
	switch (e->test) {
	case SQL_TEST_TRUE: is = !out->null && out->b; break;
	case SQL_TEST_FALSE: is = !out->null && !out->b; break;
	default: is = out->null; break;
	}
	set_bool(out, is != e->negated);
	return 0;
}

/* Whether values[0] = values[1], neither of them NULL, by the site's operator. */
static int
sides_equal(const struct expr *e, struct expr_frame *frame, bool *equal)
{
	struct value r = {0};

	if (e->site.function->call(&frame->context, &e->site, e->values, &r) < 0)
		return -1;
	*equal = !r.null && r.b;
	return 0;
}

int
eval_distinct(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool distinct, equal;

	if (eval_arg(e, 0, frame, &e->values[0]) < 0 ||
		eval_arg(e, 1, frame, &e->values[1]) < 0)
		return -1;
	if (e->values[0].null || e->values[1].null) {
		distinct = e->values[0].null != e->values[1].null;
	} else {
		if (sides_equal(e, frame, &equal) < 0)
			return -1;
		distinct = !equal;
	}
	set_bool(out, distinct != e->negated);
	return 0;
}

/* args[0] IN (args[1], …): = with each; the members are constants, so they cannot fail. */
int
eval_in(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false, equal;

	if (eval_arg(e, 0, frame, &e->values[0]) < 0)
		return -1;
	if (e->values[0].null) {
		set_null(out);
		return 0;
	}
	for (int i = 1; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, &e->values[1]) < 0)
			return -1;
		if (e->values[1].null) {
			null = true;
			continue;
		}
		if (sides_equal(e, frame, &equal) < 0)
			return -1;
		if (equal) {
			set_bool(out, !e->negated);
			return 0;
		}
	}
	set_bool(out, e->negated);
	out->null = null;
	return 0;
}

/* args: WHEN, THEN pairs, then ELSE; with a slot, the operand is behind them all. */
int
eval_case(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	int last = e->nargs - 1 - (e->slot != NULL);

	if (e->slot != NULL && eval_arg(e, e->nargs - 1, frame, e->slot) < 0)
		return -1;
	for (int i = 0; i < last; i += 2) {
		if (eval_arg(e, i, frame, out) < 0)
			return -1;
		if (!out->null && out->b)
			return eval_arg(e, i + 1, frame, out);
	}
	return eval_arg(e, last, frame, out);
}

int
eval_coalesce(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, out) < 0)
			return -1;
		if (!out->null)
			return 0;
	}
	return 0;
}

int
eval_nullif(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool equal = false;

	if (eval_arg(e, 0, frame, &e->values[0]) < 0 ||
		eval_arg(e, 1, frame, &e->values[1]) < 0)
		return -1;
	if (!e->values[0].null && !e->values[1].null && sides_equal(e, frame, &equal) < 0)
		return -1;
	*out = e->values[0];
	out->null |= equal;
	return 0;
}

/* greatest and least: the site's operator is > or <; NULLs do not take part. */
int
eval_extreme(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct value best = {.null = true};
	bool better;

	for (int i = 0; i < e->nargs; i++) {
		if (eval_arg(e, i, frame, &e->values[0]) < 0)
			return -1;
		if (e->values[0].null)
			continue;
		if (!best.null) {
			e->values[1] = best;
			if (sides_equal(e, frame, &better) < 0)
				return -1;
			if (!better)
				continue;
		}
		best = e->values[0];
	}
	*out = best;
	return 0;
}
