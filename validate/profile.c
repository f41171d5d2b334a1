/*
 * profile.c - see profile.h
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "stats.h"
#include "validate/profile_parts.h"
#include "validate/report.h"

/* Values that are kept for exact answers take this much memory, before a file is begun. */
#define IDENT_MEMORY ((size_t)20 << 20)

struct work {
	const struct profile_options *o;
	struct profile_inputs inputs;
	struct ident_store *store;
	struct table *tables;
	size_t ntables; /* begun */
	json_t *told;   /* the tables that were read */
	struct stats stats;
	struct progress progress;
	uint64_t rows_before;
};

int
profile_parse_format(enum profile_format *format, const char *text, struct error *err)
{
	static const char *const names[] = {"text", "json", "markdown"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(text, names[i]) == 0) {
			*format = (enum profile_format)i;
			return 0;
		}
	}
	return error_set(
		err, ERROR_USAGE, "--format '%s' is none of text, json and markdown", text);
}

static void
tick(void *arg, const struct table *t)
{
	struct work *w = arg;

	progress_update(&w->progress, w->rows_before + t->rows, shard_reader_bytes(t->reader),
		shard_reader_position(t->reader), shard_reader_size(t->reader));
}

static uint64_t
defects_of(const struct table *t)
{
	return t->defects[CSV_MISSING_CELL] + t->defects[CSV_EXTRA_CELL] +
	       t->defects[CSV_ENCODING_ERROR];
}

static void
warn_about(const struct work *w, const struct table *t)
{
	const char *name = t->input->name;
	char text[512];

	if (defects_of(t) > 0) {
		snprintf(text, sizeof text,
			"%s: %" PRIu64 " row%s left out: %" PRIu64
			" with too few cells, %" PRIu64 " with too many, %" PRIu64 " not UTF-8",
			name, defects_of(t), defects_of(t) == 1 ? "" : "s",
			t->defects[CSV_MISSING_CELL], t->defects[CSV_EXTRA_CELL],
			t->defects[CSV_ENCODING_ERROR]);
		w->o->warn(w->o->arg, text);
	}
	if (t->key >= 0 && t->rows > 0 && !t->key_numeric) {
		snprintf(text, sizeof text,
			"%s: the key '%s' is no whole number in every row: eras are told by "
			"row only",
			name, t->names[t->key]);
		w->o->warn(w->o->arg, text);
	} else if (t->key >= 0 && !t->key_sorted) {
		snprintf(text, sizeof text,
			"%s: not sorted by '%s' (row %" PRIu64 " has %" PRId64
			", less than the row before): eras are of the rows as they come, "
			"--sort "
			"brings them in its order",
			name, t->names[t->key], t->unsorted.row, t->unsorted.key);
		w->o->warn(w->o->arg, text);
	}
}

static json_t *
key_json(const struct table *t)
{
	const struct column *c;
	json_t *json;

	if (t->key < 0)
		return json_null();
	c = &t->columns[t->key];
	if (!t->key_numeric || t->rows == 0)
		json = json_pack("{s:s, s:b}", "column", c->name, "numeric", 0);
	else
		json = json_pack("{s:s, s:b, s:b}", "column", c->name, "numeric", 1, "sorted",
			(int)t->key_sorted);
	if (t->sorted_first)
		json_object_set_new(json, "sorted_first", json_true());
	return json;
}

static json_t *
table_json(const struct table *t, struct error *err)
{
	json_t *columns = json_array(), *files = json_array(), *keys = profile_keys(t);
	json_t *json = NULL;

	for (size_t i = 0; i < t->input->files.n; i++)
		json_array_append_new(files, json_string(t->input->files.paths[i]));
	for (size_t i = 0; i < t->ncolumns; i++) {
		json_t *column = profile_column_json(t, &t->columns[i], err);

		if (column == NULL)
			goto out;
		json_array_append_new(columns, column);
	}
	json = json_pack("{s:s, s:O, s:I, s:I, s:{s:I, s:I, s:I}, s:o, s:O, s:O}", "name",
		t->input->name, "files", files, "rows", (json_int_t)t->rows, "bytes",
		(json_int_t)t->bytes, "defects", "missing-cell",
		(json_int_t)t->defects[CSV_MISSING_CELL], "extra-cell",
		(json_int_t)t->defects[CSV_EXTRA_CELL], "encoding-error",
		(json_int_t)t->defects[CSV_ENCODING_ERROR], "key", key_json(t), "keys", keys,
		"columns", columns);
	if (json == NULL)
		error_nomem(err);
out:
	json_decref(columns);
	json_decref(files);
	json_decref(keys);
	return json;
}

/* What was read of a table, as JSON; its columns then keep no more than references need. */
static int
tell_table(struct work *w, struct table *t, struct error *err)
{
	json_t *json = table_json(t, err);

	if (json == NULL)
		return -1;
	table_shrink(t);
	return json_array_append_new(w->told, json) < 0 ? error_nomem(err) : 0;
}

static int
read_tables(struct work *w, struct error *err)
{
	const size_t memory = w->o->memory > 0 ? w->o->memory : PROFILE_SORT_MEMORY;
	const struct table_reading how = {
		.several = w->inputs.n > 1,
		.sort = w->o->sort ? memory : 0,
		.tick = tick,
		.arg = w,
	};

	w->tables = calloc(w->inputs.n, sizeof *w->tables);
	w->store = ident_store_new(IDENT_MEMORY, err);
	w->told = json_array();
	if (w->tables == NULL || w->told == NULL)
		return error_nomem(err);
	if (w->store == NULL)
		return -1;
	for (size_t i = 0; i < w->inputs.n; i++) {
		struct table *t = &w->tables[i];

		w->ntables = i + 1;
		if (table_read(t, &w->inputs.tables[i], w->store, &how, err) < 0)
			return -1;
		if (w->o->end_mark && w->o->noperands == 0 && !shard_reader_whole(t->reader))
			return error_set(err, ERROR_RUNTIME,
				"standard input ended without an end mark: its writer may have "
				"died");
		w->rows_before += t->rows;
		w->stats.rows_in += t->rows + defects_of(t);
		w->stats.rejected += defects_of(t);
		w->stats.bytes_in += t->bytes;
		warn_about(w, t);
		if (tell_table(w, t, err) < 0)
			return -1;
	}
	return 0;
}

static json_t *
profile_json(struct work *w, struct error *err)
{
	json_t *references = profile_references(w->tables, w->ntables, err), *json;

	if (references == NULL)
		return NULL;
	json = json_pack(
		"{s:i, s:O, s:o}", "profile", 1, "tables", w->told, "references", references);
	if (json == NULL)
		error_nomem(err);
	return json;
}

static int
write_profile(const struct work *w, const json_t *json, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	int rc;

	if (w->o->format == PROFILE_JSON) {
		text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(6));
		len = text == NULL ? 0 : strlen(text);
	} else {
		FILE *out = open_memstream(&text, &len);

		if (out == NULL)
			return error_nomem(err);
		rc = profile_print(out, json, w->o->format);
		if (fclose(out) != 0 || rc < 0) {
			free(text);
			return error_nomem(err);
		}
		/* the last line end is report_publish's */
		len -= len > 0;
	}
	if (text == NULL)
		return error_nomem(err);
	rc = report_publish(w->o->output, text, len, err);
	free(text);
	return rc;
}

int
profile(const struct profile_options *o, struct error *err)
{
	struct work w = {.o = o};
	json_t *json = NULL;
	int rc;

	stats_start(&w.stats);
	rc = profile_inputs_read(&w.inputs, o, err);
	if (rc == 0) {
		progress_start(&w.progress, "validate", o->progress);
		rc = read_tables(&w, err);
		progress_end(&w.progress);
	}
	if (rc == 0) {
		json = profile_json(&w, err);
		rc = json == NULL ? -1 : write_profile(&w, json, err);
	}
	if (rc == 0 && o->stats != NULL)
		rc = stats_write(&w.stats, "validate", o->stats, NULL, err);
	json_decref(json);
	json_decref(w.told);
	for (size_t i = 0; i < w.ntables; i++)
		table_release(&w.tables[i]);
	free(w.tables);
	ident_store_free(w.store);
	profile_inputs_release(&w.inputs);
	return rc;
}
