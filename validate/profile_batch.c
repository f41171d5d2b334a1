/*
 * profile_batch.c - see profile_batch.h
 *
 * Batches have numbers; number i lies in place i % BATCHES.  Each task knows
 * the number of its next batch: the task that is farthest behind is done first.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "validate/profile_batch.h"

enum { BATCHES = 3, WORKERS_MAX = 3 };

/* Between columns: with a power of two they would all fall on the same lines of a cache. */
enum { COLUMN_GAP = 64 / sizeof(struct batch_cell) };

struct task {
	uint64_t next; /* batch */
	bool busy;
};

struct batches {
	struct batch all[BATCHES];
	struct batch *filling; /* the reader's own */
	batch_task work;
	void *arg;
	size_t nworkers;
	pthread_t workers[WORKERS_MAX];
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	/* under the mutex */
	struct task *tasks;
	size_t ntasks;
	uint64_t filled;      /* batches handed over */
	uint64_t done;        /* of these, how many are through all tasks */
	size_t left[BATCHES]; /* by place: tasks that are not through */
	bool stop;
	bool failed;
	struct error err;
};

/* A task whose next batch is there, or NULL; under the mutex. */
static struct task *
choose(const struct batches *b)
{
	struct task *best = NULL;

	for (size_t i = 0; i < b->ntasks; i++) {
		struct task *t = &b->tasks[i];

		if (!t->busy && t->next < b->filled && (best == NULL || t->next < best->next))
			best = t;
	}
	return best;
}

/* Do a task for one batch; under the mutex, which is given up meanwhile. */
static void
do_task(struct batches *b, struct task *t)
{
	struct error err = ERROR_INIT;
	size_t place = t->next % BATCHES;
	int rc;

	t->busy = true;
	pthread_mutex_unlock(&b->mutex);
	rc = b->work(b->arg, &b->all[place], (size_t)(t - b->tasks), &err);
	pthread_mutex_lock(&b->mutex);
	t->busy = false;
	t->next++;
	if (--b->left[place] == 0)
		b->done++;
	if (rc < 0 && !b->failed) {
		b->failed = true;
		b->err = err;
	}
	pthread_cond_broadcast(&b->changed);
}

static void *
work(void *arg)
{
	struct batches *b = arg;

	pthread_mutex_lock(&b->mutex);
	while (!b->stop) {
		struct task *t = b->failed ? NULL : choose(b);

		if (t != NULL)
			do_task(b, t);
		else
			pthread_cond_wait(&b->changed, &b->mutex);
	}
	pthread_mutex_unlock(&b->mutex);
	return NULL;
}

/* The reader's: until no more than so many batches are under way. */
static int
help(struct batches *b, uint64_t under_way, struct error *err)
{
	while (!b->failed && b->filled - b->done > under_way) {
		struct task *t = choose(b);

		if (t != NULL)
			do_task(b, t);
		else
			pthread_cond_wait(&b->changed, &b->mutex);
	}
	if (!b->failed)
		return 0;
	*err = b->err;
	return -1;
}

static void
release(struct batches *b)
{
	for (size_t i = 0; i < BATCHES; i++) {
		free(b->all[i].marks);
		free(b->all[i].cells);
		free(b->all[i].text);
	}
	free(b->tasks);
	free(b);
}

static int
make_batch(struct batch *one, size_t ncolumns, struct error *err)
{
	size_t rows = BATCH_CELLS / ncolumns;

	one->max = rows > BATCH_ROWS ? BATCH_ROWS : rows < 16 ? 16 : rows;
	one->ncolumns = ncolumns;
	one->stride = one->max + COLUMN_GAP;
	one->cap = BATCH_BYTES + BATCH_BYTES / 8; /* a batch ends when it is over the limit */
	one->marks = malloc(one->max * sizeof *one->marks);
	one->cells = malloc(one->stride * ncolumns * sizeof *one->cells);
	one->text = malloc(one->cap);
	if (one->marks == NULL || one->cells == NULL || one->text == NULL)
		return error_nomem(err);
	return 0;
}

/* The reader has a core, too, and takes tasks in the time that it has left. */
static size_t
usable_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return (size_t)CPU_COUNT(&set);
}

static int
start(struct batches *b, size_t n, struct error *err)
{
	int rc = 0;

	if (n == 0)
		n = usable_cores() - 1;
	n = n < 1 ? 1 : n > WORKERS_MAX ? WORKERS_MAX : n;
	while (b->nworkers < n && rc == 0) {
		rc = pthread_create(&b->workers[b->nworkers], NULL, work, b);
		b->nworkers += rc == 0;
	}
	/* with one at least, the work goes on */
	if (b->nworkers > 0)
		return 0;
	return error_set(err, ERROR_RUNTIME, "cannot start a thread: %s", strerror(rc));
}

struct batches *
batches_new(size_t ncolumns, size_t ntasks, size_t workers, batch_task call, void *arg,
	struct error *err)
{
	struct batches *b = calloc(1, sizeof *b);

	if (b == NULL) {
		error_nomem(err);
		return NULL;
	}
	b->work = call;
	b->arg = arg;
	b->filling = &b->all[0];
	b->ntasks = ntasks;
	b->tasks = calloc(ntasks, sizeof *b->tasks);
	if (b->tasks == NULL) {
		error_nomem(err);
		release(b);
		return NULL;
	}
	for (size_t i = 0; i < BATCHES; i++) {
		if (make_batch(&b->all[i], ncolumns, err) < 0) {
			release(b);
			return NULL;
		}
	}
	pthread_mutex_init(&b->mutex, NULL);
	pthread_cond_init(&b->changed, NULL);
	if (start(b, workers, err) < 0) {
		pthread_mutex_destroy(&b->mutex);
		pthread_cond_destroy(&b->changed);
		release(b);
		return NULL;
	}
	return b;
}

/* The reader's batch to the workers; it gets one that is free. */
static int
hand_over(struct batches *b, struct error *err)
{
	int rc;

	pthread_mutex_lock(&b->mutex);
	b->left[b->filled % BATCHES] = b->ntasks;
	b->filled++;
	pthread_cond_broadcast(&b->changed);
	rc = help(b, b->filling->last ? 0 : BATCHES - 1, err);
	b->filling = &b->all[b->filled % BATCHES];
	pthread_mutex_unlock(&b->mutex);
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

/* Where a value that lies outside of its record is put. */
static uint32_t
put_apart(struct batch *to, const struct csv_field *f)
{
	size_t at = to->used;

	if (f->len > 0)
		memcpy(to->text + at, f->ptr, f->len);
	to->used += f->len;
	return (uint32_t)at;
}

int
batches_add(struct batches *b, const struct csv_record *record, const struct mark *at,
	struct error *err)
{
	struct batch *to = b->filling;
	const uintptr_t raw = (uintptr_t)record->raw;
	uint32_t start = (uint32_t)to->used;
	struct batch_cell *cell = to->cells + to->n;

	/* values that had to be unquoted lie outside of the record, and are no longer than it */
	if (make_room(to, 2 * record->raw_len, err) < 0)
		return -1;
	memcpy(to->text + start, record->raw, record->raw_len);
	to->used += record->raw_len;
	for (size_t i = 0; i < to->ncolumns; i++, cell += to->stride) {
		const struct csv_field *f = &record->fields[i];
		uintptr_t inside = (uintptr_t)f->ptr - raw;

		if (f->null)
			*cell = (struct batch_cell){start, BATCH_NULL};
		else if (inside < record->raw_len)
			*cell = (struct batch_cell){start + (uint32_t)inside, (uint32_t)f->len};
		else
			*cell = (struct batch_cell){put_apart(to, f), (uint32_t)f->len};
	}
	to->marks[to->n++] = *at;
	return to->n == to->max || to->used >= BATCH_BYTES ? hand_over(b, err) : 0;
}

int
batches_finish(struct batches *b, struct error *err)
{
	b->filling->last = true;
	return hand_over(b, err);
}

void
batches_free(struct batches *b)
{
	if (b == NULL)
		return;
	pthread_mutex_lock(&b->mutex);
	b->stop = true;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->mutex);
	for (size_t i = 0; i < b->nworkers; i++)
		pthread_join(b->workers[i], NULL);
	pthread_mutex_destroy(&b->mutex);
	pthread_cond_destroy(&b->changed);
	release(b);
}
