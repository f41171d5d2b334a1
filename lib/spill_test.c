/*
 * spill_test.c - what is put aside comes back, from the buffer, the file and both
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spill.h"

enum { SEED = 20240229, PIECES = 3000, PIECE_MAX = 2000 };

/* A number below n, always the same ones (a linear congruential generator of Knuth's). */
static uint64_t
below(uint64_t n)
{
	static uint64_t seed = SEED;

	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (seed >> 33) % n;
}

/* The byte at an offset, whatever the pieces are. */
static unsigned char
byte_at(uint64_t offset)
{
	return (unsigned char)((offset * 2654435761U) >> 13);
}

static void
fill(unsigned char *piece, size_t n, uint64_t offset)
{
	for (size_t i = 0; i < n; i++)
		piece[i] = byte_at(offset + i);
}

static void
assert_range(const struct spill *s, uint64_t offset, size_t n)
{
	unsigned char got[PIECE_MAX], want[PIECE_MAX];
	struct error err = ERROR_INIT;

	assert_true(n <= sizeof got);
	assert_int_equal(spill_fetch(s, offset, got, n, &err), 0);
	fill(want, n, offset);
	assert_memory_equal(got, want, n);
}

static void
pieces_come_back(void **state)
{
	struct spill s = {.fd = -1};
	struct error err = ERROR_INIT;
	unsigned char piece[PIECE_MAX];

	(void)state;
	for (int i = 0; i < PIECES; i++) {
		uint64_t end = spill_end(&s);
		size_t n = (size_t)below(PIECE_MAX);

		fill(piece, n, end);
		assert_int_equal(spill_append(&s, piece, n, &err), 0);
		assert_int_equal(spill_end(&s), end + n);
		if (end + n > (uint64_t)2 * PIECE_MAX)
			assert_range(&s, below(end + n - PIECE_MAX), PIECE_MAX);
	}
	/* more than the buffer holds, so that some lies in the file and some does not */
	assert_true(s.written >= SPILL_BUFFER && s.buffered > 0);
	assert_range(&s, s.written - 1, 2);
	assert_range(&s, s.written, 1);
	assert_range(&s, spill_end(&s) - 1, 1);
	assert_range(&s, spill_end(&s), 0);
	spill_release(&s);
	assert_int_equal(s.fd, -1);
	assert_int_equal(spill_end(&s), 0);
	spill_release(&s);
}

static void
a_small_one_has_no_file(void **state)
{
	struct spill s = {.fd = -1};
	struct error err = ERROR_INIT;
	unsigned char piece[16];

	(void)state;
	fill(piece, sizeof piece, 0);
	assert_int_equal(spill_append(&s, piece, sizeof piece, &err), 0);
	assert_int_equal(s.fd, -1);
	assert_range(&s, 3, 13);
	spill_release(&s);
}

static void
failures(void **state)
{
	struct error err = ERROR_INIT;
	unsigned char byte;
	int fd;

	(void)state;
	fd = spill_file(&err);
	assert_true(fd >= 0);
	assert_int_equal(spill_write_at(fd, "abc", 3, 0, &err), 0);
	assert_int_equal(spill_read_at(fd, &byte, 1, 2, &err), 0);
	assert_int_equal(byte, 'c');
	assert_int_equal(spill_read_at(fd, &byte, 1, 3, &err), -1);
	assert_string_equal(err.text, "a temporary file was cut");
	close(fd);
	err = (struct error)ERROR_INIT;
	assert_int_equal(spill_read_at(fd, &byte, 1, 0, &err), -1);
	assert_non_null(strstr(err.text, "cannot read a temporary file"));
	err = (struct error)ERROR_INIT;
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(spill_file(&err), -1);
	assert_non_null(strstr(err.text, "'/nonexistent'"));
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_int_equal(unsetenv("TMPDIR"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_back),
		cmocka_unit_test(a_small_one_has_no_file),
		cmocka_unit_test(failures),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
