/*
 * compile_now.c - now() and its like: the moment a run began, as a constant
 *
 * PostgreSQL's are fixed at the start of a transaction; here a run is one.
 */
#include <string.h>
#include <time.h>

#include "expr/compiler.h"
#include "expr/time.h"

int64_t
compile_clock(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return ((int64_t)t.tv_sec - UNIX_EPOCH_SECONDS) * USEC_PER_SECOND + t.tv_nsec / 1000;
}

int
expr_unit_set_now(struct expr_unit *unit, const char *text, struct error *err)
{
	struct expr_error error;
	struct eval_context ctx = {&unit->arena, &error};
	int64_t t;

	if (timestamp_parse(&ctx, (struct text){text, strlen(text)}, TYPE_TIMESTAMPTZ, &t) < 0)
		return error_set(err, ERROR_USAGE, "--now '%s': %s", text, error.message);
	if (!timestamp_finite(t))
		return error_set(err, ERROR_USAGE, "--now '%s' is no moment", text);
	unit->now = t;
	return 0;
}

static const struct {
	const char *name;
	enum value_type type;
} moments[] = {
	{"now", TYPE_TIMESTAMPTZ},
	{"transaction_timestamp", TYPE_TIMESTAMPTZ},
	{"statement_timestamp", TYPE_TIMESTAMPTZ},
	{"current_timestamp", TYPE_TIMESTAMPTZ},
	{"localtimestamp", TYPE_TIMESTAMP},
	{"localtime", TYPE_TIME},
	{"current_date", TYPE_DATE},
};

bool
compile_is_moment(const char *name, int nargs)
{
	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		/* current_timestamp(3): a call with an argument is the grammar's own */
		if (strcmp(name, moments[i].name) == 0)
			return nargs == 0 || (nargs == 1 && i >= 3);
	}
	return false;
}

struct expr *
compile_moment(
	struct expr_unit *unit, const char *name, struct expr **args, int nargs, size_t at)
{
	enum value_type type = TYPE_TIMESTAMPTZ;
	int32_t precision = nargs > 0 ? (int32_t)args[0]->constant.i : -1;
	struct expr *e;

	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		if (strcmp(name, moments[i].name) == 0)
			type = moments[i].type;
	}
	e = compile_new(unit, eval_constant, type, 0, at);
	if (e == NULL)
		return NULL;
	e->constant.t = timestamp_round(unit->now, precision);
	if (nargs > 0)
		e->typmod = precision > 6 ? 6 : precision;
	if (type == TYPE_TIME)
		e->constant.t = timestamp_round(timestamp_time_of_day(unit->now), precision);
	if (type == TYPE_DATE)
		e->constant.d = unit->now / USEC_PER_DAY - (unit->now % USEC_PER_DAY < 0);
	return e;
}

struct expr *
compile_midnight(struct expr_unit *unit, enum value_type type, size_t at)
{
	struct expr *e = compile_moment(unit, "now", NULL, 0, at);
	int64_t day = unit->now / USEC_PER_DAY - (unit->now % USEC_PER_DAY < 0);

	if (e == NULL)
		return NULL;
	e->type = type;
	e->constant.t = day * USEC_PER_DAY;
	return e;
}
