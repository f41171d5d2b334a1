/*
 * deferred.h - indexes and constraints that are dropped for the time of a bulk load
 *
 * What is dropped is kept in caravan.deferred, by the transaction that drops
 * it, as the SQL that makes it again; see rebuild.h.
 *
 * Loaders of one table that defer are counted by a shared advisory lock of
 * their sessions, which the server gives up when one of them dies.  The first
 * drops, the others find nothing left to drop, and the last makes all again.
 * So each needs a connection of its own, not one from a pool that gives each
 * transaction another session.
 *
 * join, drop before the first row, and at the end leave.
 */
#ifndef LOAD_DEFERRED_H
#define LOAD_DEFERRED_H

#include <stdbool.h>

#include "error.h"
#include "load/target.h"

struct deferred {
	struct target *target; /* borrowed */
	const char *table;     /* "schema"."name", owned by the target's arena */
	int oid;               /* as an advisory lock takes it */
	bool dropped;          /* there is something to make again */
};

/*
 * Become one of the table's loaders; waits while its indexes are being made
 * again.  Not in a transaction, after the key of an upsert was chosen.
 * ERROR_USAGE where the table cannot be handled so, or the role may not.
 */
int deferred_join(struct deferred *d, struct target *t, struct error *err);

/*
 * Drop what can be dropped.  These stay: NOT NULL and CHECK, which cost
 * little; what something else depends on, a foreign key of another table or a
 * view; the key of an upsert; the identity of replicated rows; an index that
 * tells the largest value of a streamed sequence's column, which each commit
 * asks for; and what this role could not make again.
 * Not in a transaction.
 */
int deferred_drop(struct deferred *d, struct error *err);

/* 1: no other loader is left, and none can join until we are gone; 0: others are; -1. */
int deferred_leave(struct deferred *d, struct error *err);

/* Without having joined: wait until all loaders have left, and keep others from joining. */
int deferred_wait(struct deferred *d, struct target *t, void (*say)(void *arg, const char *),
	void *arg, struct error *err);

#endif
