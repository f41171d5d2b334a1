/*
 * pending.h - the rows that one row of the input made, until all are made
 *
 * A row of the input that fails must leave nothing behind, so that none of
 * its rows is written before the last is made.
 */
#ifndef TRANSFORM_PENDING_H
#define TRANSFORM_PENDING_H

#include "csv/csv_writer.h"
#include "error.h"
#include "expr/value.h"

/* What one row of the input may make: more is not meant, and would not be bounded. */
#define PENDING_MAX ((size_t)256 << 20)

struct pending {
	char *data;
	size_t len, room; /* bytes */
	uint64_t rows;
};

void pending_clear(struct pending *p);

/* Copies the texts.  -1: ctx->error is filled, 54000 over PENDING_MAX. */
int pending_add(
	struct pending *p, struct eval_context *ctx, const struct csv_field *texts, size_t n);

/* All rows, of n fields each, to csv. */
int pending_write(const struct pending *p, struct csv_writer *csv, size_t n, struct error *err);

void pending_release(struct pending *p);

#endif
