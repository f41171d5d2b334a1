/*
 * profile_text.c - a profile for people, as text or as markdown (see profile_parts.h)
 *
 * Made from the JSON alone, so that it says nothing that the JSON does not.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"
#include "validate/profile_parts.h"

enum { SHOWN_VALUE = 36, SHOWN_TOP = 5, SHOWN_NAME = 24 };

struct printer {
	FILE *out;
	bool markdown;
};

static const char *
text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text == NULL ? "" : text;
}

static json_int_t
number_of(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

/* A value on one line, no longer than SHOWN_VALUE characters, in quotes. */
static void
print_value(const struct printer *p, const char *text)
{
	size_t len = strlen(text), at = 0, shown = 0;

	fputs(p->markdown ? "`" : "'", p->out);
	while (at < len && shown < SHOWN_VALUE) {
		unsigned char c = (unsigned char)text[at];

		if (c < 0x20 || c == 0x7f || (p->markdown && (c == '`' || c == '|')))
			fputc(c == '|' ? '/' : c == '`' ? '\'' : ' ', p->out);
		else
			fputc(c, p->out);
		at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			fputc(text[at++], p->out);
		shown++;
	}
	fprintf(p->out, "%s%s", at < len ? "…" : "", p->markdown ? "`" : "'");
}

static void
print_values(const struct printer *p, const json_t *list)
{
	size_t i;
	const json_t *value;

	json_array_foreach (list, i, value) {
		fputs(i > 0 ? ", " : "", p->out);
		print_value(p, json_string_value(value));
	}
}

/* The shape's name, with the mask of a code. */
static void
name_shape(const json_t *shape, char *buf, size_t size)
{
	bool code = strcmp(text_of(shape, "shape"), "code") == 0;

	snprintf(buf, size, "%s%s%s%s", text_of(shape, "shape"), code ? " " : "",
		code ? text_of(shape, "mask") : "",
		json_is_true(json_object_get(shape, "padded")) ? ", padded" : "");
}

static void
print_shapes(const struct printer *p, const json_t *column)
{
	size_t i;
	const json_t *shape;
	char name[128];

	if (p->markdown)
		fprintf(p->out, "\n| shape | rows | share | examples |\n|---|---:|---:|---|\n");
	json_array_foreach (json_object_get(column, "shapes"), i, shape) {
		double share = 100 * json_real_value(json_object_get(shape, "share"));

		name_shape(shape, name, sizeof name);
		if (p->markdown)
			fprintf(p->out, "| %s | %" JSON_INTEGER_FORMAT " | %.2f %% | ", name,
				number_of(shape, "rows"), share);
		else
			fprintf(p->out, "    %-*s %10" JSON_INTEGER_FORMAT " %6.2f %%  ",
				SHOWN_NAME, name, number_of(shape, "rows"), share);
		print_values(p, json_object_get(shape, "examples"));
		if (json_object_get(shape, "order") != NULL)
			fprintf(p->out, " (%s)", text_of(shape, "order"));
		fputs(p->markdown ? " |\n" : "\n", p->out);
	}
}

static void
print_mark(const struct printer *p, const json_t *mark)
{
	const json_t *key = json_object_get(mark, "key");

	fprintf(p->out, "row %" JSON_INTEGER_FORMAT, number_of(mark, "row"));
	if (key != NULL)
		fprintf(p->out, " (key %" JSON_INTEGER_FORMAT ")", json_integer_value(key));
}

static void
begin_line(const struct printer *p, const char *text)
{
	fprintf(p->out, "%s%s", p->markdown ? "- " : "    ", text);
}

static void
print_era(const struct printer *p, size_t number, const json_t *era)
{
	const char *change = text_of(era, "change");
	const json_t *shape, *overlap = json_object_get(era, "overlap");
	char name[128];
	size_t i;

	fprintf(p->out, "%sera %zu: ", p->markdown ? "- " : "    ", number);
	print_mark(p, json_object_get(era, "from"));
	fputs(" to ", p->out);
	print_mark(p, json_object_get(era, "to"));
	if (overlap != NULL)
		fprintf(p->out, ", side by side with era %zu until it ends", number - 1);
	else if (strcmp(change, "gradual") == 0)
		fputs(", about: the shares change, not the shapes", p->out);
	fputc('\n', p->out);
	json_array_foreach (json_object_get(era, "shapes"), i, shape) {
		name_shape(shape, name, sizeof name);
		fprintf(p->out, "%s%-*s %6.2f %%  ", p->markdown ? "    - " : "        ",
			p->markdown ? 0 : SHOWN_NAME - 4, name,
			100 * json_real_value(json_object_get(shape, "share")));
		print_values(p, json_object_get(shape, "examples"));
		fputc('\n', p->out);
	}
}

static void
print_eras(const struct printer *p, const json_t *column)
{
	const json_t *eras = json_object_get(column, "eras"), *one;
	const json_t *stragglers = json_object_get(column, "stragglers");
	char name[128];
	size_t i;

	if (json_is_true(json_object_get(column, "fluctuates")))
		fprintf(p->out, "%sthe mix of shapes goes up and down: no eras\n",
			p->markdown ? "\n" : "    ");
	if (json_array_size(eras) == 0)
		return;
	fputs(p->markdown ? "\n" : "", p->out);
	json_array_foreach (eras, i, one) {
		print_era(p, i + 1, one);
	}
	json_array_foreach (stragglers, i, one) {
		name_shape(one, name, sizeof name);
		begin_line(p, "stragglers: ");
		fprintf(p->out, "%" JSON_INTEGER_FORMAT " of %s, ", number_of(one, "rows"),
			name);
		print_mark(p, json_object_get(one, "first"));
		if (number_of(one, "rows") > 1) {
			fputs(" to ", p->out);
			print_mark(p, json_object_get(one, "last"));
		}
		if (json_object_get(one, "example") != NULL) {
			fputs(", ", p->out);
			print_value(p, text_of(one, "example"));
		}
		fputc('\n', p->out);
	}
}

static void
print_top(const struct printer *p, const json_t *column)
{
	const json_t *top = json_object_get(column, "top"), *value;
	size_t i;

	if (number_of(json_array_get(json_object_get(top, "values"), 0), "rows") < 2)
		return;
	fputs(p->markdown ? "\nMost frequent" : "    most frequent", p->out);
	fputs(json_is_true(json_object_get(top, "exact")) ? ": " : " (at least): ", p->out);
	json_array_foreach (json_object_get(top, "values"), i, value) {
		if (i == SHOWN_TOP || number_of(value, "rows") < 2)
			break;
		fputs(i > 0 ? ", " : "", p->out);
		print_value(p, text_of(value, "value"));
		fprintf(p->out, " %" JSON_INTEGER_FORMAT, number_of(value, "rows"));
	}
	fputc('\n', p->out);
}

static void
print_expression(const struct printer *p, const json_t *column)
{
	const char *text = text_of(column, "expression");

	/* the column as it is says nothing */
	if (strcmp(text, text_of(column, "name")) == 0)
		return;
	fputs(p->markdown ? "\n```sql\n" : "    parse: ", p->out);
	for (; *text != '\0'; text++) {
		fputc(*text, p->out);
		if (*text == '\n' && !p->markdown)
			fputs("      ", p->out);
	}
	fputs(p->markdown ? "\n```\n" : "\n", p->out);
}

static void
print_range(const struct printer *p, const json_t *column)
{
	const json_t *range = json_object_get(column, "time");

	if (range == NULL)
		range = json_object_get(column, "number");
	if (range == NULL)
		range = column;
	if (json_object_get(range, "min") == NULL)
		return;
	fputs(", ", p->out);
	print_value(p, text_of(range, "min"));
	fputs(" to ", p->out);
	print_value(p, text_of(range, "max"));
}

static void
print_traits(const struct printer *p, const json_t *column)
{
	const json_t *traits = json_object_get(column, "traits"), *rows;
	const char *name;
	bool any = false;

	json_object_foreach ((json_t *)traits, name, rows) {
		fprintf(p->out, "%s%" JSON_INTEGER_FORMAT " %s",
			any           ? ", "
			: p->markdown ? "\nOf the values "
				      : "    of the values ",
			json_integer_value(rows), name);
		any = true;
	}
	fputs(any ? "\n" : "", p->out);
}

static void
print_column(const struct printer *p, const json_t *column)
{
	const json_t *length = json_object_get(column, "length");

	fprintf(p->out, p->markdown ? "\n### %s\n\n%s, " : "\n  %s  %s, ",
		text_of(column, "name"), text_of(column, "type"));
	fprintf(p->out,
		"%s%" JSON_INTEGER_FORMAT " distinct, %" JSON_INTEGER_FORMAT
		" NULL, %" JSON_INTEGER_FORMAT " empty",
		json_is_true(json_object_get(column, "distinct_exact")) ? "" : "about ",
		number_of(column, "distinct"), number_of(column, "nulls"),
		number_of(column, "empty"));
	if (length != NULL)
		fprintf(p->out, ", %" JSON_INTEGER_FORMAT "-%" JSON_INTEGER_FORMAT " long",
			number_of(length, "min"), number_of(length, "max"));
	print_range(p, column);
	fputc('\n', p->out);
	print_shapes(p, column);
	print_traits(p, column);
	print_top(p, column);
	print_eras(p, column);
	print_expression(p, column);
}

static void
print_key(const struct printer *p, const json_t *key)
{
	const json_t *columns = json_object_get(key, "columns"), *one;
	json_int_t repeated = number_of(key, "repeated");
	json_int_t without_case = number_of(key, "repeated_without_case");
	bool unique = json_is_true(json_object_get(key, "unique"));
	size_t i;

	fputs(p->markdown ? "- " : "  ", p->out);
	json_array_foreach (columns, i, one) {
		fprintf(p->out, "%s%s", i > 0 ? ", " : "", json_string_value(one));
	}
	if (strcmp(text_of(key, "method"), "estimate") == 0)
		fputs(unique ? ": unique, by estimate" : ": not quite unique, by estimate",
			p->out);
	else if (unique)
		fputs(": unique", p->out);
	else
		fprintf(p->out, ": unique but for %" JSON_INTEGER_FORMAT " row%s", repeated,
			repeated == 1 ? "" : "s");
	if (without_case > repeated)
		fprintf(p->out,
			"; %" JSON_INTEGER_FORMAT " more are the same without regard to case",
			without_case - repeated);
	if (number_of(key, "nulls") > 0)
		fprintf(p->out, "; %" JSON_INTEGER_FORMAT " NULL", number_of(key, "nulls"));
	fputc('\n', p->out);
}

static void
print_table(const struct printer *p, const json_t *table)
{
	const json_t *columns = json_object_get(table, "columns");
	const json_t *key = json_object_get(table, "key"), *one;
	json_int_t left_out = 0;
	const char *name;
	size_t i;

	fprintf(p->out, p->markdown ? "## %s\n\n" : "%s: ", text_of(table, "name"));
	fprintf(p->out, "%" JSON_INTEGER_FORMAT " rows, %zu columns", number_of(table, "rows"),
		json_array_size(columns));
	json_object_foreach (json_object_get(table, "defects"), name, one) {
		left_out += json_integer_value(one);
	}
	if (left_out > 0)
		fprintf(p->out, ", %" JSON_INTEGER_FORMAT " broken rows left out", left_out);
	if (json_is_object(key))
		fprintf(p->out, ", key %s%s%s", text_of(key, "column"),
			json_is_false(json_object_get(key, "sorted")) ? " (not sorted)" : "",
			json_is_true(json_object_get(key, "sorted_first"))
				? " (rows in its order)"
				: "");
	fputc('\n', p->out);
	if (p->markdown)
		fputc('\n', p->out);
	json_array_foreach (json_object_get(table, "keys"), i, one) {
		print_key(p, one);
	}
	json_array_foreach (columns, i, one) {
		print_column(p, one);
	}
}

static void
print_reference(const struct printer *p, const json_t *r)
{
	const json_t *one;
	size_t i;

	fprintf(p->out, "%s%s.%s in %s.%s: %.2f %%", p->markdown ? "- " : "  ",
		text_of(r, "table"), text_of(r, "column"), text_of(r, "to_table"),
		text_of(r, "to_column"), 100 * json_real_value(json_object_get(r, "share")));
	if (number_of(r, "orphans") > 0) {
		fprintf(p->out,
			", %" JSON_INTEGER_FORMAT " orphans of %" JSON_INTEGER_FORMAT " values",
			number_of(r, "orphans"), number_of(r, "orphan_values"));
		json_array_foreach (json_object_get(r, "orphan_examples"), i, one) {
			fputs(i > 0 ? ", " : ": ", p->out);
			if (json_object_get(one, "value") != NULL)
				print_value(p, text_of(one, "value"));
			fprintf(p->out, " in row %" JSON_INTEGER_FORMAT, number_of(one, "row"));
		}
	}
	fputc('\n', p->out);
}

int
profile_print(FILE *out, const json_t *profile, enum profile_format format)
{
	struct printer p = {out, format == PROFILE_MARKDOWN};
	const json_t *references = json_object_get(profile, "references"), *one;
	size_t i;

	json_array_foreach (json_object_get(profile, "tables"), i, one) {
		fputs(i > 0 ? "\n" : "", out);
		print_table(&p, one);
	}
	if (json_array_size(references) > 0)
		fputs(p.markdown ? "\n## References\n\n" : "\nreferences\n", out);
	json_array_foreach (references, i, one) {
		print_reference(&p, one);
	}
	return ferror(out) ? -1 : 0;
}
