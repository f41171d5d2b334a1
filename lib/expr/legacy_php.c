/*
 * legacy_php.c - legacy.php_unserialize: what PHP's serialize() wrote, as jsonb
 *
 * Strings are counted in bytes.  A count that does not fit is the usual defect
 * (the table was converted to another encoding, or the text was cut), so it is
 * told where it is, and never guessed around.  An array whose keys are 0, 1, 2
 * and so on becomes an array, any other one an object; of an object the class
 * is left out.  (Private properties have NUL bytes in their names, which no
 * text has that comes here.)
 */
#include <stdio.h>
#include <string.h>

#include "expr/json.h"
#include "expr/legacy.h"
#include "expr/number.h"
#include "utf8.h"

enum { PHP_DEPTH_MAX = 512 };

struct php {
	struct eval_context *ctx;
	struct text s;
	size_t at;
	int depth;
};

static int
fail(struct php *p, const char *why)
{
	return eval_fail(p->ctx, "22P02", "invalid serialized PHP value: %s at byte %zu", why,
		p->at + 1);
}

static int
expect(struct php *p, char c)
{
	char why[32];

	if (p->at < p->s.len && p->s.ptr[p->at] == c) {
		p->at++;
		return 0;
	}
	if (p->at >= p->s.len)
		return fail(p, "it ends too early");
	snprintf(why, sizeof why, "'%c' expected", c);
	return fail(p, why);
}

/* What stands before the next `end`, behind which the reader is then. */
static int
take_until(struct php *p, char end, struct text *taken)
{
	const char *from = p->s.ptr + p->at;
	const char *found = memchr(from, end, p->s.len - p->at);

	if (found == NULL)
		return fail(p, "it ends too early");
	*taken = (struct text){from, (size_t)(found - from)};
	p->at += taken->len + 1;
	return 0;
}

/* A count of bytes or members. */
static int
take_count(struct php *p, size_t *count)
{
	size_t start = p->at;
	struct text digits = {"", 0};

	if (take_until(p, ':', &digits) < 0)
		return -1;
	*count = 0;
	for (size_t i = 0; i < digits.len; i++) {
		if (digits.ptr[i] < '0' || digits.ptr[i] > '9' || i > 9) {
			p->at = start;
			return fail(p, "a count expected");
		}
		*count = *count * 10 + (size_t)(digits.ptr[i] - '0');
	}
	if (digits.len > 0)
		return 0;
	p->at = start;
	return fail(p, "a count expected");
}

/* N:"…" */
static int
take_string(struct php *p, struct text *s)
{
	size_t count, start;

	if (take_count(p, &count) < 0)
		return -1;
	start = p->at;
	if (expect(p, '"') < 0)
		return -1;
	if (p->s.len - p->at <= count)
		return fail(p, "a string is longer than the text");
	*s = (struct text){p->s.ptr + p->at, count};
	if (s->ptr[count] != '"' || !utf8_is_text(s->ptr, count)) {
		p->at = start;
		return eval_fail(p->ctx, "22P02",
			"invalid serialized PHP value: the string at byte %zu is not %zu bytes "
			"long",
			start + 1, count);
	}
	p->at += count + 1;
	return 0;
}

static int
new_node(struct php *p, enum json_kind kind, struct text text, struct json_node **node)
{
	*node = json_new(p->ctx, kind, text);
	return *node == NULL ? -1 : 0;
}

static int
take_number(struct php *p, bool whole, struct json_node **node)
{
	size_t start = p->at;
	struct numeric n;
	struct text s = {"", 0};
	int64_t i;

	if (take_until(p, ';', &s) < 0)
		return -1;
	if (whole ? int_parse(p->ctx, s, TYPE_INT8, &i) < 0
		  : numeric_parse(p->ctx, s, -1, &n) < 0 || n.special != NUMERIC_FINITE) {
		p->at = start;
		return fail(p, whole ? "an integer expected" : "a finite number expected");
	}
	if (whole && numeric_from_int(p->ctx, i, &n) < 0)
		return -1;
	return numeric_print(p->ctx, &n, &s) < 0 ? -1 : new_node(p, JSON_NUMBER, s, node);
}

static int
take_bool(struct php *p, struct json_node **node)
{
	size_t start = p->at;
	struct text s = {"", 0};

	if (take_until(p, ';', &s) < 0)
		return -1;
	if (s.len != 1 || (s.ptr[0] != '0' && s.ptr[0] != '1')) {
		p->at = start;
		return fail(p, "0 or 1 expected");
	}
	return new_node(p, JSON_BOOL,
		s.ptr[0] == '1' ? (struct text){"true", 4} : (struct text){"false", 5}, node);
}

static int take_value(struct php *p, struct json_node **node);

/* i:N; or s:N:"…"; as text; *list stays true where it is the key i of a list. */
static int
take_key(struct php *p, size_t i, struct text *key, bool *list)
{
	struct json_node *node = NULL;
	size_t start = p->at;
	char want[INT_PRINT_MAX];
	size_t n = int_print((int64_t)i, want);

	if (p->at >= p->s.len || (p->s.ptr[p->at] != 'i' && p->s.ptr[p->at] != 's')) {
		p->at = start;
		return fail(p, "a key expected");
	}
	*list = *list && p->s.ptr[p->at] == 'i';
	if (take_value(p, &node) < 0 || node == NULL)
		return -1;
	*key = node->text;
	*list = *list && key->len == n && memcmp(key->ptr, want, n) == 0;
	return 0;
}

/* N:{key value …} */
static int
take_members(struct php *p, bool may_be_list, struct json_node **node)
{
	bool list = may_be_list;
	size_t count;

	if (take_count(p, &count) < 0 || expect(p, '{') < 0)
		return -1;
	/* a member takes 6 bytes at least (i:0;N;), so memory is bounded by the text */
	if (count > (p->s.len - p->at) / 6)
		return fail(p, "there are fewer members than counted");
	if (new_node(p, JSON_OBJECT, (struct text){"", 0}, node) < 0)
		return -1;
	(*node)->children = arena_alloc(p->ctx->arena, (count + 1) * sizeof(void *));
	if ((*node)->children == NULL)
		return eval_nomem(p->ctx);
	for (size_t i = 0; i < count; i++) {
		struct json_node *child = NULL;
		struct text key = {NULL, 0};

		if (take_key(p, i, &key, &list) < 0 || take_value(p, &child) < 0 ||
			child == NULL)
			return -1;
		child->key = key;
		(*node)->children[(*node)->nchildren++] = child;
	}
	if (expect(p, '}') < 0)
		return -1;
	if (list) {
		(*node)->kind = JSON_ARRAY;
		return 0;
	}
	return json_sort(p->ctx, *node);
}

/* O:N:"Class":N:{…} */
static int
take_object(struct php *p, struct json_node **node)
{
	struct text class = {"", 0};

	if (take_string(p, &class) < 0 || expect(p, ':') < 0)
		return -1;
	return take_members(p, false, node);
}

static int
take_scalar_string(struct php *p, struct json_node **node)
{
	struct text s = {"", 0};

	if (take_string(p, &s) < 0 || expect(p, ';') < 0)
		return -1;
	return new_node(p, JSON_STRING, s, node);
}

static int
take_value(struct php *p, struct json_node **node)
{
	char kind = p->at < p->s.len ? p->s.ptr[p->at] : '\0';
	int rc;

	if (kind == 'N') {
		p->at++;
		return expect(p, ';') < 0
			       ? -1
			       : new_node(p, JSON_NULL, (struct text){"null", 4}, node);
	}
	if (kind == '\0')
		return fail(p, "it ends too early");
	if (strchr("bidsEaO", kind) == NULL)
		return fail(p, strchr("rRC", kind) != NULL
				       ? "a reference or an object of its own format"
				       : "no value");
	if (++p->depth > PHP_DEPTH_MAX)
		return eval_fail(p->ctx, "54001", "serialized PHP value is nested too deeply");
	p->at++;
	if (expect(p, ':') < 0)
		return -1;
	switch (kind) {
	case 'b': rc = take_bool(p, node); break;
	case 'i': rc = take_number(p, true, node); break;
	case 'd': rc = take_number(p, false, node); break;
	case 'a': rc = take_members(p, true, node); break;
	case 'O': rc = take_object(p, node); break;
	default: rc = take_scalar_string(p, node); break;
	}
	p->depth--;
	return rc;
}

int
legacy_php_unserialize(struct eval_context *ctx, const struct call_site *site,
	const struct value *args, struct value *result)
{
	struct php p = {.ctx = ctx, .s = args[0].s};
	struct json_node *node = NULL;

	(void)site;
	if (take_value(&p, &node) < 0 || node == NULL)
		return -1;
	if (p.at < p.s.len)
		return fail(&p, "something follows the value");
	return json_print(ctx, node, &result->s);
}
