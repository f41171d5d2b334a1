/*
 * row_key.h - the key of a row, out of several cells, looked for in a set
 */
#ifndef VALIDATE_ROW_KEY_H
#define VALIDATE_ROW_KEY_H

#include "validate/cell.h"
#include "validate/keyset.h"

/*
 * The cells are borrowed, and are those of the present row.  Two keys of cells
 * of the same types are the same if and only if all their values are.
 */
struct row_key {
	const struct cell **cells;
	size_t n;
	struct buffer bytes;
};

/* keyset_find in the form that fits; the cells must live until keyset_add. */
int row_key_find(struct row_key *k, struct keyset *set, struct place *first, struct error *err);

/* The bytes, not the struct. */
void row_key_release(struct row_key *k);

#endif
