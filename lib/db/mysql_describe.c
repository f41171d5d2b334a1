/*
 * mysql_describe.c - a table's catalog entry as Table Schema (see mysql_table.h)
 *
 * The types are those of the values as extract writes them: a bit is an
 * integer, a TIME, which may have 838 hours, is a string.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "db/mysql_table.h"
#include "schema/table_schema.h"

enum { KEY_COLUMNS_MAX = 64 }; /* the servers allow 16 or 32 */

/* The columns of the query in add_indexes. */
enum { INDEX_NAME, INDEX_NON_UNIQUE, INDEX_COLUMN, INDEX_PREFIX, INDEX_TYPE };

/* The columns of the query in add_foreign_keys. */
enum { FK_NAME, FK_COLUMN, FK_TABLE, FK_REFERENCED };

static const struct {
	const char *data_type;
	enum schema_type type;
	const char *format;
} types[] = {
	{"tinyint", SCHEMA_INTEGER, NULL},
	{"smallint", SCHEMA_INTEGER, NULL},
	{"mediumint", SCHEMA_INTEGER, NULL},
	{"int", SCHEMA_INTEGER, NULL},
	{"bigint", SCHEMA_INTEGER, NULL},
	{"bit", SCHEMA_INTEGER, NULL},
	{"decimal", SCHEMA_NUMBER, NULL},
	{"float", SCHEMA_NUMBER, NULL},
	{"double", SCHEMA_NUMBER, NULL},
	{"year", SCHEMA_YEAR, NULL},
	{"date", SCHEMA_DATE, NULL},
	{"datetime", SCHEMA_DATETIME, "any"}, /* the default is ISO 8601 with a T */
	{"timestamp", SCHEMA_DATETIME, "any"},
	{"uuid", SCHEMA_STRING, "uuid"},
};

static int
constrain_enum(json_t *field, const char *column_type, struct error *err)
{
	char *value = malloc(strlen(column_type) + 1);
	json_t *values = json_array();
	const char *p = column_type;
	int bad = value == NULL || values == NULL;

	while (!bad && mysql_enum_next(&p, value))
		bad = json_array_append_new(values, json_string(value)) != 0;
	free(value);
	if (bad) {
		json_decref(values);
		return error_nomem(err);
	}
	return table_schema_constrain(field, "enum", values, err);
}

/* Set a member of "caravan" to a text, unless that is NULL or empty. */
static int
extra_text(json_t *object, const char *key, const char *text, struct error *err)
{
	if (text == NULL || text[0] == '\0')
		return 0;
	return table_schema_extra(object, key, json_string(text), err);
}

static int
extra_number(json_t *object, const char *key, const char *text, struct error *err)
{
	if (text == NULL)
		return 0;
	return table_schema_extra(object, key, json_integer(strtoll(text, NULL, 10)), err);
}

static int
add_constraints(json_t *field, MYSQL_ROW column, struct error *err)
{
	const char *type = column[COLUMN_DATA_TYPE];

	if (strcasecmp(column[COLUMN_NULLABLE], "NO") == 0 &&
		table_schema_constrain(field, "required", json_true(), err) < 0)
		return -1;
	if (column[COLUMN_LENGTH] != NULL && column[COLUMN_CHARSET] != NULL &&
		(strcasecmp(type, "char") == 0 || strcasecmp(type, "varchar") == 0)) {
		json_int_t length = strtoll(column[COLUMN_LENGTH], NULL, 10);

		return table_schema_constrain(field, "maxLength", json_integer(length), err);
	}
	if (strcasecmp(type, "enum") == 0)
		return constrain_enum(field, column[COLUMN_TYPE], err);
	return 0;
}

static int
add_field(json_t *schema, MYSQL_ROW column, struct error *err)
{
	enum schema_type type = SCHEMA_STRING;
	const char *format = NULL, *fallback = column[COLUMN_DEFAULT];
	json_t *field;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcasecmp(column[COLUMN_DATA_TYPE], types[i].data_type) == 0) {
			type = types[i].type;
			format = types[i].format;
		}
	}
	field = table_schema_add(schema, column[COLUMN_NAME], type, format, err);
	if (field == NULL || add_constraints(field, column, err) < 0)
		return -1;
	if (column[COLUMN_COMMENT][0] != '\0' &&
		json_object_set_new(field, "description", json_string(column[COLUMN_COMMENT])))
		return error_nomem(err);
	if (fallback != NULL && strcmp(fallback, "NULL") != 0 &&
		table_schema_extra(field, "default", json_string(fallback), err) < 0)
		return -1;
	if (extra_text(field, "type", column[COLUMN_TYPE], err) < 0 ||
		extra_text(field, "extra", column[COLUMN_EXTRA], err) < 0 ||
		extra_text(field, "charset", column[COLUMN_CHARSET], err) < 0 ||
		extra_text(field, "collation", column[COLUMN_COLLATION], err) < 0)
		return -1;
	return extra_text(field, "generated", column[COLUMN_GENERATION], err);
}

static bool
has_column(const struct mysql_table *t, const char *name)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (strcmp(t->columns[i][COLUMN_NAME], name) == 0)
			return true;
	}
	return false;
}

/* The rows of a catalog query about the table: text, then " WHERE" for it, then order. */
static MYSQL_RES *
query_catalog(MYSQL *conn, const struct mysql_table *t, const char *text, const char *order,
	struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	const char *complete;

	sql_add(&sql, "%s WHERE table_schema = ", text);
	mydb_literal(&sql, t->table[TABLE_DATABASE]);
	sql_add(&sql, " AND table_name = ");
	mydb_literal(&sql, t->table[TABLE_NAME]);
	sql_add(&sql, " %s", order);
	complete = sql_text(&sql, err);
	if (complete != NULL)
		result = mydb_query(conn, complete, err);
	sql_release(&sql);
	return result;
}

/* An index that is complete in `columns`: as a key, if it is one, and if all columns are there. */
static int
add_key(json_t *schema, const struct mysql_table *t, const char *name, bool unique,
	const json_t *columns, struct error *err)
{
	const char *names[KEY_COLUMNS_MAX];
	size_t n = json_array_size(columns);

	if (!unique || n > KEY_COLUMNS_MAX)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const json_t *column = json_array_get(columns, i);

		names[i] = json_string_value(column);
		if (names[i] == NULL || !has_column(t, names[i]))
			return 0; /* a prefix, an expression, or not selected */
	}
	if (strcmp(name, "PRIMARY") == 0)
		return table_schema_set_primary_key(schema, names, n, err);
	return table_schema_add_unique_key(schema, names, n, err);
}

/* A column of an index: its name, {"name","prefix"}, or {} for an expression. */
static json_t *
index_column(MYSQL_ROW row)
{
	json_t *o;

	if (row[INDEX_COLUMN] != NULL && row[INDEX_PREFIX] == NULL)
		return json_string(row[INDEX_COLUMN]);
	o = json_object();
	if (row[INDEX_COLUMN] != NULL) {
		json_object_set_new(o, "name", json_string(row[INDEX_COLUMN]));
		json_object_set_new(
			o, "prefix", json_integer(strtoll(row[INDEX_PREFIX], NULL, 10)));
	}
	return o;
}

/* Read the rows of one index, from `row` on; *next is the first row of the next. */
static int
add_index(json_t *schema, const struct mysql_table *t, json_t *indexes, MYSQL_RES *result,
	MYSQL_ROW row, MYSQL_ROW *next, struct error *err)
{
	const char *name = row[INDEX_NAME];
	bool unique = strcmp(row[INDEX_NON_UNIQUE], "0") == 0;
	json_t *index = json_object(), *columns = json_array();
	int bad = 0;

	bad |= json_object_set_new(index, "name", json_string(name));
	bad |= json_object_set_new(index, "columns", columns);
	bad |= json_object_set_new(index, "unique", json_boolean(unique));
	bad |= json_object_set_new(index, "type", json_string(row[INDEX_TYPE]));
	bad |= json_array_append_new(indexes, index);
	while (bad == 0 && row != NULL && strcmp(row[INDEX_NAME], name) == 0) {
		bad |= json_array_append_new(columns, index_column(row));
		row = mysql_fetch_row(result);
	}
	if (bad != 0)
		return error_nomem(err);
	*next = row;
	return add_key(schema, t, name, unique, columns, err);
}

static int
add_indexes(MYSQL *conn, json_t *schema, const struct mysql_table *t, struct error *err)
{
	MYSQL_RES *result = query_catalog(conn, t,
		"SELECT index_name, non_unique, column_name, sub_part, index_type "
		"FROM information_schema.statistics",
		"ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index", err);
	json_t *indexes;
	MYSQL_ROW row;
	int status = 0;

	if (result == NULL)
		return -1;
	indexes = json_array();
	row = mysql_fetch_row(result);
	while (row != NULL && status == 0)
		status = add_index(schema, t, indexes, result, row, &row, err);
	mysql_free_result(result);
	if (status == 0 && json_array_size(indexes) > 0)
		return table_schema_extra(schema, "indexes", indexes, err);
	json_decref(indexes);
	return status;
}

/* Read the rows of one foreign key, from `row` on. */
static int
add_foreign_key(json_t *schema, const struct mysql_table *t, MYSQL_RES *result, MYSQL_ROW row,
	MYSQL_ROW *next, struct error *err)
{
	const char *names[KEY_COLUMNS_MAX], *referenced[KEY_COLUMNS_MAX];
	const char *name = row[FK_NAME], *resource = row[FK_TABLE];
	bool complete = true;
	size_t n = 0;

	for (; row != NULL && strcmp(row[FK_NAME], name) == 0; row = mysql_fetch_row(result)) {
		complete = complete && n < KEY_COLUMNS_MAX && has_column(t, row[FK_COLUMN]);
		if (!complete)
			continue;
		names[n] = row[FK_COLUMN];
		referenced[n++] = row[FK_REFERENCED];
	}
	*next = row;
	if (!complete)
		return 0;
	if (strcmp(resource, t->table[TABLE_NAME]) == 0)
		resource = NULL; /* the table itself */
	return table_schema_add_foreign_key(schema, names, n, resource, referenced, err);
}

static int
add_foreign_keys(MYSQL *conn, json_t *schema, const struct mysql_table *t, struct error *err)
{
	MYSQL_RES *result = query_catalog(conn, t,
		"SELECT constraint_name, column_name, "
		"referenced_table_name, referenced_column_name "
		"FROM information_schema.key_column_usage",
		"AND referenced_table_name IS NOT NULL "
		"ORDER BY constraint_name, ordinal_position",
		err);
	MYSQL_ROW row;
	int status = 0;

	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	while (row != NULL && status == 0)
		status = add_foreign_key(schema, t, result, row, &row, err);
	mysql_free_result(result);
	return status;
}

static int
add_table(json_t *schema, const struct mysql_table *t, struct error *err)
{
	const char *comment = t->table[TABLE_COMMENT];

	/* of a view, MySQL says "VIEW" here */
	if (comment != NULL && comment[0] != '\0' && strcmp(comment, "VIEW") != 0 &&
		json_object_set_new(schema, "description", json_string(comment)) != 0)
		return error_nomem(err);
	if (extra_text(schema, "database", t->table[TABLE_DATABASE], err) < 0 ||
		extra_text(schema, "table", t->table[TABLE_NAME], err) < 0 ||
		extra_text(schema, "type", t->table[TABLE_TYPE], err) < 0 ||
		extra_text(schema, "engine", t->table[TABLE_ENGINE], err) < 0 ||
		extra_text(schema, "collation", t->table[TABLE_COLLATION], err) < 0 ||
		extra_text(schema, "created", t->table[TABLE_CREATED], err) < 0 ||
		extra_number(schema, "estimated_rows", t->table[TABLE_ROWS], err) < 0 ||
		extra_number(schema, "data_bytes", t->table[TABLE_DATA_BYTES], err) < 0)
		return -1;
	return extra_number(schema, "index_bytes", t->table[TABLE_INDEX_BYTES], err);
}

json_t *
mysql_table_describe(MYSQL *conn, const struct mysql_table *t, struct error *err)
{
	json_t *schema = table_schema_new(err);

	if (schema == NULL)
		return NULL;
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (add_field(schema, t->columns[i], err) < 0)
			goto fail;
	}
	if (add_indexes(conn, schema, t, err) < 0 || add_foreign_keys(conn, schema, t, err) < 0)
		goto fail;
	if (add_table(schema, t, err) < 0)
		goto fail;
	return schema;
fail:
	json_decref(schema);
	return NULL;
}
