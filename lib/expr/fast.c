/*
 * fast.c - see fast.h
 */
#include "expr/fast.h"

static inline int
eval_child(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	const struct csv_field *f;

	if (e->eval != eval_column)
		return e->eval(e, frame, out);
	f = &frame->rows[e->row][e->column];
	out->s.ptr = f->ptr;
	out->s.len = f->len;
	out->null = f->null;
	return 0;
}

static inline bool
equal(const struct text *a, const struct text *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->ptr, b->ptr, a->len) == 0);
}

int
eval_memo(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct expr_memo *memo = e->memo;

	if (memo->row != frame->row) {
		if (e->args[0]->eval(e->args[0], frame, &memo->value) < 0)
			return -1;
		memo->row = frame->row;
	}
	*out = memo->value;
	return 0;
}

/* As eval_strict_call; values of constant arguments are in their places. */
int
eval_strict_varying(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false;

	for (uint32_t varying = e->varying; varying != 0; varying &= varying - 1) {
		int i = __builtin_ctz(varying);

		if (eval_child(e->args[i], frame, &e->values[i]) < 0)
			return -1;
		null |= e->values[i].null;
	}
	out->null = null;
	if (null)
		return 0;
	return e->site.function->call(&frame->context, &e->site, e->values, out);
}

/* The same with one argument that varies: e->varying is its index. */
int
eval_strict_one(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct value *v = &e->values[e->varying];
	const struct expr *arg = e->args[e->varying];

	if (arg->eval(arg, frame, v) < 0)
		return -1;
	out->null = v->null;
	return v->null ? 0 : e->site.function->call(&frame->context, &e->site, e->values, out);
}

/* And that is a column. */
int
eval_strict_column(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	const struct expr *arg = e->args[e->varying];
	const struct csv_field *f = &frame->rows[arg->row][arg->column];
	struct value *v = &e->values[e->varying];

	out->null = f->null;
	if (f->null)
		return 0;
	v->s.ptr = f->ptr;
	v->s.len = f->len;
	v->null = false;
	return e->site.function->call(&frame->context, &e->site, e->values, out);
}

/* eval_cast of a column. */
int
eval_cast_column(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	const struct expr *arg = e->args[0];
	const struct csv_field *f = &frame->rows[arg->row][arg->column];
	const struct value v = {.s = {f->ptr, f->len}};

	out->null = f->null;
	return f->null ? 0 : e->cast->call(&frame->context, &v, e->typmod, out);
}

/* The result's index for a text, or 0. */
static int
switch_find(const struct expr_switch *s, const struct text *key)
{
	for (size_t at = switch_hash(key) & s->mask; s->keys[at].branch != 0;
		at = (at + 1) & s->mask) {
		if (equal(&s->keys[at].key, key))
			return s->keys[at].branch;
	}
	return 0;
}

/* As eval_case. */
int
eval_case_switch(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	const struct expr_switch *s = e->switches;
	int last = e->nargs - 1 - (e->slot != NULL);

	if (e->slot != NULL && eval_child(e->args[e->nargs - 1], frame, e->slot) < 0)
		return -1;
	for (int i = 0; i < last;) {
		if (s != NULL && s->first == i) {
			int branch;

			if (eval_child(s->operand, frame, out) < 0)
				return -1;
			branch = out->null ? 0 : switch_find(s, &out->s);
			if (branch != 0)
				return eval_child(e->args[branch], frame, out);
			i = s->end;
			s = s->next;
			continue;
		}
		if (eval_child(e->args[i], frame, out) < 0)
			return -1;
		if (!out->null && out->b)
			return eval_child(e->args[i + 1], frame, out);
		i += 2;
	}
	return eval_child(e->args[last], frame, out);
}

/* As eval_in, of texts. */
int
eval_in_text(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	bool null = false;

	if (eval_child(e->args[0], frame, out) < 0)
		return -1;
	if (out->null)
		return 0;
	for (int i = 1; i < e->nargs; i++) {
		struct value *member = &e->values[1];

		if (eval_child(e->args[i], frame, member) < 0)
			return -1;
		if (member->null) {
			null = true;
		} else if (equal(&member->s, &out->s)) {
			out->b = !e->negated;
			return 0;
		}
	}
	out->b = e->negated;
	out->null = null;
	return 0;
}

/* As eval_nullif, of texts. */
int
eval_nullif_text(const struct expr *e, struct expr_frame *frame, struct value *out)
{
	struct value *other = &e->values[1];

	if (eval_child(e->args[0], frame, out) < 0 || eval_child(e->args[1], frame, other) < 0)
		return -1;
	if (!out->null && !other->null && equal(&out->s, &other->s))
		out->null = true;
	return 0;
}
