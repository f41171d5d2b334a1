/*
 * json_scan.h - is it JSON (RFC 8259)? without building it
 */
#ifndef VALIDATE_JSON_SCAN_H
#define VALIDATE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Arrays and objects within each other; deeper is not taken for JSON. */
enum { JSON_SCAN_DEPTH = 512 };

enum json_kind { JSON_SCALAR, JSON_KIND_OBJECT, JSON_KIND_ARRAY };

/*
 * Whether the n bytes (valid UTF-8) are one JSON value, its kind, and how many
 * members or items it has itself.
 */
bool json_scan(const char *p, size_t n, enum json_kind *kind, size_t *count);

#endif
