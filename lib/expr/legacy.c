/*
 * legacy.c - the schema legacy: what old data needs and PostgreSQL has not
 */
#include <string.h>

#include "expr/legacy.h"
#include "expr/text.h"

/* For rows that a mapping knows to be wrong. */
#define REJECTED "P0001"

static int
reject(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	(void)result;
	if (args[0].null)
		return eval_fail(ctx, REJECTED, "rejected");
	return eval_fail(ctx, REJECTED, "%.*s",
		(int)(args[0].s.len < 1024 ? args[0].s.len : 1024), args[0].s.ptr);
}

/* true, so that it can be a condition of WHERE among others. */
static int
reject_if(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	result->b = true;
	if (args[0].null || !args[0].b)
		return 0;
	return reject(ctx, site, args + 1, result);
}

/* Digits of width n at s; -1 when there is anything else. */
static int
digits(const char *s, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/*
 * Whether s is a date of MySQL, YYYY-MM-DD with perhaps a time behind it, of
 * which the year, the month or the day is zero.
 */
static bool
is_zero_date(const struct text *s)
{
	const char *p = s->ptr;
	int year, month, day;

	if (s->len < 10 || p[4] != '-' || p[7] != '-')
		return false;
	year = digits(p, 4);
	month = digits(p + 5, 2);
	day = digits(p + 8, 2);
	if (year < 0 || month < 0 || day < 0 || (year > 0 && month > 0 && day > 0))
		return false;
	if (s->len == 10)
		return true;
	if (s->len < 19 || (p[10] != ' ' && p[10] != 'T') || digits(p + 11, 2) < 0 ||
		p[13] != ':' || digits(p + 14, 2) < 0 || p[16] != ':' || digits(p + 17, 2) < 0)
		return false;
	if (s->len == 19)
		return true;
	return p[19] == '.' && s->len > 20 && s->len <= 26 && digits(p + 20, s->len - 20) >= 0;
}

static int
zero_date(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->s = args[0].s;
	result->null = is_zero_date(&args[0].s);
	return 0;
}

const struct function legacy_functions[] = {
	{"legacy.reject", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_VOLATILE | FUNCTION_ANY_RESULT,
		reject, NULL, NULL},
	{"legacy.zero_date", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, zero_date, NULL, NULL},
	{"legacy.reject_if", TYPE_BOOL, 2, {TYPE_BOOL, TYPE_TEXT}, FUNCTION_VOLATILE, reject_if,
		NULL, NULL},
	{"legacy.php_unserialize", TYPE_JSONB, 1, {TYPE_TEXT}, FUNCTION_STRICT,
		legacy_php_unserialize, NULL, NULL},
	{"legacy.fix_mojibake", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, legacy_fix_mojibake,
		NULL, NULL},
	{"legacy.digits", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, legacy_digits, NULL,
		NULL},
	{"legacy.phone_e164", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT,
		legacy_phone_e164, NULL, NULL},
	{"legacy.unixtime", TYPE_TIMESTAMPTZ, 1, {TYPE_TEXT}, FUNCTION_STRICT, legacy_unixtime,
		NULL, NULL},
	{"legacy.excel_date", TYPE_TIMESTAMP, 1, {TYPE_TEXT}, FUNCTION_STRICT,
		legacy_excel_date, NULL, NULL},
	{"legacy.uuid5", TYPE_UUID, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, legacy_uuid5,
		NULL, NULL},
	{"legacy.hmac_sha256", TYPE_TEXT, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT,
		legacy_hmac_sha256, legacy_hmac_prepare, NULL},
	{"legacy.mask_email", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, legacy_mask_email,
		text_prepare_locale, text_release_locale},
	{"legacy.mask_phone", TYPE_TEXT, 1, {TYPE_TEXT}, FUNCTION_STRICT, legacy_mask_phone,
		NULL, NULL},
	{0},
};
