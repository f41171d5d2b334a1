/*
 * profile_batch.c - see profile_batch.h
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "validate/profile_batch.h"

struct batches {
	struct batch both[2];
	struct batch *filling; /* the reader's own */
	batch_work work;
	void *arg;

	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	struct batch *full; /* the worker's; NULL: it has nothing to do */
	bool stop;
	bool failed;
	struct error err;
};

static void *
work(void *arg)
{
	struct batches *b = arg;

	pthread_mutex_lock(&b->mutex);
	while (!b->stop) {
		struct error err = ERROR_INIT;
		struct batch *full = b->full;
		bool failed = b->failed;

		if (full == NULL) {
			pthread_cond_wait(&b->changed, &b->mutex);
			continue;
		}
		pthread_mutex_unlock(&b->mutex);
		failed = failed || b->work(b->arg, full, &err) < 0;
		pthread_mutex_lock(&b->mutex);
		if (failed && !b->failed) {
			b->failed = true;
			b->err = err;
		}
		b->full = NULL;
		pthread_cond_signal(&b->changed);
	}
	pthread_mutex_unlock(&b->mutex);
	return NULL;
}

static void
release(struct batches *b)
{
	for (int i = 0; i < 2; i++) {
		free(b->both[i].fields);
		free(b->both[i].text);
	}
	free(b);
}

static size_t
rows_at_once(size_t ncolumns)
{
	size_t rows = BATCH_CELLS / ncolumns;

	return rows > BATCH_ROWS ? BATCH_ROWS : rows < 16 ? 16 : rows;
}

struct batches *
batches_new(size_t ncolumns, batch_work call, void *arg, struct error *err)
{
	struct batches *b = calloc(1, sizeof *b);
	int rc;

	if (b == NULL) {
		error_nomem(err);
		return NULL;
	}
	b->work = call;
	b->arg = arg;
	b->filling = &b->both[0];
	for (int i = 0; i < 2; i++) {
		struct batch *one = &b->both[i];

		one->ncolumns = ncolumns;
		one->cap = BATCH_BYTES;
		one->max = rows_at_once(ncolumns);
		one->fields = calloc(one->max * ncolumns, sizeof *one->fields);
		one->text = malloc(one->cap);
		if (one->fields == NULL || one->text == NULL) {
			error_nomem(err);
			release(b);
			return NULL;
		}
	}
	pthread_mutex_init(&b->mutex, NULL);
	pthread_cond_init(&b->changed, NULL);
	rc = pthread_create(&b->thread, NULL, work, b);
	if (rc != 0) {
		error_set(err, ERROR_RUNTIME, "cannot start a thread: %s", strerror(rc));
		pthread_mutex_destroy(&b->mutex);
		pthread_cond_destroy(&b->changed);
		release(b);
		return NULL;
	}
	return b;
}

/* Wait for the worker to be idle; under the mutex. */
static int
wait_idle(struct batches *b, struct error *err)
{
	while (b->full != NULL)
		pthread_cond_wait(&b->changed, &b->mutex);
	if (!b->failed)
		return 0;
	*err = b->err;
	return -1;
}

/* The texts do not move any more. */
static void
set_pointers(struct batch *b)
{
	const char *at = b->text;

	for (size_t i = 0; i < b->n * b->ncolumns; i++) {
		b->fields[i].ptr = at;
		at += b->fields[i].len;
	}
}

static int
hand_over(struct batches *b, struct error *err)
{
	struct batch *full = b->filling;
	int rc;

	if (full->n == 0)
		return 0;
	set_pointers(full);
	pthread_mutex_lock(&b->mutex);
	rc = wait_idle(b, err);
	if (rc == 0) {
		b->full = full;
		pthread_cond_signal(&b->changed);
	}
	pthread_mutex_unlock(&b->mutex);
	b->filling = full == &b->both[0] ? &b->both[1] : &b->both[0];
	b->filling->n = 0;
	b->filling->used = 0;
	return rc;
}

static int
make_room(struct batch *b, size_t more, struct error *err)
{
	size_t cap = b->cap;
	char *larger;

	if (b->used + more <= cap)
		return 0;
	while (cap < b->used + more)
		cap *= 2;
	larger = realloc(b->text, cap);
	if (larger == NULL)
		return error_nomem(err);
	b->text = larger;
	b->cap = cap;
	return 0;
}

int
batches_add(struct batches *b, const struct csv_record *record, uint64_t row, struct error *err)
{
	struct batch *to = b->filling;
	struct csv_field *fields = to->fields + to->n * to->ncolumns;

	/* cells are never longer than the record */
	if (make_room(to, record->raw_len, err) < 0)
		return -1;
	for (size_t i = 0; i < to->ncolumns; i++) {
		const struct csv_field *f = &record->fields[i];
		size_t len = f->null ? 0 : f->len;

		if (len > 0)
			memcpy(to->text + to->used, f->ptr, len);
		to->used += len;
		fields[i].len = len;
		fields[i].null = f->null;
	}
	to->rows[to->n++] = row;
	return to->n == to->max || to->used >= BATCH_BYTES ? hand_over(b, err) : 0;
}

int
batches_finish(struct batches *b, struct error *err)
{
	int rc = hand_over(b, err);

	if (rc < 0)
		return -1;
	pthread_mutex_lock(&b->mutex);
	rc = wait_idle(b, err);
	pthread_mutex_unlock(&b->mutex);
	return rc;
}

void
batches_free(struct batches *b)
{
	if (b == NULL)
		return;
	pthread_mutex_lock(&b->mutex);
	while (b->full != NULL)
		pthread_cond_wait(&b->changed, &b->mutex);
	b->stop = true;
	pthread_cond_signal(&b->changed);
	pthread_mutex_unlock(&b->mutex);
	pthread_join(b->thread, NULL);
	pthread_mutex_destroy(&b->mutex);
	pthread_cond_destroy(&b->changed);
	release(b);
}
