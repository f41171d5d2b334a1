/*
 * run.h - a stream through a mapping
 */
#ifndef TRANSFORM_RUN_H
#define TRANSFORM_RUN_H

#include <stdio.h>

#include "rejects.h"
#include "stats.h"
#include "transform/mapping.h"
#include "transform/members.h"

struct run_options {
	const char *const *paths; /* none: standard input */
	size_t npaths;
	const struct member_option *members; /* rows that they do not want are filtered */
	size_t nmembers;
	const char *output;  /* NULL: standard output */
	const char *rejects; /* NULL: none */
	struct budget max_rejects;
	bool end_mark;
	FILE *progress; /* NULL: none */
	void (*report)(void *arg, const char *message);
	void *arg;
};

/*
 * Bind the mapping to the input's header and send every row through it.  Rows
 * in + added = out + rejected + filtered, in *stats also after a failure; a row
 * that makes none is filtered.  A row is rejected with the SQLSTATE, the
 * message and the output column of its first expression that failed (WHERE for
 * the condition, FROM for a join's), or for a defect of its own.
 */
int run_mapping(struct mapping *m, const struct run_options *options, struct stats *stats,
	struct error *err);

#endif
