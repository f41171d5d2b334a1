/*
 * mysql_inserter_test.c - statements of any size, and isolation, come to the same rows
 *
 * Random batches with few, many or only bad rows go into one table row by row,
 * and into others like it through isolate: by LOAD DATA, by INSERT, and by
 * INSERT of statements so small that a batch is cut, and a large row fits into
 * none.  The same rows must be refused, and the tables must be equal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "db/mysql.h"
#include "load/isolate.h"
#include "load/mysql_inserter.h"
#include "load/mysql_refusal.h"

enum { ROUNDS = 12, ROWS_MAX = 120, SMALL_PACKET = 4096, LARGE_ROW = 6000 };

static uint64_t seed = 20261122;

static unsigned
below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

static void
do_or_fail(MYSQL *conn, const char *sql)
{
	struct error err = ERROR_INIT;

	if (mydb_do(conn, sql, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
}

/* One in `rarity` rows is bad; 0 none.  Where large is not 0, one in so many is large. */
static void
fill(struct batch *b, unsigned rarity, unsigned large)
{
	static const char *const values[] = {
		"x", "\"\"", "", "\"two\nlines\"", "back\\slash", "it's", "\"q\"\"q\""};
	static char raw[LARGE_ROW + 64];
	unsigned n = 1 + below(ROWS_MAX);
	struct error err = ERROR_INIT;

	batch_clear(b);
	for (unsigned i = 0; i < n; i++) {
		unsigned bad = rarity > 0 && below(rarity) == 0 ? 1 + below(4) : 0;
		int len = snprintf(raw, sizeof raw, "%s%u,%s,%s,", bad == 1 ? "x" : "",
			bad == 2 ? i / 2 : i, bad == 3 ? "\\xq" : "\\x00ff",
			bad == 4 ? "too long to fit" : values[below(7)]);

		if (large > 0 && below(large) == 0) {
			memset(raw + len, 'y', LARGE_ROW);
			len += LARGE_ROW;
		}
		const struct csv_record record = {
			.raw = raw, .raw_len = (size_t)len, .line = i, .row = i};

		assert_int_equal(batch_add(b, &record, &err), 0);
	}
}

/* A way into the table of its name. */
struct side {
	struct target target;
	struct mysql_target mysql;
	struct mysql_statements statements;
	struct mysql_inserter inserter;
	char refused[ROWS_MAX + 1][6];
};

static void
side_init(struct side *s, MYSQL *conn, const char *database, const char *table, size_t packet,
	bool may_load)
{
	static struct target_column columns[] = {
		{.name = "id"}, {.name = "b"}, {.name = "v"}, {.name = "t"}};
	static struct mysql_value values[] = {
		{.kind = MYSQL_INTEGER, .name = "id", .required = true},
		{.kind = MYSQL_BYTES, .name = "b"}, {.kind = MYSQL_TEXT, .name = "v"},
		{.kind = MYSQL_TEXT, .name = "t"}};
	static size_t stream[] = {0, 1, 2, 3};
	struct error err = ERROR_INIT;
	char sql[256];

	memset(s, 0, sizeof *s);
	(void)snprintf(sql, sizeof sql,
		"CREATE TABLE %s.%s (id int PRIMARY KEY, b blob, v varchar(10), t text)",
		database, table);
	do_or_fail(conn, sql);
	s->target = (struct target){.schema = database,
		.table = table,
		.columns = columns,
		.ncolumns = 4,
		.stream = stream,
		.nstream = 4};
	s->mysql = (struct mysql_target){.target = &s->target, .values = values};
	assert_int_equal(mysql_statements_init(&s->statements, &s->mysql, &err), 0);
	mysql_inserter_init(&s->inserter, conn, &s->mysql, &s->statements, packet, may_load);
}

static void
side_release(struct side *s)
{
	mysql_inserter_release(&s->inserter);
	mysql_statements_release(&s->statements);
}

static int
mark(void *arg, const struct csv_record *record, const struct refusal *refusal,
	struct error *err)
{
	char(*refused)[6] = arg;

	(void)err;
	assert_int_equal(refused[record->row][0], '\0');
	memcpy(refused[record->row], refusal->code, 6);
	return 0;
}

/* The batch at once, or row by row; puts of a few rows each. */
static uint64_t
insert(struct side *s, struct batch *b, bool at_once)
{
	struct inserter *i = &s->inserter.inserter;
	struct copied copied, sum = {0};
	struct error err = ERROR_INIT;
	struct refusal why;

	memset(s->refused, 0, sizeof s->refused);
	for (size_t from = 0; from < b->nrows;) {
		size_t end = at_once ? b->nrows : from + 1;
		int taken;

		assert_int_equal(inserter_begin(i, &err), 0);
		while (from < end) {
			size_t to = from + 1 + below(100);

			to = to < end ? to : end;
			assert_int_equal(inserter_put(i, b, from, to, &err), 0);
			from = to;
		}
		taken = inserter_end(i, &copied, &why, &err);
		if (taken == 0 && !at_once)
			memcpy(s->refused[from - 1], why.code, 6);
		else if (taken == 0)
			taken = isolate(i, b, &why, &sum, mark, s->refused, &err);
		else
			sum.rows += copied.rows;
		if (taken < 0)
			fail_msg("%s", err.text);
	}
	assert_int_equal(inserter_settle(i, &err), 0);
	return sum.rows;
}

static void
compare(MYSQL *conn, const char *database, const struct side *a, const struct side *b,
	uint64_t started)
{
	struct error err = ERROR_INIT;
	char sql[512];
	MYSQL_RES *r;

	for (size_t i = 0; i < ROWS_MAX; i++) {
		/* LOAD DATA, where a row is too large for INSERT, has other numbers */
		if ((a->refused[i][0] == '\0') != (b->refused[i][0] == '\0'))
			fail_msg("%s: row %zu: '%s', %s: '%s'; seed %" PRIu64, a->target.table,
				i, a->refused[i], b->target.table, b->refused[i], started);
	}
	(void)snprintf(sql, sizeof sql,
		"SELECT COUNT(*) FROM %s.%s a LEFT JOIN %s.%s b USING (id)"
		" WHERE NOT (a.b <=> b.b AND a.v <=> b.v AND a.t <=> b.t)",
		database, a->target.table, database, b->target.table);
	r = mydb_query(conn, sql, &err);
	if (r == NULL)
		fail_msg("%s", err.text);
	assert_string_equal(mysql_fetch_row(r)[0], "0");
	mysql_free_result(r);
}

static void
run_round(MYSQL *conn, const char *database, struct side *sides, size_t n, unsigned rarity,
	unsigned large)
{
	struct batch batch = BATCH_INIT;
	uint64_t started = seed, rows;

	fill(&batch, rarity, large);
	do_or_fail(conn, "START TRANSACTION");
	rows = insert(&sides[0], &batch, false);
	for (size_t i = 1; i < n; i++) {
		uint64_t got = insert(&sides[i], &batch, true);

		if (got != rows)
			fail_msg("%s took %" PRIu64 " rows, not %" PRIu64 "; seed %" PRIu64,
				sides[i].target.table, got, rows, started);
		compare(conn, database, &sides[0], &sides[i], started);
	}
	do_or_fail(conn, "ROLLBACK");
	batch_release(&batch);
	for (size_t i = 0; i < n; i++)
		sides[i].inserter.savepoint = MYSQL_SAVEPOINT_NONE;
}

static MYSQL *
connect_or_skip(char *database, size_t size)
{
	const char *uri = getenv("MYSQL_URI");
	struct error err = ERROR_INIT;
	char sql[128];
	MYSQL *conn;

	if (uri == NULL)
		skip();
	conn = mydb_connect(uri, NULL, "mysql_inserter_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	(void)snprintf(database, size, "inserter_test_%d", (int)getpid());
	(void)snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s", database);
	do_or_fail(conn, sql);
	(void)snprintf(sql, sizeof sql, "CREATE DATABASE %s CHARACTER SET utf8mb4", database);
	do_or_fail(conn, sql);
	do_or_fail(conn, "SET sql_mode = 'STRICT_ALL_TABLES'");
	return conn;
}

static void
comes_to_the_same_rows(void **state)
{
	static const unsigned rarities[] = {0, 1, 2, 5, 30, 100};
	static struct side sides[4], small[2];
	char database[64], sql[128];
	MYSQL *conn = connect_or_skip(database, sizeof database);

	(void)state;
	side_init(&sides[0], conn, database, "alone", 1 << 24, false);
	side_init(&sides[1], conn, database, "loads", 1 << 24, true);
	side_init(&sides[2], conn, database, "inserts", 1 << 24, false);
	side_init(&sides[3], conn, database, "cuts_or_loads", SMALL_PACKET, true);
	/* where a large row fits into no statement it is refused, alone or not */
	side_init(&small[0], conn, database, "small_alone", SMALL_PACKET, false);
	side_init(&small[1], conn, database, "small_inserts", SMALL_PACKET, false);
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned large = i % 3 == 0 ? 0 : 20;

		run_round(conn, database, sides, 4, rarities[i % 6], large);
		run_round(conn, database, small, 2, rarities[i % 6], large);
	}
	for (size_t i = 0; i < 4; i++)
		side_release(&sides[i]);
	for (size_t i = 0; i < 2; i++)
		side_release(&small[i]);
	(void)snprintf(sql, sizeof sql, "DROP DATABASE %s", database);
	do_or_fail(conn, sql);
	mysql_close(conn);
}

static void
large_rows_are_refused_by_their_size(void **state)
{
	struct batch batch = BATCH_INIT;
	static struct side side;
	char database[64], sql[128];
	MYSQL *conn = connect_or_skip(database, sizeof database);
	unsigned refused = 0;

	(void)state;
	side_init(&side, conn, database, "small", SMALL_PACKET, false);
	fill(&batch, 0, 1);
	do_or_fail(conn, "START TRANSACTION");
	assert_int_equal(insert(&side, &batch, true), 0);
	for (size_t i = 0; i < batch.nrows; i++)
		refused += strcmp(side.refused[i], "1153") == 0;
	assert_int_equal(refused, batch.nrows);
	batch_release(&batch);
	side_release(&side);
	(void)snprintf(sql, sizeof sql, "DROP DATABASE %s", database);
	do_or_fail(conn, sql);
	mysql_close(conn);
}

/* What messages of MariaDB and MySQL name. */
static void
reads_messages(void **state)
{
	static const struct {
		const char *message, *column, *constraint, *left;
		uint64_t row;
	} cases[] = {
		{"Data too long for column 'v' at row 12", "v", "",
			"Data too long for column 'v'", 12},
		{"Incorrect integer value: 'at row 7' for column `d`.`t`.`a b` at row 3", "a b",
			"", "Incorrect integer value: 'at row 7' for column `d`.`t`.`a b`", 3},
		{"Column 'n' cannot be null", "n", "", "Column 'n' cannot be null", 0},
		{"a foreign key constraint fails (`d`.`t`, CONSTRAINT `fk` FOREIGN KEY (`p`))",
			"", "fk",
			"a foreign key constraint fails (`d`.`t`, CONSTRAINT `fk` FOREIGN KEY "
			"(`p`))",
			0},
		{"Duplicate entry 'x at row 9' for key 'u'", "", "",
			"Duplicate entry 'x at row 9' for key 'u'", 0},
		{"for column '", "", "", "for column '", 0},
		{"CONSTRAINT `", "", "", "CONSTRAINT `", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct refusal why = {0};

		(void)snprintf(why.message, sizeof why.message, "%s", cases[i].message);
		mysql_refusal_parse(&why);
		assert_string_equal(why.message, cases[i].left);
		assert_string_equal(why.column, cases[i].column);
		assert_string_equal(why.constraint, cases[i].constraint);
		assert_int_equal(why.row, cases[i].row);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_to_the_same_rows),
		cmocka_unit_test(large_rows_are_refused_by_their_size),
		cmocka_unit_test(reads_messages),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("mysql_inserter", tests, NULL, NULL);
}
