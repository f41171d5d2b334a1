/*
 * change_apply.c - see change_apply.h
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/postgres.h"
#include "load/change_apply.h"
#include "load/isolate.h"
#include "load/sequence.h"

/* More are rejected at once. */
enum { WAITING_MAX = 2048 };

int
change_apply_init(struct change_apply *a, struct sink *sink, struct change_table *tables,
	size_t ntables, bool dry_run, struct error *err)
{
	*a = (struct change_apply){
		.sink = sink,
		.tables = tables,
		.ntables = ntables,
		.dry_run = dry_run,
		.waiting = {.group = CHANGE_GROUP_INIT},
	};
	applier_init(&a->applier, sink->target.conn, dry_run);
	for (size_t i = 0; i < ntables; i++) {
		if (applier_add(&a->applier, tables[i].target, &tables[i].input.header, err) <
			0)
			return -1;
	}
	return applier_ready(&a->applier, err);
}

static void
waiting_release(struct change_waiting *w)
{
	change_group_release(&w->group);
	free(w->why);
	*w = (struct change_waiting){.group = CHANGE_GROUP_INIT};
}

static int
waiting_add(struct change_waiting *w, const struct csv_record *record,
	const struct change *change, const struct refusal *why, struct error *err)
{
	size_t n = w->group.batch.nrows;

	if (n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 16;
		struct refusal *grown = realloc(w->why, cap * sizeof *grown);

		if (grown == NULL)
			return error_nomem(err);
		w->why = grown;
		w->cap = cap;
	}
	if (change_group_add(&w->group, record, change, err) < 0)
		return -1;
	w->why[n] = *why;
	return 0;
}

static int
reject(struct change_apply *a, const struct csv_record *record, const struct change *change,
	const struct refusal *why, struct error *err)
{
	struct change_table *t = &a->tables[change->table];

	t->applied--;
	return change_table_reject(t, record, change->file,
		why->column[0] != '\0' ? why->column : NULL, why->code, why->message, err);
}

static int
refuse(void *arg, const struct csv_record *record, const struct refusal *why, struct error *err)
{
	struct change_apply *a = arg;
	size_t at = change_group_index(a->applying, record);
	const struct change *change = &a->applying->changes[at];
	bool later = strcmp(why->code, "23503") == 0 ||
		     target_may_pass_later(a->tables[change->table].target, why->constraint);

	/* it would not have been noticed, had nothing else been refused */
	if (change_group_has_key(a->applying, at + 1, a->until, change))
		return 0;
	if (!later || a->waiting.group.batch.nrows == WAITING_MAX)
		return reject(a, record, change, why, err);
	return waiting_add(&a->waiting, record, change, why, err);
}

/* The first n rows of a group, those that are refused aside. */
static int
apply(struct change_apply *a, struct change_group *g, size_t n, struct error *err)
{
	struct inserter *inserter = &a->applier.inserter;
	struct batch *b = &g->batch;
	const size_t nrows = b->nrows, len = b->len;
	struct copied copied = {0};
	struct refusal why;
	int taken = -1;

	if (n == 0)
		return 0;
	/* to all below, the others are not there */
	b->len = batch_offset(b, n);
	b->nrows = n;
	a->applying = g;
	a->until = n;
	if (inserter_begin(inserter, err) == 0 && inserter_put(inserter, b, 0, n, err) == 0)
		taken = inserter_end(inserter, &copied, &why, err);
	if (taken == 0) {
		copied = (struct copied){0};
		taken = isolate(inserter, b, &why, &copied, refuse, a, err);
	}
	a->copied.inserted += copied.inserted;
	a->copied.updated += copied.updated;
	a->copied.deleted += copied.deleted;
	b->nrows = nrows;
	b->len = len;
	return taken < 0 ? -1 : 0;
}

/* Forget those of which the row is changed again by the first n of a group. */
static int
drop_superseded(
	struct change_apply *a, const struct change_group *g, size_t n, struct error *err)
{
	struct change_waiting old = a->waiting;
	int status = 0;

	a->waiting = (struct change_waiting){.group = CHANGE_GROUP_INIT};
	for (size_t i = 0; status == 0 && i < old.group.batch.nrows; i++) {
		const struct csv_record record = batch_record(&old.group.batch, i);
		const struct change *change = &old.group.changes[i];

		if (!change_group_has_key(g, 0, n, change))
			status = waiting_add(&a->waiting, &record, change, &old.why[i], err);
	}
	waiting_release(&old);
	return status;
}

/* Try those that wait again, for as long as that helps any. */
static int
try_waiting(struct change_apply *a, struct error *err)
{
	size_t before = SIZE_MAX;
	int status = 0;

	while (status == 0 && a->waiting.group.batch.nrows > 0 &&
		a->waiting.group.batch.nrows < before) {
		struct change_waiting round = a->waiting;

		before = round.group.batch.nrows;
		a->waiting = (struct change_waiting){.group = CHANGE_GROUP_INIT};
		status = apply(a, &round.group, before, err);
		waiting_release(&round);
	}
	return status;
}

static int
reject_waiting(struct change_apply *a, struct error *err)
{
	struct change_waiting *w = &a->waiting;
	int status = 0;

	for (size_t i = 0; status == 0 && i < w->group.batch.nrows; i++) {
		const struct csv_record record = batch_record(&w->group.batch, i);

		status = reject(a, &record, &w->group.changes[i], &w->why[i], err);
	}
	waiting_release(w);
	return status;
}

static int
begin(struct change_apply *a, struct error *err)
{
	if (a->begun)
		return 0;
	a->begun = true;
	if (applier_start(&a->applier, err) < 0)
		return -1;
	for (size_t i = 0; !a->dry_run && i < a->ntables; i++) {
		const struct change_table *t = &a->tables[i];

		if (position_lock(a->applier.conn, &t->position, err) < 0)
			return -1;
	}
	return 0;
}

int
change_apply_some(struct change_apply *a, struct change_group *g, size_t n, struct error *err)
{
	if (begin(a, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		a->tables[g->changes[i].table].applied++;
	if (a->waiting.group.batch.nrows > 0 && drop_superseded(a, g, n, err) < 0)
		return -1;
	return apply(a, g, n, err) < 0 ? -1 : try_waiting(a, err);
}

/* All is applied: sequences, positions, COMMIT. */
static int
commit(struct change_apply *a, struct error *err)
{
	struct sql s = SQL_INIT;
	int status = -1;

	for (size_t i = 0; i < a->ntables && a->copied.inserted > 0; i++) {
		if (a->tables[i].applied > 0 && sequences_advance(a->tables[i].target, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < a->ntables; i++) {
		struct change_table *t = &a->tables[i];

		if (change_table_save_rejects(t, err) < 0)
			goto out;
		if (strcmp(t->complete, t->position.text) != 0 || t->applied + t->refused > 0)
			position_store(&s, &t->position, t->complete, t->applied, t->refused);
	}
	sql_add(&s, "COMMIT");
	if (sql_text(&s, err) == NULL)
		goto out;
	status = postgres_do(a->applier.conn, s.text, err);
	if (status < 0 && PQstatus(a->applier.conn) != CONNECTION_OK)
		error_prefix(err, "cannot tell whether the last changes were committed");
out:
	sql_release(&s);
	return status;
}

static int
try_commit(struct change_apply *a, struct change_group *g, size_t n, struct error *err)
{
	if (change_apply_some(a, g, n, err) < 0 || reject_waiting(a, err) < 0 ||
		inserter_settle(&a->applier.inserter, err) < 0 ||
		sink_check(a->sink, n > 0 ? g->changes[n - 1].file : "the changes", err) < 0 ||
		a->judge(a->arg, err) < 0)
		return -1;
	if (a->dry_run)
		return 0;
	if (commit(a, err) < 0)
		return -1;
	a->begun = false;
	a->commits++;
	for (size_t i = 0; i < a->ntables; i++) {
		struct change_table *t = &a->tables[i];

		memcpy(t->position.text, t->complete, sizeof t->complete);
	}
	return 0;
}

/* Of all tables, over all time. */
static uint64_t
rejected(const struct change_apply *a)
{
	uint64_t n = 0;

	for (size_t i = 0; i < a->ntables; i++)
		n += rejects_count(a->tables[i].rejects);
	return n;
}

int
change_apply_commit(struct change_apply *a, struct change_group *g, size_t n, struct error *err)
{
	enum { TRIES = 8 };
	const bool anew = !a->begun;
	const uint64_t before = rejected(a);

	for (int tries = 1; try_commit(a, g, n, err) < 0; tries++) {
		/* what was told to be rejected would be told twice */
		if (!anew || tries == TRIES || rejected(a) != before ||
			!sink_lost_conflict(a->sink, err))
			return -1;
		change_apply_roll_back(a);
		/* longer each time, so that the other gets past what both want */
		(void)nanosleep(&(struct timespec){(100L << tries) / 1000,
					(100L << tries) % 1000 * 1000000L},
			NULL);
		*err = (struct error)ERROR_INIT;
	}
	return 0;
}

void
change_apply_roll_back(struct change_apply *a)
{
	waiting_release(&a->waiting);
	a->copied = (struct copied){0};
	if (!a->begun)
		return;
	a->begun = false;
	for (size_t i = 0; i < a->ntables; i++)
		a->tables[i].applied = 0;
	sink_roll_back(a->sink);
}

void
change_apply_release(struct change_apply *a)
{
	waiting_release(&a->waiting);
	applier_release(&a->applier);
}
