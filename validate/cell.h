/*
 * cell.h - the types of Table Schema: from the text of a field to its value
 *
 * A cell_type is made once a column; cell_parse then tells whether a field's
 * text is of the type, and fills a struct cell with what constraints ask
 * about.  A cell points into the text it was parsed from and into its type's
 * own scratch memory: it is good until the next parse with the same type.
 */
#ifndef VALIDATE_CELL_H
#define VALIDATE_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "schema/table_schema.h"
#include "validate/decimal.h"
#include "validate/moment.h"

struct cell_type;

/* Which member of a cell holds the value; decides how cells compare. */
enum cell_value {
	CELL_TEXT,     /* the text itself */
	CELL_WHOLE,    /* whole: an integer of 64 bits, or 0 and 1 of a boolean */
	CELL_DECIMAL,  /* decimal: a number, and an integer too large for whole */
	CELL_MOMENT,   /* moment: date, time, datetime, year, yearmonth */
	CELL_DURATION, /* moment */
	CELL_POINT,    /* point: longitude, latitude */
	CELL_JSON,     /* count members or items; equal by value, whatever the spaces */
	CELL_LIST      /* the text itself, with count items */
};

struct cell {
	const char *text;
	size_t len;
	enum cell_value kind;
	union {
		int64_t whole;
		struct decimal decimal;
		struct moment moment;
		struct decimal point[2];
		size_t count;
	};
};

/*
 * The type of a field, whose schema must live on.  ERROR_USAGE for a time
 * pattern that is not known.  NULL on error.
 */
struct cell_type *cell_type_new(const struct schema_field *field, struct error *err);

/* Takes NULL. */
void cell_type_free(struct cell_type *type);

/* Whether the n bytes (valid UTF-8) are of the type. */
bool cell_parse(struct cell_type *type, const char *text, size_t n, struct cell *cell);

/* Memory was short in a cell_parse since the last call: then its answer means nothing. */
bool cell_type_failed(const struct cell_type *type);

/* Of an ordered type: -1, 0, 1, or 2 where there is no order (NaN, some durations). */
int cell_compare(const struct cell *x, const struct cell *y);

/* What minLength counts: characters, or items of an array, object or list. */
size_t cell_length(const struct cell *cell);

/*
 * Bytes that are equal for cells of the same type with equal values, and only
 * for them; appended to *key.
 */
struct buffer {
	unsigned char *data;
	size_t len;
	size_t cap;
};
int cell_key(const struct cell *cell, struct buffer *key, struct error *err);

/* Append n bytes.  ERROR_RUNTIME when memory is short. */
int buffer_put(struct buffer *b, const void *data, size_t n, struct error *err);

#endif
