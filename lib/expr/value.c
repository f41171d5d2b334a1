/*
 * value.c - how a function of values fails; see value.h
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "expr/chars.h"
#include "expr/value.h"
#include "utf8.h"

/* The longest prefix of s[0..len) that does not end within a UTF-8 sequence. */
static size_t
whole_characters(const char *s, size_t len)
{
	size_t start = len;
	unsigned char lead;
	size_t want;

	while (start > 0 && len - start < 4 && ((unsigned char)s[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return len;
	lead = (unsigned char)s[--start];
	want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	return len - start < want ? start : len;
}

/*
 * Messages that quote a text by its bytes may cut a character; PostgreSQL sends
 * such, but a file of rejects is UTF-8.
 */
static void
replace_cut(char *s)
{
	size_t n = strlen(s), width;

	if (utf8_is_text(s, n))
		return;
	for (size_t i = 0; i < n; i += width) {
		width = char_width((unsigned char)s[i]);
		if (width <= n - i && utf8_is_text(s + i, width))
			continue;
		s[i] = '?';
		width = 1;
	}
}

int
eval_fail(struct eval_context *ctx, const char sqlstate[static 6], const char *fmt, ...)
{
	struct expr_error *e = ctx->error;
	va_list ap;
	int n;

	memcpy(e->sqlstate, sqlstate, 5);
	e->sqlstate[5] = '\0';
	va_start(ap, fmt);
	n = vsnprintf(e->message, sizeof e->message, fmt, ap);
	va_end(ap);
	if (n < 0)
		e->message[0] = '\0';
	else if ((size_t)n >= sizeof e->message)
		e->message[whole_characters(e->message, sizeof e->message - 1)] = '\0';
	replace_cut(e->message);
	return -1;
}

int
eval_nomem(struct eval_context *ctx)
{
	return eval_fail(ctx, "53200", "out of memory");
}
