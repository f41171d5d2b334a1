/*
 * number_format.h - template patterns of to_char and to_number, of numbers
 *
 * PostgreSQL's (manual, table 9.28), in the locale C: L is a space, G a comma,
 * D a point.
 */
#ifndef EXPR_NUMBER_FORMAT_H
#define EXPR_NUMBER_FORMAT_H

#include "expr/value.h"

enum number_key {
	NUMBER_CHARACTER, /* no pattern: stands for itself */
	NUMBER_COMMA,
	NUMBER_POINT,
	NUMBER_ZERO,
	NUMBER_NINE,
	NUMBER_BLANK,
	NUMBER_IGNORED, /* C, SP */
	NUMBER_LOCALE_POINT,
	NUMBER_EXPONENT,
	NUMBER_FILL,
	NUMBER_GROUP,
	NUMBER_CURRENCY,
	NUMBER_MINUS,
	NUMBER_PLUS,
	NUMBER_BRACKET,
	NUMBER_ROMAN,
	NUMBER_ROMAN_LOWER,
	NUMBER_SIGN, /* SG */
	NUMBER_ANCHORED_SIGN,
	NUMBER_ORDINAL,
	NUMBER_ORDINAL_LOWER,
	NUMBER_MULTIPLY, /* V */
};

enum number_flags {
	NUMBER_HAS_DECIMAL = 1,
	NUMBER_HAS_ZERO = 2,
	NUMBER_HAS_BLANK = 4,
	NUMBER_HAS_FILL = 8,
	NUMBER_HAS_SIGN = 16, /* S */
	NUMBER_HAS_BRACKET = 32,
	NUMBER_HAS_MINUS = 64,
	NUMBER_HAS_PLUS = 128,
	NUMBER_HAS_ROMAN = 256,
	NUMBER_HAS_MULTIPLY = 512,
	NUMBER_HAS_EXPONENT = 1024,
};

/* Where S stands. */
enum number_sign { SIGN_NONE, SIGN_BEFORE, SIGN_BEHIND };

struct number_node {
	enum number_key key;
	struct text character;
};

/* What the pattern as a whole asks for. */
struct number_picture {
	unsigned flags; /* enum number_flags */
	int pre;        /* digits before the point */
	int post;       /* and behind it */
	int multiply;   /* digits behind V */
	enum number_sign sign;
	int pre_at_sign; /* digits before S */
	int zero_start;  /* the digit that the first 0 is, from 1 */
	int zero_end;    /* digits up to the last 0 */
};

struct number_format {
	struct number_node *nodes;
	size_t n;
	struct number_picture picture;
};

/* A number as digits, for the pattern to be laid over. */
struct number_digits {
	char *text;     /* NUL-terminated, without its sign: "12.50", "####.#", "MCMXC" */
	int pre_spaces; /* digits that the pattern has before it, and the number has not */
	char sign;      /* '+', '-', or 0 */
};

/* Characters point into the pattern.  42601. */
int number_format_parse(struct eval_context *ctx, struct text pattern, struct number_format *f);

/* The picture may have been changed for the number. */
int number_format_print(struct eval_context *ctx, const struct number_format *f,
	struct number_picture picture, const struct number_digits *digits, struct text *result);

/*
 * The digits that s has where the pattern has them, with their sign, in the
 * arena; *post is how many are behind the point.  0A000.
 */
int number_format_read(struct eval_context *ctx, const struct number_format *f, struct text s,
	struct text *digits, int *post);

#endif
