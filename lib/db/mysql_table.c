/*
 * mysql_table.c - see mysql_table.h
 *
 * Trap: a name on the command line may hold a dot of its own (`a.b`), so a
 * table of the whole name is looked for before a database's table.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/mysql_table.h"
#include "db/name.h"
#include "db/sql.h"
#include "nearest.h"

enum {
	NAME_SIZE = 256, /* names have at most 64 characters */
	GUESS_SIZE = NAME_SIZE + 32,
};

const char mysql_table_fields[] =
	"table_schema, table_name, table_type, engine, table_rows, data_length, "
	"index_length, table_collation, create_time, update_time, table_comment";

static int
find_exactly(MYSQL *conn, const char *database, const char *name, struct mysql_table *t,
	struct error *err)
{
	struct sql sql = SQL_INIT;
	const char *text;

	sql_add(&sql, "SELECT %s FROM information_schema.tables WHERE table_schema = ",
		mysql_table_fields);
	mydb_literal(&sql, database);
	sql_add(&sql, " AND table_name = ");
	mydb_literal(&sql, name);
	text = sql_text(&sql, err);
	if (t->table_result != NULL)
		mysql_free_result(t->table_result);
	t->table_result = text ? mydb_query(conn, text, err) : NULL;
	sql_release(&sql);
	if (t->table_result == NULL)
		return -1;
	t->table = mysql_fetch_row(t->table_result);
	return 0;
}

/* "; did you mean 'x'?" of the names in the first column of result, or "", into buf. */
static void
guess(MYSQL_RES *result, const char *name, char *buf, size_t size)
{
	size_t n = 0;
	const char **names = calloc(mysql_num_rows(result) + 1, sizeof *names);
	MYSQL_ROW row;
	int nearest;

	buf[0] = '\0';
	if (names == NULL)
		return; /* it would only have been a help */
	mysql_data_seek(result, 0);
	while ((row = mysql_fetch_row(result)) != NULL)
		names[n++] = row[0];
	nearest = nearest_name(name, names, n);
	if (nearest >= 0)
		snprintf(buf, size, "; did you mean '%s'?", names[nearest]);
	free(names);
}

static int
no_such_table(MYSQL *conn, const char *database, const char *name, struct error *err)
{
	char meant[GUESS_SIZE];
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	const char *text;

	sql_add(&sql, "SELECT table_name FROM information_schema.tables WHERE table_schema = ");
	mydb_literal(&sql, database);
	text = sql_text(&sql, err);
	if (text != NULL)
		result = mydb_query(conn, text, err);
	sql_release(&sql);
	if (result == NULL)
		return -1;
	guess(result, name, meant, sizeof meant);
	mysql_free_result(result);
	return error_set(
		err, ERROR_USAGE, "no table '%s' in database '%s'%s", name, database, meant);
}

static int
find_table(MYSQL *conn, const char *database, const char *text, struct mysql_table *t,
	struct error *err)
{
	char first[NAME_SIZE], second[NAME_SIZE];
	const char *rest = text, *name = first;

	if (database != NULL && strlen(text) < sizeof first) {
		if (find_exactly(conn, database, text, t, err) < 0)
			return -1;
		if (t->table != NULL)
			return 0;
	}
	if (name_read(&rest, '`', '.', first, sizeof first, err) < 0)
		return -1;
	if (*rest == '.') {
		rest++;
		if (name_read(&rest, '`', '\0', second, sizeof second, err) < 0)
			return -1;
		database = first;
		name = second;
	}
	if (database == NULL)
		return error_set(err, ERROR_USAGE,
			"no database for table '%s': name one in the address, or write "
			"DATABASE.TABLE",
			text);
	if (find_exactly(conn, database, name, t, err) < 0)
		return -1;
	return t->table != NULL ? 0 : no_such_table(conn, database, name, err);
}

static int
fetch_columns(MYSQL *conn, struct mysql_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	const char *text;

	sql_add(&sql,
		"SELECT column_name, data_type, column_type, is_nullable, column_default, "
		"extra, column_comment, character_set_name, collation_name, "
		"character_maximum_length, generation_expression, datetime_precision "
		"FROM information_schema.columns WHERE table_schema = ");
	mydb_literal(&sql, t->table[TABLE_DATABASE]);
	sql_add(&sql, " AND table_name = ");
	mydb_literal(&sql, t->table[TABLE_NAME]);
	sql_add(&sql, " ORDER BY ordinal_position");
	text = sql_text(&sql, err);
	if (text != NULL)
		t->column_result = mydb_query(conn, text, err);
	sql_release(&sql);
	if (t->column_result == NULL)
		return -1;
	if (mysql_num_rows(t->column_result) == 0)
		return error_set(err, ERROR_USAGE, "table '%s' has no columns that can be read",
			t->table[TABLE_NAME]);
	return 0;
}

/* As the server compares the names of columns: without regard to case. */
static MYSQL_ROW
find_column(struct mysql_table *t, const char *name)
{
	MYSQL_ROW row;

	mysql_data_seek(t->column_result, 0);
	while ((row = mysql_fetch_row(t->column_result)) != NULL) {
		if (strcasecmp(row[COLUMN_NAME], name) == 0)
			return row;
	}
	return NULL;
}

static int
add_column(struct mysql_table *t, const char *name, struct error *err)
{
	MYSQL_ROW row = find_column(t, name);
	char meant[GUESS_SIZE];

	if (row == NULL) {
		guess(t->column_result, name, meant, sizeof meant);
		return error_set(err, ERROR_USAGE, "table '%s' has no column '%s'%s",
			t->table[TABLE_NAME], name, meant);
	}
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (t->columns[i] == row)
			return error_set(err, ERROR_USAGE, "column '%s' is named twice", name);
	}
	t->columns[t->ncolumns++] = row;
	return 0;
}

static int
choose_columns(struct mysql_table *t, const char *wanted, struct error *err)
{
	char name[NAME_SIZE];
	MYSQL_ROW row;

	t->columns = calloc(mysql_num_rows(t->column_result), sizeof *t->columns);
	if (t->columns == NULL)
		return error_nomem(err);
	if (wanted == NULL) {
		while ((row = mysql_fetch_row(t->column_result)) != NULL)
			t->columns[t->ncolumns++] = row;
		return 0;
	}
	for (;;) {
		wanted += strspn(wanted, " \t\n");
		if (name_read(&wanted, '`', ',', name, sizeof name, err) < 0 ||
			add_column(t, name, err) < 0)
			return -1;
		if (*wanted == '\0')
			return 0;
		wanted++;
	}
}

int
mysql_table_find(MYSQL *conn, const char *database, const char *table, const char *columns,
	struct mysql_table *t, struct error *err)
{
	memset(t, 0, sizeof *t);
	if (find_table(conn, database, table, t, err) < 0)
		return -1;
	if (fetch_columns(conn, t, err) < 0)
		return -1;
	return choose_columns(t, columns, err);
}

bool
mysql_table_is_transactional(const struct mysql_table *t)
{
	static const char *const engines[] = {
		"InnoDB", "ROCKSDB", "TokuDB", "ndbcluster", "NDB", "PERFORMANCE_SCHEMA"};
	const char *engine = t->table[TABLE_ENGINE];

	if (engine == NULL) /* a view: that depends on its tables */
		return true;
	for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
		if (strcasecmp(engine, engines[i]) == 0)
			return true;
	}
	return false;
}

bool
mysql_enum_next(const char **p, char *value)
{
	const char *q = strchr(*p, '\'');
	size_t n = 0;

	if (q == NULL)
		return false;
	for (q++; *q != '\0'; q++) {
		if (*q == '\'' && *++q != '\'')
			break;
		if (*q != '\\' || q[1] == '\0') {
			value[n++] = *q;
			continue;
		}
		q++;
		value[n++] = (char)(*q == 'n' ? '\n' : *q == 'r' ? '\r' : *q);
	}
	value[n] = '\0';
	*p = q;
	return true;
}

void
mysql_table_release(struct mysql_table *t)
{
	if (t->table_result != NULL)
		mysql_free_result(t->table_result);
	if (t->column_result != NULL)
		mysql_free_result(t->column_result);
	free(t->columns);
	memset(t, 0, sizeof *t);
}
