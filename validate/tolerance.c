/*
 * tolerance.c - see tolerance.h
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rejects.h"
#include "validate/tolerance.h"

/* The texts belong to the schema. */
struct tolerance {
	const char *code;
	const char *column; /* NULL: any */
	const char *rule;   /* NULL: any */
	struct budget max;
	char max_text[32];
	uint64_t used;
	bool fits; /* some rule */
};

struct tolerances {
	struct tolerance *items;
	size_t n;
	size_t *of_rule; /* by rule, the index of the item, or n; NULL: rules come one by one */
};

static int
wrong(const struct table_schema *schema, const char *what, struct error *err)
{
	return error_set(err, ERROR_USAGE, "%s: caravan: %s", schema->path, what);
}

/* The text of a member, or NULL; one that is there must be a string. */
static int
read_text(const json_t *json, const char *key, const char **text)
{
	const json_t *member = json_object_get(json, key);

	*text = json_string_value(member);
	return member != NULL && *text == NULL ? -1 : 0;
}

static int
read_max(const struct table_schema *schema, const json_t *json, struct tolerance *t,
	struct error *err)
{
	const json_t *max = json_object_get(json, "max");
	const char *text = json_string_value(max);

	if (json_is_integer(max))
		snprintf(t->max_text, sizeof t->max_text, "%" JSON_INTEGER_FORMAT,
			json_integer_value(max));
	else if (text != NULL && strlen(text) < sizeof t->max_text)
		memcpy(t->max_text, text, strlen(text) + 1);
	else
		return wrong(schema,
			"each of 'tolerate' must have a 'max', a number of rows or a share "
			"such as \"2%\"",
			err);
	if (budget_parse(&t->max, t->max_text, err) == 0)
		return 0;
	error_prefix(err, "%s: caravan: 'max' of 'tolerate'", schema->path);
	return -1;
}

static int
read_item(const struct table_schema *schema, const json_t *json, struct tolerance *t,
	struct error *err)
{
	static const char *const known[] = {"code", "column", "rule", "max"};
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)json, key, value) {
		bool found = false;

		for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
			found = found || strcmp(key, known[i]) == 0;
		if (!found)
			return error_set(err, ERROR_USAGE,
				"%s: caravan: 'tolerate' knows no '%s'", schema->path, key);
	}
	if (read_text(json, "code", &t->code) < 0 || t->code == NULL ||
		read_text(json, "column", &t->column) < 0 ||
		read_text(json, "rule", &t->rule) < 0)
		return wrong(schema,
			"each of 'tolerate' must have a 'code', and may have a 'column' and a "
			"'rule', which are texts",
			err);
	return read_max(schema, json, t, err);
}

static bool
covers(const struct tolerance *t, const struct rule *rule)
{
	if (strcmp(t->code, rule->code) != 0)
		return false;
	if (t->column != NULL && (rule->column == NULL || strcmp(t->column, rule->column) != 0))
		return false;
	return t->rule == NULL || strcmp(t->rule, rule->name) == 0;
}

/* Each rule to the first item that covers it. */
static int
match_rules(struct tolerances *t, const struct table_schema *schema, const struct rule *rules,
	size_t nrules, struct error *err)
{
	for (size_t i = 0; i < nrules; i++) {
		size_t at = 0;

		while (at < t->n && !covers(&t->items[at], &rules[i]))
			at++;
		t->of_rule[i] = at;
		for (size_t k = at; k < t->n; k++)
			t->items[k].fits = t->items[k].fits || covers(&t->items[k], &rules[i]);
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct tolerance *item = &t->items[i];

		if (!item->fits)
			return error_set(err, ERROR_USAGE,
				"%s: caravan: 'tolerate' names %s%s%s%s%s, which the schema "
				"has no rule for",
				schema->path, item->code, item->column ? " of '" : "",
				item->column ? item->column : "", item->column ? "'" : "",
				item->rule ? " by that rule" : "");
	}
	return 0;
}

struct tolerances *
tolerances_read(const struct table_schema *schema, struct error *err)
{
	const json_t *list =
		json_object_get(json_object_get(schema->json, "caravan"), "tolerate");
	struct tolerances *t = calloc(1, sizeof *t);
	const json_t *item;
	size_t i;

	if (t == NULL)
		goto nomem;
	t->items = calloc(json_array_size(list) + 1, sizeof *t->items);
	if (t->items == NULL)
		goto nomem;
	if (list != NULL && !json_is_array(list)) {
		wrong(schema, "'tolerate' must be an array", err);
		goto fail;
	}
	json_array_foreach ((json_t *)(uintptr_t)list, i, item) {
		if (read_item(schema, item, &t->items[t->n++], err) < 0)
			goto fail;
	}
	return t;
nomem:
	error_nomem(err);
fail:
	tolerances_free(t);
	return NULL;
}

struct tolerances *
tolerances_new(const struct table_schema *schema, const struct rule *rules, size_t nrules,
	struct error *err)
{
	struct tolerances *t = tolerances_read(schema, err);

	if (t == NULL)
		return NULL;
	t->of_rule = calloc(nrules + 1, sizeof *t->of_rule);
	if (t->of_rule == NULL)
		error_nomem(err);
	else if (match_rules(t, schema, rules, nrules, err) == 0)
		return t;
	tolerances_free(t);
	return NULL;
}

/* One more for an item; whether it is excused as far as is known. */
static bool
charge(struct tolerance *item)
{
	item->used++;
	return item->max.percent || item->used <= item->max.rows;
}

bool
tolerances_excuse_rule(struct tolerances *t, const struct rule *rule)
{
	for (size_t i = 0; i < t->n; i++) {
		if (covers(&t->items[i], rule))
			return charge(&t->items[i]);
	}
	return false;
}

bool
tolerances_excuse(struct tolerances *t, const struct violation *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (t->of_rule[v[i].rule] == t->n)
			return false;
	}
	return charge(&t->items[t->of_rule[v[0].rule]]);
}

/* How many rows a budget allows; a share is judged as --max-rejects judges it. */
static uint64_t
allowed(const struct tolerance *t, uint64_t rows)
{
	double hundredfold = t->max.share * (double)rows;
	uint64_t n = (uint64_t)(hundredfold / 100);

	if (!t->max.percent)
		return t->max.rows;
	while ((double)(n + 1) * 100 <= hundredfold)
		n++;
	while (n > 0 && (double)n * 100 > hundredfold)
		n--;
	return n;
}

static uint64_t
over(const struct tolerance *t, uint64_t rows)
{
	uint64_t most = allowed(t, rows);

	return t->used > most ? t->used - most : 0;
}

uint64_t
tolerances_excess(const struct tolerances *t, uint64_t rows)
{
	uint64_t n = 0;

	/* those over a number of rows were not excused in the first place */
	for (size_t i = 0; i < t->n; i++)
		n += t->items[i].max.percent ? over(&t->items[i], rows) : 0;
	return n;
}

size_t
tolerances_count(const struct tolerances *t)
{
	return t->n;
}

json_t *
tolerances_json(const struct tolerances *t, uint64_t rows)
{
	json_t *array = json_array();
	int bad = array == NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct tolerance *item = &t->items[i];

		bad |= json_array_append_new(array,
			json_pack("{s:s, s:s?, s:s?, s:s, s:I, s:I, s:I}", "code", item->code,
				"column", item->column, "rule", item->rule, "max",
				item->max_text, "allowed", (json_int_t)allowed(item, rows),
				"used", (json_int_t)item->used, "over",
				(json_int_t)over(item, rows)));
	}
	if (bad == 0)
		return array;
	json_decref(array);
	return NULL;
}

void
tolerances_print(const struct tolerances *t, uint64_t rows, FILE *out)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct tolerance *item = &t->items[i];
		uint64_t excess = over(item, rows);

		if (item->used == 0)
			continue;
		fprintf(out, "tolerated: %s", item->code);
		if (item->column != NULL)
			fprintf(out, " of '%s'", item->column);
		if (item->rule != NULL)
			fprintf(out, " (%s)", item->rule);
		fprintf(out, ": %" PRIu64 " of at most %" PRIu64 " rows", item->used,
			allowed(item, rows));
		if (item->max.percent)
			fprintf(out, ", %s", item->max_text);
		if (excess > 0)
			fprintf(out, ": %" PRIu64 " too many", excess);
		fputc('\n', out);
	}
}

void
tolerances_free(struct tolerances *t)
{
	if (t == NULL)
		return;
	free(t->items);
	free(t->of_rule);
	free(t);
}
