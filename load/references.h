/*
 * references.h - the foreign keys of the table that is loaded, as pieces of SQL
 *
 * In the pieces f is the row that refers and p what it refers to, so
 *
 *	SELECT FROM rows f WHERE given AND NOT EXISTS (SELECT FROM parent p WHERE match)
 *
 * are the rows that refer to nothing, as PostgreSQL's own check has it
 * (ri_triggers.c, RI_Initial_Check): MATCH SIMPLE asks for nothing when any
 * column is NULL, MATCH FULL only when all are.
 */
#ifndef LOAD_REFERENCES_H
#define LOAD_REFERENCES_H

#include <stdbool.h>
#include <stddef.h>

#include "db/sql.h"
#include "error.h"
#include "load/target.h"

/* All text lives as long as the target. */
struct reference {
	const char *oid; /* of the constraint, as text */
	const char *name;
	const char *parent;      /* [ONLY ]"schema"."table" */
	const char *parent_name; /* for messages */
	const char *columns;     /* a, b: for messages */
	const char *values;      /* f."a", f."b" */
	const char *given;       /* whether f refers to anything at all */
	const char *match;       /* p."id" = f."a" AND … */
	bool is_self;            /* refers to the table itself */
	bool can_ask;   /* the role may read all of the parent, and the key is enforced */
	bool in_stream; /* the columns, and those referred to if is_self, are streamed */
};

struct references {
	struct reference *items;
	size_t n;
};

/* Of a target that was matched.  On failure *err is set. */
int references_read(struct references *r, struct target *t, struct error *err);

/* An expression: the detail of the error for row f, as PostgreSQL words it. */
void reference_detail(struct sql *s, const struct reference *r);

/* A list of names as an SQL array of text: for i < n, name(arg, i). */
void sql_names(struct sql *s, size_t n, const char *(*name)(const void *arg, size_t i),
	const void *arg);

#endif
