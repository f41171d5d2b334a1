/*
 * mapping.h - a mapping, checked against the columns of its input
 *
 * mapping_read, then mapping_bind, then (to run it) mapping_load; its outputs
 * can then be evaluated for each record and each row that is joined to it.
 * Every column of the input must be read by an expression or dropped by name:
 * a column that was forgotten is an error, not a loss.
 */
#ifndef TRANSFORM_MAPPING_H
#define TRANSFORM_MAPPING_H

#include <stdbool.h>

#include "csv/csv_reader.h"
#include "expr/compile.h"
#include "transform/join.h"

struct mapping_output {
	const char *name;
	struct expr *expr;
	struct expr *text;               /* the same as it is written: always of type text */
	int column;                      /* of the input, if that is what text is, or -1 */
	const struct sql_target *target; /* NULL: _op or _pos, which pass as they are */
};

/* --lookup NAME=FILE */
struct mapping_file {
	const char *name;
	const char *path;
	struct lookup *lookup; /* NULL: not opened, as no FROM names it */
	bool *keep;            /* by column: somebody reads it */
};

struct mapping {
	struct sql_source source; /* its excerpt shows the place of an error */
	struct sql_mapping sql;
	const char *now;            /* set before bind: of now(); NULL is the clock's */
	struct mapping_file *files; /* set before bind; borrowed, but for what bind opens */
	size_t nfiles;
	struct expr_scope scope;
	struct expr_relation *relations; /* the scope's */
	size_t njoins;
	struct join *joins; /* by relation */
	struct expr_unit *unit;
	size_t noutputs;
	struct mapping_output *outputs;
	struct expr *where;           /* NULL: none */
	bool changes;                 /* the input is a change stream: a row makes one row */
	int op, pos;                  /* the columns _op and _pos of the input, or -1 */
	size_t op_output, pos_output; /* the same among the outputs */
	bool allow_forgotten; /* set before bind: columns neither read nor dropped are no error */
	bool allow_unknown;   /* set before bind: lookups without a file are no error */
	struct arena arena;
};

/* Read and parse a file; files and nfiles stay.  mapping_release takes m also after a failure. */
int mapping_read(struct mapping *m, const char *path, struct error *err);

/*
 * Compile for an input with these columns, which are borrowed until release.
 * NULL: the mapping's own columns are taken to be the input's.
 */
int mapping_bind(struct mapping *m, const struct csv_record *header, struct error *err);

/* Read the lookups into memory. */
int mapping_load(struct mapping *m, struct error *err);

/* Then: make where and the outputs' texts cheaper to run (optimize.h); frames count their rows. */
int mapping_optimize(struct mapping *m, struct error *err);

/*
 * mapping_bind's own: FROM's members behind the input (mapping_from.c), and the
 * input's columns where there is no header.
 */
int mapping_bind_from(struct mapping *m, struct error *err);
int mapping_infer_columns(struct mapping *m, struct error *err);

/* The scope as member i of joins sees it in its condition (its call: without itself). */
struct expr_scope mapping_scope(const struct mapping *m, size_t i, bool call);

/* How many columns there are in all, and where those of a relation begin among them. */
size_t mapping_all_columns(const struct mapping *m);
size_t mapping_first_column(const struct mapping *m, size_t relation);

/*
 * Mark in used[mapping_all_columns] the columns that an expression reads: the
 * input's are the first.  Of a function's columns, what the function reads.
 */
void mapping_columns(const struct mapping *m, const struct expr_scope *scope,
	const struct sql_node *node, bool *used);

/* The same for the call and the condition of member i. */
void mapping_join_columns(const struct mapping *m, size_t i, bool *used);

/*
 * The column that a drop means, or -1: the name as written or, without
 * quotes, in lower case.
 */
int mapping_dropped(const struct mapping *m, const struct sql_drop *drop);

void mapping_release(struct mapping *m);

#endif
