/*
 * ident_parts.h - inside of ident_store.h: the parts of a list
 */
#ifndef VALIDATE_IDENT_PARTS_H
#define VALIDATE_IDENT_PARTS_H

#include <stdio.h>

#include "validate/ident_store.h"

enum { IDENT_PARTS_BITS = 6, IDENT_CHUNK = 85 /* records: 2 KiB */ };

struct ident_part {
	size_t *chunks; /* numbers in the store */
	size_t nchunks;
	size_t cap_chunks;
	struct ident *open; /* the chunk that is being filled */
	size_t nopen;
	size_t cap_open; /* grows to IDENT_CHUNK: most columns have few values */
};

struct ident_list {
	struct ident_store *store;
	struct ident_part parts[IDENT_PARTS];
};

size_t ident_part_size(const struct ident_list *l, size_t part);

/* A part in memory. */
struct ident_all {
	struct ident *idents;
	uint64_t *folded; /* ident_fold of each */
	size_t n;
};

/* All records of a part, which the caller releases, after an error as well. */
int ident_part_read(
	struct ident_list *l, size_t part, struct ident_all *all, struct error *err);
void ident_part_release(struct ident_all *all);

#endif
