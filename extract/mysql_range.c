/*
 * mysql_range.c - see mysql_range.h
 */
#include <stdlib.h>
#include <string.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/mysql_key.h"
#include "extract/mysql_range.h"
#include "extract/mysql_rows.h"
#include "extract/mysql_source.h"
#include "db/mysql_table.h"

struct mysql_plan {
	struct plan plan;
	struct mysql_key key;
	char *table;  /* database and name, quoted */
	char *select; /* the SELECT up to and with the table's name */
	char *where;  /* or NULL */
	char *name;
	struct selection selection; /* borrowed from whoever asked for the plan */
};

static void
add_table_name(struct sql *sql, const struct mysql_table *t)
{
	mydb_identifier(sql, t->table[TABLE_DATABASE]);
	sql_add(sql, ".");
	mydb_identifier(sql, t->table[TABLE_NAME]);
}

/* The columns are named one by one: SELECT * leaves out invisible ones. */
static void
build_select(struct sql *sql, const struct mysql_table *t)
{
	sql_add(sql, "SELECT ");
	for (size_t i = 0; i < t->ncolumns; i++) {
		sql_add(sql, i > 0 ? ", " : "");
		mydb_identifier(sql, t->columns[i][COLUMN_NAME]);
	}
	sql_add(sql, " FROM ");
	add_table_name(sql, t);
}

/*
 * The catalog hides columns that the user has no right to see, and a copy
 * without them would look complete: SELECT * is refused then.
 */
static int
check_rights(struct mysql_source *s, const struct mysql_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	const char *text;

	sql_add(&sql, "SELECT * FROM ");
	add_table_name(&sql, t);
	text = sql_text(&sql, err);
	if (text != NULL)
		rows = mysql_rows_open(s->conn, text, err);
	rows_close(rows);
	sql_release(&sql);
	return rows != NULL ? 0 : -1;
}

struct rows *
mysql_table_rows(struct source *source, const struct selection *selection, struct error *err)
{
	static const struct mysql_key no_key;
	struct mysql_source *s = (struct mysql_source *)source;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	struct mysql_table t;
	const char *text;

	if (mysql_table_find(
		    s->conn, s->database, selection->table, selection->columns, &t, err) < 0)
		goto out;
	build_select(&sql, &t);
	mysql_key_add_range(&sql, &no_key, NULL, NULL, selection->where);
	text = sql_text(&sql, err);
	if (text != NULL && (selection->columns != NULL || check_rights(s, &t, err) == 0))
		rows = mysql_rows_open(s->conn, text, err);
	if (rows == NULL) {
		error_prefix(err, "table '%s'", t.table[TABLE_NAME]);
		goto out;
	}
	rows->transactional = mysql_table_is_transactional(&t);
	if (t.table[TABLE_ROWS] != NULL && selection->where == NULL)
		rows->estimate = strtoull(t.table[TABLE_ROWS], NULL, 10);
out:
	sql_release(&sql);
	mysql_table_release(&t);
	return rows;
}

/* All that the catalog says of the columns wanted. */
static char *
definition_of(const struct mysql_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;

	for (size_t i = 0; i < t->ncolumns; i++) {
		for (size_t j = 0; j < COLUMN_FIELDS; j++)
			sql_add(&sql, "%s\n", t->columns[i][j] ? t->columns[i][j] : "");
	}
	if (sql_text(&sql, err) == NULL)
		sql_release(&sql);
	return sql.text;
}

void
mysql_plan_free(struct plan *plan)
{
	struct mysql_plan *p = (struct mysql_plan *)plan;

	mysql_key_release(&p->key);
	json_decref(p->plan.key);
	free(p->plan.definition);
	free(p->table);
	free(p->select);
	free(p->where);
	free(p->name);
	free(p);
}

static int
fill_plan(struct mysql_source *s, struct mysql_plan *p, const struct mysql_table *t,
	struct error *err)
{
	struct sql select = SQL_INIT, name = SQL_INIT;

	build_select(&select, t);
	add_table_name(&name, t);
	p->select = select.text; /* theirs now, also where memory was short */
	p->table = name.text;
	p->name = strdup(t->table[TABLE_NAME]);
	if (p->selection.where != NULL)
		p->where = strdup(p->selection.where);
	p->plan.definition = definition_of(t, err);
	if (select.failed || name.failed || p->name == NULL || p->plan.definition == NULL ||
		(p->selection.where != NULL && p->where == NULL))
		return error_nomem(err);
	p->plan.transactional = mysql_table_is_transactional(t);
	if (t->table[TABLE_ROWS] != NULL) {
		uint64_t rows = strtoull(t->table[TABLE_ROWS], NULL, 10);

		if (p->where == NULL)
			p->plan.estimate = rows;
		if (t->table[TABLE_DATA_BYTES] != NULL && rows > 0)
			p->plan.row_bytes =
				strtoull(t->table[TABLE_DATA_BYTES], NULL, 10) / rows;
	}
	if (mysql_key_find(s->conn, t, &p->key, err) < 0)
		return -1;
	if (p->key.ncolumns > 0) {
		p->plan.key = mysql_key_names(&p->key);
		if (p->plan.key == NULL)
			return error_nomem(err);
	}
	return 0;
}

struct plan *
mysql_plan(struct source *source, const struct selection *selection, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	struct mysql_plan *p = calloc(1, sizeof *p);
	struct mysql_table t;
	int status;

	if (p == NULL) {
		error_nomem(err);
		return NULL;
	}
	p->plan.class = source->class;
	p->selection = *selection;
	status = mysql_table_find(
		s->conn, s->database, selection->table, selection->columns, &t, err);
	if (status == 0)
		status = fill_plan(s, p, &t, err);
	if (status == 0 && selection->columns == NULL) {
		status = check_rights(s, &t, err);
		if (status < 0)
			error_prefix(err, "table '%s'", p->name);
	}
	mysql_table_release(&t);
	if (status < 0) {
		mysql_plan_free(&p->plan);
		return NULL;
	}
	return &p->plan;
}

/*
 * Two rows are asked for: the last of the range, and the one behind it, which
 * tells that there is another range.
 */
int
mysql_walk(struct source *source, const struct plan *plan, const struct bound *after,
	uint64_t rows, struct bound **upto, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	const struct mysql_plan *p = (const struct mysql_plan *)plan;
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	const char *text;
	int status = -1;

	*upto = NULL;
	sql_add(&sql, "SELECT ");
	mysql_key_add_columns(&sql, &p->key);
	sql_add(&sql, " FROM %s", p->table);
	mysql_key_add_index(&sql, &p->key);
	mysql_key_add_range(&sql, &p->key, after, NULL, p->where);
	sql_add(&sql, " LIMIT 2 OFFSET %llu", (unsigned long long)rows - 1);
	text = sql_text(&sql, err);
	result = text ? mydb_query(s->conn, text, err) : NULL;
	if (result == NULL)
		goto out;
	status = 0;
	if (mysql_num_rows(result) == 2) {
		*upto = mysql_key_bound(&p->key, mysql_fetch_row(result), err);
		status = *upto != NULL ? 0 : -1;
	}
out:
	if (result != NULL)
		mysql_free_result(result);
	sql_release(&sql);
	return status;
}

struct rows *
mysql_range(struct source *source, const struct plan *plan, const struct bound *after,
	const struct bound *upto, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	const struct mysql_plan *p = (const struct mysql_plan *)plan;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	const char *text;

	sql_add(&sql, "%s", p->select);
	mysql_key_add_index(&sql, &p->key);
	mysql_key_add_range(&sql, &p->key, after, upto, p->where);
	text = sql_text(&sql, err);
	if (text != NULL)
		rows = mysql_rows_open(s->conn, text, err);
	sql_release(&sql);
	if (rows == NULL) {
		error_prefix(err, "table '%s'", p->name);
		return NULL;
	}
	rows->transactional = p->plan.transactional;
	return rows;
}

int
mysql_unchanged(struct source *source, const struct plan *plan, struct error *err)
{
	struct mysql_source *s = (struct mysql_source *)source;
	const struct mysql_plan *p = (const struct mysql_plan *)plan;
	struct mysql_table t;
	char *now = NULL;
	int status = -1;

	if (mysql_table_find(s->conn, s->database, p->selection.table, p->selection.columns, &t,
		    err) < 0) {
		err->kind = ERROR_RUNTIME;
		goto out;
	}
	now = definition_of(&t, err);
	if (now == NULL)
		goto out;
	status = strcmp(now, p->plan.definition) == 0 ? 0 : source_table_changed(p->name, err);
out:
	free(now);
	mysql_table_release(&t);
	return status;
}
