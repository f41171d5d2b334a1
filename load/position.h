/*
 * position.h - up to where a change stream is applied: caravan.position in the target
 *
 * A row for each table and stream, changed in the transaction that applies the
 * changes, and locked by it from its beginning, so that of two appliers one
 * waits for the other.
 */
#ifndef LOAD_POSITION_H
#define LOAD_POSITION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "change_pos.h"
#include "db/sql.h"
#include "error.h"

struct position {
	const char *table;                  /* "schema"."name", borrowed */
	const char *stream;                 /* borrowed */
	char text[CHANGE_POS_TEXT_MAX + 1]; /* committed last; "": nothing yet */
};

/* Make sure that the table is there; 0 also where it is not, in a dry run: *absent is set. */
int position_open(PGconn *conn, bool dry_run, bool *absent, struct error *err);

/* Read p->text; waits for whoever is applying the stream now.  again forgets it first. */
int position_read(PGconn *conn, struct position *p, bool again, struct error *err);

/* Read it, and leave all as it is. */
int position_peek(PGconn *conn, struct position *p, struct error *err);

/* In a transaction: lock it.  ERROR_RUNTIME when it is not as we know it: another load is at work. */
int position_lock(PGconn *conn, const struct position *p, struct error *err);

/* Append the statement that stores text as the position, with how many changes led there. */
void position_store(struct sql *s, const struct position *p, const char *text, uint64_t applied,
	uint64_t rejected);

#endif
