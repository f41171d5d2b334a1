/*
 * diff_result.c - see diff_result.h
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "validate/diff_result.h"

struct change {
	char **key; /* an item is NULL for NULL, as are the two values */
	char *before;
	char *after;
};

struct column_count {
	uint64_t changed;
	struct change examples[REPORT_EXAMPLES];
};

struct diff_result {
	struct diff_names names;
	uint64_t kinds[DIFF_KINDS];
	uint64_t rows_old;
	uint64_t rows_new;
	struct column_count *columns;
};

const char *
diff_kind_name(enum diff_kind kind)
{
	static const char *const names[DIFF_KINDS] = {
		"missing", "extra", "changed", "duplicate-old", "duplicate-new"};

	return names[kind];
}

struct diff_result *
diff_result_new(const struct diff_names *names, struct error *err)
{
	struct diff_result *r = calloc(1, sizeof *r);

	if (r != NULL)
		r->columns = calloc(names->ncolumns + 1, sizeof *r->columns);
	if (r == NULL || r->columns == NULL) {
		error_nomem(err);
		free(r);
		return NULL;
	}
	r->names = *names;
	return r;
}

void
diff_result_count(struct diff_result *r, enum diff_kind kind)
{
	r->kinds[kind]++;
}

/* 0, or -1 for want of memory. */
static int
copy_field(const struct csv_field *f, char **copy)
{
	if (f->null)
		return 0;
	*copy = report_copy_value(f->ptr, f->len);
	return *copy == NULL ? -1 : 0;
}

int
diff_result_change(struct diff_result *r, size_t column, const struct csv_field *key,
	const struct csv_field *before, const struct csv_field *after, struct error *err)
{
	struct column_count *c = &r->columns[column];
	struct change *e;

	if (c->changed++ >= REPORT_EXAMPLES)
		return 0;
	e = &c->examples[c->changed - 1];
	e->key = calloc(r->names.nkey, sizeof *e->key);
	if (e->key == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < r->names.nkey; i++) {
		if (copy_field(&key[i], &e->key[i]) < 0)
			return error_nomem(err);
	}
	if (copy_field(before, &e->before) < 0 || copy_field(after, &e->after) < 0)
		return error_nomem(err);
	return 0;
}

void
diff_result_rows(struct diff_result *r, uint64_t rows_old, uint64_t rows_new)
{
	r->rows_old = rows_old;
	r->rows_new = rows_new;
}

uint64_t
diff_result_total(const struct diff_result *r, enum diff_kind kind)
{
	return r->kinds[kind];
}

uint64_t
diff_result_differences(const struct diff_result *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < DIFF_KINDS; i++)
		n += r->kinds[i];
	return n;
}

/* Rows that are in both streams and the same. */
static uint64_t
equal_rows(const struct diff_result *r)
{
	return r->rows_old - r->kinds[DIFF_MISSING] - r->kinds[DIFF_CHANGED] -
	       r->kinds[DIFF_DUPLICATE_OLD];
}

/* "3 rows missing, 1 extra, 2 changed" into buf; "" when there are none. */
static void
print_sentence(const struct diff_result *r, char *buf, size_t size)
{
	static const char *const words[DIFF_KINDS] = {
		"missing", "extra", "changed", "duplicate in the old", "duplicate in the new"};
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < DIFF_KINDS && used < size; i++) {
		if (r->kinds[i] == 0)
			continue;
		used += (size_t)snprintf(buf + used, size - used, "%s%" PRIu64 "%s %s",
			used == 0 ? "" : ", ", r->kinds[i],
			used > 0           ? ""
			: r->kinds[i] == 1 ? " row"
					   : " rows",
			words[i]);
	}
}

static void
print_example(FILE *out, const struct diff_result *r, const struct change *e)
{
	char before[4 * REPORT_VALUE_CHARACTERS + 16], after[4 * REPORT_VALUE_CHARACTERS + 16];

	for (size_t i = 0; i < r->names.nkey; i++) {
		const char *key = e->key[i];

		report_value(key, key == NULL ? 0 : strlen(key), before, sizeof before);
		fprintf(out, "%s%s=%s", i == 0 ? "  " : " ", r->names.key[i], before);
	}
	report_value(
		e->before, e->before == NULL ? 0 : strlen(e->before), before, sizeof before);
	report_value(e->after, e->after == NULL ? 0 : strlen(e->after), after, sizeof after);
	fprintf(out, ": %s -> %s\n", before, after);
}

char *
diff_result_text(const struct diff_result *r, bool examples)
{
	char sentence[256];
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return NULL;
	print_sentence(r, sentence, sizeof sentence);
	fprintf(out, "%" PRIu64 " rows in %s, %" PRIu64 " in %s: %" PRIu64 " equal%s%s\n",
		r->rows_old, r->names.old, r->rows_new, r->names.new, equal_rows(r),
		*sentence == '\0' ? "" : ", ", sentence);
	for (size_t i = 0; i < r->names.ncolumns; i++) {
		const struct column_count *c = &r->columns[i];

		if (c->changed == 0)
			continue;
		fprintf(out, "column '%s': %" PRIu64 " value%s changed\n", r->names.columns[i],
			c->changed, c->changed == 1 ? "" : "s");
		for (size_t k = 0; examples && k < REPORT_EXAMPLES && k < c->changed; k++)
			print_example(out, r, &c->examples[k]);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static json_t *
name_list(const char **names, size_t n)
{
	json_t *array = json_array();
	int bad = array == NULL;

	for (size_t i = 0; i < n; i++)
		bad |= json_array_append_new(
			array, names[i] ? json_string(names[i]) : json_null());
	if (bad == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
describe_examples(const struct diff_result *r, const struct column_count *c)
{
	json_t *array = json_array();
	int bad = array == NULL;

	for (size_t k = 0; k < REPORT_EXAMPLES && k < c->changed; k++) {
		const struct change *e = &c->examples[k];

		bad |= json_array_append_new(
			array, json_pack("{s:o, s:s?, s:s?}", "key",
				       name_list((const char **)e->key, r->names.nkey), "old",
				       e->before, "new", e->after));
	}
	if (bad == 0)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
describe_columns(const struct diff_result *r)
{
	json_t *array = json_array();
	int bad = array == NULL;

	for (size_t i = 0; i < r->names.ncolumns; i++) {
		const struct column_count *c = &r->columns[i];

		if (c->changed > 0)
			bad |= json_array_append_new(array,
				json_pack("{s:s, s:I, s:o}", "column", r->names.columns[i],
					"changed", (json_int_t)c->changed, "examples",
					describe_examples(r, c)));
	}
	if (bad == 0)
		return array;
	json_decref(array);
	return NULL;
}

/* NULL for want of memory; jansson's functions give NULL or -1 for it, and take NULL. */
static char *
format_json(const struct diff_result *r)
{
	json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:I, s:I, s:I}", "old", r->names.old, "new",
		r->names.new, "key", name_list(r->names.key, r->names.nkey), "compared",
		name_list(r->names.columns, r->names.ncolumns), "rows_old",
		(json_int_t)r->rows_old, "rows_new", (json_int_t)r->rows_new, "equal",
		(json_int_t)equal_rows(r));
	char *text = NULL;
	int bad = o == NULL;

	for (size_t i = 0; i < DIFF_KINDS; i++)
		bad |= json_object_set_new(o, diff_kind_name((enum diff_kind)i),
			json_integer((json_int_t)r->kinds[i]));
	bad |= json_object_set_new(o, "columns", describe_columns(r));
	if (bad == 0)
		text = json_dumps(o, JSON_PRESERVE_ORDER | JSON_INDENT(2));
	json_decref(o);
	return text;
}

int
diff_result_write(const struct diff_result *r, enum report_format format, const char *path,
	struct error *err)
{
	char *text = format == REPORT_TEXT ? diff_result_text(r, true) : format_json(r);
	size_t len = text == NULL ? 0 : strlen(text);
	int rc;

	if (text == NULL)
		return error_nomem(err);
	/* the last line end is report_publish's */
	rc = report_publish(path, text, len - (format == REPORT_TEXT), err);
	free(text);
	return rc;
}

void
diff_result_free(struct diff_result *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->names.ncolumns; i++) {
		for (size_t k = 0; k < REPORT_EXAMPLES; k++) {
			struct change *e = &r->columns[i].examples[k];

			for (size_t j = 0; e->key != NULL && j < r->names.nkey; j++)
				free(e->key[j]);
			free(e->key);
			free(e->before);
			free(e->after);
		}
	}
	free(r->columns);
	free(r);
}
