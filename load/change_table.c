/*
 * change_table.c - see change_table.h
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "load/change_table.h"
#include "load/old_rejects.h"

static int
learn_key(struct change_table *t, struct error *err)
{
	const struct csv_record *header = &t->input.header;

	t->key = calloc(t->target->nkey + 1, sizeof *t->key);
	t->keep = calloc(header->nfields + 1, sizeof *t->keep);
	if (t->key == NULL || t->keep == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < t->target->nkey; i++) {
		const char *name = t->target->columns[t->target->key[i]].name;

		t->key[i] = (size_t)csv_record_find(header, name, strlen(name));
		t->keep[t->key[i]] = true;
	}
	t->keep[t->input.op] = true;
	t->keep[t->input.pos] = true;
	return 0;
}

/* rejects.csv is rejects.TABLE.csv for other tables than the first. */
static int
open_rejects(struct change_table *t, bool first, struct error *err)
{
	const struct changes_options *o = t->options;
	const char *path = NULL, *slash, *dot;
	struct stat st;

	if (o->rejects != NULL) {
		slash = strrchr(o->rejects, '/');
		dot = strchr(slash ? slash : o->rejects, '.');
		if (dot == NULL)
			dot = o->rejects + strlen(o->rejects);
		sql_append(&t->rejects_path, o->rejects, (size_t)(dot - o->rejects));
		sql_add(&t->rejects_path, "%s%s%s", first ? "" : ".",
			first ? "" : t->target->table, dot);
		path = sql_text(&t->rejects_path, err);
		if (path == NULL)
			return -1;
		t->old_rejects = stat(path, &st) == 0 && S_ISREG(st.st_mode);
	}
	t->rejects = rejects_open(
		path, "load", &t->input.header, &o->max_rejects, o->report_reject, o->arg, err);
	return t->rejects != NULL ? 0 : -1;
}

/* Position p, whose text lives in t->seen. */
static void
note(struct change_table *t, const char *text, const struct change_pos *p)
{
	size_t len = strlen(text);

	memcpy(t->seen, text, len + 1);
	t->last = *p;
	t->last.file = t->seen;
	t->any = true;
}

/* Changes up to --from are in the table already, as far as nothing is known of those behind it. */
static int
skip_to(struct change_table *t, struct error *err)
{
	char text[CHANGE_POS_TEXT_MAX + 1];
	struct change_pos at;

	if (t->options->from == NULL)
		return 0;
	if (change_place_parse("--from", t->options->from, text, &at, err) < 0)
		return -1;
	if (!t->any || change_pos_compare(&t->last, &at) < 0) {
		note(t, text, &at);
		memcpy(t->complete, text, strlen(text) + 1);
	}
	return 0;
}

static int
read_position(struct change_table *t, struct error *err)
{
	struct position *p = &t->position;
	struct change_pos at;

	if (!t->options->dry_run) {
		if (position_read(t->target->conn, p, t->options->again, err) < 0)
			return -1;
	} else if (!t->options->again && position_peek(t->target->conn, p, err) < 0) {
		return -1;
	}
	(void)snprintf(t->complete, sizeof t->complete, "%s", p->text);
	if (p->text[0] == '\0')
		return 0;
	if (change_pos_parse(&at, p->text, strlen(p->text)) < 0)
		return error_set(err, ERROR_USAGE,
			"'%s' in caravan.position is no position of a change stream; --again "
			"starts over",
			p->text);
	note(t, p->text, &at);
	return 0;
}

int
change_table_open(struct change_table *t, bool first, bool no_position, struct error *err)
{
	sql_qualified(&t->name, t->target->schema, t->target->table);
	t->position.table = sql_text(&t->name, err);
	t->position.stream = t->options->stream;
	if (t->position.table == NULL || learn_key(t, err) < 0 ||
		open_rejects(t, first, err) < 0)
		return -1;
	if (!no_position && read_position(t, err) < 0)
		return -1;
	return skip_to(t, err);
}

/* The part of a log file's name that is the same for all files of a server. */
static size_t
base_length(const struct change_pos *p)
{
	const char *dot = memrchr(p->file, '.', p->file_len);

	return dot ? (size_t)(dot - p->file) : p->file_len;
}

int
change_table_advance(struct change_table *t, struct error *err)
{
	const struct change_input *in = &t->input;
	size_t base = base_length(&in->at);

	if (t->any &&
		(base != base_length(&t->last) || memcmp(in->at.file, t->last.file, base) != 0))
		return error_set(err, ERROR_RUNTIME,
			"%s: %s is a position in another log than %s, up to where stream '%s' "
			"of table %s is applied; --again starts over",
			in->file, in->text, t->seen, t->options->stream, t->position.table);
	if (t->any && change_pos_compare(&in->at, &t->last) <= 0)
		return 0;
	note(t, in->text, &in->at);
	return 1;
}

int
change_table_reject(struct change_table *t, const struct csv_record *record, const char *file,
	const char *column, const char *code, const char *message, struct error *err)
{
	const struct reject r = {
		.record = record,
		.file = file,
		.column = column,
		.code = code,
		.message = message,
	};

	t->refused++;
	return rejects_add(t->rejects, &r, err);
}

static bool
needs_quotes(const struct csv_field *f)
{
	if (f->len == 0)
		return true;
	for (size_t i = 0; i < f->len; i++) {
		if (strchr(",\"\r\n", f->ptr[i]) != NULL)
			return true;
	}
	return false;
}

static void
append_field(struct sql *s, const struct csv_field *f)
{
	const char *p = f->ptr, *end = p + f->len;

	if (!needs_quotes(f)) {
		sql_append(s, f->ptr, f->len);
		return;
	}
	sql_append(s, "\"", 1);
	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		size_t n = (size_t)((quote ? quote + 1 : end) - p);

		sql_append(s, p, n);
		if (quote != NULL)
			sql_append(s, "\"", 1);
		p += n;
	}
	sql_append(s, "\"", 1);
}

/*
 * A deletion without what is not its key: that need not be of the types of the
 * table's columns.
 */
static int
reduce(struct change_table *t, struct csv_record *record, struct error *err)
{
	struct sql *s = &t->deletion;

	sql_clear(s);
	for (size_t i = 0; i < record->nfields; i++) {
		if (i > 0)
			sql_append(s, ",", 1);
		if (t->keep[i] && !record->fields[i].null)
			append_field(s, &record->fields[i]);
	}
	record->raw = sql_text(s, err);
	record->raw_len = s->len;
	return record->raw != NULL ? 0 : -1;
}

int
change_table_take(
	struct change_table *t, uint32_t index, struct change_group *g, struct error *err)
{
	const struct change_input *in = &t->input;
	struct change change = {.table = index, .op = in->kind, .file = in->file};
	struct csv_record record = *in->record;

	for (size_t i = 0; i < t->target->nkey; i++) {
		const struct csv_field *f = &record.fields[t->key[i]];

		if (f->null)
			return change_table_reject(t, &record, in->file,
				in->header.fields[t->key[i]].ptr, t->target->null_code,
				"the key is null, so nobody can tell which row this is", err);
		change.key = XXH3_64bits_withSeed(f->ptr, f->len, change.key + i + f->len);
	}
	if (change.op == 'd' && reduce(t, &record, err) < 0)
		return -1;
	return change_group_add(g, &record, &change, err);
}

int
change_table_save_rejects(struct change_table *t, struct error *err)
{
	const struct changes_options *o = t->options;

	if (rejects_count(t->rejects) == t->saved)
		return 0;
	if (t->old_rejects && old_rejects_keep(t->rejects_path.text, o->say, o->arg, err) < 0)
		return -1;
	t->old_rejects = false;
	t->saved = rejects_count(t->rejects);
	return rejects_checkpoint(t->rejects, err);
}

int
change_table_end_rejects(struct change_table *t, int status, struct error *err)
{
	struct rejects *r = t->rejects;
	struct error ignored;

	t->rejects = NULL;
	if (r == NULL)
		return status;
	if (t->old_rejects && rejects_count(r) > 0 &&
		old_rejects_keep(t->rejects_path.text, t->options->say, t->options->arg,
			status == 0 ? err : &ignored) == 0)
		t->old_rejects = false;
	if (t->old_rejects) {
		/* what is there may be all that is left of an earlier run's rows */
		status = rejects_count(r) > 0 ? -1 : status;
		rejects_discard(r);
	} else if (status == 0) {
		/* shares are judged by the caller */
		status = rejects_finish(r, UINT64_MAX, err);
	} else {
		rejects_close(r);
	}
	return status;
}

void
change_table_release(struct change_table *t)
{
	change_input_close(&t->input);
	rejects_discard(t->rejects);
	if (t->target == &t->own)
		target_release(&t->own);
	sql_release(&t->name);
	sql_release(&t->rejects_path);
	sql_release(&t->deletion);
	free(t->key);
	free(t->keep);
}
