/*
 * fast.h - kinds of node that optimize.c puts in the place of others
 */
#ifndef EXPR_FAST_H
#define EXPR_FAST_H

#include <string.h>

#include "expr/node.h"

/* What a node gave for the row of that number. */
struct expr_memo {
	uint64_t row;
	struct value value;
};

struct switch_key {
	struct text key;
	int branch; /* index of the result in CASE's arguments, which is never 0; 0: none is here */
};

/* A run of conditions of CASE, args[first], args[first + 2] … before args[end], as a table. */
struct expr_switch {
	struct expr *operand;
	int first, end;
	size_t mask; /* the number of keys less one */
	struct switch_key *keys;
	struct expr_switch *next;
};

expr_eval_fn eval_memo, eval_case_switch, eval_strict_varying, eval_strict_one,
	eval_strict_column, eval_cast_column, eval_in_text, eval_nullif_text;

/* By length and the bytes of both ends: keys are short, and few. */
static inline size_t
switch_hash(const struct text *key)
{
	uint64_t head = 0, tail = 0;

	if (key->len >= 8) {
		memcpy(&head, key->ptr, 8);
		memcpy(&tail, key->ptr + key->len - 8, 8);
	} else {
		for (size_t i = 0; i < key->len; i++)
			head = head << 8 | (unsigned char)key->ptr[i];
	}
	head = (head ^ key->len) * UINT64_C(0x9E3779B97F4A7C15);
	return (size_t)((head ^ tail * UINT64_C(0xC2B2AE3D27D4EB4F)) >> 40);
}

#endif
