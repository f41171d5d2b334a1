/*
 * main.c - extract: tables of a database as CSV, or as shards of it
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "csv/stream.h"
#include "db/uri.h"
#include "extract/copy.h"
#include "extract/folder.h"
#include "extract/options.h"
#include "extract/source.h"
#include "progress.h"
#include "schema/table_schema.h"
#include "stats.h"

struct run {
	const struct options *options;
	struct source *source;
	char *source_name; /* without a password */
	struct stats stats;
	json_t *tables; /* for --stats: what was done, table by table */
};

static void
warn_of_inconsistency(const struct run *run, const struct copy_job *job)
{
	cli_warn(&run->options->cli,
		"table '%s' is not transactional: its rows may be of different moments",
		job->name);
}

static int
add_result(struct run *run, const struct copy_job *job, const struct copy_totals *t,
	struct error *err)
{
	json_t *o = json_pack("{s:s, s:I, s:I, s:I}", "name", job->name, "rows",
		(json_int_t)t->rows, "bytes", (json_int_t)t->bytes_out, "shards",
		(json_int_t)t->shards);

	run->stats.rows_in += t->rows;
	run->stats.rows_out += t->rows;
	run->stats.bytes_in += t->bytes_in;
	run->stats.bytes_out += t->bytes_out;
	run->stats.hash = run->options->njobs > 1 ? 0 : t->hash;
	if (json_array_append_new(run->tables, o) != 0)
		return error_nomem(err);
	cli_say(&run->options->cli, "%s: %" PRIu64 " rows", job->name, t->rows);
	return 0;
}

/* Rows of a table, or of --list, to the one output. */
static int
write_stream(struct run *run, const struct copy_job *job, struct rows *rows, struct error *err)
{
	const struct cli *cli = &run->options->cli;
	struct copy_totals totals;
	struct progress progress;
	int status;

	if (!rows->transactional)
		warn_of_inconsistency(run, job);
	progress_start(&progress, job->name, cli_progress(cli));
	status = copy_to_output(rows, job, cli->output, cli->end_mark, &progress, &totals, err);
	progress_end(&progress);
	return status < 0 ? -1 : add_result(run, job, &totals, err);
}

/* One table's shards lie directly in DIR, those of several in DIR/NAME. */
static char *
job_folder(const struct options *o, const struct copy_job *job, struct error *err)
{
	char *dir;

	if (o->njobs > 1)
		return folder_path(o->directory, job->name, err);
	dir = strdup(o->directory);
	if (dir == NULL)
		error_nomem(err);
	return dir;
}

static int
write_shards(struct run *run, const struct copy_job *job, struct error *err)
{
	const struct options *o = run->options;
	char *dir = job_folder(o, job, err);
	struct copy_totals totals;
	struct progress progress;
	bool transactional = true;
	int status;

	if (dir == NULL)
		return -1;
	progress_start(&progress, job->name, cli_progress(&o->cli));
	status = copy_to_shards(run->source, job, dir, o->rows_per_shard, run->source_name,
		&progress, &totals, &transactional, err);
	progress_end(&progress);
	free(dir);
	if (!transactional)
		warn_of_inconsistency(run, job);
	return status < 0 ? -1 : add_result(run, job, &totals, err);
}

static int
describe(struct run *run, struct error *err)
{
	json_t *schema = copy_describe(run->source, &run->options->jobs[0], err);
	struct stream_out *out = NULL;
	char *text = NULL;
	int status = -1;
	size_t len;

	if (schema == NULL)
		return -1;
	text = table_schema_text(schema, &len, err);
	json_decref(schema);
	if (text == NULL)
		return -1;
	out = stream_out_open(run->options->cli.output, NULL, err);
	if (out == NULL || stream_out_write(out, text, len, err) < 0) {
		stream_out_discard(out);
		goto out;
	}
	status = stream_out_finish(out, NULL, err);
out:
	free(text);
	return status;
}

static int
list(struct run *run, struct error *err)
{
	static const struct copy_job job = {.name = "list of tables", .query = ""};
	struct rows *rows = source_list(run->source, err);
	int status;

	if (rows == NULL)
		return -1;
	status = write_stream(run, &job, rows, err);
	rows_close(rows);
	return status;
}

/* Refuse before anything is asked of the server, and before any of the folders is touched. */
static int
check_folders(const struct options *o, struct error *err)
{
	for (size_t i = 0; o->directory != NULL && !o->again && i < o->njobs; i++) {
		char *dir = job_folder(o, &o->jobs[i], err);
		bool used;
		int status;

		if (dir == NULL)
			return -1;
		status = folder_is_used(dir, &used, err);
		if (status == 0 && used)
			status = error_set(err, ERROR_USAGE,
				"folder '%s' has shards already: --again replaces them", dir);
		free(dir);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int
extract_rows(struct run *run, struct error *err)
{
	const struct options *o = run->options;

	for (size_t i = 0; i < o->njobs; i++) {
		struct rows *rows;
		int status;

		if (o->directory != NULL) {
			if (write_shards(run, &o->jobs[i], err) < 0)
				return -1;
			continue;
		}
		rows = copy_open(run->source, &o->jobs[i], err);
		if (rows == NULL)
			return -1;
		status = write_stream(run, &o->jobs[i], rows, err);
		rows_close(rows);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int
write_stats(struct run *run, struct error *err)
{
	const char *path = run->options->cli.stats;
	json_t *extra;
	int status;

	if (path == NULL)
		return 0;
	extra = json_pack("{s:O}", "tables", run->tables);
	if (extra == NULL)
		return error_nomem(err);
	status = stats_write(&run->stats, "extract", path, extra, err);
	json_decref(extra);
	return status;
}

static int
work(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	int status = -1;

	if (check_folders(o, err) < 0)
		return -1;
	run->source = source_open(o->source, o->defaults_file, err);
	if (run->source == NULL)
		return -1;
	switch (o->action) {
	case EXTRACT_LIST: status = list(run, err); break;
	case EXTRACT_DESCRIBE: status = describe(run, err); break;
	case EXTRACT_ROWS: status = extract_rows(run, err); break;
	}
	return status < 0 ? -1 : write_stats(run, err);
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct options options;
	struct run run = {.options = &options};
	int status = options_parse(&options, argc, argv, &err);

	if (status == 0) {
		stats_start(&run.stats);
		run.source_name = uri_redact(options.source);
		run.tables = json_array();
		if (run.source_name == NULL || run.tables == NULL)
			error_nomem(&err);
		else
			work(&run, &err);
		source_close(run.source);
		json_decref(run.tables);
		free(run.source_name);
	}
	options_release(&options);
	if (status == 1)
		return cli_close_stdout(&options.cli, 0);
	return cli_finish(&options.cli, &err);
}
