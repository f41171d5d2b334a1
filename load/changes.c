/*
 * changes.c - see changes.h
 *
 * Changes are gathered until a transaction of the source ends and there are
 * many, or the first has waited long enough, or the input pauses; then they
 * are applied and committed.  A transaction of the source that is larger than
 * a group is one of ours, alone.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "load/change_apply.h"
#include "load/change_table.h"
#include "load/changes.h"
#include "load/sequence.h"
#include "progress.h"

/* As many rows are committed together at least, where they come at once; and held at most. */
enum { COMMIT_ROWS = 8192, GROUP_ROWS = 32768 };

/* The first change of a group waits no longer for others. */
#define COMMIT_NS 200000000u

/* A share of rejects is asked for as soon as it means something, and at the end. */
enum { SHARE_ROWS = 1000 };

struct changes {
	const struct changes_options *options;
	struct sink *sink;
	struct change_table *tables;
	size_t ntables;
	const char **paths; /* of all tables but the first */
	struct change_apply apply;
	struct change_group group;
	size_t complete; /* rows of the group that are whole transactions */
	bool inside;     /* of a transaction */
	struct change_pos current;
	struct change_pos until; /* file NULL: all */
	bool moved;              /* a position is further than what is committed */
	bool at_end;
	uint64_t waiting; /* when the first change came that is not committed, ns; 0: none */
	struct changes_totals *totals;
	struct progress progress;
};

bool
changes_are(const struct csv_record *header)
{
	return change_header(header);
}

/* What was done up to the commit. */
static void
count_commit(struct changes *j)
{
	struct changes_totals *t = j->totals;

	for (size_t i = 0; i < j->ntables; i++) {
		t->applied += j->tables[i].applied;
		t->rejected += j->tables[i].refused;
		j->tables[i].applied = 0;
		j->tables[i].refused = 0;
	}
	t->inserted += j->apply.copied.inserted;
	t->updated += j->apply.copied.updated;
	t->deleted += j->apply.copied.deleted;
	t->commits = j->apply.commits;
	j->apply.copied = (struct copied){0};
	(void)snprintf(t->position, sizeof t->position, "%s", j->tables[0].position.text);
}

static int
check_share(void *arg, struct error *err)
{
	const struct changes *j = arg;
	const struct budget *b = &j->options->max_rejects;
	uint64_t n = 0;

	for (size_t i = 0; i < j->ntables; i++)
		n += rejects_count(j->tables[i].rejects);
	if (!b->percent || (!j->at_end && j->totals->read < SHARE_ROWS) ||
		(double)n * 100 <= b->share * (double)j->totals->read)
		return 0;
	return error_set(err, ERROR_BUDGET,
		"%" PRIu64 " of %" PRIu64 " changes rejected, --max-rejects allows %g%%", n,
		j->totals->read, b->share);
}

/* The transactions that are whole. */
static int
commit(struct changes *j, struct error *err)
{
	size_t n = j->complete;
	char text[512];

	if (n == 0 && !j->moved && !j->apply.begun)
		return 0;
	if (change_apply_commit(&j->apply, &j->group, n, err) < 0)
		return -1;
	change_group_drop(&j->group, n);
	j->complete = 0;
	j->moved = j->inside;
	j->waiting = j->group.batch.nrows > 0 ? clock_ns() : 0;
	if (!j->options->dry_run) {
		(void)snprintf(text, sizeof text, "%zu changes committed, up to %s", n,
			j->tables[0].position.text);
		j->options->say(j->options->arg, text);
	}
	count_commit(j);
	return 0;
}

/* A transaction of the source is over. */
static int
end_transaction(struct changes *j, struct error *err)
{
	if (!j->inside)
		return 0;
	j->inside = false;
	j->complete = j->group.batch.nrows;
	for (size_t i = 0; i < j->ntables; i++) {
		struct change_table *t = &j->tables[i];

		if (t->any)
			memcpy(t->complete, t->seen, strlen(t->seen) + 1);
	}
	if (j->apply.begun || j->complete >= COMMIT_ROWS ||
		clock_ns() - j->waiting >= COMMIT_NS)
		return commit(j, err);
	return 0;
}

/* The group is full inside of a transaction. */
static int
make_room(struct changes *j, struct error *err)
{
	size_t n = j->group.batch.nrows;

	if (j->complete > 0)
		return commit(j, err);
	if (change_apply_some(&j->apply, &j->group, n, err) < 0)
		return -1;
	change_group_drop(&j->group, n);
	return 0;
}

/* The present change of a table: into the group, or to the rejects, or skipped. */
static int
take(struct changes *j, struct change_table *t, struct error *err)
{
	const struct change_input *in = &t->input;
	int ahead = in->located ? change_table_advance(t, err) : 1;

	if (in->kind != 'c')
		j->totals->read++;
	if (ahead < 0)
		return -1;
	if (ahead == 0) {
		j->totals->skipped += in->kind != 'c';
		return 0;
	}
	if (in->located) {
		j->inside = true;
		j->current = in->at;
		j->moved = true;
		if (j->waiting == 0)
			j->waiting = clock_ns();
	}
	if (in->kind == 'c')
		return 0;
	if (in->kind == 0)
		return change_table_reject(
			t, in->record, in->file, NULL, in->code, in->defect, err);
	return change_table_take(t, (uint32_t)(t - j->tables), &j->group, err);
}

/* The table whose present change comes first, or NULL at the end. */
static struct change_table *
next_table(struct changes *j)
{
	struct change_table *first = NULL;

	for (size_t i = 0; i < j->ntables; i++) {
		struct change_table *t = &j->tables[i];

		if (t->input.record == NULL ||
			(j->until.file != NULL && t->input.located &&
				change_pos_compare(&t->input.at, &j->until) > 0))
			continue;
		if (first == NULL || !t->input.located ||
			(first->input.located &&
				change_pos_compare(&t->input.at, &first->input.at) < 0))
			first = t;
	}
	return first;
}

static void
show_progress(struct changes *j)
{
	uint64_t bytes = 0, position = 0;

	if (j->options->progress == NULL)
		return;
	for (size_t i = 0; i < j->ntables; i++) {
		bytes += change_input_bytes(&j->tables[i].input);
		position += change_input_position(&j->tables[i].input);
	}
	progress_update(&j->progress, j->totals->read, bytes, position, 0);
}

static int
one_change(struct changes *j, struct change_table *t, struct error *err)
{
	const struct change_input *in = &t->input;
	bool alone = j->ntables == 1, last = in->located && in->at.last;

	if (in->located && j->inside && !change_pos_same_transaction(&j->current, &in->at) &&
		end_transaction(j, err) < 0)
		return -1;
	if (take(j, t, err) < 0)
		return -1;
	if (alone && last && end_transaction(j, err) < 0)
		return -1;
	if ((j->group.batch.nrows >= GROUP_ROWS || batch_is_full(&j->group.batch)) &&
		make_room(j, err) < 0)
		return -1;
	show_progress(j);
	return change_input_next(&t->input, err) < 0 ? -1 : 0;
}

/* The transaction that has begun is not whole, and what follows will not come. */
static int
check_cut(struct changes *j, struct error *err)
{
	for (size_t i = 0; i < j->ntables; i++) {
		const struct change_input *in = &j->tables[i].input;

		if (in->cut)
			return error_set(err, ERROR_RUNTIME,
				"%s: it ends inside of a transaction, behind %s, so its writer "
				"may have failed; up to %s all is applied",
				in->file, in->text,
				j->tables[i].position.text[0] != '\0'
					? j->tables[i].position.text
					: "the beginning");
	}
	return 0;
}

static bool
is_cut(const struct changes *j)
{
	for (size_t i = 0; i < j->ntables; i++) {
		if (j->tables[i].input.cut)
			return true;
	}
	return false;
}

static int
all_changes(struct changes *j, struct error *err)
{
	struct change_table *t;

	/* --from is remembered, also by a run that does not get there */
	for (size_t i = 0; i < j->ntables; i++)
		j->moved |= strcmp(j->tables[i].complete, j->tables[i].position.text) != 0;
	if (commit(j, err) < 0)
		return -1;
	for (size_t i = 0; i < j->ntables; i++) {
		if (change_input_next(&j->tables[i].input, err) < 0)
			return -1;
	}
	/* behind what one table is known to lack, others may refer to that */
	while (!is_cut(j) && (t = next_table(j)) != NULL) {
		if (one_change(j, t, err) < 0)
			return -1;
	}
	if (!is_cut(j)) {
		if (end_transaction(j, err) < 0)
			return -1;
	} else if (j->apply.begun) {
		change_apply_roll_back(&j->apply);
	}
	/* of what has no position, rejects must still be told and saved */
	for (size_t i = 0; i < j->ntables; i++)
		j->moved |= j->tables[i].refused > 0;
	j->at_end = true;
	if (commit(j, err) < 0 || check_share(j, err) < 0)
		return -1;
	return check_cut(j, err);
}

/* The pipe pauses: what is whole is committed now. */
static int
idle(void *arg, struct error *err)
{
	struct changes *j = arg;

	/* inside of a transaction, those before it */
	return j->apply.begun || (j->inside && j->complete == 0) ? 0 : commit(j, err);
}

/* The files of --with, by table. */
static int
list_tables(struct changes *j, const struct changes_file *with, size_t nwith,
	const char **names, size_t *starts, struct error *err)
{
	size_t n = 0;

	j->paths = calloc(nwith + 1, sizeof *j->paths);
	if (j->paths == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < nwith; i++) {
		bool before = false;

		for (size_t k = 0; k < i; k++)
			before |= strcmp(with[k].table, with[i].table) == 0;
		if (before)
			continue;
		names[j->ntables] = with[i].table;
		starts[j->ntables++] = n;
		for (size_t k = i; k < nwith; k++) {
			if (strcmp(with[k].table, with[i].table) == 0)
				j->paths[n++] = with[k].path;
		}
	}
	starts[j->ntables] = n;
	return 0;
}

static int
open_table(struct changes *j, size_t i, const char *name, bool no_position, struct error *err)
{
	struct change_table *t = &j->tables[i];

	t->target = &j->sink->target;
	if (i > 0) {
		t->target = &t->own;
		if (target_init(&t->own, j->sink->target.conn, name, err) < 0)
			return -1;
	}
	if (target_match(t->target, &t->input.columns, err) < 0 ||
		sequences_check(t->target, err) < 0 ||
		target_choose_key(t->target, i == 0 ? j->options->key : NULL, err) < 0)
		return -1;
	for (size_t k = 0; k < i; k++) {
		if (strcmp(j->tables[k].target->oid, t->target->oid) == 0)
			return error_set(err, ERROR_USAGE, "table '%s' is there twice",
				t->target->table);
	}
	return change_table_open(t, i == 0, no_position, err);
}

static int
open_all(struct changes *j, struct shard_reader *first, const char *const *paths, size_t npaths,
	const struct changes_file *with, size_t nwith, struct error *err)
{
	const struct changes_options *o = j->options;
	const char **names = calloc(nwith + 2, sizeof *names);
	size_t *starts = calloc(nwith + 2, sizeof *starts);
	bool absent = false;
	int status = -1;

	j->tables = calloc(nwith + 1, sizeof *j->tables);
	j->ntables = 1;
	if (names == NULL || starts == NULL || j->tables == NULL) {
		j->ntables = 0;
		shard_reader_close(first);
		error_nomem(err);
		goto out;
	}
	if (change_input_open(&j->tables[0].input, paths, npaths, first, o->end_mark, err) <
			0 ||
		list_tables(j, with, nwith, names, starts, err) < 0)
		goto out;
	for (size_t i = 0; i < j->ntables; i++)
		j->tables[i].options = o;
	for (size_t i = 1; i < j->ntables; i++) {
		if (change_input_open(&j->tables[i].input, j->paths + starts[i],
			    starts[i + 1] - starts[i], NULL, o->end_mark, err) < 0)
			goto out;
	}
	if (position_open(j->sink->target.conn, o->dry_run, &absent, err) < 0)
		goto out;
	for (size_t i = 0; i < j->ntables; i++) {
		if (open_table(j, i, names[i], absent, err) < 0)
			goto out;
	}
	if (change_apply_init(&j->apply, j->sink, j->tables, j->ntables, o->dry_run, err) < 0)
		goto out;
	j->apply.judge = check_share;
	j->apply.arg = j;
	/* of several, one that pauses says nothing about the others */
	if (j->ntables == 1)
		change_input_on_idle(&j->tables[0].input, idle, j);
	(void)snprintf(j->totals->position, sizeof j->totals->position, "%s",
		j->tables[0].position.text);
	status = 0;
out:
	free(names);
	free(starts);
	return status;
}

static int
close_all(struct changes *j, int status, struct error *err)
{
	struct changes_totals *t = j->totals;

	change_apply_roll_back(&j->apply);
	change_apply_release(&j->apply);
	for (size_t i = 0; i < j->ntables; i++) {
		struct change_table *table = &j->tables[i];

		t->rejected += table->refused;
		t->bytes += change_input_bytes(&table->input);
		t->hash = table->input.hash;
		status = change_table_end_rejects(table, status, err);
		change_table_release(table);
	}
	t->undone = t->read - t->applied - t->rejected - t->skipped;
	change_group_release(&j->group);
	free(j->paths);
	free(j->tables);
	return status;
}

int
changes_run(const struct changes_options *options, struct sink *sink,
	struct shard_reader *first, const char *const *paths, size_t npaths,
	const struct changes_file *with, size_t nwith, struct changes_totals *totals,
	struct error *err)
{
	struct changes j = {
		.options = options,
		.sink = sink,
		.group = CHANGE_GROUP_INIT,
		.totals = totals,
	};
	char until[CHANGE_POS_TEXT_MAX + 1];
	int status = -1;

	memset(totals, 0, sizeof *totals);
	if (sink->target.conn == NULL) {
		shard_reader_close(first);
		return error_set(err, ERROR_USAGE,
			"a change stream (column _op) can be applied to PostgreSQL only");
	}
	if (options->until != NULL &&
		change_place_parse("--until", options->until, until, &j.until, err) < 0) {
		shard_reader_close(first);
		return -1;
	}
	progress_start(&j.progress, "load", options->progress);
	if (open_all(&j, first, paths, npaths, with, nwith, err) == 0)
		status = all_changes(&j, err);
	progress_end(&j.progress);
	return close_all(&j, status, err);
}
