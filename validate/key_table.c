/*
 * key_table.c - see key_table.h
 *
 * A table is cut into segments by the hash's upper bits.  Each grows by
 * itself, by a factor well below 2, so that neither the empty slots nor the
 * copy made while growing cost much.  Collisions go to the next slot.
 */
#include <stdlib.h>

#include "validate/key_table.h"

enum { FIRST_SLOTS = 16 };

/* A segment is full at 4/5 and then grows by 29/20: it is never below 0.55 but at first. */
enum { FULL_NUM = 4, FULL_DEN = 5, GROW_NUM = 29, GROW_DEN = 20 };

/* Where a hash begins to look in a segment: its lower bits, spread over nslots. */
static size_t
home(const struct key_segment *s, uint64_t hash)
{
	return (size_t)(((hash & UINT32_MAX) * s->nslots) >> 32);
}

static size_t
segment_of(uint64_t hash)
{
	return (size_t)(hash >> (64 - KEY_TABLE_SEGMENT_BITS));
}

static void
put(struct key_segment *s, const struct key_slot *slot)
{
	size_t at = home(s, slot->hash);

	while (s->slots[at].where != 0)
		at = at + 1 == s->nslots ? 0 : at + 1;
	s->slots[at] = *slot;
}

static int
grow(struct key_segment *s, struct error *err)
{
	struct key_segment bigger = {NULL, FIRST_SLOTS, s->used};

	if (s->nslots > 0)
		bigger.nslots = s->nslots / GROW_DEN * GROW_NUM + GROW_NUM;
	bigger.slots = calloc(bigger.nslots, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < s->nslots; i++) {
		if (s->slots[i].where != 0)
			put(&bigger, &s->slots[i]);
	}
	free(s->slots);
	*s = bigger;
	return 0;
}

int
key_table_find(
	const struct key_table *t, uint64_t hash, key_same *same, void *arg, struct error *err)
{
	const struct key_segment *s = &t->segments[segment_of(hash)];

	if (s->nslots == 0)
		return 0;
	for (size_t at = home(s, hash); s->slots[at].where != 0;) {
		if (s->slots[at].hash == hash) {
			int rc = same(arg, s->slots[at].where - 1, err);

			if (rc != 0)
				return rc;
		}
		at = at + 1 == s->nslots ? 0 : at + 1;
	}
	return 0;
}

int
key_table_add(struct key_table *t, uint64_t hash, uint64_t where, struct error *err)
{
	struct key_segment *s = &t->segments[segment_of(hash)];
	const struct key_slot slot = {hash, where + 1};

	if (s->used * FULL_DEN >= s->nslots * FULL_NUM && grow(s, err) < 0)
		return -1;
	put(s, &slot);
	s->used++;
	return 0;
}

size_t
key_table_memory(const struct key_table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < KEY_TABLE_SEGMENTS; i++)
		n += t->segments[i].nslots * sizeof(struct key_slot);
	return n;
}

void
key_table_release(struct key_table *t)
{
	for (size_t i = 0; i < KEY_TABLE_SEGMENTS; i++)
		free(t->segments[i].slots);
	*t = (struct key_table){0};
}
