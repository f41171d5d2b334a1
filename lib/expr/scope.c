/*
 * scope.c - which column a name means; see compile.h
 *
 * As in PostgreSQL a name without its table must be that of one column only.
 */
#include <string.h>

#include "expr/compile.h"

static int
find_column(const struct csv_field *columns, size_t n, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < n; i++) {
		if (columns[i].len == len && memcmp(columns[i].ptr, name, len) == 0)
			return (int)i;
	}
	return -1;
}

int
expr_scope_find(const struct expr_scope *scope, const char *name)
{
	return find_column(scope->columns, scope->ncolumns, name);
}

static const char *
relation_name(const struct expr_scope *scope, size_t relation)
{
	return relation == 0 ? scope->table : scope->joined[relation - 1].name;
}

static int
find_in(const struct expr_scope *scope, size_t relation, const char *name)
{
	const struct expr_relation *r;

	if (relation == 0)
		return expr_scope_find(scope, name);
	r = &scope->joined[relation - 1];
	return find_column(r->columns, r->ncolumns, name);
}

static enum scope_found
resolve_qualified(const struct expr_scope *scope, const char *qualifier, const char *name,
	size_t *relation, size_t *column)
{
	for (size_t i = 0; i <= scope->njoined; i++) {
		int c;

		if (strcmp(relation_name(scope, i), qualifier) != 0)
			continue;
		if (i < scope->visible)
			return SCOPE_HIDDEN;
		c = find_in(scope, i, name);
		if (c < 0)
			return SCOPE_NO_COLUMN;
		*relation = i;
		*column = (size_t)c;
		return SCOPE_FOUND;
	}
	return SCOPE_NO_TABLE;
}

enum scope_found
expr_scope_resolve(const struct expr_scope *scope, const char *qualifier, const char *name,
	size_t *relation, size_t *column)
{
	enum scope_found found = SCOPE_NO_COLUMN;

	if (qualifier != NULL)
		return resolve_qualified(scope, qualifier, name, relation, column);
	for (size_t i = scope->visible; i <= scope->njoined; i++) {
		int c = find_in(scope, i, name);

		if (c < 0)
			continue;
		if (i > 0 && scope->joined[i - 1].merged != NULL &&
			scope->joined[i - 1].merged[c])
			continue;
		if (found == SCOPE_FOUND)
			return SCOPE_AMBIGUOUS;
		*relation = i;
		*column = (size_t)c;
		found = SCOPE_FOUND;
	}
	return found;
}
