/*
 * orphans.h - which rows of a batch refer to nothing, all of them by one query
 *
 * A COPY that violates a foreign key says so for one row.  So the batch goes
 * once more, into a temporary table without constraints, and a query finds
 * the rows that have no parent there nor in the table referred to, and those
 * that refer to such rows of their own batch.
 */
#ifndef LOAD_ORPHANS_H
#define LOAD_ORPHANS_H

#include "load/inserter.h"
#include "load/references.h"

struct copier;

/* Private.  All zero is a start; nothing is to be released. */
struct orphans {
	bool known;  /* refs is read */
	bool unable; /* it cannot be asked here; rows have to be found by halves */
	bool staged; /* rows have been added, and the savepoint stands */
	struct references refs;
};

/*
 * In a transaction with a refused COPY: tell found of each orphan among the
 * rows [from, to), in order.  Returns 1; 0 when there is none, and where it cannot be
 * told: where a trigger may change the rows, a foreign key has a column that
 * is not in the stream, or the role may not read the parents.  -1 on error.
 */
int orphans_find(struct orphans *o, struct copier *c, const struct batch *b, size_t from,
	size_t to, inserter_found *found, void *arg, struct error *err);

/*
 * The same for more rows than a batch, in two steps: add any number of them,
 * 1, or 0 where it cannot be told, or -1; then tell found of the orphans among
 * all, whose row is counted from 0 over those that were added.
 */
int orphans_add(struct orphans *o, struct copier *c, const struct batch *b, size_t from,
	size_t to, struct error *err);
int orphans_tell(struct orphans *o, struct copier *c, inserter_found *found, void *arg,
	struct error *err);

#endif
