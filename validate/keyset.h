/*
 * keyset.h - a set of keys that tells where it first saw each
 *
 * Exact: a key is there or it is not, hashes only help to find it.  What a key
 * takes of memory depends on what the set is for (enum keyset_use).  A key that
 * is not a 64-bit integer lies as a whole in a temporary file without a name
 * (spill.h), which is read only when two hashes are the same.
 */
#ifndef VALIDATE_KEYSET_H
#define VALIDATE_KEYSET_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct keyset;

enum keyset_use {
	/*
	 * Most keys that are looked for are there: less than 30 bytes a key,
	 * and no read of a file for an integer.
	 */
	KEYSET_REFERENCE,
	/*
	 * Most are not there: integers in ascending order take next to nothing,
	 * others 1 to 2 bytes a key (and 1 MiB), the rest is on disk.
	 */
	KEYSET_UNIQUE,
};

/* Row 1 is the first behind a header.  file counts the files that were given, from 0. */
struct place {
	uint64_t row;  /* 1 .. 2^40 - 1 */
	uint32_t file; /* 0 .. 2^24 - 1 */
};

/* NULL for want of memory. */
struct keyset *keyset_new(enum keyset_use use, struct error *err);

/*
 * Look for a key: 1 with *first, 0 when it is not there, -1 on error (memory,
 * a temporary file).  The two forms are two sets: one key must always be
 * looked for in the same form.
 */
int keyset_find(
	struct keyset *k, const void *key, size_t len, struct place *first, struct error *err);
int keyset_find_integer(struct keyset *k, int64_t key, struct place *first, struct error *err);

/*
 * Add the key that was looked for last, which must not have been there.  The
 * bytes given to keyset_find must still be as they were.
 */
int keyset_add(struct keyset *k, const struct place *place, struct error *err);

uint64_t keyset_count(const struct keyset *k);

/* Bytes of memory that the set holds. */
size_t keyset_memory(const struct keyset *k);

/* Takes NULL. */
void keyset_free(struct keyset *k);

#endif
