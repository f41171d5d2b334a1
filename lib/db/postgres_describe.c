/*
 * postgres_describe.c - see postgres_describe.h
 *
 * The types are those of the values as the stream has them: what no type of
 * Table Schema stands for (interval, inet, arrays, ranges, ...) is a string.
 * A stream into a table may leave out columns that have defaults, so its
 * fields may be more than the columns (fieldsMatch superset).
 */
#include <stdlib.h>
#include <string.h>

#include "db/check_list.h"
#include "db/postgres.h"
#include "db/postgres_describe.h"
#include "db/sql.h"
#include "schema/table_schema.h"

static const struct {
	const char *name; /* of the type, a domain's base */
	enum schema_type type;
	const char *format;
	const char *pattern;
	const char *minimum, *maximum;
} types[] = {
	{"int2", SCHEMA_INTEGER, NULL, NULL, "-32768", "32767"},
	{"int4", SCHEMA_INTEGER, NULL, NULL, "-2147483648", "2147483647"},
	{"int8", SCHEMA_INTEGER, NULL, NULL, "-9223372036854775808", "9223372036854775807"},
	{"numeric", SCHEMA_NUMBER, NULL, NULL, NULL, NULL},
	{"float4", SCHEMA_NUMBER, NULL, NULL, NULL, NULL},
	{"float8", SCHEMA_NUMBER, NULL, NULL, NULL, NULL},
	{"bool", SCHEMA_BOOLEAN, NULL, NULL, NULL, NULL},
	{"date", SCHEMA_DATE, NULL, NULL, NULL, NULL},
	{"time", SCHEMA_TIME, "any", NULL, NULL, NULL},
	{"timestamp", SCHEMA_DATETIME, NULL, NULL, NULL, NULL},
	{"timestamptz", SCHEMA_DATETIME, NULL, NULL, NULL, NULL},
	{"uuid", SCHEMA_STRING, "uuid", NULL, NULL, NULL},
	{"bytea", SCHEMA_STRING, NULL, "\\\\x([0-9A-Fa-f]{2})*", NULL, NULL},
	{"bit", SCHEMA_STRING, NULL, "[01]*", NULL, NULL},
	{"varbit", SCHEMA_STRING, NULL, "[01]*", NULL, NULL},
	{"json", SCHEMA_ANY, NULL, NULL, NULL, NULL}, /* but see add_check */
	{"jsonb", SCHEMA_ANY, NULL, NULL, NULL, NULL},
};

/* The columns of columns_query. */
enum { NAME, TYPE, BASE, LENGTH, REQUIRED, DEFAULT, IDENTITY, COMMENT, LABELS, GENERATED };

static const char columns_query[] =
	"SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),"
	" CASE WHEN n.nspname = 'pg_catalog' THEN b.typname ELSE '' END,"
	" CASE WHEN b.typname IN ('varchar', 'bpchar') AND m.mod >= 4 THEN m.mod - 4 END,"
	" a.attnotnull OR (y.typtype = 'd' AND y.typnotnull),"
	" pg_catalog.pg_get_expr(d.adbin, d.adrelid),"
	" CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,"
	" pg_catalog.col_description(a.attrelid, a.attnum),"
	" (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)"
	"  FROM pg_catalog.pg_enum e WHERE e.enumtypid = b.oid), a.attgenerated <> ''"
	" FROM pg_catalog.pg_attribute a"
	" JOIN pg_catalog.pg_type y ON y.oid = a.atttypid"
	" JOIN pg_catalog.pg_type b"
	"  ON b.oid = CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END"
	" JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace"
	" CROSS JOIN LATERAL (SELECT CASE WHEN y.typtype = 'd' THEN y.typtypmod"
	"  ELSE a.atttypmod END AS mod) m"
	" LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
	" WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped"
	" ORDER BY a.attnum";

/* The same columns for those of a result, whose types are $1 and modifiers $2. */
static const char result_query[] =
	"SELECT NULL, pg_catalog.format_type(y.oid, k.typmod),"
	" CASE WHEN n.nspname = 'pg_catalog' THEN b.typname ELSE '' END,"
	" CASE WHEN b.typname IN ('varchar', 'bpchar') AND k.typmod >= 4 THEN k.typmod - 4 END,"
	" false, NULL, NULL, NULL,"
	" (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder)"
	"  FROM pg_catalog.pg_enum e WHERE e.enumtypid = b.oid), false"
	" FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]),"
	"  pg_catalog.unnest($2::pg_catalog.int4[])) WITH ORDINALITY AS k (type, typmod, i)"
	" JOIN pg_catalog.pg_type y ON y.oid = k.type"
	" JOIN pg_catalog.pg_type b"
	"  ON b.oid = CASE WHEN y.typtype = 'd' THEN y.typbasetype ELSE y.oid END"
	" JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace ORDER BY k.i";

/* A value, or NULL where it is null. */
static const char *
value(const PGresult *r, int row, int column)
{
	return PQgetisnull(r, row, column) ? NULL : PQgetvalue(r, row, column);
}

static bool
is_true(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column)[0] == 't';
}

static int
constrain_text(json_t *field, const char *key, const char *text, struct error *err)
{
	return text == NULL ? 0 : table_schema_constrain(field, key, json_string(text), err);
}

static int
extra_text(json_t *object, const char *key, const char *text, struct error *err)
{
	return text == NULL ? 0 : table_schema_extra(object, key, json_string(text), err);
}

static int
add_type(json_t *field, size_t i, struct error *err)
{
	if (types[i].minimum != NULL &&
		(table_schema_constrain(field, "minimum",
			 json_integer(strtoll(types[i].minimum, NULL, 10)), err) < 0 ||
			table_schema_constrain(field, "maximum",
				json_integer(strtoll(types[i].maximum, NULL, 10)), err) < 0))
		return -1;
	return constrain_text(field, "pattern", types[i].pattern, err);
}

static int
add_field(json_t *schema, const char *name, const PGresult *r, int row, struct error *err)
{
	const size_t n = sizeof types / sizeof *types;
	const char *length = value(r, row, LENGTH), *labels = value(r, row, LABELS);
	json_t *field;
	size_t i = 0;

	while (i < n && strcmp(types[i].name, PQgetvalue(r, row, BASE)) != 0)
		i++;
	field = table_schema_add(schema, name, i < n ? types[i].type : SCHEMA_STRING,
		i < n ? types[i].format : NULL, err);
	if (field == NULL)
		return -1;
	if (is_true(r, row, REQUIRED) &&
		table_schema_constrain(field, "required", json_true(), err) < 0)
		return -1;
	if (length != NULL && table_schema_constrain(field, "maxLength",
				      json_integer(strtoll(length, NULL, 10)), err) < 0)
		return -1;
	if (labels != NULL &&
		table_schema_constrain(field, "enum", json_loads(labels, 0, NULL), err) < 0)
		return -1;
	if (i < n && add_type(field, i, err) < 0)
		return -1;
	if (value(r, row, COMMENT) != NULL && json_object_set_new(field, "description",
						      json_string(value(r, row, COMMENT))) != 0)
		return error_nomem(err);
	if (extra_text(field, "type", value(r, row, TYPE), err) < 0 ||
		extra_text(field, is_true(r, row, GENERATED) ? "generated" : "default",
			value(r, row, DEFAULT), err) < 0)
		return -1;
	return extra_text(field, "identity", value(r, row, IDENTITY), err);
}

/* Those that a stream into the table may have. */
static int
add_stored_fields(json_t *schema, const PGresult *r, struct error *err)
{
	for (int row = 0; row < PQntuples(r); row++) {
		if (!is_true(r, row, GENERATED) &&
			add_field(schema, PQgetvalue(r, row, NAME), r, row, err) < 0)
			return -1;
	}
	return 0;
}

static int
add_fields(json_t *schema, const PGresult *r, struct error *err)
{
	for (int row = 0; row < PQntuples(r); row++) {
		if (add_field(schema, PQgetvalue(r, row, NAME), r, row, err) < 0)
			return -1;
	}
	return 0;
}

/* The field of that name, or NULL. */
static json_t *
find_field(const json_t *schema, const char *name)
{
	json_t *fields = json_object_get(schema, "fields"), *field;
	size_t i;

	json_array_foreach (fields, i, field) {
		if (strcmp(json_string_value(json_object_get(field, "name")), name) == 0)
			return field;
	}
	return NULL;
}

/* An array of names out of JSON text; both are freed by names_release. */
struct names {
	json_t *json;
	const char **items;
	size_t n;
	bool known; /* each is a field */
};

static void
names_release(struct names *l)
{
	json_decref(l->json);
	free(l->items);
}

static int
names_init(struct names *l, const json_t *schema, const char *text, struct error *err)
{
	memset(l, 0, sizeof *l);
	l->json = json_loads(text, 0, NULL);
	l->n = json_array_size(l->json);
	l->items = calloc(l->n + 1, sizeof *l->items);
	l->known = true;
	if (l->json == NULL || l->items == NULL) {
		names_release(l);
		error_nomem(err);
		return -1;
	}
	for (size_t i = 0; i < l->n; i++) {
		const char *name = json_string_value(json_array_get(l->json, i));

		l->items[i] = name ? name : "";
		l->known = l->known && find_field(schema, l->items[i]) != NULL;
	}
	return 0;
}

/* The array at key of the schema's "caravan", made if it is not there; borrowed. */
static json_t *
extra_array(json_t *schema, const char *key, struct error *err)
{
	json_t *array = json_object_get(json_object_get(schema, "caravan"), key);

	if (array != NULL)
		return array;
	if (table_schema_extra(schema, key, json_array(), err) < 0)
		return NULL;
	return json_object_get(json_object_get(schema, "caravan"), key);
}

static int
append(json_t *schema, const char *key, json_t *item, struct error *err)
{
	json_t *array = extra_array(schema, key, err);

	if (array == NULL) {
		json_decref(item);
		return -1;
	}
	return json_array_append_new(array, item) == 0 ? 0 : error_nomem(err);
}

/* The columns of indexes_query; a key's column that is an expression is its text. */
enum { INDEX_DEFINITION, INDEX_PRIMARY, INDEX_UNIQUE, INDEX_PLAIN, INDEX_COLUMNS };

static const char indexes_query[] =
	"SELECT pg_catalog.pg_get_indexdef(i.indexrelid), i.indisprimary,"
	" i.indisunique AND i.indpred IS NULL, i.indexprs IS NULL,"
	" (SELECT pg_catalog.json_agg(coalesce(a.attname,"
	"  pg_catalog.pg_get_indexdef(i.indexrelid, k + 1, true)) ORDER BY k)"
	"  FROM pg_catalog.generate_series(0, i.indnkeyatts - 1) k"
	"  LEFT JOIN pg_catalog.pg_attribute a"
	"  ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k] AND a.attnum > 0)"
	" FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
	" WHERE i.indrelid = $1::pg_catalog.oid AND i.indisvalid"
	" ORDER BY NOT i.indisprimary, c.relname";

static int
add_unique(json_t *schema, const PGresult *r, int row, const struct names *l, struct error *err)
{
	if (!is_true(r, row, INDEX_PLAIN))
		return append(schema, "uniqueKeys", json_copy(l->json), err);
	if (!l->known)
		return 0; /* a computed column is not in the stream */
	if (is_true(r, row, INDEX_PRIMARY))
		return table_schema_set_primary_key(schema, l->items, l->n, err);
	if (l->n == 1)
		return table_schema_constrain(
			find_field(schema, l->items[0]), "unique", json_true(), err);
	return table_schema_add_unique_key(schema, l->items, l->n, err);
}

static int
add_indexes(json_t *schema, const PGresult *r, struct error *err)
{
	for (int row = 0; row < PQntuples(r); row++) {
		const char *definition = PQgetvalue(r, row, INDEX_DEFINITION);
		struct names l;
		int status = 0;

		if (append(schema, "indexes", json_string(definition), err) < 0)
			return -1;
		if (!is_true(r, row, INDEX_UNIQUE))
			continue;
		if (names_init(&l, schema, PQgetvalue(r, row, INDEX_COLUMNS), err) < 0)
			return -1;
		status = add_unique(schema, r, row, &l, err);
		names_release(&l);
		if (status < 0)
			return -1;
	}
	return 0;
}

/* The columns of checks_query: the column is null where there are several. */
enum { CHECK_NAME, CHECK_EXPRESSION, CHECK_COLUMN, CHECK_JSON };

/*
 * A domain's CHECK says VALUE, which is told as the column.  The last column is
 * the type that a CHECK (jsonb_typeof(column) = 'object') asks for.
 */
static const char checks_query[] =
	"SELECT x.conname, x.expression, x.attname, CASE x.expression"
	"  WHEN pg_catalog.format('(jsonb_typeof(%I) = ''object''::text)', x.name)"
	"  THEN 'object'"
	"  WHEN pg_catalog.format('(jsonb_typeof(%I) = ''array''::text)', x.name)"
	"  THEN 'array' END"
	" FROM (SELECT c.conname, pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS expression,"
	"  a.attname, coalesce(a.attname, '') AS name"
	"  FROM pg_catalog.pg_constraint c LEFT JOIN pg_catalog.pg_attribute a"
	"  ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
	"  AND pg_catalog.cardinality(c.conkey) = 1"
	"  WHERE c.conrelid = $1::pg_catalog.oid AND c.contype = 'c'"
	"  UNION ALL"
	"  SELECT c.conname, pg_catalog.regexp_replace("
	"   pg_catalog.pg_get_expr(c.conbin, 0), '\\mVALUE\\M', pg_catalog.replace("
	"    pg_catalog.quote_ident(a.attname), '\\', '\\\\'), 'g'),"
	"   a.attname, a.attname"
	"  FROM pg_catalog.pg_attribute a"
	"  JOIN pg_catalog.pg_constraint c ON c.contypid = a.atttypid AND c.contype = 'c'"
	"  WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped) x"
	" ORDER BY 1, 3";

/* The values of an integer's list as numbers; takes the list. */
static json_t *
as_integers(json_t *list)
{
	json_t *numbers = json_array(), *item;
	size_t i;

	json_array_foreach (list, i, item) {
		json_t *number = json_loads(json_string_value(item), JSON_DECODE_ANY, NULL);

		if (!json_is_integer(number) || json_array_append(numbers, number) != 0) {
			json_decref(number);
			json_decref(numbers);
			return list;
		}
		json_decref(number);
	}
	json_decref(list);
	return numbers;
}

static int
add_check(json_t *schema, const PGresult *r, int row, struct error *err)
{
	const char *expression = PQgetvalue(r, row, CHECK_EXPRESSION);
	const char *column = value(r, row, CHECK_COLUMN), *json = value(r, row, CHECK_JSON);
	json_t *field = column ? find_field(schema, column) : NULL;
	json_t *list = field ? check_list(expression, column) : NULL;

	if (list != NULL) {
		const char *type = json_string_value(json_object_get(field, "type"));

		if (strcmp(type, schema_type_name(SCHEMA_INTEGER)) == 0)
			list = as_integers(list);
		return table_schema_constrain(field, "enum", list, err);
	}
	if (field != NULL && json != NULL)
		return json_object_set_new(field, "type", json_string(json)) == 0
			       ? 0
			       : error_nomem(err);
	return append(schema, "rules",
		json_pack("{s:s, s:s}", "name", PQgetvalue(r, row, CHECK_NAME), "expression",
			expression),
		err);
}

static int
add_checks(json_t *schema, const PGresult *r, struct error *err)
{
	for (int row = 0; row < PQntuples(r); row++) {
		if (add_check(schema, r, row, err) < 0)
			return -1;
	}
	return 0;
}

/* The columns of references_query; the table is null where it is the table itself. */
enum { REFERENCE_COLUMNS, REFERENCE_TABLE, REFERENCE_REFERENCED };

static const char references_query[] =
	"SELECT pg_catalog.json_agg(a.attname ORDER BY k.n),"
	" CASE WHEN c.confrelid <> c.conrelid THEN CASE WHEN t.relnamespace ="
	"  (SELECT relnamespace FROM pg_catalog.pg_class WHERE oid = c.conrelid)"
	"  THEN t.relname ELSE s.nspname || '.' || t.relname END END,"
	" pg_catalog.json_agg(b.attname ORDER BY k.n)"
	" FROM pg_catalog.pg_constraint c"
	" JOIN pg_catalog.pg_class t ON t.oid = c.confrelid"
	" JOIN pg_catalog.pg_namespace s ON s.oid = t.relnamespace"
	" CROSS JOIN LATERAL pg_catalog.generate_series(1, pg_catalog.cardinality(c.conkey))"
	"  AS k(n)"
	" JOIN pg_catalog.pg_attribute a"
	"  ON a.attrelid = c.conrelid AND a.attnum = c.conkey[k.n]"
	" JOIN pg_catalog.pg_attribute b"
	"  ON b.attrelid = c.confrelid AND b.attnum = c.confkey[k.n]"
	" WHERE c.conrelid = $1::pg_catalog.oid AND c.contype = 'f'"
	" GROUP BY c.oid, c.conname, c.confrelid, c.conrelid, t.relname, t.relnamespace, "
	"s.nspname"
	" ORDER BY c.conname";

static int
add_references(json_t *schema, const PGresult *r, struct error *err)
{
	for (int row = 0; row < PQntuples(r); row++) {
		struct names l, there;
		int status = 0;

		if (names_init(&l, schema, PQgetvalue(r, row, REFERENCE_COLUMNS), err) < 0)
			return -1;
		if (names_init(&there, schema, PQgetvalue(r, row, REFERENCE_REFERENCED), err) <
			0) {
			names_release(&l);
			return -1;
		}
		if (l.known)
			status = table_schema_add_foreign_key(schema, l.items, l.n,
				value(r, row, REFERENCE_TABLE), there.items, err);
		names_release(&l);
		names_release(&there);
		if (status < 0)
			return -1;
	}
	return 0;
}

static const char table_query[] =
	"SELECT n.nspname, c.relname, c.relkind = 'p',"
	" pg_catalog.obj_description(c.oid, 'pg_class')"
	" FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
	" WHERE c.oid = $1::pg_catalog.oid";

static int
add_table(json_t *schema, const PGresult *r, struct error *err)
{
	if (PQntuples(r) == 0)
		return error_set(err, ERROR_RUNTIME, "the table is not there any more");
	if (value(r, 0, 3) != NULL &&
		json_object_set_new(schema, "description", json_string(value(r, 0, 3))) != 0)
		return error_nomem(err);
	if (extra_text(schema, "schema", value(r, 0, 0), err) < 0)
		return -1;
	return extra_text(schema, "table", value(r, 0, 1), err);
}

struct part {
	const char *query;
	int (*add)(json_t *schema, const PGresult *r, struct error *err);
};

/* Add what the parts say of the table; 0 or -1. */
static int
add_parts(PGconn *conn, const char *oid, json_t *schema, const struct part *parts, size_t n,
	struct error *err)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < n; i++) {
		PGresult *r = postgres_query(conn, parts[i].query, 1, &oid, err);

		status = r != NULL ? parts[i].add(schema, r, err) : -1;
		PQclear(r);
	}
	return status;
}

/* After the fields: what is about them. */
static const struct part relations[] = {
	{indexes_query, add_indexes},
	{checks_query, add_checks},
	{references_query, add_references},
};

enum { RELATIONS = sizeof relations / sizeof *relations };

json_t *
postgres_describe(PGconn *conn, const char *oid, struct error *err)
{
	static const struct part parts[] = {
		{table_query, add_table}, {columns_query, add_stored_fields}};
	json_t *schema = table_schema_new(err);

	if (schema == NULL)
		return NULL;
	if (add_parts(conn, oid, schema, parts, 2, err) == 0 &&
		json_object_set_new(schema, "fieldsMatch", json_pack("[s]", "superset")) != 0)
		error_nomem(err);
	else if (add_parts(conn, oid, schema, relations, RELATIONS, err) == 0)
		return schema;
	json_decref(schema);
	return NULL;
}

/* Leave those fields only, in that order. */
static int
choose_fields(json_t *schema, const char *const *names, size_t n, struct error *err)
{
	json_t *chosen = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *field = find_field(schema, names[i]);

		if (field == NULL) {
			json_decref(chosen);
			return error_set(err, ERROR_RUNTIME,
				"column '%s' is not there any more", names[i]);
		}
		(void)json_array_append(chosen, field);
	}
	if (json_array_size(chosen) == n && json_object_set_new(schema, "fields", chosen) == 0)
		return 0;
	return error_nomem(err);
}

json_t *
postgres_describe_columns(
	PGconn *conn, const char *oid, const char *const *names, size_t n, struct error *err)
{
	static const struct part parts[] = {
		{table_query, add_table}, {columns_query, add_fields}};
	json_t *schema = table_schema_new(err);

	if (schema == NULL)
		return NULL;
	if (add_parts(conn, oid, schema, parts, 2, err) == 0 &&
		choose_fields(schema, names, n, err) == 0 &&
		add_parts(conn, oid, schema, relations, RELATIONS, err) == 0)
		return schema;
	json_decref(schema);
	return NULL;
}

json_t *
postgres_describe_result(PGconn *conn, const PGresult *result, struct error *err)
{
	struct sql oids = SQL_INIT, modifiers = SQL_INIT;
	json_t *schema = NULL;
	PGresult *r = NULL;
	int n = PQnfields(result);

	for (int i = 0; i < n; i++) {
		sql_add(&oids, "%c%u", i > 0 ? ',' : '{', PQftype(result, i));
		sql_add(&modifiers, "%c%d", i > 0 ? ',' : '{', PQfmod(result, i));
	}
	sql_add(&oids, "}");
	sql_add(&modifiers, "}");
	if (sql_text(&oids, err) != NULL && sql_text(&modifiers, err) != NULL) {
		const char *const params[] = {oids.text, modifiers.text};

		r = postgres_query(conn, result_query, 2, params, err);
	}
	if (r != NULL && PQntuples(r) == n)
		schema = table_schema_new(err);
	else if (r != NULL)
		error_set(err, ERROR_RUNTIME, "a type of the result is not in the catalog");
	for (int i = 0; schema != NULL && i < n; i++) {
		if (add_field(schema, PQfname(result, i), r, i, err) < 0) {
			json_decref(schema);
			schema = NULL;
		}
	}
	PQclear(r);
	sql_release(&oids);
	sql_release(&modifiers);
	return schema;
}
