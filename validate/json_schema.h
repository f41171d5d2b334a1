/*
 * json_schema.h - JSON Schema for values of the types object and array
 *
 * What is common to the drafts 6, 7 and 2019-09: type, enum, const, the bounds
 * of numbers, lengths and sizes, multipleOf, pattern, items (one schema or a
 * list), prefixItems, additionalItems, contains, uniqueItems, properties,
 * required, additionalProperties, patternProperties, propertyNames,
 * dependentRequired, allOf, anyOf, oneOf, not, if, then, else, and $ref to a
 * place in the schema itself (#, #/definitions/x).  format is only a note, as
 * the drafts allow.  A keyword that is not known is an error of the schema, so
 * that no rule is passed over.
 */
#ifndef VALIDATE_JSON_SCHEMA_H
#define VALIDATE_JSON_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

struct json_schema;

/* Borrows the schema, which must live on.  What is wrong in it is ERROR_USAGE. */
struct json_schema *json_schema_new(const json_t *schema, struct error *err);

/* Whether the n bytes, which are JSON, are valid. */
bool json_schema_check(const struct json_schema *s, const char *text, size_t n);

/* Takes NULL. */
void json_schema_free(struct json_schema *s);

#endif
