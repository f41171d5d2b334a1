/*
 * mysql_column.h - values of MySQL's binary protocol as fields of CSV
 *
 * The binary protocol is used because it alone gives every value exactly: the
 * text protocol prints a FLOAT with six digits.  Each value becomes the text
 * that the server itself would print, but for these:
 *
 *   float, double           the fewest digits that read back, in PostgreSQL's form
 *   bit                     an unsigned decimal number
 *   binary, varbinary, blob \x and hex
 *   geometry                \x and hex of WKB; of EWKB where there is an SRID
 *   timestamp               +00 behind it, except for the zero timestamp, which
 *                           is no instant
 *
 * Source: "Binary Protocol Resultset Row" of the MySQL client/server protocol.
 */
#ifndef EXTRACT_MYSQL_COLUMN_H
#define EXTRACT_MYSQL_COLUMN_H

#include <mysql.h>
#include <stddef.h>

#include "csv/csv_writer.h"
#include "schema/table_schema.h"

/* A value as it lies in the row: without its length; ptr NULL is NULL. */
struct mysql_value {
	const unsigned char *ptr;
	size_t len;
};

struct mysql_column {
	void (*write)(
		struct csv_writer *, const struct mysql_column *, const struct mysql_value *);
	size_t size;       /* of a value in the row; 0: a length stands before it */
	unsigned width;    /* pad with zeros to so many digits */
	unsigned decimals; /* digits of fractions of a second */
};

/* How to write a column with this description. */
void mysql_column_init(struct mysql_column *c, const MYSQL_FIELD *field);

/* Its type and format as Table Schema has them; *format may become NULL. */
enum schema_type mysql_column_schema(const MYSQL_FIELD *field, const char **format);

#endif
