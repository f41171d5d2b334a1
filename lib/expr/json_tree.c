/*
 * json_tree.c - JSON text to a tree, and a tree to canonical text; see json.h
 *
 * RFC 8259 as PostgreSQL reads it: any value at the top, white space of four
 * kinds, no NUL character (22P05), surrogates only in pairs.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/json.h"
#include "expr/number.h"
#include "expr/text.h"

/* Nesting that PostgreSQL's default stack takes is some thousands; ours is fixed. */
enum { DEPTH_MAX = 6000, PLAIN_NUMBER_MAX = 1000 };

/* A text that takes no more than this even if each byte is escaped is not counted before. */
enum { SMALL_TEXT = 4096 };

struct parser {
	struct eval_context *ctx;
	const char *p;
	const char *end;
	unsigned depth;
};

/* A list under way: what is in it so far. */
struct list {
	struct json_node **nodes;
	size_t n;
	size_t cap;
};

static int parse_value(struct parser *j, struct json_node **result);

static int
invalid(struct parser *j)
{
	eval_fail(j->ctx, "22P02", "invalid input syntax for type json");
	return -1;
}

struct json_node *
json_new(struct eval_context *ctx, enum json_kind kind, struct text text)
{
	struct json_node *node = arena_alloc(ctx->arena, sizeof *node);

	if (node == NULL)
		eval_nomem(ctx);
	else
		*node = (struct json_node){.kind = kind, .text = text};
	return node;
}

static void
skip_space(struct parser *j)
{
	while (j->p < j->end &&
		(*j->p == ' ' || *j->p == '\t' || *j->p == '\n' || *j->p == '\r'))
		j->p++;
}

static int
append(struct eval_context *ctx, struct list *l, struct json_node *node)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 8;
		struct json_node **larger;

		larger = arena_alloc(ctx->arena, cap * sizeof(struct json_node *));
		if (larger == NULL)
			return eval_nomem(ctx);
		if (l->n > 0)
			memcpy(larger, l->nodes, l->n * sizeof(struct json_node *));
		l->nodes = larger;
		l->cap = cap;
	}
	l->nodes[l->n++] = node;
	return 0;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The four digits of \uXXXX; -1 when they are not there. */
static long
hex4(struct parser *j)
{
	long code = 0;

	if (j->end - j->p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(j->p[i]);

		if (d < 0)
			return -1;
		code = code * 16 + d;
	}
	j->p += 4;
	return code;
}

static char *
put_utf8(char *to, long c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Behind `\u`: one code point, of one escape or a pair of surrogates. */
static int
unicode_escape(struct parser *j, char **to)
{
	long code = hex4(j), low;

	if (code < 0)
		return invalid(j);
	if (code == 0)
		return eval_fail(j->ctx, "22P05", "unsupported Unicode escape sequence");
	if (code >= 0xdc00 && code <= 0xdfff)
		return invalid(j);
	if (code >= 0xd800 && code <= 0xdbff) {
		if (j->end - j->p < 2 || j->p[0] != '\\' || j->p[1] != 'u')
			return invalid(j);
		j->p += 2;
		low = hex4(j);
		if (low < 0xdc00 || low > 0xdfff)
			return invalid(j);
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	*to = put_utf8(*to, code);
	return 0;
}

/* Behind a backslash. */
static int
escape(struct parser *j, char **to)
{
	static const char from[] = "\"\\/bfnrt";
	static const char into[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (j->p == j->end)
		return invalid(j);
	if (*j->p == 'u') {
		j->p++;
		return unicode_escape(j, to);
	}
	at = *j->p != '\0' ? strchr(from, *j->p) : NULL;
	if (at == NULL)
		return invalid(j);
	*(*to)++ = into[at - from];
	j->p++;
	return 0;
}

/* The rest of a string from its first escape on; what lies before it is [start, j->p). */
static int
decode_string(struct parser *j, const char *start, struct text *result)
{
	const char *close = j->p;
	char *to, *copy;

	/* what is decoded is never longer than what was read */
	while (close < j->end && *close != '"')
		close += *close == '\\' && close + 1 < j->end ? 2 : 1;
	copy = to = arena_alloc(j->ctx->arena, (size_t)(close - start));
	if (copy == NULL)
		return eval_nomem(j->ctx);
	memcpy(to, start, (size_t)(j->p - start));
	to += j->p - start;
	while (j->p < j->end && *j->p != '"') {
		if ((unsigned char)*j->p < 0x20)
			return invalid(j);
		if (*j->p != '\\') {
			*to++ = *j->p++;
			continue;
		}
		j->p++;
		if (escape(j, &to) < 0)
			return -1;
	}
	*result = (struct text){copy, (size_t)(to - copy)};
	return 0;
}

/* At the opening quote; *result is decoded. */
static int
parse_string(struct parser *j, struct text *result)
{
	const char *start = ++j->p;

	while (j->p < j->end && *j->p != '"' && *j->p != '\\' && (unsigned char)*j->p >= 0x20)
		j->p++;
	*result = (struct text){start, (size_t)(j->p - start)};
	if (j->p < j->end && *j->p == '\\' && decode_string(j, start, result) < 0)
		return -1;
	if (j->p == j->end || *j->p != '"')
		return invalid(j);
	j->p++;
	return 0;
}

static size_t
digits(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && p[n] >= '0' && p[n] <= '9')
		n++;
	return n;
}

/* As numeric prints it: without exponent, and zero without a sign. */
static int
canonical_number(struct eval_context *ctx, struct text s, bool exponent, struct text *result)
{
	struct numeric n;

	if (exponent || s.len > PLAIN_NUMBER_MAX) {
		if (numeric_parse(ctx, s, -1, &n) < 0)
			return -1;
		return numeric_print(ctx, &n, result);
	}
	*result = s;
	if (s.ptr[0] == '-') {
		size_t zeros = 1;

		while (zeros < s.len && (s.ptr[zeros] == '0' || s.ptr[zeros] == '.'))
			zeros++;
		if (zeros == s.len)
			*result = (struct text){s.ptr + 1, s.len - 1};
	}
	return 0;
}

static int
parse_number(struct parser *j, struct json_node **result)
{
	const char *start = j->p;
	bool exponent = false;
	struct text text;
	size_t n;

	if (*j->p == '-')
		j->p++;
	n = digits(j->p, j->end);
	if (n == 0 || (n > 1 && *j->p == '0'))
		return invalid(j);
	j->p += n;
	if (j->p < j->end && *j->p == '.') {
		n = digits(++j->p, j->end);
		if (n == 0)
			return invalid(j);
		j->p += n;
	}
	if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
		exponent = true;
		j->p++;
		if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
			j->p++;
		n = digits(j->p, j->end);
		if (n == 0)
			return invalid(j);
		j->p += n;
	}
	text = (struct text){start, (size_t)(j->p - start)};
	if (canonical_number(j->ctx, text, exponent, &text) < 0) {
		struct expr_error error = *j->ctx->error;

		/* PostgreSQL reads the next token before it looks into this one */
		skip_space(j);
		if (j->p < j->end && strchr(",:[]{}\"-0123456789", *j->p) == NULL)
			return invalid(j);
		if (j->p < j->end && *j->p == '"' && parse_string(j, &text) < 0)
			return -1;
		*j->ctx->error = error;
		return -1;
	}
	*result = json_new(j->ctx, JSON_NUMBER, text);
	return *result ? 0 : -1;
}

static int
parse_word(struct parser *j, const char *word, enum json_kind kind, struct json_node **result)
{
	size_t len = strlen(word);

	if ((size_t)(j->end - j->p) < len || memcmp(j->p, word, len) != 0)
		return invalid(j);
	*result = json_new(j->ctx, kind, (struct text){word, len});
	j->p += len;
	return *result ? 0 : -1;
}

/* A key and its colon, before an object's value. */
static int
parse_key(struct parser *j, struct text *key)
{
	if (j->p == j->end || *j->p != '"')
		return invalid(j);
	if (parse_string(j, key) < 0)
		return -1;
	skip_space(j);
	if (j->p == j->end || *j->p != ':')
		return invalid(j);
	j->p++;
	return 0;
}

/* At the bracket or brace. */
static int
parse_container(struct parser *j, enum json_kind kind, struct json_node **result)
{
	char close = kind == JSON_ARRAY ? ']' : '}';
	struct list list = {0};
	struct text key = {"", 0};
	struct json_node *child;

	if (++j->depth > DEPTH_MAX) {
		eval_fail(j->ctx, "54001", "stack depth limit exceeded");
		return -1;
	}
	j->p++;
	skip_space(j);
	while (j->p == j->end || *j->p != close || list.n > 0) {
		if (kind == JSON_OBJECT && parse_key(j, &key) < 0)
			return -1;
		if (parse_value(j, &child) < 0 || append(j->ctx, &list, child) < 0)
			return -1;
		child->key = key;
		skip_space(j);
		if (j->p < j->end && *j->p == close)
			break;
		if (j->p == j->end || *j->p != ',')
			return invalid(j);
		j->p++;
		skip_space(j);
	}
	j->p++;
	j->depth--;
	*result = json_new(j->ctx, kind, (struct text){"", 0});
	if (*result == NULL)
		return -1;
	(*result)->children = list.nodes;
	(*result)->nchildren = list.n;
	return kind == JSON_OBJECT ? json_sort(j->ctx, *result) : 0;
}

static int
parse_value(struct parser *j, struct json_node **result)
{
	struct text text;

	skip_space(j);
	if (j->p == j->end)
		return invalid(j);
	switch (*j->p) {
	case '{': return parse_container(j, JSON_OBJECT, result);
	case '[': return parse_container(j, JSON_ARRAY, result);
	case 't': return parse_word(j, "true", JSON_BOOL, result);
	case 'f': return parse_word(j, "false", JSON_BOOL, result);
	case 'n': return parse_word(j, "null", JSON_NULL, result);
	case '"':
		if (parse_string(j, &text) < 0)
			return -1;
		*result = json_new(j->ctx, JSON_STRING, text);
		return *result ? 0 : -1;
	default: return parse_number(j, result);
	}
}

int
json_parse(struct eval_context *ctx, struct text s, struct json_node **result)
{
	struct parser j = {ctx, s.ptr, s.ptr + s.len, 0};

	if (parse_value(&j, result) < 0)
		return -1;
	skip_space(&j);
	return j.p == j.end ? 0 : invalid(&j);
}

/* jsonb's order of keys: the shorter first, then by bytes. */
static int
compare_keys(const void *a, const void *b)
{
	const struct json_node *x = *(const struct json_node *const *)a;
	const struct json_node *y = *(const struct json_node *const *)b;

	if (x->key.len != y->key.len)
		return x->key.len < y->key.len ? -1 : 1;
	return memcmp(x->key.ptr, y->key.ptr, x->key.len);
}

/* Merge sort, since of equal keys the last must stay the last. */
static void
merge_sort(struct json_node **nodes, struct json_node **spare, size_t n)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n <= 8) {
		for (i = 1; i < n; i++) {
			struct json_node *node = nodes[i];

			for (k = i; k > 0 && compare_keys(&node, &nodes[k - 1]) < 0; k--)
				nodes[k] = nodes[k - 1];
			nodes[k] = node;
		}
		return;
	}
	merge_sort(nodes, spare, half);
	merge_sort(nodes + half, spare, n - half);
	while (i < half && j < n)
		spare[k++] = compare_keys(&nodes[j], &nodes[i]) < 0 ? nodes[j++] : nodes[i++];
	while (i < half)
		spare[k++] = nodes[i++];
	memcpy(nodes, spare, k * sizeof(struct json_node *));
}

int
json_sort(struct eval_context *ctx, struct json_node *object)
{
	struct json_node **spare;
	size_t n = object->nchildren, kept = 0;

	if (n < 2)
		return 0;
	spare = arena_alloc(ctx->arena, n * sizeof(struct json_node *));
	if (spare == NULL)
		return eval_nomem(ctx);
	merge_sort(object->children, spare, n);
	for (size_t i = 0; i < n; i++) {
		if (i + 1 < n &&
			compare_keys(&object->children[i], &object->children[i + 1]) == 0)
			continue;
		object->children[kept++] = object->children[i];
	}
	object->nchildren = kept;
	return 0;
}

/* Bytes to `to`, or with to NULL only counted. */
static size_t
put(char *to, const char *s, size_t len)
{
	if (to != NULL && len > 0)
		memcpy(to, s, len);
	return len;
}

static bool
needs_escape(char c)
{
	return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

static size_t
put_escape(char *to, char c)
{
	static const char letters[] = "\b\f\n\r\t\"\\";
	static const char escapes[] = "bfnrt\"\\";
	static const char hex[] = "0123456789abcdef";
	const char *at = memchr(letters, c, sizeof letters - 1);
	unsigned char u = (unsigned char)c;
	char out[6] = {'\\', 'u', '0', '0', hex[u >> 4], hex[u & 15]};

	if (at == NULL)
		return put(to, out, 6);
	out[1] = escapes[at - letters];
	return put(to, out, 2);
}

/* With quotes and escapes to `to`, or with to NULL only counted. */
static size_t
print_string(struct text s, char *to)
{
	size_t n = put(to, "\"", 1), i = 0;

	if (to != NULL) {
		/* most have nothing to escape: copied while they are looked at */
		for (; i < s.len && !needs_escape(s.ptr[i]); i++)
			to[n++] = s.ptr[i];
	}
	while (i < s.len) {
		size_t start = i;

		while (i < s.len && !needs_escape(s.ptr[i]))
			i++;
		n += put(to ? to + n : NULL, s.ptr + start, i - start);
		if (i < s.len)
			n += put_escape(to ? to + n : NULL, s.ptr[i++]);
	}
	return n + put(to ? to + n : NULL, "\"", 1);
}

/* The canonical text of node at to, or with to NULL only its length. */
static size_t
print_node(const struct json_node *node, char *to)
{
	bool object = node->kind == JSON_OBJECT;
	size_t n = 0;

#define HERE (to == NULL ? NULL : to + n)
	if (node->kind == JSON_STRING)
		return print_string(node->text, to);
	if (node->kind != JSON_ARRAY && !object)
		return put(to, node->text.ptr, node->text.len);
	n += put(HERE, object ? "{" : "[", 1);
	for (size_t i = 0; i < node->nchildren; i++) {
		if (i > 0)
			n += put(HERE, ", ", 2);
		if (object) {
			n += print_string(node->children[i]->key, HERE);
			n += put(HERE, ": ", 2);
		}
		n += print_node(node->children[i], HERE);
	}
	return n + put(HERE, object ? "}" : "]", 1);
#undef HERE
}

/* What the text takes at most, found without looking at its bytes; SIZE_MAX: more than `most`. */
static size_t
print_bound(const struct json_node *node, size_t most)
{
	bool object = node->kind == JSON_OBJECT;
	size_t n = 2;

	if (node->kind != JSON_ARRAY && !object)
		n += node->kind == JSON_STRING ? 6 * node->text.len : node->text.len;
	for (size_t i = 0; i < node->nchildren && n <= most; i++) {
		size_t child = print_bound(node->children[i], most);

		if (child > most)
			return SIZE_MAX;
		n += child + 2 + (object ? 6 * node->children[i]->key.len + 4 : 0);
	}
	return n > most ? SIZE_MAX : n;
}

int
json_print(struct eval_context *ctx, const struct json_node *node, struct text *result)
{
	struct value v = {.null = false};
	size_t len = print_bound(node, SMALL_TEXT);
	char *to;

	if (len == SIZE_MAX)
		len = print_node(node, NULL);
	to = text_alloc(ctx, len, &v);
	if (to == NULL)
		return -1;
	v.s.len = print_node(node, to);
	*result = v.s;
	return 0;
}

int
json_decode(struct eval_context *ctx, struct text s, struct text *result)
{
	struct parser j = {ctx, s.ptr, s.ptr + s.len, 0};

	return parse_string(&j, result);
}
