/*
 * keyset.h - a set of keys that tells where it first saw each
 *
 * Exact: a key is there or it is not, hashes only help to find it.  In memory
 * a key takes one slot of 16 bytes in a table that is never less than half
 * full, so less than 30 bytes a key.  A key that is a 64-bit integer lies in
 * its slot; of any other the slot has a hash and the place of the whole key in
 * a temporary file without a name, which is read only when the hashes are the
 * same.
 */
#ifndef VALIDATE_KEYSET_H
#define VALIDATE_KEYSET_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct keyset;

/* Row 1 is the first behind a header.  file counts the files that were given, from 0. */
struct place {
	uint64_t row;  /* 1 .. 2^40 - 1 */
	uint32_t file; /* 0 .. 2^24 - 1 */
};

/* NULL for want of memory. */
struct keyset *keyset_new(struct error *err);

/*
 * Look for a key: 1 with *first, 0 when it is not there, -1 on error (memory,
 * the temporary file).  The two forms are two sets: one key must always be
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
