/*
 * compile.h - from the tree of a mapping to expressions that run
 *
 * Names are looked up, types resolved as PostgreSQL does (resolve.h), constant
 * parts evaluated once.  A literal that its type does not take is an error
 * here; another constant part that fails (1/0) fails for each row that reaches
 * it.  PostgreSQL would refuse the statement: a row that does not reach it has
 * a result here and none there.
 */
#ifndef EXPR_COMPILE_H
#define EXPR_COMPILE_H

#include "expr/eval.h"
#include "expr/parse.h"

/*
 * What is joined to the input: its columns, and where the values of its
 * present row are while expressions run.  All is borrowed.
 */
struct expr_relation {
	const char *name; /* what columns may be qualified with */
	size_t ncolumns;
	const struct csv_field *columns; /* their names; utf-8, not NUL-terminated */
	const enum value_type *types;    /* NULL: all text */
	struct value *values;
	const bool *merged; /* NULL, or: found by their qualified names only, for USING */
};

/*
 * The columns an expression may read.  Those of the input are all text, and
 * come from the frame.  Relations are counted from 0, the input; joined[0] is
 * relation 1.  All is borrowed; what is visible may change between two calls
 * of expr_compile.
 */
struct expr_scope {
	const char *table; /* the input's name */
	size_t ncolumns;
	const struct csv_field *columns;
	size_t njoined;
	const struct expr_relation *joined;
	size_t visible; /* relations before this one cannot be named */
};

enum scope_found {
	SCOPE_FOUND,
	SCOPE_NO_COLUMN,
	SCOPE_NO_TABLE,
	SCOPE_HIDDEN, /* the table is there, but not visible from here */
	SCOPE_AMBIGUOUS,
};

/* Which column a name means; qualifier may be NULL. */
enum scope_found expr_scope_resolve(const struct expr_scope *scope, const char *qualifier,
	const char *name, size_t *relation, size_t *column);

/* Owns compiled expressions, their constants, and what their calls prepared. */
struct expr_unit;

/* Both are borrowed.  NULL for want of memory. */
struct expr_unit *expr_unit_new(
	struct sql_source *source, const struct expr_scope *scope, struct error *err);

/*
 * What now() and its like are in the expressions compiled after it, instead of
 * the moment the unit was made.  Text as timestamptz reads it, but not infinity.
 */
int expr_unit_set_now(struct expr_unit *unit, const char *text, struct error *err);

/* Any type; an unknown literal becomes text.  The unit owns the result.  NULL: *err is filled. */
struct expr *expr_compile(
	struct expr_unit *unit, const struct sql_node *node, struct error *err);

/* The same, of type boolean; clause ("WHERE") is what an error says it is an argument of. */
struct expr *expr_compile_condition(struct expr_unit *unit, const struct sql_node *node,
	const char *clause, struct error *err);

/*
 * e as its text, by PostgreSQL's output function: what is written of it.  e
 * itself where that is its value, and may be given to expr_column.
 */
struct expr *expr_compile_output(struct expr_unit *unit, struct expr *e, struct error *err);

/* The index of a column of the input, or -1. */
int expr_scope_find(const struct expr_scope *scope, const char *name);

/* Takes NULL. */
void expr_unit_free(struct expr_unit *unit);

#endif
