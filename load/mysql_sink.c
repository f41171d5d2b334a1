/*
 * mysql_sink.c - a table of MySQL or MariaDB as a sink (see sink.h)
 *
 * Nothing that commits by itself (DDL, but for temporary tables) is done in a
 * transaction.
 */
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/mysql.h"
#include "db/mysql_table.h"
#include "db/sql.h"
#include "load/mysql_inserter.h"
#include "load/mysql_ledger.h"
#include "load/mysql_statements.h"
#include "load/mysql_target.h"
#include "load/sink.h"

struct mysql_sink {
	struct sink sink; /* the first, by which it is found */
	MYSQL *conn;
	struct sink_address address;
	unsigned long id; /* of the connection */
	bool replace;
	struct mysql_table table;
	struct mysql_target target;
	struct mysql_statements statements;
	struct mysql_inserter inserter;
	struct mysql_ledger ledger;
};

/*
 * Strict, so that nothing is cut or made fit, but zero dates are values; 0 is
 * no request for a number of AUTO_INCREMENT.  Limits on time would end a load
 * that waits for its source.
 */
static const char *const session_settings[] = {
	"SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,"
	"NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', autocommit = 1,"
	" foreign_key_checks = 1, unique_checks = 1, sql_safe_updates = 0, sql_notes = 1,"
	" sql_big_selects = 1, sql_select_limit = DEFAULT, completion_type = 0,"
	" max_error_count = 64, wait_timeout = 31536000, net_read_timeout = 3600,"
	" net_write_timeout = 3600",
	"SET SESSION lc_messages = 'en_US'",
};

/* What only some servers know. */
static const char *const optional_settings[] = {
	"SET SESSION check_constraint_checks = 1",
	"SET SESSION max_statement_time = 0",
	"SET SESSION idle_transaction_timeout = 0, idle_write_transaction_timeout = 0",
};

/* What the server's variables say of ways to load. */
struct server {
	bool local_infile;
	bool splits_load; /* Galera commits in the middle of LOAD DATA */
	bool logs_statements;
	size_t packet;
};

static struct mysql_sink *
mysql_of(struct sink *s)
{
	return (struct mysql_sink *)s;
}

static int
set_session(MYSQL *conn, struct error *err)
{
	for (size_t i = 0; i < sizeof session_settings / sizeof *session_settings; i++) {
		if (mydb_do(conn, session_settings[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < sizeof optional_settings / sizeof *optional_settings; i++) {
		if (mysql_query(conn, optional_settings[i]) != 0 &&
			mysql_errno(conn) != ER_UNKNOWN_SYSTEM_VARIABLE)
			return mydb_failed(conn, NULL, err);
	}
	return 0;
}

static int
read_server(MYSQL *conn, struct server *server, struct error *err)
{
	MYSQL_RES *r = mydb_query(conn,
		"SHOW VARIABLES WHERE Variable_name IN ('local_infile', 'wsrep_on',"
		" 'wsrep_load_data_splitting', 'log_bin', 'binlog_format',"
		" 'max_allowed_packet')",
		err);
	bool cluster = false, splits = false, logs = false, statements = false;
	MYSQL_ROW row;

	*server = (struct server){.packet = 1 << 20};
	if (r == NULL)
		return -1;
	while ((row = mysql_fetch_row(r)) != NULL) {
		bool on = strcmp(row[1], "ON") == 0;

		if (strcmp(row[0], "local_infile") == 0)
			server->local_infile = on;
		else if (strcmp(row[0], "wsrep_on") == 0)
			cluster = on;
		else if (strcmp(row[0], "wsrep_load_data_splitting") == 0)
			splits = on;
		else if (strcmp(row[0], "log_bin") == 0)
			logs = on;
		else if (strcmp(row[0], "binlog_format") == 0)
			statements = strcmp(row[1], "STATEMENT") == 0;
		else
			server->packet = (size_t)strtoull(row[1], NULL, 10);
	}
	mysql_free_result(r);
	server->splits_load = cluster && splits;
	server->logs_statements = logs && statements;
	return 0;
}

/* READ COMMITTED takes the fewest locks, but InnoDB refuses it where statements are logged. */
static int
set_isolation(MYSQL *conn, const struct server *server, struct error *err)
{
	return mydb_do(conn,
		server->logs_statements
			? "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
			: "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		err);
}

/*
 * An upsert into a table without transactions leaves what a second one
 * completes; any other load would leave what nobody could tell from the rest.
 */
static int
check_engine(struct mysql_sink *m, const struct sink_plan *plan, struct error *err)
{
	const struct target *t = &m->sink.target;
	char text[512];

	if (m->target.transactional)
		return 0;
	if (!plan->upsert || plan->dry_run)
		return error_set(err, ERROR_USAGE,
			"table '%s' has the engine %s, which has no transactions, so a load "
			"that fails could not be taken back: use --mode upsert, which may be "
			"repeated, or make it InnoDB",
			t->table, m->target.engine);
	(void)snprintf(text, sizeof text,
		"table '%s' has the engine %s, which has no transactions: rows of a file that "
		"fails stay",
		t->table, m->target.engine);
	m->address.warning(m->address.arg, text);
	return 0;
}

static int
prepare(struct sink *s, const struct sink_plan *plan, const struct csv_record *header,
	struct error *err)
{
	struct mysql_sink *m = mysql_of(s);
	struct server server;

	m->replace = plan->replace;
	if (check_engine(m, plan, err) < 0 || target_match(&s->target, header, err) < 0)
		return -1;
	if (plan->upsert && mysql_target_choose_key(&m->target, m->conn, plan->key, err) < 0)
		return -1;
	if (mysql_statements_init(&m->statements, &m->target, err) < 0 ||
		read_server(m->conn, &server, err) < 0 ||
		set_isolation(m->conn, &server, err) < 0)
		return -1;
	if (plan->upsert && mydb_do(m->conn, m->statements.stage.text, err) < 0) {
		error_prefix(err, "cannot make the temporary table that an upsert needs");
		return -1;
	}
	mysql_inserter_init(&m->inserter, m->conn, &m->target, &m->statements, server.packet,
		server.local_infile && !server.splits_load);
	s->inserter = &m->inserter.inserter;
	return 0;
}

static int
begin(struct sink *s, struct error *err)
{
	struct mysql_sink *m = mysql_of(s);
	struct sql sql = SQL_INIT;
	int status;

	m->inserter.savepoint = MYSQL_SAVEPOINT_NONE;
	if (mydb_do(m->conn, "START TRANSACTION READ WRITE", err) < 0)
		return -1;
	if (!m->replace)
		return 0;
	/* TRUNCATE would commit */
	sql_add(&sql, "DELETE FROM ");
	mydb_identifier(&sql, s->target.schema);
	sql_add(&sql, ".");
	mydb_identifier(&sql, s->target.table);
	status = sql_text(&sql, err) != NULL ? mydb_do(m->conn, sql.text, err) : -1;
	sql_release(&sql);
	return status;
}

/* Nothing waits for the commit. */
static int
check(struct sink *s, const char *file, struct error *err)
{
	(void)s;
	(void)file;
	(void)err;
	return 0;
}

static int
commit(struct sink *s, struct error *err)
{
	struct mysql_sink *m = mysql_of(s);

	if (mydb_do(m->conn, "COMMIT", err) == 0)
		return 0;
	if (mydb_is_lost(m->conn))
		error_prefix(err, "cannot tell whether the load was committed");
	return -1;
}

static void
roll_back(struct sink *s)
{
	(void)mysql_query(mysql_of(s)->conn, "ROLLBACK");
}

static int
open_ledger(struct sink *s, bool dry_run, struct error *err)
{
	struct mysql_sink *m = mysql_of(s);

	return mysql_ledger_init(&m->ledger, m->conn, &s->target, dry_run, err);
}

static int
find(struct sink *s, const char *shard, struct error *err)
{
	return mysql_ledger_find(&mysql_of(s)->ledger, shard, err);
}

static int
claim(struct sink *s, const char *shard, bool again, struct ledger_entry *old,
	struct error *err)
{
	return mysql_ledger_claim(&mysql_of(s)->ledger, shard, again, old, err);
}

static int
enter(struct sink *s, const char *shard, const struct ledger_entry *entry, bool is_new,
	struct error *err)
{
	return mysql_ledger_enter(&mysql_of(s)->ledger, shard, entry, is_new, err);
}

static int
forget(struct sink *s, struct error *err)
{
	return mysql_ledger_forget(&mysql_of(s)->ledger, err);
}

/* As mydb_failed words ER_LOCK_DEADLOCK; the server has rolled back by then. */
static bool
lost_conflict(const struct error *err)
{
	return strstr(err->text, "(1213)") != NULL;
}

static json_t *
describe(struct sink *s, struct error *err)
{
	struct mysql_sink *m = mysql_of(s);

	return mysql_table_describe(m->conn, &m->table, err);
}

/*
 * By a second connection, as the first is waiting.  The whole session goes:
 * then the server rolls back, and lets go of its locks, at once.
 */
static void
cancel(struct sink *s)
{
	struct mysql_sink *m = mysql_of(s);
	struct error ignored;
	char sql[40];
	MYSQL *conn =
		mydb_connect(m->address.target, m->address.defaults_file, "load", &ignored);

	if (conn == NULL)
		return;
	(void)snprintf(sql, sizeof sql, "KILL %lu", m->id);
	(void)mysql_query(conn, sql);
	mysql_close(conn);
}

static void
close_sink(struct sink *s)
{
	struct mysql_sink *m = mysql_of(s);

	mysql_inserter_release(&m->inserter);
	mysql_statements_release(&m->statements);
	mysql_table_release(&m->table);
	target_release(&s->target);
	if (m->conn != NULL)
		mysql_close(m->conn);
	free(m);
}

static const struct sink_class mysql_class = {
	.prepare = prepare,
	.begin = begin,
	.check = check,
	.commit = commit,
	.roll_back = roll_back,
	.ledger_open = open_ledger,
	.ledger_find = find,
	.ledger_claim = claim,
	.ledger_enter = enter,
	.ledger_forget = forget,
	.lost_conflict = lost_conflict,
	.describe = describe,
	.cancel = cancel,
	.close = close_sink,
};

/* The catalog's entry of the table; a bare name is looked for in the address's database. */
static int
find_table(struct mysql_sink *m, struct error *err)
{
	MYSQL_RES *r = mydb_query(m->conn, "SELECT DATABASE()", err);
	MYSQL_ROW row;
	int status;

	if (r == NULL)
		return -1;
	row = mysql_fetch_row(r);
	status = mysql_table_find(
		m->conn, row ? row[0] : NULL, m->address.table, NULL, &m->table, err);
	mysql_free_result(r);
	return status;
}

struct sink *
mysql_sink_open(const struct sink_address *address, struct error *err)
{
	struct mysql_sink *m = calloc(1, sizeof *m);

	if (m == NULL) {
		error_nomem(err);
		return NULL;
	}
	m->sink.class = &mysql_class;
	m->address = *address;
	arena_init(&m->sink.target.arena);
	m->conn = mydb_connect(address->target, address->defaults_file, "load", err);
	if (m->conn == NULL)
		goto fail;
	m->id = mysql_thread_id(m->conn);
	if (set_session(m->conn, err) < 0 || find_table(m, err) < 0)
		goto fail;
	if (mysql_target_init(&m->target, &m->sink.target, m->conn, &m->table, err) < 0)
		goto fail;
	/* where a temporary table has its place, whatever the address named */
	if (mysql_select_db(m->conn, m->sink.target.schema) != 0) {
		mydb_failed(m->conn, NULL, err);
		goto fail;
	}
	return &m->sink;
fail:
	close_sink(&m->sink);
	return NULL;
}
