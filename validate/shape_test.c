/*
 * shape_test.c - values and the shapes they have
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "validate/shape.h"

static const struct {
	const char *value;
	const char *shape; /* of a code: its mask */
} samples[] = {
	{"", "empty"},
	{"   ", "blank"},
	{"n/a", "null-word"},
	{"N/A", "null-word"},
	{"NULL", "null-word"},
	{"-", "null-word"},
	{"\\N", "null-word"},
	{"yes", "boolean-word"},
	{"True", "boolean-word"},
	{"OFF", "boolean-word"},
	{"0", "integer"},
	{"-17", "integer"},
	{"+5", "integer"},
	{"18446744073709551615", "integer"},
	{"0042", "leading-zeros"},
	{"00", "leading-zeros"},
	{"1235865793", "epoch-seconds"},
	{"631152000", "epoch-seconds"},
	{"631151999", "integer"},
	{"2147483648", "integer"},
	{"1235865793000", "epoch-milliseconds"},
	{"9.99", "decimal-point"},
	{".5", "decimal-point"},
	{"-0.001", "decimal-point"},
	{"5.", "9."},
	{"9,99", "decimal-comma"},
	{"-1234,5", "decimal-comma"},
	{"1,234.50", "decimal-grouped"},
	{"1,234,567.", "decimal-grouped"},
	{"12%", "percent"},
	{"12.5 %", "percent"},
	{"1,2,3", "number-list"},
	{"12, 7", "number-list"},
	{"4999,", "number-list"},
	{"2014-02-28", "iso-date"},
	{"2016-02-29", "iso-date"},
	{"2015-02-29", "impossible-date"},
	{"2014-13-01", "impossible-date"},
	{"2014-02-28 10:11:12", "iso-timestamp"},
	{"2014-02-28T10:11:12.123456", "iso-timestamp"},
	{"2014-02-28 10:11", "iso-timestamp"},
	{"2014-02-28T10:11:12Z", "iso-instant"},
	{"2014-02-28 10:11:12+00", "iso-instant"},
	{"2014-02-28 10:11:12.5 -03:30", "iso-instant"},
	{"2014-02-28 25:11:12", "text"},
	{"0000-00-00", "zero-date"},
	{"0000-00-00 00:00:00", "zero-date"},
	{"2013-00-00 00:00:00", "zero-date"},
	{"31/12/2013", "slash-date"},
	{"1/2/2013", "slash-date"},
	{"31.12.2013", "dot-date"},
	{"31-12-2013", "dash-date"},
	{"31/02/2013", "impossible-date"},
	{"32/13/2013", "impossible-date"},
	{"00/00/0000", "zero-date"},
	{"12:30", "time"},
	{"12:30:59.25", "time"},
	{"d41d8cd98f00b204e9800998ecf8427e", "hex32"},
	{"D41D8CD98F00B204E9800998ECF8427E", "hex32"},
	{"11111111111111111111111111111111", "hex32"},
	{"D41D8CD98F00b204e9800998ecf8427e", "x"},
	{"da39a3ee5e6b4b0d3255bfef95601890afd80709", "hex40"},
	{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "hex64"},
	{"\\x00ff", "bytes"},
	{"\\x", "bytes"},
	{"123e4567-e89b-12d3-a456-426614174000", "uuid"},
	{"$2y$10$EFeI7gBZ5ivInn5o.3.lQ1EFeI7gBZ5ivInn5o.3.lQ1EFeI7gBZa", "bcrypt"},
	{"$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2", "crypt"},
	{"$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub", "crypt"},
	{"aGVsbG8gd29ybGQxMjM=", "base64"},
	{"a+b/c+d/e+f/g+H1", "base64"},
	{"ahmed@example.org", "email"},
	{"a.b-c+d@x-y.example.com", "email"},
	{"a@b@c.org", "a@a@a.a"},
	{"a@b", "a@a"},
	{"@b.org", "@a.a"},
	{"+966586571085", "phone"},
	{"0586571085", "phone"},
	{"00966 57 187-2313", "phone"},
	{"(030) 123 4567", "phone"},
	{"192.168.0.1", "ip"},
	{"192.168.0.256", "9.9.9.9"},
	{"fe80::1", "ip"},
	{"https://example.org/a?b=c", "url"},
	{"ftp://x", "url"},
	{"{\"a\": [1, 2]}", "json-object"},
	{"{}", "json-object"},
	{"[1, \"x\"]", "json-array"},
	{"{\"autoplay\":true,\"volu", "json-broken"},
	{"{a}", "json-broken"},
	{"[x]", "[a]"},
	{"a:1:{s:1:\"x\";i:5;}", "php-serialized"},
	{"s:3:\"abc\";", "php-serialized"},
	{"b:1;", "php-serialized"},
	{"N;", "php-serialized"},
	{"a:3:{s:8:\"auto", "php-broken"},
	{"<p>hello</p>", "html"},
	{"a <b> c", "html"},
	{"a < b", "text"},
	{"Ø£Ø­Ù…Ø¯", "mojibake"},
	{"Ã© tÃ© 5", "mojibake"},
	{"â‚¬ 5", "mojibake"},
	{"résilié", "word"},
	{"a\001b", "control-characters"},
	{"a\177", "control-characters"},
	{"x", "letter"},
	{"Z", "letter"},
	{"SA", "AA"},
	{"ar", "aa"},
	{"Foo", "Aaa"},
	{"Egypt", "word"},
	{"male", "word"},
	{"Saudi Arabia", "words"},
	{"O'Brien Jr.", "words"},
	{"Ahmed\nNassar", "text"},
	{"Abu \"X\" Y", "text"},
	{"سلمى المصري", "arabic"},
	{"Привет", "cyrillic"},
	{"Ελλάδα", "greek"},
	{"שלום", "hebrew"},
	{"東京", "east-asian"},
	{"नमस्ते", "other-script"},
	{"аdmin", "mixed-scripts"},
	{"Sami 👑", "words"},
	{"👑", "text"},
	{"Kündigung per E-Mail", "words"},
	{"ar_SA", "a_A"},
	{"PP-1000056103", "A-9"},
	{"pi_ffffd0431e050313950dd9bf", "a_x"},
	{"av_cat.png", "a_a.a"},
	{"google|ramadan2012", "a|x"},
	{"Ab-9", "Aa-9"},
	{"a-b-c-d-e-f-g-h-i-j-k-l-m", "text"},
};

static void
check(const char *value, const char *want)
{
	struct shape_value v;
	const char *got;

	shape_of(value, strlen(value), &v);
	got = v.shape == SHAPE_CODE ? v.mask : shape_name(v.shape);
	if (strcmp(got, want) != 0)
		fail_msg("'%s' is %s, not %s", value, got, want);
	assert_true((v.shape == SHAPE_CODE) == (v.mask[0] != '\0'));
}

static void
test_shapes(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
		check(samples[i].value, samples[i].shape);
}

/* Spaces around a value change nothing but the trait. */
static void
test_padding(void **unused)
{
	(void)unused;
	for (size_t i = 2; i < sizeof samples / sizeof samples[0]; i++) {
		char padded[256];
		struct shape_value v;

		snprintf(padded, sizeof padded, " %s\n ", samples[i].value);
		check(padded, samples[i].shape);
		shape_of(padded, strlen(padded), &v);
		assert_true((v.traits & TRAIT_PADDED) != 0);
		shape_of(samples[i].value, strlen(samples[i].value), &v);
		assert_int_equal(v.traits & TRAIT_PADDED, 0);
	}
}

static void
test_numbers(void **unused)
{
	static const struct {
		const char *value;
		double number;
	} cases[] = {
		{"17", 17},
		{"-17", -17},
		{"9.99", 9.99},
		{"-9,5", -9.5},
		{"50%", 50},
		{"2014-02-28", 20140228000000},
		{"2014-02-28 10:11:12", 20140228101112},
		{"31/12/2013", 20131231000000},
		{"12/31/2013", 20131231000000},
		{"23:59:58", 235958},
		{"1300000000", 1300000000},
	};
	struct shape_value v;

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		shape_of(cases[i].value, strlen(cases[i].value), &v);
		if (!(fabs(v.number - cases[i].number) < 1e-9))
			fail_msg("'%s' is %g", cases[i].value, v.number);
	}
	shape_of("male", 4, &v);
	assert_true(isnan(v.number));
}

static unsigned
traits(const char *value)
{
	struct shape_value v;

	shape_of(value, strlen(value), &v);
	return v.traits;
}

static void
test_traits(void **unused)
{
	struct shape_value v;

	(void)unused;
	assert_int_equal(traits("31/12/2013"), TRAIT_DAY_FIRST);
	assert_int_equal(traits("12/31/2013"), TRAIT_MONTH_FIRST);
	assert_int_equal(traits("11/12/2013"), 0);
	assert_int_equal(traits("Ab"), TRAIT_UPPER);
	assert_int_equal(traits("a\nb"), TRAIT_LINES);
	assert_int_equal(traits("a\001"), TRAIT_CONTROL);
	assert_int_equal(traits("é"), TRAIT_WIDE);
	assert_int_equal(traits("👑"), TRAIT_WIDE | TRAIT_SYMBOLS);
	shape_of("سلمى ", strlen("سلمى "), &v);
	assert_int_equal(v.characters, 5);
}

/* Long values, on both sides of the pieces in which double encoding is looked at. */
static void
test_long_mojibake(void **unused)
{
	(void)unused;
	for (size_t n = 1; n < 400; n++) {
		char text[2000];
		struct shape_value v;
		size_t len = 0;

		for (size_t i = 0; i < n; i++) {
			memcpy(text + len, "Ø£", 4);
			len += 4;
			if (i % 7 == 3)
				text[len++] = ' ';
		}
		shape_of(text, len, &v);
		assert_int_equal(v.shape, SHAPE_MOJIBAKE);
		/* cut in the middle of a character of the inner encoding */
		shape_of(text, len - 2 - (text[len - 1] == ' '), &v);
		assert_int_not_equal(v.shape, SHAPE_MOJIBAKE);
	}
}

/* Names are part of the report's format: all are there, and no two the same. */
static void
test_names(void **unused)
{
	(void)unused;
	for (int i = 0; i < SHAPE_COUNT; i++) {
		assert_non_null(shape_name((enum shape)i));
		assert_non_null(shape_mask((enum shape)i));
		for (int j = 0; j < i; j++)
			assert_string_not_equal(
				shape_name((enum shape)i), shape_name((enum shape)j));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_traits),
		cmocka_unit_test(test_long_mojibake),
		cmocka_unit_test(test_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
