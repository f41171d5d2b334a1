/*
 * follow.h - the changes of tables, out of the binary log, as change streams
 *
 * What a change stream is stands in extract(1).  A connection that is lost is
 * made again, and the log read on from behind the last complete transaction;
 * records that are written already are not written again.
 */
#ifndef EXTRACT_FOLLOW_H
#define EXTRACT_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "extract/binlog_position.h"
#include "extract/copy.h"

struct follow_request {
	const char *address;
	const char *defaults_file;   /* or NULL */
	const char *source_name;     /* for the manifest: without a password */
	const struct copy_job *jobs; /* tables */
	size_t njobs;
	const char *directory; /* NULL: a stream to output */
	const char *output;
	bool end_mark;
	uint64_t rows_per_shard; /* a shard is ended behind the transaction that reaches this */
	uint64_t interval;       /* or so many ns after the last ones */
	struct binlog_place from, until; /* taken over */
	void (*warn)(void *arg, const char *message);
	void *arg;
};

struct follow_result {
	struct copy_totals *tables;         /* of each job; own */
	char position[BINLOG_POSITION_MAX]; /* all up to here is written; "": see gtid */
	char *gtid;                         /* or NULL; own */
};

/*
 * Follow until `until` is reached or SIGINT, SIGTERM or SIGHUP comes (all that
 * is begun is ended then; a second signal ends the program at once).
 * follow_result_release in any case.
 */
int follow(struct follow_request *request, struct follow_result *result, struct error *err);

void follow_result_release(struct follow_result *result);

#endif
