/*
 * text_quote.h - texts as literals and identifiers of SQL, as PostgreSQL quotes them
 *
 * Results are s itself or in ctx->arena.  0, or -1 with ctx->error filled.
 */
#ifndef EXPR_TEXT_QUOTE_H
#define EXPR_TEXT_QUOTE_H

#include "expr/value.h"

/* 'it''s', and E'\\' where there is a backslash. */
int quote_literal(struct eval_context *ctx, struct text s, struct text *quoted);

/* name, or "Name". */
int quote_identifier(struct eval_context *ctx, struct text s, struct text *quoted);

#endif
