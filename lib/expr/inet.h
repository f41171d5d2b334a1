/*
 * inet.h - addresses of hosts and networks: their text
 *
 * A value of inet or cidr is 6 or 18 bytes: the family, 4 or 6; the bits of
 * the network, 0 to 32 or 128; and the address.  Of cidr the bits behind the
 * network's are 0.  What is read and printed is PostgreSQL's (manual, 8.9).
 */
#ifndef EXPR_INET_H
#define EXPR_INET_H

#include "expr/value.h"

enum {
	INET_HEAD = 2,
	INET_BYTES_MAX = INET_HEAD + 16,
	INET_PRINT_MAX = 64,
};

static inline size_t
inet_size(int family)
{
	return family == 4 ? 4 : 16;
}

static inline int
inet_bits_max(int family)
{
	return family == 4 ? 32 : 128;
}

/* Into to, which has INET_BYTES_MAX bytes; false when the text is none.  The host's bits may be set. */
bool inet_parse(struct text s, bool cidr, unsigned char *to);

/* The address without its network; returns the length. */
size_t inet_print_host(const unsigned char *inet, char buf[static INET_PRINT_MAX]);

/* The output function: "/bits" where it is a network, of cidr always. */
int inet_print(
	struct eval_context *ctx, enum value_type type, struct text inet, struct text *result);

#endif
