/*
 * hyperloglog.h - how many different values there were, in 16 KiB
 *
 * Flajolet et al. 2007 with 2^14 registers, and Ertl's estimator (2017, "New
 * cardinality estimation algorithms for HyperLogLog sketches", algorithm 6),
 * which has no bias at any size.  The standard error is 0.81 %.
 */
#ifndef VALIDATE_HYPERLOGLOG_H
#define VALIDATE_HYPERLOGLOG_H

#include <stdint.h>

enum { HYPERLOGLOG_BITS = 14, HYPERLOGLOG_SIZE = 1 << HYPERLOGLOG_BITS };
#define HYPERLOGLOG_ERROR 0.0081

struct hyperloglog {
	uint8_t registers[HYPERLOGLOG_SIZE]; /* all zero: empty */
};

/* hash: 64 bits that are as good as random, such as XXH3's. */
static inline void
hyperloglog_add(struct hyperloglog *h, uint64_t hash)
{
	uint64_t rest = hash << HYPERLOGLOG_BITS | (uint64_t)1 << (HYPERLOGLOG_BITS - 1);
	uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
	uint8_t *r = &h->registers[hash >> (64 - HYPERLOGLOG_BITS)];

	if (*r < rank)
		*r = rank;
}

double hyperloglog_count(const struct hyperloglog *h);

#endif
