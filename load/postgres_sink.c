/*
 * postgres_sink.c - a table of PostgreSQL as a sink (see sink.h)
 */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "db/postgres.h"
#include "db/postgres_describe.h"
#include "db/sql.h"
#include "load/bulk.h"
#include "load/copier.h"
#include "load/sequence.h"
#include "load/sink.h"
#include "load/statements.h"

struct postgres_sink {
	struct sink sink; /* the first, by which it is found */
	PGconn *conn;
	PGcancel *cancel;
	struct sink_address address;
	bool replace;
	struct statements statements;
	struct copier copier;
	struct ledger ledger;
	struct bulk bulk;
	bool prepared;
};

static struct postgres_sink *
postgres_of(struct sink *s)
{
	return (struct postgres_sink *)s;
}

/* Only some roles may; without it, bad rows take a few more round trips to find. */
static void
ask_for_english(PGconn *conn)
{
	struct error ignored;

	(void)postgres_do(conn, "SET lc_messages = 'C'", &ignored);
}

static int
prepare(struct sink *s, const struct sink_plan *plan, const struct csv_record *header,
	struct error *err)
{
	struct postgres_sink *p = postgres_of(s);

	p->replace = plan->replace;
	if (target_match(&s->target, header, err) < 0 || sequences_check(&s->target, err) < 0)
		return -1;
	if (plan->upsert && target_choose_key(&s->target, plan->key, err) < 0)
		return -1;
	if (statements_init(&p->statements, &s->target, err) < 0)
		return -1;
	copier_init(&p->copier, p->conn, &s->target, &p->statements);
	s->inserter = &p->copier.inserter;
	if (bulk_join(&p->bulk, &p->address, plan, &s->target, err) < 0)
		return -1;
	p->prepared = true;
	return 0;
}

static int
begin(struct sink *s, struct error *err)
{
	struct postgres_sink *p = postgres_of(s);
	struct sql sql = SQL_INIT;
	int status = -1;

	sql_add(&sql, "%s", statements_begin);
	if (p->replace) {
		sql_add(&sql, "; DELETE FROM ");
		sql_qualified(&sql, s->target.schema, s->target.table);
	}
	if (sql_text(&sql, err) != NULL)
		status = postgres_do(p->conn, sql.text, err);
	sql_release(&sql);
	return status < 0 ? -1 : copier_start(&p->copier, err);
}

/* Constraints that wait for the commit are checked while we can still say what is wrong. */
static int
check(struct sink *s, const char *file, struct error *err)
{
	PGconn *conn = postgres_of(s)->conn;
	PGresult *r = PQexec(conn, "SET CONSTRAINTS ALL IMMEDIATE");
	char text[POSTGRES_MESSAGE_MAX];
	int status = 0;

	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		postgres_message(r, text, sizeof text);
		if (PQstatus(conn) == CONNECTION_OK &&
			postgres_is_about_data(postgres_sqlstate(r)))
			status = error_set(err, ERROR_BUDGET,
				"%s: a deferred constraint is violated, PostgreSQL does not "
				"tell by which row: %s: %s",
				file, postgres_sqlstate(r), text);
		else
			status = postgres_failed(conn, r, err);
	}
	PQclear(r);
	return status;
}

static int
commit(struct sink *s, struct error *err)
{
	PGconn *conn = postgres_of(s)->conn;

	if (sequences_advance(&s->target, err) < 0)
		return -1;
	if (postgres_do(conn, "COMMIT", err) == 0)
		return 0;
	if (PQstatus(conn) != CONNECTION_OK)
		error_prefix(err, "cannot tell whether the load was committed");
	return -1;
}

static void
roll_back(struct sink *s)
{
	struct error ignored;

	(void)postgres_do(postgres_of(s)->conn, "ROLLBACK", &ignored);
}

static int
open_ledger(struct sink *s, bool dry_run, struct error *err)
{
	return ledger_init(&postgres_of(s)->ledger, &s->target, dry_run, err);
}

static int
find(struct sink *s, const char *shard, struct error *err)
{
	return ledger_find(&postgres_of(s)->ledger, shard, err);
}

static int
claim(struct sink *s, const char *shard, bool again, struct ledger_entry *old,
	struct error *err)
{
	return ledger_claim(&postgres_of(s)->ledger, shard, again, old, err);
}

static int
enter(struct sink *s, const char *shard, const struct ledger_entry *entry, bool is_new,
	struct error *err)
{
	return ledger_enter(&postgres_of(s)->ledger, shard, entry, is_new, err);
}

static int
forget(struct sink *s, struct error *err)
{
	return ledger_forget(&postgres_of(s)->ledger, err);
}

/* As postgres_failed words it, perhaps with something in front; see errcodes, class 40. */
static bool
lost_conflict(const struct error *err)
{
	return strstr(err->text, "40P01: ") != NULL || strstr(err->text, "40001: ") != NULL;
}

static int
defer(struct sink *s, struct error *err)
{
	struct postgres_sink *p = postgres_of(s);

	if (bulk_drop(&p->bulk, err) < 0)
		return -1;
	/* what was dropped, here or by another loader, is in no statement any more */
	if (!p->bulk.joined)
		return 0;
	statements_release(&p->statements);
	if (target_read_constraints(&s->target, err) < 0)
		return -1;
	return statements_init(&p->statements, &s->target, err);
}

static int
finish(struct sink *s, uint64_t changed, struct sink_rebuilt *done, struct error *err)
{
	return bulk_finish(&postgres_of(s)->bulk, changed, done, err);
}

static void
fail(struct sink *s)
{
	if (postgres_of(s)->prepared)
		bulk_fail(&postgres_of(s)->bulk);
}

static int
rebuild(struct sink *s, const char *rejects, struct sink_rebuilt *done, struct error *err)
{
	return bulk_rebuild(&postgres_of(s)->address, &s->target, rejects, done, err);
}

static json_t *
describe(struct sink *s, struct error *err)
{
	return postgres_describe(postgres_of(s)->conn, s->target.oid, err);
}

static void
cancel(struct sink *s)
{
	char problem[256];

	(void)PQcancel(postgres_of(s)->cancel, problem, sizeof problem);
}

static void
close_sink(struct sink *s)
{
	struct postgres_sink *p = postgres_of(s);

	statements_release(&p->statements);
	target_release(&s->target);
	PQfreeCancel(p->cancel);
	PQfinish(p->conn);
	free(p);
}

static const struct sink_class postgres_class = {
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
	.defer = defer,
	.finish = finish,
	.fail = fail,
	.rebuild = rebuild,
	.describe = describe,
	.cancel = cancel,
	.close = close_sink,
};

/* The server's notices, such as those of triggers. */
static void
show_notice(void *arg, const char *message)
{
	const struct sink_address *address = arg;

	address->notice(address->arg, message);
}

struct sink *
postgres_sink_open(const struct sink_address *address, struct error *err)
{
	struct postgres_sink *p = calloc(1, sizeof *p);

	if (p == NULL) {
		error_nomem(err);
		return NULL;
	}
	p->sink.class = &postgres_class;
	p->address = *address;
	arena_init(&p->sink.target.arena);
	p->conn = postgres_connect(address->target, "caravan load", err);
	if (p->conn == NULL)
		goto fail;
	PQsetNoticeProcessor(p->conn, show_notice, &p->address);
	p->cancel = PQgetCancel(p->conn);
	if (p->cancel == NULL) {
		error_nomem(err);
		goto fail;
	}
	ask_for_english(p->conn);
	if (target_init(&p->sink.target, p->conn, address->table, err) < 0)
		goto fail;
	return &p->sink;
fail:
	close_sink(&p->sink);
	return NULL;
}
