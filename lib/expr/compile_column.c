/*
 * compile_column.c - a column, or why there is none of that name
 */
#include <string.h>

#include "expr/compiler.h"
#include "nearest.h"

/* The names of the columns that can be seen (of one table, if it is not NULL). */
static const char **
visible_names(struct expr_unit *unit, const char *table, size_t *n)
{
	const struct expr_scope *scope = unit->scope;
	size_t room = scope->ncolumns + 1;
	const char **names;

	for (size_t i = 0; i < scope->njoined; i++)
		room += scope->joined[i].ncolumns;
	names = arena_alloc(&unit->arena, room * sizeof(const char *));
	*n = 0;
	for (size_t i = scope->visible; names != NULL && i <= scope->njoined; i++) {
		const struct expr_relation *r = i > 0 ? &scope->joined[i - 1] : NULL;
		const struct csv_field *columns = r ? r->columns : scope->columns;
		size_t ncolumns = r ? r->ncolumns : scope->ncolumns;

		if (table != NULL && strcmp(table, r ? r->name : scope->table) != 0)
			continue;
		for (size_t c = 0; c < ncolumns; c++) {
			names[*n] = arena_copy(&unit->arena, columns[c].ptr, columns[c].len);
			if (names[(*n)++] == NULL)
				return NULL;
		}
	}
	return names;
}

/* "column does not exist", with the column that was probably meant. */
static void
fail_column(struct expr_unit *unit, const struct sql_node *node)
{
	size_t n;
	const char **names = visible_names(unit, node->qualifier, &n);
	int near;

	if (names == NULL) {
		error_nomem(unit->err);
		return;
	}
	near = nearest_name(node->name, names, n);
	if (near < 0)
		sql_fail(unit->source, node->at, unit->err, "column \"%s\" does not exist",
			node->name);
	else if (strcasecmp(node->name, names[near]) == 0)
		sql_fail(unit->source, node->at, unit->err,
			"column \"%s\" does not exist, \"%s\" does: write it in double quotes",
			node->name, names[near]);
	else
		sql_fail(unit->source, node->at, unit->err,
			"column \"%s\" does not exist, did you mean \"%s\"?", node->name,
			names[near]);
}

static void
fail_table(struct expr_unit *unit, const struct sql_node *node)
{
	const struct expr_scope *scope = unit->scope;
	const char **names =
		arena_alloc(&unit->arena, (scope->njoined + 1) * sizeof(const char *));
	int near;

	if (names == NULL) {
		error_nomem(unit->err);
		return;
	}
	names[0] = scope->table;
	for (size_t i = 0; i < scope->njoined; i++)
		names[i + 1] = scope->joined[i].name;
	near = nearest_name(node->qualifier, names, scope->njoined + 1);
	if (scope->njoined == 0)
		sql_fail(unit->source, node->at, unit->err,
			"there is no table \"%s\" in FROM, only \"%s\"", node->qualifier,
			scope->table);
	else if (near < 0)
		sql_fail(unit->source, node->at, unit->err,
			"there is no table \"%s\" in FROM before this", node->qualifier);
	else
		sql_fail(unit->source, node->at, unit->err,
			"there is no table \"%s\" in FROM before this, did you mean \"%s\"?",
			node->qualifier, names[near]);
}

struct expr *
compile_column(struct expr_unit *unit, const struct sql_node *node)
{
	const struct expr_relation *r;
	size_t relation, c;
	struct expr *e;

	switch (expr_scope_resolve(unit->scope, node->qualifier, node->name, &relation, &c)) {
	case SCOPE_FOUND: break;
	case SCOPE_NO_COLUMN: fail_column(unit, node); return NULL;
	case SCOPE_NO_TABLE: fail_table(unit, node); return NULL;
	case SCOPE_HIDDEN:
		sql_fail(unit->source, node->at, unit->err,
			"table \"%s\" cannot be named here: the comma behind it ends its joins",
			node->qualifier);
		return NULL;
	case SCOPE_AMBIGUOUS:
		sql_fail(unit->source, node->at, unit->err,
			"column reference \"%s\" is ambiguous", node->name);
		return NULL;
	}
	if (relation == 0) {
		e = compile_new(unit, eval_column, TYPE_TEXT, 0, node->at);
		if (e != NULL)
			e->column = c;
		return e;
	}
	r = &unit->scope->joined[relation - 1];
	e = compile_new(unit, eval_slot, r->types ? r->types[c] : TYPE_TEXT, 0, node->at);
	if (e != NULL)
		e->slot = &r->values[c];
	return e;
}
