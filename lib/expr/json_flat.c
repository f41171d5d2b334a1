/*
 * json_flat.c - the usual object to canonical text without a tree; see json.h
 *
 * Decides only what is plain.  What it leaves is not yet wrong.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "expr/json.h"
#include "expr/text.h"

enum { MEMBERS_MAX = 16, NUMBER_MAX = 64 };

struct member {
	struct text key;   /* without its quotes */
	struct text value; /* as written, which is canonical */
};

struct flat {
	const char *p, *end;
	struct member members[MEMBERS_MAX]; /* in canonical order */
	int n;
};

static inline void
skip_space(struct flat *f)
{
	while (f->p < f->end &&
		(*f->p == ' ' || *f->p == '\t' || *f->p == '\n' || *f->p == '\r'))
		f->p++;
}

static inline bool
take(struct flat *f, char c)
{
	skip_space(f);
	if (f->p == f->end || *f->p != c)
		return false;
	f->p++;
	return true;
}

/* Behind the opening quote; leaves p behind the closing one. */
static bool
read_string(struct flat *f, struct text *inside)
{
	const char *p = f->p;

#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
	const __m128i last_control = _mm_set1_epi8(0x1f);

	while (f->end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i m = _mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, backslash)),
			_mm_cmpeq_epi8(_mm_min_epu8(v, last_control), v));
		unsigned mask = (unsigned)_mm_movemask_epi8(m);

		if (mask != 0) {
			p += __builtin_ctz(mask);
			break;
		}
		p += 16;
	}
#endif
	while (p < f->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	if (p == f->end || *p != '"')
		return false;
	*inside = (struct text){f->p, (size_t)(p - f->p)};
	f->p = p + 1;
	return true;
}

static size_t
digits(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* Of a number with an exponent, or less than zero and perhaps zero, the tree decides. */
static bool
read_number(struct flat *f, struct text *value)
{
	const char *p = f->p + (*f->p == '-');
	size_t n = digits(p, f->end);

	if (n == 0 || (*p == '0' && (n > 1 || p > f->p)))
		return false;
	p += n;
	if (p < f->end && *p == '.') {
		n = digits(p + 1, f->end);
		if (n == 0)
			return false;
		p += 1 + n;
	}
	if (p < f->end && (*p | 0x20) == 'e')
		return false;
	*value = (struct text){f->p, (size_t)(p - f->p)};
	f->p = p;
	return value->len <= NUMBER_MAX;
}

static bool
read_word(struct flat *f, const char *word, size_t len, struct text *value)
{
	if ((size_t)(f->end - f->p) < len || memcmp(f->p, word, len) != 0)
		return false;
	*value = (struct text){f->p, len};
	f->p += len;
	return true;
}

static bool
read_value(struct flat *f, struct text *value)
{
	skip_space(f);
	if (f->p == f->end)
		return false;
	switch (*f->p) {
	case '"':
		f->p++;
		if (!read_string(f, value))
			return false;
		/* with its quotes */
		value->ptr--;
		value->len += 2;
		return true;
	case 't': return read_word(f, "true", 4, value);
	case 'f': return read_word(f, "false", 5, value);
	case 'n': return read_word(f, "null", 4, value);
	default: return read_number(f, value);
	}
}

/* By length, then bytes; of equal keys the last one's value. */
static bool
insert(struct flat *f, const struct member *m)
{
	int at = f->n;

	for (; at > 0; at--) {
		const struct text *before = &f->members[at - 1].key;
		int order;

		if (before->len != m->key.len)
			order = before->len < m->key.len ? -1 : 1;
		else
			order = memcmp(before->ptr, m->key.ptr, m->key.len);
		if (order < 0)
			break;
		if (order == 0) {
			f->members[at - 1].value = m->value;
			return true;
		}
	}
	if (f->n == MEMBERS_MAX)
		return false;
	for (int i = f->n; i > at; i--)
		f->members[i] = f->members[i - 1];
	f->members[at] = *m;
	f->n++;
	return true;
}

static bool
read_object(struct flat *f)
{
	if (!take(f, '{'))
		return false;
	if (!take(f, '}')) {
		do {
			struct member m;

			if (!take(f, '"') || !read_string(f, &m.key) || !take(f, ':') ||
				!read_value(f, &m.value) || !insert(f, &m))
				return false;
		} while (take(f, ','));
		if (!take(f, '}'))
			return false;
	}
	skip_space(f);
	return f->p == f->end;
}

static char *
put(char *to, const char *s, size_t n)
{
	memcpy(to, s, n);
	return to + n;
}

int
json_flat(struct eval_context *ctx, struct text s, struct text *result)
{
	struct flat f;
	struct value v;
	size_t len = 2;
	char *to;

	f.p = s.ptr;
	f.end = s.ptr + s.len;
	f.n = 0;
	if (s.len == 0 || !read_object(&f))
		return 0;
	for (int i = 0; i < f.n; i++)
		len += f.members[i].key.len + f.members[i].value.len + 6;
	to = text_alloc(ctx, len, &v);
	if (to == NULL)
		return -1;
	result->ptr = to;
	*to++ = '{';
	for (int i = 0; i < f.n; i++) {
		if (i > 0)
			to = put(to, ", ", 2);
		*to++ = '"';
		to = put(to, f.members[i].key.ptr, f.members[i].key.len);
		to = put(to, "\": ", 3);
		to = put(to, f.members[i].value.ptr, f.members[i].value.len);
	}
	*to++ = '}';
	result->len = (size_t)(to - result->ptr);
	return 1;
}
