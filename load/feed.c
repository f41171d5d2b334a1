/*
 * feed.c - see feed.h
 */
#include <stdlib.h>
#include <string.h>

#include "load/feed.h"
#include "load/isolate.h"

/* So many bytes are put at once. */
enum { PORTION = 1 << 17 };

/*
 * A batch that is refused is sent more than once, so where bad rows are dense
 * batches become small: a quarter of the distance between bad rows, which is
 * refused one time in four.  Below LIMIT_MIN the round trips cost more.
 */
enum { LIMIT_MIN = 128, LIMIT_SHARE = 4 };

int
feed_init(struct feed *f, struct inserter *inserter, const struct target *target,
	struct rejects *rejects, struct error *err)
{
	*f = (struct feed){
		.inserter = inserter,
		.target = target,
		.rejects = rejects,
		.batch = BATCH_INIT,
		.limit = BATCH_ROWS,
		.later = LATER_INIT,
	};
	if (target->nkey == 0)
		return 0;
	f->is_key = calloc(target->nstream, sizeof *f->is_key);
	if (f->is_key == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < target->nstream; i++)
		f->is_key[i] = target_is_key(target, target->stream[i]);
	return 0;
}

void
feed_start(struct feed *f, const char *file)
{
	f->file = file;
	f->sent = 0;
	f->tally = (struct tally){0};
	later_release(&f->later);
	batch_clear(&f->batch);
}

static int
reject(struct feed *f, const struct csv_record *record, const char *column, const char *code,
	const char *message, struct error *err)
{
	const struct reject r = {
		.record = record,
		.file = f->file,
		.column = column,
		.code = code,
		.message = message,
	};

	f->tally.rejected++;
	return rejects_add(f->rejects, &r, err);
}

static int
reject_refused(struct feed *f, const struct csv_record *record, const struct refusal *refusal,
	struct error *err)
{
	const char *column = refusal->column[0] != '\0' ? refusal->column : NULL;

	return reject(f, record, column, refusal->code, refusal->message, err);
}

static int
refuse(void *arg, const struct csv_record *record, const struct refusal *refusal,
	struct error *err)
{
	struct feed *f = arg;

	/* what was found with others says nothing about the size of batches */
	if (!refusal->at_once)
		f->refused++;
	if (target_may_pass_later(f->target, refusal->constraint))
		return later_add(&f->later, record, refusal, err);
	return reject_refused(f, record, refusal, err);
}

/*
 * NULL is equal to nothing, so a row without its key would be inserted again
 * each time it comes.  Returns the column, or NULL.
 */
static const char *
null_key(const struct feed *f, const struct csv_record *record)
{
	if (f->is_key == NULL)
		return NULL;
	for (size_t i = 0; i < record->nfields; i++) {
		if (f->is_key[i] && record->fields[i].null)
			return f->target->columns[f->target->stream[i]].name;
	}
	return NULL;
}

static int
send(struct feed *f, struct error *err)
{
	size_t from = f->sent;

	if (!f->inserter->active && inserter_begin(f->inserter, err) < 0)
		return -1;
	f->sent = f->batch.nrows;
	return inserter_put(f->inserter, &f->batch, from, f->sent, err);
}

static bool
is_full(const struct feed *f)
{
	return f->batch.nrows >= f->limit || batch_is_full(&f->batch);
}

/* The limit for the batches behind one of which `bad` rows were refused. */
static void
adapt_limit(struct feed *f, uint64_t bad)
{
	if (bad == 0)
		f->limit = f->limit < BATCH_ROWS / 2 ? 2 * f->limit : BATCH_ROWS;
	else
		f->limit = f->batch.nrows / (LIMIT_SHARE * bad);
	if (f->limit < LIMIT_MIN)
		f->limit = LIMIT_MIN;
}

static void
count_taken(struct feed *f, const struct copied *copied)
{
	f->tally.taken += copied->rows;
	f->tally.inserted += copied->inserted;
	f->tally.updated += copied->updated;
}

static int
end_batch(struct feed *f, struct error *err)
{
	struct copied copied = {0};
	uint64_t refused = f->refused;
	struct refusal refusal;
	int taken;

	if (f->batch.nrows == 0)
		return 0;
	if (send(f, err) < 0)
		return -1;
	taken = inserter_end(f->inserter, &copied, &refusal, err);
	if (taken < 0)
		return -1;
	if (taken == 0)
		copied = (struct copied){0};
	if (taken == 0 &&
		isolate(f->inserter, &f->batch, &refusal, &copied, refuse, f, err) < 0)
		return -1;
	count_taken(f, &copied);
	adapt_limit(f, f->refused - refused);
	f->sent = 0;
	batch_clear(&f->batch);
	return 0;
}

int
feed_record(struct feed *f, const struct shard_reader *reader, const struct csv_record *record,
	struct error *err)
{
	const char *column;

	f->tally.read++;
	if (record->defect != CSV_SOUND) {
		char message[256];

		shard_reader_defect(reader, record, message, sizeof message);
		return reject(f, record, NULL, csv_defect_code(record->defect), message, err);
	}
	column = null_key(f, record);
	if (column != NULL)
		return reject(f, record, column, f->target->null_code,
			"the key is null, so an upsert cannot tell which row this is", err);
	if (batch_add(&f->batch, record, err) < 0)
		return -1;
	if (is_full(f))
		return end_batch(f, err);
	return f->batch.len - batch_offset(&f->batch, f->sent) >= PORTION ? send(f, err) : 0;
}

/* All rows of *round once more; those that are refused again are in f->later then. */
static int
retry(struct feed *f, struct later *round, struct error *err)
{
	struct csv_record record;
	struct refusal why;
	int got = later_rewind(round, err);

	while (got == 0 && (got = later_next(round, &record, &why, err)) > 0) {
		got = batch_add(&f->batch, &record, err);
		if (got == 0 && is_full(f))
			got = end_batch(f, err);
	}
	return got < 0 ? -1 : end_batch(f, err);
}

static int
reject_later(struct feed *f, struct error *err)
{
	struct csv_record record;
	struct refusal why;
	int got = later_rewind(&f->later, err);

	while (got == 0 && (got = later_next(&f->later, &record, &why, err)) > 0)
		got = reject_refused(f, &record, &why, err);
	return got;
}

/* The next rows that wait, as a batch: 1, or 0 when there is none. */
static int
next_waiting(struct feed *f, struct error *err)
{
	struct csv_record record;
	struct refusal why;
	int got = 1;

	batch_clear(&f->batch);
	while (!batch_is_full(&f->batch) &&
		(got = later_next(&f->later, &record, &why, err)) > 0) {
		if (batch_add(&f->batch, &record, err) < 0)
			return -1;
	}
	return got < 0 ? -1 : f->batch.nrows > 0;
}

/* All rows that wait, at once: as inserter_end. */
static int
send_waiting(struct feed *f, struct copied *copied, struct refusal *why, struct error *err)
{
	int got = later_rewind(&f->later, err);

	if (got == 0)
		got = inserter_begin(f->inserter, err);
	while (got == 0 && (got = next_waiting(f, err)) > 0)
		got = inserter_put(f->inserter, &f->batch, 0, f->batch.nrows, err);
	batch_clear(&f->batch);
	return got < 0 ? -1 : inserter_end(f->inserter, copied, why, err);
}

/* Rows that wait, without those that refer to nothing. */
struct sifting {
	struct feed *feed;
	struct later rest;
	uint64_t at; /* the row that comes next */
};

static int
sift_to(struct sifting *s, uint64_t row, struct error *err)
{
	struct csv_record record;
	struct refusal why;

	for (; s->at < row; s->at++) {
		if (later_next(&s->feed->later, &record, &why, err) < 0 ||
			later_add(&s->rest, &record, &why, err) < 0)
			return -1;
	}
	return 0;
}

static int
sift(void *arg, size_t row, const struct refusal *why, struct error *err)
{
	struct sifting *s = arg;
	struct csv_record record;
	struct refusal before;

	if (sift_to(s, row, err) < 0 || later_next(&s->feed->later, &record, &before, err) < 0)
		return -1;
	s->at++;
	return reject_refused(s->feed, &record, why, err);
}

/*
 * Reject what refers to nothing, now that nothing else can come; the others
 * go on waiting.  1: there were any; 0: none, or it cannot be told.
 */
static int
reject_orphans(struct feed *f, struct error *err)
{
	struct sifting s = {.feed = f, .rest = LATER_INIT};
	int got = later_rewind(&f->later, err), gathered = 0;

	while (got == 0 && (got = next_waiting(f, err)) > 0) {
		gathered = inserter_gather(f->inserter, &f->batch, err);
		if (gathered <= 0)
			break;
		got = 0;
	}
	batch_clear(&f->batch);
	if (got < 0 || gathered <= 0)
		return got < 0 ? -1 : gathered;
	if (later_rewind(&f->later, err) < 0)
		return -1;
	got = inserter_explain_gathered(f->inserter, sift, &s, err);
	if (got > 0 && sift_to(&s, f->later.count, err) < 0)
		got = -1;
	if (got <= 0) {
		later_release(&s.rest);
		return got;
	}
	later_release(&f->later);
	f->later = s.rest;
	return 1;
}

/*
 * What waits for rows that wait, too, is taken in one go, however long the
 * chains are.  Where something else is wrong with a row, all go on waiting.
 */
static int
finish_waiting(struct feed *f, struct error *err)
{
	struct copied copied;
	struct refusal why;
	int taken, sifted = 0;

	if (f->later.count == 0 || !inserter_takes_any_order(f->inserter))
		return 0;
	taken = send_waiting(f, &copied, &why, err);
	if (taken == 0 && strcmp(why.code, "23503") == 0)
		sifted = reject_orphans(f, err);
	if (sifted > 0 && f->later.count > 0)
		taken = send_waiting(f, &copied, &why, err);
	if (taken > 0) {
		count_taken(f, &copied);
		later_release(&f->later);
	}
	return taken < 0 || sifted < 0 ? -1 : 0;
}

int
feed_finish(struct feed *f, struct error *err)
{
	uint64_t before = UINT64_MAX;

	if (end_batch(f, err) < 0 || finish_waiting(f, err) < 0)
		return -1;
	while (f->later.count > 0 && f->later.count < before) {
		struct later round = f->later;
		int status;

		before = round.count;
		f->later = (struct later)LATER_INIT;
		status = retry(f, &round, err);
		later_release(&round);
		if (status < 0)
			return -1;
	}
	if (reject_later(f, err) < 0)
		return -1;
	return inserter_settle(f->inserter, err);
}

void
feed_abort(struct feed *f)
{
	inserter_abort(f->inserter, "caravan load: the input failed");
}

void
feed_release(struct feed *f)
{
	batch_release(&f->batch);
	later_release(&f->later);
	free(f->is_key);
}
