/*
 * profile_column.h - everything that is gathered about one column in one pass
 *
 * A value that the column had not long ago costs a hash and a look-up; only
 * others are classified.  Memory: some 120 KiB a column, the cells of its
 * timeline (130 KiB for each kind of value that stands everywhere), and what
 * the ident_store has.
 */
#ifndef VALIDATE_PROFILE_COLUMN_H
#define VALIDATE_PROFILE_COLUMN_H

#include "validate/eras.h"
#include "validate/hyperloglog.h"
#include "validate/ident_store.h"
#include "validate/profile_batch.h"
#include "validate/shape.h"
#include "validate/value_counts.h"

enum { KIND_NULL = 0, KIND_EMPTY = 1, KIND_OTHER = 2, KIND_FIRST_FREE = 3 };
enum { BOUND_TEXT = 63, COLUMN_TRAITS = 8, UNSKETCHED = 64 };

/* The beginning of a value. */
struct bound {
	uint64_t prefix; /* of the value, big-endian: it decides most comparisons */
	size_t len;      /* of text; SIZE_MAX: nothing yet */
	bool cut;
	char text[BOUND_TEXT + 1];
};

/* What the timeline's kinds are: a shape, with spaces around it or without. */
struct kind {
	enum shape shape;
	bool padded;
	char mask[SHAPE_MASK_MAX + 1]; /* of codes */
	double low, high;              /* by shape_value.number; low > high: none */
	struct bound low_text;
	struct bound high_text;
	uint64_t day_first; /* different values that are d/m/y only */
	uint64_t month_first;
};

/* A short value that came not long ago, and where counts has it; size 0: none. */
struct recent {
	uint64_t first, last; /* its bytes */
	uint32_t size;        /* one more than its length */
	uint32_t place;
};
enum { RECENT_BITS = 6, RECENT_LENGTH = 16 };

struct column {
	const char *name;
	struct timeline timeline;
	size_t nkinds;
	struct kind kinds[TIMELINE_KINDS];
	uint8_t kind_of[SHAPE_COUNT][2]; /* by shape and padding, from 1; 0: not yet */
	struct value_counts counts;
	struct recent recent[1 << RECENT_BITS]; /* of use until counts overflows */
	struct hyperloglog *sketch;
	uint64_t unsketched[UNSKETCHED]; /* hashes that are still to be added to it */
	size_t nunsketched;
	uint64_t traits[COLUMN_TRAITS]; /* rows by bit of enum shape_trait */
	size_t shortest, longest;       /* in characters; shortest > longest: no values */
	struct bound min, max;          /* by bytes */
	bool ascending;                 /* whole numbers, each larger than the one before */
	double last_number;
	uint64_t values; /* rows that are not NULL */

	struct ident_store *store;
	struct ident_list *idents;    /* all values so far; NULL: they are not kept */
	bool overflowed;              /* more values than counts can hold exactly */
	bool repeats_known;           /* idents are, and all rows were read */
	struct ident_repeats repeats; /* when known */
	struct eras *eras;            /* when all rows were read */
	bool referring;               /* keep the values of what may be a foreign key, too */
};

int column_init(struct column *c, const char *name, struct ident_store *store, bool referring,
	struct error *err);
void column_release(struct column *c);

/* The next rows: this column of a batch. */
int column_add(struct column *c, const struct batch *b, size_t column, struct error *err);

/* After the last row: idents hold all values where that is possible, and what they and eras tell is known. */
int column_finish(struct column *c, struct error *err);

/* What is needed no more when all is told but what refers to what: most of the memory. */
void column_shrink(struct column *c);

/* How many different values: exactly where *exact says so. */
double column_distinct(const struct column *c, bool *exact);

/* Rows of a kind, and of a shape with or without padding. */
uint64_t column_kind_rows(const struct column *c, size_t kind);
uint64_t column_shape_rows(const struct column *c, enum shape shape);

/* Hash of a value, as the counts and the idents have it. */
uint64_t column_hash(const char *text, size_t len);

#endif
