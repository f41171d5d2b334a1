/*
 * mysql_ledger.c - see mysql_ledger.h
 *
 * CREATE TABLE would commit a transaction, so it is done before there is one.
 */
#include <inttypes.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "load/mysql_ledger.h"

#define LEDGER "`caravan_ledger`"

/* A key has at most 3072 bytes, of 4 for a character; a name of a table has 64 characters. */
static const char schema_sql[] =
	"CREATE TABLE IF NOT EXISTS " LEDGER " (\n"
	"\ttable_name varchar(64) NOT NULL,\n"
	"\tshard varchar(700) NOT NULL,\n"
	"\txxh3 char(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',\n"
	"\tbytes bigint unsigned NOT NULL DEFAULT 0,\n"
	"\t`rows` bigint unsigned NOT NULL DEFAULT 0,\n"
	"\tloaded bigint unsigned NOT NULL DEFAULT 0,\n"
	"\trejected bigint unsigned NOT NULL DEFAULT 0,\n"
	"\tloaded_at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),\n"
	"\tPRIMARY KEY (table_name, shard),\n"
	"\tKEY ledger_content (table_name, xxh3)\n"
	") ENGINE=InnoDB ROW_FORMAT=DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n";

const char *
mysql_ledger_schema(void)
{
	return schema_sql;
}

static void
add_ledger(struct sql *s, const struct mysql_ledger *l)
{
	mydb_identifier(s, l->target->schema);
	sql_add(s, "." LEDGER);
}

/* " WHERE" for the rows of the table, or, with a shard, for that one. */
static void
add_where(struct sql *s, const struct mysql_ledger *l, const char *shard)
{
	sql_add(s, " WHERE table_name = ");
	mydb_literal(s, l->target->table);
	if (shard == NULL)
		return;
	sql_add(s, " AND shard = ");
	mydb_literal(s, shard);
}

/* Run the text and release it. */
static int
run(struct mysql_ledger *l, struct sql *s, struct error *err)
{
	int status = sql_text(s, err) != NULL ? mydb_do(l->conn, s->text, err) : -1;

	sql_release(s);
	return status;
}

static MYSQL_RES *
ask(struct mysql_ledger *l, struct sql *s, struct error *err)
{
	MYSQL_RES *r = sql_text(s, err) != NULL ? mydb_query(l->conn, s->text, err) : NULL;

	sql_release(s);
	return r;
}

/* 1 when it is there, 0 when not, -1 on error. */
static int
is_there(struct mysql_ledger *l, struct error *err)
{
	struct sql s = SQL_INIT;
	MYSQL_RES *r;
	int there;

	sql_add(&s, "SELECT 1 FROM information_schema.tables"
		    " WHERE table_name = 'caravan_ledger' AND table_schema = ");
	mydb_literal(&s, l->target->schema);
	r = ask(l, &s, err);
	if (r == NULL)
		return -1;
	there = mysql_num_rows(r) > 0;
	mysql_free_result(r);
	return there;
}

static int
make(struct mysql_ledger *l, struct error *err)
{
	const char *rest = strstr(schema_sql, LEDGER) + strlen(LEDGER);
	struct error why = ERROR_INIT;
	struct sql s = SQL_INIT;

	sql_add(&s, "CREATE TABLE IF NOT EXISTS ");
	add_ledger(&s, l);
	sql_append(&s, rest, strcspn(rest, ";"));
	if (run(l, &s, &why) == 0)
		return 0;
	if (mydb_is_lost(l->conn)) {
		*err = why;
		return -1;
	}
	return error_set(err, ERROR_USAGE,
		"cannot make the table caravan_ledger, which keeps what is loaded: %s; let a "
		"user who may run what 'load --print-schema mysql://' prints in database '%s' "
		"and grant SELECT, INSERT, UPDATE, DELETE on it, or use --no-ledger",
		why.text, l->target->schema);
}

int
mysql_ledger_init(struct mysql_ledger *l, MYSQL *conn, const struct target *target,
	bool dry_run, struct error *err)
{
	int there;

	*l = (struct mysql_ledger){.conn = conn, .target = target};
	there = is_there(l, err);
	if (there < 0)
		return -1;
	if (there == 0 && dry_run)
		l->absent = true;
	else if (there == 0)
		return make(l, err);
	return 0;
}

/*
 * 1 found, 0 not, -1 on error.  With wait, as it is now, whatever the
 * transaction's snapshot; else it does not wait for who writes it.
 */
static int
read_entry(struct mysql_ledger *l, const char *shard, bool wait, struct ledger_entry *old,
	struct error *err)
{
	struct sql s = SQL_INIT;
	MYSQL_RES *r;
	MYSQL_ROW row;

	sql_add(&s, "SELECT xxh3, bytes, `rows`, loaded, rejected,"
		    " DATE_FORMAT(loaded_at, '%%Y-%%m-%%d %%H:%%i:%%s UTC') FROM ");
	add_ledger(&s, l);
	add_where(&s, l, shard);
	sql_add(&s, "%s", wait ? " LOCK IN SHARE MODE" : "");
	r = ask(l, &s, err);
	if (r == NULL)
		return -1;
	row = mysql_fetch_row(r);
	if (row != NULL) {
		*old = (struct ledger_entry){
			.hash = strtoull(row[0], NULL, 16),
			.bytes = strtoull(row[1], NULL, 10),
			.rows = strtoull(row[2], NULL, 10),
			.loaded = strtoull(row[3], NULL, 10),
			.rejected = strtoull(row[4], NULL, 10),
		};
		(void)snprintf(old->when, sizeof old->when, "%s", row[5]);
	}
	mysql_free_result(r);
	return row != NULL;
}

/* 1 when the row is ours now; 0 when another has it; -1 on error. */
static int
insert_claim(struct mysql_ledger *l, const char *shard, bool again, struct error *err)
{
	struct sql s = SQL_INIT;
	int status = -1;

	sql_add(&s, "INSERT INTO ");
	add_ledger(&s, l);
	sql_add(&s, " (table_name, shard) VALUES (");
	mydb_literal(&s, l->target->table);
	sql_add(&s, ", ");
	mydb_literal(&s, shard);
	sql_add(&s, ")%s", again ? " ON DUPLICATE KEY UPDATE shard = shard" : "");
	if (sql_text(&s, err) == NULL)
		;
	else if (mysql_real_query(l->conn, s.text, s.len) == 0)
		status = 1;
	else if (mysql_errno(l->conn) == ER_DUP_ENTRY)
		status = 0;
	else
		status = mydb_failed(l->conn, NULL, err);
	sql_release(&s);
	if (status < 0)
		error_prefix(err, "cannot enter '%s' in caravan_ledger", shard);
	return status;
}

/*
 * The one that loads the shard now may take its time: the wait for it has no
 * limit but that of a signal.  Other waits keep the server's.
 */
static int
insert_patiently(struct mysql_ledger *l, const char *shard, bool again, struct error *err)
{
	int status;

	if (mydb_do(l->conn,
		    "SET @caravan_wait = @@SESSION.innodb_lock_wait_timeout,"
		    " SESSION innodb_lock_wait_timeout = 100000000",
		    err) < 0)
		return -1;
	status = insert_claim(l, shard, again, err);
	if (status >= 0 &&
		mydb_do(l->conn, "SET SESSION innodb_lock_wait_timeout = @caravan_wait", err) <
			0)
		return -1;
	return status;
}

int
mysql_ledger_find(struct mysql_ledger *l, const char *shard, struct error *err)
{
	struct ledger_entry old;

	return l->absent ? 0 : read_entry(l, shard, false, &old, err);
}

int
mysql_ledger_claim(struct mysql_ledger *l, const char *shard, bool again,
	struct ledger_entry *old, struct error *err)
{
	int claimed, found;

	if (l->absent)
		return 1;
	for (;;) {
		claimed = insert_patiently(l, shard, again, err);
		if (claimed != 0)
			return claimed;
		found = read_entry(l, shard, true, old, err);
		/* when it was deleted in between, there is nothing to find: try again */
		if (found != 0)
			return found < 0 ? -1 : 0;
	}
}

static int
check_content(struct mysql_ledger *l, const char *shard, const struct ledger_entry *entry,
	struct error *err)
{
	struct sql s = SQL_INIT;
	MYSQL_RES *r;
	MYSQL_ROW row;
	int status = 0;

	sql_add(&s, "SELECT shard FROM ");
	add_ledger(&s, l);
	add_where(&s, l, NULL);
	sql_add(&s, " AND xxh3 = '%016" PRIx64 "' AND bytes = %" PRIu64 " AND shard <> ",
		entry->hash, entry->bytes);
	mydb_literal(&s, shard);
	sql_add(&s, " AND `rows` > 0 LIMIT 1");
	r = ask(l, &s, err);
	if (r == NULL)
		return -1;
	row = mysql_fetch_row(r);
	if (row != NULL)
		status = ledger_same_content(shard, row[0], err);
	mysql_free_result(r);
	return status;
}

int
mysql_ledger_enter(struct mysql_ledger *l, const char *shard, const struct ledger_entry *entry,
	bool is_new, struct error *err)
{
	struct sql s = SQL_INIT;

	if (l->absent)
		return 0;
	if (is_new && check_content(l, shard, entry, err) < 0)
		return -1;
	sql_add(&s, "UPDATE ");
	add_ledger(&s, l);
	sql_add(&s,
		" SET xxh3 = '%016" PRIx64 "', bytes = %" PRIu64 ", `rows` = %" PRIu64
		", loaded = %" PRIu64 ", rejected = %" PRIu64
		", loaded_at = CURRENT_TIMESTAMP(6)",
		entry->hash, entry->bytes, entry->rows, entry->loaded, entry->rejected);
	add_where(&s, l, shard);
	return run(l, &s, err);
}

int
mysql_ledger_forget(struct mysql_ledger *l, struct error *err)
{
	struct sql s = SQL_INIT;

	if (l->absent)
		return 0;
	sql_add(&s, "DELETE FROM ");
	add_ledger(&s, l);
	add_where(&s, l, NULL);
	return run(l, &s, err);
}
