/*
 * feed.c - see feed.h
 */
#include <stdlib.h>
#include <string.h>

#include "load/feed.h"
#include "load/isolate.h"

/* So many bytes go to libpq at once. */
enum { PORTION = 1 << 17 };

int
feed_init(struct feed *f, struct copier *copier, const struct target *target,
	struct rejects *rejects, struct error *err)
{
	*f = (struct feed){
		.copier = copier,
		.target = target,
		.rejects = rejects,
		.batch = BATCH_INIT,
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
refuse(void *arg, const struct csv_record *record, const struct refusal *refusal,
	struct error *err)
{
	const char *column = refusal->column[0] != '\0' ? refusal->column : NULL;

	return reject(arg, record, column, refusal->sqlstate, refusal->message, err);
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

	if (!f->copier->active && copier_begin(f->copier, err) < 0)
		return -1;
	f->sent = f->batch.len;
	return copier_put(f->copier, f->batch.data + from, f->batch.len - from, err);
}

static int
end_batch(struct feed *f, struct error *err)
{
	struct copied copied = {0};
	struct refusal refusal;
	int taken;

	if (f->batch.nrows == 0)
		return 0;
	if (send(f, err) < 0)
		return -1;
	taken = copier_end(f->copier, &copied, &refusal, err);
	if (taken < 0)
		return -1;
	if (taken == 0 && isolate(f->copier, &f->batch, &refusal, &copied, refuse, f, err) < 0)
		return -1;
	f->tally.taken += copied.rows;
	f->tally.inserted += copied.inserted;
	f->tally.updated += copied.updated;
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
		return reject(f, record, column, "23502",
			"the key is null, so an upsert cannot tell which row this is", err);
	if (batch_add(&f->batch, record, err) < 0)
		return -1;
	if (batch_is_full(&f->batch))
		return end_batch(f, err);
	return f->batch.len - f->sent >= PORTION ? send(f, err) : 0;
}

int
feed_finish(struct feed *f, struct error *err)
{
	return end_batch(f, err) < 0 ? -1 : copier_settle(f->copier, err);
}

void
feed_abort(struct feed *f)
{
	copier_abort(f->copier, "caravan load: the input failed");
}

void
feed_release(struct feed *f)
{
	batch_release(&f->batch);
	free(f->is_key);
}
