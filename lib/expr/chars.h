/*
 * chars.h - single characters of texts that are known to be valid UTF-8
 *
 * Texts reach expressions checked (by the CSV reader, or when a mapping is
 * read).  utf8.h checks and counts; this takes texts apart.
 */
#ifndef EXPR_CHARS_H
#define EXPR_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character whose first byte is lead. */
static inline size_t
char_width(unsigned char lead)
{
	return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* The character at p, and its bytes in *width. */
static inline uint32_t
char_decode(const char *p, size_t *width)
{
	const unsigned char *u = (const unsigned char *)p;

	*width = char_width(u[0]);
	switch (*width) {
	case 1: return u[0];
	case 2: return (u[0] & 0x1FU) << 6 | (u[1] & 0x3FU);
	case 3: return (u[0] & 0x0FU) << 12 | (u[1] & 0x3FU) << 6 | (u[2] & 0x3FU);
	default:
		return (u[0] & 0x07U) << 18 | (u[1] & 0x3FU) << 12 | (u[2] & 0x3FU) << 6 |
		       (u[3] & 0x3FU);
	}
}

/* Write c (at most 0x10FFFF) to out, which has 4 bytes; returns how many it took. */
static inline size_t
char_encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3F));
		out[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3F));
	out[2] = (char)(0x80 | (c >> 6 & 0x3F));
	out[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

/* The bytes that the first n characters of s[0..len) take; len when there are fewer. */
size_t chars_bytes(const char *s, size_t len, size_t n);

/* The same from the end: the bytes of the last n characters. */
size_t chars_bytes_back(const char *s, size_t len, size_t n);

/* Whether no byte is over 0x7F. */
bool chars_ascii(const char *s, size_t len);

#endif
