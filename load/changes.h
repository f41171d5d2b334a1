/*
 * changes.h - apply change streams to tables of PostgreSQL
 *
 * The streams of several tables are merged by their positions, so that all
 * comes in the order of the source; a transaction of the source is never split
 * over two of ours, but many small ones become one.  The position is stored in
 * the same transaction, so whatever is killed, the next run goes on behind the
 * last change that is there; see caravan-follow(7).
 */
#ifndef LOAD_CHANGES_H
#define LOAD_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "load/sink.h"
#include "rejects.h"
#include "shard/shard_reader.h"

/* --with TABLE=FILE: a file of another table. */
struct changes_file {
	const char *table;
	const char *path;
};

struct changes_options {
	const char *stream; /* the name that the position is kept under */
	const char *key;    /* of the first table; NULL: its primary key */
	const char *from; /* FILE:OFFSET or a _pos, up to where the table has all; NULL: none */
	const char *until; /* likewise: nothing behind it is applied; NULL: all is */
	bool again;        /* whatever was applied before */
	bool dry_run;
	bool end_mark;
	const char *rejects; /* of the first table; FILE.csv is FILE.TABLE.csv for the others */
	struct budget max_rejects; /* of each table */
	FILE *progress;
	void (*report_reject)(void *arg, const char *message);
	void (*say)(void *arg, const char *message);
	void *arg;
};

/* read = applied + rejected + skipped + undone, of all tables. */
struct changes_totals {
	uint64_t read; /* changes; records that only tell an end are not counted */
	uint64_t applied;
	uint64_t inserted;
	uint64_t updated;
	uint64_t
		deleted; /* what was none of these was there already, or changed again at once */
	uint64_t rejected;
	uint64_t skipped; /* applied before */
	uint64_t undone;
	uint64_t commits;
	uint64_t bytes;
	uint64_t hash;      /* XXH3 of the last file's content */
	char position[400]; /* of the first table: committed last */
};

/* Whether a header is that of a change stream. */
bool changes_are(const struct csv_record *header);

/*
 * sink has just been opened, and is borrowed; paths and first are of its table, as
 * in job.h.  with are the files of the others, whose rows refer to each other as the server
 * knows.  *totals is right also after failure; what was committed before it stays.
 */
int changes_run(const struct changes_options *options, struct sink *sink,
	struct shard_reader *first, const char *const *paths, size_t npaths,
	const struct changes_file *with, size_t nwith, struct changes_totals *totals,
	struct error *err);

#endif
