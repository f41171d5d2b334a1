/*
 * text.h - what the families of text functions share
 */
#ifndef EXPR_TEXT_H
#define EXPR_TEXT_H

#include <locale.h>

#include "expr/function.h"

/* PostgreSQL's limit for one value, without its header. */
#define TEXT_MAX ((size_t)0x3FFFFFFF - 4)

/*
 * Room for len bytes in the record's arena, which become result->s.  NULL:
 * ctx->error is filled, 54000 when len is over TEXT_MAX.
 */
char *text_alloc(struct eval_context *ctx, size_t len, struct value *result);

/*
 * The case mappings and character classes are those of the C library's locale
 * C.UTF-8, as in a PostgreSQL database of that locale.  The caller
 * gives it to freelocale; (locale_t)0: ctx->error is filled.
 */
locale_t text_locale(struct eval_context *ctx);

/* prepare and release of a function whose site->prepared is that locale. */
int text_prepare_locale(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants);
void text_release_locale(void *prepared);

/* t in lower case; t itself where nothing changes. */
int text_lower(
	struct eval_context *ctx, locale_t locale, const struct text *t, struct text *lower);

#endif
