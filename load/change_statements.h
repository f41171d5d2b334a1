/*
 * change_statements.h - the SQL that applies changes to one table
 *
 * The records go into a temporary table, a stage, with the stream's columns,
 * _op and _pos, and an ordinal; it has no constraints, as a deletion has only
 * its key.
 */
#ifndef LOAD_CHANGE_STATEMENTS_H
#define LOAD_CHANGE_STATEMENTS_H

#include "csv/csv_reader.h"
#include "db/sql.h"
#include "load/target.h"

/* Make the stage, which the end of each transaction empties. */
void change_stage(struct sql *s, const char *stage, const struct target *t);

/* COPY into it, in the order of the header. */
void change_copy(struct sql *s, const char *stage, const struct csv_record *header);

/* Delete the rows whose last change is d. */
void change_deletes(struct sql *s, const char *stage, const struct target *t);

/* Insert or update the others; gives one row: inserted, updated. */
void change_upserts(struct sql *s, const char *stage, const struct target *t);

#endif
