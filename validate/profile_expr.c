/*
 * profile_expr.c - how a column might be parsed, in the language of mappings
 *
 * A draft for a person to go on from: for each shape of the column a WHEN with
 * the expression that parses it, and what nobody has seen yet is rejected.
 * Where the data cannot decide (the time zone, the day before the month), a
 * comment says so.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expr/function.h"
#include "validate/profile_parts.h"

/* A column is of a type when no more than this part of its values is not. */
#define MISFITS 0.02

enum family { FAMILY_TEXT, FAMILY_NUMBER, FAMILY_TIME, FAMILY_JSON, FAMILY_BOOLEAN };

struct draft {
	const struct column *c;
	const struct eras *eras;
	FILE *out;
	char *value; /* the column, or btrim of it */
	enum family family;
	const char *type;
	double scale; /* by which whole numbers are to be divided, or 1 */
};

static bool
is_missing(enum shape s)
{
	return s == SHAPE_NULL || s == SHAPE_EMPTY || s == SHAPE_BLANK || s == SHAPE_NULL_WORD;
}

/* With two families a shape counts for both: whole numbers may be times. */
static bool
is_of(enum shape s, enum family family)
{
	switch (family) {
	case FAMILY_NUMBER:
		return (s >= SHAPE_INTEGER && s <= SHAPE_PERCENT && s != SHAPE_ZEROS);
	case FAMILY_TIME:
		return s == SHAPE_EPOCH || s == SHAPE_EPOCH_MS ||
		       (s >= SHAPE_ISO_DATE && s <= SHAPE_BAD_DATE);
	case FAMILY_JSON: return s >= SHAPE_JSON_OBJECT && s <= SHAPE_PHP_BROKEN;
	case FAMILY_BOOLEAN: return s == SHAPE_BOOLEAN_WORD;
	case FAMILY_TEXT: break;
	}
	return !is_missing(s);
}

static double
rows_of(const struct column *c, enum family family)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < c->nkinds; i++) {
		if (is_of(c->kinds[i].shape, family))
			rows += column_kind_rows(c, i);
	}
	return (double)rows;
}

static bool
has(const struct column *c, enum shape s)
{
	return column_shape_rows(c, s) > 0;
}

static enum family
choose_family(const struct column *c)
{
	static const enum family order[] = {
		FAMILY_TIME, FAMILY_NUMBER, FAMILY_JSON, FAMILY_BOOLEAN};
	double all = rows_of(c, FAMILY_TEXT);

	for (size_t i = 0; all > 0 && i < sizeof order / sizeof order[0]; i++) {
		if (rows_of(c, order[i]) < (1 - MISFITS) * all)
			continue;
		/* numbers of which only some could be times are numbers */
		if (order[i] == FAMILY_TIME && has(c, SHAPE_INTEGER) &&
			rows_of(c, FAMILY_NUMBER) >= (1 - MISFITS) * all)
			continue;
		return order[i];
	}
	return FAMILY_TEXT;
}

static const char *
choose_type(const struct column *c, enum family family)
{
	switch (family) {
	case FAMILY_NUMBER:
		if (has(c, SHAPE_DECIMAL) || has(c, SHAPE_DECIMAL_COMMA) ||
			has(c, SHAPE_DECIMAL_GROUPED) || has(c, SHAPE_PERCENT))
			return "numeric";
		for (size_t i = 0; i < c->nkinds; i++) {
			if (c->kinds[i].low <= c->kinds[i].high &&
				fmax(-c->kinds[i].low, c->kinds[i].high) >= 9.2e18)
				return "numeric";
		}
		return "bigint";
	case FAMILY_TIME:
		if (has(c, SHAPE_EPOCH) || has(c, SHAPE_EPOCH_MS) || has(c, SHAPE_ISO_INSTANT))
			return "timestamptz";
		return has(c, SHAPE_ISO_TIMESTAMP) ? "timestamp" : "date";
	case FAMILY_JSON: return "jsonb";
	case FAMILY_BOOLEAN: return "boolean";
	case FAMILY_TEXT: break;
	}
	return "text";
}

/*
 * Whole numbers whose least and greatest are those of the column's decimals
 * times 10, 100 or 1000: prices in cents.  Else 1.
 */
static double
find_scale(const struct column *c)
{
	double low = INFINITY, high = -INFINITY;
	const struct kind *whole = NULL;

	for (size_t i = 0; i < c->nkinds; i++) {
		const struct kind *k = &c->kinds[i];

		if (k->low > k->high)
			continue;
		if (k->shape == SHAPE_INTEGER && !k->padded)
			whole = k;
		if (k->shape == SHAPE_DECIMAL || k->shape == SHAPE_DECIMAL_COMMA) {
			low = fmin(low, k->low);
			high = fmax(high, k->high);
		}
	}
	for (int f = 10; whole != NULL && low < high && f <= 1000; f *= 10) {
		if (fabs(whole->low - low * f) < 0.5 && fabs(whole->high - high * f) < 0.5)
			return f;
	}
	return 1;
}

static bool
has_function(const char *name)
{
	for (size_t t = 0; function_tables[t] != NULL; t++) {
		for (const struct function *f = function_tables[t]; f->name != NULL; f++) {
			if (strcmp(f->name, name) == 0)
				return true;
		}
	}
	return false;
}

/* A code's mask as a regular expression. */
static void
print_mask(FILE *out, const char *mask)
{
	bool letters = strlen(mask) <= 3 && strspn(mask, "Aa") == strlen(mask);

	fputc('^', out);
	for (const char *p = mask; *p != '\0'; p++) {
		const char *more = letters ? "" : "+";

		if (p[0] == 'A' && p[1] == 'a' && !letters) {
			fprintf(out, "[A-Za-z]+");
			p++;
		} else if (*p == 'A') {
			fprintf(out, "[A-Z]%s", more);
		} else if (*p == 'a') {
			fprintf(out, "[a-z]%s", more);
		} else if (*p == '9') {
			fprintf(out, "[0-9]+");
		} else if (*p == 'x') {
			fprintf(out, "[0-9A-Za-z]+");
		} else if (*p == '\'') {
			fprintf(out, "''");
		} else if (strchr("\\^$.[]|()*+?{}", *p) != NULL) {
			fprintf(out, "\\%c", *p);
		} else {
			fputc(*p, out);
		}
	}
	fputc('$', out);
}

/* What values of a shape match, and of no other shape that is parsed in another way. */
static const char *
pattern_of(enum shape s)
{
	switch (s) {
	case SHAPE_INTEGER: return "^[+-]?[0-9]+$";
	case SHAPE_EPOCH: return "^[0-9]{9,10}$";
	case SHAPE_EPOCH_MS: return "^[0-9]{12,13}$";
	case SHAPE_DECIMAL: return "^[+-]?[0-9]*\\.[0-9]+$";
	case SHAPE_DECIMAL_COMMA: return "^[+-]?[0-9]*,[0-9]+$";
	case SHAPE_DECIMAL_GROUPED: return "^[+-]?[0-9]{1,3}(,[0-9]{3})+\\.[0-9]*$";
	case SHAPE_PERCENT: return "^[+-]?[0-9]*[.,]?[0-9]+ ?%$";
	case SHAPE_ISO_DATE:
	case SHAPE_ISO_TIMESTAMP: return "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9:.]+)?$";
	case SHAPE_ISO_INSTANT:
		return "^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+ ?([Zz]|[+-][0-9:]+)$";
	case SHAPE_SLASH_DATE: return "^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$";
	case SHAPE_DOT_DATE: return "^[0-9]{1,2}\\.[0-9]{1,2}\\.[0-9]{4}$";
	case SHAPE_DASH_DATE: return "^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$";
	case SHAPE_HEX32: return "^([0-9a-f]{32}|[0-9A-F]{32})$";
	case SHAPE_HEX40: return "^([0-9a-f]{40}|[0-9A-F]{40})$";
	case SHAPE_HEX64: return "^([0-9a-f]{64}|[0-9A-F]{64})$";
	case SHAPE_UUID: return "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";
	case SHAPE_BCRYPT: return "^\\$2.\\$[0-9]{2}\\$";
	case SHAPE_EMAIL: return "^[^@ ]+@[^@ ]+\\.[^@ ]+$";
	case SHAPE_URL: return "^[A-Za-z]+://";
	case SHAPE_LETTER: return "^[A-Za-z]$";
	case SHAPE_WORD: return "^[[:alpha:]]{2,}$";
	case SHAPE_MOJIBAKE: return "[Â-ô][^ -~]";
	case SHAPE_PHP: return "^([aOs]:[0-9]+:|[bid]:|N;)";
	case SHAPE_JSON_OBJECT: return "^\\{";
	case SHAPE_JSON_ARRAY: return "^\\[";
	default: return NULL;
	}
}

static void
print_number(const struct draft *d, const struct kind *k)
{
	switch (k->shape) {
	case SHAPE_DECIMAL_COMMA:
		fprintf(d->out, "replace(%s, ',', '.')::numeric", d->value);
		return;
	case SHAPE_DECIMAL_GROUPED:
		fprintf(d->out, "replace(%s, ',', '')::numeric", d->value);
		return;
	case SHAPE_PERCENT:
		fprintf(d->out,
			"btrim(replace(replace(%s, '%%', ''), ',', '.'))::numeric / 100",
			d->value);
		return;
	default: break;
	}
	fprintf(d->out, "%s::%s", d->value, d->type);
	if (k->shape == SHAPE_INTEGER && d->scale > 1)
		fprintf(d->out, " / %.0f /* from least to greatest %.0f times the others */",
			d->scale, d->scale);
}

/* The time that has no zone becomes one of the type; which zone it was is not in the data. */
static void
print_zone(const struct draft *d, bool date)
{
	if (strcmp(d->type, "date") == 0)
		return;
	fprintf(d->out, "%s", date ? "::timestamp" : "");
	if (strcmp(d->type, "timestamptz") == 0)
		fprintf(d->out, " AT TIME ZONE 'UTC' /* which zone? */");
}

static void
print_local_date(const struct draft *d, const struct kind *k)
{
	char mark = k->shape == SHAPE_SLASH_DATE ? '/' : k->shape == SHAPE_DOT_DATE ? '.' : '-';
	bool month = k->month_first > k->day_first;

	fprintf(d->out, "to_date(%s, '%s%c%s%cYYYY')", d->value, month ? "MM" : "DD", mark,
		month ? "DD" : "MM", mark);
	if ((k->day_first > 0) == (k->month_first > 0))
		fprintf(d->out, " /* %s */",
			k->day_first > 0 ? "both d/m/y and m/d/y occur"
					 : "or the month first? no value tells");
	print_zone(d, true);
}

static void
print_time(const struct draft *d, const struct kind *k)
{
	switch (k->shape) {
	case SHAPE_EPOCH: fprintf(d->out, "to_timestamp(%s::bigint)", d->value); return;
	case SHAPE_EPOCH_MS:
		fprintf(d->out, "to_timestamp(%s::bigint / 1000.0)", d->value);
		return;
	case SHAPE_ISO_INSTANT: fprintf(d->out, "%s::timestamptz", d->value); return;
	case SHAPE_SLASH_DATE:
	case SHAPE_DOT_DATE:
	case SHAPE_DASH_DATE: print_local_date(d, k); return;
	default: break;
	}
	if (has(d->c, SHAPE_ZERO_DATE))
		fprintf(d->out, "legacy.zero_date(%s)", d->value);
	else
		fprintf(d->out, "%s", d->value);
	fprintf(d->out, "::%s", strcmp(d->type, "date") == 0 ? "date" : "timestamp");
	print_zone(d, false);
}

static void
print_value(const struct draft *d, const struct kind *k)
{
	switch (d->family) {
	case FAMILY_NUMBER: print_number(d, k); return;
	case FAMILY_TIME: print_time(d, k); return;
	case FAMILY_JSON:
		if (k->shape == SHAPE_PHP)
			fprintf(d->out,
				has_function("legacy.php_unserialize")
					? "legacy.php_unserialize(%s)"
					: "to_jsonb(%s) /* serialized by PHP */",
				d->value);
		else
			fprintf(d->out, "%s::jsonb", d->value);
		return;
	case FAMILY_BOOLEAN:
		fprintf(d->out, "lower(%s) IN ('yes', 'true', 'on')", d->value);
		return;
	case FAMILY_TEXT: break;
	}
	if (k->shape == SHAPE_MOJIBAKE && has_function("legacy.fix_mojibake"))
		fprintf(d->out, "legacy.fix_mojibake(%s)", d->value);
	else
		fprintf(d->out, "%s%s", d->value,
			k->shape == SHAPE_MOJIBAKE ? " /* encoded twice */" : "");
}

/* In which eras the kind is, as a comment. */
static void
print_eras_of(const struct draft *d, size_t kind)
{
	bool any = false;

	if (d->eras->n < 2)
		return;
	for (size_t i = 0; i < d->eras->n; i++) {
		const struct era *e = &d->eras->eras[i];

		for (size_t k = 0; k < e->nkinds; k++) {
			if (e->kinds[k].kind != kind)
				continue;
			fprintf(d->out, any ? ", %zu" : " /* era %zu", i + 1);
			any = true;
		}
	}
	if (any)
		fprintf(d->out, " */");
}

/* Whether a shape's WHEN was printed for an earlier kind: padded or not, date or timestamp. */
static bool
is_covered(const struct draft *d, size_t kind)
{
	const char *pattern = pattern_of(d->c->kinds[kind].shape);

	for (size_t i = 0; i < kind; i++) {
		const struct kind *k = &d->c->kinds[i];

		if (column_kind_rows(d->c, i) == 0 || !is_of(k->shape, d->family))
			continue;
		if (k->shape == SHAPE_CODE && d->c->kinds[kind].shape == SHAPE_CODE &&
			strcmp(k->mask, d->c->kinds[kind].mask) == 0)
			return true;
		if (pattern != NULL && pattern_of(k->shape) != NULL &&
			strcmp(pattern, pattern_of(k->shape)) == 0)
			return true;
	}
	return false;
}

/* Kinds of which an era or a whole column consists; others are text as they are. */
static bool
is_told(const struct draft *d, size_t kind)
{
	if (d->family != FAMILY_TEXT)
		return true;
	for (size_t i = 0; i < d->eras->n; i++) {
		for (size_t k = 0; k < d->eras->eras[i].nkinds; k++) {
			if (d->eras->eras[i].kinds[k].kind == kind)
				return true;
		}
	}
	return false;
}

static size_t
count_clauses(const struct draft *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->c->nkinds; i++) {
		const struct kind *k = &d->c->kinds[i];

		n += column_kind_rows(d->c, i) > 0 && is_of(k->shape, d->family) &&
		     (pattern_of(k->shape) != NULL || k->shape == SHAPE_CODE) &&
		     !is_covered(d, i);
	}
	return n;
}

static void
print_clause(const struct draft *d, size_t kind)
{
	const struct kind *k = &d->c->kinds[kind];
	const char *pattern = pattern_of(k->shape);

	if (column_kind_rows(d->c, kind) == 0 || !is_of(k->shape, d->family) ||
		(pattern == NULL && k->shape != SHAPE_CODE) || is_covered(d, kind) ||
		!is_told(d, kind))
		return;
	fprintf(d->out, "\n     WHEN %s ~ '", d->value);
	if (k->shape == SHAPE_CODE)
		print_mask(d->out, k->mask);
	else
		fputs(pattern, d->out);
	fprintf(d->out, "' THEN ");
	print_value(d, k);
	print_eras_of(d, kind);
}

/* Epochs before other whole numbers, whose pattern takes them, too. */
static void
print_case(const struct draft *d)
{
	const struct column *c = d->c;

	fprintf(d->out, "CASE WHEN %s = ''", d->value);
	if (has(c, SHAPE_NULL_WORD) && d->family != FAMILY_TEXT)
		fprintf(d->out,
			" OR lower(%s) IN ('n/a', 'null', 'none', 'nil', '-', '--', "
			"'?', '\\n')",
			d->value);
	fprintf(d->out, " THEN NULL");
	for (size_t i = 0; i < c->nkinds; i++) {
		if (c->kinds[i].shape != SHAPE_INTEGER)
			print_clause(d, i);
	}
	for (size_t i = 0; i < c->nkinds; i++) {
		if (c->kinds[i].shape == SHAPE_INTEGER)
			print_clause(d, i);
	}
	if (d->family == FAMILY_TEXT) {
		fprintf(d->out, "\n     ELSE %s END", d->value);
	} else if (rows_of(c, FAMILY_BOOLEAN) > 0 && d->family == FAMILY_BOOLEAN) {
		fprintf(d->out, "\n     ELSE lower(%s) IN ('yes', 'true', 'on') END", d->value);
	} else {
		char *name = profile_quote(c->name);

		fprintf(d->out,
			"\n     WHEN %s IS NOT NULL THEN legacy.reject('unknown form: ' || %s) "
			"END",
			name == NULL ? d->value : name, d->value);
		free(name);
	}
}

/* Values of other families, which a cast would refuse without a word of ours. */
static bool
has_misfits(const struct draft *d)
{
	for (size_t i = 0; i < d->c->nkinds; i++) {
		const struct kind *k = &d->c->kinds[i];

		if (column_kind_rows(d->c, i) > 0 && !is_missing(k->shape) &&
			!is_of(k->shape, d->family))
			return true;
	}
	return has(d->c, SHAPE_NULL_WORD);
}

static void
print_draft(struct draft *d)
{
	bool empty = has(d->c, SHAPE_EMPTY) || has(d->c, SHAPE_BLANK);
	size_t clauses = count_clauses(d), kind = 0;
	char *value = d->value, *inner = NULL;

	if (d->eras->n > 1 || (d->family != FAMILY_TEXT && (clauses != 1 || has_misfits(d)))) {
		print_case(d);
		return;
	}
	if (empty && asprintf(&inner, "nullif(%s, '')", value) > 0)
		d->value = inner;
	while (kind < d->c->nkinds && (column_kind_rows(d->c, kind) == 0 ||
					      !is_of(d->c->kinds[kind].shape, d->family) ||
					      d->c->kinds[kind].shape == SHAPE_ZERO_DATE))
		kind++;
	if (d->family == FAMILY_TEXT || kind == d->c->nkinds)
		fprintf(d->out, "%s", d->value);
	else
		print_value(d, &d->c->kinds[kind]);
	d->value = value;
	free(inner);
}

char *
profile_quote(const char *name)
{
	/* PostgreSQL 15, appendix C: reserved, also where a column is meant */
	static const char *const reserved[] = {"all", "analyse", "analyze", "and", "any",
		"array", "as", "asc", "asymmetric", "authorization", "binary", "both", "case",
		"cast", "check", "collate", "collation", "column", "concurrently", "constraint",
		"create", "cross", "current_catalog", "current_date", "current_role",
		"current_schema", "current_time", "current_timestamp", "current_user",
		"default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
		"false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group",
		"having", "ilike", "in", "initially", "inner", "intersect", "into", "is",
		"isnull", "join", "lateral", "leading", "left", "like", "limit", "localtime",
		"localtimestamp", "natural", "not", "notnull", "null", "offset", "on", "only",
		"or", "order", "outer", "overlaps", "placing", "primary", "references",
		"returning", "right", "select", "session_user", "similar", "some", "symmetric",
		"table", "tablesample", "then", "to", "trailing", "true", "union", "unique",
		"user", "using", "variadic", "verbose", "when", "where", "window", "with",
		NULL};
	bool simple = *name != '\0' && (*name < '0' || *name > '9') &&
		      name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
	char *quoted = malloc(2 * strlen(name) + 3), *to = quoted;

	for (size_t i = 0; simple && reserved[i] != NULL; i++)
		simple = strcmp(name, reserved[i]) != 0;
	if (quoted == NULL)
		return NULL;
	if (simple)
		return memcpy(quoted, name, strlen(name) + 1);
	*to++ = '"';
	for (; *name != '\0'; name++) {
		if (*name == '"')
			*to++ = '"';
		*to++ = *name;
	}
	*to++ = '"';
	*to = '\0';
	return quoted;
}

static bool
has_padding(const struct column *c)
{
	return c->traits[__builtin_ctz(TRAIT_PADDED)] > 0;
}

int
profile_expression(json_t *object, const struct column *c, struct error *err)
{
	struct draft d = {.c = c, .eras = c->eras, .family = choose_family(c)};
	char *text = NULL, *name = profile_quote(c->name);
	size_t len;
	int rc = -1;

	d.type = choose_type(c, d.family);
	d.scale = d.family == FAMILY_NUMBER ? find_scale(c) : 1;
	d.out = open_memstream(&text, &len);
	if (name == NULL || d.out == NULL)
		goto out;
	d.value = name;
	if (has_padding(c) && asprintf(&d.value, "btrim(%s, E' \\t\\r\\n')", name) < 0) {
		d.value = NULL;
		goto out;
	}
	print_draft(&d);
	rc = 0;
out:
	if (d.out != NULL && fclose(d.out) != 0)
		rc = -1;
	if (rc == 0) {
		json_object_set_new(object, "type", json_string(d.type));
		json_object_set_new(object, "expression", json_string(text));
	} else {
		error_nomem(err);
	}
	if (d.value != name)
		free(d.value);
	free(name);
	free(text);
	return rc;
}
