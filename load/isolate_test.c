/*
 * isolate_test.c - isolate finds just the rows that would be refused one by one
 *
 * Random batches with few, many or only bad rows of every kind go through
 * isolate into one table and, a COPY for each row, into another like it.  The
 * same rows must be refused, and the tables must be equal.  And the number of
 * COPYs is bounded: a trigger for statements counts them in a sequence, which
 * no rollback sets back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/postgres.h"
#include "load/copier.h"
#include "load/isolate.h"

enum { ROUNDS = 60, ROWS_MAX = 400 };

static const char schema[] =
	"CREATE TEMP TABLE p (id int PRIMARY KEY);"
	"INSERT INTO p SELECT generate_series(0, 9);"
	"CREATE TEMP SEQUENCE copies;"
	"CREATE TEMP TABLE a (id int PRIMARY KEY, v text CHECK (v <> 'check'), r int);"
	"CREATE TEMP TABLE b (LIKE a INCLUDING ALL);"
	"CREATE FUNCTION pg_temp.is_known() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
	" IF NOT EXISTS (SELECT FROM p WHERE id = NEW.r) THEN"
	" RAISE 'no such p' USING ERRCODE = '23503'; END IF; RETURN NULL; END$$;"
	"CREATE FUNCTION pg_temp.count_copy() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
	" PERFORM nextval('copies'); RETURN NULL; END$$;"
	/* like a foreign key, which no temporary function can be: after the statement, without line */
	"CREATE CONSTRAINT TRIGGER k AFTER INSERT ON a FOR EACH ROW"
	" EXECUTE FUNCTION pg_temp.is_known();"
	"CREATE CONSTRAINT TRIGGER k AFTER INSERT ON b FOR EACH ROW"
	" EXECUTE FUNCTION pg_temp.is_known();"
	"CREATE TRIGGER c BEFORE INSERT ON a FOR EACH STATEMENT"
	" EXECUTE FUNCTION pg_temp.count_copy();"
	"BEGIN";

static uint64_t seed = 20260722;

static unsigned
below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

static void
do_or_fail(PGconn *conn, const char *sql)
{
	struct error err = ERROR_INIT;

	if (postgres_do(conn, sql, &err) < 0)
		fail_msg("%s: %s", sql, err.text);
}

static uint64_t
number_of(PGconn *conn, const char *sql)
{
	struct error err = ERROR_INIT;
	PGresult *r = postgres_run(conn, sql, &err);
	uint64_t n;

	if (r == NULL)
		fail_msg("%s: %s", sql, err.text);
	n = strtoull(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return n;
}

/* One in `rarity` rows is bad; 0 none. */
static void
fill(struct batch *b, unsigned rarity)
{
	static const char *const values[] = {"x", "\"\"", "", "\"two\nlines\"",
		"\"cr\rlf\r\n\"", "\"COPY a, line 2, column v: \"\"\nCOPY a, line 3\""};
	unsigned n = 1 + below(ROWS_MAX);
	struct error err = ERROR_INIT;

	batch_clear(b);
	for (unsigned i = 0; i < n; i++) {
		unsigned bad = rarity > 0 && below(rarity) == 0 ? 1 + below(4) : 0;
		char raw[128];
		int len = snprintf(raw, sizeof raw, "%s%u,%s,%u", bad == 1 ? "x" : "",
			bad == 2 ? i / 2 : i, bad == 3 ? "check" : values[below(6)],
			bad == 4 ? 77 : i % 10);
		const struct csv_record record = {
			.raw = raw, .raw_len = (size_t)len, .line = i, .row = i};

		assert_int_equal(batch_add(b, &record, &err), 0);
	}
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

/* Rows one by one; returns how many were refused. */
static unsigned
one_by_one(struct copier *c, const struct batch *b, char refused[][6])
{
	struct error err = ERROR_INIT;
	struct copied copied;
	struct refusal why;
	unsigned n = 0;

	assert_int_equal(copier_start(c, &err), 0);
	for (size_t i = 0; i < b->nrows; i++) {
		int taken;

		assert_int_equal(inserter_begin(&c->inserter, &err), 0);
		assert_int_equal(inserter_put(&c->inserter, b, i, i + 1, &err), 0);
		taken = inserter_end(&c->inserter, &copied, &why, &err);
		if (taken < 0)
			fail_msg("%s", err.text);
		if (taken == 0) {
			memcpy(refused[i], why.code, 6);
			n++;
		}
	}
	assert_int_equal(inserter_settle(&c->inserter, &err), 0);
	return n;
}

static void
all_at_once(struct copier *c, struct batch *b, char refused[][6], struct copied *copied)
{
	struct error err = ERROR_INIT;
	struct refusal why;
	int taken;

	assert_int_equal(copier_start(c, &err), 0);
	assert_int_equal(inserter_begin(&c->inserter, &err), 0);
	assert_int_equal(inserter_put(&c->inserter, b, 0, b->nrows, &err), 0);
	taken = inserter_end(&c->inserter, copied, &why, &err);
	if (taken == 0)
		taken = isolate(&c->inserter, b, &why, copied, mark, refused, &err);
	if (taken < 0)
		fail_msg("%s", err.text);
	assert_int_equal(inserter_settle(&c->inserter, &err), 0);
}

static uint64_t
log2_of(uint64_t n)
{
	uint64_t log = 0;

	while (n >>= 1)
		log++;
	return log;
}

/* Targets and statements made by hand: what they copy into differs, else they are the same. */
struct side {
	struct target target;
	struct statements statements;
	struct copier copier;
	char refused[ROWS_MAX + 1][6];
};

static void
side_init(struct side *s, PGconn *conn, const char *table)
{
	static struct target_column columns[] = {{.name = "id"}, {.name = "v"}, {.name = "r"}};
	static size_t stream[] = {0, 1, 2};
	struct error err = ERROR_INIT;

	memset(s, 0, sizeof *s);
	s->target = (struct target){.schema = "pg_temp",
		.table = table,
		.columns = columns,
		.ncolumns = 3,
		.stream = stream,
		.nstream = 3};
	assert_int_equal(statements_init(&s->statements, &s->target, &err), 0);
	copier_init(&s->copier, conn, &s->target, &s->statements);
}

static void
run_round(PGconn *conn, struct side *a, struct side *b, struct batch *batch, unsigned rarity)
{
	uint64_t started = seed, copies, differences, bad;
	struct copied copied = {0};

	memset(a->refused, 0, sizeof a->refused);
	memset(b->refused, 0, sizeof b->refused);
	do_or_fail(conn, "TRUNCATE a, b; SELECT setval('copies', 1)");
	fill(batch, rarity);
	bad = one_by_one(&b->copier, batch, b->refused);
	all_at_once(&a->copier, batch, a->refused, &copied);
	if (memcmp(a->refused, b->refused, sizeof a->refused) != 0)
		fail_msg("other rows refused; seed %" PRIu64 ", rarity %u", started, rarity);
	assert_int_equal(copied.rows, batch->nrows - bad);
	differences =
		number_of(conn, "SELECT count(*) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL "
				"(TABLE b EXCEPT ALL TABLE a)) x");
	assert_int_equal(differences, 0);
	copies = number_of(conn, "SELECT last_value - 1 FROM copies");
	if (copies > 1 + bad * (4 + 2 * log2_of(batch->nrows)))
		fail_msg("%" PRIu64 " COPYs for %" PRIu64 " bad rows of %zu; seed %" PRIu64,
			copies, bad, batch->nrows, started);
}

static void
refuses_what_is_refused_one_by_one(void **state)
{
	static const unsigned rarities[] = {0, 1, 2, 5, 30, 200};
	const char *uri = getenv("POSTGRES_URI");
	struct error err = ERROR_INIT;
	struct batch batch = BATCH_INIT;
	static struct side a, b;
	PGconn *conn;

	(void)state;
	if (uri == NULL)
		skip();
	conn = postgres_connect(uri, "isolate_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	do_or_fail(conn, schema);
	side_init(&a, conn, "a");
	side_init(&b, conn, "b");
	for (unsigned i = 0; i < ROUNDS; i++)
		run_round(conn, &a, &b, &batch, rarities[i % 6]);
	PQfinish(conn);
	batch_release(&batch);
	statements_release(&a.statements);
	statements_release(&b.statements);
}

static int
stop(void *arg, const struct csv_record *record, const struct refusal *refusal,
	struct error *err)
{
	(void)arg;
	(void)record;
	(void)refusal;
	return error_set(err, ERROR_BUDGET, "enough");
}

static void
stops_when_told(void **state)
{
	const char *uri = getenv("POSTGRES_URI");
	struct error err = ERROR_INIT;
	struct batch batch = BATCH_INIT;
	struct copied copied = {0};
	struct refusal why;
	struct side a;
	PGconn *conn;

	(void)state;
	if (uri == NULL)
		skip();
	conn = postgres_connect(uri, "isolate_test", &err);
	if (conn == NULL)
		fail_msg("%s", err.text);
	do_or_fail(conn, schema);
	side_init(&a, conn, "a");
	fill(&batch, 1);
	assert_int_equal(copier_start(&a.copier, &err), 0);
	assert_int_equal(inserter_begin(&a.copier.inserter, &err), 0);
	assert_int_equal(inserter_put(&a.copier.inserter, &batch, 0, batch.nrows, &err), 0);
	assert_int_equal(inserter_end(&a.copier.inserter, &copied, &why, &err), 0);
	assert_int_equal(
		isolate(&a.copier.inserter, &batch, &why, &copied, stop, NULL, &err), -1);
	assert_string_equal(err.text, "enough");
	PQfinish(conn);
	batch_release(&batch);
	statements_release(&a.statements);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_refused_one_by_one),
		cmocka_unit_test(stops_when_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("isolate", tests, NULL, NULL);
}
