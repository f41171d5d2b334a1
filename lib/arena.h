/*
 * arena.h - memory that is released all at once
 *
 * A bump allocator over a list of chunks.  arena_reset keeps the chunks, so a
 * loop that resets once a record allocates nothing after its first records.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *first;
	struct arena_chunk *current;
	char *next; /* first free byte of current */
	char *end;
};

/* An empty arena, which owns no memory yet. */
void arena_init(struct arena *a);

/* n bytes aligned to 16, or NULL when out of memory.  n may be 0. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of n bytes, with a NUL behind them that n does not count.  NULL when out of memory. */
char *arena_copy(struct arena *a, const void *data, size_t n);

/* Forget everything allocated; chunks over 1 MiB go back to the system. */
void arena_reset(struct arena *a);

/* A place to come back to: what is allocated behind it is forgotten by arena_rewind. */
struct arena_mark {
	struct arena_chunk *chunk;
	char *next;
};

struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

/* Release all memory; the arena is as after arena_init. */
void arena_release(struct arena *a);

#endif
