/*
 * array_text.c - arrays from and to text; see array.h
 *
 * The shape of a text is checked before its elements are read, as PostgreSQL
 * does, so that a text that is wrong in two ways has the same error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/array.h"
#include "expr/eval.h"
#include "expr/resolve.h"
#include "expr/text.h"

enum state {
	NO_LEVEL,
	LEVEL_STARTED,
	ELEM_STARTED,
	QUOTED_STARTED,
	QUOTED_COMPLETED,
	ELEM_DELIMITED,
	LEVEL_COMPLETED,
	LEVEL_DELIMITED,
};

struct reader {
	struct eval_context *ctx;
	struct text all; /* what an error shows */
	const char *p, *end;
	enum state state;
	int level; /* of braces that are open */
	int ndims;
	bool quoted;                    /* within quotes */
	bool empty;                     /* no element was seen */
	int32_t counts[ARRAY_DIMS_MAX]; /* of the parts of the levels that are open */
	int32_t dims[ARRAY_DIMS_MAX];   /* as the first of each level has them; 0: none yet */
	size_t elements;
	bool ragged; /* elements at different levels */
	int element_level;
};

static int
malformed(struct reader *r)
{
	return eval_fail(r->ctx, "22P02", "malformed array literal: \"%.*s\"",
		(int)(r->all.len > 600 ? 600 : r->all.len), r->all.ptr);
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
skip_space(struct reader *r)
{
	while (r->p < r->end && is_space(*r->p))
		r->p++;
}

static int
open_level(struct reader *r)
{
	if (r->state != NO_LEVEL && r->state != LEVEL_STARTED && r->state != LEVEL_DELIMITED)
		return malformed(r);
	r->state = LEVEL_STARTED;
	if (r->level >= ARRAY_DIMS_MAX)
		return eval_fail(r->ctx, "54000",
			"number of array dimensions (%d) exceeds the maximum allowed (%d)",
			r->level + 1, ARRAY_DIMS_MAX);
	r->counts[r->level++] = 1;
	if (r->ndims < r->level)
		r->ndims = r->level;
	return 0;
}

static int
close_level(struct reader *r)
{
	if (r->state != ELEM_STARTED && r->state != QUOTED_COMPLETED &&
		r->state != LEVEL_COMPLETED && !(r->level == 1 && r->state == LEVEL_STARTED))
		return malformed(r);
	r->state = LEVEL_COMPLETED;
	if (r->level == 0)
		return malformed(r);
	r->level--;
	if (r->dims[r->level] != 0 && r->counts[r->level] != r->dims[r->level])
		return malformed(r);
	r->dims[r->level] = r->counts[r->level];
	return 0;
}

static int
delimiter(struct reader *r)
{
	if (r->state != ELEM_STARTED && r->state != QUOTED_COMPLETED &&
		r->state != LEVEL_COMPLETED)
		return malformed(r);
	r->state = r->state == LEVEL_COMPLETED ? LEVEL_DELIMITED : ELEM_DELIMITED;
	r->counts[r->level - 1]++;
	return 0;
}

static void
begin_element(struct reader *r)
{
	if (r->elements++ == 0)
		r->element_level = r->level;
	r->ragged |= r->level != r->element_level;
}

/* A character of an element, or the backslash before one. */
static int
element_character(struct reader *r)
{
	if (r->state == LEVEL_STARTED || r->state == ELEM_DELIMITED) {
		r->state = ELEM_STARTED;
		begin_element(r);
	} else if (r->state != ELEM_STARTED) {
		return malformed(r);
	}
	r->empty = false;
	return 0;
}

static int
quote(struct reader *r)
{
	if (r->state == LEVEL_STARTED || r->state == ELEM_DELIMITED) {
		r->state = QUOTED_STARTED;
		r->quoted = true;
		r->empty = false;
		begin_element(r);
		return 0;
	}
	if (r->state != QUOTED_STARTED)
		return malformed(r);
	r->state = QUOTED_COMPLETED;
	r->quoted = false;
	return 0;
}

/* From { to its }: the dimensions, and how many elements there are. */
static int
read_shape(struct reader *r)
{
	int rc = 0;

	for (; rc == 0; r->p++) {
		if (r->p >= r->end)
			return malformed(r);
		if (*r->p == '\\') {
			if (!r->quoted && element_character(r) < 0)
				return -1;
			if (++r->p >= r->end)
				return malformed(r);
			continue;
		}
		if (*r->p == '"')
			rc = quote(r);
		else if (r->quoted)
			continue;
		else if (*r->p == '{')
			rc = open_level(r);
		else if (*r->p == '}')
			rc = close_level(r);
		else if (*r->p == ',')
			rc = delimiter(r);
		else if (!is_space(*r->p))
			rc = element_character(r);
		if (rc == 0 && r->state == LEVEL_COMPLETED && r->level == 0)
			break;
	}
	if (rc < 0)
		return -1;
	r->p++;
	skip_space(r);
	return r->p < r->end ? malformed(r) : 0;
}

/* [lower:upper] for each dimension, and =; *given is how many there are. */
static int
read_bounds(struct reader *r, int32_t *lower, int32_t *upper, int *given)
{
	*given = 0;
	for (skip_space(r); r->p < r->end && *r->p == '['; skip_space(r)) {
		long bounds[2] = {1, 0};
		char *end;
		int n = 0;

		if (*given >= ARRAY_DIMS_MAX)
			return eval_fail(r->ctx, "54000",
				"number of array dimensions (%d) exceeds the maximum allowed "
				"(%d)",
				*given + 1, ARRAY_DIMS_MAX);
		do {
			const char *digits = ++r->p;

			if (r->p < r->end && (*r->p == '-' || *r->p == '+'))
				r->p++;
			if (r->p >= r->end || *r->p < '0' || *r->p > '9')
				return malformed(r);
			while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
				r->p++;
			if (r->p >= r->end)
				return malformed(r);
			/* what follows the digits is a byte of the text */
			bounds[n] = strtol(digits, &end, 10);
			n++;
		} while (n == 1 && *r->p == ':');
		if (*r->p++ != ']')
			return malformed(r);
		if (n == 1) {
			bounds[1] = bounds[0];
			bounds[0] = 1;
		}
		if (bounds[0] < INT32_MIN || bounds[0] > INT32_MAX || bounds[1] > INT32_MAX)
			return eval_fail(
				r->ctx, "22003", "array bound is out of integer range");
		if (bounds[1] < bounds[0])
			return eval_fail(
				r->ctx, "2202E", "upper bound cannot be less than lower bound");
		if (bounds[1] - bounds[0] >= INT32_MAX)
			return eval_fail(r->ctx, "54000",
				"array size exceeds the maximum allowed (%d)", 134217727);
		lower[*given] = (int32_t)bounds[0];
		upper[(*given)++] = (int32_t)bounds[1];
	}
	if (*given == 0)
		return 0;
	if (r->p >= r->end || *r->p != '=')
		return malformed(r);
	r->p++;
	skip_space(r);
	return 0;
}

/* A text by the type's input function. */
static int
element_value(struct eval_context *ctx, const struct cast *cast, struct text s, int32_t typmod,
	struct value *v)
{
	const struct value text = {.s = s};

	*v = (struct value){.s = s};
	return cast == NULL ? 0 : cast->call(ctx, &text, typmod, v);
}

/* The element that starts at p, unescaped into to; p is then behind it. */
static struct text
unescape(const char **p, char *to, bool *null)
{
	struct text s = {to, 0};
	char *end = to; /* behind the last character that is no space at the end */
	bool quoted = false, plain = true;

	for (;; ++*p) {
		char c = **p;

		if (c == '"') {
			quoted = !quoted;
			plain = false;
			end = to;
			continue;
		}
		if (!quoted && (c == ',' || c == '}'))
			break;
		if (c == '\\') {
			plain = false;
			*to++ = *++*p;
			end = to;
			continue;
		}
		*to++ = c;
		if (quoted || !is_space(c))
			end = to;
	}
	s.len = (size_t)(end - s.ptr);
	*null = plain && s.len == 4 && strncasecmp(s.ptr, "null", 4) == 0;
	return s;
}

/* The shape is right: only elements are to be found. */
static int
read_elements(struct reader *r, const char *p, enum value_type element, int32_t typmod,
	struct array *a)
{
	const struct cast *cast = NULL;
	char *room = arena_alloc(r->ctx->arena, (size_t)(r->end - p) + 1);
	size_t i = 0;

	if (room == NULL)
		return eval_nomem(r->ctx);
	if (element != TYPE_TEXT || typmod >= 0)
		cast = resolve_cast(TYPE_TEXT, element, CAST_EXPLICIT);
	for (; i < a->n; p++) {
		struct text s;
		bool null;

		if (*p == '{' || *p == '}' || *p == ',' || is_space(*p))
			continue;
		s = unescape(&p, room, &null);
		room += s.len;
		p--;
		a->items[i] = (struct value){.null = null};
		if (!null && element_value(r->ctx, cast, s, typmod, &a->items[i]) < 0)
			return -1;
		i++;
	}
	return 0;
}

int
array_parse(struct eval_context *ctx, const struct text *s, enum value_type type,
	int32_t typmod, struct value *result)
{
	struct reader r = {
		.ctx = ctx, .all = *s, .p = s->ptr, .end = s->ptr + s->len, .empty = true};
	int32_t lower[ARRAY_DIMS_MAX], upper[ARRAY_DIMS_MAX];
	const char *start;
	struct array *a;
	size_t n = 0;
	int given;

	if (read_bounds(&r, lower, upper, &given) < 0)
		return -1;
	start = r.p;
	if (r.p >= r.end || *r.p != '{')
		return malformed(&r);
	r.all = (struct text){start, (size_t)(r.end - start)};
	if (read_shape(&r) < 0)
		return -1;
	r.all = *s;
	if (r.empty)
		r.ndims = 0;
	if (given > 0 && given != r.ndims)
		return malformed(&r);
	for (int i = 0; i < given; i++) {
		if (upper[i] - lower[i] + 1 != r.dims[i])
			return malformed(&r);
	}
	if (array_count(ctx, r.ndims, r.dims, &n) < 0)
		return -1;
	if (n != (r.empty ? 0 : r.elements) || r.ragged)
		return malformed(&r);
	a = array_new(ctx, n);
	if (a == NULL)
		return -1;
	a->ndims = r.ndims;
	for (int i = 0; i < r.ndims; i++) {
		a->dims[i] = r.dims[i];
		a->lower[i] = given > 0 ? lower[i] : 1;
	}
	result->a = a;
	return read_elements(&r, start, type_element(type), typmod, a);
}

/* Output */

struct writer {
	char *data;
	size_t len, room;
	struct eval_context *ctx;
};

static char *
make_room(struct writer *w, size_t more)
{
	if (w->len + more > w->room) {
		size_t room = (w->len + more) * 2;
		char *larger = arena_alloc(w->ctx->arena, room);

		if (larger == NULL || w->len + more > TEXT_MAX) {
			eval_nomem(w->ctx);
			return NULL;
		}
		if (w->len > 0)
			memcpy(larger, w->data, w->len);
		w->data = larger;
		w->room = room;
	}
	return w->data + w->len;
}

static bool
needs_quotes(const struct text *s)
{
	if (s->len == 0 || (s->len == 4 && strncasecmp(s->ptr, "null", 4) == 0))
		return true;
	for (size_t i = 0; i < s->len; i++) {
		char c = s->ptr[i];

		if (c == '"' || c == '\\' || c == '{' || c == '}' || c == ',' || is_space(c))
			return true;
	}
	return false;
}

static int
put_element(struct writer *w, enum value_type element, const struct value *v)
{
	struct text s = {"NULL", 4};
	char *to;
	bool quotes;

	if (!v->null && expr_value_text(w->ctx, element, v, &s) < 0)
		return -1;
	quotes = !v->null && needs_quotes(&s);
	to = make_room(w, s.len * 2 + 2);
	if (to == NULL)
		return -1;
	if (quotes)
		*to++ = '"';
	for (size_t i = 0; i < s.len; i++) {
		if (quotes && (s.ptr[i] == '"' || s.ptr[i] == '\\'))
			*to++ = '\\';
		*to++ = s.ptr[i];
	}
	if (quotes)
		*to++ = '"';
	w->len = (size_t)(to - w->data);
	return 0;
}

static int
put(struct writer *w, const char *s)
{
	size_t n = strlen(s);
	char *to = make_room(w, n);

	if (to == NULL)
		return -1;
	memcpy(to, s, n);
	w->len += n;
	return 0;
}

static int
put_level(
	struct writer *w, enum value_type element, const struct array *a, int level, size_t *at)
{
	if (put(w, "{") < 0)
		return -1;
	for (int32_t i = 0; i < a->dims[level]; i++) {
		if (i > 0 && put(w, ",") < 0)
			return -1;
		if (level + 1 < a->ndims) {
			if (put_level(w, element, a, level + 1, at) < 0)
				return -1;
		} else if (put_element(w, element, &a->items[(*at)++]) < 0) {
			return -1;
		}
	}
	return put(w, "}");
}

int
array_print(struct eval_context *ctx, enum value_type type, const struct array *a,
	struct text *result)
{
	struct writer w = {.ctx = ctx};
	bool bounds = false;
	size_t at = 0;

	if (a->ndims == 0) {
		*result = (struct text){"{}", 2};
		return 0;
	}
	for (int i = 0; i < a->ndims; i++)
		bounds |= a->lower[i] != 1;
	for (int i = 0; bounds && i < a->ndims; i++) {
		char text[32];

		snprintf(text, sizeof text, "[%d:%d]", a->lower[i],
			a->lower[i] + a->dims[i] - 1);
		if (put(&w, text) < 0)
			return -1;
	}
	if ((bounds && put(&w, "=") < 0) || put_level(&w, type_element(type), a, 0, &at) < 0)
		return -1;
	*result = (struct text){w.data, w.len};
	return 0;
}
