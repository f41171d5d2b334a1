/*
 * nearest_test.c - which names are offered for a misspelt one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "nearest.h"

static const char *const columns[] = {"id", "email", "created_at", "country", "Email_verified",
	"", "a_name_that_is_longer_than_any_name_that_a_database_would_ever_take"};

static const struct {
	const char *name;
	int expect;
} cases[] = {
	{"email", 1},
	{"emial", 1},  /* swapped */
	{"emai", 1},   /* left out */
	{"e-mail", 1}, /* added */
	{"EMAIL", 1},  /* case counts little */
	{"createdat", 2},
	{"created_at ", 2},
	{"email_verified", 4},
	{"uid", 0},
	{"phone", -1},
	{"x", -1},
	{"", -1},
	{"zzzzzzzzzz", -1},
};

static void
finds_the_nearest(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int got = nearest_name(cases[i].name, columns, 7);

		if (got != cases[i].expect)
			fail_msg("'%s': %d instead of %d", cases[i].name, got, cases[i].expect);
	}
}

static void
takes_no_names(void **state)
{
	(void)state;
	assert_int_equal(nearest_name("id", NULL, 0), -1);
}

static void
takes_names_of_any_length(void **state)
{
	char longest[64], longer[65];
	const char *const names[] = {longest};

	(void)state;
	memset(longest, 'x', 63);
	longest[63] = '\0';
	memset(longer, 'x', 64);
	longer[64] = '\0';
	assert_int_equal(nearest_name(longest, names, 1), 0);
	assert_int_equal(nearest_name(longer, names, 1), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_nearest),
		cmocka_unit_test(takes_no_names),
		cmocka_unit_test(takes_names_of_any_length),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
