/*
 * eras_edges.c - the row at which a kind begins or ends (see eras.h)
 *
 * A stretch remembers only its largest gaps.  That is enough: the dense part
 * has none that is large, and what follows it are few values far apart.
 */
#include <math.h>

#include "validate/eras_parts.h"

/* -log of how seldom chance may make a gap that ends a run */
#define GAP_RARITY 13.8

/* Gaps of fewer rows than this end nothing, however dense the kind is. */
#define GAP_MIN 4.0

/* Only stretches of so many rows, and kinds of such a share, tell how a kind fades. */
enum { FADING_ROWS = 64 };
#define FADING_SHARE 0.01

static double
density(const struct mixes *m, uint32_t stretch, size_t kind)
{
	struct segment one = {stretch, stretch, false};

	return mixes_share(m, &one, kind);
}

/* The largest gap of a kind within the stretches, those at both ends left out. */
static double
largest_gap(const struct mixes *m, const struct segment *s, size_t kind)
{
	const struct cell_of_kind *before = NULL;
	double largest = 0;

	for (uint32_t i = s->first + 1; i < s->last; i++) {
		const struct cell_of_kind *c = timeline_cell(m->t, kind, i);

		if (c == NULL)
			continue;
		for (size_t j = 0; j < c->ngaps; j++)
			largest = fmax(
				largest, (double)(c->gaps[j].to.row - c->gaps[j].from.row));
		if (before != NULL)
			largest = fmax(largest, (double)(c->first.row - before->last.row));
		before = c;
	}
	return largest;
}

/* How many rows without a value end a run of a kind whose share is this. */
static double
longest_gap(const struct mixes *m, const struct segment *home, size_t kind, double share)
{
	double chance = share < 1 ? GAP_RARITY / -log1p(-share) : 0;

	return fmax(fmax(chance, GAP_MIN), 2 * largest_gap(m, home, kind));
}

/*
 * The share by which the kind's edge between low and high is judged: in its
 * era, or less where it goes on beside others before it ends.
 */
static double
share_near(const struct mixes *m, const struct segment *home, size_t kind, uint32_t low,
	uint32_t high)
{
	double share = mixes_share(m, home, kind);
	struct segment zone = {low + 2, high, false};

	if (high > low + 4) {
		double between;

		zone.last = high - 2;
		between = mixes_share(m, &zone, kind);
		if (between >= KIND_LIVES && between < share)
			share = between;
	}
	return share;
}

/*
 * The walk has passed a stretch without finding the edge.  Where a kind fades
 * slowly, its gaps may grow with it; where it ends at once, the stretch that was
 * passed is as dense as all the others.
 */
static double
wider_gap(const struct mixes *m, uint32_t stretch, size_t kind, double over)
{
	double share = density(m, stretch, kind);
	double chance = share < 1 ? GAP_RARITY / -log1p(-share) : 0;

	if (timeline_stretch_rows(m->t, stretch) < FADING_ROWS || share < FADING_SHARE)
		return over;
	return fmax(over, chance);
}

static uint64_t
count_before(const struct mixes *m, uint32_t stretch, size_t kind)
{
	return (uint64_t)m->sums[stretch * m->t->nkinds + kind];
}

static const struct gap *
first_gap(const struct cell_of_kind *c, double over)
{
	const struct gap *found = NULL;

	for (size_t i = 0; i < c->ngaps; i++) {
		const struct gap *g = &c->gaps[i];

		if ((double)(g->to.row - g->from.row) > over &&
			(found == NULL || g->from.row < found->from.row))
			found = g;
	}
	return found;
}

static const struct gap *
last_gap(const struct cell_of_kind *c, double over)
{
	const struct gap *found = NULL;

	for (size_t i = 0; i < c->ngaps; i++) {
		const struct gap *g = &c->gaps[i];

		if ((double)(g->to.row - g->from.row) > over &&
			(found == NULL || g->to.row > found->to.row))
			found = g;
	}
	return found;
}

struct edge
edge_end(const struct mixes *m, const struct segment *home, size_t kind, uint32_t low,
	uint32_t high)
{
	double share = share_near(m, home, kind, low, high);
	double over = longest_gap(m, home, kind, share);
	uint32_t anchor = high;
	struct edge e = {.more = false};

	/* the last stretch where it is still dense; there is one in its own era */
	while (anchor > home->first && density(m, anchor, kind) < 0.5 * share)
		anchor--;
	for (uint32_t i = anchor; i < m->n; i++) {
		const struct cell_of_kind *c = timeline_cell(m->t, kind, i);
		const struct gap *g;

		if (c == NULL)
			continue;
		if (e.at.row != 0 && (double)(c->first.row - e.at.row) > over) {
			e.more = true;
			e.beyond = c->first;
			return e;
		}
		e.stretch = i;
		g = first_gap(c, over);
		if (g != NULL) {
			e.at = g->from;
			e.count = count_before(m, i, kind) + g->before;
			e.more = true;
			e.beyond = g->to;
			e.has_next_key = false;
			return e;
		}
		e.at = c->last;
		e.count = count_before(m, i, kind) + c->count;
		e.has_next_key = true;
		e.next_key = c->next_key;
		/* a stretch in which it ended is thin, but not fading */
		if (m->rows[i + 1] - (double)c->last.row <= over)
			over = wider_gap(m, i, kind, over);
	}
	return e;
}

struct edge
edge_begin(const struct mixes *m, const struct segment *home, size_t kind, uint32_t low,
	uint32_t high)
{
	double share = share_near(m, home, kind, low, high);
	double over = longest_gap(m, home, kind, share);
	uint32_t anchor = low;
	struct edge e = {.more = false};

	while (anchor < home->last && density(m, anchor, kind) < 0.5 * share)
		anchor++;
	for (uint32_t i = anchor + 1; i-- > 0;) {
		const struct cell_of_kind *c = timeline_cell(m->t, kind, i);
		const struct gap *g;

		if (c == NULL)
			continue;
		if (e.at.row != 0 && (double)(e.at.row - c->last.row) > over) {
			e.more = true;
			e.beyond = c->last;
			return e;
		}
		e.stretch = i;
		g = last_gap(c, over);
		if (g != NULL) {
			e.at = g->to;
			e.count = count_before(m, i, kind) + g->before;
			e.more = true;
			e.beyond = g->from;
			return e;
		}
		e.at = c->first;
		e.count = count_before(m, i, kind);
		if ((double)c->first.row - m->rows[i] <= over)
			over = wider_gap(m, i, kind, over);
	}
	return e;
}
