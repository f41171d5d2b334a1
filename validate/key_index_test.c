/*
 * key_index_test.c - an index finds what was added, also among equal hashes
 *
 * The keys are numbers, their hashes come from bad hash functions on purpose;
 * what an index says is compared with an array that knows.  The seed is fixed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/key_index.h"

enum { KEYS = 400000 };

static uint64_t
scramble(uint64_t i)
{
	i = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
	i = (i ^ i >> 31) * UINT64_C(0xbf58476d1ce4e5b9);
	return i ^ i >> 29;
}

typedef uint64_t hash_function(uint64_t key);

/* as it should be */
static uint64_t
good(uint64_t key)
{
	return scramble(key);
}

/* four keys of each hash */
static uint64_t
doubled(uint64_t key)
{
	return scramble(key / 4);
}

/* all to the same few slots of the young table */
static uint64_t
crowded(uint64_t key)
{
	return scramble(key) >> 24;
}

struct asked {
	uint64_t key;
	uint64_t calls;
};

static int
same(void *arg, uint64_t where, struct error *err)
{
	struct asked *a = arg;

	(void)err;
	a->calls++;
	return where == a->key;
}

/* One of three keys is added, at its turn; all are looked for before and after. */
static void
check(hash_function *hash, uint64_t n)
{
	struct error err = ERROR_INIT;
	struct key_index *x = key_index_new(&err);

	assert_non_null(x);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t earlier = scramble(i) % (i + 1);
		struct asked asked = {i, 0};

		assert_int_equal(key_index_find(x, hash(i), same, &asked, &err), 0);
		if (i % 3 == 0)
			assert_int_equal(key_index_add(x, hash(i), i, &err), 0);
		asked.key = earlier;
		if (i % 16 == 0)
			assert_int_equal(key_index_find(x, hash(earlier), same, &asked, &err),
				earlier % 3 == 0);
	}
	for (uint64_t i = 0; i < n; i += 7) {
		struct asked asked = {i, 0};

		assert_int_equal(key_index_find(x, hash(i), same, &asked, &err), i % 3 == 0);
	}
	key_index_free(x);
}

static void
test_good_hashes(void **state)
{
	(void)state;
	check(good, KEYS);
}

static void
test_equal_hashes(void **state)
{
	(void)state;
	check(doubled, KEYS);
}

static void
test_crowded_hashes(void **state)
{
	(void)state;
	check(crowded, 3000);
}

/* same() is not asked for keys that are not there: the hashes are all different. */
static void
test_absent_keys_cost_nothing(void **state)
{
	struct error err = ERROR_INIT;
	struct key_index *x = key_index_new(&err);
	struct asked asked = {UINT64_MAX, 0};

	(void)state;
	for (uint64_t i = 0; i < KEYS; i++) {
		assert_int_equal(key_index_find(x, good(i), same, &asked, &err), 0);
		assert_int_equal(key_index_add(x, good(i), i, &err), 0);
	}
	assert_int_equal(asked.calls, 0);
	key_index_free(x);
	key_index_free(NULL);
}

/* 2^64 - 2 is the largest place, hash 0 and the largest hash are hashes like others. */
static void
test_extremes(void **state)
{
	static const uint64_t hashes[] = {0, 1, UINT64_MAX - 1, UINT64_MAX};
	struct error err = ERROR_INIT;
	struct key_index *x = key_index_new(&err);

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(key_index_add(x, hashes[i], UINT64_MAX - 1 - i, &err), 0);
	/* enough to bring them to the file */
	for (uint64_t i = 0; i < 100000; i++)
		assert_int_equal(key_index_add(x, good(i), i, &err), 0);
	for (size_t i = 0; i < 4; i++) {
		struct asked asked = {UINT64_MAX - 1 - i, 0};

		assert_int_equal(key_index_find(x, hashes[i], same, &asked, &err), 1);
		asked.key = 5;
		assert_int_equal(key_index_find(x, hashes[i], same, &asked, &err), 0);
	}
	key_index_free(x);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_hashes),
		cmocka_unit_test(test_equal_hashes),
		cmocka_unit_test(test_crowded_hashes),
		cmocka_unit_test(test_absent_keys_cost_nothing),
		cmocka_unit_test(test_extremes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
