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

static int
add_text(struct ident_list *l, const char *text, size_t len, uint64_t row, uint64_t count)
{
	struct error err = ERROR_INIT;
	uint64_t hash = XXH3_64bits(text, len);
	const struct ident_value v = {text, len, hash, ident_fold(text, len, hash), row, count};

	return ident_list_add(l, &v, &err);
}

static void
add_number(struct ident_list *l, uint64_t number, uint64_t row)
{
	char text[32];
	size_t len = (size_t)snprintf(text, sizeof text, "%llu", (unsigned long long)number);

	assert_int_equal(add_text(l, text, len, row, 1), 0);
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
	assert_int_equal(ident_row(&r.example), 1003);
	assert_int_equal(ident_list_contained(child, parent, 0.9, &c, &err), 0);
	assert_int_equal(c.rows, ROWS);
	assert_int_equal(c.contained, ROWS - 1000);
	assert_int_equal(c.distinct - c.distinct_contained, 1000);
	assert_int_equal(c.norphans, IDENT_ORPHANS);
	for (size_t i = 0; i < IDENT_ORPHANS; i++) {
		char want[32];

		snprintf(want, sizeof want, "%zu", i * 2 + 1);
		assert_int_equal(ident_row(&c.orphans[i]), i + 1);
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
	const char *const texts[] = {"abc", "ABC", "aBc", "abc", "0123456789abcde",
		"0123456789abcdE", "0123456789abcdefX", "0123456789abcdefx",
		"0123456789abcdefx", "0123456789ABCDEFx", "@[`{", "\xc3\x89", "\xc3\xa9"};
	struct error err = ERROR_INIT;
	struct ident_store *s = ident_store_new(1 << 20, &err);
	struct ident_list *l = ident_list_new(s, &err);
	struct ident_repeats r;
	char text[IDENT_SIZE];

	(void)unused;
	assert_non_null(l);
	assert_int_equal(add_text(l, "abc\0", 4, 1, 1), 0);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(add_text(l, texts[i], strlen(texts[i]), i + 2, 1), 0);
	assert_int_equal(ident_list_repeats(l, &r, &err), 0);
	assert_int_equal(r.distinct, 12);
	assert_int_equal(r.repeated, 2);
	assert_int_equal(ident_row(&r.example), 5);
	assert_true(ident_text(&r.example, text));
	assert_string_equal(text, "abc");
	assert_int_equal(r.folded_repeated, 7);
	assert_int_equal(ident_row(&r.folded_example), 3);
	assert_true(ident_text(&r.folded_example, text));
	assert_string_equal(text, "ABC");
	ident_store_free(s);
}

/* A count beyond what a record has room for, and one beside it. */
static void
test_large_counts(void **unused)
{
	const uint64_t many = (uint64_t)5 << 24;
	struct error err = ERROR_INIT;
	struct ident_store *s = ident_store_new(1 << 20, &err);
	struct ident_list *l = ident_list_new(s, &err);
	struct ident_containment c;
	struct ident_repeats r;
	char text[IDENT_SIZE];

	(void)unused;
	assert_non_null(l);
	assert_int_equal(add_text(l, "a", 1, ((uint64_t)1 << 33) + 1, many), 0);
	assert_int_equal(add_text(l, "a text of many bytes", 20, 2, 1), 0);
	assert_int_equal(ident_list_repeats(l, &r, &err), 0);
	assert_int_equal(r.distinct, 2);
	assert_int_equal(r.repeated, many - 1);
	assert_int_equal(r.folded_repeated, many - 1);
	assert_int_equal(ident_row(&r.example), ((uint64_t)1 << 33) + 1);
	assert_int_equal(ident_list_contained(l, l, 0.9, &c, &err), 0);
	assert_int_equal(c.rows, many + 1);
	assert_int_equal(c.contained, many + 1);
	assert_int_equal(c.distinct_contained, 2);
	assert_true(ident_text(&r.example, text));
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
	const struct ident_value v = {"a", 1, 1, 1, 1, 1};
	int rc = 0;

	(void)unused;
	assert_non_null(l);
	setenv("TMPDIR", "/nonexistent", 1);
	for (int i = 0; rc == 0 && i < 1000; i++)
		rc = ident_list_add(l, &v, &err);
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

/* Values are borrowed until their batch ends. */
struct numbers {
	uint64_t batch[777];
	size_t n;
};

static void
count_number(struct value_counts *c, struct numbers *numbers, uint64_t number)
{
	uint64_t hash = XXH3_64bits(&number, sizeof number), *at;

	if (numbers->n == sizeof numbers->batch / sizeof numbers->batch[0]) {
		value_counts_settle(c);
		memset(numbers, 0, sizeof *numbers);
	}
	at = &numbers->batch[numbers->n++];
	*at = number;
	if (value_counts_hit(c, hash) == NULL)
		value_counts_add(c, hash, (const char *)at, sizeof *at);
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
	struct numbers numbers = {.n = 0};
	struct value_counts c;
	uint16_t top[10];

	(void)unused;
	assert_int_equal(value_counts_init(&c, &err), 0);
	for (uint64_t i = 0; i < 500000; i++)
		count_number(
			&c, &numbers, i % VALUE_COUNTS_MAX < 10 ? i % 3 : i % VALUE_COUNTS_MAX);
	assert_int_equal(c.n, VALUE_COUNTS_MAX - 7);
	assert_int_equal(c.taken, 0);
	value_counts_settle(&c);
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
	struct numbers numbers = {.n = 0};
	struct value_counts c;
	uint16_t top[3];

	(void)unused;
	assert_int_equal(value_counts_init(&c, &err), 0);
	for (uint64_t i = 0; i < ROWS; i++)
		count_number(&c, &numbers, i % 10 < 3 ? i % 10 : 1000 + i);
	value_counts_settle(&c);
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
		cmocka_unit_test(test_large_counts),
		cmocka_unit_test(test_no_folder_for_the_file),
		cmocka_unit_test(test_hyperloglog),
		cmocka_unit_test(test_counts_are_exact_while_few),
		cmocka_unit_test(test_counts_are_bounds_when_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
