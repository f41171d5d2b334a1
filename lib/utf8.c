/*
 * utf8.c - see utf8.h
 */
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "utf8.h"

#define HIGH_BITS 0x8080808080808080ULL
#define LOW_BITS  0x0101010101010101ULL

static uint64_t
load8(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof w);
	return w;
}

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

/* The length of the character of more than one byte at s, or 0 when there is none. */
static size_t
multibyte(const unsigned char *s, size_t n)
{
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return n >= 2 && is_tail(s[1]) ? 2 : 0;
	if ((s[0] & 0xf0) == 0xe0) {
		if (n < 3 || !is_tail(s[1]) || !is_tail(s[2]))
			return 0;
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (n < 4 || !is_tail(s[1]) || !is_tail(s[2]) || !is_tail(s[3]))
			return 0;
		if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

bool
utf8_is_text(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n) {
		unsigned char c;

		/* ASCII without a NUL, as much as there is at once */
#ifdef __SSE2__
		while (n - i >= 16) {
			__m128i v = _mm_loadu_si128((const __m128i *)(const void *)(s + i));

			if (_mm_movemask_epi8(_mm_or_si128(
				    v, _mm_cmpeq_epi8(v, _mm_setzero_si128()))) != 0)
				break;
			i += 16;
		}
#endif
		while (n - i >= 8) {
			uint64_t w = load8(s + i);

			if (((w | (w - LOW_BITS)) & HIGH_BITS) != 0)
				break;
			i += 8;
		}
		if (i == n)
			return true;
		c = (unsigned char)s[i];
		if (c == 0)
			return false;
		if (c < 0x80) {
			i++;
		} else {
			size_t len = multibyte((const unsigned char *)s + i, n - i);

			if (len == 0)
				return false;
			i += len;
		}
	}
	return true;
}

size_t
utf8_length(const char *s, size_t n)
{
	size_t tails = 0;
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t w = load8(s + i);

		/* a tail byte is 10xxxxxx: the high bit set and the next one clear */
		tails += (size_t)__builtin_popcountll(w & (~w << 1) & HIGH_BITS);
	}
	for (; i < n; i++)
		tails += is_tail((unsigned char)s[i]);
	return n - tails;
}

size_t
utf8_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	while (max > 0 && is_tail((unsigned char)s[max]))
		max--;
	return max;
}
