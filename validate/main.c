/*
 * main.c - validate: rows that keep a contract pass, the others are rejected
 *
 * Options and exit status; the work is in run.c, and of the other modes in
 * diff.c, checksum.c and profile.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "validate/checksum.h"
#include "validate/diff.h"
#include "validate/keys_check.h"
#include "validate/profile.h"
#include "validate/run.h"

enum {
	OPTION_REPORT = CLI_OWN,
	OPTION_REPORT_FORMAT,
	OPTION_RESOURCE,
	OPTION_KEYS_OUT,
	OPTION_KEYS_CHECK,
	OPTION_SCHEMA,
	OPTION_DIFF,
	OPTION_CHECKSUM,
	OPTION_SORT,
	OPTION_MEMORY,
	OPTION_COMPARE,
	OPTION_IGNORE,
	OPTION_KEY,
	OPTION_BUCKETS,
	OPTION_BUCKET,
	OPTION_PROFILE,
	OPTION_FORMAT
};

/* What is to be done, one of these; as bits, for the table below. */
enum mode {
	MODE_CONTRACT = 1,
	MODE_DIFF = 2,
	MODE_CHECKSUM = 4,
	MODE_KEYS = 8,
	MODE_PROFILE = 16
};

/* clang-format off */
static const char usage[] =
	"Usage: validate [OPTION]... SCHEMA.json [FILE]...\n"
	"   or: validate --keys-check [OPTION]... [KEYS]...\n"
	"   or: validate --diff KEY [OPTION]... OLD NEW\n"
	"   or: validate --checksum [OPTION]... [FILE]...\n"
	"   or: validate --profile [OPTION]... [[NAME=]FILE]...\n"
	"Copy the rows that keep the contract SCHEMA.json, a Frictionless Table Schema,\n"
	"from FILEs (CSV, plain or zstd) or standard input to standard output, unchanged;\n"
	"or tell how two streams differ, or take checksums of one, or say what is in tables.\n"
	"\n"
	"      --resource NAME=FILE\n"
	"                         the table NAME, to which foreign keys refer\n"
	"      --report FILE      write counts per rule and column to FILE\n"
	"      --report-format F  as json (the default), or as text for people\n"
	"      --keys-out KEYS    write the keys of the rows that passed to KEYS\n"
	"      --keys-check       check that they are unique over all KEYS, for shards that\n"
	"                         were validated side by side\n"
	"      --schema SCHEMA    with that: the contract, for the errors that it tolerates\n"
	"\n"
	"      --diff KEY[,KEY]   compare OLD and NEW, each a file, a folder of shards or -,\n"
	"                         by these columns, in whose order their rows must be\n"
	"      --sort             bring them in that order first\n"
	"      --memory SIZE      how much memory sorting may take (default 32M)\n"
	"      --checksum         write the number of rows and a hash for each bucket of rows\n"
	"      --buckets N        how many buckets there are (default 1024)\n"
	"      --key KEY[,KEY]    which columns choose a row's bucket (default: all)\n"
	"      --bucket N[,N]     write the rows of these buckets instead\n"
	"      --compare COLUMNS  compare or hash these only\n"
	"      --ignore COLUMNS   compare or hash all but these\n"
	"\n"
	"      --profile          tell of each column what its values look like, since when,\n"
	"                         what is unique, and which tables refer to which\n"
	"      --key [NAME=]KEY   the column in whose order the rows are\n"
	"      --sort             bring them in that order first (in 16M, or --memory)\n"
	"      --format F         as text (the default), json or markdown\n"
	"\n"
	CLI_COMMON_HELP
	"\n"
	"Exit status: 0 done, 1 more rows rejected than allowed or differences found,\n"
	"2 usage or schema error, 3 runtime failure.\n";
/* clang-format on */

static const struct option options[] = {
	{"report", required_argument, NULL, OPTION_REPORT},
	{"report-format", required_argument, NULL, OPTION_REPORT_FORMAT},
	{"keys-out", required_argument, NULL, OPTION_KEYS_OUT},
	{"keys-check", no_argument, NULL, OPTION_KEYS_CHECK},
	{"schema", required_argument, NULL, OPTION_SCHEMA},
	{"resource", required_argument, NULL, OPTION_RESOURCE},
	{"diff", required_argument, NULL, OPTION_DIFF},
	{"checksum", no_argument, NULL, OPTION_CHECKSUM},
	{"sort", no_argument, NULL, OPTION_SORT},
	{"memory", required_argument, NULL, OPTION_MEMORY},
	{"compare", required_argument, NULL, OPTION_COMPARE},
	{"ignore", required_argument, NULL, OPTION_IGNORE},
	{"key", required_argument, NULL, OPTION_KEY},
	{"buckets", required_argument, NULL, OPTION_BUCKETS},
	{"bucket", required_argument, NULL, OPTION_BUCKET},
	{"profile", no_argument, NULL, OPTION_PROFILE},
	{"format", required_argument, NULL, OPTION_FORMAT},
	CLI_LONG_OPTIONS,
	{NULL, 0, NULL, 0},
};

/* The modes with which an option goes; those that go with all are not here. */
static const struct {
	int option;
	unsigned modes;
} goes_with[] = {
	{OPTION_REPORT, MODE_CONTRACT | MODE_DIFF},
	{OPTION_REPORT_FORMAT, MODE_CONTRACT | MODE_DIFF},
	{OPTION_RESOURCE, MODE_CONTRACT},
	{OPTION_KEYS_OUT, MODE_CONTRACT},
	{OPTION_SCHEMA, MODE_KEYS},
	{CLI_REJECTS, MODE_CONTRACT | MODE_KEYS},
	{CLI_MAX_REJECTS, MODE_CONTRACT | MODE_KEYS},
	{OPTION_SORT, MODE_DIFF | MODE_PROFILE},
	{OPTION_MEMORY, MODE_DIFF | MODE_PROFILE},
	{OPTION_COMPARE, MODE_DIFF | MODE_CHECKSUM},
	{OPTION_IGNORE, MODE_DIFF | MODE_CHECKSUM},
	{OPTION_KEY, MODE_CHECKSUM | MODE_PROFILE},
	{OPTION_FORMAT, MODE_PROFILE},
	{OPTION_BUCKETS, MODE_CHECKSUM},
	{OPTION_BUCKET, MODE_CHECKSUM},
};

enum { LIMITED = sizeof goes_with / sizeof goes_with[0] };

/* What the command line asks for. */
struct request {
	struct cli cli;
	enum mode mode;
	bool given[LIMITED]; /* which options of the table were */
	struct run_options run;
	struct resource *resources;
	struct diff_options diff;
	struct checksum_options checksum;
	struct profile_options profile;
	const char **keys; /* each --key that was given */
	size_t nkeys;
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

	if (equals == NULL || equals[1] == '\0')
		return error_set(err, ERROR_USAGE, "--resource '%s' is not NAME=FILE", text);
	*equals = '\0';
	resources[o->nresources++] = (struct resource){text, equals + 1};
	return 0;
}

static const char *
mode_option(enum mode mode)
{
	switch (mode) {
	case MODE_CONTRACT: break;
	case MODE_DIFF: return "--diff";
	case MODE_CHECKSUM: return "--checksum";
	case MODE_KEYS: return "--keys-check";
	case MODE_PROFILE: return "--profile";
	}
	return "a schema";
}

static int
take_mode(struct request *r, enum mode mode, struct error *err)
{
	if (r->mode != MODE_CONTRACT && r->mode != mode)
		return error_set(err, ERROR_USAGE, "%s and %s do not go together",
			mode_option(r->mode), mode_option(mode));
	r->mode = mode;
	return 0;
}

static int
take_memory(struct request *r, struct error *err)
{
	if (diff_parse_memory(optarg, &r->diff.memory, err) == 0)
		return 0;
	error_prefix(err, "--memory");
	return -1;
}

/* The last one counts, but for --profile, which takes one for each table. */
static int
take_key(struct request *r)
{
	r->checksum.key = optarg;
	r->keys[r->nkeys++] = optarg;
	return 0;
}

static int
take_option(struct request *r, int opt, struct error *err)
{
	for (size_t i = 0; i < LIMITED; i++)
		r->given[i] = r->given[i] || goes_with[i].option == opt;
	switch (opt) {
	case OPTION_REPORT: r->run.report = optarg; return 0;
	case OPTION_REPORT_FORMAT: return take_format(&r->run, optarg, err);
	case OPTION_RESOURCE: return take_resource(&r->run, r->resources, optarg, err);
	case OPTION_KEYS_OUT: r->run.keys_out = optarg; return 0;
	case OPTION_KEYS_CHECK: return take_mode(r, MODE_KEYS, err);
	case OPTION_SCHEMA: r->run.schema = optarg; return 0;
	case OPTION_DIFF: r->diff.key = optarg; return take_mode(r, MODE_DIFF, err);
	case OPTION_CHECKSUM: return take_mode(r, MODE_CHECKSUM, err);
	case OPTION_SORT: r->diff.sort = true; return 0;
	case OPTION_MEMORY: return take_memory(r, err);
	case OPTION_COMPARE: r->diff.compare = optarg; return 0;
	case OPTION_IGNORE: r->diff.ignore = optarg; return 0;
	case OPTION_KEY: return take_key(r);
	case OPTION_BUCKETS: return checksum_parse_buckets(optarg, &r->checksum.buckets, err);
	case OPTION_BUCKET: r->checksum.bucket = optarg; return 0;
	case OPTION_PROFILE: return take_mode(r, MODE_PROFILE, err);
	case OPTION_FORMAT: return profile_parse_format(&r->profile.format, optarg, err);
	default: return cli_option(&r->cli, opt, usage, err);
	}
}

/* Options that do not go with the mode are not passed over: they were meant to do something. */
static int
check_options(const struct request *r, struct error *err)
{
	for (size_t i = 0; i < LIMITED; i++) {
		const struct option *o = options;

		if (!r->given[i] || (goes_with[i].modes & r->mode) != 0)
			continue;
		while (o->val != goes_with[i].option)
			o++;
		return error_set(err, ERROR_USAGE, "--%s does not go with %s", o->name,
			mode_option(r->mode));
	}
	if (r->diff.compare != NULL && r->diff.ignore != NULL)
		return error_set(err, ERROR_USAGE, "--compare and --ignore do not go together");
	return 0;
}

static void
say(void *arg, const char *line)
{
	const struct cli *cli = arg;

	if (!cli->quiet)
		fprintf(stderr, "%s: %s\n", cli->program, line);
}

static void
fill_run(struct request *r, char **files, size_t n)
{
	struct run_options *o = &r->run;

	o->files = (const char *const *)files;
	o->nfiles = n;
	o->output = r->cli.output;
	o->rejects = r->cli.rejects;
	o->stats = r->cli.stats;
	o->max_rejects = r->cli.max_rejects;
	o->end_mark = r->cli.end_mark;
	o->progress = cli_progress(&r->cli);
	o->resources = r->resources;
	o->tell = cli_report_reject;
	o->arg = &r->cli;
}

static void
fill_diff(struct request *r, char **operands)
{
	struct diff_options *o = &r->diff;

	o->old = operands[0];
	o->new = operands[1];
	o->output = r->cli.output;
	o->report = r->run.report;
	o->report_format = r->run.report_format;
	o->stats = r->cli.stats;
	o->end_mark = r->cli.end_mark;
	o->say_equal = r->cli.verbose > 0;
	o->progress = cli_progress(&r->cli);
	o->say = say;
	o->arg = &r->cli;
}

static void
fill_checksum(struct request *r, char **operands, size_t n)
{
	struct checksum_options *o = &r->checksum;

	o->files = (const char *const *)operands;
	o->nfiles = n;
	o->compare = r->diff.compare;
	o->ignore = r->diff.ignore;
	o->output = r->cli.output;
	o->stats = r->cli.stats;
	o->end_mark = r->cli.end_mark;
	o->progress = cli_progress(&r->cli);
}

static void
warn(void *arg, const char *text)
{
	cli_warn(arg, "%s", text);
}

static void
fill_profile(struct request *r, char **operands, size_t n)
{
	struct profile_options *o = &r->profile;

	o->operands = (const char *const *)operands;
	o->noperands = n;
	o->keys = r->keys;
	o->nkeys = r->nkeys;
	o->sort = r->diff.sort;
	o->memory = r->diff.memory;
	o->output = r->cli.output;
	o->stats = r->cli.stats;
	o->end_mark = r->cli.end_mark;
	o->progress = cli_progress(&r->cli);
	o->warn = warn;
	o->arg = &r->cli;
}

/* 0; 1 when --help or --version was printed; -1. */
static int
read_options(int argc, char **argv, struct request *r, struct error *err)
{
	size_t n;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, CLI_SHORT_OPTIONS, options, NULL)) != -1) {
		rc = take_option(r, opt, err);
		if (rc != 0)
			return rc;
	}
	n = (size_t)(argc - optind);
	if (check_options(r, err) < 0)
		return -1;
	if (r->mode == MODE_CONTRACT && n == 0)
		return error_set(
			err, ERROR_USAGE, "no SCHEMA.json was given; try 'validate --help'");
	if (r->mode == MODE_DIFF && n != 2)
		return error_set(err, ERROR_USAGE,
			"--diff compares two streams, OLD and NEW, not %zu", n);
	switch (r->mode) {
	case MODE_CONTRACT:
		r->run.schema = argv[optind];
		fill_run(r, argv + optind + 1, n - 1);
		break;
	case MODE_KEYS: fill_run(r, argv + optind, n); break;
	case MODE_DIFF: fill_diff(r, argv + optind); break;
	case MODE_CHECKSUM: fill_checksum(r, argv + optind, n); break;
	case MODE_PROFILE: fill_profile(r, argv + optind, n); break;
	}
	return 0;
}

static void
do_request(const struct request *r, struct error *err)
{
	switch (r->mode) {
	case MODE_CONTRACT: run(&r->run, err); break;
	case MODE_KEYS: keys_check(&r->run, err); break;
	case MODE_DIFF: diff(&r->diff, err); break;
	case MODE_CHECKSUM: checksum(&r->checksum, err); break;
	case MODE_PROFILE: profile(&r->profile, err); break;
	}
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct request r = {.mode = MODE_CONTRACT};
	int rc = -1;

	cli_init(&r.cli, "validate");
	r.resources = calloc((size_t)argc, sizeof *r.resources);
	r.keys = calloc((size_t)argc, sizeof *r.keys);
	if (r.resources == NULL || r.keys == NULL)
		error_nomem(&err);
	else
		rc = read_options(argc, argv, &r, &err);
	if (rc == 0)
		do_request(&r, &err);
	free(r.resources);
	free(r.keys);
	return rc > 0 ? cli_close_stdout(&r.cli, 0) : cli_finish(&r.cli, &err);
}
