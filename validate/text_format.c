/*
 * text_format.c - see text_format.h
 */
#include <string.h>

#include "validate/text_format.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_high(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

/* RFC 5322's atext. */
static bool
is_atext(char c)
{
	return is_letter(c) || is_digit(c) || is_high(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* The local part at p, without quotes; returns its length, 0 when there is none. */
static size_t
dot_string(const char *p, size_t n)
{
	size_t i = 0;

	for (;;) {
		size_t start = i;

		while (i < n && is_atext(p[i]))
			i++;
		if (i == start)
			return 0;
		if (i == n || p[i] != '.')
			return i;
		i++;
	}
}

static size_t
quoted_string(const char *p, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '"')
			return i + 1;
		if (c == '\\' && ++i < n)
			c = (unsigned char)p[i];
		if (c < 0x20 || c == 0x7f)
			return 0;
	}
	return 0;
}

/* [127.0.0.1], [IPv6:…]: only the characters are looked at. */
static bool
is_address_literal(const char *p, size_t n)
{
	if (n < 4 || p[0] != '[' || p[n - 1] != ']')
		return false;
	for (size_t i = 1; i < n - 1; i++) {
		if (!is_letter(p[i]) && !is_digit(p[i]) && p[i] != '.' && p[i] != ':' &&
			p[i] != '-')
			return false;
	}
	return true;
}

static bool
is_domain(const char *p, size_t n)
{
	size_t i = 0;

	if (n == 0 || n > 255)
		return false;
	for (;;) {
		size_t start = i;

		while (i < n &&
			(is_letter(p[i]) || is_digit(p[i]) || is_high(p[i]) || p[i] == '-'))
			i++;
		if (i == start || i - start > 63 || p[start] == '-' || p[i - 1] == '-')
			return false;
		if (i == n)
			return true;
		if (p[i++] != '.')
			return false;
	}
}

bool
text_is_email(const char *p, size_t n)
{
	size_t local;

	if (n > 254)
		return false;
	local = n > 0 && *p == '"' ? quoted_string(p, n) : dot_string(p, n);
	if (local == 0 || local > 64 || local >= n || p[local] != '@')
		return false;
	p += local + 1;
	n -= local + 1;
	return n > 0 && *p == '[' ? is_address_literal(p, n) : is_domain(p, n);
}

bool
text_is_uri(const char *p, size_t n)
{
	size_t i = 0;
	bool fragment = false;

	if (n == 0 || !is_letter(*p))
		return false;
	while (i < n && (is_letter(p[i]) || is_digit(p[i]) || p[i] == '+' || p[i] == '-' ||
				p[i] == '.'))
		i++;
	if (i == n || p[i++] != ':')
		return false;
	/* a scheme alone is one by the grammar, but no address of anything */
	if (i == n)
		return false;
	for (; i < n; i++) {
		if (p[i] == '%') {
			if (n - i < 3 || !is_hex(p[i + 1]) || !is_hex(p[i + 2]))
				return false;
			i += 2;
		} else if (p[i] == '#') {
			if (fragment)
				return false;
			fragment = true;
		} else if (!is_letter(p[i]) && !is_digit(p[i]) &&
			   (p[i] == '\0' || strchr("-._~:/?[]@!$&'()*+,;=", p[i]) == NULL)) {
			return false;
		}
	}
	return true;
}

static bool
is_stream_hex(const char *p, size_t n)
{
	if (n < 2 || n % 2 != 0 || p[0] != '\\' || p[1] != 'x')
		return false;
	for (size_t i = 2; i < n; i++) {
		if (!is_hex(p[i]))
			return false;
	}
	return true;
}

bool
text_is_binary(const char *p, size_t n)
{
	size_t padding = 0;

	if (is_stream_hex(p, n))
		return true;
	if (n % 4 != 0)
		return false;
	while (padding < 2 && padding < n && p[n - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < n - padding; i++) {
		if (!is_letter(p[i]) && !is_digit(p[i]) && p[i] != '+' && p[i] != '/')
			return false;
	}
	return true;
}

bool
text_is_uuid(const char *p, size_t n)
{
	if (n != 36)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? p[i] != '-' : !is_hex(p[i]))
			return false;
	}
	return true;
}
