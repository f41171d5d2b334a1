/*
 * time_field_test.c - extract, date_part, date_trunc, age, make_… against PostgreSQL
 */
#include "expr/oracle_test.h"
#include "expr/time.h"

static const struct function *const functions[] = {
	time_field_functions, time_make_functions, NULL};
static const struct cast *const casts[] = {
	time_casts, number_casts, numeric_casts, float8_casts, NULL};

static const char *
any(struct rng *r, const char *const *list, size_t n)
{
	return list[rng_below(r, (unsigned)n)];
}
#define ANY(r, list) any(r, list, sizeof(list) / sizeof *(list))

static void
generate_unit(struct rng *r, char *buf)
{
	static const char *const units[] = {"microseconds", "milliseconds", "second", "minute",
		"hour", "day", "week", "month", "quarter", "year", "decade", "century",
		"millennium", "dow", "isodow", "isoyear", "doy", "julian", "epoch", "timezone",
		"timezone_hour", "timezone_minute", "YEAR", "Months", "m", "mm", "d", "j", "y",
		"s", "us", "msecs", "foo", "", "january", "infinity", "now", "ago", "at", "bc",
		"mon", "monday", "t", "hrs", "am", "dst", "microseconds and some more"};

	snprintf(buf, 64, "%s", ANY(r, units));
}

static void
generate_timestamp(struct rng *r, char *buf)
{
	static const char *const edges[] = {"infinity", "-infinity", "4714-11-24 00:00:00 BC",
		"294276-12-31 23:59:59.999999", "0001-12-31 23:59:59.9 BC",
		"0001-01-01 00:00:00", "0100-12-31 12:00:00", "0101-01-01", "1000-06-01",
		"1001-06-01 BC", "0011-03-01 BC", "2020-02-29 12:00:00", "2021-01-03 11:59:59",
		"2020-12-31", "2016-01-01", "1970-01-01"};

	if (rng_below(r, 4) == 0)
		snprintf(buf, 64, "%s", ANY(r, edges));
	else
		snprintf(buf, 64, "%04d-%02d-%02d %02d:%02d:%02d.%06d%s",
			rng_below(r, 4) ? 1890 + (int)rng_below(r, 200)
					: 1 + (int)rng_below(r, 4000),
			1 + (int)rng_below(r, 12), 1 + (int)rng_below(r, 28),
			(int)rng_below(r, 24), (int)rng_below(r, 60), (int)rng_below(r, 60),
			rng_below(r, 2) ? 0 : (int)rng_below(r, 1000000),
			rng_below(r, 20) ? "" : " BC");
}

static void
generate_span(struct rng *r, char *buf)
{
	static const char *const edges[] = {"0", "1 day", "-1 day", "1 month", "-1 month",
		"12 months", "178956970 years 7 mons", "-178956970 years -8 mons",
		"2147483647 days", "2562047788:00:54.775807",
		"-1 years -2 mons +3 days -04:05:06.7"};

	if (rng_below(r, 3) == 0)
		snprintf(buf, 128, "%s", ANY(r, edges));
	else
		snprintf(buf, 128, "%d mons %d days %s%02d:%02d:%02d.%06d",
			(int)rng_below(r, 20000) - 10000, (int)rng_below(r, 2000) - 1000,
			rng_below(r, 2) ? "-" : "", (int)rng_below(r, 50),
			(int)rng_below(r, 60), (int)rng_below(r, 60),
			(int)rng_below(r, 1000000));
}

static void
generate_year(struct rng *r, char *buf)
{
	static const char *const edges[] = {"0", "-1", "-44", "-4713", "-4714", "5874897",
		"5874898", "294276", "294277", "2147483647", "-2147483648", "2020", "1900"};

	if (rng_below(r, 3) == 0)
		snprintf(buf, 32, "%s", ANY(r, edges));
	else
		snprintf(buf, 32, "%d", 1900 + (int)rng_below(r, 200));
}

static void
generate_month(struct rng *r, char *buf)
{
	snprintf(buf, 32, "%d", (int)rng_below(r, 20) == 0 ? -3 : (int)rng_below(r, 14));
}

static void
generate_day(struct rng *r, char *buf)
{
	snprintf(buf, 32, "%d", (int)rng_below(r, 20) == 0 ? -3 : (int)rng_below(r, 33));
}

static void
generate_hour(struct rng *r, char *buf)
{
	snprintf(buf, 32, "%d", (int)rng_below(r, 27) - 1);
}

static void
generate_minute(struct rng *r, char *buf)
{
	snprintf(buf, 32, "%d", (int)rng_below(r, 63) - 1);
}

static void
generate_second(struct rng *r, char *buf)
{
	static const char *const edges[] = {"0", "60", "59.9999999", "60.000001", "-0.1", "NaN",
		"Infinity", "-0", "1e-7", "5.5"};

	if (rng_below(r, 2) == 0)
		snprintf(buf, 32, "%s", ANY(r, edges));
	else
		snprintf(buf, 32, "%.7g", rng_below(r, 60000000) / 1e6);
}

/* Of an infinity version 15 finds an age in years and days. */
static bool
deviation(const struct expr_error *ours)
{
	return strcmp(ours->message, "timestamp out of range") == 0;
}

static int
open_oracle(void **state)
{
	static struct oracle o = {.functions = functions, .casts = casts};

	oracle_open(&o);
	*state = &o;
	return 0;
}

static int
close_oracle(void **state)
{
	oracle_close(*state);
	return 0;
}

static void
test_examples(void **state)
{
	static const struct example examples[] = {
		{"extract", {TYPE_TEXT, TYPE_TIMESTAMP}, {"century", "2000-12-16 12:21:13"},
			TYPE_UNKNOWN, "20"},
		{"extract", {TYPE_TEXT, TYPE_TIMESTAMPTZ},
			{"epoch", "2001-02-16 20:38:40.12-08"}, TYPE_UNKNOWN,
			"982384720.120000"},
		{"extract", {TYPE_TEXT, TYPE_DATE}, {"week", "2001-02-16"}, TYPE_UNKNOWN, "7"},
		{"extract", {TYPE_TEXT, TYPE_TIMESTAMP}, {"seconds", "2001-02-16 20:38:40.5"},
			TYPE_UNKNOWN, "40.500000"},
		{"date_part", {TYPE_TEXT, TYPE_TIMESTAMP}, {"julian", "2006-01-01 12:00"},
			TYPE_UNKNOWN, "2453737.5"},
		{"date_trunc", {TYPE_TEXT, TYPE_TIMESTAMP}, {"hour", "2001-02-16 20:38:40"},
			TYPE_UNKNOWN, "2001-02-16 20:00:00"},
		{"age", {TYPE_TIMESTAMP, TYPE_TIMESTAMP}, {"2001-04-10", "1957-06-13"},
			TYPE_UNKNOWN, "43 years 9 mons 27 days"},
		{"make_date", {TYPE_INT4, TYPE_INT4, TYPE_INT4}, {"2013", "7", "15"},
			TYPE_UNKNOWN, "2013-07-15"},
		{"make_date", {TYPE_INT4, TYPE_INT4, TYPE_INT4}, {"2013", "13", "15"},
			TYPE_UNKNOWN, "22008 date field value out of range: 2013-13-15"},
	};

	oracle_examples(*state, examples, sizeof examples / sizeof *examples);
}

static void
test_units(void **state)
{
	static const char *const names[] = {"extract", "date_part", "date_trunc"};
	static const struct oracle_arg times[] = {{TYPE_TIMESTAMP, generate_timestamp},
		{TYPE_TIMESTAMPTZ, generate_timestamp}, {TYPE_INTERVAL, generate_span},
		{TYPE_DATE, generate_timestamp}};

	for (size_t i = 0; i < 3; i++) {
		for (size_t t = 0; t < (i == 2 ? 3 : 4); t++) {
			struct probe p = {.name = names[i], .nargs = 2, .typmod = -1};

			p.args[0] = (struct oracle_arg){TYPE_TEXT, generate_unit};
			p.args[1] = times[t];
			oracle_check(*state, &p, 4000);
		}
	}
}

static void
test_age(void **state)
{
	struct probe p = {.name = "age", .nargs = 2, .typmod = -1};
	struct oracle *o = *state;

	o->excuse = deviation;
	p.args[0] = p.args[1] = (struct oracle_arg){TYPE_TIMESTAMP, generate_timestamp};
	oracle_check(*state, &p, 4000);
	p.args[0].type = p.args[1].type = TYPE_TIMESTAMPTZ;
	oracle_check(*state, &p, 1000);
	o->excuse = NULL;
}

static void
test_make(void **state)
{
	struct probe p = {.name = "make_date",
		.args = {{TYPE_INT4, generate_year}, {TYPE_INT4, generate_month},
			{TYPE_INT4, generate_day}, {TYPE_INT4, generate_hour},
			{TYPE_INT4, generate_minute}, {TYPE_FLOAT8, generate_second}},
		.nargs = 3,
		.typmod = -1};

	oracle_check(*state, &p, 4000);
	p.name = "make_timestamp";
	p.nargs = 6;
	oracle_check(*state, &p, 4000);
	p.name = "make_timestamptz";
	oracle_check(*state, &p, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_units),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_make),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_oracle, close_oracle);
}
