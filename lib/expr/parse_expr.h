/*
 * parse_expr.h - parse.c's own: from libpg_query's JSON to nodes, and to the members of FROM
 */
#ifndef EXPR_PARSE_EXPR_H
#define EXPR_PARSE_EXPR_H

#include <jansson.h>

#include "expr/parse.h"
#include "expr/scan.h"

struct sql_parser {
	struct sql_source *source;
	struct arena *arena;
	struct scan scan;
	struct error *err;
};

/*
 * The tree for one node as libpg_query writes it, {"Kind": {…}}; at is the
 * place to report where it tells none.  NULL: parser->err is filled.
 */
struct sql_node *sql_parse_expr(struct sql_parser *p, const json_t *node, size_t at);

/* The same for what is in {"FuncCall": {…}} (parse_call.c). */
struct sql_node *sql_parse_call(struct sql_parser *p, const json_t *object, size_t at);

/* A node without its arguments; NULL: out of memory. */
struct sql_node *sql_new_node(
	struct sql_parser *p, enum sql_kind kind, size_t at, size_t nargs);
struct sql_node *sql_literal_node(
	struct sql_parser *p, size_t at, enum sql_literal kind, const char *text);

/* Each of a list into n->args[first…]; 0, or -1. */
int sql_parse_list(struct sql_parser *p, struct sql_node *n, int first, const json_t *list);

/* "what not supported in a mapping".  Always NULL. */
struct sql_node *sql_refuse(struct sql_parser *p, size_t at, const char *what);

/* A name of one or two parts, without the schema pg_catalog; NULL: too long. */
char *sql_joined_name(struct sql_parser *p, const json_t *parts, size_t at);

/* The object's own "location" (left out when 0), or at where it is -1. */
size_t sql_location(const json_t *object, size_t at);

/* The least location inside a part of the tree, or best. */
size_t sql_first_location(const json_t *node, size_t best);

/* FROM into m->from (parse_from.c). */
int sql_parse_from(struct sql_parser *p, struct sql_mapping *m, const json_t *from);

/* Whether token i is this word, in any case. */
bool sql_token_is(const struct sql_parser *p, size_t i, const char *word);

/* The string of {"String":{"sval":…}}, or NULL. */
const char *sql_string(const json_t *node);

/* A copy in the arena; NULL (and out of memory in parser->err) on failure. */
char *sql_copy(struct sql_parser *p, const char *text, size_t len);

#endif
