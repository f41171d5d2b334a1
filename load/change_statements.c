/*
 * change_statements.c - see change_statements.h
 */
#include "load/change_statements.h"
#include "load/statements.h"

void
change_stage(struct sql *s, const char *stage, const struct target *t)
{
	sql_add(s, "CREATE TEMPORARY TABLE %s ON COMMIT DELETE ROWS AS SELECT ", stage);
	statements_stream_columns(s, t);
	sql_add(s, " FROM ");
	sql_qualified(s, t->schema, t->table);
	sql_add(s,
		" WITH NO DATA; ALTER TABLE pg_temp.%s ADD COLUMN _op pg_catalog.text,"
		" ADD COLUMN _pos pg_catalog.text,"
		" ADD COLUMN _ordinal bigint GENERATED ALWAYS AS IDENTITY",
		stage);
}

void
change_copy(struct sql *s, const char *stage, const struct csv_record *header)
{
	sql_add(s, "COPY pg_temp.%s (", stage);
	for (size_t i = 0; i < header->nfields; i++) {
		sql_add(s, "%s", i > 0 ? ", " : "");
		sql_identifier(s, header->fields[i].ptr);
	}
	/* of the header line see statements.c */
	sql_add(s, ") FROM STDIN (FORMAT csv, HEADER true)");
}

/* The last change of each row: its columns, by a function, and _op. */
static void
add_last(struct sql *s, const char *stage, const struct target *t,
	void (*columns)(struct sql *, const struct target *))
{
	sql_add(s, "(SELECT DISTINCT ON (");
	statements_key_columns(s, t);
	sql_add(s, ") ");
	columns(s, t);
	sql_add(s, ", _op FROM pg_temp.%s ORDER BY ", stage);
	statements_key_columns(s, t);
	sql_add(s, ", _ordinal DESC) c");
}

void
change_deletes(struct sql *s, const char *stage, const struct target *t)
{
	sql_add(s, "DELETE FROM ");
	sql_qualified(s, t->schema, t->table);
	sql_add(s, " AS o USING ");
	add_last(s, stage, t, statements_key_columns);
	sql_add(s, " WHERE c._op = 'd'");
	for (size_t i = 0; i < t->nkey; i++) {
		const char *name = t->columns[t->key[i]].name;

		sql_add(s, " AND o.");
		sql_identifier(s, name);
		sql_add(s, " = c.");
		sql_identifier(s, name);
	}
	sql_add(s, "; ");
}

void
change_upserts(struct sql *s, const char *stage, const struct target *t)
{
	sql_add(s, "WITH merged AS (INSERT INTO ");
	sql_qualified(s, t->schema, t->table);
	sql_add(s, " AS o (");
	statements_stream_columns(s, t);
	sql_add(s, ") OVERRIDING SYSTEM VALUE SELECT ");
	statements_stream_columns(s, t);
	sql_add(s, " FROM ");
	add_last(s, stage, t, statements_stream_columns);
	sql_add(s, " WHERE c._op <> 'd'");
	statements_conflict(s, t);
	/* a row that was there has been locked, which shows in xmax; a new one has not */
	sql_add(s, " RETURNING o.xmax = 0 AS new)"
		   " SELECT pg_catalog.count(*) FILTER (WHERE new),"
		   " pg_catalog.count(*) FILTER (WHERE NOT new) FROM merged; ");
}
