/*
 * follow.c - see follow.h
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "db/mysql.h"
#include "extract/binlog_server.h"
#include "extract/follow.h"
#include "extract/follow_log.h"
#include "extract/follow_state.h"

enum {
	BACKOFF_MIN_MS = 100 /* up to 32 times that */,
	ATTEMPTS = 3, /* to read what comes damaged */
};

#define SECOND      UINT64_C(1000000000)
#define STATE_EVERY (5 * SECOND) /* a position without changes is noted */

static volatile sig_atomic_t stop_asked;

static void
ask_to_stop(int sig)
{
	(void)sig;
	stop_asked = 1;
}

struct follow {
	struct follow_request *request;
	struct binlog_server server;
	struct binlog_table *tables;
	struct follow_sink *sinks;
	struct follow_state state;
	struct follow_log log;
	struct binlog_stream *stream;
	struct binlog_place until;
	struct binlog_position written; /* what position.json says */
	uint64_t sealed_at;             /* when the last shards were */
	uint64_t counted;               /* changes when they were */
	uint64_t flushed;               /* changes when the stream was flushed last */
	bool begun;                     /* there was a connection already */
	unsigned failures;              /* since the last event */
	unsigned damaged;               /* times that the same transaction came so */
	struct binlog_position failed_at;
};

static void
warn(const struct follow *f, const char *text)
{
	f->request->warn(f->request->arg, text);
}

/* Signals end the following where a transaction ends. */
static void
catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = ask_to_stop, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct sigaction before;

		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &action, NULL);
	}
}

/* ---- before the log is read */

static void
warn_of_table(const struct follow *f, const struct binlog_table *t)
{
	char text[512];
	const json_t *name;
	size_t i;

	json_array_foreach (t->cascades, i, name) {
		snprintf(text, sizeof text,
			"table '%s': what its foreign key '%s' changes by itself (CASCADE, SET "
			"NULL) is in no binary log, so it is not followed",
			t->label, json_string_value(name));
		warn(f, text);
	}
	if (t->key == NULL) {
		snprintf(text, sizeof text,
			"table '%s' has no key: each update is a delete and an insert",
			t->label);
		warn(f, text);
	}
}

static char *
current_database(MYSQL *conn)
{
	struct error ignored;
	MYSQL_RES *result = mydb_query(conn, "SELECT DATABASE()", &ignored);
	MYSQL_ROW row = result ? mysql_fetch_row(result) : NULL;
	char *name = row != NULL && row[0] != NULL ? strdup(row[0]) : NULL;

	if (result != NULL)
		mysql_free_result(result);
	return name;
}

static int
open_tables(struct follow *f, MYSQL *conn, struct error *err)
{
	const struct follow_request *r = f->request;
	char *database = current_database(conn);
	int status = 0;

	for (size_t i = 0; status == 0 && i < r->njobs; i++) {
		status = binlog_table_open(&f->tables[i], conn, database, r->jobs[i].name, err);
		if (status == 0)
			status = binlog_server_logs(&f->server, f->tables[i].database, err);
		if (status == 0)
			warn_of_table(f, &f->tables[i]);
		f->sinks[i].table = &f->tables[i];
	}
	free(database);
	return status;
}

/* A folder that is gone on with has its own place; --from counts where it is further on. */
static int
choose_place(struct follow *f, struct binlog_place *own, struct error *err)
{
	struct binlog_place *from = &f->request->from;
	bool named = from->kind == BINLOG_PLACE_FILE || from->kind == BINLOG_PLACE_RECORD;

	if (!f->state.found) {
		if (from->kind != BINLOG_PLACE_NONE)
			return 0;
		return error_set(err, ERROR_USAGE,
			"--follow needs a place to begin at: give --from or --from-manifest");
	}
	if (named && binlog_position_compare(&from->position, &own->position) > 0) {
		warn(f, "--from is behind where the folder has come to: what lies between is "
			"left out");
		json_decref(from->server);
		from->server = json_incref(own->server);
		return 0;
	}
	binlog_place_release(from);
	*from = *own;
	memset(own, 0, sizeof *own);
	return 0;
}

/* Where the following ends, also in GTIDs: at first there may be no position to compare. */
static int
find_end(struct follow *f, MYSQL *conn, struct error *err)
{
	f->until = f->request->until;
	memset(&f->request->until, 0, sizeof f->request->until);
	if (f->until.kind == BINLOG_PLACE_NOW) {
		f->until.kind = BINLOG_PLACE_FILE;
		f->until.position = f->server.now;
	}
	if (f->until.kind == BINLOG_PLACE_GTID && !mydb_is_mariadb(conn))
		return error_set(err, ERROR_USAGE,
			"positions by GTID are for MariaDB: give FILE:OFFSET");
	if (f->until.kind == BINLOG_PLACE_FILE && f->log.position.file[0] == '\0')
		return binlog_server_gtids(conn, &f->until.position, &f->until.gtids, err);
	return 0;
}

/* Where reading begins, and where it ends. */
static int
find_places(struct follow *f, MYSQL *conn, struct error *err)
{
	if (binlog_server_find(conn, &f->server, &f->request->from, &f->log.position,
		    &f->log.gtids, err) < 0)
		return -1;
	f->written = f->log.position;
	return find_end(f, conn, err);
}

static int
open_sinks(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;
	struct change_pos record = r->from.record;

	record.file = r->from.position.file;
	for (size_t i = 0; i < r->njobs; i++) {
		int status = r->directory != NULL
				     ? follow_state_sink(&f->state, &f->sinks[i], r->njobs > 1,
					       r->source_name, f->server.identity, err)
				     : follow_sink_stream(&f->sinks[i], r->output, err);

		if (status < 0)
			return -1;
		if (r->from.kind == BINLOG_PLACE_RECORD &&
			(!f->sinks[i].put ||
				change_pos_compare(&record, &f->sinks[i].last) > 0))
			follow_sink_have(&f->sinks[i], &record);
	}
	return 0;
}

static int
write_state(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;

	if (follow_state_write(&f->state, f->sinks, r->njobs, r->source_name,
		    f->server.identity, &f->log.position, &f->log.gtids, f->log.time, err) < 0)
		return -1;
	f->written = f->log.position;
	f->sealed_at = clock_ns();
	f->counted = f->log.changes;
	return 0;
}

static int
prepare(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;
	struct binlog_place own = {0};
	MYSQL *conn = mydb_connect(r->address, r->defaults_file, "extract", err);
	int status = -1;

	if (conn == NULL)
		return -1;
	if (mydb_do(conn, "SET SESSION sql_mode = '', time_zone = '+00:00'", err) < 0 ||
		binlog_server_look(conn, &f->server, err) < 0 || open_tables(f, conn, err) < 0)
		goto out;
	if (r->directory != NULL &&
		follow_state_open(&f->state, r->directory, f->tables, r->njobs, &own, err) < 0)
		goto out;
	if (choose_place(f, &own, err) < 0 || find_places(f, conn, err) < 0 ||
		open_sinks(f, err) < 0)
		goto out;
	status = 0;
	/* behind a GTID there is no position until the log has told one */
	if (r->directory != NULL && f->log.position.file[0] != '\0')
		status = write_state(f, err);
out:
	binlog_place_release(&own);
	mysql_close(conn);
	return status;
}

/* ---- while it is read */

static void
sleep_ms(unsigned ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	(void)nanosleep(&t, NULL); /* a signal ends it */
}

/* Whether the server that answers now is the one that was followed. */
static int
check_server(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;
	struct binlog_place place = {
		.kind = BINLOG_PLACE_FILE, .position = f->log.position, .gtids = f->log.gtids};
	struct binlog_position position;
	struct binlog_gtids gtids = {0};
	struct binlog_server now;
	MYSQL *conn = mydb_connect(r->address, r->defaults_file, "extract", err);
	int status = -1;

	if (conn == NULL)
		return 1; /* try again */
	if (binlog_server_look(conn, &now, err) == 0 &&
		binlog_server_is(now.identity, f->server.identity, err) == 0 &&
		(f->log.position.file[0] == '\0' ||
			binlog_server_find(conn, &now, &place, &position, &gtids, err) == 0))
		status = 0;
	if (status < 0 && mydb_is_lost(conn))
		status = 1;
	if (status < 0)
		err->kind = ERROR_RUNTIME; /* something was done by now */
	free(gtids.list);
	binlog_server_release(&now);
	mysql_close(conn);
	return status;
}

/* Begin, or go on, behind the last complete transaction. */
static int
connect_stream(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;
	int status = f->begun ? check_server(f, err) : 0;

	if (status != 0)
		return status;
	f->begun = true;
	f->stream = binlog_stream_open(
		r->address, r->defaults_file, &f->log.position, &f->log.gtids, err);
	return f->stream != NULL ? 0 : 1;
}

/* The log could not be read on: wait for the next attempt, unless it is of no use. */
static int
failed(struct follow *f, struct error *err)
{
	unsigned wait = BACKOFF_MIN_MS << (f->failures < 5 ? f->failures : 5);
	bool damaged;
	bool passes = binlog_error_passes(f->stream, &damaged);

	binlog_stream_close(f->stream);
	f->stream = NULL;
	follow_log_rewind(&f->log);
	if (binlog_position_compare(&f->failed_at, &f->log.position) != 0)
		f->damaged = 0;
	f->failed_at = f->log.position;
	f->damaged += damaged;
	if (!passes || f->damaged > ATTEMPTS) {
		if (f->log.changes > 0)
			err->kind = ERROR_RUNTIME; /* something was done by now */
		return -1;
	}
	if (f->failures++ == 0)
		warn(f, err->text);
	err->kind = ERROR_NONE;
	if (!stop_asked)
		sleep_ms(wait);
	return 0;
}

static bool
reached(const struct follow *f)
{
	const struct binlog_place *u = &f->until;
	int order;

	switch (u->kind) {
	case BINLOG_PLACE_FILE:
	case BINLOG_PLACE_RECORD:
		if (f->log.position.file[0] == '\0')
			return u->gtids.n > 0 && binlog_gtids_reach(&f->log.gtids, &u->gtids);
		order = binlog_position_compare(&f->log.position, &u->position);
		/* a record's position is where its transaction begins */
		return u->kind == BINLOG_PLACE_FILE ? order >= 0 : order > 0;
	case BINLOG_PLACE_GTID: return binlog_gtids_reach(&f->log.gtids, &u->gtids);
	default: return false;
	}
}

static int
seal(struct follow *f, struct error *err)
{
	for (size_t i = 0; i < f->request->njobs; i++) {
		if (follow_sink_finish(&f->sinks[i], false, err) < 0)
			return -1;
	}
	return write_state(f, err);
}

/* Between two transactions: pass on what there is, if its time has come. */
static int
pass_on(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;
	uint64_t fresh = f->log.changes - f->counted, waited;

	if (r->directory == NULL) {
		if (f->log.changes == f->flushed || !binlog_stream_would_wait(f->stream))
			return 0;
		f->flushed = f->log.changes;
		return follow_sink_flush(&f->sinks[0], err);
	}
	waited = clock_ns() - f->sealed_at;
	if (fresh >= r->rows_per_shard || (fresh > 0 && waited >= r->interval))
		return seal(f, err);
	if (waited >= STATE_EVERY &&
		binlog_position_compare(&f->written, &f->log.position) != 0)
		return write_state(f, err);
	return 0;
}

static int
take_one(struct follow *f, struct error *err)
{
	struct binlog_position start;
	struct binlog_event e;

	if (binlog_stream_next(f->stream, &e, &start, err) < 0)
		return failed(f, err);
	if (follow_log_take(&f->log, &e, &start, binlog_stream_position(f->stream), err) < 0)
		return -1;
	f->failures = 0;
	return f->log.inside ? 0 : pass_on(f, err);
}

static int
run(struct follow *f, struct error *err)
{
	f->sealed_at = clock_ns();
	f->flushed = UINT64_MAX; /* the header waits */
	while (follow_log_is_open(&f->log) || (!stop_asked && !reached(f))) {
		if (f->stream == NULL) {
			bool stopping = stop_asked;
			int status = connect_stream(f, err);

			if (status > 0 && stopping)
				error_prefix(err, "stopped in the middle of a transaction");
			if (status < 0 || (status > 0 && (stopping || failed(f, err) < 0)))
				return -1;
			continue;
		}
		if (take_one(f, err) < 0)
			return -1;
	}
	return 0;
}

static int
finish(struct follow *f, struct error *err)
{
	const struct follow_request *r = f->request;

	if (r->directory == NULL)
		return follow_sink_finish(&f->sinks[0], r->end_mark, err);
	return f->log.position.file[0] != '\0' ? seal(f, err) : 0;
}

static int
fill_result(const struct follow *f, struct follow_result *result, struct error *err)
{
	size_t n = f->request->njobs;

	result->tables = calloc(n, sizeof *result->tables);
	result->gtid = binlog_gtids_text(&f->log.gtids);
	if (result->tables == NULL || result->gtid == NULL)
		return error_nomem(err);
	if (f->log.position.file[0] != '\0')
		binlog_position_text(&f->log.position, result->position);
	for (size_t i = 0; i < n; i++) {
		const struct follow_sink *s = &f->sinks[i];

		result->tables[i] = (struct copy_totals){.rows = s->records,
			.bytes_out = s->bytes,
			.hash = f->request->directory == NULL ? s->hash : 0,
			.shards = f->request->directory != NULL ? s->shards : 0};
	}
	return 0;
}

int
follow(struct follow_request *r, struct follow_result *result, struct error *err)
{
	struct follow f = {.request = r, .state = {.lock = -1}};
	int status = -1;

	memset(result, 0, sizeof *result);
	f.tables = calloc(r->njobs, sizeof *f.tables);
	f.sinks = calloc(r->njobs, sizeof *f.sinks);
	if (f.tables == NULL || f.sinks == NULL) {
		error_nomem(err);
		goto out;
	}
	f.log.sinks = f.sinks;
	f.log.nsinks = r->njobs;
	catch_signals();
	if (prepare(&f, err) < 0 || run(&f, err) < 0 || finish(&f, err) < 0)
		goto out;
	status = fill_result(&f, result, err);
out:
	binlog_stream_close(f.stream);
	for (size_t i = 0; f.sinks != NULL && i < r->njobs; i++)
		follow_sink_release(&f.sinks[i]);
	for (size_t i = 0; f.tables != NULL && i < r->njobs; i++)
		binlog_table_release(&f.tables[i]);
	follow_log_release(&f.log);
	follow_state_release(&f.state);
	binlog_server_release(&f.server);
	binlog_place_release(&f.until);
	binlog_place_release(&r->from);
	binlog_place_release(&r->until);
	free(f.sinks);
	free(f.tables);
	return status;
}

void
follow_result_release(struct follow_result *result)
{
	free(result->tables);
	free(result->gtid);
	memset(result, 0, sizeof *result);
}
