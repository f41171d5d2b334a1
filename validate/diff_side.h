/*
 * diff_side.h - one of the two streams that are compared, row by row in the order of its keys
 *
 * open, bind, then rows.  The stream is one file, standard input, or a folder
 * of shards.  With a sorter it is read to its end at the first row.
 */
#ifndef VALIDATE_DIFF_SIDE_H
#define VALIDATE_DIFF_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "shard/shard_reader.h"
#include "validate/column_list.h"
#include "validate/key_order.h"

struct diff_side;

/* path "-" is standard input.  NULL on error. */
struct diff_side *diff_side_open(const char *path, struct error *err);

/* Valid until free. */
const struct csv_record *diff_side_header(const struct diff_side *s);

/* The path as it was given. */
const char *diff_side_name(const struct diff_side *s);

/*
 * Which columns are the key and which are compared, and the order that both
 * sides share; all are borrowed.  memory 0: the stream is sorted already; else
 * it is sorted in so many bytes.
 */
int diff_side_bind(struct diff_side *s, const struct column_list *key,
	const struct column_list *values, struct key_order *order, size_t memory,
	struct error *err);

/* The present row, valid until the next: its key and its compared columns. */
struct diff_row {
	const struct csv_field *key;
	const struct csv_field *values;
};

/*
 * 1 with the next row; 0 at the end; -1 on error: rows that are not in order,
 * or that have a defect.  *repeated tells that the row before had the same key.
 */
int diff_side_next(
	struct diff_side *s, struct diff_row *row, bool *repeated, struct error *err);

/* Rows read so far. */
uint64_t diff_side_rows(const struct diff_side *s);

const struct shard_reader *diff_side_reader(const struct diff_side *s);

/* Takes NULL. */
void diff_side_free(struct diff_side *s);

#endif
