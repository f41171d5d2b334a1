/*
 * report.h - what was found, counted by rule and column, with examples
 */
#ifndef VALIDATE_REPORT_H
#define VALIDATE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Values in messages and reports are cut at so many characters. */
enum { REPORT_VALUE_CHARACTERS = 60, REPORT_EXAMPLES = 3 };

/*
 * One thing that can be wrong.  The texts are borrowed and must outlive the
 * report.
 */
struct rule {
	const char *code;   /* frictionless-py's: "type-error" */
	const char *name;   /* "type", "required", "primaryKey" */
	const char *column; /* NULL: the whole row; several are joined by ", " */
	size_t ncolumns;
	const char *limit; /* the rule's own value as text: "10", "integer/default" */
};

struct report;
struct tolerances;

/* The rules are borrowed; they are spoken of by their index.  NULL for want of memory. */
struct report *report_new(const struct rule *rules, size_t n, struct error *err);

/* A row in which a rule was broken; value NULL is NULL.  The value is copied as far as shown. */
struct finding {
	size_t rule;
	uint64_t row;
	const char *file;
	const char *value;
	size_t len;
};
int report_add(struct report *r, const struct finding *f, struct error *err);

struct report_totals {
	const char *schema;
	const char *const *files; /* none: standard input */
	size_t nfiles;
	uint64_t rows;
	uint64_t rejected;
	const struct tolerances *tolerances; /* NULL: none */
};

/* JSON for programs, or a table for people. */
enum report_format { REPORT_JSON, REPORT_TEXT };

/* To path ("-": standard output), in one step. */
int report_write(const struct report *r, const struct report_totals *totals,
	enum report_format format, const char *path, struct error *err);

/* Takes NULL. */
void report_free(struct report *r);

/*
 * The value as shown: in double quotes, cut at REPORT_VALUE_CHARACTERS with …
 * behind, on one line; NULL without quotes.  Returns buf.
 */
char *report_value(const char *value, size_t len, char *buf, size_t size);

/* The value cut likewise, as it is; the caller frees it.  NULL for want of memory. */
char *report_copy_value(const char *value, size_t len);

/* len bytes and a line end to path ("-": standard output), in one step. */
int report_publish(const char *path, const char *text, size_t len, struct error *err);

#endif
