/*
 * eras_parts.h - inside of eras.h: from a timeline to segments, and to the edges of a kind
 */
#ifndef VALIDATE_ERAS_PARTS_H
#define VALIDATE_ERAS_PARTS_H

#include "validate/eras.h"

/* Stretches first .. last, whose mix is one. */
struct segment {
	uint32_t first;
	uint32_t last;
	bool transition; /* between two eras, with kinds of both */
};

/* Sums over stretches: sums[i * nkinds + k] values of kind k lie before stretch i. */
struct mixes {
	const struct timeline *t;
	uint32_t n; /* stretches */
	double *sums;
	double *rows; /* rows before stretch i */
};

/* A share of rows above which a kind belongs to a segment. */
#define KIND_LIVES 0.02

double mixes_share(const struct mixes *m, const struct segment *s, size_t kind);
bool mixes_lives(const struct mixes *m, const struct segment *s, size_t kind);

/* The timeline cut into segments that differ, *n of them, the caller's; NULL: no memory. */
struct segment *segments_find(const struct mixes *m, size_t *n);

/* Where a run of one kind begins or ends. */
struct edge {
	struct mark at;
	uint64_t count; /* values of the kind before (begin), or up to it (end) */
	bool more;      /* there are values beyond it: the nearest is */
	struct mark beyond;
	uint32_t stretch;  /* of at */
	bool has_next_key; /* of an end: next_key is the key of the row behind at */
	int64_t next_key;
};

/*
 * The edge of kind, which is alive in the era `home`, in the stretches low ..
 * high, where low .. high reach from inside of home to the next era's first
 * stretch (end), or from the last of the one before into home (begin).
 */
struct edge edge_end(const struct mixes *m, const struct segment *home, size_t kind,
	uint32_t low, uint32_t high);
struct edge edge_begin(const struct mixes *m, const struct segment *home, size_t kind,
	uint32_t low, uint32_t high);

#endif
