/*
 * inet_text.c - see inet.h
 *
 * The grammar is that of BIND's inet_net_pton, which PostgreSQL uses: of an
 * IPv4 address with a width the last octets may be missing (10/8), and cidr
 * gives a width to an address without one by its class.
 */
#include <stdio.h>
#include <string.h>

#include "expr/inet.h"
#include "expr/number.h"

enum { GROUPS = 8, WIDTH_MAX = 128 };

struct cursor {
	const char *p, *end;
};

static bool
is_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* A decimal number of at most max; leading zeros count for nothing. */
static bool
take_number(struct cursor *c, int max, int *v)
{
	if (!is_digit(c))
		return false;
	for (*v = 0; is_digit(c); c->p++) {
		*v = *v * 10 + (*c->p - '0');
		if (*v > max)
			return false;
	}
	return true;
}

/* The class of the first octet, where no width is given. */
static int
class_width(const unsigned char *octets, int n)
{
	int bits = octets[0] >= 240   ? 32
		   : octets[0] >= 224 ? 8
		   : octets[0] >= 192 ? 24
		   : octets[0] >= 128 ? 16
				      : 8;

	if (bits < n * 8)
		bits = n * 8;
	return bits == 8 && octets[0] == 224 ? 4 : bits;
}

static bool
parse_v4(struct cursor c, bool cidr, unsigned char *to)
{
	unsigned char *octets = to + INET_HEAD;
	int n = 0, v, bits = -1;

	memset(octets, 0, 4);
	for (;;) {
		if (!take_number(&c, 255, &v) || n == 4)
			return false;
		octets[n++] = (unsigned char)v;
		if (c.p == c.end || *c.p != '.')
			break;
		c.p++;
		if (!is_digit(&c) && !cidr) /* "10./8" */
			break;
	}
	if (c.p + 1 < c.end && *c.p == '/') {
		c.p++;
		if (!take_number(&c, 32, &bits))
			return false;
	}
	if (c.p != c.end)
		return false;
	if (bits == -1 && cidr)
		bits = class_width(octets, n);
	else if (bits == -1)
		bits = n == 4 ? 32 : -1;
	if (bits == -1 || (!cidr && bits / 8 > n))
		return false;
	to[0] = 4;
	to[1] = (unsigned char)bits;
	return true;
}

/* A number without leading zeros, up to the end. */
static bool
take_width(struct cursor *c, int *bits)
{
	const char *start = c->p;

	return take_number(c, WIDTH_MAX, bits) && c->p == c->end &&
	       (*start != '0' || c->p - start == 1);
}

/* An IPv4 address at the end of an IPv6 one, and its width. */
static bool
parse_tail(struct cursor c, unsigned char *to, int *bits)
{
	for (int n = 0; n < 4; n++) {
		const char *start = c.p;
		int v;

		if (!take_number(&c, 255, &v) || (*start == '0' && c.p - start > 1))
			return false;
		to[n] = (unsigned char)v;
		if (c.p == c.end)
			return true;
		if (*c.p == '/') {
			c.p++;
			return take_width(&c, bits);
		}
		if (*c.p != '.')
			return false;
		c.p++;
	}
	return false;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What has been read of an IPv6 address. */
struct groups {
	unsigned char bytes[16];
	int n;     /* bytes */
	int gap;   /* where "::" stands, or -1 */
	int bits;  /* -1: no width */
	int value; /* of the group being read */
	int digits;
};

static bool
put_group(struct groups *g)
{
	if (g->n + 2 > 16)
		return false;
	g->bytes[g->n++] = (unsigned char)(g->value >> 8);
	g->bytes[g->n++] = (unsigned char)g->value;
	g->value = g->digits = 0;
	return true;
}

/* Groups up to the end, with the last one put. */
static bool
read_groups(struct cursor c, struct groups *g)
{
	const char *token = c.p;

	while (c.p < c.end) {
		char ch = *c.p++;
		int v = hex_digit(ch);

		if (v >= 0) {
			g->value = g->value << 4 | v;
			if (++g->digits > 4)
				return false;
		} else if (ch == ':') {
			token = c.p;
			if (g->digits == 0) {
				if (g->gap >= 0)
					return false;
				g->gap = g->n;
			} else if (c.p == c.end || !put_group(g)) {
				return false;
			}
		} else if (ch == '.') {
			if (g->n + 4 > 16 || !parse_tail((struct cursor){token, c.end},
						     g->bytes + g->n, &g->bits))
				return false;
			g->n += 4;
			return true;
		} else if (ch == '/') {
			if (!take_width(&c, &g->bits))
				return false;
		} else {
			return false;
		}
	}
	return g->digits == 0 || put_group(g);
}

static bool
parse_v6(struct cursor c, unsigned char *to)
{
	struct groups g = {.gap = -1, .bits = -1};

	if (c.p < c.end && *c.p == ':' && (++c.p == c.end || *c.p != ':'))
		return false;
	if (!read_groups(c, &g))
		return false;
	if (g.gap >= 0) {
		int behind = g.n - g.gap;

		if (g.n == 16)
			return false;
		memmove(g.bytes + 16 - behind, g.bytes + g.gap, (size_t)behind);
		memset(g.bytes + g.gap, 0, (size_t)(16 - behind - g.gap));
	} else if (g.n != 16) {
		return false;
	}
	to[0] = 6;
	to[1] = (unsigned char)(g.bits < 0 ? WIDTH_MAX : g.bits);
	memcpy(to + INET_HEAD, g.bytes, 16);
	return true;
}

bool
inet_parse(struct text s, bool cidr, unsigned char *to)
{
	struct cursor c = {s.ptr, s.ptr + s.len};

	return memchr(s.ptr, ':', s.len) != NULL ? parse_v6(c, to) : parse_v4(c, cidr, to);
}

/* Printing */

static size_t
print_v4(const unsigned char *octets, char *buf)
{
	return (size_t)snprintf(
		buf, INET_PRINT_MAX, "%d.%d.%d.%d", octets[0], octets[1], octets[2], octets[3]);
}

/* The longest run of groups that are 0, of equal ones the first; n is 0 for less than two. */
static int
longest_gap(const int *groups, int *n)
{
	int best = -1;

	*n = 0;
	for (int i = 0; i < GROUPS; i++) {
		int len = 0;

		while (i + len < GROUPS && groups[i + len] == 0)
			len++;
		if (len > *n) {
			best = i;
			*n = len;
		}
		i += len;
	}
	if (*n < 2)
		*n = 0;
	return *n == 0 ? -1 : best;
}

static size_t
print_v6(const unsigned char *bytes, char *buf)
{
	int groups[GROUPS], n, gap;
	size_t len = 0;

	for (int i = 0; i < GROUPS; i++)
		groups[i] = bytes[(size_t)i * 2] << 8 | bytes[(size_t)i * 2 + 1];
	gap = longest_gap(groups, &n);
	for (int i = 0; i < GROUPS; i++) {
		if (gap >= 0 && i >= gap && i < gap + n) {
			if (i == gap)
				buf[len++] = ':';
			continue;
		}
		if (i != 0)
			buf[len++] = ':';
		if (i == 6 && gap == 0 &&
			(n == 6 || (n == 7 && groups[7] != 1) ||
				(n == 5 && groups[5] == 0xffff)))
			return len + print_v4(bytes + 12, buf + len);
		len += (size_t)snprintf(buf + len, 8, "%x", groups[i]);
	}
	if (gap >= 0 && gap + n == GROUPS)
		buf[len++] = ':';
	return len;
}

size_t
inet_print_host(const unsigned char *inet, char buf[static INET_PRINT_MAX])
{
	return inet[0] == 4 ? print_v4(inet + INET_HEAD, buf) : print_v6(inet + INET_HEAD, buf);
}

int
inet_print(
	struct eval_context *ctx, enum value_type type, struct text inet, struct text *result)
{
	const unsigned char *p = (const unsigned char *)inet.ptr;
	char buf[INET_PRINT_MAX];
	size_t len = inet_print_host(p, buf);
	struct value v = {0};

	if (type == TYPE_CIDR || p[1] != inet_bits_max(p[0]))
		len += (size_t)snprintf(buf + len, sizeof buf - len, "/%d", p[1]);
	if (text_result(ctx, buf, len, &v) < 0)
		return -1;
	*result = v.s;
	return 0;
}
