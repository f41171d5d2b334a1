/*
 * binlog_table.c - see binlog_table.h
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/mysql_table.h"
#include "db/sql.h"
#include "extract/binlog_table.h"
#include "schema/table_schema.h"

/* The columns of the query in fetch_catalog. */
enum {
	CATALOG_NAME,
	CATALOG_DATA_TYPE,
	CATALOG_TYPE,
	CATALOG_OCTETS,
	CATALOG_PRECISION,
	CATALOG_SCALE,
	CATALOG_FRACTION,
	CATALOG_CHARSET
};

/* The columns of the query in find_key. */
enum { KEY_INDEX, KEY_COLUMN, KEY_NULLABLE, KEY_PREFIX };

/* ---- what the catalog says */

/* The rows of a query about the table: text, " WHERE" for it, then what stands behind. */
static MYSQL_RES *
query_catalog(MYSQL *conn, const struct binlog_table *t, const char *text, const char *schema,
	const char *behind, struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	const char *complete;

	sql_add(&sql, "%s WHERE %s = ", text, schema);
	mydb_literal(&sql, t->database);
	sql_add(&sql, " AND table_name = ");
	mydb_literal(&sql, t->name);
	sql_add(&sql, " %s", behind);
	complete = sql_text(&sql, err);
	if (complete != NULL)
		result = mydb_query(conn, complete, err);
	sql_release(&sql);
	return result;
}

static int
fetch_catalog(MYSQL *conn, struct binlog_table *t, struct error *err)
{
	t->catalog = query_catalog(conn, t,
		"SELECT column_name, data_type, column_type, character_octet_length, "
		"numeric_precision, numeric_scale, datetime_precision, character_set_name "
		"FROM information_schema.columns",
		"table_schema", "ORDER BY ordinal_position", err);
	if (t->catalog == NULL)
		return -1;
	t->ncolumns = (size_t)mysql_num_rows(t->catalog);
	return 0;
}

/* The columns as a table copy would have them. */
static int
fetch_fields(MYSQL *conn, struct binlog_table *t, struct error *err)
{
	struct sql sql = SQL_INIT;
	const char *text;
	MYSQL_ROW row;
	bool first = true;

	sql_add(&sql, "SELECT ");
	mysql_data_seek(t->catalog, 0);
	while ((row = mysql_fetch_row(t->catalog)) != NULL) {
		sql_add(&sql, first ? "" : ", ");
		mydb_identifier(&sql, row[CATALOG_NAME]);
		first = false;
	}
	sql_add(&sql, " FROM ");
	mydb_identifier(&sql, t->database);
	sql_add(&sql, ".");
	mydb_identifier(&sql, t->name);
	sql_add(&sql, " LIMIT 0");
	text = sql_text(&sql, err);
	if (text != NULL)
		t->fields = mydb_query(conn, text, err);
	sql_release(&sql);
	return t->fields != NULL ? 0 : -1;
}

static int
find_column(const struct binlog_table *t, const char *name)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (t->names[i] != NULL && name != NULL && strcasecmp(t->names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

/* The primary key, or else the first unique one without a column that can be NULL or is cut. */
static int
find_key(MYSQL *conn, struct binlog_table *t, struct error *err)
{
	MYSQL_RES *result = query_catalog(conn, t,
		"SELECT index_name, column_name, nullable, sub_part "
		"FROM information_schema.statistics",
		"table_schema",
		"AND non_unique = 0 ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index",
		err);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	int bad = 0;

	while (row != NULL && t->key == NULL && bad == 0) {
		char *index = row[KEY_INDEX];
		json_t *key = json_array();
		bool usable = true;

		for (; row != NULL && strcmp(row[KEY_INDEX], index) == 0;
			row = mysql_fetch_row(result)) {
			usable = usable && row[KEY_COLUMN] != NULL && row[KEY_PREFIX] == NULL &&
				 strcmp(row[KEY_NULLABLE], "YES") != 0 &&
				 find_column(t, row[KEY_COLUMN]) >= 0;
			if (usable)
				bad |= json_array_append_new(key, json_string(row[KEY_COLUMN]));
		}
		if (usable)
			t->key = json_incref(key);
		json_decref(key);
	}
	for (size_t i = 0; i < json_array_size(t->key); i++)
		t->is_key[find_column(t, json_string_value(json_array_get(t->key, i)))] = true;
	if (result == NULL)
		return -1;
	mysql_free_result(result);
	return bad == 0 ? 0 : error_nomem(err);
}

/* Rows that go or change because a row they refer to does are in no binary log. */
static int
find_cascades(MYSQL *conn, struct binlog_table *t, struct error *err)
{
	MYSQL_RES *result = query_catalog(conn, t,
		"SELECT constraint_name FROM information_schema.referential_constraints",
		"constraint_schema",
		"AND (delete_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT') OR "
		"update_rule IN ('CASCADE', 'SET NULL', 'SET DEFAULT')) ORDER BY 1",
		err);
	MYSQL_ROW row;
	int bad = 0;

	if (result == NULL)
		return -1;
	t->cascades = json_array();
	while ((row = mysql_fetch_row(result)) != NULL)
		bad |= json_array_append_new(t->cascades, json_string(row[0]));
	mysql_free_result(result);
	return bad == 0 && t->cascades != NULL ? 0 : error_nomem(err);
}

static int
set_words(struct binlog_column *c, const char *column_type, struct error *err)
{
	size_t room = strlen(column_type) + 1, n = 0;
	const char *p = column_type;
	char *value;

	for (const char *q = p; *q != '\0'; q++)
		n += *q == '\'';
	c->words.text = malloc(room + n);
	c->words.words = calloc(n / 2 + 1, sizeof *c->words.words);
	if (c->words.text == NULL || c->words.words == NULL)
		return error_nomem(err);
	/* each value is shorter than what it was made of, and the NUL has the quotes' room */
	for (value = c->words.text; mysql_enum_next(&p, value); value += strlen(value) + 1)
		c->words.words[c->words.n++] = (struct binlog_text){value, strlen(value)};
	return 0;
}

/* What of a column the catalog knows and the log does not. */
static int
set_up_column(MYSQL *conn, struct binlog_column *c, MYSQL_ROW row, struct error *err)
{
	const char *type = row[CATALOG_DATA_TYPE];

	if (strcasecmp(type, "enum") == 0 || strcasecmp(type, "set") == 0)
		return set_words(c, row[CATALOG_TYPE], err);
	if (strcasecmp(type, "json") == 0)
		return error_set(err, ERROR_USAGE,
			"the binary form that MySQL's log has of JSON is not read");
	if (strstr(row[CATALOG_TYPE], "COMPRESSED") != NULL)
		return error_set(err, ERROR_USAGE,
			"compressed columns are not read from the binary log");
	if (row[CATALOG_CHARSET] != NULL)
		return binlog_charset_find(conn, row[CATALOG_CHARSET], &c->charset, err);
	return 0;
}

static int
set_up_columns(MYSQL *conn, struct binlog_table *t, struct error *err)
{
	size_t n = t->ncolumns;
	MYSQL_ROW row;

	t->names = calloc(n + 2, sizeof *t->names);
	t->is_key = calloc(n, sizeof *t->is_key);
	t->columns = calloc(n, sizeof *t->columns);
	t->types = calloc(n, sizeof *t->types);
	t->before = calloc(n, sizeof *t->before);
	t->after = calloc(n, sizeof *t->after);
	if (t->names == NULL || t->is_key == NULL || t->columns == NULL || t->types == NULL ||
		t->before == NULL || t->after == NULL)
		return error_nomem(err);
	mysql_data_seek(t->catalog, 0);
	for (size_t i = 0; i < n; i++) {
		row = mysql_fetch_row(t->catalog);
		t->names[i] = row[CATALOG_NAME];
		t->columns[i].buffer = &t->buffer;
		if (set_up_column(conn, &t->columns[i], row, err) < 0) {
			error_prefix(err, "column '%s'", row[CATALOG_NAME]);
			return -1;
		}
	}
	t->names[n] = "_op";
	t->names[n + 1] = "_pos";
	return 0;
}

static int
set_up(MYSQL *conn, struct binlog_table *t, const struct mysql_table *found, struct error *err)
{
	const char *kind = found->table[TABLE_TYPE];

	t->database = strdup(found->table[TABLE_DATABASE]);
	t->name = strdup(found->table[TABLE_NAME]);
	if (t->database == NULL || t->name == NULL)
		return error_nomem(err);
	if (strcmp(kind, "BASE TABLE") != 0)
		return error_set(err, ERROR_USAGE,
			"it cannot be followed: it is no ordinary table (%s)", kind);
	if (fetch_catalog(conn, t, err) < 0 || fetch_fields(conn, t, err) < 0 ||
		set_up_columns(conn, t, err) < 0 || find_key(conn, t, err) < 0 ||
		find_cascades(conn, t, err) < 0)
		return -1;
	t->schema = mysql_table_describe(conn, found, err);
	if (t->schema == NULL ||
		table_schema_add(t->schema, "_op", SCHEMA_STRING, NULL, err) == NULL ||
		table_schema_add(t->schema, "_pos", SCHEMA_STRING, NULL, err) == NULL)
		return -1;
	return 0;
}

int
binlog_table_open(struct binlog_table *t, MYSQL *conn, const char *database, const char *table,
	struct error *err)
{
	struct mysql_table found;
	int status;

	memset(t, 0, sizeof *t);
	t->label = table;
	status = mysql_table_find(conn, database, table, NULL, &found, err);
	if (status == 0) {
		status = set_up(conn, t, &found, err);
		if (status < 0)
			error_prefix(err, "table '%s'", table);
	}
	mysql_table_release(&found);
	return status;
}

/* ---- what the log says */

static bool
same_text(const struct binlog_text *a, const char *b)
{
	return strlen(b) == a->len && memcmp(a->ptr, b, a->len) == 0;
}

bool
binlog_table_is(const struct binlog_table *t, const struct binlog_map *map)
{
	return same_text(&map->table, t->name) && same_text(&map->database, t->database);
}

static uint64_t
catalog_number(MYSQL_ROW row, unsigned column)
{
	return row[column] != NULL ? strtoull(row[column], NULL, 10) : 0;
}

/* The bytes of a SET with n names. */
static size_t
set_size(size_t n)
{
	size_t bytes = (n + 7) / 8;

	return bytes > 4 ? 8 : bytes;
}

/* A CHAR, BINARY, ENUM, SET, or one of the types that are kept as a BINARY. */
static bool
string_fits(const struct binlog_type *log, const struct binlog_column *c,
	const MYSQL_FIELD *field, MYSQL_ROW row)
{
	if (field->flags & ENUM_FLAG)
		return log->type == MYSQL_TYPE_ENUM && log->size == (c->words.n < 256 ? 1 : 2);
	if (field->flags & SET_FLAG)
		return log->type == MYSQL_TYPE_SET && log->size == set_size(c->words.n);
	if (row[CATALOG_OCTETS] == NULL)
		return log->type == MYSQL_TYPE_STRING;
	return log->type == MYSQL_TYPE_STRING &&
	       log->length == catalog_number(row, CATALOG_OCTETS);
}

/* How many bytes the length of a blob or text with at most `octets` bytes has. */
static unsigned
blob_prefix(uint64_t octets)
{
	return octets < 1 << 8 ? 1 : octets < 1 << 16 ? 2 : octets < 1 << 24 ? 3 : 4;
}

/* Whether the column in the log is the one of the catalog. */
static bool
fits(const struct binlog_type *log, const struct binlog_column *c, const MYSQL_FIELD *field,
	MYSQL_ROW row)
{
	bool fraction = log->scale == catalog_number(row, CATALOG_FRACTION);

	switch (field->type) {
	case MYSQL_TYPE_NEWDECIMAL:
		return log->type == MYSQL_TYPE_NEWDECIMAL &&
		       log->precision == catalog_number(row, CATALOG_PRECISION) &&
		       log->scale == catalog_number(row, CATALOG_SCALE);
	case MYSQL_TYPE_BIT: return log->type == MYSQL_TYPE_BIT && log->length == field->length;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE:
		return log->type == MYSQL_TYPE_DATE || log->type == MYSQL_TYPE_NEWDATE;
	case MYSQL_TYPE_TIME:
		return fraction &&
		       (log->type == MYSQL_TYPE_TIME2 || log->type == MYSQL_TYPE_TIME);
	case MYSQL_TYPE_DATETIME:
		return fraction &&
		       (log->type == MYSQL_TYPE_DATETIME2 || log->type == MYSQL_TYPE_DATETIME);
	case MYSQL_TYPE_TIMESTAMP:
		return fraction && (log->type == MYSQL_TYPE_TIMESTAMP2 ||
					   log->type == MYSQL_TYPE_TIMESTAMP);
	case MYSQL_TYPE_STRING: return string_fits(log, c, field, row);
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_VARCHAR:
		return (log->type == MYSQL_TYPE_VARCHAR ||
			       log->type == MYSQL_TYPE_VAR_STRING) &&
		       log->length == catalog_number(row, CATALOG_OCTETS);
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
	case MYSQL_TYPE_BLOB:
		return log->type == MYSQL_TYPE_BLOB &&
		       log->prefix == blob_prefix(catalog_number(row, CATALOG_OCTETS));
	default: return log->type == field->type;
	}
}

static int
check_columns(struct binlog_table *t, const struct binlog_type *types, struct error *err)
{
	const MYSQL_FIELD *fields = mysql_fetch_fields(t->fields);

	mysql_data_seek(t->catalog, 0);
	for (size_t i = 0; i < t->ncolumns; i++) {
		MYSQL_ROW row = mysql_fetch_row(t->catalog);

		if (!fits(&types[i], &t->columns[i], &fields[i], row))
			return error_set(err, ERROR_RUNTIME,
				"table '%s' was changed: its column '%s' is %s now, and "
				"something else at this place of the binary log",
				t->label, t->names[i], row[CATALOG_TYPE]);
		t->columns[i].type = types[i];
		binlog_column_init(&t->columns[i], &fields[i], row[CATALOG_DATA_TYPE]);
	}
	t->mapped = true;
	memcpy(t->types, types, t->ncolumns * sizeof *types);
	return 0;
}

static bool
same_type(const struct binlog_type *a, const struct binlog_type *b)
{
	return a->type == b->type && a->prefix == b->prefix && a->precision == b->precision &&
	       a->scale == b->scale && a->size == b->size && a->length == b->length;
}

int
binlog_table_map(struct binlog_table *t, const struct binlog_map *map, struct error *err)
{
	struct binlog_type *types;
	bool same = t->mapped;
	int status = -1;

	if (map->ncolumns != t->ncolumns)
		return error_set(err, ERROR_RUNTIME,
			"table '%s' was changed: it has %zu columns now, and %zu at this place "
			"of the binary log",
			t->label, t->ncolumns, map->ncolumns);
	types = calloc(t->ncolumns, sizeof *types);
	if (types == NULL)
		return error_nomem(err);
	if (binlog_types_read(map, types, err) < 0)
		goto out;
	for (size_t i = 0; same && i < t->ncolumns; i++)
		same = same_type(&types[i], &t->types[i]);
	status = same ? 0 : check_columns(t, types, err);
out:
	free(types);
	return status;
}

int
binlog_table_next(struct binlog_table *t, struct binlog_rows *rows, struct error *err)
{
	const unsigned char *p = rows->data, *end = rows->data + rows->len;

	if (p == end)
		return 0;
	if (!rows->full || rows->ncolumns != t->ncolumns)
		return error_set(err, ERROR_RUNTIME,
			"table '%s': a row in the binary log has not all columns: "
			"binlog_row_image must be FULL, in all sessions",
			t->label);
	if (rows->change != BINLOG_INSERT &&
		binlog_row_read(&p, end, t->types, t->ncolumns, t->before, err) < 0)
		return -1;
	if (rows->change != BINLOG_DELETE &&
		binlog_row_read(&p, end, t->types, t->ncolumns, t->after, err) < 0)
		return -1;
	rows->data = p;
	rows->len = (size_t)(end - p);
	return 1;
}

bool
binlog_table_key_changed(const struct binlog_table *t)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct mysql_value *a = &t->before[i], *b = &t->after[i];

		if (!t->is_key[i])
			continue;
		if (a->len != b->len || a->ptr == NULL || b->ptr == NULL ||
			memcmp(a->ptr, b->ptr, a->len) != 0)
			return true;
	}
	return t->key == NULL;
}

int
binlog_table_put(struct binlog_table *t, const struct mysql_value *values, struct csv_writer *w,
	struct error *err)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (values[i].ptr == NULL)
			csv_writer_null(w);
		else
			t->columns[i].write(w, &t->columns[i], &values[i]);
	}
	return t->buffer.failed ? error_nomem(err) : 0;
}

void
binlog_table_release(struct binlog_table *t)
{
	for (size_t i = 0; t->columns != NULL && i < t->ncolumns; i++)
		binlog_column_release(&t->columns[i]);
	if (t->fields != NULL)
		mysql_free_result(t->fields);
	if (t->catalog != NULL)
		mysql_free_result(t->catalog);
	json_decref(t->schema);
	json_decref(t->key);
	json_decref(t->cascades);
	free(t->buffer.data);
	free(t->columns);
	free(t->types);
	free(t->before);
	free(t->after);
	free(t->is_key);
	free(t->names);
	free(t->database);
	free(t->name);
	memset(t, 0, sizeof *t);
}
