/*
 * json.h - jsonb: a value is the text that PostgreSQL prints for it
 *
 * That text is canonical: the keys of an object by length and then by bytes,
 * each once; ", " and ": " between; numbers as numeric prints them; strings
 * with no more escapes than they need.  So a value that is passed through
 * costs nothing, a member is found by a scan that needs no grammar, and only
 * what makes or changes a value goes by way of a tree.
 *
 * Functions that take a context return 0, or -1 with ctx->error filled; trees
 * and texts lie in ctx->arena.
 */
#ifndef EXPR_JSON_H
#define EXPR_JSON_H

#include "expr/array.h"
#include "expr/function.h"
#include "expr/value.h"

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
	JSON_CANONICAL, /* of a node that is only to be printed: of any kind, text is its text */
};

/*
 * text: of a string, decoded; of a number, as printed; of true and false,
 * that.  children of an array in their order, of an object in canonical order,
 * each with its key, decoded.
 */
struct json_node {
	enum json_kind kind;
	struct text key;
	struct text text;
	struct json_node **children;
	size_t nchildren;
};

/* Any JSON text.  22P02 `invalid input syntax for type json`, 22P05, 22003, 54001. */
int json_parse(struct eval_context *ctx, struct text s, struct json_node **result);

/*
 * Straight to the canonical text, where s is an object of a few members without
 * nesting, escapes and exponents: 1 with *result, or 0, when it is for json_parse,
 * also to say what is wrong with it.
 */
int json_flat(struct eval_context *ctx, struct text s, struct text *result);

int json_print(struct eval_context *ctx, const struct json_node *node, struct text *result);

/* A new node without children, or NULL with ctx->error filled. */
struct json_node *json_new(struct eval_context *ctx, enum json_kind kind, struct text text);

/* Put an object's children into canonical order; of equal keys the last stays. */
int json_sort(struct eval_context *ctx, struct json_node *object);

/*
 * The text of a date or timestamp as ISO 8601 has it, T between, minutes in
 * the offset: so it is in JSON.  *result may be s.
 */
int json_iso_time(
	struct eval_context *ctx, enum value_type type, struct text s, struct text *result);

/* What a canonical text is, by its first byte. */
enum json_kind json_kind(struct text s);

/* true with *value, canonical, when the canonical object s has the key / the array s the element. */
bool json_member(struct text s, struct text key, struct text *value);
bool json_element(struct text s, int64_t index, struct text *value);

/* A path's step into an array: an integer as C's strtol takes it, of 32 bits; false for another text. */
bool json_path_index(struct text s, int64_t *index);

/* The elements of a canonical array, or the members of an object, one by one. */
struct json_cursor {
	const char *p, *end; /* p is NULL behind the last */
};

struct json_cursor json_begin(struct text s);

/* false behind the last; key (with its quotes) is set for an object's, and may be NULL for an array's. */
bool json_next(struct json_cursor *cursor, struct text *key, struct text *value);

/* What ->> gives of a value: a string's characters, NULL for null, else the text. */
int json_as_text(struct eval_context *ctx, struct text s, struct value *result);

/* The number of elements of a canonical array. */
int64_t json_array_length(struct text s);

/* Whether a path of text[] has a NULL, so that it leads nowhere. */
static inline bool
json_path_has_null(const struct array *path)
{
	for (size_t i = 0; i < path->n; i++) {
		if (path->items[i].null)
			return true;
	}
	return false;
}

/* The characters of a canonical string (with its quotes). */
int json_decode(struct eval_context *ctx, struct text s, struct text *result);

#endif
