/*
 * postgres_table.c - see postgres_table.h
 *
 * Trap: queries of the catalog see it as it was at the moment of the snapshot.
 * But names in a statement, and functions such as pg_relation_filenode, mean
 * what is there now.  The difference tells what was changed in between.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/postgres_describe.h"
#include "db/postgres_find.h"
#include "db/name.h"
#include "extract/postgres_rows.h"
#include "extract/postgres_table.h"
#include "nearest.h"
#include "schema/table_schema.h"

enum { NAME_SIZE = 256 }; /* names have at most 63 bytes */

/* The columns of facts_query. */
enum { FACT_CHILDREN, FACT_ROWS, FACT_BYTES, FACT_INDEX_BYTES };

/* A partitioned table has no rows of its own, and reltuples of -1 is unknown. */
static const char facts_query[] =
	"SELECT pg_catalog.bool_or(c.relkind = 'r' AND EXISTS (SELECT FROM"
	"  pg_catalog.pg_inherits h WHERE h.inhparent = c.oid)),"
	" coalesce(sum(c.reltuples) FILTER (WHERE c.relkind <> 'p' AND c.reltuples > 0), 0)"
	"  ::pg_catalog.int8,"
	" sum(pg_catalog.pg_table_size(c.oid))::pg_catalog.int8,"
	" sum(pg_catalog.pg_indexes_size(c.oid))::pg_catalog.int8"
	" FROM pg_catalog.pg_class c WHERE c.oid = $1::pg_catalog.oid OR c.oid IN (SELECT relid"
	"  FROM pg_catalog.pg_partition_tree($1::pg_catalog.oid::pg_catalog.regclass))";

static const char columns_query[] =
	"SELECT a.attname FROM pg_catalog.pg_attribute a"
	" WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped"
	" ORDER BY a.attnum";

static int
read_facts(PGconn *conn, struct postgres_table *t, struct error *err)
{
	PGresult *r = postgres_query(conn, facts_query, 1, &t->oid, err);

	if (r == NULL)
		return -1;
	t->has_children = PQgetvalue(r, 0, FACT_CHILDREN)[0] == 't';
	t->rows = strtoull(PQgetvalue(r, 0, FACT_ROWS), NULL, 10);
	t->bytes = strtoull(PQgetvalue(r, 0, FACT_BYTES), NULL, 10);
	t->index_bytes = strtoull(PQgetvalue(r, 0, FACT_INDEX_BYTES), NULL, 10);
	PQclear(r);
	return 0;
}

static int
no_such_column(const struct postgres_table *t, const char *name, struct error *err)
{
	int n = PQntuples(t->catalog), nearest = -1;
	const char **names = calloc((size_t)n + 1, sizeof *names);

	for (int i = 0; names != NULL && i < n; i++)
		names[i] = PQgetvalue(t->catalog, i, 0);
	if (names != NULL)
		nearest = nearest_name(name, names, (size_t)n);
	if (nearest >= 0)
		error_set(err, ERROR_USAGE, "no column '%s' in table '%s'; did you mean '%s'?",
			name, t->name, names[nearest]);
	else
		error_set(err, ERROR_USAGE, "no column '%s' in table '%s'", name, t->name);
	free(names);
	return -1;
}

static int
add_column(struct postgres_table *t, const char *name, struct error *err)
{
	const char *column = NULL;

	for (int i = 0; column == NULL && i < PQntuples(t->catalog); i++) {
		if (strcmp(PQgetvalue(t->catalog, i, 0), name) == 0)
			column = PQgetvalue(t->catalog, i, 0);
	}
	if (column == NULL)
		return no_such_column(t, name, err);
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (t->columns[i] == column)
			return error_set(err, ERROR_USAGE, "column '%s' is named twice", name);
	}
	t->columns[t->ncolumns++] = column;
	return 0;
}

static int
choose_columns(struct postgres_table *t, const char *wanted, struct error *err)
{
	int n = PQntuples(t->catalog);
	char name[NAME_SIZE];

	if (n == 0)
		return error_set(err, ERROR_USAGE, "table '%s' has no columns", t->name);
	t->columns = calloc((size_t)n, sizeof *t->columns);
	if (t->columns == NULL)
		return error_nomem(err);
	if (wanted == NULL) {
		for (int i = 0; i < n; i++)
			t->columns[t->ncolumns++] = PQgetvalue(t->catalog, i, 0);
		return 0;
	}
	for (;;) {
		wanted += strspn(wanted, " \t\n");
		if (name_read(&wanted, '"', ',', name, sizeof name, err) < 0 ||
			add_column(t, name, err) < 0)
			return -1;
		if (*wanted == '\0')
			return 0;
		wanted++;
	}
}

int
postgres_table_find(PGconn *conn, const struct selection *selection, struct postgres_table *t,
	struct error *err)
{
	memset(t, 0, sizeof *t);
	t->found = postgres_find_table(conn, selection->table, err);
	if (t->found == NULL)
		return -1;
	t->oid = PQgetvalue(t->found, 0, POSTGRES_TABLE_OID);
	t->schema = PQgetvalue(t->found, 0, POSTGRES_TABLE_SCHEMA);
	t->name = PQgetvalue(t->found, 0, POSTGRES_TABLE_NAME);
	t->kind = PQgetvalue(t->found, 0, POSTGRES_TABLE_KIND)[0];
	if (strchr("rpvmf", t->kind) == NULL)
		return error_set(err, ERROR_USAGE, "'%s' is not a table", t->name);
	if (read_facts(conn, t, err) < 0)
		return -1;
	t->catalog = postgres_query(conn, columns_query, 1, &t->oid, err);
	if (t->catalog == NULL)
		return -1;
	return choose_columns(t, selection->columns, err);
}

bool
postgres_table_is_transactional(const struct postgres_table *t)
{
	return t->kind != 'f';
}

void
postgres_table_add_select(struct sql *sql, const struct postgres_table *t)
{
	sql_add(sql, "SELECT ");
	for (size_t i = 0; i < t->ncolumns; i++) {
		sql_add(sql, i > 0 ? ", " : "");
		sql_identifier(sql, t->columns[i]);
	}
	sql_add(sql, " FROM ");
	sql_qualified(sql, t->schema, t->name);
}

/* The line end after the condition keeps a comment in it from swallowing the rest. */
void
postgres_table_add_where(struct sql *sql, const char *word, const char *condition)
{
	if (condition != NULL)
		sql_add(sql, "%s(%s\n)", word, condition);
}

/* ---- was it changed? */

/*
 * The file of each table, which changes when a table is rewritten or
 * truncated; of a partitioned one those of its partitions.
 */
static const char files_query[] =
	"SELECT pg_catalog.string_agg(x.id::pg_catalog.text || ' ' ||"
	" coalesce(pg_catalog.pg_relation_filenode(x.id)::pg_catalog.text, ''), E'\\n'"
	"  ORDER BY x.id::pg_catalog.oid)"
	" FROM (SELECT relid AS id FROM pg_catalog.pg_partition_tree("
	"  $1::pg_catalog.oid::pg_catalog.regclass)"
	" UNION SELECT $1::pg_catalog.oid::pg_catalog.regclass) x";

char *
postgres_table_definition(
	PGconn *conn, const char *schema, const char *name, const char *oid, struct error *err)
{
	struct sql sql = SQL_INIT;
	PGresult *r = NULL, *files = NULL;

	sql_add(&sql, "SELECT * FROM ");
	sql_qualified(&sql, schema, name);
	if (sql_text(&sql, err) == NULL)
		goto out;
	r = PQprepare(conn, "", sql.text, 0, NULL);
	if (PQresultStatus(r) == PGRES_COMMAND_OK) {
		PQclear(r);
		r = PQdescribePrepared(conn, "");
	}
	sql_clear(&sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		postgres_refused(conn, r, err);
		goto fail;
	}
	for (int i = 0; i < PQnfields(r); i++)
		sql_add(&sql, "%s\n%u %d\n", PQfname(r, i), PQftype(r, i), PQfmod(r, i));
	files = postgres_query(conn, files_query, 1, &oid, err);
	if (files == NULL)
		goto fail;
	sql_add(&sql, "%s", PQgetvalue(files, 0, 0));
	if (sql_text(&sql, err) != NULL)
		goto out;
fail:
	sql_release(&sql);
out:
	PQclear(files);
	PQclear(r);
	return sql.text;
}

/*
 * The catalog of the snapshot beside what is there now: a partition that came
 * or went, and a file that is another one (catalogs themselves have file 0).
 */
static const char old_query[] =
	"WITH RECURSIVE old AS (SELECT $1::pg_catalog.oid AS id"
	"  UNION SELECT h.inhrelid FROM pg_catalog.pg_inherits h JOIN old ON h.inhparent = "
	"old.id),"
	" now AS (SELECT relid::pg_catalog.oid AS id FROM pg_catalog.pg_partition_tree("
	"   $1::pg_catalog.oid::pg_catalog.regclass) UNION SELECT $1::pg_catalog.oid)"
	" SELECT 1 FROM old FULL JOIN now ON now.id = old.id"
	" LEFT JOIN pg_catalog.pg_class c ON c.oid = coalesce(old.id, now.id)"
	" WHERE c.oid IS NULL OR old.id IS NULL OR (now.id IS NULL AND c.relispartition)"
	" OR (c.relfilenode <> 0"
	"  AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid))";

/* Whether the columns of the snapshot's catalog are those that SELECT * gives now. */
static int
compare_columns(PGconn *conn, const struct postgres_table *t, struct error *err)
{
	PGresult *now = PQdescribePrepared(conn, "");
	int status = 0;

	if (PQresultStatus(now) != PGRES_COMMAND_OK)
		status = postgres_failed(conn, now, err);
	else if (PQnfields(now) != PQntuples(t->catalog))
		status = source_table_changed(t->name, err);
	for (int i = 0; status == 0 && i < PQnfields(now); i++) {
		if (strcmp(PQfname(now, i), PQgetvalue(t->catalog, i, 0)) != 0)
			status = source_table_changed(t->name, err);
	}
	PQclear(now);
	return status;
}

/* What the name means now. */
static int
compare_now(PGconn *conn, const struct postgres_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	sql_add(&sql, "SELECT * FROM ");
	sql_qualified(&sql, t->schema, t->name);
	if (sql_text(&sql, err) != NULL) {
		r = PQprepare(conn, "", sql.text, 0, NULL);
		status = PQresultStatus(r) == PGRES_COMMAND_OK ? compare_columns(conn, t, err)
							       : postgres_failed(conn, r, err);
	}
	PQclear(r);
	sql_release(&sql);
	return status;
}

/* Planning a statement locks all its tables, and looks at the rights to the columns. */
static int
plan_select(PGconn *conn, const struct postgres_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	sql_add(&sql, "EXPLAIN ");
	postgres_table_add_select(&sql, t);
	if (sql_text(&sql, err) != NULL) {
		r = PQexec(conn, sql.text);
		status = PQresultStatus(r) == PGRES_TUPLES_OK ? 0
							      : postgres_refused(conn, r, err);
		if (strcmp(postgres_sqlstate(r), "42P01") == 0 ||
			strcmp(postgres_sqlstate(r), "42703") == 0)
			source_table_changed(t->name, err);
		else if (status < 0)
			error_prefix(err, "table '%s'", t->name);
	}
	PQclear(r);
	sql_release(&sql);
	return status;
}

int
postgres_table_lock(PGconn *conn, const struct postgres_table *t, struct error *err)
{
	PGresult *r;
	int status;

	if (plan_select(conn, t, err) < 0 || compare_now(conn, t, err) < 0)
		return -1;
	r = postgres_query(conn, old_query, 1, &t->oid, err);
	if (r == NULL)
		return -1;
	status = PQntuples(r) > 0 ? source_table_changed(t->name, err) : 0;
	PQclear(r);
	return status;
}

/* ---- description */

static const char *
kind_name(char kind)
{
	switch (kind) {
	case 'r': return "table";
	case 'p': return "partitioned table";
	case 'v': return "view";
	case 'm': return "materialized view";
	case 'f': return "foreign table";
	default: return NULL;
	}
}

static int
extra_number(json_t *schema, const char *key, uint64_t number, struct error *err)
{
	return table_schema_extra(schema, key, json_integer((json_int_t)number), err);
}

json_t *
postgres_table_describe(PGconn *conn, const struct postgres_table *t, struct error *err)
{
	json_t *schema = postgres_describe_columns(conn, t->oid, t->columns, t->ncolumns, err);

	if (schema == NULL)
		return NULL;
	if (table_schema_extra(schema, "type", json_string(kind_name(t->kind)), err) == 0 &&
		extra_number(schema, "estimated_rows", t->rows, err) == 0 &&
		extra_number(schema, "data_bytes", t->bytes, err) == 0 &&
		extra_number(schema, "index_bytes", t->index_bytes, err) == 0)
		return schema;
	json_decref(schema);
	return NULL;
}

void
postgres_table_release(struct postgres_table *t)
{
	free(t->columns);
	PQclear(t->catalog);
	PQclear(t->found);
	memset(t, 0, sizeof *t);
}
