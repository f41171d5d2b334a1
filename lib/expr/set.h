/*
 * set.h - functions in FROM: several rows of one
 *
 * A function whose flags have FUNCTION_SET makes a struct value_set in the
 * record's arena (value.h), from which the rows come one by one.  Any other
 * function makes one row.
 */
#ifndef EXPR_SET_H
#define EXPR_SET_H

#include "expr/compile.h"

enum { SET_COLUMNS_MAX = 3 };

/* Two columns at most, and the ordinality. */
struct set_columns {
	size_t n;
	const char *names[SET_COLUMNS_MAX];
	enum value_type types[SET_COLUMNS_MAX]; /* known once it is compiled */
};

/*
 * The names of a function's columns, as PostgreSQL has them, into *columns: by
 * the alias, by the function's own, or as renamed.  Types are not touched.
 * -1: there are more new names than columns.
 */
int set_names(struct sql_source *source, const struct sql_from *from,
	struct set_columns *columns, struct error *err);

struct expr_set;

/* Owned by the unit; columns->types is filled.  NULL: *err is filled. */
struct expr_set *expr_compile_set(struct expr_unit *unit, const struct sql_from *from,
	struct set_columns *columns, struct error *err);

/* Begin with the frame's row.  0, or -1 with the frame's error filled. */
int expr_set_start(struct expr_set *set, struct expr_frame *frame);

/* 1 with the next row in values, 0 behind the last, -1 with the frame's error filled. */
int expr_set_next(struct expr_set *set, struct expr_frame *frame, struct value *values);

#endif
