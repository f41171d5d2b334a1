/*
 * row_expr.c - see row_expr.h
 *
 * The mapping engine reads a SELECT, so the expression is given to it as the
 * second line of one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/compile.h"
#include "validate/row_expr.h"

struct row_expr {
	struct sql_source source;
	struct sql_mapping sql;
	struct expr_scope scope;
	struct expr_unit *unit;
	struct expr *expr;
	struct arena arena;
	struct expr_error error;
	struct expr_frame frame;
	bool *reads; /* by column of the header */
	char failure[640];
};

/* PostgreSQL's name of the type that a field's texts can be cast to, or NULL: they stay text. */
static const char *
sql_type_of(const struct schema_field *f)
{
	bool plain = f->bare_number && f->group_char.len == 0 &&
		     strcmp(f->decimal_char.ptr, ".") == 0;

	if (strcmp(f->format, "default") != 0)
		return NULL;
	switch (f->type) {
	case SCHEMA_INTEGER: return plain ? "int8" : NULL;
	case SCHEMA_NUMBER: return plain ? "numeric" : NULL;
	case SCHEMA_BOOLEAN: return "bool";
	case SCHEMA_DATE: return "date";
	case SCHEMA_DATETIME: return "timestamptz";
	case SCHEMA_OBJECT:
	case SCHEMA_ARRAY: return "jsonb";
	default: return NULL;
	}
}

/* Put a cast around each column whose field has a type; note which columns are read. */
static int
type_columns(struct row_expr *e, const struct table_schema *schema, struct sql_node **node,
	struct error *err)
{
	struct sql_node *column = *node, *cast;
	struct sql_type *type;
	int at, field;

	for (int i = 0; i < column->nargs; i++) {
		if (type_columns(e, schema, &column->args[i], err) < 0)
			return -1;
	}
	if (column->kind != SQL_COLUMN)
		return 0;
	at = expr_scope_find(&e->scope, column->name);
	if (at < 0)
		return 0; /* the compiler says so, at its place */
	e->reads[at] = true;
	field = table_schema_find(schema, column->name, strlen(column->name));
	if (field < 0 || sql_type_of(&schema->fields[field]) == NULL)
		return 0;
	/* not in e->arena, which is a row's */
	cast = arena_alloc(&e->sql.arena, sizeof *cast);
	type = arena_alloc(&e->sql.arena, sizeof *type);
	if (cast != NULL && type != NULL) {
		*type = (struct sql_type){
			.name = sql_type_of(&schema->fields[field]), .at = column->at};
		*cast = (struct sql_node){
			.kind = SQL_CAST, .at = column->at, .type = type, .nargs = 1};
		cast->args = arena_alloc(&e->sql.arena, sizeof(struct sql_node *));
	}
	if (cast == NULL || type == NULL || cast->args == NULL)
		return error_nomem(err);
	cast->args[0] = column;
	*node = cast;
	return 0;
}

/* A message at a place in the SELECT, told as a place in the expression. */
static int
relocate(const struct row_expr *e, const char *name, struct error *err)
{
	size_t line, column;
	char place[64], old[ERROR_TEXT_MAX];
	const char *message = old + strlen(name);

	if (err->kind != ERROR_USAGE || e->source.error_at == SQL_NOWHERE)
		return -1;
	sql_source_place(&e->source, e->source.error_at, &line, &column);
	snprintf(place, sizeof place, ":%zu:%zu: ", line, column);
	memcpy(old, err->text, sizeof old);
	if (strncmp(old, name, strlen(name)) != 0 ||
		strncmp(message, place, strlen(place)) != 0)
		return -1;
	return error_set(err, ERROR_USAGE, "%s: line %zu, column %zu: %s", name, line - 1,
		column, message + strlen(place));
}

static int
read_expression(struct row_expr *e, const char *name, const char *expression, struct error *err)
{
	size_t size = strlen(expression) + 64;
	char *text = malloc(size);
	int n, rc;

	if (text == NULL)
		return error_nomem(err);
	n = snprintf(text, size, "SELECT NULL FROM t WHERE\n%s", expression);
	rc = sql_source_set(&e->source, name, text, (size_t)n, err);
	free(text);
	if (rc < 0)
		return -1;
	if (sql_mapping_parse(&e->sql, &e->source, err) < 0)
		return relocate(e, name, err);
	return 0;
}

static int
compile(struct row_expr *e, const struct table_schema *schema, const char *name, bool condition,
	struct error *err)
{
	struct sql_node **node = &e->sql.where;

	if (*node == NULL)
		return error_set(err, ERROR_USAGE, "%s: it is not an expression", name);
	if (type_columns(e, schema, node, err) < 0)
		return -1;
	e->unit = expr_unit_new(&e->source, &e->scope, err);
	if (e->unit == NULL)
		return -1;
	e->expr = condition ? expr_compile_condition(e->unit, *node, "a rule", err)
			    : expr_compile(e->unit, *node, err);
	return e->expr == NULL ? relocate(e, name, err) : 0;
}

struct row_expr *
row_expr_new(const struct table_schema *schema, const struct csv_record *header,
	const char *name, const char *expression, bool condition, struct error *err)
{
	struct row_expr *e = calloc(1, sizeof *e);

	if (e == NULL) {
		error_nomem(err);
		return NULL;
	}
	arena_init(&e->arena);
	arena_init(&e->sql.arena);
	e->frame.context = (struct eval_context){&e->arena, &e->error};
	e->reads = calloc(header->nfields, sizeof *e->reads);
	if (e->reads == NULL) {
		error_nomem(err);
		goto fail;
	}
	e->scope.ncolumns = header->nfields;
	e->scope.columns = header->fields;
	if (read_expression(e, name, expression, err) < 0)
		goto fail;
	e->scope.table = e->sql.table;
	if (compile(e, schema, name, condition, err) < 0)
		goto fail;
	return e;
fail:
	row_expr_free(e);
	return NULL;
}

bool
row_expr_reads(const struct row_expr *e, size_t column)
{
	return e->reads[column];
}

static int
evaluate(struct row_expr *e, const struct csv_field *fields, struct value *v)
{
	arena_reset(&e->arena);
	e->frame.rows[0] = fields;
	if (expr_eval(e->expr, &e->frame, v) == 0)
		return 0;
	snprintf(e->failure, sizeof e->failure, "%s: %s", e->error.sqlstate, e->error.message);
	return -1;
}

int
row_expr_condition(struct row_expr *e, const struct csv_field *fields, bool *null, bool *b)
{
	struct value v;

	if (evaluate(e, fields, &v) < 0)
		return -1;
	*null = v.null;
	*b = !v.null && v.b;
	return 0;
}

int
row_expr_text(struct row_expr *e, const struct csv_field *fields, bool *null, const char **text,
	size_t *len)
{
	struct text t = {"", 0};
	struct value v;

	if (evaluate(e, fields, &v) < 0)
		return -1;
	*null = v.null;
	if (!v.null && expr_value_text(&e->frame.context, expr_type(e->expr), &v, &t) < 0) {
		snprintf(e->failure, sizeof e->failure, "%s: %s", e->error.sqlstate,
			e->error.message);
		return -1;
	}
	*text = t.ptr == NULL ? "" : t.ptr;
	*len = t.len;
	return 0;
}

const char *
row_expr_failure(const struct row_expr *e)
{
	return e->failure;
}

void
row_expr_free(struct row_expr *e)
{
	if (e == NULL)
		return;
	expr_unit_free(e->unit);
	sql_mapping_release(&e->sql);
	sql_source_release(&e->source);
	arena_release(&e->arena);
	free(e->reads);
	free(e);
}
