/*
 * profile_sort.c - see profile_sort.h
 */
#include <stdlib.h>

#include "validate/profile_sort.h"
#include "validate/row_pack.h"
#include "validate/sort.h"

/* The first byte of a key in the sorter. */
enum { FIRST_NULL, FIRST_NUMBER, FIRST_TEXT };

struct profile_sort {
	struct sorter *sorter;
	size_t ncolumns;
	struct csv_field *fields;
	struct buffer key;
	struct buffer row;
};

bool
profile_key(const struct csv_field *f, int64_t *key)
{
	const char *p = f->ptr;
	size_t n = f->len;
	bool negative = n > 0 && *p == '-';
	int64_t value = 0;

	if (f->null)
		return false;
	if (negative) {
		p++;
		n--;
	}
	if (n == 0 || n > 19)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, p[i] - '0', &value))
			return false;
	}
	*key = negative ? -value : value;
	return true;
}

struct profile_sort *
profile_sort_new(size_t ncolumns, size_t memory, struct error *err)
{
	struct profile_sort *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->ncolumns = ncolumns;
	s->fields = calloc(ncolumns, sizeof *s->fields);
	if (s->fields == NULL)
		error_nomem(err);
	else
		s->sorter = sorter_new(memory, err);
	if (s->sorter != NULL)
		return s;
	profile_sort_free(s);
	return NULL;
}

/* Bytes whose order is that of the values. */
static int
put_key(struct buffer *b, const struct csv_field *f, struct error *err)
{
	unsigned char bytes[1 + sizeof(int64_t)] = {FIRST_NULL};
	int64_t number;
	uint64_t biased;

	if (f->null)
		return buffer_put(b, bytes, 1, err);
	if (!profile_key(f, &number)) {
		bytes[0] = FIRST_TEXT;
		return buffer_put(b, bytes, 1, err) < 0 ? -1
							: buffer_put(b, f->ptr, f->len, err);
	}
	bytes[0] = FIRST_NUMBER;
	biased = (uint64_t)number ^ (uint64_t)1 << 63;
	for (size_t i = 0; i < sizeof biased; i++)
		bytes[sizeof biased - i] = (unsigned char)(biased >> 8 * i);
	return buffer_put(b, bytes, sizeof bytes, err);
}

int
profile_sort_add(
	struct profile_sort *s, const struct csv_record *record, size_t key, struct error *err)
{
	s->key.len = 0;
	s->row.len = 0;
	if (put_key(&s->key, &record->fields[key], err) < 0)
		return -1;
	for (size_t i = 0; i < s->ncolumns; i++) {
		if (row_pack(&s->row, &record->fields[i], err) < 0)
			return -1;
	}
	return sorter_add(s->sorter, s->key.data, s->key.len, s->row.data, s->row.len, err);
}

int
profile_sort_finish(struct profile_sort *s, struct error *err)
{
	return sorter_finish(s->sorter, err);
}

int
profile_sort_next(struct profile_sort *s, struct csv_record *record, struct error *err)
{
	struct sorted row;
	int got = sorter_next(s->sorter, &row, err);

	if (got <= 0)
		return got;
	row_unpack(row.row, s->fields, s->ncolumns);
	*record = (struct csv_record){
		.fields = s->fields,
		.nfields = s->ncolumns,
		.raw = (const char *)row.row,
		.raw_len = row.row_len,
		.defect = CSV_SOUND,
	};
	return 1;
}

void
profile_sort_free(struct profile_sort *s)
{
	if (s == NULL)
		return;
	sorter_free(s->sorter);
	free(s->fields);
	free(s->key.data);
	free(s->row.data);
	free(s);
}
