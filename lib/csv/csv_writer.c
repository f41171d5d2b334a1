/*
 * csv_writer.c - see csv_writer.h
 *
 * Fields are written into the stream's buffer while they are looked at: what
 * needs no quotes, nearly everything, is copied once and is done.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "csv/csv_writer.h"

/* Longer fields are looked at first, so that no room for twice their size is asked for. */
enum { SHORT_FIELD = 16 << 10 };

void
csv_writer_init(struct csv_writer *w, struct stream_out *out, size_t ncolumns)
{
	*w = (struct csv_writer){.out = out, .ncolumns = ncolumns};
}

static bool
is_special(char c)
{
	return c == ',' || c == '"' || c == '\n' || c == '\r';
}

#ifdef __SSE2__
static bool
any_special(__m128i v)
{
	__m128i m = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(',')),
					 _mm_cmpeq_epi8(v, _mm_set1_epi8('"'))),
		_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
			_mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))));

	return _mm_movemask_epi8(m) != 0;
}

/* Copy 16 bytes, 8 or 4; false: there is a special one among them. */
static bool
copy_16(char *to, const char *data)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)data);

	_mm_storeu_si128((__m128i *)(void *)to, v);
	return !any_special(v);
}

static bool
copy_8(char *to, const char *data)
{
	__m128i v = _mm_loadl_epi64((const __m128i *)(const void *)data);

	_mm_storel_epi64((__m128i *)(void *)to, v);
	return !any_special(v);
}

static bool
copy_4(char *to, const char *data)
{
	int x;

	memcpy(&x, data, sizeof x);
	memcpy(to, &x, sizeof x);
	return !any_special(_mm_cvtsi32_si128(x));
}
#endif

/*
 * Copy a field that needs no quotes; false: there is a special byte in it.  A
 * last piece that is not full is copied as a full one that ends with the field,
 * over what was copied before: most fields are too short for a loop.
 */
static bool
copy_plain(char *to, const char *data, size_t len)
{
#ifdef __SSE2__
	if (len >= 16) {
		for (size_t i = 0; i < len - 16; i += 16) {
			if (!copy_16(to + i, data + i))
				return false;
		}
		return copy_16(to + len - 16, data + len - 16);
	}
	if (len >= 8)
		return copy_8(to, data) && copy_8(to + len - 8, data + len - 8);
	if (len >= 4)
		return copy_4(to, data) && copy_4(to + len - 4, data + len - 4);
#endif
	for (size_t i = 0; i < len; i++) {
		if (is_special(data[i]))
			return false;
		to[i] = data[i];
	}
	return true;
}

static bool
needs_quotes(const struct csv_writer *w, const char *data, size_t len)
{
	if (len == 0)
		return true;
	if (w->ncolumns == 1 && len == 2 && data[0] == '\\' && data[1] == '.')
		return true;
	for (size_t i = 0; i < len; i++) {
		if (is_special(data[i]))
			return true;
	}
	return false;
}

/* Write the quoted field at p, which has room for 2 * len + 2; returns its end. */
static char *
put_quoted(char *p, const char *data, size_t len)
{
	*p++ = '"';
#ifdef __SSE2__
	while (len >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)data);
		unsigned mask =
			(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
		size_t n = mask == 0 ? 16 : (size_t)__builtin_ctz(mask) + 1;

		_mm_storeu_si128((__m128i *)(void *)p, v);
		p += n;
		data += n;
		len -= n;
		if (mask != 0)
			*p++ = '"';
	}
#endif
	for (size_t i = 0; i < len; i++) {
		*p++ = data[i];
		if (data[i] == '"')
			*p++ = '"';
	}
	*p++ = '"';
	return p;
}

/* A field too long to have room in the buffer: written piece by piece. */
static void
long_field(struct csv_writer *w, const char *data, size_t len)
{
	struct error ignored; /* the stream keeps it, csv_writer_end tells */
	bool quoted = needs_quotes(w, data, len);

	if (!quoted) {
		stream_out_write(w->out, data, len, &ignored);
		return;
	}
	stream_out_write(w->out, "\"", 1, &ignored);
	while (len > 0) {
		const char *quote = memchr(data, '"', len);
		size_t n = quote ? (size_t)(quote - data) + 1 : len;

		if (stream_out_write(w->out, data, n, &ignored) < 0)
			return;
		if (quote != NULL)
			stream_out_write(w->out, "\"", 1, &ignored);
		data += n;
		len -= n;
	}
	stream_out_write(w->out, "\"", 1, &ignored);
}

static void
separate(struct csv_writer *w)
{
	if (w->column++ > 0) {
		char *p = stream_out_reserve(w->out, 1);

		if (p != NULL) {
			*p = ',';
			stream_out_commit(w->out, 1);
		}
	}
}

void
csv_writer_field(struct csv_writer *w, const char *data, size_t len)
{
	char *start, *p;

	if (len > SHORT_FIELD) {
		separate(w);
		long_field(w, data, len);
		return;
	}
	start = p = stream_out_reserve(w->out, 2 * len + 3);
	if (p == NULL)
		return;
	if (w->column++ > 0)
		*p++ = ',';
	if ((len <= 2 && needs_quotes(w, data, len)) || !copy_plain(p, data, len)) {
		p = put_quoted(p, data, len);
		stream_out_commit(w->out, (size_t)(p - start));
		return;
	}
	stream_out_commit(w->out, (size_t)(p - start) + len);
}

void
csv_writer_null(struct csv_writer *w)
{
	separate(w);
}

char *
csv_writer_plain_reserve(struct csv_writer *w, size_t len)
{
	char *p = stream_out_reserve(w->out, len + 1);

	if (p != NULL && w->column > 0)
		*p++ = ',';
	return p;
}

void
csv_writer_plain_commit(struct csv_writer *w, size_t used)
{
	stream_out_commit(w->out, used + (w->column > 0));
	w->column++;
}

void
csv_writer_hex(struct csv_writer *w, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	struct error ignored; /* the stream keeps it, csv_writer_end tells */

	separate(w);
	stream_out_write(w->out, "\\x", 2, &ignored);
	while (len > 0) {
		size_t n = len < SHORT_FIELD ? len : SHORT_FIELD;
		char *p = stream_out_reserve(w->out, 2 * n);

		if (p == NULL)
			return;
		for (size_t i = 0; i < n; i++) {
			p[2 * i] = digits[data[i] >> 4];
			p[2 * i + 1] = digits[data[i] & 15];
		}
		stream_out_commit(w->out, 2 * n);
		data += n;
		len -= n;
	}
}

int
csv_writer_end(struct csv_writer *w, struct error *err)
{
	char *p = stream_out_reserve(w->out, 1);

	if (p == NULL)
		return stream_out_check(w->out, err);
	*p = '\n';
	stream_out_commit(w->out, 1);
	w->column = 0;
	w->rows++;
	return 0;
}

/* Most records are short: then there is room for all of it, or for none. */
int
csv_writer_record(struct csv_writer *w, const struct csv_field *fields, struct error *err)
{
	size_t room = 3 * w->ncolumns + 1;
	char *p, *start;

	for (size_t i = 0; i < w->ncolumns; i++)
		room += 2 * fields[i].len;
	if (room > SHORT_FIELD) {
		for (size_t i = 0; i < w->ncolumns; i++) {
			if (fields[i].null)
				csv_writer_null(w);
			else
				csv_writer_field(w, fields[i].ptr, fields[i].len);
		}
		return csv_writer_end(w, err);
	}
	start = p = stream_out_reserve(w->out, room);
	if (p == NULL)
		return stream_out_check(w->out, err);
	for (size_t i = 0; i < w->ncolumns; i++) {
		const struct csv_field *f = &fields[i];

		if (i > 0)
			*p++ = ',';
		if (f->null)
			continue;
		if ((f->len <= 2 && needs_quotes(w, f->ptr, f->len)) ||
			!copy_plain(p, f->ptr, f->len))
			p = put_quoted(p, f->ptr, f->len);
		else
			p += f->len;
	}
	*p++ = '\n';
	stream_out_commit(w->out, (size_t)(p - start));
	w->rows++;
	return 0;
}

int
csv_writer_header(struct csv_writer *w, const char *const *names, struct error *err)
{
	for (size_t i = 0; i < w->ncolumns; i++)
		csv_writer_field(w, names[i], strlen(names[i]));
	if (csv_writer_end(w, err) < 0)
		return -1;
	w->rows = 0;
	return 0;
}

int
csv_writer_raw(struct csv_writer *w, const char *raw, size_t len, struct error *err)
{
	if (stream_out_write(w->out, raw, len, err) < 0)
		return -1;
	return csv_writer_end(w, err);
}

int
csv_writer_end_mark(struct csv_writer *w, struct error *err)
{
	return stream_out_write(w->out, "\\.\n", 3, err);
}
