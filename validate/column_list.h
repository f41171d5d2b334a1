/*
 * column_list.h - columns that an option names, as indices into a header
 */
#ifndef VALIDATE_COLUMN_LIST_H
#define VALIDATE_COLUMN_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "csv/csv_reader.h"
#include "error.h"

/* All zero is an empty list. */
struct column_list {
	size_t *at;
	size_t n;
};

/*
 * The columns of a text such as "id,name", in its order.  ERROR_USAGE, with
 * the option's name and the input's, for one that the header has not or that
 * is named twice.
 */
int column_list_parse(struct column_list *list, const char *text, const char *option,
	const struct csv_record *header, const char *input, struct error *err);

bool column_list_has(const struct column_list *list, size_t column);

int column_list_add(struct column_list *list, size_t column, struct error *err);

/* Afterwards it is an empty one. */
void column_list_release(struct column_list *list);

/* The place in one header of a column of another, by name; -1 when it is not there. */
int column_list_find(const struct csv_record *from, size_t column, const struct csv_record *in);

#endif
