/*
 * shard_test.c - a shard is whole, or it is refused by name
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
#include <sys/wait.h>
#include <unistd.h>

#include "csv/csv_samples.h"
#include "shard/manifest.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"

static char folder[] = "/tmp/caravan-shard-XXXXXX";

static char *
in_folder(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *e;

	(void)state;
	if (dir == NULL)
		return -1;
	while ((e = readdir(dir)) != NULL)
		unlink(in_folder(e->d_name));
	closedir(dir);
	return rmdir(folder);
}

/* How many names there are in the folder, hidden ones too. */
static int
names(void)
{
	DIR *dir = opendir(folder);
	int n = -2; /* . and .. */

	if (dir == NULL)
		fail_msg("cannot read '%s'", folder);
	while (dir != NULL && readdir(dir) != NULL)
		n++;
	closedir(dir);
	return n;
}

static void
write_rows(struct shard_writer *w, size_t rows)
{
	struct error err = ERROR_INIT;
	char number[24];

	for (size_t i = 0; i < rows; i++) {
		int n = snprintf(number, sizeof number, "%zu", i);

		csv_writer_field(shard_writer_csv(w), number, (size_t)n);
		csv_writer_field(shard_writer_csv(w), "x,\"y", 4);
		assert_int_equal(csv_writer_end(shard_writer_csv(w), &err), 0);
	}
}

static void
write_shard(const char *path, size_t rows, bool end_mark, struct shard_totals *totals)
{
	static const char *const columns[] = {"id", "text"};
	struct error err = ERROR_INIT;
	struct shard_writer *w = shard_writer_open(path, true, &err);

	if (w == NULL)
		fail_msg("%s", err.text);
	assert_int_equal(shard_writer_header(w, columns, 2, &err), 0);
	write_rows(w, rows);
	assert_int_equal(shard_writer_finish(w, end_mark, totals, &err), 0);
}

/* Rows read, or -1 with *err. */
static long
read_shards(const char *const *paths, size_t n, bool *whole, struct error *err)
{
	struct shard_reader *r = shard_reader_open(paths, n, err);
	const struct csv_record *rec;
	long rows = 0;
	int got;

	if (r == NULL)
		return -1;
	while ((got = shard_reader_next(r, &rec, err)) > 0)
		rows++;
	if (whole != NULL)
		*whole = shard_reader_whole(r);
	shard_reader_close(r);
	return got < 0 ? -1 : rows;
}

static long
read_shard(const char *path, struct error *err)
{
	return read_shards(&path, 1, NULL, err);
}

static size_t
slurp(const char *path, char *buf, size_t cap)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, buf, cap);

	assert_true(fd >= 0 && n >= 0 && (size_t)n < cap);
	close(fd);
	return (size_t)n;
}

static void
spew(const char *path, const char *buf, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, buf, len), (ssize_t)len);
	close(fd);
}

static void
round_trip(void **state)
{
	static const size_t sizes[] = {0, 1, 1000, 300000};

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct error err = ERROR_INIT;
		struct shard_totals totals;
		struct stat st;
		char *path = in_folder("part.csv.zst");

		write_shard(path, sizes[i], false, &totals);
		assert_int_equal(totals.rows, sizes[i]);
		assert_int_equal(strlen(totals.sha256), 64);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, totals.file_bytes);
		assert_int_equal(st.st_mode & 0777, 0600);
		if (read_shard(path, &err) != (long)sizes[i])
			fail_msg("%s", err.text);
		unlink(path);
		assert_int_equal(names(), 0);
	}
}

/* Each bit of a shard changed, and each length that it can be cut to. */
static void
every_flip_and_cut_is_refused(void **state)
{
	char bytes[4096];
	char *path = in_folder("part-00007.csv.zst");
	size_t len;

	(void)state;
	write_shard(path, 40, false, NULL);
	len = slurp(path, bytes, sizeof bytes);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct error err = ERROR_INIT;

		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << (bit % 8)));
		spew(path, bytes, len);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << (bit % 8)));
		if (read_shard(path, &err) >= 0)
			fail_msg("bit %zu of byte %zu changed, and nobody noticed", bit % 8,
				bit / 8);
		assert_int_equal(err.kind, ERROR_RUNTIME);
		assert_non_null(strstr(err.text, "part-00007.csv.zst"));
	}
	for (size_t cut = 0; cut < len; cut++) {
		struct error err = ERROR_INIT;

		spew(path, bytes, cut);
		if (read_shard(path, &err) >= 0)
			fail_msg("cut to %zu of %zu bytes, and nobody noticed", cut, len);
		assert_int_equal(err.kind, ERROR_RUNTIME);
		assert_non_null(strstr(err.text, "part-00007.csv.zst"));
	}
	memcpy(bytes + len, "x", 1);
	spew(path, bytes, len + 1);
	assert_int_equal(read_shard(path, &(struct error)ERROR_INIT), -1);
	spew(path, bytes, len);
	assert_int_equal(read_shard(path, &(struct error)ERROR_INIT), 40);
	unlink(path);
}

/* One random bit in a shard of some megabytes, many times; seed printed on failure. */
static void
flips_in_a_large_shard(void **state)
{
	enum { CAP = 8 << 20, TRIES = 200 };
	char *bytes = malloc(CAP);
	char *path = in_folder("large.csv.zst");
	struct sample_random random = {20261122};
	size_t len;

	(void)state;
	assert_non_null(bytes);
	write_shard(path, 200000, false, NULL);
	len = slurp(path, bytes, CAP);
	for (int i = 0; i < TRIES; i++) {
		size_t bit = sample_below(&random, 8 * len);

		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << (bit % 8)));
		spew(path, bytes, len);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << (bit % 8)));
		if (read_shard(path, &(struct error)ERROR_INIT) >= 0)
			fail_msg("try %d: bit %zu changed, and nobody noticed", i, bit);
	}
	unlink(path);
	free(bytes);
}

static void
discarded_leaves_nothing(void **state)
{
	static const char *const columns[] = {"id", "text"};
	struct error err = ERROR_INIT;
	struct shard_writer *w = shard_writer_open(in_folder("part.csv.zst"), false, &err);

	(void)state;
	assert_non_null(w);
	assert_int_equal(shard_writer_header(w, columns, 2, &err), 0);
	write_rows(w, 100000);
	shard_writer_discard(w);
	assert_int_equal(names(), 0);
}

/* Killed at any moment, a writer leaves a whole shard or none, and no other name. */
static void
killed_leaves_nothing_half(void **state)
{
	enum { TRIES = 60 };
	char *path = in_folder("killed.csv.zst");
	int seen = 0;

	(void)state;
	for (int i = 0; i < TRIES; i++) {
		char line;
		int ready[2];
		pid_t pid;

		unlink(path);
		assert_int_equal(pipe(ready), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			close(ready[0]);
			/* tell, then write for a few milliseconds */
			if (write(ready[1], "x", 1) == 1)
				write_shard(path, 30000, false, NULL);
			_exit(0);
		}
		close(ready[1]);
		assert_int_equal(read(ready[0], &line, 1), 1);
		for (volatile int spin = 0; spin < i * 1500000; spin++)
			;
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		close(ready[0]);
		if (access(path, F_OK) == 0) {
			seen++;
			assert_int_equal(read_shard(path, &(struct error)ERROR_INIT), 30000);
			assert_int_equal(names(), 1);
		} else {
			assert_int_equal(names(), 0);
		}
	}
	print_message("# %d of %d writers had finished before they were killed\n", seen, TRIES);
	unlink(path);
}

static void
several_files(void **state)
{
	char a[512], b[512], c[512];
	const char *paths[3] = {a, b, c};
	struct error err = ERROR_INIT;
	bool whole = false;

	(void)state;
	snprintf(a, sizeof a, "%s", in_folder("a.csv.zst"));
	snprintf(b, sizeof b, "%s", in_folder("b.csv"));
	snprintf(c, sizeof c, "%s", in_folder("c.csv"));
	write_shard(a, 10, false, NULL);
	write_shard(b, 5, true, NULL);
	assert_int_equal(read_shards(paths, 2, &whole, &err), 15);
	assert_true(whole);
	write_shard(b, 5, false, NULL);
	assert_int_equal(read_shards(paths, 2, &whole, &err), 15);
	assert_false(whole);
	spew(c, "id,other\n1,2\n", 13);
	assert_int_equal(read_shards(paths, 3, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
	assert_non_null(strstr(err.text, "have different headers: 'id,text', 'id,other'"));
	unlink(c);
	assert_int_equal(read_shards(paths, 3, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_non_null(strstr(err.text, "c.csv': No such file"));
	unlink(a);
	unlink(b);
}

/* zstd data of other tools has no seal, and is read as it is. */
static void
without_seal(void **state)
{
	char command[2048];
	char *path = in_folder("foreign.csv.zst");

	(void)state;
	snprintf(command, sizeof command, "printf 'a\\n1\\n2\\n' | zstd -q > %s", path);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
	assert_int_equal(read_shard(path, &(struct error)ERROR_INIT), 2);
	snprintf(command, sizeof command, "printf '3\\n' | zstd -q >> %s", path);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
	assert_int_equal(read_shard(path, &(struct error)ERROR_INIT), 3);
	unlink(path);
}

/* zstd's own tool finds nothing wrong with our shards, and gives the CSV. */
static void
zstd_reads_it(void **state)
{
	char command[2048];
	char *path = in_folder("part.csv.zst");

	(void)state;
	write_shard(path, 3, false, NULL);
	snprintf(command, sizeof command,
		"zstd -qt %s && test \"$(zstd -dc %s)\" = "
		"'id,text\n0,\"x,\"\"y\"\n1,\"x,\"\"y\"\n"
		"2,\"x,\"\"y\"'",
		path, path);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
	unlink(path);
}

static void
replaces_in_one_step(void **state)
{
	char *path = in_folder("part.csv.zst");

	(void)state;
	write_shard(path, 1, false, NULL);
	write_shard(path, 2, false, NULL);
	assert_int_equal(read_shard(path, &(struct error)ERROR_INIT), 2);
	assert_int_equal(names(), 1);
	unlink(path);
}

static void
full_disk(void **state)
{
	static const char *const columns[] = {"id", "text"};
	struct error err = ERROR_INIT;
	struct shard_writer *w = shard_writer_open("/dev/full", false, &err);

	(void)state;
	assert_non_null(w);
	assert_int_equal(shard_writer_header(w, columns, 2, &err), 0);
	assert_int_equal(shard_writer_finish(w, false, NULL, &err), -1);
	assert_int_equal(err.kind, ERROR_RUNTIME);
	assert_string_equal(err.text, "cannot write '/dev/full': No space left on device");
}

static void
manifest_names_shards(void **state)
{
	struct error err = ERROR_INIT;
	struct shard_totals totals = {.rows = 7, .file_bytes = 99, .xxh3 = 0xabc};
	json_t *schema = json_pack("{s:[]}", "fields");
	struct manifest *m = manifest_new("Tbl User", schema, &err);
	json_t *read;
	const char *name, *path, *hash, *position, *xxh3;
	int bytes, rows;

	(void)state;
	assert_non_null(m);
	snprintf(totals.sha256, sizeof totals.sha256, "%064d", 5);
	assert_int_equal(manifest_set(m, "position", json_string("0-1-2"), &err), 0);
	assert_int_equal(manifest_add(m, "part-00000.csv.zst", &totals, NULL, &err), 0);
	assert_int_equal(manifest_write(m, folder, &err), 0);
	manifest_free(m);
	json_decref(schema);
	read = json_load_file(in_folder("datapackage.json"), 0, NULL);
	assert_non_null(read);
	assert_int_equal(
		json_unpack(read, "{s:s, s:{s:s}, s:[{s:s, s:s, s:i, s:{}, s:{s:i, s:s}}]}",
			"name", &name, "caravan", "position", &position, "resources", "path",
			&path, "hash", &hash, "bytes", &bytes, "schema", "caravan", "rows",
			&rows, "xxh3", &xxh3),
		0);
	assert_string_equal(name, "tbl-user");
	assert_string_equal(path, "part-00000.csv.zst");
	assert_string_equal(position, "0-1-2");
	assert_string_equal(xxh3, "0000000000000abc");
	assert_int_equal(bytes, 99);
	assert_int_equal(rows, 7);
	assert_memory_equal(hash, "sha256:", 7);
	json_decref(read);
	unlink(in_folder("datapackage.json"));
	assert_int_equal(names(), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(every_flip_and_cut_is_refused),
		cmocka_unit_test(flips_in_a_large_shard),
		cmocka_unit_test(discarded_leaves_nothing),
		cmocka_unit_test(killed_leaves_nothing_half),
		cmocka_unit_test(several_files),
		cmocka_unit_test(without_seal),
		cmocka_unit_test(zstd_reads_it),
		cmocka_unit_test(replaces_in_one_step),
		cmocka_unit_test(full_disk),
		cmocka_unit_test(manifest_names_shards),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("shard", tests, make_folder, remove_folder);
}
