/*
 * cli.c - see cli.h
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

enum { REJECTS_SHOWN = 10 };

void
cli_init(struct cli *cli, const char *program)
{
	memset(cli, 0, sizeof *cli);
	cli->program = program;
	cli->progress = isatty(STDERR_FILENO) == 1;
	/* a reader that goes away is an error of write(), so that we can clean up */
	signal(SIGPIPE, SIG_IGN);
}

int
cli_option(struct cli *cli, int opt, const char *usage, struct error *err)
{
	switch (opt) {
	case 'o': cli->output = optarg; return 0;
	case CLI_REJECTS: cli->rejects = optarg; return 0;
	case CLI_STATS: cli->stats = optarg; return 0;
	case CLI_MAX_REJECTS:
		if (budget_parse(&cli->max_rejects, optarg, err) < 0) {
			error_prefix(err, "--max-rejects");
			return -1;
		}
		return 0;
	case CLI_END_MARK: cli->end_mark = true; return 0;
	case CLI_PROGRESS: cli->progress = true; return 0;
	case CLI_NO_PROGRESS: cli->progress = false; return 0;
	case 'q': cli->quiet = true; return 0;
	case 'v': cli->verbose++; return 0;
	case 'V': printf("%s (caravan) %s\n", cli->program, CARAVAN_VERSION); return 1;
	case CLI_HELP: fputs(usage, stdout); return 1;
	default: return error_set(err, ERROR_USAGE, "try '%s --help'", cli->program);
	}
}

static void say(const struct cli *cli, const char *mark, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void
say(const struct cli *cli, const char *mark, const char *fmt, va_list ap)
{
	flockfile(stderr);
	fprintf(stderr, "%s: %s", cli->program, mark);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	funlockfile(stderr);
}

void
cli_warn(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->quiet)
		return;
	va_start(ap, fmt);
	say(cli, "warning: ", fmt, ap);
	va_end(ap);
}

void
cli_say(const struct cli *cli, const char *fmt, ...)
{
	va_list ap;

	if (cli->verbose == 0)
		return;
	va_start(ap, fmt);
	say(cli, "", fmt, ap);
	va_end(ap);
}

void
cli_report_reject(void *arg, const char *message)
{
	struct cli *cli = arg;

	if (cli->quiet || cli->reported > REJECTS_SHOWN)
		return;
	if (cli->reported++ == REJECTS_SHOWN)
		fprintf(stderr, "%s: further rejects are not shown%s\n", cli->program,
			cli->rejects ? "" : ", --rejects FILE keeps them");
	else
		fprintf(stderr, "%s: %s\n", cli->program, message);
}

FILE *
cli_progress(const struct cli *cli)
{
	return cli->progress ? stderr : NULL;
}

int
cli_finish(const struct cli *cli, const struct error *err)
{
	if (err->kind == ERROR_PIPE) {
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	if (err->kind != ERROR_NONE)
		fprintf(stderr, "%s: %s\n", cli->program, err->text);
	return error_exit_status(err);
}

int
cli_close_stdout(const struct cli *cli, int status)
{
	struct error err = ERROR_INIT;
	bool failed = ferror(stdout) != 0;

	if (fclose(stdout) != 0 || failed) {
		error_errno(&err, ERROR_RUNTIME, "cannot write standard output");
		return cli_finish(cli, &err);
	}
	return status;
}
