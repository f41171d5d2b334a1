/*
 * pattern_test.c - XML Schema's regular expressions, as far as they are taken
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "validate/pattern.h"

/* texts are separated by '|'. */
static const struct {
	const char *regex;
	const char *yes;
	const char *no;
} cases[] = {
	{"", "", "a"},
	{"a", "a", "|b|aa|ba|ab"},
	{"^a.*$", "a|apple", "|orange|ba"},
	{"a/b", "a/b", "a"},
	{"[A-Z]{2}", "SA|EG", "|S|SAU|sa|S1"},
	{"a?b+c*", "b|abbcc", "a|ac|"},
	{"(x,y)+", "x,y|x,yx,y", "x,|"},
	{"(?:ab)+(?=c)c", "abc|ababc", "ab"},
	/* the whole value, by any branch */
	{"a,ab,abc", "a,ab,abc", "a"},
	{"\\d{3}", "123|١٢٣", "12|12a|1234"},
	{"\\D", "a|é", "1|١"},
	{"\\w+", "aé1|漢字|$", "a b|_|a_b|-"},
	{"\\W", "_|-| ", "a|1"},
	{"[\\w_]+", "a_b|é", "a-b|a b"},
	{"[\\d.]+", "1.2|١", "a"},
	{"a\\sb", "a b|a\tb|a\nb", "ab|a\u00a0b"},
	{"[\\S]+", "abc|é\u00a0", "a b|a\tb"},
	{"\\i\\c*", "a|_a-b.c:d|éa1", "1a|-a|a b|"},
	{"\\I\\C", "1 |- ", "aa|1a"},
	{"[\\i\\d]+", "a1:", "-|a "},
	{".", "a|é|\t", "\n|\r|aa"},
	{"a.c", "abc", "a\nc|a\rc"},
	{"^a$", "a", "a\n"},
	{"[a-z-[aeiou]]+", "xyz|bcd", "a|xay|X"},
	{"[^0-9-[a]]", "b|é", "a|1"},
	{"[a-z-[b-y-[m]]]+", "azm", "b|n"},
	{"x[a-c-[b]]?y", "xy|xay|xcy", "xby"},
	{"[a\\-\\]\\[]+", "a-][", "b"},
	{"[+-]", "+|-", "a|"},
	{"[]a]", "]|a", "b"},
	{"[^]a]", "b", "]|a"},
	{"\\p{L}+", "aé漢", "a1"},
	{"\\p{Lu}\\P{Lu}", "Ab", "ab|AB"},
	{"[\\p{Arabic} ]+", "محمد علي", "abc"},
	{"[[:digit:]]+", "123", "a"},
	{"\\.\\*\\\\", ".*\\", "ab"},
	{"(a)\\1", "aa", "a|ab"},
	{"(?i)abc", "ABC|abc", "ab"},
	{"😀+", "😀|😀😀", "é"},
};

static const char *const wrong[] = {"(", "[a", "a**", "[z-a]", "\\p{IsNothing}", "(?<",
	"a{2,1}", "[a-[b]c]", "[a-[b", "[\\I]", "\\"};

static void
expect_all(const struct pattern *p, const char *regex, const char *texts,
	enum pattern_result expected)
{
	for (;;) {
		size_t n = strcspn(texts, "|");
		char *copy = malloc(n + (n == 0));
		enum pattern_result result;

		assert_non_null(copy);
		memcpy(copy, texts, n);
		result = pattern_match(p, copy, n);
		free(copy);
		if (result != expected) {
			print_error(
				"'%s': \"%.*s\" gave %d\n", regex, (int)n, texts, (int)result);
			fail();
		}
		if (texts[n] == '\0')
			return;
		texts += n + 1;
	}
}

static void
test_matches(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct error err = ERROR_INIT;
		struct pattern *p = pattern_new(cases[i].regex, &err);

		assert_string_equal(err.text, "");
		assert_non_null(p);
		expect_all(p, cases[i].regex, cases[i].yes, PATTERN_YES);
		expect_all(p, cases[i].regex, cases[i].no, PATTERN_NO);
		pattern_free(p);
	}
}

static void
test_alternatives(void **state)
{
	struct error err = ERROR_INIT;
	struct pattern *p = pattern_new("a|ab|abc", &err);

	(void)state;
	assert_int_equal(pattern_match(p, "a", 1), PATTERN_YES);
	assert_int_equal(pattern_match(p, "ab", 2), PATTERN_YES);
	assert_int_equal(pattern_match(p, "abc", 3), PATTERN_YES);
	assert_int_equal(pattern_match(p, "abcd", 4), PATTERN_NO);
	pattern_free(p);
	pattern_free(NULL);
}

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct error err = ERROR_INIT;
		char start[64];

		print_message("# %s\n", wrong[i]);
		assert_null(pattern_new(wrong[i], &err));
		assert_int_equal(err.kind, ERROR_USAGE);
		snprintf(start, sizeof start, "pattern '%s': ", wrong[i]);
		assert_int_equal(strncmp(err.text, start, strlen(start)), 0);
	}
}

/* An expression that would run for ages gives up, and says so. */
static void
test_gives_up(void **state)
{
	struct error err = ERROR_INIT;
	struct pattern *p = pattern_new("(x+x+)+(y|z)", &err);
	char text[64];

	(void)state;
	memset(text, 'x', sizeof text);
	assert_int_equal(pattern_match(p, text, sizeof text), PATTERN_GAVE_UP);
	pattern_free(p);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_gives_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
