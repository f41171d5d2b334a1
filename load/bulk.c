/*
 * bulk.c - see bulk.h
 */
#include <stdio.h>
#include <string.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "load/bulk.h"
#include "load/rebuild.h"

/*
 * Statistics are gathered anew when a tenth of the table is, which is when
 * autovacuum would, sometime later.  So a loop that loads a shard at a time
 * does it for some shards and not for each.
 */
#define IS_DUE                                                                                 \
	"SELECT c.reltuples < 0 OR greatest($2::double precision,"                             \
	" pg_catalog.pg_stat_get_mod_since_analyze(c.oid)) * 10 >= c.reltuples,"               \
	" pg_catalog.format('%I.%I', n.nspname, c.relname)"                                    \
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace" \
	" WHERE c.oid = $1::pg_catalog.oid AND c.relkind IN ('r', 'p')"

static void
warn(const struct bulk *b, const char *text)
{
	b->address->warning(b->address->arg, text);
}

/* A role that may not gets a warning from the server and no error. */
static void
keep_warning(void *arg, const PGresult *r)
{
	char *text = arg;

	postgres_primary(r, text, POSTGRES_MESSAGE_MAX);
}

static int
analyze(const struct bulk *b, const char *table, char warning[POSTGRES_MESSAGE_MAX],
	struct error *err)
{
	PGconn *conn = b->target->conn;
	PQnoticeReceiver before = PQsetNoticeReceiver(conn, keep_warning, warning);
	struct sql s = SQL_INIT;
	struct error ignored;
	int status = -1;

	/* else our own rows would be counted as changes behind the ANALYZE, when we end */
	if (PQserverVersion(conn) >= 150000)
		(void)postgres_do(
			conn, "SELECT pg_catalog.pg_stat_force_next_flush()", &ignored);
	sql_add(&s, "ANALYZE %s", table);
	if (sql_text(&s, err) != NULL)
		status = postgres_do(conn, s.text, err);
	/* libpq's own receiver, which takes no argument and calls the notice processor */
	(void)PQsetNoticeReceiver(conn, before, NULL);
	sql_release(&s);
	return status;
}

/* The rows are committed whatever happens here, so failure is only a warning. */
static void
gather_statistics(const struct bulk *b, uint64_t changed, bool always)
{
	char number[24], text[ERROR_TEXT_MAX + 256], warning[POSTGRES_MESSAGE_MAX] = "";
	const char *const params[] = {b->target->oid, number};
	struct error err = ERROR_INIT;
	PGresult *r;

	if (b->no_analyze || (changed == 0 && !always))
		return;
	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)changed);
	r = postgres_query(b->target->conn, IS_DUE, 2, params, &err);
	if (r != NULL && PQntuples(r) == 1 && (always || PQgetvalue(r, 0, 0)[0] == 't'))
		(void)analyze(b, PQgetvalue(r, 0, 1), warning, &err);
	PQclear(r);
	if (err.kind == ERROR_NONE && warning[0] == '\0')
		return;
	(void)snprintf(text, sizeof text, "statistics of '%s' were not gathered: %s",
		b->target->table, err.kind != ERROR_NONE ? err.text : warning);
	warn(b, text);
}

int
bulk_join(struct bulk *b, const struct sink_address *address, const struct sink_plan *plan,
	struct target *t, struct error *err)
{
	*b = (struct bulk){
		.address = address,
		.target = t,
		.defer = plan->defer,
		.no_analyze = plan->no_analyze || plan->dry_run,
	};
	if (plan->defer == SINK_DEFER_NOT)
		return 0;
	if (deferred_join(&b->deferred, t, err) < 0)
		return -1;
	b->joined = true;
	return 0;
}

int
bulk_drop(struct bulk *b, struct error *err)
{
	if (!b->joined || b->looked)
		return 0;
	b->looked = true;
	return deferred_drop(&b->deferred, err);
}

static int
rebuild(struct bulk *b, const char *rejects, struct sink_rebuilt *done, struct error *err)
{
	const struct rebuild_options options = {
		.rejects = rejects,
		.warn = b->address->warning,
		.report_reject = b->address->reject,
		.arg = b->address->arg,
	};

	return rebuild_all(&options, &b->deferred, &done->made, &done->left, err);
}

int
bulk_finish(struct bulk *b, uint64_t changed, struct sink_rebuilt *done, struct error *err)
{
	int status = 0;

	if (b->joined) {
		int last = deferred_leave(&b->deferred, err);

		if (last < 0)
			return -1;
		/* then it is for others, who gather statistics too */
		if (last == 0 || b->defer == SINK_DEFER_KEEP)
			return 0;
		status = rebuild(b, NULL, done, err);
	}
	gather_statistics(b, changed, done->made > 0);
	return status;
}

void
bulk_fail(const struct bulk *b)
{
	char text[512];

	if (!b->joined || !b->deferred.dropped)
		return;
	(void)snprintf(text, sizeof text,
		"indexes of '%s' are dropped: run it again, or load --rebuild-indexes",
		b->target->table);
	warn(b, text);
}

int
bulk_rebuild(const struct sink_address *address, struct target *t, const char *rejects,
	struct sink_rebuilt *done, struct error *err)
{
	struct bulk b = {.address = address, .target = t};
	int status;

	if (deferred_wait(&b.deferred, t, address->warning, address->arg, err) < 0)
		return -1;
	status = rebuild(&b, rejects, done, err);
	gather_statistics(&b, 0, done->made > 0);
	return status;
}
