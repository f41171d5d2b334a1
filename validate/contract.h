/*
 * contract.h - a Table Schema made ready to be asked about one row after another
 *
 * A row with several errors gives several violations, in the order of its
 * columns, then of the keys.  Keys are taken by the first row that is good:
 * a row that breaks any rule takes none.
 *
 * In a change stream (a column _op) the same key comes again and again, so
 * uniqueness is not asked for; of a deletion (`d`) only the primary key is
 * looked at, and the end of a transaction (`c`) is always good.
 */
#ifndef VALIDATE_CONTRACT_H
#define VALIDATE_CONTRACT_H

#include <stdbool.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "schema/table_schema.h"
#include "validate/keyset.h"
#include "validate/reference.h"
#include "validate/report.h"

struct contract;

/*
 * Lay the schema, which is borrowed, over the columns of a header, and read the
 * tables that it refers to.  What does not fit is ERROR_USAGE: columns, a limit
 * that is not of its field's type, a constraint that is not supported.
 */
struct contract *contract_new(const struct table_schema *schema,
	const struct csv_record *header, const struct resources *resources, struct error *err);

/* Everything that can be violated; the contract owns it. */
const struct rule *contract_rules(const struct contract *c, size_t *n);

struct violation {
	size_t rule;       /* index into contract_rules */
	const char *value; /* NULL: NULL, or there is no one value */
	size_t len;
	const char *part;    /* the column of a primary key that is NULL, else NULL */
	struct place first;  /* of a key that was there before; row 0: it is not that */
	bool gave_up;        /* a pattern that took too many steps to match */
	const char *failure; /* why an expression failed: "SQLSTATE: message" */
};

/*
 * Check one row.  Returns the number of violations, which are in *violations
 * until the next call, or -1 on error.
 */
int contract_check(struct contract *c, const struct csv_record *record,
	const struct place *place, const struct violation **violations, struct error *err);

/* A key that the last row took; good until the next call with the contract. */
struct key_value {
	size_t rule; /* index into contract_rules */
	const char *text;
	size_t len;
};

/* Primary, unique and foreign keys, those of expressions as well. */
size_t contract_nkeys(const struct contract *c);

/*
 * Key i of the row that contract_check just found good: 1; 0 when a part of it
 * is NULL, or it is not one that must be unique; -1 for want of memory.
 * keys_out.h tells what the text is.
 */
int contract_key(struct contract *c, size_t i, struct key_value *value, struct error *err);

/* Takes NULL. */
void contract_free(struct contract *c);

#endif
