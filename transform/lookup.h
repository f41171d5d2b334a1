/*
 * lookup.h - a file that mappings join to, in memory
 *
 * open reads the header, so that names can be looked up; load reads the rows,
 * and keeps the columns that somebody reads.  A row is known by its offset.
 */
#ifndef TRANSFORM_LOOKUP_H
#define TRANSFORM_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "expr/value.h"

struct lookup;

/* A stream, plain or .zst, or a shard.  path is borrowed. */
struct lookup *lookup_open(const char *path, struct error *err);

/* Valid until free. */
const struct csv_record *lookup_header(const struct lookup *l);

/*
 * Read the rows to the end of the file, and keep the columns of keep[].
 * ERROR_RUNTIME for a file that is broken, has a defective row, or needs more
 * than 4 GiB.
 */
int lookup_load(struct lookup *l, const bool *keep, struct error *err);

size_t lookup_rows(const struct lookup *l);
const char *lookup_path(const struct lookup *l);

/*
 * The row at an offset (the first is at 0) into values, as texts; those of
 * columns that are not kept are left as they are.  Returns the next row's offset.
 */
uint32_t lookup_row(const struct lookup *l, uint32_t at, struct value *values);

/* Takes NULL. */
void lookup_free(struct lookup *l);

#endif
