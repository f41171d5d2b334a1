/*
 * csv_scan.c - see csv_scan.h
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "csv/csv_scan.h"

enum { BLOCK = 64, UNQUOTE_PADDING = 16 };

/* A bit for each of the 64 bytes at p that is a comma, a quote, CR or LF. */
static inline uint64_t
marks_of(const char *p)
{
	uint64_t marks = 0;
#ifdef __SSE2__
	const __m128i comma = _mm_set1_epi8(','), quote = _mm_set1_epi8('"');
	const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');

	for (unsigned i = 0; i < BLOCK; i += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i m = _mm_or_si128(
			_mm_or_si128(_mm_cmpeq_epi8(v, comma), _mm_cmpeq_epi8(v, quote)),
			_mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));

		marks |= (uint64_t)(uint32_t)_mm_movemask_epi8(m) << i;
	}
#else
	for (unsigned i = 0; i < BLOCK; i++)
		marks |= (uint64_t)(p[i] == ',' || p[i] == '"' || p[i] == '\n' || p[i] == '\r')
			 << i;
#endif
	return marks;
}

void
csv_scan_reset(struct csv_scan *s)
{
	s->next = SIZE_MAX;
}

/* Look at the block at `at`. */
static inline __attribute__((always_inline)) void
load_block(struct csv_scan *s, const char *buf, size_t at, size_t end)
{
	s->block = at;
	s->marks = at < end ? marks_of(buf + at) : 0;
	if (at < end && end - at < BLOCK)
		s->marks &= ((uint64_t)1 << (end - at)) - 1;
}

/* The position of the next marked byte, or `end` when there is none. */
static inline __attribute__((always_inline)) size_t
next_mark(struct csv_scan *s, const char *buf, size_t end)
{
	size_t at;

	while (s->marks == 0) {
		if (s->block + BLOCK >= end)
			return end;
		load_block(s, buf, s->block + BLOCK, end);
	}
	at = s->block + (size_t)__builtin_ctzll(s->marks);
	s->marks &= s->marks - 1;
	return at;
}

/*
 * Put from[0..len) without the first of each pair of quotes into the cells' text.
 * Up to UNQUOTE_PADDING bytes behind both are read, and written.
 */
static char *
unquote(struct csv_cells *cells, const char *from, size_t len, size_t *unquoted_len)
{
	char *to = cells->text + cells->text_used;
	char *p = to;

#ifdef __SSE2__
	const __m128i quotes = _mm_set1_epi8('"');

	while (len > 0) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)from);
		unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, quotes));
		size_t n = len < 16 ? len : 16, skip = 0;

		_mm_storeu_si128((__m128i *)(void *)p, v);
		if (mask != 0 && (size_t)__builtin_ctz(mask) < n) {
			n = (size_t)__builtin_ctz(mask) + 1;
			skip = 1;
		}
		p += n;
		from += n + skip;
		len -= n + skip;
	}
#else
	while (len > 0) {
		const char *quote = memchr(from, '"', len);
		size_t n = quote ? (size_t)(quote - from) + 1 : len;

		memcpy(p, from, n);
		p += n;
		from += n;
		len -= n;
		if (quote != NULL) {
			from++;
			len--;
		}
	}
#endif
	*unquoted_len = (size_t)(p - to);
	cells->text_used += *unquoted_len;
	return to;
}

/*
 * The quoted field whose opening quote is at `open` (its mark is used up).
 * Sets *stop to the byte behind the closing quote.  Returns as csv_scan_record.
 */
static inline __attribute__((always_inline)) int
quoted_field(struct csv_scan *s, struct csv_cells *cells, const char *buf, size_t open,
	size_t end, size_t *stop, uint64_t *lines)
{
	const char *text;
	bool pairs = false;
	size_t len, at;

	for (;;) {
		at = next_mark(s, buf, end);
		if (at + 1 >= end)
			return 0;
		if (buf[at] == '\n')
			(*lines)++;
		if (buf[at] != '"')
			continue;
		if (buf[at + 1] != '"')
			break;
		pairs = true;
		next_mark(s, buf, end);
	}
	*stop = at + 1;
	len = at - open - 1;
	text = buf + open + 1;
	if (pairs) {
		/* room for all that may follow, so that text does not move under its fields */
		if (cells->text_used == 0 &&
			!csv_cells_reserve(cells, end - open + UNQUOTE_PADDING))
			return -1;
		text = unquote(cells, text, len, &len);
	}
	return csv_cells_add(cells, text, len, false) ? 1 : -1;
}

static inline __attribute__((always_inline)) int
scan_fields(struct csv_scan *s, struct csv_cells *cells, const char *buf, size_t start,
	size_t end, struct csv_span *span)
{
	size_t field = start;

	span->lines = 1;
	for (;;) {
		size_t mark = next_mark(s, buf, end);
		size_t stop = mark;

		if (mark == end)
			return 0;
		if (buf[mark] == '"') {
			int status;

			if (mark != field)
				return 0;
			status = quoted_field(s, cells, buf, mark, end, &stop, &span->lines);
			if (status <= 0)
				return status;
			mark = next_mark(s, buf, end);
			if (mark != stop || mark == end)
				return 0;
		} else if (!csv_cells_add(cells, buf + field, mark - field, mark == field)) {
			return -1;
		}
		if (buf[mark] == ',') {
			field = mark + 1;
			continue;
		}
		span->raw_end = stop;
		if (buf[mark] == '\r') {
			mark = next_mark(s, buf, end);
			if (mark != stop + 1 || mark == end)
				return 0;
		}
		if (buf[mark] != '\n')
			return 0;
		span->next = mark + 1;
		return 1;
	}
}

int
csv_scan_record(struct csv_scan *s, struct csv_cells *cells, const char *buf, size_t start,
	size_t end, struct csv_span *span)
{
	struct csv_scan marks = *s; /* here it can be in registers */
	int status;

	if (marks.next != start)
		load_block(&marks, buf, start, end);
	status = scan_fields(&marks, cells, buf, start, end, span);
	marks.next = status == 1 ? span->next : SIZE_MAX;
	*s = marks;
	if (status == 0) {
		cells->n = 0;
		cells->text_used = 0;
	}
	return status;
}
