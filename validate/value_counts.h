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

enum { VALUE_COUNTS_MAX = 1000, VALUE_COUNTS_SLOTS = 2048, VALUE_TEXT_MAX = 71 };

struct value_count {
	uint64_t hash;
	uint64_t count;
	uint64_t first_row;
	uint64_t len;    /* of the value, of which text may have only the beginning */
	uint64_t folded; /* the caller's */
	uint8_t kind;    /* the caller's */
	uint8_t traits;  /* the caller's */
	uint8_t kept;    /* bytes of text */
	char text[VALUE_TEXT_MAX + 6];
};

struct value_counts {
	struct value_count *values;
	uint16_t *slots; /* 0: free, else the place of a value, from 1 */
	size_t n;
	uint64_t taken; /* off each count; 0: all counts are exact */
	bool repeated;  /* some value came twice */
};

int value_counts_init(struct value_counts *c, struct error *err);
void value_counts_release(struct value_counts *c);

/* The value with this hash, counted once more; NULL when it is not there. */
static inline struct value_count *
value_counts_hit(struct value_counts *c, uint64_t hash)
{
	for (uint64_t i = hash % VALUE_COUNTS_SLOTS; c->slots[i] != 0;
		i = (i + 1) % VALUE_COUNTS_SLOTS) {
		struct value_count *v = &c->values[c->slots[i] - 1];

		if (v->hash == hash) {
			v->count++;
			c->repeated = true;
			return v;
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

/* A value that value_counts_hit did not find. */
struct value_count *value_counts_add(
	struct value_counts *c, uint64_t hash, const char *text, size_t len);

/* The values by count, the most frequent first, then by text; this ends the counting. */
void value_counts_sort(struct value_counts *c);

#endif
