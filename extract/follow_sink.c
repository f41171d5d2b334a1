/*
 * follow_sink.c - see follow_sink.h
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extract/follow_sink.h"
#include "shard/shard_reader.h"

static char *
shard_path(const struct follow_sink *s, uint64_t number, struct error *err)
{
	char *path;

	if (asprintf(&path, "%s/part-%09" PRIu64 ".csv.zst", s->dir, number) < 0) {
		error_nomem(err);
		return NULL;
	}
	return path;
}

static int
open_writer(struct follow_sink *s, const char *path, struct error *err)
{
	s->writer = shard_writer_open(path, false, err);
	if (s->writer == NULL)
		return -1;
	return shard_writer_header(s->writer, s->table->names, s->table->ncolumns + 2, err);
}

int
follow_sink_stream(struct follow_sink *s, const char *output, struct error *err)
{
	return open_writer(s, output, err);
}

/* The number in "part-NNNNNNNNN.csv.zst". */
static bool
read_number(const char *name, uint64_t *number)
{
	char *end;

	if (strncmp(name, "part-", 5) != 0 || name[5] < '0' || name[5] > '9')
		return false;
	errno = 0;
	*number = strtoull(name + 5, &end, 10);
	return errno == 0 && strcmp(end, ".csv.zst") == 0;
}

/* The highest number of a shard in the folder: 1 if there is one. */
static int
last_shard(const char *dir, uint64_t *number, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int found = 0;

	if (d == NULL)
		return error_errno(err, ERROR_RUNTIME, "cannot read folder '%s'", dir);
	for (errno = 0; (e = readdir(d)) != NULL; errno = 0) {
		uint64_t n;

		if (!read_number(e->d_name, &n))
			continue;
		if (!found || n > *number)
			*number = n;
		found = 1;
	}
	if (errno != 0)
		found = error_errno(err, ERROR_RUNTIME, "cannot read folder '%s'", dir);
	closedir(d);
	return found;
}

void
follow_sink_have(struct follow_sink *s, const struct change_pos *pos)
{
	if (!s->put || s->last.number != pos->number) {
		memcpy(s->file, pos->file, pos->file_len);
		s->last.file = s->file;
		s->last.file_len = pos->file_len;
		s->last.number = pos->number;
	}
	s->last.start = pos->start;
	s->last.event = pos->event;
	s->last.row = pos->row;
	s->put = true;
}

/* The last record of the shard is the last that is there. */
static int
read_last(struct follow_sink *s, const char *path, struct error *err)
{
	struct shard_reader *r = shard_reader_open(&path, 1, err);
	const struct csv_record *record;
	int column, more;

	if (r == NULL)
		return -1;
	column = csv_record_find(shard_reader_header(r), "_pos", 4);
	while ((more = shard_reader_next(r, &record, err)) > 0) {
		struct change_pos pos;

		if (column < 0 || (size_t)column >= record->nfields ||
			change_pos_parse(&pos, record->fields[column].ptr,
				record->fields[column].len) < 0) {
			more = error_set(err, ERROR_USAGE, "'%s' is no shard of changes", path);
			break;
		}
		follow_sink_have(s, &pos);
	}
	shard_reader_close(r);
	return more;
}

int
follow_sink_shards(struct follow_sink *s, uint64_t next, struct error *err)
{
	uint64_t number = 0;
	int found = last_shard(s->dir, &number, err);
	char *path;
	int status;

	s->next = next;
	if (found <= 0)
		return found;
	path = shard_path(s, number, err);
	if (path == NULL)
		return -1;
	status = read_last(s, path, err);
	free(path);
	if (number >= next)
		s->next = number + 1;
	return status;
}

/* The field that the last record waits for. */
static int
end_record(struct follow_sink *s, bool last, struct error *err)
{
	struct csv_writer *w = shard_writer_csv(s->writer);
	char *p = csv_writer_plain_reserve(w, CHANGE_POS_TEXT_MAX);
	struct change_pos pos = s->last;

	pos.last = last;
	if (p != NULL)
		csv_writer_plain_commit(w, change_pos_format(&pos, p));
	s->open = false;
	s->records++;
	return csv_writer_end(w, err);
}

static int
begin_shard(struct follow_sink *s, struct error *err)
{
	char *path = shard_path(s, s->next, err);
	int status;

	if (path == NULL)
		return -1;
	status = open_writer(s, path, err);
	free(path);
	return status;
}

int
follow_sink_put(struct follow_sink *s, char op, const struct mysql_value *values,
	const struct change_pos *pos, struct error *err)
{
	struct csv_writer *w;
	char *p;

	if (s->put && change_pos_compare(pos, &s->last) <= 0)
		return 0;
	if (s->writer == NULL && begin_shard(s, err) < 0)
		return -1;
	if (s->open && end_record(s, false, err) < 0)
		return -1;
	w = shard_writer_csv(s->writer);
	if (binlog_table_put(s->table, values, w, err) < 0)
		return -1;
	p = csv_writer_plain_reserve(w, 1);
	if (p != NULL) {
		*p = op;
		csv_writer_plain_commit(w, 1);
	}
	follow_sink_have(s, pos);
	s->open = true;
	return 0;
}

int
follow_sink_commit(struct follow_sink *s, struct error *err)
{
	return s->open ? end_record(s, true, err) : 0;
}

int
follow_sink_flush(struct follow_sink *s, struct error *err)
{
	return s->writer != NULL ? shard_writer_pass_on(s->writer, err) : 0;
}

int
follow_sink_finish(struct follow_sink *s, bool end_mark, struct error *err)
{
	struct shard_totals totals;
	int status;

	if (s->writer == NULL)
		return 0;
	status = shard_writer_finish(s->writer, end_mark, &totals, err);
	s->writer = NULL;
	if (status < 0)
		return -1;
	s->bytes += totals.content_bytes;
	s->hash = totals.xxh3;
	s->next++;
	s->shards++;
	return 0;
}

void
follow_sink_release(struct follow_sink *s)
{
	shard_writer_discard(s->writer);
	free(s->dir);
	memset(s, 0, sizeof *s);
}
