/*
 * change_group_test.c - changes that wait: dropped from the front, found by their bytes and keys
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "load/change_group.h"

enum { ROWS = 10000 };

/* Row i is "i,i,…" with as many parts as its last digit, and its key is i % 97. */
static struct csv_record
make(size_t i, char buf[128])
{
	size_t len = 0;

	for (size_t k = 0; k <= i % 10; k++)
		len += (size_t)snprintf(buf + len, 128 - len, "%s%zu", k > 0 ? "," : "", i);
	return (struct csv_record){.raw = buf, .raw_len = len, .line = i + 2, .row = i + 1};
}

static void
fill(struct change_group *g, size_t from, size_t to)
{
	struct error err = ERROR_INIT;
	char buf[128];

	for (size_t i = from; i < to; i++) {
		const struct csv_record record = make(i, buf);
		const struct change change = {
			.table = (uint32_t)(i % 3), .op = "iud"[i % 3], .key = i % 97};

		assert_int_equal(change_group_add(g, &record, &change, &err), 0);
	}
}

/* Rows from `first` on are what was added, each of them found by its bytes. */
static void
check(const struct change_group *g, size_t first)
{
	char buf[128];

	for (size_t i = 0; i < g->batch.nrows; i++) {
		const struct csv_record want = make(first + i, buf);
		const struct csv_record got = batch_record(&g->batch, i);

		assert_int_equal(got.raw_len, want.raw_len);
		assert_memory_equal(got.raw, want.raw, want.raw_len);
		assert_int_equal(got.line, want.line);
		assert_int_equal(change_group_index(g, &got), i);
		assert_int_equal(g->changes[i].key, (first + i) % 97);
	}
}

static void
test_drop(void **state)
{
	struct change_group g = CHANGE_GROUP_INIT;
	size_t first = 0;

	(void)state;
	fill(&g, 0, ROWS);
	check(&g, 0);
	for (size_t n = 0; n < 2000; n = 2 * n + 1) {
		change_group_drop(&g, n);
		first += n;
		check(&g, first);
	}
	fill(&g, ROWS, ROWS + 10);
	check(&g, first);
	change_group_drop(&g, g.batch.nrows);
	assert_int_equal(g.batch.nrows, 0);
	assert_int_equal(g.batch.len, 0);
	fill(&g, 5, 8);
	check(&g, 5);
	change_group_release(&g);
}

static void
test_keys(void **state)
{
	struct change_group g = CHANGE_GROUP_INIT;
	struct change one = {.table = 1, .key = 4};

	(void)state;
	fill(&g, 0, 600);
	/* the rows of table 1 with this key are 4, 4 + 291, … */
	assert_true(change_group_has_key(&g, 0, 5, &one));
	assert_false(change_group_has_key(&g, 0, 4, &one));
	assert_false(change_group_has_key(&g, 5, 295, &one));
	assert_true(change_group_has_key(&g, 5, 296, &one));
	one.table = 2;
	assert_false(change_group_has_key(&g, 0, 101, &one));
	one.key = 97;
	assert_false(change_group_has_key(&g, 0, 600, &one));
	change_group_release(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_keys),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("change_group", tests, NULL, NULL);
}
