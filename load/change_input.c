/*
 * change_input.c - see change_input.h
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "load/change_input.h"

static const char *
path_of(const struct change_input *in)
{
	return in->npaths > 0 ? in->paths[in->next - 1] : "-";
}

static const char *
name_of(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

static bool
is_regular(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int
change_place_parse(const char *option, const char *place, char text[CHANGE_POS_TEXT_MAX + 1],
	struct change_pos *pos, struct error *err)
{
	const char *colon = strrchr(place, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
	struct change_pos at = {.file = place};

	if (change_pos_parse(&at, place, strlen(place)) < 0) {
		at = (struct change_pos){.file = place};
		at.file_len = colon ? (size_t)(colon - place) : 0;
		if (digits == 0 || digits > 18 || colon[1 + digits] != '\0' ||
			at.file_len > CHANGE_POS_FILE_MAX ||
			change_pos_file_number(place, at.file_len, &at.number) < 0)
			return error_set(err, ERROR_USAGE,
				"%s '%s' is neither FILE:OFFSET nor a _pos", option, place);
		at.start = strtoull(colon + 1, NULL, 10);
	}
	text[change_pos_format(&at, text)] = '\0';
	*pos = at;
	pos->file = text;
	return 0;
}

bool
change_header(const struct csv_record *header)
{
	return csv_record_find(header, "_op", 3) >= 0 ||
	       csv_record_find(header, "_pos", 4) >= 0;
}

/* A header that outlives its reader. */
static int
keep_header(struct change_input *in, const struct csv_record *header, struct error *err)
{
	size_t n = header->nfields, k = 0;
	struct csv_field *fields = arena_alloc(&in->arena, n * sizeof *fields);
	struct csv_field *columns = arena_alloc(&in->arena, n * sizeof *columns);

	if (fields == NULL || columns == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		const struct csv_field *f = &header->fields[i];
		char *name = arena_copy(&in->arena, f->ptr, f->len);

		if (name == NULL)
			return error_nomem(err);
		fields[i] = (struct csv_field){name, f->len, false};
		if (i != in->op && i != in->pos)
			columns[k++] = fields[i];
	}
	in->header = (struct csv_record){.fields = fields, .nfields = n};
	in->columns = (struct csv_record){.fields = columns, .nfields = k};
	return 0;
}

static int
check_columns(struct change_input *in, struct error *err)
{
	const struct csv_record *header = shard_reader_header(in->reader);
	int op = csv_record_find(header, "_op", 3), pos = csv_record_find(header, "_pos", 4);

	if (op < 0 || pos < 0)
		return error_set(err, ERROR_USAGE,
			"'%s' is no change stream: it has no column %s",
			shard_reader_file(in->reader), op < 0 ? "_op" : "_pos");
	in->op = (size_t)op;
	in->pos = (size_t)pos;
	return keep_header(in, header, err);
}

static int
compare_header(const struct change_input *in, struct error *err)
{
	const struct csv_record *header = shard_reader_header(in->reader);
	bool same = header->nfields == in->header.nfields;

	for (size_t i = 0; same && i < header->nfields; i++)
		same = strcmp(header->fields[i].ptr, in->header.fields[i].ptr) == 0;
	if (same)
		return 0;
	return error_set(err, ERROR_USAGE, "'%s' has other columns than the input before it",
		shard_reader_file(in->reader));
}

/* Read a file for nothing but its seal. */
static int
check_seal(const char *const *path, struct error *err)
{
	struct shard_reader *reader = shard_reader_open(path, 1, err);
	const struct csv_record *record;
	int got = -1;

	if (reader == NULL)
		return -1;
	do {
		got = shard_reader_next(reader, &record, err);
	} while (got > 0);
	shard_reader_close(reader);
	return got;
}

/* 1, or 0 when there is no other file. */
static int
open_next(struct change_input *in, struct error *err)
{
	const char *const *path = in->paths + in->next;

	if (in->next >= in->npaths)
		return 0;
	in->next++;
	if (is_regular(*path) && check_seal(path, err) < 0)
		return -1;
	in->reader = shard_reader_open(path, 1, err);
	if (in->reader == NULL)
		return -1;
	shard_reader_on_idle(in->reader, in->idle, in->idle_arg);
	in->file = name_of(*path);
	return 1;
}

/* The position of a file's first change: 1; 0 when there is none, or it is not sound. */
static int
first_position(struct shard_reader *reader, char text[CHANGE_POS_TEXT_MAX + 1],
	struct change_pos *at, struct error *err)
{
	int pos = csv_record_find(shard_reader_header(reader), "_pos", 4);
	const struct csv_record *record;
	const struct csv_field *f;
	int got = pos < 0 ? 0 : shard_reader_next(reader, &record, err);

	if (got <= 0 || record->defect != CSV_SOUND)
		return got < 0 ? -1 : 0;
	f = &record->fields[pos];
	if (f->null || f->len > CHANGE_POS_TEXT_MAX)
		return 0;
	memcpy(text, f->ptr, f->len);
	text[f->len] = '\0';
	return change_pos_parse(at, text, f->len) == 0;
}

/* Files in the wrong order would be taken for changes that were applied before. */
static int
check_order(const struct change_input *in, struct error *err)
{
	char text[2][CHANGE_POS_TEXT_MAX + 1];
	struct change_pos at[2];
	const char *before = NULL;
	unsigned k = 0;

	for (size_t i = 0; in->npaths > 1 && i < in->npaths; i++) {
		struct shard_reader *reader;
		int got;

		if (!is_regular(in->paths[i]))
			continue;
		reader = shard_reader_open(in->paths + i, 1, err);
		got = reader ? first_position(reader, text[k], &at[k], err) : -1;
		shard_reader_close(reader);
		if (got < 0)
			return -1;
		if (got == 0)
			continue;
		if (before != NULL && change_pos_compare(&at[!k], &at[k]) > 0)
			return error_set(err, ERROR_USAGE,
				"'%s' begins at %s, which is before %s, where '%s' begins: "
				"give the files in the order of their positions",
				in->paths[i], text[k], text[!k], before);
		before = in->paths[i];
		k = !k;
	}
	return 0;
}

int
change_input_open(struct change_input *in, const char *const *paths, size_t npaths,
	struct shard_reader *first, bool end_mark, struct error *err)
{
	memset(in, 0, sizeof *in);
	arena_init(&in->arena);
	in->paths = paths;
	in->npaths = npaths;
	in->end_mark = end_mark;
	in->reader = first;
	if (check_order(in, err) < 0)
		return -1;
	if (first == NULL)
		return open_next(in, err) < 0 ? -1 : check_columns(in, err);
	in->next = 1;
	in->file = name_of(path_of(in));
	if (is_regular(path_of(in)) && check_seal(paths, err) < 0)
		return -1;
	return check_columns(in, err);
}

void
change_input_on_idle(struct change_input *in, stream_idle *idle, void *arg)
{
	in->idle = idle;
	in->idle_arg = arg;
	if (in->reader != NULL)
		shard_reader_on_idle(in->reader, idle, arg);
}

/* A pipe whose writer died looks finished.  Changes that were mended are not whole transactions. */
static bool
may_be_cut(const struct change_input *in)
{
	return !shard_reader_mended(in->reader) && !is_regular(path_of(in));
}

static int
end_file(struct change_input *in, struct error *err)
{
	bool whole = shard_reader_whole(in->reader);

	if (in->end_mark && !whole)
		return error_set(err, ERROR_RUNTIME,
			"%s: it ends without an end mark, so its writer may have failed",
			in->file);
	in->cut |= !whole && may_be_cut(in) && in->text[0] != '\0' && !in->at.last;
	in->bytes += shard_reader_bytes(in->reader);
	in->position += shard_reader_position(in->reader);
	in->hash = shard_reader_hash(in->reader);
	shard_reader_close(in->reader);
	in->reader = NULL;
	return 0;
}

static int
next_record(struct change_input *in, struct error *err)
{
	while (in->reader != NULL) {
		int got = shard_reader_next(in->reader, &in->record, err);

		if (got < 0)
			return -1;
		in->cut = got > 0 && !in->record->ended && may_be_cut(in);
		if (got > 0 && !in->cut)
			return 1;
		if (end_file(in, err) < 0)
			return -1;
		if (in->cut)
			break;
		got = open_next(in, err);
		if (got < 0 || (got > 0 && compare_header(in, err) < 0))
			return -1;
	}
	in->record = NULL;
	return 0;
}

static void
defective(struct change_input *in, const char *code)
{
	in->kind = 0;
	in->code = code;
}

static int
take_position(struct change_input *in, struct error *err)
{
	const struct csv_field *f = &in->record->fields[in->pos];
	struct change_pos at;

	if (f->null || f->len >= sizeof in->text || change_pos_parse(&at, f->ptr, f->len) < 0)
		return error_set(err, ERROR_RUNTIME,
			"%s:%" PRIu64 ": '%.*s' in _pos is no position of a change stream",
			in->file, in->record->line,
			f->null ? 0 : (int)(f->len < 80 ? f->len : 80), f->null ? "" : f->ptr);
	memcpy(in->text, f->ptr, f->len);
	in->text[f->len] = '\0';
	in->at = at;
	in->at.file = in->text;
	in->located = true;
	return 0;
}

int
change_input_next(struct change_input *in, struct error *err)
{
	const struct csv_field *op;
	int got = next_record(in, err);

	if (got <= 0)
		return got;
	in->located = false;
	if (in->record->defect != CSV_SOUND) {
		shard_reader_defect(in->reader, in->record, in->defect, sizeof in->defect);
		defective(in, csv_defect_code(in->record->defect));
		return 1;
	}
	if (take_position(in, err) < 0)
		return -1;
	op = &in->record->fields[in->op];
	if (!op->null && op->len == 1 && strchr("iudc", *op->ptr) != NULL) {
		in->kind = *op->ptr;
		return 1;
	}
	(void)snprintf(in->defect, sizeof in->defect, "'%.*s' in _op is none of i, u, d, c",
		op->null ? 0 : (int)(op->len < 80 ? op->len : 80), op->null ? "" : op->ptr);
	defective(in, "22023");
	return 1;
}

uint64_t
change_input_bytes(const struct change_input *in)
{
	return in->bytes + (in->reader ? shard_reader_bytes(in->reader) : 0);
}

uint64_t
change_input_position(const struct change_input *in)
{
	return in->position + (in->reader ? shard_reader_position(in->reader) : 0);
}

void
change_input_close(struct change_input *in)
{
	shard_reader_close(in->reader);
	in->reader = NULL;
	arena_release(&in->arena);
}
