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

#include "expr/are_reader.h"

enum { BOUND_MAX = 255, DEPTH_MAX = 200 };

static int alternatives(struct are *a, struct are_node **tree);

/* Behind comments, and what does not count in expanded syntax. */
static void
skip(struct are *a)
{
	for (;;) {
		if (are_at(a, "(?#")) {
			const char *close = memchr(a->p, ')', (size_t)(a->end - a->p));

			a->p = close != NULL ? close + 1 : a->end;
		} else if (a->options & REGEX_EXPANDED && a->p < a->end && *a->p == '#') {
			const char *line = memchr(a->p, '\n', (size_t)(a->end - a->p));

			a->p = line != NULL ? line : a->end;
		} else if (a->options & REGEX_EXPANDED && a->p < a->end) {
			const char *start = a->p;

			if (!iswspace_l((wint_t)are_next_char(a), a->locale)) {
				a->p = start;
				return;
			}
		} else {
			return;
		}
	}
}

/* The same within a bound, which has no comments of the first kind. */
static void
skip_in_bound(struct are *a)
{
	if (a->options & REGEX_EXPANDED && !are_at(a, "(?#"))
		skip(a);
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

	if (are_at(a, "[.") || are_at(a, "[="))
		return are_refuse(a, "a collating element");
	close = memmem(name, (size_t)(a->end - name), ":]", 2);
	if (close == NULL)
		return are_bad(a, "brackets [] not balanced");
	n = (size_t)(close - name);
	if (n >= sizeof buf)
		return are_bad(a, "invalid character class");
	memcpy(buf, name, n);
	buf[n] = '\0';
	if (strcmp(buf, "<") == 0 || strcmp(buf, ">") == 0)
		return are_refuse(a, "[[:<:]] or [[:>:]]");
	if (a->ignore_case && (strcmp(buf, "lower") == 0 || strcmp(buf, "upper") == 0))
		memcpy(buf, "alpha", sizeof "alpha");
	if (are_put_class(a->out, buf, false, a->locale) < 0)
		return are_bad(a, "invalid character class");
	a->p = close + 2;
	return 0;
}

/* One end of a range, or a single character.  *is_class: a class was written instead. */
static int
bracket_item(struct are *a, uint32_t *c, bool *is_class)
{
	enum are_escape kind;

	*is_class = false;
	if (are_at(a, "[:") || are_at(a, "[.") || are_at(a, "[=")) {
		*is_class = true;
		return named_class(a);
	}
	*c = are_next_char(a);
	if (*c != '\\')
		return 0;
	if (are_read_escape(a, &kind, c) < 0)
		return -1;
	if (kind == ESCAPE_CHAR)
		return 0;
	if (kind != ESCAPE_CLASS)
		return are_bad(a, "invalid escape \\ sequence");
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
		if (a->options & REGEX_STOP_AT_LINE)
			are_put_char(a->out, '\n');
		a->p++;
	}
	for (;; first = false) {
		if (a->p >= a->end)
			return are_bad(a, "brackets [] not balanced");
		if (*a->p == ']' && !first)
			break;
		if (!first && at_range(a))
			return are_bad(a, "invalid character range");
		if (bracket_item(a, &low, &is_class) < 0)
			return -1;
		if (!at_range(a)) {
			if (!is_class)
				put_range(a, low, low);
			continue;
		}
		a->p++;
		if (a->p >= a->end)
			return are_bad(a, "brackets [] not balanced");
		if (is_class)
			return are_bad(a, "invalid character range");
		if (bracket_item(a, &high, &end_is_class) < 0)
			return -1;
		if (a->p >= a->end)
			return are_bad(a, "brackets [] not balanced");
		if (end_is_class || high < low)
			return are_bad(a, "invalid character range");
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

		while (i < sizeof kinds / sizeof kinds[0] && !are_at(a, kinds[i].opens))
			i++;
		if (i == sizeof kinds / sizeof kinds[0])
			return are_bad(a, "quantifier operand invalid");
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
	if (++a->depth > DEPTH_MAX || number > ARE_GROUPS_MAX)
		return are_refuse(a, "so many groups");
	a->look += look;
	if (alternatives(a, &item->node) < 0)
		return -1;
	if (a->p >= a->end || *a->p != ')')
		return are_bad(a, "parentheses () not balanced");
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
	enum are_escape kind;
	uint32_t c;

	if (are_read_escape(a, &kind, &c) < 0)
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
	if (a->look > 0 || c == 0 || c > ARE_GROUPS_MAX || !a->closed[c])
		return are_bad(a, "invalid backreference number");
	if (a->ignore_case)
		return are_refuse(a, "a back reference without regard to case");
	a->refers_back = true;
	are_putf(a->out, "\\g{%u}", (unsigned)c);
	return 0;
}

static int
atom(struct are *a, bool *constraint, struct are_item *item)
{
	uint32_t c = are_next_char(a);

	*constraint = false;
	switch (c) {
	case '(': return group(a, constraint, item);
	case '[': return bracket(a);
	case '\\': return escape_atom(a, constraint);
	case '.':
		are_put(a->out, a->options & REGEX_STOP_AT_LINE ? "[^\\x{a}]" : ".");
		return 0;
	case '^':
		are_put(a->out, a->options & REGEX_LINE_ANCHORS ? "(?<![^\\x{a}])" : "\\A");
		*constraint = true;
		return 0;
	case '$':
		are_put(a->out, a->options & REGEX_LINE_ANCHORS ? "(?![^\\x{a}])" : "\\z");
		*constraint = true;
		return 0;
	case '*':
	case '+':
	case '?': return are_bad(a, "quantifier operand invalid");
	case '{':
		skip_in_bound(a);
		if (a->p < a->end && are_is_digit(*a->p))
			return are_bad(a, "quantifier operand invalid");
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
	long least, most;

	skip_in_bound(a);
	least = most = are_read_digits(a, 10, 1, 9);
	if (least < 0 || least > BOUND_MAX)
		return are_bad(a, "invalid repetition count(s)");
	skip_in_bound(a);
	item->prefers = 0;
	if (a->p < a->end && *a->p == ',') {
		a->p++;
		skip_in_bound(a);
		most = -1;
		item->prefers = ARE_LONGER;
		if (a->p < a->end && are_is_digit(*a->p)) {
			most = are_read_digits(a, 10, 1, 9);
			if (most < least || most > BOUND_MAX)
				return are_bad(a, "invalid repetition count(s)");
			skip_in_bound(a);
		}
	}
	if (a->p >= a->end)
		return are_bad(a, "braces {} not balanced");
	if (*a->p++ != '}')
		return are_bad(a, "invalid repetition count(s)");
	item->min = (int)least;
	item->max = most < 0 ? ARE_INFINITE : (int)most;
	if (most < 0)
		are_putf(a->out, "{%ld,}", least);
	else
		are_putf(a->out, "{%ld,%ld}", least, most);
	return 0;
}

static bool
at_quantifier(struct are *a)
{
	skip(a);
	if (a->p >= a->end)
		return false;
	if (*a->p == '{') {
		struct are behind = *a;

		behind.p++;
		skip_in_bound(&behind);
		return behind.p < behind.end && are_is_digit(*behind.p);
	}
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
		return are_bad(a, "quantifier operand invalid");
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
	/* (x?)*? of nothing: PostgreSQL tries the group once, PCRE2 not at all */
	a->choice |= item->prefers == ARE_SHORTER && item->min == 0 && item->capturing;
	/* {0}: what it captures does not exist, and its preference does not count */
	if (item->max == 0 && a->arena != NULL && item->node != NULL)
		return are_refuse(a, "a group that is repeated 0 times");
	return at_quantifier(a) ? are_bad(a, "quantifier operand invalid") : 0;
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

	for (skip(a); a->p < a->end && *a->p != ')' && *a->p != '|'; skip(a)) {
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
	return *tree ? 0 : are_refuse(a, "so many changes of preference");
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
are_translate(struct eval_context *ctx, const struct text *pattern, unsigned options,
	locale_t locale, struct arena *arena, struct are_result *result)
{
	struct are_out out = {0};
	struct are a = {
		.ctx = ctx,
		.out = &out,
		.p = pattern->ptr,
		.end = pattern->ptr + pattern->len,
		.ignore_case = (options & REGEX_IGNORE_CASE) != 0,
		.options = options,
		.locale = locale,
		.arena = arena,
	};
	struct are_node *tree;

	if (alternatives(&a, &tree) < 0)
		goto fail;
	if (a.p < a.end) {
		are_bad(&a, "parentheses () not balanced");
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
