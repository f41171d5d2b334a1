/*
 * shard_damage_test.c - 10,000 shards with a flipped bit, cut short or put together wrongly
 *
 * Each case follows from its number alone, which a failure tells: CARAVAN_CASE=N
 * runs that one.  Shards are made once for each shape, damaged in memory, and
 * written where the reader can open them, in memory too where there is /dev/shm.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "csv/csv_samples.h"
#include "csv/stream.h"
#include "shard/seal.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"

enum {
	CASES = 10000,
	CASES_SANITIZED = 1000, /* under ASan, where each takes ten times as long */
	SKIPPABLE = 8, /* bytes before the content of a skippable frame: magic and size */
	HEAD = SKIPPABLE + sizeof SEAL_HEAD - 1,
	CHECKSUM = 4,
	EXTRA_MAX = 4096, /* what is put behind a shard */
};

/* A shard as its writer made it. */
struct shard {
	char *bytes;
	size_t len;
	size_t seal; /* where the seal's frame begins */
	size_t rows;
};

/* What it is made of, and how often it is damaged, in parts of 100. */
static const struct shape {
	const char *name;
	size_t rows;
	size_t width; /* of the second column */
	bool random;  /* that column cannot be compressed: zstd keeps raw blocks */
	size_t share;
} shapes[] = {
	{"no rows", 0, 0, false, 10},
	{"one row", 1, 5, false, 15},
	{"one block, compressed", 500, 20, false, 25},
	{"one block, raw", 300, 60, true, 25},
	{"many blocks, compressed", 60000, 30, false, 10},
	{"many blocks, raw", 4000, 150, true, 10},
	{"one wide field", 1, 400000, true, 5},
};

enum { NSHAPES = sizeof shapes / sizeof *shapes, NSHARDS = 2 * NSHAPES };

static char folder[64];
static char path[128];
static struct shard shards[NSHARDS]; /* two of each shape, with other rows */

static void
fill_random(char *out, size_t n, struct sample_random *random)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

	for (size_t i = 0; i < n; i++)
		out[i] = digits[sample_below(random, 64)];
}

static void
write_shard(const struct shape *shape, uint64_t seed)
{
	static const char *const columns[] = {"id", "text"};
	struct sample_random random = {seed};
	struct error err = ERROR_INIT;
	struct shard_writer *w = shard_writer_open(path, false, &err);
	char *text = malloc(shape->width + 1);

	assert_non_null(w);
	assert_non_null(text);
	memset(text, 'x', shape->width);
	assert_int_equal(shard_writer_header(w, columns, 2, &err), 0);
	for (size_t i = 0; i < shape->rows; i++) {
		char number[24];
		int n = snprintf(number, sizeof number, "%zu", i + (size_t)seed);

		if (shape->random)
			fill_random(text, shape->width, &random);
		csv_writer_field(shard_writer_csv(w), number, (size_t)n);
		csv_writer_field(shard_writer_csv(w), text, shape->width);
		assert_int_equal(csv_writer_end(shard_writer_csv(w), &err), 0);
	}
	assert_int_equal(shard_writer_finish(w, false, NULL, &err), 0);
	free(text);
}

static void
slurp(struct shard *s)
{
	int fd = open(path, O_RDONLY);
	struct stat st = {0};

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	s->len = (size_t)st.st_size;
	s->bytes = malloc(s->len + 1);
	assert_non_null(s->bytes);
	assert_int_equal(read(fd, s->bytes, s->len), (ssize_t)s->len);
	close(fd);
}

/* The seal tells how many bytes are before it. */
static size_t
find_seal(const struct shard *s)
{
	static const char key[] = "\"file_bytes\":";
	const char *at = memmem(s->bytes + s->len - 100, 100, key, sizeof key - 1);

	assert_non_null(at);
	return (size_t)strtoul(at + sizeof key - 1, NULL, 10);
}

static int
make_shards(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "%s/caravan-damage-XXXXXX",
		access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/part-00007.csv.zst", folder);
	for (size_t i = 0; i < NSHARDS; i++) {
		struct shard *s = &shards[i];

		write_shard(&shapes[i / 2], 1000 * (i + 1));
		slurp(s);
		s->seal = find_seal(s);
		s->rows = shapes[i / 2].rows;
	}
	return 0;
}

static int
remove_shards(void **state)
{
	(void)state;
	for (size_t i = 0; i < NSHARDS; i++)
		free(shards[i].bytes);
	unlink(path);
	return rmdir(folder);
}

/* Rows read, or -1 with *err. */
static long
read_bytes(const char *bytes, size_t len, struct error *err)
{
	const char *paths[] = {path};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	const struct csv_record *record;
	struct shard_reader *r;
	long rows = 0;
	int got;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
	r = shard_reader_open(paths, 1, err);
	if (r == NULL)
		return -1;
	while ((got = shard_reader_next(r, &record, err)) > 0)
		rows++;
	shard_reader_close(r);
	return got < 0 ? -1 : rows;
}

/* ---- damages: each changes *s, whose bytes have room for EXTRA_MAX more */

/* The border of a part of the shard: head, frame, its checksum, seal, end. */
static size_t
border(const struct shard *s, struct sample_random *random)
{
	const size_t borders[] = {0, SKIPPABLE, HEAD, HEAD + 10, s->seal - CHECKSUM, s->seal,
		s->seal + SKIPPABLE, s->len};

	return borders[sample_below(random, sizeof borders / sizeof *borders)];
}

/* A place in a part of its own choice, so that small parts are hit as often as large ones. */
static size_t
place(const struct shard *s, struct sample_random *random)
{
	size_t a = border(s, random), b = border(s, random);
	size_t low = a < b ? a : b, high = a < b ? b : a;

	if (low == high)
		return sample_below(random, s->len);
	return low + sample_below(random, high - low);
}

static void
flip_bit(struct shard *s, struct sample_random *random)
{
	size_t at = place(s, random);

	s->bytes[at] = (char)(s->bytes[at] ^ (1 << sample_below(random, 8)));
}

static void
cut(struct shard *s, struct sample_random *random)
{
	s->len = place(s, random);
}

/* At a part's border, or a few bytes beside it. */
static void
cut_at_border(struct shard *s, struct sample_random *random)
{
	size_t at = border(s, random) + sample_below(random, 5);

	s->len = at < 2 ? 0 : at - 2 < s->len ? at - 2 : s->len - 1;
}

/* A disk block that was never written. */
static void
zero_some(struct shard *s, struct sample_random *random)
{
	size_t at = place(s, random);
	size_t n = 1 + sample_below(random, 512);

	if (n > s->len - at)
		n = s->len - at;
	memset(s->bytes + at + 1, 0, n - 1);
	/* there may have been nothing but zeros */
	s->bytes[at] = (char)(s->bytes[at] ^ 2);
}

/* A byte was lost. */
static void
drop_byte(struct shard *s, struct sample_random *random)
{
	size_t at = place(s, random);

	memmove(s->bytes + at, s->bytes + at + 1, s->len - at - 1);
	s->len--;
}

static void
double_byte(struct shard *s, struct sample_random *random)
{
	size_t at = place(s, random);

	memmove(s->bytes + at + 1, s->bytes + at, s->len - at);
	s->len++;
}

static void
append(struct shard *s, const void *bytes, size_t n)
{
	memcpy(s->bytes + s->len, bytes, n);
	s->len += n;
}

static void
garbage_behind(struct shard *s, struct sample_random *random)
{
	static const char *const texts[] = {"\n", "x", "id,text\n1,2\n", "\\.\n"};
	char noise[64];

	if (sample_below(random, 2) == 0) {
		const char *text = texts[sample_below(random, 4)];

		append(s, text, strlen(text));
		return;
	}
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)sample_next(random);
	append(s, noise, 1 + sample_below(random, sizeof noise - 1));
}

/* A frame that is sound in itself: with rows, without content, or a skippable one. */
static void
frame_behind(struct shard *s, struct sample_random *random)
{
	static const char skippable[] = "\x5f\x2a\x4d\x18\x03\0\0\0abc";
	char frame[256];
	size_t n;

	switch (sample_below(random, 3)) {
	case 0: n = ZSTD_compress(frame, sizeof frame, "7,more\n", 7, 3); break;
	case 1: n = ZSTD_compress(frame, sizeof frame, "", 0, 3); break;
	default: append(s, skippable, sizeof skippable - 1); return;
	}
	assert_false(ZSTD_isError(n));
	append(s, frame, n);
}

static void
other_name_in_seal(struct shard *s, struct sample_random *random)
{
	char *at = memmem(s->bytes + s->seal, s->len - s->seal, "\"text\"", 6);

	assert_non_null(at);
	at[1 + sample_below(random, 4)] = 'z';
}

static void
digit_in_seal(struct shard *s, struct sample_random *random)
{
	size_t at;

	do {
		at = s->seal + SKIPPABLE + sample_below(random, s->len - s->seal - SKIPPABLE);
	} while (s->bytes[at] < '0' || s->bytes[at] > '9');
	s->bytes[at] = s->bytes[at] == '9' ? '8' : (char)(s->bytes[at] + 1);
}

static void
without_head(struct shard *s, struct sample_random *random)
{
	(void)random;
	memmove(s->bytes, s->bytes + HEAD, s->len - HEAD);
	s->len -= HEAD;
}

static void
without_seal(struct shard *s, struct sample_random *random)
{
	(void)random;
	s->len = s->seal;
}

static void (*const damages[])(struct shard *, struct sample_random *) = {
	flip_bit,
	flip_bit,
	flip_bit,
	flip_bit,
	cut,
	cut,
	cut_at_border,
	zero_some,
	drop_byte,
	double_byte,
	garbage_behind,
	frame_behind,
	other_name_in_seal,
	digit_in_seal,
	without_head,
	without_seal,
};

/* ---- tests */

static size_t
pick_shape(struct sample_random *random)
{
	size_t n = sample_below(random, 100), i = 0;

	while (n >= shapes[i].share)
		n -= shapes[i++].share;
	return i;
}

static struct shard
copy_of(const struct shard *s, size_t room)
{
	struct shard copy = *s;

	copy.bytes = malloc(s->len + room);
	assert_non_null(copy.bytes);
	memcpy(copy.bytes, s->bytes, s->len);
	return copy;
}

static void
refused(const struct shard *s, const char *what, size_t number)
{
	struct error err = ERROR_INIT;
	long rows = read_bytes(s->bytes, s->len, &err);

	if (rows >= 0)
		fail_msg("%s %zu: %ld rows were read, and nobody noticed", what, number, rows);
	if (err.kind != ERROR_RUNTIME || strstr(err.text, "part-00007.csv.zst") == NULL)
		fail_msg("%s %zu: refused as kind %d: %s", what, number, (int)err.kind,
			err.text);
}

static void
one_case(size_t number)
{
	struct sample_random random = {number * 0x2545f4914f6cdd1dU + 20261122};
	size_t shape = pick_shape(&random);
	size_t damage = sample_below(&random, sizeof damages / sizeof *damages);
	struct shard s = copy_of(&shards[2 * shape], EXTRA_MAX);
	char what[128];

	snprintf(
		what, sizeof what, "CARAVAN_CASE (%s, damage %zu)", shapes[shape].name, damage);
	damages[damage](&s, &random);
	refused(&s, what, number);
	free(s.bytes);
}

static void
each_damage_is_refused(void **state)
{
	const char *only = getenv("CARAVAN_CASE");
	size_t cases = getenv("CARAVAN_SANITIZED") == NULL ? CASES : CASES_SANITIZED;

	(void)state;
	if (only != NULL) {
		one_case((size_t)strtoul(only, NULL, 10));
		return;
	}
	for (size_t i = 0; i < cases; i++)
		one_case(i);
}

/* None of the shards is refused as it is: the test would prove nothing. */
static void
undamaged_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < NSHARDS; i++) {
		struct error err = ERROR_INIT;

		if (read_bytes(shards[i].bytes, shards[i].len, &err) != (long)shards[i].rows)
			fail_msg("shard %zu: %s", i, err.text);
	}
}

/* The seal of every other shard, also of one with as many rows and bytes. */
static void
foreign_seals_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NSHARDS; i++) {
		for (size_t j = 0; j < NSHARDS; j++) {
			size_t seal = shards[j].len - shards[j].seal;
			struct shard s = copy_of(&shards[i], EXTRA_MAX);

			s.len = s.seal;
			append(&s, shards[j].bytes + shards[j].seal, seal);
			/* without rows the two of a shape are the same shard */
			if (s.len != shards[i].len ||
				memcmp(s.bytes, shards[i].bytes, s.len) != 0)
				refused(&s, "seal on shard", i * 100 + j);
			free(s.bytes);
		}
	}
}

/* Two whole shards behind each other, as cat would make them, are none. */
static void
joined_shards_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < NSHARDS; i++) {
		for (size_t j = 0; j < NSHARDS; j++) {
			struct shard s = copy_of(&shards[i], shards[j].len);

			append(&s, shards[j].bytes, shards[j].len);
			refused(&s, "shards joined", i * 100 + j);
			free(s.bytes);
		}
	}
}

/* One that lost both frames of ours is a .zst file of another tool, and is read. */
static void
without_both_frames_it_is_foreign(void **state)
{
	struct shard *s = &shards[4];
	struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(read_bytes(s->bytes + HEAD, s->seal - HEAD, &err), s->rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undamaged_is_read),
		cmocka_unit_test(each_damage_is_refused),
		cmocka_unit_test(foreign_seals_are_refused),
		cmocka_unit_test(joined_shards_are_refused),
		cmocka_unit_test(without_both_frames_it_is_foreign),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("damage", tests, make_shards, remove_shards);
}
