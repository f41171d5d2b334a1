/*
 * mysql_source.h - MySQL and MariaDB as a source
 */
#ifndef EXTRACT_MYSQL_SOURCE_H
#define EXTRACT_MYSQL_SOURCE_H

#include "extract/source.h"

/* See source_open_many and mydb_connect. */
int mysql_source_open(const char *address, const char *defaults_file,
	const struct snapshot_request *request, struct source **sources, struct error *err);

#endif
