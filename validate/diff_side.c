/*
 * diff_side.c - see diff_side.h
 *
 * In a sorter a row is its key, of each column the byte 0 for NULL, or 1, the
 * value, and 0 (text has no NUL byte), which sorts as the columns do; and
 * behind it the compared values, each with its length.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shard/shard_list.h"
#include "validate/cell.h"
#include "validate/diff_side.h"
#include "validate/report.h"
#include "validate/row_pack.h"
#include "validate/sort.h"

struct diff_side {
	const char *path;
	struct shard_list files;
	struct shard_reader *reader;
	const struct column_list *key;
	const struct column_list *values;
	struct key_order *order;
	struct sorter *sorter; /* NULL: rows come in order */
	bool sorted;           /* all rows are in the sorter */
	uint64_t rows;
	uint64_t line;              /* of the present row, unless sorted */
	struct csv_field *cells;    /* of the present row: key, then values */
	struct csv_field *previous; /* the key before it, whose bytes are in kept */
	struct buffer kept;
	struct buffer scratch[2]; /* key and row for the sorter */
};

struct diff_side *
diff_side_open(const char *path, struct error *err)
{
	struct diff_side *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->path = path;
	if (shard_list_add(&s->files, path, err) < 0)
		goto fail;
	s->reader = shard_reader_open((const char *const *)s->files.paths, s->files.n, err);
	if (s->reader == NULL)
		goto fail;
	return s;
fail:
	diff_side_free(s);
	return NULL;
}

const struct csv_record *
diff_side_header(const struct diff_side *s)
{
	return shard_reader_header(s->reader);
}

const char *
diff_side_name(const struct diff_side *s)
{
	return s->path;
}

int
diff_side_bind(struct diff_side *s, const struct column_list *key,
	const struct column_list *values, struct key_order *order, size_t memory,
	struct error *err)
{
	s->key = key;
	s->values = values;
	s->order = order;
	s->cells = calloc(key->n + values->n, sizeof *s->cells);
	s->previous = calloc(key->n, sizeof *s->previous);
	if (s->cells == NULL || s->previous == NULL)
		return error_nomem(err);
	if (memory > 0) {
		s->sorter = sorter_new(memory, err);
		if (s->sorter == NULL)
			return -1;
	}
	return 0;
}

/* 1, 0 at the end, -1: the next record, which must be sound. */
static int
read_record(struct diff_side *s, const struct csv_record **record, struct error *err)
{
	char message[256];
	int got = shard_reader_next(s->reader, record, err);

	if (got <= 0)
		return got;
	s->rows++;
	s->line = (*record)->line;
	if ((*record)->defect == CSV_SOUND)
		return 1;
	shard_reader_defect(s->reader, *record, message, sizeof message);
	return error_set(err, ERROR_RUNTIME, "%s:%" PRIu64 ": %s: %s",
		shard_reader_file(s->reader), s->line, csv_defect_code((*record)->defect),
		message);
}

static int
put_key(struct buffer *b, const struct csv_field *f, struct error *err)
{
	static const char start = 1, end = 0;

	if (f->null)
		return buffer_put(b, &end, 1, err);
	if (buffer_put(b, &start, 1, err) < 0 || buffer_put(b, f->ptr, f->len, err) < 0)
		return -1;
	return buffer_put(b, &end, 1, err);
}

/* Read the whole stream into the sorter. */
static int
sort_rows(struct diff_side *s, struct error *err)
{
	struct buffer *key = &s->scratch[0], *row = &s->scratch[1];
	const struct csv_record *record;
	int got;

	while ((got = read_record(s, &record, err)) > 0) {
		key->len = row->len = 0;
		for (size_t i = 0; i < s->key->n; i++) {
			if (put_key(key, &record->fields[s->key->at[i]], err) < 0)
				return -1;
		}
		for (size_t i = 0; i < s->values->n; i++) {
			if (row_pack(row, &record->fields[s->values->at[i]], err) < 0)
				return -1;
		}
		if (sorter_add(s->sorter, key->data, key->len, row->data, row->len, err) < 0)
			return -1;
	}
	s->sorted = true;
	return got < 0 ? -1 : sorter_finish(s->sorter, err);
}

/* The cells of a row as put_key and row_pack wrote them. */
static void
unpack(struct diff_side *s, const struct sorted *row)
{
	const char *p = (const char *)row->key;
	struct csv_field *f = s->cells;

	for (size_t i = 0; i < s->key->n; i++, f++) {
		bool null = *p++ == 0;

		*f = (struct csv_field){p, null ? 0 : strlen(p), null};
		p += null ? 0 : f->len + 1;
	}
	row_unpack(row->row, f, s->values->n);
}

static int
next_cells(struct diff_side *s, struct error *err)
{
	const struct csv_record *record;
	struct sorted row;
	int got;

	if (s->sorter != NULL) {
		if (!s->sorted && sort_rows(s, err) < 0)
			return -1;
		got = sorter_next(s->sorter, &row, err);
		if (got > 0)
			unpack(s, &row);
		return got;
	}
	got = read_record(s, &record, err);
	if (got <= 0)
		return got;
	for (size_t i = 0; i < s->key->n; i++)
		s->cells[i] = record->fields[s->key->at[i]];
	for (size_t i = 0; i < s->values->n; i++)
		s->cells[s->key->n + i] = record->fields[s->values->at[i]];
	return 1;
}

/* Copy the present key, since its bytes go when the next row is read. */
static int
keep_key(struct diff_side *s, struct error *err)
{
	size_t at = 0;

	s->kept.len = 0;
	for (size_t i = 0; i < s->key->n; i++) {
		if (!s->cells[i].null &&
			buffer_put(&s->kept, s->cells[i].ptr, s->cells[i].len, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < s->key->n; i++) {
		const struct csv_field *f = &s->cells[i];

		/* an empty buffer may have no data to point to */
		s->previous[i] = (struct csv_field){
			f->len == 0 ? "" : (const char *)s->kept.data + at, f->len, f->null};
		at += f->null ? 0 : f->len;
	}
	return 0;
}

static int
out_of_order(const struct diff_side *s, struct error *err)
{
	char now[4 * REPORT_VALUE_CHARACTERS + 16], before[4 * REPORT_VALUE_CHARACTERS + 16];
	const struct csv_record *header = diff_side_header(s);
	/* the first column that differs is the one that is out of order */
	size_t i = key_order_difference(s->order, s->previous, s->cells);

	report_value(
		s->cells[i].null ? NULL : s->cells[i].ptr, s->cells[i].len, now, sizeof now);
	report_value(s->previous[i].null ? NULL : s->previous[i].ptr, s->previous[i].len,
		before, sizeof before);
	return error_set(err, ERROR_RUNTIME,
		"%s:%" PRIu64
		": column '%s': %s comes behind %s: the rows are not in the order "
		"of the key, which --sort brings them in",
		shard_reader_file(s->reader), s->line, header->fields[s->key->at[i]].ptr, now,
		before);
}

int
diff_side_next(struct diff_side *s, struct diff_row *row, bool *repeated, struct error *err)
{
	bool first = s->rows == 0;
	int got, order = -1;

	if (!first && keep_key(s, err) < 0)
		return -1;
	got = next_cells(s, err);
	if (got <= 0)
		return got;
	if (!first)
		order = key_order_follow(s->order, s->previous, s->cells);
	if (order > 0)
		return out_of_order(s, err);
	*repeated = order == 0;
	*row = (struct diff_row){s->cells, s->cells + s->key->n};
	return 1;
}

uint64_t
diff_side_rows(const struct diff_side *s)
{
	return s->rows;
}

const struct shard_reader *
diff_side_reader(const struct diff_side *s)
{
	return s->reader;
}

void
diff_side_free(struct diff_side *s)
{
	if (s == NULL)
		return;
	shard_reader_close(s->reader);
	shard_list_release(&s->files);
	sorter_free(s->sorter);
	free(s->cells);
	free(s->previous);
	free(s->kept.data);
	free(s->scratch[0].data);
	free(s->scratch[1].data);
	free(s);
}
