/*
 * bytes.c - bytea: casts, comparison, and between bytes and texts
 *
 * A value is the bytes themselves, in the member s of struct value; any byte
 * may be among them, NUL too.  The functions of hashes are here as well.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/chars.h"
#include "expr/function.h"
#include "expr/number.h"
#include "expr/text.h"
#include "utf8.h"

static const char hex_digits[] = "0123456789abcdef";

static void
put_hex(char *to, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		*to++ = hex_digits[bytes[i] >> 4];
		*to++ = hex_digits[bytes[i] & 15];
	}
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
bad_digit(struct eval_context *ctx, const char *s)
{
	return eval_fail(ctx, "22023", "invalid hexadecimal digit: \"%.*s\"",
		(int)char_width((unsigned char)s[0]), s);
}

/* White space between the pairs is left out.  to has room for half of len. */
static int
read_hex(struct eval_context *ctx, const char *s, size_t len, char *to, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < len; i += 2) {
		int high, low;

		if (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
			i--;
			continue;
		}
		high = hex_value(s[i]);
		if (high < 0)
			return bad_digit(ctx, s + i);
		if (i + 1 >= len)
			return eval_fail(
				ctx, "22023", "invalid hexadecimal data: odd number of digits");
		low = hex_value(s[i + 1]);
		if (low < 0)
			return bad_digit(ctx, s + i + 1);
		to[(*n)++] = (char)(high << 4 | low);
	}
	return 0;
}

static bool
is_octal(const char *s, char most)
{
	return s[0] >= '0' && s[0] <= most && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

/* \\ and \ooo; false where a backslash is anything else. */
static bool
read_escaped(struct text s, char *to, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '\\') {
			to[(*n)++] = s.ptr[i];
		} else if (s.len - i >= 4 && is_octal(s.ptr + i + 1, '3')) {
			to[(*n)++] = (char)((s.ptr[i + 1] - '0') << 6 |
					    (s.ptr[i + 2] - '0') << 3 | (s.ptr[i + 3] - '0'));
			i += 3;
		} else if (s.len - i >= 2 && s.ptr[i + 1] == '\\') {
			to[(*n)++] = '\\';
			i++;
		} else {
			return false;
		}
	}
	return true;
}

static int
text_to_bytes(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	struct text s = arg->s;
	char *to = text_alloc(ctx, s.len, result);

	(void)typmod;
	if (to == NULL)
		return -1;
	if (s.len >= 2 && s.ptr[0] == '\\' && s.ptr[1] == 'x')
		return read_hex(ctx, s.ptr + 2, s.len - 2, to, &result->s.len);
	if (!read_escaped(s, to, &result->s.len))
		return eval_fail(ctx, "22P02", "invalid input syntax for type bytea");
	return 0;
}

static int
bytes_to_text(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char *to = text_alloc(ctx, 2 + 2 * arg->s.len, result);

	(void)typmod;
	if (to == NULL)
		return -1;
	memcpy(to, "\\x", 2);
	put_hex(to + 2, (const unsigned char *)arg->s.ptr, arg->s.len);
	return 0;
}

const struct cast bytes_casts[] = {
	{TYPE_UNKNOWN, TYPE_BYTEA, CAST_IMPLICIT, text_to_bytes},
	{TYPE_TEXT, TYPE_BYTEA, CAST_EXPLICIT, text_to_bytes},
	{TYPE_BYTEA, TYPE_TEXT, CAST_ASSIGNMENT, bytes_to_text},
	{0},
};

static int
order_of(const struct value *args)
{
	const struct text *a = &args[0].s, *b = &args[1].s;
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n ? memcmp(a->ptr, b->ptr, n) : 0;

	return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

#define COMPARISON(name, test)                                                                 \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		int order = order_of(args);                                                    \
                                                                                               \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = (test);                                                            \
		return 0;                                                                      \
	}

COMPARISON(eq, order == 0)
COMPARISON(ne, order != 0)
COMPARISON(lt, order < 0)
COMPARISON(le, order <= 0)
COMPARISON(gt, order > 0)
COMPARISON(ge, order >= 0)

static int
length(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = (int64_t)args[0].s.len;
	return 0;
}

static int
bit_length(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	if (args[0].s.len > INT32_MAX / 8)
		return eval_fail(ctx, "22003", "integer out of range");
	result->i = (int64_t)args[0].s.len * 8;
	return 0;
}

static int
concatenate(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	char *to = text_alloc(ctx, args[0].s.len + args[1].s.len, result);

	(void)site;
	if (to == NULL)
		return -1;
	if (args[0].s.len > 0)
		memcpy(to, args[0].s.ptr, args[0].s.len);
	if (args[1].s.len > 0)
		memcpy(to + args[0].s.len, args[1].s.ptr, args[1].s.len);
	return 0;
}

/* Hashes */

/* Made once for a call: in the library's one call for it all, the hash is looked for each time. */
struct hasher {
	EVP_MD *md;
	EVP_MD_CTX *ctx;
};

static void
release_hasher(void *prepared)
{
	struct hasher *h = prepared;

	EVP_MD_CTX_free(h->ctx);
	EVP_MD_free(h->md);
	free(h);
}

static int
prepare_hasher(
	struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct hasher *h = calloc(1, sizeof *h);

	(void)constants;
	if (h == NULL)
		return eval_nomem(ctx);
	h->md = EVP_MD_fetch(NULL, site->function->name, NULL);
	h->ctx = EVP_MD_CTX_new();
	if (h->md == NULL || h->ctx == NULL) {
		release_hasher(h);
		return eval_fail(ctx, "XX000", "the library has no %s", site->function->name);
	}
	site->prepared = h;
	return 0;
}

/* md5 in hexadecimal digits as text, the others as bytes; by the function's name. */
static int
hash(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct hasher *h = site->prepared;
	const struct text *s = &args[0].s;
	bool hex = strcmp(site->function->name, "md5") == 0;
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *to;

	if (EVP_DigestInit_ex2(h->ctx, h->md, NULL) != 1 ||
		EVP_DigestUpdate(h->ctx, s->ptr ? s->ptr : "", s->len) != 1 ||
		EVP_DigestFinal_ex(h->ctx, bytes, &n) != 1)
		return eval_fail(ctx, "XX000", "cannot compute a hash");
	to = text_alloc(ctx, hex ? 2 * (size_t)n : n, result);
	if (to == NULL)
		return -1;
	if (hex)
		put_hex(to, bytes, n);
	else
		memcpy(to, bytes, n);
	return 0;
}

/* encode, decode */

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* A line feed behind each 76 characters (RFC 2045). */
static int
put_base64(struct eval_context *ctx, struct text s, struct value *result)
{
	size_t n = (s.len + 2) / 3 * 4, line = 0;
	char *to = text_alloc(ctx, n + n / 76, result);

	if (to == NULL)
		return -1;
	for (size_t i = 0; i < s.len; i += 3) {
		const unsigned char *p = (const unsigned char *)s.ptr + i;
		size_t rest = s.len - i;
		uint32_t v = (uint32_t)p[0] << 16 | (rest > 1 ? (uint32_t)p[1] << 8 : 0) |
			     (rest > 2 ? p[2] : 0);

		*to++ = base64_digits[v >> 18];
		*to++ = base64_digits[v >> 12 & 63];
		*to++ = rest > 1 ? base64_digits[v >> 6 & 63] : '=';
		*to++ = rest > 2 ? base64_digits[v & 63] : '=';
		line += 4;
		if (line == 76) {
			*to++ = '\n';
			line = 0;
		}
	}
	return 0;
}

static int
bad_base64_end(struct eval_context *ctx)
{
	return eval_fail(ctx, "22023", "invalid base64 end sequence");
}

static int
read_base64(struct eval_context *ctx, struct text s, struct value *result)
{
	char *to = text_alloc(ctx, s.len * 3 / 4 + 3, result), *start = to;
	int have = 0, end = 0;
	uint32_t v = 0;

	if (to == NULL)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		const char *digit = c ? strchr(base64_digits, c) : NULL;

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
			continue;
		if (c == '=') {
			if (end == 0 && have < 2)
				return eval_fail(ctx, "22023",
					"unexpected \"=\" while decoding base64 sequence");
			if (end == 0)
				end = have == 2 ? 1 : 2;
			digit = base64_digits;
		} else if (digit == NULL) {
			return eval_fail(ctx, "22023",
				"invalid symbol \"%.*s\" found while decoding base64 sequence",
				(int)char_width((unsigned char)c), s.ptr + i);
		}
		v = v << 6 | (uint32_t)(digit - base64_digits);
		if (++have < 4)
			continue;
		*to++ = (char)(v >> 16);
		if (end == 0 || end > 1)
			*to++ = (char)(v >> 8);
		if (end == 0 || end > 2)
			*to++ = (char)v;
		have = 0;
		v = 0;
	}
	result->s.len = (size_t)(to - start);
	return have == 0 ? 0 : bad_base64_end(ctx);
}

/* The high half and NUL as \ooo, the backslash doubled. */
static int
put_escaped(struct eval_context *ctx, struct text s, struct value *result)
{
	char *to = text_alloc(ctx, s.len * 4, result), *start = to;

	if (to == NULL)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == 0 || c >= 0x80) {
			*to++ = '\\';
			*to++ = (char)('0' + (c >> 6));
			*to++ = (char)('0' + (c >> 3 & 7));
			*to++ = (char)('0' + (c & 7));
		} else {
			*to++ = (char)c;
			if (c == '\\')
				*to++ = '\\';
		}
	}
	result->s.len = (size_t)(to - start);
	return 0;
}

enum encoding { ENCODING_HEX, ENCODING_BASE64, ENCODING_ESCAPE };

static int
find_encoding(struct eval_context *ctx, struct text name, enum encoding *encoding)
{
	static const char *const names[] = {"hex", "base64", "escape"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (name.len == strlen(names[i]) &&
			strncasecmp(name.ptr, names[i], name.len) == 0) {
			*encoding = (enum encoding)i;
			return 0;
		}
	}
	return eval_fail(
		ctx, "22023", "unrecognized encoding: \"%.*s\"", shown(name.len), name.ptr);
}

static int
encode(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	enum encoding encoding = ENCODING_HEX;
	char *to;

	(void)site;
	if (find_encoding(ctx, args[1].s, &encoding) < 0)
		return -1;
	if (encoding == ENCODING_BASE64)
		return put_base64(ctx, args[0].s, result);
	if (encoding == ENCODING_ESCAPE)
		return put_escaped(ctx, args[0].s, result);
	to = text_alloc(ctx, 2 * args[0].s.len, result);
	if (to == NULL)
		return -1;
	put_hex(to, (const unsigned char *)args[0].s.ptr, args[0].s.len);
	return 0;
}

static int
decode(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	enum encoding encoding = ENCODING_HEX;
	char *to;

	(void)site;
	if (find_encoding(ctx, args[1].s, &encoding) < 0)
		return -1;
	if (encoding == ENCODING_BASE64)
		return read_base64(ctx, args[0].s, result);
	to = text_alloc(ctx, args[0].s.len, result);
	if (to == NULL)
		return -1;
	if (encoding == ENCODING_HEX)
		return read_hex(ctx, args[0].s.ptr, args[0].s.len, to, &result->s.len);
	if (!read_escaped(args[0].s, to, &result->s.len))
		return eval_fail(ctx, "22P02", "invalid input syntax for type bytea");
	return 0;
}

/* convert_from, convert_to: of UTF-8 and latin1 */

static bool
is_name(struct text name, const char *const *names)
{
	for (size_t i = 0; names[i] != NULL; i++) {
		if (name.len == strlen(names[i]) &&
			strncasecmp(name.ptr, names[i], name.len) == 0)
			return true;
	}
	return false;
}

static const char *const utf8_names[] = {"utf8", "utf-8", "unicode", NULL};
static const char *const latin1_names[] = {
	"latin1", "iso88591", "iso-8859-1", "iso_8859_1", NULL};

static int
fail_utf8(struct eval_context *ctx, struct text s)
{
	size_t good = 0, width, n = 0;
	char list[32];

	/* up to the first character that is none */
	while (good < s.len) {
		width = char_width((unsigned char)s.ptr[good]);
		if (width > s.len - good || !utf8_is_text(s.ptr + good, width))
			break;
		good += width;
	}
	width = (unsigned char)s.ptr[good] < 0xC0   ? 1
		: (unsigned char)s.ptr[good] < 0xE0 ? 2
		: (unsigned char)s.ptr[good] < 0xF0 ? 3
		: (unsigned char)s.ptr[good] < 0xF8 ? 4
						    : 1;
	for (size_t i = good; i < s.len && i < good + width; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		n += (size_t)snprintf(list + n, sizeof list - n, "%s0x%c%c", n ? " " : "",
			hex_digits[c >> 4], hex_digits[c & 15]);
	}
	return eval_fail(ctx, "22021", "invalid byte sequence for encoding \"UTF8\": %s", list);
}

static int
convert_from(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct text s = args[0].s;
	char *to, *start;

	(void)site;
	if (is_name(args[1].s, utf8_names)) {
		result->s = s;
		return utf8_is_text(s.ptr, s.len) ? 0 : fail_utf8(ctx, s);
	}
	if (!is_name(args[1].s, latin1_names))
		return eval_fail(ctx, "0A000",
			"encoding \"%.*s\" is not supported: use UTF8 or LATIN1",
			shown(args[1].s.len), args[1].s.ptr);
	to = start = text_alloc(ctx, 2 * s.len, result);
	if (to == NULL)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c == 0)
			return eval_fail(ctx, "22021",
				"invalid byte sequence for encoding \"LATIN1\": 0x00");
		if (c >= 0x80)
			*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(c >= 0x80 ? 0x80 | (c & 0x3F) : c);
	}
	result->s.len = (size_t)(to - start);
	return 0;
}

static int
convert_to(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct text s = args[0].s;
	char *to, list[32];
	size_t n = 0, width;

	(void)site;
	result->s = s;
	if (is_name(args[1].s, utf8_names))
		return 0;
	if (!is_name(args[1].s, latin1_names))
		return eval_fail(ctx, "0A000",
			"encoding \"%.*s\" is not supported: use UTF8 or LATIN1",
			shown(args[1].s.len), args[1].s.ptr);
	to = text_alloc(ctx, s.len, result);
	if (to == NULL)
		return -1;
	for (size_t i = 0; i < s.len; i += width, n++) {
		uint32_t c = char_decode(s.ptr + i, &width);
		size_t len = 0;

		to[n] = (char)c;
		if (c <= 0xFF)
			continue;
		for (size_t k = 0; k < width; k++)
			len += (size_t)snprintf(list + len, sizeof list - len, "%s0x%02x",
				k > 0 ? " " : "", (unsigned char)s.ptr[i + k]);
		return eval_fail(ctx, "22P05",
			"character with byte sequence %s in encoding \"UTF8\" has no "
			"equivalent in encoding \"LATIN1\"",
			list);
	}
	result->s.len = n;
	return 0;
}

/* clang-format off */
#define COMPARES TYPE_BOOL, 2, {TYPE_BYTEA, TYPE_BYTEA}, FUNCTION_STRICT
#define MEASURES TYPE_INT4, 1, {TYPE_BYTEA}, FUNCTION_STRICT
#define HASHES(name, type, result) \
	{name, result, 1, {type}, FUNCTION_STRICT, hash, prepare_hasher, release_hasher}
#define OF_BYTES(name, result, call) \
	{name, result, 1, {TYPE_BYTEA}, FUNCTION_STRICT, call, NULL, NULL}

const struct function bytes_functions[] = {
	{"=", COMPARES, eq, NULL, NULL},
	{"<>", COMPARES, ne, NULL, NULL},
	{"<", COMPARES, lt, NULL, NULL},
	{"<=", COMPARES, le, NULL, NULL},
	{">", COMPARES, gt, NULL, NULL},
	{">=", COMPARES, ge, NULL, NULL},
	{"||", TYPE_BYTEA, 2, {TYPE_BYTEA, TYPE_BYTEA}, FUNCTION_STRICT, concatenate, NULL, NULL},
	{"length", MEASURES, length, NULL, NULL},
	{"octet_length", MEASURES, length, NULL, NULL},
	{"bit_length", MEASURES, bit_length, NULL, NULL},
	HASHES("md5", TYPE_TEXT, TYPE_TEXT),
	HASHES("md5", TYPE_BYTEA, TYPE_TEXT),
	HASHES("sha224", TYPE_BYTEA, TYPE_BYTEA),
	HASHES("sha256", TYPE_BYTEA, TYPE_BYTEA),
	HASHES("sha384", TYPE_BYTEA, TYPE_BYTEA),
	HASHES("sha512", TYPE_BYTEA, TYPE_BYTEA),
	{"encode", TYPE_TEXT, 2, {TYPE_BYTEA, TYPE_TEXT}, FUNCTION_STRICT, encode, NULL, NULL},
	{"decode", TYPE_BYTEA, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, decode, NULL, NULL},
	{"convert_to", TYPE_BYTEA, 2, {TYPE_TEXT, TYPE_TEXT}, FUNCTION_STRICT, convert_to, NULL,
		NULL},
	{"convert_from", TYPE_TEXT, 2, {TYPE_BYTEA, TYPE_TEXT}, FUNCTION_STRICT, convert_from, NULL,
		NULL},
	{0},
};
/* clang-format on */
