/*
 * job.c - see job.h
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/postgres.h"
#include "db/sql.h"
#include "load/copier.h"
#include "load/feed.h"
#include "load/job.h"
#include "load/ledger.h"
#include "load/sequence.h"
#include "load/statements.h"
#include "load/target.h"
#include "progress.h"
#include "shard/shard_reader.h"

struct job {
	const struct job_options *options;
	PGconn *conn;
	const char *const *paths;
	size_t npaths;
	struct target target;
	struct statements statements;
	struct copier copier;
	struct ledger ledger;
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

/*
 * LOCAL, so that nothing depends on the session: a pool may give each
 * transaction another one.
 */
static const char begin_sql[] =
	"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;"
	" SET LOCAL client_encoding = 'UTF8'; SET LOCAL DateStyle = 'ISO, MDY';"
	" SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC';"
	" SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
	" SET LOCAL client_min_messages = 'warning'";

/* Only some roles may; without it, bad rows take a few more round trips to find. */
static void
ask_for_english(PGconn *conn)
{
	struct error ignored;

	(void)postgres_do(conn, "SET lc_messages = 'C'", &ignored);
}

static bool
is_single(const struct job *j)
{
	return j->options->dry_run || j->options->mode == JOB_REPLACE;
}

static int
begin(struct job *j, struct error *err)
{
	struct sql s = SQL_INIT;
	int status = -1;

	if (j->begun)
		return 0;
	sql_add(&s, "%s", begin_sql);
	if (j->options->mode == JOB_REPLACE) {
		sql_add(&s, "; DELETE FROM ");
		sql_qualified(&s, j->target.schema, j->target.table);
	}
	if (sql_text(&s, err) != NULL)
		status = postgres_do(j->conn, s.text, err);
	j->begun = true;
	sql_release(&s);
	if (status == 0 && j->has_ledger && j->options->mode == JOB_REPLACE)
		status = ledger_forget(&j->ledger, err);
	return status < 0 ? -1 : copier_start(&j->copier, err);
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
	struct error ignored;

	if (!j->begun)
		return;
	feed_abort(&j->feed);
	j->begun = false;
	/* also where the connection is gone: then the server rolls back by itself */
	(void)postgres_do(j->conn, "ROLLBACK", &ignored);
}

/* Constraints that wait for the commit are checked while we can still say what is wrong. */
static int
check_deferred(struct job *j, const char *file, struct error *err)
{
	PGresult *r = PQexec(j->conn, "SET CONSTRAINTS ALL IMMEDIATE");
	char text[POSTGRES_MESSAGE_MAX];
	int status = 0;

	if (PQresultStatus(r) != PGRES_COMMAND_OK) {
		postgres_message(r, text, sizeof text);
		if (PQstatus(j->conn) == CONNECTION_OK &&
			postgres_is_about_data(postgres_sqlstate(r)))
			status = error_set(err, ERROR_BUDGET,
				"%s: a deferred constraint is violated, PostgreSQL does not "
				"tell "
				"by which row: %s: %s",
				file, postgres_sqlstate(r), text);
		else
			status = postgres_failed(j->conn, r, err);
	}
	PQclear(r);
	return status;
}

/*
 * A file of rejects that an earlier run left is not written over when some of
 * the inputs were loaded by that run: it may be all that is left of their bad
 * rows.  It gets the first free name FILE.1, FILE.2, …
 */
static int
keep_old_rejects(const struct job *j, struct error *err)
{
	const char *path = j->options->rejects;
	struct sql name = SQL_INIT;
	struct stat st;
	char text[512];
	int status = 0;

	if (path == NULL || j->totals->skipped_files == 0 || stat(path, &st) < 0 ||
		!S_ISREG(st.st_mode))
		return 0;
	for (unsigned i = 1; status == 0; i++) {
		sql_release(&name);
		sql_add(&name, "%s.%u", path, i);
		if (sql_text(&name, err) == NULL)
			status = -1;
		else if (link(path, name.text) == 0)
			break;
		else if (errno != EEXIST)
			status = error_errno(err, ERROR_RUNTIME, "cannot keep '%s' as '%s'",
				path, name.text);
	}
	if (status == 0) {
		(void)snprintf(text, sizeof text, "'%s' of an earlier run is kept as '%s'",
			path, name.text);
		j->options->say(j->options->arg, text);
	}
	sql_release(&name);
	return status;
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
	if (check_deferred(j, file, err) < 0)
		return -1;
	if (j->options->dry_run) {
		roll_back(j);
		add_pending(j);
		return 0;
	}
	if (sequences_advance(&j->target, err) < 0)
		return -1;
	if (postgres_do(j->conn, "COMMIT", err) < 0) {
		if (PQstatus(j->conn) != CONNECTION_OK)
			error_prefix(err, "cannot tell whether the load was committed");
		return -1;
	}
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
	return ledger_enter(&j->ledger, shard, &entry,
		!j->options->again && j->options->mode == JOB_INSERT, err);
}

/* shard NULL: the input has no name by which the ledger could know it. */
static int
load_records(struct job *j, const char *shard, struct shard_reader *reader, struct error *err)
{
	const char *file = shard_reader_file(reader);
	const struct tally *t = &j->feed.tally;
	struct ledger_entry old;
	int status = 1;

	if (begin(j, err) < 0)
		return -1;
	if (shard != NULL)
		status = ledger_claim(&j->ledger, shard, j->options->again, &old, err);
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
	bool same = header->nfields == j->target.nstream;

	for (size_t i = 0; same && i < header->nfields; i++) {
		const char *name = j->target.columns[j->target.stream[i]].name;

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

	if (target_match(&j->target, header, err) < 0)
		return -1;
	if (o->mode == JOB_UPSERT && target_choose_key(&j->target, o->key, err) < 0)
		return -1;
	if (statements_init(&j->statements, &j->target, err) < 0)
		return -1;
	copier_init(&j->copier, j->conn, &j->target, &j->statements);
	j->rejects = rejects_open(
		o->rejects, "load", header, &o->max_rejects, o->report_reject, o->arg, err);
	if (j->rejects == NULL)
		return -1;
	if (feed_init(&j->feed, &j->copier, &j->target, j->rejects, err) < 0)
		return -1;
	/* a table that is replaced from a pipe has its old shards no more */
	j->has_ledger = !o->no_ledger && (j->nregular > 0 || o->mode == JOB_REPLACE);
	if (!j->has_ledger)
		return 0;
	return ledger_init(&j->ledger, &j->target, o->dry_run || j->nregular == 0, err);
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
load_file(struct job *j, size_t i, struct error *err)
{
	struct shard_reader *reader =
		shard_reader_open(j->paths + i, j->npaths > 0 ? 1 : 0, err);
	int status = -1;

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
	feed_release(&j->feed);
	statements_release(&j->statements);
	target_release(&j->target);
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
job_run(const struct job_options *options, PGconn *conn, const char *table,
	const char *const *paths, size_t npaths, struct job_totals *totals, struct error *err)
{
	struct job j = {
		.options = options,
		.conn = conn,
		.paths = paths,
		.npaths = npaths,
		.totals = totals,
	};
	int status = -1;

	memset(totals, 0, sizeof *totals);
	ask_for_english(conn);
	progress_start(&j.progress, "load", options->progress);
	if (target_init(&j.target, conn, table, err) == 0 && survey(&j, err) == 0)
		status = load_files(&j, err);
	progress_end(&j.progress);
	status = end_rejects(&j, status, err);
	release(&j);
	totals->undone = totals->read - totals->rejected - totals->loaded - totals->filtered -
			 totals->skipped;
	return status;
}
