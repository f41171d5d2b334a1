/*
 * csv_cells.c - see csv_cells.h
 */
#include <stdlib.h>
#include <string.h>

#include "csv/csv_cells.h"

enum { TEXT_SIZE = 64 << 10, FIELDS = 64 };

bool
csv_cells_grow(struct csv_cells *c)
{
	size_t cap = c->cap ? c->cap * 2 : FIELDS;
	struct csv_field *larger = realloc(c->fields, cap * sizeof *larger);

	if (larger == NULL)
		return false;
	c->fields = larger;
	c->cap = cap;
	return true;
}

bool
csv_cells_reserve(struct csv_cells *c, size_t more)
{
	size_t need = c->text_used + more;
	size_t cap = need < TEXT_SIZE ? TEXT_SIZE : need + need / 2;
	char *larger;

	if (need <= c->text_cap)
		return true;
	larger = malloc(cap);
	if (larger == NULL)
		return false;
	if (c->text_used > 0) {
		memcpy(larger, c->text, c->text_used);
		for (size_t i = 0; i < c->n; i++)
			c->fields[i].ptr = larger + (c->fields[i].ptr - c->text);
	}
	free(c->text);
	c->text = larger;
	c->text_cap = cap;
	return true;
}

void
csv_cells_release(struct csv_cells *c)
{
	free(c->fields);
	free(c->text);
}
