/*
 * stream_test.c - how streams are opened, published, and fail
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "csv/stream.h"

static char folder[] = "/tmp/caravan-stream-XXXXXX";
static char path[256], other[256];

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/file", folder);
	snprintf(other, sizeof other, "%s/other", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(folder);
}

static void
assert_content(const char *file, const char *text)
{
	char buf[1000];
	FILE *f = fopen(file, "re");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, sizeof buf - 1, f);
	buf[n] = '\0';
	fclose(f);
	assert_string_equal(buf, text);
}

static struct stream_out *
open_out(const char *file)
{
	struct error err = ERROR_INIT;
	struct stream_out *out = stream_out_open(file, NULL, &err);

	if (out == NULL)
		fail_msg("%s", err.text);
	return out;
}

static void
write_text(const char *file, const char *text)
{
	struct error err = ERROR_INIT;
	struct stream_out *out = open_out(file);

	assert_int_equal(stream_out_write(out, text, strlen(text), &err), 0);
	assert_int_equal(stream_out_finish(out, NULL, &err), 0);
}

static void
not_there_before_finish(void **state)
{
	struct error err = ERROR_INIT;
	struct stream_out *out = open_out(path);
	struct stream_out_totals totals;

	(void)state;
	assert_int_equal(stream_out_write(out, "abc", 3, &err), 0);
	assert_int_equal(stream_out_flush(out, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(stream_out_finish(out, &totals, &err), 0);
	assert_int_equal(totals.content_bytes, 3);
	assert_int_equal(totals.file_bytes, 3);
	assert_content(path, "abc");
	unlink(path);
}

static void
a_link_stays_a_link(void **state)
{
	struct stat st;

	(void)state;
	write_text(path, "old");
	assert_int_equal(symlink(path, other), 0);
	write_text(other, "new");
	assert_int_equal(lstat(other, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_content(path, "new");
	unlink(path);
	unlink(other);
}

static void
a_fifo_is_written_in_place(void **state)
{
	char buf[10];
	int fd;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	write_text(path, "abc");
	assert_int_equal(read(fd, buf, sizeof buf), 3);
	close(fd);
	unlink(path);
}

/* What is behind /dev/fd/N goes on where it is. */
static void
a_descriptor_is_not_begun_anew(void **state)
{
	char name[40];
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "abc", 3), 3);
	snprintf(name, sizeof name, "/dev/fd/%d", fd);
	write_text(name, "def");
	assert_content(path, "abcdef");
	close(fd);
	unlink(path);
}

static void
errors_name_the_file(void **state)
{
	struct error err = ERROR_INIT;
	char long_path[300], expected[600];

	(void)state;
	snprintf(long_path, sizeof long_path, "%s/no/file", folder);
	assert_null(stream_out_open(long_path, NULL, &err));
	snprintf(expected, sizeof expected, "cannot write '%s': No such file or directory",
		long_path);
	assert_string_equal(err.text, expected);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_null(stream_in_open(long_path, &err));
	snprintf(expected, sizeof expected, "cannot open '%s': No such file or directory",
		long_path);
	assert_string_equal(err.text, expected);
	assert_null(stream_in_open(folder, &err));
	assert_non_null(strstr(err.text, "Is a directory"));
}

/* A failure is remembered, and every later call has it. */
static void
failure_sticks(void **state)
{
	struct error err = ERROR_INIT, again = ERROR_INIT;
	struct stream_out *out = open_out("/dev/full");
	char *block = calloc(1, 1 << 20);

	(void)state;
	assert_non_null(block);
	assert_int_equal(stream_out_write(out, block, 1 << 20, &err), -1);
	assert_string_equal(err.text, "cannot write '/dev/full': No space left on device");
	assert_null(stream_out_reserve(out, 1 << 20));
	assert_int_equal(stream_out_check(out, &again), -1);
	assert_string_equal(again.text, err.text);
	assert_int_equal(stream_out_finish(out, NULL, &again), -1);
	assert_string_equal(again.text, err.text);
	free(block);
}

static void
closed_pipe(void **state)
{
	struct error err = ERROR_INIT;
	struct stream_out *out;
	char name[40];
	int fds[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fds), 0);
	snprintf(name, sizeof name, "/dev/fd/%d", fds[1]);
	out = open_out(name);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(stream_out_write(out, "abc", 3, &err), 0);
	assert_int_equal(stream_out_finish(out, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_PIPE);
}

/* Sizes around the buffer's, plain and packed, come back as they were. */
static void
round_trip(void **state)
{
	static const size_t sizes[] = {0, 1, 131071, 131072, 131073, 3000000};
	char *data = malloc(3000000), *back = malloc(3000001);

	(void)state;
	assert_non_null(data);
	assert_non_null(back);
	for (size_t i = 0; i < 3000000; i++)
		data[i] = (char)(i * i >> 3);
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
		struct stream_out_options options = {
			.zstd_level = i % 2 ? 3 : 0, .sha256 = true};
		struct error err = ERROR_INIT;
		struct stream_out_totals totals;
		struct stream_out *out = stream_out_open(path, &options, &err);
		struct stream_in *in;
		size_t got = 0, n;

		assert_non_null(out);
		assert_int_equal(stream_out_write(out, data, sizes[i / 2], &err), 0);
		assert_int_equal(stream_out_finish(out, &totals, &err), 0);
		assert_int_equal(totals.content_bytes, sizes[i / 2]);
		assert_int_equal(strlen(totals.sha256), 64);
		in = stream_in_open(path, &err);
		assert_non_null(in);
		do {
			assert_int_equal(
				stream_in_read(in, back + got, 3000001 - got, &n, &err), 0);
			got += n;
		} while (n > 0);
		assert_int_equal(got, sizes[i / 2]);
		assert_memory_equal(back, data, got);
		assert_true(stream_in_hash(in) == totals.xxh3);
		assert_int_equal(stream_in_position(in), totals.file_bytes);
		stream_in_close(in);
	}
	unlink(path);
	free(data);
	free(back);
}

/* What a pipe's writer has yet to write, by the reader's idle calls. */
struct writer {
	int fd;
	int idle; /* calls so far */
	const char *const *pieces;
};

/* The next piece, or the end. */
static int
write_piece(void *arg, struct error *err)
{
	struct writer *w = arg;
	const char *piece = w->pieces[w->idle++];

	(void)err;
	if (piece != NULL)
		assert_int_equal(write(w->fd, piece, strlen(piece)), (ssize_t)strlen(piece));
	else
		close(w->fd);
	return 0;
}

/* A stream whose content is read from the pipe's other end as /dev/fd/N. */
static struct stream_in *
open_pipe(const int ends[2])
{
	struct error err = ERROR_INIT;
	struct stream_in *in;
	char name[32];

	snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
	in = stream_in_open(name, &err);
	assert_non_null(in);
	close(ends[0]);
	return in;
}

static void
idle_before_a_pause(void **state)
{
	static const char *const pieces[] = {"c", "de", NULL};
	struct error err = ERROR_INIT;
	struct writer w = {.pieces = pieces};
	struct stream_in *in;
	char got[16] = "", buf[16];
	size_t n;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "aabb", 4), 4);
	w.fd = ends[1];
	in = open_pipe(ends);
	stream_in_on_idle(in, write_piece, &w);
	do {
		assert_int_equal(stream_in_read(in, buf, 3, &n, &err), 0);
		strncat(got, buf, n);
	} while (n > 0);
	assert_string_equal(got, "aabbcde");
	assert_int_equal(w.idle, 3);
	stream_in_close(in);
}

static int
refuse(void *arg, struct error *err)
{
	(void)arg;
	return error_set(err, ERROR_RUNTIME, "cannot pass on");
}

static void
idle_may_fail_and_files_are_never_idle(void **state)
{
	struct error err = ERROR_INIT;
	struct stream_out *out;
	struct stream_in *in;
	char buf[16];
	size_t n;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "aabb", 4), 4);
	in = open_pipe(ends);
	stream_in_on_idle(in, refuse, NULL);
	assert_int_equal(stream_in_read(in, buf, 16, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_int_equal(stream_in_read(in, buf, 16, &n, &err), -1);
	assert_string_equal(err.text, "cannot pass on");
	stream_in_close(in);
	close(ends[1]);

	err = (struct error)ERROR_INIT;
	out = open_out(path);
	assert_int_equal(stream_out_write(out, "abcd", 4, &err), 0);
	assert_false(stream_out_in_place(out));
	assert_int_equal(stream_out_finish(out, NULL, &err), 0);
	in = stream_in_open(path, &err);
	assert_non_null(in);
	stream_in_on_idle(in, refuse, NULL);
	do
		assert_int_equal(stream_in_read(in, buf, 3, &n, &err), 0);
	while (n > 0);
	stream_in_close(in);
	unlink(path);
}

/* What the decoder has not had room for is handed out before more is waited for. */
static void
idle_when_the_decoder_is_empty(void **state)
{
	enum { SIZE = 300000 };
	struct stream_out_options options = {.zstd_level = 3};
	struct error err = ERROR_INIT;
	struct stream_out *out;
	struct stream_in *in;
	char name[32], *zeros = calloc(1, SIZE), buf[1000];
	size_t got = 0, n;
	int ends[2];

	(void)state;
	assert_non_null(zeros);
	assert_int_equal(pipe(ends), 0);
	snprintf(name, sizeof name, "/dev/fd/%d", ends[1]);
	out = stream_out_open(name, &options, &err);
	assert_non_null(out);
	assert_true(stream_out_in_place(out));
	assert_int_equal(stream_out_write(out, zeros, SIZE, &err), 0);
	assert_int_equal(stream_out_flush(out, &err), 0);
	in = open_pipe(ends);
	stream_in_on_idle(in, refuse, NULL);
	while (got < SIZE) {
		assert_int_equal(stream_in_read(in, buf, sizeof buf, &n, &err), 0);
		got += n;
	}
	assert_int_equal(stream_in_read(in, buf, sizeof buf, &n, &err), -1);
	stream_in_close(in);
	stream_out_discard(out);
	close(ends[1]);
	free(zeros);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_there_before_finish),
		cmocka_unit_test(a_link_stays_a_link),
		cmocka_unit_test(a_fifo_is_written_in_place),
		cmocka_unit_test(a_descriptor_is_not_begun_anew),
		cmocka_unit_test(errors_name_the_file),
		cmocka_unit_test(failure_sticks),
		cmocka_unit_test(closed_pipe),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(idle_before_a_pause),
		cmocka_unit_test(idle_may_fail_and_files_are_never_idle),
		cmocka_unit_test(idle_when_the_decoder_is_empty),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("stream", tests, make_folder, remove_folder);
}
