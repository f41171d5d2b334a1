/*
 * text_format.h - the formats of the type string
 *
 * All take n bytes of valid UTF-8.
 */
#ifndef VALIDATE_TEXT_FORMAT_H
#define VALIDATE_TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A mailbox of RFC 5321 (dot-string or quoted-string, domain or address
 * literal), with the characters of RFC 6531.  A domain of one label is one.
 */
bool text_is_email(const char *p, size_t n);

/* A URI of RFC 3986 with its scheme; characters beyond ASCII must be escaped. */
bool text_is_uri(const char *p, size_t n);

/* Base64 of RFC 4648 with its padding; or `\x` and hex, the stream's binary. */
bool text_is_binary(const char *p, size_t n);

/* RFC 9562: 8-4-4-4-12 hex digits, in any case, of any version. */
bool text_is_uuid(const char *p, size_t n);

#endif
