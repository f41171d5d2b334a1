/*
 * compile_node.c - compile.h's kinds of node, one function each
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "expr/compiler.h"
#include "expr/types.h"

/* Compile all arguments of a node into an array of the arena. */
static struct expr **
compile_args(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr **args =
		arena_alloc(&unit->arena, ((size_t)node->nargs + 1) * sizeof(struct expr *));

	if (args == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	for (int i = 0; i < node->nargs; i++) {
		args[i] = compile_node(unit, node->args[i]);
		if (args[i] == NULL)
			return NULL;
	}
	return args;
}

static bool
fits_int8(const char *s)
{
	size_t n = strspn(s, "-+0123456789");

	if (s[n] != '\0')
		return false;
	errno = 0;
	(void)strtoll(s, NULL, 10);
	return errno == 0;
}

static struct expr *
literal(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr *e = compile_new(unit, eval_constant, TYPE_UNKNOWN, 0, node->at);

	if (e == NULL)
		return NULL;
	switch (node->literal) {
	case SQL_NULL: e->constant.null = true; return e;
	case SQL_BOOLEAN:
		e->type = TYPE_BOOL;
		e->constant.b = node->text[0] == 't';
		return e;
	case SQL_INTEGER:
		e->type = TYPE_INT4;
		e->constant.i = strtoll(node->text, NULL, 10);
		return e;
	default: break;
	}
	e->constant.s.ptr = arena_copy(&unit->arena, node->text, node->text_len);
	e->constant.s.len = node->text_len;
	if (e->constant.s.ptr == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	if (node->literal == SQL_STRING)
		return e;
	if (fits_int8(node->text)) {
		e->type = TYPE_INT8;
		e->constant.i = strtoll(node->text, NULL, 10);
		return e;
	}
	return compile_coerce(unit, e, TYPE_NUMERIC, -1, CAST_EXPLICIT, node->at);
}

static struct expr *
cast(struct expr_unit *unit, const struct sql_node *node)
{
	const struct sql_type *t = node->type;
	enum value_type type;
	struct expr *arg;
	const char *why;
	int32_t typmod;
	char buf[128];

	if (!type_find(t->name, &type) || (t->array && type == TYPE_BPCHAR)) {
		sql_fail(unit->source, t->at, unit->err,
			type_find(t->name, &type) || type_known_elsewhere(t->name)
				? "type \"%s%s\" is not supported in a mapping"
				: "type \"%s%s\" does not exist",
			t->name, t->array ? "[]" : "");
		return NULL;
	}
	why = type_modifier(t->name, t->mods, t->nmods, &typmod, buf, sizeof buf);
	if (why != NULL) {
		sql_fail(unit->source, t->at, unit->err, "%s", why);
		return NULL;
	}
	if (t->array && node->args[0]->kind == SQL_ARRAY)
		arg = compile_array(unit, node->args[0], type, typmod);
	else
		arg = compile_node(unit, node->args[0]);
	if (arg == NULL)
		return NULL;
	return compile_coerce(
		unit, arg, t->array ? TYPE_ARRAY(type) : type, typmod, CAST_EXPLICIT, node->at);
}

static struct expr *
bool_constant(struct expr_unit *unit, bool b, bool null, size_t at)
{
	struct expr *e = compile_new(unit, eval_constant, TYPE_BOOL, 0, at);

	if (e == NULL)
		return NULL;
	e->constant.b = b;
	e->constant.null = null;
	return e;
}

/*
 * AND and OR without their constants.  As in PostgreSQL one FALSE makes all of
 * an AND false, wherever it stands: what is before it is not evaluated, and
 * cannot fail.
 */
static struct expr *
simplify(struct expr_unit *unit, struct expr *e)
{
	bool decides = e->eval == eval_or, null = false;
	int n = 0;

	for (int i = 0; i < e->nargs; i++) {
		struct expr *arg = e->args[i];

		if (!compile_is_constant(arg))
			e->args[n++] = arg;
		else if (arg->constant.null)
			null = true;
		else if (arg->constant.b == decides)
			return arg;
	}
	if (n == 0)
		return bool_constant(unit, !decides, null, e->at);
	if (null && (e->args[n++] = bool_constant(unit, false, true, e->at)) == NULL)
		return NULL;
	e->nargs = n;
	return n == 1 ? e->args[0] : e;
}

static struct expr *
boolean_list(struct expr_unit *unit, const struct sql_node *node, expr_eval_fn *eval,
	const char *clause)
{
	struct expr *e = compile_new(unit, eval, TYPE_BOOL, node->nargs, node->at);

	if (e == NULL)
		return NULL;
	for (int i = 0; i < node->nargs; i++) {
		e->args[i] = compile_boolean(unit, compile_node(unit, node->args[i]), clause);
		if (e->args[i] == NULL)
			return NULL;
	}
	return eval == eval_not ? compile_fold(unit, e) : simplify(unit, e);
}

static struct expr *
is_null(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr *e = compile_new(unit, eval_is_null, TYPE_BOOL, 1, node->at);

	if (e == NULL)
		return NULL;
	e->negated = node->negated;
	e->args[0] = compile_node(unit, node->args[0]);
	return e->args[0] ? compile_fold(unit, e) : NULL;
}

static struct expr *
is_bool(struct expr_unit *unit, const struct sql_node *node)
{
	static const char *const clauses[2][3] = {
		{"IS TRUE", "IS FALSE", "IS UNKNOWN"},
		{"IS NOT TRUE", "IS NOT FALSE", "IS NOT UNKNOWN"},
	};
	struct expr *e = compile_new(unit, eval_is_bool, TYPE_BOOL, 1, node->at);

	if (e == NULL)
		return NULL;
	e->test = node->test;
	e->negated = node->negated;
	e->args[0] = compile_boolean(unit, compile_node(unit, node->args[0]),
		clauses[node->negated ? 1 : 0][node->test]);
	return e->args[0] ? compile_fold(unit, e) : NULL;
}

static bool
is_null_constant(const struct expr *e)
{
	return compile_is_constant(e) && e->constant.null;
}

/* Nodes of two sides and the operator = : IS DISTINCT FROM and nullif. */
static struct expr *
two_sides(struct expr_unit *unit, const struct sql_node *node, expr_eval_fn *eval)
{
	struct expr *e = compile_new(unit, eval, TYPE_BOOL, 2, node->at);
	struct expr **args = compile_args(unit, node);

	if (e == NULL || args == NULL || compile_site(unit, e, "=", args, node->at) < 0)
		return NULL;
	e->args[0] = args[0];
	e->args[1] = args[1];
	e->negated = node->negated;
	if (eval == eval_nullif) {
		e->type = args[0]->type;
		e->typmod = args[0]->typmod;
		if (is_null_constant(args[0]) || is_null_constant(args[1]))
			return args[0];
	}
	return compile_fold(unit, e);
}

static bool
reads_columns(const struct sql_node *node)
{
	if (node->kind == SQL_COLUMN)
		return true;
	for (int i = 0; i < node->nargs; i++) {
		if (reads_columns(node->args[i]))
			return true;
	}
	return false;
}

/*
 * The members of IN that read no column, as one comparison of their common
 * type with the left side.  *done is false when they have none: then each is
 * compared by itself.
 */
static struct expr *
in_constants(struct expr_unit *unit, const struct sql_node *node, bool *done)
{
	size_t room = (size_t)node->nargs + 1;
	enum value_type *types = arena_alloc(&unit->arena, room * sizeof *types);
	struct expr **args = arena_alloc(&unit->arena, room * sizeof(struct expr *));
	enum value_type common, left, right;
	struct expr *e;
	int n = 1;

	*done = false;
	if (types == NULL || args == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	args[0] = compile_node(unit, node->args[0]);
	for (int i = 1; args[0] != NULL && i < node->nargs; i++) {
		if (reads_columns(node->args[i]))
			continue;
		args[n] = compile_node(unit, node->args[i]);
		if (args[n++] == NULL)
			return NULL;
	}
	if (args[0] == NULL)
		return NULL;
	for (int i = 0; i < n; i++)
		types[i] = args[i]->type;
	if (n <= 2 || !resolve_common_type(types, n, &common, &left, &right))
		return args[0];
	e = compile_new(unit, eval_in, TYPE_BOOL, n, node->at);
	for (int i = 1; e != NULL && i < n; i++) {
		struct expr *sides[2] = {args[0]};

		sides[1] =
			compile_coerce(unit, args[i], common, -1, CAST_IMPLICIT, args[i]->at);
		if (sides[1] == NULL || compile_site(unit, e, "=", sides, node->at) < 0)
			return NULL;
		e->args[0] = sides[0];
		e->args[i] = sides[1];
	}
	if (e == NULL)
		return NULL;
	e->negated = node->negated;
	*done = true;
	return compile_fold(unit, e);
}

/* PostgreSQL's: the constants at once, then what reads columns, each with OR (NOT IN: AND). */
static struct expr *
in_list(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr *e = compile_new(
		unit, node->negated ? eval_and : eval_or, TYPE_BOOL, node->nargs - 1, node->at);
	bool done;
	struct expr *first = in_constants(unit, node, &done);
	int n = 0;

	if (e == NULL || first == NULL)
		return NULL;
	if (done)
		e->args[n++] = first;
	for (int i = 1; i < node->nargs; i++) {
		struct expr *sides[2];

		if (done && !reads_columns(node->args[i]))
			continue;
		sides[0] = compile_node(unit, node->args[0]);
		sides[1] = compile_node(unit, node->args[i]);
		if (sides[0] == NULL || sides[1] == NULL)
			return NULL;
		e->args[n] =
			compile_operator(unit, node->negated ? "<>" : "=", sides, 2, node->at);
		if (e->args[n++] == NULL)
			return NULL;
	}
	e->nargs = n;
	return simplify(unit, e);
}

/* x BETWEEN a AND b is x >= a AND x <= b; NOT, x < a OR x > b; x is evaluated twice. */
static struct expr *
between_pair(struct expr_unit *unit, const struct sql_node *node, int low, int high)
{
	static const char *const names[2][2] = {{">=", "<="}, {"<", ">"}};
	struct expr *e =
		compile_new(unit, node->negated ? eval_or : eval_and, TYPE_BOOL, 2, node->at);
	int bounds[2] = {low, high};

	for (int i = 0; e != NULL && i < 2; i++) {
		struct expr *sides[2];

		sides[0] = compile_node(unit, node->args[0]);
		sides[1] = compile_node(unit, node->args[bounds[i]]);
		if (sides[0] == NULL || sides[1] == NULL)
			return NULL;
		e->args[i] = compile_operator(
			unit, names[node->negated ? 1 : 0][i], sides, 2, node->at);
		if (e->args[i] == NULL)
			return NULL;
	}
	return e ? simplify(unit, e) : NULL;
}

static struct expr *
between(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr *e;

	if (!node->symmetric)
		return between_pair(unit, node, 1, 2);
	e = compile_new(unit, node->negated ? eval_and : eval_or, TYPE_BOOL, 2, node->at);
	if (e == NULL || (e->args[0] = between_pair(unit, node, 1, 2)) == NULL ||
		(e->args[1] = between_pair(unit, node, 2, 1)) == NULL)
		return NULL;
	return simplify(unit, e);
}

/* The operand of CASE x WHEN …, kept in a slot of the node e; a constant stands for itself. */
static int
case_operand(
	struct expr_unit *unit, const struct sql_node *node, struct expr *e, struct expr **slot)
{
	struct expr *operand = compile_node(unit, node->args[0]);

	if (operand != NULL && operand->type == TYPE_UNKNOWN)
		operand = compile_coerce(unit, operand, TYPE_TEXT, -1, CAST_IMPLICIT, e->at);
	e->slot = arena_alloc(&unit->arena, sizeof *e->slot);
	if (e->slot == NULL)
		error_nomem(unit->err);
	if (operand == NULL || e->slot == NULL)
		return -1;
	e->args[e->nargs - 1] = operand;
	if (compile_is_constant(operand)) {
		*slot = operand;
		return 0;
	}
	*slot = compile_new(unit, eval_slot, operand->type, 0, operand->at);
	if (*slot == NULL)
		return -1;
	(*slot)->slot = e->slot;
	return 0;
}

static struct expr *
case_condition(struct expr_unit *unit, const struct sql_node *when, const struct expr *slot)
{
	struct expr *condition = compile_node(unit, when), *sides[2];

	if (condition == NULL || slot == NULL)
		return compile_boolean(unit, condition, "CASE/WHEN");
	/* a copy, as coercion may relabel a node */
	sides[0] = compile_new(unit, slot->eval, slot->type, 0, slot->at);
	if (sides[0] == NULL)
		return NULL;
	sides[0]->slot = slot->slot;
	sides[0]->constant = slot->constant;
	sides[1] = condition;
	return compile_operator(unit, "=", sides, 2, condition->at);
}

/* Without the branches whose condition is constant and false, or behind a true one. */
static struct expr *
simplify_case(struct expr *e, int npairs)
{
	struct expr *operand = e->slot != NULL ? e->args[e->nargs - 1] : NULL;
	const int last = 2 * npairs;
	struct expr *otherwise = e->args[last];
	int n = 0;

	for (int i = 0; i < last; i += 2) {
		struct expr *condition = e->args[i];

		if (!compile_is_constant(condition)) {
			e->args[n++] = condition;
			e->args[n++] = e->args[i + 1];
		} else if (!condition->constant.null && condition->constant.b) {
			otherwise = e->args[i + 1];
			break;
		}
	}
	if (n == 0)
		return otherwise;
	e->args[n++] = otherwise;
	if (operand != NULL)
		e->args[n++] = operand;
	e->nargs = n;
	return e;
}

/*
 * The ELSE counts first for the common type, as in PostgreSQL.  In e->args:
 * pairs, ELSE, and the operand if there is one.
 */
static struct expr *
case_when(struct expr_unit *unit, const struct sql_node *node)
{
	int skip = node->has_operand, npairs = (node->nargs - skip - 1) / 2;
	struct expr *e = compile_new(unit, eval_case, TYPE_UNKNOWN, node->nargs, node->at);
	struct expr **results, *slot = NULL;

	results = arena_alloc(&unit->arena, ((size_t)npairs + 1) * sizeof(struct expr *));
	if (results == NULL)
		error_nomem(unit->err);
	if (e == NULL || results == NULL)
		return NULL;
	if (node->has_operand && case_operand(unit, node, e, &slot) < 0)
		return NULL;
	for (int i = 0, k = 0; i < npairs; i++, k += 2) {
		e->args[k] = case_condition(unit, node->args[skip + k], slot);
		if (e->args[k] == NULL)
			return NULL;
		results[i + 1] = compile_node(unit, node->args[skip + k + 1]);
		if (results[i + 1] == NULL)
			return NULL;
	}
	results[0] = compile_node(unit, node->args[node->nargs - 1]);
	if (results[0] == NULL ||
		compile_common(unit, "CASE", results, npairs + 1, &e->type, &e->typmod) < 0)
		return NULL;
	for (int i = 0, k = 0; i <= npairs; i++, k += 2)
		e->args[i < npairs ? k + 1 : k] = results[i < npairs ? i + 1 : 0];
	return simplify_case(e, npairs);
}

/* Without constant NULLs, and without what is behind another constant. */
static struct expr *
simplify_coalesce(struct expr *e)
{
	int n = 0;

	for (int i = 0; i < e->nargs; i++) {
		bool constant = compile_is_constant(e->args[i]);

		if (constant && e->args[i]->constant.null && (n > 0 || i + 1 < e->nargs))
			continue;
		e->args[n++] = e->args[i];
		if (constant)
			break;
	}
	e->nargs = n;
	return n == 1 && compile_is_constant(e->args[0]) ? e->args[0] : e;
}

static struct expr *
common_list(struct expr_unit *unit, const struct sql_node *node, const char *what,
	expr_eval_fn *eval, const char *order)
{
	struct expr **args = compile_args(unit, node);
	struct expr *e = compile_new(unit, eval, TYPE_UNKNOWN, node->nargs, node->at);
	struct expr *sides[2];

	if (args == NULL || e == NULL ||
		compile_common(unit, what, args, node->nargs, &e->type, &e->typmod) < 0)
		return NULL;
	memcpy(e->args, args, (size_t)node->nargs * sizeof(struct expr *));
	if (order != NULL) {
		sides[0] = sides[1] = args[0];
		if (compile_site(unit, e, order, sides, node->at) < 0)
			return NULL;
	}
	return eval == eval_coalesce ? simplify_coalesce(e) : compile_fold(unit, e);
}

static struct expr *
call(struct expr_unit *unit, const struct sql_node *node)
{
	struct expr **args = compile_args(unit, node), *e;

	if (args == NULL)
		return NULL;
	if (node->kind == SQL_OPERATOR)
		return compile_operator(unit, node->name, args, node->nargs, node->at);
	unit->set_call = node == unit->set_node;
	e = compile_call(unit, node->name, args, node->nargs, node->at);
	unit->set_call = false;
	return e;
}

struct expr *
compile_node(struct expr_unit *unit, const struct sql_node *node)
{
	switch (node->kind) {
	case SQL_COLUMN: return compile_column(unit, node);
	case SQL_LITERAL: return literal(unit, node);
	case SQL_CAST: return cast(unit, node);
	case SQL_CALL:
	case SQL_OPERATOR: return call(unit, node);
	case SQL_AND: return boolean_list(unit, node, eval_and, "AND");
	case SQL_OR: return boolean_list(unit, node, eval_or, "OR");
	case SQL_NOT: return boolean_list(unit, node, eval_not, "NOT");
	case SQL_IS_NULL: return is_null(unit, node);
	case SQL_IS_BOOL: return is_bool(unit, node);
	case SQL_DISTINCT: return two_sides(unit, node, eval_distinct);
	case SQL_NULLIF: return two_sides(unit, node, eval_nullif);
	case SQL_IN: return in_list(unit, node);
	case SQL_BETWEEN: return between(unit, node);
	case SQL_CASE: return case_when(unit, node);
	case SQL_COALESCE: return common_list(unit, node, "COALESCE", eval_coalesce, NULL);
	case SQL_ARRAY: return compile_array(unit, node, TYPE_UNKNOWN, -1);
	case SQL_SUBSCRIPT: return compile_subscript(unit, node);
	case SQL_ANY: return compile_any(unit, node);
	case SQL_GREATEST: return common_list(unit, node, "GREATEST", eval_extreme, ">");
	case SQL_LEAST: return common_list(unit, node, "LEAST", eval_extreme, "<");
	}
	sql_fail(unit->source, node->at, unit->err, "this expression is not supported");
	return NULL;
}
