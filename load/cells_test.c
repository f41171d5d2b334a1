/*
 * cells_test.c - the fields are those that csv_reader gave
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "load/cells.h"

enum { RECORDS = 20000, COLUMNS = 4 };

static uint64_t seed = 20261122;

static unsigned
below(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

/* One column in two of a record of quotes, commas and line ends; else NULL, "" or plain. */
static void
write_field(FILE *f)
{
	static const char *const whole[] = {"", "\"\"", "x", "plain text", "\"\"\"\"", "\\."};
	static const char *const parts[] = {"\"\"", ",", "\n", "a", "\r\n", "\xc3\xa9", "bc"};

	if (below(2) == 0) {
		fputs(whole[below(6)], f);
		return;
	}
	fputc('"', f);
	for (unsigned n = below(6); n > 0; n--)
		fputs(parts[below(7)], f);
	fputc('"', f);
}

static void
compare(struct cells *c, const struct csv_record *record, uint64_t started)
{
	struct error err = ERROR_INIT;
	struct csv_field field;

	assert_int_equal(cells_start(c, record, &err), 0);
	for (size_t i = 0; i < record->nfields; i++) {
		const struct csv_field *want = &record->fields[i];

		if (!cells_next(c, &field) || field.null != want->null ||
			(!field.null && (field.len != want->len ||
						memcmp(field.ptr, want->ptr, field.len) != 0)))
			fail_msg("line %" PRIu64 ", field %zu; seed %" PRIu64, record->line, i,
				started);
	}
	assert_false(cells_next(c, &field));
}

static void
gives_what_the_reader_gave(void **state)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	const struct csv_record *record;
	struct error err = ERROR_INIT;
	struct cells c = CELLS_INIT;
	struct csv_reader *reader;
	uint64_t started = seed, n = 0;
	struct stream_in *in;
	FILE *f;
	int fd, got;

	(void)state;
	(void)snprintf(path, sizeof path, "%s/cells_test-XXXXXX", dir ? dir : "/tmp");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	assert_non_null(f);
	fputs("a,b,c,d\n", f);
	for (unsigned i = 0; i < RECORDS; i++) {
		for (unsigned k = 0; k < COLUMNS; k++) {
			if (k > 0)
				fputc(',', f);
			write_field(f);
		}
		fputc('\n', f);
	}
	assert_int_equal(fclose(f), 0);
	in = stream_in_open(path, &err);
	(void)unlink(path);
	assert_non_null(in);
	reader = csv_reader_new(in, &err);
	assert_non_null(reader);
	assert_int_equal(csv_reader_header(reader, &record, &err), 0);
	while ((got = csv_reader_next(reader, &record, &err)) > 0) {
		assert_int_equal(record->defect, CSV_SOUND);
		compare(&c, record, started);
		n++;
	}
	assert_int_equal(got, 0);
	assert_int_equal(n, RECORDS);
	csv_reader_free(reader);
	stream_in_close(in);
	cells_release(&c);
}

/* A record of one column: NULL, the empty string, a text. */
static void
knows_null_alone(void **state)
{
	static const struct {
		const char *raw;
		const char *text;
	} cases[] = {{"", NULL}, {"\"\"", ""}, {"x", "x"}, {"\"\"\"\"", "\""}};
	struct error err = ERROR_INIT;
	struct cells c = CELLS_INIT;
	struct csv_field f;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct csv_record record = {
			.raw = cases[i].raw, .raw_len = strlen(cases[i].raw)};

		assert_int_equal(cells_start(&c, &record, &err), 0);
		assert_true(cells_next(&c, &f));
		if (cases[i].text == NULL) {
			assert_true(f.null);
		} else {
			assert_false(f.null);
			assert_int_equal(f.len, strlen(cases[i].text));
			assert_memory_equal(f.ptr, cases[i].text, f.len);
		}
		assert_false(cells_next(&c, &f));
	}
	cells_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_what_the_reader_gave),
		cmocka_unit_test(knows_null_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("cells", tests, NULL, NULL);
}
