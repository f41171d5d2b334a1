/*
 * json_scan.c - see json_scan.h
 *
 * A loop with a stack of one bit a level: no recursion, no allocation.
 */
#include <stdint.h>
#include <string.h>

#include "validate/json_scan.h"

struct scan {
	const char *p;
	const char *end;
	size_t depth;
	uint64_t objects[JSON_SCAN_DEPTH / 64]; /* bit: this level is an object */
	size_t count;                           /* items of the outermost level */
};

static void
skip_space(struct scan *s)
{
	while (s->p < s->end &&
		(*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
		s->p++;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
scan_escape(struct scan *s)
{
	char c = s->p < s->end ? *s->p++ : '\0';

	if (c == 'u') {
		for (int i = 0; i < 4; i++) {
			if (s->p == s->end || !is_hex(*s->p++))
				return false;
		}
		return true;
	}
	return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
}

static bool
scan_string(struct scan *s)
{
	if (s->p == s->end || *s->p++ != '"')
		return false;
	while (s->p < s->end) {
		unsigned char c = (unsigned char)*s->p++;

		if (c == '"')
			return true;
		if (c < 0x20 || (c == '\\' && !scan_escape(s)))
			return false;
	}
	return false;
}

static bool
scan_digits(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > start;
}

static bool
scan_number(struct scan *s)
{
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!scan_digits(s))
		return false;
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!scan_digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		return scan_digits(s);
	}
	return true;
}

static bool
scan_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool
in_object(const struct scan *s)
{
	return (s->objects[(s->depth - 1) / 64] >> ((s->depth - 1) % 64)) & 1;
}

static bool
push(struct scan *s, bool object)
{
	uint64_t bit = (uint64_t)1 << (s->depth % 64);

	if (s->depth == JSON_SCAN_DEPTH)
		return false;
	if (object)
		s->objects[s->depth / 64] |= bit;
	else
		s->objects[s->depth / 64] &= ~bit;
	s->depth++;
	s->p++;
	return true;
}

static bool
scan_key(struct scan *s)
{
	skip_space(s);
	if (!scan_string(s))
		return false;
	skip_space(s);
	return s->p < s->end && *s->p++ == ':';
}

/*
 * A scalar, or the opening of an array or object that is not empty, or the
 * whole of an empty one.  *open tells that a value must follow.
 */
static bool
scan_value(struct scan *s, bool *open)
{
	char c;

	*open = false;
	skip_space(s);
	if (s->p == s->end)
		return false;
	c = *s->p;
	if (c == '"')
		return scan_string(s);
	if (c == 't')
		return scan_word(s, "true");
	if (c == 'f')
		return scan_word(s, "false");
	if (c == 'n')
		return scan_word(s, "null");
	if (c != '{' && c != '[')
		return scan_number(s);
	if (!push(s, c == '{'))
		return false;
	skip_space(s);
	if (s->p < s->end && *s->p == (c == '{' ? '}' : ']')) {
		s->p++;
		s->depth--;
		return true;
	}
	*open = true;
	s->count += s->depth == 1;
	return c == '[' || scan_key(s);
}

/* Behind a value: the ends of levels, up to a comma (*more) or the end of all. */
static bool
scan_ends(struct scan *s, bool *more)
{
	*more = false;
	for (;;) {
		skip_space(s);
		if (s->depth == 0)
			return s->p == s->end;
		if (s->p == s->end)
			return false;
		if (*s->p == ',') {
			s->p++;
			s->count += s->depth == 1;
			*more = true;
			return !in_object(s) || scan_key(s);
		}
		if (*s->p++ != (in_object(s) ? '}' : ']'))
			return false;
		s->depth--;
	}
}

bool
json_scan(const char *p, size_t n, enum json_kind *kind, size_t *count)
{
	struct scan s = {.p = p, .end = p + n};
	bool open, more;

	skip_space(&s);
	if (s.p == s.end)
		return false;
	*kind = *s.p == '{' ? JSON_KIND_OBJECT : *s.p == '[' ? JSON_KIND_ARRAY : JSON_SCALAR;
	do {
		do {
			if (!scan_value(&s, &open))
				return false;
		} while (open);
		if (!scan_ends(&s, &more))
			return false;
	} while (more);
	*count = s.count;
	return true;
}
