/*
 * shards_manifest.c - see shards_manifest.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "extract/folder.h"
#include "extract/shards_manifest.h"

struct shards_entry {
	struct shard_totals totals; /* rows and so on */
	const struct bound *after, *upto;
	bool there;
};

static const char *
kind(const struct copy_job *job)
{
	return job->query ? "query" : "table";
}

static json_t *
now(void)
{
	struct timespec t;
	struct tm parts;
	char text[64];
	size_t n;

	clock_gettime(CLOCK_REALTIME, &t);
	gmtime_r(&t.tv_sec, &parts);
	n = strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
	snprintf(text + n, sizeof text - n, ".%06ld+00", t.tv_nsec / 1000);
	return json_string(text);
}

/* A condition or a query that the server refuses shows when it is prepared. */
static int
check_rows(struct shards_job *j, struct source *source, struct error *err)
{
	struct rows *rows = j->plan ? source_range(source, j->plan, NULL, NULL, err)
				    : copy_open(source, j->job, err);

	rows_close(rows);
	return rows != NULL ? 0 : -1;
}

int
shards_job_begin(struct shards_job *j, const struct copy_job *job, const char *dir,
	struct source *source, struct error *err)
{
	memset(j, 0, sizeof *j);
	j->job = job;
	j->dir = dir;
	if (job->query == NULL) {
		j->plan = source_plan(source, &job->selection, err);
		if (j->plan == NULL)
			return -1;
		j->ranges = j->plan->key != NULL;
	}
	if (check_rows(j, source, err) < 0)
		return -1;
	j->schema = copy_describe(source, job, err);
	return j->schema != NULL ? 0 : -1;
}

static int
describe_job(struct shards_job *j, struct source *source, const struct shards_request *request,
	struct error *err)
{
	json_t *server = source_identity(source, err);
	json_t *snapshot = server ? source_snapshot(source, err) : NULL;
	const struct copy_job *job = j->job;
	bool shared = !request->no_lock || request->connections == 1;
	bool transactional = j->plan == NULL || j->plan->transactional;
	int bad = 0;

	if (snapshot == NULL) {
		json_decref(server);
		return -1;
	}
	bad |= manifest_set(j->manifest, "source", json_string(request->source_name), err);
	bad |= manifest_set(j->manifest, "server", server, err);
	bad |= manifest_set(j->manifest, "snapshot", snapshot, err);
	bad |= manifest_set(j->manifest, kind(job), json_string(job->name), err);
	if (job->query != NULL)
		bad |= manifest_set(j->manifest, "sql", json_string(job->query), err);
	if (job->selection.where != NULL)
		bad |= manifest_set(
			j->manifest, "where", json_string(job->selection.where), err);
	if (j->plan != NULL && j->ranges)
		bad |= manifest_set(j->manifest, "key", json_incref(j->plan->key), err);
	bad |= manifest_set(
		j->manifest, "consistent", json_boolean(shared && transactional), err);
	return bad;
}

int
shards_job_lock(struct shards_job *j, struct error *err)
{
	if (folder_make(j->dir, err) < 0)
		return -1;
	j->lock = folder_lock(j->dir, err);
	j->locked = j->lock >= 0;
	return j->locked ? 0 : -1;
}

int
shards_job_take_folder(struct shards_job *j, const struct shards_request *request,
	struct source *source, const char *id, unsigned attempt, const char *again,
	struct error *err)
{
	struct manifest *m;

	j->manifest = m = manifest_new(j->job->name, j->schema, err);
	if (m == NULL || manifest_set(m, "complete", json_false(), err) < 0 ||
		describe_job(j, source, request, err) < 0 ||
		manifest_set(m, "run", json_string(id), err) < 0 ||
		manifest_set(m, "attempts", json_integer(attempt), err) < 0 ||
		(again != NULL &&
			manifest_set(m, "begun_again", json_string(again), err) < 0) ||
		manifest_set(m, "started", now(), err) < 0)
		return -1;
	if (manifest_write(m, j->dir, err) < 0)
		return -1;
	return folder_clear(j->dir, err);
}

static void
shard_name(char *buf, size_t size, uint64_t number)
{
	snprintf(buf, size, "part-%05" PRIu64 ".csv.zst", number);
}

char *
shards_job_path(const struct shards_job *j, uint64_t number, struct error *err)
{
	char name[40];
	char *path;

	shard_name(name, sizeof name, number);
	if (asprintf(&path, "%s/%s", j->dir, name) < 0) {
		error_nomem(err);
		return NULL;
	}
	return path;
}

/* Room for one more of n elements: their number is rounded up to a power of two. */
static void *
grow(void *array, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return array;
	return realloc(array, (n == 0 ? 1 : 2 * n) * size);
}

int
shards_job_keep(struct shards_job *j, struct bound *bound, struct error *err)
{
	struct bound **bounds = grow(j->bounds, j->nbounds, sizeof(struct bound *));

	if (bounds == NULL) {
		source_bound_free(bound);
		return error_nomem(err);
	}
	j->bounds = bounds;
	j->bounds[j->nbounds++] = bound;
	return 0;
}

int
shards_job_add(struct shards_job *j, uint64_t number, const struct shard_totals *totals,
	uint64_t bytes_in, const struct bound *after, const struct bound *upto,
	struct error *err)
{
	while (j->nentries <= number) {
		struct shards_entry *entries =
			grow(j->entries, j->nentries, sizeof *j->entries);

		if (entries == NULL)
			return error_nomem(err);
		j->entries = entries;
		j->entries[j->nentries++] = (struct shards_entry){.there = false};
	}
	j->entries[number] = (struct shards_entry){*totals, after, upto, true};
	j->rows += totals->rows;
	j->bytes_in += bytes_in;
	return 0;
}

int
shards_job_forget(struct shards_job *j, struct error *err)
{
	j->nentries = 0;
	j->rows = j->bytes_in = 0;
	return folder_clear(j->dir, err);
}

/* The ends of its range; one that is missing is an end of the table. */
static json_t *
range_of(const struct shards_entry *e)
{
	json_t *o = json_object();

	if (e->after != NULL)
		json_object_set(o, "after", e->after->shown);
	if (e->upto != NULL)
		json_object_set(o, "upto", e->upto->shown);
	return o;
}

int
shards_job_finish(struct shards_job *j, struct error *err)
{
	char name[40];

	for (size_t i = 0; i < j->nentries; i++) {
		const struct shards_entry *e = &j->entries[i];

		if (!e->there)
			return error_set(err, ERROR_RUNTIME,
				"%s '%s': shard %zu was not written", kind(j->job),
				j->job->name, i);
		shard_name(name, sizeof name, i);
		if (manifest_add(j->manifest, name, &e->totals, range_of(e), err) < 0)
			return -1;
	}
	if (manifest_set(j->manifest, "rows", json_integer((json_int_t)j->rows), err) < 0 ||
		manifest_set(j->manifest, "finished", now(), err) < 0 ||
		manifest_set(j->manifest, "complete", json_true(), err) < 0)
		return -1;
	return manifest_write(j->manifest, j->dir, err);
}

struct copy_totals
shards_job_totals(const struct shards_job *j)
{
	struct copy_totals t = {
		.rows = j->rows, .bytes_in = j->bytes_in, .shards = j->nentries};

	for (size_t i = 0; i < j->nentries; i++)
		t.bytes_out += j->entries[i].totals.content_bytes;
	if (j->nentries == 1)
		t.hash = j->entries[0].totals.xxh3;
	return t;
}

void
shards_job_release(struct shards_job *j)
{
	source_plan_free(j->plan);
	json_decref(j->schema);
	manifest_free(j->manifest);
	for (size_t i = 0; i < j->nbounds; i++)
		source_bound_free(j->bounds[i]);
	free(j->bounds);
	free(j->entries);
	if (j->locked)
		close(j->lock);
	memset(j, 0, sizeof *j);
}
