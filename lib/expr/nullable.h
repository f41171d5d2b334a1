/*
 * nullable.h - whether an expression can be NULL, as far as it says itself
 */
#ifndef EXPR_NULLABLE_H
#define EXPR_NULLABLE_H

#include <stdbool.h>

#include "expr/eval.h"

/*
 * false: never.  true: it can, or it is not known that it cannot.  where is
 * the condition that rows have passed, or NULL: what it compares, or asks to be
 * NOT NULL, is not NULL behind it.
 */
bool expr_can_be_null(const struct expr *e, const struct expr *where);

#endif
