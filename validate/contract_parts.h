/*
 * contract_parts.h - what a contract is made of; for the files that implement it
 */
#ifndef VALIDATE_CONTRACT_PARTS_H
#define VALIDATE_CONTRACT_PARTS_H

#include "arena.h"
#include "validate/cell.h"
#include "validate/contract.h"
#include "validate/json_schema.h"
#include "validate/pattern.h"
#include "validate/row_expr.h"
#include "validate/row_key.h"

/* Rules that are not a column's; the first of all contracts. */
enum {
	RULE_MISSING_CELL,
	RULE_EXTRA_CELL,
	RULE_ENCODING_ERROR,
	RULE_BLANK_ROW,
	RULE_ROW_COUNT
};

/* A value out of the schema, with what its cell points into. */
struct constant {
	struct cell cell;
	struct cell_type *type;
	struct constant *next; /* of all that the contract owns */
};

enum bound_kind { BOUND_MINIMUM, BOUND_MAXIMUM, BOUND_ABOVE, BOUND_BELOW, BOUND_KINDS };

struct bound {
	enum bound_kind kind;
	const struct cell *limit;
	size_t rule;
};

/* Values by the keys of their cells, sorted by length, then by bytes. */
struct value_set {
	struct schema_text *keys;
	size_t n;
	size_t rule;
};

struct column {
	const struct schema_field *field;
	struct cell_type *type;
	size_t index; /* in the record */
	size_t rule_type;
	size_t rule_required; /* 0: not required */
	struct bound bounds[BOUND_KINDS];
	size_t nbounds;
	size_t min_length; /* with rule_min_length 0 it is not asked; likewise the next */
	size_t max_length;
	size_t rule_min_length;
	size_t rule_max_length;
	struct pattern *pattern;
	size_t rule_pattern;
	struct json_schema *json_schema;
	size_t rule_json_schema;
	struct value_set sets[2]; /* enum, categories */
	size_t nsets;
};

/* What a column's field was in the present row. */
enum cell_state { STATE_NULL, STATE_GOOD, STATE_BAD };

struct key {
	const size_t *columns; /* indices of contract columns */
	size_t n;
	bool primary;  /* its parts must not be NULL */
	bool foreign;  /* it must be in seen; otherwise it must not */
	bool complete; /* the present row has all parts */
	size_t rule;
	struct keyset *seen; /* NULL: uniqueness is not asked */
	struct row_key row;
};

/* An expression over the row, with the contract's columns that it reads. */
struct reading_expr {
	struct row_expr *expr;
	size_t *columns;
	size_t ncolumns;
};

struct row_rule {
	struct reading_expr condition;
	size_t rule;
};

/* A key of expressions, such as lower(email). */
struct expr_key {
	struct reading_expr *parts;
	size_t nparts;
	size_t rule;
	struct keyset *seen;
	struct buffer bytes;
	bool complete;
};

struct contract {
	const struct table_schema *schema;
	struct arena arena;
	struct rule *rules;
	size_t nrules;
	size_t cap_rules;
	struct column *columns;
	size_t ncolumns;
	struct cell *cells; /* of the present row, one a column */
	enum cell_state *states;
	struct key *keys;
	size_t nkeys;
	struct row_rule *row_rules;
	size_t nrow_rules;
	struct expr_key *expr_keys;
	size_t nexpr_keys;
	struct csv_field *row; /* the present row, its missing values as NULL */
	struct constant *constants;
	struct violation *violations;
	size_t nviolations;
	struct buffer scratch;
	const struct csv_record *header;
	int op; /* the index of _op in the record, or -1 */
};

/* A copy in the contract's memory; NULL with the error set. */
char *contract_keep(struct contract *c, const char *text, size_t n, struct error *err);

/* n zeroed things of a size, likewise. */
void *contract_allocate(struct contract *c, size_t n, size_t size, struct error *err);

/* The new rule's index in *index. */
int contract_add_rule(
	struct contract *c, const struct rule *rule, size_t *index, struct error *err);

/* The columns must be there. */
int contract_add_keys(struct contract *c, const struct resources *resources, struct error *err);

/* What the schema has under "caravan": rules and uniqueKeys. */
int contract_add_exprs(struct contract *c, struct error *err);
void contract_release_exprs(struct contract *c);

/* A violation of the present row. */
struct violation *contract_violate(
	struct contract *c, size_t rule, const char *value, size_t len);

/* Make c->row, then ask the rules. */
int contract_check_rules(
	struct contract *c, const struct csv_record *record, struct error *err);

/* Look for the keys of expressions; after that, if the row is good, add them. */
int contract_find_expr_keys(struct contract *c, struct error *err);
int contract_add_expr_keys(struct contract *c, const struct place *place, struct error *err);

#endif
