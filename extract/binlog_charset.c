/*
 * binlog_charset.c - see binlog_charset.h
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "db/mysql.h"
#include "db/sql.h"
#include "extract/binlog_charset.h"

enum { UTF8_MAX = 4, BYTES = 256 };

struct binlog_charset {
	/* a Unicode form: the bytes of a unit, 2 or 4, and their order; 0: eight bits */
	unsigned unit;
	bool surrogates;
	bool little;
	unsigned char len[BYTES];
	char utf8[BYTES][UTF8_MAX];
};

static const struct {
	const char *name;
	unsigned unit;
	bool surrogates;
	bool little;
} wide[] = {
	{"ucs2", 2, false, false},
	{"utf16", 2, true, false},
	{"utf16le", 2, true, true},
	{"utf32", 4, false, false},
};

char *
binlog_buffer_room(struct binlog_buffer *b, size_t n)
{
	size_t cap = b->cap > 0 ? b->cap : 256;
	char *data;

	while (cap < n)
		cap *= 2;
	if (cap == b->cap)
		return b->data;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->cap = cap;
	return data;
}

/* Whether the server's character set has characters of more than one byte. */
static int
is_multibyte(MYSQL *conn, const char *name, bool *yes, struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	MYSQL_ROW row = NULL;
	const char *text;

	sql_add(&sql, "SELECT maxlen FROM information_schema.character_sets "
		      "WHERE character_set_name = ");
	mydb_literal(&sql, name);
	text = sql_text(&sql, err);
	if (text != NULL)
		result = mydb_query(conn, text, err);
	sql_release(&sql);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	*yes = row == NULL || strcmp(row[0], "1") != 0;
	mysql_free_result(result);
	return 0;
}

/* What each byte becomes, in one row of 256 values. */
static int
ask_for_bytes(MYSQL *conn, const char *name, struct binlog_charset *charset, struct error *err)
{
	struct sql sql = SQL_INIT;
	MYSQL_RES *result = NULL;
	MYSQL_ROW row = NULL;
	unsigned long *lengths;
	const char *text;
	bool ascii = strcasecmp(name, "ascii") == 0;

	sql_add(&sql, "SELECT ");
	for (unsigned i = 0; i < BYTES; i++) {
		/* ascii has no literal with the other half */
		if (ascii && i >= BYTES / 2)
			sql_add(&sql, "%s'?'", i > 0 ? ", " : "");
		else
			sql_add(&sql, "%sCONVERT(_%s 0x%02x USING utf8mb4)", i > 0 ? ", " : "",
				name, i);
	}
	text = sql_text(&sql, err);
	if (text != NULL)
		result = mydb_query(conn, text, err);
	sql_release(&sql);
	if (result == NULL)
		return -1;
	row = mysql_fetch_row(result);
	lengths = row ? mysql_fetch_lengths(result) : NULL;
	for (unsigned i = 0; lengths != NULL && i < BYTES; i++) {
		size_t len = row[i] ? lengths[i] : 0;

		charset->len[i] = (unsigned char)(len < UTF8_MAX ? len : UTF8_MAX);
		if (len > 0)
			memcpy(charset->utf8[i], row[i], charset->len[i]);
	}
	mysql_free_result(result);
	return lengths != NULL ? 0 : error_nomem(err);
}

static int
fill(MYSQL *conn, const char *name, struct binlog_charset *charset, struct error *err)
{
	bool multibyte = false;

	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		if (strcasecmp(name, wide[i].name) == 0) {
			charset->unit = wide[i].unit;
			charset->surrogates = wide[i].surrogates;
			charset->little = wide[i].little;
			return 0;
		}
	}
	if (is_multibyte(conn, name, &multibyte, err) < 0)
		return -1;
	if (multibyte)
		return error_set(err, ERROR_USAGE,
			"its character set %s cannot be read from the binary log", name);
	return ask_for_bytes(conn, name, charset, err);
}

int
binlog_charset_find(
	MYSQL *conn, const char *name, struct binlog_charset **charset, struct error *err)
{
	*charset = NULL;
	if (strncasecmp(name, "utf8", 4) == 0 || strcasecmp(name, "binary") == 0)
		return 0;
	*charset = calloc(1, sizeof **charset);
	if (*charset == NULL)
		return error_nomem(err);
	if (fill(conn, name, *charset, err) == 0)
		return 0;
	free(*charset);
	*charset = NULL;
	return -1;
}

/* The unit at p, as the character set has it. */
static uint32_t
unit_at(const struct binlog_charset *c, const unsigned char *p)
{
	uint32_t x = 0;

	for (unsigned i = 0; i < c->unit; i++)
		x = x << 8 | p[c->little ? c->unit - 1 - i : i];
	return x;
}

static char *
put_utf8(char *p, uint32_t x)
{
	if (x < 0x80) {
		*p++ = (char)x;
		return p;
	}
	if (x < 0x800) {
		*p++ = (char)(0xc0 | x >> 6);
	} else {
		if (x < 0x10000) {
			*p++ = (char)(0xe0 | x >> 12);
		} else {
			*p++ = (char)(0xf0 | x >> 18);
			*p++ = (char)(0x80 | (x >> 12 & 0x3f));
		}
		*p++ = (char)(0x80 | (x >> 6 & 0x3f));
	}
	*p++ = (char)(0x80 | (x & 0x3f));
	return p;
}

/* What is no character becomes a question mark, as the server has it. */
static char *
convert_wide(const struct binlog_charset *c, const unsigned char *text, size_t len, char *p)
{
	const unsigned char *end = text + len - len % c->unit;

	while (text < end) {
		uint32_t x = unit_at(c, text);

		text += c->unit;
		if (c->surrogates && x >= 0xd800 && x < 0xdc00 && text < end) {
			uint32_t low = unit_at(c, text);

			if (low >= 0xdc00 && low < 0xe000) {
				x = 0x10000 + ((x - 0xd800) << 10) + (low - 0xdc00);
				text += c->unit;
			}
		}
		p = put_utf8(p, x > 0x10ffff || (x >= 0xd800 && x < 0xe000) ? '?' : x);
	}
	return p;
}

const char *
binlog_charset_convert(const struct binlog_charset *charset, const char *text, size_t *len,
	struct binlog_buffer *b)
{
	char *start = binlog_buffer_room(b, UTF8_MAX * *len + UTF8_MAX);
	char *p = start;

	if (start == NULL)
		return NULL;
	if (charset->unit > 0) {
		p = convert_wide(charset, (const unsigned char *)text, *len, p);
	} else {
		for (size_t i = 0; i < *len; i++) {
			unsigned char c = (unsigned char)text[i];

			memcpy(p, charset->utf8[c], UTF8_MAX);
			p += charset->len[c];
		}
	}
	*len = (size_t)(p - start);
	return start;
}

void
binlog_charset_free(struct binlog_charset *charset)
{
	free(charset);
}
