/*
 * optimize.c - see optimize.h
 *
 * Three passes over the trees.  The first makes them a graph, in which equal
 * nodes are one node.  The second turns runs of text comparisons in a CASE into
 * tables.  The third counts how often a node is asked for, and puts a memo in
 * front of those that are asked for more than once.
 *
 * A node that reads a slot (the operand of CASE, the element of ANY) changes
 * its value within a row: it has no memo, nor has what is above it.
 */
#include <stdint.h>
#include <string.h>

#include "expr/compiler.h"
#include "expr/fast.h"
#include "expr/optimize.h"

enum { BUCKETS = 1024 };

struct pass {
	struct expr_unit *unit;
	struct expr *buckets[BUCKETS];
	bool no_memory;
};

static void *
allocate(struct pass *p, size_t n)
{
	void *memory = arena_alloc(&p->unit->arena, n);

	if (memory == NULL)
		p->no_memory = true;
	else
		memset(memory, 0, n);
	return memory;
}

/* Equal nodes */

static bool
is_text(enum value_type type)
{
	return type == TYPE_TEXT || type == TYPE_UNKNOWN || type == TYPE_BPCHAR ||
	       type == TYPE_JSONB;
}

/* Of kinds that are not listed none is taken to equal another. */
static bool
same_constant(enum value_type type, const struct value *a, const struct value *b)
{
	if (a->null || b->null)
		return a->null && b->null;
	if (is_text(type))
		return a->s.len == b->s.len &&
		       (a->s.len == 0 || memcmp(a->s.ptr, b->s.ptr, a->s.len) == 0);
	if (type == TYPE_BOOL)
		return a->b == b->b;
	if (type == TYPE_DATE || type == TYPE_TIMESTAMP || type == TYPE_TIMESTAMPTZ)
		return a->t == b->t;
	return (type == TYPE_INT2 || type == TYPE_INT4 || type == TYPE_INT8) && a->i == b->i;
}

static bool
same_site(const struct call_site *a, const struct call_site *b)
{
	if (a->function != b->function || a->nargs != b->nargs)
		return false;
	return a->function == NULL || a->nargs == 0 ||
	       memcmp(a->types, b->types, (size_t)a->nargs * sizeof *a->types) == 0;
}

static bool
same_subscripts(const struct expr_subscripts *a, const struct expr_subscripts *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return a->n == b->n && a->bounds == b->bounds && a->colons == b->colons;
}

/* The arguments of both are those of the graph already, so that equal ones are the same. */
static bool
same_node(const struct expr *a, const struct expr *b)
{
	return a->eval == b->eval && a->type == b->type && a->typmod == b->typmod &&
	       a->nargs == b->nargs && a->slot == b->slot && a->cast == b->cast &&
	       a->test == b->test && a->negated == b->negated && a->row == b->row &&
	       a->column == b->column && same_site(&a->site, &b->site) &&
	       same_subscripts(a->subscripts, b->subscripts) &&
	       (a->nargs == 0 || memcmp(a->args, b->args,
					 (size_t)a->nargs * sizeof(struct expr *)) == 0) &&
	       (!compile_is_constant(a) || same_constant(a->type, &a->constant, &b->constant));
}

static size_t
hash_node(const struct expr *e)
{
	uint64_t h = (uint64_t)(uintptr_t)e->eval ^ (uint64_t)(uintptr_t)e->slot << 7 ^
		     (uint64_t)(uintptr_t)e->site.function << 3 ^
		     (uint64_t)(uintptr_t)e->cast << 5 ^ e->column << 20 ^
		     (uint64_t)e->type << 40;

	if (compile_is_constant(e) && !e->constant.null && is_text(e->type))
		h ^= e->constant.s.len;
	for (int i = 0; i < e->nargs; i++)
		h = (h ^ (uint64_t)(uintptr_t)e->args[i]) * UINT64_C(0x9E3779B97F4A7C15);
	h *= UINT64_C(0x9E3779B97F4A7C15);
	return (size_t)(h >> 32) % BUCKETS;
}

static bool
is_volatile(const struct expr *e)
{
	return e->site.function != NULL && (e->site.function->flags & FUNCTION_VOLATILE) != 0;
}

/* The node of the graph for e. */
static struct expr *
intern(struct pass *p, struct expr *e)
{
	struct expr **bucket;

	if (e->graph.same != NULL)
		return e->graph.same;
	e->graph.same = e;
	e->graph.local = e->eval == eval_slot || is_volatile(e);
	for (int i = 0; i < e->nargs; i++) {
		e->args[i] = intern(p, e->args[i]);
		e->graph.local |= e->args[i]->graph.local;
	}
	if (is_volatile(e))
		return e;
	bucket = &p->buckets[hash_node(e)];
	for (struct expr *other = *bucket; other != NULL; other = other->graph.next) {
		if (same_node(e, other)) {
			e->graph.same = other;
			return other;
		}
	}
	e->graph.next = *bucket;
	*bucket = e;
	return e;
}

/* CASE by table */

static bool
is_text_equality(const struct function *f)
{
	return f != NULL && f->nargs == 2 && f->args[0] == TYPE_TEXT &&
	       f->args[1] == TYPE_TEXT && strcmp(f->name, "=") == 0;
}

/*
 * What a condition compares with constant texts: x of x = 'a' or x IN ('a', 'b'),
 * or NULL; keys becomes the index of the first of them in its arguments, and
 * their number.
 */
static struct expr *
compared(const struct expr *condition, int *first, int *n)
{
	if (!is_text_equality(condition->site.function))
		return NULL;
	if (condition->eval == eval_strict_call) {
		for (int i = 0; i < 2; i++) {
			if (compile_is_constant(condition->args[i])) {
				*first = i;
				*n = 1;
				return condition->args[1 - i];
			}
		}
		return NULL;
	}
	if (condition->eval != eval_in || condition->negated)
		return NULL;
	for (int i = 1; i < condition->nargs; i++) {
		if (!compile_is_constant(condition->args[i]))
			return NULL;
	}
	*first = 1;
	*n = condition->nargs - 1;
	return condition->args[0];
}

static void
add_key(struct expr_switch *s, const struct text *key, int branch)
{
	size_t at = switch_hash(key) & s->mask;

	while (s->keys[at].branch != 0) {
		/* the first WHEN that has it is the one that counts */
		if (s->keys[at].key.len == key->len &&
			(key->len == 0 || memcmp(s->keys[at].key.ptr, key->ptr, key->len) == 0))
			return;
		at = (at + 1) & s->mask;
	}
	s->keys[at] = (struct switch_key){*key, branch};
}

/* The run of conditions from args[from] on that ask for the same text; NULL: it is no run. */
static struct expr_switch *
new_switch(struct pass *p, const struct expr *e, int from, int last)
{
	int first = 0, n = 0, end = from, total = 0;
	struct expr *operand = compared(e->args[from], &first, &n);
	struct expr_switch *s;
	size_t room = 4;

	for (; operand != NULL && end < last; end += 2) {
		if (compared(e->args[end], &first, &n) != operand)
			break;
		total += n;
	}
	if (total < 2)
		return NULL;
	while (room < 2 * (size_t)total)
		room *= 2;
	s = allocate(p, sizeof *s);
	if (s != NULL)
		s->keys = allocate(p, room * sizeof *s->keys);
	if (s == NULL || s->keys == NULL)
		return NULL;
	s->operand = operand;
	s->first = from;
	s->end = end;
	s->mask = room - 1;
	for (int i = from; i < end; i += 2) {
		compared(e->args[i], &first, &n);
		for (int k = 0; k < n; k++) {
			const struct value *v = &e->args[i]->args[first + k]->constant;

			if (!v->null)
				add_key(s, &v->s, i + 1);
		}
	}
	return s;
}

static void
make_switches(struct pass *p, struct expr *e)
{
	struct expr_switch **link = &e->switches;
	int last = e->nargs - 1 - (e->slot != NULL);

	for (int i = 0; i < last;) {
		*link = new_switch(p, e, i, last);
		i = *link ? (*link)->end : i + 2;
		if (*link != NULL)
			link = &(*link)->next;
	}
	if (e->switches != NULL)
		e->eval = eval_case_switch;
}

/* Calls that know some of their arguments */

static void
specialize(struct expr *e)
{
	bool text = is_text_equality(e->site.function);

	if (e->eval == eval_strict_call && e->nargs <= 32) {
		for (int i = 0; i < e->nargs; i++) {
			if (compile_is_constant(e->args[i]))
				e->values[i] = e->args[i]->constant;
			else
				e->varying |= 1U << i;
		}
		e->eval = eval_strict_varying;
		if (e->varying != 0 && (e->varying & (e->varying - 1)) == 0) {
			e->varying = (uint32_t)__builtin_ctz(e->varying);
			e->eval = e->args[e->varying]->eval == eval_column ? eval_strict_column
									   : eval_strict_one;
		}
	} else if (e->eval == eval_cast && e->args[0]->eval == eval_column) {
		e->eval = eval_cast_column;
	} else if (e->eval == eval_in && text) {
		e->eval = eval_in_text;
	} else if (e->eval == eval_nullif && text) {
		e->eval = eval_nullif_text;
	}
}

/* Memos */

typedef void visit_fn(struct pass *p, struct expr **child);

/* What may be evaluated for e: not the conditions that a table stands for. */
static void
each_child(struct pass *p, struct expr *e, visit_fn *visit)
{
	struct expr_switch *s = e->switches;

	for (int i = 0; i < e->nargs;) {
		if (s == NULL || s->first != i) {
			visit(p, &e->args[i++]);
			continue;
		}
		visit(p, &s->operand);
		for (; i < s->end; i += 2)
			visit(p, &e->args[i + 1]);
		s = s->next;
	}
}

static void
count(struct pass *p, struct expr **child)
{
	struct expr *e = *child;

	if (e->graph.uses++ > 0)
		return;
	if (e->eval == eval_case)
		make_switches(p, e);
	each_child(p, e, count);
}

static bool
wants_memo(const struct expr *e)
{
	return e->graph.uses > 1 && !e->graph.local && e->eval != eval_column &&
	       !compile_is_constant(e);
}

static void
put_memo(struct pass *p, struct expr **child)
{
	struct expr *e = *child, *memo;

	if (!e->graph.done) {
		e->graph.done = true;
		each_child(p, e, put_memo);
		specialize(e);
	}
	if (!wants_memo(e))
		return;
	if (e->graph.memo == NULL) {
		memo = compile_new(p->unit, eval_memo, e->type, 1, e->at);
		if (memo != NULL)
			memo->memo = allocate(p, sizeof *memo->memo);
		if (memo == NULL || memo->memo == NULL) {
			p->no_memory = true;
			return;
		}
		memo->typmod = e->typmod;
		memo->args[0] = e;
		memo->memo->row = UINT64_MAX;
		e->graph.memo = memo;
	}
	*child = e->graph.memo;
}

int
expr_optimize(struct expr_unit *unit, struct expr **roots, size_t n, struct error *err)
{
	struct pass *p = arena_alloc(&unit->scratch, sizeof *p);

	if (p == NULL)
		return error_nomem(err);
	memset(p, 0, sizeof *p);
	p->unit = unit;
	unit->err = err;
	for (size_t i = 0; i < n; i++) {
		if (roots[i] != NULL)
			roots[i] = intern(p, roots[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (roots[i] != NULL)
			count(p, &roots[i]);
	}
	for (size_t i = 0; i < n; i++) {
		if (roots[i] != NULL)
			put_memo(p, &roots[i]);
	}
	return p->no_memory ? error_nomem(err) : 0;
}
