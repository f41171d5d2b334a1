/*
 * profile_table.c - one pass over one table (see profile_parts.h)
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "validate/profile_batch.h"
#include "validate/profile_parts.h"
#include "validate/profile_sort.h"

/* A task is some columns, and one more is what is told of rows. */
enum { COLUMN_TASKS = 64 };

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

static void
take_key(struct table *t, const struct csv_field *key, struct mark *at)
{
	if (!t->key_numeric)
		return;
	if (!profile_key(key, &at->key)) {
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

/* The hash of a value of the row, which for NULL is 0; of an empty text it is another. */
static uint64_t
cell_hash(const struct batch *b, size_t row, size_t column)
{
	const struct batch_cell *cell = batch_column(b, column) + row;

	return cell->len == BATCH_NULL ? 0 : column_hash(b->text + cell->at, cell->len);
}

static bool
has_nulls(const struct table *t, size_t column)
{
	return (t->sample_nulls >> column & 1) != 0;
}

/* A pair is a value of its own: two hashes with hashes of their own. */
static int
keep_pair(struct column_pair *p, uint64_t a, uint64_t b, uint64_t row, struct error *err)
{
	const uint64_t both[2] = {a, b};
	const struct ident_value v = {
		.text = (const char *)both,
		.len = sizeof both,
		.hash = XXH3_64bits_withSeed(both, sizeof both, 1),
		.folded = XXH3_64bits(both, sizeof both),
		.row = row,
		.count = 1,
	};

	return ident_list_add(p->idents, &v, err);
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

	*p = (struct column_pair){.a = a, .b = b, .idents = ident_list_new(t->store, err)};
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
 * Pairs are looked for only where no column alone is unique in the sample: with
 * one that is, every pair with it would be.
 */
static int
choose_pairs(struct table *t, struct error *err)
{
	size_t width = sampled_columns(t);

	for (size_t i = 0; i < width; i++) {
		int unique = has_nulls(t, i) ? 0 : is_unique_in_sample(t, i, i);

		if (unique != 0)
			return unique < 0 ? error_nomem(err) : 0;
	}
	for (size_t a = 0; a < width; a++) {
		for (size_t b = a + 1; b < width && t->npairs < PROFILE_PAIRS; b++) {
			int unique;

			if (has_nulls(t, a) || has_nulls(t, b))
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
add_to_sample(struct table *t, const struct batch *b, size_t r, struct error *err)
{
	size_t width = sampled_columns(t);
	uint64_t *row = t->sample + t->nsample * width;

	for (size_t i = 0; i < width; i++) {
		row[i] = cell_hash(b, r, i);
		if (batch_column(b, i)[r].len == BATCH_NULL)
			t->sample_nulls |= (uint32_t)1 << i;
	}
	if (++t->nsample < PROFILE_SAMPLE)
		return 0;
	return choose_pairs(t, err);
}

static int
finish_pairs(struct table *t, struct error *err)
{
	if (t->nsample < PROFILE_SAMPLE && choose_pairs(t, err) < 0)
		return -1;
	for (size_t i = 0; i < t->npairs; i++) {
		if (ident_list_repeats(t->pairs[i].idents, &t->pairs[i].repeats, err) < 0)
			return -1;
	}
	return 0;
}

/* What is told of rows, not of columns. */
static int
add_rows(struct table *t, const struct batch *b, struct error *err)
{
	size_t r = 0;

	for (; r < b->n && t->nsample < PROFILE_SAMPLE; r++) {
		if (add_to_sample(t, b, r, err) < 0)
			return -1;
	}
	for (; r < b->n; r++) {
		for (size_t i = 0; i < t->npairs; i++) {
			struct column_pair *p = &t->pairs[i];

			if (keep_pair(p, cell_hash(b, r, p->a), cell_hash(b, r, p->b),
				    b->marks[r].row, err) < 0)
				return -1;
		}
	}
	return b->last ? finish_pairs(t, err) : 0;
}

static size_t
columns_at_once(const struct table *t)
{
	return (t->ncolumns + COLUMN_TASKS - 1) / COLUMN_TASKS;
}

static int
do_task(void *arg, const struct batch *b, size_t task, struct error *err)
{
	struct table *t = arg;
	size_t first = task * columns_at_once(t), behind = first + columns_at_once(t);

	if (first >= t->ncolumns)
		return add_rows(t, b, err);
	for (size_t i = first; i < behind && i < t->ncolumns; i++) {
		if (column_add(&t->columns[i], b, i, err) < 0 ||
			(b->last && column_finish(&t->columns[i], err) < 0))
			return -1;
	}
	return 0;
}

/* A row for the columns; rows come in the order in which eras are looked for. */
static int
take_row(struct table *t, struct batches *batches, const struct csv_record *record,
	struct mark *at, struct error *err)
{
	if (t->key >= 0)
		take_key(t, &record->fields[t->key], at);
	return batches_add(batches, record, at, err);
}

/* Each row of the files to the columns, or, where there is one, to the sorter. */
static int
read_files(struct table *t, struct batches *batches, struct profile_sort *sort,
	const struct table_reading *how, struct error *err)
{
	const struct csv_record *record;
	struct mark at = {0, 0};
	int got;

	while ((got = shard_reader_next(t->reader, &record, err)) > 0) {
		at = (struct mark){at.row + 1, 0};
		if (record->defect != CSV_SOUND) {
			t->defects[record->defect]++;
		} else {
			int rc = sort == NULL
					 ? take_row(t, batches, record, &at, err)
					 : profile_sort_add(sort, record, (size_t)t->key, err);

			if (rc < 0)
				return -1;
			t->rows++;
		}
		how->tick(how->arg, t);
	}
	return got;
}

static int
read_sorted(
	struct table *t, struct batches *batches, struct profile_sort *sort, struct error *err)
{
	struct csv_record record;
	struct mark at = {0, 0};
	int got = profile_sort_finish(sort, err);

	while (got == 0 && (got = profile_sort_next(sort, &record, err)) > 0) {
		at = (struct mark){at.row + 1, 0};
		got = take_row(t, batches, &record, &at, err);
	}
	return got;
}

static int
read_rows(struct table *t, const struct table_reading *how, struct error *err)
{
	size_t ntasks = (t->ncolumns - 1) / columns_at_once(t) + 2;
	struct batches *batches = batches_new(t->ncolumns, ntasks, 0, do_task, t, err);
	struct profile_sort *sort = NULL;
	int rc = batches == NULL ? -1 : 0;

	if (rc == 0 && t->sorted_first) {
		sort = profile_sort_new(t->ncolumns, how->sort, err);
		rc = sort == NULL ? -1 : 0;
	}
	if (rc == 0)
		rc = read_files(t, batches, sort, how, err);
	if (rc == 0 && sort != NULL)
		rc = read_sorted(t, batches, sort, err);
	if (rc == 0)
		rc = batches_finish(batches, err);
	profile_sort_free(sort);
	batches_free(batches);
	return rc;
}

int
table_read(struct table *t, const struct profile_input *input, struct ident_store *store,
	const struct table_reading *how, struct error *err)
{
	memset(t, 0, sizeof *t);
	t->input = input;
	t->store = store;
	t->reader =
		shard_reader_open((const char *const *)input->files.paths, input->files.n, err);
	if (t->reader == NULL || make_columns(t, store, how->several, err) < 0 ||
		find_key(t, err) < 0)
		return -1;
	t->sorted_first = how->sort > 0 && t->key >= 0;
	if (read_rows(t, how, err) < 0)
		return -1;
	t->bytes = shard_reader_bytes(t->reader);
	free(t->sample);
	t->sample = NULL;
	return 0;
}

void
table_shrink(struct table *t)
{
	shard_reader_close(t->reader);
	t->reader = NULL;
	for (size_t i = 0; i < t->ncolumns; i++)
		column_shrink(&t->columns[i]);
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
