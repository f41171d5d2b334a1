/*
 * main.c - validate: rows that keep a contract pass, the others are rejected
 *
 * Options and exit status; the work is in run.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "validate/run.h"

enum { OPTION_REPORT = CLI_OWN, OPTION_REPORT_FORMAT, OPTION_RESOURCE };

/* clang-format off */
static const char usage[] =
	"Usage: validate [OPTION]... SCHEMA.json [FILE]...\n"
	"Copy the rows that keep the contract SCHEMA.json, a Frictionless Table Schema,\n"
	"from FILEs (CSV, plain or zstd) or standard input to standard output, unchanged.\n"
	"\n"
	"      --resource NAME=FILE\n"
	"                         the table NAME, to which foreign keys refer\n"
	"      --report FILE      write counts per rule and column to FILE\n"
	"      --report-format F  as json (the default), or as text for people\n"
	CLI_COMMON_HELP
	"\n"
	"Exit status: 0 done, 1 more rows rejected than allowed, 2 usage or schema error,\n"
	"3 runtime failure.\n";
/* clang-format on */

static const struct option options[] = {
	{"report", required_argument, NULL, OPTION_REPORT},
	{"report-format", required_argument, NULL, OPTION_REPORT_FORMAT},
	{"resource", required_argument, NULL, OPTION_RESOURCE},
	CLI_LONG_OPTIONS,
	{NULL, 0, NULL, 0},
};

static int
take_format(struct run_options *o, const char *text, struct error *err)
{
	if (strcmp(text, "json") != 0 && strcmp(text, "text") != 0)
		return error_set(err, ERROR_USAGE,
			"--report-format '%s' is neither json nor text", text);
	o->report_format = *text == 't' ? REPORT_TEXT : REPORT_JSON;
	return 0;
}

/* NAME=FILE, cut in two where it stands. */
static int
take_resource(struct run_options *o, struct resource *resources, char *text, struct error *err)
{
	char *equals = strchr(text, '=');

	if (equals == NULL || equals == text || equals[1] == '\0')
		return error_set(err, ERROR_USAGE, "--resource '%s' is not NAME=FILE", text);
	*equals = '\0';
	resources[o->nresources++] = (struct resource){text, equals + 1};
	return 0;
}

/* 0; 1 when --help or --version was printed; -1. */
static int
read_options(int argc, char **argv, struct cli *cli, struct run_options *o,
	struct resource *resources, struct error *err)
{
	int opt, rc;

	while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
		switch (opt) {
		case OPTION_REPORT:
			o->report = optarg;
			rc = 0;
			break;
		case OPTION_REPORT_FORMAT: rc = take_format(o, optarg, err); break;
		case OPTION_RESOURCE: rc = take_resource(o, resources, optarg, err); break;
		default: rc = cli_option(cli, opt, usage, err);
		}
		if (rc != 0)
			return rc;
	}
	if (optind == argc)
		return error_set(
			err, ERROR_USAGE, "no SCHEMA.json was given; try 'validate --help'");
	o->schema = argv[optind++];
	o->files = (const char *const *)argv + optind;
	o->nfiles = (size_t)(argc - optind);
	o->output = cli->output;
	o->rejects = cli->rejects;
	o->stats = cli->stats;
	o->max_rejects = cli->max_rejects;
	o->end_mark = cli->end_mark;
	o->progress = cli_progress(cli);
	return 0;
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct run_options o = {.schema = NULL};
	struct resource *resources = calloc((size_t)argc, sizeof *resources);
	struct cli cli;
	int rc = -1;

	cli_init(&cli, "validate");
	o.tell = cli_report_reject;
	o.arg = &cli;
	o.resources = resources;
	if (resources == NULL)
		error_nomem(&err);
	else
		rc = read_options(argc, argv, &cli, &o, resources, &err);
	if (rc == 0)
		run(&o, &err);
	free(resources);
	return rc > 0 ? cli_close_stdout(&cli, 0) : cli_finish(&cli, &err);
}
