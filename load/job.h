/*
 * job.h - a whole load: files into one table
 *
 * Each file is one transaction, committed when the file was read to its end,
 * was found whole, and no more rows were rejected than may be.  With replace
 * and with dry_run all files are one transaction.
 *
 * Regular files are shards by the name that they were given with, and are
 * loaded once: see ledger.h.  Pipes have no name.
 */
#ifndef LOAD_JOB_H
#define LOAD_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "load/sink.h"
#include "rejects.h"
#include "shard/shard_reader.h"

enum job_mode { JOB_INSERT, JOB_UPSERT, JOB_REPLACE };

struct job_options {
	enum job_mode mode;
	const char *key; /* for upsert: names separated by commas; NULL: the primary key */
	bool dry_run;
	bool end_mark;   /* an input that does not say that it is whole is not loaded */
	bool no_ledger;  /* do not keep, nor ask, what is loaded */
	bool again;      /* load what the ledger has, too */
	bool no_analyze; /* do not gather the table's statistics */
	enum sink_defer defer;
	const char *rejects; /* file, or NULL */
	struct budget max_rejects;
	FILE *progress; /* or NULL */
	void (*report_reject)(void *arg, const char *message);
	void (*say)(void *arg, const char *message); /* what was done with each file */
	void *arg;
};

/*
 * Of all files.  read = loaded + rejected + filtered + undone + skipped; of
 * those loaded by an upsert, what was neither inserted nor updated was there already, or
 * was followed in its batch by a row of the same key.
 */
struct job_totals {
	uint64_t files;  /* loaded */
	uint64_t read;   /* records */
	uint64_t bytes;  /* of content read */
	uint64_t loaded; /* committed, or with dry_run would have been */
	uint64_t inserted;
	uint64_t updated;
	uint64_t rejected;
	uint64_t filtered; /* by a trigger of the table */
	uint64_t undone;   /* rolled back with their file */
	uint64_t skipped;  /* of files that were loaded before */
	uint64_t skipped_files;
	uint64_t hash; /* XXH3 of the last file's content */
	struct sink_rebuilt rebuilt;
};

/*
 * sink has just been opened, and is borrowed.  first is the reader of the first
 * input, and is closed.  npaths 0 reads standard input.  *totals is right also
 * after failure; what was committed before it stays.
 */
int job_run(const struct job_options *options, struct sink *sink, struct shard_reader *first,
	const char *const *paths, size_t npaths, struct job_totals *totals, struct error *err);

#endif
