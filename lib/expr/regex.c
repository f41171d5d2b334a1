/*
 * regex.c - see regex.h; and the operators ~ ~* !~ !~*
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/function.h"
#include "expr/regex.h"
#include "expr/text.h"

/* JIT's own stack is 32 KiB; patterns that need more get this, then go without JIT. */
enum { JIT_STACK_START = 32 << 10, JIT_STACK_MAX = 1 << 20 };

#define COMPILE_OPTIONS (PCRE2_UTF | PCRE2_DOTALL | PCRE2_NO_UTF_CHECK)

static void
drop_codes(struct are_node *node)
{
	for (; node != NULL; node = node->sibling) {
		pcre2_code_free(node->code);
		drop_codes(node->child);
	}
}

static void
drop_code(struct regex *re)
{
	pcre2_code_free(re->code);
	drop_codes(re->are.tree);
	free(re->are.pattern);
	free(re->source);
	re->code = NULL;
	re->source = NULL;
	memset(&re->are, 0, sizeof re->are);
	arena_reset(&re->trees);
}

void
regex_release(void *prepared)
{
	struct regex *re = prepared;

	if (re == NULL)
		return;
	drop_code(re);
	arena_release(&re->trees);
	pcre2_match_data_free(re->match);
	pcre2_match_data_free(re->ends);
	pcre2_match_context_free(re->context);
	pcre2_jit_stack_free(re->stack);
	free(re->workspace);
	if (re->locale != (locale_t)0)
		freelocale(re->locale);
	free(re);
}

struct regex *
regex_new(struct eval_context *ctx)
{
	struct regex *re = calloc(1, sizeof *re);

	if (re == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	arena_init(&re->trees);
	re->locale = text_locale(ctx);
	if (re->locale == (locale_t)0)
		goto fail;
	re->match = pcre2_match_data_create(REGEX_GROUPS_MAX + 1, NULL);
	re->context = pcre2_match_context_create(NULL);
	re->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	if (re->match == NULL || re->context == NULL || re->stack == NULL) {
		eval_nomem(ctx);
		goto fail;
	}
	pcre2_jit_stack_assign(re->context, NULL, re->stack);
	return re;
fail:
	regex_release(re);
	return NULL;
}

static int
compile_pattern(struct eval_context *ctx, const char *pattern, size_t len, uint32_t more,
	pcre2_code **compiled)
{
	char message[128];
	PCRE2_SIZE offset;
	int code;

	*compiled = pcre2_compile(
		(PCRE2_SPTR)pattern, len, COMPILE_OPTIONS | more, &code, &offset, NULL);
	if (*compiled != NULL)
		return 0;
	pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
	return eval_fail(ctx, "0A000", "this regular expression is not supported: %s", message);
}

int
regex_compile_node(struct eval_context *ctx, struct regex *re, struct are_node *node)
{
	size_t len = node->end - node->start;
	char *text = malloc(len + 64);
	pcre2_code *code;
	int n, rc;

	if (text == NULL)
		return eval_nomem(ctx);
	memcpy(text, "(?:", 3);
	memcpy(text + 3, re->are.pattern + node->start, len);
	if (!node->repeated)
		n = snprintf(text + 3 + len, 60, ")");
	else if (node->max == ARE_INFINITE)
		n = snprintf(text + 3 + len, 60, "){%d,}", node->min);
	else
		n = snprintf(text + 3 + len, 60, "){%d,%d}", node->min, node->max);
	/* a possessive quantifier would hide the other ends */
	rc = compile_pattern(ctx, text, 3 + len + (size_t)n, PCRE2_NO_AUTO_POSSESS, &code);
	if (rc == 0)
		node->code = code;
	free(text);
	return rc;
}

/* A text as the pattern that matches it and nothing else: letters and digits, or escaped. */
static int
literal_pattern(struct eval_context *ctx, struct text s, struct text *pattern)
{
	char *to = arena_alloc(ctx->arena, 2 * s.len + 1);

	if (to == NULL)
		return eval_nomem(ctx);
	pattern->ptr = to;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (strchr("\\.[]{}()*+?^$|", c) != NULL && c != '\0')
			*to++ = '\\';
		*to++ = c;
	}
	pattern->len = (size_t)(to - pattern->ptr);
	return 0;
}

static int
compile(struct eval_context *ctx, struct regex *re, const struct text *pattern,
	unsigned options)
{
	struct text meant = *pattern;
	bool spans = (options & REGEX_SPANS) != 0;
	unsigned all = options;

	drop_code(re);
	if (are_prefix(ctx, &meant, &all) < 0)
		return -1;
	if (all & REGEX_LITERAL && literal_pattern(ctx, meant, &meant) < 0)
		return -1;
	if (are_translate(ctx, &meant, all, re->locale, spans ? &re->trees : NULL, &re->are) <
		0)
		return -1;
	if (spans && re->are.refers_back && !re->are.plain) {
		drop_code(re);
		return eval_fail(ctx, "0A000",
			"what a regular expression with a back reference and choices matches "
			"is "
			"not supported");
	}
	re->source = malloc(pattern->len + 1);
	if (re->source == NULL) {
		drop_code(re);
		return eval_nomem(ctx);
	}
	if (compile_pattern(ctx, re->are.pattern, re->are.len, 0, &re->code) < 0) {
		drop_code(re);
		return -1;
	}
	re->jit = pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	if (pattern->len > 0)
		memcpy(re->source, pattern->ptr, pattern->len);
	re->source_len = pattern->len;
	re->options = options;
	return 0;
}

int
regex_use(struct eval_context *ctx, struct regex *re, const struct text *pattern,
	unsigned options)
{
	if (re->code != NULL && re->options == options && re->source_len == pattern->len &&
		(pattern->len == 0 || memcmp(re->source, pattern->ptr, pattern->len) == 0))
		return 0;
	return compile(ctx, re, pattern, options);
}

int
regex_too_long(struct eval_context *ctx)
{
	return eval_fail(ctx, "54001",
		"this regular expression takes too long or too much memory on this text");
}

int
regex_matches(struct eval_context *ctx, struct regex *re, const struct text *t, size_t from)
{
	PCRE2_SPTR s = (PCRE2_SPTR)(t->ptr ? t->ptr : "");
	int rc = PCRE2_ERROR_JIT_STACKLIMIT;

	if (re->jit)
		rc = pcre2_jit_match(
			re->code, s, t->len, from, PCRE2_NO_UTF_CHECK, re->match, re->context);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(re->code, s, t->len, from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
			re->match, re->context);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		return regex_too_long(ctx);
	return rc >= 0;
}

int
regex_find(struct eval_context *ctx, struct regex *re, const struct text *t, size_t from,
	struct regex_span *spans)
{
	const PCRE2_SIZE *found = pcre2_get_ovector_pointer(re->match);
	int rc;

	if (from > t->len)
		return 0;
	rc = regex_matches(ctx, re, t, from);
	if (rc <= 0)
		return rc;
	for (size_t i = 0; i <= (size_t)re->are.ngroups; i++) {
		bool set = re->are.plain && found[2 * i] != PCRE2_UNSET;

		spans[i].start = set ? found[2 * i] : REGEX_UNSET;
		spans[i].end = set ? found[2 * i + 1] : REGEX_UNSET;
	}
	spans[0].start = found[0];
	return re->are.plain ? 1 : regex_dissect(ctx, re, t, spans);
}

static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	unsigned options = strchr(site->function->name, '*') ? REGEX_IGNORE_CASE : 0;
	struct regex *re = regex_new(ctx);

	if (re == NULL)
		return -1;
	if (constants[1] != NULL && !constants[1]->null &&
		regex_use(ctx, re, &constants[1]->s, options) < 0) {
		regex_release(re);
		return -1;
	}
	if (constants[1] != NULL && !constants[1]->null && options == 0)
		(void)regex_simple_compile(&constants[1]->s, &re->simple);
	re->options = options;
	site->prepared = re;
	return 0;
}

static int
regex_match(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct regex *re = site->prepared;
	bool wanted = site->function->name[0] != '!';
	int rc;

	if (re->simple.n > 0) {
		result->b = regex_simple_matches(&re->simple, &args[0].s) == wanted;
		return 0;
	}
	if (regex_use(ctx, re, &args[1].s, re->options) < 0)
		return -1;
	rc = regex_matches(ctx, re, &args[0].s, 0);
	result->b = (rc > 0) == wanted;
	return rc < 0 ? -1 : 0;
}

#define MATCHES(left)                                                                          \
	TYPE_BOOL, 2, {left, TYPE_TEXT}, FUNCTION_STRICT, regex_match, prepare, regex_release

const struct function regex_functions[] = {
	{"~", MATCHES(TYPE_TEXT)},
	{"~", MATCHES(TYPE_BPCHAR)},
	{"~*", MATCHES(TYPE_TEXT)},
	{"~*", MATCHES(TYPE_BPCHAR)},
	{"!~", MATCHES(TYPE_TEXT)},
	{"!~", MATCHES(TYPE_BPCHAR)},
	{"!~*", MATCHES(TYPE_TEXT)},
	{"!~*", MATCHES(TYPE_BPCHAR)},
	{0},
};
