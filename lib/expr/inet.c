/*
 * inet.c - inet and cidr: casts, comparison, functions
 *
 * Source: manual, 9.12.  cidr has no functions of its own but where its result
 * is cidr: it is cast to inet.
 */
#include <stdio.h>
#include <string.h>

#include "expr/function.h"
#include "expr/inet.h"
#include "expr/number.h"
#include "expr/text.h"

static const unsigned char *
bytes_of(const struct value *v)
{
	return (const unsigned char *)v->s.ptr;
}

/* A copy of an address for a result to be changed; NULL: ctx->error is filled. */
static unsigned char *
copy(struct eval_context *ctx, const struct value *v, struct value *result)
{
	char *to = text_alloc(ctx, v->s.len, result);

	if (to == NULL)
		return NULL;
	memcpy(to, v->s.ptr, v->s.len);
	return (unsigned char *)to;
}

/* The bits of byte i that belong to a network of so many bits. */
static unsigned
mask_of(int bits, size_t i)
{
	int here = bits - 8 * (int)i;

	return here >= 8 ? 0xffU : here <= 0 ? 0U : 0xffU << (8 - here) & 0xffU;
}

/* Set the bits behind the network's to those of `fill`, 0 or 0xff. */
static void
fill_host(unsigned char *inet, unsigned fill)
{
	for (size_t i = 0; i < inet_size(inet[0]); i++) {
		unsigned mask = mask_of(inet[1], i);

		inet[INET_HEAD + i] =
			(unsigned char)((inet[INET_HEAD + i] & mask) | (fill & ~mask));
	}
}

/* The first bits of two addresses of one family. */
static int
compare_bits(const unsigned char *a, const unsigned char *b, int bits)
{
	for (size_t i = 0; i < inet_size(a[0]); i++) {
		unsigned mask = mask_of(bits, i);
		unsigned x = a[INET_HEAD + i] & mask, y = b[INET_HEAD + i] & mask;

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

/* The network first, then its width, then the host. */
static int
order_of(const struct value *args)
{
	const unsigned char *a = bytes_of(&args[0]), *b = bytes_of(&args[1]);
	int order;

	if (a[0] != b[0])
		return a[0] < b[0] ? -1 : 1;
	order = compare_bits(a, b, a[1] < b[1] ? a[1] : b[1]);
	if (order == 0)
		order = (a[1] > b[1]) - (a[1] < b[1]);
	return order != 0 ? order : compare_bits(a, b, inet_bits_max(a[0]));
}

/* Casts */

static int
parse(struct eval_context *ctx, struct text s, bool cidr, struct value *result)
{
	unsigned char inet[INET_BYTES_MAX];

	if (s.len > 1 && s.ptr[0] == '0' && (s.ptr[1] | 0x20) == 'x' && cidr)
		return eval_fail(ctx, "0A000",
			"a network in hexadecimal digits is not supported: \"%.*s\"",
			shown(s.len), s.ptr);
	if (!inet_parse(s, cidr, inet))
		return eval_fail(ctx, "22P02", "invalid input syntax for type %s: \"%.*s\"",
			cidr ? "cidr" : "inet", shown(s.len), s.ptr);
	if (cidr) {
		unsigned char network[INET_BYTES_MAX];

		memcpy(network, inet, INET_HEAD + inet_size(inet[0]));
		fill_host(network, 0);
		if (memcmp(network, inet, INET_HEAD + inet_size(inet[0])) != 0)
			return eval_fail(ctx, "22P02", "invalid cidr value: \"%.*s\"",
				shown(s.len), s.ptr);
	}
	return text_result(ctx, (const char *)inet, INET_HEAD + inet_size(inet[0]), result);
}

static int
text_to_inet(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return parse(ctx, arg->s, false, result);
}

static int
text_to_cidr(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)typmod;
	return parse(ctx, arg->s, true, result);
}

/* With the width always, other than the output function. */
static int
to_text(struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	char buf[INET_PRINT_MAX];
	size_t len = inet_print_host(bytes_of(arg), buf);

	(void)typmod;
	len += (size_t)snprintf(buf + len, sizeof buf - len, "/%d", bytes_of(arg)[1]);
	return text_result(ctx, buf, len, result);
}

static int
inet_to_cidr(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	unsigned char *to = copy(ctx, arg, result);

	(void)typmod;
	if (to == NULL)
		return -1;
	fill_host(to, 0);
	return 0;
}

static int
cidr_to_inet(
	struct eval_context *ctx, const struct value *arg, int32_t typmod, struct value *result)
{
	(void)ctx;
	(void)typmod;
	result->s = arg->s;
	return 0;
}

const struct cast inet_casts[] = {
	{TYPE_UNKNOWN, TYPE_INET, CAST_IMPLICIT, text_to_inet},
	{TYPE_UNKNOWN, TYPE_CIDR, CAST_IMPLICIT, text_to_cidr},
	{TYPE_TEXT, TYPE_INET, CAST_EXPLICIT, text_to_inet},
	{TYPE_TEXT, TYPE_CIDR, CAST_EXPLICIT, text_to_cidr},
	{TYPE_INET, TYPE_TEXT, CAST_ASSIGNMENT, to_text},
	{TYPE_CIDR, TYPE_TEXT, CAST_ASSIGNMENT, to_text},
	{TYPE_INET, TYPE_CIDR, CAST_ASSIGNMENT, inet_to_cidr},
	{TYPE_CIDR, TYPE_INET, CAST_IMPLICIT, cidr_to_inet},
	{0},
};

/* Comparison */

#define TEST(name, test)                                                                       \
	static int name(struct eval_context *ctx, const struct call_site *site,                \
		const struct value *args, struct value *result)                                \
	{                                                                                      \
		(void)ctx;                                                                     \
		(void)site;                                                                    \
		result->b = (test);                                                            \
		return 0;                                                                      \
	}

TEST(eq, order_of(args) == 0)
TEST(ne, order_of(args) != 0)
TEST(lt, order_of(args) < 0)
TEST(le, order_of(args) <= 0)
TEST(gt, order_of(args) > 0)
TEST(ge, order_of(args) >= 0)

/* Whether the network of `outer` is that of `inner` too, which is at least `more` bits wider. */
static bool
within(const struct value *inner, const struct value *outer, int more)
{
	const unsigned char *a = bytes_of(inner), *b = bytes_of(outer);

	return a[0] == b[0] && a[1] >= b[1] + more && compare_bits(a, b, b[1]) == 0;
}

TEST(inside, within(&args[0], &args[1], 1))
TEST(inside_or_equal, within(&args[0], &args[1], 0))
TEST(contains, within(&args[1], &args[0], 1))
TEST(contains_or_equal, within(&args[1], &args[0], 0))
TEST(overlaps, within(&args[0], &args[1], 0) || within(&args[1], &args[0], 0))
TEST(same_family, bytes_of (&args[0])[0] == bytes_of(&args[1])[0])

/* Parts */

static int
host(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	char buf[INET_PRINT_MAX];

	(void)site;
	return text_result(ctx, buf, inet_print_host(bytes_of(&args[0]), buf), result);
}

static int
abbrev(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return inet_print(ctx, TYPE_INET, args[0].s, &result->s);
}

static int
family(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = bytes_of(&args[0])[0];
	return 0;
}

static int
masklen(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)ctx;
	(void)site;
	result->i = bytes_of(&args[0])[1];
	return 0;
}

static int
broadcast(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	unsigned char *to = copy(ctx, &args[0], result);

	(void)site;
	if (to == NULL)
		return -1;
	fill_host(to, 0xff);
	return 0;
}

static int
network(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return inet_to_cidr(ctx, &args[0], -1, result);
}

/* The network's bits as an address, or (invert) the others. */
static int
mask(struct eval_context *ctx, const struct value *arg, unsigned invert, struct value *result)
{
	unsigned char *to = copy(ctx, arg, result);

	if (to == NULL)
		return -1;
	for (size_t i = 0; i < inet_size(to[0]); i++)
		to[INET_HEAD + i] = (unsigned char)(mask_of(to[1], i) ^ invert);
	to[1] = (unsigned char)inet_bits_max(to[0]);
	return 0;
}

static int
netmask(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return mask(ctx, &args[0], 0, result);
}

static int
hostmask(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return mask(ctx, &args[0], 0xff, result);
}

static int
set_masklen(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int most = inet_bits_max(bytes_of(&args[0])[0]);
	int64_t bits = args[1].i == -1 ? most : args[1].i;
	unsigned char *to;

	if (bits < 0 || bits > most)
		return eval_fail(ctx, "22023", "invalid mask length: %d", (int)bits);
	to = copy(ctx, &args[0], result);
	if (to == NULL)
		return -1;
	to[1] = (unsigned char)bits;
	if (site->function->result == TYPE_CIDR)
		fill_host(to, 0);
	return 0;
}

/* The smallest network that has both. */
static int
merge(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const unsigned char *a = bytes_of(&args[0]), *b = bytes_of(&args[1]);
	int bits = a[1] < b[1] ? a[1] : b[1];
	unsigned char *to;

	(void)site;
	if (a[0] != b[0])
		return eval_fail(
			ctx, "22023", "cannot merge addresses from different families");
	while (compare_bits(a, b, bits) != 0)
		bits--;
	to = copy(ctx, &args[0], result);
	if (to == NULL)
		return -1;
	to[1] = (unsigned char)bits;
	fill_host(to, 0);
	return 0;
}

/* Arithmetic */

static int
bitwise(struct eval_context *ctx, const struct value *args, bool both, struct value *result)
{
	const unsigned char *a = bytes_of(&args[0]), *b = bytes_of(&args[1]);
	unsigned char *to;

	if (a[0] != b[0])
		return eval_fail(ctx, "22023", "cannot %s inet values of different sizes",
			both ? "AND" : "OR");
	to = copy(ctx, &args[0], result);
	if (to == NULL)
		return -1;
	for (size_t i = INET_HEAD; i < args[0].s.len; i++)
		to[i] = (unsigned char)(both ? a[i] & b[i] : a[i] | b[i]);
	to[1] = a[1] > b[1] ? a[1] : b[1];
	return 0;
}

static int
bits_and(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return bitwise(ctx, args, true, result);
}

static int
bits_or(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return bitwise(ctx, args, false, result);
}

static int
bits_not(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	unsigned char *to = copy(ctx, &args[0], result);

	(void)site;
	if (to == NULL)
		return -1;
	for (size_t i = INET_HEAD; i < args[0].s.len; i++)
		to[i] = (unsigned char)~to[i];
	return 0;
}

static int
out_of_range(struct eval_context *ctx)
{
	return eval_fail(ctx, "22003", "result is out of range");
}

static int
move(struct eval_context *ctx, const struct value *inet, int64_t by, struct value *result)
{
	unsigned char *to = copy(ctx, inet, result);
	int carry = 0;

	if (to == NULL)
		return -1;
	for (size_t i = inet->s.len; i-- > INET_HEAD;) {
		carry += to[i] + (int)(by & 0xff);
		to[i] = (unsigned char)carry;
		carry >>= 8;
		by >>= 8; /* of a negative number the sign comes after */
	}
	return (by == 0 && carry == 0) || (by == -1 && carry == 1) ? 0 : out_of_range(ctx);
}

static int
plus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return move(ctx, &args[0], args[1].i, result);
}

static int
plus_reversed(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return move(ctx, &args[1], args[0].i, result);
}

/* The least number stays as it is, as there. */
static int
minus(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	(void)site;
	return move(ctx, &args[0], (int64_t)(0 - (uint64_t)args[1].i), result);
}

static int
difference(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const unsigned char *a = bytes_of(&args[0]), *b = bytes_of(&args[1]);
	__int128 wide = 0;

	(void)site;
	if (a[0] != b[0])
		return eval_fail(
			ctx, "22023", "cannot subtract inet values of different sizes");
	/* modulo 2^128, as there: ffff…ff - :: is -1 */
	for (size_t i = INET_HEAD; i < args[0].s.len; i++)
		wide = (__int128)((unsigned __int128)wide << 8) + (a[i] - b[i]);
	if (wide < INT64_MIN || wide > INT64_MAX)
		return out_of_range(ctx);
	result->i = (int64_t)wide;
	return 0;
}

/* clang-format off */
#define UNARY(name, result, call) \
	{name, TYPE_##result, 1, {TYPE_INET}, FUNCTION_STRICT, call, NULL, NULL}
#define BINARY(name, result, a, b, call) \
	{name, TYPE_##result, 2, {TYPE_##a, TYPE_##b}, FUNCTION_STRICT, call, NULL, NULL}
#define TESTS(name, call) BINARY(name, BOOL, INET, INET, call)

const struct function inet_functions[] = {
	TESTS("=", eq),
	TESTS("<>", ne),
	TESTS("<", lt),
	TESTS("<=", le),
	TESTS(">", gt),
	TESTS(">=", ge),
	TESTS("<<", inside),
	TESTS("<<=", inside_or_equal),
	TESTS(">>", contains),
	TESTS(">>=", contains_or_equal),
	TESTS("&&", overlaps),
	TESTS("inet_same_family", same_family),
	UNARY("host", TEXT, host),
	UNARY("abbrev", TEXT, abbrev),
	{"abbrev", TYPE_TEXT, 1, {TYPE_CIDR}, FUNCTION_REFUSED, NULL, NULL, NULL},
	UNARY("family", INT4, family),
	UNARY("masklen", INT4, masklen),
	UNARY("broadcast", INET, broadcast),
	UNARY("network", CIDR, network),
	UNARY("netmask", INET, netmask),
	UNARY("hostmask", INET, hostmask),
	BINARY("set_masklen", INET, INET, INT4, set_masklen),
	BINARY("set_masklen", CIDR, CIDR, INT4, set_masklen),
	BINARY("inet_merge", CIDR, INET, INET, merge),
	BINARY("&", INET, INET, INET, bits_and),
	BINARY("|", INET, INET, INET, bits_or),
	UNARY("~", INET, bits_not),
	BINARY("+", INET, INET, INT8, plus),
	{"+", TYPE_INET, 2, {TYPE_INT8, TYPE_INET}, FUNCTION_STRICT | FUNCTION_REVERSED,
		plus_reversed, NULL, NULL},
	BINARY("-", INET, INET, INT8, minus),
	BINARY("-", INT8, INET, INET, difference),
	{0},
};
/* clang-format on */
