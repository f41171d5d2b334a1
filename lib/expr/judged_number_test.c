/*
 * judged_number_test.c - real, and functions of numbers, judged by a live PostgreSQL
 */
#include "expr/differential_test.h"

static const char *const reals[] = {
	"1.1::real",
	"'1.1'::real",
	"'1e39'::real",
	"'1e-50'::real",
	"'x'::real",
	"' 1.5 '::float4",
	"'infinity'::real",
	"'-inf'::real",
	"'nan'::real",
	"16777216::real",
	"16777217::real",
	"1e6::real",
	"999999::real",
	"123456.7::real",
	"1234567.8::real",
	"0.0001::real",
	"0.00001::real",
	"'1e-45'::real",
	"'3.4028235e38'::real",
	"'1.17549435e-38'::real",
	"1.1::real + 2.2::real",
	"1.1::real * 1e38::real * 10::real",
	"'1e-30'::real * '1e-30'::real",
	"1::real / 0::real",
	"1::real / 3::real",
	"1::real / 3::float8",
	"1::real / 3",
	"1::real + 1.5",
	"1::real + ci::bigint",
	"ci::int2 * 1.5::real",
	"0.1::real = 0.1",
	"0.1::real = 0.1::float8",
	"0.1::real < 0.1::float8",
	"0.1::real = 0.1::real",
	"-(0.1::real)",
	"@ (-0.1::real)",
	"abs(-0.1::real)",
	"abs((-0.1)::real)",
	"sign((-0.1)::real)",
	"round(2.5::real)",
	"1.5::real::int",
	"2.5::real::int2",
	"'1e10'::real::int",
	"'1e20'::real::bigint",
	"1.1::real::float8",
	"1.1::float8::real",
	"1e300::float8::real",
	"1e-300::float8::real",
	"1.23456789::real::numeric",
	"1.23456789::real::numeric(5,2)",
	"1.5::numeric::real",
	"1e40::numeric::real",
	"9223372036854775807::real",
	"1.1::real::text",
	"1.1::real::varchar(2)",
	"to_jsonb(1.1::real)",
	"to_jsonb(1e20::real)",
	"'1.5'::jsonb::real",
	"'{1.1,2.2}'::real[]",
	"ARRAY[1.1::real, 2]",
	"ARRAY[1.1::real, 2.2::float8]",
	"coalesce(1.1::real, 2)",
	"coalesce(1.1::real, 2.5::numeric)",
	"greatest(1.1::real, 2.5::float8)",
	"sqrt(2::real)",
	"power(2::real, 0.5)",
	"1.1::real IN (1.1, 2)",
	"concat(1.1::real)",
	"1.1::real || 'x'",
	"to_timestamp(1.5::real)",
	"interval '1 day' * 1.5::real",
	"1.1::real % 1",
	"mod(1.1::real, 1)",
	"float4 '1.5'",
	"float4(1.5)",
	"float8(1.1::real)",
	"ct::real",
	"ci::real",
	"1::real > 'NaN'::real",
	"'NaN'::real = 'NaN'::float8",
	"CASE WHEN ci = '12' THEN 1.1::real ELSE 2 END",
	"trunc(1.7::real, 1)",
	"round(1.75::real::numeric, 1)",
	"1::real = ANY('{1,2}')",
	"1::real = ANY('{1,2}'::float8[])",
	"(concat(cn) || '1.1')::real",
	"(concat(cn) || '1e39')::real",
	"(concat(cn) || '1e-50')::real",
	"(concat(cn) || 'x')::real",
	"(concat(cn) || 'infinity')::real",
	"(concat(cn) || '-inf')::real",
	"(concat(cn) || 'nan')::real",
	"(concat(cn) || '1e-45')::real",
	"(concat(cn) || '3.4028235e38')::real",
	"(concat(cn) || '1.17549435e-38')::real",
	"(concat(cn) || '1e-30'::real * '1e-30')::real",
};

static const char *const powers[] = {
	"2 ^ 3",
	"2.0 ^ 3",
	"2 ^ 0.5",
	"2::numeric ^ 3",
	"(-8) ^ (1.0/3)",
	"10.0 ^ -3",
	"ci::int ^ 2.5",
	"pow(2,3)",
	"power(9, 3)",
	"power(9.0, 3.0)",
	"ln(2)",
	"ln(2.0)",
	"exp(1)",
	"exp(1.0)",
	"log(100)",
	"log(100.0)",
	"log(2.0, 64.0)",
	"log10(100.0)",
	"log(2, 64)",
	"gcd(1071, 462)",
	"lcm(1071, 462)",
	"gcd(1.5, 0.5)",
	"lcm(0.30, 0.2)",
	"mod(9, 4)",
	"mod(9.5, 4)",
	"width_bucket(5.35, 0.024, 10.06, 5)",
	"width_bucket(5.35::float8, 0.024, 10.06, 5)",
	"width_bucket(5, ARRAY[1,3,4,9])",
	"width_bucket(5.5, ARRAY[1,3,4,9])",
	"width_bucket('b', ARRAY['a','b','c'])",
	"width_bucket(5, '{1,3,4,9}')",
	"width_bucket(5, '{}'::int[])",
	"width_bucket(5, ARRAY[1,NULL])",
	"width_bucket(5, ARRAY[[1],[2]])",
	"width_bucket('NaN'::float8, ARRAY[1.0::float8, 'NaN', 5])",
	"width_bucket(1,2,3,4)",
	"width_bucket(NULL, 1, 2, 3)",
	"width_bucket(5.35, 10.06, 0.024, 5)",
	"width_bucket(1e400, 0, 1, 5)",
	"width_bucket(timestamptz '2020-05-01', ARRAY['2020-01-01', "
	"'2020-06-01']::timestamptz[])",
	"2.5 ^ 100000.5",
	"1.0001 ^ 50000",
	"0 ^ 0.0",
	"0.0 ^ -1",
	"(-2.0) ^ 3",
	"(-2.0) ^ 0.5",
	"ln(0.0)",
	"ln(-1.0)",
	"log(1.0, 5.0)",
	"log(-1.0, 5.0)",
};

static const char *const numbers[] = {"0", "1", "-1", "2", "0.5", "-2.5", "10", "0.001",
	"3.14159265358979", "1.0001", "0.9999", "123456789012345678901234567890.123", "1e-30",
	"7", "100.00", "1.00000000000000000001", "NaN", "Infinity", "-Infinity", "2147483648",
	"0.333333333333333333333333333333", "0.90", "1.10"};
static const char *const of_number[] = {
	"exp(%s)", "ln(%s)", "log(%s)", "log10(%s)", "sqrt(%s)", "scale(%s)"};
static const char *const of_numbers[] = {"%s ^ %s", "power(%s, %s)", "log(%s, %s)",
	"gcd(%s, %s)", "lcm(%s, %s)", "%s %% %s", "mod(%s, %s)", "width_bucket(%s, %s, 5.5, 4)",
	"width_bucket(0.7, %s, %s, 4)"};

static void
quoted(const char *number, char *buf, size_t size)
{
	snprintf(buf, size, "'%s'::numeric", number);
}

static void
test_powers(void **state)
{
	ask(*state, powers, sizeof powers / sizeof powers[0]);
}

static void
test_numerics(void **state)
{
	const size_t n = sizeof numbers / sizeof numbers[0];
	char a[64], b[64];

	for (size_t i = 0; i < n; i++) {
		quoted(numbers[i], a, sizeof a);
		ask_templates(*state, of_number, sizeof of_number / sizeof of_number[0], a, a);
		for (size_t k = 0; k < n; k++) {
			quoted(numbers[k], b, sizeof b);
			ask_templates(*state, of_numbers,
				sizeof of_numbers / sizeof of_numbers[0], a, b);
		}
	}
}

static void
test_reals(void **state)
{
	ask(*state, reals, sizeof reals / sizeof reals[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reals),
		cmocka_unit_test(test_powers), cmocka_unit_test(test_numerics)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
