/*
 * binlog_value.c - see binlog_value.h
 */
#include <string.h>

#include "extract/binlog_value.h"

enum {
	DECIMAL_WORD = 9,           /* digits in 4 bytes */
	DECIMAL_PRECISION_MAX = 81, /* more than any server's 65 */
	VARCHAR_SHORT = 255,        /* up to here a length has one byte */
};

size_t
binlog_decimal_size(unsigned precision, unsigned scale)
{
	static const unsigned char rest[DECIMAL_WORD] = {0, 1, 1, 2, 2, 3, 3, 4, 4};
	unsigned whole = precision - scale;

	return 4 * (size_t)(whole / DECIMAL_WORD) + rest[whole % DECIMAL_WORD] +
	       4 * (size_t)(scale / DECIMAL_WORD) + rest[scale % DECIMAL_WORD];
}

/* How many bytes the table map has for a column of this type. */
static size_t
meta_size(unsigned type)
{
	switch (type) {
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
	case MYSQL_TYPE_GEOMETRY:
	case MYSQL_TYPE_JSON:
	case MYSQL_TYPE_TIME2:
	case MYSQL_TYPE_DATETIME2:
	case MYSQL_TYPE_TIMESTAMP2: return 1;
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_VARCHAR:
	case MYSQL_TYPE_NEWDECIMAL:
	case MYSQL_TYPE_BIT:
	case MYSQL_TYPE_ENUM:
	case MYSQL_TYPE_SET: return 2;
	default: return 0;
	}
}

static void
set_text(struct binlog_type *t, uint32_t length)
{
	t->length = length;
	t->prefix = length > VARCHAR_SHORT ? 2 : 1;
}

/*
 * A CHAR, BINARY, ENUM or SET: the type, in which two bits that all of them
 * have are turned over for those of the length that have no room in its byte.
 */
static void
set_string(struct binlog_type *t, unsigned first, unsigned second)
{
	uint32_t length = second;

	if ((first & 0x30) != 0x30) {
		length |= ((first & 0x30) ^ 0x30) << 4;
		first |= 0x30;
	}
	t->type = (unsigned char)first;
	if (first == MYSQL_TYPE_ENUM || first == MYSQL_TYPE_SET)
		t->size = second;
	else
		set_text(t, length);
}

static int
set_decimal(struct binlog_type *t, unsigned precision, unsigned scale)
{
	if (precision == 0 || precision > DECIMAL_PRECISION_MAX || scale > precision)
		return -1;
	t->precision = (unsigned char)precision;
	t->scale = (unsigned char)scale;
	t->size = (uint32_t)binlog_decimal_size(precision, scale);
	return 0;
}

/* A time of `whole` bytes, and those of its fraction. */
static int
set_time(struct binlog_type *t, unsigned whole, unsigned digits)
{
	if (digits > 6)
		return -1;
	t->scale = (unsigned char)digits;
	t->size = whole + (digits + 1) / 2;
	return 0;
}

static int
set_blob(struct binlog_type *t, unsigned prefix)
{
	if (prefix < 1 || prefix > 4)
		return -1;
	t->prefix = (unsigned char)prefix;
	return 0;
}

/* The type of one column, with its bytes of the table map.  -1: unknown. */
static int
set_type(struct binlog_type *t, unsigned type, const unsigned char *meta)
{
	memset(t, 0, sizeof *t);
	t->type = (unsigned char)type;
	switch (type) {
	case MYSQL_TYPE_NULL: return 0;
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_YEAR: t->size = 1; return 0;
	case MYSQL_TYPE_SHORT: t->size = 2; return 0;
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE:
	case MYSQL_TYPE_TIME: t->size = 3; return 0;
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_TIMESTAMP: t->size = 4; return 0;
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_DATETIME: t->size = 8; return 0;
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
		t->size = meta[0];
		return t->size == (type == MYSQL_TYPE_FLOAT ? 4 : 8) ? 0 : -1;
	case MYSQL_TYPE_TIME2: return set_time(t, 3, meta[0]);
	case MYSQL_TYPE_DATETIME2: return set_time(t, 5, meta[0]);
	case MYSQL_TYPE_TIMESTAMP2: return set_time(t, 4, meta[0]);
	case MYSQL_TYPE_NEWDECIMAL: return set_decimal(t, meta[0], meta[1]);
	case MYSQL_TYPE_BIT:
		t->length = 8U * meta[1] + meta[0];
		t->size = meta[1] + (meta[0] > 0 ? 1U : 0U);
		return meta[0] < 8 && t->length <= 64 ? 0 : -1;
	case MYSQL_TYPE_ENUM:
	case MYSQL_TYPE_SET:
	case MYSQL_TYPE_STRING: set_string(t, meta[0], meta[1]); break;
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_VARCHAR: set_text(t, meta[0] | (uint32_t)meta[1] << 8); return 0;
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
	case MYSQL_TYPE_JSON:
	case MYSQL_TYPE_GEOMETRY: return set_blob(t, meta[0]);
	default: return -1;
	}
	switch (t->type) { /* what a string really is */
	case MYSQL_TYPE_STRING: return 0;
	case MYSQL_TYPE_ENUM: return t->size == 1 || t->size == 2 ? 0 : -1;
	case MYSQL_TYPE_SET: return t->size >= 1 && t->size <= 8 ? 0 : -1;
	default: return -1;
	}
}

int
binlog_types_read(const struct binlog_map *map, struct binlog_type *types, struct error *err)
{
	const unsigned char *meta = (const unsigned char *)map->meta.ptr;
	size_t left = map->meta.len;

	for (size_t i = 0; i < map->ncolumns; i++) {
		size_t n = meta_size(map->types[i]);

		if (n > left || set_type(&types[i], map->types[i], meta) < 0)
			return error_set(err, ERROR_RUNTIME,
				"table '%.*s': column %zu has a type in the binary log that "
				"is not known (%u)",
				(int)map->table.len, map->table.ptr, i + 1, map->types[i]);
		meta += n;
		left -= n;
	}
	return 0;
}

static int
cut_row(struct error *err)
{
	return error_set(
		err, ERROR_RUNTIME, "a row in the binary log is shorter than its columns");
}

int
binlog_row_read(const unsigned char **p, const unsigned char *end,
	const struct binlog_type *types, size_t n, struct mysql_value *values,
	struct error *err)
{
	const unsigned char *nulls = *p, *q;

	if ((size_t)(end - nulls) < (n + 7) / 8)
		return cut_row(err);
	q = nulls + (n + 7) / 8;
	for (size_t i = 0; i < n; i++) {
		size_t len = types[i].size, prefix = types[i].prefix;

		if (nulls[i / 8] >> (i % 8) & 1) {
			values[i] = (struct mysql_value){NULL, 0};
			continue;
		}
		if (prefix > 0) {
			if ((size_t)(end - q) < prefix)
				return cut_row(err);
			len = q[0];
			for (size_t j = 1; j < prefix; j++)
				len |= (size_t)q[j] << (8 * j);
			q += prefix;
		}
		if ((size_t)(end - q) < len)
			return cut_row(err);
		values[i] = (struct mysql_value){q, len};
		q += len;
	}
	*p = q;
	return 0;
}
