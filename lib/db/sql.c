/*
 * sql.c - see sql.h
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/sql.h"

bool
sql_reserve(struct sql *s, size_t n)
{
	size_t cap = s->cap ? s->cap : 256;
	char *grown;

	if (s->failed)
		return false;
	if (s->cap > s->len + n)
		return true;
	while (cap <= s->len + n)
		cap *= 2;
	grown = realloc(s->text, cap);
	if (grown == NULL) {
		s->failed = true;
		return false;
	}
	s->text = grown;
	s->cap = cap;
	return true;
}

void
sql_append(struct sql *s, const char *text, size_t n)
{
	if (!sql_reserve(s, n))
		return;
	memcpy(s->text + s->len, text, n);
	s->len += n;
	s->text[s->len] = '\0';
}

/* text with each of a and b doubled. */
static void
append_doubled(struct sql *s, const char *text, char a, char b)
{
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == a || *p == b)
			sql_append(s, p, 1);
		sql_append(s, p, 1);
	}
}

void
sql_clear(struct sql *s)
{
	s->len = 0;
	s->failed = false;
}

void
sql_add(struct sql *s, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (n < 0 || !sql_reserve(s, (size_t)n)) {
		s->failed = true;
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(s->text + s->len, (size_t)n + 1, fmt, args);
	va_end(args);
	s->len += (size_t)n;
}

void
sql_identifier(struct sql *s, const char *name)
{
	sql_append(s, "\"", 1);
	append_doubled(s, name, '"', '"');
	sql_append(s, "\"", 1);
}

void
sql_qualified(struct sql *s, const char *schema, const char *name)
{
	sql_identifier(s, schema);
	sql_append(s, ".", 1);
	sql_identifier(s, name);
}

void
sql_literal(struct sql *s, const char *text)
{
	if (text == NULL) {
		sql_append(s, "NULL", 4);
		return;
	}
	/* the space keeps E from becoming part of a word before it */
	if (strchr(text, '\\') != NULL)
		sql_append(s, " E", 2);
	sql_append(s, "'", 1);
	append_doubled(s, text, '\'', '\\');
	sql_append(s, "'", 1);
}

const char *
sql_text(const struct sql *s, struct error *err)
{
	if (s->failed) {
		error_nomem(err);
		return NULL;
	}
	return s->len > 0 ? s->text : "";
}

void
sql_release(struct sql *s)
{
	free(s->text);
	*s = (struct sql)SQL_INIT;
}
