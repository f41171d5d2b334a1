/*
 * sort_merge.c - see sort_merge.h
 *
 * The runs' present rows are in a heap, whose top is the least.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "spill.h"
#include "validate/sort_merge.h"

enum { BUFFER_SIZE = 64 << 10 };

struct cursor {
	uint64_t at; /* what of the run is still to be read */
	uint64_t end;
	unsigned char *buffer; /* buffer[from..to) is read and not stepped over */
	size_t from;
	size_t to;
	size_t cap;
	uint64_t prefix;
	struct sorted row; /* the present one */
};

struct merge {
	int fd;
	struct cursor *cursors;
	size_t n;
	size_t *heap; /* indices of cursors that have a row */
	size_t nheap;
	bool started;
};

void
sort_row_write(
	unsigned char *to, const void *key, size_t key_len, const void *row, size_t row_len)
{
	const uint32_t head[2] = {(uint32_t)key_len, (uint32_t)row_len};

	memcpy(to, head, sizeof head);
	memcpy(to + sizeof head, key, key_len);
	/* a row with no more than its key may be NULL */
	if (row_len > 0)
		memcpy(to + sizeof head + key_len, row, row_len);
}

void
sort_row_read(const unsigned char *from, struct sorted *row)
{
	uint32_t head[2];

	memcpy(head, from, sizeof head);
	*row = (struct sorted){
		from + sizeof head, head[0], from + sizeof head + head[0], head[1]};
}

size_t
sort_row_size(const unsigned char *row)
{
	uint32_t head[2];

	memcpy(head, row, sizeof head);
	return sizeof head + head[0] + head[1];
}

int
sort_key_compare(const struct sorted *a, const struct sorted *b)
{
	size_t n = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, n);

	if (order != 0 || a->key_len == b->key_len)
		return order;
	return a->key_len < b->key_len ? -1 : 1;
}

uint64_t
sort_key_prefix(const unsigned char *key, size_t len)
{
	uint64_t prefix = 0;

	for (size_t i = 0; i < sizeof prefix; i++)
		prefix = prefix << 8 | (i < len ? key[i] : 0U);
	return prefix;
}

int
run_writer_open(struct run_writer *w, int fd, uint64_t at, struct error *err)
{
	*w = (struct run_writer){.fd = fd, .at = at, .buffer = malloc(BUFFER_SIZE)};
	return w->buffer == NULL ? error_nomem(err) : 0;
}

static int
flush(struct run_writer *w, struct error *err)
{
	if (spill_write_at(w->fd, w->buffer, w->used, w->at, err) < 0)
		return -1;
	w->at += w->used;
	w->used = 0;
	return 0;
}

int
run_writer_put(struct run_writer *w, const unsigned char *row, size_t size, struct error *err)
{
	if (w->used + size > BUFFER_SIZE && flush(w, err) < 0)
		return -1;
	if (size > BUFFER_SIZE) {
		if (spill_write_at(w->fd, row, size, w->at, err) < 0)
			return -1;
		w->at += size;
		return 0;
	}
	memcpy(w->buffer + w->used, row, size);
	w->used += size;
	return 0;
}

int
run_writer_close(struct run_writer *w, uint64_t *end, struct error *err)
{
	if (flush(w, err) < 0)
		return -1;
	*end = w->at;
	return 0;
}

void
run_writer_release(struct run_writer *w)
{
	free(w->buffer);
	w->buffer = NULL;
}

size_t
merge_fan_in(size_t memory)
{
	size_t n = memory / BUFFER_SIZE;

	return n < 2 ? 2 : n;
}

/* Have n bytes at buffer[from], which the run must have. */
static int
have(struct merge *m, struct cursor *c, size_t n, struct error *err)
{
	size_t more;

	if (c->to - c->from >= n)
		return 0;
	memmove(c->buffer, c->buffer + c->from, c->to - c->from);
	c->to -= c->from;
	c->from = 0;
	if (n > c->cap) {
		unsigned char *larger = realloc(c->buffer, n);

		if (larger == NULL)
			return error_nomem(err);
		c->buffer = larger;
		c->cap = n;
	}
	more = c->cap - c->to;
	if (more > c->end - c->at)
		more = (size_t)(c->end - c->at);
	if (spill_read_at(m->fd, c->buffer + c->to, more, c->at, err) < 0)
		return -1;
	c->at += more;
	c->to += more;
	if (c->to < n)
		return error_set(
			err, ERROR_RUNTIME, "a sorted run in a temporary file is broken");
	return 0;
}

/* Step over the present row, if any: 1 with the next one, 0 at the run's end, -1. */
static int
step(struct merge *m, struct cursor *c, struct error *err)
{
	if (c->row.key != NULL)
		c->from += SORT_ROW_HEAD + c->row.key_len + c->row.row_len;
	c->row.key = NULL;
	if (c->from == c->to && c->at == c->end)
		return 0;
	if (have(m, c, SORT_ROW_HEAD, err) < 0 ||
		have(m, c, sort_row_size(c->buffer + c->from), err) < 0)
		return -1;
	sort_row_read(c->buffer + c->from, &c->row);
	c->prefix = sort_key_prefix(c->row.key, c->row.key_len);
	return 1;
}

/* Rows of one key come in the order of their runs. */
static bool
before(const struct merge *m, size_t x, size_t y)
{
	const struct cursor *a = &m->cursors[x], *b = &m->cursors[y];
	int order;

	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	order = sort_key_compare(&a->row, &b->row);
	return order != 0 ? order < 0 : x < y;
}

static void
sift_down(struct merge *m, size_t at)
{
	for (;;) {
		size_t least = at, left = 2 * at + 1, moved = m->heap[at];

		if (left < m->nheap && before(m, m->heap[left], m->heap[least]))
			least = left;
		if (left + 1 < m->nheap && before(m, m->heap[left + 1], m->heap[least]))
			least = left + 1;
		if (least == at)
			return;
		m->heap[at] = m->heap[least];
		m->heap[least] = moved;
		at = least;
	}
}

struct merge *
merge_open(int fd, const struct sort_run *runs, size_t n, size_t memory, struct error *err)
{
	struct merge *m = calloc(1, sizeof *m);
	size_t size = memory / (n + 1);

	if (m == NULL)
		goto nomem;
	m->fd = fd;
	m->cursors = calloc(n, sizeof *m->cursors);
	m->heap = calloc(n, sizeof *m->heap);
	if (m->cursors == NULL || m->heap == NULL)
		goto nomem;
	m->n = n;
	for (size_t i = 0; i < n; i++) {
		struct cursor *c = &m->cursors[i];
		int got;

		*c = (struct cursor){.at = runs[i].start, .end = runs[i].end, .cap = size};
		c->buffer = malloc(size);
		if (c->buffer == NULL)
			goto nomem;
		got = step(m, c, err);
		if (got < 0)
			goto fail;
		if (got > 0)
			m->heap[m->nheap++] = i;
	}
	for (size_t i = m->nheap / 2; i-- > 0;)
		sift_down(m, i);
	return m;
nomem:
	error_nomem(err);
fail:
	merge_free(m);
	return NULL;
}

int
merge_next(struct merge *m, struct sorted *row, struct error *err)
{
	if (m->started && m->nheap > 0) {
		int got = step(m, &m->cursors[m->heap[0]], err);

		if (got < 0)
			return -1;
		if (got == 0)
			m->heap[0] = m->heap[--m->nheap];
		if (m->nheap > 0)
			sift_down(m, 0);
	}
	m->started = true;
	if (m->nheap == 0)
		return 0;
	*row = m->cursors[m->heap[0]].row;
	return 1;
}

void
merge_free(struct merge *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->cursors[i].buffer);
	free(m->cursors);
	free(m->heap);
	free(m);
}

int
merge_runs(int from, const struct sort_run *runs, size_t n, size_t memory, int to,
	uint64_t *end, struct error *err)
{
	struct run_writer w = {.fd = -1};
	struct merge *m = merge_open(from, runs, n, memory, err);
	struct sorted row;
	int got = -1;

	if (m == NULL || run_writer_open(&w, to, *end, err) < 0)
		goto out;
	while ((got = merge_next(m, &row, err)) > 0) {
		/* the row's bytes begin with its head */
		if (run_writer_put(&w, row.key - SORT_ROW_HEAD,
			    SORT_ROW_HEAD + row.key_len + row.row_len, err) < 0) {
			got = -1;
			break;
		}
	}
	if (got == 0)
		got = run_writer_close(&w, end, err);
out:
	run_writer_release(&w);
	merge_free(m);
	return got;
}
