/*
 * mysql_statements.c - see mysql_statements.h
 */
#include <string.h>

#include "db/mysql.h"
#include "load/mysql_statements.h"

#define STAGE "`caravan_stage`"

static const char *
stream_name(const struct target *t, size_t i)
{
	return t->columns[t->stream[i]].name;
}

static const struct mysql_value *
stream_value(const struct mysql_target *t, size_t i)
{
	return &t->values[t->target->stream[i]];
}

static void
add_table(struct sql *s, const struct target *t)
{
	mydb_identifier(s, t->schema);
	sql_add(s, ".");
	mydb_identifier(s, t->table);
}

static void
add_columns(struct sql *s, const struct target *t)
{
	for (size_t i = 0; i < t->nstream; i++) {
		sql_add(s, "%s", i > 0 ? ", " : "");
		mydb_identifier(s, stream_name(t, i));
	}
}

/* What has to be made of hex or a number goes through a user variable. */
static void
build_load(struct mysql_statements *s, const struct mysql_target *t)
{
	const struct target *target = t->target;
	struct sql *l = &s->load;
	size_t n = 0;

	sql_add(l, "LOAD DATA LOCAL INFILE 'caravan' %s", target->nkey > 0 ? "REPLACE " : "");
	sql_add(l, "INTO TABLE ");
	if (target->nkey > 0)
		sql_add(l, STAGE);
	else
		add_table(l, target);
	sql_add(l, " CHARACTER SET utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'"
		   " LINES TERMINATED BY '\\n' (");
	for (size_t i = 0; i < target->nstream; i++) {
		sql_add(l, "%s", i > 0 ? ", " : "");
		if (mysql_value_expression(stream_value(t, i)) != NULL)
			sql_add(l, "@caravan_%zu", i);
		else
			mydb_identifier(l, stream_name(target, i));
	}
	sql_add(l, ")");
	for (size_t i = 0; i < target->nstream; i++) {
		const char *expression = mysql_value_expression(stream_value(t, i));
		char variable[40];

		if (expression == NULL)
			continue;
		sql_add(l, "%s", n++ > 0 ? ", " : " SET ");
		mydb_identifier(l, stream_name(target, i));
		(void)snprintf(variable, sizeof variable, "@caravan_%zu", i);
		sql_add(l, " = ");
		sql_add(l, expression, variable);
	}
}

static void
build_values(struct mysql_statements *s, const struct mysql_target *t)
{
	struct sql *v = &s->values;

	if (t->target->nkey > 0) {
		sql_add(v, "REPLACE INTO " STAGE);
	} else {
		sql_add(v, "INSERT INTO ");
		add_table(v, t->target);
	}
	sql_add(v, " (");
	add_columns(v, t->target);
	sql_add(v, ") VALUES ");
}

static void
build_stage(struct mysql_statements *s, const struct target *t)
{
	struct sql *c = &s->stage;

	sql_add(c, "CREATE TEMPORARY TABLE " STAGE
		   " (_found tinyint NOT NULL DEFAULT 0, PRIMARY KEY (");
	for (size_t i = 0; i < t->nkey; i++) {
		sql_add(c, "%s", i > 0 ? ", " : "");
		mydb_identifier(c, t->columns[t->key[i]].name);
	}
	sql_add(c, ")) ENGINE=InnoDB SELECT ");
	add_columns(c, t);
	sql_add(c, " FROM ");
	add_table(c, t);
	sql_add(c, " LIMIT 0");
}

/* The stage, s, beside the rows of the table, o, that have its keys. */
static void
add_join(struct sql *s, const struct mysql_target *t)
{
	const struct target *target = t->target;

	sql_add(s, STAGE " s STRAIGHT_JOIN ");
	add_table(s, target);
	sql_add(s, " o FORCE INDEX (");
	mydb_identifier(s, t->key_index);
	sql_add(s, ") ON ");
	for (size_t i = 0; i < target->nkey; i++) {
		const char *name = target->columns[target->key[i]].name;

		sql_add(s, "%so.", i > 0 ? " AND " : "");
		mydb_identifier(s, name);
		sql_add(s, " = s.");
		mydb_identifier(s, name);
	}
}

/* Bytes are compared, whatever a collation holds for equal. */
static void
add_equal(struct sql *s, const struct mysql_value *v)
{
	const char *around[2] = {"", ""};

	if (v->kind == MYSQL_TEXT || v->kind == MYSQL_MEMBER) {
		around[0] = "CAST(";
		around[1] = " AS BINARY)";
	} else if (v->kind == MYSQL_GEOMETRY) {
		around[0] = "HEX(";
		around[1] = ")";
	}
	sql_add(s, "%so.", around[0]);
	mydb_identifier(s, v->name);
	sql_add(s, "%s <=> %ss.", around[1], around[0]);
	mydb_identifier(s, v->name);
	sql_add(s, "%s", around[1]);
}

static void
build_merge(struct mysql_statements *s, const struct mysql_target *t)
{
	const struct target *target = t->target;
	size_t n = 0;

	sql_add(&s->same, "DELETE s FROM ");
	add_join(&s->same, t);
	sql_add(&s->update, "UPDATE ");
	add_join(&s->update, t);
	sql_add(&s->update, " SET s._found = 1");
	for (size_t i = 0; i < target->nstream; i++) {
		const char *name = stream_name(target, i);

		if (target_is_key(target, target->stream[i]))
			continue;
		sql_add(&s->same, "%s", n++ > 0 ? " AND " : " WHERE ");
		add_equal(&s->same, stream_value(t, i));
		sql_add(&s->update, ", o.");
		mydb_identifier(&s->update, name);
		sql_add(&s->update, " = s.");
		mydb_identifier(&s->update, name);
	}
	if (n == 0)
		sql_clear(&s->update);
	sql_add(&s->insert_new, "INSERT INTO ");
	add_table(&s->insert_new, target);
	sql_add(&s->insert_new, " (");
	add_columns(&s->insert_new, target);
	sql_add(&s->insert_new, ") SELECT ");
	add_columns(&s->insert_new, target);
	sql_add(&s->insert_new, " FROM " STAGE " WHERE NOT _found");
}

int
mysql_statements_init(
	struct mysql_statements *s, const struct mysql_target *t, struct error *err)
{
	memset(s, 0, sizeof *s);
	build_load(s, t);
	build_values(s, t);
	if (t->target->nkey > 0) {
		build_stage(s, t->target);
		build_merge(s, t);
	}
	if (s->load.failed || s->values.failed || s->stage.failed || s->same.failed ||
		s->update.failed || s->insert_new.failed)
		return error_nomem(err);
	return 0;
}

void
mysql_statements_release(struct mysql_statements *s)
{
	sql_release(&s->load);
	sql_release(&s->values);
	sql_release(&s->stage);
	sql_release(&s->same);
	sql_release(&s->update);
	sql_release(&s->insert_new);
}
