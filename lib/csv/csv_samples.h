/*
 * csv_samples.h - for tests: random CSV from a seed
 *
 * The generator is splitmix64, so a case is made anew from its number alone.
 */
#ifndef CSV_CSV_SAMPLES_H
#define CSV_CSV_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample_random {
	uint64_t state;
};

static inline uint64_t
sample_next(struct sample_random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

/* 0..n-1 */
static inline size_t
sample_below(struct sample_random *r, size_t n)
{
	return (size_t)(sample_next(r) % n);
}

struct sample {
	char bytes[4096];
	size_t len;
	size_t ncolumns;
};

static inline void
sample_put(struct sample *s, const char *text, size_t len)
{
	for (size_t i = 0; i < len && s->len < sizeof s->bytes; i++)
		s->bytes[s->len++] = text[i];
}

static inline void
sample_puts(struct sample *s, const char *text)
{
	while (*text != '\0')
		sample_put(s, text++, 1);
}

/* One field: NULL, "", or up to six pieces, quoted where it must be and at times where not. */
static inline void
sample_field(struct sample *s, struct sample_random *r)
{
	static const char *const pieces[] = {"a", "b1", " ", "  ", ",", "\"", "\n", "\r\n",
		"\r", "\xc3\xa9", "\xd8\xa3\xd8\xad", "\xf0\x9f\x98\x80", "\\.", "\\", ".",
		"\\N", "NULL", "\t", "'", ";", "0", "-1.5", "0123456789abcdefg"};
	size_t npieces = sizeof pieces / sizeof pieces[0];
	size_t kind = sample_below(r, 8);
	const char *parts[6];
	size_t n = 0;
	bool quote = sample_below(r, 6) == 0;

	if (kind == 0)
		return;
	if (kind > 1)
		n = 1 + sample_below(r, 6);
	for (size_t i = 0; i < n; i++) {
		parts[i] = pieces[sample_below(r, npieces)];
		for (const char *p = parts[i]; *p != '\0'; p++)
			quote = quote || *p == ',' || *p == '"' || *p == '\n' || *p == '\r';
	}
	/* `\.` on its own would be the end mark in a stream of one column */
	quote = quote || n == 0 || s->ncolumns == 1;
	if (quote)
		sample_puts(s, "\"");
	for (size_t i = 0; i < n; i++) {
		for (const char *p = parts[i]; *p != '\0'; p++) {
			if (*p == '"')
				sample_puts(s, "\"");
			sample_put(s, p, 1);
		}
	}
	if (quote)
		sample_puts(s, "\"");
}

/* A header c0,c1,… and well-formed records, with LF or CRLF. */
static inline void
sample_make(struct sample *s, uint64_t number)
{
	struct sample_random r = {number * 0x2545f4914f6cdd1dU + 1};
	const char *eol = sample_below(&r, 4) == 0 ? "\r\n" : "\n";
	size_t rows = sample_below(&r, 5);
	bool last_eol = sample_below(&r, 5) != 0;

	s->len = 0;
	s->ncolumns = 1 + sample_below(&r, 4);
	for (size_t c = 0; c < s->ncolumns; c++) {
		char name[3] = {'c', (char)('0' + c), '\0'};

		sample_puts(s, c > 0 ? "," : "");
		sample_puts(s, name);
	}
	for (size_t row = 0; row < rows; row++) {
		sample_puts(s, eol);
		for (size_t c = 0; c < s->ncolumns; c++) {
			sample_puts(s, c > 0 ? "," : "");
			sample_field(s, &r);
		}
	}
	/* a last record that is one NULL is nothing at all without its line end */
	if (last_eol || s->ncolumns == 1)
		sample_puts(s, eol);
}

/* Any bytes that mean something to a CSV reader, in any order, behind a header c0. */
static inline void
sample_noise(struct sample *s, uint64_t number)
{
	static const char alphabet[] = "ab,,\"\"\"\n\n\r \\.\xc3\xa9x";
	struct sample_random r = {number * 0xda942042e4dd58b5U + 7};
	size_t n = sample_below(&r, 40);

	s->len = 0;
	s->ncolumns = 1;
	sample_puts(s, "c0\n");
	for (size_t i = 0; i < n; i++)
		sample_put(s, alphabet + sample_below(&r, sizeof alphabet - 1), 1);
}

#endif
