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
	const struct ident_all *all;
	uint32_t *slots; /* place in all, from 1; 0: free */
	size_t mask;
};

static int
make_table(struct table *t, const struct ident_all *all, struct error *err)
{
	size_t size = 64;

	while (size < all->n * 2)
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

/* The slot of a value equal to x, or the free one where it would be. */
static uint32_t *
find_slot(const struct table *t, const struct ident *x, uint64_t folded)
{
	size_t i = folded & t->mask;

	while (t->slots[i] != 0 && !is_same(&t->all->idents[t->slots[i] - 1], x))
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static uint32_t *
find_folded(const struct table *t, uint64_t folded)
{
	size_t i = folded & t->mask;

	while (t->slots[i] != 0 && t->all->folded[t->slots[i] - 1] != folded)
		i = (i + 1) & t->mask;
	return &t->slots[i];
}

static void
keep_first(struct ident *kept, const struct ident *x)
{
	if (ident_row(kept) == 0 || ident_row(x) < ident_row(kept))
		*kept = *x;
}

/*
 * Whether a value equal to the i-th was before it.  Values that are the first of
 * their folded kind get into the table of exact ones only when another comes:
 * in a column that is almost unique, hardly any does.
 */
static bool
was_before(struct table *exact, uint32_t first, size_t i)
{
	const struct ident_all *all = exact->all;
	uint32_t *slot = find_slot(exact, &all->idents[first - 1], all->folded[i]);

	if (*slot == 0)
		*slot = first;
	slot = find_slot(exact, &all->idents[i], all->folded[i]);
	if (*slot != 0)
		return true;
	*slot = (uint32_t)(i + 1);
	return false;
}

static int
repeats_of_part(const struct ident_all *all, struct ident_repeats *r, struct error *err)
{
	struct table exact = {.slots = NULL}, folded = {.slots = NULL};
	int rc = -1;

	if (make_table(&exact, all, err) < 0 || make_table(&folded, all, err) < 0)
		goto out;
	for (size_t i = 0; i < all->n; i++) {
		const struct ident *x = &all->idents[i];
		uint32_t *f = find_folded(&folded, all->folded[i]);
		bool known = *f != 0, same = known && was_before(&exact, *f, i);

		r->repeated += ident_count(x) - (uint64_t)!same;
		r->folded_repeated += ident_count(x) - (uint64_t)!known;
		r->distinct += !same;
		if (same || ident_count(x) > 1)
			keep_first(&r->example, x);
		if (known && !same)
			keep_first(&r->folded_example, x);
		if (!known)
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
		struct ident_all all = {.idents = NULL};
		int rc = ident_part_read(l, p, &all, err);

		if (rc == 0)
			rc = repeats_of_part(&all, r, err);
		ident_part_release(&all);
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
		if (ident_row(&c->orphans[at - 1]) < ident_row(x))
			return;
		at--;
	} else {
		c->norphans++;
	}
	for (; at > 0 && ident_row(&c->orphans[at - 1]) > ident_row(x); at--)
		c->orphans[at] = c->orphans[at - 1];
	c->orphans[at] = *x;
}

static int
contained_part(const struct ident_all *all, const struct ident_all *others,
	struct ident_containment *c, struct error *err)
{
	struct table in = {.slots = NULL}, own = {.slots = NULL};
	int rc = -1;

	if (make_table(&in, others, err) < 0 || make_table(&own, all, err) < 0)
		goto out;
	for (size_t i = 0; i < others->n; i++) {
		uint32_t *slot = find_slot(&in, &others->idents[i], others->folded[i]);

		if (*slot == 0)
			*slot = (uint32_t)(i + 1);
	}
	for (size_t i = 0; i < all->n; i++) {
		const struct ident *x = &all->idents[i];
		uint32_t *mine = find_slot(&own, x, all->folded[i]);
		bool new = *mine == 0, found = *find_slot(&in, x, all->folded[i]) != 0;

		if (new)
			*mine = (uint32_t)(i + 1);
		c->rows += ident_count(x);
		c->distinct += new;
		c->contained += found ? ident_count(x) : 0;
		c->distinct_contained += new &&found;
		if (new && !found)
			keep_orphan(c, x);
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
		struct ident_all all = {.idents = NULL}, others = {.idents = NULL};
		int rc = ident_part_read(l, p, &all, err);

		if (rc == 0)
			rc = ident_part_read(in, p, &others, err);
		if (rc == 0)
			rc = contained_part(&all, &others, c, err);
		ident_part_release(&all);
		ident_part_release(&others);
		if (rc < 0)
			return -1;
		/* parts are samples of all values; with many, one tells enough */
		if (c->distinct > 30 &&
			(double)c->distinct_contained < (enough - 0.3) * (double)c->distinct)
			return 1;
	}
	return 0;
}
