/*
 * parse_from.c - the members of FROM: the input, lookups, rows of functions
 *
 * A tree of joins that leans to the left becomes a list in the order it is
 * written, which is the order it runs in.  Commas begin a tree of their own:
 * the condition of a join sees the members of its own tree only, a function's
 * arguments all that is to the left.
 */
#include <string.h>

#include "expr/parse_expr.h"

static int
refuse(struct sql_parser *p, const json_t *node, const char *what)
{
	return sql_fail(p->source, sql_first_location(node, SQL_NOWHERE), p->err, "%s", what);
}

/* How many members a tree has at most: one more than its joins. */
static size_t
count_members(const json_t *node)
{
	const json_t *join = json_object_get(node, "JoinExpr");

	return join ? count_members(json_object_get(join, "larg")) + 1 : 1;
}

static const char *
keep(struct sql_parser *p, const char *s)
{
	return sql_copy(p, s ? s : "", s ? strlen(s) : 0);
}

/* A list of names (of USING, of an alias) into from->names. */
static int
parse_names(struct sql_parser *p, struct sql_from *from, const json_t *list)
{
	size_t n = json_array_size(list);

	from->names = arena_alloc(p->arena, (n + 1) * sizeof(const char *));
	if (from->names == NULL)
		return error_nomem(p->err);
	for (size_t i = 0; i < n; i++) {
		from->names[i] = keep(p, sql_string(json_array_get(list, i)));
		if (from->names[i] == NULL)
			return -1;
	}
	from->nnames = n;
	return 0;
}

static int
parse_table(struct sql_parser *p, struct sql_from *from, const json_t *table)
{
	const json_t *alias = json_object_get(table, "alias");

	from->at = sql_location(table, SQL_NOWHERE);
	if (json_object_get(table, "schemaname") != NULL && from->kind == SQL_FROM_LOOKUP)
		return sql_fail(p->source, from->at, p->err,
			"a lookup has no schema: its name is that of --lookup");
	if (json_object_get(alias, "colnames") != NULL)
		return sql_fail(p->source, from->at, p->err,
			"new names for a table's columns are not supported in a mapping");
	from->table = keep(p, json_string_value(json_object_get(table, "relname")));
	from->aliased = alias != NULL;
	from->name = alias ? keep(p, json_string_value(json_object_get(alias, "aliasname")))
			   : from->table;
	return from->table && from->name ? 0 : -1;
}

static int
parse_function(struct sql_parser *p, struct sql_from *from, const json_t *range)
{
	const json_t *functions = json_object_get(range, "functions");
	const json_t *alias = json_object_get(range, "alias"), *items;
	const char *dot;

	from->kind = SQL_FROM_FUNCTION;
	from->at = sql_first_location(functions, SQL_NOWHERE);
	from->ordinality = json_is_true(json_object_get(range, "ordinality"));
	if (json_is_true(json_object_get(range, "is_rowsfrom")) ||
		json_array_size(functions) != 1)
		return refuse(p, range, "ROWS FROM is not supported in a mapping");
	if (json_object_get(range, "coldeflist") != NULL)
		return refuse(
			p, range, "a column definition list is not supported in a mapping");
	items = json_object_get(json_object_get(json_array_get(functions, 0), "List"), "items");
	from->call = sql_parse_expr(p, json_array_get(items, 0), from->at);
	if (from->call == NULL)
		return -1;
	if (from->call->kind != SQL_CALL)
		return refuse(p, range, "only functions can stand here in FROM");
	dot = strrchr(from->call->name, '.');
	from->table = dot ? dot + 1 : from->call->name;
	from->aliased = alias != NULL;
	from->name = alias ? keep(p, json_string_value(json_object_get(alias, "aliasname")))
			   : from->table;
	if (from->name == NULL)
		return -1;
	return parse_names(p, from, json_object_get(alias, "colnames"));
}

/* A table or a function as the next member. */
static int
parse_member(struct sql_parser *p, struct sql_mapping *m, const json_t *node, size_t visible)
{
	struct sql_from *from = &m->from[m->nfrom];
	const json_t *object;
	int rc;

	memset(from, 0, sizeof *from);
	from->kind = m->nfrom == 0 ? SQL_FROM_INPUT : SQL_FROM_LOOKUP;
	from->visible = visible;
	if ((object = json_object_get(node, "RangeVar")) != NULL)
		rc = parse_table(p, from, object);
	else if ((object = json_object_get(node, "RangeFunction")) != NULL)
		rc = parse_function(p, from, object);
	else if (json_object_get(node, "JoinExpr") != NULL)
		return refuse(p, node, "a join in parentheses is not supported in a mapping");
	else
		return refuse(p, node, "subqueries are not supported in a mapping");
	if (rc < 0)
		return -1;
	if (m->nfrom == 0 && from->kind == SQL_FROM_FUNCTION)
		return sql_fail(p->source, from->at, p->err,
			"FROM begins with the name of the input; functions follow it");
	for (size_t i = 0; i < m->nfrom; i++) {
		if (strcmp(m->from[i].name, from->name) == 0)
			return sql_fail(p->source, from->at, p->err,
				"table name \"%s\" specified more than once", from->name);
	}
	m->nfrom++;
	return 0;
}

static int
check_join(struct sql_parser *p, const json_t *join, const struct sql_from *from)
{
	const char *type = json_string_value(json_object_get(join, "jointype"));

	if (json_is_true(json_object_get(join, "isNatural")))
		return sql_fail(p->source, from->at, p->err,
			"NATURAL JOIN is not supported in a mapping: name the columns");
	if (type == NULL || (strcmp(type, "JOIN_INNER") != 0 && strcmp(type, "JOIN_LEFT") != 0))
		return sql_fail(p->source, from->at, p->err,
			"RIGHT and FULL JOIN are not supported in a mapping: it goes row by "
			"row "
			"through its input");
	if (json_object_get(join, "alias") != NULL ||
		json_object_get(join, "join_using_alias") != NULL)
		return sql_fail(p->source, from->at, p->err,
			"a name for a join is not supported in a mapping");
	return 0;
}

static int
parse_tree(struct sql_parser *p, struct sql_mapping *m, const json_t *node, size_t visible)
{
	const json_t *join = json_object_get(node, "JoinExpr"), *quals, *names;
	const char *type = json_string_value(json_object_get(join, "jointype"));
	struct sql_from *from;

	if (join == NULL)
		return parse_member(p, m, node, visible);
	if (parse_tree(p, m, json_object_get(join, "larg"), visible) < 0 ||
		parse_member(p, m, json_object_get(join, "rarg"), visible) < 0)
		return -1;
	from = &m->from[m->nfrom - 1];
	if (check_join(p, join, from) < 0)
		return -1;
	from->left = type != NULL && strcmp(type, "JOIN_LEFT") == 0;
	quals = json_object_get(join, "quals");
	if (quals != NULL) {
		from->on = sql_parse_expr(p, quals, sql_first_location(quals, from->at));
		if (from->on == NULL)
			return -1;
	}
	names = json_object_get(join, "usingClause");
	if (names == NULL)
		return 0;
	if (from->kind == SQL_FROM_FUNCTION)
		return sql_fail(p->source, from->at, p->err,
			"USING is for lookups; a function is joined with ON true");
	return parse_names(p, from, names);
}

/* Where a member ends: before the next join, comma or clause that stands in no parentheses. */
static void
find_end(const struct sql_parser *p, struct sql_from *from)
{
	static const char *const ends[] = {"join", "inner", "cross", "left", "right", "full",
		"natural", "where", ";", NULL};
	int depth = 0;

	from->start = from->end = from->at;
	for (size_t i = scan_find(&p->scan, from->at); i < p->scan.ntokens; i++) {
		const struct scan_token *t = &p->scan.tokens[i];
		const char *s = p->source->text + t->start;
		bool call = i + 1 < p->scan.ntokens &&
			    p->source->text[p->scan.tokens[i + 1].start] == '(';

		if (t->kind == SCAN_COMMENT || t->kind == SCAN_BLOCK_COMMENT)
			continue;
		for (size_t k = 0; depth == 0 && ends[k] != NULL; k++) {
			/* left(x, 2) and right(x, 2) are functions */
			if (sql_token_is(p, i, ends[k]) &&
				!(call && strcmp(ends[k], "where") != 0))
				return;
		}
		if (depth == 0 && *s == ',')
			return;
		if (t->end - t->start == 1 && (*s == '(' || *s == '['))
			depth++;
		else if (t->end - t->start == 1 && (*s == ')' || *s == ']'))
			depth--;
		from->end = t->end;
	}
}

int
sql_parse_from(struct sql_parser *p, struct sql_mapping *m, const json_t *list)
{
	size_t n = 0;

	if (json_array_size(list) == 0)
		return sql_fail(p->source, SQL_NOWHERE, p->err,
			"the mapping needs FROM and a name for its input");
	for (size_t i = 0; i < json_array_size(list); i++)
		n += count_members(json_array_get(list, i));
	m->from = arena_alloc(p->arena, (n + 1) * sizeof *m->from);
	if (m->from == NULL)
		return error_nomem(p->err);
	for (size_t i = 0; i < json_array_size(list); i++) {
		size_t first = m->nfrom;

		if (parse_tree(p, m, json_array_get(list, i), first) < 0)
			return -1;
		if (i > 0 && m->from[first].kind == SQL_FROM_LOOKUP)
			return sql_fail(p->source, m->from[first].at, p->err,
				"\"%s\" is a lookup: join it by JOIN %s ON …",
				m->from[first].name, m->from[first].name);
	}
	for (size_t i = 0; i < m->nfrom; i++)
		find_end(p, &m->from[i]);
	m->table = m->from[0].name;
	return 0;
}
