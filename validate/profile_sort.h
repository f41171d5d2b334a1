/*
 * profile_sort.h - a table's rows in the order of one column, in bounded memory
 *
 * Add all rows, finish, then take them back.  NULL stands first, then whole
 * numbers of 64 bits by value, then all else by its bytes; rows of one value
 * stay as they came.
 */
#ifndef VALIDATE_PROFILE_SORT_H
#define VALIDATE_PROFILE_SORT_H

#include "csv/csv_reader.h"

struct profile_sort;

/* memory is the sorter's, in bytes.  NULL on error. */
struct profile_sort *profile_sort_new(size_t ncolumns, size_t memory, struct error *err);

/* A sound record, and which of its columns is the key. */
int profile_sort_add(
	struct profile_sort *s, const struct csv_record *record, size_t key, struct error *err);

/* No more rows. */
int profile_sort_finish(struct profile_sort *s, struct error *err);

/*
 * 1 with the next row, good until the next call; 0 at the end; -1.  Of a record
 * there are the fields, and raw bytes in which they lie.
 */
int profile_sort_next(struct profile_sort *s, struct csv_record *record, struct error *err);

/* Takes NULL. */
void profile_sort_free(struct profile_sort *s);

/* Whether the value is a whole number of 64 bits, and which. */
bool profile_key(const struct csv_field *f, int64_t *key);

#endif
