/*
 * shards_manifest.h - what is known of a table or query while its shards are made
 *
 * begin, lock, take_folder, any number of add, finish; release in any case.  Not
 * safe for threads: callers have a mutex.
 */
#ifndef EXTRACT_SHARDS_MANIFEST_H
#define EXTRACT_SHARDS_MANIFEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "extract/copy.h"
#include "extract/shards.h"
#include "extract/source.h"
#include "shard/manifest.h"
#include "shard/shard_writer.h"

struct shards_job {
	const struct copy_job *job;
	const char *dir;
	bool locked; /* dir is, by the descriptor lock */
	int lock;
	struct plan *plan; /* NULL: a query */
	bool ranges;       /* it is read in ranges of its key */
	json_t *schema;
	struct manifest *manifest;

	struct bound **bounds; /* all that were found, which the shards refer to */
	size_t nbounds;
	const struct bound *last; /* where the next range begins; NULL: at the start */
	uint64_t planned;         /* ranges given out */
	bool all_planned;

	struct shards_entry *entries; /* by number; not all are there until the end */
	size_t nentries;
	uint64_t rows, bytes_in;
};

/* What the source says of it; that it can be read. */
int shards_job_begin(struct shards_job *j, const struct copy_job *job, const char *dir,
	struct source *source, struct error *err);

/*
 * Make the folder, and keep other extractions out of it until release: one that
 * ended in it later would call complete what this one has just removed.
 */
int shards_job_lock(struct shards_job *j, struct error *err);

/*
 * Write the manifest of an unfinished extraction, and then remove the shards
 * that the folder has.  id is the run's; again tells why an earlier attempt was
 * given up, or is NULL.
 */
int shards_job_take_folder(struct shards_job *j, const struct shards_request *request,
	struct source *source, const char *id, unsigned attempt, const char *again,
	struct error *err);

/* DIR/part-NNNNN.csv.zst; the caller's. */
char *shards_job_path(const struct shards_job *j, uint64_t number, struct error *err);

/* Own a bound, also on failure. */
int shards_job_keep(struct shards_job *j, struct bound *bound, struct error *err);

/* A shard is there.  after and upto are kept ones. */
int shards_job_add(struct shards_job *j, uint64_t number, const struct shard_totals *totals,
	uint64_t bytes_in, const struct bound *after, const struct bound *upto,
	struct error *err);

/* Remove the shards made so far. */
int shards_job_forget(struct shards_job *j, struct error *err);

/* Write the manifest of a complete extraction. */
int shards_job_finish(struct shards_job *j, struct error *err);

struct copy_totals shards_job_totals(const struct shards_job *j);

void shards_job_release(struct shards_job *j);

#endif
