/*
 * mysql_target.c - see mysql_target.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/mysql_table.h"
#include "db/sql.h"
#include "load/mysql_target.h"

/* Types that are no plain text, by their names in the catalog. */
static const struct {
	const char *type;
	enum mysql_kind kind;
} kinds[] = {
	{"tinyint", MYSQL_INTEGER},
	{"smallint", MYSQL_INTEGER},
	{"mediumint", MYSQL_INTEGER},
	{"int", MYSQL_INTEGER},
	{"bigint", MYSQL_INTEGER},
	{"float", MYSQL_FLOAT},
	{"bit", MYSQL_BITS},
	{"binary", MYSQL_BYTES},
	{"varbinary", MYSQL_BYTES},
	{"tinyblob", MYSQL_BYTES},
	{"blob", MYSQL_BYTES},
	{"mediumblob", MYSQL_BYTES},
	{"longblob", MYSQL_BYTES},
	{"geometry", MYSQL_GEOMETRY},
	{"point", MYSQL_GEOMETRY},
	{"linestring", MYSQL_GEOMETRY},
	{"polygon", MYSQL_GEOMETRY},
	{"multipoint", MYSQL_GEOMETRY},
	{"multilinestring", MYSQL_GEOMETRY},
	{"multipolygon", MYSQL_GEOMETRY},
	{"geometrycollection", MYSQL_GEOMETRY},
	{"geomcollection", MYSQL_GEOMETRY},
	{"enum", MYSQL_MEMBER},
	{"set", MYSQL_MEMBER},
	{"date", MYSQL_INSTANT},
	{"datetime", MYSQL_INSTANT},
	{"timestamp", MYSQL_INSTANT},
	{"time", MYSQL_INSTANT},
};

/* A copy that the target owns; text may be NULL.  What fails shows in *err's kind. */
static const char *
keep(struct target *t, const char *text, struct error *err)
{
	const char *copy;

	if (text == NULL)
		return NULL;
	copy = arena_copy(&t->arena, text, strlen(text));
	if (copy == NULL)
		error_nomem(err);
	return copy;
}

static enum mysql_kind
kind_of(const char *type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (strcasecmp(kinds[i].type, type) == 0)
			return kinds[i].kind;
	}
	return MYSQL_TEXT;
}

static bool
is_auto_increment(MYSQL_ROW column)
{
	return strcasestr(column[COLUMN_EXTRA], "auto_increment") != NULL;
}

static void
read_column(struct mysql_target *t, size_t i, MYSQL_ROW column, struct error *err)
{
	struct target_column *c = &t->target->columns[i];
	struct mysql_value *v = &t->values[i];
	const char *generation = column[COLUMN_GENERATION];

	*c = (struct target_column){
		.name = keep(t->target, column[COLUMN_NAME], err),
		.not_null = strcasecmp(column[COLUMN_NULLABLE], "NO") == 0,
		.has_default = column[COLUMN_DEFAULT] != NULL || is_auto_increment(column),
		.generated = generation != NULL && generation[0] != '\0',
	};
	*v = (struct mysql_value){
		.kind = kind_of(column[COLUMN_DATA_TYPE]),
		.name = c->name,
		/* a trigger may yet give a value, but never a number of AUTO_INCREMENT */
		.required = c->not_null &&
			    (!t->target->has_before_trigger || is_auto_increment(column)),
		.precision = column[COLUMN_PRECISION] != NULL
				     ? (unsigned)strtoul(column[COLUMN_PRECISION], NULL, 10)
				     : 0,
	};
	if (v->kind == MYSQL_MEMBER)
		v->members = keep(t->target, column[COLUMN_TYPE], err);
}

static int
read_columns(struct mysql_target *t, const struct mysql_table *table, struct error *err)
{
	struct target *target = t->target;

	target->ncolumns = table->ncolumns;
	target->columns =
		arena_alloc(&target->arena, table->ncolumns * sizeof *target->columns);
	t->values = arena_alloc(&target->arena, table->ncolumns * sizeof *t->values);
	if (target->columns == NULL || t->values == NULL)
		return error_nomem(err);
	err->kind = ERROR_NONE;
	for (size_t i = 0; i < table->ncolumns; i++)
		read_column(t, i, table->columns[i], err);
	return err->kind == ERROR_NONE ? 0 : -1;
}

/* A query about the table: text, " WHERE" for it by those two columns, rest. */
static MYSQL_RES *
ask(const struct target *t, MYSQL *conn, const char *text, const char *schema,
	const char *table, const char *rest, struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;

	sql_add(&sql, "%s WHERE %s = ", text, schema);
	mydb_literal(&sql, t->schema);
	sql_add(&sql, " AND %s = ", table);
	mydb_literal(&sql, t->table);
	sql_add(&sql, " %s", rest);
	if (sql_text(&sql, err) != NULL)
		result = mydb_query(conn, sql.text, err);
	sql_release(&sql);
	return result;
}

static int
read_triggers(struct target *t, MYSQL *conn, struct error *err)
{
	MYSQL_RES *r = ask(t, conn, "SELECT 1 FROM information_schema.triggers",
		"event_object_schema", "event_object_table",
		"AND action_timing = 'BEFORE' AND event_manipulation = 'INSERT' LIMIT 1", err);

	if (r == NULL)
		return -1;
	t->has_before_trigger = mysql_num_rows(r) > 0;
	mysql_free_result(r);
	return 0;
}

/* Foreign keys of the table to itself. */
static int
read_constraints(struct target *t, MYSQL *conn, struct error *err)
{
	MYSQL_RES *r = ask(t, conn,
		"SELECT DISTINCT constraint_name FROM information_schema.key_column_usage",
		"table_schema", "table_name",
		"AND referenced_table_schema = table_schema AND referenced_table_name = "
		"table_name",
		err);
	MYSQL_ROW row;

	if (r == NULL)
		return -1;
	t->constraints = arena_alloc(
		&t->arena, (size_t)(mysql_num_rows(r) + 1) * sizeof *t->constraints);
	err->kind = ERROR_NONE;
	while (t->constraints != NULL && (row = mysql_fetch_row(r)) != NULL)
		t->constraints[t->nconstraints++] =
			(struct target_constraint){.name = keep(t, row[0], err)};
	mysql_free_result(r);
	if (t->constraints == NULL)
		return error_nomem(err);
	return err->kind == ERROR_NONE ? 0 : -1;
}

static int
read_table(struct mysql_target *t, const struct mysql_table *table, struct error *err)
{
	const char *type = table->table[TABLE_TYPE], *engine = table->table[TABLE_ENGINE];

	err->kind = ERROR_NONE;
	t->target->schema = keep(t->target, table->table[TABLE_DATABASE], err);
	t->target->table = keep(t->target, table->table[TABLE_NAME], err);
	t->target->null_code = "1048";
	t->engine = keep(t->target, engine ? engine : "", err);
	t->transactional = mysql_table_is_transactional(table);
	if (err->kind != ERROR_NONE)
		return -1;
	/* MariaDB also has SYSTEM VERSIONED */
	if (strcmp(type, "BASE TABLE") != 0 && strcmp(type, "SYSTEM VERSIONED") != 0)
		return error_set(err, ERROR_USAGE, "'%s' is not a table", t->target->table);
	return 0;
}

int
mysql_target_init(struct mysql_target *t, struct target *target, MYSQL *conn,
	const struct mysql_table *table, struct error *err)
{
	memset(t, 0, sizeof *t);
	t->target = target;
	if (read_table(t, table, err) < 0 || read_triggers(target, conn, err) < 0 ||
		read_constraints(target, conn, err) < 0)
		return -1;
	return read_columns(t, table, err);
}

/* ---- the key of an upsert */

/* The columns of the query below. */
enum { INDEX_NAME, INDEX_COLUMN, INDEX_PREFIX };

static bool
is_same_index(MYSQL_RES *r, unsigned long row, const char *name, MYSQL_ROW *found)
{
	mysql_data_seek(r, row);
	*found = mysql_fetch_row(r);
	return *found != NULL && strcmp((*found)[INDEX_NAME], name) == 0;
}

/*
 * The index that begins at row `first`: how many rows it has, and whether
 * they are just the key's columns, each in full.
 */
static unsigned long
look_at_index(const struct target *t, MYSQL_RES *r, unsigned long first, bool *over_key)
{
	unsigned long n = 0;
	const char *name;
	MYSQL_ROW row;

	mysql_data_seek(r, first);
	name = mysql_fetch_row(r)[INDEX_NAME];
	*over_key = true;
	while (is_same_index(r, first + n, name, &row)) {
		const char *column = row[INDEX_COLUMN];
		int i = column != NULL && row[INDEX_PREFIX] == NULL
				? target_find(t, column, strlen(column))
				: -1;

		*over_key = *over_key && i >= 0 && target_is_key(t, (size_t)i);
		n++;
	}
	*over_key = *over_key && n == t->nkey;
	return n;
}

static int
key_of_primary(struct target *t, MYSQL_RES *r, struct error *err)
{
	MYSQL_ROW row;

	if (!is_same_index(r, 0, "PRIMARY", &row))
		return error_set(err, ERROR_USAGE,
			"table '%s' has no primary key: name the columns of a unique index "
			"with --key",
			t->table);
	for (unsigned long i = 0; is_same_index(r, i, "PRIMARY", &row); i++) {
		if (target_add_key(t, row[INDEX_COLUMN], strlen(row[INDEX_COLUMN]), err) < 0)
			return -1;
	}
	return 0;
}

static int
find_index(struct mysql_target *t, MYSQL_RES *r, struct error *err)
{
	unsigned long row = 0, n;
	bool over_key;

	for (; row < mysql_num_rows(r); row += n) {
		n = look_at_index(t->target, r, row, &over_key);
		if (!over_key)
			continue;
		mysql_data_seek(r, row);
		err->kind = ERROR_NONE;
		t->key_index = keep(t->target, mysql_fetch_row(r)[INDEX_NAME], err);
		return t->key_index != NULL ? 0 : -1;
	}
	return error_set(err, ERROR_USAGE,
		"table '%s' has no unique index over just the key's columns, in full",
		t->target->table);
}

int
mysql_target_choose_key(
	struct mysql_target *t, MYSQL *conn, const char *names, struct error *err)
{
	struct target *target = t->target;
	MYSQL_RES *r = ask(target, conn,
		"SELECT index_name, column_name, sub_part FROM information_schema.statistics",
		"table_schema", "table_name",
		"AND non_unique = 0 ORDER BY index_name <> 'PRIMARY', index_name, seq_in_index",
		err);
	int status;

	if (r == NULL)
		return -1;
	status = names ? target_add_keys(target, names, err) : key_of_primary(target, r, err);
	if (status == 0)
		status = find_index(t, r, err);
	mysql_free_result(r);
	for (size_t i = 0; status == 0 && i < target->nkey; i++)
		t->values[target->key[i]].required = true;
	return status;
}
