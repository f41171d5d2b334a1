/*
 * keyset_test.c - a key is found if and only if it was added, with its place
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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

/* The i-th key of an order: all are different, and their successors are not there. */
typedef int64_t order(int64_t i);

static int64_t
ascending(int64_t i)
{
	return i * 1000003 - 5000000;
}

static int64_t
descending(int64_t i)
{
	return -i * 1000003;
}

/* Even, since an odd factor makes a bijection modulo 2^63 and the last bit is 0. */
static int64_t
scattered(int64_t i)
{
	return (int64_t)((uint64_t)i * UINT64_C(0x9e3779b97f4a7c15) << 1);
}

/* Most ascend, each fifth came before. */
static int64_t
mixed(int64_t i)
{
	return i % 5 == 4 ? -i * 2 : i * 2;
}

static void
check_integers(enum keyset_use use, order *key_of)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(use, &err);
	struct place first;

	for (int64_t i = 0; i < KEYS; i++) {
		const struct place place = {(uint64_t)i + 1, (uint32_t)(i % 7)};

		assert_int_equal(keyset_find_integer(k, key_of(i), &first, &err), 0);
		assert_int_equal(keyset_add(k, &place, &err), 0);
	}
	for (int64_t i = 0; i < KEYS; i++) {
		assert_int_equal(keyset_find_integer(k, key_of(i), &first, &err), 1);
		assert_int_equal(first.row, i + 1);
		assert_int_equal(first.file, i % 7);
		assert_int_equal(keyset_find_integer(k, key_of(i) + 1, &first, &err), 0);
	}
	assert_int_equal(keyset_count(k), KEYS);
	keyset_free(k);
}

static void
test_integers(void **state)
{
	static order *const orders[] = {ascending, descending, scattered, mixed};

	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		check_integers(KEYSET_UNIQUE, orders[i]);
		check_integers(KEYSET_REFERENCE, orders[i]);
	}
}

static void
check_texts(enum keyset_use use)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(use, &err);
	struct place first;
	char text[64];

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

static void
test_texts(void **state)
{
	(void)state;
	check_texts(KEYSET_UNIQUE);
	check_texts(KEYSET_REFERENCE);
}

/* Looking for a key does not add it; both forms live in one set and stay apart. */
static void
test_find_does_not_add(void **state)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(KEYSET_UNIQUE, &err);
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
	struct keyset *k = keyset_new(KEYSET_UNIQUE, &err);
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
/* key_of NULL: texts */
static void
check_memory(enum keyset_use use, order *key_of, size_t fixed, double each)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(use, &err);
	const struct place place = {1, 0};
	struct place first;
	char text[64];

	for (int i = 0; i < 1000000; i++) {
		size_t n = make_text(text, sizeof text, i);
		int found = key_of == NULL ? keyset_find(k, text, n, &first, &err)
					   : keyset_find_integer(k, key_of(i), &first, &err);

		assert_int_equal(found, 0);
		assert_int_equal(keyset_add(k, &place, &err), 0);
		if (i % 64 == 0 && (double)keyset_memory(k) > (double)fixed + each * i) {
			print_error("%zu bytes for %d keys\n", keyset_memory(k), i);
			fail();
		}
	}
	keyset_free(k);
}

static void
test_memory(void **state)
{
	(void)state;
	check_memory(KEYSET_REFERENCE, NULL, 600 << 10, 30);
	check_memory(KEYSET_REFERENCE, scattered, 400 << 10, 30);
	check_memory(KEYSET_UNIQUE, NULL, 1600 << 10, 2.2);
	check_memory(KEYSET_UNIQUE, scattered, 1600 << 10, 2.2);
	check_memory(KEYSET_UNIQUE, ascending, 300 << 10, 0.1);
}

/* The keys go to the temporary file when a buffer is full. */
static void
check_no_folder(enum keyset_use use, bool texts)
{
	struct error err = ERROR_INIT;
	struct keyset *k = keyset_new(use, &err);
	const struct place place = {1, 0};
	struct place first;
	char text[64];
	int rc = 0;

	setenv("TMPDIR", "/nonexistent/folder", 1);
	for (int i = 0; i < KEYS && rc == 0; i++) {
		size_t n = make_text(text, sizeof text, i);

		assert_int_equal(texts ? keyset_find(k, text, n, &first, &err)
				       : keyset_find_integer(k, -i, &first, &err),
			0);
		rc = keyset_add(k, &place, &err);
	}
	unsetenv("TMPDIR");
	assert_int_equal(rc, -1);
	assert_string_equal(err.text,
		"cannot create a temporary file in '/nonexistent/folder': "
		"No such file or directory");
	assert_int_equal(err.kind, ERROR_RUNTIME);
	keyset_free(k);
}

static void
test_no_temporary_folder(void **state)
{
	(void)state;
	check_no_folder(KEYSET_UNIQUE, true);
	check_no_folder(KEYSET_UNIQUE, false);
	check_no_folder(KEYSET_REFERENCE, true);
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
