/*
 * options.c - see options.h
 */
#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "csv/stream.h"
#include "db/uri.h"
#include "extract/options.h"

enum {
	OPT_QUERY = CLI_OWN,
	OPT_AGAIN,
	OPT_LIST,
	OPT_DESCRIBE,
	OPT_DEFAULTS_FILE,
	OPT_NO_LOCK,
	OPT_MAX_ROWS,
	OPT_MAX_LOAD,
	OPT_FOLLOW,
	OPT_FROM,
	OPT_FROM_MANIFEST,
	OPT_UNTIL,
	OPT_UNTIL_NOW,
	OPT_INTERVAL,
};

enum { ROWS_PER_SHARD = 1000000, QUERY_MAX = 1 << 20, JOBS_MAX = 1024 };

/* clang-format off */
static const char usage[] =
	"usage: extract [OPTION]... SOURCE TABLE\n"
	"       extract [OPTION]... --query NAME=FILE SOURCE\n"
	"       extract [OPTION]... -d DIR SOURCE [TABLE | --query NAME=FILE]...\n"
	"       extract --list [OPTION]... SOURCE\n"
	"       extract --describe [OPTION]... SOURCE TABLE\n"
	"       extract --follow --from POS [OPTION]... SOURCE TABLE\n"
	"       extract --follow --from POS [OPTION]... -d DIR SOURCE TABLE...\n"
	"Write tables of MySQL, MariaDB or PostgreSQL as CSV, or as shards of it.\n"
	"SOURCE is mysql://[USER@]HOST[:PORT]/DATABASE or mysql://[USER@]/DATABASE?socket=PATH,\n"
	"or postgres://[USER@]HOST[:PORT]/DATABASE or libpq's 'host=... dbname=...'.\n"
	"\n"
	"  -w, --where CONDITION  only rows for which CONDITION, in the source's SQL, is true\n"
	"  -c, --columns COLUMNS  only these columns, separated by commas, in this order\n"
	"      --query NAME=FILE  the result of the SELECT in FILE (- is standard input)\n"
	"  -d, --directory DIR    write shards and a datapackage.json to DIR\n"
	"  -n, --rows-per-shard N at most N rows in a shard (default 1000000)\n"
	"  -j, --jobs JOBS        read with so many connections of one snapshot (default 1)\n"
	"      --no-lock          take no lock for that; the snapshots may then differ (MySQL)\n"
	"      --again            replace the shards that DIR has\n"
	"      --max-rows-per-second N\n"
	"                         read no faster than that\n"
	"      --max-load NAME=N  pause while the server's counter NAME is over N, such as\n"
	"                         Threads_running=40 (PostgreSQL: active=40)\n"
	"      --list             list tables instead of rows\n"
	"      --describe         print the columns as Table Schema instead of rows\n"
	"      --follow           print the changes of the table out of the binary log, or write\n"
	"                         them to DIR as shards (MySQL and MariaDB)\n"
	"      --from POS         begin at FILE:OFFSET, a GTID of MariaDB, behind a _pos, or now\n"
	"      --from-manifest FILE\n"
	"                         begin at the snapshot of a copy, by its datapackage.json\n"
	"      --until POS        end when everything up to there is written\n"
	"      --until-now        the same, up to what is committed now\n"
	"      --interval SECONDS seal shards of changes so often (default 1)\n"
	"      --defaults-file FILE\n"
	"                         read user, password and so on from FILE, not ~/.my.cnf (MySQL)\n"
	"  -o, --output FILE      write to FILE, compressed and sealed if it ends in .zst\n"
	"      --stats FILE       write what was done to FILE as JSON\n"
	"      --end-mark         write \\. after the last row, only on success\n"
	"      --progress         show progress on standard error (default on a terminal)\n"
	"      --no-progress      do not\n"
	"  -q, --quiet            report errors only\n"
	"  -v, --verbose          say what is done\n"
	"  -V, --version          print the version and exit\n"
	"      --help             print this help and exit\n";

/* extract refuses no rows, so it has no options for rejects. */
static const struct option long_options[] = {
	{"where", required_argument, NULL, 'w'},
	{"columns", required_argument, NULL, 'c'},
	{"query", required_argument, NULL, OPT_QUERY},
	{"directory", required_argument, NULL, 'd'},
	{"rows-per-shard", required_argument, NULL, 'n'},
	{"jobs", required_argument, NULL, 'j'},
	{"no-lock", no_argument, NULL, OPT_NO_LOCK},
	{"max-rows-per-second", required_argument, NULL, OPT_MAX_ROWS},
	{"max-load", required_argument, NULL, OPT_MAX_LOAD},
	{"again", no_argument, NULL, OPT_AGAIN},
	{"list", no_argument, NULL, OPT_LIST},
	{"describe", no_argument, NULL, OPT_DESCRIBE},
	{"follow", no_argument, NULL, OPT_FOLLOW},
	{"from", required_argument, NULL, OPT_FROM},
	{"from-manifest", required_argument, NULL, OPT_FROM_MANIFEST},
	{"until", required_argument, NULL, OPT_UNTIL},
	{"until-now", no_argument, NULL, OPT_UNTIL_NOW},
	{"interval", required_argument, NULL, OPT_INTERVAL},
	{"defaults-file", required_argument, NULL, OPT_DEFAULTS_FILE},
	{"output", required_argument, NULL, 'o'},
	{"stats", required_argument, NULL, CLI_STATS},
	{"end-mark", no_argument, NULL, CLI_END_MARK},
	{"progress", no_argument, NULL, CLI_PROGRESS},
	{"no-progress", no_argument, NULL, CLI_NO_PROGRESS},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"version", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, CLI_HELP},
	{NULL, 0, NULL, 0},
};
/* clang-format on */

/* A number from least to most, which is all of the text. */
static int
parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
		return -1;
	return *number >= least && *number <= most ? 0 : -1;
}

static int
parse_rows(struct options *o, const char *text, struct error *err)
{
	o->rows_per_shard_given = true;
	if (parse_number(text, 1, UINT64_MAX, &o->rows_per_shard) < 0)
		return error_set(err, ERROR_USAGE,
			"--rows-per-shard '%s' is no number of rows from 1 on", text);
	return 0;
}

static int
parse_jobs(struct options *o, const char *text, struct error *err)
{
	uint64_t n;

	if (parse_number(text, 1, JOBS_MAX, &n) < 0)
		return error_set(err, ERROR_USAGE,
			"--jobs '%s' is no number of connections from 1 to %d", text, JOBS_MAX);
	o->connections = (size_t)n;
	return 0;
}

static int
parse_max_rows(struct options *o, const char *text, struct error *err)
{
	if (parse_number(text, 1, UINT64_MAX, &o->max_rows) < 0)
		return error_set(err, ERROR_USAGE,
			"--max-rows-per-second '%s' is no number of rows from 1 on", text);
	return 0;
}

/* NAME=N, which is cut in two in place. */
static int
parse_load(struct options *o, char *text, struct error *err)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text ||
		parse_number(equals + 1, 1, UINT64_MAX, &o->max_load) < 0)
		return error_set(err, ERROR_USAGE,
			"--max-load '%s' is not of the form NAME=N, such as Threads_running=40",
			text);
	*equals = '\0';
	o->load_counter = text;
	return 0;
}

/* The text of a query, without white space and semicolons at its end. */
static char *
read_query(const char *path, struct error *err)
{
	struct stream_in *in = stream_in_open(path, err);
	char *text = malloc(QUERY_MAX + 1);
	size_t used = 0, n = 1;

	if (in == NULL)
		goto fail;
	if (text == NULL) {
		error_nomem(err);
		goto fail;
	}
	while (n > 0 && used < QUERY_MAX) {
		if (stream_in_read(in, text + used, QUERY_MAX - used, &n, err) < 0)
			goto fail;
		used += n;
	}
	if (used == QUERY_MAX || memchr(text, '\0', used) != NULL) {
		error_set(err, ERROR_USAGE, "'%s' is no query: too long, or with a NUL byte",
			stream_in_name(in));
		goto fail;
	}
	while (used > 0 && strchr(" \t\r\n;", text[used - 1]) != NULL)
		used--;
	text[used] = '\0';
	if (used == 0) {
		error_set(err, ERROR_USAGE, "'%s' has no query", stream_in_name(in));
		goto fail;
	}
	stream_in_close(in);
	return text;
fail:
	stream_in_close(in);
	free(text);
	return NULL;
}

/* NAME=FILE, which is cut in two in place; the file is read later, by read_queries. */
static int
add_query(struct options *o, char *arg, struct error *err)
{
	struct copy_job *job = &o->jobs[o->njobs];
	char *equals = strchr(arg, '=');

	if (equals == NULL || equals == arg || equals[1] == '\0')
		return error_set(
			err, ERROR_USAGE, "--query '%s' is not of the form NAME=FILE", arg);
	*equals = '\0';
	job->name = arg;
	o->query_files[o->njobs] = equals + 1;
	o->njobs++;
	o->nqueries++;
	return 0;
}

static int
read_queries(struct options *o, struct error *err)
{
	for (size_t i = 0; i < o->nqueries; i++) {
		o->jobs[i].query = read_query(o->query_files[i], err);
		if (o->jobs[i].query == NULL) {
			err->kind = ERROR_USAGE; /* nothing was done yet */
			return -1;
		}
	}
	return 0;
}

/* Seconds, perhaps with a fraction. */
static int
parse_interval(struct options *o, const char *text, struct error *err)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(text, &end);
	if (text[strspn(text, "0123456789.")] != '\0' || end == text || *end != '\0' ||
		errno != 0 || !(seconds >= 0.05) || seconds > 86400)
		return error_set(err, ERROR_USAGE,
			"--interval '%s' is not a number of seconds from 0.05 to 86400", text);
	o->interval = (uint64_t)(seconds * 1e9);
	o->interval_given = true;
	return 0;
}

static int
set_place(struct binlog_place *place, const char *option, const char *text, struct error *err)
{
	if (place->kind != BINLOG_PLACE_NONE)
		return error_set(err, ERROR_USAGE, "%s comes on top of another place", option);
	if (strcmp(option, "--from-manifest") == 0)
		return binlog_place_load(place, text, err);
	return binlog_place_parse(place, option, text, err);
}

static int
take_option(struct options *o, int opt, struct error *err)
{
	switch (opt) {
	case 'w': o->where = optarg; return 0;
	case 'c': o->columns = optarg; return 0;
	case 'd': o->directory = optarg; return 0;
	case 'n': return parse_rows(o, optarg, err);
	case 'j': return parse_jobs(o, optarg, err);
	case OPT_NO_LOCK: o->no_lock = true; return 0;
	case OPT_MAX_ROWS: return parse_max_rows(o, optarg, err);
	case OPT_MAX_LOAD: return parse_load(o, optarg, err);
	case OPT_QUERY: return add_query(o, optarg, err);
	case OPT_AGAIN: o->again = true; return 0;
	case OPT_LIST: o->action = EXTRACT_LIST; return 0;
	case OPT_DESCRIBE: o->action = EXTRACT_DESCRIBE; return 0;
	case OPT_FOLLOW: o->action = EXTRACT_FOLLOW; return 0;
	case OPT_FROM: return set_place(&o->from, "--from", optarg, err);
	case OPT_FROM_MANIFEST: return set_place(&o->from, "--from-manifest", optarg, err);
	case OPT_UNTIL: return set_place(&o->until, "--until", optarg, err);
	case OPT_UNTIL_NOW: return set_place(&o->until, "--until-now", "now", err);
	case OPT_INTERVAL: return parse_interval(o, optarg, err);
	case OPT_DEFAULTS_FILE: o->defaults_file = optarg; return 0;
	default: return cli_option(&o->cli, opt, usage, err);
	}
}

static void
add_tables(struct options *o, char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct copy_job *job = &o->jobs[o->njobs++];

		job->name = names[i];
		job->selection = (struct selection){names[i], o->where, o->columns};
	}
}

/* Options that would do nothing together are errors. */
static int
check_shards(const struct options *o, struct error *err)
{
	if (o->directory == NULL) {
		const char *name = o->again                  ? "--again"
				   : o->rows_per_shard_given ? "--rows-per-shard"
				   : o->connections > 1      ? "--jobs"
				   : o->no_lock              ? "--no-lock"
							     : NULL;

		if (name != NULL)
			return error_set(err, ERROR_USAGE,
				"%s is only for shards: give a folder with --directory", name);
		return 0;
	}
	if (o->directory[0] == '\0')
		return error_set(err, ERROR_USAGE, "--directory has no name");
	if (o->cli.output != NULL)
		return error_set(
			err, ERROR_USAGE, "--output and --directory exclude each other");
	if (o->cli.end_mark)
		return error_set(err, ERROR_USAGE,
			"--end-mark is for streams: shards have a seal of their own");
	if (o->action != EXTRACT_ROWS && o->action != EXTRACT_FOLLOW)
		return error_set(err, ERROR_USAGE, "--directory is for rows only");
	return 0;
}

static int
check_names(const struct options *o, struct error *err)
{
	for (size_t i = 0; i < o->njobs; i++) {
		const char *name = o->jobs[i].name;

		assert(name != NULL);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(o->jobs[j].name, name) == 0)
				return error_set(err, ERROR_USAGE, "'%s' is named twice", name);
		}
	}
	return 0;
}

/* What is for --follow alone, and what it has no use for. */
static int
check_follow(const struct options *o, struct error *err)
{
	bool place = o->from.kind != BINLOG_PLACE_NONE || o->until.kind != BINLOG_PLACE_NONE;
	const char *other = o->where != NULL     ? "--where"
			    : o->columns != NULL ? "--columns"
			    : o->nqueries > 0    ? "--query"
			    : o->connections > 1 ? "--jobs"
			    : o->no_lock         ? "--no-lock"
			    : o->again           ? "--again"
						 : NULL;

	if (o->action != EXTRACT_FOLLOW) {
		if (place || o->interval_given)
			return error_set(err, ERROR_USAGE,
				"--from, --until and --interval are for --follow only");
		return 0;
	}
	if (uri_kind(o->source) != URI_MYSQL)
		return error_set(err, ERROR_USAGE,
			"--follow is for MySQL and MariaDB: the source must be mysql://");
	if (other != NULL)
		return error_set(err, ERROR_USAGE,
			"%s is not for --follow: the log has whole tables", other);
	if (o->interval_given && o->directory == NULL)
		return error_set(err, ERROR_USAGE,
			"--interval is only for shards: give a folder with --directory");
	if (o->from.kind == BINLOG_PLACE_NONE && o->directory == NULL)
		return error_set(err, ERROR_USAGE,
			"--follow needs a place to begin at: give --from or --from-manifest");
	return 0;
}

static int
check(const struct options *o, struct error *err)
{
	if (check_shards(o, err) < 0 || check_follow(o, err) < 0)
		return -1;
	if (o->action != EXTRACT_ROWS && (o->max_rows > 0 || o->load_counter != NULL))
		return error_set(err, ERROR_USAGE,
			"--max-rows-per-second and --max-load are for rows only");
	if (o->nqueries > 0 && (o->where != NULL || o->columns != NULL))
		return error_set(err, ERROR_USAGE,
			"--where and --columns are for tables: write them into the query");
	if (o->action == EXTRACT_LIST) {
		if (o->njobs > 0 || o->where != NULL || o->columns != NULL)
			return error_set(err, ERROR_USAGE, "--list takes no tables");
		return 0;
	}
	if (o->njobs == 0)
		return error_set(err, ERROR_USAGE,
			"a TABLE or --query is needed; --list shows the tables");
	if (o->njobs > 1 && o->directory == NULL)
		return error_set(err, ERROR_USAGE,
			"several tables need a folder: give one with --directory");
	if (o->action == EXTRACT_DESCRIBE && o->where != NULL)
		return error_set(err, ERROR_USAGE, "--where is for rows only");
	return check_names(o, err);
}

int
options_parse(struct options *o, int argc, char **argv, struct error *err)
{
	bool had_password = false;
	int opt, status;

	memset(o, 0, sizeof *o);
	cli_init(&o->cli, "extract");
	o->rows_per_shard = ROWS_PER_SHARD;
	o->connections = 1;
	o->interval = 1000000000;
	o->jobs = calloc((size_t)argc, sizeof *o->jobs);
	o->query_files = calloc((size_t)argc, sizeof *o->query_files);
	if (o->jobs == NULL || o->query_files == NULL)
		return error_nomem(err);
	while ((opt = getopt_long(argc, argv, "w:c:d:n:j:" CLI_SHORT_OPTIONS, long_options,
			NULL)) != -1) {
		status = take_option(o, opt, err);
		if (status != 0)
			return status;
	}
	if (optind == argc)
		return error_set(err, ERROR_USAGE, "a SOURCE is needed; try 'extract --help'");
	o->source = uri_take(argv[optind], &had_password, err);
	if (o->source == NULL)
		return -1;
	if (had_password)
		cli_warn(&o->cli,
			"a password on the command line can be seen by others; %s hide it",
			uri_kind(o->source) == URI_MYSQL ? "MYSQL_PWD or ~/.my.cnf"
							 : "PGPASSWORD or ~/.pgpass");
	add_tables(o, argv + optind + 1, (size_t)(argc - optind - 1));
	if (check(o, err) < 0)
		return -1;
	return read_queries(o, err);
}

void
options_release(struct options *o)
{
	for (size_t i = 0; i < o->nqueries; i++)
		free((char *)(uintptr_t)o->jobs[i].query);
	binlog_place_release(&o->from);
	binlog_place_release(&o->until);
	free(o->query_files);
	free(o->jobs);
	uri_free(o->source);
}
