/*
 * profile_json.c - what is told of a column (see profile_parts.h)
 *
 * The format is stable: members may be added, none changes its meaning.
 * validate(1) describes it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "validate/profile_parts.h"

enum { TOP_VALUES = 10, EXAMPLES = 3 };

static void
set(json_t *object, const char *name, json_t *value)
{
	json_object_set_new(object, name, value);
}

/* At most `shown` values fit the reader; JSON has them in full as far as they were kept. */
static json_t *
text_json(const char *text, size_t len, bool cut)
{
	char buf[256];

	if (!cut)
		return json_stringn(text, len);
	snprintf(buf, sizeof buf, "%.*s…", (int)len, text);
	return json_string(buf);
}

static json_t *
mark_json(const struct table *t, const struct mark *at, bool key)
{
	json_t *json = json_pack("{s:I}", "row", (json_int_t)at->row);

	if (key && t->key_numeric)
		set(json, "key", json_integer(at->key));
	return json;
}

static const char *
mask_of(const struct kind *k)
{
	return k->mask[0] != '\0' ? k->mask : shape_mask(k->shape);
}

static void
set_kind(json_t *json, const struct kind *k)
{
	set(json, "shape", json_string(shape_name(k->shape)));
	set(json, "mask", json_string(mask_of(k)));
	set(json, "padded", json_boolean(k->padded));
}

/* Different values of a kind among the stretches from .. to: the first, one of the middle, the last. */
static json_t *
examples_json(const struct column *c, size_t kind, uint32_t from, uint32_t to)
{
	const struct kind_cells *s = &c->timeline.kinds[kind];
	size_t low = 0, high = s->n;
	json_t *list = json_array();

	while (low < high && s->cells[low].index < from)
		low++;
	while (high > low && s->cells[high - 1].index > to)
		high--;
	for (size_t i = 0; high > low && i < EXAMPLES; i++) {
		const struct cell_of_kind *e =
			&s->cells[low + i * (high - 1 - low) / (EXAMPLES - 1)];
		json_t *value = text_json(e->example, strlen(e->example), e->cut);
		bool known = false;

		for (size_t j = 0; j < json_array_size(list); j++)
			known = known || json_equal(json_array_get(list, j), value);
		if (known || kind == KIND_NULL)
			json_decref(value);
		else
			json_array_append_new(list, value);
	}
	return list;
}

static const char *
date_order(const struct kind *k)
{
	if (k->day_first > 0 && k->month_first > 0)
		return "mixed";
	if (k->day_first > 0)
		return "d/m/y";
	return k->month_first > 0 ? "m/d/y" : "undecided";
}

static bool
is_local_date(enum shape shape)
{
	return shape == SHAPE_SLASH_DATE || shape == SHAPE_DOT_DATE || shape == SHAPE_DASH_DATE;
}

static json_t *
shape_json(const struct table *t, const struct column *c, size_t kind)
{
	const struct kind *k = &c->kinds[kind];
	const struct kind_cells *s = &c->timeline.kinds[kind];
	json_t *json = json_object();

	set_kind(json, k);
	set(json, "rows", json_integer((json_int_t)s->count));
	set(json, "share", json_real((double)s->count / (double)t->rows));
	set(json, "first", mark_json(t, &s->cells[0].first, true));
	set(json, "last", mark_json(t, &s->cells[s->n - 1].last, true));
	if (k->low <= k->high) {
		set(json, "min", text_json(k->low_text.text, k->low_text.len, k->low_text.cut));
		set(json, "max",
			text_json(k->high_text.text, k->high_text.len, k->high_text.cut));
	}
	if (is_local_date(k->shape))
		set(json, "order", json_string(date_order(k)));
	set(json, "examples", examples_json(c, kind, 0, UINT32_MAX));
	return json;
}

/* All kinds that there were, the most frequent first. */
static json_t *
shapes_json(const struct table *t, const struct column *c)
{
	json_t *list = json_array();
	bool done[TIMELINE_KINDS] = {false};

	for (;;) {
		size_t best = TIMELINE_KINDS;

		for (size_t i = 0; i < c->nkinds; i++) {
			if (!done[i] && column_kind_rows(c, i) > 0 &&
				(best == TIMELINE_KINDS ||
					column_kind_rows(c, i) > column_kind_rows(c, best)))
				best = i;
		}
		if (best == TIMELINE_KINDS)
			return list;
		done[best] = true;
		json_array_append_new(list, shape_json(t, c, best));
	}
}

static void
add_type(json_t *list, const char *name, uint64_t rows, uint64_t of)
{
	if (rows > 0)
		json_array_append_new(
			list, json_pack("{s:s, s:I, s:f}", "type", name, "rows",
				      (json_int_t)rows, "share", (double)rows / (double)of));
}

/* PostgreSQL's types that take values as they are, with the share of what is neither NULL nor empty. */
static json_t *
types_json(const struct column *c)
{
	uint64_t of = c->values - column_shape_rows(c, SHAPE_EMPTY);
	uint64_t whole =
		column_shape_rows(c, SHAPE_INTEGER) + column_shape_rows(c, SHAPE_EPOCH) +
		column_shape_rows(c, SHAPE_EPOCH_MS) + column_shape_rows(c, SHAPE_ZEROS);
	uint64_t dates = column_shape_rows(c, SHAPE_ISO_DATE);
	json_t *list = json_array();

	add_type(list, "integer", whole, of);
	add_type(list, "numeric", whole + column_shape_rows(c, SHAPE_DECIMAL), of);
	add_type(list, "boolean", column_shape_rows(c, SHAPE_BOOLEAN_WORD), of);
	add_type(list, "date", dates, of);
	add_type(list, "timestamp",
		dates + column_shape_rows(c, SHAPE_ISO_TIMESTAMP) +
			column_shape_rows(c, SHAPE_ISO_INSTANT),
		of);
	add_type(list, "jsonb",
		column_shape_rows(c, SHAPE_JSON_OBJECT) +
			column_shape_rows(c, SHAPE_JSON_ARRAY),
		of);
	add_type(list, "uuid", column_shape_rows(c, SHAPE_UUID), of);
	add_type(list, "bytea", column_shape_rows(c, SHAPE_BYTES), of);
	add_type(list, "text", of, of);
	return list;
}

static json_t *
number_json(const struct column *c)
{
	const struct kind *low = NULL, *high = NULL;

	for (size_t i = 0; i < c->nkinds; i++) {
		const struct kind *k = &c->kinds[i];

		if (k->low > k->high || k->shape < SHAPE_INTEGER || k->shape > SHAPE_PERCENT)
			continue;
		if (low == NULL || k->low < low->low)
			low = k;
		if (high == NULL || k->high > high->high)
			high = k;
	}
	if (low == NULL)
		return NULL;
	return json_pack("{s:o, s:o}", "min",
		text_json(low->low_text.text, low->low_text.len, low->low_text.cut), "max",
		text_json(high->high_text.text, high->high_text.len, high->high_text.cut));
}

/* YYYYMMDDhhmmss of a number as shape_value has it, or NAN. */
static double
instant(const struct kind *k, double number)
{
	double seconds = k->shape == SHAPE_EPOCH_MS ? floor(number / 1000) : number;
	time_t t = (time_t)seconds;
	struct tm tm;

	switch (k->shape) {
	case SHAPE_ISO_DATE:
	case SHAPE_ISO_TIMESTAMP:
	case SHAPE_ISO_INSTANT: return number;
	case SHAPE_SLASH_DATE:
	case SHAPE_DOT_DATE:
	case SHAPE_DASH_DATE: return k->day_first > 0 && k->month_first == 0 ? number : NAN;
	case SHAPE_EPOCH:
	case SHAPE_EPOCH_MS:
		if (gmtime_r(&t, &tm) == NULL)
			return NAN;
		return (tm.tm_year + 1900) * 1e10 + (tm.tm_mon + 1) * 1e8 + tm.tm_mday * 1e6 +
		       tm.tm_hour * 1e4 + tm.tm_min * 1e2 + tm.tm_sec;
	default: return NAN;
	}
}

static json_t *
instant_json(double number)
{
	long long n = (long long)number;
	char text[32];

	snprintf(text, sizeof text, "%04lld-%02lld-%02lld %02lld:%02lld:%02lld",
		n / 10000000000, n / 100000000 % 100, n / 1000000 % 100, n / 10000 % 100,
		n / 100 % 100, n % 100);
	return json_string(text);
}

static json_t *
time_json(const struct column *c)
{
	double low = INFINITY, high = -INFINITY;
	uint64_t rows = 0;

	for (size_t i = 0; i < c->nkinds; i++) {
		const struct kind *k = &c->kinds[i];

		if (is_local_date(k->shape) && isnan(instant(k, k->low)))
			return NULL;
		if (k->low > k->high || isnan(instant(k, k->low)))
			continue;
		low = fmin(low, instant(k, k->low));
		high = fmax(high, instant(k, k->high));
		rows += column_kind_rows(c, i);
	}
	if (rows * 2 < c->values || low > high)
		return NULL;
	return json_pack("{s:o, s:o}", "min", instant_json(low), "max", instant_json(high));
}

static json_t *
top_json(const struct column *c)
{
	json_t *values = json_array();
	uint16_t places[TOP_VALUES];
	size_t n = value_counts_top(&c->counts, places, TOP_VALUES);

	for (size_t i = 0; i < n; i++) {
		const struct counted *v = &c->counts.values[places[i]];
		uint64_t rows = c->counts.counts[places[i]], most = rows + c->counts.taken;

		json_array_append_new(
			values, json_pack("{s:o, s:I, s:I}", "value",
					text_json(v->text, v->kept, v->kept < v->len), "rows",
					(json_int_t)rows, "rows_at_most", (json_int_t)most));
	}
	return json_pack("{s:b, s:o}", "exact", c->counts.taken == 0, "values", values);
}

static json_t *
traits_json(const struct column *c)
{
	static const char *const names[COLUMN_TRAITS] = {"padded", "capitals", "line-ends",
		"control-characters", "beyond-ascii", "symbols"};
	json_t *json = json_object();

	for (size_t i = 0; i < COLUMN_TRAITS; i++) {
		if (names[i] != NULL && c->traits[i] > 0)
			set(json, names[i], json_integer((json_int_t)c->traits[i]));
	}
	return json;
}

static json_t *
era_json(const struct table *t, const struct column *c, const struct era *e,
	const struct era *before)
{
	static const char *const changes[] = {"start", "exact", "overlap", "gradual"};
	json_t *json = json_object(), *shapes = json_array();

	set(json, "change", json_string(changes[e->change]));
	set(json, "from", mark_json(t, &e->from, e->from_key));
	set(json, "to", mark_json(t, &e->to, e->to_key));
	if (e->change == ERA_OVERLAP && before != NULL)
		set(json, "overlap",
			json_pack("{s:o, s:o}", "from", mark_json(t, &e->from, e->from_key),
				"to", mark_json(t, &before->to, before->to_key)));
	for (size_t i = 0; i < e->nkinds; i++) {
		const struct era_kind *k = &e->kinds[i];
		json_t *one = json_object();

		set_kind(one, &c->kinds[k->kind]);
		set(one, "share", json_real(k->share));
		if (k->first.row != 0)
			set(one, "first", mark_json(t, &k->first, true));
		if (k->last.row != 0)
			set(one, "last", mark_json(t, &k->last, true));
		if (k->rows != 0)
			set(one, "rows", json_integer((json_int_t)k->rows));
		set(one, "begins", json_boolean(k->begins));
		set(one, "ends", json_boolean(k->ends));
		set(one, "examples",
			examples_json(c, k->kind, e->first_stretch, e->last_stretch));
		json_array_append_new(shapes, one);
	}
	set(json, "shapes", shapes);
	return json;
}

static void
set_eras(json_t *json, const struct table *t, const struct column *c, const struct eras *eras)
{
	json_t *list = json_array(), *stragglers = json_array();

	for (size_t i = 0; eras->n > 1 && i < eras->n; i++)
		json_array_append_new(list,
			era_json(t, c, &eras->eras[i], i > 0 ? &eras->eras[i - 1] : NULL));
	for (size_t i = 0; i < eras->nstragglers; i++) {
		const struct straggler *s = &eras->stragglers[i];
		json_t *one = json_object();

		set_kind(one, &c->kinds[s->kind]);
		set(one, "rows", json_integer((json_int_t)s->rows));
		set(one, "first", mark_json(t, &s->first, true));
		set(one, "last", mark_json(t, &s->last, true));
		if (s->example != NULL)
			set(one, "example", text_json(s->example, strlen(s->example), s->cut));
		json_array_append_new(stragglers, one);
	}
	set(json, "eras", list);
	set(json, "stragglers", stragglers);
	set(json, "fluctuates", json_boolean(eras->fluctuates));
}

static void
set_range(json_t *json, const char *name, json_t *range)
{
	if (range != NULL)
		set(json, name, range);
}

json_t *
profile_column_json(const struct table *t, const struct column *c, struct error *err)
{
	json_t *json = json_object();
	bool exact;

	if (json == NULL)
		goto fail;
	set(json, "name", json_string(c->name));
	set(json, "nulls", json_integer((json_int_t)column_kind_rows(c, KIND_NULL)));
	set(json, "empty", json_integer((json_int_t)column_kind_rows(c, KIND_EMPTY)));
	set(json, "distinct", json_integer((json_int_t)column_distinct(c, &exact)));
	set(json, "distinct_exact", json_boolean(exact));
	if (c->values > 0) {
		set(json, "length",
			json_pack("{s:I, s:I}", "min", (json_int_t)c->shortest, "max",
				(json_int_t)c->longest));
		set(json, "min", text_json(c->min.text, c->min.len, c->min.cut));
		set(json, "max", text_json(c->max.text, c->max.len, c->max.cut));
	}
	set_range(json, "number", number_json(c));
	set_range(json, "time", time_json(c));
	set(json, "types", types_json(c));
	set(json, "shapes", shapes_json(t, c));
	set(json, "traits", traits_json(c));
	set(json, "top", top_json(c));
	set_eras(json, t, c, c->eras);
	if (profile_expression(json, c, err) < 0)
		goto fail;
	return json;
fail:
	json_decref(json);
	if (err->kind == ERROR_NONE)
		error_nomem(err);
	return NULL;
}
