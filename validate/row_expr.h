/*
 * row_expr.h - PostgreSQL expressions over a row, for what Table Schema cannot say
 *
 * A column is of its field's type, if the field has the type's default format
 * (integer: bigint; number: numeric; boolean; date; datetime: timestamp with
 * time zone; object and array: jsonb); else it is text.
 */
#ifndef VALIDATE_ROW_EXPR_H
#define VALIDATE_ROW_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "csv/csv_reader.h"
#include "error.h"
#include "schema/table_schema.h"

struct row_expr;

/*
 * Compile an expression; condition: it must be boolean.  name is what messages
 * call it.  The schema and the header are borrowed, the texts copied.
 * ERROR_USAGE, with the place in the expression, for what is wrong.
 */
struct row_expr *row_expr_new(const struct table_schema *schema,
	const struct csv_record *header, const char *name, const char *expression,
	bool condition, struct error *err);

/* Whether the value of the field's column in the header is read. */
bool row_expr_reads(const struct row_expr *e, size_t column);

/*
 * Both return 0, or -1 when the expression fails for this row; then
 * row_expr_failure tells why, as "SQLSTATE: message".  What text points to is
 * good until the next evaluation.
 */
int row_expr_condition(struct row_expr *e, const struct csv_field *fields, bool *null, bool *b);
int row_expr_text(struct row_expr *e, const struct csv_field *fields, bool *null,
	const char **text, size_t *len);
const char *row_expr_failure(const struct row_expr *e);

/* Takes NULL. */
void row_expr_free(struct row_expr *e);

#endif
