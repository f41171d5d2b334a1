/*
 * number_format_in.c - to_number: the digits of a text, read by a pattern
 *
 * Follows NUM_processor of PostgreSQL's formatting.c step by step: it is
 * lenient in its own way, and skips bytes where a pattern does not match.
 */
#include <string.h>

#include "expr/number.h"
#include "expr/number_format.h"

struct input {
	const struct number_picture *picture;
	const char *p, *end;
	char *number;   /* what is read: the sign, or a space, and digits */
	char *number_p; /* behind the last of them */
	int pre, post;  /* digits read */
	bool point;     /* has been read */
};

static bool
has(const struct input *in, unsigned flag)
{
	return (in->picture->flags & flag) != 0;
}

static bool
at_end(const struct input *in)
{
	return in->p >= in->end;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t
character_length(char c)
{
	unsigned char u = (unsigned char)c;

	return u >= 0xF0 ? 4 : u >= 0xE0 ? 3 : u >= 0xC0 ? 2 : 1;
}

/* Up to n characters that cannot belong to a number. */
static void
skip_other(struct input *in, int n)
{
	for (; n > 0 && !at_end(in); n--) {
		if (*in->p != '\0' && strchr("0123456789.,+-", *in->p) != NULL)
			return;
		in->p += character_length(*in->p);
	}
}

static void
read_sign_before(struct input *in)
{
	if (has(in, NUMBER_HAS_SIGN) && in->picture->sign == SIGN_BEFORE) {
		if (*in->p == '-' || *in->p == '+')
			*in->number = *in->p++;
	} else if (*in->p == '-' || (has(in, NUMBER_HAS_BRACKET) && *in->p == '<')) {
		*in->number = '-';
		in->p++;
	} else if (*in->p == '+') {
		*in->number = '+';
		in->p++;
	}
}

/* S behind the last digit; or a sign that MI, PL, SG look for elsewhere.  p stays at the last byte. */
static void
read_sign_behind(struct input *in, bool read)
{
	if (has(in, NUMBER_HAS_SIGN) && read && in->p + 1 < in->end && !is_digit(in->p[1])) {
		if (in->p[1] == '-' || in->p[1] == '+')
			*in->number = *++in->p;
	} else if (!read && has(in, NUMBER_HAS_PLUS | NUMBER_HAS_MINUS)) {
		if (*in->p == '-' || *in->p == '+')
			*in->number = *in->p;
	}
}

/* A digit or the point; p is left one byte before where reading goes on. */
static void
read_place(struct input *in, enum number_key key)
{
	bool read = false;

	if (!at_end(in) && *in->p == ' ')
		in->p++;
	if (at_end(in))
		return;
	if (*in->number == ' ' && (key == NUMBER_ZERO || key == NUMBER_NINE) &&
		in->pre + in->post == 0)
		read_sign_before(in);
	if (at_end(in))
		return;
	if (is_digit(*in->p)) {
		if (in->point && in->post == in->picture->post)
			return;
		*in->number_p++ = *in->p;
		if (in->point)
			in->post++;
		else
			in->pre++;
		read = true;
	} else if (has(in, NUMBER_HAS_DECIMAL) && !in->point && *in->p == '.') {
		*in->number_p++ = '.';
		in->point = read = true;
	}
	if (*in->number == ' ' && in->pre + in->post > 0)
		read_sign_behind(in, read);
}

/* One of the bytes that a sign of its own may be; anything else is skipped as what is none. */
static void
read_own_sign(struct input *in, bool minus, bool plus)
{
	if ((minus && *in->p == '-') || (plus && *in->p == '+'))
		*in->number = *in->p++;
	else
		skip_other(in, 1);
}

static void
read_node(struct input *in, const struct number_node *n)
{
	switch (n->key) {
	case NUMBER_NINE:
	case NUMBER_ZERO:
	case NUMBER_POINT:
	case NUMBER_LOCALE_POINT:
		read_place(in, n->key);
		in->p++;
		break;
	case NUMBER_COMMA:
	case NUMBER_GROUP:
		if (!has(in, NUMBER_HAS_FILL) && *in->p == ',')
			in->p++;
		break;
	case NUMBER_CURRENCY: skip_other(in, 1); break;
	case NUMBER_ORDINAL:
	case NUMBER_ORDINAL_LOWER:
		if (!has(in, NUMBER_HAS_DECIMAL))
			skip_other(in, 2);
		break;
	case NUMBER_MINUS: read_own_sign(in, true, false); break;
	case NUMBER_PLUS: read_own_sign(in, false, true); break;
	case NUMBER_SIGN: read_own_sign(in, true, true); break;
	case NUMBER_CHARACTER: in->p += character_length(*in->p); break;
	default: break;
	}
}

int
number_format_read(struct eval_context *ctx, const struct number_format *f, struct text s,
	struct text *digits, int *post)
{
	struct input in = {.picture = &f->picture, .p = s.ptr, .end = s.ptr + s.len};

	if (f->picture.flags & NUMBER_HAS_EXPONENT)
		return eval_fail(ctx, "0A000", "\"EEEE\" not supported for input");
	if (f->picture.flags & NUMBER_HAS_ROMAN)
		return eval_fail(ctx, "0A000", "\"RN\" not supported for input");
	in.number = arena_alloc(ctx->arena, f->n + 2);
	if (in.number == NULL)
		return eval_nomem(ctx);
	in.number[0] = ' ';
	in.number_p = in.number + 1;
	for (size_t i = 0; i < f->n && !at_end(&in); i++)
		read_node(&in, &f->nodes[i]);
	if (in.number_p[-1] == '.')
		in.number_p--;
	*digits = (struct text){in.number, (size_t)(in.number_p - in.number)};
	*post = in.post;
	return 0;
}
