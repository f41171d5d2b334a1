/*
 * source.c - see source.h
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/source.h"
#include "utf8.h"

/* More than any mapping needs; what is larger is the wrong file. */
enum { SOURCE_MAX = 16 << 20, EXCERPT_ROOM = 1024, EXCERPT_BEFORE = 60, EXCERPT_AFTER = 60 };

int
sql_source_set(
	struct sql_source *s, const char *name, const char *text, size_t len, struct error *err)
{
	memset(s, 0, sizeof *s);
	s->name = name;
	s->error_at = SQL_NOWHERE;
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
		text += 3;
		len -= 3;
	}
	if (!utf8_is_text(text, len))
		return error_set(err, ERROR_USAGE, "%s: the mapping is not valid UTF-8", name);
	s->text = malloc(len + 1);
	if (s->text == NULL)
		return error_nomem(err);
	memcpy(s->text, text, len);
	s->text[len] = '\0';
	s->len = len;
	return 0;
}

int
sql_source_read(struct sql_source *s, const char *path, struct error *err)
{
	char *buf = NULL;
	size_t len = 0;
	FILE *f;
	int rc = -1;

	memset(s, 0, sizeof *s);
	s->name = path;
	s->error_at = SQL_NOWHERE;
	f = fopen(path, "rb");
	if (f == NULL)
		return error_errno(err, ERROR_USAGE, "cannot open '%s'", path);
	for (size_t room = 0;;) {
		size_t n;

		if (len == room) {
			char *bigger;

			if (room >= SOURCE_MAX) {
				error_set(
					err, ERROR_USAGE, "%s: too large for a mapping", path);
				goto out;
			}
			room = room ? room * 2 : 16384;
			bigger = realloc(buf, room);
			if (bigger == NULL) {
				error_nomem(err);
				goto out;
			}
			buf = bigger;
		}
		n = fread(buf + len, 1, room - len, f);
		if (n == 0)
			break;
		len += n;
	}
	if (ferror(f)) {
		error_errno(err, ERROR_USAGE, "cannot read '%s'", path);
		goto out;
	}
	rc = sql_source_set(s, path, buf, len, err);
out:
	fclose(f);
	free(buf);
	return rc;
}

void
sql_source_place(const struct sql_source *s, size_t at, size_t *line, size_t *column)
{
	const char *start = s->text;

	if (at > s->len)
		at = s->len;
	*line = 1;
	for (const char *p;
		(p = memchr(start, '\n', (size_t)(s->text + at - start))) != NULL;) {
		start = p + 1;
		++*line;
	}
	*column = utf8_length(start, (size_t)(s->text + at - start)) + 1;
}

int
sql_fail(struct sql_source *s, size_t at, struct error *err, const char *fmt, ...)
{
	char message[ERROR_TEXT_MAX];
	size_t line, column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	s->error_at = at;
	if (at == SQL_NOWHERE)
		return error_set(err, ERROR_USAGE, "%s: %s", s->name, message);
	sql_source_place(s, at, &line, &column);
	return error_set(err, ERROR_USAGE, "%s:%zu:%zu: %s", s->name, line, column, message);
}

void
sql_source_excerpt(const struct sql_source *s, char *buf, size_t size)
{
	const char *at, *start, *end;
	size_t used = 0, indent;

	buf[0] = '\0';
	if (s->error_at == SQL_NOWHERE || s->text == NULL || size < EXCERPT_ROOM)
		return;
	at = s->text + (s->error_at < s->len ? s->error_at : s->len);
	for (start = at; start > s->text && start[-1] != '\n' && at - start < EXCERPT_BEFORE;)
		start--;
	for (end = at; *end != '\0' && *end != '\n' && *end != '\r';)
		end++;
	if (end - at > EXCERPT_AFTER)
		end = at + EXCERPT_AFTER;
	/* not within a character */
	while (start < at && ((unsigned char)*start & 0xC0) == 0x80)
		start++;
	while (end > at && ((unsigned char)*end & 0xC0) == 0x80)
		end--;
	for (const char *p = start; p < end; p++)
		buf[used++] = (unsigned char)*p < 0x20 || *p == 0x7f ? ' ' : *p;
	buf[used++] = '\n';
	indent = utf8_length(start, (size_t)(at - start));
	memset(buf + used, ' ', indent);
	used += indent;
	buf[used++] = '^';
	buf[used++] = '\n';
	buf[used] = '\0';
}

void
sql_source_release(struct sql_source *s)
{
	free(s->text);
	s->text = NULL;
}
