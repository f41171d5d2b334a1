/*
 * binlog_column.h - values of the binary log as fields of CSV
 *
 * Each is brought into the form that the binary protocol has for it, and then
 * written by what writes it in a table copy (mysql_column.h): so a change reads
 * as the copied row does.
 */
#ifndef EXTRACT_BINLOG_COLUMN_H
#define EXTRACT_BINLOG_COLUMN_H

#include <stdbool.h>

#include "extract/binlog_charset.h"
#include "extract/binlog_value.h"
#include "extract/mysql_column.h"

/* The names of an ENUM or SET, in UTF-8, one behind the other. */
struct binlog_words {
	char *text;
	struct binlog_text *words;
	size_t n;
};

struct binlog_column {
	struct binlog_type type; /* as the log has it */
	struct mysql_column out;
	void (*write)(struct csv_writer *, const struct binlog_column *,
		const struct mysql_value *); /* the value is not NULL */
	bool is_unsigned;
	struct binlog_charset *charset; /* own; NULL: none is to be converted */
	struct binlog_words words;
	struct binlog_buffer *buffer; /* borrowed */
};

/*
 * How to write a column of the type column->type, which as a field of a SELECT
 * is `field`; data_type is the catalog's name of the type.  words and charset
 * are filled before.
 */
void binlog_column_init(
	struct binlog_column *column, const MYSQL_FIELD *field, const char *data_type);

/* Takes what is all zero. */
void binlog_column_release(struct binlog_column *column);

#endif
