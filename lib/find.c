/*
 * find.c - see find.h
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "find.h"

/* Longer needles are for memmem, whose time does not grow with their length. */
enum { SHORT_NEEDLE = 32, BLOCK = 16 };

#ifdef __SSE2__
const char *
find_bytes(const char *s, size_t n, const char *needle, size_t m)
{
	__m128i first, last;
	size_t i = 0;

	if (m == 0)
		return s;
	if (m > n)
		return NULL;
	if (m == 1)
		return memchr(s, needle[0], n);
	if (m > SHORT_NEEDLE)
		return memmem(s, n, needle, m);
	first = _mm_set1_epi8(needle[0]);
	last = _mm_set1_epi8(needle[m - 1]);
	for (; n - i >= m - 1 + BLOCK; i += BLOCK) {
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)(s + i));
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(s + i + m - 1));
		unsigned mask = (unsigned)_mm_movemask_epi8(
			_mm_and_si128(_mm_cmpeq_epi8(a, first), _mm_cmpeq_epi8(b, last)));

		for (; mask != 0; mask &= mask - 1) {
			const char *at = s + i + (size_t)__builtin_ctz(mask);

			if (memcmp(at + 1, needle + 1, m - 1) == 0)
				return at;
		}
	}
	for (; n - i >= m; i++) {
		if (s[i] == needle[0] && memcmp(s + i + 1, needle + 1, m - 1) == 0)
			return s + i;
	}
	return NULL;
}
#else
const char *
find_bytes(const char *s, size_t n, const char *needle, size_t m)
{
	return m == 0 ? s : memmem(s, n, needle, m);
}
#endif
