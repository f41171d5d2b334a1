/*
 * postgres_key.c - see postgres_key.h
 *
 * Trap: `a > 'x'` looks for its operator along the search_path, and may find
 * one that orders otherwise than the index (text's in place of citext's).  So
 * operators are named with their schema.
 */
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "extract/postgres_key.h"

/* The columns of keys_query. */
enum { KEY_INDEX, KEY_COLUMN, KEY_TYPE, KEY_SCHEMA, KEY_USABLE };

/*
 * Unique indexes, column by column; the primary key first, then those with
 * fewer columns.  Strategy 5 of a B-tree is "greater than".  A bound has the
 * type that the operators take, which for a domain is its base, and so no
 * check of the domain's is run; where they take any (arrays, enums), that of
 * the column.
 */
static const char keys_query[] =
	"SELECT i.indexrelid, a.attname, pg_catalog.format_type(CASE WHEN y.typtype = 'p'"
	"  THEN a.atttypid ELSE o.opcintype END, -1), n.nspname,"
	" a.attnotnull AND i.indoption[k] & 1 = 0 AND o.opcdefault"
	"  AND i.indcollation[k] = a.attcollation AND q.oprname = '>'"
	" FROM pg_catalog.pg_index i"
	" JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
	" JOIN pg_catalog.pg_am m ON m.oid = c.relam AND m.amname = 'btree'"
	" CROSS JOIN LATERAL pg_catalog.generate_series(0, i.indnkeyatts - 1) k"
	" JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k]"
	" JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[k]"
	" JOIN pg_catalog.pg_type y ON y.oid = o.opcintype"
	" LEFT JOIN pg_catalog.pg_amop p ON p.amopfamily = o.opcfamily"
	"  AND p.amoplefttype = o.opcintype AND p.amoprighttype = o.opcintype"
	"  AND p.amopstrategy = 5"
	" LEFT JOIN pg_catalog.pg_operator q ON q.oid = p.amopopr"
	" LEFT JOIN pg_catalog.pg_namespace n ON n.oid = q.oprnamespace"
	" WHERE i.indrelid = $1::pg_catalog.oid AND i.indisunique AND i.indisvalid"
	" AND i.indpred IS NULL AND i.indexprs IS NULL"
	" ORDER BY NOT i.indisprimary, i.indnkeyatts, c.relname, k";

static int
add_column(struct postgres_key *key, const PGresult *r, int row)
{
	struct postgres_key_column *c = &key->columns[key->ncolumns++];

	if (key->schema == NULL)
		key->schema = strdup(PQgetvalue(r, row, KEY_SCHEMA));
	c->name = strdup(PQgetvalue(r, row, KEY_COLUMN));
	c->type = strdup(PQgetvalue(r, row, KEY_TYPE));
	return key->schema != NULL && c->name != NULL && c->type != NULL ? 0 : -1;
}

/* All columns of an index are compared by operators of one schema, so that ROWs can be. */
static bool
is_usable(const PGresult *r, int first, int end)
{
	if (end - first > POSTGRES_KEY_COLUMNS)
		return false;
	for (int row = first; row < end; row++) {
		if (PQgetvalue(r, row, KEY_USABLE)[0] != 't' ||
			strcmp(PQgetvalue(r, row, KEY_SCHEMA),
				PQgetvalue(r, first, KEY_SCHEMA)) != 0)
			return false;
	}
	return true;
}

int
postgres_key_find(PGconn *conn, const struct postgres_table *t, struct postgres_key *key,
	struct error *err)
{
	PGresult *r;
	int n, bad = 0;

	memset(key, 0, sizeof *key);
	/* an index does not have the rows of those that inherit */
	if (t->has_children)
		return 0;
	r = postgres_query(conn, keys_query, 1, &t->oid, err);
	if (r == NULL)
		return -1;
	n = PQntuples(r);
	for (int first = 0, end; key->ncolumns == 0 && first < n; first = end) {
		end = first + 1;
		while (end < n && strcmp(PQgetvalue(r, end, KEY_INDEX),
					  PQgetvalue(r, first, KEY_INDEX)) == 0)
			end++;
		if (!is_usable(r, first, end))
			continue;
		for (int row = first; row < end; row++)
			bad |= add_column(key, r, row);
	}
	PQclear(r);
	return bad == 0 ? 0 : error_nomem(err);
}

void
postgres_key_add_columns(struct sql *sql, const struct postgres_key *key)
{
	for (size_t i = 0; i < key->ncolumns; i++) {
		sql_add(sql, i > 0 ? ", " : "");
		sql_identifier(sql, key->columns[i].name);
	}
}

static char *
literal(const struct postgres_key_column *c, const char *value, struct error *err)
{
	struct sql sql = SQL_INIT;

	sql_literal(&sql, value);
	sql_add(&sql, "::%s", c->type);
	if (sql_text(&sql, err) == NULL)
		sql_release(&sql);
	return sql.text;
}

/* For people; what is no UTF-8 (a database in SQL_ASCII can have it) as hexadecimal digits. */
static json_t *
shown(const char *value)
{
	json_t *text = json_string(value);
	struct sql hex = SQL_INIT;

	if (text != NULL)
		return text;
	sql_add(&hex, "\\x");
	for (const unsigned char *p = (const unsigned char *)value; *p != '\0'; p++)
		sql_add(&hex, "%02x", *p);
	text = hex.failed ? NULL : json_string(hex.text);
	sql_release(&hex);
	return text;
}

struct bound *
postgres_key_bound(
	const struct postgres_key *key, const PGresult *r, int row, struct error *err)
{
	struct bound *b = calloc(1, sizeof *b);

	if (b == NULL)
		goto nomem;
	b->literals = calloc(key->ncolumns, sizeof *b->literals);
	b->shown = json_array();
	if (b->literals == NULL || b->shown == NULL)
		goto nomem;
	for (size_t i = 0; i < key->ncolumns; i++) {
		const char *value = PQgetvalue(r, row, (int)i);

		b->literals[i] = literal(&key->columns[i], value, err);
		if (b->literals[i] == NULL)
			goto nomem;
		b->n++;
		if (json_array_append_new(b->shown, shown(value)) != 0)
			goto nomem;
	}
	return b;
nomem:
	error_nomem(err);
	source_bound_free(b);
	return NULL;
}

/* A row of the table against a bound, as an index finds it. */
static void
add_comparison(
	struct sql *sql, const struct postgres_key *key, const char *op, const struct bound *b)
{
	const char *row = key->ncolumns > 1 ? "ROW(" : "(";

	sql_add(sql, "%s", row);
	postgres_key_add_columns(sql, key);
	sql_add(sql, ") OPERATOR(");
	sql_identifier(sql, key->schema);
	sql_add(sql, ".%s) %s", op, row);
	for (size_t i = 0; i < b->n; i++)
		sql_add(sql, "%s%s", i > 0 ? ", " : "", b->literals[i]);
	sql_add(sql, ")");
}

void
postgres_key_add_range(struct sql *sql, const struct postgres_key *key,
	const struct bound *after, const struct bound *upto, const char *where)
{
	const char *word = " WHERE ";

	if (after != NULL) {
		sql_add(sql, "%s", word);
		add_comparison(sql, key, ">", after);
		word = " AND ";
	}
	if (upto != NULL) {
		sql_add(sql, "%s", word);
		add_comparison(sql, key, "<=", upto);
		word = " AND ";
	}
	postgres_table_add_where(sql, word, where);
	if (key->ncolumns > 0) {
		sql_add(sql, " ORDER BY ");
		postgres_key_add_columns(sql, key);
	}
}

json_t *
postgres_key_names(const struct postgres_key *key)
{
	json_t *names = json_array();

	for (size_t i = 0; names != NULL && i < key->ncolumns; i++) {
		if (json_array_append_new(names, json_string(key->columns[i].name)) != 0) {
			json_decref(names);
			names = NULL;
		}
	}
	return names;
}

void
postgres_key_release(struct postgres_key *key)
{
	for (size_t i = 0; i < key->ncolumns; i++) {
		free(key->columns[i].name);
		free(key->columns[i].type);
	}
	free(key->schema);
	memset(key, 0, sizeof *key);
}
