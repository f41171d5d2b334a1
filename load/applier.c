/*
 * applier.c - see applier.h
 *
 * As in copier.c, what becomes of the last savepoint travels in front of the
 * next COPY.  The stages are emptied outside of savepoints: the first time in
 * a transaction PostgreSQL gives them new files, then it cuts those.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "load/applier.h"
#include "load/change_statements.h"
#include "load/copy_in.h"
#include "load/refusal.h"
#include "load/statements.h"

static struct applier *
applier_of(struct inserter *i)
{
	return (struct applier *)i;
}

static bool
is_there(const struct applier *a, size_t i)
{
	return !a->group->batch.rows[i].gone;
}

static void
add_savepoint(const struct applier *a, struct sql *s)
{
	switch (a->savepoint) {
	case APPLIER_REFUSED: sql_add(s, "ROLLBACK TO SAVEPOINT caravan; "); return;
	case APPLIER_TAKEN: sql_add(s, "RELEASE SAVEPOINT caravan; %s; ", a->empty.text); break;
	case APPLIER_NONE: break;
	}
	sql_add(s, "SAVEPOINT caravan; ");
}

/* Put and end do all: how many tables are concerned is known only then. */
static int
apply_begin(struct inserter *i, struct error *err)
{
	(void)err;
	i->active = true;
	return 0;
}

static int
apply_put(struct inserter *i, const struct batch *b, size_t from, size_t to, struct error *err)
{
	struct applier *a = applier_of(i);

	(void)err;
	a->group = (const struct change_group *)b;
	a->from = from;
	a->to = to;
	return 0;
}

/* What a table has among the changes put. */
struct share {
	uint64_t rows;
	uint64_t deletes;
};

static void
count_shares(const struct applier *a, struct share *shares)
{
	memset(shares, 0, a->ntables * sizeof *shares);
	for (size_t i = a->from; i < a->to; i++) {
		const struct change *c = &a->group->changes[i];

		if (!is_there(a, i))
			continue;
		shares[c->table].rows++;
		shares[c->table].deletes += c->op == 'd';
	}
}

/* The rows of one table; those that lie together go together. */
static int
put_table(const struct applier *a, size_t table, struct error *err)
{
	size_t i = a->from;

	while (i < a->to) {
		size_t end = i;

		while (end < a->to && a->group->changes[end].table == table)
			end++;
		if (end > i && copy_in_rows(a->conn, &a->group->batch, i, end, err) < 0)
			return -1;
		for (i = end; i < a->to && a->group->changes[i].table != table;)
			i++;
	}
	return 0;
}

/* From the line of a table's COPY to the row of all that was put. */
static void
find_row(const struct applier *a, size_t table, struct refusal *refusal)
{
	const struct batch *b = &a->group->batch;
	uint64_t line = refusal->line, end = 0;

	refusal->line = 0;
	for (size_t i = a->from; i < a->to && line > 0; i++) {
		const char *p = b->data + batch_offset(b, i);
		const char *stop = b->data + batch_offset(b, i + 1);

		if (!is_there(a, i) || a->group->changes[i].table != table)
			continue;
		while (p < stop && (p = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
			end++;
			p++;
		}
		if (line <= end) {
			refusal->row = i - a->from + 1;
			return;
		}
	}
}

/* 1, 0 with *refusal, or -1. */
static int
copy_table(
	struct applier *a, size_t table, bool first, struct refusal *refusal, struct error *err)
{
	const struct applier_table *t = &a->tables[table];
	struct sql s = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	if (first)
		add_savepoint(a, &s);
	sql_add(&s, "%s", t->copy.text);
	if (sql_text(&s, err) != NULL && copy_in_start(a->conn, s.text, err) == 0 &&
		put_table(a, table, err) == 0)
		r = copy_in_end(a->conn, err);
	sql_release(&s);
	if (r == NULL)
		return -1;
	if (PQresultStatus(r) == PGRES_COMMAND_OK) {
		status = 1;
	} else {
		status = refusal_read(a->conn, r, refusal, err);
		if (status == 0) {
			refusal_read_line(refusal, r, t->stage, t->target);
			find_row(a, table, refusal);
		}
	}
	PQclear(r);
	copy_in_drain(a->conn);
	return status;
}

/* Children are behind their parents in the order, so deletes go through it from the end. */
static void
add_changes(const struct applier *a, const struct share *shares, struct sql *s)
{
	for (size_t i = a->ntables; i-- > 0;) {
		if (shares[a->order[i]].deletes > 0)
			sql_add(s, "%s", a->tables[a->order[i]].deletes.text);
	}
	for (size_t i = 0; i < a->ntables; i++) {
		const struct share *share = &shares[a->order[i]];

		if (share->rows > share->deletes)
			sql_add(s, "%s", a->tables[a->order[i]].upserts.text);
	}
}

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static int
change_tables(struct applier *a, const struct share *shares, struct copied *copied,
	struct refusal *refusal, struct error *err)
{
	struct sql s = SQL_INIT;
	PGresult *r;
	int status = 1;

	add_changes(a, shares, &s);
	if (sql_text(&s, err) == NULL || !PQsendQuery(a->conn, s.text)) {
		status = s.failed ? -1 : postgres_failed(a->conn, NULL, err);
		goto out;
	}
	while ((r = PQgetResult(a->conn)) != NULL) {
		if (PQresultStatus(r) == PGRES_COMMAND_OK) {
			copied->deleted += number(PQcmdTuples(r));
		} else if (PQresultStatus(r) == PGRES_TUPLES_OK) {
			copied->inserted += number(PQgetvalue(r, 0, 0));
			copied->updated += number(PQgetvalue(r, 0, 1));
		} else if (status > 0) {
			status = refusal_read(a->conn, r, refusal, err);
		}
		PQclear(r);
	}
out:
	sql_release(&s);
	return status;
}

static int
apply_end(struct inserter *i, struct copied *copied, struct refusal *refusal, struct error *err)
{
	struct applier *a = applier_of(i);
	struct share shares[APPLIER_TABLES_MAX];
	bool first = true;
	int status = 1;

	i->active = false;
	memset(copied, 0, sizeof *copied);
	count_shares(a, shares);
	for (size_t k = 0; k < a->ntables && status > 0; k++) {
		if (shares[k].rows == 0)
			continue;
		status = copy_table(a, k, first, refusal, err);
		copied->rows += shares[k].rows;
		first = false;
	}
	if (first)
		return 1;
	if (status > 0)
		status = change_tables(a, shares, copied, refusal, err);
	a->savepoint = status > 0 ? APPLIER_TAKEN : APPLIER_REFUSED;
	return status;
}

static void
apply_abort(struct inserter *i, const char *reason)
{
	(void)reason;
	i->active = false;
}

static int
apply_settle(struct inserter *i, struct error *err)
{
	struct applier *a = applier_of(i);
	struct sql s = SQL_INIT;
	int status = -1;

	if (a->savepoint == APPLIER_NONE)
		return 0;
	if (a->savepoint == APPLIER_REFUSED)
		sql_add(&s, "ROLLBACK TO SAVEPOINT caravan; ");
	sql_add(&s, "RELEASE SAVEPOINT caravan");
	if (a->goes_on)
		sql_add(&s, "; %s", a->empty.text);
	a->savepoint = APPLIER_NONE;
	if (sql_text(&s, err) != NULL)
		status = postgres_do(a->conn, s.text, err);
	sql_release(&s);
	return status;
}

static const struct inserter_class applier_class = {
	.begin = apply_begin,
	.put = apply_put,
	.end = apply_end,
	.abort = apply_abort,
	.settle = apply_settle,
};

void
applier_init(struct applier *a, PGconn *conn, bool goes_on)
{
	memset(a, 0, sizeof *a);
	a->inserter.class = &applier_class;
	a->conn = conn;
	a->goes_on = goes_on;
}

int
applier_add(struct applier *a, struct target *target, const struct csv_record *header,
	struct error *err)
{
	struct applier_table *t = &a->tables[a->ntables];

	if (a->ntables == APPLIER_TABLES_MAX)
		return error_set(
			err, ERROR_USAGE, "more than %d tables at once", APPLIER_TABLES_MAX);
	t->target = target;
	(void)snprintf(t->stage, sizeof t->stage, "caravan_changes_%zu", a->ntables);
	change_stage(&t->create, t->stage, target);
	change_copy(&t->copy, t->stage, header);
	change_deletes(&t->deletes, t->stage, target);
	change_upserts(&t->upserts, t->stage, target);
	a->order[a->ntables] = a->ntables;
	a->ntables++;
	if (t->create.failed || t->copy.failed || t->deletes.failed || t->upserts.failed)
		return error_nomem(err);
	return 0;
}

static size_t
table_of(const struct applier *a, const char *oid)
{
	size_t i = 0;

	while (i < a->ntables && strcmp(a->tables[i].target->oid, oid) != 0)
		i++;
	return i;
}

/*
 * Parents first.  Tables that refer to each other in a circle stay in the order that
 * they were given in: there the server decides.
 */
static void
sort_tables(struct applier *a, const PGresult *r)
{
	bool placed[APPLIER_TABLES_MAX] = {false};

	for (size_t n = 0; n < a->ntables; n++) {
		size_t chosen = a->ntables;

		for (size_t i = 0; i < a->ntables && chosen == a->ntables; i++) {
			bool free = !placed[i];

			for (int k = 0; free && k < PQntuples(r); k++)
				free = table_of(a, PQgetvalue(r, k, 0)) != i ||
				       placed[table_of(a, PQgetvalue(r, k, 1))];
			if (free)
				chosen = i;
		}
		for (size_t i = 0; chosen == a->ntables; i++)
			chosen = placed[i] ? chosen : i;
		placed[chosen] = true;
		a->order[n] = chosen;
	}
}

static int
learn_order(struct applier *a, struct error *err)
{
	struct sql s = SQL_INIT;
	PGresult *r = NULL;

	sql_add(&s, "WITH t (oid) AS (VALUES ");
	for (size_t i = 0; i < a->ntables; i++)
		sql_add(&s, "%s(%s::pg_catalog.oid)", i > 0 ? ", " : "",
			a->tables[i].target->oid);
	sql_add(&s, ") SELECT DISTINCT c.conrelid, c.confrelid FROM pg_catalog.pg_constraint c"
		    " WHERE c.contype = 'f' AND c.conrelid <> c.confrelid"
		    " AND c.conrelid IN (TABLE t) AND c.confrelid IN (TABLE t)");
	if (sql_text(&s, err) != NULL)
		r = postgres_run(a->conn, s.text, err);
	sql_release(&s);
	if (r == NULL)
		return -1;
	sort_tables(a, r);
	PQclear(r);
	return 0;
}

int
applier_ready(struct applier *a, struct error *err)
{
	if (learn_order(a, err) < 0)
		return -1;
	sql_add(&a->begin, "%s; SET LOCAL jit = off; ", statements_begin);
	sql_add(&a->empty, "TRUNCATE ");
	for (size_t i = 0; i < a->ntables; i++) {
		const struct applier_table *t = &a->tables[i];

		if (postgres_do(a->conn, t->create.text, err) < 0)
			return -1;
		sql_add(&a->empty, "%spg_temp.%s", i > 0 ? ", " : "", t->stage);
		statements_immediate(&a->begin, t->target);
		sql_add(&a->begin, "; ");
	}
	return a->begin.failed || a->empty.failed ? error_nomem(err) : 0;
}

int
applier_start(struct applier *a, struct error *err)
{
	a->savepoint = APPLIER_NONE;
	return postgres_do(a->conn, a->begin.text, err);
}

void
applier_release(struct applier *a)
{
	for (size_t i = 0; i < a->ntables; i++) {
		sql_release(&a->tables[i].create);
		sql_release(&a->tables[i].copy);
		sql_release(&a->tables[i].deletes);
		sql_release(&a->tables[i].upserts);
	}
	sql_release(&a->begin);
	sql_release(&a->empty);
}
