/*
 * check.h - what a mapping makes, against the contract of its target
 */
#ifndef TRANSFORM_CHECK_H
#define TRANSFORM_CHECK_H

#include "transform/describe.h"

/*
 * One line to output (NULL: standard output) for each way in which the columns
 * of m, not bound yet, do not fit the Table Schema in the file `schema`:
 * columns that are missing or too many, types that cannot be assigned, NULLs
 * that could reach a required column.  0: there is none; else -1 with *err,
 * ERROR_BUDGET when lines were written.
 */
int check_mapping(struct mapping *m, const char *schema, const struct describe_options *options,
	struct error *err);

#endif
