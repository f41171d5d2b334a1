/*
 * diff.h - two streams compared row by row, by their keys
 *
 * Both are read once, side by side; no more than a row of each is in memory,
 * or, where they are sorted first, no more than options say.
 */
#ifndef VALIDATE_DIFF_H
#define VALIDATE_DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "validate/report.h"

/* Lists of columns have commas between them.  Paths may be NULL as in struct cli. */
struct diff_options {
	const char *key;
	const char *old; /* a file, a folder of shards, or "-" */
	const char *new;
	const char *compare; /* NULL: all columns */
	const char *ignore;  /* NULL: none; not together with compare */
	bool sort;
	size_t memory; /* bytes for sorting, of both sides together; 0: DIFF_MEMORY */
	const char *output;
	const char *report;
	enum report_format report_format;
	const char *stats;
	bool end_mark;
	bool say_equal;                           /* speak also when nothing differs */
	FILE *progress;                           /* NULL: none */
	void (*say)(void *arg, const char *line); /* NULL, or takes each line of the summary */
	void *arg;
};

#define DIFF_MEMORY ((size_t)32 << 20)

/*
 * Write each difference as a record.  0 when there is none; ERROR_BUDGET when
 * there are some, and then the output and the report are made all the same;
 * ERROR_USAGE for columns that do not go together; else ERROR_RUNTIME.
 */
int diff(const struct diff_options *o, struct error *err);

/* "64M", "1G", "5000000": bytes of memory, 2 MiB at least.  ERROR_USAGE for anything else. */
int diff_parse_memory(const char *text, size_t *memory, struct error *err);

#endif
