/*
 * find_test.c - find_bytes finds what memmem finds
 *
 * Texts of few letters, so that much is nearly found; each lies at the very end
 * of a block of its own, where a sanitizer sees a byte read too many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "find.h"

enum { CASES = 200000, TEXT_MAX = 100 };

static uint64_t
next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void
fill(uint64_t *state, char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = (char)('a' + next(state) % 3 % 2);
}

static void
test_as_memmem(void **test_state)
{
	uint64_t state = 20130401;
	size_t found = 0;

	(void)test_state;
	for (int i = 0; i < CASES; i++) {
		size_t n = next(&state) % TEXT_MAX, m = next(&state) % (i % 8 ? 12 : 45);
		char *s = malloc(n + 1), *needle = malloc(m + 1);
		const char *ours, *theirs;

		assert_non_null(s);
		assert_non_null(needle);
		fill(&state, s + 1, n);
		fill(&state, needle + 1, m);
		ours = find_bytes(s + 1, n, needle + 1, m);
		theirs = memmem(s + 1, n, needle + 1, m);
		if (ours != theirs)
			fail_msg("case %d: '%.*s' in '%.*s'", i, (int)m, needle + 1, (int)n,
				s + 1);
		found += ours != NULL;
		free(s);
		free(needle);
	}
	assert_in_range(found, CASES / 4, CASES - CASES / 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_as_memmem)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
