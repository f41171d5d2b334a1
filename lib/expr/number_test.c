/*
 * number_test.c - integers, numeric and double precision against PostgreSQL
 *
 * The tables hold what PostgreSQL documents and prints; the differential part
 * asks a live server (POSTGRES_URI) and is skipped without one.
 */
#include <math.h>

#include "expr/oracle_test.h"
#include "expr/number.h"

static const struct function *const functions[] = {
	number_functions, numeric_functions, float8_functions, NULL};
static const struct cast *const casts[] = {number_casts, numeric_casts, float8_casts, NULL};

/* Generators */

static void
put_digits(struct rng *r, char *buf, size_t *len, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf[(*len)++] = (char)('0' + rng_below(r, 10));
}

static void
generate_number(struct rng *r, char *buf)
{
	size_t len = 0;
	unsigned shape = rng_below(r, 20);

	if (rng_below(r, 3) == 0)
		buf[len++] = '-';
	put_digits(r, buf, &len, shape < 12 ? 1 + rng_below(r, 6) : 1 + rng_below(r, 40));
	if (rng_below(r, 2) == 0) {
		buf[len++] = '.';
		put_digits(r, buf, &len, rng_below(r, shape < 15 ? 5 : 30) + (shape & 1));
	}
	if (shape == 19) {
		len += (size_t)snprintf(buf + len, 16, "e%d", (int)rng_below(r, 60) - 30);
	}
	buf[len] = '\0';
}

/* Numbers and what looks like them. */
static void
generate_text(struct rng *r, char *buf)
{
	static const char *const nasty[] = {"", " ", "-", "+", ".", "-.", "1.", ".5", "+.5e1",
		"1e", "1e+", "1e5", "1E-5", "1e 5", "1e- 5", " 12 ", "\t12\n", "1 2", "0x10",
		"0x1p-3", "NaN", "nan", "-NaN", "nanx", "Infinity", "-Infinity", "+inf", "iNf",
		"infinit", "infinityy", "32767", "32768", "-32768", "-32769", "32768x",
		"32769x", "2147483647", "2147483648", "-2147483648", "-2147483649",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808",
		"-9223372036854775809", "9223372036854775808x", "99999999999999999999999x",
		"0.5", "1.5", "2.5", "-0.5", "-1.5", "-2.5", "0", "-0", "-0.0", "0.00", "1e400",
		"1e-400", "-1e400x", " 1e400 ", "4.9e-324", "2.4e-324",
		"1.7976931348623157e308", "1.7976931348623159e308", "18446744073709551615",
		"18446744073709551616", "0.1", "1,5", "1_000", "１", "12,345", "$5", "1-",
		"--1", "+-1", "00012", "00000000000000000000000000012",
		"0.000000000000000000000000000000000012", "1e99999999999", "1e-99999999999",
		"0e100", "0e-20", "12.50e1", "1e1073741823", "1e16384", "1.5e-16384", "true",
		"t"};
	unsigned pick = rng_below(r, 4);
	size_t len;

	if (pick == 0) {
		snprintf(buf, ORACLE_TEXT, "%s",
			nasty[rng_below(r, sizeof nasty / sizeof *nasty)]);
		return;
	}
	generate_number(r, buf);
	len = strlen(buf);
	if (pick == 1) { /* one byte changed */
		static const char bytes[] = "0123456789+-.eEx \tINaif";

		buf[rng_below(r, (unsigned)len)] = bytes[rng_below(r, sizeof bytes - 1)];
	}
}

static void
generate_small(struct rng *r, char *buf)
{
	static const char *const edges[] = {
		"0", "1", "-1", "32767", "-32768", "2", "181", "-182"};

	if (rng_below(r, 4) == 0)
		snprintf(buf, 16, "%s", edges[rng_below(r, 8)]);
	else
		snprintf(buf, 16, "%d", (int)rng_below(r, 65536) - 32768);
}

static void
generate_int4(struct rng *r, char *buf)
{
	static const char *const edges[] = {
		"2147483647", "-2147483648", "46341", "46340", "-46341", "65536"};

	if (rng_below(r, 2) == 0)
		generate_small(r, buf);
	else if (rng_below(r, 3) == 0)
		snprintf(buf, 16, "%s", edges[rng_below(r, 6)]);
	else
		snprintf(buf, 16, "%d", (int32_t)rng_next(r));
}

static void
generate_int8(struct rng *r, char *buf)
{
	static const char *const edges[] = {"9223372036854775807", "-9223372036854775808",
		"3037000500", "-3037000500", "4294967296", "-9223372036854775807"};

	if (rng_below(r, 2) == 0)
		generate_int4(r, buf);
	else if (rng_below(r, 3) == 0)
		snprintf(buf, 32, "%s", edges[rng_below(r, 6)]);
	else
		snprintf(buf, 32, "%lld", (long long)rng_next(r) >> rng_below(r, 40));
}

static void
generate_numeric(struct rng *r, char *buf)
{
	static const char *const edges[] = {"NaN", "Infinity", "-Infinity", "0", "0.000", "1",
		"-1", "0.5", "-0.5", "2.5", "9999", "10000", "0.0001", "0.00009999",
		"99999999.9999", "18446744073709551615", "18446744073709551616", "1e40",
		"1e-40", "5e-20", "99999999999999999999.5", "1e300", "1e-300", "4", "0.0625",
		"1e131071", "1e-16383", "1e-9000"};

	if (rng_below(r, 5) == 0)
		snprintf(buf, ORACLE_TEXT, "%s",
			edges[rng_below(r, sizeof edges / sizeof *edges)]);
	else
		generate_number(r, buf);
}

static void
generate_scale(struct rng *r, char *buf)
{
	if (rng_below(r, 30) == 0)
		snprintf(buf, 16, "%d", (int)rng_below(r, 400000) - 200000);
	else
		snprintf(buf, 16, "%d", (int)rng_below(r, 50) - 25);
}

/* Any bit pattern, short decimals, neighbours of powers of two and ten. */
static void
generate_double(struct rng *r, char *buf)
{
	static const char *const edges[] = {"NaN", "Infinity", "-Infinity", "0", "-0", "1",
		"-1", "0.5", "1.5", "2.5", "-2.5", "1e15", "999999999999999", "0.0001",
		"0.00001", "1e23", "5e-324", "2.2250738585072014e-308",
		"1.7976931348623157e308", "1e-300", "1e300", "9007199254740993", "32767.5",
		"-32768.5", "2147483647.5", "2147483646.5", "9223372036854775807",
		"-9223372036854775808", "9223372036854774784"};
	uint64_t bits = rng_next(r);
	double v;

	switch (rng_below(r, 5)) {
	case 0:
		snprintf(buf, 64, "%s", edges[rng_below(r, sizeof edges / sizeof *edges)]);
		return;
	case 1:
		snprintf(buf, 64, "%.*g", 1 + (int)rng_below(r, 8),
			ldexp((double)bits, -(int)rng_below(r, 90)));
		return;
	case 2:
		bits &= UINT64_C(0xfff0000000000000);
		bits += rng_below(r, 3);
		break;
	default: break;
	}
	memcpy(&v, &bits, sizeof v);
	snprintf(buf, 64, "%.17g", isnan(v) ? 1.0 : v);
}

static void
generate_truth(struct rng *r, char *buf)
{
	snprintf(buf, 2, "%s", rng_below(r, 2) ? "t" : "f");
}

/* Tests */

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

#define UNTYPED(type_, gen)                                                                    \
	{                                                                                      \
		.type = TYPE_##type_, .generate = generate_##gen                               \
	}
#define CAST(from, gen, to_)                                                                   \
	{                                                                                      \
		.args = {UNTYPED(from, gen)}, .nargs = 1, .to = TYPE_##to_, .typmod = -1       \
	}
#define CAST_MOD(from, gen, to_, p, s)                                                         \
	{                                                                                      \
		.args = {UNTYPED(from, gen)}, .nargs = 1, .to = TYPE_##to_,                    \
		.typmod = (((p) << 16) | ((s)&0x7ff)) + 4, .typmod_sql = "(" #p "," #s ")"     \
	}
#define CALL1(fn, a, ga)                                                                       \
	{                                                                                      \
		.name = (fn), .args = {UNTYPED(a, ga)}, .nargs = 1, .typmod = -1               \
	}
#define CALL2(fn, a, ga, b, gb)                                                                \
	{                                                                                      \
		.name = (fn), .args = {UNTYPED(a, ga), UNTYPED(b, gb)}, .nargs = 2,            \
		.typmod = -1                                                                   \
	}

static void
check_all(void **state, const struct probe *probes, size_t n, size_t cases)
{
	for (size_t i = 0; i < n; i++)
		oracle_check(*state, &probes[i], cases);
}
#define CHECK_ALL(probes, cases)                                                               \
	check_all(state, probes, sizeof(probes) / sizeof *(probes), cases)

static void
test_examples(void **state)
{
	static const struct example examples[] = {
		{NULL, {TYPE_TEXT}, {" -32768 "}, TYPE_INT2, "-32768"},
		{NULL, {TYPE_TEXT}, {"32768"}, TYPE_INT2,
			"22003 value \"32768\" is out of range for type smallint"},
		{NULL, {TYPE_TEXT}, {"1.0"}, TYPE_INT4,
			"22P02 invalid input syntax for type integer: \"1.0\""},
		{NULL, {TYPE_TEXT}, {"-9223372036854775808"}, TYPE_INT8,
			"-9223372036854775808"},
		{NULL, {TYPE_NUMERIC}, {"2.5"}, TYPE_INT4, "3"},
		{NULL, {TYPE_NUMERIC}, {"-2.5"}, TYPE_INT4, "-3"},
		{NULL, {TYPE_FLOAT8}, {"2.5"}, TYPE_INT4, "2"},
		{NULL, {TYPE_FLOAT8}, {"2147483647.5"}, TYPE_INT4,
			"22003 integer out of range"},
		{NULL, {TYPE_NUMERIC}, {"NaN"}, TYPE_INT4,
			"0A000 cannot convert NaN to integer"},
		{NULL, {TYPE_TEXT}, {"12.50e1"}, TYPE_NUMERIC, "125.0"},
		{NULL, {TYPE_TEXT}, {"0.1"}, TYPE_FLOAT8, "0.1"},
		{NULL, {TYPE_TEXT}, {"1e15"}, TYPE_FLOAT8, "1e+15"},
		{NULL, {TYPE_TEXT}, {"1e23"}, TYPE_FLOAT8, "9.999999999999999e+22"},
		{NULL, {TYPE_TEXT}, {"5e-324"}, TYPE_FLOAT8, "5e-324"},
		{NULL, {TYPE_TEXT}, {"1e400"}, TYPE_FLOAT8,
			"22003 \"1e400\" is out of range for type double precision"},
		{NULL, {TYPE_FLOAT8}, {"0.30000000000000004"}, TYPE_NUMERIC, "0.3"},
		{"+", {TYPE_INT4, TYPE_INT4}, {"2147483647", "1"}, TYPE_UNKNOWN,
			"22003 integer out of range"},
		{"*", {TYPE_INT8, TYPE_INT2}, {"4611686018427387904", "2"}, TYPE_UNKNOWN,
			"22003 bigint out of range"},
		{"/", {TYPE_INT4, TYPE_INT4}, {"-7", "2"}, TYPE_UNKNOWN, "-3"},
		{"/", {TYPE_INT4, TYPE_INT4}, {"1", "0"}, TYPE_UNKNOWN,
			"22012 division by zero"},
		{"%", {TYPE_INT4, TYPE_INT4}, {"-7", "2"}, TYPE_UNKNOWN, "-1"},
		{"+", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1.10", "-1.1"}, TYPE_UNKNOWN, "0.00"},
		{"*", {TYPE_NUMERIC, TYPE_NUMERIC}, {"18446744073709551616", "0.5"},
			TYPE_UNKNOWN, "9223372036854775808.0"},
		{"/", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1", "3"}, TYPE_UNKNOWN,
			"0.33333333333333333333"},
		{"/", {TYPE_NUMERIC, TYPE_NUMERIC}, {"10", "3"}, TYPE_UNKNOWN,
			"3.3333333333333333"},
		{"%", {TYPE_NUMERIC, TYPE_NUMERIC}, {"-7.5", "2"}, TYPE_UNKNOWN, "-1.5"},
		{"round", {TYPE_NUMERIC, TYPE_INT4}, {"1249.995", "2"}, TYPE_UNKNOWN,
			"1250.00"},
		{"round", {TYPE_NUMERIC, TYPE_INT4}, {"1249.995", "-2"}, TYPE_UNKNOWN, "1200"},
		{"trunc", {TYPE_NUMERIC, TYPE_INT4}, {"-42.438", "2"}, TYPE_UNKNOWN, "-42.43"},
		{"ceil", {TYPE_NUMERIC}, {"-0.5"}, TYPE_UNKNOWN, "0"},
		{"floor", {TYPE_NUMERIC}, {"-0.5"}, TYPE_UNKNOWN, "-1"},
		{"sqrt", {TYPE_NUMERIC}, {"2"}, TYPE_UNKNOWN, "1.414213562373095"},
		{"sqrt", {TYPE_NUMERIC}, {"-1"}, TYPE_UNKNOWN,
			"2201F cannot take square root of a negative number"},
		{"=", {TYPE_NUMERIC, TYPE_NUMERIC}, {"1.0", "1.000"}, TYPE_UNKNOWN, "true"},
		{">", {TYPE_FLOAT8, TYPE_FLOAT8}, {"NaN", "Infinity"}, TYPE_UNKNOWN, "true"},
		{"*", {TYPE_FLOAT8, TYPE_FLOAT8}, {"1e300", "1e300"}, TYPE_UNKNOWN,
			"22003 value out of range: overflow"},
		{"round", {TYPE_FLOAT8}, {"-2.5"}, TYPE_UNKNOWN, "-2"},
	};

	oracle_examples(*state, examples, sizeof examples / sizeof *examples);
}

static void
test_text_to_numbers(void **state)
{
	static const struct probe probes[] = {
		CAST(TEXT, text, INT2),
		CAST(TEXT, text, INT4),
		CAST(TEXT, text, INT8),
		CAST(TEXT, text, NUMERIC),
		CAST(TEXT, text, FLOAT8),
		CAST(TEXT, double, FLOAT8),
		CAST_MOD(TEXT, text, NUMERIC, 5, 2),
		CAST_MOD(TEXT, text, NUMERIC, 3, 0),
		CAST_MOD(TEXT, text, NUMERIC, 3, 5),
		CAST_MOD(TEXT, text, NUMERIC, 2, -3),
		CAST_MOD(TEXT, text, NUMERIC, 1000, 500),
	};

	CHECK_ALL(probes, 10000);
}

static void
test_casts(void **state)
{
	static const struct probe probes[] = {
		CAST(INT2, small, INT4),
		CAST(INT2, small, INT8),
		CAST(INT2, small, NUMERIC),
		CAST(INT2, small, FLOAT8),
		CAST(INT4, int4, INT2),
		CAST(INT4, int4, INT8),
		CAST(INT4, int4, NUMERIC),
		CAST(INT4, int4, FLOAT8),
		CAST(INT4, small, BOOL),
		CAST(BOOL, truth, INT4),
		CAST(INT8, int8, INT2),
		CAST(INT8, int8, INT4),
		CAST(INT8, int8, NUMERIC),
		CAST(INT8, int8, FLOAT8),
		CAST_MOD(INT8, int8, NUMERIC, 12, 3),
		CAST_MOD(INT4, int4, NUMERIC, 4, -2),
		CAST(NUMERIC, numeric, INT2),
		CAST(NUMERIC, numeric, INT4),
		CAST(NUMERIC, numeric, INT8),
		CAST(NUMERIC, numeric, FLOAT8),
		CAST_MOD(NUMERIC, numeric, NUMERIC, 10, 2),
		CAST_MOD(NUMERIC, numeric, NUMERIC, 38, 20),
		CAST(FLOAT8, double, INT2),
		CAST(FLOAT8, double, INT4),
		CAST(FLOAT8, double, INT8),
		CAST(FLOAT8, double, NUMERIC),
		CAST_MOD(FLOAT8, double, NUMERIC, 10, 3),
	};

	CHECK_ALL(probes, 3000);
}

static void
test_float8_text(void **state)
{
	static const struct probe probe = CAST(FLOAT8, double, TEXT);

	oracle_check(*state, &probe, 100000);
}

static void
test_int_operators(void **state)
{
	static const struct {
		enum value_type type;
		oracle_generator generate;
	} ints[] = {{TYPE_INT2, generate_small}, {TYPE_INT4, generate_int4},
		{TYPE_INT8, generate_int8}};
	static const char *const across[] = {
		"+", "-", "*", "/", "=", "<>", "<", "<=", ">", ">="};
	static const char *const same[] = {"%", "&", "|", "#"};
	static const char *const unary[] = {"-", "+", "~", "@", "abs"};

	for (size_t a = 0; a < 3; a++) {
		struct probe p = {.nargs = 2, .typmod = -1};

		p.args[0] = (struct oracle_arg){ints[a].type, ints[a].generate};
		for (size_t b = 0; b < 3; b++) {
			p.args[1] = (struct oracle_arg){ints[b].type, ints[b].generate};
			for (size_t i = 0; i < sizeof across / sizeof *across; i++) {
				p.name = across[i];
				oracle_check(*state, &p, 500);
			}
		}
		p.args[1] = p.args[0];
		for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
			p.name = same[i];
			oracle_check(*state, &p, 500);
		}
		p.args[1] = (struct oracle_arg){TYPE_INT4, generate_scale};
		p.name = "<<";
		oracle_check(*state, &p, 500);
		p.name = ">>";
		oracle_check(*state, &p, 500);
		p.nargs = 1;
		for (size_t i = 0; i < sizeof unary / sizeof *unary; i++) {
			p.name = unary[i];
			oracle_check(*state, &p, 500);
		}
	}
}

static void
test_int_functions(void **state)
{
	static const struct probe probes[] = {
		CALL2("mod", INT2, small, INT2, small),
		CALL2("mod", INT8, int8, INT8, int8),
		CALL2("gcd", INT4, int4, INT4, int4),
		CALL2("gcd", INT8, int8, INT8, int8),
		CALL2("lcm", INT4, int4, INT4, int4),
		CALL2("lcm", INT8, int8, INT8, int8),
	};

	CHECK_ALL(probes, 1000);
}

static void
test_numeric_operators(void **state)
{
	static const struct probe probes[] = {
		CALL2("+", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("-", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("*", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("/", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("%", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("=", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("<>", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("<", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("<=", NUMERIC, numeric, NUMERIC, numeric),
		CALL2(">", NUMERIC, numeric, NUMERIC, numeric),
		CALL2(">=", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("div", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("mod", NUMERIC, numeric, NUMERIC, numeric),
		CALL2("round", NUMERIC, numeric, INT4, scale),
		CALL2("trunc", NUMERIC, numeric, INT4, scale),
		CALL1("-", NUMERIC, numeric),
		CALL1("+", NUMERIC, numeric),
		CALL1("@", NUMERIC, numeric),
		CALL1("abs", NUMERIC, numeric),
		CALL1("sign", NUMERIC, numeric),
		CALL1("round", NUMERIC, numeric),
		CALL1("trunc", NUMERIC, numeric),
		CALL1("ceil", NUMERIC, numeric),
		CALL1("ceiling", NUMERIC, numeric),
		CALL1("floor", NUMERIC, numeric),
		CALL1("sqrt", NUMERIC, numeric),
		CALL1("scale", NUMERIC, numeric),
	};

	CHECK_ALL(probes, 2000);
}

static void
test_float8_operators(void **state)
{
	static const struct probe probes[] = {
		CALL2("+", FLOAT8, double, FLOAT8, double),
		CALL2("-", FLOAT8, double, FLOAT8, double),
		CALL2("*", FLOAT8, double, FLOAT8, double),
		CALL2("/", FLOAT8, double, FLOAT8, double),
		CALL2("=", FLOAT8, double, FLOAT8, double),
		CALL2("<>", FLOAT8, double, FLOAT8, double),
		CALL2("<", FLOAT8, double, FLOAT8, double),
		CALL2("<=", FLOAT8, double, FLOAT8, double),
		CALL2(">", FLOAT8, double, FLOAT8, double),
		CALL2(">=", FLOAT8, double, FLOAT8, double),
		CALL2("^", FLOAT8, double, FLOAT8, double),
		CALL2("power", FLOAT8, double, FLOAT8, double),
		CALL1("-", FLOAT8, double),
		CALL1("+", FLOAT8, double),
		CALL1("@", FLOAT8, double),
		CALL1("abs", FLOAT8, double),
		CALL1("sign", FLOAT8, double),
		CALL1("round", FLOAT8, double),
		CALL1("trunc", FLOAT8, double),
		CALL1("ceil", FLOAT8, double),
		CALL1("floor", FLOAT8, double),
		CALL1("sqrt", FLOAT8, double),
		CALL1("exp", FLOAT8, double),
		CALL1("ln", FLOAT8, double),
		CALL1("log", FLOAT8, double),
		CALL1("cbrt", FLOAT8, double),
	};

	CHECK_ALL(probes, 2000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_text_to_numbers),
		cmocka_unit_test(test_casts),
		cmocka_unit_test(test_float8_text),
		cmocka_unit_test(test_int_operators),
		cmocka_unit_test(test_int_functions),
		cmocka_unit_test(test_numeric_operators),
		cmocka_unit_test(test_float8_operators),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_oracle, close_oracle);
}
