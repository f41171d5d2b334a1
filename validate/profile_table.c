/*
 * profile_table.c - one pass over one table (see profile_parts.h)
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "validate/profile_batch.h"
#include "validate/profile_parts.h"

enum { ROWS_AT_ONCE = 256 };

static int
make_columns(struct table *t, struct ident_store *store, bool several, struct error *err)
{
	const struct csv_record *header = shard_reader_header(t->reader);

	t->names = calloc(header->nfields, sizeof(char *));
	t->columns = calloc(header->nfields, sizeof *t->columns);
	t->sample = malloc(sizeof *t->sample * PROFILE_SAMPLE * PROFILE_PAIR_COLUMNS);
	if (t->names == NULL || t->columns == NULL || t->sample == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < header->nfields; i++) {
		t->names[i] = strdup(header->fields[i].ptr);
		if (t->names[i] == NULL)
			return error_nomem(err);
		t->ncolumns = i + 1;
		if (column_init(&t->columns[i], t->names[i], store, several, err) < 0)
			return -1;
	}
	return 0;
}

static int
find_key(struct table *t, struct error *err)
{
	const char *key = t->input->key;

	t->key = -1;
	if (key == NULL)
		return 0;
	t->key = csv_record_find(shard_reader_header(t->reader), key, strlen(key));
	if (t->key < 0)
		return error_set(err, ERROR_USAGE, "the table '%s' has no column '%s'",
			t->input->name, key);
	t->key_sorted = true;
	t->last_key = INT64_MIN;
	t->key_numeric = true;
	return 0;
}

/* A whole number of 64 bits. */
static bool
parse_key(const struct csv_field *f, int64_t *key)
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

static void
take_key(struct table *t, const struct csv_field *key, struct mark *at)
{
	if (!t->key_numeric)
		return;
	if (!parse_key(key, &at->key)) {
		t->key_numeric = false;
		return;
	}
	if (at->key < t->last_key && t->key_sorted) {
		t->key_sorted = false;
		t->unsorted = *at;
	}
	t->last_key = at->key;
}

static size_t
sampled_columns(const struct table *t)
{
	return t->ncolumns < PROFILE_PAIR_COLUMNS ? t->ncolumns : PROFILE_PAIR_COLUMNS;
}

static bool
has_nulls(const struct column *c)
{
	return column_kind_rows(c, KIND_NULL) > 0;
}

/* The two hashes are the identity of a pair of values. */
static int
keep_pair(struct column_pair *p, uint64_t a, uint64_t b, uint64_t row, struct error *err)
{
	struct ident ident = {.row = row, .count = 1};
	uint64_t both[2] = {a, b};

	memcpy(ident.bytes, both, sizeof both);
	ident.folded = XXH3_64bits(both, sizeof both);
	return ident_list_add(p->idents, &ident, err);
}

/* Whether no two rows of the sample have the same pair; -1: no memory. */
static int
is_unique_in_sample(const struct table *t, size_t a, size_t b)
{
	enum { SLOTS = PROFILE_SAMPLE * 2 };
	size_t width = sampled_columns(t);
	uint16_t *slots = calloc(SLOTS, sizeof *slots);
	int unique = 1;

	if (slots == NULL)
		return -1;
	for (size_t r = 0; r < t->nsample && unique; r++) {
		const uint64_t *row = t->sample + r * width;
		uint64_t both[2] = {row[a], row[b]};
		size_t i = XXH3_64bits(both, sizeof both) % SLOTS;

		for (; slots[i] != 0; i = (i + 1) % SLOTS) {
			const uint64_t *other = t->sample + (slots[i] - 1u) * width;

			if (other[a] == row[a] && other[b] == row[b]) {
				unique = 0;
				break;
			}
		}
		slots[i] = (uint16_t)(r + 1);
	}
	free(slots);
	return unique;
}

static int
begin_pair(struct table *t, size_t a, size_t b, struct error *err)
{
	struct column_pair *p = &t->pairs[t->npairs];
	size_t width = sampled_columns(t);

	*p = (struct column_pair){a, b, ident_list_new(t->store, err)};
	if (p->idents == NULL)
		return -1;
	t->npairs++;
	for (size_t r = 0; r < t->nsample; r++) {
		if (keep_pair(p, t->sample[r * width + a], t->sample[r * width + b], r + 1,
			    err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Pairs are looked for only where no column alone is unique so far: with one
 * that is, every pair with it would be.
 */
static int
choose_pairs(struct table *t, struct error *err)
{
	size_t width = sampled_columns(t);

	for (size_t i = 0; i < width; i++) {
		if (!has_nulls(&t->columns[i]) && !t->columns[i].counts.repeated)
			return 0;
	}
	for (size_t a = 0; a < width; a++) {
		for (size_t b = a + 1; b < width && t->npairs < PROFILE_PAIRS; b++) {
			int unique;

			if (has_nulls(&t->columns[a]) || has_nulls(&t->columns[b]))
				continue;
			unique = is_unique_in_sample(t, a, b);
			if (unique < 0)
				return error_nomem(err);
			if (unique && begin_pair(t, a, b, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int
add_to_sample(struct table *t, const struct csv_field *fields, struct error *err)
{
	size_t width = sampled_columns(t);
	uint64_t *row = t->sample + t->nsample * width;

	for (size_t i = 0; i < width; i++)
		row[i] = fields[i].null ? 0 : column_hash(&fields[i]);
	if (++t->nsample < PROFILE_SAMPLE)
		return 0;
	return choose_pairs(t, err);
}

/* What is told of rows, not of columns. */
static int
add_row(struct table *t, const struct csv_field *fields, uint64_t row, struct error *err)
{
	if (t->nsample < PROFILE_SAMPLE)
		return add_to_sample(t, fields, err);
	for (size_t i = 0; i < t->npairs; i++) {
		struct column_pair *p = &t->pairs[i];

		if (keep_pair(p, column_hash(&fields[p->a]), column_hash(&fields[p->b]), row,
			    err) < 0)
			return -1;
	}
	return 0;
}

/*
 * Rows from .. to - 1 of a batch, column by column: what is known of a column
 * stays in the cache meanwhile, and so do the rows.
 */
static int
add_rows(struct table *t, const struct batch *b, size_t from, size_t to, struct error *err)
{
	struct mark at[ROWS_AT_ONCE];

	for (size_t r = from; r < to; r++) {
		at[r - from] = (struct mark){b->rows[r], 0};
		if (t->key >= 0)
			take_key(
				t, &b->fields[r * b->ncolumns + (size_t)t->key], &at[r - from]);
	}
	for (size_t i = 0; i < t->ncolumns; i++) {
		for (size_t r = from; r < to; r++) {
			if (column_add(&t->columns[i], &b->fields[r * b->ncolumns + i],
				    &at[r - from], err) < 0)
				return -1;
		}
	}
	for (size_t r = from; r < to; r++) {
		if (add_row(t, b->fields + r * b->ncolumns, b->rows[r], err) < 0)
			return -1;
	}
	return 0;
}

static int
add_batch(void *arg, const struct batch *b, struct error *err)
{
	for (size_t from = 0; from < b->n; from += ROWS_AT_ONCE) {
		size_t to = from + ROWS_AT_ONCE < b->n ? from + ROWS_AT_ONCE : b->n;

		if (add_rows(arg, b, from, to, err) < 0)
			return -1;
	}
	return 0;
}

static int
read_rows(struct table *t, profile_tick tick, void *arg, struct error *err)
{
	struct batches *batches = batches_new(t->ncolumns, add_batch, t, err);
	const struct csv_record *record;
	uint64_t row = 0;
	int got = -1;

	if (batches == NULL)
		return -1;
	while ((got = shard_reader_next(t->reader, &record, err)) > 0) {
		row++;
		if (record->defect != CSV_SOUND) {
			t->defects[record->defect]++;
		} else if (batches_add(batches, record, row, err) < 0) {
			got = -1;
			break;
		} else {
			t->rows++;
		}
		tick(arg, t);
	}
	if (got == 0)
		got = batches_finish(batches, err);
	batches_free(batches);
	return got;
}

int
table_read(struct table *t, const struct profile_input *input, struct ident_store *store,
	bool several, profile_tick tick, void *arg, struct error *err)
{
	memset(t, 0, sizeof *t);
	t->input = input;
	t->store = store;
	t->reader =
		shard_reader_open((const char *const *)input->files.paths, input->files.n, err);
	if (t->reader == NULL || make_columns(t, store, several, err) < 0 ||
		find_key(t, err) < 0 || read_rows(t, tick, arg, err) < 0)
		return -1;
	t->bytes = shard_reader_bytes(t->reader);
	if (t->nsample < PROFILE_SAMPLE && choose_pairs(t, err) < 0)
		return -1;
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (column_finish(&t->columns[i], err) < 0)
			return -1;
	}
	free(t->sample);
	t->sample = NULL;
	return 0;
}

void
table_release(struct table *t)
{
	shard_reader_close(t->reader);
	for (size_t i = 0; i < t->ncolumns; i++) {
		column_release(&t->columns[i]);
		free(t->names[i]);
	}
	free(t->columns);
	free(t->names);
	free(t->sample);
}
