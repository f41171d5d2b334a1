/*
 * number_format.c - patterns of numbers split into nodes; see number_format.h
 */
#include <string.h>

#include "expr/number.h"
#include "expr/number_format.h"

/* Sought in this order: the longer of two that begin alike stands first. */
static const struct {
	const char *name;
	enum number_key key;
} keywords[] = {
	{",", NUMBER_COMMA},
	{".", NUMBER_POINT},
	{"0", NUMBER_ZERO},
	{"9", NUMBER_NINE},
	{"B", NUMBER_BLANK},
	{"C", NUMBER_IGNORED},
	{"D", NUMBER_LOCALE_POINT},
	{"EEEE", NUMBER_EXPONENT},
	{"FM", NUMBER_FILL},
	{"G", NUMBER_GROUP},
	{"L", NUMBER_CURRENCY},
	{"MI", NUMBER_MINUS},
	{"PL", NUMBER_PLUS},
	{"PR", NUMBER_BRACKET},
	{"RN", NUMBER_ROMAN},
	{"SG", NUMBER_SIGN},
	{"SP", NUMBER_IGNORED},
	{"S", NUMBER_ANCHORED_SIGN},
	{"TH", NUMBER_ORDINAL},
	{"V", NUMBER_MULTIPLY},
	{"b", NUMBER_BLANK},
	{"c", NUMBER_IGNORED},
	{"d", NUMBER_LOCALE_POINT},
	{"eeee", NUMBER_EXPONENT},
	{"fm", NUMBER_FILL},
	{"g", NUMBER_GROUP},
	{"l", NUMBER_CURRENCY},
	{"mi", NUMBER_MINUS},
	{"pl", NUMBER_PLUS},
	{"pr", NUMBER_BRACKET},
	{"rn", NUMBER_ROMAN_LOWER},
	{"sg", NUMBER_SIGN},
	{"sp", NUMBER_IGNORED},
	{"s", NUMBER_ANCHORED_SIGN},
	{"th", NUMBER_ORDINAL_LOWER},
	{"v", NUMBER_MULTIPLY},
};

static int
refuse(struct eval_context *ctx, const char *why)
{
	return eval_fail(ctx, "42601", "%s", why);
}

static int
digit(struct eval_context *ctx, struct number_picture *p, bool zero)
{
	if (p->flags & NUMBER_HAS_BRACKET)
		return refuse(ctx, zero ? "\"0\" must be ahead of \"PR\""
					: "\"9\" must be ahead of \"PR\"");
	if (!zero && p->flags & NUMBER_HAS_MULTIPLY) {
		p->multiply++;
		return 0;
	}
	if (zero && !(p->flags & (NUMBER_HAS_ZERO | NUMBER_HAS_DECIMAL))) {
		p->flags |= NUMBER_HAS_ZERO;
		p->zero_start = p->pre + 1;
	}
	if (p->flags & NUMBER_HAS_DECIMAL)
		p->post++;
	else
		p->pre++;
	if (zero)
		p->zero_end = p->pre + p->post;
	return 0;
}

static int
anchored_sign(struct eval_context *ctx, struct number_picture *p)
{
	if (p->flags & NUMBER_HAS_SIGN)
		return refuse(ctx, "cannot use \"S\" twice");
	if (p->flags & (NUMBER_HAS_PLUS | NUMBER_HAS_MINUS | NUMBER_HAS_BRACKET))
		return refuse(ctx, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
	p->flags |= NUMBER_HAS_SIGN;
	if (p->flags & NUMBER_HAS_DECIMAL) {
		p->sign = SIGN_BEHIND;
	} else {
		p->sign = SIGN_BEFORE;
		p->pre_at_sign = p->pre;
	}
	return 0;
}

static int
own_sign(struct eval_context *ctx, struct number_picture *p, unsigned flags, const char *why)
{
	if (p->flags & NUMBER_HAS_SIGN)
		return refuse(ctx, why);
	p->flags |= flags;
	return 0;
}

static int
exponent(struct eval_context *ctx, struct number_picture *p)
{
	if (p->flags & (NUMBER_HAS_BLANK | NUMBER_HAS_FILL | NUMBER_HAS_SIGN |
			       NUMBER_HAS_BRACKET | NUMBER_HAS_MINUS | NUMBER_HAS_PLUS |
			       NUMBER_HAS_ROMAN | NUMBER_HAS_MULTIPLY))
		return refuse(ctx, "\"EEEE\" is incompatible with other formats");
	p->flags |= NUMBER_HAS_EXPONENT;
	return 0;
}

static int
point(struct eval_context *ctx, struct number_picture *p)
{
	if (p->flags & NUMBER_HAS_DECIMAL)
		return refuse(ctx, "multiple decimal points");
	if (p->flags & NUMBER_HAS_MULTIPLY)
		return refuse(ctx, "cannot use \"V\" and decimal point together");
	p->flags |= NUMBER_HAS_DECIMAL;
	return 0;
}

static int
add_to_picture(struct eval_context *ctx, struct number_picture *p, enum number_key key)
{
	if (p->flags & NUMBER_HAS_EXPONENT)
		return refuse(ctx, key == NUMBER_EXPONENT
					   ? "cannot use \"EEEE\" twice"
					   : "\"EEEE\" must be the last pattern used");
	switch (key) {
	case NUMBER_NINE: return digit(ctx, p, false);
	case NUMBER_ZERO: return digit(ctx, p, true);
	case NUMBER_BLANK:
		if (p->pre == 0 && p->post == 0 && !(p->flags & NUMBER_HAS_ZERO))
			p->flags |= NUMBER_HAS_BLANK;
		return 0;
	case NUMBER_LOCALE_POINT:
	case NUMBER_POINT: return point(ctx, p);
	case NUMBER_FILL: p->flags |= NUMBER_HAS_FILL; return 0;
	case NUMBER_ANCHORED_SIGN: return anchored_sign(ctx, p);
	case NUMBER_MINUS:
		return own_sign(
			ctx, p, NUMBER_HAS_MINUS, "cannot use \"S\" and \"MI\" together");
	case NUMBER_PLUS:
		return own_sign(
			ctx, p, NUMBER_HAS_PLUS, "cannot use \"S\" and \"PL\" together");
	case NUMBER_SIGN:
		return own_sign(ctx, p, NUMBER_HAS_MINUS | NUMBER_HAS_PLUS,
			"cannot use \"S\" and \"SG\" together");
	case NUMBER_BRACKET:
		if (p->flags & (NUMBER_HAS_SIGN | NUMBER_HAS_PLUS | NUMBER_HAS_MINUS))
			return refuse(ctx,
				"cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
		p->flags |= NUMBER_HAS_BRACKET;
		return 0;
	case NUMBER_ROMAN:
	case NUMBER_ROMAN_LOWER: p->flags |= NUMBER_HAS_ROMAN; return 0;
	case NUMBER_MULTIPLY:
		if (p->flags & NUMBER_HAS_DECIMAL)
			return refuse(ctx, "cannot use \"V\" and decimal point together");
		p->flags |= NUMBER_HAS_MULTIPLY;
		return 0;
	case NUMBER_EXPONENT: return exponent(ctx, p);
	default: return 0;
	}
}

static bool
starts_with(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

static const char *
add_character(struct number_format *f, const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

	if (n > (size_t)(end - p))
		n = (size_t)(end - p);
	f->nodes[f->n++] = (struct number_node){.key = NUMBER_CHARACTER, .character = {p, n}};
	return p + n;
}

/* "…": every character for itself, a backslash before one that is meant so. */
static const char *
add_quoted(struct number_format *f, const char *p, const char *end)
{
	while (p < end) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && p + 1 < end)
			p++;
		p = add_character(f, p, end);
	}
	return p;
}

int
number_format_parse(struct eval_context *ctx, struct text pattern, struct number_format *f)
{
	const char *p = pattern.ptr, *end = p + pattern.len;
	const size_t nkeywords = sizeof keywords / sizeof keywords[0];

	*f = (struct number_format){
		.nodes = arena_alloc(ctx->arena, (pattern.len + 1) * sizeof *f->nodes)};
	if (f->nodes == NULL)
		return eval_nomem(ctx);
	while (p < end) {
		size_t i = 0;

		while (i < nkeywords && !starts_with(p, end, keywords[i].name))
			i++;
		if (i < nkeywords) {
			f->nodes[f->n++] = (struct number_node){.key = keywords[i].key};
			if (add_to_picture(ctx, &f->picture, keywords[i].key) < 0)
				return -1;
			p += strlen(keywords[i].name);
		} else if (*p == '"') {
			p = add_quoted(f, p + 1, end);
		} else {
			if (starts_with(p, end, "\\\""))
				p++;
			p = add_character(f, p, end);
		}
	}
	return 0;
}
