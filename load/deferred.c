/*
 * deferred.c - see deferred.h
 *
 * The definitions are PostgreSQL's own, with every name qualified.  A unique
 * or primary key is made again as an index and then turned into the
 * constraint, as only pg_get_indexdef tells its storage parameters.
 *
 * Trap: the locks of DROP are taken on the table and on those that it refers
 * to, so it waits for loaders that do not defer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "load/deferred.h"
#include "load/ledger.h"
#include "load/references.h"
#include "load/statements.h"

/* "carv" and the next two: the first number of our advisory locks; see ledger.c, sequence.c. */
#define LOCK_LOADERS "1667330679"
#define LOCK_DROP    "1667330680"

/*
 * Columns of both queries.  What follows a definition's index or constraint
 * in the same text is what else is known of it.
 */
enum { KIND, NAME, DROP, DEFINITION, BAD_ROWS };

static const char foreign_keys_query[] =
	"SELECT 'foreign key', c.conname,"
	" pg_catalog.format('ALTER TABLE %1$s DROP CONSTRAINT %2$I', z.name, c.conname),"
	" pg_catalog.format('ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s', z.name, c.conname,"
	"  pg_catalog.pg_get_constraintdef(c.oid))"
	" || coalesce(pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS ', c.conname, "
	"z.name)"
	"  || pg_catalog.quote_literal(pg_catalog.obj_description(c.oid, 'pg_constraint')), "
	"''),"
	" NULL, c.oid FROM pg_catalog.pg_constraint c CROSS JOIN (SELECT $2::text AS name) z"
	" WHERE c.contype = 'f' AND c.conrelid = $1::pg_catalog.oid AND c.conparentid = 0"
	/* who drops a foreign key must be able to make it again */
	" AND (pg_catalog.has_table_privilege(c.confrelid, 'REFERENCES') OR NOT EXISTS"
	"  (SELECT FROM pg_catalog.unnest(c.confkey) k WHERE NOT"
	"   pg_catalog.has_column_privilege(c.confrelid, k, 'REFERENCES')))"
	/* with triggers that are switched off, it is not what its definition says */
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g"
	"  WHERE g.tgconstraint = c.oid AND g.tgenabled <> 'O')"
	" ORDER BY c.conname";

static const char indexes_head[] =
	"SELECT CASE c.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique constraint'"
	"  WHEN 'x' THEN 'exclusion constraint' ELSE 'index' END, x.relname,"
	" CASE WHEN c.oid IS NULL THEN pg_catalog.format('DROP INDEX %I.%I', n.nspname, "
	"x.relname)"
	"  ELSE pg_catalog.format('ALTER TABLE %s DROP CONSTRAINT %I', z.name, c.conname) END,"
	" pg_catalog.format('SET LOCAL default_tablespace = %L; ', coalesce(b.spcname, ''))"
	" || CASE WHEN c.contype = 'x' THEN pg_catalog.format('ALTER TABLE %s ADD CONSTRAINT "
	"%I %s',"
	"   z.name, c.conname, pg_catalog.pg_get_constraintdef(c.oid))"
	"  ELSE pg_catalog.pg_get_indexdef(x.oid) || CASE WHEN c.oid IS NULL THEN '' ELSE"
	"   pg_catalog.format('; ALTER TABLE %s ADD CONSTRAINT %I %s USING INDEX %I%s%s', "
	"z.name,"
	"    c.conname, CASE c.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, "
	"x.relname,"
	"    CASE WHEN c.condeferrable THEN ' DEFERRABLE' END,"
	"    CASE WHEN c.condeferred THEN ' INITIALLY DEFERRED' END) END END"
	" || coalesce(pg_catalog.format('; COMMENT ON INDEX %I.%I IS ', n.nspname, x.relname)"
	"  || pg_catalog.quote_literal(pg_catalog.obj_description(x.oid, 'pg_class')), '')"
	" || CASE WHEN c.oid IS NULL THEN '' ELSE coalesce("
	"  pg_catalog.format('; COMMENT ON CONSTRAINT %I ON %s IS ', c.conname, z.name) ||"
	"  pg_catalog.quote_literal(pg_catalog.obj_description(c.oid, 'pg_constraint')), '') "
	"END"
	" || CASE WHEN i.indisclustered THEN pg_catalog.format('; ALTER TABLE %s CLUSTER ON "
	"%I',"
	"   z.name, x.relname) ELSE '' END"
	" || coalesce((SELECT pg_catalog.string_agg(pg_catalog.format("
	"    '; ALTER INDEX %I.%I ALTER COLUMN %s SET STATISTICS %s', n.nspname, x.relname,"
	"    a.attnum, a.attstattarget), '' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a"
	"   WHERE a.attrelid = x.oid AND a.attstattarget >= 0), ''),"
	/* the rows that share their key with another */
	" CASE WHEN i.indisunique THEN pg_catalog.format("
	"  'SELECT ctid, %L || v || %L || n || '' times'' FROM (SELECT ctid,"
	" pg_catalog.concat_ws('', '', %s) AS v, pg_catalog.count(*) OVER (PARTITION BY %s) AS "
	"n"
	" FROM ONLY %s WHERE %s AND %s) x WHERE n > 1', 'Key (' || k.names || ')=(',"
	"  ') is there ', k.keys, k.keys, z.name, coalesce('(' ||"
	"  pg_catalog.pg_get_expr(i.indpred, i.indrelid) || ')', 'true'), CASE WHEN coalesce("
	"  (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) THEN 'true'"
	"  ELSE k.given END) END"
	" FROM pg_catalog.pg_index i"
	" JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
	" JOIN pg_catalog.pg_class t ON t.oid = i.indrelid"
	" JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace"
	" LEFT JOIN pg_catalog.pg_tablespace b ON b.oid = x.reltablespace"
	" LEFT JOIN pg_catalog.pg_constraint c ON c.conindid = x.oid AND c.conrelid = t.oid"
	"  AND c.contype IN ('p', 'u', 'x')"
	" CROSS JOIN LATERAL (SELECT"
	"  pg_catalog.string_agg(e, ', ' ORDER BY i) AS names,"
	"  pg_catalog.string_agg('(' || e || ')', ', ' ORDER BY i) AS keys,"
	"  pg_catalog.string_agg('(' || e || ') IS NOT NULL', ' AND ' ORDER BY i) AS given"
	"  FROM (SELECT i, pg_catalog.pg_get_indexdef(x.oid, i, false) AS e"
	"   FROM pg_catalog.generate_series(1, i.indnkeyatts) i) y) k"
	" CROSS JOIN (SELECT $2::text AS name, ";

static const char indexes_tail[] =
	" AS sequenced) z"
	" WHERE i.indrelid = $1::pg_catalog.oid AND i.indisvalid AND i.indisready"
	" AND NOT i.indisreplident"
	" AND NOT (i.indisprimary AND t.relreplident = 'd' AND EXISTS (SELECT FROM"
	"  pg_catalog.pg_publication_tables u WHERE u.schemaname = n.nspname"
	"  AND u.tablename = t.relname))"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.oid)"
	" AND NOT (c.contype IS NOT DISTINCT FROM 'x' AND x.reloptions IS NOT NULL)"
	" AND (b.oid IS NULL OR pg_catalog.has_tablespace_privilege(b.oid, 'CREATE'))"
	/* the key of an upsert: unique, and over just its columns */
	" AND NOT (i.indisunique AND i.indexprs IS NULL AND z.key = (SELECT"
	"  pg_catalog.array_agg(a.attname::text ORDER BY a.attname::text)"
	"  FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY"
	"  ((i.indkey::smallint[])[0:i.indnkeyatts - 1])))"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid"
	"  AND a.attnum = i.indkey[0] AND a.attname = ANY (z.sequenced))"
	/* n: it needs us; x: we depend on an extension */
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE"
	"  d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = x.oid"
	"   AND d.deptype = 'n'"
	"  OR d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass"
	"   AND d.refobjid = c.oid AND d.deptype = 'n'"
	"  OR d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = x.oid"
	"   AND d.deptype = 'x')"
	" ORDER BY i.indisclustered DESC, i.indisprimary DESC, x.relname";

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
listed(const void *arg, size_t i)
{
	return ((const char *const *)arg)[i];
}

/* The names of the key's columns, in byte order, and of the streamed columns with sequences. */
static int
add_columns(struct sql *s, const struct target *t, struct error *err)
{
	const char **names = calloc(t->nstream + t->nkey + 1, sizeof *names);
	size_t n = 0;

	if (names == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < t->nstream; i++) {
		const struct target_column *c = &t->columns[t->stream[i]];

		if (c->sequence != NULL)
			names[n++] = c->name;
	}
	for (size_t i = 0; i < t->nkey; i++)
		names[n + i] = t->columns[t->key[i]].name;
	qsort(names + n, t->nkey, sizeof *names, compare_names);
	sql_names(s, t->nkey, listed, names + n);
	sql_add(s, " AS key, ");
	sql_names(s, n, listed, names);
	free(names);
	return 0;
}

/* In a transaction: what can be dropped, first the foreign keys or (later) the indexes. */
static PGresult *
candidates(const struct deferred *d, bool indexes, struct error *err)
{
	const char *const params[] = {d->target->oid, d->table};
	struct sql s = SQL_INIT;
	PGresult *r = NULL;
	int status = 0;

	sql_add(&s, "%s", indexes ? indexes_head : foreign_keys_query);
	if (indexes) {
		status = add_columns(&s, d->target, err);
		sql_add(&s, "%s", indexes_tail);
	}
	if (status == 0 && sql_text(&s, err) != NULL)
		r = postgres_query(d->target->conn, s.text, 2, params, err);
	sql_release(&s);
	return r;
}

static const char *
orphans_query(struct sql *s, const struct deferred *d, const struct references *refs,
	const char *name)
{
	for (size_t i = 0; i < refs->n; i++) {
		const struct reference *f = &refs->items[i];

		if (strcmp(f->name, name) != 0)
			continue;
		sql_clear(s);
		sql_add(s, "SELECT f.ctid, ");
		reference_detail(s, f);
		sql_add(s,
			" FROM ONLY %s f WHERE (%s) AND NOT EXISTS (SELECT FROM %s p WHERE %s)",
			d->table, f->given, f->parent, f->match);
		return s->text;
	}
	return NULL;
}

/* Write down one row of candidates, and drop it. */
static int
drop_one(
	struct deferred *d, const PGresult *r, int row, const char *bad_rows, struct error *err)
{
	const char *const params[] = {d->table, PQgetvalue(r, row, KIND),
		PQgetvalue(r, row, NAME), PQgetvalue(r, row, DEFINITION), bad_rows};
	PGresult *inserted = postgres_query(d->target->conn,
		"INSERT INTO caravan.deferred (table_name, kind, name, definition, bad_rows)"
		" VALUES ($1, $2, $3, $4, $5)",
		5, params, err);

	PQclear(inserted);
	if (inserted == NULL || postgres_do(d->target->conn, PQgetvalue(r, row, DROP), err) < 0)
		return error_set(err, err->kind, "cannot defer %s '%s': %s",
			PQgetvalue(r, row, KIND), PQgetvalue(r, row, NAME), err->text);
	return 0;
}

/* n becomes how many. */
static int
drop_all(struct deferred *d, const struct references *refs, bool indexes, int *n,
	struct error *err)
{
	PGresult *r = candidates(d, indexes, err);
	struct sql orphans = SQL_INIT;
	int status = r ? 0 : -1;

	*n = r ? PQntuples(r) : 0;
	for (int row = 0; status == 0 && row < *n; row++) {
		const char *bad = orphans_query(&orphans, d, refs, PQgetvalue(r, row, NAME));

		if (indexes)
			bad = PQgetisnull(r, row, BAD_ROWS) ? NULL
							    : PQgetvalue(r, row, BAD_ROWS);
		status = orphans.failed ? error_nomem(err) : drop_one(d, r, row, bad, err);
	}
	sql_release(&orphans);
	PQclear(r);
	return status;
}

/* What another loader has dropped already. */
static int
see_dropped(struct deferred *d, struct error *err)
{
	PGresult *r = postgres_query(d->target->conn,
		"SELECT FROM caravan.deferred WHERE table_name = $1 LIMIT 1", 1, &d->table,
		err);

	if (r == NULL)
		return -1;
	if (PQntuples(r) > 0)
		d->dropped = true;
	PQclear(r);
	return 0;
}

/* The oid as an advisory lock's second number. */
static int
set_table(struct deferred *d, struct target *t, struct error *err)
{
	struct sql name = SQL_INIT;

	*d = (struct deferred){.target = t};
	d->oid = (int)(unsigned)strtoul(t->oid, NULL, 10);
	sql_qualified(&name, t->schema, t->table);
	d->table = name.failed ? NULL : arena_copy(&t->arena, name.text, name.len);
	sql_release(&name);
	return d->table ? 0 : error_nomem(err);
}

static int
check_role(const struct target *t, struct error *err)
{
	PGresult *r;
	int status = 0;

	if (t->kind != 'r')
		return error_set(err, ERROR_USAGE,
			"'%s' is a %s: indexes are deferred only for a plain table%s", t->table,
			t->kind == 'v'   ? "view"
			: t->kind == 'p' ? "partitioned table"
					 : "foreign table",
			t->kind == 'p' ? ", such as one of its partitions" : "");
	r = postgres_query(t->conn,
		"SELECT pg_catalog.pg_has_role(relowner, 'USAGE')"
		" AND pg_catalog.has_schema_privilege(relnamespace, 'CREATE')"
		" FROM pg_catalog.pg_class WHERE oid = $1::pg_catalog.oid",
		1, &t->oid, err);
	if (r == NULL)
		return -1;
	if (PQntuples(r) != 1 || PQgetvalue(r, 0, 0)[0] != 't')
		status = error_set(err, ERROR_USAGE,
			"role '%s' may not drop the indexes of '%s' and make them again: it "
			"must "
			"be the table's owner and have CREATE on schema '%s'",
			PQuser(t->conn), t->table, t->schema);
	PQclear(r);
	return status;
}

int
deferred_join(struct deferred *d, struct target *t, struct error *err)
{
	char lock[128];
	int there = ledger_has_table(t->conn, "deferred", err);

	if (there < 0 || set_table(d, t, err) < 0 || check_role(t, err) < 0)
		return -1;
	if (there == 0 &&
		ledger_make_table(t->conn, "deferred", "do without --defer-indexes", err) < 0)
		return -1;
	(void)snprintf(lock, sizeof lock,
		"SELECT pg_catalog.pg_advisory_lock_shared(" LOCK_LOADERS ", %d)", d->oid);
	return postgres_do(t->conn, lock, err) < 0 ? -1 : see_dropped(d, err);
}

int
deferred_drop(struct deferred *d, struct error *err)
{
	PGconn *conn = d->target->conn;
	struct references refs;
	struct error ignored;
	struct sql s = SQL_INIT;
	int keys, indexes, status = -1;

	/* no search path, so that every name in a definition is qualified */
	sql_add(&s, "%s; SET LOCAL search_path = '';", statements_begin);
	sql_add(&s, " SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_DROP ", %d)", d->oid);
	if (sql_text(&s, err) == NULL || postgres_do(conn, s.text, err) < 0)
		goto out;
	if (references_read(&refs, d->target, err) < 0 || see_dropped(d, err) < 0)
		goto out;
	if (drop_all(d, &refs, false, &keys, err) < 0 ||
		drop_all(d, &refs, true, &indexes, err) < 0)
		goto out;
	status = postgres_do(conn, "COMMIT", err);
	if (status == 0 && keys + indexes > 0)
		d->dropped = true;
out:
	if (status < 0)
		(void)postgres_do(conn, "ROLLBACK", &ignored);
	sql_release(&s);
	return status;
}

int
deferred_leave(struct deferred *d, struct error *err)
{
	char text[256];
	PGresult *r;
	int last;

	(void)snprintf(text, sizeof text,
		"SELECT pg_catalog.pg_advisory_unlock_shared(" LOCK_LOADERS ", %d);"
		" SELECT pg_catalog.pg_try_advisory_lock(" LOCK_LOADERS ", %d)",
		d->oid, d->oid);
	r = postgres_run(d->target->conn, text, err);
	if (r == NULL)
		return -1;
	last = PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	return last;
}

int
deferred_wait(struct deferred *d, struct target *t, void (*say)(void *arg, const char *),
	void *arg, struct error *err)
{
	char text[256];
	PGresult *r;
	bool locked;

	if (set_table(d, t, err) < 0 || check_role(t, err) < 0)
		return -1;
	(void)snprintf(text, sizeof text,
		"SELECT pg_catalog.pg_try_advisory_lock(" LOCK_LOADERS ", %d)", d->oid);
	r = postgres_run(t->conn, text, err);
	if (r == NULL)
		return -1;
	locked = PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	if (locked)
		return 0;
	(void)snprintf(text, sizeof text,
		"waiting for those that load '%s' with --defer-indexes", t->table);
	say(arg, text);
	(void)snprintf(text, sizeof text,
		"SELECT pg_catalog.pg_advisory_lock(" LOCK_LOADERS ", %d)", d->oid);
	return postgres_do(t->conn, text, err);
}
