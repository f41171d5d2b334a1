/*
 * copier.c - see copier.h
 *
 * What becomes of the last savepoint travels in front of the next COPY, in
 * the same message, so a batch costs two round trips.
 */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "db/postgres.h"
#include "load/copier.h"
#include "load/copy_in.h"
#include "load/refusal.h"

static struct copier *
copier_of(struct inserter *i)
{
	return (struct copier *)i;
}

int
copier_start(struct copier *c, struct error *err)
{
	c->savepoint = COPIER_NONE;
	if (c->statements->start.len == 0)
		return 0;
	return postgres_do(c->conn, c->statements->start.text, err);
}

/*
 * The stage is emptied outside of any savepoint: there PostgreSQL truncates
 * in place, as it made the table in this transaction, and leaves the catalog
 * alone.
 */
static void
add_savepoint(const struct copier *c, struct sql *s)
{
	switch (c->savepoint) {
	case COPIER_REFUSED: sql_add(s, "ROLLBACK TO SAVEPOINT caravan; "); return;
	case COPIER_TAKEN:
		sql_add(s, "RELEASE SAVEPOINT caravan; ");
		if (c->statements->empty.len > 0)
			sql_add(s, "%s; ", c->statements->empty.text);
		break;
	case COPIER_NONE: break;
	}
	sql_add(s, "SAVEPOINT caravan; ");
}

static int
copy_begin(struct inserter *i, struct error *err)
{
	struct copier *c = copier_of(i);
	struct sql s = SQL_INIT;
	int status = -1;

	add_savepoint(c, &s);
	sql_add(&s, "%s", c->statements->copy.text);
	if (sql_text(&s, err) != NULL)
		status = copy_in_start(c->conn, s.text, err);
	i->active = status == 0;
	sql_release(&s);
	return status;
}

static int
copy_put(struct inserter *i, const struct batch *b, size_t from, size_t to, struct error *err)
{
	return copy_in_rows(copier_of(i)->conn, b, from, to, err);
}

int
copier_fill(struct copier *c, const char *sql, const struct batch *b, size_t from, size_t to,
	struct error *err)
{
	PGresult *r;
	int status = 0;

	if (copy_in_start(c->conn, sql, err) < 0 || copy_in_rows(c->conn, b, from, to, err) < 0)
		return -1;
	r = copy_in_end(c->conn, err);
	if (r == NULL)
		return -1;
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		status = postgres_failed(c->conn, r, err);
	PQclear(r);
	copy_in_drain(c->conn);
	return status;
}

/* 0 with *refusal when the error is about rows, else -1 with *err. */
static int
refused(struct copier *c, const PGresult *r, struct refusal *refusal, struct error *err)
{
	const char *table = c->target->nkey > 0 ? STATEMENTS_STAGE : c->target->table;

	if (refusal_read(c->conn, r, refusal, err) < 0)
		return -1;
	refusal_read_line(refusal, r, table, c->target);
	return 0;
}

static uint64_t
number(const char *text)
{
	return strtoull(text, NULL, 10);
}

static int
merge(struct copier *c, struct copied *copied, struct refusal *refusal, struct error *err)
{
	PGresult *r = PQexec(c->conn, c->statements->merge.text);
	int status = 1;

	if (PQresultStatus(r) == PGRES_TUPLES_OK) {
		copied->inserted = number(PQgetvalue(r, 0, 0));
		copied->updated = number(PQgetvalue(r, 0, 1));
	} else {
		status = refused(c, r, refusal, err);
		refusal->line = 0;
	}
	PQclear(r);
	return status;
}

static int
copy_end(struct inserter *i, struct copied *copied, struct refusal *refusal, struct error *err)
{
	struct copier *c = copier_of(i);
	PGresult *r;
	int status = 1;

	c->inserter.active = false;
	memset(copied, 0, sizeof *copied);
	r = copy_in_end(c->conn, err);
	if (r == NULL)
		return -1;
	if (PQresultStatus(r) == PGRES_COMMAND_OK) {
		copied->rows = number(PQcmdTuples(r));
		copied->inserted = copied->rows;
	} else {
		status = refused(c, r, refusal, err);
	}
	PQclear(r);
	copy_in_drain(c->conn);
	if (status > 0 && c->statements->merge.len > 0)
		status = merge(c, copied, refusal, err);
	c->savepoint = status > 0 ? COPIER_TAKEN : COPIER_REFUSED;
	return status;
}

static void
copy_abort(struct inserter *i, const char *reason)
{
	struct copier *c = copier_of(i);

	if (!c->inserter.active)
		return;
	c->inserter.active = false;
	if (PQputCopyEnd(c->conn, reason) == 1)
		copy_in_drain(c->conn);
}

static int
copy_settle(struct inserter *i, struct error *err)
{
	struct copier *c = copier_of(i);
	struct sql s = SQL_INIT;
	int status = -1;

	if (c->savepoint == COPIER_NONE)
		return 0;
	if (c->savepoint == COPIER_REFUSED)
		sql_add(&s, "ROLLBACK TO SAVEPOINT caravan; ");
	sql_add(&s, "RELEASE SAVEPOINT caravan; %s",
		c->statements->empty.len > 0 ? c->statements->empty.text : "");
	c->savepoint = COPIER_NONE;
	if (sql_text(&s, err) != NULL)
		status = postgres_do(c->conn, s.text, err);
	sql_release(&s);
	return status;
}

static int
copy_explain(struct inserter *i, const struct batch *b, size_t from, size_t to,
	inserter_found *found, void *arg, struct error *err)
{
	struct copier *c = copier_of(i);

	if (c->orphans.unable)
		return 0;
	if (copy_settle(i, err) < 0)
		return -1;
	return orphans_find(&c->orphans, c, b, from, to, found, arg, err);
}

static int
copy_gather(struct inserter *i, const struct batch *b, struct error *err)
{
	struct copier *c = copier_of(i);

	if (copy_settle(i, err) < 0)
		return -1;
	return orphans_add(&c->orphans, c, b, 0, b->nrows, err);
}

static int
copy_explain_gathered(struct inserter *i, inserter_found *found, void *arg, struct error *err)
{
	struct copier *c = copier_of(i);

	return orphans_tell(&c->orphans, c, found, arg, err);
}

static const struct inserter_class copier_class = {
	.begin = copy_begin,
	.put = copy_put,
	.end = copy_end,
	.abort = copy_abort,
	.settle = copy_settle,
	.explain = copy_explain,
	.gather = copy_gather,
	.explain_gathered = copy_explain_gathered,
};

void
copier_init(struct copier *c, PGconn *conn, struct target *target,
	const struct statements *statements)
{
	*c = (struct copier){
		.inserter = {.class = &copier_class},
		.conn = conn,
		.target = target,
		.statements = statements,
	};
}
