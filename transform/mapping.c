/*
 * mapping.c - see mapping.h
 */
#include <stdio.h>
#include <string.h>

#include "transform/mapping.h"

static const char *const change_columns[] = {"_op", "_pos"};

enum { CHANGE_COLUMNS = 2 };

int
mapping_read(struct mapping *m, const char *path, struct error *err)
{
	memset(m, 0, sizeof *m);
	arena_init(&m->arena);
	if (sql_source_read(&m->source, path, err) < 0)
		return -1;
	return sql_mapping_parse(&m->sql, &m->source, err);
}

void
mapping_release(struct mapping *m)
{
	expr_unit_free(m->unit);
	sql_mapping_release(&m->sql);
	sql_source_release(&m->source);
	arena_release(&m->arena);
	memset(m, 0, sizeof *m);
}

void
mapping_columns(const struct mapping *m, const struct sql_node *node, bool *used)
{
	if (node->kind == SQL_COLUMN) {
		int i = expr_scope_find(&m->scope, node->name);

		if (i >= 0)
			used[i] = true;
		return;
	}
	for (int i = 0; i < node->nargs; i++)
		mapping_columns(m, node->args[i], used);
}

static bool
names_equal(const struct csv_field *f, const char *name)
{
	return f->len == strlen(name) && memcmp(f->ptr, name, f->len) == 0;
}

/* For a mapping without an input: its columns in the order they are first read. */
static size_t
collect_columns(const struct sql_node *node, struct csv_field *columns, size_t n)
{
	if (node->kind == SQL_COLUMN) {
		for (size_t i = 0; i < n; i++) {
			if (names_equal(&columns[i], node->name))
				return n;
		}
		if (columns != NULL)
			columns[n] = (struct csv_field){node->name, strlen(node->name), false};
		return n + 1;
	}
	for (int i = 0; i < node->nargs; i++)
		n = collect_columns(node->args[i], columns, n);
	return n;
}

static size_t
count_nodes(const struct sql_node *node)
{
	size_t n = 1;

	for (int i = 0; i < node->nargs; i++)
		n += count_nodes(node->args[i]);
	return n;
}

static int
scope_of_mapping(struct mapping *m, struct error *err)
{
	const struct sql_mapping *sql = &m->sql;
	size_t room = sql->ndrops + 1, n = 0;
	struct csv_field *columns;

	for (size_t i = 0; i < sql->ntargets; i++)
		room += count_nodes(sql->targets[i].expr);
	if (sql->where != NULL)
		room += count_nodes(sql->where);
	columns = arena_alloc(&m->arena, room * sizeof *columns);
	if (columns == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < sql->ntargets; i++)
		n = collect_columns(sql->targets[i].expr, columns, n);
	if (sql->where != NULL)
		n = collect_columns(sql->where, columns, n);
	for (size_t i = 0; i < sql->ndrops; i++) {
		const char *name = sql->drops[i].column;

		columns[n++] = (struct csv_field){name, strlen(name), false};
	}
	m->scope.columns = columns;
	m->scope.ncolumns = n;
	return 0;
}

int
mapping_dropped(const struct mapping *m, const struct sql_drop *drop)
{
	char lower[256];
	size_t len = strlen(drop->column);
	int i = expr_scope_find(&m->scope, drop->column);

	if (i >= 0 || drop->quoted || len >= sizeof lower)
		return i;
	for (size_t k = 0; k <= len; k++) {
		char c = drop->column[k];

		lower[k] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	return expr_scope_find(&m->scope, lower);
}

static int
check_drops(struct mapping *m, const bool *used, bool *dropped, struct error *err)
{
	for (size_t i = 0; i < m->sql.ndrops; i++) {
		const struct sql_drop *drop = &m->sql.drops[i];
		int column = mapping_dropped(m, drop);

		if (column < 0)
			return sql_fail(&m->source, drop->at, err,
				"dropped column \"%s\" does not exist", drop->column);
		if (used[column])
			return sql_fail(&m->source, drop->at, err,
				"column \"%s\" is dropped, but the mapping reads it",
				drop->column);
		if (dropped[column])
			return sql_fail(&m->source, drop->at, err,
				"column \"%s\" is dropped twice", drop->column);
		dropped[column] = true;
	}
	return 0;
}

static bool
is_change_column(const struct csv_field *f)
{
	return names_equal(f, change_columns[0]) || names_equal(f, change_columns[1]);
}

/* Every column is read or dropped. */
static int
check_forgotten(struct mapping *m, const bool *used, const bool *dropped, struct error *err)
{
	char list[ERROR_TEXT_MAX / 2];
	size_t length = 0, n = 0;

	list[0] = '\0';
	for (size_t i = 0; i < m->scope.ncolumns; i++) {
		const struct csv_field *f = &m->scope.columns[i];
		int k;

		if (used[i] || dropped[i] || is_change_column(f))
			continue;
		k = snprintf(list + length, sizeof list - length, "%s%.*s", n ? ", " : "",
			(int)f->len, f->ptr);
		if (k > 0 && length + (size_t)k < sizeof list)
			length += (size_t)k;
		n++;
	}
	if (n == 0)
		return 0;
	return sql_fail(&m->source, SQL_NOWHERE, err,
		"%zu source column%s neither mapped nor dropped: %s (to drop one: -- drop: "
		"COLUMN "
		"  reason)",
		n, n == 1 ? " is" : "s are", list);
}

static int
check_columns(struct mapping *m, struct error *err)
{
	bool *used = arena_alloc(&m->arena, m->scope.ncolumns + 1);
	bool *dropped = arena_alloc(&m->arena, m->scope.ncolumns + 1);

	if (used == NULL || dropped == NULL)
		return error_nomem(err);
	memset(used, 0, m->scope.ncolumns + 1);
	memset(dropped, 0, m->scope.ncolumns + 1);
	for (size_t i = 0; i < m->sql.ntargets; i++)
		mapping_columns(m, m->sql.targets[i].expr, used);
	if (m->sql.where != NULL)
		mapping_columns(m, m->sql.where, used);
	if (check_drops(m, used, dropped, err) < 0)
		return -1;
	return m->allow_forgotten ? 0 : check_forgotten(m, used, dropped, err);
}

static int
check_names(struct mapping *m, struct error *err)
{
	for (size_t i = 0; i < m->sql.ntargets; i++) {
		const struct sql_target *t = &m->sql.targets[i];

		if (t->name[0] == '_')
			return sql_fail(&m->source, t->at, err,
				"column \"%s\": names that begin with _ are reserved", t->name);
		if (t->name[0] == '\0')
			return sql_fail(&m->source, t->at, err, "a column's name is empty");
		for (size_t k = 0; k < i; k++) {
			if (strcmp(m->sql.targets[k].name, t->name) == 0)
				return sql_fail(&m->source, t->at, err,
					"column \"%s\" is there twice%s", t->name,
					t->named ? "" : ": name it with AS");
		}
	}
	return 0;
}

/* _op and _pos of a change stream go through, behind the mapping's own columns. */
static int
add_change_columns(struct mapping *m, struct error *err)
{
	static const struct sql_node nodes[CHANGE_COLUMNS] = {
		{.kind = SQL_COLUMN, .name = "_op", .at = SQL_NOWHERE},
		{.kind = SQL_COLUMN, .name = "_pos", .at = SQL_NOWHERE},
	};

	for (size_t i = 0; i < CHANGE_COLUMNS; i++) {
		struct mapping_output *o = &m->outputs[m->noutputs];

		if (expr_scope_find(&m->scope, change_columns[i]) < 0)
			continue;
		if (m->where != NULL)
			return error_set(err, ERROR_USAGE,
				"%s: a mapping with WHERE cannot take a change stream (column "
				"_op)",
				m->source.name);
		o->name = change_columns[i];
		o->expr = expr_compile(m->unit, &nodes[i], err);
		o->text = o->expr ? expr_compile_output(m->unit, o->expr, err) : NULL;
		if (o->text == NULL)
			return -1;
		m->noutputs++;
	}
	return 0;
}

static int
compile_outputs(struct mapping *m, struct error *err)
{
	size_t n = m->sql.ntargets;

	m->outputs = arena_alloc(&m->arena, (n + CHANGE_COLUMNS) * sizeof *m->outputs);
	if (m->outputs == NULL)
		return error_nomem(err);
	memset(m->outputs, 0, (n + CHANGE_COLUMNS) * sizeof *m->outputs);
	for (size_t i = 0; i < n; i++) {
		struct mapping_output *o = &m->outputs[i];

		o->target = &m->sql.targets[i];
		o->name = o->target->name;
		o->expr = expr_compile(m->unit, o->target->expr, err);
		o->text = o->expr ? expr_compile_output(m->unit, o->expr, err) : NULL;
		if (o->text == NULL)
			return -1;
		m->noutputs++;
	}
	if (m->sql.where != NULL) {
		m->where = expr_compile_condition(m->unit, m->sql.where, "WHERE", err);
		if (m->where == NULL)
			return -1;
	}
	return add_change_columns(m, err);
}

int
mapping_bind(struct mapping *m, const struct csv_record *header, struct error *err)
{
	m->scope.table = m->sql.table;
	if (header != NULL) {
		m->scope.columns = header->fields;
		m->scope.ncolumns = header->nfields;
	} else if (scope_of_mapping(m, err) < 0) {
		return -1;
	}
	m->unit = expr_unit_new(&m->source, &m->scope, err);
	if (m->unit == NULL)
		return -1;
	/* names and expressions first: a mistyped column explains one that seems forgotten */
	if (check_names(m, err) < 0 || compile_outputs(m, err) < 0)
		return -1;
	return check_columns(m, err);
}
