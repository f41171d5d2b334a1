/*
 * mysql_value.h - a field of CSV as MySQL is to read it
 *
 * The inverse of what extract writes (see load.1): \x and hex become bytes,
 * WKB and EWKB geometry, t and f 1 and 0, a number bits; +00 goes from behind
 * a time.  What MySQL would take for something else without a word is
 * refused here: a fraction of a second that the column cannot hold, digits that
 * are no value of an ENUM or SET and would be taken for its number, NULL in a
 * column that would make something of it.
 */
#ifndef LOAD_MYSQL_VALUE_H
#define LOAD_MYSQL_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "csv/csv_reader.h"
#include "db/sql.h"
#include "load/inserter.h"

enum mysql_kind {
	MYSQL_TEXT,     /* as it is */
	MYSQL_INTEGER,  /* t and f are 1 and 0 */
	MYSQL_FLOAT,    /* the largest one in full: MySQL rounds too late */
	MYSQL_BITS,     /* as MYSQL_INTEGER, but read as an unsigned number */
	MYSQL_BYTES,    /* \x and hex, else as it is */
	MYSQL_GEOMETRY, /* WKB or EWKB, little endian, in hex with or without \x */
	MYSQL_MEMBER,   /* ENUM, SET */
	MYSQL_INSTANT,  /* DATE, DATETIME, TIMESTAMP, TIME */
};

/* How the values of a column are written. */
struct mysql_value {
	enum mysql_kind kind;
	const char *name;
	bool required;       /* NULL is refused */
	unsigned precision;  /* digits of fractions of a second */
	const char *members; /* of an ENUM or SET: the column's type as SQL */
};

/* The two languages that values are written in. */
enum mysql_form {
	MYSQL_LOAD,   /* LOAD DATA: backslash, \N; bytes as hex, to be unhexed */
	MYSQL_INSERT, /* INSERT: 'text', x'hex', NULL */
};

/*
 * Append the field to *s.  1 when done; 0 with the code, column and message of
 * *why when it is refused; a lack of memory shows in s->failed.
 */
int mysql_value_put(const struct mysql_value *v, const struct csv_field *field,
	enum mysql_form form, struct sql *s, struct refusal *why);

/*
 * What LOAD DATA does with the user variable that such a value is read into, as
 * "UNHEX(%s)"; NULL when it is read into the column itself.
 */
const char *mysql_value_expression(const struct mysql_value *v);

#endif
