/*
 * are_tree.h - which part of a regular expression matches what
 *
 * PCRE2 takes the first match by its own order of trying; PostgreSQL takes the
 * longest (or shortest) match at the leftmost place, and then for each part of
 * the expression from the left the longest (or shortest) piece of it that the
 * rest allows.  So the expression is kept as a tree, as PostgreSQL's compiler
 * (regcomp.c) makes it: what must be told apart is a node, all else is one
 * plain piece of pattern.  Sources: manual, 9.7.3.5; regcomp.c and regexec.c,
 * version 15.
 */
#ifndef EXPR_ARE_TREE_H
#define EXPR_ARE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

enum are_flags {
	ARE_LONGER = 1,  /* prefers longer matches */
	ARE_SHORTER = 2, /* or shorter ones */
	ARE_MIXED = 4,   /* a mixed preference is within */
	ARE_CAPTURES = 8,
};

enum are_op { ARE_PLAIN, ARE_CONCAT, ARE_ALTERNATIVES, ARE_ITERATION, ARE_GROUP };

enum { ARE_INFINITE = -1 };

/*
 * start and end are offsets in the translated pattern.  A plain piece may stand
 * for its pattern repeated min to max times; an iteration is its child 0 to max
 * times.
 */
struct are_node {
	enum are_op op;
	unsigned flags;
	int group; /* the number of the group that it is, or 0 */
	size_t start, end;
	bool repeated;
	int min, max;
	struct are_node *child, *sibling;
	void *code; /* whoever matches with it keeps its own here */
};

/* A quantified atom of a branch, in a list. */
struct are_item {
	struct are_item *next;
	size_t start, atom_end, end; /* atom_end: before the quantifier */
	bool capturing;              /* it is a group that captures */
	struct are_node *node;       /* of a group; NULL: one character */
	unsigned prefers;            /* the quantifier's ARE_LONGER or ARE_SHORTER, or 0 */
	int min, max;
};

/* A plain node, or NULL for want of memory. */
struct are_node *are_node_new(struct arena *arena, size_t start, size_t end);

/* The tree of a branch from start to end; NULL for want of memory, or of too many parts. */
struct are_node *are_branch(
	struct arena *arena, const struct are_item *items, size_t start, size_t end);

/* Of branches, linked by sibling: the branch itself where it is one. */
struct are_node *are_alternatives(
	struct arena *arena, struct are_node *branches, size_t start, size_t end);

/* The node of a group that captures. */
struct are_node *are_group(struct arena *arena, struct are_node *node, int group);

#endif
