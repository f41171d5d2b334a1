/*
 * value_counts.c - see value_counts.h
 */
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/value_counts.h"

_Static_assert((int)VALUE_COUNTS_MAX <= (int)VALUE_PLACE_MASK, "a place fits into its slot");
_Static_assert(sizeof(struct counted) == 64, "a value is a cache line");

int
value_counts_init(struct value_counts *c, struct error *err)
{
	memset(c, 0, sizeof *c);
	c->hashes = malloc(VALUE_COUNTS_MAX * sizeof *c->hashes);
	c->counts = malloc(VALUE_COUNTS_MAX * sizeof *c->counts);
	c->values = aligned_alloc(64, VALUE_COUNTS_MAX * sizeof *c->values);
	c->slots = calloc(VALUE_COUNTS_SLOTS, sizeof *c->slots);
	if (c->hashes == NULL || c->counts == NULL || c->values == NULL || c->slots == NULL)
		return error_nomem(err);
	return 0;
}

void
value_counts_release(struct value_counts *c)
{
	free(c->hashes);
	free(c->counts);
	free(c->values);
	free(c->slots);
	memset(c, 0, sizeof *c);
}

static void
set_slot(struct value_counts *c, size_t place)
{
	uint64_t hash = c->hashes[place], i = hash % VALUE_COUNTS_SLOTS;

	while (c->slots[i] != 0)
		i = (i + 1) % VALUE_COUNTS_SLOTS;
	c->slots[i] =
		((uint32_t)(hash >> 32) & ~(uint32_t)VALUE_PLACE_MASK) | (uint32_t)(place + 1);
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Mostly all counts are 1, so that is looked for first. */
static uint64_t
median(const struct value_counts *c)
{
	uint64_t counts[VALUE_COUNTS_MAX];
	size_t ones = 0;

	for (size_t i = 0; i < c->n; i++)
		ones += c->counts[i] == 1;
	if (ones * 2 > c->n)
		return 1;
	memcpy(counts, c->counts, c->n * sizeof counts[0]);
	qsort(counts, c->n, sizeof counts[0], by_number);
	return counts[c->n / 2];
}

static void
forget(struct value_counts *c)
{
	uint64_t off = median(c);
	size_t n = 0, nsettled = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->counts[i] <= off)
			continue;
		nsettled += i < c->nsettled;
		if (n != i) {
			c->hashes[n] = c->hashes[i];
			c->values[n] = c->values[i];
		}
		c->counts[n++] = c->counts[i] - off;
	}
	c->n = n;
	c->nsettled = nsettled;
	c->taken += off;
	memset(c->slots, 0, VALUE_COUNTS_SLOTS * sizeof *c->slots);
	for (size_t i = 0; i < n; i++)
		set_slot(c, i);
}

struct counted *
value_counts_add(struct value_counts *c, uint64_t hash, const char *text, size_t len)
{
	struct counted *v;

	if (value_counts_full(c))
		forget(c);
	c->hashes[c->n] = hash;
	c->counts[c->n] = 1;
	v = &c->values[c->n];
	v->first_row = 0;
	v->kind = 0;
	v->traits = 0;
	v->len = len < UINT32_MAX ? (uint32_t)len : UINT32_MAX;
	memcpy(v->text, &text, sizeof text);
	set_slot(c, c->n++);
	return v;
}

void
value_counts_settle(struct value_counts *c)
{
	for (size_t i = c->nsettled; i < c->n; i++) {
		struct counted *v = &c->values[i];
		const char *text;

		memcpy(&text, v->text, sizeof text);
		v->kept = (uint8_t)utf8_cut(text, v->len, VALUE_TEXT_MAX);
		memcpy(v->text, text, v->kept);
	}
	c->nsettled = c->n;
}

/* Whether the value at place a goes before that at b. */
static bool
is_before(const struct value_counts *c, size_t a, size_t b)
{
	const struct counted *x = &c->values[a], *y = &c->values[b];
	int order;

	if (c->counts[a] != c->counts[b])
		return c->counts[a] > c->counts[b];
	order = memcmp(x->text, y->text, x->kept < y->kept ? x->kept : y->kept);
	if (order != 0)
		return order < 0;
	if (x->len != y->len)
		return x->len < y->len;
	return c->hashes[a] < c->hashes[b];
}

size_t
value_counts_top(const struct value_counts *c, uint16_t *places, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t at;

		if (n == max && !is_before(c, i, places[n - 1]))
			continue;
		if (n < max)
			n++;
		for (at = n - 1; at > 0 && is_before(c, i, places[at - 1]); at--)
			places[at] = places[at - 1];
		places[at] = (uint16_t)i;
	}
	return n;
}
