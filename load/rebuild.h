/*
 * rebuild.h - make the indexes and constraints again that were deferred
 *
 * Each is one transaction, which also takes its row out of caravan.deferred,
 * so whatever interrupts it, what is left can be done by the next run.
 */
#ifndef LOAD_REBUILD_H
#define LOAD_REBUILD_H

#include <stdint.h>

#include "error.h"
#include "load/deferred.h"

struct rebuild_options {
	const char *rejects; /* file for the rows that are in the way, or NULL */
	void (*warn)(void *arg, const char *message); /* what cannot be made, and why */
	void (*report_reject)(void *arg, const char *message); /* each row in its way */
	void *arg;
};

/*
 * All that is deferred for the table; *rebuilt and *left are how many were
 * made, and how many could not be.  Those are ERROR_BUDGET when it is for
 * the rows; the rows stay in the table.  Others are made nevertheless.
 * Not in a transaction.
 */
int rebuild_all(const struct rebuild_options *options, struct deferred *d, uint64_t *rebuilt,
	uint64_t *left, struct error *err);

#endif
