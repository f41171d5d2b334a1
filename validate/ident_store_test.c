/*
 * ident_store_test.c - sketches and stores against plain counting
 *
 * Lists larger than the store's memory go through its file, so small memory is
 * what is tested; the numbers come from one seed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include <cmocka.h>

#include "validate/hyperloglog.h"
#include "validate/ident_store.h"
#include "validate/value_counts.h"

static void
add_number(struct ident_list *l, uint64_t number, uint64_t row)
{
	struct error err = ERROR_INIT;
	struct ident ident = {.row = row, .count = 1};
	char text[32];
	size_t len = (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)number);

	ident.folded = XXH3_64bits(text, len);
	ident_of(&ident, text, len, ident.folded);
	assert_int_equal(ident_list_add(l, &ident, &err), 0);
}

static void
test_repeats_and_containment(void **unused)
{
	enum { ROWS = 50000 };
	struct error err = ERROR_INIT;
	struct ident_store *s = ident_store_new(100000, &err);
	struct ident_list *parent, *child, *dropped;
	struct ident_repeats r;
	struct ident_containment c;
	char text[IDENT_SIZE];

	(void)unused;
	assert_non_null(s);
	parent = ident_list_new(s, &err);
	child = ident_list_new(s, &err);
	dropped = ident_list_new(s, &err);
	assert_true(parent != NULL && child != NULL && dropped != NULL);
	for (uint64_t i = 1; i <= ROWS; i++) {
		add_number(parent, i * 2, i);
		add_number(dropped, i, i);
		if (i == ROWS / 2)
			ident_list_drop(dropped); /* its places are for others now */
		/* each even number up to ROWS twice, and 1000 odd ones */
		add_number(child, i <= 1000 ? i * 2 - 1 : i / 2 * 2, i);
	}
	assert_int_equal(ident_list_repeats(parent, &r, &err), 0);
	assert_int_equal(r.distinct, ROWS);
	assert_int_equal(r.repeated, 0);
	assert_int_equal(ident_list_repeats(child, &r, &err), 0);
	assert_int_equal(r.distinct, 1000 + (ROWS - 1000) / 2 + 1);
	assert_int_equal(r.repeated, ROWS - r.distinct);
	assert_int_equal(r.folded_repeated, r.repeated);
	assert_int_equal(r.example.row, 1003);
	assert_int_equal(ident_list_contained(child, parent, 0.9, &c, &err), 0);
	assert_int_equal(c.rows, ROWS);
	assert_int_equal(c.contained, ROWS - 1000);
	assert_int_equal(c.distinct - c.distinct_contained, 1000);
	assert_int_equal(c.norphans, IDENT_ORPHANS);
	for (size_t i = 0; i < IDENT_ORPHANS; i++) {
		char want[32];

		snprintf(want, sizeof want, "%zu", i * 2 + 1);
		assert_int_equal(c.orphans[i].row, i + 1);
		assert_true(ident_text(&c.orphans[i], text));
		assert_string_equal(text, want);
	}
	/* almost nothing of the parent is in the list that was dropped half way and filled again */
	assert_int_equal(ident_list_contained(parent, dropped, 0.9, &c, &err), 1);
	ident_store_free(s);
}

/* Records that count for many rows, values that are equal but for case, long ones. */
static void
test_idents(void **unused)
{
	struct error err = ERROR_INIT;
	struct ident_store *s = ident_store_new(1 << 20, &err);
	struct ident_list *l = ident_list_new(s, &err);
	struct ident a = {.folded = 77, .row = 5, .count = 10};
	struct ident b = {.folded = 77, .row = 6, .count = 1}, other;
	struct ident_repeats r;
	char text[IDENT_SIZE];

	(void)unused;
	assert_non_null(l);
	ident_of(&a, "abc", 3, 1);
	ident_of(&b, "ABC", 3, 2);
	ident_of(&other, "abc\0", 4, 1);
	assert_memory_not_equal(a.bytes, other.bytes, IDENT_SIZE);
	assert_int_equal(ident_list_add(l, &a, &err) | ident_list_add(l, &b, &err), 0);
	assert_int_equal(ident_list_repeats(l, &r, &err), 0);
	assert_int_equal(r.distinct, 2);
	assert_int_equal(r.repeated, 9);
	assert_int_equal(r.folded_repeated, 10);
	assert_int_equal(r.folded_example.row, 6);
	ident_of(&a, "0123456789abcdef", 16, 42);
	assert_false(ident_text(&a, text));
	ident_of(&a, "0123456789abcde", 15, 42);
	assert_true(ident_text(&a, text));
	assert_string_equal(text, "0123456789abcde");
	ident_store_free(s);
}

static void
test_no_folder_for_the_file(void **unused)
{
	struct error err = ERROR_INIT;
	struct ident_store *s = ident_store_new(0, &err);
	struct ident_list *l = ident_list_new(s, &err);
	const char *before = getenv("TMPDIR");
	char *kept = before == NULL ? NULL : strdup(before);
	struct ident ident = {.row = 1, .count = 1};
	int rc = 0;

	(void)unused;
	assert_non_null(l);
	setenv("TMPDIR", "/nonexistent", 1);
	for (int i = 0; rc == 0 && i < 1000; i++)
		rc = ident_list_add(l, &ident, &err);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	if (kept != NULL)
		setenv("TMPDIR", kept, 1);
	else
		unsetenv("TMPDIR");
	free(kept);
	ident_store_free(s);
}

/* Within five standard errors at each size. */
static void
test_hyperloglog(void **unused)
{
	struct hyperloglog *h = calloc(1, sizeof *h);
	uint64_t next = 10;

	(void)unused;
	assert_non_null(h);
	assert_true(hyperloglog_count(h) == 0);
	for (uint64_t i = 1; i <= 2000000; i++) {
		hyperloglog_add(h, XXH3_64bits(&i, sizeof i));
		hyperloglog_add(h, XXH3_64bits(&i, sizeof i));
		if (i < next)
			continue;
		if (fabs(hyperloglog_count(h) - (double)i) >
			5 * HYPERLOGLOG_ERROR * (double)i + 0.5)
			fail_msg("%.1f of %llu", hyperloglog_count(h), (unsigned long long)i);
		next = next * 3 / 2;
	}
	free(h);
}

static void
count_number(struct value_counts *c, uint64_t number)
{
	uint64_t hash = XXH3_64bits(&number, sizeof number);

	if (value_counts_hit(c, hash) == NULL)
		value_counts_add(c, hash, (const char *)&number, sizeof number);
}

static uint64_t
number_at(const struct value_counts *c, size_t place)
{
	uint64_t number;

	memcpy(&number, c->values[place].text, sizeof number);
	return number;
}

static void
test_counts_are_exact_while_few(void **unused)
{
	struct error err = ERROR_INIT;
	struct value_counts c;
	uint16_t top[10];

	(void)unused;
	assert_int_equal(value_counts_init(&c, &err), 0);
	for (uint64_t i = 0; i < 500000; i++)
		count_number(&c, i % VALUE_COUNTS_MAX < 10 ? i % 3 : i % VALUE_COUNTS_MAX);
	assert_int_equal(c.n, VALUE_COUNTS_MAX - 7);
	assert_int_equal(c.taken, 0);
	assert_int_equal(value_counts_top(&c, top, 10), 10);
	assert_int_equal(c.counts[top[0]] + c.counts[top[1]] + c.counts[top[2]], 5000);
	assert_int_equal(c.counts[top[3]], 500);
	value_counts_release(&c);
}

/* Three values of a tenth of the rows each among others that come once. */
static void
test_counts_are_bounds_when_many(void **unused)
{
	enum { ROWS = 1000000 };
	struct error err = ERROR_INIT;
	struct value_counts c;
	uint16_t top[3];

	(void)unused;
	assert_int_equal(value_counts_init(&c, &err), 0);
	for (uint64_t i = 0; i < ROWS; i++)
		count_number(&c, i % 10 < 3 ? i % 10 : 1000 + i);
	assert_int_equal(value_counts_top(&c, top, 3), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(number_at(&c, top[i]) < 3);
		assert_true(c.counts[top[i]] <= ROWS / 10);
		assert_true(c.counts[top[i]] + c.taken >= ROWS / 10);
	}
	assert_true(c.taken < ROWS / 100);
	value_counts_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeats_and_containment),
		cmocka_unit_test(test_idents),
		cmocka_unit_test(test_no_folder_for_the_file),
		cmocka_unit_test(test_hyperloglog),
		cmocka_unit_test(test_counts_are_exact_while_few),
		cmocka_unit_test(test_counts_are_bounds_when_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
