/*
 * resolve.h - which function, operator or cast is meant, and which common type
 *
 * PostgreSQL's rules (manual, chapter 10: Type Conversion) over the tables of
 * function.h.  TYPE_UNKNOWN is a quoted literal.
 */
#ifndef EXPR_RESOLVE_H
#define EXPR_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>

#include "expr/function.h"

enum resolved {
	RESOLVED,
	RESOLVED_NO_NAME,   /* nothing has this name */
	RESOLVED_NO_MATCH,  /* nothing of this name takes these types */
	RESOLVED_AMBIGUOUS, /* more than one does, and none better */
};

/* The cast from one type to another that a context allows, or NULL. */
const struct cast *resolve_cast(
	enum value_type from, enum value_type to, enum cast_context context);

enum resolved resolve_function(const char *name, const enum value_type *types, int nargs,
	const struct function **found);

/* nargs is 1 for a prefix operator. */
enum resolved resolve_operator(const char *name, const enum value_type *types, int nargs,
	const struct function **found);

/* The type that argument i of a function is declared with; may be a pseudo-type. */
enum value_type resolve_argument(const struct function *f, int i, int nargs);

/*
 * What ANYELEMENT and ANYCOMPATIBLE, and the elements of ANYARRAY and
 * ANYCOMPATIBLEARRAY, are in a call of f: TYPE_UNKNOWN where no argument says.
 * false: the arguments do not go together.
 */
bool resolve_element(const struct function *f, const enum value_type *types, int nargs,
	enum value_type *element);

/* A pseudo-type with that element; another type is itself. */
enum value_type resolve_pseudo(enum value_type declared, enum value_type element);

/*
 * The common type of CASE, coalesce and their like.  false when there is none:
 * *left and *right are the types that do not match.
 */
bool resolve_common_type(const enum value_type *types, int n, enum value_type *common,
	enum value_type *left, enum value_type *right);

/* The name of a function that was probably meant, or NULL. */
const char *resolve_nearest(const char *wanted);

#endif
