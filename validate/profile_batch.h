/*
 * profile_batch.h - rows handed from the thread that reads to one that looks at them
 *
 * The reader fills a batch while the worker goes through the one before, so
 * parsing costs no time of its own.  Batches are large, for threads take their
 * time to wake each other on a busy machine.
 * Batches are cut at fixed numbers of rows and bytes: the result does not
 * depend on how fast either thread is.
 */
#ifndef VALIDATE_PROFILE_BATCH_H
#define VALIDATE_PROFILE_BATCH_H

#include "csv/csv_reader.h"

/* At most; with many columns it is fewer rows. */
enum { BATCH_ROWS = 4096, BATCH_CELLS = 1 << 16, BATCH_BYTES = 1 << 20 };

/* Copies of the cells, row by row. */
struct batch {
	size_t n; /* rows */
	size_t max;
	size_t ncolumns;
	uint64_t rows[BATCH_ROWS];
	struct csv_field *fields; /* n * ncolumns; ptr is set when the batch is handed over */
	char *text;
	size_t used;
	size_t cap;
};

/* What the worker does with a batch: 0, or -1 with *err filled. */
typedef int (*batch_work)(void *arg, const struct batch *b, struct error *err);

struct batches;

/* Starts the worker.  NULL on error. */
struct batches *batches_new(size_t ncolumns, batch_work work, void *arg, struct error *err);

/* A sound record; the row's number goes with it.  -1 also when the worker failed. */
int batches_add(
	struct batches *b, const struct csv_record *record, uint64_t row, struct error *err);

/* Wait until all rows are worked on. */
int batches_finish(struct batches *b, struct error *err);

/* Ends the worker.  Takes NULL. */
void batches_free(struct batches *b);

#endif
