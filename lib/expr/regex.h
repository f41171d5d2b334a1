/*
 * regex.h - PostgreSQL's regular expressions, run by PCRE2
 *
 * Made once for a call; a pattern is compiled when it is another than the last
 * one, as patterns that come from the data tend to repeat.  Offsets are bytes.
 * Functions return -1 with ctx->error filled.
 */
#ifndef EXPR_REGEX_H
#define EXPR_REGEX_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "expr/are.h"
#include "expr/regex_simple.h"

enum { REGEX_GROUPS_MAX = 100 };
#define REGEX_UNSET SIZE_MAX

/* start is REGEX_UNSET where a group took no part. */
struct regex_span {
	size_t start, end;
};

struct regex {
	locale_t locale;
	unsigned options; /* of code */
	char *source;     /* of code: the pattern as given */
	size_t source_len;
	struct are_result are; /* with its pattern, if REGEX_SPANS */
	pcre2_code *code;      /* NULL: nothing compiled yet */
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	bool jit;
	struct arena trees;
	pcre2_match_data *ends; /* for DFAs */
	int *workspace;
	size_t workspace_len;
	struct regex_simple
		simple; /* of an operator's constant pattern, if it is one of these */
};

struct regex *regex_new(struct eval_context *ctx);

/* Compile, unless it is the last pattern with the same options. */
int regex_use(struct eval_context *ctx, struct regex *re, const struct text *pattern,
	unsigned options);

/* 1 or 0: whether it matches anywhere in t behind `from`. */
int regex_matches(
	struct eval_context *ctx, struct regex *re, const struct text *t, size_t from);

/*
 * 1 or 0: the leftmost match behind `from`, with its length and its groups as
 * PostgreSQL has them, into spans[0..REGEX_GROUPS_MAX], of which 0 is the whole.
 * Used with REGEX_SPANS.
 */
int regex_find(struct eval_context *ctx, struct regex *re, const struct text *t, size_t from,
	struct regex_span *spans);

/* regex_dissect.c: the match that begins at spans[0].start, in whole and by groups. */
int regex_dissect(struct eval_context *ctx, struct regex *re, const struct text *t,
	struct regex_span *spans);

/* A pattern's piece compiled for pcre2_dfa_match. */
int regex_compile_node(struct eval_context *ctx, struct regex *re, struct are_node *node);

/* Always -1: 54001. */
int regex_too_long(struct eval_context *ctx);

/* For function.release. */
void regex_release(void *prepared);

#endif
