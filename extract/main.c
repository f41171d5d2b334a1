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
#include "extract/follow.h"
#include "extract/options.h"
#include "extract/shards.h"
#include "extract/source.h"
#include "progress.h"
#include "schema/table_schema.h"
#include "stats.h"

struct run {
	const struct options *options;
	struct source *source;
	char *source_name; /* without a password */
	struct throttle throttle;
	struct stats stats;
	json_t *tables; /* for --stats: what was done, table by table */
	struct follow_result followed;
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
	status = copy_to_output(
		rows, job, cli->output, cli->end_mark, &run->throttle, &progress, &totals, err);
	progress_end(&progress);
	return status < 0 ? -1 : add_result(run, job, &totals, err);
}

static void
free_folders(char **dirs)
{
	for (size_t i = 0; dirs != NULL && dirs[i] != NULL; i++)
		free(dirs[i]);
	free(dirs);
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

static void
warn(void *arg, const char *message)
{
	cli_warn(arg, "%s", message);
}

/* The folders of all jobs, for free_folders. */
static char **
job_folders(const struct options *o, struct error *err)
{
	char **dirs = calloc(o->njobs + 1, sizeof *dirs);

	if (dirs == NULL)
		error_nomem(err);
	for (size_t i = 0; dirs != NULL && i < o->njobs; i++) {
		dirs[i] = job_folder(o, &o->jobs[i], err);
		if (dirs[i] == NULL) {
			free_folders(dirs);
			dirs = NULL;
		}
	}
	return dirs;
}

static int
write_shards(struct run *run, char *const *dirs, struct error *err)
{
	const struct options *o = run->options;
	struct copy_totals *totals = calloc(o->njobs, sizeof *totals);
	struct cli cli = o->cli;
	struct shards_request request = {.address = o->source,
		.defaults_file = o->defaults_file,
		.source_name = run->source_name,
		.jobs = o->jobs,
		.njobs = o->njobs,
		.dirs = dirs,
		.connections = o->connections,
		.rows_per_shard = o->rows_per_shard,
		.no_lock = o->no_lock,
		.throttle = &run->throttle,
		.progress = cli_progress(&o->cli),
		.warn = warn,
		.arg = &cli};
	int status;

	if (totals == NULL)
		return error_nomem(err);
	status = shards_write(&request, totals, err);
	for (size_t i = 0; status == 0 && i < o->njobs; i++)
		status = add_result(run, &o->jobs[i], &totals[i], err);
	free(totals);
	return status;
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

/* Whether one of the folders has what the same run has not come to the end of. */
static bool
run_is_unfinished(const struct folder_state *states, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++) {
		if (states[i].unfinished && strcmp(states[i].run, id) == 0)
			return true;
	}
	return false;
}

/*
 * Refuse before anything is asked of the server, and before any of the folders
 * is touched.  What a run left unfinished is begun again, with those of its
 * folders that it had finished.
 */
static int
check_folders(const struct options *o, char *const *dirs, struct error *err)
{
	struct folder_state *states = calloc(o->njobs, sizeof *states);
	int status = 0;

	if (states == NULL)
		return error_nomem(err);
	for (size_t i = 0; status == 0 && i < o->njobs; i++)
		status = folder_look(dirs[i], &states[i], err);
	for (size_t i = 0; status == 0 && !o->again && i < o->njobs; i++) {
		if (!states[i].used || states[i].unfinished)
			continue;
		if (states[i].run[0] == '\0' ||
			!run_is_unfinished(states, o->njobs, states[i].run))
			status = error_set(err, ERROR_USAGE,
				"folder '%s' has shards already: --again replaces them",
				dirs[i]);
	}
	free(states);
	return status;
}

static int
extract_to_shards(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	char **dirs = job_folders(o, err);
	int status;

	if (dirs == NULL)
		return -1;
	status = check_folders(o, dirs, err);
	if (status == 0)
		status = throttle_start(&run->throttle, o->source, o->defaults_file, err);
	if (status == 0)
		status = write_shards(run, dirs, err);
	free_folders(dirs);
	return status;
}

static int
extract_to_output(struct run *run, struct error *err)
{
	const struct options *o = run->options;
	struct rows *rows;
	int status;

	if (throttle_start(&run->throttle, o->source, o->defaults_file, err) < 0)
		return -1;
	rows = copy_open(run->source, &o->jobs[0], err);
	if (rows == NULL)
		return -1;
	status = write_stream(run, &o->jobs[0], rows, err);
	rows_close(rows);
	return status;
}

static int
extract_changes(struct run *run, struct options *o, struct error *err)
{
	struct follow_request request = {.address = o->source,
		.defaults_file = o->defaults_file,
		.source_name = run->source_name,
		.jobs = o->jobs,
		.njobs = o->njobs,
		.directory = o->directory,
		.output = o->cli.output,
		.end_mark = o->cli.end_mark,
		.rows_per_shard = o->rows_per_shard,
		.interval = o->interval,
		.from = o->from,
		.until = o->until,
		.warn = warn,
		.arg = &o->cli};
	int status;

	memset(&o->from, 0, sizeof o->from);
	memset(&o->until, 0, sizeof o->until);
	status = follow(&request, &run->followed, err);
	for (size_t i = 0; status == 0 && i < o->njobs; i++)
		status = add_result(run, &o->jobs[i], &run->followed.tables[i], err);
	if (status == 0)
		cli_say(&o->cli, "up to %s%s%s", run->followed.position,
			run->followed.position[0] != '\0' && run->followed.gtid[0] != '\0'
				? ", GTID "
				: "",
			run->followed.gtid);
	return status;
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
	if (extra != NULL && run->followed.gtid != NULL) {
		json_object_set_new(extra, "position", json_string(run->followed.position));
		json_object_set_new(extra, "gtid", json_string(run->followed.gtid));
	}
	if (extra == NULL)
		return error_nomem(err);
	status = stats_write(&run->stats, "extract", path, extra, err);
	json_decref(extra);
	return status;
}

static int
work(struct run *run, struct options *o, struct error *err)
{
	int status = -1;

	if (o->action == EXTRACT_FOLLOW) {
		status = extract_changes(run, o, err);
		return status < 0 ? -1 : write_stats(run, err);
	}
	if (o->directory != NULL) {
		status = extract_to_shards(run, err);
		return status < 0 ? -1 : write_stats(run, err);
	}
	run->source = source_open(o->source, o->defaults_file, err);
	if (run->source == NULL)
		return -1;
	switch (o->action) {
	case EXTRACT_LIST: status = list(run, err); break;
	case EXTRACT_DESCRIBE: status = describe(run, err); break;
	case EXTRACT_ROWS: status = extract_to_output(run, err); break;
	case EXTRACT_FOLLOW: break;
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
		run.throttle = (struct throttle){.max_rows = options.max_rows,
			.counter = options.load_counter,
			.max_load = options.max_load};
		run.source_name = uri_redact(options.source);
		run.tables = json_array();
		if (run.source_name == NULL || run.tables == NULL)
			error_nomem(&err);
		else
			work(&run, &options, &err);
		throttle_end(&run.throttle);
		source_close(run.source);
		follow_result_release(&run.followed);
		json_decref(run.tables);
		free(run.source_name);
	}
	options_release(&options);
	if (status == 1)
		return cli_close_stdout(&options.cli, 0);
	return cli_finish(&options.cli, &err);
}
