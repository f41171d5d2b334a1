/*
 * sort_merge.h - sorted runs in a file, and many of them read as one; inside of sort
 *
 * A row lies in a run as in memory: the lengths of key and row (32 bits each,
 * as the machine has them), the key, the row.
 */
#ifndef VALIDATE_SORT_MERGE_H
#define VALIDATE_SORT_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "validate/sort.h"

enum { SORT_ROW_HEAD = 2 * sizeof(uint32_t) };

/* In the sorter's file, as offsets. */
struct sort_run {
	uint64_t start;
	uint64_t end;
};

/* The bytes of a row, which must have room at `to`; and back. */
void sort_row_write(
	unsigned char *to, const void *key, size_t key_len, const void *row, size_t row_len);
void sort_row_read(const unsigned char *from, struct sorted *row);
size_t sort_row_size(const unsigned char *row);

/* The order of keys, and their first bytes as a number that has the same order. */
int sort_key_compare(const struct sorted *a, const struct sorted *b);
uint64_t sort_key_prefix(const unsigned char *key, size_t len);

/* Appends rows to a run, from an offset of a temporary file on. */
struct run_writer {
	int fd;
	uint64_t at;
	unsigned char *buffer;
	size_t used;
};
int run_writer_open(struct run_writer *w, int fd, uint64_t at, struct error *err);
int run_writer_put(
	struct run_writer *w, const unsigned char *row, size_t size, struct error *err);

/* *end is the offset behind the run. */
int run_writer_close(struct run_writer *w, uint64_t *end, struct error *err);
void run_writer_release(struct run_writer *w);

/* How many runs can be read at once in so much memory, 2 at least. */
size_t merge_fan_in(size_t memory);

/* The runs are borrowed for this call only.  NULL on error. */
struct merge;
struct merge *merge_open(
	int fd, const struct sort_run *runs, size_t n, size_t memory, struct error *err);

/* As sorter_next. */
int merge_next(struct merge *m, struct sorted *row, struct error *err);

/* Takes NULL. */
void merge_free(struct merge *m);

/* Merge runs of one file into one run at *end of another; *end moves on. */
int merge_runs(int from, const struct sort_run *runs, size_t n, size_t memory, int to,
	uint64_t *end, struct error *err);

#endif
