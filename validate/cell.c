/*
 * cell.c - see cell.h
 */
#include <stdlib.h>
#include <string.h>

#include "validate/cell.h"
#include "validate/json_scan.h"
#include "validate/geojson.h"
#include "validate/text_format.h"
#include "validate/time_pattern.h"

struct cell_type {
	bool (*parse)(struct cell_type *type, const char *p, size_t n, struct cell *cell);
	struct schema_field field; /* a copy, whose parts are the schema's */
	struct cell_type *item;    /* of a list */
	char *scratch;             /* a number without what groupChar and bareNumber allow */
	size_t scratch_cap;
	bool plain; /* numbers have no decimalChar, groupChar, bareNumber of their own */
	bool failed;
};

static bool
parse_any(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	(void)p;
	(void)n;
	cell->kind = CELL_TEXT;
	return true;
}

static bool
parse_email(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return text_is_email(p, n);
}

static bool
parse_uri(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return text_is_uri(p, n);
}

static bool
parse_binary(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return text_is_binary(p, n);
}

static bool
parse_uuid(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return text_is_uuid(p, n);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
starts(const char *p, size_t n, const struct schema_text *t)
{
	return t->len > 0 && n >= t->len && memcmp(p, t->ptr, t->len) == 0;
}

/* A digit, or a sign or decimal point with a digit behind it. */
static bool
number_starts(const struct cell_type *type, const char *p, size_t n)
{
	const struct schema_text *point = &type->field.decimal_char;

	if (is_digit(*p))
		return true;
	if (*p == '-' || *p == '+') {
		p++;
		n--;
		if (n > 0 && is_digit(*p))
			return true;
	}
	return type->field.type == SCHEMA_NUMBER && starts(p, n, point) && n > point->len &&
	       is_digit(p[point->len]);
}

/* With bareNumber false: leave out what stands before and behind the number. */
static void
strip_around(const struct cell_type *type, const char **p, size_t *n)
{
	const char *start = *p, *end = *p + *n;
	struct decimal special;

	if (decimal_scan(start, *n, &special))
		return;
	while (start < end && !number_starts(type, start, (size_t)(end - start)))
		start++;
	while (end > start && !is_digit(end[-1]))
		end--;
	*p = start;
	*n = (size_t)(end - start);
}

/*
 * The number in the plain form that decimal_scan takes, in the type's scratch
 * memory.  A groupChar must stand between two digits of the whole part.
 */
static bool
plain_number(struct cell_type *type, const char **p, size_t *n)
{
	const struct schema_field *f = &type->field;
	const char *in, *end;
	char *out;
	bool whole = true; /* still before the decimal point */

	if (!f->bare_number)
		strip_around(type, p, n);
	if (*n == 0)
		return false;
	if (*n > type->scratch_cap) {
		char *bigger = realloc(type->scratch, *n * 2);

		if (bigger == NULL) {
			type->failed = true;
			return false;
		}
		type->scratch = bigger;
		type->scratch_cap = *n * 2;
	}
	out = type->scratch;
	for (in = *p, end = in + *n; in < end;) {
		size_t left = (size_t)(end - in);

		if (f->type == SCHEMA_NUMBER && starts(in, left, &f->decimal_char)) {
			*out++ = '.';
			in += f->decimal_char.len;
			whole = false;
		} else if (whole && in > *p && is_digit(in[-1]) &&
			   starts(in, left, &f->group_char) && left > f->group_char.len &&
			   is_digit(in[f->group_char.len])) {
			in += f->group_char.len;
		} else if (*in == '.' && f->type == SCHEMA_NUMBER) {
			return false; /* not the decimalChar */
		} else {
			*out++ = *in++;
		}
	}
	*p = type->scratch;
	*n = (size_t)(out - type->scratch);
	return true;
}

/* Up to 18 digits at once; false when it is longer or anything else. */
static bool
small_integer(const char *p, size_t n, int64_t *value)
{
	size_t sign = n > 0 && (*p == '-' || *p == '+');
	int64_t v = 0;

	if (n == sign || n - sign > 18)
		return false;
	for (size_t i = sign; i < n; i++) {
		unsigned d = (unsigned char)p[i] - (unsigned)'0';

		if (d > 9)
			return false;
		v = v * 10 + (int64_t)d;
	}
	*value = *p == '-' ? -v : v;
	return true;
}

static bool
parse_integer(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	struct decimal d;

	if (!type->plain && !plain_number(type, &p, &n))
		return false;
	cell->kind = CELL_WHOLE;
	if (small_integer(p, n, &cell->whole))
		return true;
	if (!decimal_scan_integer(p, n, &d))
		return false;
	if (decimal_to_int64(&d, &cell->whole))
		return true;
	cell->kind = CELL_DECIMAL;
	cell->decimal = d;
	return true;
}

static bool
parse_number(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	if (!type->plain && !plain_number(type, &p, &n))
		return false;
	cell->kind = CELL_DECIMAL;
	return decimal_scan(p, n, &cell->decimal);
}

static bool
is_one_of(const struct schema_texts *texts, const char *p, size_t n)
{
	for (size_t i = 0; i < texts->n; i++) {
		if (texts->items[i].len == n && memcmp(texts->items[i].ptr, p, n) == 0)
			return true;
	}
	return false;
}

static bool
parse_boolean(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	cell->kind = CELL_WHOLE;
	cell->whole = is_one_of(&type->field.true_values, p, n);
	return cell->whole == 1 || is_one_of(&type->field.false_values, p, n);
}

static bool
parse_object(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	enum json_kind kind;

	(void)type;
	cell->kind = CELL_JSON;
	return json_scan(p, n, &kind, &cell->count) && kind == JSON_KIND_OBJECT;
}

static bool
parse_array(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	enum json_kind kind;

	(void)type;
	cell->kind = CELL_JSON;
	return json_scan(p, n, &kind, &cell->count) && kind == JSON_KIND_ARRAY;
}

/* An empty text is a list without items. */
static bool
parse_list(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	const struct schema_text *delimiter = &type->field.delimiter;
	struct cell item;

	cell->kind = CELL_LIST;
	cell->count = 0;
	if (n == 0)
		return true;
	for (;;) {
		const char *at = memmem(p, n, delimiter->ptr, delimiter->len);
		size_t len = at == NULL ? n : (size_t)(at - p);

		if (!cell_parse(type->item, p, len, &item))
			return false;
		cell->count++;
		if (at == NULL)
			return true;
		p += len + delimiter->len;
		n -= len + delimiter->len;
	}
}

static bool
parse_date(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return moment_scan_date(p, n, &cell->moment);
}

static bool
parse_time(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return moment_scan_time(p, n, &cell->moment);
}

static bool
parse_datetime(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return moment_scan_datetime(p, n, &cell->moment);
}

static bool
parse_any_date(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return time_any_date(p, n, &cell->moment);
}

static bool
parse_any_time(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return time_any_time(p, n, &cell->moment);
}

static bool
parse_any_datetime(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return time_any_datetime(p, n, &cell->moment);
}

static bool
parse_time_pattern(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	cell->kind = CELL_MOMENT;
	return time_pattern_scan(type->field.format, p, n, &cell->moment);
}

static bool
parse_year(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return moment_scan_year(p, n, &cell->moment);
}

static bool
parse_yearmonth(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_MOMENT;
	return moment_scan_yearmonth(p, n, &cell->moment);
}

static bool
parse_duration(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_DURATION;
	return moment_scan_duration(p, n, &cell->moment);
}

/* Within -limit..limit. */
static bool
scan_degrees(const char *p, size_t n, int64_t limit, struct decimal *d)
{
	struct decimal least, most;
	char low[24], high[24];
	int c;

	if (!decimal_scan(p, n, d))
		return false;
	decimal_from_int64(-limit, low, &least);
	decimal_from_int64(limit, high, &most);
	c = decimal_compare(d, &most);
	return (c == -1 || c == 0) && decimal_compare(d, &least) >= 0;
}

static void
trim(const char **p, size_t *n)
{
	while (*n > 0 && strchr(" \t\n\r", **p) != NULL) {
		(*p)++;
		(*n)--;
	}
	while (*n > 0 && strchr(" \t\n\r", (*p)[*n - 1]) != NULL)
		(*n)--;
}

/* "lon, lat", the space being optional. */
static bool
parse_point(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	const char *comma = memchr(p, ',', n);
	size_t lon, lat;

	(void)type;
	if (comma == NULL)
		return false;
	lon = (size_t)(comma - p);
	lat = n - lon - 1;
	comma++;
	if (lat > 0 && *comma == ' ') {
		comma++;
		lat--;
	}
	cell->kind = CELL_POINT;
	return scan_degrees(p, lon, 180, &cell->point[0]) &&
	       scan_degrees(comma, lat, 90, &cell->point[1]);
}

/* [lon, lat]: JSON, so the numbers are what lies between brackets and comma. */
static bool
parse_point_array(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	enum json_kind kind;
	const char *comma, *lat;
	size_t count, nlon, nlat;

	(void)type;
	if (!json_scan(p, n, &kind, &count) || kind != JSON_KIND_ARRAY || count != 2)
		return false;
	trim(&p, &n);
	comma = memchr(p, ',', n);
	nlon = (size_t)(comma - p) - 1;
	lat = comma + 1;
	nlat = (size_t)(p + n - 1 - lat);
	p++;
	trim(&p, &nlon);
	trim(&lat, &nlat);
	cell->kind = CELL_POINT;
	return scan_degrees(p, nlon, 180, &cell->point[0]) &&
	       scan_degrees(lat, nlat, 90, &cell->point[1]);
}

static bool
parse_point_object(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return geo_is_point_object(p, n);
}

static bool
parse_geojson(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return geo_is_geojson(p, n);
}

static bool
parse_topojson(struct cell_type *type, const char *p, size_t n, struct cell *cell)
{
	(void)type;
	cell->kind = CELL_TEXT;
	return geo_is_topojson(p, n);
}

/* The first that fits: a NULL format is any, in the tables of times a strptime pattern. */
static const struct {
	enum schema_type type;
	const char *format;
	bool (*parse)(struct cell_type *type, const char *p, size_t n, struct cell *cell);
} parsers[] = {
	{SCHEMA_ANY, NULL, parse_any},
	{SCHEMA_STRING, "default", parse_any},
	{SCHEMA_STRING, "email", parse_email},
	{SCHEMA_STRING, "uri", parse_uri},
	{SCHEMA_STRING, "binary", parse_binary},
	{SCHEMA_STRING, "uuid", parse_uuid},
	{SCHEMA_NUMBER, NULL, parse_number},
	{SCHEMA_INTEGER, NULL, parse_integer},
	{SCHEMA_BOOLEAN, NULL, parse_boolean},
	{SCHEMA_OBJECT, NULL, parse_object},
	{SCHEMA_ARRAY, NULL, parse_array},
	{SCHEMA_LIST, NULL, parse_list},
	{SCHEMA_DATETIME, "default", parse_datetime},
	{SCHEMA_DATETIME, "any", parse_any_datetime},
	{SCHEMA_DATETIME, NULL, parse_time_pattern},
	{SCHEMA_DATE, "default", parse_date},
	{SCHEMA_DATE, "any", parse_any_date},
	{SCHEMA_DATE, NULL, parse_time_pattern},
	{SCHEMA_TIME, "default", parse_time},
	{SCHEMA_TIME, "any", parse_any_time},
	{SCHEMA_TIME, NULL, parse_time_pattern},
	{SCHEMA_YEAR, NULL, parse_year},
	{SCHEMA_YEARMONTH, NULL, parse_yearmonth},
	{SCHEMA_DURATION, NULL, parse_duration},
	{SCHEMA_GEOPOINT, "default", parse_point},
	{SCHEMA_GEOPOINT, "array", parse_point_array},
	{SCHEMA_GEOPOINT, "object", parse_point_object},
	{SCHEMA_GEOJSON, "default", parse_geojson},
	{SCHEMA_GEOJSON, "topojson", parse_topojson},
};

/* The type of a list's items, with default formats only. */
static struct cell_type *
new_item(const struct schema_field *list, struct error *err)
{
	struct schema_field field = *list;

	field.type = list->item_type;
	field.format = "default";
	return cell_type_new(&field, err);
}

struct cell_type *
cell_type_new(const struct schema_field *field, struct error *err)
{
	struct cell_type *type = calloc(1, sizeof *type);

	if (type == NULL) {
		error_nomem(err);
		return NULL;
	}
	type->field = *field;
	type->plain = field->bare_number && field->group_char.len == 0 &&
		      field->decimal_char.len == 1 && *field->decimal_char.ptr == '.';
	for (size_t i = 0; i < sizeof parsers / sizeof parsers[0] && type->parse == NULL; i++) {
		if (parsers[i].type == field->type &&
			(parsers[i].format == NULL ||
				strcmp(parsers[i].format, field->format) == 0))
			type->parse = parsers[i].parse;
	}
	if (type->parse == NULL) {
		error_set(err, ERROR_USAGE, "format '%s' of type '%s' is not supported",
			field->format, schema_type_name(field->type));
		goto fail;
	}
	if (type->parse == parse_time_pattern && !time_pattern_known(field->format, err))
		goto fail;
	if (field->type == SCHEMA_LIST) {
		type->item = new_item(field, err);
		if (type->item == NULL)
			goto fail;
	}
	return type;
fail:
	cell_type_free(type);
	return NULL;
}

void
cell_type_free(struct cell_type *type)
{
	if (type == NULL)
		return;
	cell_type_free(type->item);
	free(type->scratch);
	free(type);
}

bool
cell_parse(struct cell_type *type, const char *text, size_t n, struct cell *cell)
{
	cell->text = text;
	cell->len = n;
	return type->parse(type, text, n, cell);
}

bool
cell_type_failed(const struct cell_type *type)
{
	return type->failed || (type->item != NULL && type->item->failed);
}
