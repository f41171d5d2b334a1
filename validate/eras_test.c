/*
 * eras_test.c - eras are found where they were planted, and nowhere else
 *
 * Columns are made from a seed; each failure prints it.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "validate/eras.h"

/* xorshift64*: the same numbers on every machine. */
static double
chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (double)((*state * 0x2545f4914f6cdd1dULL) >> 11) / 9007199254740992.0;
}

static void
add(struct timeline *t, int kind, uint64_t row)
{
	struct error err = ERROR_INIT;
	struct mark at = {row, (int64_t)row * 3};

	assert_int_equal(timeline_add(t, kind, &at, "x", 1, &err), 0);
}

static struct eras *
find(const struct timeline *t)
{
	struct error err = ERROR_INIT;
	struct eras *e = eras_find(t, &err);

	assert_non_null(e);
	return e;
}

/* One of n kinds, whose weights are given. */
static int
draw(uint64_t *state, const double *weights, int n)
{
	double sum = 0, x;

	for (int i = 0; i < n; i++)
		sum += weights[i];
	x = chance(state) * sum;
	for (int i = 0; i < n - 1; i++) {
		x -= weights[i];
		if (x < 0)
			return i;
	}
	return n - 1;
}

static void
test_random_mixes_have_no_eras(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		uint64_t state = seed * 7919 + 1;
		int kinds = 1 + (int)(chance(&state) * 12);
		uint64_t rows = 1 + (uint64_t)(chance(&state) * chance(&state) * 20000);
		double weights[12] = {0};
		struct timeline t;
		struct eras *e;

		for (int i = 0; i < kinds; i++)
			weights[i] = chance(&state) * chance(&state) + 0.0001;
		timeline_init(&t);
		for (uint64_t r = 1; r <= rows; r++)
			add(&t, draw(&state, weights, kinds), r);
		e = find(&t);
		if (e->n != 1 || e->nstragglers != 0)
			fail_msg("seed %" PRIu64 ": %zu eras in %" PRIu64 " rows", seed, e->n,
				rows);
		eras_free(e);
		timeline_release(&t);
	}
}

/* Values that come in runs (imports of one kind after the other) are no history either. */
static void
test_runs_and_patterns_have_no_eras(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t state = seed * 104729;
		uint64_t run = 1 + (uint64_t)(chance(&state) * 20), row = 1;
		struct timeline t;
		struct eras *e;

		timeline_init(&t);
		while (row < 30000) {
			int kind = seed % 2 == 0 ? (int)(row / run % 3)
						 : (int)(chance(&state) * 3);

			for (uint64_t i = 0; i < run; i++)
				add(&t, kind, row++);
		}
		e = find(&t);
		if (e->n != 1)
			fail_msg("seed %" PRIu64 ": %zu eras", seed, e->n);
		eras_free(e);
		timeline_release(&t);
	}
}

static const struct era_kind *
kind_of(const struct era *e, size_t kind)
{
	for (size_t i = 0; i < e->nkinds; i++) {
		if (e->kinds[i].kind == kind)
			return &e->kinds[i];
	}
	return NULL;
}

/*
 * Kind 1 up to a row, then kind 2; beside them kind 0 and, over all rows, a few
 * stragglers of each.  The last row of 1 before the change and the first of 2
 * behind it must be found, and the stragglers counted.
 */
static void
check_change(uint64_t seed)
{
	uint64_t state = seed * 31337 + 5, last = 0, first = 0, strays[3] = {0};
	uint64_t rows = 300 + (uint64_t)(chance(&state) * chance(&state) * 60000);
	uint64_t change = (uint64_t)((0.1 + 0.8 * chance(&state)) * (double)rows);
	double other = chance(&state) * 0.6, stray = rows > 5000 ? 0.001 : 0;
	const struct era_kind *old, *new;
	struct timeline t;
	struct eras *e;

	timeline_init(&t);
	for (uint64_t r = 1; r <= rows; r++) {
		int kind = r <= change ? 1 : 2;

		if (r != change && r != change + 1 && chance(&state) < other)
			kind = 0;
		/* a straggler next to the change would belong to it */
		else if ((r + 400 < change || r > change + 400) && chance(&state) < stray)
			kind = 3 - kind;
		strays[kind] += kind != 0 && (kind == 1) != (r <= change);
		if (kind == 1 && r <= change)
			last = r;
		if (kind == 2 && r > change && first == 0)
			first = r;
		add(&t, kind, r);
	}
	e = find(&t);
	if (e->n != 2 || e->eras[1].change != ERA_EXACT)
		fail_msg("seed %" PRIu64 ": %zu eras", seed, e->n);
	old = kind_of(&e->eras[0], 1);
	new = kind_of(&e->eras[1], 2);
	if (old == NULL || new == NULL || !old->ends || !new->begins || old->last.row != last ||
		new->first.row != first || e->eras[0].to.row != last ||
		e->eras[1].from.key != (int64_t)first * 3)
		fail_msg("seed %" PRIu64 ": %" PRIu64 " and %" PRIu64 " instead of %" PRIu64
			 " and %" PRIu64 " of %" PRIu64 " rows",
			seed, e->eras[0].to.row, e->eras[1].from.row, last, first, rows);
	for (size_t i = 0; i < e->nstragglers; i++) {
		if (e->stragglers[i].rows != strays[e->stragglers[i].kind])
			fail_msg("seed %" PRIu64 ": %" PRIu64 " stragglers instead of %" PRIu64,
				seed, e->stragglers[i].rows, strays[e->stragglers[i].kind]);
		strays[e->stragglers[i].kind] = 0;
	}
	assert_int_equal(strays[1] + strays[2], 0);
	eras_free(e);
	timeline_release(&t);
}

static void
test_a_change_is_exact(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 150; seed++)
		check_change(seed);
}

/* Both kinds, drawn by lot, between two rows. */
static void
test_an_overlap_is_an_interval(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		uint64_t state = seed * 65537, rows = 20000, last = 0, first = 0;
		uint64_t from = 4000 + (uint64_t)(chance(&state) * 4000);
		uint64_t to = from + 400 + (uint64_t)(chance(&state) * 6000);
		double share = 0.3 + 0.4 * chance(&state);
		struct timeline t;
		struct eras *e;

		timeline_init(&t);
		for (uint64_t r = 1; r <= rows; r++) {
			int kind = r < from ? 0 : r > to ? 1 : chance(&state) < share;

			if (kind == 0)
				last = r;
			else if (first == 0)
				first = r;
			add(&t, kind, r);
		}
		e = find(&t);
		if (e->n != 2 || e->eras[1].change != ERA_OVERLAP ||
			e->eras[1].from.row != first || e->eras[0].to.row != last)
			fail_msg("seed %" PRIu64 ": %zu eras, %" PRIu64 " to %" PRIu64
				 " instead of %" PRIu64 " to %" PRIu64,
				seed, e->n, e->n > 1 ? e->eras[1].from.row : 0,
				e->eras[0].to.row, first, last);
		eras_free(e);
		timeline_release(&t);
	}
}

/* From one kind to the other in a slope: two eras and one long overlap. */
static void
test_a_slope_is_an_overlap(void **unused)
{
	uint64_t state = 99;
	struct timeline t;
	struct eras *e;

	(void)unused;
	timeline_init(&t);
	for (uint64_t r = 1; r <= 50000; r++)
		add(&t, r > 10000 && chance(&state) * 30000 < (double)r - 10000, r);
	e = find(&t);
	assert_int_equal(e->n, 2);
	assert_int_equal(e->eras[1].change, ERA_OVERLAP);
	assert_true(e->eras[1].from.row < 13000 && e->eras[0].to.row > 37000);
	eras_free(e);
	timeline_release(&t);
}

static void
test_other_shares_are_gradual(void **unused)
{
	uint64_t state = 7;
	struct timeline t;
	struct eras *e;

	(void)unused;
	timeline_init(&t);
	for (uint64_t r = 1; r <= 20000; r++)
		add(&t, chance(&state) < (r <= 8000 ? 0.8 : 0.2), r);
	e = find(&t);
	assert_int_equal(e->n, 2);
	assert_int_equal(e->eras[1].change, ERA_GRADUAL);
	assert_true(e->eras[1].from.row > 7900 && e->eras[1].from.row < 8100);
	eras_free(e);
	timeline_release(&t);
}

static void
test_one_kind_of_two_ends(void **unused)
{
	struct timeline t;
	struct eras *e;

	(void)unused;
	timeline_init(&t);
	for (uint64_t r = 1; r <= 20000; r++)
		add(&t, r <= 12345 && r % 2 == 1, r);
	e = find(&t);
	assert_int_equal(e->n, 2);
	assert_int_equal(e->eras[0].to.row, 12345);
	assert_int_equal(e->eras[1].from.row, 12346);
	assert_true(e->eras[1].from_key);
	assert_int_equal(e->eras[1].from.key, 3 * 12346);
	eras_free(e);
	timeline_release(&t);
}

static void
test_small_columns(void **unused)
{
	struct timeline t;
	struct eras *e;

	(void)unused;
	timeline_init(&t);
	e = find(&t);
	assert_int_equal(e->n, 0);
	eras_free(e);
	for (uint64_t r = 1; r <= 3; r++) {
		add(&t, (int)r, r);
		e = find(&t);
		assert_int_equal(e->n, 1);
		eras_free(e);
	}
	timeline_release(&t);
}

/* Up and down for ever. */
static void
test_fluctuation(void **unused)
{
	struct timeline t;
	struct eras *e;

	(void)unused;
	timeline_init(&t);
	for (uint64_t r = 0; r < 60000; r++)
		add(&t, r / 1000 % 2 == 1, r + 1);
	e = find(&t);
	assert_int_equal(e->n, 1);
	assert_true(e->fluctuates);
	eras_free(e);
	timeline_release(&t);
}

/* Cells stay exact when stretches are merged. */
static void
test_timeline_is_exact(void **unused)
{
	uint64_t state = 3, rows = 100000, counts[3] = {0}, first[3] = {0}, last[3] = {0};
	struct timeline t;

	(void)unused;
	timeline_init(&t);
	for (uint64_t r = 1; r <= rows; r++) {
		const double weights[3] = {1, 0.01, r > 50000 ? 0.5 : 0};
		int kind = draw(&state, weights, 3);

		counts[kind]++;
		last[kind] = r;
		if (first[kind] == 0)
			first[kind] = r;
		add(&t, kind, r);
	}
	assert_true(timeline_stretches(&t) <= TIMELINE_CELLS);
	for (size_t k = 0; k < 3; k++) {
		const struct kind_cells *s = &t.kinds[k];
		uint64_t sum = 0, before = 0;

		for (size_t i = 0; i < s->n; i++) {
			const struct cell_of_kind *c = &s->cells[i];

			sum += c->count;
			assert_true(c->first.row > before && c->last.row >= c->first.row);
			assert_int_equal((c->first.row - 1) >> t.shift, c->index);
			assert_int_equal((c->last.row - 1) >> t.shift, c->index);
			assert_ptr_equal(timeline_cell(&t, k, c->index), c);
			before = c->last.row;
		}
		assert_int_equal(sum, counts[k]);
		assert_int_equal(s->count, counts[k]);
		assert_int_equal(s->cells[0].first.row, first[k]);
		assert_int_equal(s->cells[s->n - 1].last.row, last[k]);
		assert_int_equal(s->cells[s->n - 1].last.key, 3 * last[k]);
	}
	timeline_release(&t);
}

/* Many rows without a sound record between two with one. */
static void
test_rows_far_apart(void **unused)
{
	struct timeline t;
	struct eras *e;

	(void)unused;
	timeline_init(&t);
	for (uint64_t row = 1; row <= 1000; row++)
		add(&t, (int)(row % 3), row);
	add(&t, 0, 50000000);
	assert_true(timeline_stretches(&t) <= TIMELINE_CELLS);
	assert_int_equal(t.kinds[0].cells[t.kinds[0].n - 1].last.row, 50000000);
	assert_int_equal(t.kinds[0].count, 334);
	e = find(&t);
	assert_true(e->n >= 1);
	eras_free(e);
	timeline_release(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_mixes_have_no_eras),
		cmocka_unit_test(test_runs_and_patterns_have_no_eras),
		cmocka_unit_test(test_a_change_is_exact),
		cmocka_unit_test(test_an_overlap_is_an_interval),
		cmocka_unit_test(test_a_slope_is_an_overlap),
		cmocka_unit_test(test_other_shares_are_gradual),
		cmocka_unit_test(test_one_kind_of_two_ends),
		cmocka_unit_test(test_small_columns),
		cmocka_unit_test(test_fluctuation),
		cmocka_unit_test(test_timeline_is_exact),
		cmocka_unit_test(test_rows_far_apart),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
