/*
 * legacy_phone.c - legacy.phone_e164: telephone numbers as ITU-T E.164 has them
 *
 * Numbers with + or 00 in front are international already.  All others are
 * national ones of the region: the trunk prefix is taken off and the calling
 * code put before them.  Only lengths are checked, not which ranges are in use.
 */
#include <string.h>

#include "expr/chars.h"
#include "expr/legacy.h"
#include "expr/number.h"
#include "expr/text.h"

enum { E164_DIGITS_MAX = 15, E164_DIGITS_MIN = 7, PHONE_DIGITS_MAX = 32 };

/* Digits of a national number without its trunk prefix: at least, at most. */
struct region {
	char name[3];
	const char *code;
	const char *trunk;
	size_t least, most;
};

static const struct region regions[] = {
	{"AE", "971", "0", 8, 9},
	{"AF", "93", "0", 9, 9},
	{"AR", "54", "0", 10, 11},
	{"AT", "43", "0", 4, 13},
	{"AU", "61", "0", 9, 9},
	{"BD", "880", "0", 8, 10},
	{"BE", "32", "0", 8, 9},
	{"BH", "973", "", 8, 8},
	{"BR", "55", "0", 10, 11},
	{"CA", "1", "1", 10, 10},
	{"CH", "41", "0", 9, 9},
	{"CN", "86", "0", 9, 11},
	{"CZ", "420", "", 9, 9},
	{"DE", "49", "0", 5, 11},
	{"DJ", "253", "", 8, 8},
	{"DK", "45", "", 8, 8},
	{"DZ", "213", "0", 8, 9},
	{"EG", "20", "0", 8, 10},
	{"ES", "34", "", 9, 9},
	{"ET", "251", "0", 9, 9},
	{"FI", "358", "0", 5, 12},
	{"FR", "33", "0", 9, 9},
	{"GB", "44", "0", 9, 10},
	{"GR", "30", "", 10, 10},
	{"ID", "62", "0", 8, 12},
	{"IE", "353", "0", 7, 10},
	{"IN", "91", "0", 10, 10},
	{"IQ", "964", "0", 8, 10},
	{"IR", "98", "0", 10, 10},
	{"IT", "39", "", 6, 11},
	{"JO", "962", "0", 8, 9},
	{"JP", "81", "0", 9, 10},
	{"KE", "254", "0", 7, 10},
	{"KM", "269", "", 7, 7},
	{"KR", "82", "0", 8, 10},
	{"KW", "965", "", 7, 8},
	{"LB", "961", "0", 7, 8},
	{"LK", "94", "0", 9, 9},
	{"LY", "218", "0", 8, 9},
	{"MA", "212", "0", 9, 9},
	{"MR", "222", "", 8, 8},
	{"MX", "52", "", 10, 10},
	{"MY", "60", "0", 8, 10},
	{"NG", "234", "0", 8, 10},
	{"NL", "31", "0", 9, 9},
	{"NO", "47", "", 8, 8},
	{"NZ", "64", "0", 8, 10},
	{"OM", "968", "", 8, 8},
	{"PH", "63", "0", 8, 10},
	{"PK", "92", "0", 9, 10},
	{"PL", "48", "", 9, 9},
	{"PS", "970", "0", 8, 9},
	{"PT", "351", "", 9, 9},
	{"QA", "974", "", 8, 8},
	{"RO", "40", "0", 9, 9},
	{"RU", "7", "8", 10, 10},
	{"SA", "966", "0", 8, 9},
	{"SD", "249", "0", 9, 9},
	{"SE", "46", "0", 7, 10},
	{"SG", "65", "", 8, 8},
	{"SO", "252", "0", 7, 9},
	{"SY", "963", "0", 8, 9},
	{"TN", "216", "", 8, 8},
	{"TR", "90", "0", 10, 10},
	{"UA", "380", "0", 9, 9},
	{"US", "1", "1", 10, 10},
	{"YE", "967", "0", 7, 9},
	{"ZA", "27", "0", 9, 9},
};

static const struct region *
find_region(struct text name)
{
	for (size_t i = 0; i < sizeof regions / sizeof regions[0]; i++) {
		if (name.len == 2 && strncasecmp(name.ptr, regions[i].name, 2) == 0)
			return &regions[i];
	}
	return NULL;
}

/* What people write between digits: white space, - . / ( ), and marks of direction. */
static bool
is_separator(uint32_t c)
{
	return (c < 0x80 && (space_is((char)c) || strchr("-./()", (int)c) != NULL)) ||
	       c == 0xA0 || (c >= 0x200E && c <= 0x2015) || (c >= 0x202A && c <= 0x202F) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x61C || c == 0xFEFF;
}

/* The digits of s; false when there is anything else, or too many of them. */
static bool
take_digits(struct text s, char *digits, size_t *n, bool *plus)
{
	size_t width;

	*n = 0;
	*plus = false;
	for (size_t i = 0; i < s.len; i += width) {
		uint32_t c = char_decode(s.ptr + i, &width);

		if (c >= '0' && c <= '9') {
			if (*n == PHONE_DIGITS_MAX)
				return false;
			digits[(*n)++] = (char)c;
		} else if (c == '+' && *n == 0 && !*plus) {
			*plus = true;
		} else if (!is_separator(c)) {
			return false;
		}
	}
	return *n > 0;
}

/* Take the prefix off, if what is left is as long as a national number. */
static bool
national(const struct region *r, const char *prefix, const char **digits, size_t *n)
{
	size_t len = strlen(prefix);

	if (*n < len + r->least || *n > len + r->most || memcmp(*digits, prefix, len) != 0)
		return false;
	*digits += len;
	*n -= len;
	return true;
}

/* The calling code, and perhaps behind it the trunk prefix, as in +966 (0)50. */
static bool
drop_code(const struct region *r, const char **digits, size_t *n)
{
	char both[8];

	memcpy(both, r->code, strlen(r->code) + 1);
	strncat(both, r->trunk, 1);
	return national(r, both, digits, n) || national(r, r->code, digits, n);
}

/* Without + or 00: national, or the calling code all the same. */
static bool
is_of_region(const struct region *r, const char **digits, size_t *n)
{
	if (r->trunk[0] != '\0' && national(r, r->trunk, digits, n))
		return true;
	if (r->trunk[0] == '\0' || **digits != r->trunk[0]) {
		if (national(r, "", digits, n))
			return true;
	}
	return drop_code(r, digits, n);
}

static int
fail(struct eval_context *ctx, const struct value *args)
{
	return eval_fail(ctx, "22023", "invalid telephone number for region %.*s: \"%.*s\"",
		shown(args[1].s.len), args[1].s.ptr, shown(args[0].s.len), args[0].s.ptr);
}

int
legacy_phone_e164(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	const struct region *r = find_region(args[1].s);
	char buf[PHONE_DIGITS_MAX], *to;
	const char *digits = buf;
	size_t n, code;
	struct text s;
	bool international;

	(void)site;
	if (r == NULL)
		return eval_fail(ctx, "22023", "unknown telephone region \"%.*s\"",
			shown(args[1].s.len), args[1].s.ptr);
	if (legacy_ascii_digits(ctx, args[0].s, &s) < 0)
		return -1;
	if (!take_digits(s, buf, &n, &international))
		return fail(ctx, args);
	if (!international && n > 2 && memcmp(digits, "00", 2) == 0) {
		international = true;
		digits += 2;
		n -= 2;
	}
	code = strlen(r->code);
	if (international && !drop_code(r, &digits, &n)) {
		bool own = n >= code && memcmp(digits, r->code, code) == 0;

		if (own || n < E164_DIGITS_MIN || n > E164_DIGITS_MAX || digits[0] == '0')
			return fail(ctx, args);
		code = 0;
	} else if (!international && !is_of_region(r, &digits, &n)) {
		return fail(ctx, args);
	}
	to = text_alloc(ctx, 1 + code + n, result);
	if (to == NULL)
		return -1;
	to[0] = '+';
	memcpy(to + 1, r->code, code);
	memcpy(to + 1 + code, digits, n);
	return 0;
}
