/*
 * legacy.c - the schema legacy: what old data needs and PostgreSQL has not
 */
#include <string.h>

#include "expr/function.h"

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
	{0},
};
