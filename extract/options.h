/*
 * options.h - extract's command line
 */
#ifndef EXTRACT_OPTIONS_H
#define EXTRACT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "error.h"
#include "extract/binlog_position.h"
#include "extract/copy.h"

enum extract_action {
	EXTRACT_ROWS,
	EXTRACT_LIST,
	EXTRACT_DESCRIBE,
	EXTRACT_FOLLOW,
};

struct options {
	struct cli cli;
	enum extract_action action;
	char *source; /* may hold a password */
	const char *defaults_file;
	const char *directory; /* NULL: one output */
	uint64_t rows_per_shard;
	bool rows_per_shard_given;
	size_t connections; /* --jobs */
	bool no_lock;
	uint64_t max_rows;        /* a second; 0: no limit */
	const char *load_counter; /* NULL: none */
	uint64_t max_load;
	bool again;
	bool interval_given;
	struct binlog_place from, until; /* --follow */
	uint64_t interval;               /* ns */
	const char *where;
	const char *columns;
	struct copy_job *jobs;
	size_t njobs;
	const char **query_files; /* of the first nqueries jobs */
	size_t nqueries; /* the first so many jobs are queries, which own their texts */
};

/*
 * Fill *o, which the caller releases in any case; files of queries are read.
 * 0: go on; 1: --help or --version was printed; -1 on error.  Passwords in
 * argv are wiped.
 */
int options_parse(struct options *o, int argc, char **argv, struct error *err);

void options_release(struct options *o);

#endif
