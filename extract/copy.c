/*
 * copy.c - see copy.h
 */
#include <inttypes.h>
#include <string.h>

#include "extract/copy.h"
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

/* A row stands ready: write it and those behind it. */
static int
write_rows(struct rows *rows, const struct copy_job *job, struct csv_writer *csv,
	struct throttle *throttle, struct progress *progress, struct error *err)
{
	static const atomic_bool never;
	uint64_t step = throttle_step(throttle);
	int more;

	do {
		rows_put(rows, csv);
		if (csv_writer_end(csv, err) < 0)
			return -1;
		progress_update(progress, rows->read, rows->bytes, rows->read, rows->estimate);
		if (rows->read % step == 0 && throttle_pause(throttle, step, &never, err) < 0)
			return -1;
		more = next_row(rows, job, err);
	} while (more > 0);
	return more;
}

int
copy_to_output(struct rows *rows, const struct copy_job *job, const char *output, bool end_mark,
	struct throttle *throttle, struct progress *progress, struct copy_totals *totals,
	struct error *err)
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
		more = write_rows(rows, job, shard_writer_csv(w), throttle, progress, err);
	if (more < 0)
		goto fail;
	if (shard_writer_finish(w, end_mark, &t, err) < 0)
		return -1;
	*totals = (struct copy_totals){.rows = t.rows,
		.bytes_in = rows->bytes,
		.bytes_out = t.content_bytes,
		.hash = t.xxh3};
	return 0;
fail:
	shard_writer_discard(w);
	return -1;
}
