/*
 * target.c - see target.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
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
no_table(PGconn *conn, const char *name, struct error *err)
{
	PGresult *r = postgres_run(conn,
		"SELECT c.relname FROM pg_catalog.pg_class c"
		" WHERE c.relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(c.oid)"
		" AND c.relnamespace NOT IN ('pg_catalog'::pg_catalog.regnamespace,"
		" 'information_schema'::pg_catalog.regnamespace)"
		" ORDER BY 1 LIMIT 10000",
		err);
	const char **all = NULL;
	int n = r ? PQntuples(r) : 0, near;

	if (r == NULL)
		return -1;
	all = calloc((size_t)n + 1, sizeof *all);
	if (all == NULL) {
		PQclear(r);
		return error_nomem(err);
	}
	for (int i = 0; i < n; i++)
		all[i] = PQgetvalue(r, i, 0);
	near = nearest_name(name, all, (size_t)n);
	if (near >= 0)
		error_set(err, ERROR_USAGE, "database '%s' has no table '%s' (is '%s' meant?)",
			PQdb(conn), name, all[near]);
	else
		error_set(
			err, ERROR_USAGE, "database '%s' has no table '%s'", PQdb(conn), name);
	free(all);
	PQclear(r);
	return -1;
}

/* One way to read the name: 1 with *result, 0 when there is no such table, -1 on error. */
static int
look_up(PGconn *conn, const char *name, PGresult **result, struct error *err)
{
	const char *const params[] = {name};
	PGresult *r = PQexecParams(conn,
		"SELECT c.oid, n.nspname, c.relname, c.relkind, EXISTS (SELECT FROM"
		"  pg_catalog.pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal"
		/* for each row, before or instead of, an insert */
		"  AND g.tgtype & 1 = 1 AND g.tgtype & 66 <> 0 AND g.tgtype & 4 = 4"
		"  AND g.tgenabled <> 'D')"
		" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n"
		" ON n.oid = c.relnamespace WHERE c.oid = pg_catalog.to_regclass($1)",
		1, NULL, params, NULL, NULL, 0);
	const char *code = postgres_sqlstate(r);

	if (PQresultStatus(r) == PGRES_TUPLES_OK && PQntuples(r) == 1) {
		*result = r;
		return 1;
	}
	/* invalid name, or too many dots in it */
	if (PQresultStatus(r) == PGRES_TUPLES_OK || strcmp(code, "42602") == 0 ||
		strcmp(code, "0A000") == 0 || strcmp(code, "42601") == 0) {
		PQclear(r);
		return 0;
	}
	postgres_failed(conn, r, err);
	PQclear(r);
	return -1;
}

/* As SQL reads it; then as it stands; then as it stands, with a schema before the first dot. */
static int
find_table(PGconn *conn, const char *name, PGresult **result, struct error *err)
{
	const char *dot = strchr(name, '.');
	struct sql quoted = SQL_INIT;
	int found = look_up(conn, name, result, err);

	if (found == 0) {
		sql_identifier(&quoted, name);
		found = sql_text(&quoted, err) ? look_up(conn, quoted.text, result, err) : -1;
	}
	if (found == 0 && dot != NULL) {
		char *schema = strndup(name, (size_t)(dot - name));

		sql_clear(&quoted);
		if (schema != NULL)
			sql_qualified(&quoted, schema, dot + 1);
		else
			quoted.failed = true;
		free(schema);
		found = sql_text(&quoted, err) ? look_up(conn, quoted.text, result, err) : -1;
	}
	sql_release(&quoted);
	return found == 0 ? no_table(conn, name, err) : found < 0 ? -1 : 0;
}

static int
read_table(struct target *t, const PGresult *r, struct error *err)
{
	t->oid = keep(t, r, 0, 0, err);
	t->schema = keep(t, r, 0, 1, err);
	t->table = keep(t, r, 0, 2, err);
	t->kind = PQgetvalue(r, 0, 3)[0];
	t->has_before_trigger = is_true(r, 0, 4);
	if (t->oid == NULL || t->schema == NULL || t->table == NULL)
		return -1;
	if (strchr("rpvf", t->kind) == NULL)
		return error_set(err, ERROR_USAGE, "'%s' is not a table", t->table);
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
target_init(struct target *t, PGconn *conn, const char *name, struct error *err)
{
	PGresult *r = NULL;
	int status;

	memset(t, 0, sizeof *t);
	arena_init(&t->arena);
	t->conn = conn;
	if (find_table(conn, name, &r, err) < 0)
		return -1;
	status = read_table(t, r, err);
	PQclear(r);
	if (status < 0)
		return -1;
	if (ask(t, columns_query, read_columns, err) < 0)
		return -1;
	return ask(t, constraints_query, read_constraints, err);
}
