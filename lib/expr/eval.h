/*
 * eval.h - run a compiled expression over a record
 *
 * An expression keeps the values of its arguments in itself, so it is run by
 * one thread at a time, and needs no memory but the record's arena, which
 * holds texts that functions make.
 */
#ifndef EXPR_EVAL_H
#define EXPR_EVAL_H

#include "csv/csv_reader.h"
#include "expr/value.h"

enum { FRAME_ROWS_MAX = 1 };

/*
 * rows[0] is the record's fields; of what is joined, the scope has the values.
 * row tells optimized expressions (optimize.h) one row from another.
 */
struct expr_frame {
	struct eval_context context;
	uint64_t row;
	const struct csv_field *rows[FRAME_ROWS_MAX];
};

struct expr;

/* 0 with *out, or -1 with frame->context.error filled. */
int expr_eval(const struct expr *e, struct expr_frame *frame, struct value *out);

/*
 * The text of a value as PostgreSQL puts it out: of true "t".  The bytes are
 * the value's own or in ctx->arena.  v must not be NULL.
 */
int expr_value_text(struct eval_context *ctx, enum value_type type, const struct value *v,
	struct text *text);

/* The type of a compiled expression and its modifier. */
enum value_type expr_type(const struct expr *e);
int32_t expr_typmod(const struct expr *e);

/* The column of rows[0] that it is without any change, or -1. */
int expr_column(const struct expr *e);

#endif
