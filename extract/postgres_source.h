/*
 * postgres_source.h - PostgreSQL as a source
 */
#ifndef EXTRACT_POSTGRES_SOURCE_H
#define EXTRACT_POSTGRES_SOURCE_H

#include <jansson.h>
#include <libpq-fe.h>

#include "extract/source.h"

/* For the modules of this source only. */
struct postgres_source {
	struct source source;
	PGconn *conn;
	PGcancel *cancel; /* for stop, which another thread calls */
	int socket;       /* likewise, a duplicate of the connection's; -1: none */
	json_t *identity;
	json_t *snapshot; /* what is known of its moment */
};

/* See source_open_many and postgres_connect. */
int postgres_source_open(const char *address, const struct snapshot_request *request,
	struct source **sources, struct error *err);

#endif
