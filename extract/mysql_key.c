/*
 * mysql_key.c - see mysql_key.h
 *
 * Values of keys travel as SQL literals.  Texts do so as their bytes, in their
 * own character set and collation (_latin1 x'E9' COLLATE latin1_swedish_ci):
 * the comparison is then the index's own, and no conversion can change them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "extract/mysql_key.h"

/* The columns of the query in find_indexes. */
enum {
	KEY_INDEX,
	KEY_PREFIX,
	KEY_ORDER,
	KEY_NULLABLE,
	KEY_COLUMN,
	KEY_TYPE,
	KEY_CHARSET,
	KEY_COLLATION
};

static const struct {
	const char *type;
	int kind;
} types[] = {
	{"tinyint", KEY_NUMBER},
	{"smallint", KEY_NUMBER},
	{"mediumint", KEY_NUMBER},
	{"int", KEY_NUMBER},
	{"bigint", KEY_NUMBER},
	{"decimal", KEY_NUMBER},
	{"year", KEY_NUMBER},
	{"date", KEY_QUOTED},
	{"datetime", KEY_QUOTED},
	{"timestamp", KEY_QUOTED},
	{"time", KEY_QUOTED},
	{"uuid", KEY_QUOTED},
	{"inet4", KEY_QUOTED},
	{"inet6", KEY_QUOTED},
	{"char", KEY_BYTES},
	{"varchar", KEY_BYTES},
	{"binary", KEY_BYTES},
	{"varbinary", KEY_BYTES},
};

/* How a column of this row of the catalog is written as a literal, or -1. */
static int
kind_of(MYSQL_ROW row)
{
	if (row[KEY_COLUMN] == NULL || row[KEY_TYPE] == NULL || row[KEY_PREFIX] != NULL ||
		strcmp(row[KEY_NULLABLE], "NO") != 0 || row[KEY_ORDER] == NULL ||
		strcmp(row[KEY_ORDER], "A") != 0)
		return -1;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcasecmp(row[KEY_TYPE], types[i].type) == 0)
			return types[i].kind;
	}
	return -1;
}

/* Unique indexes, column by column; the primary key first, then those with fewer columns. */
static MYSQL_RES *
find_indexes(MYSQL *conn, const struct mysql_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	const char *text;

	sql_add(&sql,
		"SELECT s.index_name, s.sub_part, s.collation, c.is_nullable, c.column_name, "
		"c.data_type, c.character_set_name, c.collation_name "
		"FROM information_schema.statistics s LEFT JOIN information_schema.columns c "
		"ON c.table_schema = s.table_schema AND c.table_name = s.table_name "
		"AND c.column_name = s.column_name "
		"WHERE s.non_unique = 0 AND s.index_type = 'BTREE' "
		"/*M!100600 AND s.ignored = 'NO' *//*!80000 AND s.is_visible = 'YES' */"
		"AND s.table_schema = ");
	mydb_literal(&sql, t->table[TABLE_DATABASE]);
	sql_add(&sql, " AND s.table_name = ");
	mydb_literal(&sql, t->table[TABLE_NAME]);
	sql_add(&sql,
		" ORDER BY s.index_name <> 'PRIMARY', (SELECT COUNT(*) "
		"FROM information_schema.statistics n WHERE n.table_schema = s.table_schema "
		"AND n.table_name = s.table_name AND n.index_name = s.index_name), "
		"s.index_name, s.seq_in_index");
	text = sql_text(&sql, err);
	if (text != NULL)
		result = mydb_query(conn, text, err);
	sql_release(&sql);
	return result;
}

static char *
copy_or_null(const char *text, int *bad)
{
	char *copy = text ? strdup(text) : NULL;

	if (text != NULL && copy == NULL)
		*bad = -1;
	return copy;
}

static int
add_column(struct mysql_key *key, MYSQL_ROW row, int kind)
{
	struct mysql_key_column *c = &key->columns[key->ncolumns++];
	int bad = 0;

	if (key->index == NULL)
		key->index = copy_or_null(row[KEY_INDEX], &bad);
	c->kind = kind;
	c->name = copy_or_null(row[KEY_COLUMN], &bad);
	c->charset = copy_or_null(row[KEY_CHARSET], &bad);
	c->collation = copy_or_null(row[KEY_COLLATION], &bad);
	return bad;
}

int
mysql_key_find(
	MYSQL *conn, const struct mysql_table *t, struct mysql_key *key, struct error *err)
{
	MYSQL_RES *result;
	MYSQL_ROW row;
	bool usable = true;
	int bad = 0;

	memset(key, 0, sizeof *key);
	result = find_indexes(conn, t, err);
	if (result == NULL)
		return -1;
	while (bad == 0 && (row = mysql_fetch_row(result)) != NULL) {
		int kind = kind_of(row);

		if (key->index != NULL && strcmp(key->index, row[KEY_INDEX]) != 0) {
			if (usable)
				break; /* all of its columns were seen */
			mysql_key_release(key);
			usable = true;
		}
		if (kind < 0 || key->ncolumns == MYSQL_KEY_COLUMNS) {
			usable = false;
			if (key->index == NULL)
				key->index = copy_or_null(row[KEY_INDEX], &bad);
		} else {
			bad = add_column(key, row, kind);
		}
	}
	mysql_free_result(result);
	if (!usable)
		mysql_key_release(key);
	return bad == 0 ? 0 : error_nomem(err);
}

/* Of each column its text for people, and what its literal is made of. */
void
mysql_key_add_columns(struct sql *sql, const struct mysql_key *key)
{
	for (size_t i = 0; i < key->ncolumns; i++) {
		const struct mysql_key_column *c = &key->columns[i];

		sql_add(sql, i > 0 ? ", " : "");
		mydb_identifier(sql, c->name);
		sql_add(sql, c->kind == KEY_BYTES ? ", HEX(" : ", (");
		mydb_identifier(sql, c->name);
		sql_add(sql, ")");
	}
}

static char *
literal(const struct mysql_key_column *c, const char *value, struct error *err)
{
	struct sql sql = SQL_INIT;

	if (c->kind == KEY_NUMBER)
		sql_add(&sql, "%s", value);
	else if (c->kind == KEY_QUOTED)
		mydb_literal(&sql, value);
	else if (c->charset == NULL)
		sql_add(&sql, "x'%s'", value);
	else
		sql_add(&sql, "_%s x'%s' COLLATE %s", c->charset, value, c->collation);
	if (sql_text(&sql, err) == NULL)
		sql_release(&sql);
	return sql.text;
}

struct bound *
mysql_key_bound(const struct mysql_key *key, MYSQL_ROW row, struct error *err)
{
	struct bound *b = calloc(1, sizeof *b);

	if (b == NULL)
		goto nomem;
	b->literals = calloc(key->ncolumns, sizeof *b->literals);
	b->shown = json_array();
	if (b->literals == NULL || b->shown == NULL)
		goto nomem;
	for (size_t i = 0; i < key->ncolumns; i++) {
		const struct mysql_key_column *c = &key->columns[i];
		const char *shown = row[2 * i], *value = row[2 * i + 1];
		bool is_text = c->kind != KEY_BYTES || c->charset != NULL;
		json_t *text = is_text ? json_string(shown) : NULL;

		b->literals[i] = literal(c, value, err);
		if (b->literals[i] == NULL) {
			json_decref(text);
			goto fail;
		}
		b->n++;
		/* bytes, and texts that are no valid UTF-8 */
		if (text == NULL)
			text = json_sprintf("\\x%s", value);
		if (json_array_append_new(b->shown, text) != 0)
			goto nomem;
	}
	return b;
nomem:
	error_nomem(err);
fail:
	source_bound_free(b);
	return NULL;
}

void
mysql_key_add_index(struct sql *sql, const struct mysql_key *key)
{
	if (key->ncolumns == 0)
		return;
	sql_add(sql, " FORCE INDEX (");
	mydb_identifier(sql, key->index);
	sql_add(sql, ")");
}

/* "(a < 1 OR a = 1 AND b <= 2)": op for the columns but the last, which has op_last. */
static void
add_comparison(struct sql *sql, const struct mysql_key *key, const struct bound *b,
	const char *op, const char *op_last)
{
	sql_add(sql, "(");
	for (size_t i = 0; i < key->ncolumns; i++) {
		sql_add(sql, i > 0 ? " OR (" : "(");
		for (size_t j = 0; j <= i; j++) {
			const char *own = i + 1 == key->ncolumns ? op_last : op;

			sql_add(sql, j > 0 ? " AND " : "");
			mydb_identifier(sql, key->columns[j].name);
			sql_add(sql, " %s %s", j < i ? "=" : own, b->literals[j]);
		}
		sql_add(sql, ")");
	}
	sql_add(sql, ")");
}

/* The line end after the condition keeps a comment in it from swallowing the rest. */
void
mysql_key_add_range(struct sql *sql, const struct mysql_key *key, const struct bound *after,
	const struct bound *upto, const char *where)
{
	const char *word = " WHERE ";

	if (after != NULL) {
		sql_add(sql, "%s", word);
		add_comparison(sql, key, after, ">", ">");
		word = " AND ";
	}
	if (upto != NULL) {
		sql_add(sql, "%s", word);
		add_comparison(sql, key, upto, "<", "<=");
		word = " AND ";
	}
	if (where != NULL)
		sql_add(sql, "%s(%s\n)", word, where);
	for (size_t i = 0; i < key->ncolumns; i++) {
		sql_add(sql, i > 0 ? ", " : " ORDER BY ");
		mydb_identifier(sql, key->columns[i].name);
	}
}

json_t *
mysql_key_names(const struct mysql_key *key)
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
mysql_key_release(struct mysql_key *key)
{
	for (size_t i = 0; i < key->ncolumns; i++) {
		free(key->columns[i].name);
		free(key->columns[i].charset);
		free(key->columns[i].collation);
	}
	free(key->index);
	memset(key, 0, sizeof *key);
}
