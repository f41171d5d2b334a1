/*
 * eras.h - when a column's mix of kinds changed
 *
 * The stretches of a timeline are put together into segments whose mixes
 * differ, by the cheapest description (multinomial likelihood, one penalty a
 * segment: Yao 1988, Jackson et al. 2005), so that chance alone makes none.
 * Of those, only a change that is large counts: a kind that was or becomes a
 * noticeable share begins or ends, or almost a third of all rows are of
 * another kind than before.  Where one kind ends and another begins, the rows
 * at which they do are then looked up exactly; if both stand side by side for
 * a while, that is an overlap.
 *
 * A kind ends where no other value of it follows within a distance that
 * chance could explain, given how dense it was; what comes later are
 * stragglers.
 */
#ifndef VALIDATE_ERAS_H
#define VALIDATE_ERAS_H

#include "validate/timeline.h"

/* More changes than this are no history but fluctuation. */
enum { ERAS_MAX = 16, ERAS_STRAGGLERS_MAX = 64 };

/* A kind in an era of which it is a noticeable share. */
struct era_kind {
	size_t kind;
	double share; /* of the era's rows, overlaps left out; about */
	bool begins;  /* it was not there in the era before: first is exact */
	bool ends;
	struct mark first;
	struct mark last;
	uint64_t rows; /* between first and last, when it begins and ends here; else 0 */
};

enum era_change {
	ERA_START,   /* the first era */
	ERA_EXACT,   /* nothing of the old after the first of the new */
	ERA_OVERLAP, /* both, from `from` to the era before's `to` */
	ERA_GRADUAL  /* the same kinds in other shares: from is about */
};

struct era {
	enum era_change change;
	struct mark from;
	struct mark to;
	bool from_key; /* from.key is known */
	bool to_key;
	uint32_t first_stretch; /* those that belong to it alone */
	uint32_t last_stretch;
	size_t nkinds;
	struct era_kind kinds[TIMELINE_KINDS]; /* by share, the largest first */
};

/* Values of a kind outside the eras to which it belongs. */
struct straggler {
	size_t kind;
	uint64_t rows;
	struct mark first;
	struct mark last;
	const char *example; /* in the timeline; NULL where none was kept */
	bool cut;
};

struct eras {
	size_t n; /* 1: it never changed; 0: there were no rows */
	struct era *eras;
	bool fluctuates; /* n is 1, and the mix changed more than ERAS_MAX times */
	size_t nstragglers;
	struct straggler stragglers[ERAS_STRAGGLERS_MAX];
};

/* NULL for want of memory.  What it holds points into t. */
struct eras *eras_find(const struct timeline *t, struct error *err);

/* Takes NULL. */
void eras_free(struct eras *e);

#endif
