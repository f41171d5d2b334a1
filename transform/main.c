/*
 * main.c - transform: rows of the old shape become rows of the new one
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "transform/check.h"
#include "transform/run.h"

enum { EXCERPT_MAX = 2048 };

enum {
	OPT_DESCRIBE = CLI_OWN,
	OPT_LINEAGE,
	OPT_LOOKUP,
	OPT_ONLY,
	OPT_EXCEPT,
	OPT_NOW,
	OPT_CHECK
};

enum action { ACTION_RUN, ACTION_DESCRIBE, ACTION_LINEAGE, ACTION_CHECK };

/* clang-format off */
static const char usage[] =
	"usage: transform [OPTION]... MAP.sql [FILE]...\n"
	"Send CSV from FILEs, or standard input, through the SELECT in MAP.sql.\n"
	"\n"
	"      --lookup NAME=FILE the rows of FILE can be joined in FROM as table NAME\n"
	"      --only COLUMN=FILE leave out rows whose COLUMN is not in FILE's first column\n"
	"      --except COLUMN=FILE\n"
	"                         leave out rows whose COLUMN is\n"
	"      --now TIMESTAMP    what now() and current_date go by, instead of the clock\n"
	"      --check SCHEMA.json\n"
	"                         compare the output's columns with a contract, and read no rows\n"
	"      --describe         print the output's columns as a Table Schema, and no rows\n"
	"      --lineage[=FORMAT] print what each column is made of, as text, csv or json\n"
	CLI_COMMON_HELP;

static const struct option long_options[] = {
	CLI_LONG_OPTIONS,
	{"lookup", required_argument, NULL, OPT_LOOKUP},
	{"only", required_argument, NULL, OPT_ONLY},
	{"except", required_argument, NULL, OPT_EXCEPT},
	{"now", required_argument, NULL, OPT_NOW},
	{"check", required_argument, NULL, OPT_CHECK},
	{"describe", no_argument, NULL, OPT_DESCRIBE},
	{"lineage", optional_argument, NULL, OPT_LINEAGE},
	{NULL, 0, NULL, 0},
};
/* clang-format on */

struct transform {
	struct cli cli;
	enum action action;
	enum lineage_format lineage;
	size_t nlookups;
	struct mapping_file *lookups;
	size_t nmembers;
	struct member_option *members; /* room for as many as there are arguments */
	const char *map;
	const char *now;
	const char *contract; /* of --check */
	const char *const *paths;
	size_t npaths;
};

static int
parse_lineage(struct transform *t, const char *text, struct error *err)
{
	static const char *const formats[] = {"text", "csv", "json"};

	t->action = ACTION_LINEAGE;
	if (text == NULL)
		return 0;
	for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
		if (strcmp(text, formats[i]) == 0) {
			t->lineage = (enum lineage_format)i;
			return 0;
		}
	}
	return error_set(err, ERROR_USAGE, "--lineage '%s' is none of text, csv, json", text);
}

/* text is NAME=FILE; it is cut at the = and kept. */
static int
parse_lookup(struct transform *t, char *text, struct error *err)
{
	char *equals = strchr(text, '=');
	struct mapping_file *larger;

	if (equals == NULL || equals == text || equals[1] == '\0')
		return error_set(err, ERROR_USAGE, "--lookup '%s' is not NAME=FILE", text);
	*equals = '\0';
	for (size_t i = 0; i < t->nlookups; i++) {
		if (strcmp(t->lookups[i].name, text) == 0)
			return error_set(
				err, ERROR_USAGE, "--lookup '%s' is there twice", text);
	}
	if (strcmp(equals + 1, "-") == 0)
		return error_set(err, ERROR_USAGE,
			"--lookup '%s': a lookup cannot come from standard input", text);
	larger = realloc(t->lookups, (t->nlookups + 1) * sizeof *t->lookups);
	if (larger == NULL)
		return error_nomem(err);
	t->lookups = larger;
	t->lookups[t->nlookups++] = (struct mapping_file){.name = text, .path = equals + 1};
	return 0;
}

/* text is COLUMN=FILE; it is cut at the = and kept. */
static int
parse_members(struct transform *t, bool except, char *text, struct error *err)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0')
		return error_set(err, ERROR_USAGE, "--%s '%s' is not COLUMN=FILE",
			except ? "except" : "only", text);
	if (strcmp(equals + 1, "-") == 0)
		return error_set(err, ERROR_USAGE, "--%s: keys cannot come from standard input",
			except ? "except" : "only");
	*equals = '\0';
	t->members[t->nmembers++] = (struct member_option){text, equals + 1, except};
	return 0;
}

static int
take_option(struct transform *t, int opt, struct error *err)
{
	switch (opt) {
	case OPT_DESCRIBE: t->action = ACTION_DESCRIBE; return 0;
	case OPT_CHECK:
		t->action = ACTION_CHECK;
		t->contract = optarg;
		return 0;
	case OPT_NOW: t->now = optarg; return 0;
	case OPT_LOOKUP: return parse_lookup(t, optarg, err);
	case OPT_ONLY: return parse_members(t, false, optarg, err);
	case OPT_EXCEPT: return parse_members(t, true, optarg, err);
	case OPT_LINEAGE: return parse_lineage(t, optarg, err);
	default: return cli_option(&t->cli, opt, usage, err);
	}
}

/* 0: go on; 1: --help or --version was printed; -1 on error. */
static int
parse(struct transform *t, int argc, char **argv, struct error *err)
{
	int opt, status;

	while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, long_options, NULL)) != -1) {
		status = take_option(t, opt, err);
		if (status != 0)
			return status;
	}
	if (argc - optind < 1)
		return error_set(
			err, ERROR_USAGE, "a MAP.sql is needed; try 'transform --help'");
	if (t->cli.stats != NULL && strcmp(t->cli.stats, "-") == 0 && t->cli.output == NULL)
		return error_set(err, ERROR_USAGE,
			"--stats - and the rows cannot both go to standard output: use "
			"--output");
	t->map = argv[optind];
	t->paths = (const char *const *)argv + optind + 1;
	t->npaths = (size_t)(argc - optind - 1);
	return 0;
}

static int
run(struct transform *t, struct mapping *m, struct error *err)
{
	struct error second = ERROR_INIT;
	struct stats stats;
	const struct run_options options = {
		.paths = t->paths,
		.npaths = t->npaths,
		.members = t->members,
		.nmembers = t->nmembers,
		.output = t->cli.output,
		.rejects = t->cli.rejects,
		.max_rejects = t->cli.max_rejects,
		.end_mark = t->cli.end_mark,
		.progress = cli_progress(&t->cli),
		.report = cli_report_reject,
		.arg = &t->cli,
	};
	const struct describe_options describe = {
		.paths = t->paths, .npaths = t->npaths, .output = t->cli.output};
	int status;

	stats_start(&stats);
	m->files = t->lookups;
	m->nfiles = t->nlookups;
	m->now = t->now;
	if (mapping_read(m, t->map, err) < 0)
		return -1;
	if (t->action == ACTION_DESCRIBE)
		return describe_schema(m, &describe, err);
	if (t->action == ACTION_CHECK)
		return check_mapping(m, t->contract, &describe, err);
	if (t->action == ACTION_LINEAGE)
		return describe_lineage(m, t->lineage, &describe, err);
	status = run_mapping(m, &options, &stats, err);
	if (err->kind != ERROR_USAGE && t->cli.stats != NULL) {
		/* also of a run that failed, whose error is the one to report */
		if (stats_write(&stats, "transform", t->cli.stats, NULL,
			    status == 0 ? err : &second) < 0)
			status = -1;
	}
	return status;
}

/* Where in the mapping an error is. */
static void
show_place(const struct mapping *m)
{
	char excerpt[EXCERPT_MAX];

	sql_source_excerpt(&m->source, excerpt, sizeof excerpt);
	fputs(excerpt, stderr);
}

int
main(int argc, char **argv)
{
	struct transform t = {0};
	struct mapping m = {0};
	struct error err = ERROR_INIT;
	int status;

	cli_init(&t.cli, "transform");
	t.members = calloc((size_t)argc, sizeof *t.members);
	status = t.members == NULL ? error_nomem(&err) : parse(&t, argc, argv, &err);
	if (status > 0) {
		status = cli_close_stdout(&t.cli, 0);
		goto out;
	}
	m.source.error_at = SQL_NOWHERE;
	if (status == 0)
		(void)run(&t, &m, &err);
	status = cli_finish(&t.cli, &err);
	if (status == 2)
		show_place(&m);
	mapping_release(&m);
out:
	free(t.lookups);
	free(t.members);
	return status;
}
