/*
 * copy.h - carry rows from a source to a stream (to shards: shards.h)
 */
#ifndef EXTRACT_COPY_H
#define EXTRACT_COPY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "extract/source.h"
#include "extract/throttle.h"
#include "progress.h"

/* One table or query. */
struct copy_job {
	const char *name; /* of the table or query, for messages and folders */
	struct selection selection;
	const char *query; /* NULL: it is a table */
};

struct copy_totals {
	uint64_t rows;
	uint64_t bytes_in;  /* of values, as the source sent them */
	uint64_t bytes_out; /* of CSV */
	uint64_t hash;      /* of the CSV, if it is one stream; else 0 */
	uint64_t shards;    /* 0: a stream */
};

/* Start reading what the job says; errors name it. */
struct rows *copy_open(struct source *source, const struct copy_job *job, struct error *err);

/* The job's columns as Table Schema; the caller's. */
json_t *copy_describe(struct source *source, const struct copy_job *job, struct error *err);

/*
 * Write all rows to one output, with its header (see shard_writer_open).  The
 * end mark, if it is asked for, follows only a complete result.
 */
int copy_to_output(struct rows *rows, const struct copy_job *job, const char *output,
	bool end_mark, struct throttle *throttle, struct progress *progress,
	struct copy_totals *totals, struct error *err);

#endif
