/*
 * csv_postgres_test.c - reader and writer against PostgreSQL's own COPY
 *
 * Each sample is read by our reader and written by our writer; PostgreSQL
 * copies the same bytes in and out.  Both must give the same bytes, which
 * proves the reader (PostgreSQL saw the same values) and the writer (they are
 * quoted the same way); and what was written must come back unchanged when it
 * is read and written once more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "csv/csv_reader.h"
#include "csv/csv_samples.h"
#include "csv/csv_writer.h"

enum { CASES = 100000, BATCH = 200, COLUMNS = 4 };

struct bytes {
	char *data;
	size_t len;
	size_t cap;
};

static void
append(struct bytes *b, const char *data, size_t len)
{
	if (b->len + len > b->cap) {
		b->cap = 2 * (b->len + len);
		b->data = realloc(b->data, b->cap);
		assert_non_null(b->data);
	}
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

/* Read `bytes` and write its records (without header) at the end of `to`. */
static void
pass(const char *bytes, size_t len, struct bytes *to)
{
	char in_path[64], out_path[64];
	int in_fd = memfd_create("in", 0), out_fd = memfd_create("out", 0);
	struct error err = ERROR_INIT;
	const struct csv_record *rec = NULL;
	struct csv_writer w;
	struct stream_in *in;
	struct stream_out *out;
	struct csv_reader *r;
	char buf[8192];
	ssize_t n;
	int got;

	assert_int_equal(write(in_fd, bytes, len), (ssize_t)len);
	snprintf(in_path, sizeof in_path, "/proc/self/fd/%d", in_fd);
	snprintf(out_path, sizeof out_path, "/dev/fd/%d", out_fd);
	in = stream_in_open(in_path, &err);
	assert_non_null(in);
	r = csv_reader_new(in, &err);
	assert_non_null(r);
	assert_int_equal(csv_reader_header(r, &rec, &err), 0);
	out = stream_out_open(out_path, NULL, &err);
	assert_non_null(out);
	csv_writer_init(&w, out, rec->nfields);
	while ((got = csv_reader_next(r, &rec, &err)) > 0) {
		for (size_t i = 0; i < rec->nfields; i++) {
			if (rec->fields[i].null)
				csv_writer_null(&w);
			else
				csv_writer_field(&w, rec->fields[i].ptr, rec->fields[i].len);
		}
		assert_int_equal(csv_writer_end(&w, &err), 0);
	}
	assert_int_equal(got, 0);
	assert_int_equal(stream_out_finish(out, NULL, &err), 0);
	assert_int_equal(lseek(out_fd, 0, SEEK_SET), 0);
	while ((n = read(out_fd, buf, sizeof buf)) > 0)
		append(to, buf, (size_t)n);
	csv_reader_free(r);
	stream_in_close(in);
	close(in_fd);
	close(out_fd);
}

static void
command(PGconn *conn, const char *sql, ExecStatusType expected)
{
	PGresult *res = PQexec(conn, sql);

	if (PQresultStatus(res) != expected)
		fail_msg("%s: %s", sql, PQerrorMessage(conn));
	PQclear(res);
}

static void
end_copy(PGconn *conn, const char *what)
{
	PGresult *res;

	while ((res = PQgetResult(conn)) != NULL) {
		if (PQresultStatus(res) != PGRES_COMMAND_OK)
			fail_msg("%s: %s", what, PQerrorMessage(conn));
		PQclear(res);
	}
}

static void
copy_in(PGconn *conn, const struct sample *s, uint64_t number)
{
	char sql[80], what[40];

	snprintf(what, sizeof what, "sample %" PRIu64, number);
	snprintf(sql, sizeof sql, "COPY t%zu FROM STDIN (FORMAT csv, HEADER)", s->ncolumns);
	command(conn, sql, PGRES_COPY_IN);
	assert_int_equal(PQputCopyData(conn, s->bytes, (int)s->len), 1);
	assert_int_equal(PQputCopyEnd(conn, NULL), 1);
	end_copy(conn, what);
}

static void
copy_out(PGconn *conn, size_t ncolumns, struct bytes *to)
{
	char sql[80];
	char *row = NULL;
	int n;

	snprintf(sql, sizeof sql, "COPY t%zu TO STDOUT (FORMAT csv)", ncolumns);
	command(conn, sql, PGRES_COPY_OUT);
	while ((n = PQgetCopyData(conn, &row, 0)) > 0) {
		append(to, row, (size_t)n);
		PQfreemem(row);
	}
	assert_int_equal(n, -1);
	end_copy(conn, sql);
	snprintf(sql, sizeof sql, "TRUNCATE t%zu", ncolumns);
	command(conn, sql, PGRES_COMMAND_OK);
}

static void
compare(const struct bytes *ours, const struct bytes *theirs, uint64_t first)
{
	if (ours->len != theirs->len ||
		(ours->len > 0 && memcmp(ours->data, theirs->data, ours->len) != 0))
		fail_msg("samples from %" PRIu64 ":\nours <%.*s>\nPostgreSQL <%.*s>", first,
			(int)ours->len, ours->data, (int)theirs->len, theirs->data);
}

/* The samples first..first+BATCH, by their number of columns. */
static void
run_batch(PGconn *conn, uint64_t first)
{
	struct bytes ours[COLUMNS + 1] = {{0}};
	static struct sample s;

	command(conn, "BEGIN", PGRES_COMMAND_OK);
	for (uint64_t i = first; i < first + BATCH; i++) {
		sample_make(&s, i);
		pass(s.bytes, s.len, &ours[s.ncolumns]);
		copy_in(conn, &s, i);
	}
	for (size_t c = 1; c <= COLUMNS; c++) {
		struct bytes theirs = {0}, again = {0}, with_header = {0};

		copy_out(conn, c, &theirs);
		compare(&ours[c], &theirs, first);
		append(&with_header, "a,b,c,d", 2 * c - 1);
		append(&with_header, "\n", 1);
		append(&with_header, ours[c].data ? ours[c].data : "", ours[c].len);
		pass(with_header.data, with_header.len, &again);
		compare(&again, &ours[c], first);
		free(theirs.data);
		free(again.data);
		free(with_header.data);
		free(ours[c].data);
	}
	command(conn, "COMMIT", PGRES_COMMAND_OK);
}

static void
equal_to_copy(void **state)
{
	const char *uri = getenv("POSTGRES_URI");
	PGconn *conn;

	(void)state;
	if (uri == NULL)
		skip();
	conn = PQconnectdb(uri);
	if (PQstatus(conn) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(conn));
	command(conn,
		"CREATE TEMP TABLE t1 (a text); CREATE TEMP TABLE t2 (a text, b text);"
		"CREATE TEMP TABLE t3 (a text, b text, c text);"
		"CREATE TEMP TABLE t4 (a text, b text, c text, d text);"
		"SET client_encoding = 'UTF8'",
		PGRES_COMMAND_OK);
	for (uint64_t i = 0; i < CASES; i += BATCH)
		run_batch(conn, i);
	PQfinish(conn);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(equal_to_copy)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("csv_postgres", tests, NULL, NULL);
}
