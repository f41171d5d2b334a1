/*
 * error.h - one error, carried up to main
 *
 * Nothing under lib/ prints or exits: a function that fails fills a struct
 * error, once, where the facts are, and returns -1 (or NULL); callers pass it
 * up unchanged or put context before it.  main prints it and maps its kind to
 * the exit status.
 */
#ifndef ERROR_H
#define ERROR_H

#include <stdarg.h>

/* What went wrong decides the exit status; see error_exit_status. */
enum error_kind {
	ERROR_NONE = 0,
	ERROR_BUDGET,  /* too many rejects, or differences found: 1 */
	ERROR_USAGE,   /* usage, mapping, schema or plan, nothing was done: 2 */
	ERROR_RUNTIME, /* connection, I/O, broken input, memory: 3 */
	ERROR_PIPE,    /* the reader of our output went away: die of SIGPIPE, quietly */
};

enum { ERROR_TEXT_MAX = 2048 };

/* text: lower case, no full stop, one line, no program name in front. */
struct error {
	enum error_kind kind;
	char text[ERROR_TEXT_MAX];
};

#define ERROR_INIT                                                                             \
	{                                                                                      \
		ERROR_NONE, ""                                                                 \
	}

/*
 * Fill *err; text longer than the buffer is cut, control characters become
 * spaces, so that a message is always one line.  Always returns -1, so that
 * callers can `return error_set(...)`.
 */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of errno at the end.  EPIPE makes it ERROR_PIPE. */
int error_errno(struct error *err, enum error_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Out of memory, ERROR_RUNTIME.  Returns -1. */
int error_nomem(struct error *err);

/* Put context and ": " in front of what is there. */
void error_prefix(struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* 0, 1, 2 or 3; 3 for ERROR_PIPE (cli_finish handles that one before). */
int error_exit_status(const struct error *err);

#endif
