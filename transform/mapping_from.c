/*
 * mapping_from.c - the members of FROM behind the input; see mapping.h
 */
#include <string.h>

#include "nearest.h"
#include "transform/mapping.h"

/* The file that --lookup gave for a name, or NULL. */
static struct mapping_file *
find_file(const struct mapping *m, const char *name)
{
	for (size_t i = 0; i < m->nfiles; i++) {
		if (strcmp(m->files[i].name, name) == 0)
			return &m->files[i];
	}
	return NULL;
}

static int
fail_file(struct mapping *m, const struct sql_from *from, struct error *err)
{
	const char **names = arena_alloc(&m->arena, (m->nfiles + 1) * sizeof(const char *));
	int near;

	if (names == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < m->nfiles; i++)
		names[i] = m->files[i].name;
	near = nearest_name(from->table, names, m->nfiles);
	if (near >= 0)
		return sql_fail(&m->source, from->at, err,
			"there is no lookup \"%s\", did you mean \"%s\"?", from->table,
			names[near]);
	return sql_fail(&m->source, from->at, err,
		"there is no lookup \"%s\": give its file by --lookup %s=FILE", from->table,
		from->table);
}

static int
bind_lookup(struct mapping *m, struct join *j, struct error *err)
{
	struct mapping_file *file = find_file(m, j->from->table);
	const struct csv_record *header;

	if (file == NULL)
		return m->allow_unknown ? 0 : fail_file(m, j->from, err);
	if (file->lookup == NULL) {
		file->lookup = lookup_open(file->path, err);
		if (file->lookup == NULL)
			return -1;
		header = lookup_header(file->lookup);
		file->keep = arena_alloc(&m->arena, header->nfields + 1);
		if (file->keep == NULL)
			return error_nomem(err);
		memset(file->keep, 0, header->nfields + 1);
	}
	header = lookup_header(file->lookup);
	j->lookup = file->lookup;
	j->relation->columns = header->fields;
	j->relation->ncolumns = header->nfields;
	return 0;
}

static int
name_set(struct mapping *m, struct join *j, struct error *err)
{
	struct csv_field *columns = arena_alloc(&m->arena, SET_COLUMNS_MAX * sizeof *columns);

	if (columns == NULL)
		return error_nomem(err);
	if (set_names(&m->source, j->from, &j->set_columns, err) < 0)
		return -1;
	for (size_t i = 0; i < j->set_columns.n; i++) {
		const char *name = j->set_columns.names[i];

		columns[i] = (struct csv_field){name, strlen(name), false};
	}
	j->relation->columns = columns;
	j->relation->ncolumns = j->set_columns.n;
	j->relation->types = j->set_columns.types;
	return 0;
}

/* Whether column i of a relation, whose columns are not known yet, was met before. */
static bool
has_column(const struct csv_field *columns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (columns[i].len == strlen(name) &&
			memcmp(columns[i].ptr, name, columns[i].len) == 0)
			return true;
	}
	return false;
}

static size_t
count_nodes(const struct sql_node *node)
{
	size_t n = 1;

	for (int i = 0; i < node->nargs; i++)
		n += count_nodes(node->args[i]);
	return n;
}

/* The relation that a name would belong to if its columns were known: the input by default. */
static size_t
owner(const struct mapping *m, const struct sql_node *node)
{
	for (size_t i = 0; i < m->njoins; i++) {
		const struct expr_relation *r = &m->relations[i];

		if (node->qualifier != NULL ? strcmp(r->name, node->qualifier) == 0
					    : has_column(r->columns, r->ncolumns, node->name))
			return i + 1;
	}
	return 0;
}

/* Columns of one relation, in the order they are first named. */
static void
infer(const struct mapping *m, size_t relation, const struct sql_node *node,
	struct csv_field *columns, size_t *n)
{
	if (node->kind == SQL_COLUMN) {
		if (owner(m, node) == relation && !has_column(columns, *n, node->name))
			columns[(*n)++] =
				(struct csv_field){node->name, strlen(node->name), false};
		return;
	}
	for (int i = 0; i < node->nargs; i++)
		infer(m, relation, node->args[i], columns, n);
}

/* The nodes of all clauses, one after the other; NULL behind the last. */
static const struct sql_node *
clause(const struct mapping *m, size_t i)
{
	const struct sql_mapping *sql = &m->sql;

	if (i < sql->ntargets)
		return sql->targets[i].expr;
	i -= sql->ntargets;
	if (sql->where != NULL && i-- == 0)
		return sql->where;
	for (size_t k = 0; k < sql->nfrom; k++) {
		if (sql->from[k].call != NULL && i-- == 0)
			return sql->from[k].call;
		if (sql->from[k].on != NULL && i-- == 0)
			return sql->from[k].on;
	}
	return NULL;
}

static struct csv_field *
inferred_columns(struct mapping *m, size_t relation, size_t *n, struct error *err)
{
	const struct sql_from *from = &m->sql.from[relation];
	size_t room = m->sql.ndrops + from->nnames + 1;
	const struct sql_node *node;
	struct csv_field *columns;

	for (size_t k = 0; k < m->sql.nfrom; k++)
		room += m->sql.from[k].nnames;
	for (size_t i = 0; (node = clause(m, i)) != NULL; i++)
		room += count_nodes(node);
	columns = arena_alloc(&m->arena, room * sizeof *columns);
	*n = 0;
	if (columns == NULL) {
		error_nomem(err);
		return NULL;
	}
	for (size_t i = 0; (node = clause(m, i)) != NULL; i++)
		infer(m, relation, node, columns, n);
	/* of USING both sides have the column */
	for (size_t k = relation == 0 ? 1 : relation; k < m->sql.nfrom; k++) {
		for (size_t i = 0;
			m->sql.from[k].kind == SQL_FROM_LOOKUP && i < m->sql.from[k].nnames &&
			(k == relation || relation == 0);
			i++) {
			const char *name = m->sql.from[k].names[i];

			if (!has_column(columns, *n, name))
				columns[(*n)++] = (struct csv_field){name, strlen(name), false};
		}
	}
	return columns;
}

int
mapping_infer_columns(struct mapping *m, struct error *err)
{
	struct csv_field *columns;
	size_t n;

	columns = inferred_columns(m, 0, &n, err);
	if (columns == NULL)
		return -1;
	for (size_t i = 0; i < m->sql.ndrops; i++) {
		const char *name = m->sql.drops[i].column;

		columns[n++] = (struct csv_field){name, strlen(name), false};
	}
	m->scope.columns = columns;
	m->scope.ncolumns = n;
	return 0;
}

static struct sql_node *
new_column(struct mapping *m, const struct sql_from *from, const char *qualifier,
	const char *name, struct error *err)
{
	struct sql_node *node = arena_alloc(&m->arena, sizeof *node);

	if (node == NULL) {
		error_nomem(err);
		return NULL;
	}
	*node = (struct sql_node){
		.kind = SQL_COLUMN, .at = from->at, .qualifier = qualifier, .name = name};
	return node;
}

/* left.name = right.name, and the right one is not met by its plain name any more. */
static struct sql_node *
using_equality(struct mapping *m, size_t i, const char *name, struct error *err)
{
	const struct sql_from *from = m->joins[i].from;
	struct expr_scope left = mapping_scope(m, i, true);
	struct sql_node *node = arena_alloc(&m->arena, sizeof *node);
	struct sql_node **args = arena_alloc(&m->arena, 2 * sizeof(struct sql_node *));
	enum scope_found found;
	size_t relation, column, right;

	if (node == NULL || args == NULL) {
		error_nomem(err);
		return NULL;
	}
	left.visible = from->visible;
	found = expr_scope_resolve(&left, NULL, name, &relation, &column);
	left = mapping_scope(m, i, false);
	left.visible = i + 1;
	if (found != SCOPE_FOUND ||
		expr_scope_resolve(&left, NULL, name, &right, &column) != SCOPE_FOUND) {
		sql_fail(&m->source, from->at, err,
			found == SCOPE_AMBIGUOUS
				? "common column name \"%s\" appears more than once in left "
				  "table"
			: found == SCOPE_FOUND ? "column \"%s\" specified in USING clause does "
						 "not exist in right table"
					       : "column \"%s\" specified in USING clause does "
						 "not exist in left table",
			name);
		return NULL;
	}
	((bool *)m->relations[i].merged)[column] = true;
	*node = (struct sql_node){
		.kind = SQL_OPERATOR, .at = from->at, .name = "=", .nargs = 2, .args = args};
	args[0] = new_column(m, from,
		relation == 0 ? m->scope.table : m->relations[relation - 1].name, name, err);
	args[1] = new_column(m, from, from->name, name, err);
	return args[0] && args[1] ? node : NULL;
}

/* USING as the condition that it stands for; it is then in the tree as if written. */
static int
expand_using(struct mapping *m, size_t i, struct error *err)
{
	struct sql_from *from = &m->sql.from[i + 1];
	bool *merged = arena_alloc(&m->arena, m->relations[i].ncolumns + 1);
	struct sql_node *node = arena_alloc(&m->arena, sizeof *node);
	struct sql_node **args =
		arena_alloc(&m->arena, (from->nnames + 1) * sizeof(struct sql_node *));

	if (merged == NULL || node == NULL || args == NULL)
		return error_nomem(err);
	memset(merged, 0, m->relations[i].ncolumns + 1);
	m->relations[i].merged = merged;
	for (size_t k = 0; k < from->nnames; k++) {
		args[k] = using_equality(m, i, from->names[k], err);
		if (args[k] == NULL)
			return -1;
	}
	*node = (struct sql_node){
		.kind = SQL_AND, .at = from->at, .nargs = (int)from->nnames, .args = args};
	from->on = node;
	return 0;
}

/* What a member is, and its columns' names. */
static int
name_members(struct mapping *m, struct error *err)
{
	for (size_t i = 0; i < m->njoins; i++) {
		struct join *j = &m->joins[i];

		j->from = &m->sql.from[i + 1];
		j->relation = &m->relations[i];
		j->relation->name = j->from->name;
		if ((j->from->kind == SQL_FROM_FUNCTION ? name_set(m, j, err)
							: bind_lookup(m, j, err)) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->njoins; i++) {
		struct expr_relation *r = &m->relations[i];
		size_t n;

		if (r->columns == NULL) {
			r->columns = inferred_columns(m, i + 1, &n, err);
			if (r->columns == NULL)
				return -1;
			r->ncolumns = n;
		}
		r->values = arena_alloc(&m->arena, (r->ncolumns + 1) * sizeof *r->values);
		if (r->values == NULL)
			return error_nomem(err);
		memset(r->values, 0, (r->ncolumns + 1) * sizeof *r->values);
	}
	return 0;
}

static int
compile_member(struct mapping *m, size_t i, struct error *err)
{
	struct join *j = &m->joins[i];

	if (j->from->kind == SQL_FROM_FUNCTION) {
		m->scope = mapping_scope(m, i, true);
		j->set = expr_compile_set(m->unit, j->from, &j->set_columns, err);
		if (j->set == NULL)
			return -1;
	} else if (j->from->nnames > 0 && expand_using(m, i, err) < 0) {
		return -1;
	}
	m->scope = mapping_scope(m, i, false);
	if (j->from->on == NULL)
		return 0;
	return join_compile(j, m->unit, &m->scope, j->from->on, &m->arena, err);
}

int
mapping_bind_from(struct mapping *m, struct error *err)
{
	m->njoins = m->sql.nfrom - 1;
	m->joins = arena_alloc(&m->arena, (m->njoins + 1) * sizeof *m->joins);
	m->relations = arena_alloc(&m->arena, (m->njoins + 1) * sizeof *m->relations);
	if (m->joins == NULL || m->relations == NULL) {
		m->njoins = 0;
		return error_nomem(err);
	}
	memset(m->joins, 0, (m->njoins + 1) * sizeof *m->joins);
	memset(m->relations, 0, (m->njoins + 1) * sizeof *m->relations);
	m->scope.joined = m->relations;
	if (name_members(m, err) < 0)
		return -1;
	if (m->scope.columns == NULL && mapping_infer_columns(m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->njoins; i++) {
		if (compile_member(m, i, err) < 0)
			return -1;
	}
	m->scope.njoined = m->njoins;
	m->scope.visible = 0;
	return 0;
}

struct expr_scope
mapping_scope(const struct mapping *m, size_t i, bool call)
{
	struct expr_scope scope = m->scope;

	scope.njoined = call ? i : i + 1;
	scope.visible = call ? 0 : m->joins[i].from->visible;
	return scope;
}

int
mapping_load(struct mapping *m, struct error *err)
{
	for (size_t i = 0; i < m->nfiles; i++) {
		struct mapping_file *f = &m->files[i];

		if (f->lookup != NULL && lookup_load(f->lookup, f->keep, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < m->njoins; i++) {
		if (m->joins[i].lookup != NULL && join_index(&m->joins[i], err) < 0)
			return -1;
	}
	return 0;
}
