/*
 * refused.c - functions that PostgreSQL has by the names of ours, and we have not
 *
 * Without an entry a call would find another function of the name, by an
 * implicit cast, and give something else in silence.  So they are known, take part in
 * resolution, and are refused.  An entry goes when its function comes.
 */
#include "expr/function.h"

#define REFUSED1(name, result, a)                                                              \
	{                                                                                      \
		name, result, 1, {a}, FUNCTION_REFUSED, NULL, NULL, NULL                       \
	}
#define REFUSED2(name, result, a, b)                                                           \
	{                                                                                      \
		name, result, 2, {a, b}, FUNCTION_REFUSED, NULL, NULL, NULL                    \
	}

const struct function refused_functions[] = {
	REFUSED1("isfinite", TYPE_BOOL, TYPE_INTERVAL),
	REFUSED1("age", TYPE_INTERVAL,
		TYPE_TIMESTAMP), /* compile_call makes two arguments of one */
	REFUSED1("age", TYPE_INTERVAL, TYPE_TIMESTAMPTZ),
	/* to time with time zone */
	REFUSED2("timezone", TYPE_TIME, TYPE_TEXT, TYPE_TIME),
	REFUSED2("timezone", TYPE_TIME, TYPE_INTERVAL, TYPE_TIME),
	REFUSED2("like_escape", TYPE_BYTEA, TYPE_BYTEA, TYPE_BYTEA),
	{0},
};
