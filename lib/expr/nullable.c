/*
 * nullable.c - see nullable.h
 *
 * Columns can be NULL.  Operators and strict functions are NULL where an
 * argument is, and some of them, which are listed, elsewhere too.
 */
#include <string.h>

#include "expr/node.h"
#include "expr/nullable.h"

/* NULL also for arguments that are not. */
static bool
makes_null(const struct function *f)
{
	static const char *const names[] = {"->", "->>", "#>", "#>>", "legacy.zero_date",
		"legacy.unixtime", "legacy.excel_date", "regexp_match", "regexp_substr",
		"array_length", "array_upper", "array_lower", "array_ndims", "array_dims",
		"array_position", "jsonb_extract_path", "jsonb_extract_path_text", "scale",
		"json_extract_path", "json_extract_path_text", "similar_to_escape", "to_number",
		NULL};

	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(f->name, names[i]) == 0)
			return true;
	}
	/* by a pattern, not by positions */
	return strcmp(f->name, "substring") == 0 && f->args[1] == TYPE_TEXT;
}

/* Of those that are called for NULLs too. */
static bool
makes_value(const struct function *f)
{
	static const char *const names[] = {"concat", "jsonb_build_object", "jsonb_build_array",
		"json_build_object", "json_build_array", "legacy.reject", "legacy.reject_if",
		NULL};

	for (size_t i = 0; names[i] != NULL; i++) {
		if (strcmp(f->name, names[i]) == 0)
			return true;
	}
	return false;
}

/* Is the column not NULL, where e is neither? */
static bool
needs(const struct expr *e, const struct expr *column)
{
	if (e->eval == eval_column)
		return e->row == column->row && e->column == column->column;
	if (e->eval != eval_strict_call && e->eval != eval_cast)
		return false;
	for (int i = 0; i < e->nargs; i++) {
		if (needs(e->args[i], column))
			return true;
	}
	return false;
}

/* Is the column not NULL, where the condition is true? */
static bool
proves(const struct expr *where, const struct expr *column)
{
	if (where == NULL)
		return false;
	if (where->eval == eval_is_null)
		return where->negated && needs(where->args[0], column);
	if (where->eval == eval_in && !where->negated)
		return needs(where->args[0], column);
	if (where->eval != eval_and)
		return needs(where, column);
	for (int i = 0; i < where->nargs; i++) {
		if (proves(where->args[i], column))
			return true;
	}
	return false;
}

static bool
any_null(const struct expr *e, int from, int step, const struct expr *where)
{
	for (int i = from; i < e->nargs; i += step) {
		if (expr_can_be_null(e->args[i], where))
			return true;
	}
	return false;
}

static bool
all_null(const struct expr *e, const struct expr *where)
{
	for (int i = 0; i < e->nargs; i++) {
		if (!expr_can_be_null(e->args[i], where))
			return false;
	}
	return true;
}

/* WHEN, THEN pairs, then ELSE; with a slot, the operand is behind them all. */
static bool
case_null(const struct expr *e, const struct expr *where)
{
	int last = e->nargs - 1 - (e->slot != NULL);

	for (int i = 0; i < last; i += 2) {
		if (expr_can_be_null(e->args[i + 1], where))
			return true;
	}
	return expr_can_be_null(e->args[last], where);
}

bool
expr_can_be_null(const struct expr *e, const struct expr *where)
{
	if (e->eval == eval_constant)
		return e->constant.null;
	if (e->eval == eval_column)
		return !proves(where, e);
	if (e->eval == eval_coalesce || e->eval == eval_extreme)
		return all_null(e, where);
	if (e->eval == eval_case)
		return case_null(e, where);
	if (e->eval == eval_is_null || e->eval == eval_is_bool || e->eval == eval_distinct)
		return false;
	if (e->eval == eval_call)
		return !makes_value(e->site.function);
	if (e->eval == eval_strict_call && makes_null(e->site.function))
		return true;
	/* of infinity there is no time of day */
	if (e->eval == eval_cast && e->cast->to == TYPE_TIME && e->cast->from != TYPE_TEXT)
		return true;
	if (e->eval == eval_strict_call || e->eval == eval_cast || e->eval == eval_output ||
		e->eval == eval_and || e->eval == eval_or || e->eval == eval_not ||
		e->eval == eval_in)
		return any_null(e, 0, 1, where);
	return true;
}
