/*
 * hash.h - equality of two expressions, and hashes that agree with it
 */
#ifndef EXPR_HASH_H
#define EXPR_HASH_H

#include "expr/compile.h"

/*
 * a = b, whose side `outer` can be evaluated apart, into a slot that the
 * condition then reads.  sides[] is NULL where the two cannot be hashed alike:
 * the condition stands for itself.
 */
struct expr_equality {
	struct expr *condition;
	struct expr *sides[2];
	enum value_type type; /* of both, for value_hash */
	struct value *slot;
};

/* node is a = b.  0, or -1 with *err filled. */
int expr_compile_equality(struct expr_unit *unit, const struct sql_node *node, int outer,
	struct expr_equality *equality, struct error *err);

/* Equal values have equal hashes; v is not NULL.  -1: ctx->error is filled. */
int value_hash(
	struct eval_context *ctx, enum value_type type, const struct value *v, uint64_t *hash);

#endif
