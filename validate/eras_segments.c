/*
 * eras_segments.c - a timeline cut into segments of one mix each (see eras.h)
 */
#include <math.h>
#include <stdlib.h>

#include "validate/eras_parts.h"

/* A change counts when a kind of this share begins or ends … */
#define CHANGE_SHARE 0.05
/* … having less than this part of its share on the other side … */
#define CHANGE_REST 0.05
/* … or when this share of rows is of other kinds. */
#define CHANGE_DISTANCE 0.3

static double
count_in(const struct mixes *m, uint32_t from, uint32_t to, size_t kind)
{
	size_t k = m->t->nkinds;

	return m->sums[to * k + kind] - m->sums[from * k + kind];
}

/* A change is mostly inside of a stretch, so those at both ends are impure, and left out. */
double
mixes_share(const struct mixes *m, const struct segment *s, size_t kind)
{
	uint32_t ends = s->last - s->first >= 4;
	uint32_t first = s->first + ends, behind = s->last + 1 - ends;
	double rows = m->rows[behind] - m->rows[first];

	return rows > 0 ? count_in(m, first, behind, kind) / rows : 0;
}

bool
mixes_lives(const struct mixes *m, const struct segment *s, size_t kind)
{
	return mixes_share(m, s, kind) >= KIND_LIVES;
}

static double
xlogx(double x)
{
	return x > 0 ? x * log(x) : 0;
}

/* Minus the log likelihood of stretches from .. to - 1 with the mix that fits them best. */
static double
cost(const struct mixes *m, uint32_t from, uint32_t to)
{
	const double *a = m->sums + from * m->t->nkinds, *b = m->sums + to * m->t->nkinds;
	double sum = xlogx(m->rows[to] - m->rows[from]);

	for (size_t k = 0; k < m->t->nkinds; k++) {
		if (b[k] > a[k])
			sum -= xlogx(b[k] - a[k]);
	}
	return sum;
}

static double
kinds_seen(const struct mixes *m)
{
	double kinds = 0;

	for (size_t k = 0; k < m->t->nkinds; k++)
		kinds += m->sums[m->n * m->t->nkinds + k] > 0;
	return kinds;
}

/* Pearson's chi square of stretch i against the next. */
static double
chi_square(const struct mixes *m, uint32_t i)
{
	double a = m->rows[i + 1] - m->rows[i], b = m->rows[i + 2] - m->rows[i + 1], sum = 0;

	for (size_t k = 0; k < m->t->nkinds; k++) {
		double x = count_in(m, i, i + 1, k), y = count_in(m, i + 1, i + 2, k);
		double expected = (x + y) * a / (a + b);

		if (expected > 0)
			sum += (x - expected) * (x - expected) / expected +
			       (y - (x + y - expected)) * (y - (x + y - expected)) /
				       (x + y - expected);
	}
	return sum;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/*
 * How much more neighbouring stretches differ than they would if each row were
 * drawn by itself: values come in runs.  The median does not see the few
 * stretches where an era begins.  Never less than 1.
 */
static double
dispersion(const struct mixes *m)
{
	double free = kinds_seen(m) - 1, all[TIMELINE_CELLS], median, usual;
	uint32_t n = m->n - 2;

	if (m->n < 10 || free < 1)
		return 1;
	for (uint32_t i = 0; i < n; i++)
		all[i] = chi_square(m, i);
	qsort(all, n, sizeof all[0], by_size);
	median = all[n / 2];
	usual = free * pow(1 - 2 / (9 * free), 3); /* Wilson and Hilferty 1931 */
	return median > usual ? median / usual : 1;
}

/*
 * What a further segment must gain: its free parameters as in the Bayesian
 * information criterion, and its place, with much to spare, as a table has many
 * columns.
 */
static double
penalty(const struct mixes *m)
{
	return dispersion(m) * (0.5 * (kinds_seen(m) - 1) + 3) * log(m->rows[m->n] + 1);
}

/* The cheapest cut by dynamic programming; before[j] is where the segment that ends at j begins. */
static int
cheapest_cut(const struct mixes *m, uint32_t *before)
{
	double *best = calloc(m->n + 1, sizeof *best);
	double each = penalty(m);

	if (best == NULL)
		return -1;
	best[0] = -each;
	for (uint32_t j = 1; j <= m->n; j++) {
		best[j] = INFINITY;
		for (uint32_t i = 0; i < j; i++) {
			double total;

			/* costs are not negative */
			if (best[i] + each >= best[j])
				continue;
			total = best[i] + each + cost(m, i, j);
			if (total < best[j]) {
				best[j] = total;
				before[j] = i;
			}
		}
	}
	free(best);
	return 0;
}

static double
distance(const struct mixes *m, const struct segment *a, const struct segment *b)
{
	double sum = 0;

	for (size_t k = 0; k < m->t->nkinds; k++)
		sum += fabs(mixes_share(m, a, k) - mixes_share(m, b, k));
	return sum / 2;
}

static bool
differ(const struct mixes *m, const struct segment *a, const struct segment *b)
{
	for (size_t k = 0; k < m->t->nkinds; k++) {
		double x = mixes_share(m, a, k), y = mixes_share(m, b, k);

		if (fmax(x, y) >= CHANGE_SHARE && fmin(x, y) <= CHANGE_REST * fmax(x, y))
			return true;
	}
	return distance(m, a, b) >= CHANGE_DISTANCE;
}

/* Put neighbours together that do not differ enough, the most alike first. */
static size_t
merge_alike(const struct mixes *m, struct segment *list, size_t n)
{
	for (;;) {
		size_t most = n;
		double least = INFINITY;

		for (size_t i = 0; i + 1 < n; i++) {
			double d = distance(m, &list[i], &list[i + 1]);

			if (d < least && !differ(m, &list[i], &list[i + 1])) {
				least = d;
				most = i;
			}
		}
		if (most == n)
			return n;
		list[most].last = list[most + 1].last;
		for (size_t i = most + 1; i + 1 < n; i++)
			list[i] = list[i + 1];
		n--;
	}
}

struct segment *
segments_find(const struct mixes *m, size_t *n)
{
	uint32_t *before = calloc(m->n + 1, sizeof *before), i = 1;
	struct segment *list = NULL;

	if (before == NULL || cheapest_cut(m, before) < 0)
		goto out;
	for (uint32_t j = before[m->n]; j > 0; j = before[j])
		i++;
	*n = i;
	list = calloc(i, sizeof *list);
	if (list == NULL)
		goto out;
	for (uint32_t j = m->n; j > 0; j = before[j])
		list[--i] = (struct segment){before[j], j - 1, false};
	*n = merge_alike(m, list, *n);
out:
	free(before);
	return list;
}
