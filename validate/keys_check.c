/*
 * keys_check.c - see keys_check.h
 *
 * Budgets are of keys, as --max-rejects is: each record is judged by itself.
 *
 * Each rule and key has a set of its own.  A whole number is looked for as
 * such, which is cheaper than its text; the two never meet in one key, unless
 * they are different values.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "schema/table_schema.h"
#include "shard/shard_reader.h"
#include "stats.h"
#include "validate/keys_check.h"
#include "validate/keyset.h"
#include "validate/report.h"
#include "validate/tolerance.h"

enum { RULE, KEY, FILE_NAME, ROW, VALUE, COLUMNS };

static const char *const names[COLUMNS] = {"rule", "key", "file", "row", "value"};

struct key_values {
	char *rule;
	char *key;
	struct keyset *seen;
	uint64_t records;
};

struct check {
	const struct run_options *o;
	struct table_schema *schema; /* NULL: none was given */
	struct tolerances *tolerances;
	struct shard_reader *reader;
	struct rejects *rejects;
	size_t columns[COLUMNS]; /* where they are in the record */
	struct key_values *keys;
	size_t nkeys;
	char **files; /* names of the validated files, by place.file */
	size_t nfiles, cap_files;
	struct stats stats;
	struct progress progress;
};

static int
find_columns(struct check *c, struct error *err)
{
	const struct csv_record *header = shard_reader_header(c->reader);

	for (size_t i = 0; i < COLUMNS; i++) {
		int at = csv_record_find(header, names[i], strlen(names[i]));

		if (at < 0)
			return error_set(err, ERROR_USAGE,
				"%s: it has no column '%s': it is not a file that --keys-out "
				"wrote",
				c->o->nfiles == 0 ? "standard input" : c->o->files[0],
				names[i]);
		c->columns[i] = (size_t)at;
	}
	return 0;
}

static int
open_all(struct check *c, struct error *err)
{
	if (c->o->schema != NULL) {
		c->schema = table_schema_read(c->o->schema, err);
		if (c->schema == NULL)
			return -1;
		c->tolerances = tolerances_read(c->schema, err);
		if (c->tolerances == NULL)
			return -1;
	}
	c->reader = shard_reader_open(c->o->files, c->o->nfiles, err);
	if (c->reader == NULL || find_columns(c, err) < 0)
		return -1;
	c->rejects = rejects_open(c->o->rejects, "validate", shard_reader_header(c->reader),
		&c->o->max_rejects, c->o->tell, c->o->arg, err);
	return c->rejects == NULL ? -1 : 0;
}

static bool
is_text(const struct csv_field *f, const char *text)
{
	return strlen(text) == f->len && memcmp(text, f->ptr, f->len) == 0;
}

/* The set of the record's rule and key, made when it is new. */
static struct key_values *
key_of(struct check *c, const struct csv_field *rule, const struct csv_field *key,
	struct error *err)
{
	struct key_values *bigger, *k;

	for (size_t i = 0; i < c->nkeys; i++) {
		if (is_text(key, c->keys[i].key) && is_text(rule, c->keys[i].rule))
			return &c->keys[i];
	}
	bigger = realloc(c->keys, (c->nkeys + 1) * sizeof *bigger);
	if (bigger == NULL) {
		error_nomem(err);
		return NULL;
	}
	c->keys = bigger;
	k = &c->keys[c->nkeys++];
	*k = (struct key_values){strndup(rule->ptr, rule->len), strndup(key->ptr, key->len),
		keyset_new(KEYSET_UNIQUE, err), 0};
	if (k->rule == NULL || k->key == NULL) {
		error_nomem(err);
		return NULL;
	}
	return k->seen == NULL ? NULL : k;
}

/* The number of a file's name; files come one after the other, so the last is looked at first. */
static int
file_of(struct check *c, const struct csv_field *name, uint32_t *file, struct error *err)
{
	for (size_t i = c->nfiles; i-- > 0;) {
		if (is_text(name, c->files[i])) {
			*file = (uint32_t)i;
			return 0;
		}
	}
	if (c->nfiles == c->cap_files) {
		size_t cap = c->cap_files * 2 + 8;
		char **bigger = realloc(c->files, cap * sizeof *bigger);

		if (bigger == NULL)
			return error_nomem(err);
		c->files = bigger;
		c->cap_files = cap;
	}
	c->files[c->nfiles] = strndup(name->ptr, name->len);
	if (c->files[c->nfiles] == NULL)
		return error_nomem(err);
	*file = (uint32_t)c->nfiles++;
	return 0;
}

/* Whether the text is how a 64-bit number is written, and no other text is that number. */
static bool
whole_number(const struct csv_field *f, int64_t *number)
{
	bool negative = f->len > 0 && *f->ptr == '-';
	size_t digits = f->len - negative;
	uint64_t n = 0;

	if (digits == 0 || digits > 18 || (f->ptr[negative] == '0' && f->len > 1))
		return false;
	for (size_t i = negative; i < f->len; i++) {
		if (f->ptr[i] < '0' || f->ptr[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(f->ptr[i] - '0');
	}
	*number = negative ? -(int64_t)n : (int64_t)n;
	return true;
}

static bool
excuse(struct check *c, const struct key_values *k, const char *code)
{
	const struct rule rule = {.code = code, .name = k->rule, .column = k->key};

	return c->tolerances != NULL && tolerances_excuse_rule(c->tolerances, &rule);
}

static int
refuse(struct check *c, const struct csv_record *record, const struct key_values *k,
	const struct place *first, struct error *err)
{
	const struct csv_field *value = &record->fields[c->columns[VALUE]];
	const struct csv_field *file = &record->fields[c->columns[FILE_NAME]];
	const struct csv_field *row = &record->fields[c->columns[ROW]];
	const char *code = strcmp(k->rule, "primaryKey") == 0 ? "primary-key" : "unique-error";
	char message[1024], shown[4 * REPORT_VALUE_CHARACTERS + 16];
	const struct reject reject = {
		.record = record,
		.file = shard_reader_file(c->reader),
		.column = k->key,
		.code = code,
		.message = message,
		.excused = excuse(c, k, code),
	};

	snprintf(message, sizeof message,
		"%s in row %.*s of %.*s is the same as in row %" PRIu64 " of %s",
		value->len > 2 && memcmp(value->ptr, "\\x", 2) == 0
			? "the value"
			: report_value(value->ptr, value->len, shown, sizeof shown),
		(int)row->len, row->ptr, (int)file->len, file->ptr, first->row,
		c->files[first->file]);
	c->stats.rejected++;
	return rejects_add(c->rejects, &reject, err);
}

/* A record that --keys-out did not write. */
static int
broken(const struct check *c, const struct csv_record *record, struct error *err)
{
	return error_set(err, ERROR_RUNTIME,
		"%s:%" PRIu64 ": this is not a record of a file that --keys-out wrote",
		shard_reader_file(c->reader), record->line);
}

static int
check_record(struct check *c, const struct csv_record *record, struct error *err)
{
	const struct csv_field *value = &record->fields[c->columns[VALUE]];
	struct place place = {0, 0}, first;
	struct key_values *k;
	int64_t row, number;
	int found;

	if (record->defect != CSV_SOUND ||
		!whole_number(&record->fields[c->columns[ROW]], &row) || row < 1)
		return broken(c, record, err);
	for (size_t i = 0; i < COLUMNS; i++) {
		if (record->fields[c->columns[i]].null)
			return broken(c, record, err);
	}
	place.row = (uint64_t)row;
	k = key_of(c, &record->fields[c->columns[RULE]], &record->fields[c->columns[KEY]], err);
	if (k == NULL ||
		file_of(c, &record->fields[c->columns[FILE_NAME]], &place.file, err) < 0)
		return -1;
	k->records++;
	found = whole_number(value, &number)
			? keyset_find_integer(k->seen, number, &first, err)
			: keyset_find(k->seen, value->ptr, value->len, &first, err);
	if (found < 0)
		return -1;
	if (found == 0)
		return keyset_add(k->seen, &place, err);
	return refuse(c, record, k, &first, err);
}

static int
check_records(struct check *c, struct error *err)
{
	const struct csv_record *record;
	int got;

	while ((got = shard_reader_next(c->reader, &record, err)) > 0) {
		c->stats.rows_in++;
		if (check_record(c, record, err) < 0)
			return -1;
		progress_update(&c->progress, c->stats.rows_in, shard_reader_bytes(c->reader),
			shard_reader_position(c->reader), shard_reader_size(c->reader));
	}
	if (got == 0 && c->o->nfiles == 0 && c->o->end_mark && !shard_reader_whole(c->reader))
		return error_set(err, ERROR_RUNTIME,
			"standard input ended without an end mark: its writer may have died");
	return got;
}

/* A row has one record of a key at most: there are as many rows as the most of one key. */
static uint64_t
count_rows(const struct check *c)
{
	uint64_t most = 0;

	for (size_t i = 0; i < c->nkeys; i++)
		most = c->keys[i].records > most ? c->keys[i].records : most;
	return most;
}

static int
finish(struct check *c, struct error *err)
{
	struct rejects *rejects = c->rejects;
	struct error stats = ERROR_INIT;
	int rc;

	c->rejects = NULL;
	if (c->tolerances != NULL)
		rejects_charge(rejects, tolerances_excess(c->tolerances, count_rows(c)));
	rc = rejects_finish(rejects, c->stats.rows_in, err);
	c->stats.bytes_in = shard_reader_bytes(c->reader);
	if ((rc == 0 || err->kind == ERROR_BUDGET) && c->o->stats != NULL &&
		stats_write(&c->stats, "validate", c->o->stats, NULL, &stats) < 0) {
		*err = stats;
		return -1;
	}
	return rc;
}

static void
close_all(struct check *c)
{
	rejects_close(c->rejects);
	tolerances_free(c->tolerances);
	table_schema_free(c->schema);
	shard_reader_close(c->reader);
	for (size_t i = 0; i < c->nkeys; i++) {
		free(c->keys[i].rule);
		free(c->keys[i].key);
		keyset_free(c->keys[i].seen);
	}
	free(c->keys);
	for (size_t i = 0; i < c->nfiles; i++)
		free(c->files[i]);
	free(c->files);
}

int
keys_check(const struct run_options *o, struct error *err)
{
	struct check c = {.o = o};
	int rc;

	stats_start(&c.stats);
	rc = open_all(&c, err);
	if (rc == 0) {
		progress_start(&c.progress, "validate", o->progress);
		rc = check_records(&c, err);
		progress_end(&c.progress);
	}
	if (rc == 0)
		rc = finish(&c, err);
	close_all(&c);
	return rc;
}
