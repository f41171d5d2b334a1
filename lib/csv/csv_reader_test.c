/*
 * csv_reader_test.c - the reader by hand-made cases, and against libcsv alone
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "csv/csv_oracle.h"
#include "csv/csv_reader.h"
#include "csv/csv_samples.h"

enum { CASES = 100000 };

static void
compare(const struct sample *s, uint64_t number, const char *kind)
{
	static struct outcome ours, theirs;
	struct error err = ERROR_INIT;

	run_reader(s->bytes, s->len, &ours, &err);
	run_oracle(s->bytes, s->len, &theirs);
	if (ours.failed != theirs.failed || ours.len != theirs.len ||
		memcmp(ours.text, theirs.text, ours.len) != 0)
		fail_msg("%s %" PRIu64 ": input <%.*s>\nours %d <%.*s> %s\nlibcsv %d <%.*s>",
			kind, number, (int)s->len, s->bytes, ours.failed, (int)ours.len,
			ours.text, err.text, theirs.failed, (int)theirs.len, theirs.text);
}

static void
equal_to_libcsv_on_samples(void **state)
{
	static struct sample s;

	(void)state;
	for (uint64_t i = 0; i < CASES; i++) {
		sample_make(&s, i);
		compare(&s, i, "sample");
	}
}

static void
equal_to_libcsv_on_noise(void **state)
{
	static struct sample s;

	(void)state;
	for (uint64_t i = 0; i < CASES; i++) {
		sample_noise(&s, i);
		compare(&s, i, "noise");
	}
}

/* One input a line: what comes out, or the error. */
struct expectation {
	const char *input;
	const char *records; /* with the header; NULL: an error */
	const char *error;   /* part of its text */
};

static void
by_hand(void **state)
{
	static const struct expectation table[] = {
		{"a\n", "[a]\n", NULL},
		{"a", "[a]\n", NULL},
		{"\xef\xbb\xbf"
		 "a\n1\n",
			"[a]\n[1]\n", NULL},
		{"\xef\xbb\xbf\"a\"\n1\n", "[a]\n[1]\n", NULL},
		{"a\r\n1\r\n", "[a]\n[1]\n", NULL},
		{"a\n\n\"\"\n", "[a]\n~\n[]\n", NULL},
		{"a,b\n,\"\"\n", "[a][b]\n~[]\n", NULL},
		{"a\n\"x\r\ny\"\r\n", "[a]\n[x\r\ny]\n", NULL},
		{"a\n 1 \n\" 2 \"\n", "[a]\n[ 1 ]\n[ 2 ]\n", NULL},
		{"a\n1\n\\.\n", "[a]\n[1]\n.", NULL},
		{"a\n1\n\\.", "[a]\n[1]\n.", NULL},
		{"a\n\"\\.\"\n", "[a]\n[\\.]\n", NULL},
		{"a,b\n\\.,1\n", "[a][b]\n[\\.][1]\n", NULL},
		{"a\n\"1\n\\.\n2\"\n", "[a]\n[1\n\\.\n2]\n", NULL},
		{"a,_stage,_row,_column,_code,_message\n\"x,\",s,1,,c,\"m,\"\n", "[a]\n[x,]\n",
			NULL},
		{"", NULL, "is empty: not even a header"},
		{"\xef\xbb\xbf", NULL, "is empty: not even a header"},
		{"\n", NULL, ":1: column 1 of the header has no name"},
		{"a,,b\n", NULL, ":1: column 2 of the header has no name"},
		{"a,b,a\n", NULL, ":1: column 'a' is in the header twice"},
		{"a\xff\n", NULL, ":1: the header is not UTF-8 text"},
		{"a\n1\nx\"y\n", NULL, ":3: a quote inside an unquoted field at byte 5"},
		{"a\n\"x\"y\n", NULL, ":2: text behind a closing quote at byte 5"},
		{"a\nx\ry\n", NULL, ":2: a carriage return without line feed at byte 3"},
		{"a\n1\n\"x\ny\n", NULL,
			":3: the quoted field is not closed when the data ends"},
		{"a\n\\.\nb\n", NULL, ":3: data behind the end mark"},
	};
	static struct outcome o;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		const struct expectation *e = &table[i];
		struct error err = ERROR_INIT;

		run_reader(e->input, strlen(e->input), &o, &err);
		o.text[o.len] = '\0';
		if (e->records != NULL) {
			if (o.failed)
				fail_msg("<%s>: %s", e->input, err.text);
			assert_string_equal(o.text, e->records);
		} else {
			assert_true(o.failed);
			if (strstr(err.text, e->error) == NULL)
				fail_msg("<%s>: '%s' lacks '%s'", e->input, err.text, e->error);
			assert_int_equal(err.kind, ERROR_RUNTIME);
		}
	}
}

/* Read `input` to its n-th data record and look at that one. */
static enum csv_defect
defect_of(const char *input, size_t len, size_t n, char *message, size_t size, uint64_t *line)
{
	struct error err = ERROR_INIT;
	const struct csv_record *rec = NULL;
	struct stream_in *in;
	struct csv_reader *r;
	enum csv_defect defect;
	int fd;

	in = stream_over(input, len, &fd);
	r = csv_reader_new(in, &err);
	assert_non_null(r);
	assert_int_equal(csv_reader_header(r, &rec, &err), 0);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(csv_reader_next(r, &rec, &err), 1);
	assert_int_equal(rec->row, n);
	defect = rec->defect;
	*line = rec->line;
	message[0] = '\0';
	if (defect != CSV_SOUND)
		csv_defect_message(r, rec, message, size);
	csv_reader_free(r);
	stream_in_close(in);
	close(fd);
	return defect;
}

static void
defects(void **state)
{
	static const char input[] = "a,b\n1,2\n1\n\"x\ny\",2,3\n\xff,2\n\0,2\n\xc3\xa9,\n";
	static const struct {
		enum csv_defect defect;
		uint64_t line;
		const char *message;
	} table[] = {
		{CSV_SOUND, 2, ""},
		{CSV_MISSING_CELL, 3, "1 field where the header has 2"},
		{CSV_EXTRA_CELL, 4, "3 fields where the header has 2"},
		{CSV_ENCODING_ERROR, 6, "not valid UTF-8"},
		{CSV_ENCODING_ERROR, 7, "a NUL byte"},
		{CSV_SOUND, 8, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		char message[100];
		uint64_t line;

		assert_int_equal(defect_of(input, sizeof input - 1, i + 1, message,
					 sizeof message, &line),
			table[i].defect);
		assert_string_equal(message, table[i].message);
		assert_int_equal(line, table[i].line);
	}
}

/* Records around and over the size of the reader's buffer, quoted and not. */
static void
large_records(void **state)
{
	static const size_t sizes[] = {100, 262140, 262143, 262144, 262145, 600000, 20000000};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
		size_t size = sizes[i / 2];
		bool quoted = i % 2 == 1;
		char *bytes = malloc(size + 100);
		struct error err = ERROR_INIT;
		const struct csv_record *rec = NULL;
		struct stream_in *in;
		struct csv_reader *r;
		size_t len;
		int fd;

		assert_non_null(bytes);
		memcpy(bytes, "a,b\n1,\"", 7);
		len = quoted ? 7 : 6;
		memset(bytes + len, 'x', size);
		if (quoted)
			bytes[len + size / 2] = '\n';
		len += size;
		if (quoted)
			bytes[len++] = '"';
		memcpy(bytes + len, "\n2,y\n", 5);
		len += 5;
		in = stream_over(bytes, len, &fd);
		r = csv_reader_new(in, &err);
		assert_non_null(r);
		assert_int_equal(csv_reader_header(r, &rec, &err), 0);
		assert_int_equal(csv_reader_next(r, &rec, &err), 1);
		assert_int_equal(rec->nfields, 2);
		assert_int_equal(rec->fields[1].len, size);
		assert_memory_equal(rec->fields[1].ptr, bytes + (quoted ? 7 : 6), size);
		assert_int_equal(csv_reader_next(r, &rec, &err), 1);
		assert_int_equal(rec->fields[1].len, 1);
		assert_int_equal(rec->line, quoted ? 4 : 3);
		assert_int_equal(csv_reader_next(r, &rec, &err), 0);
		csv_reader_free(r);
		stream_in_close(in);
		close(fd);
		free(bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_hand),
		cmocka_unit_test(defects),
		cmocka_unit_test(large_records),
		cmocka_unit_test(equal_to_libcsv_on_samples),
		cmocka_unit_test(equal_to_libcsv_on_noise),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("csv_reader", tests, NULL, NULL);
}
