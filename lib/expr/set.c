/*
 * set.c - see set.h
 */
#include <string.h>

#include "expr/compiler.h"
#include "expr/set.h"

struct expr_set {
	const struct expr *call;
	bool scalar; /* the function is no set: one row */
	bool ordinality;
	size_t ncolumns; /* without the ordinality */
	int64_t row;
	struct value value; /* the set, or the row of a scalar */
};

/*
 * What the columns are called where an alias does not say.  Of one column with
 * a name, that is its name also where there is an alias.
 */
static const struct {
	const char *function;
	size_t n;
	const char *names[2];
	enum value_type types[2]; /* of two; the type of one is the function's result */
} shapes[] = {
	{"jsonb_each", 2, {"key", "value"}, {TYPE_TEXT, TYPE_JSONB}},
	{"jsonb_each_text", 2, {"key", "value"}, {TYPE_TEXT, TYPE_TEXT}},
	{"jsonb_array_elements", 1, {"value"}, {TYPE_JSONB}},
	{"jsonb_array_elements_text", 1, {"value"}, {TYPE_TEXT}},
};

int
set_names(struct sql_source *source, const struct sql_from *from, struct set_columns *columns,
	struct error *err)
{
	columns->n = 1;
	columns->names[0] = from->name;
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
		if (strcmp(shapes[i].function, from->call->name) != 0)
			continue;
		columns->n = shapes[i].n;
		for (size_t k = 0; k < shapes[i].n; k++) {
			columns->names[k] = shapes[i].names[k];
			columns->types[k] = shapes[i].types[k];
		}
	}
	if (from->ordinality)
		columns->names[columns->n++] = "ordinality";
	if (from->nnames > columns->n)
		return sql_fail(source, from->at, err,
			"table \"%s\" has %zu columns available but %zu columns specified",
			from->name, columns->n, from->nnames);
	for (size_t i = 0; i < from->nnames; i++)
		columns->names[i] = from->names[i];
	return 0;
}

struct expr_set *
expr_compile_set(struct expr_unit *unit, const struct sql_from *from,
	struct set_columns *columns, struct error *err)
{
	struct expr_set *set = arena_alloc(&unit->arena, sizeof *set);
	struct expr *e;

	if (set == NULL) {
		error_nomem(err);
		return NULL;
	}
	unit->err = err;
	unit->set_node = from->call;
	e = compile_node(unit, from->call);
	unit->set_node = NULL;
	if (e != NULL && e->type == TYPE_UNKNOWN)
		e = compile_coerce(unit, e, TYPE_TEXT, -1, CAST_IMPLICIT, e->at);
	if (e == NULL)
		return NULL;
	memset(set, 0, sizeof *set);
	set->call = e;
	set->scalar = e->site.function == NULL || !(e->site.function->flags & FUNCTION_SET);
	set->ordinality = from->ordinality;
	set->ncolumns = columns->n - set->ordinality;
	if (set->ncolumns == 1)
		columns->types[0] = e->type;
	if (set->ordinality)
		columns->types[set->ncolumns] = TYPE_INT8;
	return set;
}

int
expr_set_start(struct expr_set *set, struct expr_frame *frame)
{
	set->row = 0;
	return expr_eval(set->call, frame, &set->value);
}

int
expr_set_next(struct expr_set *set, struct expr_frame *frame, struct value *values)
{
	int got;

	if (set->scalar) {
		got = set->row == 0;
		values[0] = set->value;
	} else if (set->value.null) {
		got = 0;
	} else {
		for (size_t i = 0; i < set->ncolumns; i++)
			values[i].null = false;
		got = set->value.set->next(&frame->context, set->value.set, values);
	}
	if (got > 0) {
		set->row++;
		if (set->ordinality)
			values[set->ncolumns] = (struct value){.i = set->row};
	}
	return got;
}
