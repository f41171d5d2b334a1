/*
 * copier.h - one COPY after the other, each under a savepoint
 *
 * In a transaction: begin, any number of puts, then exactly one of end or
 * abort; and again.  What end says was taken stays; what was refused is
 * undone by the time of the next begin (or of settle), and the transaction
 * goes on.
 */
#ifndef LOAD_COPIER_H
#define LOAD_COPIER_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "load/statements.h"
#include "load/target.h"

/* What PostgreSQL said about rows that it did not take. */
struct refusal {
	char sqlstate[6];
	char column[256];     /* "" where it named none */
	char constraint[256]; /* likewise */
	char message[1024];
	uint64_t line; /* of the COPY, 1 is the first record's; 0: not known */
};

/* Rows that were taken; a trigger may have left out some. */
struct copied {
	uint64_t rows; /* that COPY counted */
	uint64_t inserted;
	uint64_t updated;
};

enum copier_savepoint { COPIER_NONE, COPIER_TAKEN, COPIER_REFUSED };

/* Private, but for its size. */
struct copier {
	PGconn *conn;
	const struct target *target;
	const struct statements *statements;
	enum copier_savepoint savepoint;
	bool active; /* in a COPY */
};

/* All are borrowed. */
void copier_init(struct copier *c, PGconn *conn, const struct target *target,
	const struct statements *statements);

/* A new transaction has begun, which has no savepoint yet. */
int copier_start(struct copier *c, struct error *err);

int copier_begin(struct copier *c, struct error *err);

/* Records with their line feeds; n may be anything that is no part of a record too many. */
int copier_put(struct copier *c, const char *data, size_t n, struct error *err);

/* 1: all rows taken, *copied is set; 0: refused, *refusal is set; -1 on error. */
int copier_end(
	struct copier *c, struct copied *copied, struct refusal *refusal, struct error *err);

/* The source has failed: make the server give up the COPY.  *reason is what it will log. */
void copier_abort(struct copier *c, const char *reason);

/* Give up the savepoint, before the transaction ends. */
int copier_settle(struct copier *c, struct error *err);

#endif
