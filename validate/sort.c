/*
 * sort.c - see sort.h
 *
 * Memory is one block: rows from its beginning, entries that point to them
 * from its end.  An entry has the first bytes of the key, so that most
 * comparisons touch no row.  As much room as the entries take is left free,
 * since qsort_r needs that for itself.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spill.h"
#include "validate/sort.h"
#include "validate/sort_merge.h"

struct entry {
	uint64_t prefix; /* of the key */
	uint64_t at;     /* of the row in the block */
};

struct sorter {
	size_t memory;
	unsigned char *block;
	size_t size;
	size_t used;
	size_t n; /* entries */
	size_t next;
	int fd; /* -1: no runs yet */
	uint64_t end;
	struct sort_run *runs;
	size_t nruns;
	uint64_t written; /* runs in all */
	struct merge *merge;
};

struct sorter *
sorter_new(size_t memory, struct error *err)
{
	struct sorter *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->fd = -1;
	s->memory = s->size = memory - memory % sizeof(struct entry);
	s->block = malloc(s->size);
	if (s->block == NULL) {
		error_nomem(err);
		sorter_free(s);
		return NULL;
	}
	return s;
}

static struct entry *
entries(const struct sorter *s)
{
	return (struct entry *)(void *)(s->block + s->size) - s->n;
}

static int
compare_entries(const void *x, const void *y, void *arg)
{
	const struct entry *a = x, *b = y;
	const unsigned char *block = arg;
	struct sorted p, q;
	int order;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	sort_row_read(block + a->at, &p);
	sort_row_read(block + b->at, &q);
	order = sort_key_compare(&p, &q);
	if (order != 0)
		return order;
	return a->at < b->at ? -1 : 1;
}

static void
sort_block(struct sorter *s)
{
	if (s->n > 1)
		qsort_r(entries(s), s->n, sizeof(struct entry), compare_entries, s->block);
}

static int
add_run(struct sorter *s, uint64_t start, struct error *err)
{
	struct sort_run *larger = realloc(s->runs, (s->nruns + 1) * sizeof *larger);

	if (larger == NULL)
		return error_nomem(err);
	s->runs = larger;
	s->runs[s->nruns++] = (struct sort_run){start, s->end};
	s->written++;
	return 0;
}

/* The block becomes a run on disk, and is empty. */
static int
write_run(struct sorter *s, struct error *err)
{
	uint64_t start = s->end;
	struct run_writer w = {.fd = -1};
	const struct entry *e;
	int rc = -1;

	sort_block(s);
	if (s->fd < 0)
		s->fd = spill_file(err);
	if (s->fd < 0 || run_writer_open(&w, s->fd, s->end, err) < 0)
		goto out;
	e = entries(s);
	for (size_t i = 0; i < s->n; i++) {
		const unsigned char *row = s->block + e[i].at;

		if (run_writer_put(&w, row, sort_row_size(row), err) < 0)
			goto out;
	}
	rc = run_writer_close(&w, &s->end, err);
	s->used = s->n = 0;
	if (rc == 0)
		rc = add_run(s, start, err);
out:
	run_writer_release(&w);
	return rc;
}

/* Room for a row of that size in an empty block, be it longer than the memory. */
static int
make_room(struct sorter *s, size_t need, struct error *err)
{
	if (need <= s->size)
		return 0;
	free(s->block);
	s->size = 0;
	s->block = malloc(need);
	if (s->block == NULL)
		return error_nomem(err);
	s->size = need;
	return 0;
}

/* Rows lie one behind the other; entries are aligned because the size is. */
static size_t
aligned(size_t n)
{
	return (n + sizeof(struct entry) - 1) & ~(sizeof(struct entry) - 1);
}

int
sorter_add(struct sorter *s, const void *key, size_t key_len, const void *row, size_t row_len,
	struct error *err)
{
	size_t size = SORT_ROW_HEAD + key_len + row_len;
	size_t need = aligned(size) + 2 * sizeof(struct entry);
	unsigned char *to;

	if (s->n > 0 && s->used + s->n * 2 * sizeof(struct entry) + need > s->size) {
		if (write_run(s, err) < 0)
			return -1;
		/* a long row has had its room */
		if (s->size > s->memory && need <= s->memory) {
			free(s->block);
			s->size = 0;
			s->block = malloc(s->memory);
			if (s->block == NULL)
				return error_nomem(err);
			s->size = s->memory;
		}
	}
	if (s->n == 0 && make_room(s, need, err) < 0)
		return -1;
	to = s->block + s->used;
	sort_row_write(to, key, key_len, row, row_len);
	s->n++;
	*entries(s) = (struct entry){sort_key_prefix(key, key_len), s->used};
	s->used += size;
	return 0;
}

/* While there are more runs than can be read at once, merge groups of them into a new file. */
static int
merge_pass(struct sorter *s, size_t fan_in, struct error *err)
{
	int old = s->fd, fd = spill_file(err);
	size_t kept = 0;
	int rc = -1;

	if (fd < 0)
		return -1;
	s->end = 0;
	for (size_t i = 0; i < s->nruns; i += fan_in) {
		size_t n = s->nruns - i < fan_in ? s->nruns - i : fan_in;
		struct sort_run merged = {s->end, 0};

		if (merge_runs(old, s->runs + i, n, s->memory, fd, &s->end, err) < 0)
			goto out;
		merged.end = s->end;
		s->runs[kept++] = merged;
	}
	s->nruns = kept;
	rc = 0;
out:
	s->fd = fd;
	close(old);
	return rc;
}

int
sorter_finish(struct sorter *s, struct error *err)
{
	size_t fan_in = merge_fan_in(s->memory);

	if (s->nruns == 0) {
		sort_block(s);
		return 0;
	}
	if (s->n > 0 && write_run(s, err) < 0)
		return -1;
	free(s->block);
	s->block = NULL;
	s->size = 0;
	while (s->nruns > fan_in) {
		if (merge_pass(s, fan_in, err) < 0)
			return -1;
	}
	s->merge = merge_open(s->fd, s->runs, s->nruns, s->memory, err);
	return s->merge == NULL ? -1 : 0;
}

int
sorter_next(struct sorter *s, struct sorted *row, struct error *err)
{
	if (s->merge != NULL)
		return merge_next(s->merge, row, err);
	if (s->next == s->n)
		return 0;
	sort_row_read(s->block + entries(s)[s->next++].at, row);
	return 1;
}

uint64_t
sorter_runs(const struct sorter *s)
{
	return s->written;
}

void
sorter_free(struct sorter *s)
{
	if (s == NULL)
		return;
	merge_free(s->merge);
	if (s->fd >= 0)
		close(s->fd);
	free(s->runs);
	free(s->block);
	free(s);
}
