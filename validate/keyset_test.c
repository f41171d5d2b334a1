/*
 * keyset_test.c - a key is found if and only if it was added, with its place
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/keyset.h"

enum { KEYS = 200000 };

static size_t
make_text(char *buf, size_t size, int i)
{
	return (size_t)snprintf(buf, size, "user%d@example.org", i);
}

static void
test_integers(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(&err);
	struct place first;

	(void)state;
	for (int64_t i = 0; i < KEYS; i++) {
		const struct place place = {(uint64_t)i + 1, (uint32_t)(i % 7)};
		int64_t key = i * 1000003 - 5000000;

		assert_int_equal(keyset_find_integer(k, key, &first, &err), 0);
		assert_int_equal(keyset_add(k, &place, &err), 0);
	}
	for (int64_t i = 0; i < KEYS; i++) {
		int64_t key = i * 1000003 - 5000000;

		assert_int_equal(keyset_find_integer(k, key, &first, &err), 1);
		assert_int_equal(first.row, i + 1);
		assert_int_equal(first.file, i % 7);
		assert_int_equal(keyset_find_integer(k, key + 1, &first, &err), 0);
	}
	assert_int_equal(keyset_count(k), KEYS);
	keyset_free(k);
}

static void
test_texts(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(&err);
	struct place first;
	char text[64];

	(void)state;
	for (int i = 0; i < KEYS; i++) {
		const struct place place = {(uint64_t)i + 1, 3};
		size_t n = make_text(text, sizeof text, i);

		assert_int_equal(keyset_find(k, text, n, &first, &err), 0);
		assert_int_equal(keyset_add(k, &place, &err), 0);
	}
	for (int i = 0; i < KEYS; i++) {
		size_t n = make_text(text, sizeof text, i);

		assert_int_equal(keyset_find(k, text, n, &first, &err), 1);
		assert_int_equal(first.row, i + 1);
		assert_int_equal(keyset_find(k, text, n - 1, &first, &err), 0);
	}
	assert_int_equal(keyset_count(k), KEYS);
	keyset_free(k);
}

/* Looking for a key does not add it; both forms live in one set and stay apart. */
static void
test_find_does_not_add(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(&err);
	const struct place place = {1, 0};
	struct place first;
	int64_t number = 0x6161616161616161;

	(void)state;
	assert_int_equal(keyset_find(k, "aaaaaaaa", 8, &first, &err), 0);
	assert_int_equal(keyset_find(k, "aaaaaaaa", 8, &first, &err), 0);
	assert_int_equal(keyset_add(k, &place, &err), 0);
	assert_int_equal(keyset_find_integer(k, number, &first, &err), 0);
	assert_int_equal(keyset_find(k, "aaaaaaaa", 8, &first, &err), 1);
	assert_int_equal(keyset_find(k, "", 0, &first, &err), 0);
	assert_int_equal(keyset_add(k, &place, &err), 0);
	assert_int_equal(keyset_find(k, "", 0, &first, &err), 1);
	assert_int_equal(keyset_count(k), 2);
	keyset_free(k);
	keyset_free(NULL);
}

/* Keys larger than the buffers, and the extremes of a place and of integers. */
static void
test_extremes(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(&err);
	const struct place far = {((uint64_t)1 << 40) - 1, (1U << 24) - 1};
	const size_t n = 3 << 20;
	char *big = malloc(n);
	struct place first;

	(void)state;
	assert_non_null(big);
	for (size_t i = 0; i < n; i++)
		big[i] = (char)(i * 31 >> 3);
	assert_int_equal(keyset_find(k, big, n, &first, &err), 0);
	assert_int_equal(keyset_add(k, &far, &err), 0);
	assert_int_equal(keyset_find(k, big, n, &first, &err), 1);
	assert_true(first.row == far.row && first.file == far.file);
	big[n - 1] ^= 1;
	assert_int_equal(keyset_find(k, big, n, &first, &err), 0);
	assert_int_equal(keyset_add(k, &far, &err), 0);
	assert_int_equal(keyset_find_integer(k, INT64_MIN, &first, &err), 0);
	assert_int_equal(keyset_add(k, &far, &err), 0);
	assert_int_equal(keyset_find_integer(k, INT64_MAX, &first, &err), 0);
	assert_int_equal(keyset_find_integer(k, 0, &first, &err), 0);
	assert_int_equal(keyset_find_integer(k, INT64_MIN, &first, &err), 1);
	assert_true(first.row == far.row && first.file == far.file);
	free(big);
	keyset_free(k);
}

/* The promise of the header, at every size from where the fixed parts do not count. */
static void
test_memory(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(&err);
	const struct place place = {1, 0};
	struct place first;
	char text[64];

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		size_t n = make_text(text, sizeof text, i);

		assert_int_equal(keyset_find(k, text, n, &first, &err), 0);
		assert_int_equal(keyset_add(k, &place, &err), 0);
		if (i > 200000 && keyset_memory(k) > 32 * (size_t)i + (300 << 10)) {
			print_error("%zu bytes for %d keys\n", keyset_memory(k), i);
			fail();
		}
	}
	keyset_free(k);
}

static void
test_no_temporary_folder(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(&err);
	const struct place place = {1, 0};
	struct place first;

	(void)state;
	setenv("TMPDIR", "/nonexistent/folder", 1);
	assert_int_equal(keyset_find(k, "a", 1, &first, &err), 0);
	assert_int_equal(keyset_add(k, &place, &err), -1);
	assert_string_equal(err.text,
		"cannot create a temporary file in '/nonexistent/folder': "
		"No such file or directory");
	assert_int_equal(err.kind, ERROR_RUNTIME);
	/* integers need none */
	assert_int_equal(keyset_find_integer(k, 1, &first, &err), 0);
	assert_int_equal(keyset_add(k, &place, &err), 0);
	unsetenv("TMPDIR");
	keyset_free(k);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_find_does_not_add),
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_no_temporary_folder),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
