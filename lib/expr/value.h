/*
 * value.h - the values that expressions work on, and how a function of them fails
 *
 * A value is one machine struct whose type is known when the expression is
 * compiled, so it carries no tag.  Texts, numerics and jsonb point into memory
 * that somebody else owns: the record that was read, a constant of the
 * compiled expression, or the record's arena.  Nothing here is freed by itself.
 */
#ifndef EXPR_VALUE_H
#define EXPR_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

enum value_type {
	TYPE_UNKNOWN, /* a quoted literal or NULL before its type is resolved; a text at run time */
	TYPE_TEXT,
	TYPE_BOOL,
	TYPE_INT2,
	TYPE_INT4,
	TYPE_INT8,
	TYPE_NUMERIC,
	TYPE_FLOAT8,
	TYPE_DATE,
	TYPE_TIMESTAMP,
	TYPE_TIMESTAMPTZ,
	TYPE_INTERVAL,
	TYPE_JSONB,
	TYPE_BPCHAR, /* char(n), with its padding */
	TYPE_BYTEA,
	TYPE_UUID,
	TYPE_JSON,
	TYPE_FLOAT4,
	TYPE_TIME, /* of day, without a zone */
	TYPE_INET,
	TYPE_CIDR,
	TYPE_COUNT,

	/* TYPE_ARRAYS + t is the type of arrays of t: see TYPE_ARRAY */
	TYPE_ARRAYS = TYPE_COUNT,

	/*
	 * In tables of functions only, as in PostgreSQL: arrays of one type;
	 * an element of them; and both with implicit casts to a common type.
	 */
	TYPE_ANYARRAY = 2 * TYPE_COUNT,
	TYPE_ANYELEMENT,
	TYPE_ANYCOMPATIBLEARRAY,
	TYPE_ANYCOMPATIBLE,
	TYPE_ANY, /* what FUNCTION_ANY's arguments are declared as */
};

#define TYPE_ARRAY(t) ((enum value_type)(TYPE_ARRAYS + (t)))

static inline bool
type_is_array(enum value_type t)
{
	return t >= TYPE_ARRAYS && t < TYPE_ANYARRAY;
}

static inline bool
type_is_pseudo(enum value_type t)
{
	return t >= TYPE_ANYARRAY;
}

static inline enum value_type
type_element(enum value_type array)
{
	return (enum value_type)(array - TYPE_ARRAYS);
}

enum numeric_special { NUMERIC_FINITE, NUMERIC_NAN, NUMERIC_PLUS_INF, NUMERIC_MINUS_INF };

/*
 * An immutable decimal: the integer in limbs (GMP's mpn order, least limb
 * first, no leading zero limb), negative or not, divided by 10^scale.  scale
 * is PostgreSQL's display scale, 0..16383.  nlimbs is 0 for zero.
 */
struct numeric {
	const uint64_t *limbs;
	int32_t nlimbs;
	uint16_t scale;
	bool negative;
	uint8_t special; /* enum numeric_special */
};

struct text {
	const char *ptr;
	size_t len; /* bytes */
};

struct interval {
	int64_t usec;
	int32_t days;
	int32_t months;
};

struct array; /* array.h */
struct value_set;

struct value {
	union {
		bool b;
		int64_t i; /* int2, int4, int8 */
		double f;  /* float8; float4, whose values are among them */
		int64_t t; /* timestamp(tz): microseconds since 2000-01-01 00:00 (UTC);
				       INT64_MIN is -infinity, INT64_MAX infinity;
				       time: microseconds since midnight, to 24:00 */
		int64_t d; /* date: days since 2000-01-01; INT32_MIN and INT32_MAX likewise */
		struct interval iv;
		struct numeric n;
		struct text s; /* text; bytea; uuid, json, jsonb as PostgreSQL prints them;
				  inet, cidr: see inet.h */
		const struct array *a;
		struct value_set *set; /* what a set-returning function gives */
	};
	bool null;
};

/* Why an expression failed for a row: PostgreSQL's SQLSTATE and wording. */
struct expr_error {
	char sqlstate[6];
	char message[512];
};

/*
 * What a function gets beside its arguments.  The arena lives as long as the
 * record; results that are not part of an argument are allocated there.
 */
struct eval_context {
	struct arena *arena;
	struct expr_error *error;
};

/*
 * The rows of a set under way, the first member of a struct of the function's
 * own, in ctx->arena.  next fills a row of values, whose null is false before;
 * it returns 1, or 0 behind the last row, or -1 with ctx->error filled.  What
 * it allocates lives until the next row.
 */
struct value_set {
	int (*next)(struct eval_context *ctx, struct value_set *set, struct value *values);
};

/* Fill ctx->error; the message is cut to fit at a character's border.  Always returns -1. */
int eval_fail(struct eval_context *ctx, const char sqlstate[static 6], const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* SQLSTATE 53200, out of memory.  Always returns -1. */
int eval_nomem(struct eval_context *ctx);

#endif
