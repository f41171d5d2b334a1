/*
 * report.c - see report.h
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv/stream.h"
#include "utf8.h"
#include "validate/report.h"
#include "validate/tolerance.h"

struct example {
	char *file;
	char *value; /* NULL is NULL */
	uint64_t row;
};

struct count {
	uint64_t rows;
	struct example examples[REPORT_EXAMPLES];
};

struct report {
	const struct rule *rules;
	size_t n;
	struct count *counts;
};

struct report *
report_new(const struct rule *rules, size_t n, struct error *err)
{
	struct report *r = calloc(1, sizeof *r);

	if (r != NULL)
		r->counts = calloc(n, sizeof *r->counts);
	if (r == NULL || r->counts == NULL) {
		error_nomem(err);
		free(r);
		return NULL;
	}
	r->rules = rules;
	r->n = n;
	return r;
}

/* Bytes of the first characters, as many as are shown. */
static size_t
shown(const char *value, size_t len)
{
	size_t at = 0, characters = 0;

	while (at < len && characters < REPORT_VALUE_CHARACTERS) {
		do
			at++;
		while (at < len && ((unsigned char)value[at] & 0xc0) == 0x80);
		characters++;
	}
	return at;
}

char *
report_value(const char *value, size_t len, char *buf, size_t size)
{
	if (value == NULL) {
		snprintf(buf, size, "NULL");
	} else {
		size_t n = shown(value, len);

		snprintf(buf, size, "\"%.*s%s\"", (int)n, value, n < len ? "…" : "");
	}
	for (char *p = buf; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	}
	return buf;
}

char *
report_copy_value(const char *value, size_t len)
{
	size_t n = shown(value, len);
	const char *more = n < len ? "…" : "";
	char *copy = malloc(n + strlen(more) + 1);

	if (copy != NULL) {
		memcpy(copy, value, n);
		memcpy(copy + n, more, strlen(more) + 1);
	}
	return copy;
}

int
report_add(struct report *r, const struct finding *f, struct error *err)
{
	struct count *c = &r->counts[f->rule];
	struct example *e;

	if (c->rows++ >= REPORT_EXAMPLES)
		return 0;
	e = &c->examples[c->rows - 1];
	e->row = f->row;
	e->file = strdup(f->file);
	if (f->value != NULL)
		e->value = report_copy_value(f->value, f->len);
	if (e->file == NULL || (f->value != NULL && e->value == NULL))
		return error_nomem(err);
	return 0;
}

static json_t *
describe_examples(const struct count *c)
{
	json_t *array = json_array();

	for (size_t i = 0; i < REPORT_EXAMPLES && i < c->rows; i++) {
		const struct example *e = &c->examples[i];

		if (json_array_append_new(
			    array, json_pack("{s:s, s:I, s:s?}", "file", e->file, "row",
					   (json_int_t)e->row, "value", e->value)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
describe_errors(const struct report *r)
{
	json_t *array = json_array();

	for (size_t i = 0; array != NULL && i < r->n; i++) {
		const struct rule *rule = &r->rules[i];
		const struct count *c = &r->counts[i];
		json_t *examples;

		if (c->rows == 0)
			continue;
		examples = describe_examples(c);
		if (examples == NULL ||
			json_array_append_new(array,
				json_pack("{s:s, s:s?, s:s, s:s?, s:I, s:o}", "code",
					rule->code, "column", rule->column, "rule", rule->name,
					"limit", rule->limit, "count", (json_int_t)c->rows,
					"examples", examples)) != 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
describe(const struct report *r, const struct report_totals *t)
{
	json_t *files = json_array(), *errors = describe_errors(r);
	json_t *tolerated =
		t->tolerances == NULL ? json_array() : tolerances_json(t->tolerances, t->rows);

	for (size_t i = 0; files != NULL && i < t->nfiles; i++) {
		if (json_array_append_new(files, json_string(t->files[i])) != 0) {
			json_decref(files);
			files = NULL;
		}
	}
	if (files == NULL || errors == NULL || tolerated == NULL) {
		json_decref(files);
		json_decref(errors);
		json_decref(tolerated);
		return NULL;
	}
	return json_pack("{s:s, s:o, s:I, s:I, s:I, s:o, s:o}", "schema", t->schema, "files",
		files, "rows", (json_int_t)t->rows, "passed",
		(json_int_t)(t->rows - t->rejected), "rejected", (json_int_t)t->rejected,
		"errors", errors, "tolerated", tolerated);
}

/* The text of a report as JSON, and its length; the caller frees it.  NULL for want of memory. */
static char *
format_json(const struct report *r, const struct report_totals *t, size_t *len)
{
	json_t *json = describe(r, t);
	char *text = json == NULL ? NULL : json_dumps(json, JSON_INDENT(2));

	json_decref(json);
	*len = text == NULL ? 0 : strlen(text);
	return text;
}

static void
print_examples(FILE *out, const struct count *c, bool files)
{
	char value[4 * REPORT_VALUE_CHARACTERS + 16];

	for (size_t i = 0; i < REPORT_EXAMPLES && i < c->rows; i++) {
		const struct example *e = &c->examples[i];

		fprintf(out, "%s%s%srow %" PRIu64, i == 0 ? "  " : ", ", files ? e->file : "",
			files ? " " : "", e->row);
		if (e->value != NULL)
			fprintf(out, " %s",
				report_value(e->value, strlen(e->value), value, sizeof value));
	}
}

/* What a rule demands, in one word: "required", "maxLength 30", "integer/default". */
static void
print_rule(char *buf, size_t size, const struct rule *rule)
{
	bool own = strcmp(rule->name, "type") != 0 && rule->ncolumns > 0;
	bool limit = rule->limit != NULL && strcmp(rule->name, "required") != 0;
	char value[4 * REPORT_VALUE_CHARACTERS + 16] = "";

	if (limit && own)
		report_value(rule->limit, strlen(rule->limit), value, sizeof value);
	else if (limit)
		snprintf(value, sizeof value, "%s", rule->limit);
	snprintf(buf, size, "%s%s%s", own ? rule->name : "", own && limit ? " " : "", value);
}

/* Columns are padded by characters, not by bytes. */
static void
print_padded(FILE *out, const char *text, size_t width)
{
	size_t n = utf8_length(text, strlen(text));

	fprintf(out, "%s%*s  ", text, n < width ? (int)(width - n) : 0, "");
}

static void
widen(size_t *width, const char *text)
{
	size_t n = utf8_length(text, strlen(text));

	if (n > *width)
		*width = n;
}

static void
print_errors(FILE *out, const struct report *r, const struct report_totals *t)
{
	size_t code = 4, column = 6, rule = 4;
	char text[4 * REPORT_VALUE_CHARACTERS + 64];

	for (size_t i = 0; i < r->n; i++) {
		if (r->counts[i].rows == 0)
			continue;
		print_rule(text, sizeof text, &r->rules[i]);
		widen(&code, r->rules[i].code);
		widen(&rule, text);
		if (r->rules[i].column != NULL)
			widen(&column, r->rules[i].column);
	}
	print_padded(out, "code", code);
	print_padded(out, "column", column);
	print_padded(out, "rule", rule);
	fprintf(out, "%10s %8s  first rows\n", "rows", "share");
	for (size_t i = 0; i < r->n; i++) {
		const struct rule *one = &r->rules[i];
		const struct count *c = &r->counts[i];

		if (c->rows == 0)
			continue;
		print_rule(text, sizeof text, one);
		print_padded(out, one->code, code);
		print_padded(out, one->column == NULL ? "" : one->column, column);
		print_padded(out, text, rule);
		fprintf(out, "%10" PRIu64 " %7.3f%%", c->rows,
			100.0 * (double)c->rows / (double)t->rows);
		print_examples(out, c, t->nfiles > 1);
		fputc('\n', out);
	}
}

static char *
format_text(const struct report *r, const struct report_totals *t, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (out == NULL)
		return NULL;
	fprintf(out, "%" PRIu64 " rows, %" PRIu64 " passed, %" PRIu64 " rejected by %s\n",
		t->rows, t->rows - t->rejected, t->rejected, t->schema);
	if (t->rejected > 0) {
		fputc('\n', out);
		print_errors(out, r, t);
	}
	if (t->tolerances != NULL) {
		if (t->rejected > 0 && tolerances_count(t->tolerances) > 0)
			fputc('\n', out);
		tolerances_print(t->tolerances, t->rows, out);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	(*len)--; /* the last line end is report_write's */
	return text;
}

int
report_publish(const char *path, const char *text, size_t len, struct error *err)
{
	struct stream_out *out = stream_out_open(path, NULL, err);

	if (out == NULL)
		return -1;
	if (stream_out_write(out, text, len, err) < 0 ||
		stream_out_write(out, "\n", 1, err) < 0) {
		stream_out_discard(out);
		return -1;
	}
	return stream_out_finish(out, NULL, err);
}

int
report_write(const struct report *r, const struct report_totals *totals,
	enum report_format format, const char *path, struct error *err)
{
	size_t len;
	char *text = format == REPORT_TEXT ? format_text(r, totals, &len)
					   : format_json(r, totals, &len);
	int rc;

	if (text == NULL)
		return error_nomem(err);
	rc = report_publish(path, text, len, err);
	free(text);
	return rc;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n; i++) {
		for (size_t k = 0; k < REPORT_EXAMPLES; k++) {
			free(r->counts[i].examples[k].file);
			free(r->counts[i].examples[k].value);
		}
	}
	free(r->counts);
	free(r);
}
