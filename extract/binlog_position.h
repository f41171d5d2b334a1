/*
 * binlog_position.h - places in the binary log
 *
 * As the user writes them: FILE:OFFSET; a record's _pos; MariaDB's GTIDs, one a
 * domain (0-1-100,7-1-20); or "now".
 */
#ifndef EXTRACT_BINLOG_POSITION_H
#define EXTRACT_BINLOG_POSITION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "change_pos.h"
#include "error.h"
#include "extract/binlog_event.h"

/* The last GTID of each domain; all zero at first, released with free(list). */
struct binlog_gtids {
	struct binlog_gtid *list;
	size_t n;
};

/* "0-1-100,7-1-20", or nothing.  -1: it is not that, or memory is short. */
int binlog_gtids_parse(struct binlog_gtids *gtids, const char *text);

/* This one is its domain's last now. */
int binlog_gtids_put(
	struct binlog_gtids *gtids, const struct binlog_gtid *gtid, struct error *err);

/* Whether all of `wanted` was seen. */
bool binlog_gtids_reach(const struct binlog_gtids *gtids, const struct binlog_gtids *wanted);

/* The text; the caller's.  NULL for want of memory. */
char *binlog_gtids_text(const struct binlog_gtids *gtids);

enum { BINLOG_POSITION_MAX = CHANGE_POS_TEXT_MAX };

/* Behind all that lies before offset. */
struct binlog_position {
	char file[CHANGE_POS_FILE_MAX + 1];
	uint64_t offset;
};

/* "FILE:OFFSET" into buf of BINLOG_POSITION_MAX bytes. */
void binlog_position_text(const struct binlog_position *position, char *buf);

/* As change_pos_compare: by the number of the file, then by the offset. */
int binlog_position_compare(const struct binlog_position *a, const struct binlog_position *b);

enum binlog_place_kind {
	BINLOG_PLACE_NONE,
	BINLOG_PLACE_FILE,   /* position */
	BINLOG_PLACE_RECORD, /* behind `record`, whose transaction begins at position */
	BINLOG_PLACE_GTID,   /* gtids */
	BINLOG_PLACE_NOW,
};

/* May be copied, so record.file is not set: position.file is that. */
struct binlog_place {
	enum binlog_place_kind kind;
	struct binlog_position position;
	struct change_pos record;
	struct binlog_gtids gtids;
	json_t *server; /* who had it, from a manifest; or NULL */
};

/* What the user wrote after `option`.  ERROR_USAGE where it is no place. */
int binlog_place_parse(
	struct binlog_place *place, const char *option, const char *text, struct error *err);

/*
 * The snapshot of a table copy, or where a follower came to: of the
 * datapackage.json or position.json called path.
 */
int binlog_place_load(struct binlog_place *place, const char *path, struct error *err);

void binlog_place_release(struct binlog_place *place);

#endif
