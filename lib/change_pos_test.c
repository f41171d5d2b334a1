/*
 * change_pos_test.c - positions of changes: what is one, how it reads back, its order
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "change_pos.h"

/* In their order. */
static const char *const ordered[] = {
	"binlog.000009:0000000004:0000000100:000000",
	"binlog.000012:0000004711:0000004800:000000",
	"binlog.000012:0000004711:0000004800:000001$",
	"binlog.000012:0000005000:0000005100:000000",
	"binlog.000012:0000005000:0000009000:000000",
	"binlog.000012:9999999999:9999999999:999999",
	"binlog.000012:10000000000:10000000001:1000000",
	"binlog.999999:0000000004:0000000005:000000$",
	"binlog.1000000:0000000004:0000000005:000000",
};

static void
test_reads_back(void **state)
{
	char buf[CHANGE_POS_TEXT_MAX];
	struct change_pos p;

	(void)state;
	for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
		const char *text = ordered[i];
		size_t n;

		assert_int_equal(change_pos_parse(&p, text, strlen(text)), 0);
		assert_int_equal(p.last, text[strlen(text) - 1] == '$');
		n = change_pos_format(&p, buf);
		assert_int_equal(n, strlen(text));
		assert_memory_equal(buf, text, n);
	}
	assert_int_equal(change_pos_parse(&p, "a:b.7:1:2:3", 11), 0);
	assert_int_equal(p.file_len, 5);
	assert_int_equal(p.number, 7);
	assert_true(p.start == 1 && p.event == 2 && p.row == 3 && !p.last);
}

static void
test_order(void **state)
{
	struct change_pos a, b;

	(void)state;
	for (size_t i = 0; i < sizeof ordered / sizeof *ordered; i++) {
		for (size_t j = 0; j < sizeof ordered / sizeof *ordered; j++) {
			assert_int_equal(
				change_pos_parse(&a, ordered[i], strlen(ordered[i])), 0);
			assert_int_equal(
				change_pos_parse(&b, ordered[j], strlen(ordered[j])), 0);
			assert_int_equal(change_pos_compare(&a, &b), (i > j) - (i < j));
		}
	}
	/* the mark at the end is not part of the order */
	change_pos_parse(&a, "b.1:1:2:3", 9);
	change_pos_parse(&b, "b.1:1:2:3$", 10);
	assert_int_equal(change_pos_compare(&a, &b), 0);
	assert_true(change_pos_same_transaction(&a, &b));
	change_pos_parse(&b, "b.2:1:2:3$", 10);
	assert_false(change_pos_same_transaction(&a, &b));
}

static void
test_others_are_refused(void **state)
{
	static const char *const wrong[] = {"", "$", "7", "b.1:4", "b.1:1:2", "b:1:2:3",
		"b.:1:2:3", "b.1:1:2:", "b.1:1::3", "b.1:1:2:-3", "b.1:1:2:3$$", "b.x:1:2:3",
		"b.1:1:2:99999999999999999999", ":1:2:3"};
	struct change_pos p;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(change_pos_parse(&p, wrong[i], strlen(wrong[i])), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_back),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_others_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
