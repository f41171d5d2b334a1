/*
 * name.h - names of tables and columns as they are written on the command line
 */
#ifndef DB_NAME_H
#define DB_NAME_H

#include <stddef.h>

#include "error.h"

/*
 * Read a name from *text into name: plain up to `stop` (or the end), or
 * between two of `quote`, in which a doubled one stands for itself.  *text is
 * moved to the stop or the end.  What is no name is ERROR_USAGE.
 */
int name_read(
	const char **text, char quote, char stop, char *name, size_t size, struct error *err);

#endif
