/*
 * timeline.h - where along a column's rows which kinds of value stood
 *
 * A column's values are reduced to a few kinds, numbered from 0.  The rows are
 * cut into stretches of equal length, a power of two of rows, at most
 * TIMELINE_CELLS of them: when there are more rows, neighbours are merged and
 * the stretches are twice as long.  Of each kind in each stretch a cell keeps
 * the count, the first and the last place exactly, and the largest gaps
 * between two of its values that follow each other.  So memory is bounded,
 * one pass is enough, and yet the row at which a kind begins or ends is
 * known, also where a few stragglers stand beyond it.
 */
#ifndef VALIDATE_TIMELINE_H
#define VALIDATE_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { TIMELINE_CELLS = 512, TIMELINE_KINDS = 40, TIMELINE_GAPS = 4, TIMELINE_EXAMPLE = 28 };

/* A row, from 1, and its key. */
struct mark {
	uint64_t row;
	int64_t key;
};

/* No value of the kind between from and to; before: how many of the cell's come up to from. */
struct gap {
	struct mark from;
	struct mark to;
	uint64_t before;
};

struct cell_of_kind {
	uint32_t index; /* of the stretch */
	uint32_t ngaps;
	uint64_t count;
	struct mark first;
	struct mark last;
	int64_t next_key;               /* of the row behind last */
	uint64_t least_gap;             /* rows of the smallest of all gaps; 0: there is room */
	struct gap gaps[TIMELINE_GAPS]; /* the largest, none of neighbouring rows, unsorted */
	char example[TIMELINE_EXAMPLE]; /* the first value, NUL-terminated, perhaps cut */
	bool cut;
};

struct kind_cells {
	struct cell_of_kind *cells; /* by index, only those with values */
	size_t n;
	size_t cap;
	uint64_t count; /* of values in all cells */
};

struct timeline {
	unsigned shift; /* a stretch has 1 << shift rows */
	uint64_t rows;  /* the last row that was added */
	int last_kind;  /* of the row before; -1: none */
	size_t nkinds;
	struct cell_of_kind *open; /* of the row before; NULL: to be looked up */
	struct kind_cells kinds[TIMELINE_KINDS];
};

/* Empty, with no memory of its own yet. */
void timeline_init(struct timeline *t);
void timeline_release(struct timeline *t);

/* timeline_add where the row is not simply one more of the run before it. */
int timeline_add_other(struct timeline *t, int kind, const struct mark *at, const char *text,
	size_t len, struct error *err);

/*
 * The next row's value is of this kind, 0 .. TIMELINE_KINDS - 1.  Rows must
 * come in order, each once.  text is kept as an example (NULL: none).
 */
static inline int
timeline_add(struct timeline *t, int kind, const struct mark *at, const char *text, size_t len,
	struct error *err)
{
	struct cell_of_kind *c = t->open;

	if (kind != t->last_kind || c == NULL || at->row != t->rows + 1 ||
		(at->row - 1) >> t->shift != c->index)
		return timeline_add_other(t, kind, at, text, len, err);
	t->rows = at->row;
	t->kinds[kind].count++;
	c->last = *at;
	c->count++;
	return 0;
}

/* Merge neighbouring stretches; done by timeline_add when it must be. */
void timeline_halve(struct timeline *t);

/* Bytes of memory held. */
size_t timeline_memory(const struct timeline *t);

/* The cell of a kind and a stretch, or NULL where there is none. */
const struct cell_of_kind *timeline_cell(const struct timeline *t, size_t kind, uint32_t index);

/* Number of stretches so far. */
uint32_t timeline_stretches(const struct timeline *t);

/* Rows in a stretch: all but the last have 1 << shift. */
uint64_t timeline_stretch_rows(const struct timeline *t, uint32_t index);

#endif
