/*
 * target.c - see target.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/postgres_find.h"
#include "db/sql.h"
#include "load/target.h"
#include "nearest.h"

/* A copy of a result's value that the target owns; NULL where it is null. */
static const char *
keep(struct target *t, const PGresult *r, int row, int column, struct error *err)
{
	const char *copy;

	if (PQgetisnull(r, row, column))
		return NULL;
	copy = arena_copy(
		&t->arena, PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
	if (copy == NULL)
		error_nomem(err);
	return copy;
}

static bool
is_true(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column)[0] == 't';
}

static int
read_table(struct target *t, const PGresult *r, struct error *err)
{
	t->oid = keep(t, r, 0, 0, err);
	t->schema = keep(t, r, 0, 1, err);
	t->table = keep(t, r, 0, 2, err);
	t->null_code = "23502";
	t->kind = PQgetvalue(r, 0, 3)[0];
	if (t->oid == NULL || t->schema == NULL || t->table == NULL)
		return -1;
	if (strchr("rpvf", t->kind) == NULL)
		return error_set(err, ERROR_USAGE, "'%s' is not a table", t->table);
	return 0;
}

/* For each row, before or instead of, an insert. */
static const char triggers_query[] =
	"SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger g"
	" WHERE g.tgrelid = $1::pg_catalog.oid AND NOT g.tgisinternal"
	" AND g.tgtype & 1 = 1 AND g.tgtype & 66 <> 0 AND g.tgtype & 4 = 4"
	" AND g.tgenabled <> 'D')";

static int
read_triggers(struct target *t, const PGresult *r, struct error *err)
{
	(void)err;
	t->has_before_trigger = is_true(r, 0, 0);
	return 0;
}

/*
 * The sequence of a column is the one it owns (serial, identity), or else one
 * that its default calls.
 */
static const char columns_query[] =
	"SELECT a.attname, a.attnotnull OR (y.typtype = 'd' AND y.typnotnull),"
	" a.atthasdef OR a.attidentity <> '' OR y.typdefault IS NOT NULL,"
	" a.attgenerated <> '', a.attidentity = 'a', s.name,"
	" coalesce(pg_catalog.has_sequence_privilege(s.oid, 'UPDATE') AND"
	" pg_catalog.has_sequence_privilege(s.oid, 'SELECT') AND"
	" pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'), false)"
	" FROM pg_catalog.pg_attribute a"
	" JOIN pg_catalog.pg_type y ON y.oid = a.atttypid"
	" LEFT JOIN LATERAL ("
	"  SELECT q.oid, pg_catalog.format('%I.%I', n.nspname, q.relname) AS name"
	"  FROM (SELECT d.objid AS seq, 1 AS rank FROM pg_catalog.pg_depend d"
	"    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	"    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	"    AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum"
	"    AND d.deptype IN ('a', 'i')"
	"   UNION ALL"
	"   SELECT d.refobjid, 2 FROM pg_catalog.pg_attrdef f"
	"    JOIN pg_catalog.pg_depend d ON d.objid = f.oid"
	"    AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass"
	"    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
	"    WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum) x"
	"  JOIN pg_catalog.pg_class q ON q.oid = x.seq AND q.relkind = 'S'"
	"  JOIN pg_catalog.pg_namespace n ON n.oid = q.relnamespace"
	"  ORDER BY x.rank LIMIT 1) s"
	/* smallint, integer, bigint: what a sequence can count */
	"  ON CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END IN (21, 23, 20)"
	" WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped"
	" ORDER BY a.attnum";

static int
read_columns(struct target *t, const PGresult *r, struct error *err)
{
	t->ncolumns = (size_t)PQntuples(r);
	t->columns = arena_alloc(&t->arena, t->ncolumns * sizeof *t->columns);
	if (t->columns == NULL)
		return error_nomem(err);
	err->kind = ERROR_NONE;
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct target_column *c = &t->columns[i];
		int row = (int)i;

		c->name = keep(t, r, row, 0, err);
		c->not_null = is_true(r, row, 1);
		c->has_default = is_true(r, row, 2);
		c->generated = is_true(r, row, 3);
		c->always = is_true(r, row, 4);
		c->sequence = keep(t, r, row, 5, err);
		c->may_set = is_true(r, row, 6);
	}
	return err->kind == ERROR_NONE ? 0 : -1;
}

/*
 * Not constraint triggers: nobody knows what they look at, so they stay as
 * deferred as they are.
 */
static const char constraints_query[] =
	"SELECT c.conname, CASE WHEN c.condeferred THEN"
	"  pg_catalog.format('%I.%I', n.nspname, c.conname) END"
	" FROM pg_catalog.pg_constraint c"
	" JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace"
	" WHERE c.contype IN ('p', 'u', 'x', 'f')"
	" AND (c.conrelid = $1::pg_catalog.oid OR c.conrelid IN"
	"  (SELECT relid FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass)))"
	" AND (c.condeferred OR c.confrelid = $1::pg_catalog.oid)";

static int
read_constraints(struct target *t, const PGresult *r, struct error *err)
{
	t->nconstraints = (size_t)PQntuples(r);
	t->constraints = arena_alloc(&t->arena, t->nconstraints * sizeof *t->constraints);
	if (t->constraints == NULL)
		return error_nomem(err);
	err->kind = ERROR_NONE;
	for (size_t i = 0; i < t->nconstraints; i++) {
		t->constraints[i].name = keep(t, r, (int)i, 0, err);
		t->constraints[i].deferred = keep(t, r, (int)i, 1, err);
	}
	return err->kind == ERROR_NONE ? 0 : -1;
}

/* One query about the table, by its oid. */
static int
ask(struct target *t, const char *sql,
	int (*read)(struct target *t, const PGresult *r, struct error *err), struct error *err)
{
	PGresult *r = postgres_query(t->conn, sql, 1, &t->oid, err);
	int status;

	if (r == NULL)
		return -1;
	status = read(t, r, err);
	PQclear(r);
	return status;
}

int
target_read_constraints(struct target *t, struct error *err)
{
	return ask(t, constraints_query, read_constraints, err);
}

int
target_init(struct target *t, PGconn *conn, const char *name, struct error *err)
{
	PGresult *r;
	int status;

	memset(t, 0, sizeof *t);
	arena_init(&t->arena);
	t->conn = conn;
	r = postgres_find_table(conn, name, err);
	if (r == NULL)
		return -1;
	status = read_table(t, r, err);
	PQclear(r);
	if (status < 0)
		return -1;
	if (ask(t, triggers_query, read_triggers, err) < 0)
		return -1;
	if (ask(t, columns_query, read_columns, err) < 0)
		return -1;
	return target_read_constraints(t, err);
}
