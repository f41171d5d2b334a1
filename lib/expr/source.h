/*
 * source.h - the text of a mapping, and errors at a place in it
 *
 * An error's text is one line, FILE:LINE:COLUMN: message, as everywhere; the
 * source remembers the place, so that main can show the line and a caret.
 */
#ifndef EXPR_SOURCE_H
#define EXPR_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SQL_NOWHERE SIZE_MAX

/* text is valid UTF-8, NUL-terminated, and holds no other NUL. */
struct sql_source {
	const char *name; /* borrowed */
	char *text;
	size_t len;
	size_t error_at; /* byte offset of the last sql_fail, or SQL_NOWHERE */
};

/* Read a file; name is path.  A BOM is dropped. */
int sql_source_read(struct sql_source *s, const char *path, struct error *err);

/* Take a copy of a text. */
int sql_source_set(struct sql_source *s, const char *name, const char *text, size_t len,
	struct error *err);

/* ERROR_USAGE at byte offset `at` (SQL_NOWHERE: at none).  Returns -1. */
int sql_fail(struct sql_source *s, size_t at, struct error *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* 1-based, in characters. */
void sql_source_place(const struct sql_source *s, size_t at, size_t *line, size_t *column);

/*
 * The line of the last error and under it a caret, two lines with their ends,
 * NUL-terminated; "" when there was none.  Long lines are cut around the place.
 */
void sql_source_excerpt(const struct sql_source *s, char *buf, size_t size);

void sql_source_release(struct sql_source *s);

#endif
