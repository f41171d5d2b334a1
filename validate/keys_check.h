/*
 * keys_check.h - whether keys are unique over all shards; see keys_out.h
 */
#ifndef VALIDATE_KEYS_CHECK_H
#define VALIDATE_KEYS_CHECK_H

#include "validate/run.h"

/*
 * Read the files of keys that o names; each key that was there before is
 * rejected.  As run, but that nothing is written but rejects and statistics,
 * and that of a schema, which may be NULL, only what it tolerates is asked.
 */
int keys_check(const struct run_options *o, struct error *err);

#endif
