/*
 * copier.h - the inserter for PostgreSQL: one COPY after the other, each under a savepoint
 */
#ifndef LOAD_COPIER_H
#define LOAD_COPIER_H

#include <libpq-fe.h>

#include "error.h"
#include "load/inserter.h"
#include "load/orphans.h"
#include "load/statements.h"
#include "load/target.h"

enum copier_savepoint { COPIER_NONE, COPIER_TAKEN, COPIER_REFUSED };

/* Private, but for its size. */
struct copier {
	struct inserter inserter; /* the first, by which it is found */
	PGconn *conn;
	struct target *target;
	const struct statements *statements;
	enum copier_savepoint savepoint;
	struct orphans orphans;
};

/* All are borrowed. */
void copier_init(struct copier *c, PGconn *conn, struct target *target,
	const struct statements *statements);

/* A new transaction has begun, which has no savepoint yet. */
int copier_start(struct copier *c, struct error *err);

/*
 * A COPY into a table of the caller's, begun by the last statement of sql, from
 * start to end.  -1 with *err also where the server refuses it.
 */
int copier_fill(struct copier *c, const char *sql, const struct batch *b, size_t from,
	size_t to, struct error *err);

#endif
