/*
 * text_quote.c - what format() makes of %L and %I: literals and identifiers of SQL
 *
 * An identifier is in quotes if it would be another one without them, or a
 * keyword of PostgreSQL 15 that cannot be a column's name everywhere.
 */
#include <stdlib.h>
#include <string.h>

#include "expr/text_quote.h"

/* In the order of their bytes. */
static const char *const keywords[] = {"all", "analyse", "analyze", "and", "any", "array", "as",
	"asc", "asymmetric", "authorization", "between", "bigint", "binary", "bit", "boolean",
	"both", "case", "cast", "char", "character", "check", "coalesce", "collate",
	"collation", "column", "concurrently", "constraint", "create", "cross",
	"current_catalog", "current_date", "current_role", "current_schema", "current_time",
	"current_timestamp", "current_user", "dec", "decimal", "default", "deferrable", "desc",
	"distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch",
	"float", "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group",
	"grouping", "having", "ilike", "in", "initially", "inner", "inout", "int", "integer",
	"intersect", "interval", "into", "is", "isnull", "join", "lateral", "leading", "least",
	"left", "like", "limit", "localtime", "localtimestamp", "national", "natural", "nchar",
	"none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset", "on",
	"only", "or", "order", "out", "outer", "overlaps", "overlay", "placing", "position",
	"precision", "primary", "real", "references", "returning", "right", "row", "select",
	"session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
	"table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim",
	"true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose",
	"when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement",
	"xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
	"xmlserialize", "xmltable"};

int
quote_literal(struct eval_context *ctx, struct text s, struct text *quoted)
{
	char *to = arena_alloc(ctx->arena, 2 * s.len + 3), *start = to;
	bool escaped = s.len > 0 && memchr(s.ptr, '\\', s.len) != NULL;

	if (to == NULL)
		return eval_nomem(ctx);
	if (escaped)
		*to++ = 'E';
	*to++ = '\'';
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\'' || s.ptr[i] == '\\')
			*to++ = s.ptr[i];
		*to++ = s.ptr[i];
	}
	*to++ = '\'';
	*quoted = (struct text){start, (size_t)(to - start)};
	return 0;
}

static int
compare_keyword(const void *wanted, const void *keyword)
{
	const struct text *s = wanted;
	const char *word = *(const char *const *)keyword;
	size_t n = strlen(word);
	int order = memcmp(s->ptr, word, s->len < n ? s->len : n);

	return order != 0 ? order : (s->len > n) - (s->len < n);
}

/* Whether it is itself without quotes. */
static bool
is_plain(struct text s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!((c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return s.len > 0 && bsearch(&s, keywords, sizeof keywords / sizeof keywords[0],
				    sizeof keywords[0], compare_keyword) == NULL;
}

int
quote_identifier(struct eval_context *ctx, struct text s, struct text *quoted)
{
	char *to, *start;

	*quoted = s;
	if (is_plain(s))
		return 0;
	to = start = arena_alloc(ctx->arena, 2 * s.len + 2);
	if (to == NULL)
		return eval_nomem(ctx);
	*to++ = '"';
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '"')
			*to++ = '"';
		*to++ = s.ptr[i];
	}
	*to++ = '"';
	*quoted = (struct text){start, (size_t)(to - start)};
	return 0;
}
