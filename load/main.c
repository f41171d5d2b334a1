/*
 * main.c - load: put a CSV stream into a table of PostgreSQL or MySQL
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "db/uri.h"
#include "load/changes.h"
#include "load/job.h"
#include "load/ledger.h"
#include "load/mysql_ledger.h"
#include "load/sink.h"
#include "schema/table_schema.h"
#include "signals.h"
#include "stats.h"

enum {
	OPT_MODE = CLI_OWN,
	OPT_KEY,
	OPT_DRY_RUN,
	OPT_AGAIN,
	OPT_NO_LEDGER,
	OPT_PRINT_SCHEMA,
	OPT_DESCRIBE,
	OPT_DEFER_INDEXES,
	OPT_REBUILD_INDEXES,
	OPT_NO_ANALYZE,
	OPT_DEFAULTS_FILE,
	OPT_STREAM,
	OPT_FROM,
	OPT_UNTIL,
	OPT_WITH,
};

/* clang-format off */
static const char usage[] =
	"usage: load [OPTION]... TARGET TABLE [FILE]...\n"
	"Load CSV from FILEs, or standard input, into a table of PostgreSQL or MySQL.\n"
	"TARGET is postgres://[USER@]HOST[:PORT]/DATABASE, a conninfo string, or\n"
	"mysql://[USER@]HOST[:PORT]/DATABASE (mariadb:// too).\n"
	"\n"
	"      --mode MODE        insert (default), upsert, or replace\n"
	"      --key COLUMNS      by which an upsert finds rows (default: the primary key)\n"
	"      --dry-run          do everything, constraints included, then roll back\n"
	"      --defer-indexes[=keep]\n"
	"                         drop indexes and constraints for the time of the load, or\n"
	"                         until --rebuild-indexes\n"
	"      --rebuild-indexes  make again what --defer-indexes left dropped, and exit\n"
	"      --no-analyze       do not gather the table's statistics at the end\n"
	"      --describe         print the table's contract as Table Schema, and exit\n"
	"      --again            load files that were loaded before, too; start a change\n"
	"                         stream over\n"
	"      --no-ledger        do not keep in the ledger what was loaded, nor ask it\n"
	"      --stream NAME      of a change stream: the name its position is kept under\n"
	"                         (default changes)\n"
	"      --from POSITION    of a change stream: the table has all changes up to there\n"
	"      --until POSITION   of a change stream: apply nothing behind it\n"
	"      --with TABLE=FILE  apply the changes of another table too, in the source's order\n"
	"      --print-schema     print the SQL that makes the ledger (for TARGET), and exit\n"
	"      --defaults-file FILE\n"
	"                         read MySQL's options from FILE alone\n"
	"      --rejects FILE     write refused rows to FILE, with the reason\n"
	"      --max-rejects N    how many rows may be refused, a number or N% (default 0)\n"
	"      --stats FILE       write what was done to FILE as JSON\n"
	"      --end-mark         load nothing from a stream that ends without its end mark\n"
	"  -o, --output FILE      write what --describe prints to FILE\n"
	"      --progress         show progress on standard error (default on a terminal)\n"
	"      --no-progress      do not\n"
	"  -q, --quiet            report errors only\n"
	"  -v, --verbose          say what is done with each file\n"
	"  -V, --version          print the version and exit\n"
	"      --help             print this help and exit\n";

static const struct option long_options[] = {
	CLI_LONG_OPTIONS,
	{"mode", required_argument, NULL, OPT_MODE},
	{"key", required_argument, NULL, OPT_KEY},
	{"dry-run", no_argument, NULL, OPT_DRY_RUN},
	{"again", no_argument, NULL, OPT_AGAIN},
	{"no-ledger", no_argument, NULL, OPT_NO_LEDGER},
	{"print-schema", no_argument, NULL, OPT_PRINT_SCHEMA},
	{"describe", no_argument, NULL, OPT_DESCRIBE},
	{"defer-indexes", optional_argument, NULL, OPT_DEFER_INDEXES},
	{"rebuild-indexes", no_argument, NULL, OPT_REBUILD_INDEXES},
	{"no-analyze", no_argument, NULL, OPT_NO_ANALYZE},
	{"defaults-file", required_argument, NULL, OPT_DEFAULTS_FILE},
	{"stream", required_argument, NULL, OPT_STREAM},
	{"from", required_argument, NULL, OPT_FROM},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"with", required_argument, NULL, OPT_WITH},
	{NULL, 0, NULL, 0},
};
/* clang-format on */

#define DEFAULT_STREAM "changes"

struct load {
	struct cli cli;
	struct job_options job;
	bool describe;
	bool rebuild;
	bool print_schema;
	const char *defaults_file;
	char *target; /* may hold a password */
	const char *table;
	const char *const *paths;
	size_t npaths;
	const char *stream;        /* NULL: not given */
	const char *from, *until;  /* likewise */
	struct changes_file *with; /* room for all arguments */
	size_t nwith;
};

static int
parse_mode(struct job_options *job, const char *text, struct error *err)
{
	static const char *const modes[] = {"insert", "upsert", "replace"};

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		if (strcmp(text, modes[i]) == 0) {
			job->mode = (enum job_mode)i;
			return 0;
		}
	}
	return error_set(
		err, ERROR_USAGE, "--mode '%s' is none of insert, upsert, replace", text);
}

static int
parse_defer(struct job_options *job, const char *text, struct error *err)
{
	if (text != NULL && strcmp(text, "keep") != 0)
		return error_set(
			err, ERROR_USAGE, "--defer-indexes=%s: only 'keep' is known", text);
	job->defer = text ? SINK_DEFER_KEEP : SINK_DEFER;
	return 0;
}

/* text is TABLE=FILE; it is cut at the = and kept. */
static int
parse_with(struct load *load, char *text, struct error *err)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0')
		return error_set(err, ERROR_USAGE, "--with '%s' is not TABLE=FILE", text);
	if (strcmp(equals + 1, "-") == 0)
		return error_set(
			err, ERROR_USAGE, "--with: changes cannot come from standard input");
	*equals = '\0';
	load->with[load->nwith++] = (struct changes_file){text, equals + 1};
	return 0;
}

static int
take_option(struct load *load, int opt, struct error *err)
{
	switch (opt) {
	case OPT_MODE: return parse_mode(&load->job, optarg, err);
	case OPT_KEY: load->job.key = optarg; return 0;
	case OPT_DRY_RUN: load->job.dry_run = true; return 0;
	case OPT_AGAIN: load->job.again = true; return 0;
	case OPT_NO_LEDGER: load->job.no_ledger = true; return 0;
	case OPT_DESCRIBE: load->describe = true; return 0;
	case OPT_DEFER_INDEXES: return parse_defer(&load->job, optarg, err);
	case OPT_REBUILD_INDEXES: load->rebuild = true; return 0;
	case OPT_NO_ANALYZE: load->job.no_analyze = true; return 0;
	case OPT_PRINT_SCHEMA: load->print_schema = true; return 0;
	case OPT_DEFAULTS_FILE: load->defaults_file = optarg; return 0;
	case OPT_STREAM: load->stream = optarg; return 0;
	case OPT_FROM: load->from = optarg; return 0;
	case OPT_UNTIL: load->until = optarg; return 0;
	case OPT_WITH: return parse_with(load, optarg, err);
	default: return cli_option(&load->cli, opt, usage, err);
	}
}

/* Options that make no sense with each other. */
static int
check_options(const struct load *load, struct error *err)
{
	const struct job_options *job = &load->job;

	if (load->cli.output != NULL && !load->describe)
		return error_set(err, ERROR_USAGE, "--output is only for --describe");
	if (job->defer != SINK_DEFER_NOT && job->dry_run)
		return error_set(err, ERROR_USAGE,
			"--defer-indexes is not for --dry-run, which changes nothing");
	if (load->rebuild && (job->dry_run || load->describe || job->mode != JOB_INSERT ||
				     job->defer != SINK_DEFER_NOT))
		return error_set(err, ERROR_USAGE,
			"--rebuild-indexes does nothing else: not --mode, --dry-run, "
			"--describe, "
			"--defer-indexes");
	return 0;
}

/* Of the target's kind; of PostgreSQL where none is named. */
static int
print_schema(const char *target)
{
	bool mysql = target != NULL && uri_kind(target) == URI_MYSQL;

	fputs(mysql ? mysql_ledger_schema() : ledger_schema(), stdout);
	return 1;
}

static void
warn_of_password(const struct load *load)
{
	cli_warn(&load->cli, "a password on the command line can be seen by others; %s",
		uri_kind(load->target) == URI_MYSQL ? "MYSQL_PWD or an option file hide it"
						    : "PGPASSWORD or ~/.pgpass hide it");
}

/* 0: go on; 1: what was asked for is printed, --help and the like; -1 on error. */
static int
parse(struct load *load, int argc, char **argv, struct error *err)
{
	bool had_password = false;
	int opt, status;

	while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, long_options, NULL)) != -1) {
		status = take_option(load, opt, err);
		if (status != 0)
			return status;
	}
	if (load->print_schema)
		return print_schema(argv[optind]);
	if (check_options(load, err) < 0)
		return -1;
	if (argc - optind < 2)
		return error_set(
			err, ERROR_USAGE, "a TARGET and a TABLE are needed; try 'load --help'");
	load->target = uri_take(argv[optind], &had_password, err);
	if (load->target == NULL)
		return -1;
	if (had_password)
		warn_of_password(load);
	if (load->defaults_file != NULL && uri_kind(load->target) != URI_MYSQL)
		return error_set(err, ERROR_USAGE, "--defaults-file is only for mysql://");
	load->table = argv[optind + 1];
	load->paths = (const char *const *)argv + optind + 2;
	load->npaths = (size_t)(argc - optind - 2);
	if ((load->describe || load->rebuild) && load->npaths > 0)
		return error_set(err, ERROR_USAGE, "%s reads no files",
			load->describe ? "--describe" : "--rebuild-indexes");
	return 0;
}

static void
say(void *arg, const char *message)
{
	cli_say(arg, "%s", message);
}

/* The server's notices, such as those of triggers, when all is to be said. */
static void
show_notice(void *arg, const char *message)
{
	cli_say(arg, "the server says: %.*s", (int)strcspn(message, "\n"), message);
}

static void
warn(void *arg, const char *message)
{
	cli_warn(arg, "%s", message);
}

static void
summarize(const struct load *load, const struct job_totals *t)
{
	uint64_t unchanged = t->loaded - t->inserted - t->updated;
	char files[64] = "";

	if (load->cli.quiet)
		return;
	if (load->npaths > 1)
		(void)snprintf(files, sizeof files, "%" PRIu64 " of %zu files, ", t->files,
			load->npaths);
	fprintf(stderr,
		"load: %s: %s%" PRIu64 " rows read, %" PRIu64 " inserted, %" PRIu64
		" updated, %" PRIu64 " unchanged, %" PRIu64 " rejected",
		load->table, files, t->read, t->inserted, t->updated, unchanged, t->rejected);
	if (t->filtered > 0)
		fprintf(stderr, ", %" PRIu64 " left out by a trigger", t->filtered);
	if (t->skipped_files > 0)
		fprintf(stderr, ", %" PRIu64 " in %" PRIu64 " file%s loaded before", t->skipped,
			t->skipped_files, t->skipped_files == 1 ? "" : "s");
	if (t->undone > 0)
		fprintf(stderr, ", %" PRIu64 " rolled back", t->undone);
	if (t->rebuilt.made > 0)
		fprintf(stderr, "; %" PRIu64 " indexes and constraints made again",
			t->rebuilt.made);
	fputs(load->job.dry_run ? "; a dry run: all was rolled back\n" : "\n", stderr);
}

static int
write_stats(const struct load *load, struct stats *stats, const struct job_totals *t,
	struct error *err)
{
	json_t *extra;
	int status;

	if (load->cli.stats == NULL)
		return 0;
	stats->rows_in = t->read;
	stats->rows_out = t->loaded;
	stats->rejected = t->rejected;
	stats->filtered = t->filtered;
	stats->bytes_in = t->bytes;
	stats->hash = t->hash;
	extra = json_pack("{sIsIsIsIsIsb}", "inserted", (json_int_t)t->inserted, "updated",
		(json_int_t)t->updated, "unchanged",
		(json_int_t)(t->loaded - t->inserted - t->updated), "rolled_back",
		(json_int_t)t->undone, "skipped", (json_int_t)t->skipped, "dry_run",
		load->job.dry_run);
	if (extra == NULL)
		return error_nomem(err);
	status = stats_write(stats, "load", load->cli.stats, extra, err);
	json_decref(extra);
	return status;
}

/* Print the contract of the table. */
static int
describe(const struct load *load, struct sink *sink, struct error *err)
{
	struct stream_out *out = NULL;
	json_t *schema;
	char *text = NULL;
	size_t len = 0;
	int status = -1;

	schema = sink_describe(sink, err);
	if (schema == NULL || (text = table_schema_text(schema, &len, err)) == NULL)
		goto out;
	out = stream_out_open(load->cli.output, NULL, err);
	if (out == NULL)
		goto out;
	if (stream_out_write(out, text, len, err) < 0)
		stream_out_discard(out);
	else
		status = stream_out_finish(out, NULL, err);
out:
	free(text);
	json_decref(schema);
	return status;
}

/* Make again what is dropped. */
static int
rebuild(const struct load *load, struct sink *sink, struct error *err)
{
	struct signals *signals = signals_start(sink_cancel, sink, err);
	struct sink_rebuilt done = {0};
	int status;

	if (signals == NULL)
		return -1;
	status = sink_rebuild(sink, load->cli.rejects, &done, err);
	signals_stop(signals);
	if (!load->cli.quiet)
		fprintf(stderr,
			"load: %s: %" PRIu64 " indexes and constraints made again, %" PRIu64
			" left\n",
			load->table, done.made, done.left);
	return status;
}

/* What a stream of rows cannot have, once it is known to be that. */
static int
check_rows(const struct load *load, struct error *err)
{
	const char *wrong;

	if (load->job.key != NULL && load->job.mode != JOB_UPSERT)
		return error_set(err, ERROR_USAGE, "--key is only for --mode upsert");
	wrong = load->stream != NULL  ? "--stream"
		: load->from != NULL  ? "--from"
		: load->until != NULL ? "--until"
		: load->nwith > 0     ? "--with"
				      : NULL;
	if (wrong != NULL)
		return error_set(err, ERROR_USAGE,
			"%s is only for a change stream, and the input has no column _op",
			wrong);
	return 0;
}

static int
run_rows(struct load *load, struct sink *sink, struct shard_reader *first, struct stats *stats,
	struct signals *signals, struct error *err)
{
	struct job_totals totals = {0};
	struct error second = ERROR_INIT;
	int status = check_rows(load, err);

	if (status == 0)
		status = job_run(
			&load->job, sink, first, load->paths, load->npaths, &totals, err);
	else
		shard_reader_close(first);
	/* does not return when it was a signal that made it fail */
	signals_stop(signals);
	if (status == 0 || totals.read > 0)
		summarize(load, &totals);
	/* also of a load that failed, whose error is the one to report */
	if (write_stats(load, stats, &totals, status == 0 ? err : &second) < 0)
		status = -1;
	return status;
}

static void
summarize_changes(const struct load *load, const struct changes_totals *t)
{
	if (load->cli.quiet)
		return;
	fprintf(stderr,
		"load: %s: %" PRIu64 " changes read, %" PRIu64 " applied: %" PRIu64
		" inserted, %" PRIu64 " updated, %" PRIu64 " deleted; %" PRIu64 " rejected",
		load->table, t->read, t->applied, t->inserted, t->updated, t->deleted,
		t->rejected);
	if (t->skipped > 0)
		fprintf(stderr, ", %" PRIu64 " applied before", t->skipped);
	if (t->undone > 0)
		fprintf(stderr, ", %" PRIu64 " rolled back", t->undone);
	fputs(load->job.dry_run ? "; a dry run: all was rolled back\n" : "\n", stderr);
}

static int
write_change_stats(const struct load *load, struct stats *stats, const struct changes_totals *t,
	struct error *err)
{
	json_t *extra;
	int status;

	if (load->cli.stats == NULL)
		return 0;
	stats->rows_in = t->read;
	stats->rows_out = t->applied;
	stats->rejected = t->rejected;
	stats->bytes_in = t->bytes;
	stats->hash = t->hash;
	extra = json_pack("{sIsIsIsIsIsIsssssb}", "inserted", (json_int_t)t->inserted,
		"updated", (json_int_t)t->updated, "deleted", (json_int_t)t->deleted,
		"rolled_back", (json_int_t)t->undone, "skipped", (json_int_t)t->skipped,
		"commits", (json_int_t)t->commits, "position", t->position, "stream",
		load->stream ? load->stream : DEFAULT_STREAM, "dry_run", load->job.dry_run);
	if (extra == NULL)
		return error_nomem(err);
	status = stats_write(stats, "load", load->cli.stats, extra, err);
	json_decref(extra);
	return status;
}

/* What a change stream cannot have, once it is known to be one. */
static int
check_changes(const struct load *load, struct error *err)
{
	const struct job_options *job = &load->job;
	const char *wrong = job->mode == JOB_REPLACE       ? "--mode replace"
			    : job->defer != SINK_DEFER_NOT ? "--defer-indexes"
			    : job->no_ledger               ? "--no-ledger"
							   : NULL;

	if (wrong == NULL)
		return 0;
	return error_set(err, ERROR_USAGE, "%s is not for a change stream (column _op)", wrong);
}

static int
run_changes(struct load *load, struct sink *sink, struct shard_reader *first,
	struct stats *stats, struct signals *signals, struct error *err)
{
	const struct changes_options options = {
		.stream = load->stream ? load->stream : DEFAULT_STREAM,
		.key = load->job.key,
		.from = load->from,
		.until = load->until,
		.again = load->job.again,
		.dry_run = load->job.dry_run,
		.end_mark = load->cli.end_mark,
		.rejects = load->cli.rejects,
		.max_rejects = load->cli.max_rejects,
		.progress = cli_progress(&load->cli),
		.report_reject = cli_report_reject,
		.say = say,
		.arg = &load->cli,
	};
	struct changes_totals totals = {0};
	struct error second = ERROR_INIT;
	int status = check_changes(load, err);

	if (status == 0)
		status = changes_run(&options, sink, first, load->paths, load->npaths,
			load->with, load->nwith, &totals, err);
	else
		shard_reader_close(first);
	signals_stop(signals);
	if (status == 0 || totals.read > 0)
		summarize_changes(load, &totals);
	if (write_change_stats(load, stats, &totals, status == 0 ? err : &second) < 0)
		status = -1;
	return status;
}

/* The header tells whether it is rows that come, or changes. */
static int
run_job(struct load *load, struct sink *sink, struct error *err)
{
	struct signals *signals;
	struct shard_reader *first;
	struct error second = ERROR_INIT;
	struct stats stats;

	stats_start(&stats);
	signals = signals_start(sink_cancel, sink, err);
	if (signals == NULL)
		return -1;
	first = shard_reader_open(load->paths, load->npaths > 0 ? 1 : 0, err);
	if (first == NULL) {
		signals_stop(signals);
		(void)write_stats(load, &stats, &(struct job_totals){0}, &second);
		return -1;
	}
	return changes_are(shard_reader_header(first))
		       ? run_changes(load, sink, first, &stats, signals, err)
		       : run_rows(load, sink, first, &stats, signals, err);
}

static int
run(struct load *load, struct error *err)
{
	const struct sink_address address = {
		.target = load->target,
		.defaults_file = load->defaults_file,
		.table = load->table,
		.notice = show_notice,
		.warning = warn,
		.reject = cli_report_reject,
		.arg = &load->cli,
	};
	struct sink *sink = sink_open(&address, err);
	int status;

	if (sink == NULL)
		return -1;
	status = load->describe  ? describe(load, sink, err)
		 : load->rebuild ? rebuild(load, sink, err)
				 : run_job(load, sink, err);
	sink_close(sink);
	return status;
}

int
main(int argc, char **argv)
{
	struct load load = {0};
	struct error err = ERROR_INIT;
	int status;

	cli_init(&load.cli, "load");
	load.with = calloc((size_t)argc, sizeof *load.with);
	status = load.with == NULL ? error_nomem(&err) : parse(&load, argc, argv, &err);
	if (status > 0) {
		status = cli_close_stdout(&load.cli, 0);
		goto out;
	}
	if (status == 0) {
		load.job.end_mark = load.cli.end_mark;
		load.job.rejects = load.cli.rejects;
		load.job.max_rejects = load.cli.max_rejects;
		load.job.progress = cli_progress(&load.cli);
		load.job.report_reject = cli_report_reject;
		load.job.say = say;
		load.job.arg = &load.cli;
		(void)run(&load, &err);
	}
	uri_free(load.target);
	status = cli_finish(&load.cli, &err);
out:
	free(load.with);
	return status;
}
