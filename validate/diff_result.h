/*
 * diff_result.h - what a comparison of two streams has found, counted
 */
#ifndef VALIDATE_DIFF_RESULT_H
#define VALIDATE_DIFF_RESULT_H

#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "validate/report.h"

enum diff_kind {
	DIFF_MISSING,       /* a row is only in the old stream */
	DIFF_EXTRA,         /* only in the new one */
	DIFF_CHANGED,       /* in both, and not the same */
	DIFF_DUPLICATE_OLD, /* a row of the old stream whose key the row before has */
	DIFF_DUPLICATE_NEW,
	DIFF_KINDS
};

/* "missing", "extra", "changed", "duplicate-old", "duplicate-new". */
const char *diff_kind_name(enum diff_kind kind);

struct diff_result;

/*
 * The names (NUL-terminated) are borrowed: of the two operands, of the key's
 * columns and of those that are compared.
 */
struct diff_names {
	const char *old;
	const char *new;
	const char **key;
	size_t nkey;
	const char **columns;
	size_t ncolumns;
};
struct diff_result *diff_result_new(const struct diff_names *names, struct error *err);

/* A row.  For DIFF_CHANGED diff_result_change is called for each of its columns, too. */
void diff_result_count(struct diff_result *r, enum diff_kind kind);

/* A changed value; the first few of each column are copied as far as they are shown. */
int diff_result_change(struct diff_result *r, size_t column, const struct csv_field *key,
	const struct csv_field *before, const struct csv_field *after, struct error *err);

/* Rows read, and rows that were the same in both. */
void diff_result_rows(struct diff_result *r, uint64_t rows_old, uint64_t rows_new);

uint64_t diff_result_total(const struct diff_result *r, enum diff_kind kind);

/* Of all kinds. */
uint64_t diff_result_differences(const struct diff_result *r);

/*
 * Lines for people, one for all rows and one a column in which rows differ,
 * with examples or without; the caller frees them.  NULL for want of memory.
 */
char *diff_result_text(const struct diff_result *r, bool examples);

/* The report to path ("-": standard output), in one step. */
int diff_result_write(const struct diff_result *r, enum report_format format, const char *path,
	struct error *err);

/* Takes NULL. */
void diff_result_free(struct diff_result *r);

#endif
