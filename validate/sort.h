/*
 * sort.h - rows in the order of their keys, in bounded memory
 *
 * Add all rows, finish, then take them back one after the other, in the order
 * of the bytes of their keys; rows of one key in the order in which they were
 * added.  What does not fit in memory lies as sorted runs in a temporary file
 * and is merged from there (Knuth, The Art of Computer Programming 3, 5.4.1).
 */
#ifndef VALIDATE_SORT_H
#define VALIDATE_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct sorter;

enum { SORT_MEMORY_MIN = 1 << 20 };

/* memory is in bytes, SORT_MEMORY_MIN at least; only a longer row takes more. */
struct sorter *sorter_new(size_t memory, struct error *err);

/* key and row are copied, of less than 2 GiB each. */
int sorter_add(struct sorter *s, const void *key, size_t key_len, const void *row,
	size_t row_len, struct error *err);

/* No more rows; must be called once before sorter_next. */
int sorter_finish(struct sorter *s, struct error *err);

/* Good until the next call. */
struct sorted {
	const unsigned char *key;
	size_t key_len;
	const unsigned char *row;
	size_t row_len;
};

/* 1 with *row, 0 at the end, -1 on error. */
int sorter_next(struct sorter *s, struct sorted *row, struct error *err);

/* How many runs were written to disk: 0 when all rows had room in memory. */
uint64_t sorter_runs(const struct sorter *s);

/* Takes NULL. */
void sorter_free(struct sorter *s);

#endif
