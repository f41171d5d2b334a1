/*
 * value_counts.c - see value_counts.h
 */
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/value_counts.h"

int
value_counts_init(struct value_counts *c, struct error *err)
{
	memset(c, 0, sizeof *c);
	c->values = malloc(VALUE_COUNTS_MAX * sizeof *c->values);
	c->slots = calloc(VALUE_COUNTS_SLOTS, sizeof *c->slots);
	return c->values == NULL || c->slots == NULL ? error_nomem(err) : 0;
}

void
value_counts_release(struct value_counts *c)
{
	free(c->values);
	free(c->slots);
	memset(c, 0, sizeof *c);
}

static void
set_slot(struct value_counts *c, size_t place)
{
	uint64_t i = c->values[place].hash % VALUE_COUNTS_SLOTS;

	while (c->slots[i] != 0)
		i = (i + 1) % VALUE_COUNTS_SLOTS;
	c->slots[i] = (uint16_t)(place + 1);
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
		ones += c->values[i].count == 1;
	if (ones * 2 > c->n)
		return 1;
	for (size_t i = 0; i < c->n; i++)
		counts[i] = c->values[i].count;
	qsort(counts, c->n, sizeof counts[0], by_number);
	return counts[c->n / 2];
}

static void
forget(struct value_counts *c)
{
	uint64_t off = median(c);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		if (c->values[i].count <= off)
			continue;
		if (n != i)
			c->values[n] = c->values[i];
		c->values[n++].count -= off;
	}
	c->n = n;
	c->taken += off;
	memset(c->slots, 0, VALUE_COUNTS_SLOTS * sizeof *c->slots);
	for (size_t i = 0; i < n; i++)
		set_slot(c, i);
}

struct value_count *
value_counts_add(struct value_counts *c, uint64_t hash, const char *text, size_t len)
{
	struct value_count *v;

	if (value_counts_full(c))
		forget(c);
	v = &c->values[c->n++];
	v->hash = hash;
	v->count = 1;
	v->first_row = 0;
	v->kind = 0;
	v->len = len;
	v->kept = (uint8_t)utf8_cut(text, len, VALUE_TEXT_MAX);
	memcpy(v->text, text, v->kept);
	set_slot(c, c->n - 1);
	return v;
}

static int
by_count(const void *a, const void *b)
{
	const struct value_count *x = a, *y = b;
	size_t shorter = x->kept < y->kept ? x->kept : y->kept;
	int order;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	order = memcmp(x->text, y->text, shorter);
	if (order != 0)
		return order;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

void
value_counts_sort(struct value_counts *c)
{
	qsort(c->values, c->n, sizeof *c->values, by_count);
	memset(c->slots, 0, VALUE_COUNTS_SLOTS * sizeof *c->slots);
}
