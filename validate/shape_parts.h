/*
 * shape_parts.h - inside of shape.h: the classes of bytes, and the families of shapes
 *
 * Each function takes the n > 0 bytes of a value without the spaces around it,
 * and the set of classes of its bytes.  Those that return bool say whether the
 * value is of their family, and have then filled v.
 */
#ifndef VALIDATE_SHAPE_PARTS_H
#define VALIDATE_SHAPE_PARTS_H

#include <stdint.h>

#include "validate/shape.h"

enum byte_class {
	CLASS_DIGIT = 1 << 0,
	CLASS_LOW_HEX = 1 << 1, /* a to f */
	CLASS_LOW = 1 << 2,     /* g to z */
	CLASS_UP_HEX = 1 << 3,
	CLASS_UP = 1 << 4,
	CLASS_SPACE = 1 << 5,
	CLASS_LINES = 1 << 6, /* tab, LF, CR */
	CLASS_CONTROL = 1 << 7,
	CLASS_AT = 1 << 8,
	CLASS_DOT = 1 << 9,
	CLASS_COMMA = 1 << 10,
	CLASS_MINUS = 1 << 11,
	CLASS_PLUS = 1 << 12,
	CLASS_SLASH = 1 << 13,
	CLASS_COLON = 1 << 14,
	CLASS_PERCENT = 1 << 15,
	CLASS_ANGLE = 1 << 16, /* < and > */
	CLASS_EQUALS = 1 << 17,
	CLASS_PAREN = 1 << 18,
	CLASS_QUOTE = 1 << 19, /* the apostrophe */
	CLASS_OTHER = 1 << 20,
	CLASS_WIDE = 1 << 21
};

#define CLASS_LETTERS  (CLASS_LOW_HEX | CLASS_LOW | CLASS_UP_HEX | CLASS_UP)
#define CLASS_CAPITALS (CLASS_UP_HEX | CLASS_UP)

/* Numbers, dates, times, addresses of hosts, telephones; else false. */
bool shape_digits(const char *p, size_t n, uint32_t set, struct shape_value *v);

/* A date of ISO 8601 with or without a time; it may have letters. */
bool shape_iso(const char *p, size_t n, struct shape_value *v);

/* Text beyond ASCII: scripts, and what was encoded twice. */
void shape_wide(const char *p, size_t n, uint32_t set, struct shape_value *v);

#endif
