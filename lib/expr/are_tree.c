/*
 * are_tree.c - see are_tree.h
 *
 * The rules for preferences are those of regcomp.c's COMBINE: the first of two
 * that has one decides, and two that differ make the whole mixed.
 */
#include <string.h>

#include "expr/are_tree.h"

enum { PARTS_MAX = 500 };

static unsigned
preference(unsigned f)
{
	return f & (ARE_LONGER | ARE_SHORTER);
}

/* What goes up from a part to the whole. */
static unsigned
up(unsigned f)
{
	unsigned mixed = preference(f) == (ARE_LONGER | ARE_SHORTER) ? ARE_MIXED : 0;

	return (f & (ARE_MIXED | ARE_CAPTURES)) | mixed;
}

static bool
messy(unsigned f)
{
	return (f & (ARE_MIXED | ARE_CAPTURES)) != 0;
}

static unsigned
combine(unsigned first, unsigned second)
{
	return up(first | second) |
	       (preference(first) ? preference(first) : preference(second));
}

struct are_node *
are_node_new(struct arena *arena, size_t start, size_t end)
{
	struct are_node *n = arena_alloc(arena, sizeof *n);

	if (n == NULL)
		return NULL;
	memset(n, 0, sizeof *n);
	n->start = start;
	n->end = end;
	return n;
}

/* start and end take in the parentheses that the nodes of groups leave out. */
static struct are_node *
concatenation(struct arena *arena, unsigned flags, struct are_node *left,
	struct are_node *right, size_t start, size_t end)
{
	struct are_node *n = are_node_new(arena, start, end);

	if (n == NULL)
		return NULL;
	n->op = ARE_CONCAT;
	n->flags = flags;
	n->child = left;
	left->sibling = right;
	return n;
}

/* x{min,max} of a group that captures, min at least 1: x{min-1,max-1}x, of which the last counts. */
static struct are_node *
repeated(struct arena *arena, const struct are_item *item, unsigned flags)
{
	struct are_node *before = are_node_new(arena, item->start, item->atom_end);

	if (before == NULL)
		return NULL;
	before->repeated = true;
	before->min = item->min - 1;
	before->max = item->max == ARE_INFINITE ? ARE_INFINITE : item->max - 1;
	before->flags = preference(flags);
	return concatenation(arena, flags, before, item->node, item->start, item->end);
}

/* An atom with its quantifier, where it cannot be part of a plain piece. */
static struct are_node *
quantified(struct arena *arena, const struct are_item *item)
{
	struct are_node *atom = item->node, *n;
	unsigned prefers = item->prefers, own, flags;

	if (atom == NULL)
		atom = are_node_new(arena, item->start, item->atom_end);
	if (atom == NULL)
		return NULL;
	own = atom->flags & (ARE_LONGER | ARE_SHORTER | ARE_MIXED);
	flags = combine(prefers, atom->flags);
	if (item->min == 1 && item->max == 1 && (prefers == 0 || own == 0 || prefers == own))
		return atom;
	if (!(atom->flags & ARE_CAPTURES)) {
		n = are_node_new(arena, item->start, item->end);
		if (n != NULL)
			n->flags = flags;
		return n;
	}
	if (item->min > 0)
		return repeated(arena, item, flags);
	n = are_node_new(arena, item->start, item->end);
	if (n == NULL)
		return NULL;
	n->op = ARE_ITERATION;
	n->flags = flags;
	n->max = item->max;
	n->child = atom;
	return n;
}

static struct are_node *
branch(struct arena *arena, const struct are_item *item, size_t start, size_t end, int parts)
{
	struct are_node *top = are_node_new(arena, start, start), *part, *rest;

	if (top == NULL || parts > PARTS_MAX)
		return NULL;
	for (; item != NULL; item = item->next) {
		unsigned own = item->node ? item->node->flags : 0;
		unsigned flags = top->flags | item->prefers | own;

		if (!item->capturing && !messy(up(flags))) {
			top->flags = flags;
			top->end = item->end;
			continue;
		}
		part = quantified(arena, item);
		if (part == NULL)
			return NULL;
		if (item->next != NULL) {
			rest = branch(arena, item->next, item->end, end, parts + 1);
			if (rest == NULL)
				return NULL;
			flags = combine(item->prefers, own);
			flags |= combine(flags, rest->flags);
			part = concatenation(arena, flags, part, rest, item->start, end);
		}
		if (part == NULL || top->end == top->start)
			return part;
		return concatenation(arena, top->flags | combine(top->flags, part->flags), top,
			part, start, end);
	}
	top->end = end;
	return top;
}

struct are_node *
are_branch(struct arena *arena, const struct are_item *items, size_t start, size_t end)
{
	return branch(arena, items, start, end, 0);
}

struct are_node *
are_alternatives(struct arena *arena, struct are_node *branches, size_t start, size_t end)
{
	struct are_node *n;

	if (branches->sibling == NULL)
		return branches;
	n = are_node_new(arena, start, end);
	if (n == NULL)
		return NULL;
	n->flags = ARE_LONGER;
	for (struct are_node *b = branches; b != NULL; b = b->sibling)
		n->flags |= up(n->flags | b->flags);
	if (messy(n->flags)) {
		n->op = ARE_ALTERNATIVES;
		n->child = branches;
	}
	return n;
}

struct are_node *
are_group(struct arena *arena, struct are_node *node, int group)
{
	struct are_node *n = node;

	if (node->group != 0) {
		n = are_node_new(arena, node->start, node->end);
		if (n == NULL)
			return NULL;
		n->op = ARE_GROUP;
		n->flags = node->flags;
		n->child = node;
	}
	n->flags |= ARE_CAPTURES;
	n->group = group;
	return n;
}
