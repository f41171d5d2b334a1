/*
 * batch.h - the rows that are under way to the server, as the server gets them
 *
 * Each row is its record's bytes and a line feed, one behind the other, so a
 * range of rows goes to COPY as it lies there.  A batch is kept until
 * PostgreSQL has taken all of it, so that a row it refuses can be found.
 */
#ifndef LOAD_BATCH_H
#define LOAD_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"

/*
 * A batch is full with so many bytes or rows; one row may be larger than that.
 * Each is a subtransaction of the server, and with a quarter of these bytes two
 * loaders at once take a fifth longer.
 */
enum { BATCH_BYTES = 16 << 20, BATCH_ROWS = 1 << 17 };

struct batch_row {
	size_t offset; /* of its first byte in data */
	uint64_t line;
	uint64_t row;
	bool gone; /* not to be sent any more */
};

struct batch {
	char *data;
	size_t len;
	size_t cap;
	struct batch_row *rows;
	size_t nrows;
	size_t rows_cap;
};

#define BATCH_INIT                                                                             \
	{                                                                                      \
		NULL, 0, 0, NULL, 0, 0                                                         \
	}

/* Append a record.  ERROR_RUNTIME when memory is short. */
int batch_add(struct batch *b, const struct csv_record *record, struct error *err);

bool batch_is_full(const struct batch *b);

/* The offset of a row's first byte; of row nrows, the end of the data. */
size_t batch_offset(const struct batch *b, size_t row);

/* A row as the record it was, but without its fields. */
struct csv_record batch_record(const struct batch *b, size_t row);

/*
 * Which row of [from, to) has the line that COPY names: `line` counts from 1
 * at row `from`, rows that are gone do not count, and line ends inside quotes count.  `to` when none has.
 */
size_t batch_find_line(const struct batch *b, size_t from, size_t to, uint64_t line);

/* Forget all rows.  What an unusually large row took goes back to the system. */
void batch_clear(struct batch *b);

void batch_release(struct batch *b);

#endif
