/*
 * references.c - see references.h
 *
 * A partition that is referred to has a constraint of its own below the
 * table's, which says nothing more.
 */
#include "db/postgres.h"
#include "load/references.h"

enum { OID, NAME, PARENT, PARENT_NAME, COLUMNS, VALUES, GIVEN, MATCH, SELF, CAN_ASK, STREAM };

static const char query_head[] =
	"SELECT c.oid, c.conname, CASE WHEN q.relkind = 'p' THEN '' ELSE 'ONLY ' END"
	" || pg_catalog.format('%I.%I', m.nspname, q.relname), q.relname,"
	" pg_catalog.string_agg(fa.attname, ', ' ORDER BY k.n),"
	" pg_catalog.string_agg(pg_catalog.format('f.%I', fa.attname), ', ' ORDER BY k.n),"
	" pg_catalog.string_agg(pg_catalog.format('f.%I IS NOT NULL', fa.attname),"
	"  CASE c.confmatchtype WHEN 'f' THEN ' OR ' ELSE ' AND ' END ORDER BY k.n),"
	" pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) f.%I', pa.attname,"
	"  w.nspname, o.oprname, fa.attname), ' AND ' ORDER BY k.n),"
	" c.conrelid = c.confrelid,"
	" c.convalidated AND NOT pg_catalog.row_security_active(q.oid)"
	"  AND pg_catalog.has_table_privilege(q.oid, 'SELECT')"
	"  AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g"
	"   WHERE g.tgconstraint = c.oid AND g.tgenabled <> 'O'),"
	" pg_catalog.bool_and(fa.attname = ANY (z.names) AND (c.conrelid <> c.confrelid"
	"  OR pa.attname = ANY (z.names)))"
	" FROM pg_catalog.pg_constraint c"
	" JOIN pg_catalog.pg_class q ON q.oid = c.confrelid"
	" JOIN pg_catalog.pg_namespace m ON m.oid = q.relnamespace"
	" CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(c.conkey),"
	"  pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop))"
	"  WITH ORDINALITY k(f, p, op, n)"
	" JOIN pg_catalog.pg_attribute fa ON fa.attrelid = c.conrelid AND fa.attnum = k.f"
	" JOIN pg_catalog.pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = k.p"
	" JOIN pg_catalog.pg_operator o ON o.oid = k.op"
	" JOIN pg_catalog.pg_namespace w ON w.oid = o.oprnamespace"
	" CROSS JOIN (SELECT ";

static const char query_tail[] =
	" AS names) z"
	" WHERE c.contype = 'f' AND c.conrelid = $1::pg_catalog.oid"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint u"
	"  WHERE u.oid = c.conparentid AND u.conrelid = c.conrelid)"
	" GROUP BY c.oid, c.conname, q.oid, q.relkind, q.relname, m.nspname, c.convalidated,"
	" c.conrelid, c.confrelid, c.confmatchtype ORDER BY c.conname";

static const char *
stream_name(const void *arg, size_t i)
{
	const struct target *t = arg;

	return t->columns[t->stream[i]].name;
}

static const char *
keep(struct target *t, const PGresult *r, int row, int column)
{
	return arena_copy(
		&t->arena, PQgetvalue(r, row, column), (size_t)PQgetlength(r, row, column));
}

static bool
is_true(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column)[0] == 't';
}

static int
read_items(struct references *refs, struct target *t, const PGresult *r, struct error *err)
{
	refs->n = (size_t)PQntuples(r);
	refs->items = arena_alloc(&t->arena, refs->n * sizeof *refs->items);
	if (refs->items == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < refs->n; i++) {
		int row = (int)i;
		struct reference *f = &refs->items[i];

		*f = (struct reference){
			.oid = keep(t, r, row, OID),
			.name = keep(t, r, row, NAME),
			.parent = keep(t, r, row, PARENT),
			.parent_name = keep(t, r, row, PARENT_NAME),
			.columns = keep(t, r, row, COLUMNS),
			.values = keep(t, r, row, VALUES),
			.given = keep(t, r, row, GIVEN),
			.match = keep(t, r, row, MATCH),
			.is_self = is_true(r, row, SELF),
			.can_ask = is_true(r, row, CAN_ASK),
			.in_stream = is_true(r, row, STREAM),
		};
		if (f->oid == NULL || f->name == NULL || f->parent == NULL ||
			f->parent_name == NULL || f->columns == NULL || f->values == NULL ||
			f->given == NULL || f->match == NULL)
			return error_nomem(err);
	}
	return 0;
}

int
references_read(struct references *refs, struct target *t, struct error *err)
{
	struct sql s = SQL_INIT;
	PGresult *r = NULL;
	int status = -1;

	*refs = (struct references){NULL, 0};
	sql_add(&s, "%s", query_head);
	sql_names(&s, t->nstream, stream_name, t);
	sql_add(&s, "%s", query_tail);
	if (sql_text(&s, err) != NULL)
		r = postgres_query(t->conn, s.text, 1, &t->oid, err);
	if (r != NULL)
		status = read_items(refs, t, r, err);
	PQclear(r);
	sql_release(&s);
	return status;
}

void
reference_detail(struct sql *s, const struct reference *r)
{
	struct sql text = SQL_INIT;

	sql_add(&text, "Key (%s)=(", r->columns);
	sql_literal(s, text.text);
	sql_add(s, " || pg_catalog.concat_ws(', ', %s) || ", r->values);
	sql_clear(&text);
	sql_add(&text, ") is not present in table \"%s\".", r->parent_name);
	sql_literal(s, text.text);
	if (text.failed)
		s->failed = true;
	sql_release(&text);
}

void
sql_names(struct sql *s, size_t n, const char *(*name)(const void *arg, size_t i),
	const void *arg)
{
	sql_add(s, "ARRAY[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			sql_add(s, ", ");
		sql_literal(s, name(arg, i));
	}
	sql_add(s, "]::pg_catalog.text[]");
}
