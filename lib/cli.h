/*
 * cli.h - what the four programs' command lines have in common
 *
 * Only main.c of a program calls these: they print.
 */
#ifndef CLI_H
#define CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "rejects.h"

struct cli {
	const char *program;
	const char *output;  /* NULL: standard output */
	const char *rejects; /* NULL: none */
	const char *stats;   /* NULL: none */
	struct budget max_rejects;
	bool end_mark;
	bool quiet;
	int verbose;
	bool progress;
	unsigned reported; /* rejects shown so far */
};

/* Values that getopt_long returns for options without a letter; programs begin at CLI_OWN. */
enum {
	CLI_REJECTS = 256,
	CLI_MAX_REJECTS,
	CLI_STATS,
	CLI_END_MARK,
	CLI_PROGRESS,
	CLI_NO_PROGRESS,
	CLI_HELP,
	CLI_OWN
};

#define CLI_SHORT_OPTIONS "o:qvV"

/* clang-format off */
#define CLI_LONG_OPTIONS \
	{"output", required_argument, NULL, 'o'}, \
	{"rejects", required_argument, NULL, CLI_REJECTS}, \
	{"max-rejects", required_argument, NULL, CLI_MAX_REJECTS}, \
	{"stats", required_argument, NULL, CLI_STATS}, \
	{"end-mark", no_argument, NULL, CLI_END_MARK}, \
	{"progress", no_argument, NULL, CLI_PROGRESS}, \
	{"no-progress", no_argument, NULL, CLI_NO_PROGRESS}, \
	{"quiet", no_argument, NULL, 'q'}, \
	{"verbose", no_argument, NULL, 'v'}, \
	{"version", no_argument, NULL, 'V'}, \
	{"help", no_argument, NULL, CLI_HELP}

#define CLI_COMMON_HELP \
	"  -o, --output FILE      write to FILE, compressed and sealed if it ends in .zst\n" \
	"      --rejects FILE     write refused rows to FILE, with the reason\n" \
	"      --max-rejects N    how many rows may be refused, a number or N% (default 0)\n" \
	"      --stats FILE       write what was done to FILE as JSON\n" \
	"      --end-mark         write \\. after the last row, only on success\n" \
	"      --progress         show progress on standard error (default on a terminal)\n" \
	"      --no-progress      do not\n" \
	"  -q, --quiet            report errors only\n" \
	"  -v, --verbose          say more; may be given twice\n" \
	"  -V, --version          print the version and exit\n" \
	"      --help             print this help and exit\n"
/* clang-format on */

/* Defaults; progress is on when standard error is a terminal.  SIGPIPE becomes EPIPE. */
void cli_init(struct cli *cli, const char *program);

/*
 * Take one option that getopt_long returned, with optarg.  usage is the help
 * text.  Returns 0 when taken; 1 when it was --help or --version, printed: exit
 * with cli_close_stdout; -1 when it is wrong (*err says why).  For '?' and ':'
 * getopt has printed already: *err says to try --help.
 */
int cli_option(struct cli *cli, int opt, const char *usage, struct error *err);

/* "PROGRAM: warning: text" on standard error, unless quiet. */
void cli_warn(const struct cli *cli, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "PROGRAM: text" on standard error when --verbose was given. */
void cli_say(const struct cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* For rejects_open: shows the first ten rejects, unless quiet.  arg is the struct cli. */
void cli_report_reject(void *arg, const char *message);

/* Where progress goes: stderr or NULL. */
FILE *cli_progress(const struct cli *cli);

/*
 * Print the error, if there is one, and return the exit status of the program.
 * For ERROR_PIPE it does not return: it prints nothing and dies of SIGPIPE, as
 * other filters do.
 */
int cli_finish(const struct cli *cli, const struct error *err);

/* Close standard output, for what main printed itself: status, or 3 if that failed. */
int cli_close_stdout(const struct cli *cli, int status);

#endif
