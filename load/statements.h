/*
 * statements.h - the SQL of a load
 *
 * insert: COPY goes straight into the table.
 *
 * upsert: COPY goes into a temporary table with the stream's columns and an
 * ordinal, without constraints (a trigger of the table may mend what they
 * would refuse); from there INSERT … ON CONFLICT merges it.  Of the rows of
 * one batch with the same key the last one counts, which is what they would
 * come to one by one.
 *
 * Deferred keys and references are made immediate, so that the row which
 * violates one can be told; see feed.h for those which come in the wrong
 * order.
 */
#ifndef LOAD_STATEMENTS_H
#define LOAD_STATEMENTS_H

#include "db/sql.h"
#include "error.h"
#include "load/target.h"

#define STATEMENTS_STAGE "caravan_stage"

/*
 * BEGIN and the settings of each of our transactions.  They are LOCAL, so
 * that nothing depends on the session: a pool may give each transaction
 * another one.
 */
extern const char statements_begin[];

/* Parts that change_statements.c has in common with us: the columns of the stream, of the key. */
void statements_stream_columns(struct sql *s, const struct target *t);
void statements_key_columns(struct sql *s, const struct target *t);

/* ON CONFLICT with the key; the table is called o. */
void statements_conflict(struct sql *s, const struct target *t);

/* SET CONSTRAINTS … IMMEDIATE, or nothing. */
void statements_immediate(struct sql *s, const struct target *t);

struct statements {
	struct sql copy;
	struct sql start; /* once in each transaction; may be empty */
	struct sql empty; /* upsert: empty it */
	struct sql merge; /* upsert: one row (inserted, updated) */
};

/*
 * Build them for a target that was matched; its nkey > 0 asks for an upsert.
 * Release also after failure.
 */
int statements_init(struct statements *s, const struct target *t, struct error *err);

void statements_release(struct statements *s);

#endif
