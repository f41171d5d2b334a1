/*
 * mapping.c - see mapping.h
 */
#include <stdio.h>
#include <string.h>

#include "expr/optimize.h"
#include "transform/mapping.h"

static const char *const change_columns[] = {"_op", "_pos"};

enum { CHANGE_COLUMNS = 2 };

int
mapping_read(struct mapping *m, const char *path, struct error *err)
{
	arena_init(&m->arena);
	if (sql_source_read(&m->source, path, err) < 0)
		return -1;
	return sql_mapping_parse(&m->sql, &m->source, err);
}

void
mapping_release(struct mapping *m)
{
	for (size_t i = 0; i < m->njoins; i++)
		join_release(&m->joins[i]);
	for (size_t i = 0; i < m->nfiles; i++)
		lookup_free(m->files[i].lookup);
	expr_unit_free(m->unit);
	sql_mapping_release(&m->sql);
	sql_source_release(&m->source);
	arena_release(&m->arena);
	memset(m, 0, sizeof *m);
}

size_t
mapping_first_column(const struct mapping *m, size_t relation)
{
	size_t first = relation == 0 ? 0 : m->scope.ncolumns;

	for (size_t i = 1; i < relation; i++)
		first += m->relations[i - 1].ncolumns;
	return first;
}

size_t
mapping_all_columns(const struct mapping *m)
{
	return mapping_first_column(m, m->njoins + 1);
}

void
mapping_columns(const struct mapping *m, const struct expr_scope *scope,
	const struct sql_node *node, bool *used)
{
	size_t relation, column;

	for (int i = 0; i < node->nargs; i++)
		mapping_columns(m, scope, node->args[i], used);
	if (node->kind != SQL_COLUMN || expr_scope_resolve(scope, node->qualifier, node->name,
						&relation, &column) != SCOPE_FOUND)
		return;
	used[mapping_first_column(m, relation) + column] = true;
	if (relation > 0 && m->joins[relation - 1].from->call != NULL) {
		const struct expr_scope before = mapping_scope(m, relation - 1, true);

		mapping_columns(m, &before, m->joins[relation - 1].from->call, used);
	}
}

void
mapping_join_columns(const struct mapping *m, size_t i, bool *used)
{
	const struct sql_from *from = m->joins[i].from;
	const struct expr_scope before = mapping_scope(m, i, true);
	const struct expr_scope within = mapping_scope(m, i, false);

	if (from->call != NULL)
		mapping_columns(m, &before, from->call, used);
	if (from->on != NULL)
		mapping_columns(m, &within, from->on, used);
}

static bool
names_equal(const struct csv_field *f, const char *name)
{
	return f->len == strlen(name) && memcmp(f->ptr, name, f->len) == 0;
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

/* Those of lookups are to be kept in memory. */
static void
keep_columns(struct mapping *m, const bool *used)
{
	for (size_t i = 0; i < m->nfiles; i++) {
		for (size_t k = 0; m->files[i].lookup != NULL && k < m->njoins; k++) {
			const bool *of_join = used + mapping_first_column(m, k + 1);

			if (m->joins[k].lookup != m->files[i].lookup)
				continue;
			for (size_t c = 0; c < m->relations[k].ncolumns; c++)
				m->files[i].keep[c] |= of_join[c];
		}
	}
}

static int
check_columns(struct mapping *m, struct error *err)
{
	size_t n = mapping_all_columns(m);
	bool *used = arena_alloc(&m->arena, n + 1);
	bool *dropped = arena_alloc(&m->arena, m->scope.ncolumns + 1);

	if (used == NULL || dropped == NULL)
		return error_nomem(err);
	memset(used, 0, n + 1);
	memset(dropped, 0, m->scope.ncolumns + 1);
	for (size_t i = 0; i < m->sql.ntargets; i++)
		mapping_columns(m, &m->scope, m->sql.targets[i].expr, used);
	if (m->sql.where != NULL)
		mapping_columns(m, &m->scope, m->sql.where, used);
	for (size_t i = 0; i < m->njoins; i++)
		mapping_join_columns(m, i, used);
	keep_columns(m, used);
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

/*
 * Whether no join can leave a row out.  That none makes several of one is seen
 * when it happens.
 */
static bool
keeps_rows(const struct mapping *m)
{
	for (size_t i = 0; i < m->njoins; i++) {
		if (!m->joins[i].from->left)
			return false;
	}
	return true;
}

/* _op and _pos of a change stream go through, behind the mapping's own columns. */
static int
add_change_columns(struct mapping *m, struct error *err)
{
	static const struct sql_node nodes[CHANGE_COLUMNS] = {
		{.kind = SQL_COLUMN, .name = "_op", .at = SQL_NOWHERE},
		{.kind = SQL_COLUMN, .name = "_pos", .at = SQL_NOWHERE},
	};
	int *const columns[CHANGE_COLUMNS] = {&m->op, &m->pos};
	size_t *const outputs[CHANGE_COLUMNS] = {&m->op_output, &m->pos_output};

	for (size_t i = 0; i < CHANGE_COLUMNS; i++) {
		struct mapping_output *o = &m->outputs[m->noutputs];
		int column = expr_scope_find(&m->scope, change_columns[i]);

		*columns[i] = column;
		*outputs[i] = m->noutputs;
		if (column < 0)
			continue;
		if (!keeps_rows(m))
			return error_set(err, ERROR_USAGE,
				"%s: a mapping whose joins may leave rows out cannot take a "
				"change stream (column _op): use LEFT JOIN",
				m->source.name);
		m->changes = true;
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
	m->scope.columns = header ? header->fields : NULL;
	m->scope.ncolumns = header ? header->nfields : 0;
	m->unit = expr_unit_new(&m->source, &m->scope, err);
	if (m->unit == NULL)
		return -1;
	if (m->now != NULL && expr_unit_set_now(m->unit, m->now, err) < 0)
		return -1;
	if (mapping_bind_from(m, err) < 0)
		return -1;
	/* names and expressions first: a mistyped column explains one that seems forgotten */
	if (check_names(m, err) < 0 || compile_outputs(m, err) < 0)
		return -1;
	return check_columns(m, err);
}

int
mapping_optimize(struct mapping *m, struct error *err)
{
	size_t n = m->noutputs;
	struct expr **roots = arena_alloc(&m->arena, (n + 1) * sizeof(struct expr *));

	if (roots == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++)
		roots[i] = m->outputs[i].text;
	roots[n] = m->where;
	if (expr_optimize(m->unit, roots, n + 1, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		m->outputs[i].text = roots[i];
		m->outputs[i].column = expr_column(roots[i]);
	}
	m->where = roots[n];
	return 0;
}
