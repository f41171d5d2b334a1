/*
 * key_table.h - hashes of keys in memory, each with the place of its key
 *
 * For sets where most keys that are looked for are there.  A key takes one
 * slot of 16 bytes in a table that is never less than half full, so less than
 * 30 bytes.  A hash says only that a key may be there; same() decides.
 */
#ifndef VALIDATE_KEY_TABLE_H
#define VALIDATE_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Whether the key at `where` is the one that is looked for: 1, 0, or -1 on error. */
typedef int key_same(void *arg, uint64_t where, struct error *err);

enum { KEY_TABLE_SEGMENT_BITS = 6, KEY_TABLE_SEGMENTS = 1 << KEY_TABLE_SEGMENT_BITS };

struct key_slot {
	uint64_t hash;
	uint64_t where; /* plus 1; 0: empty */
};

/* All zero is an empty table. */
struct key_table {
	struct key_segment {
		struct key_slot *slots;
		size_t nslots;
		size_t used;
	} segments[KEY_TABLE_SEGMENTS];
};

/* 1 as soon as same() says so of a key with this hash, 0 when it does of none, -1. */
int key_table_find(
	const struct key_table *t, uint64_t hash, key_same *same, void *arg, struct error *err);

/* where is less than 2^64 - 1.  0 or -1. */
int key_table_add(struct key_table *t, uint64_t hash, uint64_t where, struct error *err);

/* Bytes of memory behind the struct. */
size_t key_table_memory(const struct key_table *t);

void key_table_release(struct key_table *t);

#endif
