/*
 * node.h - the compiled expression, which compile.c makes and eval.c runs
 */
#ifndef EXPR_NODE_H
#define EXPR_NODE_H

#include "expr/eval.h"
#include "expr/function.h"
#include "expr/parse.h"

typedef int expr_eval_fn(const struct expr *e, struct expr_frame *frame, struct value *out);

/* Of x[…]: how many subscripts, and which of their bounds are there, as in struct sql_node. */
struct expr_subscripts {
	int n;
	unsigned bounds;
	unsigned colons;
};

struct expr_memo;   /* fast.h */
struct expr_switch; /* fast.h */

/* Of optimize.c. */
struct expr_graph {
	struct expr *same; /* the node that stands for it; NULL: not looked at yet */
	struct expr *next; /* with the same hash */
	struct expr *memo;
	unsigned uses;
	bool local; /* reads what changes within a row */
	bool done;
};

/*
 * values has room for nargs; evaluators keep their arguments there.  A slot is
 * where CASE keeps its operand for the comparisons below it, and IN its left
 * side.
 */
struct expr {
	expr_eval_fn *eval;
	enum value_type type;
	int32_t typmod;
	size_t at; /* in the source */
	int nargs;
	struct expr **args;
	struct value *values;
	struct value *slot;
	struct value constant; /* of eval_constant */
	size_t column;         /* of eval_column */
	size_t row;            /* which of the frame's rows */
	struct call_site site; /* of calls; of nullif and their like, the operator */
	const struct cast *cast;
	struct expr_subscripts *subscripts;
	enum sql_bool_test test;
	bool negated;
	struct expr *next_call; /* those with something to release */
	struct expr_memo *memo;
	struct expr_switch *switches; /* of CASE, in the order of its conditions */
	uint32_t varying;             /* bits of the arguments that are no constants; fast.h */
	struct expr_graph graph;
};

expr_eval_fn eval_column, eval_constant, eval_slot, eval_call, eval_strict_call,
	eval_first_null_call, eval_reversed_call, eval_cast, eval_output, eval_and, eval_or,
	eval_not, eval_is_null, eval_is_bool, eval_distinct, eval_in, eval_case, eval_coalesce,
	eval_nullif, eval_extreme;

#endif
