/*
 * target_key.c - the key by which an upsert finds the row that is there
 *
 * INSERT … ON CONFLICT needs a unique index over just the key's columns that
 * is complete (no WHERE), of plain columns, and not deferrable.
 */
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "load/target.h"

/* A row for each column of each index that could be the arbiter. */
static const char indexes_query[] =
	"SELECT i.indexrelid, i.indisprimary, i.indimmediate, a.attname"
	" FROM pg_catalog.pg_index i"
	" CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) k"
	" JOIN pg_catalog.pg_attribute a"
	" ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]"
	" WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indisvalid"
	" AND i.indpred IS NULL AND i.indexprs IS NULL"
	" ORDER BY i.indisprimary DESC, i.indexrelid, k";

enum { INDEX_OID, INDEX_PRIMARY, INDEX_IMMEDIATE, INDEX_COLUMN };

/* The row behind the last of the index that begins at row `first`. */
static int
index_end(const PGresult *r, int first)
{
	int row = first;

	while (row < PQntuples(r) &&
		strcmp(PQgetvalue(r, row, INDEX_OID), PQgetvalue(r, first, INDEX_OID)) == 0)
		row++;
	return row;
}

static int
key_of_primary(struct target *t, const PGresult *r, struct error *err)
{
	if (PQntuples(r) == 0 || PQgetvalue(r, 0, INDEX_PRIMARY)[0] != 't')
		return error_set(err, ERROR_USAGE,
			"table '%s' has no primary key: name the columns of a unique index "
			"with "
			"--key",
			t->table);
	for (int row = 0; row < index_end(r, 0); row++) {
		const char *name = PQgetvalue(r, row, INDEX_COLUMN);

		if (target_add_key(t, name, strlen(name), err) < 0)
			return -1;
	}
	return 0;
}

/* Whether the index at row `first` is over just the key's columns. */
static bool
is_over_key(const struct target *t, const PGresult *r, int first)
{
	int end = index_end(r, first);

	if ((size_t)(end - first) != t->nkey)
		return false;
	for (int row = first; row < end; row++) {
		const char *name = PQgetvalue(r, row, INDEX_COLUMN);
		int column = target_find(t, name, strlen(name));

		if (column < 0 || !target_is_key(t, (size_t)column))
			return false;
	}
	return true;
}

static int
check_index(const struct target *t, const PGresult *r, struct error *err)
{
	bool deferrable = false;

	for (int row = 0; row < PQntuples(r); row = index_end(r, row)) {
		if (!is_over_key(t, r, row))
			continue;
		if (PQgetvalue(r, row, INDEX_IMMEDIATE)[0] == 't')
			return 0;
		deferrable = true;
	}
	if (deferrable)
		return error_set(err, ERROR_USAGE,
			"the key's constraint on table '%s' is deferrable, which PostgreSQL "
			"does "
			"not take for ON CONFLICT",
			t->table);
	return error_set(err, ERROR_USAGE,
		"table '%s' has no unique index over just the key's columns", t->table);
}

/* What is GENERATED ALWAYS cannot be updated, so only a key may be that. */
static int
check_identities(const struct target *t, struct error *err)
{
	for (size_t i = 0; i < t->nstream; i++) {
		const struct target_column *c = &t->columns[t->stream[i]];

		if (c->always && !target_is_key(t, t->stream[i]))
			return error_set(err, ERROR_USAGE,
				"column '%s' is GENERATED ALWAYS AS IDENTITY and not in the "
				"key: "
				"an upsert cannot change it",
				c->name);
	}
	return 0;
}

int
target_choose_key(struct target *t, const char *names, struct error *err)
{
	PGresult *r;
	int status;

	if (t->kind != 'r' && t->kind != 'p')
		return error_set(err, ERROR_USAGE, "'%s' is a %s: only a table can be upserted",
			t->table, t->kind == 'v' ? "view" : "foreign table");
	r = postgres_query(t->conn, indexes_query, 1, &t->oid, err);
	if (r == NULL)
		return -1;
	status = names ? target_add_keys(t, names, err) : key_of_primary(t, r, err);
	if (status == 0)
		status = check_index(t, r, err);
	PQclear(r);
	return status < 0 ? -1 : check_identities(t, err);
}
