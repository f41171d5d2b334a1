/*
 * regex_simple.c - see regex_simple.h
 */
#include <string.h>

#include "expr/regex_simple.h"

enum { COUNT_MAX = 255 }; /* PostgreSQL's largest bound */

static void
add(struct simple_item *item, unsigned char c)
{
	item->bits[c / 64] |= (uint64_t)1 << c % 64;
}

static bool
has(const struct simple_item *item, unsigned char c)
{
	return c < 0x80 && (item->bits[c / 64] >> c % 64 & 1) != 0;
}

static bool
is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c != '\0' && strchr(" ,-/:;@_=#!%&<>~'\"", c) != NULL);
}

/* Behind the [ at *p, to behind its ]. */
static bool
read_class(const char **p, const char *end, struct simple_item *item)
{
	const char *c = *p;

	for (; c < end && *c != ']'; c++) {
		char from = c[0], to = c[0];

		if (!is_plain(from) && from != '.')
			return false;
		/* a - that is no range's is an error in some places: none of it here */
		if (from == '-')
			return false;
		if (end - c > 2 && c[1] == '-') {
			to = c[2];
			if (!is_plain(to) || to == '-' || to < from)
				return false;
			c += 2;
		}
		for (unsigned char k = (unsigned char)from; k <= (unsigned char)to; k++)
			add(item, k);
	}
	if (c == end || c == *p)
		return false;
	*p = c + 1;
	return true;
}

static bool
read_number(const char **p, const char *end, size_t *n)
{
	const char *c = *p;

	*n = 0;
	for (; c < end && *c >= '0' && *c <= '9'; c++) {
		*n = *n * 10 + (size_t)(*c - '0');
		if (*n > COUNT_MAX)
			return false;
	}
	if (c == *p)
		return false;
	*p = c;
	return true;
}

/* {m}, {m,}, {m,n}, *, +, ?, or nothing; one that is not greedy is none of ours. */
static bool
read_count(const char **p, const char *end, struct simple_item *item)
{
	char c = *p < end ? **p : '\0';

	item->min = item->max = 1;
	if (c == '*' || c == '+' || c == '?') {
		item->min = c == '+';
		item->max = c == '?' ? 1 : SIZE_MAX;
		++*p;
	} else if (c == '{') {
		++*p;
		if (!read_number(p, end, &item->min))
			return false;
		item->max = item->min;
		if (*p < end && **p == ',') {
			++*p;
			item->max = SIZE_MAX;
			if (*p < end && **p != '}' && !read_number(p, end, &item->max))
				return false;
		}
		if (*p == end || **p != '}' || item->max < item->min)
			return false;
		++*p;
	}
	return *p == end || strchr("*+?{", **p) == NULL;
}

/* Whether each item ends where it must: what may follow it has none of its characters. */
static bool
is_certain(const struct regex_simple *s)
{
	for (int i = 0; i < s->n; i++) {
		if (s->items[i].min == s->items[i].max)
			continue;
		for (int k = i + 1; k < s->n; k++) {
			const struct simple_item *a = &s->items[i], *b = &s->items[k];

			if ((a->bits[0] & b->bits[0]) != 0 || (a->bits[1] & b->bits[1]) != 0)
				return false;
			if (b->min > 0)
				break;
		}
	}
	return true;
}

bool
regex_simple_compile(const struct text *pattern, struct regex_simple *s)
{
	const char *p = pattern->ptr, *end = p + pattern->len;

	memset(s, 0, sizeof *s);
	if (pattern->len < 2 || *p++ != '^')
		return false;
	while (p < end) {
		struct simple_item *item = &s->items[s->n];

		if (*p == '$' && p + 1 == end) {
			s->to_end = true;
			break;
		}
		if (s->n == SIMPLE_ITEMS)
			goto none;
		if (*p == '[') {
			p++;
			if (!read_class(&p, end, item))
				goto none;
		} else if (is_plain(*p)) {
			add(item, (unsigned char)*p++);
		} else {
			goto none;
		}
		if (!read_count(&p, end, item))
			goto none;
		s->n++;
	}
	if (s->n > 0 && is_certain(s))
		return true;
none:
	s->n = 0;
	return false;
}

bool
regex_simple_matches(const struct regex_simple *s, const struct text *t)
{
	size_t at = 0;

	for (int i = 0; i < s->n; i++) {
		const struct simple_item *item = &s->items[i];
		size_t n = 0;

		while (n < item->max && at < t->len && has(item, (unsigned char)t->ptr[at])) {
			n++;
			at++;
		}
		if (n < item->min)
			return false;
	}
	return !s->to_end || at == t->len;
}
