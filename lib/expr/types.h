/*
 * types.h - what the compiler knows of each type: names, category, modifiers
 *
 * Categories and preferred types are PostgreSQL's (pg_type.typcategory and
 * typispreferred); resolve.c goes by them.
 */
#ifndef EXPR_TYPES_H
#define EXPR_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/value.h"

/* As PostgreSQL prints it: "integer", "timestamp with time zone". */
const char *type_name(enum value_type type);

/* The same with its modifier, "numeric(10,2)", in buf, which is returned. */
const char *type_display(enum value_type type, int32_t typmod, char *buf, size_t size);

/* 'S' string, 'N' number, 'D' date and time, 'T' interval, 'B' boolean, 'I' network address, 'U' other,
 * 'X' unknown, 'A' array, 'P' pseudo-type. */
char type_category(enum value_type type);
bool type_preferred(enum value_type type);

/* A name in PostgreSQL's catalog ("int4", "varchar"); false when it is none of ours. */
bool type_find(const char *name, enum value_type *type);

/* Whether it is a type of PostgreSQL, ours or not: for a better message. */
bool type_known_elsewhere(const char *name);

/*
 * The modifier that name(mods[0], …) has, in *typmod; nmods 0 gives -1.
 * Returns NULL, or why not (static text or in buf).
 */
const char *type_modifier(const char *name, const int32_t *mods, int nmods, int32_t *typmod,
	char *buf, size_t size);

#endif
