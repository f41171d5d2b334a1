/*
 * key_ascent.c - see key_ascent.h
 */
#include <stdlib.h>

#include "validate/key_ascent.h"

enum { BLOCK = 256 };

struct pair {
	int64_t key;
	uint64_t value;
};

bool
key_ascent_above(const struct key_ascent *a, int64_t key)
{
	return a->n == 0 || key > a->last;
}

/* The block that has the key if any has; the key is not below all. */
static size_t
block_of(const struct key_ascent *a, int64_t key)
{
	size_t low = 0, high = a->nmarks;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (a->marks[middle] <= key)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int
key_ascent_find(const struct key_ascent *a, int64_t key, uint64_t *value, struct error *err)
{
	struct pair block[BLOCK];
	size_t low = 0, high;
	uint64_t start;

	if (key_ascent_above(a, key) || key < a->marks[0])
		return 0;
	start = (uint64_t)block_of(a, key) * BLOCK;
	high = a->n - start < BLOCK ? (size_t)(a->n - start) : BLOCK;
	if (spill_fetch(&a->file, start * sizeof *block, block, high * sizeof *block, err) < 0)
		return -1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (block[middle].key == key) {
			*value = block[middle].value;
			return 1;
		}
		if (block[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

int
key_ascent_add(struct key_ascent *a, int64_t key, uint64_t value, struct error *err)
{
	const struct pair pair = {key, value};

	if (a->n % BLOCK == 0) {
		if (a->nmarks == a->cap) {
			size_t cap = a->cap * 2 + 64;
			int64_t *bigger = realloc(a->marks, cap * sizeof *bigger);

			if (bigger == NULL)
				return error_nomem(err);
			a->marks = bigger;
			a->cap = cap;
		}
		a->marks[a->nmarks++] = key;
	}
	if (spill_append(&a->file, &pair, sizeof pair, err) < 0)
		return -1;
	a->last = key;
	a->n++;
	return 0;
}

size_t
key_ascent_memory(const struct key_ascent *a)
{
	return a->cap * sizeof *a->marks + (a->file.buffer == NULL ? 0 : SPILL_BUFFER);
}

void
key_ascent_release(struct key_ascent *a)
{
	free(a->marks);
	spill_release(&a->file);
	*a = (struct key_ascent){.file = {.fd = -1}};
}
