/*
 * stats.h - what a program did, as numbers
 */
#ifndef STATS_H
#define STATS_H

#include <jansson.h>
#include <stdint.h>

#include "error.h"

/* rows_in + added = rows_out + rejected + filtered. */
struct stats {
	uint64_t rows_in;
	uint64_t rows_out;
	uint64_t rejected;
	uint64_t filtered;
	uint64_t added;    /* rows beyond the first that one row became */
	uint64_t bytes_in; /* of content, not of compressed files */
	uint64_t bytes_out;
	uint64_t hash;    /* XXH3 of the content written (load: read); 0: none, and left out */
	uint64_t started; /* set by stats_start */
};

/* All zero, and the clock started. */
void stats_start(struct stats *s);

/* Seconds since stats_start. */
double stats_seconds(const struct stats *s);

/*
 * Write JSON to path ("-": standard output) in one step.  extra (borrowed, may
 * be NULL) is an object whose members are added, such as rows updated.
 */
int stats_write(const struct stats *s, const char *program, const char *path,
	const json_t *extra, struct error *err);

#endif
