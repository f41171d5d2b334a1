/*
 * checksum.h - hashes of a stream's rows that do not depend on their order
 *
 * For two sides that cannot be brought together: each takes the checksums of
 * its rows, which are small, and only the rows of the buckets in which they
 * differ need be compared.
 */
#ifndef VALIDATE_CHECKSUM_H
#define VALIDATE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

/* Lists of columns have commas between them.  Paths may be NULL as in struct cli. */
struct checksum_options {
	const char *const *files; /* or folders of shards; none: standard input */
	size_t nfiles;
	const char *key;     /* NULL: the hashed columns */
	const char *compare; /* NULL: all columns are hashed */
	const char *ignore;  /* NULL: none; not together with compare */
	const char *bucket;  /* NULL: checksums; else the rows of these, "3,17" */
	size_t buckets;      /* 0: CHECKSUM_BUCKETS */
	const char *output;
	const char *stats;
	bool end_mark;
	FILE *progress; /* NULL: none */
};

enum { CHECKSUM_BUCKETS = 1024, CHECKSUM_BUCKETS_MAX = 1 << 24 };

/*
 * Write the columns bucket, rows, hash, a record for each bucket, from 0 on;
 * or the rows, as they came.  A row that is not sound is ERROR_RUNTIME.
 */
int checksum(const struct checksum_options *o, struct error *err);

/* "1024" to 1024; 1 to CHECKSUM_BUCKETS_MAX.  ERROR_USAGE for anything else. */
int checksum_parse_buckets(const char *text, size_t *buckets, struct error *err);

#endif
