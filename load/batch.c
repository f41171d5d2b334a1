/*
 * batch.c - see batch.h
 */
#include <stdlib.h>
#include <string.h>

#include "load/batch.h"

static int
reserve_data(struct batch *b, size_t n, struct error *err)
{
	size_t cap = b->cap ? b->cap : (size_t)1 << 18;
	char *grown;

	if (b->cap - b->len >= n)
		return 0;
	while (cap - b->len < n)
		cap *= 2;
	grown = realloc(b->data, cap);
	if (grown == NULL)
		return error_nomem(err);
	b->data = grown;
	b->cap = cap;
	return 0;
}

static int
reserve_row(struct batch *b, struct error *err)
{
	size_t cap = b->rows_cap ? b->rows_cap * 2 : 4096;
	struct batch_row *grown;

	if (b->nrows < b->rows_cap)
		return 0;
	grown = realloc(b->rows, cap * sizeof *grown);
	if (grown == NULL)
		return error_nomem(err);
	b->rows = grown;
	b->rows_cap = cap;
	return 0;
}

int
batch_add(struct batch *b, const struct csv_record *record, struct error *err)
{
	if (reserve_data(b, record->raw_len + 1, err) < 0 || reserve_row(b, err) < 0)
		return -1;
	b->rows[b->nrows++] = (struct batch_row){
		.offset = b->len,
		.line = record->line,
		.row = record->row,
	};
	memcpy(b->data + b->len, record->raw, record->raw_len);
	b->len += record->raw_len;
	b->data[b->len++] = '\n';
	return 0;
}

bool
batch_is_full(const struct batch *b)
{
	return b->len >= BATCH_BYTES || b->nrows >= BATCH_ROWS;
}

size_t
batch_offset(const struct batch *b, size_t row)
{
	return row < b->nrows ? b->rows[row].offset : b->len;
}

struct csv_record
batch_record(const struct batch *b, size_t row)
{
	size_t offset = batch_offset(b, row);

	return (struct csv_record){
		.raw = b->data + offset,
		.raw_len = batch_offset(b, row + 1) - offset - 1,
		.line = b->rows[row].line,
		.row = b->rows[row].row,
		.defect = CSV_SOUND,
	};
}

size_t
batch_find_line(const struct batch *b, size_t from, size_t to, uint64_t line)
{
	uint64_t end = 0; /* the last line of the row looked at */

	for (size_t row = from; row < to; row++) {
		const char *p = b->data + batch_offset(b, row);
		const char *stop = b->data + batch_offset(b, row + 1);

		if (b->rows[row].gone)
			continue;
		while (p < stop && (p = memchr(p, '\n', (size_t)(stop - p))) != NULL) {
			end++;
			p++;
		}
		if (line <= end)
			return line > 0 ? row : to;
	}
	return to;
}

void
batch_clear(struct batch *b)
{
	if (b->cap > 2 * (size_t)BATCH_BYTES) {
		free(b->data);
		b->data = NULL;
		b->cap = 0;
	}
	b->len = 0;
	b->nrows = 0;
}

void
batch_release(struct batch *b)
{
	free(b->data);
	free(b->rows);
	*b = (struct batch)BATCH_INIT;
}
