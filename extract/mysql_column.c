/*
 * mysql_column.c - see mysql_column.h
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "extract/digits.h"
#include "extract/float_text.h"
#include "extract/mysql_column.h"

enum {
	CHARSET_BINARY = 63, /* the number of the character set "binary" */
	SRID_SIZE = 4,
	WKB_HEAD = 5,          /* byte order and type */
	EWKB_SRID_FLAG = 0x20, /* in the highest byte of the type: PostGIS's extension */
	DATETIME_TEXT_MAX = 40,
	HEX_PIECE = 4096,
};

static uint64_t
little_endian(const unsigned char *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = n; i-- > 0;)
		x = x << 8 | p[i];
	return x;
}

static void
write_number(struct csv_writer *w, bool negative, uint64_t x, unsigned width)
{
	char *start = csv_writer_plain_reserve(w, 24 + width);
	char *p = start;

	if (start == NULL)
		return;
	if (negative)
		*p++ = '-';
	p = put_digits(p, x, width);
	csv_writer_plain_commit(w, (size_t)(p - start));
}

static void
write_unsigned(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	write_number(w, false, little_endian(v->ptr, c->size), c->width);
}

static void
write_signed(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	uint64_t x = little_endian(v->ptr, c->size);
	unsigned unused = 64 - 8 * (unsigned)c->size;

	if (x >> (8 * c->size - 1) == 0)
		write_number(w, false, x, c->width);
	else /* negate in the width of the type; the smallest value is its own negative */
		write_number(w, true, (0 - x) << unused >> unused, c->width);
}

static void
write_bits(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	uint64_t x = 0;

	(void)c;
	for (size_t i = 0; i < v->len; i++)
		x = x << 8 | v->ptr[i];
	write_number(w, false, x, 0);
}

/* Text of digits, signs and points only. */
static void
write_plain(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	char *p = csv_writer_plain_reserve(w, v->len);

	(void)c;
	if (p == NULL)
		return;
	memcpy(p, v->ptr, v->len);
	csv_writer_plain_commit(w, v->len);
}

static void
write_text(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	(void)c;
	csv_writer_field(w, (const char *)v->ptr, v->len);
}

static void
write_hex(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	(void)c;
	csv_writer_hex(w, v->ptr, v->len);
}

static void
put_hex(struct stream_out *out, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	while (len > 0) {
		size_t n = len < HEX_PIECE ? len : HEX_PIECE;
		char *p = stream_out_reserve(out, 2 * n);

		if (p == NULL)
			return;
		for (size_t i = 0; i < n; i++) {
			*p++ = digits[data[i] >> 4];
			*p++ = digits[data[i] & 15];
		}
		stream_out_commit(out, 2 * n);
		data += n;
		len -= n;
	}
}

/*
 * The server stores the SRID in 4 bytes, little endian, before the WKB; EWKB
 * has it behind the type, in the byte order of the WKB.
 */
static void
write_geometry(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	static const unsigned char none[SRID_SIZE];
	unsigned char head[WKB_HEAD + SRID_SIZE];
	const unsigned char *wkb = v->ptr + SRID_SIZE;
	bool little;
	char *p;

	(void)c;
	if (v->len < sizeof head) {
		csv_writer_hex(w, v->ptr, v->len);
		return;
	}
	if (memcmp(v->ptr, none, SRID_SIZE) == 0) {
		csv_writer_hex(w, wkb, v->len - SRID_SIZE);
		return;
	}
	little = wkb[0] == 1;
	memcpy(head, wkb, WKB_HEAD);
	head[little ? 4 : 1] |= EWKB_SRID_FLAG;
	for (size_t i = 0; i < SRID_SIZE; i++)
		head[WKB_HEAD + i] = v->ptr[little ? i : SRID_SIZE - 1 - i];
	p = csv_writer_plain_reserve(w, 2);
	if (p == NULL)
		return;
	memcpy(p, "\\x", 2);
	csv_writer_plain_commit(w, 2);
	put_hex(w->out, head, sizeof head);
	put_hex(w->out, wkb + WKB_HEAD, v->len - sizeof head);
}

/* ".ffffff" in as many digits as the column has. */
static char *
put_fraction(char *p, const struct mysql_column *c, uint64_t micros)
{
	unsigned digits = c->decimals;

	if (digits > 6) /* not fixed, in an expression */
		digits = micros != 0 ? 6 : 0;
	if (digits == 0)
		return p;
	*p++ = '.';
	for (unsigned i = digits; i < 6; i++)
		micros /= 10;
	return put_digits(p, micros, digits);
}

/* Year (2 bytes), month, day; nothing at all is 0000-00-00. */
static char *
put_date(char *p, const struct mysql_value *v)
{
	bool has = v->len >= 4;

	p = put_digits(p, has ? little_endian(v->ptr, 2) : 0, 4);
	*p++ = '-';
	p = put_digits(p, has ? v->ptr[2] : 0, 2);
	*p++ = '-';
	return put_digits(p, has ? v->ptr[3] : 0, 2);
}

static char *
put_clock(char *p, uint64_t hours, const unsigned char *minute_second)
{
	p = put_digits(p, hours, 2);
	*p++ = ':';
	p = put_digits(p, minute_second ? minute_second[0] : 0, 2);
	*p++ = ':';
	return put_digits(p, minute_second ? minute_second[1] : 0, 2);
}

static void
write_date(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	char *start = csv_writer_plain_reserve(w, DATETIME_TEXT_MAX);

	(void)c;
	if (start != NULL)
		csv_writer_plain_commit(w, (size_t)(put_date(start, v) - start));
}

/* The date, then hour, minute, second, then microseconds; what is 0 at the end is left out. */
static char *
put_datetime(char *p, const struct mysql_column *c, const struct mysql_value *v)
{
	p = put_date(p, v);
	*p++ = ' ';
	p = put_clock(p, v->len >= 7 ? v->ptr[4] : 0, v->len >= 7 ? v->ptr + 5 : NULL);
	return put_fraction(p, c, v->len >= 11 ? little_endian(v->ptr + 7, 4) : 0);
}

static void
write_datetime(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	char *start = csv_writer_plain_reserve(w, DATETIME_TEXT_MAX);

	if (start != NULL)
		csv_writer_plain_commit(w, (size_t)(put_datetime(start, c, v) - start));
}

static void
write_timestamp(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	static const unsigned char zero[4];
	char *start = csv_writer_plain_reserve(w, DATETIME_TEXT_MAX);
	char *p;

	if (start == NULL)
		return;
	p = put_datetime(start, c, v);
	if (v->len >= 4 && memcmp(v->ptr, zero, 4) != 0) {
		memcpy(p, "+00", 3);
		p += 3;
	}
	csv_writer_plain_commit(w, (size_t)(p - start));
}

/* Negative or not, days (4 bytes), hour, minute, second, microseconds; nothing is 0. */
static void
write_time(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	char *start = csv_writer_plain_reserve(w, DATETIME_TEXT_MAX);
	uint64_t hours = 0;
	char *p = start;

	if (start == NULL)
		return;
	if (v->len >= 8) {
		hours = little_endian(v->ptr + 1, 4) * 24 + v->ptr[5];
		if (v->ptr[0] != 0)
			*p++ = '-';
	}
	p = put_clock(p, hours, v->len >= 8 ? v->ptr + 6 : NULL);
	p = put_fraction(p, c, v->len >= 12 ? little_endian(v->ptr + 8, 4) : 0);
	csv_writer_plain_commit(w, (size_t)(p - start));
}

static void
write_float(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	char *p = csv_writer_plain_reserve(w, FLOAT_TEXT_MAX);
	uint32_t bits = (uint32_t)little_endian(v->ptr, sizeof bits);
	float x;

	(void)c;
	memcpy(&x, &bits, sizeof x);
	if (p != NULL)
		csv_writer_plain_commit(w, float_text(p, (double)x, true));
}

static void
write_double(struct csv_writer *w, const struct mysql_column *c, const struct mysql_value *v)
{
	char *p = csv_writer_plain_reserve(w, FLOAT_TEXT_MAX);
	uint64_t bits = little_endian(v->ptr, sizeof bits);
	double x;

	(void)c;
	memcpy(&x, &bits, sizeof x);
	if (p != NULL)
		csv_writer_plain_commit(w, float_text(p, x, false));
}

/* ---- the kinds of columns */

static bool
is_binary(const MYSQL_FIELD *field)
{
	/* JSON is text in UTF-8, whatever MySQL says of its character set */
	return field->charsetnr == CHARSET_BINARY && field->type != MYSQL_TYPE_JSON;
}

static void
init_integer(struct mysql_column *c, const MYSQL_FIELD *field, size_t size)
{
	c->size = size;
	c->write = field->flags & UNSIGNED_FLAG ? write_unsigned : write_signed;
	if (field->flags & ZEROFILL_FLAG)
		c->width = (unsigned)field->length;
}

void
mysql_column_init(struct mysql_column *c, const MYSQL_FIELD *field)
{
	memset(c, 0, sizeof *c);
	c->decimals = field->decimals;
	switch (field->type) {
	case MYSQL_TYPE_TINY: init_integer(c, field, 1); break;
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_YEAR: init_integer(c, field, 2); break;
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG: init_integer(c, field, 4); break;
	case MYSQL_TYPE_LONGLONG: init_integer(c, field, 8); break;
	case MYSQL_TYPE_FLOAT:
		c->size = 4;
		c->write = write_float;
		break;
	case MYSQL_TYPE_DOUBLE:
		c->size = 8;
		c->write = write_double;
		break;
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL: c->write = write_plain; break;
	case MYSQL_TYPE_BIT: c->write = write_bits; break;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE: c->write = write_date; break;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_DATETIME2: c->write = write_datetime; break;
	case MYSQL_TYPE_TIMESTAMP:
	case MYSQL_TYPE_TIMESTAMP2: c->write = write_timestamp; break;
	case MYSQL_TYPE_TIME:
	case MYSQL_TYPE_TIME2: c->write = write_time; break;
	case MYSQL_TYPE_GEOMETRY: c->write = write_geometry; break;
	default: c->write = is_binary(field) ? write_hex : write_text; break;
	}
}

enum schema_type
mysql_column_schema(const MYSQL_FIELD *field, const char **format)
{
	*format = NULL;
	switch (field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
	case MYSQL_TYPE_BIT: return SCHEMA_INTEGER;
	case MYSQL_TYPE_YEAR: return SCHEMA_YEAR;
	case MYSQL_TYPE_FLOAT:
	case MYSQL_TYPE_DOUBLE:
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL: return SCHEMA_NUMBER;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE: return SCHEMA_DATE;
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_DATETIME2:
	case MYSQL_TYPE_TIMESTAMP:
	case MYSQL_TYPE_TIMESTAMP2:
		*format = "any"; /* the default is ISO 8601 with a T */
		return SCHEMA_DATETIME;
	default: return SCHEMA_STRING;
	}
}
