/*
 * key_ascent.h - integer keys that come in ascending order, on disk
 *
 * The key of a table that is read in its order.  Every 256th key stays in
 * memory, so a key is found with one read; 1 byte of memory for 32 keys.
 */
#ifndef VALIDATE_KEY_ASCENT_H
#define VALIDATE_KEY_ASCENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spill.h"

/* {.file = {.fd = -1}} is an empty one. */
struct key_ascent {
	struct spill file; /* of pairs: the key, its value */
	int64_t *marks;    /* the first key of each 256 */
	size_t nmarks, cap;
	uint64_t n;
	int64_t last;
};

/* Whether the key is above all that are there: only such a key may be added. */
bool key_ascent_above(const struct key_ascent *a, int64_t key);

/* 1 with the key's value, 0 when it is not there, -1 on error of the file. */
int key_ascent_find(
	const struct key_ascent *a, int64_t key, uint64_t *value, struct error *err);

int key_ascent_add(struct key_ascent *a, int64_t key, uint64_t value, struct error *err);

/* Bytes of memory behind the struct. */
size_t key_ascent_memory(const struct key_ascent *a);

void key_ascent_release(struct key_ascent *a);

#endif
