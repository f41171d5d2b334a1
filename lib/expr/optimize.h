/*
 * optimize.h - expressions that are run together, made cheaper
 *
 * What is the same in several places is evaluated once a row; a CASE that asks
 * one text after the other of the same expression looks it up instead; calls of
 * columns and constants get these without a call of their own.  Results and
 * errors stay what they were: expressions are functions of their row, and
 * nothing is evaluated that would not have been.
 */
#ifndef EXPR_OPTIMIZE_H
#define EXPR_OPTIMIZE_H

#include "expr/compile.h"

/*
 * roots[0..n) are compiled by the unit, and may be NULL; each is replaced by what is
 * to be run in its place.  Afterwards frame->row has to be another number
 * whenever a value that they read has changed: of the record, or of what is joined.
 * Only once for a unit.  -1: out of memory.
 */
int expr_optimize(struct expr_unit *unit, struct expr **roots, size_t n, struct error *err);

#endif
