/*
 * parse.c - see parse.h: the statement; parse_expr.c does its expressions
 */
#include <ctype.h>
#include <string.h>

#include <pg_query.h>

#include "expr/parse_expr.h"
#include "expr/chars.h"

size_t
sql_first_location(const json_t *j, size_t best)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_array(j)) {
		json_array_foreach (j, i, value)
			best = sql_first_location(value, best);
		return best;
	}
	json_object_foreach ((json_t *)j, key, value) {
		if (strcmp(key, "location") == 0 && json_integer_value(value) >= 0) {
			size_t at = (size_t)json_integer_value(value);

			if (best == SQL_NOWHERE || at < best)
				best = at;
		} else if (json_is_object(value) || json_is_array(value)) {
			best = sql_first_location(value, best);
		}
	}
	return best;
}

bool
sql_token_is(const struct sql_parser *p, size_t i, const char *word)
{
	const struct scan_token *t = &p->scan.tokens[i];

	return t->end - t->start == strlen(word) &&
	       strncasecmp(p->source->text + t->start, word, strlen(word)) == 0;
}

static bool
is_comment(const struct scan_token *t)
{
	return t->kind == SCAN_COMMENT || t->kind == SCAN_BLOCK_COMMENT;
}

/* The first token at or behind `at` that is no comment. */
static size_t
first_word(const struct sql_parser *p, size_t at)
{
	size_t i = scan_find(&p->scan, at);

	while (i < p->scan.ntokens && is_comment(&p->scan.tokens[i]))
		i++;
	return i < p->scan.ntokens ? p->scan.tokens[i].start : SQL_NOWHERE;
}

/* PostgreSQL's rules for the name of a column without AS (FigureColname); NULL for ?column?. */
static const char *
implied_name(const struct sql_node *n, bool *weak)
{
	const char *dot, *inner;

	*weak = false;
	switch (n->kind) {
	case SQL_COLUMN: return n->name;
	case SQL_CALL: dot = strrchr(n->name, '.'); return dot ? dot + 1 : n->name;
	case SQL_CAST:
		inner = implied_name(n->args[0], weak);
		if (inner != NULL && !*weak)
			return inner;
		*weak = true;
		dot = strrchr(n->type->name, '.');
		return dot ? dot + 1 : n->type->name;
	case SQL_CASE:
		inner = implied_name(n->args[n->nargs - 1], weak);
		if (inner != NULL && !*weak)
			return inner;
		*weak = true;
		return "case";
	case SQL_SUBSCRIPT: return implied_name(n->args[0], weak);
	case SQL_ARRAY: return "array";
	case SQL_COALESCE: return "coalesce";
	case SQL_NULLIF: return "nullif";
	case SQL_GREATEST: return "greatest";
	case SQL_LEAST: return "least";
	default: return NULL;
	}
}

/* Where the expression that starts at t->at ends, for --lineage. */
static void
find_extent(const struct sql_parser *p, struct sql_target *t, bool has_alias)
{
	size_t first = scan_find(&p->scan, t->at), i = first, last = SQL_NOWHERE;
	size_t before = SQL_NOWHERE, before2 = SQL_NOWHERE;
	int depth = 0;

	for (; i < p->scan.ntokens; i++) {
		const struct scan_token *k = &p->scan.tokens[i];
		char c = p->source->text[k->start];

		if (is_comment(k))
			continue;
		if (depth == 0 && (c == ',' || c == ';'))
			break;
		if (depth == 0 && sql_token_is(p, i, "from") &&
			(last == SQL_NOWHERE || !sql_token_is(p, last, "distinct")))
			break;
		if (k->end - k->start == 1 && (c == '(' || c == '['))
			depth++;
		else if (k->end - k->start == 1 && (c == ')' || c == ']'))
			depth--;
		before2 = before;
		before = last;
		last = i;
	}
	t->expr_start = t->expr_end = t->at;
	if (has_alias && before != SQL_NOWHERE) {
		last = before;
		if (sql_token_is(p, last, "as") && before2 != SQL_NOWHERE)
			last = before2;
	}
	if (last != SQL_NOWHERE)
		t->expr_end = p->scan.tokens[last].end;
}

/* The condition is what is behind the last WHERE that stands in no parentheses. */
static void
find_where(const struct sql_parser *p, struct sql_mapping *m)
{
	int depth = 0;

	for (size_t i = 0; i < p->scan.ntokens; i++) {
		const struct scan_token *k = &p->scan.tokens[i];
		char c = p->source->text[k->start];

		if (is_comment(k) || c == ';')
			continue;
		if (k->end - k->start == 1 && (c == '(' || c == ')'))
			depth += c == '(' ? 1 : -1;
		if (depth == 0 && sql_token_is(p, i, "where"))
			m->where_start = first_word(p, k->end);
		m->where_end = k->end;
	}
}

static int
parse_targets(struct sql_parser *p, struct sql_mapping *m, const json_t *list)
{
	size_t n = json_array_size(list);

	m->targets = arena_alloc(p->arena, (n + 1) * sizeof *m->targets);
	if (m->targets == NULL)
		return error_nomem(p->err);
	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_object_get(json_array_get(list, i), "ResTarget");
		const char *name = json_string_value(json_object_get(o, "name"));
		struct sql_target *t = &m->targets[i];
		bool weak, has_alias = name != NULL;

		memset(t, 0, sizeof *t);
		t->at = sql_location(o, SQL_NOWHERE);
		t->expr = sql_parse_expr(p, json_object_get(o, "val"), t->at);
		if (t->expr == NULL)
			return -1;
		t->named = name != NULL || t->expr->kind == SQL_COLUMN;
		if (name == NULL)
			name = implied_name(t->expr, &weak);
		if (name == NULL)
			name = "?column?";
		t->name = sql_copy(p, name, strlen(name));
		if (t->name == NULL)
			return -1;
		find_extent(p, t, has_alias);
		m->ntargets++;
	}
	return 0;
}

/* Clauses of a SELECT that a mapping cannot have. */
static int
refuse_clauses(struct sql_parser *p, const json_t *select, size_t at)
{
	static const struct {
		const char *member, *clause;
	} refused[] = {
		{"valuesLists", "VALUES is"},
		{"withClause", "WITH is"},
		{"distinctClause", "DISTINCT is"},
		{"intoClause", "INTO is"},
		{"groupClause", "GROUP BY is"},
		{"havingClause", "HAVING is"},
		{"windowClause", "WINDOW is"},
		{"sortClause", "ORDER BY is"},
		{"limitCount", "LIMIT is"},
		{"limitOffset", "OFFSET is"},
		{"lockingClause", "FOR UPDATE is"},
	};
	const char *op = json_string_value(json_object_get(select, "op"));

	if (op != NULL && strcmp(op, "SETOP_NONE") != 0)
		return sql_fail(p->source, at, p->err,
			"UNION, INTERSECT and EXCEPT are not supported in a mapping");
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		const json_t *clause = json_object_get(select, refused[i].member);
		size_t where;

		if (clause == NULL)
			continue;
		where = sql_first_location(clause, SQL_NOWHERE);
		return sql_fail(p->source, where == SQL_NOWHERE ? at : where, p->err,
			"%s not supported in a mapping", refused[i].clause);
	}
	return 0;
}

static int
parse_statement(struct sql_parser *p, struct sql_mapping *m, const json_t *tree)
{
	const json_t *stmts = json_object_get(tree, "stmts"), *select, *where;
	size_t start = first_word(p, 0);

	if (json_array_size(stmts) == 0)
		return sql_fail(p->source, SQL_NOWHERE, p->err,
			"there is no statement; a mapping is one SELECT");
	if (json_array_size(stmts) > 1) {
		json_int_t at = json_integer_value(
			json_object_get(json_array_get(stmts, 1), "stmt_location"));

		return sql_fail(p->source, first_word(p, (size_t)at), p->err,
			"there is more than one statement; a mapping is one SELECT");
	}
	select = json_object_get(
		json_object_get(json_array_get(stmts, 0), "stmt"), "SelectStmt");
	if (select == NULL)
		return sql_fail(p->source, start, p->err, "a mapping is one SELECT");
	if (refuse_clauses(p, select, start) < 0)
		return -1;
	if (json_array_size(json_object_get(select, "targetList")) == 0)
		return sql_fail(p->source, start, p->err, "SELECT names no columns");
	if (sql_parse_from(p, m, json_object_get(select, "fromClause")) < 0 ||
		parse_targets(p, m, json_object_get(select, "targetList")) < 0)
		return -1;
	where = json_object_get(select, "whereClause");
	if (where != NULL) {
		m->where = sql_parse_expr(p, where, sql_first_location(where, SQL_NOWHERE));
		if (m->where == NULL)
			return -1;
		find_where(p, m);
	}
	return 0;
}

/* From "-- drop: name   reason", at the name; NULL: another comment. */
static const char *
drop_directive(const char *s, const char *end)
{
	while (s < end && *s == '-')
		s++;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	if (end - s < 5 || strncasecmp(s, "drop:", 5) != 0)
		return NULL;
	s += 5;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	return s;
}

/* The name at s, plain or in double quotes ("" within is one), into the arena. */
static const char *
drop_column(struct sql_parser *p, const char *s, const char *end, struct sql_drop *drop)
{
	char *name;
	size_t n = 0;

	name = arena_alloc(p->arena, (size_t)(end - s) + 1);
	if (name == NULL) {
		error_nomem(p->err);
		return NULL;
	}
	drop->quoted = s < end && *s == '"';
	if (drop->quoted) {
		for (s++; s < end; s++) {
			if (*s == '"' && (s + 1 == end || s[1] != '"'))
				break;
			if (*s == '"')
				s++;
			name[n++] = *s;
		}
		if (s < end)
			s++;
	} else {
		while (s < end && !isspace((unsigned char)*s) && *s != ',')
			name[n++] = *s++;
	}
	name[n] = '\0';
	drop->column = name;
	if (n == 0 || (s < end && !isspace((unsigned char)*s))) {
		sql_fail(p->source, drop->at, p->err,
			"a drop directive is: -- drop: COLUMN   reason");
		return NULL;
	}
	return s;
}

static int
parse_drops(struct sql_parser *p, struct sql_mapping *m)
{
	m->drops = arena_alloc(p->arena, (p->scan.ntokens + 1) * sizeof *m->drops);
	if (m->drops == NULL)
		return error_nomem(p->err);
	for (size_t i = 0; i < p->scan.ntokens; i++) {
		const struct scan_token *t = &p->scan.tokens[i];
		const char *end = p->source->text + t->end, *s;
		struct sql_drop *drop = &m->drops[m->ndrops];

		if (t->kind != SCAN_COMMENT)
			continue;
		s = drop_directive(p->source->text + t->start, end);
		if (s == NULL)
			continue;
		memset(drop, 0, sizeof *drop);
		drop->at = (size_t)(s - p->source->text);
		s = drop_column(p, s, end, drop);
		if (s == NULL)
			return -1;
		while (s < end && isspace((unsigned char)*s))
			s++;
		while (end > s && isspace((unsigned char)end[-1]))
			end--;
		drop->reason = sql_copy(p, s, (size_t)(end - s));
		if (drop->reason == NULL)
			return -1;
		m->ndrops++;
	}
	return 0;
}

/* The parser's position of an error, which counts characters from 1, unlike those in the tree. */
static size_t
error_place(const struct sql_source *source, int cursor)
{
	size_t at;

	if (cursor <= 0)
		return SQL_NOWHERE;
	at = chars_bytes(source->text, source->len, (size_t)cursor - 1);
	/* at the end of input: behind the last word, not on an empty line */
	if (at == source->len) {
		while (at > 0 && isspace((unsigned char)source->text[at - 1]))
			at--;
	}
	return at;
}

int
sql_mapping_parse(struct sql_mapping *m, struct sql_source *source, struct error *err)
{
	struct sql_parser p = {.source = source, .arena = &m->arena, .err = err};
	PgQueryParseResult r;
	json_t *tree = NULL;
	int rc = -1;

	memset(m, 0, sizeof *m);
	arena_init(&m->arena);
	r = pg_query_parse(source->text);
	if (r.error != NULL) {
		sql_fail(source, error_place(source, r.error->cursorpos), err, "%s",
			r.error->message);
		goto out;
	}
	tree = json_loads(r.parse_tree, 0, NULL);
	if (tree == NULL) {
		sql_fail(source, SQL_NOWHERE, err, "the mapping is nested too deeply");
		goto out;
	}
	if (scan_open(&p.scan, source, err) < 0 || parse_statement(&p, m, tree) < 0 ||
		parse_drops(&p, m) < 0)
		goto out;
	rc = 0;
out:
	scan_release(&p.scan);
	json_decref(tree);
	pg_query_free_parse_result(r);
	return rc;
}

void
sql_mapping_release(struct sql_mapping *m)
{
	arena_release(&m->arena);
}
