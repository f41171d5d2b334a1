/*
 * csv_reader.c - libcsv behind a pull interface (see csv_reader.h)
 *
 * libcsv is pushed bytes and calls back, and does not tell where in its input
 * a record ended.  So it is given one line at a time: when its record callback
 * has been called, the record ends with that line, and line number and offset
 * are known.
 *
 * Most records are sound and lie in the buffer whole: csv_scan takes those
 * before libcsv is asked.  The tests prove both ways equal.
 *
 * Traps in libcsv: it trims spaces unless told what a space is, takes CR as
 * a record's end of its own, and swallows blank lines unless CSV_REPALL_NL.
 */
#include <csv.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "csv/csv_cells.h"
#include "csv/csv_reader.h"
#include "csv/csv_scan.h"
#include "utf8.h"

enum { BUFFER_SIZE = 256 << 10 };

const char *const csv_reject_columns[CSV_REJECT_COLUMNS] = {
	"_stage", "_row", "_column", "_code", "_message"};

struct csv_reader {
	struct stream_in *in;
	struct csv_parser parser;
	bool parser_ready;

	char *buf; /* buf[start..end) is read and not handed out */
	size_t cap;
	size_t start;
	size_t end;
	bool eof;
	uint64_t offset; /* of buf[start] in the content */
	uint64_t line;   /* of buf[start] */

	struct csv_scan scan;
	struct csv_cells cells;
	unsigned ended; /* times that libcsv ended a record in this call */
	bool no_memory;

	struct csv_record header;
	struct csv_record record;
	char *header_text;
	struct csv_field *header_fields;
	size_t drop; /* reject columns at the end of each record */
	bool end_mark;
};

static int
no_space(unsigned char c)
{
	(void)c;
	return 0;
}

static int
is_line_end(unsigned char c)
{
	return c == '\n' || c == '\r';
}

struct csv_reader *
csv_reader_new(struct stream_in *in, struct error *err)
{
	struct csv_reader *r = calloc(1, sizeof *r);

	if (r == NULL)
		goto nomem;
	r->in = in;
	r->cap = BUFFER_SIZE;
	r->line = 1;
	r->buf = malloc(r->cap + CSV_SCAN_PADDING);
	if (r->buf == NULL)
		goto nomem;
	if (csv_init(&r->parser,
		    CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL | CSV_EMPTY_IS_NULL) != 0)
		goto nomem;
	r->parser_ready = true;
	csv_set_space_func(&r->parser, no_space);
	csv_set_term_func(&r->parser, is_line_end);
	csv_set_blk_size(&r->parser, 64 << 10);
	return r;
nomem:
	csv_reader_free(r);
	error_nomem(err);
	return NULL;
}

void
csv_reader_free(struct csv_reader *r)
{
	if (r == NULL)
		return;
	if (r->parser_ready)
		csv_free(&r->parser);
	free(r->buf);
	csv_cells_release(&r->cells);
	free(r->header_text);
	free(r->header_fields);
	free(r);
}

/* Read more behind buf[end], making room for it; sets eof. */
static int
read_more(struct csv_reader *r, struct error *err)
{
	size_t n = 0;

	csv_scan_reset(&r->scan);
	if (r->start > 0) {
		memmove(r->buf, r->buf + r->start, r->end - r->start);
		r->end -= r->start;
		r->start = 0;
	}
	if (r->end == r->cap) {
		char *larger;

		if (r->end >= CSV_RECORD_MAX)
			return error_set(err, ERROR_RUNTIME,
				"%s:%llu: a record of more than %zu bytes",
				stream_in_name(r->in), (unsigned long long)r->line,
				(size_t)CSV_RECORD_MAX);
		larger = realloc(r->buf, r->cap * 2 + CSV_SCAN_PADDING);
		if (larger == NULL)
			return error_nomem(err);
		r->buf = larger;
		r->cap *= 2;
	}
	if (stream_in_read(r->in, r->buf + r->end, r->cap - r->end, &n, err) < 0)
		return -1;
	r->end += n;
	r->eof = n == 0;
	return 0;
}

/* libcsv: a field.  The cells' text has room, see feed. */
static void
on_field(void *data, size_t len, void *arg)
{
	struct csv_reader *r = arg;
	char *to = r->cells.text + r->cells.text_used;

	if (data != NULL && len > 0)
		memcpy(to, data, len);
	r->cells.text_used += len;
	if (!csv_cells_add(&r->cells, to, len, data == NULL))
		r->no_memory = true;
}

/* libcsv: the end of a record. */
static void
on_record(int c, void *arg)
{
	struct csv_reader *r = arg;

	(void)c;
	r->ended++;
}

static int
broken_quoting(
	struct csv_reader *r, const char *what, size_t at, uint64_t line, struct error *err)
{
	uint64_t offset = r->offset + (at - r->start);

	return error_set(err, ERROR_RUNTIME, "%s:%" PRIu64 ": %s at byte %" PRIu64,
		stream_in_name(r->in), line, what, offset);
}

/* Push buf[from..to) into libcsv; line is for messages. */
static int
push(struct csv_reader *r, size_t from, size_t to, uint64_t line, struct error *err)
{
	size_t done;

	if (from == to)
		return 0;
	done = csv_parse(&r->parser, r->buf + from, to - from, on_field, on_record, r);
	if (r->no_memory || (done < to - from && csv_error(&r->parser) != CSV_EPARSE))
		return error_nomem(err);
	if (done == to - from)
		return 0;
	return broken_quoting(r,
		r->buf[from + done] == '"' ? "a quote inside an unquoted field"
					   : "text behind a closing quote",
		from + done, line, err);
}

/*
 * A line with CRs: one inside quotes is data, one before the LF belongs to the
 * record's end, any other is an error, since half the world would read it as
 * the end of a record and the other half as data.
 */
static int
push_with_cr(struct csv_reader *r, size_t from, size_t to, uint64_t line, struct error *err)
{
	while (from < to) {
		char *cr = memchr(r->buf + from, '\r', to - from);
		size_t at = cr ? (size_t)(cr - r->buf) : to;

		if (push(r, from, at, line, err) < 0)
			return -1;
		if (cr == NULL)
			return 0;
		if (push(r, at, at + 1, line, err) < 0)
			return -1;
		from = at + 1;
		if (r->ended > 0) {
			if (from + 1 == to && r->buf[from] == '\n')
				return 0;
			return broken_quoting(
				r, "a carriage return without line feed", at, line, err);
		}
	}
	return 0;
}

/* Give libcsv the line buf[from..to), its LF included. */
static int
feed(struct csv_reader *r, size_t from, size_t to, uint64_t line, struct error *err)
{
	/* a field that began on an earlier line is still in libcsv's buffer */
	if (!csv_cells_reserve(&r->cells, (to - from) + csv_get_buffer_size(&r->parser)))
		return error_nomem(err);
	if (memchr(r->buf + from, '\r', to - from) != NULL)
		return push_with_cr(r, from, to, line, err);
	return push(r, from, to, line, err);
}

/*
 * The position of the LF of the line that begins at start + *from, or of the
 * end of the content.  Reading may move start; *from stays relative to it.
 */
static int
find_line(struct csv_reader *r, size_t from, size_t *line_end, bool *has_lf, struct error *err)
{
	size_t looked = from;

	for (;;) {
		size_t at = r->start + looked;
		char *lf = memchr(r->buf + at, '\n', r->end - at);

		if (lf != NULL || r->eof) {
			*has_lf = lf != NULL;
			*line_end = lf ? (size_t)(lf - r->buf) : r->end;
			return 0;
		}
		looked = r->end - r->start;
		if (read_more(r, err) < 0)
			return -1;
	}
}

static bool
is_end_mark(const char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	return len == 2 && line[0] == '\\' && line[1] == '.';
}

/* The end mark was read up to buf[next]; nothing may follow. */
static int
take_end_mark(struct csv_reader *r, size_t next, struct error *err)
{
	r->offset += next - r->start;
	r->start = next;
	r->line++;
	if (r->start == r->end && !r->eof && read_more(r, err) < 0)
		return -1;
	if (r->start != r->end)
		return error_set(err, ERROR_RUNTIME, "%s:%llu: data behind the end mark",
			stream_in_name(r->in), (unsigned long long)r->line);
	r->end_mark = true;
	return 0;
}

/* The content ends without LF, and libcsv has had all of it. */
static int
finish_last(struct csv_reader *r, uint64_t line, struct error *err)
{
	if (r->ended == 0 && csv_fini(&r->parser, on_field, on_record, r) != 0)
		return error_set(err, ERROR_RUNTIME,
			"%s:%llu: the quoted field is not closed when the data ends on line "
			"%llu",
			stream_in_name(r->in), (unsigned long long)r->line,
			(unsigned long long)line);
	if (r->no_memory)
		return error_nomem(err);
	return 0;
}

/*
 * Have libcsv read the lines of one record.  Returns 1, or 0 when there is no
 * more.
 */
static int
read_lines(struct csv_reader *r, struct csv_span *span, struct error *err)
{
	size_t from = 0; /* where the line begins, relative to start */
	bool has_lf;
	size_t end;

	span->lines = 0;
	do {
		size_t at;

		if (find_line(r, from, &end, &has_lf, err) < 0)
			return -1;
		at = r->start + from;
		if (from == 0 && at == end && !has_lf)
			return 0;
		if (from == 0 && is_end_mark(r->buf + at, end - at))
			return take_end_mark(r, end + has_lf, err);
		if (feed(r, at, end + has_lf, r->line + span->lines, err) < 0)
			return -1;
		if (!has_lf && finish_last(r, r->line + span->lines, err) < 0)
			return -1;
		span->lines++;
		from = end + 1 - r->start;
	} while (r->ended == 0);
	span->next = end + has_lf;
	span->raw_end = end;
	if (has_lf && end > r->start && r->buf[end - 1] == '\r')
		span->raw_end--;
	return 1;
}

/*
 * The record at buf[start], by the quick scan where that can tell.  A record
 * that is not whole in the buffer is given one more look after the next read,
 * unless it is large: looking again and again would cost the square.
 */
static int
scan_or_read_lines(struct csv_reader *r, struct csv_span *span, struct error *err)
{
	for (;;) {
		int got;

		/* what might be an end mark is not for the scan */
		if (r->start < r->end && r->buf[r->start] != '\\') {
			got = csv_scan_record(
				&r->scan, &r->cells, r->buf, r->start, r->end, span);
			if (got < 0)
				return error_nomem(err);
			if (got > 0)
				return 1;
		}
		if (r->eof || r->start == 0 || r->end - r->start >= BUFFER_SIZE / 2)
			return read_lines(r, span, err);
		if (read_more(r, err) < 0)
			return -1;
	}
}

/* Bytes of the first nfields fields of a sound record, with their quotes. */
static size_t
raw_prefix(const char *raw, size_t len, size_t nfields)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (raw[i] == '"')
			quoted = !quoted;
		else if (raw[i] == ',' && !quoted && --nfields == 0)
			break;
	}
	return i;
}

/* Read one record into r->record, not looking at its defects. */
static int
read_record(struct csv_reader *r, struct error *err)
{
	struct csv_span span = {0};
	int got;

	r->cells.n = 0;
	r->cells.text_used = 0;
	r->ended = 0;
	if (r->end_mark)
		return 0;
	got = scan_or_read_lines(r, &span, err);
	if (got <= 0)
		return got;
	if (r->no_memory ||
		(r->cells.n == 0 && !csv_cells_add(&r->cells, r->buf + r->start, 0, true)))
		return error_nomem(err);
	r->record.fields = r->cells.fields;
	r->record.nfields = r->cells.n;
	r->record.raw = r->buf + r->start;
	r->record.raw_len = span.raw_end - r->start;
	r->record.line = r->line;
	r->record.offset = r->offset;
	r->record.defect = CSV_SOUND;
	r->record.ended = span.next > r->start && r->buf[span.next - 1] == '\n';
	r->line += span.lines;
	r->offset += span.next - r->start;
	r->start = span.next;
	return 1;
}

static int
check_header(const struct csv_reader *r, const struct csv_record *h, struct error *err)
{
	const char *name = stream_in_name(r->in);

	if (!utf8_is_text(h->raw, h->raw_len))
		return error_set(
			err, ERROR_RUNTIME, "%s:1: the header is not UTF-8 text", name);
	for (size_t i = 0; i < h->nfields; i++) {
		const struct csv_field *f = &h->fields[i];

		if (f->len == 0)
			return error_set(err, ERROR_RUNTIME,
				"%s:1: column %zu of the header has no name", name, i + 1);
		for (size_t j = 0; j < i; j++) {
			const struct csv_field *g = &h->fields[j];

			if (f->len == g->len && memcmp(f->ptr, g->ptr, f->len) == 0)
				return error_set(err, ERROR_RUNTIME,
					"%s:1: column '%.*s' is in the header twice", name,
					(int)f->len, f->ptr);
		}
	}
	return 0;
}

static bool
ends_with_reject_columns(const struct csv_record *h)
{
	if (h->nfields <= CSV_REJECT_COLUMNS)
		return false;
	for (size_t i = 0; i < CSV_REJECT_COLUMNS; i++) {
		const struct csv_field *f = &h->fields[h->nfields - CSV_REJECT_COLUMNS + i];
		const char *name = csv_reject_columns[i];

		if (f->len != strlen(name) || memcmp(f->ptr, name, f->len) != 0)
			return false;
	}
	return true;
}

static void
drop_columns(struct csv_record *record, size_t drop)
{
	if (drop == 0 || record->nfields <= drop)
		return;
	record->nfields -= drop;
	record->raw_len = raw_prefix(record->raw, record->raw_len, record->nfields);
}

/* Keep the header: names NUL-terminated one behind the other, then the raw line. */
static int
keep_header(struct csv_reader *r, struct error *err)
{
	const struct csv_record *h = &r->record;
	size_t size = h->raw_len;
	char *to;

	for (size_t i = 0; i < h->nfields; i++)
		size += h->fields[i].len + 1;
	r->header_text = malloc(size + 1);
	r->header_fields = calloc(h->nfields + 1, sizeof *r->header_fields);
	if (r->header_text == NULL || r->header_fields == NULL)
		return error_nomem(err);
	to = r->header_text;
	for (size_t i = 0; i < h->nfields; i++) {
		memcpy(to, h->fields[i].ptr, h->fields[i].len);
		r->header_fields[i] = (struct csv_field){to, h->fields[i].len, false};
		to += h->fields[i].len;
		*to++ = '\0';
	}
	memcpy(to, h->raw, h->raw_len);
	r->header = *h;
	r->header.fields = r->header_fields;
	r->header.raw = to;
	return 0;
}

int
csv_reader_header(struct csv_reader *r, const struct csv_record **header, struct error *err)
{
	static const char bom[3] = {'\xef', '\xbb', '\xbf'};
	int got;

	while (r->end < sizeof bom && !r->eof) {
		if (read_more(r, err) < 0)
			return -1;
	}
	if (r->end >= sizeof bom && memcmp(r->buf, bom, sizeof bom) == 0) {
		r->start += sizeof bom;
		r->offset += sizeof bom;
	}
	got = read_record(r, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return error_set(err, ERROR_RUNTIME, "%s is empty: not even a header",
			stream_in_name(r->in));
	if (check_header(r, &r->record, err) < 0)
		return -1;
	if (ends_with_reject_columns(&r->record))
		r->drop = CSV_REJECT_COLUMNS;
	drop_columns(&r->record, r->drop);
	if (keep_header(r, err) < 0)
		return -1;
	*header = &r->header;
	return 0;
}

int
csv_reader_next(struct csv_reader *r, const struct csv_record **record, struct error *err)
{
	struct csv_record *rec = &r->record;
	int got = read_record(r, err);

	if (got <= 0)
		return got;
	rec->row++;
	drop_columns(rec, r->drop);
	if (rec->nfields < r->header.nfields)
		rec->defect = CSV_MISSING_CELL;
	else if (rec->nfields > r->header.nfields)
		rec->defect = CSV_EXTRA_CELL;
	else if (!utf8_is_text(rec->raw, rec->raw_len))
		rec->defect = CSV_ENCODING_ERROR;
	*record = rec;
	return 1;
}

bool
csv_reader_mended(const struct csv_reader *r)
{
	return r->drop > 0;
}

bool
csv_reader_end_mark(const struct csv_reader *r)
{
	return r->end_mark;
}

const char *
csv_defect_code(enum csv_defect defect)
{
	switch (defect) {
	case CSV_MISSING_CELL: return "missing-cell";
	case CSV_EXTRA_CELL: return "extra-cell";
	case CSV_ENCODING_ERROR: return "encoding-error";
	case CSV_SOUND: break;
	}
	return "sound";
}

void
csv_defect_message(
	const struct csv_reader *r, const struct csv_record *record, char *buf, size_t size)
{
	if (record->defect == CSV_ENCODING_ERROR && memchr(record->raw, 0, record->raw_len))
		snprintf(buf, size, "a NUL byte");
	else if (record->defect == CSV_ENCODING_ERROR)
		snprintf(buf, size, "not valid UTF-8");
	else
		snprintf(buf, size, "%zu field%s where the header has %zu", record->nfields,
			record->nfields == 1 ? "" : "s", r->header.nfields);
}

int
csv_record_find(const struct csv_record *header, const char *name, size_t len)
{
	for (size_t i = 0; i < header->nfields; i++) {
		if (header->fields[i].len == len &&
			memcmp(header->fields[i].ptr, name, len) == 0)
			return (int)i;
	}
	return -1;
}
