/*
 * parse_call.c - calls of functions, and their arguments by name
 *
 * Names of arguments are known for the functions of PostgreSQL's that have
 * some; what is called by them becomes a call by position.
 */
#include <string.h>

#include "expr/parse_expr.h"

enum { NAMED_MAX = 7 };

/* fallback: the literal of what is left out, or NULL where it may not be. */
static const struct named_function {
	const char *name;
	const char *args[NAMED_MAX];
	const char *fallback;
} named_functions[] = {
	{"make_interval", {"years", "months", "weeks", "days", "hours", "mins", "secs"}, "0"},
	{"make_date", {"year", "month", "day"}, NULL},
	{"make_time", {"hour", "min", "sec"}, NULL},
	{"make_timestamp", {"year", "month", "mday", "hour", "min", "sec"}, NULL},
	{"make_timestamptz", {"year", "month", "mday", "hour", "min", "sec"}, NULL},
	{"jsonb_set", {"jsonb_in", "path", "replacement", "create_if_missing"}, NULL},
	{"jsonb_insert", {"jsonb_in", "path", "replacement", "insert_after"}, NULL},
};

static const json_t *
named_argument(const json_t *arg)
{
	return json_object_get(arg, "NamedArgExpr");
}

static const struct named_function *
find_function(const char *name)
{
	for (size_t i = 0; i < sizeof named_functions / sizeof named_functions[0]; i++) {
		if (strcmp(named_functions[i].name, name) == 0)
			return &named_functions[i];
	}
	return NULL;
}

/* Where the argument of that name belongs, or -1. */
static int
place_of(const struct named_function *f, const char *name)
{
	for (int i = 0; name != NULL && i < NAMED_MAX && f->args[i] != NULL; i++) {
		if (strcmp(f->args[i], name) == 0)
			return i;
	}
	return -1;
}

/* One argument with a name to its place. */
static int
put_named(struct sql_parser *p, const struct named_function *f, const json_t *named,
	struct sql_node **args, size_t at)
{
	const char *name = json_string_value(json_object_get(named, "name"));
	int place = place_of(f, name);

	at = sql_location(named, at);
	if (place < 0)
		return sql_fail(p->source, at, p->err,
			"function %s has no argument named \"%s\"", f->name, name ? name : "");
	if (args[place] != NULL)
		return sql_fail(p->source, at, p->err,
			"argument name \"%s\" used more than once", name);
	args[place] = sql_parse_expr(p, json_object_get(named, "arg"), at);
	return args[place] != NULL ? 0 : -1;
}

/* Those that are left out before the last one that is there. */
static int
fill_gaps(struct sql_parser *p, const struct named_function *f, struct sql_node *n)
{
	for (int i = NAMED_MAX - 1; i >= 0 && n->args[i] == NULL; i--)
		n->nargs = i;
	for (int i = 0; i < n->nargs; i++) {
		if (n->args[i] != NULL)
			continue;
		if (f->fallback == NULL)
			return sql_fail(p->source, n->at, p->err,
				"function %s needs an argument \"%s\"", f->name, f->args[i]);
		n->args[i] = sql_literal_node(p, n->at, SQL_INTEGER, f->fallback);
		if (n->args[i] == NULL)
			return -1;
	}
	return 0;
}

static struct sql_node *
call_by_name(struct sql_parser *p, const char *name, const json_t *args, size_t at)
{
	const struct named_function *f = find_function(name);
	size_t given = json_array_size(args);
	struct sql_node *n;

	if (f == NULL)
		return sql_refuse(p, at, "named arguments of this function are");
	n = sql_new_node(p, SQL_CALL, at, NAMED_MAX);
	if (n == NULL)
		return NULL;
	n->name = sql_copy(p, name, strlen(name));
	if (n->name == NULL)
		return NULL;
	for (size_t i = 0; i < given; i++) {
		const json_t *arg = json_array_get(args, i), *named = named_argument(arg);

		if (i >= NAMED_MAX)
			return sql_refuse(p, at, "so many arguments are");
		if (named != NULL && put_named(p, f, named, n->args, at) < 0)
			return NULL;
		/* the grammar has all of these before those with names */
		if (named == NULL && (n->args[i] = sql_parse_expr(p, arg, at)) == NULL)
			return NULL;
	}
	return fill_gaps(p, f, n) < 0 ? NULL : n;
}

struct sql_node *
sql_parse_call(struct sql_parser *p, const json_t *o, size_t at)
{
	static const struct {
		const char *member, *message;
	} refused[] = {
		{"agg_star", "aggregates are"},
		{"agg_distinct", "aggregates are"},
		{"agg_order", "aggregates are"},
		{"agg_filter", "aggregates are"},
		{"agg_within_group", "aggregates are"},
		{"over", "window functions are"},
		{"func_variadic", "VARIADIC is"},
	};
	const json_t *args = json_object_get(o, "args");
	struct sql_node *n;

	at = sql_location(o, at);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		if (json_object_get(o, refused[i].member) != NULL)
			return sql_refuse(p, at, refused[i].message);
	}
	for (size_t i = 0; i < json_array_size(args); i++) {
		char *name;

		if (named_argument(json_array_get(args, i)) == NULL)
			continue;
		name = sql_joined_name(p, json_object_get(o, "funcname"), at);
		return name ? call_by_name(p, name, args, at) : NULL;
	}
	n = sql_new_node(p, SQL_CALL, at, json_array_size(args));
	if (n == NULL)
		return NULL;
	n->name = sql_joined_name(p, json_object_get(o, "funcname"), at);
	if (n->name == NULL || sql_parse_list(p, n, 0, args) < 0)
		return NULL;
	return n;
}
