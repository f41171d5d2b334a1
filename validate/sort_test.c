/*
 * sort_test.c - rows come back sorted, all of them, from memory and from disk
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/sort.h"

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* The i-th row: a key that may come again, with bytes of all kinds, and a row of any length. */
static size_t
make_key(uint64_t seed, size_t i, unsigned char *key)
{
	uint64_t state = seed * 1000003 + i + 1;
	size_t n;

	for (int k = 0; k < 5; k++)
		next_random(&state);
	n = next_random(&state) % 12;
	for (size_t k = 0; k < n; k++)
		key[k] = (unsigned char)(next_random(&state) % 3 * 127);
	return n;
}

static size_t
row_length(size_t i)
{
	return i % 997 == 0 ? 200000 : i % 50;
}

/* Add n rows whose content is their number, take them back, and look at order and number. */
static void
sort_all(size_t memory, size_t n, uint64_t seed, uint64_t least_runs)
{
	struct error err = ERROR_INIT;
	struct sorter *s = sorter_new(memory, &err);
	unsigned char *row = calloc(1, 200000 + sizeof n), key[16], last[16] = {0};
	bool *seen = calloc(n + 1, sizeof *seen);
	size_t last_len = 0, last_i = 0, count = 0;
	struct sorted got;
	int rc;

	assert_non_null(s);
	assert_non_null(row);
	assert_non_null(seen);
	for (size_t i = 0; i < n; i++) {
		size_t len = make_key(seed, i, key);

		memcpy(row, &i, sizeof i);
		assert_int_equal(
			sorter_add(s, key, len, row, sizeof i + row_length(i), &err), 0);
	}
	assert_int_equal(sorter_finish(s, &err), 0);
	assert_true(sorter_runs(s) >= least_runs);
	while ((rc = sorter_next(s, &got, &err)) > 0) {
		size_t i, order = 0;
		int differ;

		memcpy(&i, got.row, sizeof i);
		assert_true(i < n);
		assert_false(seen[i]);
		seen[i] = true;
		assert_int_equal(got.row_len, sizeof i + row_length(i));
		assert_int_equal(make_key(seed, i, key), got.key_len);
		assert_memory_equal(key, got.key, got.key_len);
		order = last_len < got.key_len ? last_len : got.key_len;
		differ = memcmp(last, got.key, order);
		if (count > 0 &&
			(differ > 0 || (differ == 0 && last_len > got.key_len) ||
				(differ == 0 && last_len == got.key_len && last_i > i)))
			fail_msg("row %zu is out of order, seed %llu", count,
				(unsigned long long)seed);
		memcpy(last, got.key, got.key_len);
		last_len = got.key_len;
		last_i = i;
		count++;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(count, n);
	assert_int_equal(sorter_next(s, &got, &err), 0);
	sorter_free(s);
	free(seen);
	free(row);
}

static void
test_in_memory(void **state)
{
	(void)state;
	sort_all(SORT_MEMORY_MIN, 0, 1, 0);
	sort_all(SORT_MEMORY_MIN, 1, 1, 0);
	sort_all((size_t)64 << 20, 20000, 2, 0);
}

static void
test_runs(void **state)
{
	(void)state;
	sort_all(SORT_MEMORY_MIN, 30000, 3, 2);
}

/* More runs than are read at once, so that they are merged in several passes. */
static void
test_passes(void **state)
{
	(void)state;
	sort_all(SORT_MEMORY_MIN, 300000, 4, 17);
}

/* Memory so odd that entries would not be aligned. */
static void
test_odd_memory(void **state)
{
	(void)state;
	sort_all(SORT_MEMORY_MIN + 7, 30000, 5, 2);
}

static void
test_no_temporary_file(void **state)
{
	struct error err = ERROR_INIT;
	struct sorter *s = sorter_new(SORT_MEMORY_MIN, &err);
	char *before = getenv("TMPDIR"), *old = before == NULL ? NULL : strdup(before);
	static const char row[1000];
	int rc = 0;

	(void)state;
	setenv("TMPDIR", "/nonexistent/folder", 1);
	for (size_t i = 0; rc == 0 && i < 5000; i++)
		rc = sorter_add(s, "k", 1, row, sizeof row, &err);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_string_equal(err.text,
		"cannot create a temporary file in '/nonexistent/folder': No such file or "
		"directory");
	sorter_free(s);
	if (old != NULL)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_memory),
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_odd_memory),
		cmocka_unit_test(test_no_temporary_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
