/*
 * scan.h - the tokens of a mapping, comments among them
 *
 * libpg_query hands them out as a protobuf message, of which only three
 * integers a token are needed; scan.c reads these without a protobuf library.
 */
#ifndef EXPR_SCAN_H
#define EXPR_SCAN_H

#include <stddef.h>

#include "expr/source.h"

enum { SCAN_INTEGER = 266, SCAN_COMMENT = 275, SCAN_BLOCK_COMMENT = 276 };

struct scan_token {
	size_t start, end; /* bytes in the source */
	int kind;          /* as in pg_query.proto */
};

struct scan {
	size_t ntokens;
	struct scan_token *tokens;
};

int scan_open(struct scan *scan, struct sql_source *source, struct error *err);

/* The index of the first token that starts at or behind `at`; ntokens when there is none. */
size_t scan_find(const struct scan *scan, size_t at);

void scan_release(struct scan *scan);

#endif
