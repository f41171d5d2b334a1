/*
 * number.h - reading, printing and converting numbers, shared by the families of types
 *
 * Text in and out, SQLSTATEs and messages are PostgreSQL 15's.  Functions that
 * take a context return 0, or -1 with ctx->error filled; what they allocate
 * lies in ctx->arena.  LC_NUMERIC must be "C", which is what a program has
 * that never calls setlocale.
 */
#ifndef EXPR_NUMBER_H
#define EXPR_NUMBER_H

#include "expr/function.h"
#include "expr/value.h"

enum {
	INT_PRINT_MAX = 20,    /* bytes of the longest bigint */
	FLOAT8_PRINT_MAX = 24, /* -1.2345678901234567e-308 */
	NUMERIC_SCALE_MAX = 16383,
	NUMERIC_PRECISION_MAX = 1000, /* of a declared numeric(p, s) */
};

/* Is c white space to PostgreSQL's input functions (C locale isspace)? */
static inline bool
space_is(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* A length as printf's %.*s takes it; messages are cut long before this matters. */
static inline int
shown(size_t len)
{
	return len > 4096 ? 4096 : (int)len;
}

/* Put a copy of len bytes of buf into *result. */
int text_result(struct eval_context *ctx, const char *buf, size_t len, struct value *result);

/* type is TYPE_INT2, TYPE_INT4 or TYPE_INT8.  22P02, 22003. */
int int_parse(struct eval_context *ctx, struct text s, enum value_type type, int64_t *result);

/* v as it stands, or 22003 `integer out of range` for the name of type. */
int int_check(struct eval_context *ctx, int64_t v, enum value_type type, int64_t *result);

/* Decimal digits without a NUL; returns their number. */
size_t int_print(int64_t v, char buf[static INT_PRINT_MAX]);

/* 22P02, 22003. */
int float8_parse(struct eval_context *ctx, struct text s, double *result);

/* The shortest text that reads back as v, without a NUL; returns its length. */
size_t float8_print(double v, char buf[static FLOAT8_PRINT_MAX]);

/* The same of a real: a double that is a float's value. */
int float4_parse(struct eval_context *ctx, struct text s, double *result);
size_t float4_print(double v, char buf[static FLOAT8_PRINT_MAX]);

/* typmod as in function.h, or -1.  22P02, 22003. */
int numeric_parse(
	struct eval_context *ctx, struct text s, int32_t typmod, struct numeric *result);

/* PostgreSQL's text of *n, in the arena. */
int numeric_print(struct eval_context *ctx, const struct numeric *n, struct text *result);

int numeric_from_int(struct eval_context *ctx, int64_t v, struct numeric *result);

/* Rounded half away from zero to type; 22003, 0A000 for NaN and infinity. */
int numeric_to_int(struct eval_context *ctx, const struct numeric *n, enum value_type type,
	int64_t *result);

/* -1, 0 or 1; NaN equals itself and is greater than all else. */
int numeric_compare(
	struct eval_context *ctx, const struct numeric *a, const struct numeric *b, int *order);
int float8_compare(double a, double b);

#endif
