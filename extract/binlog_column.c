/*
 * binlog_column.c - see binlog_column.h
 *
 * Sources: the storage of DECIMAL, and of times with fractions, in "Date and
 * Time Data Type Representation" of MySQL's internals manual; checked against
 * what the server itself gives, in follow-types.bats.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "extract/binlog_column.h"

enum {
	DECIMAL_WORD = 9,
	DECIMAL_TEXT_MAX = 128,
	UUID_BYTES = 16,
};

typedef void column_write(
	struct csv_writer *, const struct binlog_column *, const struct mysql_value *);

static uint64_t
little_endian(const unsigned char *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = n; i-- > 0;)
		x = x << 8 | p[i];
	return x;
}

static uint64_t
big_endian(const unsigned char *p, size_t n)
{
	uint64_t x = 0;

	for (size_t i = 0; i < n; i++)
		x = x << 8 | p[i];
	return x;
}

static void
put_little(unsigned char *p, uint64_t x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(x >> (8 * i));
}

static void
write_out(struct csv_writer *w, const struct binlog_column *c, const void *p, size_t len)
{
	struct mysql_value v = {p, len};

	c->out.write(w, &c->out, &v);
}

/* The same bytes in both forms. */
static void
write_same(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	c->out.write(w, &c->out, v);
}

/* Three bytes become four. */
static void
write_int24(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	unsigned char p[4] = {v->ptr[0], v->ptr[1], v->ptr[2], 0};

	if (!c->is_unsigned && p[2] & 0x80)
		p[3] = 0xff;
	write_out(w, c, p, sizeof p);
}

/* Years since 1900 in a byte, but 0 is 0000; a YEAR(2) has two digits. */
static void
write_year(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	unsigned year = v->ptr[0] == 0 ? 0 : 1900U + v->ptr[0];
	unsigned char p[2];

	put_little(p, c->out.width == 2 ? year % 100 : year, sizeof p);
	write_out(w, c, p, sizeof p);
}

/* ---- times */

/* Of the binary protocol: year, month, day, hour, minute, second, microseconds. */
struct moment {
	uint64_t year;
	unsigned month, day, hour, minute, second;
	uint32_t micros;
};

static void
write_moment(struct csv_writer *w, const struct binlog_column *c, const struct moment *m)
{
	unsigned char p[11];

	put_little(p, m->year, 2);
	p[2] = (unsigned char)m->month;
	p[3] = (unsigned char)m->day;
	p[4] = (unsigned char)m->hour;
	p[5] = (unsigned char)m->minute;
	p[6] = (unsigned char)m->second;
	put_little(p + 7, m->micros, 4);
	write_out(w, c, p, sizeof p);
}

/* The day in 5 bits, the month in 4, the year. */
static void
write_date(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	uint64_t x = little_endian(v->ptr, 3);
	unsigned char p[4];

	put_little(p, x >> 9, 2);
	p[2] = (unsigned char)(x >> 5 & 15);
	p[3] = (unsigned char)(x & 31);
	write_out(w, c, p, sizeof p);
}

/* What stands behind the seconds, in hundredths, ten thousandths or millionths. */
static uint32_t
micros(uint64_t fraction, size_t bytes)
{
	static const unsigned unit[] = {0, 10000, 100, 1};

	return (uint32_t)(fraction * unit[bytes]);
}

/* The bytes behind the seconds: one for each two digits. */
static size_t
fraction_bytes(const struct binlog_column *c)
{
	return (c->type.scale + 1U) / 2 & 3;
}

/* 17 bits of years and months (13 a year), 5 of days, 5, 6 and 6 of the time. */
static void
write_datetime2(
	struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	uint64_t x = big_endian(v->ptr, 5) & ((UINT64_C(1) << 39) - 1);
	uint64_t months = x >> 22;
	size_t bytes = fraction_bytes(c);
	struct moment m = {.year = months / 13,
		.month = (unsigned)(months % 13),
		.day = (unsigned)(x >> 17 & 31),
		.hour = (unsigned)(x >> 12 & 31),
		.minute = (unsigned)(x >> 6 & 63),
		.second = (unsigned)(x & 63),
		.micros = micros(big_endian(v->ptr + 5, bytes), bytes)};

	write_moment(w, c, &m);
}

/* The digits YYYYMMDDhhmmss as a number: tables made before MySQL 5.6. */
static void
write_old_datetime(
	struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	uint64_t x = little_endian(v->ptr, 8);
	uint64_t date = x / 1000000, time = x % 1000000;
	struct moment m = {.year = date / 10000,
		.month = (unsigned)(date / 100 % 100),
		.day = (unsigned)(date % 100),
		.hour = (unsigned)(time / 10000),
		.minute = (unsigned)(time / 100 % 100),
		.second = (unsigned)(time % 100)};

	write_moment(w, c, &m);
}

/*
 * Seconds since 1970 as a date.  Days are counted from a first of March, so
 * that the day that not all years have is a year's last.
 */
static struct moment
moment_of(uint32_t seconds, uint32_t micro)
{
	unsigned days = seconds / 86400 + 719468, clock = seconds % 86400;
	unsigned era = days / 146097, in_era = days % 146097;
	unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * in_year + 2) / 153;

	return (struct moment){.year = year + era * 400 + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = in_year - (153 * month + 2) / 5 + 1,
		.hour = clock / 3600,
		.minute = clock / 60 % 60,
		.second = clock % 60,
		.micros = micro};
}

static void
write_instant(
	struct csv_writer *w, const struct binlog_column *c, uint32_t seconds, uint32_t micro)
{
	struct moment m;

	if (seconds == 0 && micro == 0) {
		write_out(w, c, "", 0);
		return;
	}
	m = moment_of(seconds, micro);
	write_moment(w, c, &m);
}

static void
write_timestamp2(
	struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	size_t bytes = fraction_bytes(c);

	write_instant(w, c, (uint32_t)big_endian(v->ptr, 4),
		micros(big_endian(v->ptr + 4, bytes), bytes));
}

static void
write_old_timestamp(
	struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	write_instant(w, c, (uint32_t)little_endian(v->ptr, 4), 0);
}

static void
write_clock(struct csv_writer *w, const struct binlog_column *c, bool negative, unsigned hours,
	unsigned minute, unsigned second, uint32_t micro)
{
	unsigned char p[12];

	p[0] = negative;
	put_little(p + 1, hours / 24, 4);
	p[5] = (unsigned char)(hours % 24);
	p[6] = (unsigned char)minute;
	p[7] = (unsigned char)second;
	put_little(p + 8, micro, 4);
	write_out(w, c, p, sizeof p);
}

/* Hours, minutes and seconds in 10, 6 and 6 bits, and a fraction; as one number around an offset. */
static void
write_time2(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	size_t bytes = fraction_bytes(c);
	int64_t x = (int64_t)big_endian(v->ptr, v->len) - (INT64_C(0x800000) << (8 * bytes));
	uint64_t positive = (uint64_t)(x < 0 ? -x : x);
	uint64_t whole = positive >> (8 * bytes);
	uint64_t fraction = positive & ((UINT64_C(1) << (8 * bytes)) - 1);

	write_clock(w, c, x < 0, (unsigned)(whole >> 12 & 1023), (unsigned)(whole >> 6 & 63),
		(unsigned)(whole & 63), micros(fraction, bytes));
}

/* The digits hhmmss as a number. */
static void
write_old_time(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	uint32_t x = (uint32_t)little_endian(v->ptr, 3);
	bool negative = (x & 0x800000) != 0;

	if (negative)
		x = 0x1000000 - x;
	write_clock(w, c, negative, x / 10000, x / 100 % 100, x % 100, 0);
}

/* ---- decimals */

/* `digits` digits from their bytes; the bits are turned over in negative numbers. */
static const unsigned char *
put_decimal_word(
	char *text, const unsigned char *p, unsigned digits, unsigned char turned, bool first)
{
	static const unsigned char sizes[DECIMAL_WORD + 1] = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
	uint32_t x = 0;

	for (unsigned i = 0; i < sizes[digits]; i++) {
		unsigned char byte = (unsigned char)(p[i] ^ turned);

		if (first && i == 0)
			byte ^= 0x80; /* the bit of the sign, set in positive numbers */
		x = x << 8 | byte;
	}
	for (unsigned i = digits; i-- > 0; x /= 10)
		text[i] = (char)('0' + x % 10);
	return p + sizes[digits];
}

/*
 * The digits before the point in words of nine, of which the first may be
 * short, then those behind it, of which the last may be.
 */
static void
write_decimal(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	unsigned whole = c->type.precision - c->type.scale, scale = c->type.scale;
	const unsigned char *p = v->ptr;
	unsigned char turned = (p[0] & 0x80) ? 0 : 0xff;
	char digits[DECIMAL_TEXT_MAX], text[DECIMAL_TEXT_MAX];
	unsigned n = 0, zeros = 0;
	char *q = text;

	for (unsigned left = whole; left > 0;) {
		unsigned word = left % DECIMAL_WORD != 0 ? left % DECIMAL_WORD : DECIMAL_WORD;

		p = put_decimal_word(digits + n, p, word, turned, p == v->ptr);
		n += word;
		left -= word;
	}
	for (unsigned left = scale; left > 0;) {
		unsigned word = left < DECIMAL_WORD ? left : DECIMAL_WORD;

		p = put_decimal_word(digits + n, p, word, turned, p == v->ptr);
		n += word;
		left -= word;
	}
	if (turned)
		*q++ = '-';
	while (c->out.width == 0 && zeros < whole && digits[zeros] == '0') /* no ZEROFILL */
		zeros++;
	if (zeros == whole)
		*q++ = '0';
	memcpy(q, digits + zeros, whole - zeros);
	q += whole - zeros;
	if (scale > 0) {
		*q++ = '.';
		memcpy(q, digits + whole, scale);
		q += scale;
	}
	write_out(w, c, text, (size_t)(q - text));
}

/* ---- texts and bytes */

static void
write_converted(
	struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	size_t len = v->len;
	const char *text =
		binlog_charset_convert(c->charset, (const char *)v->ptr, &len, c->buffer);

	if (text != NULL)
		write_out(w, c, text, len);
}

/* The log leaves out the zero bytes that pad a BINARY. */
static const unsigned char *
padded(const struct binlog_column *c, const struct mysql_value *v, size_t size)
{
	char *p = binlog_buffer_room(c->buffer, size + 1);

	if (p == NULL)
		return NULL;
	memset(p, 0, size);
	memcpy(p, v->ptr, v->len < size ? v->len : size);
	return (const unsigned char *)p;
}

static void
write_padded(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	const unsigned char *p = padded(c, v, c->type.length);

	if (p != NULL)
		write_out(w, c, p, c->type.length);
}

static void
write_uuid(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = padded(c, v, UUID_BYTES);
	char text[2 * UUID_BYTES + 4];
	size_t n = 0;

	for (unsigned i = 0; p != NULL && i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		text[n++] = digits[p[i] >> 4];
		text[n++] = digits[p[i] & 15];
	}
	if (p != NULL)
		write_out(w, c, text, n);
}

static void
write_inet(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	const unsigned char *p = padded(c, v, c->type.length);
	char text[INET6_ADDRSTRLEN];

	if (p != NULL &&
		inet_ntop(c->type.length == 4 ? AF_INET : AF_INET6, p, text, sizeof text))
		write_out(w, c, text, strlen(text));
}

/* The number of the name, from 1; 0 is what was no name. */
static void
write_enum(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	size_t i = (size_t)little_endian(v->ptr, v->len);
	bool known = i > 0 && i <= c->words.n;

	write_out(w, c, known ? c->words.words[i - 1].ptr : "",
		known ? c->words.words[i - 1].len : 0);
}

static void
write_set(struct csv_writer *w, const struct binlog_column *c, const struct mysql_value *v)
{
	uint64_t bits = little_endian(v->ptr, v->len);
	size_t room = 1, n = 0;
	char *p;

	for (size_t i = 0; i < c->words.n; i++)
		room += c->words.words[i].len + 1;
	p = binlog_buffer_room(c->buffer, room);
	if (p == NULL)
		return;
	for (size_t i = 0; i < c->words.n && i < 64; i++) {
		if ((bits >> i & 1) == 0)
			continue;
		if (n > 0)
			p[n++] = ',';
		memcpy(p + n, c->words.words[i].ptr, c->words.words[i].len);
		n += c->words.words[i].len;
	}
	write_out(w, c, p, n);
}

static column_write *
string_writer(const struct binlog_column *c, const MYSQL_FIELD *field, const char *data_type)
{
	if (strcasecmp(data_type, "uuid") == 0)
		return write_uuid;
	if (strcasecmp(data_type, "inet6") == 0 || strcasecmp(data_type, "inet4") == 0)
		return write_inet;
	if (c->type.type == MYSQL_TYPE_STRING && field->charsetnr == 63)
		return write_padded;
	return c->charset != NULL ? write_converted : write_same;
}

void
binlog_column_init(
	struct binlog_column *column, const MYSQL_FIELD *field, const char *data_type)
{
	mysql_column_init(&column->out, field);
	column->is_unsigned = (field->flags & UNSIGNED_FLAG) != 0;
	switch (column->type.type) {
	case MYSQL_TYPE_INT24: column->write = write_int24; break;
	case MYSQL_TYPE_YEAR: column->write = write_year; break;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_NEWDATE: column->write = write_date; break;
	case MYSQL_TYPE_TIME: column->write = write_old_time; break;
	case MYSQL_TYPE_TIME2: column->write = write_time2; break;
	case MYSQL_TYPE_DATETIME: column->write = write_old_datetime; break;
	case MYSQL_TYPE_DATETIME2: column->write = write_datetime2; break;
	case MYSQL_TYPE_TIMESTAMP: column->write = write_old_timestamp; break;
	case MYSQL_TYPE_TIMESTAMP2: column->write = write_timestamp2; break;
	case MYSQL_TYPE_NEWDECIMAL:
		column->write = write_decimal;
		column->out.width = field->flags & ZEROFILL_FLAG ? 1 : 0;
		break;
	case MYSQL_TYPE_ENUM: column->write = write_enum; break;
	case MYSQL_TYPE_SET: column->write = write_set; break;
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VARCHAR:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_BLOB: column->write = string_writer(column, field, data_type); break;
	default: column->write = write_same; break;
	}
}

void
binlog_column_release(struct binlog_column *column)
{
	binlog_charset_free(column->charset);
	free(column->words.text);
	free(column->words.words);
	memset(column, 0, sizeof *column);
}
