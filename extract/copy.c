/*
 * copy.c - see copy.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "extract/copy.h"
#include "extract/folder.h"
#include "shard/manifest.h"
#include "shard/shard_writer.h"

static const char *
job_kind(const struct copy_job *job)
{
	return job->query ? "query" : "table";
}

struct rows *
copy_open(struct source *source, const struct copy_job *job, struct error *err)
{
	struct rows *rows;

	if (job->query == NULL)
		return source_table(source, &job->selection, err);
	rows = source_query(source, job->query, err);
	if (rows == NULL)
		error_prefix(err, "query '%s'", job->name);
	return rows;
}

json_t *
copy_describe(struct source *source, const struct copy_job *job, struct error *err)
{
	struct rows *rows;
	json_t *schema;

	if (job->query == NULL)
		return source_describe(source, &job->selection, err);
	rows = copy_open(source, job, err);
	schema = rows ? rows_schema(rows, err) : NULL;
	rows_close(rows);
	return schema;
}

static int
next_row(struct rows *rows, const struct copy_job *job, struct error *err)
{
	int more = rows_next(rows, err);

	if (more < 0)
		error_prefix(err, "%s '%s': after row %" PRIu64, job_kind(job), job->name,
			rows->read);
	return more;
}

/*
 * A row stands ready.  Write it and those behind it: returns 0 after the last,
 * or 1 when `most` are written and another stands ready.
 */
static int
write_rows(struct rows *rows, const struct copy_job *job, struct csv_writer *csv, uint64_t most,
	struct progress *progress, struct error *err)
{
	int more;

	do {
		rows_put(rows, csv);
		if (csv_writer_end(csv, err) < 0)
			return -1;
		progress_update(progress, rows->read, rows->bytes, rows->read, rows->estimate);
		more = next_row(rows, job, err);
	} while (more > 0 && csv->rows < most);
	return more;
}

static void
add_totals(struct copy_totals *totals, const struct shard_totals *t)
{
	totals->rows += t->rows;
	totals->bytes_out += t->content_bytes;
	totals->hash = t->xxh3;
}

int
copy_to_output(struct rows *rows, const struct copy_job *job, const char *output, bool end_mark,
	struct progress *progress, struct copy_totals *totals, struct error *err)
{
	struct shard_totals t;
	struct shard_writer *w = shard_writer_open(output, false, err);
	int more;

	memset(totals, 0, sizeof *totals);
	if (w == NULL)
		return -1;
	if (shard_writer_header(w, rows->names, rows->ncolumns, err) < 0)
		goto fail;
	more = next_row(rows, job, err);
	if (more > 0)
		more = write_rows(rows, job, shard_writer_csv(w), UINT64_MAX, progress, err);
	if (more < 0)
		goto fail;
	if (shard_writer_finish(w, end_mark, &t, err) < 0)
		return -1;
	add_totals(totals, &t);
	totals->bytes_in = rows->bytes;
	return 0;
fail:
	shard_writer_discard(w);
	return -1;
}

/* ---- shards */

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

/* Everything about the job that is known beforehand. */
static struct manifest *
begin_manifest(struct source *source, const struct copy_job *job, const char *source_name,
	struct error *err)
{
	json_t *schema = copy_describe(source, job, err);
	json_t *server = NULL, *snapshot = NULL;
	struct manifest *m = NULL;
	int bad = 0;

	if (schema == NULL)
		return NULL;
	m = manifest_new(job->name, schema, err);
	json_decref(schema);
	server = m ? source_identity(source, err) : NULL;
	snapshot = server ? source_snapshot(source, err) : NULL;
	if (snapshot == NULL) {
		json_decref(server);
		manifest_free(m);
		return NULL;
	}
	bad |= manifest_set(m, "source", json_string(source_name), err);
	bad |= manifest_set(m, "server", server, err);
	bad |= manifest_set(m, "snapshot", snapshot, err);
	bad |= manifest_set(m, job_kind(job), json_string(job->name), err);
	if (job->query != NULL)
		bad |= manifest_set(m, "sql", json_string(job->query), err);
	if (job->selection.where != NULL)
		bad |= manifest_set(m, "where", json_string(job->selection.where), err);
	bad |= manifest_set(m, "started", now(), err);
	if (bad != 0) {
		manifest_free(m);
		return NULL;
	}
	return m;
}

/* A job whose rows go to shards. */
struct sharding {
	const struct copy_job *job;
	const char *dir;
	uint64_t rows_per_shard;
	struct rows *rows;
	struct manifest *manifest;
	struct progress *progress;
	struct copy_totals *totals;
};

/* The next shard; `ready` tells whether a row stands ready for it.  Returns as write_rows does. */
static int
write_shard(struct sharding *s, bool ready, struct error *err)
{
	struct shard_writer *w = NULL;
	struct shard_totals t;
	char *path = NULL;
	char name[40];
	int more = -1, finished;

	snprintf(name, sizeof name, "part-%05" PRIu64 ".csv.zst", s->totals->shards);
	if (asprintf(&path, "%s/%s", s->dir, name) < 0)
		return error_nomem(err);
	w = shard_writer_open(path, true, err);
	if (w == NULL || shard_writer_header(w, s->rows->names, s->rows->ncolumns, err) < 0)
		goto out;
	more = ready ? write_rows(s->rows, s->job, shard_writer_csv(w), s->rows_per_shard,
			       s->progress, err)
		     : 0;
	if (more < 0)
		goto out;
	finished = shard_writer_finish(w, false, &t, err);
	w = NULL;
	if (finished < 0 || manifest_add(s->manifest, name, &t, NULL, err) < 0) {
		more = -1;
		goto out;
	}
	add_totals(s->totals, &t);
	s->totals->shards++;
out:
	shard_writer_discard(w);
	free(path);
	return more;
}

static int
write_shards(struct sharding *s, struct error *err)
{
	int more = next_row(s->rows, s->job, err);

	if (more < 0)
		return -1;
	do {
		more = write_shard(s, more > 0, err);
	} while (more > 0);
	s->totals->bytes_in = s->rows->bytes;
	if (s->totals->shards > 1)
		s->totals->hash = 0;
	return more;
}

static int
finish_manifest(struct sharding *s, struct error *err)
{
	struct manifest *m = s->manifest;
	json_int_t rows = (json_int_t)s->totals->rows;

	if (manifest_set(m, "consistent", json_boolean(s->rows->transactional), err) < 0 ||
		manifest_set(m, "rows", json_integer(rows), err) < 0 ||
		manifest_set(m, "finished", now(), err) < 0)
		return -1;
	return manifest_write(m, s->dir, err);
}

int
copy_to_shards(struct source *source, const struct copy_job *job, const char *dir,
	uint64_t rows_per_shard, const char *source_name, struct progress *progress,
	struct copy_totals *totals, bool *transactional, struct error *err)
{
	struct sharding s = {.job = job,
		.dir = dir,
		.rows_per_shard = rows_per_shard,
		.progress = progress,
		.totals = totals};
	int status = -1;

	memset(totals, 0, sizeof *totals);
	s.manifest = begin_manifest(source, job, source_name, err);
	if (s.manifest == NULL)
		return -1;
	s.rows = copy_open(source, job, err);
	if (s.rows == NULL)
		goto out;
	*transactional = s.rows->transactional;
	if (folder_make(dir, err) < 0 || folder_clear(dir, err) < 0)
		goto out;
	if (write_shards(&s, err) == 0)
		status = finish_manifest(&s, err);
out:
	rows_close(s.rows);
	manifest_free(s.manifest);
	return status;
}
