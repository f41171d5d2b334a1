/*
 * pattern.c - see pattern.h
 *
 * The expression is rewritten for PCRE2, where the two languages differ.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "validate/pattern.h"

enum { JIT_STACK_START = 32 << 10, JIT_STACK_MAX = 1 << 20, CLASS_DEPTH_MAX = 32 };

struct pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	bool jit;
};

/* The expression that is being rewritten: what is left, and what there is of the new one. */
struct rewriting {
	const char *in;
	char *out;
	size_t used;
	size_t cap;
	struct error *err;
	const char *regex;
};

#define NAME_START                                                                             \
	":A-Z_a-z\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{2FF}\\x{370}-\\x{37D}"              \
	"\\x{37F}-\\x{1FFF}\\x{200C}-\\x{200D}\\x{2070}-\\x{218F}\\x{2C00}-\\x{2FEF}"          \
	"\\x{3001}-\\x{D7FF}\\x{F900}-\\x{FDCF}\\x{FDF0}-\\x{FFFD}\\x{10000}-\\x{EFFFF}"
#define NAME_CHAR NAME_START "\\-.0-9\\x{B7}\\x{300}-\\x{36F}\\x{203F}-\\x{2040}"

/* A letter behind a backslash: what it is alone, and what within brackets (NULL: not possible). */
static const struct {
	char letter;
	const char *alone;
	const char *within;
} escapes[] = {
	{'d', "\\p{Nd}", "\\p{Nd}"},
	{'D', "\\P{Nd}", "\\P{Nd}"},
	{'w', "[^\\p{P}\\p{Z}\\p{C}]", "\\p{L}\\p{M}\\p{N}\\p{S}"},
	{'W', "[\\p{P}\\p{Z}\\p{C}]", "\\p{P}\\p{Z}\\p{C}"},
	{'s', "[ \\t\\n\\r]", " \\t\\n\\r"},
	{'S', "[^ \\t\\n\\r]",
		"\\x{0}-\\x{8}\\x{b}\\x{c}\\x{e}-\\x{1f}\\x{21}-\\x{d7ff}\\x{e000}-\\x{"
		"10ffff}"},
	{'i', "[" NAME_START "]", NAME_START},
	{'I', "[^" NAME_START "]", NULL},
	{'c', "[" NAME_CHAR "]", NAME_CHAR},
	{'C', "[^" NAME_CHAR "]", NULL},
};

static int
put(struct rewriting *w, const char *text, size_t n)
{
	if (n == 0)
		return 0;
	if (w->cap - w->used < n) {
		size_t cap = (w->cap + n) * 2;
		char *bigger = realloc(w->out, cap);

		if (bigger == NULL)
			return error_nomem(w->err);
		w->out = bigger;
		w->cap = cap;
	}
	memcpy(w->out + w->used, text, n);
	w->used += n;
	return 0;
}

static int
put_string(struct rewriting *w, const char *text)
{
	return put(w, text, strlen(text));
}

/* A backslash and what belongs to it. */
static int
rewrite_escape(struct rewriting *w, bool within)
{
	char c = w->in[1];

	for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; i++) {
		const char *text = within ? escapes[i].within : escapes[i].alone;

		if (escapes[i].letter != c)
			continue;
		if (text == NULL)
			return error_set(w->err, ERROR_USAGE,
				"pattern '%s': \\%c is not possible within [ ]", w->regex, c);
		w->in += 2;
		return put_string(w, text);
	}
	if (put(w, w->in, c == '\0' ? 1 : 2) < 0)
		return -1;
	w->in += c == '\0' ? 1 : 2;
	return 0;
}

/* [:alpha:] and such, which PCRE2 knows: its length, or 0. */
static size_t
posix_class(const char *p)
{
	const char *end = p[0] == '[' && p[1] == ':' ? strstr(p + 2, ":]") : NULL;

	return end == NULL ? 0 : (size_t)(end + 2 - p);
}

/* Two classes end the new expression, from start and from middle: take the second from the first. */
static int
subtract(struct rewriting *w, size_t start, size_t middle)
{
	size_t kept = middle - start, taken = w->used - middle;
	char *both = malloc(kept + taken);
	int rc = -1;

	if (both == NULL)
		return error_nomem(w->err);
	memcpy(both, w->out + start, kept + taken);
	w->used = start;
	if (put_string(w, "(?:(?!") == 0 && put(w, both + kept, taken) == 0 &&
		put_string(w, ")") == 0 && put(w, both, kept) == 0)
		rc = put_string(w, ")");
	free(both);
	return rc;
}

/*
 * A class from its [ to its ].  With a subtraction, [a-[b]] becomes
 * (?:(?![b])[a]).
 */
static int
rewrite_class(struct rewriting *w, int depth)
{
	size_t start = w->used, middle;

	if (depth > CLASS_DEPTH_MAX)
		return error_set(
			w->err, ERROR_USAGE, "pattern '%s': [ ] nested too deep", w->regex);
	if (put(w, w->in++, 1) < 0)
		return -1;
	if (*w->in == '^' && put(w, w->in++, 1) < 0)
		return -1;
	if (*w->in == ']' && put(w, w->in++, 1) < 0)
		return -1;
	for (;;) {
		size_t posix = posix_class(w->in);

		if (*w->in == '\0')
			return 0; /* PCRE2 says what is wrong */
		if (posix > 0) {
			if (put(w, w->in, posix) < 0)
				return -1;
			w->in += posix;
		} else if (*w->in == '\\') {
			if (rewrite_escape(w, true) < 0)
				return -1;
		} else if (*w->in == ']') {
			return put(w, w->in++, 1);
		} else if (w->in[0] == '-' && w->in[1] == '[') {
			break;
		} else if (put(w, w->in++, 1) < 0) {
			return -1;
		}
	}
	w->in++;
	if (put_string(w, "]") < 0)
		return -1;
	middle = w->used;
	if (rewrite_class(w, depth + 1) < 0)
		return -1;
	if (*w->in != ']')
		return error_set(w->err, ERROR_USAGE,
			"pattern '%s': ] missing behind a subtraction", w->regex);
	w->in++;
	return subtract(w, start, middle);
}

static int
rewrite(struct rewriting *w)
{
	while (*w->in != '\0') {
		int rc = *w->in == '\\'  ? rewrite_escape(w, false)
			 : *w->in == '[' ? rewrite_class(w, 0)
					 : put(w, w->in++, 1);

		if (rc < 0)
			return -1;
	}
	return 0;
}

static int
compile(struct pattern *p, const char *regex, const char *text, size_t n, uint32_t options,
	struct error *err)
{
	PCRE2_UCHAR message[256];
	PCRE2_SIZE offset;
	int code;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);

	if (context == NULL)
		return error_nomem(err);
	/* XML Schema's dot is neither LF nor CR */
	pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
	p->code = pcre2_compile((PCRE2_SPTR)text, n, PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | options,
		&code, &offset, context);
	pcre2_compile_context_free(context);
	if (p->code == NULL) {
		pcre2_get_error_message(code, message, sizeof message);
		return error_set(err, ERROR_USAGE, "pattern '%s': %s", regex, (char *)message);
	}
	p->data = pcre2_match_data_create(1, NULL);
	p->context = pcre2_match_context_create(NULL);
	if (p->data == NULL || p->context == NULL)
		return error_nomem(err);
	/* where there is no JIT, matching is slower and the same */
	p->jit = pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0;
	if (p->jit) {
		p->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
		if (p->stack == NULL)
			return error_nomem(err);
		pcre2_jit_stack_assign(p->context, NULL, p->stack);
	}
	return 0;
}

struct pattern *
pattern_new(const char *regex, struct error *err)
{
	struct rewriting w = {.in = regex, .regex = regex, .err = err};
	struct pattern *p = calloc(1, sizeof *p);

	if (p == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (rewrite(&w) < 0 || compile(p, regex, w.out == NULL ? "" : w.out, w.used,
				       PCRE2_ANCHORED | PCRE2_ENDANCHORED, err) < 0) {
		pattern_free(p);
		p = NULL;
	}
	free(w.out);
	return p;
}

struct pattern *
pattern_new_search(const char *regex, struct error *err)
{
	struct pattern *p = calloc(1, sizeof *p);

	if (p == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (compile(p, regex, regex, strlen(regex), PCRE2_ALT_BSUX, err) < 0) {
		pattern_free(p);
		p = NULL;
	}
	return p;
}

enum pattern_result
pattern_match(const struct pattern *p, const char *text, size_t n)
{
	int rc;

	if (p->jit)
		rc = pcre2_jit_match(p->code, (PCRE2_SPTR)text, n, 0, PCRE2_NO_UTF_CHECK,
			p->data, p->context);
	else
		rc = pcre2_match(p->code, (PCRE2_SPTR)text, n, 0, PCRE2_NO_UTF_CHECK, p->data,
			p->context);
	if (rc >= 0)
		return PATTERN_YES;
	return rc == PCRE2_ERROR_NOMATCH ? PATTERN_NO : PATTERN_GAVE_UP;
}

void
pattern_free(struct pattern *p)
{
	if (p == NULL)
		return;
	pcre2_jit_stack_free(p->stack);
	pcre2_match_context_free(p->context);
	pcre2_match_data_free(p->data);
	pcre2_code_free(p->code);
	free(p);
}
