/*
 * binlog_position_test.c - places in the log as users write them, and GTIDs
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extract/binlog_position.h"

static void
test_places(void **state)
{
	static const struct {
		const char *text;
		enum binlog_place_kind kind; /* NONE: refused */
	} places[] = {
		{"now", BINLOG_PLACE_NOW},
		{"binlog.000012:4711", BINLOG_PLACE_FILE},
		{"a:b.7:4", BINLOG_PLACE_FILE},
		{"binlog.000012:0000004711:0000005120:000000", BINLOG_PLACE_RECORD},
		{"binlog.000012:0000004711:0000005120:000000$", BINLOG_PLACE_RECORD},
		{"0-1-100", BINLOG_PLACE_GTID},
		{"0-1-100,7-2-18446744073709551615", BINLOG_PLACE_GTID},
		{"", BINLOG_PLACE_NONE},
		{"x", BINLOG_PLACE_NONE},
		{"binlog.000012", BINLOG_PLACE_NONE},
		{"binlog.000012:", BINLOG_PLACE_NONE},
		{"binlog.000012:-1", BINLOG_PLACE_NONE},
		{"binlog:4", BINLOG_PLACE_NONE},
		{":4", BINLOG_PLACE_NONE},
		{"binlog.000012:99999999999999999999", BINLOG_PLACE_NONE},
		{"0-1", BINLOG_PLACE_NONE},
		{"0-1-2-3", BINLOG_PLACE_NONE},
		{"0-1-100,", BINLOG_PLACE_GTID},
		{"4294967296-1-1", BINLOG_PLACE_NONE},
		{"3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5", BINLOG_PLACE_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct binlog_place place = {0};
		struct error err = ERROR_INIT;
		int status = binlog_place_parse(&place, "--from", places[i].text, &err);

		if (status != (places[i].kind == BINLOG_PLACE_NONE ? -1 : 0))
			fail_msg("'%s' gives %d", places[i].text, status);
		if (status == 0)
			assert_int_equal(place.kind, places[i].kind);
		else
			assert_int_equal(err.kind, ERROR_USAGE);
		binlog_place_release(&place);
	}
}

static void
test_order(void **state)
{
	const struct binlog_position a = {"b.000009", 100}, b = {"b.000010", 4},
				     c = {"b.1000000", 4}, d = {"b.000010", 5};

	(void)state;
	assert_true(binlog_position_compare(&a, &b) < 0);
	assert_true(binlog_position_compare(&b, &c) < 0);
	assert_true(binlog_position_compare(&d, &b) > 0);
	assert_int_equal(binlog_position_compare(&b, &b), 0);
}

static void
test_gtids(void **state)
{
	struct binlog_gtids have = {0}, wanted = {0};
	struct binlog_gtid next = {.domain = 7, .server_id = 3, .number = 21};
	struct error err = ERROR_INIT;
	char *text;

	(void)state;
	assert_int_equal(binlog_gtids_parse(&have, "0-1-100,7-1-20"), 0);
	assert_true(binlog_gtids_reach(&have, &wanted));
	assert_int_equal(binlog_gtids_parse(&wanted, "7-2-21"), 0);
	assert_false(binlog_gtids_reach(&have, &wanted));
	assert_int_equal(binlog_gtids_put(&have, &next, &err), 0);
	assert_true(binlog_gtids_reach(&have, &wanted));
	text = binlog_gtids_text(&have);
	assert_string_equal(text, "0-1-100,7-3-21");
	free(text);
	next.domain = 8;
	assert_int_equal(binlog_gtids_put(&wanted, &next, &err), 0);
	assert_false(binlog_gtids_reach(&have, &wanted));
	free(have.list);
	free(wanted.list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_gtids),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
