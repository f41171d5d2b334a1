/*
 * parse_expr.c - see parse_expr.h
 *
 * Traps in libpg_query's JSON: members that are 0, false or NULL are left out,
 * and so are negative integers ({"ival":{}} is 0 or below it), which are read
 * from the source again.  Locations are bytes, -1 is unknown.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr/parse_expr.h"

enum { DEPTH_NAME_MAX = 256 };

typedef struct sql_node *node_parser(struct sql_parser *p, const json_t *object, size_t at);

char *
sql_copy(struct sql_parser *p, const char *text, size_t len)
{
	char *copy = arena_copy(p->arena, text, len);

	if (copy == NULL)
		error_nomem(p->err);
	return copy;
}

size_t
sql_location(const json_t *object, size_t at)
{
	const json_t *location = json_object_get(object, "location");

	if (location == NULL)
		return at;
	return json_integer_value(location) < 0 ? at : (size_t)json_integer_value(location);
}

struct sql_node *
sql_new_node(struct sql_parser *p, enum sql_kind kind, size_t at, size_t nargs)
{
	struct sql_node *n = arena_alloc(p->arena, sizeof *n);
	struct sql_node **args = arena_alloc(p->arena, (nargs + 1) * sizeof(struct sql_node *));

	if (n == NULL || args == NULL) {
		error_nomem(p->err);
		return NULL;
	}
	memset(n, 0, sizeof *n);
	memset(args, 0, (nargs + 1) * sizeof(struct sql_node *));
	n->kind = kind;
	n->at = at;
	n->nargs = (int)nargs;
	n->args = args;
	return n;
}

struct sql_node *
sql_refuse(struct sql_parser *p, size_t at, const char *what)
{
	sql_fail(p->source, at, p->err, "%s not supported in a mapping", what);
	return NULL;
}

const char *
sql_string(const json_t *node)
{
	const json_t *s = json_object_get(node, "String");

	if (s == NULL)
		return NULL;
	s = json_object_get(s, "sval");
	return s ? json_string_value(s) : "";
}

/* pg_catalog is left out, as in most places it comes from the grammar, not from the user. */
char *
sql_joined_name(struct sql_parser *p, const json_t *parts, size_t at)
{
	char buf[DEPTH_NAME_MAX];
	size_t n = json_array_size(parts), used = 0;

	for (size_t i = 0; i < n; i++) {
		const char *part = sql_string(json_array_get(parts, i));
		size_t len = part ? strlen(part) : 0;

		if (part == NULL || used + len + 2 > sizeof buf) {
			sql_refuse(p, at, "this name is");
			return NULL;
		}
		if (i == 0 && n > 1 && strcmp(part, "pg_catalog") == 0)
			continue;
		if (used > 0)
			buf[used++] = '.';
		memcpy(buf + used, part, len);
		used += len;
	}
	return sql_copy(p, buf, used);
}

int
sql_parse_list(struct sql_parser *p, struct sql_node *n, int first, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct sql_node *arg = sql_parse_expr(p, json_array_get(list, i), n->at);

		if (arg == NULL)
			return -1;
		n->args[first + (int)i] = arg;
	}
	return 0;
}

struct sql_node *
sql_literal_node(struct sql_parser *p, size_t at, enum sql_literal kind, const char *text)
{
	struct sql_node *n = sql_new_node(p, SQL_LITERAL, at, 0);

	if (n == NULL)
		return NULL;
	n->literal = kind;
	n->text_len = strlen(text);
	n->text = sql_copy(p, text, n->text_len);
	return n->text ? n : NULL;
}

/* {"ival":{}}: 0 or a negative integer, whose digits are the next integer in the source. */
static int
lost_integer(struct sql_parser *p, size_t at, char *buf, size_t size)
{
	size_t i = scan_find(&p->scan, at), len;

	while (i < p->scan.ntokens && p->scan.tokens[i].kind != SCAN_INTEGER)
		i++;
	if (at == SQL_NOWHERE || i == p->scan.ntokens)
		return sql_fail(p->source, at, p->err, "cannot read this integer");
	len = p->scan.tokens[i].end - p->scan.tokens[i].start;
	if (len + 2 > size)
		return sql_fail(p->source, at, p->err, "cannot read this integer");
	buf[0] = '-';
	memcpy(buf + 1, p->source->text + p->scan.tokens[i].start, len);
	buf[len + 1] = '\0';
	return 0;
}

static int
integer_text(struct sql_parser *p, const json_t *ival, size_t at, char *buf, size_t size)
{
	const json_t *value = json_object_get(ival, "ival");
	long long v;

	if (value == NULL) {
		if (lost_integer(p, at, buf, size) < 0)
			return -1;
		v = strtoll(buf, NULL, 10);
	} else {
		v = json_integer_value(value);
	}
	snprintf(buf, size, "%lld", v);
	return 0;
}

static struct sql_node *
parse_const(struct sql_parser *p, const json_t *o, size_t at)
{
	char buf[64];
	const json_t *v;
	const char *text;

	at = sql_location(o, at);
	if (json_is_true(json_object_get(o, "isnull")))
		return sql_literal_node(p, at, SQL_NULL, "");
	if ((v = json_object_get(o, "ival")) != NULL) {
		if (integer_text(p, v, at, buf, sizeof buf) < 0)
			return NULL;
		return sql_literal_node(p, at, SQL_INTEGER, buf);
	}
	if ((v = json_object_get(o, "fval")) != NULL) {
		text = json_string_value(json_object_get(v, "fval"));
		return sql_literal_node(p, at, SQL_NUMBER, text ? text : "0");
	}
	if ((v = json_object_get(o, "sval")) != NULL) {
		text = json_string_value(json_object_get(v, "sval"));
		return sql_literal_node(p, at, SQL_STRING, text ? text : "");
	}
	if ((v = json_object_get(o, "boolval")) != NULL) {
		bool b = json_is_true(json_object_get(v, "boolval"));

		return sql_literal_node(p, at, SQL_BOOLEAN, b ? "t" : "f");
	}
	return sql_refuse(p, at, "bit strings are");
}

static struct sql_node *
parse_column(struct sql_parser *p, const json_t *o, size_t at)
{
	const json_t *fields = json_object_get(o, "fields");
	size_t n = json_array_size(fields);
	const char *parts[2] = {NULL, NULL};
	struct sql_node *node;

	at = sql_location(o, at);
	for (size_t i = 0; i < n; i++) {
		const char *part = sql_string(json_array_get(fields, i));

		if (part == NULL) {
			sql_fail(p->source, at, p->err,
				"* is not supported: name the columns, so that a new one is "
				"noticed");
			return NULL;
		}
		if (i < 2)
			parts[i] = part;
	}
	if (n < 1 || n > 2)
		return sql_refuse(p, at, "a column name of three parts is");
	node = sql_new_node(p, SQL_COLUMN, at, 0);
	if (node == NULL)
		return NULL;
	node->name = sql_copy(p, parts[n - 1], strlen(parts[n - 1]));
	if (n == 2)
		node->qualifier = sql_copy(p, parts[0], strlen(parts[0]));
	return node->name && (n == 1 || node->qualifier) ? node : NULL;
}

static struct sql_type *
parse_type(struct sql_parser *p, const json_t *o, size_t at)
{
	struct sql_type *t = arena_alloc(p->arena, sizeof *t);
	const json_t *mods = json_object_get(o, "typmods");

	if (t == NULL) {
		error_nomem(p->err);
		return NULL;
	}
	memset(t, 0, sizeof *t);
	t->at = sql_location(o, at);
	t->array = json_array_size(json_object_get(o, "arrayBounds")) > 0;
	t->name = sql_joined_name(p, json_object_get(o, "names"), t->at);
	if (t->name == NULL)
		return NULL;
	for (size_t i = 0; i < json_array_size(mods); i++) {
		const json_t *c = json_object_get(json_array_get(mods, i), "A_Const");
		const json_t *ival = json_object_get(c, "ival");
		char buf[64];

		if (ival == NULL || i >= 2) {
			sql_refuse(p, sql_location(c, t->at), "this type modifier is");
			return NULL;
		}
		if (integer_text(p, ival, sql_location(c, t->at), buf, sizeof buf) < 0)
			return NULL;
		t->mods[t->nmods++] = (int32_t)strtol(buf, NULL, 10);
	}
	return t;
}

static struct sql_node *
parse_cast(struct sql_parser *p, const json_t *o, size_t at)
{
	const struct sql_type *type =
		parse_type(p, json_object_get(o, "typeName"), sql_location(o, at));
	struct sql_node *n;

	if (type == NULL)
		return NULL;
	n = sql_new_node(p, SQL_CAST, sql_location(o, type->at), 1);
	if (n == NULL)
		return NULL;
	n->type = type;
	n->args[0] = sql_parse_expr(p, json_object_get(o, "arg"), n->at);
	return n->args[0] ? n : NULL;
}

static struct sql_node *
parse_bool(struct sql_parser *p, const json_t *o, size_t at)
{
	const char *op = json_string_value(json_object_get(o, "boolop"));
	const json_t *args = json_object_get(o, "args");
	enum sql_kind kind = SQL_NOT;
	struct sql_node *n;

	if (op != NULL && strcmp(op, "AND_EXPR") == 0)
		kind = SQL_AND;
	else if (op != NULL && strcmp(op, "OR_EXPR") == 0)
		kind = SQL_OR;
	n = sql_new_node(p, kind, sql_location(o, at), json_array_size(args));
	return n && sql_parse_list(p, n, 0, args) == 0 ? n : NULL;
}

static struct sql_node *
parse_null_test(struct sql_parser *p, const json_t *o, size_t at)
{
	const char *type = json_string_value(json_object_get(o, "nulltesttype"));
	struct sql_node *n = sql_new_node(p, SQL_IS_NULL, sql_location(o, at), 1);

	if (n == NULL)
		return NULL;
	n->negated = type != NULL && strcmp(type, "IS_NOT_NULL") == 0;
	n->args[0] = sql_parse_expr(p, json_object_get(o, "arg"), n->at);
	return n->args[0] ? n : NULL;
}

static struct sql_node *
parse_bool_test(struct sql_parser *p, const json_t *o, size_t at)
{
	static const struct {
		const char *name;
		enum sql_bool_test test;
		bool negated;
	} tests[] = {
		{"IS_TRUE", SQL_TEST_TRUE, false},
		{"IS_NOT_TRUE", SQL_TEST_TRUE, true},
		{"IS_FALSE", SQL_TEST_FALSE, false},
		{"IS_NOT_FALSE", SQL_TEST_FALSE, true},
		{"IS_UNKNOWN", SQL_TEST_UNKNOWN, false},
		{"IS_NOT_UNKNOWN", SQL_TEST_UNKNOWN, true},
	};
	const char *type = json_string_value(json_object_get(o, "booltesttype"));
	struct sql_node *n = sql_new_node(p, SQL_IS_BOOL, sql_location(o, at), 1);

	if (n == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
		if (type != NULL && strcmp(type, tests[i].name) == 0) {
			n->test = tests[i].test;
			n->negated = tests[i].negated;
		}
	}
	n->args[0] = sql_parse_expr(p, json_object_get(o, "arg"), n->at);
	return n->args[0] ? n : NULL;
}

static struct sql_node *
parse_case(struct sql_parser *p, const json_t *o, size_t at)
{
	const json_t *arg = json_object_get(o, "arg"), *whens = json_object_get(o, "args");
	const json_t *otherwise = json_object_get(o, "defresult");
	size_t nwhens = json_array_size(whens);
	struct sql_node *n;
	int k = 0;

	n = sql_new_node(p, SQL_CASE, sql_location(o, at), nwhens * 2 + 1 + (arg != NULL));
	if (n == NULL)
		return NULL;
	n->has_operand = arg != NULL;
	if (arg != NULL && (n->args[k++] = sql_parse_expr(p, arg, n->at)) == NULL)
		return NULL;
	for (size_t i = 0; i < nwhens; i++) {
		const json_t *w = json_object_get(json_array_get(whens, i), "CaseWhen");

		n->args[k] = sql_parse_expr(p, json_object_get(w, "expr"), n->at);
		if (n->args[k++] == NULL)
			return NULL;
		n->args[k] = sql_parse_expr(p, json_object_get(w, "result"), n->at);
		if (n->args[k++] == NULL)
			return NULL;
	}
	n->args[k] = otherwise ? sql_parse_expr(p, otherwise, n->at)
			       : sql_literal_node(p, n->at, SQL_NULL, "");
	return n->args[k] ? n : NULL;
}

static struct sql_node *
parse_args_node(struct sql_parser *p, const json_t *o, size_t at, enum sql_kind kind)
{
	const json_t *args = json_object_get(o, "args");
	struct sql_node *n = sql_new_node(p, kind, sql_location(o, at), json_array_size(args));

	return n && sql_parse_list(p, n, 0, args) == 0 ? n : NULL;
}

static struct sql_node *
parse_coalesce(struct sql_parser *p, const json_t *o, size_t at)
{
	return parse_args_node(p, o, at, SQL_COALESCE);
}

static struct sql_node *
parse_min_max(struct sql_parser *p, const json_t *o, size_t at)
{
	const char *op = json_string_value(json_object_get(o, "op"));

	return parse_args_node(
		p, o, at, op != NULL && strcmp(op, "IS_LEAST") == 0 ? SQL_LEAST : SQL_GREATEST);
}

/* lexpr and rexpr, which may be a List, as arguments. */
static struct sql_node *
two_sides(struct sql_parser *p, const json_t *o, size_t at, enum sql_kind kind)
{
	const json_t *left = json_object_get(o, "lexpr"), *right = json_object_get(o, "rexpr");
	const json_t *list = json_object_get(json_object_get(right, "List"), "items");
	size_t nright = list ? json_array_size(list) : 1;
	struct sql_node *n = sql_new_node(p, kind, at, nright + (left != NULL));
	int k = 0;

	if (n == NULL)
		return NULL;
	if (left != NULL && (n->args[k++] = sql_parse_expr(p, left, at)) == NULL)
		return NULL;
	if (list != NULL)
		return sql_parse_list(p, n, k, list) == 0 ? n : NULL;
	n->args[k] = sql_parse_expr(p, right, at);
	return n->args[k] ? n : NULL;
}

static struct sql_node *
parse_operator(struct sql_parser *p, const json_t *o, size_t at)
{
	static const struct {
		const char *kind;
		enum sql_kind node;
		bool negated, symmetric;
	} kinds[] = {
		{"AEXPR_OP", SQL_OPERATOR, false, false},
		{"AEXPR_LIKE", SQL_OPERATOR, false, false},
		{"AEXPR_ILIKE", SQL_OPERATOR, false, false},
		{"AEXPR_SIMILAR", SQL_OPERATOR, false, false},
		{"AEXPR_OP_ANY", SQL_ANY, false, false},
		{"AEXPR_OP_ALL", SQL_ANY, true, false},
		{"AEXPR_DISTINCT", SQL_DISTINCT, false, false},
		{"AEXPR_NOT_DISTINCT", SQL_DISTINCT, true, false},
		{"AEXPR_NULLIF", SQL_NULLIF, false, false},
		{"AEXPR_IN", SQL_IN, false, false},
		{"AEXPR_BETWEEN", SQL_BETWEEN, false, false},
		{"AEXPR_NOT_BETWEEN", SQL_BETWEEN, true, false},
		{"AEXPR_BETWEEN_SYM", SQL_BETWEEN, false, true},
		{"AEXPR_NOT_BETWEEN_SYM", SQL_BETWEEN, true, true},
	};
	const char *kind = json_string_value(json_object_get(o, "kind"));
	struct sql_node *n;

	at = sql_location(o, at);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kind == NULL || strcmp(kind, kinds[i].kind) != 0)
			continue;
		n = two_sides(p, o, at, kinds[i].node);
		if (n == NULL)
			return NULL;
		n->negated = kinds[i].negated;
		n->symmetric = kinds[i].symmetric;
		n->name = sql_joined_name(p, json_object_get(o, "name"), at);
		if (n->name == NULL)
			return NULL;
		if (n->kind == SQL_IN)
			n->negated = strcmp(n->name, "<>") == 0;
		return n;
	}
	return sql_refuse(p, at, "this operator is");
}

/* current_date and its like as calls; their precision is the argument. */
static struct sql_node *
parse_moment(struct sql_parser *p, const json_t *o, size_t at)
{
	static const struct {
		const char *op, *name;
		bool precision;
	} moments[] = {
		{"SVFOP_CURRENT_DATE", "current_date", false},
		{"SVFOP_CURRENT_TIMESTAMP", "current_timestamp", false},
		{"SVFOP_CURRENT_TIMESTAMP_N", "current_timestamp", true},
		{"SVFOP_LOCALTIMESTAMP", "localtimestamp", false},
		{"SVFOP_LOCALTIMESTAMP_N", "localtimestamp", true},
		{"SVFOP_LOCALTIME", "localtime", false},
		{"SVFOP_LOCALTIME_N", "localtime", true},
	};
	const char *op = json_string_value(json_object_get(o, "op"));
	struct sql_node *n;
	char digits[16];

	at = sql_location(o, at);
	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		if (op == NULL || strcmp(op, moments[i].op) != 0)
			continue;
		n = sql_new_node(p, SQL_CALL, at, moments[i].precision);
		if (n == NULL)
			return NULL;
		n->name = sql_copy(p, moments[i].name, strlen(moments[i].name));
		snprintf(digits, sizeof digits, "%d",
			(int)json_integer_value(json_object_get(o, "typmod")));
		if (moments[i].precision &&
			(n->args[0] = sql_literal_node(p, at, SQL_INTEGER, digits)) == NULL)
			return NULL;
		return n->name ? n : NULL;
	}
	return sql_refuse(p, at, "current_time, current_user and their like are");
}

static struct sql_node *
parse_array(struct sql_parser *p, const json_t *o, size_t at)
{
	const json_t *elements = json_object_get(o, "elements");
	struct sql_node *n =
		sql_new_node(p, SQL_ARRAY, sql_location(o, at), json_array_size(elements));

	return n && sql_parse_list(p, n, 0, elements) == 0 ? n : NULL;
}

/* One of x[a:b][c] into the node: its bounds, as far as they are there, behind the others. */
static int
parse_subscript(struct sql_parser *p, struct sql_node *n, const json_t *indices)
{
	static const char *const members[] = {"lidx", "uidx"};

	if (json_is_true(json_object_get(indices, "is_slice"))) {
		n->slice = true;
		n->colons |= 1U << n->nsubscripts;
	}
	for (unsigned i = 0; i < 2; i++) {
		const json_t *bound = json_object_get(indices, members[i]);

		if (bound == NULL)
			continue;
		n->bounds |= 1U << (2 * n->nsubscripts + (int)i);
		n->args[n->nargs] = sql_parse_expr(p, bound, n->at);
		if (n->args[n->nargs++] == NULL)
			return -1;
	}
	n->nsubscripts++;
	return 0;
}

static struct sql_node *
parse_indirection(struct sql_parser *p, const json_t *o, size_t at)
{
	const json_t *list = json_object_get(o, "indirection");
	size_t n = json_array_size(list);
	struct sql_node *node;

	at = sql_first_location(json_object_get(o, "arg"), at);
	node = sql_new_node(p, SQL_SUBSCRIPT, at, 1 + 2 * n);
	if (node == NULL)
		return NULL;
	node->nargs = 1;
	node->args[0] = sql_parse_expr(p, json_object_get(o, "arg"), at);
	if (node->args[0] == NULL)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const json_t *indices = json_object_get(json_array_get(list, i), "A_Indices");

		if (indices == NULL)
			return sql_refuse(p, at, "fields of composites are");
		if (i == SQL_SUBSCRIPTS_MAX) {
			sql_fail(p->source, at, p->err,
				"number of array dimensions (%zu) exceeds the maximum allowed "
				"(%d)",
				n, SQL_SUBSCRIPTS_MAX);
			return NULL;
		}
		if (parse_subscript(p, node, indices) < 0)
			return NULL;
	}
	return node;
}

static const struct {
	const char *kind;
	node_parser *parse; /* NULL: refused with message */
	const char *message;
} kinds[] = {
	{"ColumnRef", parse_column, NULL},
	{"A_Const", parse_const, NULL},
	{"TypeCast", parse_cast, NULL},
	{"FuncCall", sql_parse_call, NULL},
	{"A_Expr", parse_operator, NULL},
	{"BoolExpr", parse_bool, NULL},
	{"NullTest", parse_null_test, NULL},
	{"BooleanTest", parse_bool_test, NULL},
	{"CaseExpr", parse_case, NULL},
	{"CoalesceExpr", parse_coalesce, NULL},
	{"MinMaxExpr", parse_min_max, NULL},
	{"A_ArrayExpr", parse_array, NULL},
	{"A_Indirection", parse_indirection, NULL},
	{"SubLink", NULL, "subqueries are"},
	{"CollateClause", NULL, "COLLATE is"},
	{"RowExpr", NULL, "rows are"},
	{"List", NULL, "rows are"},
	{"ParamRef", NULL, "parameters are"},
	{"NamedArgExpr", NULL, "named arguments are"},
	{"SetToDefault", NULL, "DEFAULT is"},
	{"SQLValueFunction", parse_moment, NULL},
	{"GroupingFunc", NULL, "GROUPING is"},
	{"XmlExpr", NULL, "XML is"},
	{"XmlSerialize", NULL, "XML is"},
};

struct sql_node *
sql_parse_expr(struct sql_parser *p, const json_t *node, size_t at)
{
	const char *key;
	json_t *object;

	json_object_foreach ((json_t *)node, key, object) {
		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
			if (strcmp(key, kinds[i].kind) != 0)
				continue;
			if (kinds[i].parse != NULL)
				return kinds[i].parse(p, object, at);
			return sql_refuse(p, sql_location(object, at), kinds[i].message);
		}
	}
	return sql_refuse(p, at, "this expression is");
}
