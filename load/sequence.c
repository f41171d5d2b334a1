/*
 * sequence.c - see sequence.h
 *
 * It happens before the commit, so that there is no moment in which others
 * see the rows but draw their numbers.  Loaders of several shards take turns
 * by an advisory lock: each of them compares and then sets.
 */
#include "db/postgres.h"
#include "db/sql.h"
#include "load/sequence.h"

/* "carv": the first number of our advisory locks, the second is the sequence's oid. */
#define LOCK_CLASS "1667330678"

static void
build(struct sql *s, const struct target *t, const struct target_column *c)
{
	sql_add(s, "SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_CLASS ", ");
	sql_literal(s, c->sequence);
	sql_add(s, "::pg_catalog.regclass::pg_catalog.oid::bigint::bit(32)::integer);"
		   " SELECT pg_catalog.setval(p.seqrelid::pg_catalog.regclass, v.last)"
		   " FROM pg_catalog.pg_sequence p, LATERAL (SELECT CASE"
		   " WHEN p.seqincrement > 0 THEN least(m.largest, p.seqmax)"
		   " ELSE greatest(m.smallest, p.seqmin) END AS last"
		   " FROM (SELECT pg_catalog.max(");
	sql_identifier(s, c->name);
	sql_add(s, ") AS largest, pg_catalog.min(");
	sql_identifier(s, c->name);
	sql_add(s, ") AS smallest FROM ");
	sql_qualified(s, t->schema, t->table);
	/* without other aggregates, an index answers both; an empty table has neither */
	sql_add(s, ") m WHERE m.largest IS NOT NULL) v, %s s WHERE p.seqrelid = ", c->sequence);
	sql_literal(s, c->sequence);
	sql_add(s, "::pg_catalog.regclass AND v.last BETWEEN p.seqmin AND p.seqmax"
		   " AND (v.last = s.last_value AND NOT s.is_called OR"
		   " CASE WHEN p.seqincrement > 0 THEN v.last > s.last_value"
		   " ELSE v.last < s.last_value END)");
}

int
sequences_check(const struct target *t, struct error *err)
{
	for (size_t i = 0; i < t->nstream; i++) {
		const struct target_column *c = &t->columns[t->stream[i]];

		if (c->sequence != NULL && !c->may_set)
			return error_set(err, ERROR_USAGE,
				"role '%s' may not set sequence %s past the largest '%s': it "
				"needs "
				"SELECT and UPDATE on the sequence and SELECT on the column",
				PQuser(t->conn), c->sequence, c->name);
	}
	return 0;
}

int
sequences_advance(const struct target *t, struct error *err)
{
	for (size_t i = 0; i < t->nstream; i++) {
		const struct target_column *c = &t->columns[t->stream[i]];
		struct sql s = SQL_INIT;
		int status = -1;

		if (c->sequence == NULL)
			continue;
		build(&s, t, c);
		if (sql_text(&s, err) != NULL)
			status = postgres_do(t->conn, s.text, err);
		if (status < 0)
			error_prefix(err, "cannot set sequence %s", c->sequence);
		sql_release(&s);
		if (status < 0)
			return -1;
	}
	return 0;
}
