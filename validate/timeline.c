/*
 * timeline.c - see timeline.h
 */
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/timeline.h"

void
timeline_init(struct timeline *t)
{
	memset(t, 0, sizeof *t);
	t->last_kind = -1;
}

void
timeline_release(struct timeline *t)
{
	for (size_t i = 0; i < TIMELINE_KINDS; i++)
		free(t->kinds[i].cells);
	timeline_init(t);
}

static uint64_t
gap_rows(const struct gap *g)
{
	return g->to.row - g->from.row;
}

static size_t
smallest_gap(const struct cell_of_kind *c)
{
	size_t smallest = 0;

	for (size_t i = 1; i < c->ngaps; i++) {
		if (gap_rows(&c->gaps[i]) < gap_rows(&c->gaps[smallest]))
			smallest = i;
	}
	return smallest;
}

/* Keep g among the largest; of equals the first stays. */
static void
keep_gap(struct cell_of_kind *c, const struct gap *g)
{
	size_t at = 0;

	if (gap_rows(g) < 2 || gap_rows(g) <= c->least_gap)
		return;
	if (c->ngaps < TIMELINE_GAPS)
		at = c->ngaps++;
	else
		at = smallest_gap(c);
	c->gaps[at] = *g;
	if (c->ngaps == TIMELINE_GAPS)
		c->least_gap = gap_rows(&c->gaps[smallest_gap(c)]);
}

/* b, which follows a in the rows, becomes part of a. */
static void
merge_cells(struct cell_of_kind *a, const struct cell_of_kind *b)
{
	struct gap between = {a->last, b->first, a->count};

	for (size_t i = 0; i < b->ngaps; i++) {
		struct gap g = b->gaps[i];

		g.before += a->count;
		keep_gap(a, &g);
	}
	keep_gap(a, &between);
	a->count += b->count;
	a->last = b->last;
	a->next_key = b->next_key;
}

void
timeline_halve(struct timeline *t)
{
	t->shift++;
	t->open = NULL;
	for (size_t k = 0; k < t->nkinds; k++) {
		struct kind_cells *s = &t->kinds[k];
		size_t n = 0;

		for (size_t i = 0; i < s->n; i++) {
			struct cell_of_kind *c = &s->cells[i];

			c->index /= 2;
			if (n > 0 && s->cells[n - 1].index == c->index)
				merge_cells(&s->cells[n - 1], c);
			else if (n++ < i)
				s->cells[n - 1] = *c;
		}
		s->n = n;
	}
}

static void
set_example(struct cell_of_kind *c, const char *text, size_t len)
{
	size_t n = text == NULL ? 0 : utf8_cut(text, len, TIMELINE_EXAMPLE - 1);

	if (n > 0)
		memcpy(c->example, text, n);
	c->example[n] = '\0';
	c->cut = text != NULL && n < len;
}

static struct cell_of_kind *
new_cell(struct kind_cells *s, uint32_t index, struct error *err)
{
	struct cell_of_kind *c;

	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 2;
		struct cell_of_kind *larger;

		if (cap > TIMELINE_CELLS)
			cap = TIMELINE_CELLS;
		larger = realloc(s->cells, cap * sizeof *larger);
		if (larger == NULL) {
			error_nomem(err);
			return NULL;
		}
		s->cells = larger;
		s->cap = cap;
	}
	c = &s->cells[s->n++];
	memset(c, 0, sizeof *c);
	c->index = index;
	return c;
}

/* The row at mark ends a run of another kind: that kind's last cell is told the key. */
static void
end_run(struct timeline *t, int kind, const struct mark *at)
{
	if (t->last_kind >= 0) {
		struct kind_cells *s = &t->kinds[t->last_kind];

		s->cells[s->n - 1].next_key = at->key;
	}
	t->last_kind = kind;
}

int
timeline_add_other(struct timeline *t, int kind, const struct mark *at, const char *text,
	size_t len, struct error *err)
{
	struct kind_cells *s = &t->kinds[kind];
	struct cell_of_kind *c;
	uint32_t index;

	/* more than once where many rows were left out */
	while ((at->row - 1) >> t->shift >= TIMELINE_CELLS)
		timeline_halve(t);
	if (t->nkinds <= (size_t)kind)
		t->nkinds = (size_t)kind + 1;
	if (kind != t->last_kind)
		end_run(t, kind, at);
	index = (uint32_t)((at->row - 1) >> t->shift);
	t->rows = at->row;
	s->count++;
	c = s->n > 0 ? &s->cells[s->n - 1] : NULL;
	if (c == NULL || c->index != index) {
		c = new_cell(s, index, err);
		if (c == NULL)
			return -1;
		c->first = *at;
		set_example(c, text, len);
	} else if (at->row - c->last.row > 1) {
		struct gap g = {c->last, *at, c->count};

		keep_gap(c, &g);
	}
	c->last = *at;
	c->count++;
	t->open = c;
	return 0;
}

size_t
timeline_memory(const struct timeline *t)
{
	size_t bytes = sizeof *t;

	for (size_t k = 0; k < t->nkinds; k++)
		bytes += t->kinds[k].cap * sizeof *t->kinds[k].cells;
	return bytes;
}

const struct cell_of_kind *
timeline_cell(const struct timeline *t, size_t kind, uint32_t index)
{
	const struct kind_cells *s = &t->kinds[kind];
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (s->cells[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->n && s->cells[low].index == index ? &s->cells[low] : NULL;
}

uint32_t
timeline_stretches(const struct timeline *t)
{
	return t->rows == 0 ? 0 : (uint32_t)((t->rows - 1) >> t->shift) + 1;
}

uint64_t
timeline_stretch_rows(const struct timeline *t, uint32_t index)
{
	uint64_t start = (uint64_t)index << t->shift, left = t->rows - start;
	uint64_t whole = (uint64_t)1 << t->shift;

	return left < whole ? left : whole;
}
