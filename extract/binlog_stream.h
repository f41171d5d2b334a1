/*
 * binlog_stream.h - the events of a server's binary log, one after the other
 *
 * A connection as a replica has it, by the client library's replication calls
 * (mariadb_rpl.h).  Where there is nothing new the server says so every
 * BINLOG_HEARTBEAT_MS, so that next never waits longer than that; a server that
 * is silent for BINLOG_SILENCE_S is lost.
 */
#ifndef EXTRACT_BINLOG_STREAM_H
#define EXTRACT_BINLOG_STREAM_H

#include <stdbool.h>

#include "extract/binlog_event.h"
#include "extract/binlog_position.h"

enum { BINLOG_HEARTBEAT_MS = 200, BINLOG_SILENCE_S = 20 };

struct binlog_stream;

/*
 * Begin at `from`, or behind gtids where from->file is "" (or too far for
 * FILE:OFFSET, four gigabytes).  NULL on failure.
 */
struct binlog_stream *binlog_stream_open(const char *address, const char *defaults_file,
	const struct binlog_position *from, const struct binlog_gtids *gtids,
	struct error *err);

/*
 * The next event, valid until the next call; *start is where it begins.  Of an
 * event that is in no file (a heartbeat, …) it is where the log goes on.
 */
int binlog_stream_next(struct binlog_stream *s, struct binlog_event *e,
	struct binlog_position *start, struct error *err);

/* Where the log goes on behind the last event. */
const struct binlog_position *binlog_stream_position(const struct binlog_stream *s);

/* Whether nothing more has come yet, so that next may wait. */
bool binlog_stream_would_wait(const struct binlog_stream *s);

/*
 * Whether a failure of open (s is NULL) or next may pass when the log is asked
 * for again: the connection is lost, or what came was damaged, perhaps only on
 * its way.
 */
bool binlog_error_passes(const struct binlog_stream *s, bool *damaged);

/* Takes NULL. */
void binlog_stream_close(struct binlog_stream *s);

#endif
