/*
 * are.c - see are.h
 *
 * A recursive descent over alternatives, branches and atoms that writes while
 * it reads.  Characters are written as \x{…} unless they are plain letters or
 * digits; classes are written as the ranges that the C library's locale has.
 */
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

#include "expr/are.h"
#include "expr/are_class.h"
#include "expr/chars.h"

enum { BOUND_MAX = 255, DEPTH_MAX = 200, GROUPS_MAX = 100 };

struct are {
	struct eval_context *ctx;
	struct are_out *out;
	const char *p, *end;
	bool ignore_case;
	locale_t locale;
	int depth;
	int look; /* within this many lookarounds, where groups do not capture */
	int ngroups;
	bool closed[GROUPS_MAX + 1];
	struct arena *arena; /* NULL: no tree is wanted */
	bool refers_back;
	bool choice;  /* an alternative, outside lookarounds */
	int variable; /* quantifiers of varying count, outside lookarounds */
};

static int alternatives(struct are *a, struct are_node **tree);

static int
bad(struct are *a, const char *what)
{
	return eval_fail(a->ctx, "2201B", "invalid regular expression: %s", what);
}

static int
refuse(struct are *a, const char *what)
{
	return eval_fail(a->ctx, "0A000", "%s in a regular expression is not supported", what);
}

static bool
at(const struct are *a, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(a->end - a->p) >= n && memcmp(a->p, s, n) == 0;
}

static uint32_t
next_char(struct are *a)
{
	size_t width;
	uint32_t c = char_decode(a->p, &width);

	a->p += width;
	return c;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* least to most digits in a base; -1 when there are fewer or the value is no character. */
static long
read_digits(struct are *a, int base, int least, int most)
{
	long value = 0;
	int n = 0;

	for (; n < most && a->p < a->end; n++) {
		int d = hex_value(*a->p);

		if (d < 0 || d >= base)
			break;
		value = value * base + d;
		if (value > 0x10FFFF)
			return -1;
		a->p++;
	}
	return n < least ? -1 : value;
}

enum escape { ESCAPE_CHAR, ESCAPE_CLASS, ESCAPE_CONSTRAINT, ESCAPE_BACKREF };

/* Octal, or a reference back: one digit always is, more are where there are so many groups. */
static int
digit_escape(struct are *a, enum escape *kind, uint32_t *value)
{
	const char *start = --a->p;
	long n;

	if (*start != '0') {
		n = read_digits(a, 10, 1, 255);
		if (a->p == start + 1 || (n > 0 && n <= a->ngroups)) {
			*kind = ESCAPE_BACKREF;
			*value = n < 0 ? 0 : (uint32_t)n;
			return 0;
		}
		a->p = start;
	}
	n = read_digits(a, 8, 1, 3);
	if (n < 0)
		return bad(a, "invalid escape \\ sequence");
	if (n > 0xFF) {
		a->p--;
		n >>= 3;
	}
	*value = (uint32_t)n;
	return 0;
}

static int
hex_escape(struct are *a, int least, int most, uint32_t *value)
{
	long n = read_digits(a, 16, least, most);

	if (n < 0 || (n >= 0xD800 && n <= 0xDFFF))
		return bad(a, "invalid escape \\ sequence");
	*value = (uint32_t)n;
	return 0;
}

/* Behind a backslash. */
static int
read_escape(struct are *a, enum escape *kind, uint32_t *value)
{
	static const char plain[][2] = {{'a', 7}, {'b', 8}, {'B', '\\'}, {'e', 27}, {'f', 12},
		{'n', 10}, {'r', 13}, {'t', 9}, {'v', 11}};
	char c;

	*kind = ESCAPE_CHAR;
	if (a->p >= a->end)
		return bad(a, "invalid escape \\ sequence");
	if ((unsigned char)*a->p >= 0x80) {
		*value = next_char(a);
		return 0;
	}
	c = *a->p++;
	*value = (unsigned char)c;
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		if (plain[i][0] == c) {
			*value = (uint32_t)plain[i][1];
			return 0;
		}
	}
	if (is_digit(c))
		return digit_escape(a, kind, value);
	switch (c) {
	case 'c':
		if (a->p >= a->end)
			return bad(a, "invalid escape \\ sequence");
		*value = next_char(a) & 037;
		return 0;
	case 'u': return hex_escape(a, 4, 4, value);
	case 'U': return hex_escape(a, 8, 8, value);
	case 'x': return hex_escape(a, 1, 255, value);
	case 'd':
	case 's':
	case 'w':
	case 'D':
	case 'S':
	case 'W': *kind = ESCAPE_CLASS; return 0;
	case 'A':
	case 'Z':
	case 'm':
	case 'M':
	case 'y':
	case 'Y': *kind = ESCAPE_CONSTRAINT; return 0;
	default: break;
	}
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return bad(a, "invalid escape \\ sequence");
	return 0;
}

static const char *
escape_class_name(uint32_t c)
{
	return c == 'd' || c == 'D' ? "digit" : c == 's' || c == 'S' ? "space" : "word";
}

static void
put_word_class(struct are *a, const char *before)
{
	are_put(a->out, before);
	are_put(a->out, "[");
	are_put_class(a->out, "word", false, a->locale);
	are_put(a->out, "])");
}

static void
put_constraint(struct are *a, uint32_t c)
{
	switch (c) {
	case 'A': are_put(a->out, "\\A"); break;
	case 'Z': are_put(a->out, "\\z"); break;
	case 'm':
		put_word_class(a, "(?<!");
		put_word_class(a, "(?=");
		break;
	case 'M':
		put_word_class(a, "(?<=");
		put_word_class(a, "(?!");
		break;
	default:
		are_put(a->out, "(?:");
		put_word_class(a, "(?<!");
		put_word_class(a, c == 'y' ? "(?=" : "(?!");
		are_put(a->out, "|");
		put_word_class(a, "(?<=");
		put_word_class(a, c == 'y' ? "(?!" : "(?=");
		are_put(a->out, ")");
		break;
	}
}

/* A character outside brackets. */
static void
put_literal(struct are *a, uint32_t c)
{
	uint32_t lower = (uint32_t)towlower_l((wint_t)c, a->locale);
	uint32_t upper = (uint32_t)towupper_l((wint_t)c, a->locale);

	if (!a->ignore_case || lower == upper) {
		are_put_char(a->out, a->ignore_case ? lower : c);
		return;
	}
	are_put(a->out, "[");
	are_put_char(a->out, lower);
	are_put_char(a->out, upper);
	are_put(a->out, "]");
}

/* From [ to ] of [:name:]. */
static int
named_class(struct are *a)
{
	const char *name = a->p + 2, *close;
	char buf[16];
	size_t n;

	if (at(a, "[.") || at(a, "[="))
		return refuse(a, "a collating element");
	close = memmem(name, (size_t)(a->end - name), ":]", 2);
	if (close == NULL)
		return bad(a, "brackets [] not balanced");
	n = (size_t)(close - name);
	if (n >= sizeof buf)
		return bad(a, "invalid character class");
	memcpy(buf, name, n);
	buf[n] = '\0';
	if (strcmp(buf, "<") == 0 || strcmp(buf, ">") == 0)
		return refuse(a, "[[:<:]] or [[:>:]]");
	if (a->ignore_case && (strcmp(buf, "lower") == 0 || strcmp(buf, "upper") == 0))
		memcpy(buf, "alpha", sizeof "alpha");
	if (are_put_class(a->out, buf, false, a->locale) < 0)
		return bad(a, "invalid character class");
	a->p = close + 2;
	return 0;
}

/* One end of a range, or a single character.  *is_class: a class was written instead. */
static int
bracket_item(struct are *a, uint32_t *c, bool *is_class)
{
	enum escape kind;

	*is_class = false;
	if (at(a, "[:") || at(a, "[.") || at(a, "[=")) {
		*is_class = true;
		return named_class(a);
	}
	*c = next_char(a);
	if (*c != '\\')
		return 0;
	if (read_escape(a, &kind, c) < 0)
		return -1;
	if (kind == ESCAPE_CHAR)
		return 0;
	if (kind != ESCAPE_CLASS)
		return bad(a, "invalid escape \\ sequence");
	*is_class = true;
	are_put_class(a->out, escape_class_name(*c), *c < 'a', a->locale);
	return 0;
}

static void
put_range(struct are *a, uint32_t low, uint32_t high)
{
	are_put_range(a->out, low, high);
	if (!a->ignore_case)
		return;
	for (uint32_t c = low; c <= high; c++) {
		uint32_t lower = (uint32_t)towlower_l((wint_t)c, a->locale);
		uint32_t upper = (uint32_t)towupper_l((wint_t)c, a->locale);

		if (lower < low || lower > high)
			are_put_char(a->out, lower);
		if (upper < low || upper > high)
			are_put_char(a->out, upper);
	}
}

/* Whether here is a - that makes a range: not the last before ]. */
static bool
at_range(const struct are *a)
{
	return a->p < a->end && *a->p == '-' && !(a->p + 1 < a->end && a->p[1] == ']');
}

/* Behind the [. */
static int
bracket(struct are *a)
{
	bool first = true, is_class, end_is_class;
	uint32_t low, high;

	are_put(a->out, "[");
	if (a->p < a->end && *a->p == '^') {
		are_put(a->out, "^");
		a->p++;
	}
	for (;; first = false) {
		if (a->p >= a->end)
			return bad(a, "brackets [] not balanced");
		if (*a->p == ']' && !first)
			break;
		if (!first && at_range(a))
			return bad(a, "invalid character range");
		if (bracket_item(a, &low, &is_class) < 0)
			return -1;
		if (!at_range(a)) {
			if (!is_class)
				put_range(a, low, low);
			continue;
		}
		a->p++;
		if (a->p >= a->end)
			return bad(a, "brackets [] not balanced");
		if (is_class)
			return bad(a, "invalid character range");
		if (bracket_item(a, &high, &end_is_class) < 0)
			return -1;
		if (a->p >= a->end)
			return bad(a, "brackets [] not balanced");
		if (end_is_class || high < low)
			return bad(a, "invalid character range");
		put_range(a, low, high);
	}
	a->p++;
	are_put(a->out, "]");
	return 0;
}

/* Behind the ( of a group; *constraint: it is a lookaround.  item->node is its tree. */
static int
group(struct are *a, bool *constraint, struct are_item *item)
{
	static const struct {
		const char *opens;
		bool look;
	} kinds[] = {{"?:", false}, {"?=", true}, {"?!", true}, {"?<=", true}, {"?<!", true}};
	int number = 0;
	bool look = false;

	if (a->p < a->end && *a->p == '?') {
		size_t i = 0;

		while (i < sizeof kinds / sizeof kinds[0] && !at(a, kinds[i].opens))
			i++;
		if (i == sizeof kinds / sizeof kinds[0])
			return at(a, "?#") ? refuse(a, "a comment")
					   : bad(a, "quantifier operand invalid");
		are_put(a->out, "(");
		are_put(a->out, kinds[i].opens);
		a->p += strlen(kinds[i].opens);
		look = kinds[i].look;
	} else if (a->look > 0) {
		are_put(a->out, "(?:");
	} else {
		number = ++a->ngroups;
		are_put(a->out, "(");
	}
	if (++a->depth > DEPTH_MAX || number > GROUPS_MAX)
		return refuse(a, "so many groups");
	a->look += look;
	if (alternatives(a, &item->node) < 0)
		return -1;
	if (a->p >= a->end || *a->p != ')')
		return bad(a, "parentheses () not balanced");
	a->p++;
	a->look -= look;
	a->depth--;
	are_put(a->out, ")");
	*constraint = look;
	if (look)
		item->node = NULL;
	if (number == 0)
		return 0;
	a->closed[number] = true;
	item->capturing = true;
	if (a->arena != NULL && (item->node = are_group(a->arena, item->node, number)) == NULL)
		return eval_nomem(a->ctx);
	return 0;
}

static int
escape_atom(struct are *a, bool *constraint)
{
	enum escape kind;
	uint32_t c;

	if (read_escape(a, &kind, &c) < 0)
		return -1;
	switch (kind) {
	case ESCAPE_CHAR: put_literal(a, c); return 0;
	case ESCAPE_CLASS:
		are_put(a->out, "[");
		are_put_class(a->out, escape_class_name(c), c < 'a', a->locale);
		are_put(a->out, "]");
		return 0;
	case ESCAPE_CONSTRAINT:
		put_constraint(a, c);
		*constraint = true;
		return 0;
	case ESCAPE_BACKREF: break;
	}
	if (a->look > 0 || c == 0 || c > GROUPS_MAX || !a->closed[c])
		return bad(a, "invalid backreference number");
	if (a->ignore_case)
		return refuse(a, "a back reference without regard to case");
	a->refers_back = true;
	are_putf(a->out, "\\g{%u}", (unsigned)c);
	return 0;
}

static int
atom(struct are *a, bool *constraint, struct are_item *item)
{
	uint32_t c = next_char(a);

	*constraint = false;
	switch (c) {
	case '(': return group(a, constraint, item);
	case '[': return bracket(a);
	case '\\': return escape_atom(a, constraint);
	case '.': are_put(a->out, "."); return 0;
	case '^':
		are_put(a->out, "\\A");
		*constraint = true;
		return 0;
	case '$':
		are_put(a->out, "\\z");
		*constraint = true;
		return 0;
	case '*':
	case '+':
	case '?': return bad(a, "quantifier operand invalid");
	case '{':
		if (a->p < a->end && is_digit(*a->p))
			return bad(a, "quantifier operand invalid");
		break;
	default: break;
	}
	put_literal(a, c);
	return 0;
}

/* Behind the { of a bound; {m} leaves the preference to its atom. */
static int
bound(struct are *a, struct are_item *item)
{
	long least = read_digits(a, 10, 1, 9), most = least;

	if (least < 0 || least > BOUND_MAX)
		return bad(a, "invalid repetition count(s)");
	item->prefers = 0;
	if (a->p < a->end && *a->p == ',') {
		a->p++;
		most = -1;
		item->prefers = ARE_LONGER;
		if (a->p < a->end && is_digit(*a->p)) {
			most = read_digits(a, 10, 1, 9);
			if (most < least || most > BOUND_MAX)
				return bad(a, "invalid repetition count(s)");
		}
	}
	if (a->p >= a->end)
		return bad(a, "braces {} not balanced");
	if (*a->p++ != '}')
		return bad(a, "invalid repetition count(s)");
	item->min = (int)least;
	item->max = most < 0 ? ARE_INFINITE : (int)most;
	if (most < 0)
		are_putf(a->out, "{%ld,}", least);
	else
		are_putf(a->out, "{%ld,%ld}", least, most);
	return 0;
}

static bool
at_quantifier(const struct are *a)
{
	if (a->p >= a->end)
		return false;
	if (*a->p == '{')
		return a->p + 1 < a->end && is_digit(a->p[1]);
	return *a->p == '*' || *a->p == '+' || *a->p == '?';
}

/* The quantifier behind an atom, if there is one. */
static int
quantifier(struct are *a, bool constraint, struct are_item *item)
{
	char one[2] = "";

	item->min = item->max = 1;
	if (!at_quantifier(a))
		return 0;
	if (constraint)
		return bad(a, "quantifier operand invalid");
	one[0] = *a->p++;
	if (one[0] == '{') {
		if (bound(a, item) < 0)
			return -1;
	} else {
		are_put(a->out, one);
		item->prefers = ARE_LONGER;
		item->min = one[0] == '+';
		item->max = one[0] == '?' ? 1 : ARE_INFINITE;
	}
	if (a->p < a->end && *a->p == '?') {
		a->p++;
		are_put(a->out, "?");
		if (item->prefers != 0)
			item->prefers = ARE_SHORTER;
	}
	a->variable += a->look == 0 && item->min != item->max;
	/* {0}: what it captures does not exist, and its preference does not count */
	if (item->max == 0 && a->arena != NULL && item->node != NULL)
		return refuse(a, "a group that is repeated 0 times");
	return at_quantifier(a) ? bad(a, "quantifier operand invalid") : 0;
}

static int
quantified_atom(struct are *a, struct are_item *item)
{
	bool constraint;

	item->start = a->out->len;
	if (atom(a, &constraint, item) < 0)
		return -1;
	item->atom_end = a->out->len;
	if (quantifier(a, constraint, item) < 0)
		return -1;
	item->end = a->out->len;
	return 0;
}

/* A branch up to | or ) or the end. */
static int
one_branch(struct are *a, struct are_node **tree)
{
	struct are_item *first = NULL, **last = &first, item;
	size_t start = a->out->len;

	while (a->p < a->end && *a->p != ')' && *a->p != '|') {
		memset(&item, 0, sizeof item);
		if (quantified_atom(a, &item) < 0)
			return -1;
		if (a->arena == NULL)
			continue;
		*last = arena_alloc(a->arena, sizeof item);
		if (*last == NULL)
			return eval_nomem(a->ctx);
		**last = item;
		last = &(*last)->next;
	}
	*tree = NULL;
	if (a->arena == NULL)
		return 0;
	*tree = are_branch(a->arena, first, start, a->out->len);
	return *tree ? 0 : refuse(a, "so many changes of preference");
}

static int
alternatives(struct are *a, struct are_node **tree)
{
	struct are_node *first = NULL, **last = &first;
	size_t start = a->out->len;

	for (;;) {
		struct are_node *b = NULL;

		if (one_branch(a, &b) < 0)
			return -1;
		if (b != NULL) {
			*last = b;
			last = &b->sibling;
		}
		if (a->p >= a->end || *a->p != '|')
			break;
		are_put(a->out, "|");
		a->p++;
		a->choice |= a->look == 0;
	}
	*tree = NULL;
	if (a->arena == NULL)
		return 0;
	*tree = are_alternatives(a->arena, first, start, a->out->len);
	return *tree ? 0 : eval_nomem(a->ctx);
}

int
are_translate(struct eval_context *ctx, const struct text *pattern, bool ignore_case,
	locale_t locale, struct arena *arena, struct are_result *result)
{
	struct are_out out = {0};
	struct are a = {
		.ctx = ctx,
		.out = &out,
		.p = pattern->ptr,
		.end = pattern->ptr + pattern->len,
		.ignore_case = ignore_case,
		.locale = locale,
		.arena = arena,
	};
	struct are_node *tree;

	if (at(&a, "***")) {
		refuse(&a, "***");
		goto fail;
	}
	if (at(&a, "(?") && pattern->len > 2 && iswalpha_l((wint_t)pattern->ptr[2], locale)) {
		refuse(&a, "an embedded option");
		goto fail;
	}
	if (alternatives(&a, &tree) < 0)
		goto fail;
	if (a.p < a.end) {
		bad(&a, "parentheses () not balanced");
		goto fail;
	}
	are_put(&out, "");
	if (out.failed) {
		eval_nomem(ctx);
		goto fail;
	}
	*result = (struct are_result){
		.pattern = out.data,
		.len = out.len,
		.tree = tree,
		.ngroups = a.ngroups,
		.refers_back = a.refers_back,
		.plain = !a.choice && a.variable <= 1,
	};
	return 0;
fail:
	free(out.data);
	return -1;
}
