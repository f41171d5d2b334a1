/*
 * feed.h - records of one input go to the server, those it refuses to rejects
 *
 * start (in a transaction that the inserter knows), any number of records, then exactly one of
 * finish or abort; and again for the next input.  Records are sent while they
 * are read; memory holds one batch.
 *
 * A row that violates a foreign key of the table to itself, or a deferrable
 * constraint, may do so only for now: what it needs may come later.  Such rows
 * are tried again after the others: all at once where the server takes any
 * order, and if it refuses that, in rounds, for as long as a round loads any;
 * what is left then is rejected.
 */
#ifndef LOAD_FEED_H
#define LOAD_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "load/batch.h"
#include "load/inserter.h"
#include "load/later.h"
#include "load/target.h"
#include "rejects.h"
#include "shard/shard_reader.h"

/* What became of an input's records. */
struct tally {
	uint64_t read;
	uint64_t rejected;
	uint64_t taken;    /* by the server; the rest was left out by a trigger */
	uint64_t inserted; /* of those taken; what was neither inserted nor */
	uint64_t updated;  /* updated was there already, or came again later */
};

/* Private, but for the tally. */
struct feed {
	struct inserter *inserter;
	const struct target *target;
	struct rejects *rejects;
	const char *file;
	bool *is_key; /* of each stream column, for an upsert; else NULL */
	struct batch batch;
	size_t sent;      /* rows of the batch */
	size_t limit;     /* rows of a batch */
	uint64_t refused; /* rows, each time that they were */
	struct later later;
	struct tally tally;
};

/* All but f is borrowed.  Release also after failure. */
int feed_init(struct feed *f, struct inserter *inserter, const struct target *target,
	struct rejects *rejects, struct error *err);

/* file is borrowed until finish or abort. */
void feed_start(struct feed *f, const char *file);

/* One record, as the reader just gave it. */
int feed_record(struct feed *f, const struct shard_reader *reader,
	const struct csv_record *record, struct error *err);

/* All has been read: the tally is final. */
int feed_finish(struct feed *f, struct error *err);

/* The input failed; the transaction is to be rolled back. */
void feed_abort(struct feed *f);

void feed_release(struct feed *f);

#endif
