/*
 * change_apply.h - groups of changes in transactions, and what becomes of those refused
 *
 * A change that refers to what is not there, or is referred to, may do so only
 * for now, as the source need not have kept the order.  It is tried again when
 * the others of its group are applied, and, within a transaction of the source
 * that is larger than a group, with those that follow; but not once a later change of the
 * same row is there.  What the end of the transaction does not help is rejected.
 */
#ifndef LOAD_CHANGE_APPLY_H
#define LOAD_CHANGE_APPLY_H

#include <stdbool.h>

#include "error.h"
#include "load/applier.h"
#include "load/change_group.h"
#include "load/change_table.h"
#include "load/sink.h"

/* Changes that are tried again, and why they were refused. */
struct change_waiting {
	struct change_group group;
	struct refusal *why; /* of each */
	size_t cap;
};

struct change_apply {
	struct applier applier;
	struct sink *sink; /* borrowed, as are the tables */
	struct change_table *tables;
	size_t ntables;
	bool begun; /* in a transaction of ours */
	bool dry_run;
	struct change_waiting waiting;
	const struct change_group *applying;
	size_t until;         /* the rows of it that are being applied */
	struct copied copied; /* since the last commit */
	uint64_t commits;
	/* asked before each commit, when its rejects are counted; set after init */
	int (*judge)(void *arg, struct error *err);
	void *arg;
};

/* The tables are open.  Release also after failure. */
int change_apply_init(struct change_apply *a, struct sink *sink, struct change_table *tables,
	size_t ntables, bool dry_run, struct error *err);

/* Apply the first n of a group, which are inside of a transaction of the source that goes on. */
int change_apply_some(
	struct change_apply *a, struct change_group *g, size_t n, struct error *err);

/*
 * Apply the first n of a group, which are whole transactions or the rest of the one
 * begun, and commit, with each table's position `complete`.  A group that was in the way
 * of another transaction is begun anew a few times.
 */
int change_apply_commit(
	struct change_apply *a, struct change_group *g, size_t n, struct error *err);

void change_apply_roll_back(struct change_apply *a);

void change_apply_release(struct change_apply *a);

#endif
