/*
 * ident_compare.c - what is equal within a list, and between two (see ident_store.h)
 *
 * A part of a list is put into an open hash table of 32-bit places; two lists
 * are compared part by part.
 */
#include <stdlib.h>
#include <string.h>

#include "validate/ident_parts.h"

struct table {
	const struct ident *all;
	uint32_t *slots; /* place in all, from 1; 0: free */
	size_t mask;
};

static int
make_table(struct table *t, const struct ident *all, size_t n, struct error *err)
{
	size_t size = 64;

	while (size < n * 2)
		size *= 2;
	t->all = all;
	t->mask = size - 1;
	t->slots = calloc(size, sizeof *t->slots);
	return t->slots == NULL ? error_nomem(err) : 0;
}

static bool
is_same(const struct ident *a, const struct ident *b)
{
	return memcmp(a->bytes, b->bytes, IDENT_SIZE) == 0;
}

/* The slot of an equal value, or the free one where it would be. */
static uint32_t *
find_slot(const struct table *t, const struct ident *x)
{
	size_t i = x->folded & t->mask;

	while (t->slots[i] != 0 && !is_same(&t->all[t->slots[i] - 1], x))
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static uint32_t *
find_folded(const struct table *t, const struct ident *x)
{
	size_t i = x->folded & t->mask;

	while (t->slots[i] != 0 && t->all[t->slots[i] - 1].folded != x->folded)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static void
keep_first(struct ident *kept, const struct ident *x)
{
	if (kept->row == 0 || x->row < kept->row)
		*kept = *x;
}

static int
repeats_of_part(const struct ident *all, size_t n, struct ident_repeats *r, struct error *err)
{
	struct table exact = {.slots = NULL}, folded = {.slots = NULL};
	int rc = -1;

	if (make_table(&exact, all, n, err) < 0 || make_table(&folded, all, n, err) < 0)
		goto out;
	for (size_t i = 0; i < n; i++) {
		uint32_t *e = find_slot(&exact, &all[i]), *f = find_folded(&folded, &all[i]);

		r->repeated += all[i].count - (*e == 0);
		r->folded_repeated += all[i].count - (*f == 0);
		r->distinct += *e == 0;
		if (*e != 0 || all[i].count > 1)
			keep_first(&r->example, &all[i]);
		if (*f != 0 && *e == 0)
			keep_first(&r->folded_example, &all[i]);
		if (*e == 0)
			*e = (uint32_t)(i + 1);
		if (*f == 0)
			*f = (uint32_t)(i + 1);
	}
	rc = 0;
out:
	free(exact.slots);
	free(folded.slots);
	return rc;
}

int
ident_list_repeats(struct ident_list *l, struct ident_repeats *r, struct error *err)
{
	memset(r, 0, sizeof *r);
	for (size_t p = 0; p < IDENT_PARTS; p++) {
		size_t n;
		struct ident *all = ident_part_read(l, p, &n, err);
		int rc = all == NULL ? -1 : repeats_of_part(all, n, r, err);

		free(all);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Among the orphans of the first rows, by row; the same value once. */
static void
keep_orphan(struct ident_containment *c, const struct ident *x)
{
	size_t at = c->norphans;

	for (size_t i = 0; i < c->norphans; i++) {
		if (is_same(&c->orphans[i], x))
			return;
	}
	if (at == IDENT_ORPHANS) {
		if (c->orphans[at - 1].row < x->row)
			return;
		at--;
	} else {
		c->norphans++;
	}
	for (; at > 0 && c->orphans[at - 1].row > x->row; at--)
		c->orphans[at] = c->orphans[at - 1];
	c->orphans[at] = *x;
}

static int
contained_part(const struct ident *all, size_t n, const struct ident *others, size_t nothers,
	struct ident_containment *c, struct error *err)
{
	struct table in = {.slots = NULL}, own = {.slots = NULL};
	int rc = -1;

	if (make_table(&in, others, nothers, err) < 0 || make_table(&own, all, n, err) < 0)
		goto out;
	for (size_t i = 0; i < nothers; i++) {
		uint32_t *slot = find_slot(&in, &others[i]);

		if (*slot == 0)
			*slot = (uint32_t)(i + 1);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t *mine = find_slot(&own, &all[i]);
		bool new = *mine == 0, found = *find_slot(&in, &all[i]) != 0;

		if (new)
			*mine = (uint32_t)(i + 1);
		c->rows += all[i].count;
		c->distinct += new;
		c->contained += found ? all[i].count : 0;
		c->distinct_contained += new &&found;
		if (new && !found)
			keep_orphan(c, &all[i]);
	}
	rc = 0;
out:
	free(in.slots);
	free(own.slots);
	return rc;
}

int
ident_list_contained(struct ident_list *l, struct ident_list *in, double enough,
	struct ident_containment *c, struct error *err)
{
	memset(c, 0, sizeof *c);
	for (size_t p = 0; p < IDENT_PARTS; p++) {
		size_t n, nothers;
		struct ident *all = ident_part_read(l, p, &n, err), *others = NULL;
		int rc = -1;

		if (all != NULL)
			others = ident_part_read(in, p, &nothers, err);
		if (others != NULL)
			rc = contained_part(all, n, others, nothers, c, err);
		free(all);
		free(others);
		if (rc < 0)
			return -1;
		/* parts are samples of all values; with many, one tells enough */
		if (c->distinct > 30 &&
			(double)c->distinct_contained < (enough - 0.3) * (double)c->distinct)
			return 1;
	}
	return 0;
}
