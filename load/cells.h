/*
 * cells.h - the fields of a record that has been found sound, once more
 *
 * A batch keeps rows as the bytes that they came in; who needs their fields
 * takes them from here.
 */
#ifndef LOAD_CELLS_H
#define LOAD_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "csv/csv_reader.h"

struct cells {
	const char *next; /* of the raw record; NULL: there is no field left */
	const char *end;
	char *text; /* where quotes that were doubled are single */
	size_t cap;
};

#define CELLS_INIT                                                                             \
	{                                                                                      \
		NULL, NULL, NULL, 0                                                            \
	}

/* Begin a record, whose raw bytes are borrowed.  -1 when memory is short. */
int cells_start(struct cells *c, const struct csv_record *record, struct error *err);

/* False behind the last field.  *field is valid until the next call. */
bool cells_next(struct cells *c, struct csv_field *field);

void cells_release(struct cells *c);

#endif
