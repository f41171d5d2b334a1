/*
 * arena.c - see arena.h
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

enum { CHUNK_SIZE = 64 << 10, KEEP_MAX = 1 << 20, ALIGNMENT = 16 };

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data */
	_Alignas(ALIGNMENT) char data[];
};

void
arena_init(struct arena *a)
{
	memset(a, 0, sizeof *a);
}

static void
use_chunk(struct arena *a, struct arena_chunk *c)
{
	a->current = c;
	a->next = c->data;
	a->end = c->data + c->size;
}

/* Step to the next chunk that n bytes fit in, or put a new one behind the current. */
static int
next_chunk(struct arena *a, size_t n)
{
	struct arena_chunk *c;
	size_t size = n > CHUNK_SIZE ? n : CHUNK_SIZE;

	c = a->current ? a->current->next : a->first;
	if (c != NULL && c->size >= n) {
		use_chunk(a, c);
		return 0;
	}
	if (size > SIZE_MAX - sizeof *c)
		return -1;
	c = malloc(sizeof *c + size);
	if (c == NULL)
		return -1;
	c->size = size;
	if (a->current != NULL) {
		c->next = a->current->next;
		a->current->next = c;
	} else {
		c->next = a->first;
		a->first = c;
	}
	use_chunk(a, c);
	return 0;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	char *p;

	if (n > SIZE_MAX - ALIGNMENT)
		return NULL;
	n = (n + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	if (a->current == NULL || (size_t)(a->end - a->next) < n) {
		if (next_chunk(a, n) < 0)
			return NULL;
	}
	p = a->next;
	a->next += n;
	return p;
}

char *
arena_copy(struct arena *a, const void *data, size_t n)
{
	char *p;

	if (n == SIZE_MAX)
		return NULL;
	p = arena_alloc(a, n + 1);
	if (p == NULL)
		return NULL;
	if (n > 0)
		memcpy(p, data, n);
	p[n] = '\0';
	return p;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->current, a->next};
}

void
arena_rewind(struct arena *a, struct arena_mark mark)
{
	a->current = mark.chunk;
	a->next = mark.next;
	a->end = mark.chunk ? mark.chunk->data + mark.chunk->size : NULL;
	if (mark.chunk == NULL && a->first != NULL)
		use_chunk(a, a->first);
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk **link = &a->first;

	/* most resets find one ordinary chunk and have nothing to release */
	while (*link != NULL) {
		struct arena_chunk *c = *link;

		if (c->size > KEEP_MAX) {
			*link = c->next;
			free(c);
		} else {
			link = &c->next;
		}
	}
	a->current = NULL;
	a->next = a->end = NULL;
	if (a->first != NULL)
		use_chunk(a, a->first);
}

void
arena_release(struct arena *a)
{
	struct arena_chunk *c = a->first;

	while (c != NULL) {
		struct arena_chunk *next = c->next;

		free(c);
		c = next;
	}
	arena_init(a);
}
