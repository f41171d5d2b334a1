/*
 * error.c - see error.h
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

static void
one_line(char *text)
{
	for (char *p = text; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	}
}

int
error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	err->kind = kind;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	one_line(err->text);
	return -1;
}

int
error_errno(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	int saved = errno;
	size_t used;
	va_list ap;

	err->kind = saved == EPIPE ? ERROR_PIPE : kind;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(saved));
	one_line(err->text);
	return -1;
}

int
error_nomem(struct error *err)
{
	return error_set(err, ERROR_RUNTIME, "out of memory");
}

void
error_prefix(struct error *err, const char *fmt, ...)
{
	char old[ERROR_TEXT_MAX];
	size_t used;
	va_list ap;

	memcpy(old, err->text, sizeof old);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", old);
	one_line(err->text);
}

int
error_exit_status(const struct error *err)
{
	switch (err->kind) {
	case ERROR_NONE: return 0;
	case ERROR_BUDGET: return 1;
	case ERROR_USAGE: return 2;
	case ERROR_RUNTIME:
	case ERROR_PIPE: return 3;
	}
	return 3;
}
