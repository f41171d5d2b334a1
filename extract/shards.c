/*
 * shards.c - see shards.h
 *
 * The main thread begins and ends; in between each connection has a thread of
 * its own.  What threads share is in struct run, under its mutex, but for the
 * atomic counters.  A thread that asks for work walks the key on its own
 * connection, while it holds the mutex: walking is short next to reading, and
 * each range begins where the one before it ends.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "extract/folder.h"
#include "extract/shards.h"
#include "extract/shards_manifest.h"
#include "progress.h"
#include "shard/shard_writer.h"

enum {
	ATTEMPTS = 2,         /* with a snapshot of its own each */
	RECONNECTS = 30,      /* with a second in between, for a server that restarts */
	MEASURED_ROWS = 1000, /* from here on the rows read tell the size of a row */
};

/* What is to be done by one thread: a range, or a whole result. */
struct task {
	struct shards_job *job;
	uint64_t number; /* of the shard, or of the first one */
	const struct bound *after, *upto;
};

struct worker {
	struct run *run;
	struct source *source;
	pthread_t thread;
	bool started;
	bool lost;
};

struct run {
	const struct shards_request *request;
	struct shards_job *jobs;
	struct worker *workers;
	char id[FOLDER_RUN_MAX];

	pthread_mutex_t mutex;
	pthread_cond_t cond;     /* a task was given back, or is done */
	size_t current;          /* the job that tasks are taken from */
	struct task *given_back; /* room for one a worker */
	size_t ngiven_back;
	size_t busy;        /* workers that have a task */
	struct error error; /* the first one */
	struct error lost;  /* what the connection lost last said */

	atomic_bool stop;
	atomic_uint_fast64_t rows, bytes; /* for the progress */
	uint64_t estimate;
	pthread_mutex_t drawing;
	struct progress progress;
};

/* ---- one task */

static int
add_shard(struct run *run, const struct task *task, uint64_t number,
	const struct shard_totals *totals, uint64_t bytes_in, struct error *err)
{
	int status;

	pthread_mutex_lock(&run->mutex);
	status = shards_job_add(
		task->job, number, totals, bytes_in, task->after, task->upto, err);
	pthread_mutex_unlock(&run->mutex);
	return status;
}

/* Rows were read since the last call: count them, wait if need be. */
static int
account(struct run *run, uint64_t rows, uint64_t bytes, struct error *err)
{
	atomic_fetch_add_explicit(&run->rows, rows, memory_order_relaxed);
	atomic_fetch_add_explicit(&run->bytes, bytes, memory_order_relaxed);
	if (pthread_mutex_trylock(&run->drawing) == 0) {
		uint64_t all = run->rows;

		progress_update(&run->progress, all, run->bytes, all, run->estimate);
		pthread_mutex_unlock(&run->drawing);
	}
	if (throttle_pause(run->request->throttle, rows, &run->stop, err) < 0)
		return -1;
	if (atomic_load_explicit(&run->stop, memory_order_relaxed))
		return error_set(err, ERROR_RUNTIME, "stopped");
	return 0;
}

static int
next_row(const struct task *task, uint64_t number, struct rows *rows, uint64_t first,
	struct error *err)
{
	int more = rows_next(rows, err);

	if (more < 0)
		error_prefix(err, "%s '%s': shard %" PRIu64 ": after row %" PRIu64,
			task->job->job->query ? "query" : "table", task->job->job->name, number,
			rows->read - first);
	return more;
}

/* Whether a shard of a whole result is full; that of a range has what the range has. */
static bool
is_full(const struct run *run, const struct task *task, uint64_t rows, uint64_t bytes)
{
	return !task->job->ranges &&
	       (rows >= run->request->rows_per_shard || bytes >= SHARDS_MAX_BYTES);
}

/* A row stands ready.  Returns 0 after the last, 1 when the shard is full and another stands ready. */
static int
write_rows(struct run *run, const struct task *task, uint64_t number, struct rows *rows,
	struct csv_writer *csv, struct error *err)
{
	uint64_t first = rows->read - 1, first_byte = rows->bytes;
	uint64_t counted = first, counted_bytes = first_byte;
	uint64_t step = throttle_step(run->request->throttle);
	int more;

	do {
		rows_put(rows, csv);
		if (csv_writer_end(csv, err) < 0)
			return -1;
		if (rows->read - counted >= step) {
			if (account(run, rows->read - counted, rows->bytes - counted_bytes,
				    err) < 0)
				return -1;
			counted = rows->read;
			counted_bytes = rows->bytes;
		}
		more = next_row(task, number, rows, first, err);
	} while (more > 0 && !is_full(run, task, csv->rows, rows->bytes - first_byte));
	/* the row that stands ready is the next shard's */
	if (more >= 0 && rows->read - (uint64_t)more > counted &&
		account(run, rows->read - (uint64_t)more - counted, rows->bytes - counted_bytes,
			err) < 0)
		return -1;
	return more;
}

/* One shard; `ready` tells whether a row stands ready for it.  Returns as write_rows does. */
static int
write_shard(struct run *run, const struct task *task, uint64_t number, struct rows *rows,
	bool ready, struct error *err)
{
	struct shard_writer *w = NULL;
	struct shard_totals totals;
	uint64_t bytes = rows->bytes;
	char *path = shards_job_path(task->job, number, err);
	int more = -1, finished;

	if (path == NULL)
		return -1;
	w = shard_writer_open(path, true, err);
	if (w == NULL || shard_writer_header(w, rows->names, rows->ncolumns, err) < 0)
		goto out;
	more = ready ? write_rows(run, task, number, rows, shard_writer_csv(w), err) : 0;
	if (more < 0)
		goto out;
	finished = shard_writer_finish(w, false, &totals, err);
	w = NULL;
	if (finished < 0 || add_shard(run, task, number, &totals, rows->bytes - bytes, err) < 0)
		more = -1;
out:
	shard_writer_discard(w);
	free(path);
	return more;
}

/* The connection is judged before the rows are closed, which may cut it. */
static int
do_task(struct worker *w, const struct task *task, struct error *err)
{
	uint64_t number = task->number;
	struct rows *rows;
	int more = -1;

	if (task->job->plan != NULL)
		rows = source_range(w->source, task->job->plan, task->after, task->upto, err);
	else
		rows = copy_open(w->source, task->job->job, err);
	if (rows == NULL) {
		w->lost = source_is_lost(w->source);
		return -1;
	}
	/* a result that another connection had begun: its shards may be cut otherwise */
	if (!task->job->ranges && shards_job_forget(task->job, err) < 0)
		goto out;
	more = next_row(task, number, rows, 0, err);
	if (more >= 0) {
		do {
			more = write_shard(w->run, task, number++, rows, more > 0, err);
		} while (more > 0);
	}
	if (more < 0)
		w->lost = source_is_lost(w->source);
out:
	rows_close(rows);
	return more;
}

/*
 * What failed now was in order when the run began: it is no matter of usage any
 * more.  Was the table changed, that says more than what became of it.
 */
static void
explain(struct worker *w, const struct shards_job *job, struct error *err)
{
	struct error change = ERROR_INIT;

	if (err->kind == ERROR_USAGE)
		err->kind = ERROR_RUNTIME;
	if (w->lost || job == NULL || job->plan == NULL || w->run->stop)
		return;
	if (source_unchanged(w->source, job->plan, &change) < 0 && !source_is_lost(w->source))
		*err = change;
}

/* ---- which task is next; all with the mutex held */

/* Rows for the next range, so that it has about SHARDS_MAX_BYTES at most. */
static uint64_t
rows_of_range(const struct run *run, const struct shards_job *job)
{
	uint64_t row = job->plan->row_bytes, rows = run->request->rows_per_shard;

	if (job->rows >= MEASURED_ROWS)
		row = job->bytes_in / job->rows;
	if (row > 0 && rows > SHARDS_MAX_BYTES / row)
		rows = SHARDS_MAX_BYTES / row;
	return rows > 0 ? rows : 1;
}

/* The next range of the job, or all of it. */
static int
plan_task(struct worker *w, struct shards_job *job, struct task *task, struct error *err)
{
	struct bound *upto = NULL;

	*task = (struct task){.job = job, .number = job->planned, .after = job->last};
	if (job->ranges) {
		if (source_walk(w->source, job->plan, job->last, rows_of_range(w->run, job),
			    &upto, err) < 0) {
			w->lost = source_is_lost(w->source);
			error_prefix(err, "table '%s': shard %" PRIu64, job->job->name,
				job->planned);
			explain(w, job, err);
			return -1;
		}
		if (upto != NULL && shards_job_keep(job, upto, err) < 0)
			return -1;
	}
	task->upto = upto;
	job->planned++;
	job->last = upto;
	job->all_planned = upto == NULL;
	return 0;
}

/* 1 with a task, 0 when there is nothing left to do, -1. */
static int
take_task(struct worker *w, struct task *task, struct error *err)
{
	struct run *run = w->run;

	for (;;) {
		while (run->current < run->request->njobs &&
			run->jobs[run->current].all_planned)
			run->current++;
		if (run->stop)
			return 0;
		if (run->ngiven_back > 0) {
			*task = run->given_back[--run->ngiven_back];
			return 1;
		}
		if (run->current < run->request->njobs)
			return plan_task(w, &run->jobs[run->current], task, err) < 0 ? -1 : 1;
		if (run->busy == 0)
			return 0;
		/* one of the busy may yet give its task back */
		pthread_cond_wait(&run->cond, &run->mutex);
	}
}

/* The first failure counts; the others are told to stop, also those that wait for the server. */
static void
fail(struct run *run, const struct error *err)
{
	if (run->stop)
		return;
	run->error = *err;
	run->stop = true;
	for (size_t i = 0; i < run->request->connections; i++)
		source_stop(run->workers[i].source);
}

/* *task is NULL when none was had. */
static void
failed_task(struct worker *w, const struct task *task, const struct error *err)
{
	struct run *run = w->run;

	if (!w->lost || run->stop) {
		fail(run, err);
		return;
	}
	run->lost = *err;
	if (task != NULL)
		run->given_back[run->ngiven_back++] = *task;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct run *run = w->run;
	struct error err = ERROR_INIT;
	struct task task;
	int status;

	pthread_mutex_lock(&run->mutex);
	while ((status = take_task(w, &task, &err)) == 1) {
		run->busy++;
		pthread_mutex_unlock(&run->mutex);
		status = do_task(w, &task, &err);
		if (status < 0)
			explain(w, task.job, &err);
		pthread_mutex_lock(&run->mutex);
		run->busy--;
		if (status < 0) {
			failed_task(w, &task, &err);
			status = 1;
			break;
		}
		pthread_cond_broadcast(&run->cond);
	}
	if (status < 0)
		failed_task(w, NULL, &err);
	pthread_cond_broadcast(&run->cond);
	pthread_mutex_unlock(&run->mutex);
	return NULL;
}

/* ---- one attempt */

static void
warn(const struct run *run, const char *fmt, const char *name)
{
	char text[ERROR_TEXT_MAX + 64];

	snprintf(text, sizeof text, fmt, name);
	run->request->warn(run->request->arg, text);
}

static int
open_sources(struct run *run, unsigned attempt, struct error *err)
{
	const struct shards_request *r = run->request;
	struct selection *tables = calloc(r->njobs, sizeof *tables);
	struct source **sources = calloc(r->connections, sizeof(struct source *));
	struct snapshot_request want = {
		.connections = r->connections, .no_lock = r->no_lock, .tables = tables};
	int status = -1;

	if (tables == NULL || sources == NULL) {
		error_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < r->njobs; i++) {
		if (r->jobs[i].query == NULL)
			tables[want.ntables++] = r->jobs[i].selection;
		else
			want.queries = true;
	}
	status = source_open_many(r->address, r->defaults_file, &want, sources, err);
	for (unsigned i = 0; status < 0 && attempt > 1 && i < RECONNECTS; i++) {
		nanosleep(&(struct timespec){1, 0}, NULL);
		status = source_open_many(r->address, r->defaults_file, &want, sources, err);
	}
	for (size_t i = 0; status == 0 && i < r->connections; i++)
		run->workers[i] = (struct worker){.run = run, .source = sources[i]};
out:
	free(sources);
	free(tables);
	return status;
}

/* All that can be wrong with a job shows here; then the folders are taken. */
static int
begin_jobs(struct run *run, unsigned attempt, struct error *err)
{
	const struct shards_request *r = run->request;
	struct source *source = run->workers[0].source;

	for (size_t i = 0; i < r->njobs; i++) {
		struct shards_job *job = &run->jobs[i];

		if (shards_job_begin(job, &r->jobs[i], r->dirs[i], source, err) < 0)
			return -1;
		run->estimate += job->plan ? job->plan->estimate : 0;
	}
	for (size_t i = 0; i < r->njobs; i++) {
		if (shards_job_lock(&run->jobs[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < r->njobs; i++) {
		if (shards_job_take_folder(&run->jobs[i], r, source, run->id, attempt,
			    attempt > 1 ? run->lost.text : NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int
run_workers(struct run *run, struct error *err)
{
	size_t n = run->request->connections;
	int status = 0;

	for (size_t i = 0; i < n; i++) {
		if (pthread_create(&run->workers[i].thread, NULL, work, &run->workers[i]) !=
			0) {
			error_set(err, ERROR_RUNTIME, "cannot start a thread");
			pthread_mutex_lock(&run->mutex);
			fail(run, err);
			pthread_mutex_unlock(&run->mutex);
			break;
		}
		run->workers[i].started = true;
	}
	for (size_t i = 0; i < n; i++) {
		if (run->workers[i].started)
			pthread_join(run->workers[i].thread, NULL);
	}
	if (run->stop) {
		*err = run->error;
		status = -1;
	}
	return status;
}

/* All is written; is it one thing?  Returns 1 where there is no connection left to ask. */
static int
finish_jobs(struct run *run, struct error *err)
{
	const struct shards_request *r = run->request;
	struct source *source = NULL;

	for (size_t i = 0; i < r->connections; i++) {
		if (!run->workers[i].lost)
			source = run->workers[i].source;
	}
	for (size_t i = 0; source != NULL && i < r->njobs; i++) {
		if (run->jobs[i].plan != NULL &&
			source_unchanged(source, run->jobs[i].plan, err) < 0) {
			if (!source_is_lost(source))
				return -1;
			run->lost = *err;
			source = NULL;
		}
	}
	if (source == NULL)
		return 1;
	for (size_t i = 0; i < r->njobs; i++) {
		if (shards_job_finish(&run->jobs[i], err) < 0)
			return -1;
	}
	return 0;
}

static void
warn_of_inconsistency(const struct run *run)
{
	const struct shards_request *r = run->request;

	for (size_t i = 0; i < r->njobs; i++) {
		if (run->jobs[i].plan != NULL && !run->jobs[i].plan->transactional)
			warn(run,
				"table '%s' is not transactional: its rows may be of different "
				"moments",
				r->jobs[i].name);
	}
	if (r->no_lock && r->connections > 1)
		warn(run, "with %s the connections' snapshots may be of different moments",
			"--no-lock");
}

/* Returns 0 when all is done, 1 when all connections were lost, -1. */
static int
attempt_all(struct run *run, unsigned attempt, struct error *err)
{
	run->current = run->ngiven_back = run->busy = 0;
	run->estimate = 0;
	run->rows = run->bytes = 0;
	if (open_sources(run, attempt, err) < 0)
		return -1;
	if (begin_jobs(run, attempt, err) < 0) {
		if (attempt > 1 || !source_is_lost(run->workers[0].source))
			return -1;
		run->lost = *err;
		return 1;
	}
	if (attempt == 1)
		warn_of_inconsistency(run);
	if (run_workers(run, err) < 0)
		return -1;
	return finish_jobs(run, err);
}

static void
end_attempt(struct run *run)
{
	for (size_t i = 0; i < run->request->njobs; i++)
		shards_job_release(&run->jobs[i]);
	for (size_t i = 0; i < run->request->connections; i++) {
		source_close(run->workers[i].source);
		run->workers[i] = (struct worker){0};
	}
}

/* What tells the folders of this run from those of others. */
static int
make_id(char *buf, size_t size, struct error *err)
{
	uint64_t random;

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_errno(err, ERROR_RUNTIME, "cannot get random bytes");
	snprintf(buf, size, "%016" PRIx64, random);
	return 0;
}

int
shards_write(const struct shards_request *r, struct copy_totals *totals, struct error *err)
{
	struct run run = {.request = r,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.cond = PTHREAD_COND_INITIALIZER,
		.drawing = PTHREAD_MUTEX_INITIALIZER};
	int status = -1;

	run.jobs = calloc(r->njobs, sizeof *run.jobs);
	run.workers = calloc(r->connections, sizeof *run.workers);
	run.given_back = calloc(r->connections, sizeof *run.given_back);
	if (run.jobs == NULL || run.workers == NULL || run.given_back == NULL) {
		error_nomem(err);
		goto out;
	}
	if (make_id(run.id, sizeof run.id, err) < 0)
		goto out;
	progress_start(&run.progress, r->jobs[0].name, r->progress);
	for (unsigned attempt = 1; attempt <= ATTEMPTS; attempt++) {
		status = attempt_all(&run, attempt, err);
		for (size_t i = 0; status == 0 && i < r->njobs; i++)
			totals[i] = shards_job_totals(&run.jobs[i]);
		end_attempt(&run);
		if (status <= 0)
			break;
		*err = run.lost;
		if (attempt < ATTEMPTS)
			warn(&run, "%s; everything is begun again with a new snapshot",
				run.lost.text);
	}
	progress_end(&run.progress);
out:
	if (status == 0)
		err->kind = ERROR_NONE;
	free(run.given_back);
	free(run.workers);
	free(run.jobs);
	return status == 0 ? 0 : -1;
}
