/*
 * shape_wide.c - shapes of text beyond ASCII: scripts, and double encoding (see shape.h)
 *
 * A script is told by blocks of Unicode, coarsely: what matters is whether a
 * column's values are of one kind.  Letters of accents are Latin; punctuation
 * and signs are of no script.
 */
#include <string.h>

#include "utf8.h"
#include "validate/shape_parts.h"

/* Bytes of one look at a time for double encoding; longer values are looked at by pieces. */
enum { PIECE = 256 };

enum script {
	SCRIPT_NONE = 0,
	SCRIPT_LATIN = 1,
	SCRIPT_ARABIC = 2,
	SCRIPT_CYRILLIC = 4,
	SCRIPT_GREEK = 8,
	SCRIPT_HEBREW = 16,
	SCRIPT_EAST_ASIAN = 32,
	SCRIPT_OTHER = 64
};

/* clang-format off */
static const struct {
	uint32_t last; /* the block's last character */
	enum script script;
} blocks[] = {
	{0xbf, SCRIPT_NONE}, {0x24f, SCRIPT_LATIN}, {0x36f, SCRIPT_NONE}, {0x3ff, SCRIPT_GREEK},
	{0x52f, SCRIPT_CYRILLIC}, {0x58f, SCRIPT_OTHER}, {0x5ff, SCRIPT_HEBREW},
	{0x60c, SCRIPT_NONE}, {0x6ff, SCRIPT_ARABIC}, {0x74f, SCRIPT_OTHER}, {0x77f, SCRIPT_ARABIC},
	{0x89f, SCRIPT_OTHER}, {0x8ff, SCRIPT_ARABIC}, {0x10ff, SCRIPT_OTHER},
	{0x11ff, SCRIPT_EAST_ASIAN}, {0x1dff, SCRIPT_OTHER}, {0x1eff, SCRIPT_LATIN},
	{0x1fff, SCRIPT_GREEK}, {0x2bff, SCRIPT_NONE}, {0x2e7f, SCRIPT_OTHER},
	{0x303f, SCRIPT_NONE}, {0xa4cf, SCRIPT_EAST_ASIAN}, {0xabff, SCRIPT_OTHER},
	{0xd7ff, SCRIPT_EAST_ASIAN}, {0xf8ff, SCRIPT_NONE}, {0xfaff, SCRIPT_EAST_ASIAN},
	{0xfb1c, SCRIPT_OTHER}, {0xfb4f, SCRIPT_HEBREW}, {0xfdff, SCRIPT_ARABIC},
	{0xfe6f, SCRIPT_NONE}, {0xfefe, SCRIPT_ARABIC}, {0xff20, SCRIPT_NONE},
	{0xffef, SCRIPT_EAST_ASIAN}, {0xffff, SCRIPT_NONE}, {0x1efff, SCRIPT_OTHER},
	{0x1ffff, SCRIPT_NONE}, {0x3ffff, SCRIPT_EAST_ASIAN},
};

/* Windows-1252, which MySQL calls latin1, from 0x80 to 0x9f; 0: the byte itself. */
static const uint16_t cp1252[32] = {
	0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039,
	0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc,
	0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178,
};
/* clang-format on */

static enum script
script_of(uint32_t c)
{
	for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
		if (c <= blocks[i].last)
			return blocks[i].script;
	}
	return SCRIPT_NONE;
}

/* The character at *p, which is moved behind it; the text is valid. */
static uint32_t
next_character(const unsigned char **p)
{
	const unsigned char *s = *p;

	if (s[0] < 0x80) {
		*p += 1;
		return s[0];
	}
	if (s[0] < 0xe0) {
		*p += 2;
		return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	}
	if (s[0] < 0xf0) {
		*p += 3;
		return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 |
		       (s[2] & 0x3f);
	}
	*p += 4;
	return (uint32_t)(s[0] & 0x07) << 18 | (uint32_t)(s[1] & 0x3f) << 12 |
	       (uint32_t)(s[2] & 0x3f) << 6 | (s[3] & 0x3f);
}

/* The byte that latin1 has for a character, or -1. */
static int
latin1_byte(uint32_t c)
{
	if (c < 0x80 || (c >= 0xa0 && c <= 0xff))
		return (int)c;
	if (c < 0xa0)
		return cp1252[c - 0x80] == 0 ? (int)c : -1;
	for (int i = 0; i < 32; i++) {
		if (cp1252[i] == c)
			return 0x80 + i;
	}
	return -1;
}

/*
 * Whether the characters are latin1's, and their bytes UTF-8 again.  A piece
 * is cut where an ASCII character is, else where it is full; a value without
 * ASCII for so long is taken as it comes, up to a character of four bytes.
 */
static bool
is_mojibake(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;
	char bytes[PIECE];
	size_t used = 0;
	bool wide = false;

	while (p < end) {
		int byte = latin1_byte(next_character(&p));

		if (byte < 0)
			return false;
		if (used >= PIECE - 4 && (byte < 0x80 || byte >= 0xc0)) {
			if (!utf8_is_text(bytes, used))
				return false;
			used = 0;
		}
		if (used == PIECE)
			return false;
		wide = wide || byte >= 0x80;
		bytes[used++] = (char)byte;
	}
	return wide && utf8_is_text(bytes, used);
}

static enum shape
shape_of_scripts(unsigned scripts, uint32_t set)
{
	switch (scripts) {
	case SCRIPT_NONE: return SHAPE_TEXT;
	case SCRIPT_LATIN:
		if ((set & ~(uint32_t)(CLASS_LETTERS | CLASS_WIDE | CLASS_SPACE | CLASS_DOT |
				       CLASS_MINUS | CLASS_QUOTE)) != 0)
			return SHAPE_TEXT;
		return (set & CLASS_SPACE) != 0 ? SHAPE_WORDS : SHAPE_WORD;
	case SCRIPT_ARABIC: return SHAPE_ARABIC;
	case SCRIPT_CYRILLIC: return SHAPE_CYRILLIC;
	case SCRIPT_GREEK: return SHAPE_GREEK;
	case SCRIPT_HEBREW: return SHAPE_HEBREW;
	case SCRIPT_EAST_ASIAN: return SHAPE_EAST_ASIAN;
	case SCRIPT_OTHER: return SHAPE_OTHER_SCRIPT;
	default: return SHAPE_MIXED_SCRIPTS;
	}
}

void
shape_wide(const char *text, size_t n, uint32_t set, struct shape_value *v)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;
	unsigned scripts = (set & CLASS_LETTERS) != 0 ? SCRIPT_LATIN : SCRIPT_NONE;
	bool latin1 = true;

	while (p < end) {
		uint32_t c;

		if (*p < 0x80) {
			p++;
			continue;
		}
		latin1 = latin1 && *p < 0xe3 && (*p < 0xcc || *p > 0xdf);
		c = next_character(&p);
		scripts |= script_of(c);
		if (c > 0xffff)
			v->traits |= TRAIT_SYMBOLS;
	}
	if (latin1 && is_mojibake(text, n))
		v->shape = SHAPE_MOJIBAKE;
	else
		v->shape = shape_of_scripts(scripts, set);
}
