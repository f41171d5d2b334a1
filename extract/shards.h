/*
 * shards.h - carry tables and queries from a source to folders of shards
 *
 * Several connections with one snapshot take ranges of keys from a common list
 * and write one shard for each; a query, or a table without a key, is read by
 * one connection from end to end.  The numbers of shards are in the order of
 * the key.
 *
 * A connection that is lost gives its range back, and another reads it.  When
 * all are lost, so is the snapshot: everything is begun again, once.
 *
 * Each folder has a datapackage.json from the start, with "complete": false
 * until all that was named is there.
 */
#ifndef EXTRACT_SHARDS_H
#define EXTRACT_SHARDS_H

#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "extract/copy.h"
#include "extract/throttle.h"

/* About so many bytes of values, at most, are in a shard, however many rows are asked for. */
#define SHARDS_MAX_BYTES (UINT64_C(256) << 20)

struct shards_request {
	const char *address;
	const char *defaults_file; /* or NULL */
	const char *source_name;   /* for the manifest: without a password */
	const struct copy_job *jobs;
	size_t njobs;
	char *const *dirs; /* of each job */
	size_t connections;
	uint64_t rows_per_shard;
	bool no_lock;
	struct throttle *throttle; /* started */
	FILE *progress;            /* or NULL */
	void (*warn)(void *arg, const char *message);
	void *arg;
};

/* Do it; totals has room for njobs.  All tables are looked at before a folder is touched. */
int shards_write(
	const struct shards_request *request, struct copy_totals *totals, struct error *err);

#endif
