/*
 * cell_fuzz.c - any text as a value of any type
 *
 * The first byte chooses the type; the rest is the value.  A value of a type
 * is the same value when it is parsed again, equals itself unless it is NaN,
 * and has one key.
 */
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/cell.h"

static const char *const fields[] = {
	"{\"name\":\"x\",\"type\":\"string\",\"format\":\"email\"}",
	"{\"name\":\"x\",\"type\":\"string\",\"format\":\"uri\"}",
	"{\"name\":\"x\",\"type\":\"string\",\"format\":\"binary\"}",
	"{\"name\":\"x\",\"type\":\"string\",\"format\":\"uuid\"}",
	"{\"name\":\"x\",\"type\":\"number\"}",
	"{\"name\":\"x\",\"type\":\"number\",\"groupChar\":\"::\",\"decimalChar\":\",\"}",
	"{\"name\":\"x\",\"type\":\"number\",\"bareNumber\":false}",
	"{\"name\":\"x\",\"type\":\"integer\"}",
	"{\"name\":\"x\",\"type\":\"integer\",\"groupChar\":\",\",\"bareNumber\":false}",
	"{\"name\":\"x\",\"type\":\"boolean\"}",
	"{\"name\":\"x\",\"type\":\"object\"}",
	"{\"name\":\"x\",\"type\":\"array\"}",
	"{\"name\":\"x\",\"type\":\"list\",\"itemType\":\"integer\",\"delimiter\":\"; \"}",
	"{\"name\":\"x\",\"type\":\"date\"}",
	"{\"name\":\"x\",\"type\":\"date\",\"format\":\"any\"}",
	"{\"name\":\"x\",\"type\":\"time\"}",
	"{\"name\":\"x\",\"type\":\"time\",\"format\":\"any\"}",
	"{\"name\":\"x\",\"type\":\"datetime\"}",
	"{\"name\":\"x\",\"type\":\"datetime\",\"format\":\"any\"}",
	"{\"name\":\"x\",\"type\":\"datetime\",\"format\":\"%a %d %b %y %I %p %f %z %j%%\"}",
	"{\"name\":\"x\",\"type\":\"datetime\",\"format\":\"%s\"}",
	"{\"name\":\"x\",\"type\":\"year\"}",
	"{\"name\":\"x\",\"type\":\"yearmonth\"}",
	"{\"name\":\"x\",\"type\":\"duration\"}",
	"{\"name\":\"x\",\"type\":\"geopoint\"}",
	"{\"name\":\"x\",\"type\":\"geopoint\",\"format\":\"array\"}",
	"{\"name\":\"x\",\"type\":\"geopoint\",\"format\":\"object\"}",
	"{\"name\":\"x\",\"type\":\"geojson\"}",
	"{\"name\":\"x\",\"type\":\"geojson\",\"format\":\"topojson\"}",
};

static struct table_schema *
make_schema(const char *field)
{
	struct error err = ERROR_INIT;
	json_t *json = json_pack("{s:[o]}", "fields", json_loads(field, 0, NULL));
	struct table_schema *s = json == NULL ? NULL : table_schema_parse(json, "fuzz", &err);

	json_decref(json);
	if (s == NULL)
		abort();
	return s;
}

/* x and y were parsed from the same text by two types made of one field. */
static void
check_equal(const struct cell *x, const struct cell *y)
{
	struct buffer kx = {NULL, 0, 0}, ky = {NULL, 0, 0};
	struct error err = ERROR_INIT;

	if (cell_key(x, &kx, &err) < 0 || cell_key(y, &ky, &err) < 0)
		abort();
	if (kx.len != ky.len || (kx.len > 0 && memcmp(kx.data, ky.data, kx.len) != 0))
		abort();
	if (cell_length(x) != cell_length(y) || x->kind != y->kind)
		abort();
	if (x->kind == CELL_WHOLE || x->kind == CELL_MOMENT || x->kind == CELL_DURATION) {
		if (cell_compare(x, y) != 0)
			abort();
	} else if (x->kind == CELL_DECIMAL) {
		int nan = x->decimal.special == DECIMAL_NAN;

		if (cell_compare(x, y) != (nan ? 2 : 0))
			abort();
	}
	free(kx.data);
	free(ky.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;
	struct error err = ERROR_INIT;
	struct table_schema *schema;
	struct cell_type *a, *b;
	struct cell x, y;

	if (size < 1 || !utf8_is_text(text, size - 1))
		return 0;
	schema = make_schema(fields[data[0] % (sizeof fields / sizeof fields[0])]);
	a = cell_type_new(schema->fields, &err);
	b = cell_type_new(schema->fields, &err);
	if (a == NULL || b == NULL)
		abort();
	if (cell_parse(a, text, size - 1, &x)) {
		if (!cell_parse(b, text, size - 1, &y))
			abort();
		check_equal(&x, &y);
	}
	cell_type_free(a);
	cell_type_free(b);
	table_schema_free(schema);
	return 0;
}
