/*
 * checksum.c - see checksum.h
 *
 * A row's hash is XXH3 (128 bits) of its columns in the order of their names,
 * each by whether it is NULL, its length and its bytes, so that neither the
 * order of columns nor how a field is quoted counts.  The hash of a bucket is
 * the sum of its rows' hashes modulo 2^128: no order counts, and a row that is
 * there twice does not cancel itself out, as it would by exclusive or.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "progress.h"
#include "shard/shard_list.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"
#include "stats.h"
#include "validate/cell.h"
#include "validate/checksum.h"
#include "validate/column_list.h"

struct bucket {
	uint64_t rows;
	uint64_t low; /* of the sum */
	uint64_t high;
};

struct checksum {
	const struct checksum_options *o;
	struct shard_list files;
	struct shard_reader *reader;
	const struct csv_record *header;
	struct column_list key;
	struct column_list columns; /* hashed, in the order of their names */
	uint64_t names;             /* hash of those names */
	size_t nbuckets;
	struct bucket *buckets; /* NULL where rows are written */
	bool *chosen;           /* buckets whose rows are written, else NULL */
	struct buffer bytes;    /* of the present row */
	struct shard_writer *writer;
	struct stats stats;
	struct progress progress;
};

static int
parse_number(const char *text, size_t len, size_t max, size_t *number)
{
	unsigned long long n = 0;

	if (len == 0 || len > 19)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		n = n * 10 + (unsigned long long)(text[i] - '0');
	}
	*number = (size_t)n;
	return n <= max ? 0 : -1;
}

int
checksum_parse_buckets(const char *text, size_t *buckets, struct error *err)
{
	if (parse_number(text, strlen(text), CHECKSUM_BUCKETS_MAX, buckets) == 0 &&
		*buckets > 0)
		return 0;
	return error_set(err, ERROR_USAGE, "--buckets '%s' is not a number from 1 to %d", text,
		CHECKSUM_BUCKETS_MAX);
}

static int
choose_buckets(struct checksum *c, struct error *err)
{
	c->chosen = calloc(c->nbuckets, sizeof *c->chosen);
	if (c->chosen == NULL)
		return error_nomem(err);
	for (const char *p = c->o->bucket;; p++) {
		size_t n = strcspn(p, ","), at;

		if (parse_number(p, n, c->nbuckets - 1, &at) < 0)
			return error_set(err, ERROR_USAGE,
				"--bucket '%.*s' is not a number from 0 to %zu", (int)n, p,
				c->nbuckets - 1);
		c->chosen[at] = true;
		p += n;
		if (*p == '\0')
			return 0;
	}
}

static int
compare_names(const void *x, const void *y, void *arg)
{
	const struct csv_record *header = arg;
	const size_t *a = x, *b = y;

	return strcmp(header->fields[*a].ptr, header->fields[*b].ptr);
}

/* The columns that are hashed, in the order of their names. */
static int
find_columns(struct checksum *c, struct error *err)
{
	struct column_list ignored = {NULL, 0};
	const char *input = shard_reader_file(c->reader);
	int rc = 0;

	if (c->o->compare != NULL)
		rc = column_list_parse(
			&c->columns, c->o->compare, "--compare", c->header, input, err);
	else if (c->o->ignore != NULL)
		rc = column_list_parse(
			&ignored, c->o->ignore, "--ignore", c->header, input, err);
	for (size_t i = 0; rc == 0 && c->o->compare == NULL && i < c->header->nfields; i++) {
		if (!column_list_has(&ignored, i))
			rc = column_list_add(&c->columns, i, err);
	}
	column_list_release(&ignored);
	if (rc == 0 && c->columns.n == 0)
		rc = error_set(err, ERROR_USAGE, "--ignore leaves no column to hash");
	if (rc < 0)
		return -1;
	qsort_r(c->columns.at, c->columns.n, sizeof *c->columns.at, compare_names,
		(void *)(uintptr_t)c->header);
	return 0;
}

/* Tables with other columns must not have the same hashes. */
static int
hash_names(struct checksum *c, struct error *err)
{
	c->bytes.len = 0;
	for (size_t i = 0; i < c->columns.n; i++) {
		const struct csv_field *f = &c->header->fields[c->columns.at[i]];

		if (buffer_put(&c->bytes, f->ptr, f->len + 1, err) < 0)
			return -1;
	}
	c->names = XXH3_64bits(c->bytes.data, c->bytes.len);
	return 0;
}

static int
open_output(struct checksum *c, struct error *err)
{
	static const char *const names[] = {"bucket", "rows", "hash"};

	c->writer = shard_writer_open(c->o->output, false, err);
	if (c->writer == NULL)
		return -1;
	if (c->chosen != NULL)
		return shard_writer_header_record(c->writer, c->header, err);
	return shard_writer_header(c->writer, names, 3, err);
}

static int
open_all(struct checksum *c, struct error *err)
{
	const struct checksum_options *o = c->o;

	for (size_t i = 0; i < o->nfiles; i++) {
		if (shard_list_add(&c->files, o->files[i], err) < 0)
			return -1;
	}
	c->nbuckets = o->buckets > 0 ? o->buckets : CHECKSUM_BUCKETS;
	if (o->bucket != NULL && choose_buckets(c, err) < 0)
		return -1;
	c->reader = shard_reader_open((const char *const *)c->files.paths, c->files.n, err);
	if (c->reader == NULL)
		return -1;
	c->header = shard_reader_header(c->reader);
	if (find_columns(c, err) < 0 || hash_names(c, err) < 0)
		return -1;
	if (o->key != NULL && column_list_parse(&c->key, o->key, "--key", c->header,
				      shard_reader_file(c->reader), err) < 0)
		return -1;
	if (c->chosen == NULL) {
		c->buckets = calloc(c->nbuckets, sizeof *c->buckets);
		if (c->buckets == NULL)
			return error_nomem(err);
	}
	return open_output(c, err);
}

static int
collect(struct checksum *c, const struct csv_record *record, const struct column_list *list,
	struct error *err)
{
	c->bytes.len = 0;
	for (size_t i = 0; i < list->n; i++) {
		const struct csv_field *f = &record->fields[list->at[i]];
		uint64_t len = f->null ? UINT64_MAX : f->len;
		unsigned char le[8]; /* the same on all machines */

		for (size_t k = 0; k < sizeof le; k++)
			le[k] = (unsigned char)(len >> (8 * k));
		if (buffer_put(&c->bytes, le, sizeof le, err) < 0 ||
			(f->len > 0 && buffer_put(&c->bytes, f->ptr, f->len, err) < 0))
			return -1;
	}
	return 0;
}

/* The bucket of a row: the upper bits of a hash of its key, as a share of all. */
static int
find_bucket(
	struct checksum *c, const struct csv_record *record, size_t *bucket, struct error *err)
{
	uint64_t hash;

	if (collect(c, record, c->key.n > 0 ? &c->key : &c->columns, err) < 0)
		return -1;
	hash = XXH3_64bits(c->bytes.data, c->bytes.len);
	*bucket = (size_t)((hash >> 32) * c->nbuckets >> 32);
	return 0;
}

static int
add_row(struct checksum *c, struct bucket *b, const struct csv_record *record,
	struct error *err)
{
	XXH128_hash_t hash;

	if (collect(c, record, &c->columns, err) < 0)
		return -1;
	hash = XXH3_128bits_withSeed(c->bytes.data, c->bytes.len, c->names);
	b->rows++;
	b->low += hash.low64;
	b->high += hash.high64 + (b->low < hash.low64);
	return 0;
}

static int
take_row(struct checksum *c, const struct csv_record *record, struct error *err)
{
	char message[256];
	size_t bucket;

	if (record->defect != CSV_SOUND) {
		shard_reader_defect(c->reader, record, message, sizeof message);
		return error_set(err, ERROR_RUNTIME, "%s:%" PRIu64 ": %s: %s",
			shard_reader_file(c->reader), record->line,
			csv_defect_code(record->defect), message);
	}
	if (find_bucket(c, record, &bucket, err) < 0)
		return -1;
	if (c->chosen == NULL)
		return add_row(c, &c->buckets[bucket], record, err);
	if (!c->chosen[bucket]) {
		c->stats.filtered++;
		return 0;
	}
	c->stats.rows_out++;
	return csv_writer_raw(shard_writer_csv(c->writer), record->raw, record->raw_len, err);
}

static int
read_rows(struct checksum *c, struct error *err)
{
	const struct csv_record *record;
	int got;

	while ((got = shard_reader_next(c->reader, &record, err)) > 0) {
		c->stats.rows_in++;
		if (take_row(c, record, err) < 0)
			return -1;
		progress_update(&c->progress, c->stats.rows_in, shard_reader_bytes(c->reader),
			shard_reader_position(c->reader), shard_reader_size(c->reader));
	}
	return got;
}

static int
write_buckets(struct checksum *c, struct error *err)
{
	struct csv_writer *csv = shard_writer_csv(c->writer);

	for (size_t i = 0; c->buckets != NULL && i < c->nbuckets; i++) {
		const struct bucket *b = &c->buckets[i];
		char text[40];
		int n = snprintf(text, sizeof text, "%zu", i);

		csv_writer_field(csv, text, (size_t)n);
		n = snprintf(text, sizeof text, "%" PRIu64, b->rows);
		csv_writer_field(csv, text, (size_t)n);
		n = snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64, b->high, b->low);
		csv_writer_field(csv, text, (size_t)n);
		if (csv_writer_end(csv, err) < 0)
			return -1;
		c->stats.rows_out++;
	}
	return 0;
}

static int
finish(struct checksum *c, struct error *err)
{
	bool piped = c->o->nfiles == 0, mark;
	struct shard_writer *writer = c->writer;
	struct shard_totals totals;

	for (size_t i = 0; i < c->o->nfiles; i++)
		piped = piped || strcmp(c->o->files[i], "-") == 0;
	if (c->o->end_mark && piped && !shard_reader_whole(c->reader))
		return error_set(err, ERROR_RUNTIME,
			"standard input ended without an end mark: its writer may have died");
	mark = c->o->end_mark || (piped && shard_reader_marked(c->reader));
	c->writer = NULL;
	if (shard_writer_finish(writer, mark, &totals, err) < 0)
		return -1;
	c->stats.bytes_in = shard_reader_bytes(c->reader);
	c->stats.bytes_out = totals.content_bytes;
	c->stats.hash = totals.xxh3;
	if (c->o->stats == NULL)
		return 0;
	return stats_write(&c->stats, "validate", c->o->stats, NULL, err);
}

int
checksum(const struct checksum_options *o, struct error *err)
{
	struct checksum c = {.o = o};
	int rc;

	stats_start(&c.stats);
	rc = open_all(&c, err);
	if (rc == 0) {
		progress_start(&c.progress, "validate", o->progress);
		rc = read_rows(&c, err);
		progress_end(&c.progress);
	}
	if (rc == 0)
		rc = write_buckets(&c, err);
	if (rc == 0)
		rc = finish(&c, err);
	shard_writer_discard(c.writer);
	shard_reader_close(c.reader);
	shard_list_release(&c.files);
	column_list_release(&c.key);
	column_list_release(&c.columns);
	free(c.buckets);
	free(c.chosen);
	free(c.bytes.data);
	return rc;
}
