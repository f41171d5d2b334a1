/*
 * ident_parts.h - inside of ident_store.h: the parts of a list
 */
#ifndef VALIDATE_IDENT_PARTS_H
#define VALIDATE_IDENT_PARTS_H

#include <stdio.h>

#include "validate/ident_store.h"

enum { IDENT_PARTS_BITS = 6, IDENT_CHUNK = 102 /* records: 4 KiB */ };

struct ident_part {
	size_t *chunks; /* numbers in the store */
	size_t nchunks;
	size_t cap_chunks;
	struct ident *open; /* the chunk that is being filled */
	size_t nopen;
};

struct ident_list {
	struct ident_store *store;
	struct ident_part parts[IDENT_PARTS];
};

size_t ident_part_size(const struct ident_list *l, size_t part);

/* All records of a part, the caller's; NULL on error. */
struct ident *ident_part_read(struct ident_list *l, size_t part, size_t *n, struct error *err);

#endif
