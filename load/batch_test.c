/*
 * batch_test.c - rows come out as they went in; lines are found as COPY counts
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "load/batch.h"
#include "load/later.h"

static const char *const rows[] = {
	"1,a", "", "\"x\ny\",2", "\"\n\n\n\",3", "\"\r\n\r\",4", "5"};
enum { ROWS = sizeof rows / sizeof *rows };

static void
add(struct batch *b, const char *raw, uint64_t n)
{
	struct error err = ERROR_INIT;
	const struct csv_record record = {
		.raw = raw, .raw_len = strlen(raw), .line = 10 * n, .row = n};

	assert_int_equal(batch_add(b, &record, &err), 0);
}

static void
fill(struct batch *b)
{
	for (uint64_t i = 0; i < ROWS; i++)
		add(b, rows[i], i);
}

static void
gives_rows_back(void **state)
{
	struct batch b = BATCH_INIT;

	(void)state;
	fill(&b);
	assert_int_equal(b.nrows, ROWS);
	for (size_t i = 0; i < ROWS; i++) {
		struct csv_record r = batch_record(&b, i);

		assert_int_equal(r.raw_len, strlen(rows[i]));
		assert_memory_equal(r.raw, rows[i], r.raw_len);
		assert_int_equal(r.raw[r.raw_len], '\n');
		assert_int_equal(r.line, 10 * i);
		assert_int_equal(r.row, i);
		assert_int_equal(r.defect, CSV_SOUND);
	}
	assert_int_equal(batch_offset(&b, ROWS), b.len);
	batch_clear(&b);
	assert_int_equal(b.nrows, 0);
	assert_int_equal(batch_offset(&b, 0), 0);
	batch_release(&b);
}

static void
finds_lines(void **state)
{
	/* of row 0 line 1; 1: 2; 2: 3, 4; 3: 5 to 8; 4: 9, 10; 5: 11 */
	static const size_t row_of[] = {0, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5};
	struct batch b = BATCH_INIT;

	(void)state;
	fill(&b);
	for (uint64_t line = 1; line <= 11; line++)
		assert_int_equal(batch_find_line(&b, 0, ROWS, line), row_of[line - 1]);
	assert_int_equal(batch_find_line(&b, 0, ROWS, 0), ROWS);
	assert_int_equal(batch_find_line(&b, 0, ROWS, 12), ROWS);
	assert_int_equal(batch_find_line(&b, 0, ROWS, UINT64_MAX), ROWS);
	assert_int_equal(batch_find_line(&b, 2, 4, 3), 3);
	assert_int_equal(batch_find_line(&b, 2, 4, 7), 4);
	assert_int_equal(batch_find_line(&b, 3, 3, 1), 3);
	batch_release(&b);
}

static void
is_full_by_bytes_or_rows(void **state)
{
	struct error err = ERROR_INIT;
	struct batch b = BATCH_INIT;
	char *large = calloc(1, BATCH_BYTES);
	struct csv_record record = {.raw = large, .raw_len = BATCH_BYTES - 2};

	(void)state;
	assert_non_null(large);
	for (size_t i = 0; i < BATCH_ROWS; i++) {
		assert_false(batch_is_full(&b));
		add(&b, "", i);
	}
	assert_true(batch_is_full(&b));
	batch_clear(&b);
	assert_int_equal(batch_add(&b, &record, &err), 0);
	assert_false(batch_is_full(&b));
	add(&b, "", 1);
	assert_true(batch_is_full(&b));
	free(large);
	batch_release(&b);
}

static void
keeps_rows_for_later(void **state)
{
	struct error err = ERROR_INIT;
	struct later l = LATER_INIT;
	struct csv_record r;
	struct refusal why = {.code = "23503", .message = "because"};

	(void)state;
	assert_int_equal(later_rewind(&l, &err), 0);
	assert_int_equal(later_next(&l, &r, &why, &err), 0);
	for (uint64_t i = 0; i < ROWS; i++) {
		const struct csv_record in = {
			.raw = rows[i], .raw_len = strlen(rows[i]), .line = i + 7, .row = i};

		why.line = i;
		assert_int_equal(later_add(&l, &in, &why, &err), 0);
	}
	assert_int_equal(l.count, ROWS);
	assert_int_equal(later_rewind(&l, &err), 0);
	for (uint64_t i = 0; i < ROWS; i++) {
		memset(&why, 0, sizeof why);
		assert_int_equal(later_next(&l, &r, &why, &err), 1);
		assert_int_equal(r.raw_len, strlen(rows[i]));
		assert_memory_equal(r.raw, rows[i], r.raw_len);
		assert_int_equal(r.line, i + 7);
		assert_int_equal(r.row, i);
		assert_string_equal(why.code, "23503");
		assert_string_equal(why.message, "because");
		assert_int_equal(why.line, i);
	}
	assert_int_equal(later_next(&l, &r, &why, &err), 0);
	later_release(&l);
	assert_int_equal(l.count, 0);
}

static void
says_where_it_cannot_keep_rows(void **state)
{
	struct error err = ERROR_INIT;
	struct later l = LATER_INIT;
	const struct csv_record in = {.raw = "1", .raw_len = 1};
	const struct refusal why = {.code = "23503"};

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nowhere/at/all", 1), 0);
	assert_int_equal(later_add(&l, &in, &why, &err), -1);
	assert_string_equal(err.text, "cannot create a temporary file in '/nowhere/at/all': No "
				      "such file or directory");
	assert_int_equal(unsetenv("TMPDIR"), 0);
	later_release(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_rows_back),
		cmocka_unit_test(finds_lines),
		cmocka_unit_test(is_full_by_bytes_or_rows),
		cmocka_unit_test(keeps_rows_for_later),
		cmocka_unit_test(says_where_it_cannot_keep_rows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
