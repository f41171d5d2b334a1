/*
 * mysql_source.h - MySQL and MariaDB as a source
 */
#ifndef EXTRACT_MYSQL_SOURCE_H
#define EXTRACT_MYSQL_SOURCE_H

#include <jansson.h>
#include <mysql.h>

#include "extract/source.h"

/* For the modules of this source only. */
struct mysql_source {
	struct source source;
	MYSQL *conn;
	int socket;       /* a duplicate of the connection's, for stop; -1: none */
	char *database;   /* the connection's, or NULL */
	json_t *snapshot; /* what is known of its moment */
};

/* See source_open_many and mydb_connect. */
int mysql_source_open(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err);

#endif
