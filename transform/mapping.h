/*
 * mapping.h - a mapping, checked against the columns of its input
 *
 * mapping_read, then mapping_bind, then its outputs can be evaluated for each
 * record.  Every column of the input must be read by an expression or dropped
 * by name: a column that was forgotten is an error, not a loss.
 */
#ifndef TRANSFORM_MAPPING_H
#define TRANSFORM_MAPPING_H

#include <stdbool.h>

#include "csv/csv_reader.h"
#include "expr/compile.h"

struct mapping_output {
	const char *name;
	struct expr *expr;
	struct expr *text;               /* the same as it is written: always of type text */
	const struct sql_target *target; /* NULL: _op or _pos, which pass as they are */
};

struct mapping {
	struct sql_source source; /* its excerpt shows the place of an error */
	struct sql_mapping sql;
	struct expr_scope scope;
	struct expr_unit *unit;
	size_t noutputs;
	struct mapping_output *outputs;
	struct expr *where;   /* NULL: none */
	bool allow_forgotten; /* set before bind: columns neither read nor dropped are no error */
	struct arena arena;
};

/* Read and parse a file.  mapping_release takes m also after a failure. */
int mapping_read(struct mapping *m, const char *path, struct error *err);

/*
 * Compile for an input with these columns, which are borrowed until release.
 * NULL: the mapping's own columns are taken to be the input's.
 */
int mapping_bind(struct mapping *m, const struct csv_record *header, struct error *err);

/* Mark in used[scope.ncolumns] the columns that an expression reads. */
void mapping_columns(const struct mapping *m, const struct sql_node *node, bool *used);

/*
 * The column that a drop means, or -1: the name as written or, without
 * quotes, in lower case.
 */
int mapping_dropped(const struct mapping *m, const struct sql_drop *drop);

void mapping_release(struct mapping *m);

#endif
