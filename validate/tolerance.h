/*
 * tolerance.h - findings that a contract tolerates, each up to a budget of its own
 *
 * They stand in the schema under "caravan", as "tolerate": [{"code":
 * "type-error", "column": "gender", "max": "2%"}].  A row is excused when each
 * of its findings is tolerated.  It is rejected all the same, but it counts
 * against the budget of its first finding, not against --max-rejects, to which
 * only what exceeds a budget goes.
 */
#ifndef VALIDATE_TOLERANCE_H
#define VALIDATE_TOLERANCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "schema/table_schema.h"
#include "validate/contract.h"

struct tolerances;

/*
 * The schema and the rules are borrowed.  One that is not of this form, or that
 * fits none of the rules, is ERROR_USAGE.  NULL on error; a schema that
 * tolerates nothing has an empty one.
 */
struct tolerances *tolerances_new(const struct table_schema *schema, const struct rule *rules,
	size_t nrules, struct error *err);

/* For rules that come one by one: none of the list is looked for in a rule before. */
struct tolerances *tolerances_read(const struct table_schema *schema, struct error *err);

/*
 * A row with these findings, one at least: whether it is excused, as far as is
 * known by now.  A share of the rows is known at the end only.
 */
bool tolerances_excuse(struct tolerances *t, const struct violation *v, size_t n);

/* The same for a finding of a rule, of those that tolerances_read has made. */
bool tolerances_excuse_rule(struct tolerances *t, const struct rule *rule);

/* How many of the rows that were excused are too many, of so many that were read. */
uint64_t tolerances_excess(const struct tolerances *t, uint64_t rows);

size_t tolerances_count(const struct tolerances *t);

/*
 * For a report over so many rows: an array with an object for each; and a line
 * for each, of those that were made use of.
 */
json_t *tolerances_json(const struct tolerances *t, uint64_t rows);
void tolerances_print(const struct tolerances *t, uint64_t rows, FILE *out);

/* Takes NULL. */
void tolerances_free(struct tolerances *t);

#endif
