/*
 * postgres_range.c - see postgres_range.h
 */
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "extract/postgres_key.h"
#include "extract/postgres_range.h"
#include "extract/postgres_rows.h"
#include "extract/postgres_source.h"
#include "extract/postgres_table.h"

struct postgres_plan {
	struct plan plan;
	struct postgres_key key;
	char *select; /* the SELECT up to and with the table's name */
	char *where;  /* or NULL */
	char *schema, *name, *oid;
};

struct rows *
postgres_table_rows(struct source *source, const struct selection *selection, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;
	struct postgres_table t;

	if (postgres_table_find(s->conn, selection, &t, err) < 0 ||
		postgres_table_lock(s->conn, &t, err) < 0)
		goto out;
	postgres_table_add_select(&sql, &t);
	postgres_table_add_where(&sql, " WHERE ", selection->where);
	if (sql_text(&sql, err) != NULL)
		rows = postgres_rows_open(s->conn, sql.text, err);
	if (rows == NULL) {
		error_prefix(err, "table '%s'", t.name);
		goto out;
	}
	rows->transactional = postgres_table_is_transactional(&t);
	if (selection->where == NULL)
		rows->estimate = t.rows;
out:
	sql_release(&sql);
	postgres_table_release(&t);
	return rows;
}

void
postgres_plan_free(struct plan *plan)
{
	struct postgres_plan *p = (struct postgres_plan *)plan;

	postgres_key_release(&p->key);
	json_decref(p->plan.key);
	free(p->plan.definition);
	free(p->select);
	free(p->where);
	free(p->schema);
	free(p->name);
	free(p->oid);
	free(p);
}

/* The texts of the plan. */
static int
copy_texts(struct postgres_plan *p, const struct postgres_table *t, const char *where,
	struct error *err)
{
	struct sql select = SQL_INIT;

	postgres_table_add_select(&select, t);
	p->select = select.text; /* its own now, also where memory was short */
	p->schema = strdup(t->schema);
	p->name = strdup(t->name);
	p->oid = strdup(t->oid);
	if (where != NULL)
		p->where = strdup(where);
	if (select.failed || p->schema == NULL || p->name == NULL || p->oid == NULL ||
		(where != NULL && p->where == NULL))
		return error_nomem(err);
	return 0;
}

static int
fill_plan(struct postgres_source *s, struct postgres_plan *p, const struct postgres_table *t,
	const char *where, struct error *err)
{
	if (copy_texts(p, t, where, err) < 0)
		return -1;
	p->plan.definition =
		postgres_table_definition(s->conn, t->schema, t->name, t->oid, err);
	if (p->plan.definition == NULL)
		return -1;
	p->plan.transactional = postgres_table_is_transactional(t);
	if (where == NULL)
		p->plan.estimate = t->rows;
	if (t->rows > 0)
		p->plan.row_bytes = t->bytes / t->rows;
	if (postgres_key_find(s->conn, t, &p->key, err) < 0)
		return -1;
	if (p->key.ncolumns > 0) {
		p->plan.key = postgres_key_names(&p->key);
		if (p->plan.key == NULL)
			return error_nomem(err);
	}
	return 0;
}

struct plan *
postgres_plan(struct source *source, const struct selection *selection, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;
	struct postgres_plan *p = calloc(1, sizeof *p);
	struct postgres_table t;
	int status;

	if (p == NULL) {
		error_nomem(err);
		return NULL;
	}
	p->plan.class = source->class;
	status = postgres_table_find(s->conn, selection, &t, err);
	if (status == 0)
		status = postgres_table_lock(s->conn, &t, err);
	if (status == 0)
		status = fill_plan(s, p, &t, selection->where, err);
	postgres_table_release(&t);
	if (status < 0) {
		postgres_plan_free(&p->plan);
		return NULL;
	}
	return &p->plan;
}

/*
 * The rows of a walk are not wanted, so that reading and sorting all of them
 * time after time may look cheap to the planner, but only the index finds the
 * place at once.
 */
static const char by_index[] = "SET enable_seqscan = off; SET enable_bitmapscan = off;"
			       " SET enable_sort = off; SET jit = off; ";
static const char as_before[] = "RESET enable_seqscan; RESET enable_bitmapscan;"
				" RESET enable_sort; RESET jit";

/*
 * Two rows are asked for: the last of the range, and the one behind it, which
 * tells that there is another range.
 */
int
postgres_walk(struct source *source, const struct plan *plan, const struct bound *after,
	uint64_t rows, struct bound **upto, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;
	const struct postgres_plan *p = (const struct postgres_plan *)plan;
	struct sql sql = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	*upto = NULL;
	sql_add(&sql, "%sSELECT ", by_index);
	postgres_key_add_columns(&sql, &p->key);
	sql_add(&sql, " FROM ");
	sql_qualified(&sql, p->schema, p->name);
	postgres_key_add_range(&sql, &p->key, after, NULL, p->where);
	sql_add(&sql, " LIMIT 2 OFFSET %llu", (unsigned long long)rows - 1);
	if (sql_text(&sql, err) != NULL)
		r = postgres_run(s->conn, sql.text, err);
	if (r == NULL || postgres_do(s->conn, as_before, err) < 0)
		goto out;
	status = 0;
	if (PQntuples(r) == 2) {
		*upto = postgres_key_bound(&p->key, r, 0, err);
		status = *upto != NULL ? 0 : -1;
	}
out:
	PQclear(r);
	sql_release(&sql);
	return status;
}

struct rows *
postgres_range(struct source *source, const struct plan *plan, const struct bound *after,
	const struct bound *upto, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;
	const struct postgres_plan *p = (const struct postgres_plan *)plan;
	struct sql sql = SQL_INIT;
	struct rows *rows = NULL;

	sql_add(&sql, "%s", p->select);
	postgres_key_add_range(&sql, &p->key, after, upto, p->where);
	if (sql_text(&sql, err) != NULL)
		rows = postgres_rows_open(s->conn, sql.text, err);
	sql_release(&sql);
	if (rows == NULL) {
		error_prefix(err, "table '%s'", p->name);
		return NULL;
	}
	rows->transactional = p->plan.transactional;
	return rows;
}

/* After a failure the transaction is over, and without it the server tells what is now. */
int
postgres_unchanged(struct source *source, const struct plan *plan, struct error *err)
{
	struct postgres_source *s = (struct postgres_source *)source;
	const struct postgres_plan *p = (const struct postgres_plan *)plan;
	char *now;
	int status;

	if (PQtransactionStatus(s->conn) == PQTRANS_INERROR &&
		postgres_do(s->conn, "ROLLBACK", err) < 0)
		return -1;
	now = postgres_table_definition(s->conn, p->schema, p->name, p->oid, err);
	if (now == NULL) {
		if (err->kind == ERROR_USAGE) /* it is gone */
			source_table_changed(p->name, err);
		return -1;
	}
	status = strcmp(now, p->plan.definition) == 0 ? 0 : source_table_changed(p->name, err);
	free(now);
	return status;
}
