/*
 * legacy_mask.c - values that stand for others: uuid5, hmac_sha256, mask_email, mask_phone
 *
 * The same text always gives the same value, in every run and on every host, so
 * that references and unique keys hold.  The masks have no key: who has a list
 * of addresses can find out which of them is behind a mask.  What must not be
 * found out is for hmac_sha256, whose key is in the environment, never in a
 * mapping.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/chars.h"
#include "expr/legacy.h"
#include "expr/number.h"
#include "expr/text.h"

enum { SHA256_BYTES = 32, SHA1_BYTES = 20, UUID_BYTES = 16, KEY_NAME_MAX = 64 };

static const char hex_digits[] = "0123456789abcdef";

static char *
put_hex(char *to, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*to++ = hex_digits[bytes[i] >> 4];
		*to++ = hex_digits[bytes[i] & 15];
	}
	return to;
}

/* Several parts as one text. */
static int
digest(struct eval_context *ctx, const EVP_MD *md, const struct text *parts, size_t n,
	unsigned char *hash)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool good = c != NULL && EVP_DigestInit_ex(c, md, NULL) == 1;

	for (size_t i = 0; i < n && good; i++)
		good = EVP_DigestUpdate(c, parts[i].ptr, parts[i].len) == 1;
	good = good && EVP_DigestFinal_ex(c, hash, NULL) == 1;
	EVP_MD_CTX_free(c);
	return good ? 0 : eval_fail(ctx, "XX000", "cannot compute a hash");
}

/* uuid5: RFC 4122, section 4.3 */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_uuid(struct text s, unsigned char *uuid)
{
	size_t n = 0;

	if (s.len != 36)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int v = hex_value(s.ptr[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s.ptr[i] != '-')
				return false;
			continue;
		}
		if (v < 0)
			return false;
		uuid[n / 2] = (unsigned char)(n % 2 ? uuid[n / 2] | v : v << 4);
		n++;
	}
	return true;
}

/* dns, url, oid, x500 are those of RFC 4122, appendix C. */
static bool
find_namespace(struct text s, unsigned char *uuid)
{
	static const struct {
		const char *name;
		unsigned char last;
	} known[] = {{"dns", 0x10}, {"url", 0x11}, {"oid", 0x12}, {"x500", 0x14}};
	static const char common[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (s.len == strlen(known[i].name) &&
			strncasecmp(s.ptr, known[i].name, s.len) == 0) {
			(void)read_uuid((struct text){common, 36}, uuid);
			uuid[3] = known[i].last;
			return true;
		}
	}
	return read_uuid(s, uuid);
}

int
legacy_uuid5(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	unsigned char namespace[UUID_BYTES] = {0}, hash[EVP_MAX_MD_SIZE] = {0};
	const struct text parts[] = {{(const char *)namespace, UUID_BYTES}, args[1].s};
	char *to;

	(void)site;
	if (!find_namespace(args[0].s, namespace))
		return eval_fail(ctx, "22P02",
			"namespace \"%.*s\" is neither a uuid nor one of dns, url, oid, x500",
			shown(args[0].s.len), args[0].s.ptr);
	if (digest(ctx, EVP_sha1(), parts, 2, hash) < 0)
		return -1;
	hash[6] = (unsigned char)((hash[6] & 0x0F) | 0x50);
	hash[8] = (unsigned char)((hash[8] & 0x3F) | 0x80);
	to = text_alloc(ctx, 36, result);
	if (to == NULL)
		return -1;
	for (size_t i = 0; i < UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		to = put_hex(to, hash + i, 1);
	}
	return 0;
}

/* hmac_sha256 */

int
legacy_hmac_prepare(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	char variable[KEY_NAME_MAX + 16] = "CARAVAN_KEY_";
	const struct value *name = constants[1];
	struct text *prepared;
	const char *key;

	if (name == NULL || name->null)
		return eval_fail(ctx, "22023", "the name of a key must be constant");
	for (size_t i = 0; i < name->s.len; i++) {
		char c = name->s.ptr[i];

		if (!((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
			    c == '_'))
			return eval_fail(ctx, "22023",
				"the name of a key has only letters, digits and _");
	}
	if (name->s.len == 0 || name->s.len > KEY_NAME_MAX)
		return eval_fail(
			ctx, "22023", "the name of a key has 1 to %d characters", KEY_NAME_MAX);
	strncat(variable, name->s.ptr, name->s.len);
	key = getenv(variable);
	if (key == NULL || *key == '\0')
		return eval_fail(ctx, "22023",
			"key \"%.*s\" is not known: set the environment variable %s",
			(int)name->s.len, name->s.ptr, variable);
	prepared = arena_alloc(ctx->arena, sizeof *prepared);
	if (prepared == NULL)
		return eval_nomem(ctx);
	prepared->len = strlen(key);
	prepared->ptr = arena_copy(ctx->arena, key, prepared->len);
	if (prepared->ptr == NULL)
		return eval_nomem(ctx);
	site->prepared = prepared;
	return 0;
}

int
legacy_hmac_sha256(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	const struct text *key = site->prepared;
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};
	char *to;

	if (key->len > INT32_MAX || HMAC(EVP_sha256(), key->ptr, (int)key->len,
					    (const unsigned char *)args[0].s.ptr, args[0].s.len,
					    hash, NULL) == NULL)
		return eval_fail(ctx, "XX000", "cannot compute a hash");
	to = text_alloc(ctx, (size_t)2 * SHA256_BYTES, result);
	if (to == NULL)
		return -1;
	put_hex(to, hash, SHA256_BYTES);
	return 0;
}

/* mask_email */

/*
 * 16 hexadecimal digits of the hash of the address in lower case, so that two
 * that differ in case only do so no more.  .invalid can be no one's (RFC 2606).
 * What is no address stays none: a mask mends nothing.
 */
int
legacy_mask_email(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	static const char domain[] = "@masked.invalid";
	const struct text *s = &args[0].s;
	const char *sign = s->len ? memchr(s->ptr, '@', s->len) : NULL;
	bool address = sign != NULL && sign > s->ptr && sign + 1 < s->ptr + s->len &&
		       memchr(sign + 1, '@', (size_t)(s->ptr + s->len - sign - 1)) == NULL;
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};
	locale_t locale = site->prepared;
	struct text lower;
	char *to;

	if (s->len == 0) {
		result->s = *s;
		return 0;
	}
	if (text_lower(ctx, locale, s, &lower) < 0 ||
		digest(ctx, EVP_sha256(), &lower, 1, hash) < 0)
		return -1;
	to = text_alloc(ctx, 16 + (address ? sizeof domain - 1 : 0), result);
	if (to == NULL)
		return -1;
	to = put_hex(to, hash, 8);
	if (address)
		memcpy(to, domain, sizeof domain - 1);
	return 0;
}

/* mask_phone */

enum { PHONE_KEPT = 4, PHONE_ROUNDS = 8, PHONE_DIGITS_MAX = 36 };

/* A number below 10^n that depends on the digits of half, the kept ones and the round. */
static int
round_value(struct eval_context *ctx, struct text kept, unsigned char round, struct text half,
	uint64_t limit, uint64_t *value)
{
	const struct text parts[] = {{(const char *)&round, 1}, kept, half};
	unsigned char hash[EVP_MAX_MD_SIZE] = {0};

	if (digest(ctx, EVP_sha256(), parts, 3, hash) < 0)
		return -1;
	memcpy(value, hash, sizeof *value);
	*value %= limit;
	return 0;
}

static uint64_t
read_digits(const char *s, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (uint64_t)(s[i] - '0');
	return v;
}

/*
 * A Feistel network over decimal digits: it maps the numbers of n digits one to
 * one, so that no two numbers get the same mask.
 */
static int
permute(struct eval_context *ctx, struct text kept, char *digits, size_t n)
{
	size_t half = n / 2;

	for (unsigned char i = 0; i < PHONE_ROUNDS && n > 1; i++) {
		bool right = i % 2 != 0;
		char *changed = right ? digits + half : digits;
		size_t nchanged = right ? n - half : half;
		struct text other = {right ? digits : digits + half, n - nchanged};
		uint64_t limit = 1, value, sum;

		for (size_t k = 0; k < nchanged; k++)
			limit *= 10;
		if (round_value(ctx, kept, i, other, limit, &value) < 0)
			return -1;
		sum = (read_digits(changed, nchanged) + value) % limit;
		for (size_t k = nchanged; k > 0; k--, sum /= 10)
			changed[k - 1] = (char)('0' + sum % 10);
	}
	return 0;
}

/* The first digits (the country, mostly) and all that is no digit stay. */
int
legacy_mask_phone(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	char digits[PHONE_DIGITS_MAX];
	size_t n = 0, kept;
	struct text s;
	char *to;

	(void)site;
	if (legacy_ascii_digits(ctx, args[0].s, &s) < 0)
		return -1;
	to = text_alloc(ctx, s.len, result);
	if (to == NULL)
		return -1;
	if (s.len > 0)
		memcpy(to, s.ptr, s.len);
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] < '0' || s.ptr[i] > '9')
			continue;
		if (n == PHONE_DIGITS_MAX)
			return eval_fail(
				ctx, "22023", "a telephone number has too many digits");
		digits[n++] = s.ptr[i];
	}
	kept = n < 2 * (size_t)PHONE_KEPT ? n / 4 : PHONE_KEPT;
	if (permute(ctx, (struct text){digits, kept}, digits + kept, n - kept) < 0)
		return -1;
	n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			to[i] = digits[n++];
	}
	return 0;
}
