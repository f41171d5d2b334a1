/*
 * follow_state.h - the folder of a follower: how far its shards go
 *
 * DIR/position.json, replaced after the shards of all tables up to a position
 * are sealed; and a datapackage.json for each table, which says what its shards
 * are, but does not list them: they come and go.
 */
#ifndef EXTRACT_FOLLOW_STATE_H
#define EXTRACT_FOLLOW_STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "extract/binlog_position.h"
#include "extract/follow_sink.h"

struct follow_state {
	const char *dir; /* borrowed */
	int lock;        /* a descriptor; -1: none */
	bool found;      /* there was a position.json: the follower goes on */
	json_t *tables;  /* of that: {"NAME": {"next": N}} */
};

/*
 * Make and lock the folder; where it has a position.json, *place is that.
 * ERROR_USAGE where that is of other tables.  follow_state_release in any case.
 */
int follow_state_open(struct follow_state *state, const char *dir,
	const struct binlog_table *tables, size_t n, struct binlog_place *place,
	struct error *err);

/*
 * The folder of table's shards, made, with its datapackage.json; and where its
 * shards go on.  ERROR_USAGE where it has anything else than such.
 */
int follow_state_sink(const struct follow_state *state, struct follow_sink *sink, bool several,
	const char *source, const json_t *server, struct error *err);

/* Everything up to the position is in sealed shards.  time: of the last event. */
int follow_state_write(const struct follow_state *state, const struct follow_sink *sinks,
	size_t n, const char *source, json_t *server, const struct binlog_position *position,
	const struct binlog_gtids *gtids, uint32_t time, struct error *err);

void follow_state_release(struct follow_state *state);

#endif
