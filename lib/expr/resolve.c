/*
 * resolve.c - see resolve.h
 *
 * match_candidates follows func_select_candidate of PostgreSQL's manual,
 * sections 10.2 and 10.3; the numbers in its comments are the steps there.
 */
#include <ctype.h>
#include <string.h>

#include "expr/resolve.h"
#include "expr/types.h"
#include "nearest.h"

enum { CANDIDATES_MAX = 96, NAMES_MAX = 1024 };

struct candidates {
	int n;
	const struct function *list[CANDIDATES_MAX];
};

const struct cast *
resolve_cast(enum value_type from, enum value_type to, enum cast_context context)
{
	for (size_t t = 0; cast_tables[t] != NULL; t++) {
		for (const struct cast *c = cast_tables[t]; c->call != NULL; c++) {
			if (c->from == from && c->to == to)
				return c->context <= context ? c : NULL;
		}
	}
	return NULL;
}

enum value_type
resolve_argument(const struct function *f, int i, int nargs)
{
	int last = f->nargs - 1;

	(void)nargs;
	if (i >= last) {
		if (f->flags & FUNCTION_ANY)
			return TYPE_ANY;
		i = last;
	}
	if (i == 0 && (f->flags & FUNCTION_ANY_FIRST))
		return TYPE_ANY;
	return f->args[i];
}

static bool
takes_count(const struct function *f, int nargs)
{
	if (f->flags & FUNCTION_VARIADIC)
		return nargs >= f->nargs - 1;
	return f->nargs == nargs;
}

static bool
coercible(enum value_type from, enum value_type to)
{
	switch (to) {
	case TYPE_ANY:
	case TYPE_ANYELEMENT:
	case TYPE_ANYCOMPATIBLE: return true;
	case TYPE_ANYARRAY:
	case TYPE_ANYCOMPATIBLEARRAY: return from == TYPE_UNKNOWN || type_is_array(from);
	default: break;
	}
	if (from == TYPE_UNKNOWN || from == to)
		return true;
	if (type_is_array(from) && type_is_array(to))
		return coercible(type_element(from), type_element(to));
	return resolve_cast(from, to, CAST_IMPLICIT) != NULL;
}

bool
resolve_element(const struct function *f, const enum value_type *types, int nargs,
	enum value_type *element)
{
	enum value_type list[FUNCTION_ARGS_MAX], left, right;
	bool exact = false;
	int n = 0;

	*element = TYPE_UNKNOWN;
	for (int i = 0; i < nargs && n < FUNCTION_ARGS_MAX; i++) {
		enum value_type declared = resolve_argument(f, i, nargs);

		if (!type_is_pseudo(declared) || declared == TYPE_ANY ||
			types[i] == TYPE_UNKNOWN)
			continue;
		exact |= declared == TYPE_ANYARRAY || declared == TYPE_ANYELEMENT;
		list[n++] = declared == TYPE_ANYARRAY || declared == TYPE_ANYCOMPATIBLEARRAY
				    ? type_element(types[i])
				    : types[i];
	}
	for (int i = 1; exact && i < n; i++) {
		if (list[i] != list[0])
			return false;
	}
	return n == 0 || resolve_common_type(list, n, element, &left, &right);
}

enum value_type
resolve_pseudo(enum value_type declared, enum value_type element)
{
	switch (declared) {
	case TYPE_ANYARRAY:
	case TYPE_ANYCOMPATIBLEARRAY: return TYPE_ARRAY(element);
	case TYPE_ANYELEMENT:
	case TYPE_ANYCOMPATIBLE: return element;
	default: return declared;
	}
}

static bool
takes_types(const struct function *f, const enum value_type *types, int nargs)
{
	enum value_type element;

	for (int i = 0; i < nargs; i++) {
		enum value_type declared = resolve_argument(f, i, nargs);

		if (!coercible(types[i], declared))
			return false;
		/* text || any is of no arrays */
		if (declared == TYPE_ANY && f->flags & FUNCTION_CAST_TEXT &&
			type_is_array(types[i]))
			return false;
	}
	return resolve_element(f, types, nargs, &element);
}

/* Keep the candidates that score highest over the arguments of known type. */
static void
keep_best(struct candidates *c, const enum value_type *types, int nargs, bool count_preferred)
{
	int best = 0, kept = 0;

	for (int k = 0; k < c->n; k++) {
		int score = 0;

		for (int i = 0; i < nargs; i++) {
			enum value_type type = resolve_argument(c->list[k], i, nargs);

			if (types[i] == TYPE_UNKNOWN)
				continue;
			score += type == types[i] ||
				 (count_preferred && type_preferred(type) &&
					 type_category(type) == type_category(types[i]));
		}
		if (score > best || kept == 0) {
			best = score;
			kept = 0;
		}
		if (score == best)
			c->list[kept++] = c->list[k];
	}
	c->n = kept;
}

/* Step e: the category that the candidates want of unknown argument i; 0 when they disagree. */
static char
wanted_category(const struct candidates *c, int i, int nargs, bool *has_preferred)
{
	char wanted = 0;
	bool conflict = false;

	*has_preferred = false;
	for (int k = 0; k < c->n; k++) {
		enum value_type type = resolve_argument(c->list[k], i, nargs);

		if (wanted == 0 || (type_category(type) == 'S' && wanted != 'S')) {
			conflict = false;
			wanted = type_category(type);
			*has_preferred = type_preferred(type);
		} else if (type_category(type) == wanted) {
			*has_preferred |= type_preferred(type);
		} else if (wanted != 'S') {
			conflict = true;
		}
	}
	return conflict ? 0 : wanted;
}

static void
keep_category(struct candidates *c, const enum value_type *types, int nargs)
{
	char wanted[FUNCTION_ARGS_MAX * 4];
	bool has_preferred[FUNCTION_ARGS_MAX * 4];
	struct candidates kept = {0};

	if (nargs > FUNCTION_ARGS_MAX * 4)
		return;
	for (int i = 0; i < nargs; i++) {
		if (types[i] != TYPE_UNKNOWN)
			continue;
		wanted[i] = wanted_category(c, i, nargs, &has_preferred[i]);
		if (wanted[i] == 0)
			return;
	}
	for (int k = 0; k < c->n; k++) {
		bool keep = true;

		for (int i = 0; i < nargs && keep; i++) {
			enum value_type type = resolve_argument(c->list[k], i, nargs);

			if (types[i] == TYPE_UNKNOWN)
				keep = type_category(type) == wanted[i] &&
				       (!has_preferred[i] || type_preferred(type));
		}
		if (keep)
			kept.list[kept.n++] = c->list[k];
	}
	if (kept.n > 0)
		*c = kept;
}

/* Step f: if all known arguments have one type, the unknown ones may have it too. */
static void
keep_same_type(struct candidates *c, const enum value_type *types, int nargs)
{
	enum value_type known = TYPE_UNKNOWN, same[FUNCTION_ARGS_MAX * 4];
	const struct function *found = NULL;
	int n = 0;

	if (nargs > FUNCTION_ARGS_MAX * 4)
		return;
	for (int i = 0; i < nargs; i++) {
		if (types[i] == TYPE_UNKNOWN)
			continue;
		if (known != TYPE_UNKNOWN && known != types[i])
			return;
		known = types[i];
	}
	if (known == TYPE_UNKNOWN)
		return;
	for (int i = 0; i < nargs; i++)
		same[i] = known;
	for (int k = 0; k < c->n; k++) {
		if (takes_types(c->list[k], same, nargs)) {
			found = c->list[k];
			n++;
		}
	}
	if (n == 1) {
		c->list[0] = found;
		c->n = 1;
	}
}

static enum resolved
match_candidates(struct candidates *c, const enum value_type *types, int nargs,
	const struct function **found)
{
	bool unknowns = false;

	for (int i = 0; i < nargs; i++)
		unknowns |= types[i] == TYPE_UNKNOWN;
	if (c->n > 1)
		keep_best(c, types, nargs, false); /* step c */
	if (c->n > 1)
		keep_best(c, types, nargs, true); /* step d */
	if (c->n > 1 && unknowns)
		keep_category(c, types, nargs);
	if (c->n > 1 && unknowns)
		keep_same_type(c, types, nargs);
	*found = c->list[0];
	return c->n == 1 ? RESOLVED : RESOLVED_AMBIGUOUS;
}

/* All of a name that take these types, and an exact match where there is one. */
static enum resolved
collect(const char *name, const enum value_type *types, int nargs, struct candidates *c,
	const struct function **exact)
{
	bool named = false;

	c->n = 0;
	*exact = NULL;
	for (size_t t = 0; function_tables[t] != NULL; t++) {
		for (const struct function *f = function_tables[t]; f->name != NULL; f++) {
			bool same = true;

			if (strcmp(f->name, name) != 0)
				continue;
			named = true;
			if (!takes_count(f, nargs) || !takes_types(f, types, nargs))
				continue;
			for (int i = 0; i < nargs; i++)
				same &= resolve_argument(f, i, nargs) == types[i];
			if (same && !(f->flags & FUNCTION_VARIADIC))
				*exact = f;
			if (c->n < CANDIDATES_MAX)
				c->list[c->n++] = f;
		}
	}
	if (c->n > 0)
		return RESOLVED;
	return named ? RESOLVED_NO_MATCH : RESOLVED_NO_NAME;
}

enum resolved
resolve_function(const char *name, const enum value_type *types, int nargs,
	const struct function **found)
{
	struct candidates c;
	enum resolved r = collect(name, types, nargs, &c, found);

	if (r != RESOLVED || *found != NULL)
		return r;
	return match_candidates(&c, types, nargs, found);
}

enum resolved
resolve_operator(const char *name, const enum value_type *types, int nargs,
	const struct function **found)
{
	enum value_type same[2];
	struct candidates c;
	enum resolved r;

	/* an unknown beside a known operand is first tried as the same type */
	if (nargs == 2 && (types[0] == TYPE_UNKNOWN) != (types[1] == TYPE_UNKNOWN)) {
		same[0] = same[1] = types[0] == TYPE_UNKNOWN ? types[1] : types[0];
		r = collect(name, same, 2, &c, found);
		if (r == RESOLVED && *found != NULL)
			return r;
	}
	r = collect(name, types, nargs, &c, found);
	if (r != RESOLVED || *found != NULL)
		return r;
	return match_candidates(&c, types, nargs, found);
}

bool
resolve_common_type(const enum value_type *types, int n, enum value_type *common,
	enum value_type *left, enum value_type *right)
{
	enum value_type t = types[0];

	for (int i = 1; i < n; i++) {
		enum value_type next = types[i];

		if (next == TYPE_UNKNOWN || next == t)
			continue;
		if (t == TYPE_UNKNOWN) {
			t = next;
		} else if (type_category(next) != type_category(t)) {
			*left = t;
			*right = next;
			return false;
		} else if (!type_preferred(t) && coercible(t, next) && !coercible(next, t)) {
			t = next;
		}
	}
	if (t == TYPE_UNKNOWN)
		t = TYPE_TEXT;
	for (int i = 0; i < n; i++) {
		if (!coercible(types[i], t)) {
			*left = types[i];
			*right = t;
			return false;
		}
	}
	*common = t;
	return true;
}

const char *
resolve_nearest(const char *wanted)
{
	const char *names[NAMES_MAX];
	size_t n = 0;
	int i;

	for (size_t t = 0; function_tables[t] != NULL; t++) {
		for (const struct function *f = function_tables[t]; f->name != NULL; f++) {
			if (isalpha((unsigned char)f->name[0]) && n < NAMES_MAX)
				names[n++] = f->name;
		}
	}
	i = nearest_name(wanted, names, n);
	return i < 0 ? NULL : names[i];
}
