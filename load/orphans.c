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

/* The columns of the stream, without constraints, and a COPY into them. */
static void
build_stage(struct sql *s, const struct target *t)
{
	struct sql columns = SQL_INIT;

	for (size_t i = 0; i < t->nstream; i++) {
		sql_add(&columns, "%s", i > 0 ? ", " : "");
		sql_identifier(&columns, t->columns[t->stream[i]].name);
	}
	if (columns.failed)
		s->failed = true;
	else
		sql_add(s,
			"SAVEPOINT caravan_orphans; SET LOCAL jit = off; CREATE TEMPORARY "
			"TABLE caravan_orphans"
			" ON COMMIT DROP AS SELECT %s FROM ",
			columns.text);
	sql_qualified(s, t->schema, t->table);
	sql_add(s,
		" WITH NO DATA; ALTER TABLE " STAGE
		" ADD COLUMN _ordinal bigint GENERATED ALWAYS AS IDENTITY; COPY " STAGE
		" (%s) FROM STDIN (FORMAT csv, HEADER true)",
		columns.failed ? "" : columns.text);
	sql_release(&columns);
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
		" SELECT DISTINCT ON (e.child) e.child, e.key, CASE e.key");
	for (size_t i = 0; i < refs->n; i++) {
		sql_add(s, " WHEN %zu THEN ", i);
		reference_detail(s, &refs->items[i]);
	}
	sql_add(s, " END FROM " BAD " b JOIN " EDGES " e ON e.child = b.o"
		   " JOIN " STAGE " f ON f._ordinal = e.child"
		   " ORDER BY e.child, e.parent NULLS FIRST, e.key");
}

/* The next row that was sent, as the ordinals count. */
static size_t
row_of(const struct batch *b, size_t row, uint64_t *at, uint64_t ordinal)
{
	for (;; row++) {
		if (b->rows[row].gone)
			continue;
		if (++*at == ordinal)
			return row;
	}
}

static int
tell(const struct orphans *o, const struct copier *c, const PGresult *r, const struct batch *b,
	size_t from, inserter_found *found, void *arg, struct error *err)
{
	size_t row = from;
	uint64_t at = 0;

	for (int i = 0; i < PQntuples(r); i++) {
		size_t key = strtoul(PQgetvalue(r, i, KEY), NULL, 10);
		const char *name = o->refs.items[key].name;
		struct refusal why = {.code = "23503", .at_once = true};

		row = row_of(b, row, &at, strtoull(PQgetvalue(r, i, ORDINAL), NULL, 10));
		(void)snprintf(why.constraint, sizeof why.constraint, "%s", name);
		(void)snprintf(why.message, sizeof why.message,
			"insert or update on table \"%s\" violates foreign key constraint "
			"\"%s\": "
			"%s",
			c->target->table, name, PQgetvalue(r, i, DETAIL));
		if (found(arg, row, &why, err) < 0)
			return -1;
		row++;
	}
	return PQntuples(r);
}

/* 1 with *result; 0 when the server would not; -1 when it is gone. */
static int
ask(struct orphans *o, struct copier *c, const struct batch *b, size_t from, size_t to,
	PGresult **result, struct error *err)
{
	struct error why = ERROR_INIT;
	struct sql s = SQL_INIT;
	PGresult *r = NULL;

	build_stage(&s, c->target);
	if (sql_text(&s, &why) != NULL && copier_fill(c, s.text, b, from, to, &why) == 0) {
		sql_clear(&s);
		build_query(&s, &o->refs);
		if (sql_text(&s, &why) != NULL)
			r = postgres_run(c->conn, s.text, &why);
	}
	sql_release(&s);
	*result = r;
	if (r != NULL)
		return 1;
	if (PQstatus(c->conn) == CONNECTION_OK &&
		PQtransactionStatus(c->conn) == PQTRANS_INERROR)
		return 0;
	*err = why;
	return -1;
}

int
orphans_find(struct orphans *o, struct copier *c, const struct batch *b, size_t from, size_t to,
	inserter_found *found, void *arg, struct error *err)
{
	PGresult *r = NULL;
	int n;

	if (!o->known)
		learn(o, c);
	if (o->unable)
		return 0;
	n = ask(o, c, b, from, to, &r, err);
	if (n >= 0 && postgres_do(c->conn,
			      "ROLLBACK TO SAVEPOINT caravan_orphans;"
			      " RELEASE SAVEPOINT caravan_orphans",
			      err) < 0)
		n = -1;
	if (n == 0)
		o->unable = true;
	else if (n > 0)
		n = tell(o, c, r, b, from, found, arg, err);
	PQclear(r);
	return n;
}
