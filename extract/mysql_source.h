/*
 * mysql_source.h - MySQL and MariaDB as a source
 */
#ifndef EXTRACT_MYSQL_SOURCE_H
#define EXTRACT_MYSQL_SOURCE_H

#include "extract/source.h"

/* See source_open and mydb_connect. */
struct source *mysql_source_open(
	const char *address, const char *defaults_file, struct error *err);

#endif
