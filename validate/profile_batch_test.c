/*
 * profile_batch_test.c - every task sees every row once and in order, whoever does it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "validate/profile_batch.h"

enum { COLUMNS = 7, ROWS = 20000, LONG_ROW = 5000, LONG = 3 << 20 };

/* What a task has seen; it is only its own, so it has no lock. */
struct seen {
	uint64_t rows;
	uint64_t wrong;
	bool busy;
	bool last;
};

struct work {
	struct seen seen[COLUMNS];
	char *long_text;
	uint64_t fail_at; /* row; 0: never */
};

/* The value of a row and column; NULL for some. */
static const char *
value_of(const struct work *w, uint64_t row, size_t column, char buf[static 64], size_t *len)
{
	if (row == LONG_ROW && column == 2) {
		*len = LONG;
		return w->long_text;
	}
	*len = 0;
	if ((row + column) % 5 == 0)
		return NULL;
	if ((row + column) % 5 == 1)
		return "";
	*len = (size_t)snprintf(
		buf, 64, "%llu\"%zu", (unsigned long long)row * 7919 % 10007, column);
	return buf;
}

static int
look(void *arg, const struct batch *b, size_t task, struct error *err)
{
	struct work *w = arg;
	struct seen *s = &w->seen[task];
	const struct batch_cell *cells = batch_column(b, task);
	char buf[64];

	s->wrong += s->busy || s->last;
	s->busy = true;
	s->last = b->last;
	for (size_t r = 0; r < b->n; r++) {
		size_t len;
		uint64_t row = b->marks[r].row;
		const char *want = value_of(w, row, task, buf, &len);

		s->wrong += row != ++s->rows || b->marks[r].key != (int64_t)row * 2;
		if (want == NULL)
			s->wrong += cells[r].len != BATCH_NULL;
		else
			s->wrong += cells[r].len != len ||
				    memcmp(b->text + cells[r].at, want, len) != 0;
		if (row == w->fail_at)
			return error_set(
				err, ERROR_RUNTIME, "row %llu", (unsigned long long)row);
	}
	s->busy = false;
	return 0;
}

/* Add rows first .. last, odd values as the reader gives what it had to unquote. */
static int
add_rows(struct batches *b, const struct work *w, uint64_t first, uint64_t last,
	struct error *err)
{
	char *raw = malloc(LONG + 1024);
	int rc = 0;

	assert_non_null(raw);
	for (uint64_t row = first; row <= last && rc == 0; row++) {
		struct csv_field fields[COLUMNS];
		struct csv_record record = {.fields = fields, .nfields = COLUMNS, .raw = raw};
		struct mark at = {row, (int64_t)row * 2};
		char outside[COLUMNS][64];

		for (size_t i = 0; i < COLUMNS; i++) {
			size_t len;
			const char *text = value_of(w, row, i, outside[i], &len);
			char *inside = raw + record.raw_len;

			fields[i] = (struct csv_field){text, len, text == NULL};
			if (text != NULL && (i % 2 == 0 || len > 64)) {
				memcpy(inside, text, len);
				fields[i].ptr = inside;
			}
			record.raw_len += len + 1;
			inside[len] = ',';
		}
		record.raw_len--;
		rc = batches_add(b, &record, &at, err);
	}
	free(raw);
	return rc;
}

static struct work *
new_work(void)
{
	struct work *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->long_text = malloc(LONG);
	assert_non_null(w->long_text);
	for (size_t i = 0; i < LONG; i++)
		w->long_text[i] = (char)('a' + i % 23);
	return w;
}

static void
free_work(struct work *w)
{
	free(w->long_text);
	free(w);
}

static void
test_every_row_once(void **unused)
{
	static const uint64_t rows[] = {0, 1, BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1, ROWS};

	(void)unused;
	for (size_t workers = 0; workers <= 3; workers++) {
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			struct error err = ERROR_INIT;
			struct work *w = new_work();
			struct batches *b =
				batches_new(COLUMNS, COLUMNS, workers, look, w, &err);

			assert_non_null(b);
			assert_int_equal(add_rows(b, w, 1, rows[i], &err), 0);
			assert_int_equal(batches_finish(b, &err), 0);
			for (size_t t = 0; t < COLUMNS; t++) {
				assert_int_equal(w->seen[t].rows, rows[i]);
				assert_int_equal(w->seen[t].wrong, 0);
				assert_true(w->seen[t].last);
			}
			batches_free(b);
			free_work(w);
		}
	}
}

static void
test_a_task_fails(void **unused)
{
	(void)unused;
	for (uint64_t row = 1; row <= ROWS; row += ROWS / 4 - 1) {
		struct error err = ERROR_INIT;
		struct work *w = new_work();
		struct batches *b = batches_new(COLUMNS, COLUMNS, 2, look, w, &err);
		char want[32];
		int rc;

		assert_non_null(b);
		w->fail_at = row;
		rc = add_rows(b, w, 1, ROWS, &err);
		if (rc == 0)
			rc = batches_finish(b, &err);
		assert_int_equal(rc, -1);
		snprintf(want, sizeof want, "row %llu", (unsigned long long)row);
		assert_string_equal(err.text, want);
		batches_free(b);
		free_work(w);
	}
}

/* What was added and not finished is left, without waiting for it. */
static void
test_freed_before_the_end(void **unused)
{
	struct error err = ERROR_INIT;
	struct work *w = new_work();
	struct batches *b = batches_new(COLUMNS, COLUMNS, 1, look, w, &err);

	(void)unused;
	assert_non_null(b);
	assert_int_equal(add_rows(b, w, 1, (uint64_t)BATCH_ROWS * 2, &err), 0);
	batches_free(b);
	batches_free(NULL);
	for (size_t t = 0; t < COLUMNS; t++)
		assert_int_equal(w->seen[t].wrong, 0);
	free_work(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_once),
		cmocka_unit_test(test_a_task_fails),
		cmocka_unit_test(test_freed_before_the_end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
