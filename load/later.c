/*
 * later.c - see later.h
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/later.h"
#include "spill.h"

/* In front of each row's bytes, and of the texts of why, which are far shorter than their room. */
struct head {
	uint64_t line;
	uint64_t row;
	uint64_t len;
	uint64_t why_line;
	uint64_t why_row;
	uint16_t code, column, constraint, message; /* bytes */
	bool at_once;
};

static int
open_file(struct later *l, struct error *err)
{
	int fd = spill_file(err);

	if (fd < 0)
		return -1;
	l->file = fdopen(fd, "w+");
	if (l->file == NULL) {
		(void)close(fd);
		return error_nomem(err);
	}
	return 0;
}

static int
failed(struct error *err)
{
	return error_errno(err, ERROR_RUNTIME,
		"cannot keep rows that are to be tried again in a temporary file (TMPDIR)");
}

static bool
put(struct later *l, const void *bytes, size_t n)
{
	return n == 0 || fwrite(bytes, 1, n, l->file) == n;
}

int
later_add(struct later *l, const struct csv_record *record, const struct refusal *why,
	struct error *err)
{
	const struct head head = {
		.line = record->line,
		.row = record->row,
		.len = record->raw_len,
		.why_line = why->line,
		.why_row = why->row,
		.code = (uint16_t)strlen(why->code),
		.column = (uint16_t)strlen(why->column),
		.constraint = (uint16_t)strlen(why->constraint),
		.message = (uint16_t)strlen(why->message),
		.at_once = why->at_once,
	};

	if (l->file == NULL && open_file(l, err) < 0)
		return -1;
	if (!put(l, &head, sizeof head) || !put(l, why->code, head.code) ||
		!put(l, why->column, head.column) ||
		!put(l, why->constraint, head.constraint) ||
		!put(l, why->message, head.message) || !put(l, record->raw, record->raw_len))
		return failed(err);
	l->count++;
	return 0;
}

int
later_rewind(struct later *l, struct error *err)
{
	if (l->file != NULL && (fflush(l->file) != 0 || fseeko(l->file, 0, SEEK_SET) != 0))
		return failed(err);
	return 0;
}

static int
reserve(struct later *l, size_t n, struct error *err)
{
	char *grown;

	if (n <= l->cap)
		return 0;
	grown = realloc(l->raw, n);
	if (grown == NULL)
		return error_nomem(err);
	l->raw = grown;
	l->cap = n;
	return 0;
}

static bool
get(struct later *l, void *bytes, size_t n)
{
	return n == 0 || fread(bytes, 1, n, l->file) == n;
}

/* Texts come with their length; a zeroed *why ends them. */
static bool
get_why(struct later *l, const struct head *head, struct refusal *why)
{
	memset(why, 0, sizeof *why);
	why->line = head->why_line;
	why->row = head->why_row;
	why->at_once = head->at_once;
	return get(l, why->code, head->code) && get(l, why->column, head->column) &&
	       get(l, why->constraint, head->constraint) && get(l, why->message, head->message);
}

int
later_next(struct later *l, struct csv_record *record, struct refusal *why, struct error *err)
{
	struct head head;

	if (l->file == NULL)
		return 0;
	if (fread(&head, sizeof head, 1, l->file) != 1)
		return ferror(l->file) ? failed(err) : 0;
	if (reserve(l, head.len + 1, err) < 0)
		return -1;
	if (!get_why(l, &head, why) || !get(l, l->raw, head.len))
		return failed(err);
	*record = (struct csv_record){
		.raw = l->raw,
		.raw_len = head.len,
		.line = head.line,
		.row = head.row,
	};
	return 1;
}

void
later_release(struct later *l)
{
	if (l->file != NULL)
		(void)fclose(l->file);
	free(l->raw);
	*l = (struct later)LATER_INIT;
}
