/*
 * legacy.h - the calls of the schema legacy that have a file of their own
 *
 * legacy.c has the table; struct function says what a call gets and gives.
 */
#ifndef EXPR_LEGACY_H
#define EXPR_LEGACY_H

#include "expr/function.h"

typedef int legacy_call(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result);

legacy_call legacy_php_unserialize; /* legacy_php.c */

/* legacy_text.c */
legacy_call legacy_fix_mojibake, legacy_digits;

/* legacy_phone.c */
legacy_call legacy_phone_e164;

/* legacy_time.c */
legacy_call legacy_unixtime, legacy_excel_date;

/* legacy_mask.c */
legacy_call legacy_uuid5, legacy_hmac_sha256, legacy_mask_email, legacy_mask_phone;

/* The key is asked of the environment when the mapping is compiled; its name must be constant. */
int legacy_hmac_prepare(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants);

/*
 * Arabic-Indic and Persian digits as ASCII ones; s itself where there are none.
 * Returns 0, or -1 with ctx->error filled.
 */
int legacy_ascii_digits(struct eval_context *ctx, struct text s, struct text *result);

#endif
