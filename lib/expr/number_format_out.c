/*
 * number_format_out.c - a number's digits laid under a pattern
 *
 * Follows NUM_processor of PostgreSQL's formatting.c step by step, as what it
 * gives for odd patterns is no more than what its steps are.  So is the end of
 * a result at a digit that the number has not: a NUL that ends the text there.
 */
#include <stdio.h>
#include <string.h>

#include "expr/number.h"
#include "expr/number_format.h"

enum { NODE_BYTES_MAX = 24, ROMAN_WIDTH = 15 };

struct output {
	struct number_picture picture;
	const char *number; /* the digits */
	const char *at;     /* the next of them */
	const char
		*last_relevant; /* with FM, the last that is no 0 behind the point; or NULL */
	char *p;                /* where the result is written */
	int pre_spaces;
	int count; /* of digits, and the sign */
	int done;  /* digits of the pattern */
	char sign;
	bool sign_written;
	bool in_number; /* a digit has been written just now */
};

static bool
has(const struct output *o, unsigned flag)
{
	return (o->picture.flags & flag) != 0;
}

/* 0.5 in 9.9 is .5 */
static bool
lone_zero(const struct output *o)
{
	return !has(o, NUMBER_HAS_ZERO) && o->at == o->number && *o->number == '0' &&
	       o->picture.post != 0;
}

static bool
ends_at_point(const struct output *o)
{
	return o->last_relevant != NULL && *o->last_relevant == '.';
}

static void
put_sign(struct output *o)
{
	if (has(o, NUMBER_HAS_SIGN)) {
		if (o->picture.sign != SIGN_BEFORE)
			return;
		*o->p++ = o->sign == '-' ? '-' : '+';
	} else if (has(o, NUMBER_HAS_BRACKET)) {
		*o->p++ = o->sign == '+' ? ' ' : '<';
	} else if (o->sign == '+') {
		if (!has(o, NUMBER_HAS_FILL))
			*o->p++ = ' ';
	} else if (o->sign == '-') {
		*o->p++ = '-';
	} else {
		return;
	}
	o->sign_written = true;
}

/* What the number has for this place of the pattern. */
static void
put_digit(struct output *o, enum number_key key)
{
	if (*o->at == '.') {
		if (!ends_at_point(o) || has(o, NUMBER_HAS_FILL))
			*o->p++ = '.';
	} else if (o->last_relevant != NULL && o->at > o->last_relevant && key != NUMBER_ZERO) {
		; /* a zero at the end, which FM leaves out */
	} else if (lone_zero(o)) {
		if (!has(o, NUMBER_HAS_FILL))
			*o->p++ = ' ';
		else if (ends_at_point(o))
			*o->p++ = '0';
	} else {
		*o->p++ = *o->at;
		o->in_number = true;
	}
	if (*o->at != '\0')
		o->at++;
}

/* Behind the last digit: the other bracket, or S. */
static void
put_end(struct output *o)
{
	if (o->sign_written && has(o, NUMBER_HAS_BRACKET))
		*o->p++ = o->sign == '+' ? ' ' : '>';
	else if (has(o, NUMBER_HAS_SIGN) && o->picture.sign == SIGN_BEHIND)
		*o->p++ = o->sign == '-' ? '-' : '+';
}

static void
put_place(struct output *o, enum number_key key)
{
	bool zero = has(o, NUMBER_HAS_ZERO);
	int end;

	if (has(o, NUMBER_HAS_ROMAN))
		return;
	o->in_number = false;
	if (!o->sign_written &&
		(o->done >= o->pre_spaces || (zero && o->picture.zero_start == o->done)) &&
		(!lone_zero(o) || ends_at_point(o)))
		put_sign(o);
	if (o->done < o->pre_spaces && (o->picture.zero_start > o->done || !zero)) {
		if (!has(o, NUMBER_HAS_FILL))
			*o->p++ = ' ';
	} else if (zero && o->done < o->pre_spaces) {
		*o->p++ = '0';
		o->in_number = true;
	} else {
		put_digit(o, key);
	}
	end = o->count + (o->pre_spaces != 0) + has(o, NUMBER_HAS_DECIMAL);
	if (o->last_relevant != NULL && o->last_relevant == o->at)
		end = o->done;
	if (o->done + 1 == end)
		put_end(o);
	o->done++;
}

/* A character of the number's side, or a space, or with FM nothing, while there is no number. */
static void
put_if(struct output *o, bool there, char c)
{
	if (there)
		*o->p++ = c;
	else if (!has(o, NUMBER_HAS_FILL))
		*o->p++ = ' ';
}

static int
put_ordinal(struct eval_context *ctx, struct output *o, bool upper)
{
	static const char *const names[2][4] = {
		{"th", "st", "nd", "rd"}, {"TH", "ST", "ND", "RD"}};
	size_t len = strlen(o->number);
	char last = len > 0 ? o->number[len - 1] : '\0';
	int which;

	if (has(o, NUMBER_HAS_ROMAN) || *o->number == '#' || o->sign == '-' ||
		has(o, NUMBER_HAS_DECIMAL))
		return 0;
	if (last < '0' || last > '9')
		return eval_fail(ctx, "22P02", "\"%s\" is not a number", o->number);
	which = last >= '1' && last <= '3' && !(len > 1 && o->number[len - 2] == '1')
			? last - '0'
			: 0;
	memcpy(o->p, names[upper][which], 2);
	o->p += 2;
	return 0;
}

static void
put_roman(struct output *o, bool lower)
{
	int width = has(o, NUMBER_HAS_FILL) ? 0 : ROMAN_WIDTH;
	int len = snprintf(o->p, NODE_BYTES_MAX, "%*s", width, o->at);

	for (int i = 0; lower && i < len; i++) {
		if (o->p[i] >= 'A' && o->p[i] <= 'Z')
			o->p[i] = (char)(o->p[i] - 'A' + 'a');
	}
	o->p += len;
}

static int
put_node(struct eval_context *ctx, struct output *o, const struct number_node *n)
{
	switch (n->key) {
	case NUMBER_NINE:
	case NUMBER_ZERO:
	case NUMBER_POINT:
	case NUMBER_LOCALE_POINT: put_place(o, n->key); break;
	case NUMBER_COMMA:
	case NUMBER_GROUP: put_if(o, o->in_number, ','); break;
	case NUMBER_CURRENCY: *o->p++ = ' '; break;
	case NUMBER_ROMAN: put_roman(o, false); break;
	case NUMBER_ROMAN_LOWER: put_roman(o, true); break;
	case NUMBER_ORDINAL: return put_ordinal(ctx, o, true);
	case NUMBER_ORDINAL_LOWER: return put_ordinal(ctx, o, false);
	case NUMBER_MINUS: put_if(o, o->sign == '-', '-'); break;
	case NUMBER_PLUS: put_if(o, o->sign == '+', '+'); break;
	case NUMBER_SIGN: *o->p++ = o->sign; break;
	case NUMBER_CHARACTER:
		memcpy(o->p, n->character.ptr, n->character.len);
		o->p += n->character.len;
		break;
	default: break;
	}
	return 0;
}

/* The last digit behind the point that is no 0, or the point; NULL without one. */
static const char *
last_relevant(const char *number)
{
	const char *last = strchr(number, '.');

	for (const char *p = last; p != NULL && *p != '\0'; p++) {
		if (*p != '0')
			last = p;
	}
	return last;
}

static void
prepare_sign(struct output *o)
{
	struct number_picture *p = &o->picture;

	if (has(o, NUMBER_HAS_PLUS) || has(o, NUMBER_HAS_MINUS)) {
		/* the pattern writes the sign, but PL alone does not write a minus */
		o->sign_written = !has(o, NUMBER_HAS_PLUS) || has(o, NUMBER_HAS_MINUS);
		return;
	}
	if (o->sign != '-' && has(o, NUMBER_HAS_FILL))
		p->flags &= ~(unsigned)NUMBER_HAS_BRACKET;
	o->sign_written = o->sign == '+' && has(o, NUMBER_HAS_FILL) && !has(o, NUMBER_HAS_SIGN);
	if (p->sign == SIGN_BEFORE && p->pre == p->pre_at_sign)
		p->sign = SIGN_BEHIND;
}

static void
prepare(struct output *o)
{
	struct number_picture *p = &o->picture;

	if (p->zero_start > 0)
		p->zero_start--;
	if (has(o, NUMBER_HAS_ROMAN)) {
		p->sign = SIGN_NONE;
		p->pre_at_sign = p->post = p->pre = 0;
		p->flags &= NUMBER_HAS_FILL | NUMBER_HAS_ROMAN;
	}
	prepare_sign(o);
	o->count = p->post + p->pre - 1;
	if (has(o, NUMBER_HAS_FILL) && has(o, NUMBER_HAS_DECIMAL)) {
		o->last_relevant = last_relevant(o->number);
		/* what the pattern has a 0 for stays */
		if (o->last_relevant != NULL && p->zero_end > o->pre_spaces) {
			size_t at = strlen(o->number) - 1;

			if (at > (size_t)(p->zero_end - o->pre_spaces))
				at = (size_t)(p->zero_end - o->pre_spaces);
			if (o->last_relevant < o->number + at)
				o->last_relevant = o->number + at;
		}
	}
	if (!o->sign_written && o->pre_spaces == 0)
		o->count++;
}

int
number_format_print(struct eval_context *ctx, const struct number_format *f,
	struct number_picture picture, const struct number_digits *digits, struct text *result)
{
	struct output o = {.picture = picture,
		.number = digits->text,
		.at = digits->text,
		.pre_spaces = digits->pre_spaces,
		.sign = digits->sign};
	size_t size = (f->n + 1) * NODE_BYTES_MAX;
	char *buf;

	if (picture.flags & NUMBER_HAS_EXPONENT) {
		*result = (struct text){digits->text, strlen(digits->text)};
		return 0;
	}
	buf = arena_alloc(ctx->arena, size);
	if (buf == NULL)
		return eval_nomem(ctx);
	o.p = buf;
	prepare(&o);
	for (size_t i = 0; i < f->n; i++) {
		if (put_node(ctx, &o, &f->nodes[i]) < 0)
			return -1;
	}
	*result = (struct text){buf, strnlen(buf, (size_t)(o.p - buf))};
	return 0;
}
