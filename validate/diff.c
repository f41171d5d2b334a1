/*
 * diff.c - see diff.h
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "shard/shard_writer.h"
#include "stats.h"
#include "validate/diff.h"
#include "validate/diff_result.h"
#include "validate/diff_side.h"
#include "validate/sort.h"

enum { OLD, NEW, SIDES };

struct diff {
	const struct diff_options *o;
	struct diff_side *sides[SIDES];
	struct column_list key[SIDES];
	struct column_list values[SIDES]; /* the same columns in the same order */
	struct key_order order;
	const char **names; /* of the key, then of the values */
	struct diff_row rows[SIDES];
	struct diff_result *result;
	struct shard_writer *writer;
	struct csv_writer *csv;
	struct stats stats;
	struct progress progress;
};

int
diff_parse_memory(const char *text, size_t *memory, struct error *err)
{
	static const char units[] = "KMG";
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	unsigned long long n;
	unsigned shift = 0;

	errno = 0;
	n = digits == 0 ? 0 : strtoull(text, NULL, 10);
	if (*unit != '\0') {
		const char *found = strchr(units, *unit);

		shift = found == NULL ? 0 : 10 * (unsigned)(found - units + 1);
	}
	if (digits == 0 || errno != 0 || (*unit != '\0' && (shift == 0 || unit[1] != '\0')))
		return error_set(err, ERROR_USAGE, "'%s' is not a size such as 64M", text);
	if (n > (SIZE_MAX >> 8) >> shift || n << shift < (size_t)SORT_MEMORY_MIN * SIDES)
		return error_set(
			err, ERROR_USAGE, "'%s' is less than 2M, or more than there is", text);
	*memory = (size_t)(n << shift);
	return 0;
}

/* Append ", 'name'" or "'name'" to a list in a message. */
static void
list_name(char *text, size_t size, const char *name)
{
	size_t used = strlen(text);

	snprintf(text + used, size - used, "%s'%s'", used == 0 ? "" : ", ", name);
}

/* The key's columns must be on both sides. */
static int
find_key(struct diff *d, struct error *err)
{
	const struct csv_record *old = diff_side_header(d->sides[OLD]);
	const struct csv_record *new = diff_side_header(d->sides[NEW]);

	if (column_list_parse(&d->key[OLD], d->o->key, "--diff", old,
		    diff_side_name(d->sides[OLD]), err) < 0)
		return -1;
	return column_list_parse(
		&d->key[NEW], d->o->key, "--diff", new, diff_side_name(d->sides[NEW]), err);
}

/* Columns to ignore; one that neither side has is a slip of the pen. */
static int
find_ignored(struct diff *d, struct column_list ignored[SIDES], struct error *err)
{
	for (const char *p = d->o->ignore; p != NULL; p = *p == ',' ? p + 1 : NULL) {
		size_t n = strcspn(p, ",");
		bool found = false;

		for (size_t i = 0; i < SIDES; i++) {
			int at = csv_record_find(diff_side_header(d->sides[i]), p, n);

			found = found || at >= 0;
			if (at >= 0 && column_list_add(&ignored[i], (size_t)at, err) < 0)
				return -1;
		}
		if (!found)
			return error_set(err, ERROR_USAGE,
				"--ignore: neither %s nor %s has a column '%.*s'", d->o->old,
				d->o->new, (int)n, p);
		p += n;
	}
	return 0;
}

/* Columns of one side that are to be compared and that the other has not, into text. */
static void
name_alone(const struct diff *d, const struct column_list *ignored, size_t side, char *text,
	size_t size)
{
	const struct csv_record *own = diff_side_header(d->sides[side]);
	const struct csv_record *other = diff_side_header(d->sides[SIDES - 1 - side]);

	*text = '\0';
	for (size_t i = 0; i < own->nfields; i++) {
		if (!column_list_has(&ignored[side], i) && column_list_find(own, i, other) < 0)
			list_name(text, size, own->fields[i].ptr);
	}
}

static int
same_columns(const struct diff *d, const struct column_list *ignored, struct error *err)
{
	char missing[600], extra[600], text[1800];

	name_alone(d, ignored, OLD, missing, sizeof missing);
	name_alone(d, ignored, NEW, extra, sizeof extra);
	if (*missing == '\0' && *extra == '\0')
		return 0;
	snprintf(text, sizeof text, "%s%s%s%s", *missing == '\0' ? "" : "only ",
		*missing == '\0' ? "" : d->o->old, *missing == '\0' ? "" : " has ", missing);
	if (*extra != '\0')
		snprintf(text + strlen(text), sizeof text - strlen(text), "%sonly %s has %s",
			*missing == '\0' ? "" : ", ", d->o->new, extra);
	return error_set(err, ERROR_USAGE,
		"the columns differ: %s (--ignore or --compare chooses columns)", text);
}

/* All columns of both sides but the key and those to ignore. */
static int
find_all_values(struct diff *d, struct error *err)
{
	const struct csv_record *old = diff_side_header(d->sides[OLD]);
	const struct csv_record *new = diff_side_header(d->sides[NEW]);
	struct column_list ignored[SIDES] = {{NULL, 0}, {NULL, 0}};
	int rc = find_ignored(d, ignored, err);

	if (rc == 0)
		rc = same_columns(d, ignored, err);
	for (size_t i = 0; rc == 0 && i < old->nfields; i++) {
		int at = column_list_find(old, i, new);

		if (at < 0 || column_list_has(&ignored[OLD], i) ||
			column_list_has(&d->key[OLD], i))
			continue;
		rc = column_list_add(&d->values[OLD], i, err);
		if (rc == 0)
			rc = column_list_add(&d->values[NEW], (size_t)at, err);
	}
	column_list_release(&ignored[OLD]);
	column_list_release(&ignored[NEW]);
	return rc;
}

static int
find_values(struct diff *d, struct error *err)
{
	if (d->o->compare == NULL)
		return find_all_values(d, err);
	for (size_t i = 0; i < SIDES; i++) {
		if (column_list_parse(&d->values[i], d->o->compare, "--compare",
			    diff_side_header(d->sides[i]), diff_side_name(d->sides[i]),
			    err) < 0)
			return -1;
	}
	return 0;
}

/* The readers keep their headers' names NUL-terminated. */
static int
name_columns(struct diff *d, struct error *err)
{
	const struct csv_record *header = diff_side_header(d->sides[OLD]);
	size_t n = 0;

	d->names = calloc(d->key[OLD].n + d->values[OLD].n, sizeof *d->names);
	if (d->names == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < d->key[OLD].n; i++)
		d->names[n++] = header->fields[d->key[OLD].at[i]].ptr;
	for (size_t i = 0; i < d->values[OLD].n; i++)
		d->names[n++] = header->fields[d->values[OLD].at[i]].ptr;
	return 0;
}

static int
open_output(struct diff *d, struct error *err)
{
	size_t nkey = d->key[OLD].n;
	const char **names = calloc(nkey + 4, sizeof *names);
	int rc = -1;

	if (names == NULL)
		return error_nomem(err);
	names[0] = "_kind";
	memcpy(names + 1, d->names, nkey * sizeof *names);
	names[nkey + 1] = "_column";
	names[nkey + 2] = "_old";
	names[nkey + 3] = "_new";
	d->writer = shard_writer_open(d->o->output, false, err);
	if (d->writer != NULL)
		rc = shard_writer_header(d->writer, names, nkey + 4, err);
	if (rc == 0)
		d->csv = shard_writer_csv(d->writer);
	free(names);
	return rc;
}

static int
bind_sides(struct diff *d, struct error *err)
{
	const struct diff_names names = {d->o->old, d->o->new, d->names, d->key[OLD].n,
		d->names + d->key[OLD].n, d->values[OLD].n};
	size_t memory = d->o->memory > 0 ? d->o->memory : DIFF_MEMORY;
	unsigned char start =
		d->o->sort ? KEY_ORDER_BYTES : KEY_ORDER_BYTES | KEY_ORDER_NUMBERS;

	d->order.n = d->key[OLD].n;
	d->order.possible = malloc(d->order.n);
	if (d->order.possible == NULL)
		return error_nomem(err);
	memset(d->order.possible, start, d->order.n);
	d->result = diff_result_new(&names, err);
	if (d->result == NULL)
		return -1;
	for (size_t i = 0; i < SIDES; i++) {
		if (diff_side_bind(d->sides[i], &d->key[i], &d->values[i], &d->order,
			    d->o->sort ? memory / SIDES : 0, err) < 0)
			return -1;
	}
	return 0;
}

static int
open_all(struct diff *d, struct error *err)
{
	if (strcmp(d->o->old, "-") == 0 && strcmp(d->o->new, "-") == 0)
		return error_set(err, ERROR_USAGE, "only one of the two can be standard input");
	d->sides[OLD] = diff_side_open(d->o->old, err);
	if (d->sides[OLD] == NULL)
		return -1;
	d->sides[NEW] = diff_side_open(d->o->new, err);
	if (d->sides[NEW] == NULL || find_key(d, err) < 0 || find_values(d, err) < 0 ||
		name_columns(d, err) < 0 || bind_sides(d, err) < 0)
		return -1;
	return open_output(d, err);
}

static void
put_field(struct csv_writer *csv, const struct csv_field *f)
{
	if (f->null)
		csv_writer_null(csv);
	else
		csv_writer_field(csv, f->ptr, f->len);
}

static void
put_kind(struct diff *d, enum diff_kind kind, const struct csv_field *key)
{
	const char *name = diff_kind_name(kind);

	csv_writer_field(d->csv, name, strlen(name));
	for (size_t i = 0; i < d->order.n; i++)
		put_field(d->csv, &key[i]);
	d->stats.rows_out++;
}

/* A whole row differs. */
static int
tell_row(struct diff *d, enum diff_kind kind, const struct csv_field *key, struct error *err)
{
	diff_result_count(d->result, kind);
	put_kind(d, kind, key);
	for (size_t i = 0; i < 3; i++)
		csv_writer_null(d->csv);
	return csv_writer_end(d->csv, err);
}

static bool
same_value(const struct csv_field *a, const struct csv_field *b)
{
	if (a->null || b->null)
		return a->null && b->null;
	return a->len == b->len && memcmp(a->ptr, b->ptr, a->len) == 0;
}

/* Two rows of one key. */
static int
compare_rows(struct diff *d, struct error *err)
{
	const struct csv_field *old = d->rows[OLD].values, *new = d->rows[NEW].values;
	const struct csv_field *key = d->rows[OLD].key;
	bool changed = false;

	for (size_t i = 0; i < d->values[OLD].n; i++) {
		const char *name = d->names[d->order.n + i];

		if (same_value(&old[i], &new[i]))
			continue;
		changed = true;
		put_kind(d, DIFF_CHANGED, key);
		csv_writer_field(d->csv, name, strlen(name));
		put_field(d->csv, &old[i]);
		put_field(d->csv, &new[i]);
		if (csv_writer_end(d->csv, err) < 0 ||
			diff_result_change(d->result, i, key, &old[i], &new[i], err) < 0)
			return -1;
	}
	if (changed)
		diff_result_count(d->result, DIFF_CHANGED);
	return 0;
}

/* The next row of a side with a key of its own; what repeats a key is told on the way. */
static int
advance(struct diff *d, size_t side, struct error *err)
{
	for (;;) {
		bool repeated = false;
		int got = diff_side_next(d->sides[side], &d->rows[side], &repeated, err);

		if (got <= 0 || !repeated)
			return got;
		if (tell_row(d, side == OLD ? DIFF_DUPLICATE_OLD : DIFF_DUPLICATE_NEW,
			    d->rows[side].key, err) < 0)
			return -1;
	}
}

static void
show_progress(struct diff *d)
{
	const struct shard_reader *old = diff_side_reader(d->sides[OLD]);
	const struct shard_reader *new = diff_side_reader(d->sides[NEW]);
	uint64_t size = shard_reader_size(old) > 0 && shard_reader_size(new) > 0
				? shard_reader_size(old) + shard_reader_size(new)
				: 0;

	progress_update(&d->progress,
		diff_side_rows(d->sides[OLD]) + diff_side_rows(d->sides[NEW]),
		shard_reader_bytes(old) + shard_reader_bytes(new),
		shard_reader_position(old) + shard_reader_position(new), size);
}

static int
compare_sides(struct diff *d, struct error *err)
{
	int more[SIDES];

	for (size_t i = 0; i < SIDES; i++) {
		more[i] = advance(d, i, err);
		if (more[i] < 0)
			return -1;
	}
	while (more[OLD] > 0 || more[NEW] > 0) {
		int order = more[OLD] == 0   ? 1
			    : more[NEW] == 0 ? -1
					     : key_order_compare(&d->order, d->rows[OLD].key,
						       d->rows[NEW].key);
		int rc = order < 0   ? tell_row(d, DIFF_MISSING, d->rows[OLD].key, err)
			 : order > 0 ? tell_row(d, DIFF_EXTRA, d->rows[NEW].key, err)
				     : compare_rows(d, err);

		if (rc < 0)
			return -1;
		if (order <= 0 && (more[OLD] = advance(d, OLD, err)) < 0)
			return -1;
		if (order >= 0 && (more[NEW] = advance(d, NEW, err)) < 0)
			return -1;
		show_progress(d);
	}
	return 0;
}

/* A pipe whose writer died looks like a stream whose last rows are missing. */
static int
check_ends(const struct diff *d, bool *mark, struct error *err)
{
	*mark = d->o->end_mark;
	for (size_t i = 0; i < SIDES; i++) {
		const struct shard_reader *r = diff_side_reader(d->sides[i]);

		if (strcmp(diff_side_name(d->sides[i]), "-") != 0)
			continue;
		if (d->o->end_mark && !shard_reader_whole(r))
			return error_set(err, ERROR_RUNTIME,
				"standard input ended without an end mark: its writer may "
				"have died");
		*mark = *mark || shard_reader_marked(r);
	}
	return 0;
}

/* The first line of the summary is the error, where there is one; the others are of columns. */
static int
summarize(const struct diff *d, struct error *err)
{
	bool differ = diff_result_differences(d->result) > 0;
	char *text = diff_result_text(d->result, false);
	char *rest, *first, *line;

	if (text == NULL)
		return error_nomem(err);
	first = strtok_r(text, "\n", &rest);
	while (d->o->say != NULL && (line = strtok_r(NULL, "\n", &rest)) != NULL)
		d->o->say(d->o->arg, line);
	if (differ)
		error_set(err, ERROR_BUDGET, "%s", first);
	else if (d->o->say_equal && d->o->say != NULL)
		d->o->say(d->o->arg, first);
	free(text);
	return differ ? -1 : 0;
}

static int
finish(struct diff *d, struct error *err)
{
	uint64_t rows[SIDES] = {diff_side_rows(d->sides[OLD]), diff_side_rows(d->sides[NEW])};
	struct shard_writer *writer = d->writer;
	struct shard_totals totals;
	bool mark = false;

	if (check_ends(d, &mark, err) < 0)
		return -1;
	diff_result_rows(d->result, rows[OLD], rows[NEW]);
	if (d->o->report != NULL &&
		diff_result_write(d->result, d->o->report_format, d->o->report, err) < 0)
		return -1;
	d->writer = NULL;
	if (shard_writer_finish(writer, mark, &totals, err) < 0)
		return -1;
	d->stats.rows_in = rows[OLD] + rows[NEW];
	d->stats.bytes_in = shard_reader_bytes(diff_side_reader(d->sides[OLD])) +
			    shard_reader_bytes(diff_side_reader(d->sides[NEW]));
	d->stats.bytes_out = totals.content_bytes;
	d->stats.hash = totals.xxh3;
	if (d->o->stats != NULL &&
		stats_write(&d->stats, "validate", d->o->stats, NULL, err) < 0)
		return -1;
	return summarize(d, err);
}

static void
close_all(struct diff *d)
{
	shard_writer_discard(d->writer);
	diff_result_free(d->result);
	for (size_t i = 0; i < SIDES; i++) {
		diff_side_free(d->sides[i]);
		column_list_release(&d->key[i]);
		column_list_release(&d->values[i]);
	}
	free(d->order.possible);
	free(d->names);
}

int
diff(const struct diff_options *o, struct error *err)
{
	struct diff d = {.o = o};
	int rc;

	stats_start(&d.stats);
	rc = open_all(&d, err);
	if (rc == 0) {
		progress_start(&d.progress, "validate", o->progress);
		rc = compare_sides(&d, err);
		progress_end(&d.progress);
	}
	if (rc == 0)
		rc = finish(&d, err);
	close_all(&d);
	return rc;
}
