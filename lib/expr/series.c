/*
 * series.c - generate_series and generate_subscripts: manual, 9.25
 */
#include "expr/array.h"
#include "expr/numeric.h"
#include "expr/time.h"

struct series {
	struct value_set set;
	int64_t next, last, step;
	int64_t least, most; /* of the type: the series ends before it leaves them */
	bool done;
};

static int
next_integer(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct series *s = (struct series *)set;

	(void)ctx;
	if (s->done || (s->step > 0 ? s->next > s->last : s->next < s->last))
		return 0;
	values[0].i = s->next;
	s->done = s->step > 0 ? s->next > s->most - s->step : s->next < s->least - s->step;
	if (!s->done)
		s->next += s->step;
	return 1;
}

static int
integers(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	bool wide = site->function->result == TYPE_INT8;
	struct series *s = arena_alloc(ctx->arena, sizeof *s);

	if (s == NULL)
		return eval_nomem(ctx);
	*s = (struct series){
		.set = {next_integer},
		.next = args[0].i,
		.last = args[1].i,
		.step = site->nargs == 3 ? args[2].i : 1,
		.least = wide ? INT64_MIN : INT32_MIN,
		.most = wide ? INT64_MAX : INT32_MAX,
	};
	if (s->step == 0)
		return eval_fail(ctx, "22023", "step size cannot equal zero");
	result->set = &s->set;
	return 0;
}

static int
subscripts(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	const struct array *a = args[0].a;
	struct series *s = arena_alloc(ctx->arena, sizeof *s);
	int64_t dim = args[1].i;

	if (s == NULL)
		return eval_nomem(ctx);
	*s = (struct series){.set = {next_integer},
		.step = 1,
		.least = INT32_MIN,
		.most = INT32_MAX,
		.done = dim < 1 || dim > a->ndims};
	if (!s->done) {
		s->next = a->lower[dim - 1];
		s->last = s->next + a->dims[dim - 1] - 1;
	}
	if (site->nargs == 3 && args[2].b && !s->done) {
		int64_t first = s->next;

		s->next = s->last;
		s->last = first;
		s->step = -1;
	}
	result->set = &s->set;
	return 0;
}

struct moments {
	struct value_set set;
	int64_t next, last;
	struct interval step;
	bool down;
};

static int
next_moment(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct moments *m = (struct moments *)set;

	if (m->down ? m->next < m->last : m->next > m->last)
		return 0;
	values[0].t = m->next;
	return timestamp_shift(ctx, m->next, &m->step, &m->next) < 0 ? -1 : 1;
}

static int
moments(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct moments *m = arena_alloc(ctx->arena, sizeof *m);
	const struct interval *by = &args[2].iv;
	__int128 span =
		((__int128)by->months * 30 + by->days) * (__int128)USEC_PER_DAY + by->usec;

	(void)site;
	if (m == NULL)
		return eval_nomem(ctx);
	if (span == 0)
		return eval_fail(ctx, "22023", "step size cannot equal zero");
	*m = (struct moments){{next_moment}, args[0].t, args[1].t, *by, span < 0};
	result->set = &m->set;
	return 0;
}

/* Each number is start + n * step, as what is made for one row is gone with the next. */
struct numbers {
	struct value_set set;
	struct numeric start, last, step;
	int64_t n;
};

static int
next_number(struct eval_context *ctx, struct value_set *set, struct value *values)
{
	struct numbers *s = (struct numbers *)set;
	struct numeric n, *v = &values[0].n;
	int order;

	*v = s->start;
	if (s->n > 0 && (numeric_from_int(ctx, s->n, &n) < 0 ||
				numeric_multiply(ctx, &s->step, &n, &n) < 0 ||
				numeric_add(ctx, &s->start, &n, v) < 0))
		return -1;
	if (numeric_compare(ctx, v, &s->last, &order) < 0)
		return -1;
	s->n++;
	return numeric_sign(&s->step) > 0 ? order <= 0 : order >= 0;
}

static int
check_number(struct eval_context *ctx, const struct numeric *n, const char *what)
{
	if (n->special == NUMERIC_FINITE)
		return 0;
	return eval_fail(ctx, "22023", "%s cannot be %s", what,
		n->special == NUMERIC_NAN ? "NaN" : "infinity");
}

static int
numbers(struct eval_context *ctx, const struct call_site *site, const struct value *args,
	struct value *result)
{
	struct numbers *s = arena_alloc(ctx->arena, sizeof *s);

	if (s == NULL)
		return eval_nomem(ctx);
	*s = (struct numbers){.set = {next_number}, .start = args[0].n, .last = args[1].n};
	if (check_number(ctx, &s->start, "start value") < 0 ||
		check_number(ctx, &s->last, "stop value") < 0)
		return -1;
	if (site->nargs == 2) {
		if (numeric_from_int(ctx, 1, &s->step) < 0)
			return -1;
	} else {
		s->step = args[2].n;
	}
	if (numeric_sign(&s->step) == 0 && s->step.special == NUMERIC_FINITE)
		return eval_fail(ctx, "22023", "step size cannot equal zero");
	if (check_number(ctx, &s->step, "step size") < 0)
		return -1;
	result->set = &s->set;
	return 0;
}

#define MAKES(function) FUNCTION_STRICT | FUNCTION_SET, function, NULL, NULL

const struct function series_functions[] = {
	{"generate_series", TYPE_INT4, 2, {TYPE_INT4, TYPE_INT4}, MAKES(integers)},
	{"generate_series", TYPE_INT4, 3, {TYPE_INT4, TYPE_INT4, TYPE_INT4}, MAKES(integers)},
	{"generate_series", TYPE_INT8, 2, {TYPE_INT8, TYPE_INT8}, MAKES(integers)},
	{"generate_series", TYPE_INT8, 3, {TYPE_INT8, TYPE_INT8, TYPE_INT8}, MAKES(integers)},
	{"generate_series", TYPE_NUMERIC, 2, {TYPE_NUMERIC, TYPE_NUMERIC}, MAKES(numbers)},
	{"generate_series", TYPE_NUMERIC, 3, {TYPE_NUMERIC, TYPE_NUMERIC, TYPE_NUMERIC},
		MAKES(numbers)},
	{"generate_series", TYPE_TIMESTAMP, 3, {TYPE_TIMESTAMP, TYPE_TIMESTAMP, TYPE_INTERVAL},
		MAKES(moments)},
	{"generate_series", TYPE_TIMESTAMPTZ, 3,
		{TYPE_TIMESTAMPTZ, TYPE_TIMESTAMPTZ, TYPE_INTERVAL}, MAKES(moments)},
	{"generate_subscripts", TYPE_INT4, 2, {TYPE_ANYARRAY, TYPE_INT4}, MAKES(subscripts)},
	{"generate_subscripts", TYPE_INT4, 3, {TYPE_ANYARRAY, TYPE_INT4, TYPE_BOOL},
		MAKES(subscripts)},
	{0},
};
