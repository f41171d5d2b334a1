/*
 * regex_calls.c - substring, regexp_… and SIMILAR TO: manual, 9.7
 *
 * Source of the rules for empty matches and of the messages: regexp.c and
 * varlena.c of PostgreSQL 15.
 */
#include <string.h>

#include "expr/array.h"
#include "expr/chars.h"
#include "expr/regex.h"
#include "expr/text.h"
#include "utf8.h"

/* What a call's flags say. */
struct flags {
	unsigned options;
	bool global;
};

/* Arguments of a search, by their place; 0: there is none. */
struct places {
	int start, n, endoption, flags, subexpression;
};

/* A walk through the matches in a text. */
struct search {
	struct eval_context *ctx;
	struct regex *re;
	struct text t;
	size_t from; /* where the next match is looked for */
	bool split;  /* empty matches at the ends, or just behind another, do not count */
	size_t last_end;
	struct regex_span spans[REGEX_GROUPS_MAX + 1];
};

static int
bad_option(struct eval_context *ctx, const char *p)
{
	return eval_fail(ctx, "22023", "invalid regular expression option: \"%.*s\"",
		(int)char_width((unsigned char)*p), p);
}

static int
read_flags(struct eval_context *ctx, const struct text *s, struct flags *f)
{
	*f = (struct flags){.options = REGEX_SPANS};
	for (size_t i = 0; s != NULL && i < s->len; i++) {
		int status = 0;

		if (s->ptr[i] == 'g')
			f->global = true;
		else if (!are_option(ctx, s->ptr[i], &f->options, &status))
			return bad_option(ctx, s->ptr + i);
		if (status < 0)
			return -1;
	}
	return 0;
}

/* Where the flags are: the last argument of type text behind the pattern (and replacement). */
static int
flags_place(const struct call_site *site)
{
	bool replace = strcmp(site->function->name, "regexp_replace") == 0;

	for (int i = site->nargs - 1; i >= (replace ? 3 : 2); i--) {
		if (site->types[i] == TYPE_TEXT)
			return i;
	}
	return 0;
}

/* A constant pattern is compiled at once, so that an error in it is one of the mapping. */
static int
prepare(struct eval_context *ctx, struct call_site *site, const struct value *const *constants)
{
	int place = flags_place(site);
	struct regex *re = regex_new(ctx);
	struct flags f;

	if (re == NULL)
		return -1;
	site->prepared = re;
	if (constants[1] == NULL || constants[1]->null ||
		(place > 0 && (constants[place] == NULL || constants[place]->null)))
		return 0;
	if (read_flags(ctx, place > 0 ? &constants[place]->s : NULL, &f) < 0 ||
		regex_use(ctx, re, &constants[1]->s, f.options) < 0) {
		regex_release(re);
		site->prepared = NULL;
		return -1;
	}
	return 0;
}

static int
start_search(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	unsigned options, struct search *s)
{
	s->ctx = ctx;
	s->re = site->prepared;
	s->t = args[0].s;
	if (s->t.ptr == NULL)
		s->t.ptr = "";
	s->from = s->last_end = 0;
	s->split = false;
	return regex_use(ctx, s->re, &args[1].s, options);
}

/* 1 with s->spans, 0 behind the last match. */
static int
next_match(struct search *s)
{
	for (;;) {
		size_t before = s->last_end;
		int rc = s->from > s->t.len
				 ? 0
				 : regex_find(s->ctx, s->re, &s->t, s->from, s->spans);
		bool counts;

		if (rc <= 0)
			return rc;
		counts =
			!s->split || (s->spans[0].start < s->t.len && s->spans[0].end > before);
		s->last_end = s->from = s->spans[0].end;
		if (s->spans[0].start == s->spans[0].end)
			s->from += s->from < s->t.len
					   ? char_width((unsigned char)s->t.ptr[s->from])
					   : 1;
		if (counts)
			return 1;
	}
}

static void
span_value(const struct search *s, int group, struct value *v)
{
	const struct regex_span *span = &s->spans[group];

	v->null = span->start == REGEX_UNSET;
	if (!v->null)
		v->s = (struct text){s->t.ptr + span->start, span->end - span->start};
}

/* substring(text from pattern): the first group, or else the whole */
static int
substring(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search s;
	int rc;

	if (start_search(ctx, site, args, REGEX_SPANS, &s) < 0)
		return -1;
	rc = next_match(&s);
	if (rc < 0)
		return -1;
	result->null = rc == 0;
	if (rc > 0)
		span_value(&s, s.re->are.ngroups > 0, result);
	return 0;
}

/* The groups of a match (the whole, where there are none) as an array. */
static int
groups_array(const struct search *s, struct value *result)
{
	int n = s->re->are.ngroups;
	struct array *a = array_new(s->ctx, n > 0 ? (size_t)n : 1);

	if (a == NULL)
		return -1;
	for (size_t i = 0; i < a->n; i++)
		span_value(s, n > 0 ? (int)i + 1 : 0, &a->items[i]);
	result->a = a;
	return 0;
}

static int
no_global(struct eval_context *ctx, const struct call_site *site, const struct flags *f)
{
	if (!f->global)
		return 0;
	return eval_fail(ctx, "22023", "%s() does not support the \"global\" option",
		site->function->name);
}

static int
match(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search s;
	struct flags f;
	int rc;

	if (read_flags(ctx, site->nargs > 2 ? &args[2].s : NULL, &f) < 0 ||
		no_global(ctx, site, &f) < 0 ||
		start_search(ctx, site, args, f.options, &s) < 0)
		return -1;
	rc = next_match(&s);
	result->null = rc == 0;
	return rc > 0 ? groups_array(&s, result) : rc;
}

static int
like(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search s;
	struct flags f;
	int rc;

	if (read_flags(ctx, site->nargs > 2 ? &args[2].s : NULL, &f) < 0 ||
		no_global(ctx, site, &f) < 0 ||
		start_search(ctx, site, args, f.options, &s) < 0)
		return -1;
	rc = regex_matches(ctx, s.re, &s.t, 0);
	result->b = rc > 0;
	return rc < 0 ? -1 : 0;
}

/* The arguments of regexp_count, _instr and _substr: checked in PostgreSQL's order. */
struct request {
	int64_t start, n, endoption, subexpression;
	struct flags flags;
};

static int
read_number(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	int place, const char *name, int64_t least, int64_t most, int64_t *value)
{
	if (place == 0 || place >= site->nargs)
		return 0;
	*value = args[place].i;
	if (*value >= least && *value <= most)
		return 0;
	return eval_fail(
		ctx, "22023", "invalid value for parameter \"%s\": %d", name, (int)*value);
}

static int
read_request(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	const struct places *p, struct request *r)
{
	bool has_flags = p->flags > 0 && p->flags < site->nargs;

	*r = (struct request){.start = 1, .n = 1};
	if (read_number(ctx, site, args, p->start, "start", 1, INT32_MAX, &r->start) < 0 ||
		read_number(ctx, site, args, p->n, "n", 1, INT32_MAX, &r->n) < 0 ||
		read_number(ctx, site, args, p->endoption, "endoption", 0, 1, &r->endoption) <
			0 ||
		read_number(ctx, site, args, p->subexpression, "subexpr", 0, INT32_MAX,
			&r->subexpression) < 0)
		return -1;
	if (read_flags(ctx, has_flags ? &args[p->flags].s : NULL, &r->flags) < 0)
		return -1;
	return no_global(ctx, site, &r->flags);
}

/* Begin at character `start`, from 1. */
static void
begin_at(struct search *s, int64_t start)
{
	s->from = chars_bytes(s->t.ptr, s->t.len, (size_t)start - 1);
	if (s->from == s->t.len && start - 1 > (int64_t)utf8_length(s->t.ptr, s->t.len))
		s->from++;
}

static int
count(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	static const struct places places = {.start = 2, .flags = 3};
	struct request r;
	struct search s;
	int rc;

	if (read_request(ctx, site, args, &places, &r) < 0 ||
		start_search(ctx, site, args, r.flags.options, &s) < 0)
		return -1;
	begin_at(&s, r.start);
	result->i = 0;
	while ((rc = next_match(&s)) > 0)
		result->i++;
	return rc;
}

/* The nth match: 1, or 0 when there are fewer, or not so many groups. */
static int
nth_match(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	const struct request *r, struct search *s)
{
	int rc = 1;

	if (start_search(ctx, site, args, r->flags.options, s) < 0)
		return -1;
	begin_at(s, r->start);
	for (int64_t i = 0; i < r->n && rc > 0; i++)
		rc = next_match(s);
	/* without groups the whole is the first */
	if (rc > 0 && s->re->are.ngroups == 0)
		s->spans[1] = s->spans[0];
	if (rc > 0 && r->subexpression > (s->re->are.ngroups > 0 ? s->re->are.ngroups : 1))
		return 0;
	return rc;
}

static int
substr(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	static const struct places places = {
		.start = 2, .n = 3, .flags = 4, .subexpression = 5};
	struct request r;
	struct search s;
	int rc;

	if (read_request(ctx, site, args, &places, &r) < 0)
		return -1;
	rc = nth_match(ctx, site, args, &r, &s);
	result->null = rc <= 0;
	if (rc > 0)
		span_value(&s, (int)r.subexpression, result);
	return rc < 0 ? -1 : 0;
}

static int
instr(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	static const struct places places = {
		.start = 2, .n = 3, .endoption = 4, .flags = 5, .subexpression = 6};
	const struct regex_span *span;
	struct request r;
	struct search s;
	int rc;

	if (read_request(ctx, site, args, &places, &r) < 0)
		return -1;
	rc = nth_match(ctx, site, args, &r, &s);
	span = rc > 0 ? &s.spans[r.subexpression] : NULL;
	result->i = 0;
	if (span != NULL && span->start != REGEX_UNSET)
		result->i = 1 + (int64_t)utf8_length(
					s.t.ptr, r.endoption ? span->end : span->start);
	return rc < 0 ? -1 : 0;
}

/* regexp_replace */

/* A text that grows in the arena. */
struct output {
	char *data;
	size_t len, room;
};

static int
put(struct search *s, struct output *out, const char *p, size_t n)
{
	if (out->len + n > out->room) {
		size_t room = (out->len + n) * 2 + 64;
		char *larger = arena_alloc(s->ctx->arena, room);

		if (larger == NULL || out->len + n > TEXT_MAX)
			return eval_nomem(s->ctx);
		if (out->len > 0)
			memcpy(larger, out->data, out->len);
		out->data = larger;
		out->room = room;
	}
	if (n > 0)
		memcpy(out->data + out->len, p, n);
	out->len += n;
	return 0;
}

/* \1 to \9 and \& are parts of the match, \\ is a backslash; another \ stands for itself. */
static int
put_replacement(struct search *s, struct output *out, const struct text *by)
{
	const char *p = by->ptr, *end = p + by->len;

	while (p < end) {
		const char *backslash = memchr(p, '\\', (size_t)(end - p));
		int group = -1;

		if (put(s, out, p, (size_t)((backslash ? backslash : end) - p)) < 0)
			return -1;
		if (backslash == NULL)
			break;
		p = backslash + 1;
		if (p < end && *p >= '1' && *p <= '9')
			group = *p++ - '0';
		else if (p < end && *p == '&')
			group = *p++ - '&';
		if (group < 0) {
			if (put(s, out, "\\", 1) < 0)
				return -1;
			p += p < end && *p == '\\';
		} else if (group <= s->re->are.ngroups &&
			   s->spans[group].start != REGEX_UNSET) {
			const struct regex_span *span = &s->spans[group];

			if (put(s, out, s->t.ptr + span->start, span->end - span->start) < 0)
				return -1;
		}
	}
	return 0;
}

/* n 0 replaces all matches, else the nth. */
static int
replace_matches(struct search *s, const struct text *by, int64_t n, struct value *result)
{
	struct output out = {0};
	size_t copied = 0;
	int64_t i = 0;
	int rc;

	while ((rc = next_match(s)) > 0) {
		if (n > 0 && ++i != n)
			continue;
		if (put(s, &out, s->t.ptr + copied, s->spans[0].start - copied) < 0 ||
			put_replacement(s, &out, by) < 0)
			return -1;
		copied = s->spans[0].end;
		if (n > 0)
			break;
	}
	if (rc < 0)
		return -1;
	if (out.data == NULL && copied == 0) {
		result->s = s->t;
		return 0;
	}
	if (put(s, &out, s->t.ptr + copied, s->t.len - copied) < 0)
		return -1;
	result->s = (struct text){out.data, out.len};
	return 0;
}

static int
replace(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search s;
	struct flags f;

	if (site->nargs == 4 && args[3].s.len > 0 && args[3].s.ptr[0] >= '0' &&
		args[3].s.ptr[0] <= '9')
		return bad_option(ctx, args[3].s.ptr);
	if (read_flags(ctx, site->nargs == 4 ? &args[3].s : NULL, &f) < 0 ||
		start_search(ctx, site, args, f.options, &s) < 0)
		return -1;
	return replace_matches(&s, &args[2].s, f.global ? 0 : 1, result);
}

/* (text, pattern, replacement, start [, n [, flags]]) */
static int
replace_from(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	int64_t start = 1, n = 1;
	struct search s;
	struct flags f;

	if (read_number(ctx, site, args, 3, "start", 1, INT32_MAX, &start) < 0 ||
		read_number(ctx, site, args, 4, "n", 0, INT32_MAX, &n) < 0 ||
		read_flags(ctx, site->nargs == 6 ? &args[5].s : NULL, &f) < 0 ||
		start_search(ctx, site, args, f.options, &s) < 0)
		return -1;
	begin_at(&s, start);
	if (site->nargs < 5 && f.global)
		n = 0;
	return replace_matches(&s, &args[2].s, n, result);
}

/* Parts between matches, and matches, as sets */

struct search_set {
	struct value_set set;
	struct search search;
	struct text pattern;
	unsigned options;
	bool once, done;
	size_t part; /* where the next part begins */
};

/* Another row of the same call, in between, may have used another pattern. */
static int
advance(struct eval_context *ctx, struct search_set *s)
{
	if (s->done || regex_use(ctx, s->search.re, &s->pattern, s->options) < 0)
		return s->done ? 0 : -1;
	return next_match(&s->search);
}

static int
next_part(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct search_set *s = (struct search_set *)set;
	size_t end = s->search.t.len;
	int rc;

	if (s->done)
		return 0;
	rc = advance(ctx, s);
	if (rc < 0)
		return -1;
	if (rc > 0)
		end = s->search.spans[0].start;
	values[0].s = (struct text){s->search.t.ptr + s->part, end - s->part};
	s->part = rc > 0 ? s->search.spans[0].end : end;
	s->done = rc == 0;
	return 1;
}

static int
next_groups(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct search_set *s = (struct search_set *)set;
	int rc = advance(ctx, s);

	s->done = rc <= 0 || s->once;
	if (rc <= 0)
		return rc;
	return groups_array(&s->search, &values[0]) < 0 ? -1 : 1;
}

static struct search_set *
new_set(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	bool split)
{
	struct search_set *s = arena_alloc(ctx->arena, sizeof *s);
	struct flags f;

	if (s == NULL) {
		eval_nomem(ctx);
		return NULL;
	}
	if (read_flags(ctx, site->nargs > 2 ? &args[2].s : NULL, &f) < 0 ||
		(split && no_global(ctx, site, &f) < 0) ||
		start_search(ctx, site, args, f.options, &s->search) < 0)
		return NULL;
	s->search.split = split;
	s->set.next = split ? next_part : next_groups;
	s->pattern = args[1].s;
	s->options = f.options;
	s->once = !f.global;
	s->done = false;
	s->part = 0;
	return s;
}

static int
split_to_table(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search_set *s = new_set(ctx, site, args, true);

	result->set = s ? &s->set : NULL;
	return s ? 0 : -1;
}

static int
all_matches(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search_set *s = new_set(ctx, site, args, false);

	result->set = s ? &s->set : NULL;
	return s ? 0 : -1;
}

static int
split_to_array(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct search_set *s = new_set(ctx, site, args, true);
	struct value part = {.null = false}, *items = NULL;
	size_t n = 0, room = 0;
	struct array *a;
	int rc = -1;

	if (s == NULL)
		return -1;
	while ((rc = next_part(ctx, &s->set, &part)) > 0) {
		if (n == room) {
			struct value *larger;

			room = room ? room * 2 : 16;
			larger = arena_alloc(ctx->arena, room * sizeof *larger);
			if (larger == NULL)
				return eval_nomem(ctx);
			if (n > 0)
				memcpy(larger, items, n * sizeof *larger);
			items = larger;
		}
		items[n++] = part;
	}
	if (rc < 0)
		return -1;
	a = array_new(ctx, n);
	if (a == NULL)
		return -1;
	memcpy(a->items, items, n * sizeof *items);
	result->a = a;
	return 0;
}

#define TEXT2   TYPE_TEXT, TYPE_TEXT
#define TEXT3   TYPE_TEXT, TYPE_TEXT, TYPE_TEXT
#define INT     TYPE_INT4
#define TEXTS   ((enum value_type)(TYPE_ARRAYS + TYPE_TEXT))
#define RUNS(f) FUNCTION_STRICT, f, prepare, regex_release
#define SETS(f) FUNCTION_STRICT | FUNCTION_SET, f, prepare, regex_release

const struct function regex_call_functions[] = {
	{"substring", TYPE_TEXT, 2, {TEXT2}, RUNS(substring)},
	{"regexp_match", TEXTS, 2, {TEXT2}, RUNS(match)},
	{"regexp_match", TEXTS, 3, {TEXT3}, RUNS(match)},
	{"regexp_matches", TEXTS, 2, {TEXT2}, SETS(all_matches)},
	{"regexp_matches", TEXTS, 3, {TEXT3}, SETS(all_matches)},
	{"regexp_like", TYPE_BOOL, 2, {TEXT2}, RUNS(like)},
	{"regexp_like", TYPE_BOOL, 3, {TEXT3}, RUNS(like)},
	{"regexp_count", INT, 2, {TEXT2}, RUNS(count)},
	{"regexp_count", INT, 3, {TEXT2, INT}, RUNS(count)},
	{"regexp_count", INT, 4, {TEXT2, INT, TYPE_TEXT}, RUNS(count)},
	{"regexp_substr", TYPE_TEXT, 2, {TEXT2}, RUNS(substr)},
	{"regexp_substr", TYPE_TEXT, 3, {TEXT2, INT}, RUNS(substr)},
	{"regexp_substr", TYPE_TEXT, 4, {TEXT2, INT, INT}, RUNS(substr)},
	{"regexp_substr", TYPE_TEXT, 5, {TEXT2, INT, INT, TYPE_TEXT}, RUNS(substr)},
	{"regexp_substr", TYPE_TEXT, 6, {TEXT2, INT, INT, TYPE_TEXT, INT}, RUNS(substr)},
	{"regexp_instr", INT, 2, {TEXT2}, RUNS(instr)},
	{"regexp_instr", INT, 3, {TEXT2, INT}, RUNS(instr)},
	{"regexp_instr", INT, 4, {TEXT2, INT, INT}, RUNS(instr)},
	{"regexp_instr", INT, 5, {TEXT2, INT, INT, INT}, RUNS(instr)},
	{"regexp_instr", INT, 6, {TEXT2, INT, INT, INT, TYPE_TEXT}, RUNS(instr)},
	{"regexp_instr", INT, 7, {TEXT2, INT, INT, INT, TYPE_TEXT, INT}, RUNS(instr)},
	{"regexp_replace", TYPE_TEXT, 3, {TEXT3}, RUNS(replace)},
	{"regexp_replace", TYPE_TEXT, 4, {TEXT3, TYPE_TEXT}, RUNS(replace)},
	{"regexp_replace", TYPE_TEXT, 4, {TEXT3, INT}, RUNS(replace_from)},
	{"regexp_replace", TYPE_TEXT, 5, {TEXT3, INT, INT}, RUNS(replace_from)},
	{"regexp_replace", TYPE_TEXT, 6, {TEXT3, INT, INT, TYPE_TEXT}, RUNS(replace_from)},
	{"regexp_split_to_array", TEXTS, 2, {TEXT2}, RUNS(split_to_array)},
	{"regexp_split_to_array", TEXTS, 3, {TEXT3}, RUNS(split_to_array)},
	{"regexp_split_to_table", TYPE_TEXT, 2, {TEXT2}, SETS(split_to_table)},
	{"regexp_split_to_table", TYPE_TEXT, 3, {TEXT3}, SETS(split_to_table)},
	{0},
};
