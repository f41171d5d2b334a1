/*
 * sink.c - see sink.h
 */
#include "db/uri.h"
#include "load/sink.h"

struct sink *
sink_open(const struct sink_address *address, struct error *err)
{
	switch (uri_kind(address->target)) {
	case URI_NONE:
	case URI_POSTGRES: return postgres_sink_open(address, err);
	case URI_MYSQL: return mysql_sink_open(address, err);
	case URI_UNKNOWN: break;
	}
	error_set(err, ERROR_USAGE,
		"the target must be postgres://…, mysql://…, mariadb://… or a conninfo string");
	return NULL;
}

int
sink_prepare(struct sink *s, const struct sink_plan *plan, const struct csv_record *header,
	struct error *err)
{
	if (plan->defer != SINK_DEFER_NOT && s->class->defer == NULL)
		return error_set(err, ERROR_USAGE,
			"indexes are deferred only for a target of PostgreSQL");
	return s->class->prepare(s, plan, header, err);
}

int
sink_begin(struct sink *s, struct error *err)
{
	return s->class->begin(s, err);
}

int
sink_check(struct sink *s, const char *file, struct error *err)
{
	return s->class->check(s, file, err);
}

int
sink_commit(struct sink *s, struct error *err)
{
	return s->class->commit(s, err);
}

void
sink_roll_back(struct sink *s)
{
	s->class->roll_back(s);
}

int
sink_defer(struct sink *s, struct error *err)
{
	return s->class->defer ? s->class->defer(s, err) : 0;
}

int
sink_finish(struct sink *s, uint64_t changed, struct sink_rebuilt *done, struct error *err)
{
	return s->class->finish ? s->class->finish(s, changed, done, err) : 0;
}

void
sink_fail(struct sink *s)
{
	if (s->class->fail != NULL)
		s->class->fail(s);
}

int
sink_rebuild(struct sink *s, const char *rejects, struct sink_rebuilt *done, struct error *err)
{
	if (s->class->rebuild == NULL)
		return error_set(err, ERROR_USAGE,
			"indexes are deferred only for a target of PostgreSQL");
	return s->class->rebuild(s, rejects, done, err);
}

bool
sink_lost_conflict(const struct sink *s, const struct error *err)
{
	return s->class->lost_conflict != NULL && s->class->lost_conflict(err);
}

int
sink_ledger_open(struct sink *s, bool dry_run, struct error *err)
{
	return s->class->ledger_open(s, dry_run, err);
}

int
sink_ledger_find(struct sink *s, const char *shard, struct error *err)
{
	return s->class->ledger_find(s, shard, err);
}

int
sink_ledger_claim(struct sink *s, const char *shard, bool again, struct ledger_entry *old,
	struct error *err)
{
	return s->class->ledger_claim(s, shard, again, old, err);
}

int
sink_ledger_enter(struct sink *s, const char *shard, const struct ledger_entry *entry,
	bool is_new, struct error *err)
{
	return s->class->ledger_enter(s, shard, entry, is_new, err);
}

int
sink_ledger_forget(struct sink *s, struct error *err)
{
	return s->class->ledger_forget(s, err);
}

json_t *
sink_describe(struct sink *s, struct error *err)
{
	return s->class->describe(s, err);
}

void
sink_cancel(void *arg)
{
	struct sink *s = arg;

	s->class->cancel(s);
}

void
sink_close(struct sink *s)
{
	if (s != NULL)
		s->class->close(s);
}
