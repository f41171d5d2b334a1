/*
 * follow_log.h - from the events of the log to the records of the sinks
 */
#ifndef EXTRACT_FOLLOW_LOG_H
#define EXTRACT_FOLLOW_LOG_H

#include <stdbool.h>

#include "extract/binlog_stream.h"
#include "extract/follow_sink.h"

/* A number that the log has given to one of the tables, until the transaction ends. */
struct follow_id {
	uint64_t id;
	size_t table;
};

struct follow_log {
	struct follow_sink *sinks; /* borrowed, and their tables */
	size_t nsinks;
	/* behind the last complete transaction; no file before one, when begun by GTID */
	struct binlog_position position;
	struct binlog_gtids gtids; /* there */
	uint32_t time;             /* of the last event */

	bool inside;                  /* a transaction */
	bool until_commit;            /* it ends with a COMMIT, not with its first statement */
	bool prepared;                /* by XA PREPARE: nobody knows yet how it ends */
	struct binlog_position start; /* of it */
	struct binlog_gtid gtid;
	bool has_gtid;
	struct follow_id *ids;
	size_t nids;
	struct binlog_inflated inflated;
	uint64_t changes; /* rows put, also those that were there already */
};

/* Take one event.  What ends the following, such as a change of a table, is an error. */
int follow_log_take(struct follow_log *log, const struct binlog_event *e,
	const struct binlog_position *start, const struct binlog_position *end,
	struct error *err);

/* The connection is gone: the transaction, if there is one, will come again from its start. */
void follow_log_rewind(struct follow_log *log);

/* Whether records are written of a transaction whose end is not. */
bool follow_log_is_open(const struct follow_log *log);

void follow_log_release(struct follow_log *log);

#endif
