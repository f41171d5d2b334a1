/*
 * row_pack.h - values of a row in one piece of memory, as a sorter keeps them
 */
#ifndef VALIDATE_ROW_PACK_H
#define VALIDATE_ROW_PACK_H

#include "csv/csv_reader.h"
#include "error.h"
#include "validate/cell.h"

/* Append a value of less than 4 GiB, or NULL. */
int row_pack(struct buffer *b, const struct csv_field *f, struct error *err);

/* The n values that were packed one after the other; they point into row. */
void row_unpack(const unsigned char *row, struct csv_field *fields, size_t n);

#endif
