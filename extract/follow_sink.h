/*
 * follow_sink.h - where the changes of one table go: a stream, or shards
 *
 * A record's _pos says whether it is the last of its transaction, which is
 * known only when the next comes or the transaction ends: so of the record put
 * last that field is still to be written.
 */
#ifndef EXTRACT_FOLLOW_SINK_H
#define EXTRACT_FOLLOW_SINK_H

#include <stdbool.h>
#include <stdint.h>

#include "change_pos.h"
#include "error.h"
#include "extract/binlog_table.h"
#include "shard/shard_writer.h"

struct follow_sink {
	struct binlog_table *table;  /* borrowed */
	char *dir;                   /* of its shards; NULL: a stream */
	struct shard_writer *writer; /* NULL: no shard is begun */
	uint64_t next;               /* number of the next shard */
	bool open;                   /* the last record's _pos is to be written */
	bool put;                    /* there is a last record, perhaps of an earlier run */
	struct change_pos last;      /* of that; its file is the one below */
	char file[CHANGE_POS_FILE_MAX + 1];
	uint64_t records; /* of this run */
	uint64_t shards;
	uint64_t bytes; /* of CSV */
	uint64_t hash;  /* of the stream, when it is finished */
};

/* A stream to `output` (see shard_writer_open), with its header. */
int follow_sink_stream(struct follow_sink *s, const char *output, struct error *err);

/*
 * Shards in s->dir: go on behind those that are there.  `next` is the least
 * number that the next one may have.
 */
int follow_sink_shards(struct follow_sink *s, uint64_t next, struct error *err);

/* Records up to this one are there already. */
void follow_sink_have(struct follow_sink *s, const struct change_pos *pos);

/* Write a record, unless it is there already. */
int follow_sink_put(struct follow_sink *s, char op, const struct mysql_value *values,
	const struct change_pos *pos, struct error *err);

/* The transaction has no more of it. */
int follow_sink_commit(struct follow_sink *s, struct error *err);

/* Give the reader what there is, of a stream. */
int follow_sink_flush(struct follow_sink *s, struct error *err);

/* End the shard, if one is begun; or the stream. */
int follow_sink_finish(struct follow_sink *s, bool end_mark, struct error *err);

/* What was not finished is not there. */
void follow_sink_release(struct follow_sink *s);

#endif
