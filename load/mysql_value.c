/*
 * mysql_value.c - see mysql_value.h
 *
 * Refusals have the number and the wording of the server's own error that is
 * nearest.
 */
#include <float.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load/mysql_value.h"

enum {
	WKB_HEAD = 5,          /* byte order and type */
	SRID_SIZE = 4,         /* before the WKB, little endian, in the server's own form */
	EWKB_SRID_FLAG = 0x20, /* in the highest byte of the type: PostGIS's extension */
	SHOWN_MAX = 64,        /* bytes of a value in a message */
};

/* The bytes that have to be escaped become two, with a backslash before them. */
static void
append_escaped(struct sql *s, const char *text, size_t n, enum mysql_form form)
{
	const char *end = text + n;
	char *out;

	if (!sql_reserve(s, 2 * n))
		return;
	out = s->text + s->len;
	for (; text < end; text++) {
		char c = *text;

		if (c == '\\' || (form == MYSQL_LOAD ? c == '\t' || c == '\n' || c == '\0'
						     : c == '\'')) {
			*out++ = '\\';
			/* LOAD DATA reads \t and \n as well as a backslash before the byte itself */
			if (c == '\0')
				c = '0';
		}
		*out++ = c;
	}
	s->len = (size_t)(out - s->text);
	*out = '\0';
}

static void
put_text(struct sql *s, const char *text, size_t n, enum mysql_form form)
{
	if (form == MYSQL_INSERT)
		sql_append(s, "'", 1);
	append_escaped(s, text, n, form);
	if (form == MYSQL_INSERT)
		sql_append(s, "'", 1);
}

static int
refuse(const struct mysql_value *v, const struct csv_field *f, const char *code,
	const char *message, struct refusal *why)
{
	size_t n = f->len < SHOWN_MAX ? f->len : SHOWN_MAX;

	memset(why, 0, sizeof *why);
	/* not in the middle of a character */
	while (n > 0 && n < f->len && ((unsigned char)f->ptr[n] & 0xc0) == 0x80)
		n--;
	(void)snprintf(why->code, sizeof why->code, "%s", code);
	(void)snprintf(why->column, sizeof why->column, "%s", v->name);
	if (f->null)
		(void)snprintf(why->message, sizeof why->message, message, v->name);
	else
		(void)snprintf(why->message, sizeof why->message,
			"%s: '%.*s%s' for column '%s'", message, (int)n, f->ptr,
			n < f->len ? "..." : "", v->name);
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Whether all n bytes are hex, two digits a byte. */
static bool
is_hex(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (hex_digit(text[i]) < 0)
			return false;
	}
	return n % 2 == 0;
}

static void
begin_hex(struct sql *s, enum mysql_form form)
{
	if (form == MYSQL_INSERT)
		sql_append(s, "x'", 2);
}

static void
end_hex(struct sql *s, enum mysql_form form)
{
	if (form == MYSQL_INSERT)
		sql_append(s, "'", 1);
}

/* Bytes that came as they are, for a column that is read as hex. */
static void
put_as_hex(struct sql *s, const char *data, size_t n, enum mysql_form form)
{
	static const char digits[] = "0123456789abcdef";

	begin_hex(s, form);
	if (!sql_reserve(s, 2 * n))
		return;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)data[i];

		s->text[s->len++] = digits[c >> 4];
		s->text[s->len++] = digits[c & 15];
	}
	s->text[s->len] = '\0';
	end_hex(s, form);
}

static int
put_bytes(const struct mysql_value *v, const struct csv_field *f, enum mysql_form form,
	struct sql *s, struct refusal *why)
{
	if (f->len < 2 || memcmp(f->ptr, "\\x", 2) != 0) {
		put_as_hex(s, f->ptr, f->len, form);
		return 1;
	}
	if (!is_hex(f->ptr + 2, f->len - 2))
		return refuse(v, f, "1366", "Incorrect hexadecimal value", why);
	begin_hex(s, form);
	sql_append(s, f->ptr + 2, f->len - 2);
	end_hex(s, form);
	return 1;
}

static unsigned
hex_byte(const char *p)
{
	return (unsigned)hex_digit(p[0]) << 4 | (unsigned)hex_digit(p[1]);
}

/*
 * The server's own form is the SRID and then plain WKB, little endian, so EWKB
 * is taken apart.
 */
static int
put_geometry(const struct mysql_value *v, const struct csv_field *f, enum mysql_form form,
	struct sql *s, struct refusal *why)
{
	enum { FLAGS = 2 * (WKB_HEAD - 1), HEAD = 2 * WKB_HEAD, SRID = 2 * SRID_SIZE };
	bool prefixed = f->len >= 2 && memcmp(f->ptr, "\\x", 2) == 0;
	const char *p = f->ptr + (prefixed ? 2 : 0);
	size_t n = f->len - (prefixed ? 2 : 0);

	if (n < HEAD || !is_hex(p, n) || hex_byte(p) != 1)
		return refuse(v, f, "1416", "Not a geometry as little-endian WKB or EWKB", why);
	begin_hex(s, form);
	if ((hex_byte(p + FLAGS) & EWKB_SRID_FLAG) == 0 || n < HEAD + SRID) {
		sql_append(s, "00000000", SRID);
		sql_append(s, p, n);
	} else {
		sql_append(s, p + HEAD, SRID);
		sql_append(s, p, FLAGS);
		sql_add(s, "%02x", hex_byte(p + FLAGS) & ~(unsigned)EWKB_SRID_FLAG);
		sql_append(s, p + HEAD + SRID, n - HEAD - SRID);
	}
	end_hex(s, form);
	return 1;
}

static bool
is_digits(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return n > 0;
}

/* Whether digits, which need no unescaping, are among the members in quotes. */
static bool
is_member(const char *members, const char *digits, size_t n)
{
	for (const char *p = members; (p = strchr(p, '\'')) != NULL; p++) {
		if (strncmp(p + 1, digits, n) == 0 && p[n + 1] == '\'' &&
			(p[-1] == '(' || p[-1] == ','))
			return true;
	}
	return false;
}

static const struct csv_field *
of_boolean(const struct csv_field *f)
{
	static const struct csv_field one = {"1", 1, false}, zero = {"0", 1, false};

	if (f->len != 1)
		return f;
	return f->ptr[0] == 't' ? &one : f->ptr[0] == 'f' ? &zero : f;
}

/*
 * The shortest text of the largest float, 3.4028235e+38, is larger than that as
 * a double, which is what the server compares before it rounds.
 */
static void
put_float(const struct csv_field *f, enum mysql_form form, struct sql *s)
{
	char text[64];
	float x;

	if (f->len >= 2 && f->len < sizeof text && memcmp(f->ptr + f->len - 2, "38", 2) == 0) {
		memcpy(text, f->ptr, f->len);
		text[f->len] = '\0';
		x = strtof(text, NULL);
		if (x == FLT_MAX || x == -FLT_MAX) {
			int n = snprintf(text, sizeof text, "%.17g", (double)x);

			put_text(s, text, (size_t)n, form);
			return;
		}
	}
	put_text(s, f->ptr, f->len, form);
}

static int
put_bits(const struct mysql_value *v, const struct csv_field *f, enum mysql_form form,
	struct sql *s, struct refusal *why)
{
	f = of_boolean(f);
	if (!is_digits(f->ptr, f->len))
		return refuse(v, f, "1366", "Incorrect integer value", why);
	if (form == MYSQL_INSERT)
		sql_append(s, "CAST(", 5);
	put_text(s, f->ptr, f->len, form);
	if (form == MYSQL_INSERT)
		sql_append(s, " AS UNSIGNED)", 13);
	return 1;
}

/* Without the +00 behind it: the session is in UTC. */
static int
put_instant(const struct mysql_value *v, const struct csv_field *f, enum mysql_form form,
	struct sql *s, struct refusal *why)
{
	size_t n = f->len;
	const char *point;

	if (n > 3 && memcmp(f->ptr + n - 3, "+00", 3) == 0)
		n -= 3;
	point = memchr(f->ptr, '.', n);
	if (point != NULL) {
		const char *p = point + 1, *end = f->ptr + n;

		for (unsigned i = 0; i < v->precision && p < end; i++)
			p++;
		while (p < end && *p == '0')
			p++;
		if (p < end && *p >= '1' && *p <= '9')
			return refuse(v, f, "1292", "Fraction of a second would be lost", why);
	}
	put_text(s, f->ptr, n, form);
	return 1;
}

int
mysql_value_put(const struct mysql_value *v, const struct csv_field *field,
	enum mysql_form form, struct sql *s, struct refusal *why)
{
	if (field->null) {
		if (v->required)
			return refuse(v, field, "1048", "Column '%s' cannot be null", why);
		if (form == MYSQL_INSERT)
			sql_append(s, "NULL", 4);
		else
			sql_append(s, "\\N", 2);
		return 1;
	}
	switch (v->kind) {
	case MYSQL_TEXT: break;
	case MYSQL_INTEGER: field = of_boolean(field); break;
	case MYSQL_FLOAT: put_float(field, form, s); return 1;
	case MYSQL_BITS: return put_bits(v, field, form, s, why);
	case MYSQL_BYTES: return put_bytes(v, field, form, s, why);
	case MYSQL_GEOMETRY: return put_geometry(v, field, form, s, why);
	case MYSQL_MEMBER:
		if (is_digits(field->ptr, field->len) &&
			!is_member(v->members, field->ptr, field->len))
			return refuse(v, field, "1265", "No such value", why);
		break;
	case MYSQL_INSTANT: return put_instant(v, field, form, s, why);
	}
	put_text(s, field->ptr, field->len, form);
	return 1;
}

const char *
mysql_value_expression(const struct mysql_value *v)
{
	switch (v->kind) {
	case MYSQL_BITS: return "CAST(%s AS UNSIGNED)";
	case MYSQL_BYTES:
	case MYSQL_GEOMETRY: return "UNHEX(%s)";
	default: return NULL;
	}
}
