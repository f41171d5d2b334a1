/*
 * run.c - see run.h
 *
 * All outputs of a row are evaluated before the first is written, so that a
 * row that fails leaves nothing behind; of a row that makes several, all of
 * them.  What a row needs in the arena is forgotten with it, also when it is
 * one of many.
 *
 * In a change stream a deletion needs only its key: outputs that fail are
 * NULL, and WHERE is not asked, since what it says now need not be what it
 * said when the row was made.  An update that WHERE does not want any more is
 * a deletion.  The position of a change that is left out may have told the
 * end of a transaction; then a record `c` tells it.
 */
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"
#include "transform/pending.h"
#include "transform/run.h"

enum outcome { ROW_FATAL = -1, ROW_DONE, ROW_REJECTED };

struct run {
	const struct run_options *options;
	struct mapping *mapping;
	struct shard_reader *reader;
	struct members *members; /* NULL: all rows are wanted */
	struct shard_writer *writer;
	struct csv_writer *csv;
	struct rejects *rejects;
	struct stats *stats;
	struct progress progress;
	struct arena arena; /* of the record */
	struct expr_error error;
	struct expr_frame frame;
	struct csv_field *texts; /* of the outputs */
	struct pending pending;
	struct pending deletion; /* of a change that is not wanted: what would undo it */
	char op;                 /* of the record, in a change stream; else 0 */
	const char *failed;      /* of a reject: the column */
};

static int
open_run(struct run *r, struct error *err)
{
	const struct run_options *o = r->options;
	const struct csv_record *header;
	const char **names = NULL;
	int rc = -1;

	r->reader = shard_reader_open(o->paths, o->npaths, err);
	if (r->reader == NULL)
		return -1;
	header = shard_reader_header(r->reader);
	if (mapping_bind(r->mapping, header, err) < 0 || mapping_load(r->mapping, err) < 0 ||
		mapping_optimize(r->mapping, err) < 0)
		return -1;
	if (o->nmembers > 0) {
		r->members = members_open(o->members, o->nmembers, header, err);
		if (r->members == NULL)
			return -1;
	}
	r->texts = calloc(r->mapping->noutputs, sizeof *r->texts);
	names = calloc(r->mapping->noutputs, sizeof *names);
	if (r->texts == NULL || names == NULL) {
		error_nomem(err);
		goto out;
	}
	for (size_t i = 0; i < r->mapping->noutputs; i++)
		names[i] = r->mapping->outputs[i].name;
	r->rejects = rejects_open(
		o->rejects, "transform", header, &o->max_rejects, o->report, o->arg, err);
	if (r->rejects == NULL)
		goto out;
	r->writer = shard_writer_open(o->output, false, err);
	if (r->writer == NULL ||
		shard_writer_header(r->writer, names, r->mapping->noutputs, err) < 0)
		goto out;
	r->csv = shard_writer_csv(r->writer);
	shard_reader_on_idle(r->reader, shard_writer_pass_on, r->writer);
	rc = 0;
out:
	free(names);
	return rc;
}

static int
reject(struct run *r, const struct csv_record *record, const char *column, struct error *err)
{
	const struct reject reject = {
		.record = record,
		.file = shard_reader_file(r->reader),
		.column = column,
		.code = r->error.sqlstate,
		.message = r->error.message,
	};

	r->stats->rejected++;
	return rejects_add(r->rejects, &reject, err);
}

static int
reject_defect(struct run *r, const struct csv_record *record, struct error *err)
{
	char message[256];
	const struct reject reject = {
		.record = record,
		.file = shard_reader_file(r->reader),
		.code = csv_defect_code(record->defect),
		.message = message,
	};

	shard_reader_defect(r->reader, record, message, sizeof message);
	r->stats->rejected++;
	return rejects_add(r->rejects, &reject, err);
}

/* One output of the present record into r->texts[i]. */
static int
evaluate(struct run *r, size_t i)
{
	struct value v;

	const struct mapping_output *o = &r->mapping->outputs[i];

	if (o->column >= 0) {
		r->texts[i] = r->frame.rows[0][o->column];
	} else {
		if (expr_eval(o->text, &r->frame, &v) < 0)
			return -1;
		r->texts[i] = (struct csv_field){v.s.ptr, v.null ? 0 : v.s.len, v.null};
	}
	return 0;
}

/* Those of a deletion.  A key that fails now was never made. */
static enum outcome
evaluate_deletion(struct run *r)
{
	const struct mapping *m = r->mapping;

	for (size_t i = 0; i < m->noutputs; i++) {
		r->failed = m->outputs[i].name;
		if (evaluate(r, i) == 0)
			continue;
		if (strcmp(r->error.sqlstate, "53200") == 0)
			return ROW_REJECTED;
		r->texts[i] = (struct csv_field){NULL, 0, true};
	}
	r->texts[m->op_output] = (struct csv_field){"d", 1, false};
	return ROW_DONE;
}

/* All outputs into r->texts, if the row is wanted. */
static enum outcome
evaluate_row(struct run *r, bool *wanted)
{
	const struct mapping *m = r->mapping;
	struct value v;

	*wanted = true;
	r->frame.row++;
	if (r->op == 'd')
		return evaluate_deletion(r);
	if (m->where != NULL) {
		r->failed = "WHERE";
		if (expr_eval(m->where, &r->frame, &v) < 0)
			return ROW_REJECTED;
		*wanted = !v.null && v.b;
	}
	for (size_t i = 0; *wanted && i < m->noutputs; i++) {
		r->failed = m->outputs[i].name;
		if (evaluate(r, i) < 0)
			return ROW_REJECTED;
	}
	return ROW_DONE;
}

/* The rows that joins from k on make of what is there. */
static enum outcome
joined_rows(struct run *r, size_t k)
{
	const struct mapping *m = r->mapping;
	struct arena_mark mark;
	enum outcome outcome = ROW_DONE;
	bool wanted;
	int got;

	if (k == m->njoins) {
		struct pending *to = &r->pending;

		outcome = evaluate_row(r, &wanted);
		if (outcome == ROW_DONE && !wanted) {
			if (r->op != 'u' || r->deletion.rows > 0)
				return ROW_DONE;
			to = &r->deletion;
			outcome = evaluate_deletion(r);
		}
		if (outcome == ROW_DONE &&
			pending_add(to, &r->frame.context, r->texts, m->noutputs) < 0)
			outcome = ROW_REJECTED;
		return outcome;
	}
	r->failed = "FROM";
	if (join_start(&m->joins[k], &r->frame) < 0)
		return ROW_REJECTED;
	mark = arena_mark(&r->arena);
	while ((got = join_next(&m->joins[k], &r->frame)) > 0) {
		outcome = joined_rows(r, k + 1);
		if (outcome != ROW_DONE)
			return outcome;
		arena_rewind(&r->arena, mark);
		r->failed = "FROM";
	}
	return got < 0 ? ROW_REJECTED : ROW_DONE;
}

static enum outcome
several_rows(struct run *r, struct error *err)
{
	struct pending *rows = &r->pending;
	enum outcome outcome;

	pending_clear(&r->pending);
	pending_clear(&r->deletion);
	outcome = joined_rows(r, 0);
	if (outcome != ROW_DONE)
		return outcome;
	if (r->mapping->changes && r->pending.rows > 1) {
		r->failed = "FROM";
		eval_fail(&r->frame.context, "P0003", "the change makes more than one row");
		return ROW_REJECTED;
	}
	if (rows->rows == 0)
		rows = &r->deletion;
	if (pending_write(rows, r->csv, r->mapping->noutputs, err) < 0)
		return ROW_FATAL;
	r->stats->rows_out += rows->rows;
	if (rows->rows == 0)
		r->stats->filtered++;
	else
		r->stats->added += rows->rows - 1;
	return ROW_DONE;
}

static enum outcome
one_row(struct run *r, struct error *err)
{
	bool wanted;
	enum outcome outcome = evaluate_row(r, &wanted);

	if (outcome == ROW_DONE && !wanted && r->op == 'u') {
		outcome = evaluate_deletion(r);
		wanted = true;
	}
	if (outcome != ROW_DONE)
		return outcome;
	if (!wanted) {
		r->stats->filtered++;
		return ROW_DONE;
	}
	r->stats->rows_out++;
	return csv_writer_record(r->csv, r->texts, err) < 0 ? ROW_FATAL : ROW_DONE;
}

/* A record that tells no more than the end of a transaction. */
static int
write_end(struct run *r, const struct csv_record *record, struct error *err)
{
	const struct mapping *m = r->mapping;

	for (size_t i = 0; i < m->noutputs; i++)
		r->texts[i] = (struct csv_field){NULL, 0, true};
	r->texts[m->op_output] = (struct csv_field){"c", 1, false};
	if (m->pos >= 0)
		r->texts[m->pos_output] = record->fields[m->pos];
	r->stats->rows_out++;
	return csv_writer_record(r->csv, r->texts, err);
}

/* Whether the record is the last that its transaction has in the stream. */
static bool
is_last(const struct mapping *m, const struct csv_record *record)
{
	const struct csv_field *pos;

	if (m->op < 0 || m->pos < 0 || record->defect != CSV_SOUND)
		return false;
	pos = &record->fields[m->pos];
	return pos->len > 0 && pos->ptr[pos->len - 1] == '$';
}

static char
op_of(const struct mapping *m, const struct csv_record *record)
{
	const struct csv_field *op = m->op < 0 ? NULL : &record->fields[m->op];

	return op != NULL && op->len == 1 ? *op->ptr : '\0';
}

static int
one_record(struct run *r, const struct csv_record *record, struct error *err)
{
	enum outcome outcome;

	r->op = op_of(r->mapping, record);
	if (r->op == 'c')
		return write_end(r, record, err);
	if (r->members != NULL && !members_want(r->members, record)) {
		r->stats->filtered++;
		return 0;
	}
	arena_reset(&r->arena);
	r->frame.rows[0] = record->fields;
	outcome = r->mapping->njoins > 0 ? several_rows(r, err) : one_row(r, err);
	if (outcome == ROW_REJECTED)
		return reject(r, record, r->failed, err);
	return outcome == ROW_FATAL ? -1 : 0;
}

static int
all_records(struct run *r, struct error *err)
{
	const struct csv_record *record;
	int got;

	while ((got = shard_reader_next(r->reader, &record, err)) > 0) {
		uint64_t written = r->csv->rows;

		r->stats->rows_in++;
		if ((record->defect != CSV_SOUND ? reject_defect(r, record, err)
						 : one_record(r, record, err)) < 0)
			return -1;
		if (r->csv->rows == written && is_last(r->mapping, record)) {
			r->stats->added++;
			if (write_end(r, record, err) < 0)
				return -1;
		}
		if (r->options->progress != NULL)
			progress_update(&r->progress, r->stats->rows_in,
				shard_reader_bytes(r->reader), shard_reader_position(r->reader),
				shard_reader_size(r->reader));
	}
	return got;
}

static bool
reads_standard_input(const struct run_options *o)
{
	for (size_t i = 0; i < o->npaths; i++) {
		if (strcmp(o->paths[i], "-") == 0)
			return true;
	}
	return o->npaths == 0;
}

/* Whether the output gets an end mark.  A pipe whose writer died looks finished. */
static int
decide_end_mark(const struct run *r, bool *end_mark, struct error *err)
{
	bool piped = reads_standard_input(r->options);

	if (r->options->end_mark && piped && !shard_reader_whole(r->reader))
		return error_set(err, ERROR_RUNTIME,
			"standard input ended without an end mark: its writer may have died");
	*end_mark = r->options->end_mark || (piped && shard_reader_marked(r->reader));
	return 0;
}

/* Rejects first: over the budget, no output may appear. */
static int
finish(struct run *r, struct error *err)
{
	struct shard_totals totals = {0};
	struct shard_writer *writer = r->writer;
	struct rejects *rejects = r->rejects;
	bool end_mark = false;

	if (decide_end_mark(r, &end_mark, err) < 0)
		return -1;
	r->rejects = NULL;
	if (rejects_finish(rejects, r->stats->rows_in, err) < 0)
		return -1;
	r->writer = NULL;
	if (shard_writer_finish(writer, end_mark, &totals, err) < 0)
		return -1;
	r->stats->bytes_out = totals.content_bytes;
	r->stats->hash = totals.xxh3;
	return 0;
}

int
run_mapping(struct mapping *m, const struct run_options *options, struct stats *stats,
	struct error *err)
{
	struct run r = {.options = options, .mapping = m, .stats = stats};
	int rc = -1;

	arena_init(&r.arena);
	r.frame.context = (struct eval_context){&r.arena, &r.error};
	if (open_run(&r, err) < 0)
		goto out;
	progress_start(&r.progress, "transform", options->progress);
	rc = all_records(&r, err);
	progress_end(&r.progress);
	if (rc == 0)
		rc = finish(&r, err);
	stats->bytes_in = shard_reader_bytes(r.reader);
out:
	rejects_close(r.rejects);
	shard_writer_discard(r.writer);
	shard_reader_close(r.reader);
	members_free(r.members);
	pending_release(&r.pending);
	pending_release(&r.deletion);
	free(r.texts);
	arena_release(&r.arena);
	return rc;
}
