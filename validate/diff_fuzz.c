/*
 * diff_fuzz.c - two streams of any bytes, and two tables whose differences are known
 *
 * The first byte chooses.  Of any bytes, behind a header or not, it is asked
 * that sorting first changes nothing where the streams were in order as they
 * came.  Else each byte is a row: its side, its key and its value.  What differs
 * is then counted here by looking at all pairs of rows, which has to be what is
 * told, sorted by diff or before.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "validate/diff.h"
#include "validate/sort.h"

enum { SIDES = 2, KEYS = 16, VALUES = 8, ROWS_MAX = 300 };
enum { OPTION_TABLES = 1, OPTION_TWO_KEYS = 2, OPTION_HEADER = 4 };

/* As they stand in CSV, in the order of their bytes. */
static const char *const keys[KEYS] = {"", "\"\"", "\"\"\"q\"\"\"", "-1", "-2", "0", "00", "1",
	"10", "10a", "9", "A", "a", "\"a,b\"", "\"x\ny\"", "\xc3\xa9"};
static const char *const values[VALUES] = {
	"", "\"\"", "\"\n\"", "1", "1.0", "x", "\"x,\"", "\xd8\xb3"};

/* The first line of what diff says. */
struct said {
	int rc;
	struct error err;
	char line[ERROR_TEXT_MAX];
};

struct rows {
	unsigned char key[ROWS_MAX];
	unsigned char value[ROWS_MAX];
	size_t n;
};

static void
take_line(void *arg, const char *line)
{
	struct said *s = arg;

	snprintf(s->line, sizeof s->line, "%s", line);
}

static int
make_file(const void *data, size_t size, char path[static 64])
{
	int fd = memfd_create("diff", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* As it stands in the error, or, when nothing differs, as it was said. */
static void
run_diff(char paths[SIDES][64], const char *key, bool sort, struct said *s)
{
	const struct diff_options o = {
		.key = key,
		.old = paths[0],
		.new = paths[1],
		.sort = sort,
		.memory = (size_t)SORT_MEMORY_MIN *SIDES,
		.output = "/dev/null",
		.say_equal = true,
		.say = take_line,
		.arg = s,
	};

	s->err = (struct error)ERROR_INIT;
	s->line[0] = '\0';
	s->rc = diff(&o, &s->err);
	if (s->rc < 0) {
		if (s->err.kind == ERROR_NONE || s->err.text[0] == '\0')
			abort();
		memcpy(s->line, s->err.text, sizeof s->line);
	}
}

static bool
compared(const struct said *s)
{
	return s->rc == 0 || s->err.kind == ERROR_BUDGET;
}

static void
fuzz_bytes(unsigned char options, const unsigned char *data, size_t size)
{
	static const char header[] = "k,v\n";
	const unsigned char *cut = memchr(data, 0xfe, size);
	size_t len[SIDES] = {cut == NULL ? size : (size_t)(cut - data), 0};
	const unsigned char *at[SIDES] = {data, cut == NULL ? data : cut + 1};
	char paths[SIDES][64];
	struct said plain, sorted;
	int fds[SIDES];

	if (cut != NULL)
		len[1] = size - len[0] - 1;
	for (size_t i = 0; i < SIDES; i++) {
		size_t head = (options & OPTION_HEADER) != 0 ? strlen(header) : 0;
		char *text = malloc(head + len[i] + 1);

		if (text == NULL)
			abort();
		memcpy(text, header, head);
		memcpy(text + head, at[i], len[i]);
		fds[i] = make_file(text, head + len[i], paths[i]);
		free(text);
	}
	run_diff(paths, (options & OPTION_TWO_KEYS) != 0 ? "k,v" : "k", false, &plain);
	run_diff(paths, (options & OPTION_TWO_KEYS) != 0 ? "k,v" : "k", true, &sorted);
	if (compared(&plain) && (!compared(&sorted) || strcmp(plain.line, sorted.line) != 0))
		abort();
	close(fds[0]);
	close(fds[1]);
}

static int
make_table(const struct rows *rows, char path[static 64])
{
	char text[16 + ROWS_MAX * 24];
	size_t used = (size_t)snprintf(text, sizeof text, "k,v\n");

	for (size_t i = 0; i < rows->n; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, "%s,%s\n",
			keys[rows->key[i]], values[rows->value[i]]);
	return make_file(text, used, path);
}

static bool
same_key(const struct rows *a, size_t i, const struct rows *b, size_t j, bool two)
{
	return a->key[i] == b->key[j] && (!two || a->value[i] == b->value[j]);
}

/* The first row of the key of a's row i among b's, or b->n. */
static size_t
find(const struct rows *a, size_t i, const struct rows *b, bool two)
{
	size_t j = 0;

	while (j < b->n && !same_key(a, i, b, j, two))
		j++;
	return j;
}

/* The line that diff has to say. */
static void
expect(const struct rows *rows, char paths[SIDES][64], bool two, char *line, size_t size)
{
	const struct rows *old = &rows[0], *new = &rows[1];
	const char *const words[] = {
		"missing", "extra", "changed", "duplicate in the old", "duplicate in the new"};
	size_t counts[5] = {0}, equal = 0, used;
	bool any = false;

	for (size_t i = 0; i < old->n; i++) {
		size_t j = find(old, i, new, two);

		if (find(old, i, old, two) < i)
			counts[3]++;
		else if (j == new->n)
			counts[0]++;
		else if (old->value[i] != new->value[j])
			counts[2]++;
		else
			equal++;
	}
	for (size_t j = 0; j < new->n; j++) {
		if (find(new, j, new, two) < j)
			counts[4]++;
		else if (find(new, j, old, two) == old->n)
			counts[1]++;
	}
	used = (size_t)snprintf(line, size, "%zu rows in %s, %zu in %s: %zu equal", old->n,
		paths[0], new->n, paths[1], equal);
	for (size_t i = 0; i < 5; i++) {
		if (counts[i] == 0)
			continue;
		used += (size_t)snprintf(line + used, size - used, ", %zu%s %s", counts[i],
			any              ? ""
			: counts[i] == 1 ? " row"
					 : " rows",
			words[i]);
		any = true;
	}
}

/* By key, then by value where that is of the key; else rows of one key stay as they are. */
static void
sort_rows(struct rows *rows, bool two)
{
	for (size_t i = 1; i < rows->n; i++) {
		unsigned char key = rows->key[i], value = rows->value[i];
		size_t j = i;

		for (; j > 0 && (rows->key[j - 1] > key || (two && rows->key[j - 1] == key &&
								   rows->value[j - 1] > value));
			j--) {
			rows->key[j] = rows->key[j - 1];
			rows->value[j] = rows->value[j - 1];
		}
		rows->key[j] = key;
		rows->value[j] = value;
	}
}

static void
fuzz_tables(unsigned char options, const unsigned char *data, size_t size)
{
	bool two = (options & OPTION_TWO_KEYS) != 0;
	struct rows rows[SIDES] = {{.n = 0}};
	char paths[SIDES][64], want[ERROR_TEXT_MAX];
	int fds[SIDES];
	struct said said;

	for (size_t i = 0; i < size && i < ROWS_MAX; i++) {
		struct rows *side = &rows[data[i] & 1];

		side->key[side->n] = data[i] >> 1 & (KEYS - 1);
		side->value[side->n++] = data[i] >> 5;
	}
	for (int sorted = 0; sorted < 2; sorted++) {
		for (size_t i = 0; i < SIDES; i++) {
			if (sorted)
				sort_rows(&rows[i], two);
			fds[i] = make_table(&rows[i], paths[i]);
		}
		expect(rows, paths, two, want, sizeof want);
		run_diff(paths, two ? "k,v" : "k", true, &said);
		if (strcmp(said.line, want) != 0)
			abort();
		run_diff(paths, two ? "k,v" : "k", false, &said);
		/* in the order of bytes it may be asked for that of numbers: then it says so */
		if (compared(&said) ? strcmp(said.line, want) != 0
				    : said.err.kind != ERROR_RUNTIME)
			abort();
		close(fds[0]);
		close(fds[1]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if ((data[0] & OPTION_TABLES) != 0)
		fuzz_tables(data[0], data + 1, size - 1);
	else
		fuzz_bytes(data[0], data + 1, size - 1);
	return 0;
}
