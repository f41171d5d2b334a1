/*
 * job.c - see job.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "load/feed.h"
#include "load/job.h"
#include "load/old_rejects.h"
#include "load/sink.h"
#include "progress.h"
#include "shard/shard_reader.h"

struct job {
	const struct job_options *options;
	const char *const *paths;
	size_t npaths;
	struct shard_reader *first; /* of the first input, until it is taken */
	struct sink *sink;
	bool has_ledger; /* it is asked and kept */
	struct rejects *rejects;
	bool rejects_saved; /* the rejects file has been written */
	struct feed feed;
	struct progress progress;
	size_t nregular; /* how many inputs are regular files */
	uint64_t total;  /* bytes of all files, 0: unknown */
	uint64_t position_before;
	bool begun; /* in a transaction */
	struct job_totals *totals;
	struct job_totals pending; /* not committed yet */
};

static bool
is_single(const struct job *j)
{
	return j->options->dry_run || j->options->mode == JOB_REPLACE;
}

static int
begin(struct job *j, struct error *err)
{
	if (j->begun)
		return 0;
	j->begun = true;
	if (sink_begin(j->sink, err) < 0)
		return -1;
	if (j->has_ledger && j->options->mode == JOB_REPLACE)
		return sink_ledger_forget(j->sink, err);
	return 0;
}

static void
add_pending(struct job *j)
{
	struct job_totals *t = j->totals, *p = &j->pending;

	t->files += p->files;
	t->loaded += p->loaded;
	t->inserted += p->inserted;
	t->updated += p->updated;
	t->filtered += p->filtered;
	memset(p, 0, sizeof *p);
}

static void
roll_back(struct job *j)
{
	if (!j->begun)
		return;
	feed_abort(&j->feed);
	j->begun = false;
	sink_roll_back(j->sink);
}

/*
 * When some of the inputs were loaded by an earlier run, that run's rejects may
 * be all that is left of their bad rows.
 */
static int
keep_old_rejects(const struct job *j, struct error *err)
{
	if (j->totals->skipped_files == 0)
		return 0;
	return old_rejects_keep(j->options->rejects, j->options->say, j->options->arg, err);
}

/* The rejects of a file are on disk before its rows are committed, so that none is lost. */
static int
save_rejects(struct job *j, struct error *err)
{
	if (!j->rejects_saved && keep_old_rejects(j, err) < 0)
		return -1;
	j->rejects_saved = true;
	return rejects_checkpoint(j->rejects, err);
}

/* The files of the transaction are whole: now, or never, they count. */
static int
commit(struct job *j, const char *file, struct error *err)
{
	if (j->pending.files > 0 && save_rejects(j, err) < 0)
		return -1;
	if (sink_check(j->sink, file, err) < 0)
		return -1;
	if (j->options->dry_run)
		roll_back(j);
	else if (sink_commit(j->sink, err) < 0)
		return -1;
	j->begun = false;
	add_pending(j);
	return 0;
}

static int
check_budget(const struct job *j, const struct tally *t, const char *file, struct error *err)
{
	const struct budget *b = &j->options->max_rejects;

	if (!b->percent || (double)t->rejected * 100 <= b->share * (double)t->read)
		return 0;
	return error_set(err, ERROR_BUDGET,
		"%s: %" PRIu64 " of %" PRIu64 " rows rejected, --max-rejects allows %g%%", file,
		t->rejected, t->read, b->share);
}

static void
say_file(const struct job *j, const char *file, const struct tally *t)
{
	char text[512];
	uint64_t filtered = t->read - t->rejected - t->taken;
	int n;

	n = snprintf(text, sizeof text,
		"%s: %" PRIu64 " rows read, %" PRIu64 " inserted, %" PRIu64 " updated, %" PRIu64
		" unchanged, %" PRIu64 " rejected",
		file, t->read, t->inserted, t->updated, t->taken - t->inserted - t->updated,
		t->rejected);
	if (filtered > 0 && n > 0 && (size_t)n < sizeof text)
		(void)snprintf(text + n, sizeof text - (size_t)n,
			", %" PRIu64 " left out by a trigger", filtered);
	j->options->say(j->options->arg, text);
}

static int
read_all(struct job *j, struct shard_reader *reader, struct error *err)
{
	const struct csv_record *record;
	int got;

	while ((got = shard_reader_next(reader, &record, err)) > 0) {
		if (feed_record(&j->feed, reader, record, err) < 0)
			return -1;
		progress_update(&j->progress, j->totals->read + j->feed.tally.read,
			j->totals->bytes + shard_reader_bytes(reader),
			j->position_before + shard_reader_position(reader), j->total);
	}
	if (got < 0)
		return -1;
	if (j->options->end_mark && !shard_reader_whole(reader))
		return error_set(err, ERROR_RUNTIME,
			"%s: it ends without an end mark, so its writer may have failed",
			shard_reader_file(reader));
	return feed_finish(&j->feed, err);
}

/* The records of a file were taken; what was read is counted whatever becomes of it. */
static void
count(struct job *j, const struct tally *t)
{
	j->pending.files++;
	j->pending.loaded += t->taken;
	j->pending.inserted += t->inserted;
	j->pending.updated += t->updated;
	j->pending.filtered += t->read - t->rejected - t->taken;
}

/* What was read of a file, whatever became of it. */
static void
count_read(struct job *j, const struct shard_reader *reader, uint64_t rows)
{
	j->totals->read += rows;
	j->totals->bytes += shard_reader_bytes(reader);
	j->totals->hash = shard_reader_hash(reader);
	j->position_before += shard_reader_position(reader);
}

/* The ledger has the shard: read it, only to know that it is the same. */
static int
skip_file(struct job *j, struct shard_reader *reader, const struct ledger_entry *old,
	struct error *err)
{
	const char *file = shard_reader_file(reader);
	const struct csv_record *record;
	char text[512];
	uint64_t rows = 0;
	int got;

	while ((got = shard_reader_next(reader, &record, err)) > 0)
		rows++;
	count_read(j, reader, rows);
	j->totals->skipped += rows;
	if (got < 0)
		return -1;
	if (shard_reader_hash(reader) != old->hash || shard_reader_bytes(reader) != old->bytes)
		return error_set(err, ERROR_USAGE,
			"'%s' was loaded at %s with another content; --again loads this one "
			"too",
			file, old->when);
	j->totals->skipped_files++;
	(void)snprintf(text, sizeof text,
		"%s: loaded already, at %s: %" PRIu64 " rows, %" PRIu64 " of them rejected",
		file, old->when, old->rows, old->rejected);
	j->options->say(j->options->arg, text);
	return 0;
}

static int
enter(struct job *j, const char *shard, const struct shard_reader *reader, struct error *err)
{
	const struct tally *t = &j->feed.tally;
	const struct ledger_entry entry = {
		.hash = shard_reader_hash(reader),
		.bytes = shard_reader_bytes(reader),
		.rows = t->read,
		.loaded = t->taken,
		.rejected = t->rejected,
	};

	/* an upsert of the same rows under another name does no harm */
	return sink_ledger_enter(j->sink, shard, &entry,
		!j->options->again && j->options->mode == JOB_INSERT, err);
}

/*
 * What is to be dropped is dropped when the first file comes that the ledger
 * has not got: a load that has nothing to do leaves the table alone.
 */
static int
before_first(struct job *j, const char *shard, struct error *err)
{
	int there = 0;

	if (j->options->defer == SINK_DEFER_NOT || (j->begun && is_single(j)))
		return 0;
	if (shard != NULL && !j->options->again && !is_single(j))
		there = sink_ledger_find(j->sink, shard, err);
	if (there != 0)
		return there < 0 ? -1 : 0;
	/* the transaction of a file that was skipped, which has done nothing */
	roll_back(j);
	return sink_defer(j->sink, err);
}

/* shard NULL: the input has no name by which the ledger could know it. */
static int
load_records(struct job *j, const char *shard, struct shard_reader *reader, struct error *err)
{
	const char *file = shard_reader_file(reader);
	const struct tally *t = &j->feed.tally;
	struct ledger_entry old;
	int status = 1;

	if (before_first(j, shard, err) < 0 || begin(j, err) < 0)
		return -1;
	if (shard != NULL)
		status = sink_ledger_claim(j->sink, shard, j->options->again, &old, err);
	if (status <= 0)
		return status < 0 ? -1 : skip_file(j, reader, &old, err);
	feed_start(&j->feed, file);
	status = read_all(j, reader, err);
	count_read(j, reader, t->read);
	j->totals->rejected += t->rejected;
	if (status < 0 || check_budget(j, t, file, err) < 0)
		return -1;
	if (shard != NULL && enter(j, shard, reader, err) < 0)
		return -1;
	count(j, t);
	if (!is_single(j) && commit(j, file, err) < 0)
		return -1;
	say_file(j, file, t);
	return 0;
}

/* All inputs have the columns of the first, in its order. */
static int
check_header(const struct job *j, struct shard_reader *reader, struct error *err)
{
	const struct csv_record *header = shard_reader_header(reader);
	const struct target *t = &j->sink->target;
	bool same = header->nfields == t->nstream;

	for (size_t i = 0; same && i < header->nfields; i++) {
		const char *name = t->columns[t->stream[i]].name;

		same = strcmp(name, header->fields[i].ptr) == 0;
	}
	if (same)
		return 0;
	return error_set(err, ERROR_USAGE, "'%s' has other columns than the input before it",
		shard_reader_file(reader));
}

/* What needs the columns of the stream, which the first input tells. */
static int
prepare(struct job *j, struct shard_reader *reader, struct error *err)
{
	const struct job_options *o = j->options;
	const struct csv_record *header = shard_reader_header(reader);
	const struct sink_plan plan = {
		.upsert = o->mode == JOB_UPSERT,
		.replace = o->mode == JOB_REPLACE,
		.dry_run = o->dry_run,
		.key = o->key,
		.defer = o->defer,
		.no_analyze = o->no_analyze,
	};

	if (sink_prepare(j->sink, &plan, header, err) < 0)
		return -1;
	j->rejects = rejects_open(
		o->rejects, "load", header, &o->max_rejects, o->report_reject, o->arg, err);
	if (j->rejects == NULL)
		return -1;
	if (feed_init(&j->feed, j->sink->inserter, &j->sink->target, j->rejects, err) < 0)
		return -1;
	/* a table that is replaced from a pipe has its old shards no more */
	j->has_ledger = !o->no_ledger && (j->nregular > 0 || o->mode == JOB_REPLACE);
	if (!j->has_ledger)
		return 0;
	return sink_ledger_open(j->sink, o->dry_run || j->nregular == 0, err);
}

/* The name under which the ledger keeps the input, or NULL. */
static const char *
shard_name(const struct job *j, size_t i)
{
	struct stat st;

	if (!j->has_ledger || j->npaths == 0 || strcmp(j->paths[i], "-") == 0)
		return NULL;
	return stat(j->paths[i], &st) == 0 && S_ISREG(st.st_mode) ? j->paths[i] : NULL;
}

/*
 * One reader a file: each has an end of its own, where its seal is checked.
 */
static int
try_file(struct job *j, size_t i, struct error *err)
{
	struct shard_reader *reader = j->first;
	int status = -1;

	j->first = NULL;
	if (reader == NULL)
		reader = shard_reader_open(j->paths + i, j->npaths > 0 ? 1 : 0, err);
	if (reader == NULL)
		return -1;
	if (j->rejects == NULL)
		status = prepare(j, reader, err);
	else
		status = check_header(j, reader, err);
	if (status == 0)
		status = load_records(j, shard_name(j, i), reader, err);
	/* before the reader goes, which owns the file's name */
	if (status < 0)
		roll_back(j);
	shard_reader_close(reader);
	return status;
}

/*
 * Whether a file that failed may be tried again: it can be read again, the
 * server gave it up for the sake of another, and no reject was told, which a
 * second time would be told twice.
 */
static bool
may_retry(const struct job *j, size_t i, uint64_t rejects, const struct error *err)
{
	struct stat st;

	return !is_single(j) && j->npaths > 0 && j->rejects != NULL &&
	       rejects_count(j->rejects) == rejects && sink_lost_conflict(j->sink, err) &&
	       stat(j->paths[i], &st) == 0 && S_ISREG(st.st_mode);
}

static int
load_file(struct job *j, size_t i, struct error *err)
{
	enum { TRIES = 8 };
	const struct job_totals totals = *j->totals, pending = j->pending;
	uint64_t rejects = j->rejects ? rejects_count(j->rejects) : 0;
	uint64_t position = j->position_before;
	char text[2 * ERROR_TEXT_MAX];

	for (int tries = 1; try_file(j, i, err) < 0; tries++) {
		if (tries == TRIES || !may_retry(j, i, rejects, err))
			return -1;
		(void)snprintf(text, sizeof text, "%s: trying it again after %s", j->paths[i],
			err->text);
		j->options->say(j->options->arg, text);
		/* longer each time, so that the other gets past what both want */
		(void)nanosleep(&(struct timespec){(100L << tries) / 1000,
					(100L << tries) % 1000 * 1000000L},
			NULL);
		*err = (struct error)ERROR_INIT;
		*j->totals = totals;
		j->pending = pending;
		j->position_before = position;
	}
	return 0;
}

/*
 * Files whose headers differ are found before anything is done.  Only what can
 * be opened twice is looked at: a pipe would lose what is read from it.
 */
static int
survey(struct job *j, struct error *err)
{
	const char **regular = calloc(j->npaths + 1, sizeof *regular);
	struct shard_reader *reader;
	size_t n = 0;
	int status = 0;

	if (regular == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < j->npaths; i++) {
		struct stat st;

		if (strcmp(j->paths[i], "-") == 0 || stat(j->paths[i], &st) < 0 ||
			!S_ISREG(st.st_mode))
			continue;
		j->total += (uint64_t)st.st_size;
		regular[n++] = j->paths[i];
	}
	j->nregular = n;
	if (n < j->npaths)
		j->total = 0;
	if (n > 1) {
		reader = shard_reader_open(regular, n, err);
		status = reader ? 0 : -1;
		shard_reader_close(reader);
	}
	free(regular);
	return status;
}

static int
load_files(struct job *j, struct error *err)
{
	size_t n = j->npaths > 0 ? j->npaths : 1;

	for (size_t i = 0; i < n; i++) {
		if (load_file(j, i, err) < 0)
			return -1;
	}
	return j->begun ? commit(j, j->npaths > 0 ? j->paths[n - 1] : "standard input", err)
			: 0;
}

static void
release(struct job *j)
{
	roll_back(j);
	shard_reader_close(j->first);
	feed_release(&j->feed);
}

/* Publish the rejects, but never at the cost of those of an earlier run. */
static int
end_rejects(struct job *j, int status, struct error *err)
{
	bool old = j->totals->skipped_files > 0 && !j->rejects_saved;
	struct error ignored;

	if (old && (status == 0 || keep_old_rejects(j, &ignored) < 0))
		rejects_discard(j->rejects);
	else if (status == 0)
		status = rejects_finish(j->rejects, j->totals->read, err);
	else
		rejects_close(j->rejects);
	j->rejects = NULL;
	return status;
}

int
job_run(const struct job_options *options, struct sink *sink, struct shard_reader *first,
	const char *const *paths, size_t npaths, struct job_totals *totals, struct error *err)
{
	struct job j = {
		.options = options,
		.sink = sink,
		.first = first,
		.paths = paths,
		.npaths = npaths,
		.totals = totals,
	};
	int status = -1;

	memset(totals, 0, sizeof *totals);
	progress_start(&j.progress, "load", options->progress);
	if (survey(&j, err) == 0)
		status = load_files(&j, err);
	progress_end(&j.progress);
	status = end_rejects(&j, status, err);
	release(&j);
	if (status < 0)
		sink_fail(sink);
	else
		status = sink_finish(
			sink, totals->inserted + totals->updated, &totals->rebuilt, err);
	totals->undone = totals->read - totals->rejected - totals->loaded - totals->filtered -
			 totals->skipped;
	return status;
}
