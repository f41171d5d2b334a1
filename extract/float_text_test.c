/*
 * float_text_test.c - the fewest digits, and the same number again
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "extract/float_text.h"

static const char *
text_of(char *buf, double value, bool single)
{
	size_t n = float_text(buf, value, single);

	assert_true(n > 0 && n < FLOAT_TEXT_MAX);
	buf[n] = '\0';
	return buf;
}

/* The texts are what PostgreSQL 15 answers. */
static void
test_texts(void **state)
{
	static const struct {
		double value;
		bool single;
		const char *text;
	} cases[] = {
		{0, false, "0"},
		{-0.0, false, "-0"},
		{1, false, "1"},
		{9.99, false, "9.99"},
		{-9.99, false, "-9.99"},
		{0.1, false, "0.1"},
		{0.0001, false, "0.0001"},
		{0.00001, false, "1e-05"},
		{0.000123456789012345, false, "0.000123456789012345"},
		{1e14, false, "100000000000000"},
		{999999999999999, false, "999999999999999"},
		{1e15, false, "1e+15"},
		{123456789012345678.0, false, "1.2345678901234568e+17"},
		{1.0 / 3, false, "0.3333333333333333"},
		{2.0 / 3, false, "0.6666666666666666"},
		{DBL_MAX, false, "1.7976931348623157e+308"},
		{DBL_MIN, false, "2.2250738585072014e-308"},
		{4.9406564584124654e-324, false, "5e-324"},
		{5.684341886080802e-14, false, "5.684341886080802e-14"},
		{1e100, false, "1e+100"},
		{1e22, false, "1e+22"},
		{9007199254740993.0, false, "9.007199254740992e+15"},
		{0, true, "0"},
		{(double)0.1f, true, "0.1"},
		{(double)9.99f, true, "9.99"},
		{16777216, true, "1.6777216e+07"},
		{999999, true, "999999"},
		{1000000, true, "1e+06"},
		{1234567, true, "1.234567e+06"},
		{123456.5, true, "123456.5"},
		{(double)3.1415927f, true, "3.1415927"},
		{(double)FLT_MAX, true, "3.4028235e+38"},
		{(double)FLT_MIN, true, "1.1754944e-38"},
		{1.401298464324817e-45, true, "1e-45"},
		{0.0001220703125, true, "0.00012207031"},
		{(double)INFINITY, false, "Infinity"},
		{-(double)INFINITY, true, "-Infinity"},
		{(double)NAN, false, "NaN"},
	};
	char buf[FLOAT_TEXT_MAX + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(
			text_of(buf, cases[i].value, cases[i].single), cases[i].text);
}

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static size_t
count_digits(const char *text)
{
	size_t n = 0, zeros = 0;

	for (; *text != '\0' && *text != 'e'; text++) {
		if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
			continue;
		zeros = *text == '0' ? zeros + 1 : 0;
		n++;
	}
	return n - zeros;
}

/*
 * Whether text lies half way to a neighbour of value: it reads back where ties
 * go to even, but PostgreSQL does not write it.
 */
static bool
is_tie(const char *text, double value, bool single)
{
	double towards = strtold(text, NULL) > value ? (double)INFINITY : -(double)INFINITY;
	double next = single ? (double)nextafterf((float)value, (float)towards)
			     : nextafter(value, towards);

	return fabsl(strtold(text, NULL) - value) * 2 == fabsl((long double)next - value);
}

/* Bit patterns of all kinds, and decimals as people write them. */
static void
test_round_trip(void **state)
{
	uint64_t x = 88172645463325252; /* the seed: every run is the same */
	char buf[FLOAT_TEXT_MAX + 1], shorter[64];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t bits = next_random(&x);
		double value;

		memcpy(&value, &bits, sizeof value);
		if (i % 3 == 1)
			value = (double)(bits % 1000000000) / 100;
		else if (i % 3 == 2)
			value = ldexp(1, (int)(bits % 2000) - 1000);
		if (!isfinite(value))
			continue;
		if (strtod(text_of(buf, value, false), NULL) != value)
			fail_msg("%a gave %s", value, buf);
		/* one digit less does not read back */
		if (count_digits(buf) > 1) {
			snprintf(shorter, sizeof shorter, "%.*e", (int)count_digits(buf) - 2,
				value);
			if (strtod(shorter, NULL) == value && !is_tie(shorter, value, false))
				fail_msg("%a gave %s, but %s does", value, buf, shorter);
		}
	}
}

static void
test_round_trip_single(void **state)
{
	uint64_t x = 2463534242; /* the seed: every run is the same */
	char buf[FLOAT_TEXT_MAX + 1], shorter[64];

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint32_t bits = (uint32_t)(next_random(&x) >> 20);
		float value;

		memcpy(&value, &bits, sizeof value);
		if (i % 2 == 1)
			value = (float)(bits % 100000) / 100;
		if (!isfinite(value))
			continue;
		if (strtof(text_of(buf, (double)value, true), NULL) != value)
			fail_msg("%a gave %s", (double)value, buf);
		if (count_digits(buf) > 1) {
			snprintf(shorter, sizeof shorter, "%.*e", (int)count_digits(buf) - 2,
				(double)value);
			if (strtof(shorter, NULL) == value &&
				!is_tie(shorter, (double)value, true))
				fail_msg(
					"%a gave %s, but %s does", (double)value, buf, shorter);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_round_trip_single),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
