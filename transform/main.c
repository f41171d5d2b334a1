/*
 * main.c - transform: rows of the old shape become rows of the new one
 */
#include <string.h>

#include "cli.h"
#include "transform/run.h"

enum { EXCERPT_MAX = 2048 };

/* clang-format off */
static const char usage[] =
	"usage: transform [OPTION]... MAP.sql [FILE]...\n"
	"Send CSV from FILEs, or standard input, through the SELECT in MAP.sql.\n"
	"\n"
	CLI_COMMON_HELP;

static const struct option long_options[] = {
	CLI_LONG_OPTIONS,
	{NULL, 0, NULL, 0},
};
/* clang-format on */

struct transform {
	struct cli cli;
	const char *map;
	const char *const *paths;
	size_t npaths;
};

/* 0: go on; 1: --help or --version was printed; -1 on error. */
static int
parse(struct transform *t, int argc, char **argv, struct error *err)
{
	int opt, status;

	while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, long_options, NULL)) != -1) {
		status = cli_option(&t->cli, opt, usage, err);
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
		.output = t->cli.output,
		.rejects = t->cli.rejects,
		.max_rejects = t->cli.max_rejects,
		.end_mark = t->cli.end_mark,
		.progress = cli_progress(&t->cli),
		.report = cli_report_reject,
		.arg = &t->cli,
	};
	int status;

	stats_start(&stats);
	if (mapping_read(m, t->map, err) < 0)
		return -1;
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
	status = parse(&t, argc, argv, &err);
	if (status > 0)
		return cli_close_stdout(&t.cli, 0);
	m.source.error_at = SQL_NOWHERE;
	if (status == 0)
		(void)run(&t, &m, &err);
	status = cli_finish(&t.cli, &err);
	if (status == 2)
		show_place(&m);
	mapping_release(&m);
	return status;
}
