/*
 * bulk.h - what is done around the files of a load
 *
 * Before the first row: indexes and constraints are deferred, if that was
 * asked for.  Behind the last: they are made again, by the last of several
 * loaders, and the table's statistics are gathered.
 *
 * join once the target is matched, drop before a file that is to be loaded,
 * and then finish or fail.
 */
#ifndef LOAD_BULK_H
#define LOAD_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "load/deferred.h"
#include "load/sink.h"

/* Private, but for its size. */
struct bulk {
	const struct sink_address *address; /* borrowed, as is the target */
	struct target *target;
	enum sink_defer defer;
	bool no_analyze;
	struct deferred deferred;
	bool joined;
	bool looked; /* and dropped what there was */
};

int bulk_join(struct bulk *b, const struct sink_address *address, const struct sink_plan *plan,
	struct target *t, struct error *err);

/* Not in a transaction.  Only the first call does something, and only where it was asked for. */
int bulk_drop(struct bulk *b, struct error *err);

/* All is committed; changed is how many rows that were. */
int bulk_finish(struct bulk *b, uint64_t changed, struct sink_rebuilt *done, struct error *err);

/* The load has failed: warn that indexes are missing, if they are. */
void bulk_fail(const struct bulk *b);

/* Without having joined: only make again what is deferred. */
int bulk_rebuild(const struct sink_address *address, struct target *t, const char *rejects,
	struct sink_rebuilt *done, struct error *err);

#endif
