/*
 * check_list.c - see check_list.h
 *
 * What pg_get_expr makes of gender IN ('m', 'f'), by the column's type:
 *
 *	(gender = ANY (ARRAY['m'::text, 'f'::text]))
 *	((gender)::text = ANY ((ARRAY['m'::character varying])::text[]))
 *	(age = ANY (ARRAY[1, '-2'::integer]))
 *	(price = ANY (ARRAY[(1)::numeric, 2.5]))
 *
 * Parentheses and casts say nothing about the values here, so they are passed
 * over; anything that is not expected makes it another kind of CHECK.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "db/check_list.h"

static void
skip_blanks(const char **p)
{
	while (**p == ' ' || **p == '\n')
		(*p)++;
}

static bool
take(const char **p, const char *text)
{
	size_t n = strlen(text);

	skip_blanks(p);
	if (strncmp(*p, text, n) != 0)
		return false;
	*p += n;
	return true;
}

static void
open_parentheses(const char **p)
{
	while (take(p, "("))
		;
}

/* Closing parentheses, and casts such as ::character varying(9)[]. */
static void
close_casts(const char **p)
{
	for (;;) {
		if (take(p, ")"))
			continue;
		if (!take(p, "::"))
			return;
		while (isalnum((unsigned char)**p) || strchr("_\".", **p) != NULL ||
			(**p == ' ' && isalpha((unsigned char)(*p)[1]))) {
			if (**p == '\0')
				return;
			(*p)++;
		}
		if (**p == '(' && isdigit((unsigned char)(*p)[1])) {
			*p += strcspn(*p, ")");
			if (**p == ')')
				(*p)++;
		}
		(void)take(p, "[]");
	}
}

/* name, bare or quoted as an identifier. */
static bool
take_name(const char **p, const char *name)
{
	const char *q;

	if (!take(p, "\""))
		return take(p, name) && !isalnum((unsigned char)**p) && **p != '_';
	for (q = *p; *name != '\0'; name++, q++) {
		if (*q != *name || (*q == '"' && *++q != '"'))
			return false;
	}
	if (*q != '"')
		return false;
	*p = q + 1;
	return true;
}

/* 'text' with doubled quotes, E'text' with doubled backslashes too, or a number. */
static json_t *
take_literal(const char **p)
{
	size_t n = 0;
	bool escaped = take(p, "E'");
	char *value;
	json_t *json;

	if (!escaped && !take(p, "'")) {
		n = strspn(*p, "-0123456789.");
		json = n > 0 ? json_stringn(*p, n) : NULL;
		*p += n;
		return json;
	}
	value = malloc(strlen(*p) + 1);
	if (value == NULL)
		return NULL;
	for (; **p != '\0'; (*p)++) {
		if (**p == '\'' && *++*p != '\'')
			break;
		if (escaped && **p == '\\' && (*p)[1] != '\0')
			(*p)++;
		value[n++] = **p;
	}
	json = json_stringn(value, n);
	free(value);
	return json;
}

/* literal[, literal]..., each with its casts. */
static bool
take_literals(const char **p, json_t *values)
{
	do {
		open_parentheses(p);
		if (json_array_append_new(values, take_literal(p)) != 0)
			return false;
		close_casts(p);
	} while (take(p, ","));
	return true;
}

json_t *
check_list(const char *expression, const char *name)
{
	json_t *values = json_array();
	const char *p = expression;
	bool good = false;

	open_parentheses(&p);
	if (!take_name(&p, name))
		goto out;
	close_casts(&p);
	if (!take(&p, "= "))
		goto out;
	if (take(&p, "ANY ")) {
		open_parentheses(&p);
		good = take(&p, "ARRAY[") && take_literals(&p, values) && take(&p, "]");
	} else {
		good = take_literals(&p, values) && json_array_size(values) == 1;
	}
	close_casts(&p);
	skip_blanks(&p);
	good = good && *p == '\0';
out:
	if (good)
		return values;
	json_decref(values);
	return NULL;
}
