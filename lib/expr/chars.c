/*
 * chars.c - see chars.h
 */
#include <string.h>

#include "expr/chars.h"

size_t
chars_bytes(const char *s, size_t len, size_t n)
{
	size_t at = 0;

	while (n > 0 && at < len) {
		at += char_width((unsigned char)s[at]);
		n--;
	}
	return at < len ? at : len;
}

size_t
chars_bytes_back(const char *s, size_t len, size_t n)
{
	size_t at = len;

	while (n > 0 && at > 0) {
		at--;
		if (((unsigned char)s[at] & 0xC0) != 0x80)
			n--;
	}
	return len - at;
}

bool
chars_ascii(const char *s, size_t len)
{
	uint64_t word;
	size_t i = 0;

	for (; len - i >= sizeof word; i += sizeof word) {
		memcpy(&word, s + i, sizeof word);
		if (word & UINT64_C(0x8080808080808080))
			return false;
	}
	for (; i < len; i++) {
		if ((unsigned char)s[i] & 0x80)
			return false;
	}
	return true;
}
