/*
 * csv_writer.h - write records as PostgreSQL's COPY … TO … (FORMAT csv) does
 *
 * A field is quoted only where it must be: comma, quote, CR, LF, the empty
 * string, and, in a stream of one column, the value `\.`.  NULL is nothing at
 * all.  The bytes equal PostgreSQL's.
 *
 * Calling sequence: init, header, then for each record one call a column and
 * csv_writer_end.  Calls for fields cannot fail; csv_writer_end tells.
 */
#ifndef CSV_CSV_WRITER_H
#define CSV_CSV_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "csv/stream.h"
#include "error.h"

struct csv_writer {
	struct stream_out *out; /* borrowed */
	size_t ncolumns;
	size_t column; /* of the record that is being written */
	uint64_t rows; /* ended so far, the header not counted */
};

void csv_writer_init(struct csv_writer *w, struct stream_out *out, size_t ncolumns);

/* The header line: ncolumns names, NUL-terminated. */
int csv_writer_header(struct csv_writer *w, const char *const *names, struct error *err);

void csv_writer_field(struct csv_writer *w, const char *data, size_t len);
void csv_writer_null(struct csv_writer *w);

/*
 * A field in two steps, for values that are made in place: reserve room for
 * len bytes of a value that needs no quotes (a number, a time, t or f), write
 * it there, commit the length used (more than 0).  NULL when the stream has
 * failed.
 */
char *csv_writer_plain_reserve(struct csv_writer *w, size_t len);
void csv_writer_plain_commit(struct csv_writer *w, size_t used);

/* The field `\x` and hex of len bytes. */
void csv_writer_hex(struct csv_writer *w, const unsigned char *data, size_t len);

/* A whole record with its end, of the ncolumns fields; ptr may be NULL where len is 0. */
int csv_writer_record(struct csv_writer *w, const struct csv_field *fields, struct error *err);

/* End the record. */
int csv_writer_end(struct csv_writer *w, struct error *err);

/* A whole record, quoted already, without its line end. */
int csv_writer_raw(struct csv_writer *w, const char *raw, size_t len, struct error *err);

/* The end mark: `\.` on a line of its own. */
int csv_writer_end_mark(struct csv_writer *w, struct error *err);

#endif
