/*
 * reference.h - the keys of a table that another one refers to
 */
#ifndef VALIDATE_REFERENCE_H
#define VALIDATE_REFERENCE_H

#include "error.h"
#include "schema/table_schema.h"
#include "validate/keyset.h"

/* One --resource NAME=FILE; the same name again is one more file of the table. */
struct resource {
	const char *name;
	const char *path;
};

struct resources {
	const struct resource *items;
	size_t n;
	/* the input's own files, for references to the table itself; none: standard input */
	const char *const *own;
	size_t nown;
};

/*
 * All values of the columns that a foreign key of the schema refers to, as
 * values of the fields that refer to them; rows with a NULL in them are left
 * out.  Files that are not there or not sound are ERROR_RUNTIME; a resource
 * that was not given, a column that it has not, and a reference to the table
 * itself while it is read from a pipe are ERROR_USAGE.  NULL on error.
 */
struct keyset *reference_load(const struct table_schema *schema,
	const struct schema_foreign_key *key, const struct resources *resources,
	struct error *err);

#endif
