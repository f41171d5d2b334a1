/*
 * json_scan.c - finding things in canonical JSON text without a tree; see json.h
 */
#include <string.h>

#include "expr/json.h"

enum json_kind
json_kind(struct text s)
{
	switch (s.ptr[0]) {
	case '{': return JSON_OBJECT;
	case '[': return JSON_ARRAY;
	case '"': return JSON_STRING;
	case 't':
	case 'f': return JSON_BOOL;
	case 'n': return JSON_NULL;
	default: return JSON_NUMBER;
	}
}

/* Behind the string whose opening quote is at p; *escapes: there are some in it. */
static const char *
skip_string_escapes(const char *p, bool *escapes)
{
	*escapes = false;
	for (p++; *p != '"'; p++) {
		if (*p == '\\') {
			*escapes = true;
			p++;
		}
	}
	return p + 1;
}

static const char *
skip_string(const char *p)
{
	bool escapes;

	return skip_string_escapes(p, &escapes);
}

/* Behind the value that begins at p; end is behind the whole text. */
static const char *
skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	if (*p == '"')
		return skip_string(p);
	while (p < end) {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			if (depth == 0)
				return p;
			if (--depth == 0)
				return p + 1;
		} else if (*p == ',' && depth == 0) {
			return p;
		}
		p++;
	}
	return p;
}

/* The character that the escape at p stands for; canonical text has no others. */
static char
escaped(const char *p)
{
	static const char letters[] = "bfnrt\"\\";
	static const char values[] = "\b\f\n\r\t\"\\";
	const char *at = strchr(letters, p[1]);
	int low;

	if (p[1] != 'u')
		return values[at - letters];
	low = p[5] >= 'a' ? p[5] - 'a' + 10 : p[5] - '0';
	return (char)((p[4] - '0') * 16 + low);
}

/* Whether the canonical string at p (with its quotes) is the key. */
static bool
is_key(const char *p, struct text key)
{
	size_t i = 0;

	for (p++; *p != '"'; i++) {
		char c = *p;

		if (c == '\\') {
			c = escaped(p);
			p += p[1] == 'u' ? 6 : 2;
		} else {
			p++;
		}
		if (i >= key.len || key.ptr[i] != c)
			return false;
	}
	return i == key.len;
}

bool
json_member(struct text s, struct text key, struct text *value)
{
	const char *p = s.ptr + 1, *end = s.ptr + s.len;

	if (json_kind(s) != JSON_OBJECT || s.len == 2)
		return false;
	for (;;) {
		bool escapes, found;
		const char *start = skip_string_escapes(p, &escapes) + 2; /* behind ": " */
		const char *stop = skip_value(start, end);

		if (escapes)
			found = is_key(p, key);
		else
			found = (size_t)(start - p) == key.len + 4 &&
				(key.len == 0 || memcmp(p + 1, key.ptr, key.len) == 0);
		if (found) {
			*value = (struct text){start, (size_t)(stop - start)};
			return true;
		}
		if (*stop == '}')
			return false;
		p = stop + 2; /* behind ", " */
	}
}

int64_t
json_array_length(struct text s)
{
	const char *p = s.ptr + 1, *end = s.ptr + s.len;
	int64_t n = 0;

	if (s.len == 2)
		return 0;
	for (;;) {
		p = skip_value(p, end);
		n++;
		if (*p == ']')
			return n;
		p += 2;
	}
}

bool
json_element(struct text s, int64_t index, struct text *value)
{
	const char *p = s.ptr + 1, *end = s.ptr + s.len;

	if (json_kind(s) != JSON_ARRAY || s.len == 2)
		return false;
	if (index < 0)
		index += json_array_length(s);
	if (index < 0)
		return false;
	for (;;) {
		const char *stop = skip_value(p, end);

		if (index-- == 0) {
			*value = (struct text){p, (size_t)(stop - p)};
			return true;
		}
		if (*stop == ']')
			return false;
		p = stop + 2;
	}
}

struct json_cursor
json_begin(struct text s)
{
	return (struct json_cursor){s.len > 2 ? s.ptr + 1 : NULL, s.ptr + s.len};
}

bool
json_next(struct json_cursor *cursor, struct text *key, struct text *value)
{
	const char *p = cursor->p, *stop;

	if (p == NULL)
		return false;
	if (key != NULL) {
		key->ptr = p;
		p = skip_string(p);
		key->len = (size_t)(p - key->ptr);
		p += 2; /* behind ": " */
	}
	stop = skip_value(p, cursor->end);
	*value = (struct text){p, (size_t)(stop - p)};
	cursor->p = *stop == ',' ? stop + 2 : NULL;
	return true;
}
