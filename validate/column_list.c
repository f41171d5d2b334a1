/*
 * column_list.c - see column_list.h
 */
#include <stdlib.h>
#include <string.h>

#include "validate/column_list.h"

int
column_list_add(struct column_list *list, size_t column, struct error *err)
{
	size_t *larger = realloc(list->at, (list->n + 1) * sizeof *larger);

	if (larger == NULL)
		return error_nomem(err);
	list->at = larger;
	list->at[list->n++] = column;
	return 0;
}

bool
column_list_has(const struct column_list *list, size_t column)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->at[i] == column)
			return true;
	}
	return false;
}

int
column_list_parse(struct column_list *list, const char *text, const char *option,
	const struct csv_record *header, const char *input, struct error *err)
{
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ",");
		int at = csv_record_find(header, p, n);

		if (n == 0)
			return error_set(err, ERROR_USAGE,
				"%s '%s' has a column without a name", option, text);
		if (at < 0)
			return error_set(err, ERROR_USAGE, "%s: %s has no column '%.*s'",
				option, input, (int)n, p);
		if (column_list_has(list, (size_t)at))
			return error_set(err, ERROR_USAGE, "%s names column '%.*s' twice",
				option, (int)n, p);
		if (column_list_add(list, (size_t)at, err) < 0)
			return -1;
		p += n;
		if (*p == '\0')
			return 0;
	}
}

int
column_list_find(const struct csv_record *from, size_t column, const struct csv_record *in)
{
	return csv_record_find(in, from->fields[column].ptr, from->fields[column].len);
}

void
column_list_release(struct column_list *list)
{
	free(list->at);
	*list = (struct column_list){NULL, 0};
}
