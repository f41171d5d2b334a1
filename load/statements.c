/*
 * statements.c - see statements.h
 */
#include <string.h>

#include "load/statements.h"

const char statements_begin[] =
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
	" SET LOCAL client_encoding = 'UTF8'; SET LOCAL DateStyle = 'ISO, MDY';"
	" SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';"
	" SET LOCAL lc_monetary = 'C';"
	" SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
	" SET LOCAL client_min_messages = 'warning'";

/* A comma between the items of a list. */
static void
separate(struct sql *s, size_t i)
{
	if (i > 0)
		sql_add(s, ", ");
}

void
statements_stream_columns(struct sql *s, const struct target *t)
{
	for (size_t i = 0; i < t->nstream; i++) {
		separate(s, i);
		sql_identifier(s, t->columns[t->stream[i]].name);
	}
}

void
statements_key_columns(struct sql *s, const struct target *t)
{
	for (size_t i = 0; i < t->nkey; i++) {
		separate(s, i);
		sql_identifier(s, t->columns[t->key[i]].name);
	}
}

/* Columns of the stream that are not in the key, each as FORMAT's prefix and its name. */
static size_t
add_other_columns(struct sql *s, const struct target *t, const char *prefix)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nstream; i++) {
		if (target_is_key(t, t->stream[i]))
			continue;
		separate(s, n++);
		sql_add(s, "%s", prefix);
		sql_identifier(s, t->columns[t->stream[i]].name);
	}
	return n;
}

/*
 * The header line that we announce is an empty one: it makes line feed the
 * line end that PostgreSQL counts by, whatever is inside the first record's
 * quotes.
 */
static void
build_copy(struct statements *s, const struct target *t)
{
	sql_add(&s->copy, "COPY ");
	if (t->nkey > 0)
		sql_add(&s->copy, "pg_temp." STATEMENTS_STAGE);
	else
		sql_qualified(&s->copy, t->schema, t->table);
	sql_add(&s->copy, " (");
	statements_stream_columns(&s->copy, t);
	sql_add(&s->copy, ") FROM STDIN (FORMAT csv, HEADER true)");
}

static void
build_stage(struct statements *s, const struct target *t)
{
	sql_add(&s->start,
		"CREATE TEMPORARY TABLE " STATEMENTS_STAGE " ON COMMIT DROP AS SELECT ");
	statements_stream_columns(&s->start, t);
	sql_add(&s->start, " FROM ");
	sql_qualified(&s->start, t->schema, t->table);
	sql_add(&s->start, " WITH NO DATA; ALTER TABLE pg_temp." STATEMENTS_STAGE
			   " ADD COLUMN _ordinal bigint GENERATED ALWAYS AS IDENTITY;");
	sql_add(&s->empty, "TRUNCATE pg_temp." STATEMENTS_STAGE);
}

/*
 * Rows are compared as images, bit by bit: every type has that (json and point
 * have no equality), and 1.0 and 1.00, or A and a under a collation that
 * ignores case, are a difference to those who read the table.
 */
void
statements_conflict(struct sql *s, const struct target *t)
{
	size_t others = 0;

	sql_add(s, " ON CONFLICT (");
	statements_key_columns(s, t);
	sql_add(s, ") DO ");
	if (t->nkey == t->nstream) {
		sql_add(s, "NOTHING");
		return;
	}
	sql_add(s, "UPDATE SET ");
	for (size_t i = 0; i < t->nstream; i++) {
		const char *name = t->columns[t->stream[i]].name;

		if (target_is_key(t, t->stream[i]))
			continue;
		separate(s, others++);
		sql_identifier(s, name);
		sql_add(s, " = excluded.");
		sql_identifier(s, name);
	}
	sql_add(s, " WHERE pg_catalog.record_image_ne(ROW(");
	add_other_columns(s, t, "o.");
	sql_add(s, "), ROW(");
	add_other_columns(s, t, "excluded.");
	sql_add(s, "))");
}

/* A row that was there has been locked, which shows in xmax; a new one has not. */
static void
build_merge(struct statements *s, const struct target *t)
{
	struct sql *m = &s->merge;

	sql_add(m, "WITH merged AS (INSERT INTO ");
	sql_qualified(m, t->schema, t->table);
	sql_add(m, " AS o (");
	statements_stream_columns(m, t);
	sql_add(m, ") OVERRIDING SYSTEM VALUE SELECT DISTINCT ON (");
	statements_key_columns(m, t);
	sql_add(m, ") ");
	statements_stream_columns(m, t);
	sql_add(m, " FROM pg_temp." STATEMENTS_STAGE " ORDER BY ");
	statements_key_columns(m, t);
	sql_add(m, ", _ordinal DESC");
	statements_conflict(m, t);
	sql_add(m, " RETURNING o.xmax = 0 AS new)"
		   " SELECT pg_catalog.count(*) FILTER (WHERE new),"
		   " pg_catalog.count(*) FILTER (WHERE NOT new) FROM merged");
}

void
statements_immediate(struct sql *s, const struct target *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->nconstraints; i++) {
		if (t->constraints[i].deferred != NULL)
			sql_add(s, "%s%s", n++ ? ", " : "SET CONSTRAINTS ",
				t->constraints[i].deferred);
	}
	if (n > 0)
		sql_add(s, " IMMEDIATE");
}

int
statements_init(struct statements *s, const struct target *t, struct error *err)
{
	memset(s, 0, sizeof *s);
	build_copy(s, t);
	if (t->nkey > 0) {
		build_stage(s, t);
		build_merge(s, t);
	}
	statements_immediate(&s->start, t);
	if (s->copy.failed || s->start.failed || s->empty.failed || s->merge.failed)
		return error_nomem(err);
	return 0;
}

void
statements_release(struct statements *s)
{
	sql_release(&s->copy);
	sql_release(&s->start);
	sql_release(&s->empty);
	sql_release(&s->merge);
}
