/*
 * sequence.h - sequences follow the keys that were loaded
 */
#ifndef LOAD_SEQUENCE_H
#define LOAD_SEQUENCE_H

#include "error.h"
#include "load/target.h"

/* ERROR_USAGE when the role may not set a streamed column's sequence. */
int sequences_check(const struct target *t, struct error *err);

/*
 * Set the sequence of each streamed column past the largest value in the
 * table (for a descending one, the smallest); never set one back.  To be
 * called last in the transaction.  setval is not undone by a rollback: then a
 * gap is left in the numbers, as after any rolled back INSERT.
 */
int sequences_advance(const struct target *t, struct error *err);

#endif
