/*
 * parse_expr.h - parse.c's own: from libpg_query's JSON to an expression's nodes
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

/* The object's own "location" (left out when 0), or at where it is -1. */
size_t sql_location(const json_t *object, size_t at);

/* A copy in the arena; NULL (and out of memory in parser->err) on failure. */
char *sql_copy(struct sql_parser *p, const char *text, size_t len);

#endif
