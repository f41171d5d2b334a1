/*
 * compile.c - see compile.h: calls, coercion and folding; compile_node.c has
 * the kinds of node
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/array.h"
#include "expr/compiler.h"
#include "expr/types.h"

enum { TYPES_TEXT_MAX = 256 };

struct expr_unit *
expr_unit_new(struct sql_source *source, const struct expr_scope *scope, struct error *err)
{
	struct expr_unit *unit = malloc(sizeof *unit);

	if (unit == NULL) {
		error_nomem(err);
		return NULL;
	}
	memset(unit, 0, sizeof *unit);
	arena_init(&unit->arena);
	arena_init(&unit->scratch);
	unit->source = source;
	unit->scope = scope;
	unit->now = compile_clock();
	return unit;
}

void
expr_unit_free(struct expr_unit *unit)
{
	if (unit == NULL)
		return;
	for (struct expr *e = unit->calls; e != NULL; e = e->next_call)
		e->site.function->release(e->site.prepared);
	arena_release(&unit->arena);
	arena_release(&unit->scratch);
	free(unit);
}

struct expr *
compile_new(
	struct expr_unit *unit, expr_eval_fn *eval, enum value_type type, int nargs, size_t at)
{
	/* room for two values at least: operators of nullif and IN use them */
	size_t room = nargs < 2 ? 2 : (size_t)nargs;
	struct expr *e = arena_alloc(&unit->arena, sizeof *e);
	struct expr **args = arena_alloc(&unit->arena, room * sizeof(struct expr *));
	struct value *values = arena_alloc(&unit->arena, room * sizeof *values);

	if (e == NULL || args == NULL || values == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	memset(e, 0, sizeof *e);
	memset(values, 0, room * sizeof *values);
	e->eval = eval;
	e->type = type;
	e->typmod = -1;
	e->at = at;
	e->nargs = nargs;
	e->args = args;
	e->values = values;
	return e;
}

static struct expr *
new_constant(struct expr_unit *unit, enum value_type type, const struct value *v, size_t at)
{
	struct expr *e = compile_new(unit, eval_constant, type, 0, at);

	if (e != NULL)
		e->constant = *v;
	return e;
}

struct expr *
compile_fold(struct expr_unit *unit, struct expr *e)
{
	struct expr_error error;
	struct expr_frame frame = {.context = {&unit->arena, &error}};
	struct value v = {0};
	struct expr *c;

	for (int i = 0; i < e->nargs; i++) {
		if (!compile_is_constant(e->args[i]))
			return e;
	}
	if (e->site.function != NULL &&
		e->site.function->flags & (FUNCTION_VOLATILE | FUNCTION_SET))
		return e;
	if (e->eval(e, &frame, &v) < 0)
		return e;
	c = new_constant(unit, e->type, &v, e->at);
	if (c != NULL)
		c->typmod = e->typmod;
	return c;
}

/* A literal is read by the cast from text, now. */
static struct expr *
read_literal(struct expr_unit *unit, const struct expr *e, enum value_type type, int32_t typmod,
	size_t at)
{
	struct expr_error error;
	struct eval_context ctx = {&unit->arena, &error};
	struct value v = e->constant;
	const struct cast *cast;
	struct expr *c;

	if (!v.null && type_is_array(type)) {
		if (array_parse(&ctx, &e->constant.s, type, typmod, &v) < 0) {
			sql_fail(unit->source, e->at, unit->err, "%s", error.message);
			return NULL;
		}
	} else if (!v.null && (type != TYPE_TEXT || typmod >= 0)) {
		struct value arg = e->constant;

		cast = resolve_cast(TYPE_TEXT, type, CAST_EXPLICIT);
		if (cast == NULL) {
			sql_fail(unit->source, at, unit->err,
				"cannot read a literal of type %s", type_name(type));
			return NULL;
		}
		if (cast->call(&ctx, &arg, typmod, &v) < 0) {
			sql_fail(unit->source, e->at, unit->err, "%s", error.message);
			return NULL;
		}
	}
	c = new_constant(unit, type, &v, e->at);
	if (c != NULL)
		c->typmod = typmod;
	return c;
}

/* What only changes the compiler's view of a value. */
static struct expr *
relabel(struct expr *e, enum value_type type)
{
	e->type = type;
	return e;
}

static struct expr *
apply_cast(struct expr_unit *unit, struct expr *e, const struct cast *cast, int32_t typmod,
	size_t at)
{
	struct expr *c = compile_new(unit, eval_cast, cast->to, 1, at);

	if (c == NULL)
		return NULL;
	c->args[0] = e;
	c->cast = cast;
	c->typmod = typmod;
	return compile_fold(unit, c);
}

static bool
is_text(enum value_type type)
{
	return type == TYPE_TEXT || type == TYPE_BPCHAR;
}

struct expr *
compile_coerce(struct expr_unit *unit, struct expr *e, enum value_type type, int32_t typmod,
	enum cast_context context, size_t at)
{
	const struct cast *cast;

	if (e->type == TYPE_UNKNOWN)
		return compile_is_constant(e) ? read_literal(unit, e, type, typmod, at)
					      : relabel(e, type);
	if (e->type == type && typmod < 0)
		return e;
	if (type_is_array(e->type) || type_is_array(type))
		return compile_array_cast(unit, e, type, typmod, context, at);
	/* to varchar(n) and char(n) the way is by text, then cut to the length */
	if (is_text(type) && e->type != type && (typmod >= 0 || e->type != TYPE_TEXT) &&
		!(type == TYPE_TEXT && typmod < 0)) {
		e = compile_coerce(unit, e, TYPE_TEXT, -1, context, at);
		if (e == NULL)
			return NULL;
	}
	cast = resolve_cast(e->type, type, context);
	/* what reads text reads char(n) with its padding */
	if (cast == NULL && e->type == TYPE_BPCHAR && context == CAST_EXPLICIT) {
		e = relabel(e, TYPE_TEXT);
		cast = resolve_cast(TYPE_TEXT, type, context);
	}
	if (cast == NULL) {
		sql_fail(unit->source, at, unit->err, "cannot cast type %s to %s",
			type_name(e->type), type_name(type));
		return NULL;
	}
	return apply_cast(unit, e, cast, typmod, at);
}

struct expr *
compile_boolean(struct expr_unit *unit, struct expr *e, const char *clause)
{
	if (e == NULL)
		return NULL;
	if (e->type != TYPE_BOOL && e->type != TYPE_UNKNOWN) {
		sql_fail(unit->source, e->at, unit->err,
			"argument of %s must be type boolean, not type %s", clause,
			type_name(e->type));
		return NULL;
	}
	return compile_coerce(unit, e, TYPE_BOOL, -1, CAST_IMPLICIT, e->at);
}

/* "text, integer", for messages. */
static const char *
list_types(const enum value_type *types, int n, const char *separator, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < n && used < size; i++) {
		int k = snprintf(buf + used, size - used, "%s%s", i ? separator : "",
			type_name(types[i]));

		used += k > 0 ? (size_t)k : 0;
	}
	return buf;
}

static bool
is_aggregate(const char *name)
{
	static const char *const names[] = {"count", "sum", "avg", "min", "max", "array_agg",
		"string_agg", "json_agg", "jsonb_agg", "jsonb_object_agg", "bool_and",
		"bool_or", "every", "row_number", "rank", "lag", "lead", NULL};

	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static int
fail_function(struct expr_unit *unit, enum resolved why, const char *name,
	const enum value_type *types, int nargs, size_t at)
{
	char list[TYPES_TEXT_MAX];
	const char *near;

	list_types(types, nargs, ", ", list, sizeof list);
	if (why == RESOLVED_AMBIGUOUS)
		return sql_fail(unit->source, at, unit->err, "function %s(%s) is not unique",
			name, list);
	if (why == RESOLVED_NO_MATCH)
		return sql_fail(unit->source, at, unit->err,
			"function %s(%s) does not exist, but does with other arguments: add a "
			"cast",
			name, list);
	if (is_aggregate(name))
		return sql_fail(unit->source, at, unit->err,
			"%s() is not supported: a mapping has one row at a time", name);
	near = resolve_nearest(name);
	if (near != NULL)
		return sql_fail(unit->source, at, unit->err,
			"function %s(%s) does not exist, did you mean \"%s\"?", name, list,
			near);
	return sql_fail(
		unit->source, at, unit->err, "function %s(%s) does not exist", name, list);
}

static int
fail_operator(struct expr_unit *unit, enum resolved why, const char *name,
	const enum value_type *types, int nargs, size_t at)
{
	const char *problem = why == RESOLVED_AMBIGUOUS ? "is not unique" : "does not exist";

	if (nargs == 1)
		return sql_fail(unit->source, at, unit->err, "operator %s: %s %s", problem,
			name, type_name(types[0]));
	if (why == RESOLVED_AMBIGUOUS)
		return sql_fail(unit->source, at, unit->err, "operator is not unique: %s %s %s",
			type_name(types[0]), name, type_name(types[1]));
	return sql_fail(unit->source, at, unit->err, "operator does not exist: %s %s %s%s",
		type_name(types[0]), name, type_name(types[1]),
		types[0] == TYPE_TEXT || types[1] == TYPE_TEXT
			? "; columns are text, so that a cast may be missing"
			: "");
}

/* To text by what the output function gives. */
static struct expr *
output_text(struct expr_unit *unit, struct expr *e)
{
	struct expr *c = compile_new(unit, eval_output, TYPE_TEXT, 1, e->at);

	if (c == NULL)
		return NULL;
	c->args[0] = e;
	/* for the others expr_value_text is asked: their cast to text gives something else */
	if (e->type != TYPE_BOOL && e->type != TYPE_JSONB && e->type != TYPE_BPCHAR &&
		e->type != TYPE_INET && e->type != TYPE_CIDR && !type_is_array(e->type))
		c->cast = resolve_cast(e->type, TYPE_TEXT, CAST_EXPLICIT);
	return compile_fold(unit, c);
}

/* One argument as the function declares it. */
static struct expr *
coerce_argument(
	struct expr_unit *unit, const struct function *f, struct expr *e, enum value_type type)
{
	if (type != TYPE_ANY)
		return compile_coerce(unit, e, type, -1, CAST_IMPLICIT, e->at);
	if (e->type == TYPE_UNKNOWN)
		return compile_coerce(unit, e, TYPE_TEXT, -1, CAST_IMPLICIT, e->at);
	if (e->type == TYPE_TEXT)
		return e;
	if (f->flags & FUNCTION_CAST_TEXT)
		return compile_coerce(unit, e, TYPE_TEXT, -1, CAST_EXPLICIT, e->at);
	if (f->flags & FUNCTION_OUTPUT_TEXT)
		return output_text(unit, e);
	/* functions of any type do not know char(n): its text, with the padding, is its value */
	if (e->type == TYPE_BPCHAR)
		return relabel(e, TYPE_TEXT);
	return e;
}

/* What PostgreSQL would call, and we have not: nothing else may stand in for it. */
static int
fail_refused(struct expr_unit *unit, const struct function *f, size_t at)
{
	char list[TYPES_TEXT_MAX];

	list_types(f->args, f->nargs, ", ", list, sizeof list);
	return sql_fail(unit->source, at, unit->err, "%s(%s) is not supported in a mapping",
		f->name, list);
}

static int
fail_set(struct expr_unit *unit, const struct function *f, size_t at)
{
	return sql_fail(unit->source, at, unit->err,
		"%s() makes several rows and is not supported here: put it into FROM, as in "
		"FROM t, LATERAL %s(…) AS x(y)",
		f->name, f->name);
}

/* What a call of arrays has as elements; types is room for the arguments' types. */
static int
element_of(struct expr_unit *unit, const struct function *f, struct expr **args, int nargs,
	enum value_type *types, enum value_type *element, size_t at)
{
	bool pseudo = type_is_pseudo(f->result) && f->result != TYPE_ANY, arrays = false;

	for (int i = 0; i < nargs; i++) {
		enum value_type declared = resolve_argument(f, i, nargs);

		types[i] = args[i]->type;
		arrays |= declared == TYPE_ANYARRAY || declared == TYPE_ANYCOMPATIBLEARRAY;
		pseudo |= type_is_pseudo(declared) && declared != TYPE_ANY;
	}
	resolve_element(f, types, nargs, element);
	if (pseudo && *element == TYPE_UNKNOWN)
		return sql_fail(unit->source, at, unit->err,
			"could not determine polymorphic type because input has type unknown");
	if (arrays && type_is_array(*element))
		return sql_fail(unit->source, at, unit->err,
			"could not find array type for data type %s", type_name(*element));
	return 0;
}

/* Arguments coerced into e->args, the site filled, constants prepared. */
static int
set_site(struct expr_unit *unit, struct expr *e, const struct function *f, struct expr **args,
	int nargs)
{
	struct expr_error error;
	struct eval_context ctx = {&unit->arena, &error};
	enum value_type *types = arena_alloc(&unit->arena, ((size_t)nargs + 1) * sizeof *types);
	const struct value **constants =
		arena_alloc(&unit->arena, ((size_t)nargs + 1) * sizeof(const struct value *));
	enum value_type element;

	if (types == NULL || constants == NULL)
		return error_nomem(unit->err);
	if (f->flags & FUNCTION_REFUSED)
		return fail_refused(unit, f, e->at);
	if (f->flags & FUNCTION_SET && !unit->set_call)
		return fail_set(unit, f, e->at);
	if (element_of(unit, f, args, nargs, types, &element, e->at) < 0)
		return -1;
	for (int i = 0; i < nargs; i++) {
		args[i] = coerce_argument(unit, f, args[i],
			resolve_pseudo(resolve_argument(f, i, nargs), element));
		if (args[i] == NULL)
			return -1;
		types[i] = args[i]->type;
		constants[i] = compile_is_constant(args[i]) ? &args[i]->constant : NULL;
	}
	e->site = (struct call_site){.function = f, .nargs = nargs, .types = types};
	if (f->prepare == NULL)
		return 0;
	if (f->prepare(&ctx, &e->site, constants) < 0)
		return sql_fail(unit->source, e->at, unit->err, "%s", error.message);
	if (f->release != NULL && e->site.prepared != NULL) {
		e->next_call = unit->calls;
		unit->calls = e;
	}
	return 0;
}

/* Of a function of arrays, by its arguments as they were coerced. */
static enum value_type
result_type(const struct function *f, const enum value_type *types, int nargs)
{
	enum value_type element;

	resolve_element(f, types, nargs, &element);
	return resolve_pseudo(f->result, element);
}

static expr_eval_fn *
evaluator(const struct function *f)
{
	if (f->flags & FUNCTION_REVERSED)
		return eval_reversed_call;
	return f->flags & FUNCTION_STRICT ? eval_strict_call : eval_call;
}

static struct expr *
build_call(struct expr_unit *unit, const struct function *f, struct expr **args, int nargs,
	size_t at)
{
	struct expr *e = compile_new(unit, evaluator(f),
		f->flags & FUNCTION_ANY_RESULT ? TYPE_UNKNOWN : f->result, nargs, at);

	if (e == NULL || set_site(unit, e, f, args, nargs) < 0)
		return NULL;
	if (type_is_pseudo(f->result))
		e->type = result_type(f, e->site.types, nargs);
	memcpy(e->args, args, (size_t)nargs * sizeof(struct expr *));
	/* as in PostgreSQL: nothing else of it is evaluated, and nothing can fail */
	for (int i = 0; f->flags & FUNCTION_STRICT && !(f->flags & FUNCTION_SET) && i < nargs;
		i++) {
		if (compile_is_constant(args[i]) && args[i]->constant.null)
			return new_constant(unit, e->type, &args[i]->constant, at);
	}
	return compile_fold(unit, e);
}

static enum value_type *
types_of(struct expr_unit *unit, struct expr **args, int nargs)
{
	enum value_type *types = arena_alloc(&unit->arena, ((size_t)nargs + 1) * sizeof *types);

	if (types == NULL) {
		error_nomem(unit->err);
		return NULL;
	}
	for (int i = 0; i < nargs; i++)
		types[i] = args[i]->type;
	return types;
}

struct expr *
compile_call(struct expr_unit *unit, const char *name, struct expr **args, int nargs, size_t at)
{
	enum value_type *types = types_of(unit, args, nargs), target;
	const struct function *f;
	enum resolved r;

	if (types == NULL)
		return NULL;
	if (compile_is_moment(name, nargs))
		return compile_moment(unit, name, args, nargs, at);
	r = resolve_function(name, types, nargs, &f);
	if (r == RESOLVED && nargs == 1 && strcmp(f->name, "age") == 0) {
		struct expr *both[] = {compile_midnight(unit, f->args[0], at), args[0]};

		return both[0] ? compile_call(unit, name, both, 2, at) : NULL;
	}
	if (r == RESOLVED)
		return build_call(unit, f, args, nargs, at);
	/* a type's name as a function of one argument is a cast: date(x) */
	if (nargs == 1 && r != RESOLVED_AMBIGUOUS && type_find(name, &target) &&
		(types[0] == TYPE_UNKNOWN || (type_is_array(types[0]) && target == TYPE_TEXT) ||
			resolve_cast(types[0], target, CAST_EXPLICIT) != NULL))
		return compile_coerce(unit, args[0], target, -1, CAST_EXPLICIT, at);
	fail_function(unit, r, name, types, nargs, at);
	return NULL;
}

struct expr *
compile_operator(
	struct expr_unit *unit, const char *name, struct expr **args, int nargs, size_t at)
{
	enum value_type *types = types_of(unit, args, nargs);
	const struct function *f;
	enum resolved r;

	if (types == NULL)
		return NULL;
	r = resolve_operator(name, types, nargs, &f);
	if (r == RESOLVED)
		return build_call(unit, f, args, nargs, at);
	fail_operator(unit, r, name, types, nargs, at);
	return NULL;
}

int
compile_site(
	struct expr_unit *unit, struct expr *e, const char *name, struct expr **args, size_t at)
{
	enum value_type *types = types_of(unit, args, 2);
	const struct function *f;
	enum resolved r;

	if (types == NULL)
		return -1;
	r = resolve_operator(name, types, 2, &f);
	if (r == RESOLVED && f->result != TYPE_BOOL)
		r = RESOLVED_NO_MATCH;
	if (r != RESOLVED)
		return fail_operator(unit, r, name, types, 2, at);
	return set_site(unit, e, f, args, 2);
}

int
compile_common(struct expr_unit *unit, const char *what, struct expr **args, int nargs,
	enum value_type *type, int32_t *typmod)
{
	enum value_type *types = types_of(unit, args, nargs), left, right;

	if (types == NULL)
		return -1;
	if (!resolve_common_type(types, nargs, type, &left, &right))
		return sql_fail(unit->source, args[0]->at, unit->err,
			"%s types %s and %s cannot be matched", what, type_name(left),
			type_name(right));
	*typmod = args[0]->typmod;
	for (int i = 0; i < nargs; i++) {
		if (args[i]->type != *type || args[i]->typmod != *typmod)
			*typmod = -1;
		args[i] = compile_coerce(unit, args[i], *type, -1, CAST_IMPLICIT, args[i]->at);
		if (args[i] == NULL)
			return -1;
	}
	return 0;
}

struct expr *
expr_compile(struct expr_unit *unit, const struct sql_node *node, struct error *err)
{
	struct expr *e;

	unit->err = err;
	e = compile_node(unit, node);
	if (e != NULL && e->type == TYPE_UNKNOWN)
		e = compile_coerce(unit, e, TYPE_TEXT, -1, CAST_IMPLICIT, e->at);
	return e;
}

struct expr *
expr_compile_output(struct expr_unit *unit, struct expr *e, struct error *err)
{
	unit->err = err;
	return e->type == TYPE_TEXT ? e : output_text(unit, e);
}

struct expr *
expr_compile_condition(struct expr_unit *unit, const struct sql_node *node, const char *clause,
	struct error *err)
{
	unit->err = err;
	return compile_boolean(unit, compile_node(unit, node), clause);
}
