/*
 * csv_writer_test.c - quotes where they must be, wherever in a field the reason lies
 *
 * What PostgreSQL makes of it is csv_postgres_test.c's matter; here each length
 * around those that are copied in one piece meets a special byte in each place.
 * A field lies in memory of its own, so that a sanitizer sees each byte too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csv/csv_writer.h"

enum { LENGTH_MAX = 70, TEXT_MAX = 4 << 20 };

struct output {
	int fd; /* of memory */
	char path[32];
	struct stream_out *stream;
	char *want;
	size_t want_len;
};

static void
open_output(struct output *o)
{
	struct error err = ERROR_INIT;

	o->fd = memfd_create("csv", 0);
	assert_true(o->fd >= 0);
	snprintf(o->path, sizeof o->path, "/dev/fd/%d", o->fd);
	o->stream = stream_out_open(o->path, NULL, &err);
	assert_non_null(o->stream);
	o->want = malloc(TEXT_MAX);
	assert_non_null(o->want);
	o->want_len = 0;
}

/* The same bytes as expected, and the end of the stream. */
static void
check_output(struct output *o)
{
	struct error err = ERROR_INIT;
	char *got = malloc(o->want_len + 1);

	assert_non_null(got);
	assert_int_equal(stream_out_finish(o->stream, NULL, &err), 0);
	assert_int_equal(pread(o->fd, got, o->want_len + 1, 0), (ssize_t)o->want_len);
	assert_memory_equal(got, o->want, o->want_len);
	free(got);
	free(o->want);
	close(o->fd);
}

static void
want(struct output *o, char c)
{
	assert_true(o->want_len < TEXT_MAX);
	o->want[o->want_len++] = c;
}

static void
want_field(struct output *o, const char *data, size_t len)
{
	bool quoted = len == 0;

	for (size_t i = 0; i < len; i++)
		quoted |= strchr(",\"\n\r", data[i]) != NULL && data[i] != '\0';
	if (quoted)
		want(o, '"');
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '"')
			want(o, '"');
		want(o, data[i]);
	}
	if (quoted)
		want(o, '"');
}

/* A record of a field of len bytes, with `special` at `at` if that is in it, and a short one. */
static void
put_record(struct output *o, struct csv_writer *w, size_t len, size_t at, char special)
{
	static const char plain[] = "+-.!#\x80\xff\x7f\\;:\t\v";
	struct error err = ERROR_INIT;
	char *field = malloc(len > 0 ? len : 1);

	assert_non_null(field);
	for (size_t i = 0; i < len; i++)
		field[i] = i == at ? special : plain[(i + at) % (sizeof plain - 1)];
	csv_writer_field(w, field, len);
	csv_writer_field(w, "x", 1);
	assert_int_equal(csv_writer_end(w, &err), 0);
	want_field(o, field, len);
	want(o, ',');
	want(o, 'x');
	want(o, '\n');
	free(field);
}

static void
special_bytes_in_each_place(void **state)
{
	static const char special[] = {',', '"', '\n', '\r', '\0', ' '};
	struct csv_writer w;
	struct output o;

	(void)state;
	open_output(&o);
	csv_writer_init(&w, o.stream, 2);
	for (size_t len = 0; len <= LENGTH_MAX; len++) {
		for (size_t at = 0; at <= len; at++) {
			for (size_t i = 0; i < sizeof special; i++)
				put_record(&o, &w, len, at, special[i]);
		}
	}
	check_output(&o);
}

static void
the_end_mark_as_a_value_is_quoted_where_it_is_alone(void **state)
{
	static const char expected[] = "\"\\.\"\n\\.x\n\n\"\"\n";
	struct error err = ERROR_INIT;
	struct csv_writer w;
	struct output o;

	(void)state;
	open_output(&o);
	csv_writer_init(&w, o.stream, 1);
	csv_writer_field(&w, "\\.", 2);
	assert_int_equal(csv_writer_end(&w, &err), 0);
	csv_writer_field(&w, "\\.x", 3);
	assert_int_equal(csv_writer_end(&w, &err), 0);
	csv_writer_null(&w);
	assert_int_equal(csv_writer_end(&w, &err), 0);
	csv_writer_field(&w, "", 0);
	assert_int_equal(csv_writer_end(&w, &err), 0);
	o.want_len = sizeof expected - 1;
	memcpy(o.want, expected, o.want_len);
	check_output(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_bytes_in_each_place),
		cmocka_unit_test(the_end_mark_as_a_value_is_quoted_where_it_is_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("csv_writer", tests, NULL, NULL);
}
