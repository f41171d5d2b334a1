/*
 * compiler.h - compile.c's own: what the kinds of node are built from
 */
#ifndef EXPR_COMPILER_H
#define EXPR_COMPILER_H

#include "expr/compile.h"
#include "expr/node.h"
#include "expr/resolve.h"

struct expr_unit {
	struct arena arena;
	struct arena scratch; /* what folding needs and throws away */
	struct sql_source *source;
	const struct expr_scope *scope;
	struct expr *calls;              /* those with something to release */
	const struct sql_node *set_node; /* the call of FROM that may make rows */
	bool set_call;                   /* it is just being resolved */
	int64_t now;                     /* of now(): as of a timestamptz */
	struct error *err;
};

/* All of these return NULL, or -1, with unit->err filled. */

struct expr *compile_node(struct expr_unit *unit, const struct sql_node *node);

/* A node without arguments yet. */
struct expr *compile_new(
	struct expr_unit *unit, expr_eval_fn *eval, enum value_type type, int nargs, size_t at);

/*
 * e as a value of another type.  CAST_IMPLICIT fails where PostgreSQL has no
 * implicit cast.  A literal is read as the type at once.
 */
struct expr *compile_coerce(struct expr_unit *unit, struct expr *e, enum value_type type,
	int32_t typmod, enum cast_context context, size_t at);

/* A column of the scope. */
struct expr *compile_column(struct expr_unit *unit, const struct sql_node *node);

/* compile_coerce, where one of the types is an array (compile_array.c). */
struct expr *compile_array_cast(struct expr_unit *unit, struct expr *e, enum value_type type,
	int32_t typmod, enum cast_context context, size_t at);

/* ARRAY[…], x[…], and = ANY (…); element is what a cast around ARRAY wants, or unknown. */
struct expr *compile_array(struct expr_unit *unit, const struct sql_node *node,
	enum value_type element, int32_t typmod);
struct expr *compile_subscript(struct expr_unit *unit, const struct sql_node *node);
struct expr *compile_any(struct expr_unit *unit, const struct sql_node *node);

/* e must be boolean or a literal that is one. */
struct expr *compile_boolean(struct expr_unit *unit, struct expr *e, const char *clause);

/* A function or (by compile_operator) an operator of compiled arguments. */
struct expr *compile_call(
	struct expr_unit *unit, const char *name, struct expr **args, int nargs, size_t at);
struct expr *compile_operator(
	struct expr_unit *unit, const char *name, struct expr **args, int nargs, size_t at);

/*
 * For nodes that keep an operator (nullif, IN …): resolve it for the types of
 * args[0] and args[1], coerce these, and set e->site, whose result must be
 * boolean.
 */
int compile_site(struct expr_unit *unit, struct expr *e, const char *name, struct expr **args,
	size_t at);

/* If all arguments are constant, the constant that e gives; else, or when it fails, e. */
struct expr *compile_fold(struct expr_unit *unit, struct expr *e);

/* The common type of args, all of them coerced to it.  what: "CASE", "COALESCE". */
int compile_common(struct expr_unit *unit, const char *what, struct expr **args, int nargs,
	enum value_type *type, int32_t *typmod);

/* What the clock says, as a timestamptz. */
int64_t compile_clock(void);

/* Whether name(…) is now() or one of its like, and what that is (compile_now.c). */
bool compile_is_moment(const char *name, int nargs);
struct expr *compile_moment(
	struct expr_unit *unit, const char *name, struct expr **args, int nargs, size_t at);

/* The day's beginning, as a timestamp or timestamptz: from there age(x) counts. */
struct expr *compile_midnight(struct expr_unit *unit, enum value_type type, size_t at);

static inline bool
compile_is_constant(const struct expr *e)
{
	return e->eval == eval_constant;
}

#endif
