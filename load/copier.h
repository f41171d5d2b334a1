/*
 * copier.h - the inserter for PostgreSQL: one COPY after the other, each under a savepoint
 */
#ifndef LOAD_COPIER_H
#define LOAD_COPIER_H

#include <libpq-fe.h>

#include "error.h"
#include "load/inserter.h"
#include "load/statements.h"
#include "load/target.h"

enum copier_savepoint { COPIER_NONE, COPIER_TAKEN, COPIER_REFUSED };

/* Private, but for its size. */
struct copier {
	struct inserter inserter; /* the first, by which it is found */
	PGconn *conn;
	const struct target *target;
	const struct statements *statements;
	enum copier_savepoint savepoint;
};

/* All are borrowed. */
void copier_init(struct copier *c, PGconn *conn, const struct target *target,
	const struct statements *statements);

/* A new transaction has begun, which has no savepoint yet. */
int copier_start(struct copier *c, struct error *err);

#endif
