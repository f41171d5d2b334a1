/*
 * key_order_test.c - the two orders of keys, and how it is learned which one it is
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/key_order.h"

enum { BOTH = KEY_ORDER_BYTES | KEY_ORDER_NUMBERS };

/* "~" is NULL. */
static struct csv_field
field(const char *text)
{
	bool null = strcmp(text, "~") == 0;

	return (struct csv_field){text, null ? 0 : strlen(text), null};
}

static int
sign(int n)
{
	return (n > 0) - (n < 0);
}

/* In ascending order. */
static const char *const numbers[] = {"~", "-100", "-99", "-2", "-1", "0", "1", "2", "9", "10",
	"11", "99", "100", "9223372036854775807", "9223372036854775808",
	"123456789012345678901234567890", "", "-", "-0", "007", "1.5", "10a", "1a", "x", "é"};
static const char *const bytes[] = {"~", "", "-", "-0", "-1", "-100", "-2", "-99", "0", "007",
	"1", "1.5", "10", "100", "10a", "1a", "2", "9", "99", "x", "é"};

static void
expect_order(const char *const *texts, size_t n, unsigned char order)
{
	struct key_order o = {&order, 1};
	unsigned char only = order;

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++) {
			struct csv_field a = field(texts[i]), b = field(texts[k]);
			int expected = sign((int)i - (int)k);

			if (sign(key_order_compare(&o, &a, &b)) != expected)
				fail_msg("\"%s\" and \"%s\" in order %d", texts[i], texts[k],
					only);
			assert_int_equal(sign(key_order_follow(&o, &a, &b)), expected);
			assert_int_equal(order, only);
		}
	}
}

static void
test_orders(void **state)
{
	(void)state;
	expect_order(numbers, sizeof numbers / sizeof numbers[0], KEY_ORDER_NUMBERS);
	expect_order(bytes, sizeof bytes / sizeof bytes[0], KEY_ORDER_BYTES);
}

/* What two neighbours leave possible; 0: they are out of order. */
static const struct {
	const char *row, *next;
	unsigned char possible;
} neighbours[] = {
	{"1", "2", BOTH},
	{"9", "10", KEY_ORDER_NUMBERS},
	{"10", "9", KEY_ORDER_BYTES},
	{"-1", "-2", KEY_ORDER_BYTES},
	{"-2", "-1", KEY_ORDER_NUMBERS},
	{"2", "1", 0},
	{"a", "b", BOTH},
	{"b", "a", 0},
	{"~", "", BOTH},
	{"", "~", 0},
	{"x", "1", 0},
	{"!", "1", KEY_ORDER_BYTES},
	{"1", "!", KEY_ORDER_NUMBERS},
	{"007", "7", KEY_ORDER_BYTES},
	{"5", "5", BOTH},
};

static void
test_learned(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof neighbours / sizeof neighbours[0]; i++) {
		unsigned char possible = BOTH;
		struct key_order o = {&possible, 1};
		struct csv_field a = field(neighbours[i].row), b = field(neighbours[i].next);
		int rc = key_order_follow(&o, &a, &b);

		print_message("# %s %s\n", neighbours[i].row, neighbours[i].next);
		assert_int_equal(rc > 0, neighbours[i].possible == 0);
		assert_int_equal(rc == 0, strcmp(neighbours[i].row, neighbours[i].next) == 0);
		/* rows out of order teach nothing */
		assert_int_equal(
			possible, neighbours[i].possible == 0 ? BOTH : neighbours[i].possible);
	}
}

/* Each column learns by itself, and only from rows that are the same before it. */
static void
test_columns(void **state)
{
	const struct csv_field rows[][2] = {
		{field("9"), field("10")},
		{field("9"), field("9")},
		{field("10"), field("1")},
	};
	unsigned char possible[2] = {BOTH, BOTH};
	struct key_order o = {possible, 2};

	(void)state;
	assert_int_equal(key_order_follow(&o, rows[0], rows[1]), -1);
	assert_int_equal(possible[0], BOTH);
	assert_int_equal(possible[1], KEY_ORDER_BYTES);
	assert_int_equal(key_order_follow(&o, rows[1], rows[2]), -1);
	assert_int_equal(possible[0], KEY_ORDER_NUMBERS);
	assert_int_equal(key_order_follow(&o, rows[2], rows[0]), 1);
	assert_int_equal(key_order_difference(&o, rows[0], rows[1]), 1);
	assert_int_equal(key_order_difference(&o, rows[0], rows[0]), 2);
}

/* Where two streams must be compared before the order is known, it is that of numbers. */
static void
test_decided(void **state)
{
	unsigned char possible = BOTH;
	struct key_order o = {&possible, 1};
	struct csv_field one = field("1"), two = field("2"), nine = field("9"),
			 ten = field("10");

	(void)state;
	assert_true(key_order_compare(&o, &one, &two) < 0);
	assert_int_equal(possible, BOTH);
	assert_true(key_order_compare(&o, &ten, &nine) > 0);
	assert_int_equal(possible, KEY_ORDER_NUMBERS);
	assert_int_equal(key_order_follow(&o, &ten, &nine), 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_learned),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_decided),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
