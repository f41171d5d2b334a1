/*
 * shard_reader.c - see shard_reader.h
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "shard/seal.h"
#include "shard/shard_reader.h"

struct shard_reader {
	const char *const *paths;
	size_t npaths;
	size_t next; /* index of the file to open next */
	struct stream_in *in;
	struct csv_reader *csv;
	struct csv_reader *first_csv; /* of the first file: it keeps the header */
	struct stream_in *first_in;
	const struct csv_record *header;
	const char **columns;
	bool whole;
	bool marked;           /* an end mark was read */
	uint64_t rows;         /* of the present file */
	uint64_t bytes_before; /* content of the files that are done */
	uint64_t position_before;
	uint64_t size;
	stream_idle *idle; /* NULL: none */
	void *idle_arg;
};

static bool
same_header(const struct csv_record *a, const struct csv_record *b)
{
	if (a->nfields != b->nfields)
		return false;
	for (size_t i = 0; i < a->nfields; i++) {
		const struct csv_field *f = &a->fields[i], *g = &b->fields[i];

		if (f->len != g->len || memcmp(f->ptr, g->ptr, f->len) != 0)
			return false;
	}
	return true;
}

static void
close_file(struct shard_reader *r)
{
	if (r->csv != r->first_csv) {
		csv_reader_free(r->csv);
		stream_in_close(r->in);
	}
	r->csv = NULL;
	r->in = NULL;
}

static int
open_file(struct shard_reader *r, const char *path, const struct csv_record **header,
	struct error *err)
{
	r->rows = 0;
	r->in = stream_in_open(path, err);
	if (r->in == NULL)
		return -1;
	stream_in_on_idle(r->in, r->idle, r->idle_arg);
	r->csv = csv_reader_new(r->in, err);
	if (r->csv == NULL)
		return -1;
	return csv_reader_header(r->csv, header, err);
}

static int
compare_header(const struct shard_reader *r, const struct csv_record *header, struct error *err)
{
	if (same_header(r->header, header))
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%s' and '%s' have different headers: '%.*s', '%.*s'",
		stream_in_name(r->first_in), stream_in_name(r->in), (int)r->header->raw_len,
		r->header->raw, (int)header->raw_len, header->raw);
}

/* Look at the headers of all files that can be opened twice. */
static int
compare_headers(struct shard_reader *r, struct error *err)
{
	for (size_t i = 1; i < r->npaths; i++) {
		const struct csv_record *header = NULL;
		struct stat st;
		int status = 0;

		if (stat(r->paths[i], &st) == 0 && !S_ISREG(st.st_mode))
			continue;
		if (strcmp(r->paths[i], "-") == 0)
			continue;
		if (open_file(r, r->paths[i], &header, err) < 0 ||
			compare_header(r, header, err) < 0)
			status = -1;
		close_file(r);
		if (status < 0)
			return -1;
		r->size += (uint64_t)st.st_size;
	}
	return 0;
}

static int
init(struct shard_reader *r, struct error *err)
{
	int status = open_file(r, r->npaths > 0 ? r->paths[0] : NULL, &r->header, err);

	r->first_in = r->in;
	r->first_csv = r->csv;
	r->in = NULL;
	r->csv = NULL;
	if (status < 0)
		return -1;
	r->size = stream_in_size(r->first_in);
	r->columns = calloc(r->header->nfields, sizeof *r->columns);
	if (r->columns == NULL)
		return error_nomem(err);
	for (size_t i = 0; i < r->header->nfields; i++)
		r->columns[i] = r->header->fields[i].ptr;
	if (compare_headers(r, err) < 0)
		return -1;
	r->in = r->first_in;
	r->csv = r->first_csv;
	r->next = 1;
	r->rows = 0;
	r->whole = true;
	return 0;
}

struct shard_reader *
shard_reader_open(const char *const *paths, size_t npaths, struct error *err)
{
	struct shard_reader *r = calloc(1, sizeof *r);

	if (r == NULL) {
		error_nomem(err);
		return NULL;
	}
	r->paths = paths;
	r->npaths = npaths;
	if (init(r, err) < 0) {
		shard_reader_close(r);
		return NULL;
	}
	return r;
}

const struct csv_record *
shard_reader_header(const struct shard_reader *r)
{
	return r->header;
}

static int
not_as_sealed(const struct shard_reader *r, const char *why, struct error *err)
{
	return error_set(err, ERROR_RUNTIME, "%s: %s: the shard was cut or changed",
		stream_in_name(r->in), why);
}

/* The file was read to its end: is it what its seal says? */
static int
check_seal(struct shard_reader *r, struct error *err)
{
	const struct stream_frame *head = stream_in_head(r->in);
	const struct stream_frame *tail = stream_in_tail(r->in);
	struct seal seal;
	size_t len = 0;
	char *text;
	bool same;

	if (head->data == NULL && tail->data == NULL) {
		r->whole = r->whole && csv_reader_end_mark(r->csv);
		r->marked = r->marked || csv_reader_end_mark(r->csv);
		return 0;
	}
	if (head->data == NULL || head->len != strlen(SEAL_HEAD) ||
		memcmp(head->data, SEAL_HEAD, head->len) != 0)
		return not_as_sealed(r, "its first frame is not a shard's", err);
	if (tail->data == NULL)
		return not_as_sealed(r, "its seal is missing", err);
	seal = (struct seal){
		.rows = r->rows,
		.bytes = stream_in_bytes(r->in),
		.xxh3 = stream_in_hash(r->in),
		.file_bytes = tail->before_bytes,
		.file_xxh3 = tail->before_xxh3,
		.columns = r->columns,
		.ncolumns = r->header->nfields,
	};
	text = seal_format(&seal, &len, err);
	if (text == NULL)
		return -1;
	same = len == tail->len && memcmp(text, tail->data, len) == 0 &&
	       stream_in_position(r->in) == tail->before_bytes + 8 + tail->len;
	free(text);
	return same ? 0 : not_as_sealed(r, "its content does not match its seal", err);
}

/* Step to the next file: 1, or 0 when there is none. */
static int
next_file(struct shard_reader *r, struct error *err)
{
	const struct csv_record *header = NULL;

	if (check_seal(r, err) < 0)
		return -1;
	if (r->next >= r->npaths)
		return 0;
	r->bytes_before += stream_in_bytes(r->in);
	r->position_before += stream_in_position(r->in);
	close_file(r);
	if (open_file(r, r->paths[r->next], &header, err) < 0)
		return -1;
	r->next++;
	return compare_header(r, header, err) < 0 ? -1 : 1;
}

int
shard_reader_next(struct shard_reader *r, const struct csv_record **record, struct error *err)
{
	for (;;) {
		int got = csv_reader_next(r->csv, record, err);

		if (got > 0)
			r->rows++;
		if (got != 0)
			return got;
		got = next_file(r, err);
		if (got <= 0)
			return got;
	}
}

void
shard_reader_on_idle(struct shard_reader *r, stream_idle *idle, void *arg)
{
	r->idle = idle;
	r->idle_arg = arg;
	if (r->in != NULL)
		stream_in_on_idle(r->in, idle, arg);
}

const char *
shard_reader_file(const struct shard_reader *r)
{
	return stream_in_name(r->in ? r->in : r->first_in);
}

bool
shard_reader_whole(const struct shard_reader *r)
{
	return r->whole;
}

bool
shard_reader_marked(const struct shard_reader *r)
{
	return r->whole && r->marked;
}

bool
shard_reader_mended(const struct shard_reader *r)
{
	return csv_reader_mended(r->csv ? r->csv : r->first_csv);
}

void
shard_reader_defect(
	const struct shard_reader *r, const struct csv_record *record, char *buf, size_t size)
{
	csv_defect_message(r->csv, record, buf, size);
}

uint64_t
shard_reader_bytes(const struct shard_reader *r)
{
	return r->bytes_before + (r->in ? stream_in_bytes(r->in) : 0);
}

uint64_t
shard_reader_hash(const struct shard_reader *r)
{
	return stream_in_hash(r->in ? r->in : r->first_in);
}

uint64_t
shard_reader_position(const struct shard_reader *r)
{
	return r->position_before + (r->in ? stream_in_position(r->in) : 0);
}

uint64_t
shard_reader_size(const struct shard_reader *r)
{
	return r->size;
}

void
shard_reader_close(struct shard_reader *r)
{
	if (r == NULL)
		return;
	close_file(r);
	csv_reader_free(r->first_csv);
	stream_in_close(r->first_in);
	free(r->columns);
	free(r);
}
