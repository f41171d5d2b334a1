/*
 * regex.c - the operators ~ ~* !~ !~*
 *
 * A pattern is compiled once when it is constant; otherwise the last one used
 * is kept, as patterns that come from the data tend to repeat.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "expr/are.h"
#include "expr/function.h"
#include "expr/text.h"

/* JIT's own stack is 32 KiB; patterns that need more get this, then go without JIT. */
enum { JIT_STACK_START = 32 << 10, JIT_STACK_MAX = 1 << 20 };

struct regex {
	locale_t locale;
	bool ignore_case;
	char *source; /* of code: the pattern as given */
	size_t source_len;
	pcre2_code *code; /* NULL: nothing compiled yet */
	pcre2_match_data *match;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	bool jit;
};

static void
drop_code(struct regex *re)
{
	pcre2_code_free(re->code);
	free(re->source);
	re->code = NULL;
	re->source = NULL;
}

static void
release(void *prepared)
{
	struct regex *re = prepared;

	drop_code(re);
	pcre2_match_data_free(re->match);
	pcre2_match_context_free(re->context);
	pcre2_jit_stack_free(re->stack);
	if (re->locale != (locale_t)0)
		freelocale(re->locale);
	free(re);
}

static int
compile(struct eval_context *ctx, struct regex *re, const struct text *pattern)
{
	struct are_result are;
	char message[128];
	PCRE2_SIZE offset;
	int code;

	drop_code(re);
	if (are_translate(ctx, pattern, re->ignore_case, re->locale, &are) < 0)
		return -1;
	re->code = pcre2_compile((PCRE2_SPTR)are.pattern, are.len,
		PCRE2_UTF | PCRE2_DOTALL | PCRE2_NO_UTF_CHECK, &code, &offset, NULL);
	free(are.pattern);
	if (re->code == NULL) {
		pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
		return eval_fail(
			ctx, "0A000", "this regular expression is not supported: %s", message);
	}
	re->jit = pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	re->source = malloc(pattern->len + 1);
	if (re->source == NULL) {
		drop_code(re);
		return eval_nomem(ctx);
	}
	memcpy(re->source, pattern->ptr, pattern->len);
	re->source_len = pattern->len;
	return 0;
}

static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	struct regex *re = calloc(1, sizeof *re);

	if (re == NULL)
		return eval_nomem(ctx);
	re->ignore_case = strchr(site->function->name, '*') != NULL;
	re->locale = text_locale(ctx);
	re->match = pcre2_match_data_create(1, NULL);
	re->context = pcre2_match_context_create(NULL);
	re->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
	if (re->locale == (locale_t)0 || re->match == NULL || re->context == NULL ||
		re->stack == NULL) {
		if (re->locale != (locale_t)0)
			eval_nomem(ctx);
		release(re);
		return -1;
	}
	pcre2_jit_stack_assign(re->context, NULL, re->stack);
	if (constants[1] != NULL && !constants[1]->null &&
		compile(ctx, re, &constants[1]->s) < 0) {
		release(re);
		return -1;
	}
	site->prepared = re;
	return 0;
}

static int
run(const struct regex *re, const struct text *t)
{
	int rc = PCRE2_ERROR_JIT_STACKLIMIT;

	if (re->jit)
		rc = pcre2_jit_match(re->code, (PCRE2_SPTR)t->ptr, t->len, 0,
			PCRE2_NO_UTF_CHECK, re->match, re->context);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
		rc = pcre2_match(re->code, (PCRE2_SPTR)t->ptr, t->len, 0,
			PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, re->match, re->context);
	return rc;
}

static int
regex_match(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct regex *re = site->prepared;
	const struct text *pattern = &args[1].s;
	struct text t = args[0].s;
	int rc;

	if (re->code == NULL || re->source_len != pattern->len ||
		memcmp(re->source, pattern->ptr, pattern->len) != 0) {
		if (compile(ctx, re, pattern) < 0)
			return -1;
	}
	if (t.ptr == NULL)
		t.ptr = "";
	rc = run(re, &t);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		return eval_fail(ctx, "54001",
			"this regular expression takes too long or too much memory on this "
			"text");
	result->b = (rc >= 0) == (site->function->name[0] != '!');
	return 0;
}

#define MATCHES(left)                                                                          \
	TYPE_BOOL, 2, {left, TYPE_TEXT}, FUNCTION_STRICT, regex_match, prepare, release

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
