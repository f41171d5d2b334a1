/*
 * legacy_text.c - texts as old systems left them: mojibake and digits of other scripts
 */
#include <string.h>

#include "expr/chars.h"
#include "expr/legacy.h"
#include "expr/text.h"
#include "utf8.h"

/*
 * What the bytes 0x80 to 0x9F are in Windows-1252; 0 where it has nothing.
 * There MySQL's latin1 has the control character of that number, and so has it
 * here: each byte is one character, so that a text can come from one sequence
 * of bytes only.
 */
static const uint16_t cp1252[32] = {0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D,
	0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178};

/* The byte that a character is in latin1, or (windows) Windows-1252; -1 when it is none. */
static int
byte_of(uint32_t c, bool windows)
{
	if (c < 0x80 || (c >= 0xA0 && c <= 0xFF))
		return (int)c;
	if (c < 0xA0)
		return windows && cp1252[c - 0x80] != 0 ? -1 : (int)c;
	for (int i = 0; windows && i < 32; i++) {
		if (cp1252[i] == c)
			return 0x80 + i;
	}
	return -1;
}

/* The bytes that s was read from as single characters, if they are UTF-8; to has room for s. */
static bool
unread(struct text s, bool windows, char *to, struct text *result)
{
	size_t n = 0, width;

	for (size_t i = 0; i < s.len; i += width) {
		int b = byte_of(char_decode(s.ptr + i, &width), windows);

		if (b < 0)
			return false;
		to[n++] = (char)b;
	}
	*result = (struct text){to, n};
	return utf8_is_text(to, n);
}

/*
 * Each step makes the text shorter, and reading its result in the one charset
 * gives what was there before: that is the proof.  Text that was garbled twice
 * takes two steps.
 */
int
legacy_fix_mojibake(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct text next;
	char *to;

	(void)site;
	result->s = args[0].s;
	while (!chars_ascii(result->s.ptr, result->s.len)) {
		to = arena_alloc(ctx->arena, result->s.len);
		if (to == NULL)
			return eval_nomem(ctx);
		if (!unread(result->s, true, to, &next) && !unread(result->s, false, to, &next))
			break;
		result->s = next;
	}
	return 0;
}

/* Arabic-Indic (U+0660) and Persian (U+06F0) digits; -1 for anything else. */
static int
digit_of(uint32_t c)
{
	if (c >= 0x660 && c <= 0x669)
		return (int)(c - 0x660);
	if (c >= 0x6F0 && c <= 0x6F9)
		return (int)(c - 0x6F0);
	return -1;
}

int
legacy_ascii_digits(struct eval_context *ctx, struct text s, struct text *result)
{
	size_t n = 0, width;
	char *to;

	*result = s;
	if (chars_ascii(s.ptr, s.len))
		return 0;
	to = arena_alloc(ctx->arena, s.len);
	if (to == NULL)
		return eval_nomem(ctx);
	for (size_t i = 0; i < s.len; i += width) {
		int digit = digit_of(char_decode(s.ptr + i, &width));

		if (digit >= 0) {
			to[n++] = (char)('0' + digit);
			continue;
		}
		memcpy(to + n, s.ptr + i, width);
		n += width;
	}
	*result = (struct text){to, n};
	return 0;
}

int
legacy_digits(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return legacy_ascii_digits(ctx, args[0].s, &result->s);
}
