/*
 * utf8.h - what is UTF-8, and how many characters it is
 */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether PostgreSQL takes the n bytes as text: UTF-8 (RFC 3629: no overlong
 * forms, no surrogates, up to U+10FFFF) without a NUL byte.
 */
bool utf8_is_text(const char *s, size_t n);

/* Characters (code points) in n bytes of valid UTF-8. */
size_t utf8_length(const char *s, size_t n);

/*
 * The longest prefix of the n bytes that is at most max bytes and does not cut
 * a character in two.
 */
size_t utf8_cut(const char *s, size_t n, size_t max);

#endif
