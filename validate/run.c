/*
 * run.c - see run.h
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "schema/table_schema.h"
#include "shard/shard_reader.h"
#include "shard/shard_writer.h"
#include "stats.h"
#include "validate/contract.h"
#include "validate/keys_out.h"
#include "validate/run.h"
#include "validate/tolerance.h"

enum { MESSAGE_MAX = 1024, OTHERS_NAMED = 3 };

struct run {
	const struct run_options *o;
	struct table_schema *schema;
	struct shard_reader *reader;
	struct contract *contract;
	struct report *report;
	struct tolerances *tolerances;
	struct shard_writer *writer;
	struct rejects *rejects;
	struct keys_out *keys; /* NULL: not asked for */
	const struct rule *rules;
	char **files; /* names of those that had rows, by place.file */
	size_t nfiles;
	size_t cap_files;
	struct stats stats;
	struct progress progress;
};

static int
open_all(struct run *r, struct error *err)
{
	const struct run_options *o = r->o;
	const struct resources resources = {o->resources, o->nresources, o->files, o->nfiles};
	const struct csv_record *header;
	size_t nrules;

	r->schema = table_schema_read(o->schema, err);
	if (r->schema == NULL)
		return -1;
	r->reader = shard_reader_open(o->files, o->nfiles, err);
	if (r->reader == NULL)
		return -1;
	header = shard_reader_header(r->reader);
	r->contract = contract_new(r->schema, header, &resources, err);
	if (r->contract == NULL)
		return -1;
	r->rules = contract_rules(r->contract, &nrules);
	r->report = report_new(r->rules, nrules, err);
	if (r->report == NULL)
		return -1;
	r->tolerances = tolerances_new(r->schema, r->rules, nrules, err);
	if (r->tolerances == NULL)
		return -1;
	r->rejects = rejects_open(
		o->rejects, "validate", header, &o->max_rejects, o->tell, o->arg, err);
	if (r->rejects == NULL)
		return -1;
	if (o->keys_out != NULL) {
		r->keys = keys_out_open(o->keys_out, r->contract, err);
		if (r->keys == NULL)
			return -1;
	}
	r->writer = shard_writer_open(o->output, false, err);
	if (r->writer == NULL)
		return -1;
	shard_reader_on_idle(r->reader, shard_writer_pass_on, r->writer);
	return shard_writer_header_record(r->writer, header, err);
}

/* A file's first row: its name is kept for messages about keys. */
static int
note_file(struct run *r, struct error *err)
{
	if (r->nfiles == r->cap_files) {
		size_t cap = r->cap_files * 2 + 8;
		char **bigger = realloc(r->files, cap * sizeof *bigger);

		if (bigger == NULL)
			return error_nomem(err);
		r->files = bigger;
		r->cap_files = cap;
	}
	r->files[r->nfiles] = strdup(shard_reader_file(r->reader));
	if (r->files[r->nfiles] == NULL)
		return error_nomem(err);
	r->nfiles++;
	return 0;
}

static bool
is_key(const struct rule *rule)
{
	return strcmp(rule->code, "primary-key") == 0 ||
	       strcmp(rule->code, "unique-error") == 0 ||
	       strcmp(rule->code, "foreign-key") == 0;
}

static void
describe_key(const struct run *r, const struct violation *v, char *buf, size_t size)
{
	const struct rule *rule = &r->rules[v->rule];
	char value[4 * REPORT_VALUE_CHARACTERS + 16], where[512] = "";

	if (v->part != NULL) {
		snprintf(buf, size, "'%s' is NULL", v->part);
		return;
	}
	if (v->failure != NULL) {
		snprintf(buf, size, "(%s) fails with %s", rule->column, v->failure);
		return;
	}
	if (v->first.row == 0) {
		if (rule->ncolumns > 1)
			snprintf(buf, size, "the values of (%s) are not in %s", rule->column,
				rule->limit);
		else
			snprintf(buf, size, "the value %s is not in %s",
				report_value(v->value, v->len, value, sizeof value),
				rule->limit);
		return;
	}
	if (r->nfiles > 1)
		snprintf(where, sizeof where, " of %s", r->files[v->first.file]);
	if (rule->ncolumns > 1)
		snprintf(buf, size, "the values of (%s) are the same as in row %" PRIu64 "%s",
			rule->column, v->first.row, where);
	else
		snprintf(buf, size, "the value %s is the same as in row %" PRIu64 "%s",
			report_value(v->value, v->len, value, sizeof value), v->first.row,
			where);
}

static void
describe(const struct run *r, const struct csv_record *record, const struct violation *v,
	char *buf, size_t size)
{
	const struct rule *rule = &r->rules[v->rule];
	char value[4 * REPORT_VALUE_CHARACTERS + 16], limit[4 * REPORT_VALUE_CHARACTERS + 16];

	if (is_key(rule))
		describe_key(r, v, buf, size);
	else if (record->defect != CSV_SOUND && record->raw_len > 0)
		shard_reader_defect(r->reader, record, buf, size);
	else if (strcmp(rule->code, "row-constraint") == 0)
		snprintf(buf, size, "%s %s %s%s", rule->name,
			report_value(rule->limit, strlen(rule->limit), limit, sizeof limit),
			v->failure != NULL ? "fails with " : "does not hold",
			v->failure != NULL ? v->failure : "");
	else if (rule->column == NULL)
		snprintf(buf, size, "all fields are empty");
	else if (strcmp(rule->name, "type") == 0)
		snprintf(buf, size, "type is \"%s\", the value is %s", rule->limit,
			report_value(v->value, v->len, value, sizeof value));
	else
		snprintf(buf, size, "constraint \"%s\" is %s, the value is %s%s", rule->name,
			report_value(rule->limit, strlen(rule->limit), limit, sizeof limit),
			report_value(v->value, v->len, value, sizeof value),
			v->gave_up ? ", which takes too many steps to match" : "");
}

/* Behind the first violation's message, the others by code and column. */
static void
name_others(const struct run *r, const struct violation *v, size_t n, char *buf, size_t size)
{
	for (size_t i = 1; i < n; i++) {
		const struct rule *rule = &r->rules[v[i].rule];
		size_t used = strlen(buf);

		if (i > OTHERS_NAMED) {
			snprintf(buf + used, size - used, " and %zu more", n - i);
			return;
		}
		snprintf(buf + used, size - used, "%s %s (%s)", i == 1 ? "; also" : ",",
			rule->code, rule->name);
		used = strlen(buf);
		if (rule->column != NULL)
			snprintf(buf + used, size - used, " of '%s'", rule->column);
	}
}

/* The column of a rule, or NULL where it is about several. */
static const char *
one_column(const struct rule *rule)
{
	return rule->ncolumns == 1 ? rule->column : NULL;
}

static int
refuse(struct run *r, const struct csv_record *record, const struct violation *v, size_t n,
	struct error *err)
{
	char message[MESSAGE_MAX];
	const char *file = shard_reader_file(r->reader);
	struct reject reject = {
		.record = record,
		.file = file,
		.column = one_column(&r->rules[v->rule]),
		.code = r->rules[v->rule].code,
		.message = message,
		.excused = tolerances_excuse(r->tolerances, v, n),
	};

	for (size_t i = 0; i < n; i++) {
		struct finding f = {v[i].rule, record->row, file, v[i].value, v[i].len};

		if (report_add(r->report, &f, err) < 0)
			return -1;
	}
	describe(r, record, v, message, sizeof message);
	name_others(r, v, n, message, sizeof message);
	r->stats.rejected++;
	if (rejects_add(r->rejects, &reject, err) == 0)
		return 0;
	if (err->kind != ERROR_BUDGET || r->o->report == NULL)
		return -1;
	/* go on for the report, rejects_finish tells it again */
	*err = (struct error)ERROR_INIT;
	return 0;
}

/*
 * A change that was refused may have been the last of its transaction, which its
 * position told; then a record `c` tells it.
 */
static int
write_end(struct run *r, const struct csv_record *record, struct error *err)
{
	const struct csv_record *header = shard_reader_header(r->reader);
	struct csv_writer *csv = shard_writer_csv(r->writer);
	int op = csv_record_find(header, "_op", 3), at = csv_record_find(header, "_pos", 4);
	const struct csv_field *pos;

	if (op < 0 || at < 0 || record->defect != CSV_SOUND)
		return 0;
	pos = &record->fields[at];
	if (pos->len == 0 || pos->ptr[pos->len - 1] != '$')
		return 0;
	for (int i = 0; i < (int)header->nfields; i++) {
		if (i == op)
			csv_writer_field(csv, "c", 1);
		else if (i == at)
			csv_writer_field(csv, pos->ptr, pos->len);
		else
			csv_writer_null(csv);
	}
	r->stats.added++;
	r->stats.rows_out++;
	return csv_writer_end(csv, err);
}

static int
check_rows(struct run *r, struct error *err)
{
	struct csv_writer *csv = shard_writer_csv(r->writer);
	const struct csv_record *record;
	int got;

	while ((got = shard_reader_next(r->reader, &record, err)) > 0) {
		const struct violation *v;
		struct place place;
		int n;

		if (record->row == 1 && note_file(r, err) < 0)
			return -1;
		place = (struct place){record->row, (uint32_t)(r->nfiles - 1)};
		r->stats.rows_in++;
		n = contract_check(r->contract, record, &place, &v, err);
		if (n < 0)
			return -1;
		if (n > 0) {
			if (refuse(r, record, v, (size_t)n, err) < 0 ||
				write_end(r, record, err) < 0)
				return -1;
		} else {
			r->stats.rows_out++;
			if (csv_writer_raw(csv, record->raw, record->raw_len, err) < 0)
				return -1;
			if (r->keys != NULL &&
				keys_out_row(r->keys, shard_reader_file(r->reader), record->row,
					err) < 0)
				return -1;
		}
		progress_update(&r->progress, r->stats.rows_in, shard_reader_bytes(r->reader),
			shard_reader_position(r->reader), shard_reader_size(r->reader));
	}
	return got;
}

/* A pipe whose writer died looks finished: the mark may be given only if it was seen. */
static int
check_end(const struct run *r, bool *mark, struct error *err)
{
	bool piped = r->o->nfiles == 0;

	if (r->o->end_mark && piped && !shard_reader_whole(r->reader))
		return error_set(err, ERROR_RUNTIME,
			"standard input ended without an end mark: its writer may have died");
	*mark = r->o->end_mark || (piped && shard_reader_marked(r->reader));
	return 0;
}

static int
write_report(struct run *r, struct error *err)
{
	struct report_totals totals = {
		.schema = r->o->schema,
		.files = r->o->files,
		.nfiles = r->o->nfiles,
		.rows = r->stats.rows_in,
		.rejected = r->stats.rejected,
		.tolerances = r->tolerances,
	};

	if (r->o->report == NULL)
		return 0;
	return report_write(r->report, &totals, r->o->report_format, r->o->report, err);
}

/* After the last row: 0, or -1; over the budget the report and the statistics are still made. */
static int
finish(struct run *r, struct error *err)
{
	struct shard_totals totals;
	struct rejects *rejects = r->rejects;
	struct error budget = ERROR_INIT;
	bool mark = false;
	int rc;

	if (check_end(r, &mark, err) < 0)
		return -1;
	r->rejects = NULL;
	rejects_charge(rejects, tolerances_excess(r->tolerances, r->stats.rows_in));
	if (rejects_finish(rejects, r->stats.rows_in, &budget) < 0 &&
		budget.kind != ERROR_BUDGET) {
		*err = budget;
		return -1;
	}
	if (write_report(r, err) < 0)
		return -1;
	if (budget.kind == ERROR_NONE && r->keys != NULL) {
		struct keys_out *keys = r->keys;

		r->keys = NULL;
		if (keys_out_finish(keys, err) < 0)
			return -1;
	}
	if (budget.kind == ERROR_NONE) {
		rc = shard_writer_finish(r->writer, mark, &totals, err);
		r->writer = NULL;
		if (rc < 0)
			return -1;
		r->stats.bytes_out = totals.content_bytes;
		r->stats.hash = totals.xxh3;
	}
	r->stats.bytes_in = shard_reader_bytes(r->reader);
	if (r->o->stats != NULL &&
		stats_write(&r->stats, "validate", r->o->stats, NULL, err) < 0)
		return -1;
	if (budget.kind != ERROR_NONE) {
		*err = budget;
		return -1;
	}
	return 0;
}

static void
close_all(struct run *r)
{
	shard_writer_discard(r->writer);
	keys_out_discard(r->keys);
	rejects_close(r->rejects);
	tolerances_free(r->tolerances);
	report_free(r->report);
	contract_free(r->contract);
	shard_reader_close(r->reader);
	table_schema_free(r->schema);
	for (size_t i = 0; i < r->nfiles; i++)
		free(r->files[i]);
	free(r->files);
}

int
run(const struct run_options *o, struct error *err)
{
	struct run r = {.o = o};
	int rc;

	stats_start(&r.stats);
	rc = open_all(&r, err);
	if (rc == 0) {
		progress_start(&r.progress, "validate", o->progress);
		rc = check_rows(&r, err);
		progress_end(&r.progress);
	}
	if (rc == 0)
		rc = finish(&r, err);
	close_all(&r);
	return rc;
}
