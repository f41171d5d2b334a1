/*
 * profile_batch.h - rows handed from the thread that reads to those that look at them
 *
 * The reader fills a batch while the workers go through those before.  What is
 * to be done with a batch is cut into tasks, such as some columns each; a task
 * goes through the batches in their order and is never done twice at once, so
 * each can have a state of its own without a lock.  A reader that is ahead of
 * the workers takes tasks as well: no core waits as long as there is work.
 *
 * Batches are cut at fixed numbers of rows and bytes: the result does not
 * depend on how many threads there are, or how fast they are.
 */
#ifndef VALIDATE_PROFILE_BATCH_H
#define VALIDATE_PROFILE_BATCH_H

#include "csv/csv_reader.h"
#include "validate/timeline.h"

/* At most; with many columns it is fewer rows. */
enum { BATCH_ROWS = 2048, BATCH_CELLS = 1 << 15, BATCH_BYTES = 1 << 18 };

/* A value in a batch. */
struct batch_cell {
	uint32_t at;  /* in its text */
	uint32_t len; /* BATCH_NULL: NULL */
};
#define BATCH_NULL UINT32_MAX

struct batch {
	size_t n;  /* rows */
	bool last; /* none comes behind it; it may have no rows */
	size_t max;
	size_t ncolumns;
	size_t stride;            /* cells from one column to the next */
	struct mark *marks;       /* of the rows */
	struct batch_cell *cells; /* column by column */
	char *text;
	size_t used;
	size_t cap;
};

static inline const struct batch_cell *
batch_column(const struct batch *b, size_t column)
{
	return b->cells + column * b->stride;
}

/* One of the tasks for a batch: 0, or -1 with *err filled. */
typedef int (*batch_task)(void *arg, const struct batch *b, size_t task, struct error *err);

struct batches;

/* Starts so many workers, of at most 3; 0: by the cores there are.  NULL on error. */
struct batches *batches_new(size_t ncolumns, size_t ntasks, size_t workers, batch_task work,
	void *arg, struct error *err);

/* A sound record of ncolumns.  -1 also when a task failed. */
int batches_add(struct batches *b, const struct csv_record *record, const struct mark *at,
	struct error *err);

/* The last batch; wait until all tasks are done for it. */
int batches_finish(struct batches *b, struct error *err);

/* Ends the workers; what they have not begun is not done.  Takes NULL. */
void batches_free(struct batches *b);

#endif
