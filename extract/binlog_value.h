/*
 * binlog_value.h - where in the rows of the binary log each value lies
 *
 * Of the types that the log has, with what the table map says of them.
 */
#ifndef EXTRACT_BINLOG_VALUE_H
#define EXTRACT_BINLOG_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "extract/binlog_event.h"
#include "extract/mysql_column.h"

struct binlog_type {
	unsigned char type; /* MYSQL_TYPE_…; of what is logged as a string, the real one */
	unsigned char
		prefix; /* bytes of the length before a value; 0: it has always size bytes */
	unsigned char precision;
	unsigned char scale; /* of a decimal; digits of fractions of a second */
	uint32_t size;
	uint32_t length; /* the most bytes of a text; the number of bits */
};

/* The types of all columns, into room for map->ncolumns.  One that is not known is ERROR_RUNTIME. */
int binlog_types_read(
	const struct binlog_map *map, struct binlog_type *types, struct error *err);

/*
 * Find the n values of the row at *p, which is moved behind it; end is the end
 * of all rows.  NULL has ptr NULL.
 */
int binlog_row_read(const unsigned char **p, const unsigned char *end,
	const struct binlog_type *types, size_t n, struct mysql_value *values,
	struct error *err);

/* Bytes of a decimal with `precision` digits, `scale` of them behind the point. */
size_t binlog_decimal_size(unsigned precision, unsigned scale);

#endif
