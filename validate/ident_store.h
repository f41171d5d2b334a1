/*
 * ident_store.h - all values of some columns, for questions that need each of them
 *
 * Whether a column is unique, and whether it is contained in another, cannot
 * be told exactly from a sketch.  Here each value is a record of 24 bytes,
 * which lies in memory up to a limit and then in a file without a name.  The
 * records of a list are parted by a hash, so that equal values of any two lists
 * are in parts of the same number, and a part is small enough to be looked at
 * in memory.
 *
 * Lists of one store may be filled at the same time, each by one thread.
 *
 * A value of up to 15 bytes is in its record; of a longer one there are hashes,
 * of 64 bits each but for values without capitals, whose two are the same.
 */
#ifndef VALIDATE_IDENT_STORE_H
#define VALIDATE_IDENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { IDENT_SIZE = 16, IDENT_INLINE = 15, IDENT_PARTS = 64 };

/* Rows beyond 2^40 are not told apart; a count that does not fit is cut in two records. */
struct ident {
	unsigned char bytes[IDENT_SIZE]; /* the value and zeros; the last byte is its length */
	uint64_t place;                  /* row and count */
};
enum { IDENT_COUNT_BITS = 24 };

/* Where it was first seen, from 1; 0: there is none. */
static inline uint64_t
ident_row(const struct ident *ident)
{
	return ident->place >> IDENT_COUNT_BITS;
}

/* How often. */
static inline uint64_t
ident_count(const struct ident *ident)
{
	return ident->place & (((uint64_t)1 << IDENT_COUNT_BITS) - 1);
}

/* Where a list's value comes from. */
struct ident_value {
	const char *text;
	size_t len;
	uint64_t hash;   /* 64 bits that are as good as random, the same for equal texts */
	uint64_t folded; /* ident_fold of it */
	uint64_t row;
	uint64_t count;
};

/*
 * The XXH3 of a text (whose own is hash) without regard to the case of ASCII
 * letters; texts of more than IDENT_FOLD_MAX bytes have that of their own.
 */
enum { IDENT_FOLD_MAX = 320 };
uint64_t ident_fold(const char *text, size_t len, uint64_t hash);

struct ident_store;
struct ident_list;

/* memory: bytes that may be used before the file is begun. */
struct ident_store *ident_store_new(size_t memory, struct error *err);

/* Frees its lists, too.  Takes NULL. */
void ident_store_free(struct ident_store *s);

/* The store owns the list. */
struct ident_list *ident_list_new(struct ident_store *s, struct error *err);
int ident_list_add(struct ident_list *l, const struct ident_value *v, struct error *err);

/* No more will be added: memory that is free for others is given back. */
void ident_list_close(struct ident_list *l);

/* Forget all records; the list takes none any more. */
void ident_list_drop(struct ident_list *l);

/* The value's text, NUL-terminated, into buf; false where only its hash is known. */
bool ident_text(const struct ident *ident, char buf[static IDENT_SIZE]);

/* What is the same in a list. */
struct ident_repeats {
	uint64_t distinct;
	uint64_t repeated;        /* rows whose value is that of an earlier row */
	uint64_t folded_repeated; /* the same without regard to case */
	struct ident example;     /* one of the repeated, if any: that of the first row */
	struct ident folded_example;
};
int ident_list_repeats(struct ident_list *l, struct ident_repeats *r, struct error *err);

enum { IDENT_ORPHANS = 3 };

/* How much of one list is in another. */
struct ident_containment {
	uint64_t rows;
	uint64_t contained; /* rows */
	uint64_t distinct;
	uint64_t distinct_contained;
	size_t norphans;
	struct ident orphans[IDENT_ORPHANS]; /* those of the first rows */
};

/*
 * With a share of 0 .. 1 in `enough`, gives up (returning 1) when the first
 * part's share is less by a good deal: *c is then of that part only.  0 when
 * done, -1 on error.
 */
int ident_list_contained(struct ident_list *l, struct ident_list *in, double enough,
	struct ident_containment *c, struct error *err);

#endif
