/*
 * shape.c - see shape.h
 *
 * One pass makes the set of classes of a value's bytes; the set chooses which
 * few forms are looked at.
 */
#include <arpa/inet.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "utf8.h"
#include "validate/json_scan.h"
#include "validate/shape_parts.h"

#define D   CLASS_DIGIT
#define h   CLASS_LOW_HEX
#define l   CLASS_LOW
#define H   CLASS_UP_HEX
#define L   CLASS_UP
#define S   CLASS_SPACE
#define N   CLASS_LINES
#define C   CLASS_CONTROL
#define O   CLASS_OTHER
#define W   CLASS_WIDE
#define W16 W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W

/* clang-format off */
static const uint32_t classes[256] = {
	C, C, C, C, C, C, C, C, C, N, N, C, C, N, C, C,
	C, C, C, C, C, C, C, C, C, C, C, C, C, C, C, C,
	S, O, O, O, O, CLASS_PERCENT, O, CLASS_QUOTE, CLASS_PAREN, CLASS_PAREN, O, CLASS_PLUS,
	CLASS_COMMA, CLASS_MINUS, CLASS_DOT, CLASS_SLASH,
	D, D, D, D, D, D, D, D, D, D, CLASS_COLON, O, CLASS_ANGLE, CLASS_EQUALS, CLASS_ANGLE, O,
	CLASS_AT, H, H, H, H, H, H, L, L, L, L, L, L, L, L, L,
	L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O,
	O, h, h, h, h, h, h, l, l, l, l, l, l, l, l, l,
	l, l, l, l, l, l, l, l, l, l, l, O, O, O, O, C,
	W16, W16, W16, W16, W16, W16, W16, W16,
};

static const struct {
	const char *name;
	const char *mask;
} names[SHAPE_COUNT] = {
	[SHAPE_NULL] = {"null", ""},
	[SHAPE_EMPTY] = {"empty", ""},
	[SHAPE_BLANK] = {"blank", ""},
	[SHAPE_NULL_WORD] = {"null-word", "n/a"},
	[SHAPE_BOOLEAN_WORD] = {"boolean-word", "yes"},
	[SHAPE_INTEGER] = {"integer", "9"},
	[SHAPE_ZEROS] = {"leading-zeros", "09"},
	[SHAPE_EPOCH] = {"epoch-seconds", "9999999999"},
	[SHAPE_EPOCH_MS] = {"epoch-milliseconds", "9999999999999"},
	[SHAPE_DECIMAL] = {"decimal-point", "9.9"},
	[SHAPE_DECIMAL_COMMA] = {"decimal-comma", "9,9"},
	[SHAPE_DECIMAL_GROUPED] = {"decimal-grouped", "9,999.9"},
	[SHAPE_PERCENT] = {"percent", "9%"},
	[SHAPE_NUMBERS] = {"number-list", "9,9,9"},
	[SHAPE_ISO_DATE] = {"iso-date", "9999-99-99"},
	[SHAPE_ISO_TIMESTAMP] = {"iso-timestamp", "9999-99-99 99:99:99"},
	[SHAPE_ISO_INSTANT] = {"iso-instant", "9999-99-99 99:99:99+99"},
	[SHAPE_SLASH_DATE] = {"slash-date", "99/99/9999"},
	[SHAPE_DOT_DATE] = {"dot-date", "99.99.9999"},
	[SHAPE_DASH_DATE] = {"dash-date", "99-99-9999"},
	[SHAPE_ZERO_DATE] = {"zero-date", "0000-00-00"},
	[SHAPE_BAD_DATE] = {"impossible-date", "2023-02-30"},
	[SHAPE_TIME] = {"time", "99:99:99"},
	[SHAPE_HEX32] = {"hex32", "f{32}"},
	[SHAPE_HEX40] = {"hex40", "f{40}"},
	[SHAPE_HEX64] = {"hex64", "f{64}"},
	[SHAPE_BYTES] = {"bytes", "\\xff"},
	[SHAPE_UUID] = {"uuid", "f{8}-f{4}-f{4}-f{4}-f{12}"},
	[SHAPE_BCRYPT] = {"bcrypt", "$2y$…"},
	[SHAPE_CRYPT] = {"crypt", "$6$…"},
	[SHAPE_BASE64] = {"base64", "x=="},
	[SHAPE_EMAIL] = {"email", "a@a.a"},
	[SHAPE_PHONE] = {"phone", "+99999999999"},
	[SHAPE_IP] = {"ip", "9.9.9.9"},
	[SHAPE_URL] = {"url", "a://…"},
	[SHAPE_JSON_OBJECT] = {"json-object", "{…}"},
	[SHAPE_JSON_ARRAY] = {"json-array", "[…]"},
	[SHAPE_JSON_BROKEN] = {"json-broken", "{…"},
	[SHAPE_PHP] = {"php-serialized", "a:N:{…}"},
	[SHAPE_PHP_BROKEN] = {"php-broken", "a:N:{…"},
	[SHAPE_HTML] = {"html", "<a>"},
	[SHAPE_MOJIBAKE] = {"mojibake", "Ø£Ø"},
	[SHAPE_CONTROL] = {"control-characters", ""},
	[SHAPE_LETTER] = {"letter", "a"},
	[SHAPE_WORD] = {"word", "Aaa"},
	[SHAPE_WORDS] = {"words", "Aaa Aaa"},
	[SHAPE_ARABIC] = {"arabic", ""},
	[SHAPE_CYRILLIC] = {"cyrillic", ""},
	[SHAPE_GREEK] = {"greek", ""},
	[SHAPE_HEBREW] = {"hebrew", ""},
	[SHAPE_EAST_ASIAN] = {"east-asian", ""},
	[SHAPE_OTHER_SCRIPT] = {"other-script", ""},
	[SHAPE_MIXED_SCRIPTS] = {"mixed-scripts", ""},
	[SHAPE_CODE] = {"code", ""},
	[SHAPE_TEXT] = {"text", "…"},
	[SHAPE_OTHER] = {"other-codes", ""},
};
/* clang-format on */

#undef D
#undef h
#undef l
#undef H
#undef L
#undef S
#undef N
#undef C
#undef O
#undef W

const char *
shape_name(enum shape shape)
{
	return names[shape].name;
}

const char *
shape_mask(enum shape shape)
{
	return names[shape].mask;
}

static bool
is_in(uint32_t set, uint32_t allowed)
{
	return (set & ~allowed) == 0;
}

static bool
is_one_of(const char *p, size_t n, const char *const *words)
{
	for (; *words != NULL; words++) {
		if (strlen(*words) == n && strncasecmp(p, *words, n) == 0)
			return true;
	}
	return false;
}

static bool
take(struct shape_value *v, enum shape shape)
{
	v->shape = shape;
	return true;
}

/* 32, 40 or 64 hexadecimal digits of one case. */
static bool
is_hash(size_t n, uint32_t set, struct shape_value *v)
{
	if (!is_in(set, CLASS_DIGIT | CLASS_LOW_HEX) && !is_in(set, CLASS_DIGIT | CLASS_UP_HEX))
		return false;
	switch (n) {
	case 32: return take(v, SHAPE_HEX32);
	case 40: return take(v, SHAPE_HEX40);
	case 64: return take(v, SHAPE_HEX64);
	default: return false;
	}
}

/* Nothing but ASCII letters; false: a code. */
static bool
is_word(const char *p, size_t n, struct shape_value *v)
{
	static const char *const booleans[] = {"yes", "no", "true", "false", "on", "off", NULL};
	static const char *const nulls[] = {"null", "none", "nil", NULL};

	if (n == 1)
		return take(v, SHAPE_LETTER);
	if (n <= 5 && is_one_of(p, n, booleans))
		return take(v, SHAPE_BOOLEAN_WORD);
	if (n <= 4 && is_one_of(p, n, nulls))
		return take(v, SHAPE_NULL_WORD);
	return n > 3 && take(v, SHAPE_WORD);
}

/* The local part and the labels of the domain, of the usual characters only. */
static bool
is_email(const char *p, size_t n)
{
	const char *at = memchr(p, '@', n), *end = p + n, *label;

	if (at == NULL || at == p || at - p > 64)
		return false;
	for (const char *q = p; q < at; q++) {
		if ((classes[(unsigned char)*q] & (CLASS_LETTERS | CLASS_DIGIT)) == 0 &&
			strchr("!#$%&'*+-./=?^_`{|}~", *q) == NULL)
			return false;
	}
	label = at + 1;
	for (const char *q = label; q < end; q++) {
		if (*q == '.') {
			if (q == label)
				return false;
			label = q + 1;
		} else if ((classes[(unsigned char)*q] &
				   (CLASS_LETTERS | CLASS_DIGIT | CLASS_MINUS)) == 0) {
			return false;
		}
	}
	if (label == at + 1 || end - label < 2)
		return false;
	return (classes[(unsigned char)*label] & CLASS_LETTERS) != 0;
}

static bool
is_uuid(const char *p, size_t n)
{
	return n == 36 && p[8] == '-' && p[13] == '-' && p[18] == '-' && p[23] == '-';
}

/* scheme://something */
static bool
is_url(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && i < 12 && (classes[(unsigned char)p[i]] & CLASS_LETTERS) != 0)
		i++;
	return i >= 2 && n > i + 3 && memcmp(p + i, "://", 3) == 0;
}

static bool
is_ipv6(const char *p, size_t n)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (n < 2 || n >= sizeof text || memchr(p, ':', n) == NULL)
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* Of four characters a group, with padding or one of the two signs: a word alone is none. */
static bool
is_base64(const char *p, size_t n, uint32_t set)
{
	const char *equals;

	if (n < 16 || n % 4 != 0 ||
		!is_in(set,
			CLASS_LETTERS | CLASS_DIGIT | CLASS_PLUS | CLASS_SLASH | CLASS_EQUALS))
		return false;
	if ((set & CLASS_DIGIT) == 0 || (set & CLASS_CAPITALS) == 0 ||
		(set & (CLASS_LOW | CLASS_LOW_HEX)) == 0)
		return false;
	equals = memchr(p, '=', n);
	if (equals == NULL)
		return (set & CLASS_PLUS) != 0;
	return equals >= p + n - 2 && p[n - 1] == '=';
}

/* What PHP's serialize() makes: a:2:{…} O:3:"Foo":1:{…} s:3:"abc"; i:5; b:1; d:0.5; N; */
static bool
is_php(const char *p, size_t n, struct shape_value *v)
{
	size_t i = 2;

	if (n == 2 && p[0] == 'N' && p[1] == ';')
		return take(v, SHAPE_PHP);
	if (n < 4 || p[1] != ':' || strchr("aOsibd", p[0]) == NULL)
		return false;
	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	if (p[0] == 'i' || p[0] == 'b' || p[0] == 'd')
		return (i > 2 || p[2] == '-') && p[n - 1] == ';' && take(v, SHAPE_PHP);
	if (i == 2 || i + 1 >= n || p[i] != ':')
		return false;
	if (p[0] == 's')
		return p[i + 1] == '"' &&
		       take(v, p[n - 1] == ';' ? SHAPE_PHP : SHAPE_PHP_BROKEN);
	if (p[i + 1] != (p[0] == 'a' ? '{' : '"'))
		return false;
	return take(v, p[n - 1] == '}' ? SHAPE_PHP : SHAPE_PHP_BROKEN);
}

static bool
is_json(const char *p, size_t n, struct shape_value *v)
{
	enum json_kind kind;
	size_t count;

	if (p[0] != '{' && p[0] != '[')
		return false;
	if (json_scan(p, n, &kind, &count))
		return take(v, p[0] == '{' ? SHAPE_JSON_OBJECT : SHAPE_JSON_ARRAY);
	if (p[0] == '{' && n > 1 && (p[1] == '"' || p[n - 1] == '}'))
		return take(v, SHAPE_JSON_BROKEN);
	return p[0] == '[' && n > 1 && (p[1] == '"' || p[1] == '{') &&
	       take(v, SHAPE_JSON_BROKEN);
}

/* A tag: < and a letter, / or !, and a > behind it. */
static bool
is_html(const char *p, size_t n)
{
	const char *end = p + n, *lt;

	for (; (lt = memchr(p, '<', (size_t)(end - p))) != NULL; p = lt + 1) {
		if (lt + 2 >= end)
			return false;
		if (((classes[(unsigned char)lt[1]] & CLASS_LETTERS) != 0 || lt[1] == '/' ||
			    lt[1] == '!') &&
			memchr(lt + 2, '>', (size_t)(end - lt - 2)) != NULL)
			return true;
	}
	return false;
}

/* What begins with a dollar: passwords of crypt(3) and its heirs. */
static bool
is_crypt(const char *p, size_t n, struct shape_value *v)
{
	if (n == 60 && p[1] == '2' && p[3] == '$' && p[6] == '$')
		return take(v, SHAPE_BCRYPT);
	if (n > 20 && memchr(p + 1, '$', 12) != NULL)
		return take(v, SHAPE_CRYPT);
	return false;
}

/* Forms that are told by a sign of theirs, in ASCII or beyond. */
static bool
is_signed(const char *p, size_t n, uint32_t set, struct shape_value *v)
{
	switch (p[0]) {
	case '{':
	case '[': return is_json(p, n, v);
	case '$': return is_crypt(p, n, v);
	case '\\':
		return n > 1 && n % 2 == 0 && p[1] == 'x' &&
		       is_in(set, CLASS_DIGIT | CLASS_LOW_HEX | CLASS_LOW | CLASS_OTHER) &&
		       take(v, SHAPE_BYTES);
	default: break;
	}
	if ((set & CLASS_ANGLE) != 0 && is_html(p, n))
		return take(v, SHAPE_HTML);
	if ((set & (CLASS_COLON | CLASS_OTHER)) == 0)
		return false;
	if (is_php(p, n, v))
		return true;
	return (set & CLASS_SLASH) != 0 && (set & CLASS_COLON) != 0 && is_url(p, n) &&
	       take(v, SHAPE_URL);
}

/* The mask of a run of letters and digits that begins at p; its length is returned. */
static size_t
mask_run(const char *p, size_t n, char *to, size_t *used)
{
	size_t len = 0;
	uint32_t set = 0;

	while (len < n && (classes[(unsigned char)p[len]] & (CLASS_LETTERS | CLASS_DIGIT)) != 0)
		set |= classes[(unsigned char)p[len++]];
	if (set == CLASS_DIGIT) {
		to[(*used)++] = '9';
	} else if ((set & CLASS_DIGIT) != 0) {
		to[(*used)++] = 'x';
	} else {
		if ((set & CLASS_CAPITALS) != 0)
			to[(*used)++] = 'A';
		if ((set & (CLASS_LOW | CLASS_LOW_HEX)) != 0)
			to[(*used)++] = 'a';
	}
	return len;
}

static bool
is_code(const char *p, size_t n, uint32_t set, struct shape_value *v)
{
	size_t used = 0;

	if (n <= 3 && is_in(set, CLASS_LETTERS)) {
		for (; used < n; used++)
			v->mask[used] = (classes[(unsigned char)p[used]] & CLASS_CAPITALS) != 0
						? 'A'
						: 'a';
		v->mask[used] = '\0';
		return take(v, SHAPE_CODE);
	}
	for (size_t i = 0; i < n;) {
		size_t len;

		if (used + 2 > SHAPE_MASK_MAX)
			return false;
		len = mask_run(p + i, n - i, v->mask, &used);
		if (len == 0)
			v->mask[used++] = p[i++];
		i += len;
	}
	v->mask[used] = '\0';
	return take(v, SHAPE_CODE);
}

/* ASCII that begins with no digit, or has more than digits and their signs. */
static void
shape_ascii(const char *p, size_t n, uint32_t set, struct shape_value *v)
{
	static const char *const nulls[] = {"n/a", "-", "--", "\\N", "?", NULL};

	if (is_in(set, CLASS_LETTERS | CLASS_DIGIT)) {
		if (is_hash(n, set, v) || (is_in(set, CLASS_LETTERS) && is_word(p, n, v)))
			return;
	} else if ((set & CLASS_AT) != 0 && is_email(p, n)) {
		v->shape = SHAPE_EMAIL;
		return;
	} else if (n <= 3 && is_one_of(p, n, nulls)) {
		v->shape = SHAPE_NULL_WORD;
		return;
	} else if (is_in(set, CLASS_LETTERS | CLASS_SPACE | CLASS_DOT | CLASS_MINUS |
				      CLASS_QUOTE) &&
		   (set & CLASS_SPACE) != 0) {
		v->shape = SHAPE_WORDS;
		return;
	} else if (is_in(set, CLASS_DIGIT | CLASS_LOW_HEX | CLASS_UP_HEX | CLASS_MINUS) &&
		   is_uuid(p, n)) {
		v->shape = SHAPE_UUID;
		return;
	} else if (is_in(set, CLASS_DIGIT | CLASS_LOW_HEX | CLASS_UP_HEX | CLASS_COLON |
				      CLASS_DOT) &&
		   is_ipv6(p, n)) {
		v->shape = SHAPE_IP;
		return;
	}
	if (is_base64(p, n, set)) {
		v->shape = SHAPE_BASE64;
		return;
	}
	if ((set & (CLASS_SPACE | CLASS_LINES)) == 0 && is_code(p, n, set, v))
		return;
	v->mask[0] = '\0';
	v->shape = SHAPE_TEXT;
}

static bool
is_space(char c)
{
	return (classes[(unsigned char)c] & (CLASS_SPACE | CLASS_LINES)) != 0;
}

static void
set_traits(uint32_t set, struct shape_value *v)
{
	if ((set & CLASS_CAPITALS) != 0)
		v->traits |= TRAIT_UPPER;
	if ((set & CLASS_LINES) != 0)
		v->traits |= TRAIT_LINES;
	if ((set & CLASS_CONTROL) != 0)
		v->traits |= TRAIT_CONTROL;
	if ((set & CLASS_WIDE) != 0)
		v->traits |= TRAIT_WIDE;
}

static uint32_t
set_of(const char *p, size_t n)
{
	const unsigned char *q = (const unsigned char *)p;
	uint32_t a = 0, b = 0;
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		a |= classes[q[i]] | classes[q[i + 1]];
		b |= classes[q[i + 2]] | classes[q[i + 3]];
	}
	for (; i < n; i++)
		a |= classes[q[i]];
	return a | b;
}

void
shape_of(const char *p, size_t n, struct shape_value *v)
{
	uint32_t set = set_of(p, n);

	v->traits = 0;
	v->number = NAN;
	v->mask[0] = '\0';
	v->characters = (set & CLASS_WIDE) != 0 ? utf8_length(p, n) : n;
	if (n == 0) {
		v->shape = SHAPE_EMPTY;
		return;
	}
	if (is_space(p[0]) || is_space(p[n - 1])) {
		v->traits = TRAIT_PADDED;
		for (; n > 0 && is_space(p[0]); p++)
			n--;
		while (n > 0 && is_space(p[n - 1]))
			n--;
		if (n == 0) {
			v->shape = SHAPE_BLANK;
			return;
		}
		set = set_of(p, n);
	}
	set_traits(set, v);
	if ((set & CLASS_CONTROL) != 0)
		v->shape = SHAPE_CONTROL;
	else if ((set & CLASS_DIGIT) != 0 && shape_digits(p, n, set, v))
		return;
	else if ((set & ~(uint32_t)(CLASS_LETTERS | CLASS_DIGIT | CLASS_SPACE | CLASS_WIDE |
				    CLASS_DOT | CLASS_AT)) != 0 &&
		 is_signed(p, n, set, v))
		return;
	else if ((set & CLASS_WIDE) != 0)
		shape_wide(p, n, set, v);
	else
		shape_ascii(p, n, set, v);
}
