/*
 * isolate.c - see isolate.h
 *
 * A stack of ranges of rows, the first rows on top.  A range that is refused
 * becomes three where the server named the row (before it, the row, behind
 * it), else two halves.  What it named is only a hint where to cut: multi-line
 * values, triggers that COPY themselves, and data that looks like a context
 * line can do no more harm than a COPY too many.
 *
 * Rows that refer to nothing are found together, where the server can be asked
 * for them; they are gone from the batch then, and its other rows go on as one
 * range.
 *
 * Where bad rows are dense, most of a large range would be sent in vain again
 * and again; so `reach`, how many rows are tried at once, shrinks to the
 * distance between bad rows and grows again with success.
 */
#include <stdlib.h>
#include <string.h>

#include "load/isolate.h"

/* For fewer rows, to ask costs more than to search. */
enum { ASK_MIN = 8 };

struct range {
	size_t from, to;
};

struct work {
	struct range *ranges;
	size_t n;
	size_t cap;
	size_t reach;
};

static int
push(struct work *w, const struct batch *b, size_t from, size_t to, struct error *err)
{
	/* at both ends is a row to send, so a range of one row is just that row */
	while (from < to && b->rows[from].gone)
		from++;
	while (from < to && b->rows[to - 1].gone)
		to--;
	if (from >= to)
		return 0;
	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 64;
		struct range *grown = realloc(w->ranges, cap * sizeof *grown);

		if (grown == NULL)
			return error_nomem(err);
		w->ranges = grown;
		w->cap = cap;
	}
	w->ranges[w->n++] = (struct range){from, to};
	return 0;
}

/* The row of the range that the server named; r.to where it named none. */
static size_t
find_bad(const struct batch *b, struct range r, const struct refusal *refusal)
{
	if (refusal->row > 0)
		return refusal->row <= r.to - r.from ? r.from + refusal->row - 1 : r.to;
	return refusal->line > 0 ? batch_find_line(b, r.from, r.to, refusal->line) : r.to;
}

static int
split(struct work *w, const struct batch *b, struct range r, const struct refusal *refusal,
	struct error *err)
{
	size_t bad = find_bad(b, r, refusal);
	size_t middle = r.from + (r.to - r.from) / 2;

	if (bad == r.to) {
		w->reach = middle - r.from;
		return push(w, b, middle, r.to, err) < 0 ? -1 : push(w, b, r.from, middle, err);
	}
	w->reach = 2 * (bad - r.from + 1);
	if (push(w, b, bad + 1, r.to, err) < 0 || push(w, b, bad, bad + 1, err) < 0)
		return -1;
	return push(w, b, r.from, bad, err);
}

static int
try_range(struct inserter *inserter, const struct batch *b, struct range r,
	struct copied *copied, struct refusal *refusal, struct error *err)
{
	if (inserter_begin(inserter, err) < 0 ||
		inserter_put(inserter, b, r.from, r.to, err) < 0)
		return -1;
	return inserter_end(inserter, copied, refusal, err);
}

/* The range on top, but no more of it than is in reach. */
static int
pop(struct work *w, const struct batch *b, struct range *r, struct error *err)
{
	*r = w->ranges[--w->n];
	if (r->to - r->from > w->reach) {
		size_t to = r->to;

		r->to = r->from + w->reach;
		return push(w, b, r->to, to, err);
	}
	return 0;
}

/* Whom to tell of the rows that are found, and where they are. */
struct finding {
	struct batch *batch;
	isolate_refuse *refuse;
	void *arg;
};

static int
found(void *arg, size_t row, const struct refusal *why, struct error *err)
{
	struct finding *f = arg;
	struct csv_record record = batch_record(f->batch, row);

	f->batch->rows[row].gone = true;
	return f->refuse(f->arg, &record, why, err);
}

/* What to do with a range that was refused. */
static int
refused_range(struct work *w, struct inserter *inserter, struct finding *f, struct range r,
	const struct refusal *refusal, struct error *err)
{
	struct csv_record record;

	if (r.to - r.from >= ASK_MIN && strcmp(refusal->code, "23503") == 0) {
		int n = inserter_explain(inserter, f->batch, r.from, r.to, found, f, err);

		if (n > 0) {
			w->reach = r.to - r.from;
			return push(w, f->batch, r.from, r.to, err);
		}
		if (n < 0)
			return -1;
	}
	if (r.to - r.from > 1)
		return split(w, f->batch, r, refusal, err);
	record = batch_record(f->batch, r.from);
	return f->refuse(f->arg, &record, refusal, err);
}

static int
isolate_all(struct work *w, struct inserter *inserter, struct finding *f, struct copied *copied,
	struct error *err)
{
	struct batch *b = f->batch;

	while (w->n > 0) {
		struct copied some;
		struct refusal why;
		struct range r;
		int taken;

		if (pop(w, b, &r, err) < 0)
			return -1;
		taken = try_range(inserter, b, r, &some, &why, err);
		if (taken < 0)
			return -1;
		if (taken == 0) {
			if (refused_range(w, inserter, f, r, &why, err) < 0)
				return -1;
			continue;
		}
		copied->rows += some.rows;
		copied->inserted += some.inserted;
		copied->updated += some.updated;
		copied->deleted += some.deleted;
		if (w->reach < b->nrows)
			w->reach *= 4;
	}
	return 0;
}

int
isolate(struct inserter *inserter, struct batch *b, const struct refusal *refusal,
	struct copied *copied, isolate_refuse *refuse, void *arg, struct error *err)
{
	struct work w = {.reach = b->nrows};
	struct range whole = {0, b->nrows};
	struct finding f = {b, refuse, arg};
	int status = refused_range(&w, inserter, &f, whole, refusal, err);

	if (status == 0)
		status = isolate_all(&w, inserter, &f, copied, err);
	free(w.ranges);
	return status;
}
