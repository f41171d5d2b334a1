/*
 * value_counts.h - a column's values and how often each came
 *
 * Exact while there are no more than VALUE_COUNTS_MAX different values.  Then
 * it is a sketch of the frequent ones: when it is full, the median of the
 * counts is taken off all of them and those that had no more are forgotten
 * (Misra and Gries 1982; Anderson et al. 2017, "A high-performance algorithm
 * for identifying frequent items in data streams").  A value's true count is
 * then between count and count + what was taken off; one that came more often
 * than that is always there.
 *
 * Values are told apart by a hash of 64 bits.
 */
#ifndef VALIDATE_VALUE_COUNTS_H
#define VALIDATE_VALUE_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { VALUE_COUNTS_MAX = 1000, VALUE_COUNTS_SLOTS = 2048, VALUE_TEXT_MAX = 41 };

/* What is known of a value beside its hash and its count: one cache line. */
struct counted {
	uint64_t first_row; /* the caller's, as are folded, kind and traits */
	uint64_t folded;
	uint32_t
		len; /* of the value, of which text may have only the beginning; or UINT32_MAX */
	uint8_t kind;
	uint8_t traits;
	uint8_t kept;              /* bytes of text */
	char text[VALUE_TEXT_MAX]; /* until value_counts_settle: a pointer to the whole value */
};

/* The value i has hashes[i], counts[i] and values[i]. */
struct value_counts {
	uint64_t *hashes;
	uint64_t *counts;
	struct counted *values;
	uint32_t *
		slots; /* 0: free, else a place from 1, and the high bits of the hash above it */
	size_t n;
	size_t nsettled; /* the first of them have texts of their own */
	uint64_t taken;  /* off each count; 0: all counts are exact */
	bool repeated;   /* some value came twice */
};

enum { VALUE_PLACE_BITS = 10, VALUE_PLACE_MASK = (1 << VALUE_PLACE_BITS) - 1 };

int value_counts_init(struct value_counts *c, struct error *err);
void value_counts_release(struct value_counts *c);

/* value_counts_hit will soon be asked for this hash. */
static inline void
value_counts_prefetch(const struct value_counts *c, uint64_t hash)
{
	__builtin_prefetch(&c->slots[hash % VALUE_COUNTS_SLOTS]);
}

/* The value with this hash, counted once more; NULL when it is not there. */
static inline struct counted *
value_counts_hit(struct value_counts *c, uint64_t hash)
{
	const uint32_t tag = (uint32_t)(hash >> 32) & ~(uint32_t)VALUE_PLACE_MASK;

	for (uint64_t i = hash % VALUE_COUNTS_SLOTS; c->slots[i] != 0;
		i = (i + 1) % VALUE_COUNTS_SLOTS) {
		size_t place = (c->slots[i] & VALUE_PLACE_MASK) - 1;

		if ((c->slots[i] & ~(uint32_t)VALUE_PLACE_MASK) == tag &&
			c->hashes[place] == hash) {
			c->counts[place]++;
			c->repeated = true;
			return &c->values[place];
		}
	}
	return NULL;
}

/* There is no room for another value: value_counts_add will forget some. */
static inline bool
value_counts_full(const struct value_counts *c)
{
	return c->n == VALUE_COUNTS_MAX;
}

/*
 * A value that value_counts_hit did not find.  Its text is borrowed until the
 * next value_counts_settle: most values of a column of many are soon forgotten.
 */
struct counted *value_counts_add(
	struct value_counts *c, uint64_t hash, const char *text, size_t len);

/* Copy what texts are borrowed; before they go, and before any are read. */
void value_counts_settle(struct value_counts *c);

/* Places of the values by count, the most frequent first, then by text: n of them, at most max. */
size_t value_counts_top(const struct value_counts *c, uint16_t *places, size_t max);

#endif
