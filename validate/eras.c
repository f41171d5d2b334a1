/*
 * eras.c - see eras.h
 */
#include <stdlib.h>
#include <string.h>

#include "validate/eras_parts.h"

/* A few values, or a few times as many as on both sides, are no sign of an era between them. */
#define ALIEN_MIN   5.0
#define ALIEN_TIMES 4.0

struct finder {
	struct mixes m;
	struct segment *segments;
	size_t nsegments;
	struct eras *out;
};

static int
sum_up(struct mixes *m)
{
	const struct timeline *t = m->t;
	size_t k = t->nkinds;

	m->n = timeline_stretches(t);
	m->sums = calloc(((size_t)m->n + 1) * k, sizeof *m->sums);
	m->rows = calloc((size_t)m->n + 1, sizeof *m->rows);
	if (m->sums == NULL || m->rows == NULL)
		return -1;
	for (size_t kind = 0; kind < k; kind++) {
		const struct kind_cells *s = &t->kinds[kind];

		for (size_t i = 0; i < s->n; i++)
			m->sums[(s->cells[i].index + 1) * k + kind] = (double)s->cells[i].count;
	}
	for (uint32_t i = 0; i < m->n; i++) {
		m->rows[i + 1] = m->rows[i] + (double)timeline_stretch_rows(t, i);
		for (size_t kind = 0; kind < k; kind++)
			m->sums[(i + 1) * k + kind] += m->sums[i * k + kind];
	}
	return 0;
}

/* Whether kind was alive in a and is (next to) nothing in b. */
static bool
dies(const struct mixes *m, const struct segment *a, const struct segment *b, size_t kind)
{
	double share = mixes_share(m, a, kind);

	return share >= KIND_LIVES && mixes_share(m, b, kind) <= 0.05 * share;
}

/* Whether a kind is more in s than chance would have put there, given the eras on both sides. */
static bool
is_alien(const struct finder *f, const struct segment *s, const struct segment *left,
	const struct segment *right, size_t kind)
{
	double share = mixes_share(&f->m, s, kind);
	double before = mixes_share(&f->m, left, kind), after = mixes_share(&f->m, right, kind);
	double rows = f->m.rows[s->last + 1] - f->m.rows[s->first];

	return share >= KIND_LIVES && share * rows >= ALIEN_MIN &&
	       share > ALIEN_TIMES * (before > after ? before : after);
}

/*
 * Whether the segments i .. j lie between those around them as a transition:
 * what is alive in them is there before or after, and kinds that end and kinds
 * that begin both are.
 */
static bool
is_transition(const struct finder *f, size_t i, size_t j)
{
	const struct segment *left = &f->segments[i - 1], *right = &f->segments[j + 1];
	const struct segment all = {f->segments[i].first, f->segments[j].last, true};
	bool old = false, new = false;

	for (size_t k = 0; k < f->m.t->nkinds; k++) {
		bool alive = mixes_lives(&f->m, &all, k);

		for (size_t s = i; s <= j; s++) {
			if (is_alien(f, &f->segments[s], left, right, k))
				return false;
		}
		old = old || (alive && dies(&f->m, left, right, k));
		new = new || (alive && dies(&f->m, right, left, k));
	}
	return old && new;
}

static void
mark_transitions(struct finder *f)
{
	for (size_t i = 1; i + 1 < f->nsegments; i++) {
		for (size_t j = i; j + 1 < f->nsegments; j++) {
			if (!is_transition(f, i, j))
				continue;
			for (size_t s = i; s <= j; s++)
				f->segments[s].transition = true;
			/* what follows a transition is an era */
			i = j + 1;
			break;
		}
	}
}

static size_t
count_eras(const struct finder *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->nsegments; i++)
		n += !f->segments[i].transition;
	return n;
}

static int
by_share(const void *a, const void *b)
{
	const struct era_kind *x = a, *y = b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return x->kind < y->kind ? -1 : 1;
}

static void
make_eras(struct finder *f)
{
	struct eras *out = f->out;

	for (size_t i = 0; i < f->nsegments; i++) {
		const struct segment *s = &f->segments[i];
		struct era *e;

		if (s->transition)
			continue;
		e = &out->eras[out->n++];
		e->first_stretch = s->first;
		e->last_stretch = s->last;
		for (size_t k = 0; k < f->m.t->nkinds; k++) {
			struct era_kind *ek = &e->kinds[e->nkinds];

			if (!mixes_lives(&f->m, s, k))
				continue;
			e->nkinds++;
			ek->kind = k;
			ek->share = mixes_share(&f->m, s, k);
		}
		qsort(e->kinds, e->nkinds, sizeof e->kinds[0], by_share);
	}
}

static struct segment
home_of(const struct era *e)
{
	return (struct segment){e->first_stretch, e->last_stretch, false};
}

static struct era_kind *
kind_in(struct era *e, size_t kind)
{
	for (size_t i = 0; i < e->nkinds; i++) {
		if (e->kinds[i].kind == kind)
			return &e->kinds[i];
	}
	return NULL;
}

static double
largest_dying(const struct mixes *m, const struct segment *a, const struct segment *b)
{
	double largest = 0;

	for (size_t k = 0; k < m->t->nkinds; k++) {
		if (dies(m, a, b, k) && mixes_share(m, a, k) > largest)
			largest = mixes_share(m, a, k);
	}
	return largest;
}

static void
add_straggler(struct finder *f, size_t kind, const struct straggler *s, uint32_t not_in)
{
	const struct kind_cells *cells = &f->m.t->kinds[kind];
	struct straggler *to;

	if (s->rows == 0 || f->out->nstragglers == ERAS_STRAGGLERS_MAX)
		return;
	to = &f->out->stragglers[f->out->nstragglers++];
	*to = *s;
	to->kind = kind;
	/* the example of a cell is its first value: a straggler, if no run is in the cell */
	for (size_t i = 0; i < cells->n; i++) {
		const struct cell_of_kind *c = &cells->cells[i];

		if (c->index != not_in && c->first.row >= s->first.row &&
			c->first.row <= s->last.row) {
			to->example = c->example;
			to->cut = c->cut;
			return;
		}
	}
}

/*
 * The boundary between two eras: where the kinds of the left end, those of
 * the right begin, and what the eras' own limits are.
 */
static void
find_boundary(struct finder *f, struct era *left, struct era *right)
{
	struct segment l = home_of(left), r = home_of(right);
	double old = largest_dying(&f->m, &l, &r), new = largest_dying(&f->m, &r, &l);
	bool next_key = false;
	int64_t key = 0;

	for (size_t i = 0; i < left->nkinds; i++) {
		struct era_kind *k = &left->kinds[i];
		struct edge e;

		if (!dies(&f->m, &l, &r, k->kind))
			continue;
		e = edge_end(&f->m, &l, k->kind, l.last, r.first);
		k->ends = true;
		k->last = e.at;
		if (k->share >= 0.1 * old && e.at.row > left->to.row) {
			left->to = e.at;
			left->to_key = true;
			next_key = e.has_next_key;
			key = e.next_key;
		}
	}
	for (size_t i = 0; i < right->nkinds; i++) {
		struct era_kind *k = &right->kinds[i];
		struct edge e;

		if (!dies(&f->m, &r, &l, k->kind))
			continue;
		e = edge_begin(&f->m, &r, k->kind, l.last, r.first);
		k->begins = true;
		k->first = e.at;
		if (k->share >= 0.1 * new &&
			(right->from.row == 0 || e.at.row < right->from.row)) {
			right->from = e.at;
			right->from_key = true;
		}
	}
	right->change = ERA_EXACT;
	if (left->to.row == 0 && right->from.row == 0) {
		right->change = ERA_GRADUAL;
		right->from.row = (uint64_t)f->m.rows[r.first] + 1;
		left->to.row = right->from.row - 1;
	} else if (left->to.row == 0) {
		left->to.row = right->from.row - 1;
	} else if (right->from.row == 0) {
		right->from = (struct mark){left->to.row + 1, key};
		right->from_key = next_key;
	} else if (left->to.row >= right->from.row) {
		right->change = ERA_OVERLAP;
	}
}

/*
 * A kind's runs: eras one after the other in which it lives.  What lies
 * before, between and behind its runs are stragglers.
 */
static void
find_stragglers(struct finder *f, size_t kind)
{
	const struct kind_cells *cells = &f->m.t->kinds[kind];
	struct eras *out = f->out;
	struct straggler s = {.first = {0, 0}};
	uint64_t counted = 0; /* values up to the end of the last run */
	bool any = false;

	if (cells->n == 0)
		return;
	s.first = cells->cells[0].first;
	for (size_t i = 0; i < out->n; i++) {
		struct era_kind *k = kind_in(&out->eras[i], kind);
		struct segment home = home_of(&out->eras[i]);

		if (k == NULL)
			continue;
		any = true;
		if (k->begins) {
			struct segment before = home_of(&out->eras[i - 1]);
			struct edge e = edge_begin(&f->m, &home, kind, before.last, home.first);

			s.rows = e.count - counted;
			s.last = e.beyond;
			add_straggler(f, kind, &s, e.stretch);
			counted = e.count;
			if (i + 1 == out->n)
				k->rows = cells->count - counted;
		}
		if (k->ends) {
			struct segment after = home_of(&out->eras[i + 1]);
			struct edge e = edge_end(&f->m, &home, kind, home.last, after.first);

			k->rows = k->begins || i == 0 ? e.count - counted : 0;
			counted = e.count;
			s.first = e.beyond;
		} else if (i + 1 < out->n && kind_in(&out->eras[i + 1], kind) == NULL) {
			/* faded below what is noticeable, without an end */
			counted = cells->count;
		}
	}
	if (!any || counted == 0)
		return;
	if (counted < cells->count) {
		const struct era_kind *k = kind_in(&out->eras[out->n - 1], kind);

		if (k != NULL)
			return;
		s.rows = cells->count - counted;
		s.last = cells->cells[cells->n - 1].last;
		add_straggler(f, kind, &s, UINT32_MAX);
	}
}

/* The outer edges. */
static void
finish_eras(struct finder *f)
{
	struct eras *out = f->out;
	struct era *last = &out->eras[out->n - 1];

	out->eras[0].change = ERA_START;
	for (size_t k = 0; k < f->m.t->nkinds; k++) {
		const struct kind_cells *cells = &f->m.t->kinds[k];
		const struct cell_of_kind *a, *b;
		struct era_kind *ek;

		if (cells->n == 0)
			continue;
		a = &cells->cells[0];
		b = &cells->cells[cells->n - 1];
		if (out->eras[0].from.row == 0 || a->first.row < out->eras[0].from.row) {
			out->eras[0].from = a->first;
			out->eras[0].from_key = true;
		}
		if (b->last.row > last->to.row) {
			last->to = b->last;
			last->to_key = true;
		}
		ek = kind_in(&out->eras[0], k);
		if (ek != NULL)
			ek->first = a->first;
		ek = kind_in(last, k);
		if (ek != NULL)
			ek->last = b->last;
		if (ek != NULL && out->n == 1)
			ek->rows = cells->count;
	}
}

struct eras *
eras_find(const struct timeline *t, struct error *err)
{
	struct finder f = {.m = {.t = t}};
	struct eras *out = calloc(1, sizeof *out);

	f.out = out;
	if (out == NULL || sum_up(&f.m) < 0)
		goto nomem;
	if (f.m.n == 0)
		goto out;
	f.segments = segments_find(&f.m, &f.nsegments);
	if (f.segments == NULL)
		goto nomem;
	mark_transitions(&f);
	if (count_eras(&f) > ERAS_MAX) {
		out->fluctuates = true;
		f.segments[0] = (struct segment){0, f.m.n - 1, false};
		f.nsegments = 1;
	}
	out->eras = calloc(count_eras(&f) + 1, sizeof *out->eras);
	if (out->eras == NULL)
		goto nomem;
	make_eras(&f);
	for (size_t i = 0; i + 1 < out->n; i++)
		find_boundary(&f, &out->eras[i], &out->eras[i + 1]);
	finish_eras(&f);
	if (out->n > 1) {
		for (size_t k = 0; k < t->nkinds; k++)
			find_stragglers(&f, k);
	}
	goto out;
nomem:
	error_nomem(err);
	eras_free(out);
	out = NULL;
out:
	free(f.m.sums);
	free(f.m.rows);
	free(f.segments);
	return out;
}

void
eras_free(struct eras *e)
{
	if (e == NULL)
		return;
	free(e->eras);
	free(e);
}
