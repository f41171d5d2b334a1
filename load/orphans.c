/*
 * orphans.c - see orphans.h
 *
 * All temporary tables are made under a savepoint and go when that is rolled
 * back.  The rows that lack a parent in the table are edges: to the row of
 * the batch that is their parent, or to NULL.  What is reached from NULL,
 * against the edges, is bad; rows that refer to each other in a circle are
 * not, as one COPY takes them together.
 *
 * Trap: without statistics the costs look high enough for the server to
 * compile the plans, which takes longer than to run them: so jit is off.
 */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "load/copier.h"
#include "load/orphans.h"

#define STAGE "pg_temp.caravan_orphans"
#define EDGES "pg_temp.caravan_edges"
#define BAD   "pg_temp.caravan_bad"

enum { ORDINAL, KEY, DETAIL };

static void
learn(struct orphans *o, struct copier *c)
{
	struct error ignored;

	o->known = true;
	o->unable = c->target->has_before_trigger ||
		    references_read(&o->refs, c->target, &ignored) < 0 || o->refs.n == 0;
	for (size_t i = 0; i < o->refs.n; i++) {
		if (!o->refs.items[i].can_ask || !o->refs.items[i].in_stream)
			o->unable = true;
	}
}

static void
add_columns(struct sql *s, const struct target *t)
{
	for (size_t i = 0; i < t->nstream; i++) {
		sql_add(s, "%s", i > 0 ? ", " : "");
		sql_identifier(s, t->columns[t->stream[i]].name);
	}
}

/* The columns of the stream, without constraints. */
static void
build_stage(struct sql *s, const struct target *t)
{
	sql_add(s, "SAVEPOINT caravan_orphans; SET LOCAL jit = off;"
		   " CREATE TEMPORARY TABLE caravan_orphans ON COMMIT DROP AS SELECT ");
	add_columns(s, t);
	sql_add(s, " FROM ");
	sql_qualified(s, t->schema, t->table);
	sql_add(s, " WITH NO DATA; ALTER TABLE " STAGE
		   " ADD COLUMN _ordinal bigint GENERATED ALWAYS AS IDENTITY; ");
}

static void
build_fill(struct sql *s, const struct target *t)
{
	sql_add(s, "COPY " STAGE " (");
	add_columns(s, t);
	sql_add(s, ") FROM STDIN (FORMAT csv, HEADER true)");
}

static void
build_edges(struct sql *s, const struct references *refs)
{
	sql_add(s, "CREATE TEMPORARY TABLE caravan_edges ON COMMIT DROP AS");
	for (size_t i = 0; i < refs->n; i++) {
		const struct reference *r = &refs->items[i];

		sql_add(s,
			"%s SELECT f._ordinal AS child, %s AS parent, %zu AS key FROM "
			"(SELECT f.* FROM " STAGE
			" f WHERE (%s) AND NOT EXISTS (SELECT FROM %s p"
			" WHERE %s)) f",
			i > 0 ? " UNION ALL" : "", r->is_self ? "p._ordinal" : "NULL::bigint",
			i, r->given, r->parent, r->match);
		if (r->is_self)
			sql_add(s, " LEFT JOIN " STAGE " p ON %s", r->match);
	}
	sql_add(s, "; CREATE INDEX ON " EDGES " (parent);");
}

/*
 * A chain may be as long as the batch, so each step must take what an index
 * gives, and not read all edges.
 */
static void
build_query(struct sql *s, const struct references *refs)
{
	build_edges(s, refs);
	sql_add(s,
		" SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
		" CREATE TEMPORARY TABLE caravan_bad ON COMMIT DROP AS WITH RECURSIVE b (o) AS"
		" (SELECT child FROM " EDGES " WHERE parent IS NULL UNION SELECT e.child"
		" FROM b JOIN " EDGES " e ON e.parent = b.o) SELECT o FROM b;"
		" SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on;"
		" DECLARE caravan_orphans NO SCROLL CURSOR FOR"
		" SELECT DISTINCT ON (e.child) e.child, e.key, CASE e.key");
	for (size_t i = 0; i < refs->n; i++) {
		sql_add(s, " WHEN %zu THEN ", i);
		reference_detail(s, &refs->items[i]);
	}
	sql_add(s, " END FROM " BAD " b JOIN " EDGES " e ON e.child = b.o"
		   " JOIN " STAGE " f ON f._ordinal = e.child"
		   " ORDER BY e.child, e.parent NULLS FIRST, e.key");
}

static void
explain(const struct orphans *o, const struct copier *c, const PGresult *r, int i,
	struct refusal *why)
{
	const char *name = o->refs.items[strtoul(PQgetvalue(r, i, KEY), NULL, 10)].name;

	*why = (struct refusal){.code = "23503", .at_once = true};
	(void)snprintf(why->constraint, sizeof why->constraint, "%s", name);
	(void)snprintf(why->message, sizeof why->message,
		"insert or update on table \"%s\" violates foreign key constraint \"%s\": %s",
		c->target->table, name, PQgetvalue(r, i, DETAIL));
}

/* All that the cursor gives, some at a time, as nothing bounds their number.  1: there were any. */
static int
fetch(const struct orphans *o, const struct copier *c, inserter_found *found, void *arg,
	struct error *err)
{
	int n, some = 0;

	do {
		PGresult *r = postgres_run(c->conn, "FETCH 4096 FROM caravan_orphans", err);
		struct refusal why;

		if (r == NULL)
			return -1;
		n = PQntuples(r);
		for (int i = 0; i < n; i++) {
			explain(o, c, r, i, &why);
			if (found(arg, strtoull(PQgetvalue(r, i, ORDINAL), NULL, 10) - 1, &why,
				    err) < 0) {
				PQclear(r);
				return -1;
			}
		}
		PQclear(r);
		if (n > 0)
			some = 1;
	} while (n > 0);
	return some;
}

static int
undo(struct orphans *o, struct copier *c, struct error *err)
{
	o->staged = false;
	return postgres_do(c->conn,
		"ROLLBACK TO SAVEPOINT caravan_orphans; RELEASE SAVEPOINT caravan_orphans",
		err);
}

/* *why has happened: 0 when the server only would not, -1 when it is gone. */
static int
give_up(struct orphans *o, struct copier *c, const struct error *why, struct error *err)
{
	if (PQstatus(c->conn) == CONNECTION_OK &&
		PQtransactionStatus(c->conn) == PQTRANS_INERROR) {
		o->unable = true;
		return undo(o, c, err);
	}
	*err = *why;
	return -1;
}

int
orphans_add(struct orphans *o, struct copier *c, const struct batch *b, size_t from, size_t to,
	struct error *err)
{
	struct error why = ERROR_INIT;
	struct sql s = SQL_INIT;
	int status = -1;

	if (!o->known)
		learn(o, c);
	if (o->unable)
		return 0;
	if (!o->staged)
		build_stage(&s, c->target);
	build_fill(&s, c->target);
	if (sql_text(&s, &why) != NULL)
		status = copier_fill(c, s.text, b, from, to, &why);
	sql_release(&s);
	if (status < 0)
		return give_up(o, c, &why, err);
	o->staged = true;
	return 1;
}

int
orphans_tell(struct orphans *o, struct copier *c, inserter_found *found, void *arg,
	struct error *err)
{
	struct error why = ERROR_INIT;
	struct sql s = SQL_INIT;
	int n = -1;

	build_query(&s, &o->refs);
	if (sql_text(&s, &why) != NULL)
		n = postgres_do(c->conn, s.text, &why);
	sql_release(&s);
	if (n < 0)
		return give_up(o, c, &why, err);
	n = fetch(o, c, found, arg, err);
	return n < 0 || undo(o, c, err) < 0 ? -1 : n;
}

/* Whom to tell of the rows of one batch. */
struct telling {
	const struct batch *batch;
	size_t row;  /* where to look for the next */
	uint64_t at; /* how many before it were sent */
	inserter_found *found;
	void *arg;
};

/* The rows that are gone were not sent and do not count. */
static int
tell_row(void *arg, size_t sent, const struct refusal *why, struct error *err)
{
	struct telling *t = arg;

	while (t->batch->rows[t->row].gone || t->at < sent) {
		if (!t->batch->rows[t->row].gone)
			t->at++;
		t->row++;
	}
	t->at++;
	return t->found(t->arg, t->row++, why, err);
}

int
orphans_find(struct orphans *o, struct copier *c, const struct batch *b, size_t from, size_t to,
	inserter_found *found, void *arg, struct error *err)
{
	struct telling t = {b, from, 0, found, arg};
	int n = orphans_add(o, c, b, from, to, err);

	return n <= 0 ? n : orphans_tell(o, c, tell_row, &t, err);
}
