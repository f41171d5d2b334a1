/*
 * later.c - see later.h
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/later.h"

/* In front of each row's bytes. */
struct head {
	uint64_t line;
	uint64_t row;
	uint64_t len;
	struct refusal why;
};

static int
open_file(struct later *l, struct error *err)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int n, fd;

	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	n = snprintf(path, sizeof path, "%s/caravan-load-XXXXXX", dir);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, ERROR_RUNTIME, "TMPDIR is too long");
	fd = mkstemp(path);
	if (fd < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot make a file in '%s'", dir);
	(void)unlink(path);
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

int
later_add(struct later *l, const struct csv_record *record, const struct refusal *why,
	struct error *err)
{
	const struct head head = {record->line, record->row, record->raw_len, *why};

	if (l->file == NULL && open_file(l, err) < 0)
		return -1;
	if (fwrite(&head, sizeof head, 1, l->file) != 1 ||
		fwrite(record->raw, 1, record->raw_len, l->file) != record->raw_len)
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
	if (fread(l->raw, 1, head.len, l->file) != head.len)
		return failed(err);
	*why = head.why;
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
