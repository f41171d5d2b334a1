/*
 * csv_cells.h - the fields of the record that is being read
 *
 * Inside of csv_reader.  Texts that had to be unquoted lie in text, all others
 * in the reader's buffer.
 */
#ifndef CSV_CSV_CELLS_H
#define CSV_CSV_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "csv/csv_reader.h"

struct csv_cells {
	struct csv_field *fields;
	size_t n;
	size_t cap;
	char *text;
	size_t text_used;
	size_t text_cap;
};

/* Room for more fields; false when out of memory. */
bool csv_cells_grow(struct csv_cells *c);

/* Another field; false when out of memory. */
static inline bool
csv_cells_add(struct csv_cells *c, const char *ptr, size_t len, bool null)
{
	if (c->n == c->cap && !csv_cells_grow(c))
		return false;
	c->fields[c->n++] = (struct csv_field){ptr, len, null};
	return true;
}

/*
 * Room for `more` bytes of text.  Fields that lie in text follow it when it
 * moves, so all fields so far must lie there, or `used` must be 0.  False when
 * out of memory.
 */
bool csv_cells_reserve(struct csv_cells *c, size_t more);

void csv_cells_release(struct csv_cells *c);

#endif
