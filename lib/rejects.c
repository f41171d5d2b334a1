/*
 * rejects.c - see rejects.h
 *
 * A run that names a file leaves one, also when nothing was rejected: the
 * header alone says that all was well.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv/csv_writer.h"
#include "rejects.h"
#include "shard/shard_writer.h"

struct rejects {
	struct shard_writer *out; /* NULL: only counted */
	char *stage;
	struct budget budget;
	uint64_t count;
	uint64_t excused; /* of them */
	void (*report)(void *arg, const char *message);
	void *arg;
};

int
budget_parse(struct budget *b, const char *text, struct error *err)
{
	size_t digits = strspn(text, "0123456789");
	char *end;

	memset(b, 0, sizeof *b);
	errno = 0;
	if (digits > 0 && text[digits] == '\0') {
		b->rows = strtoull(text, &end, 10);
		if (errno == 0)
			return 0;
	} else if (digits > 0) {
		/* strtod takes more than we do, so the characters are looked at first */
		size_t len = strspn(text, "0123456789.");

		b->percent = true;
		b->share = strtod(text, &end);
		if (errno == 0 && end == text + len && strcmp(end, "%") == 0 && b->share <= 100)
			return 0;
	}
	return error_set(err, ERROR_USAGE,
		"'%s' is neither a number of rows nor a share such as 0.1%%", text);
}

static int
write_header(struct rejects *r, const struct csv_record *header, struct error *err)
{
	size_t n = header->nfields + CSV_REJECT_COLUMNS;
	const char **names = calloc(n, sizeof *names);
	int status;

	if (names == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < header->nfields; i++)
		names[i] = header->fields[i].ptr;
	for (size_t i = 0; i < CSV_REJECT_COLUMNS; i++)
		names[header->nfields + i] = csv_reject_columns[i];
	status = shard_writer_header(r->out, names, n, err);
	free(names);
	return status;
}

struct rejects *
rejects_open(const char *path, const char *stage, const struct csv_record *header,
	const struct budget *budget, void (*report)(void *arg, const char *message), void *arg,
	struct error *err)
{
	struct rejects *r = calloc(1, sizeof *r);

	if (r == NULL) {
		error_nomem(err);
		return NULL;
	}
	r->budget = *budget;
	r->report = report;
	r->arg = arg;
	r->stage = strdup(stage);
	if (r->stage == NULL) {
		error_nomem(err);
		goto fail;
	}
	if (path != NULL) {
		r->out = shard_writer_open(path, false, err);
		if (r->out == NULL || write_header(r, header, err) < 0)
			goto fail;
	}
	return r;
fail:
	shard_writer_discard(r->out);
	free(r->stage);
	free(r);
	return NULL;
}

static int
write_row(struct rejects *r, const struct reject *reject, struct error *err)
{
	struct csv_writer *csv = shard_writer_csv(r->out);
	struct error ignored; /* the stream keeps it, csv_writer_end tells */
	char number[24];
	int n = snprintf(number, sizeof number, "%" PRIu64, reject->record->row);

	stream_out_write(csv->out, reject->record->raw, reject->record->raw_len, &ignored);
	csv->column = 1;
	csv_writer_field(csv, r->stage, strlen(r->stage));
	csv_writer_field(csv, number, (size_t)n);
	if (reject->column != NULL)
		csv_writer_field(csv, reject->column, strlen(reject->column));
	else
		csv_writer_null(csv);
	csv_writer_field(csv, reject->code, strlen(reject->code));
	csv_writer_field(csv, reject->message, strlen(reject->message));
	return csv_writer_end(csv, err);
}

static void
tell(const struct rejects *r, const struct reject *reject)
{
	char text[ERROR_TEXT_MAX];
	int n;

	n = snprintf(text, sizeof text, "%s:%" PRIu64 ": ", reject->file, reject->record->line);
	if (n > 0 && (size_t)n < sizeof text && reject->column != NULL)
		n += snprintf(
			text + n, sizeof text - (size_t)n, "column '%s': ", reject->column);
	if (n > 0 && (size_t)n < sizeof text)
		snprintf(text + n, sizeof text - (size_t)n, "%s: %s", reject->code,
			reject->message);
	r->report(r->arg, text);
}

int
rejects_add(struct rejects *r, const struct reject *reject, struct error *err)
{
	r->count++;
	r->excused += reject->excused;
	if (r->out != NULL && write_row(r, reject, err) < 0)
		return -1;
	if (r->report != NULL)
		tell(r, reject);
	if (!r->budget.percent && !reject->excused && r->count - r->excused > r->budget.rows)
		return error_set(err, ERROR_BUDGET,
			"%s:%" PRIu64 ": %" PRIu64
			" row%s rejected, --max-rejects allows %" PRIu64,
			reject->file, reject->record->line, r->count - r->excused,
			r->count - r->excused == 1 ? "" : "s", r->budget.rows);
	return 0;
}

void
rejects_charge(struct rejects *r, uint64_t n)
{
	r->excused -= n;
}

uint64_t
rejects_count(const struct rejects *r)
{
	return r->count;
}

static void
release(struct rejects *r)
{
	free(r->stage);
	free(r);
}

int
rejects_checkpoint(struct rejects *r, struct error *err)
{
	return r->out != NULL ? shard_writer_checkpoint(r->out, err) : 0;
}

void
rejects_discard(struct rejects *r)
{
	if (r == NULL)
		return;
	shard_writer_discard(r->out);
	release(r);
}

int
rejects_finish(struct rejects *r, uint64_t rows_in, struct error *err)
{
	uint64_t counted = r->count - r->excused;
	int status = 0;

	if (r->budget.percent && (double)counted * 100 > r->budget.share * (double)rows_in)
		status = error_set(err, ERROR_BUDGET,
			"%" PRIu64 " of %" PRIu64 " rows rejected, --max-rejects allows %g%%",
			counted, rows_in, r->budget.share);
	if (!r->budget.percent && counted > r->budget.rows)
		status = error_set(err, ERROR_BUDGET,
			"%" PRIu64 " of %" PRIu64
			" rows rejected, --max-rejects allows %" PRIu64,
			counted, rows_in, r->budget.rows);
	if (r->out != NULL && shard_writer_finish(r->out, false, NULL, err) < 0)
		status = -1;
	release(r);
	return status;
}

void
rejects_close(struct rejects *r)
{
	struct error ignored;

	if (r == NULL)
		return;
	if (r->out != NULL)
		shard_writer_finish(r->out, false, NULL, &ignored);
	release(r);
}
