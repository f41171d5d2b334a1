/*
 * csv_reader.h - records of a CSV stream, one after the other
 *
 * PostgreSQL's CSV (RFC 4180, comma, UTF-8): an empty unquoted field is NULL,
 * "" is the empty string.  A BOM before the header is dropped, CRLF ends a
 * record as LF does.  What cannot be cut into records (broken quoting, a bare
 * CR outside quotes, a record over CSV_RECORD_MAX) is an error that names
 * line and offset.  What can be cut but is wrong in itself (too few or too
 * many fields, invalid UTF-8, a NUL byte) is a record with a defect, which
 * the caller rejects.
 *
 * A file of rejects has five columns of ours at the end (_stage, _row,
 * _column, _code, _message); the reader drops them.
 */
#ifndef CSV_CSV_READER_H
#define CSV_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv/stream.h"
#include "error.h"

/* Bytes of one record with its quotes: what PostgreSQL can take in one line. */
#define CSV_RECORD_MAX ((size_t)1 << 30)

enum { CSV_REJECT_COLUMNS = 5 };
extern const char *const csv_reject_columns[CSV_REJECT_COLUMNS];

/* ptr is not NULL-terminated, and is NULL or not where null is true. */
struct csv_field {
	const char *ptr;
	size_t len; /* bytes */
	bool null;
};

enum csv_defect {
	CSV_SOUND = 0,
	CSV_MISSING_CELL,   /* fewer fields than the header */
	CSV_EXTRA_CELL,     /* more */
	CSV_ENCODING_ERROR, /* not UTF-8, or a NUL byte */
};

/*
 * Valid until the next call to the reader.  raw is the record as it was read,
 * without its line end and without reject columns; it is quoted as it came,
 * so it can be written again byte for byte.
 */
struct csv_record {
	const struct csv_field *fields;
	size_t nfields;
	const char *raw;
	size_t raw_len;
	uint64_t line;   /* of its first byte; the header is on line 1 */
	uint64_t offset; /* of its first byte in the content */
	uint64_t row;    /* 1 is the first behind the header, which is 0 */
	enum csv_defect defect;
	bool ended; /* by a line end, which only the last of a stream may lack */
};

struct csv_reader;

/* Borrows `in`, which must outlive the reader.  NULL for want of memory. */
struct csv_reader *csv_reader_new(struct stream_in *in, struct error *err);

/*
 * The header; must be the first call.  Its record stays valid for the reader's
 * life, and its names are NUL-terminated.  Errors: no header at all (empty input), a name that is
 * empty or there twice, invalid UTF-8.
 */
int csv_reader_header(
	struct csv_reader *r, const struct csv_record **header, struct error *err);

/* 1 with *record, 0 at the end, -1 on error. */
int csv_reader_next(struct csv_reader *r, const struct csv_record **record, struct error *err);

/* Whether the stream ended with an end mark (`\.` alone on its line). */
bool csv_reader_end_mark(const struct csv_reader *r);

/* Whether the stream is a rejects file, whose columns of ours are dropped. */
bool csv_reader_mended(const struct csv_reader *r);

/* frictionless-py's word for a defect: "missing-cell", "extra-cell", "encoding-error". */
const char *csv_defect_code(enum csv_defect defect);

/* A sentence about the record's defect into buf, such as "3 fields, the header has 5". */
void csv_defect_message(
	const struct csv_reader *r, const struct csv_record *record, char *buf, size_t size);

/* The index of a column in the header, or -1. */
int csv_record_find(const struct csv_record *header, const char *name, size_t len);

/* Takes NULL. */
void csv_reader_free(struct csv_reader *r);

#endif
