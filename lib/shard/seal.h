/*
 * seal.h - how a shard tells that it is whole
 *
 * A shard is three frames: a skippable one with SEAL_HEAD, which announces
 * that a seal will come; one zstd frame with the content; and a skippable one
 * with the seal, JSON in one fixed form.  The reader makes the seal anew from
 * what it has read and compares the bytes, so a change of any bit of the file
 * shows, and a file that was cut before its seal is told from a .zst file that
 * never had one.
 */
#ifndef SHARD_SEAL_H
#define SHARD_SEAL_H

#include <stddef.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"

#define SEAL_HEAD "caravan shard 1"

struct seal {
	uint64_t rows;
	uint64_t bytes;      /* of the content */
	uint64_t xxh3;       /* of the content */
	uint64_t file_bytes; /* before the seal */
	uint64_t file_xxh3;  /* of those */
	const char *const *columns;
	size_t ncolumns;
};

/* The seal's text, NUL-terminated, which the caller frees; NULL for want of memory. */
char *seal_format(const struct seal *seal, size_t *len, struct error *err);

#endif
