/*
 * utf8_test.c - UTF-8 against the C library's decoder, and by hand
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <locale.h>
#include <string.h>
#include <wchar.h>

#include "csv/csv_samples.h"
#include "utf8.h"

/*
 * The oracle: mbrtowc in C.UTF-8, which takes RFC 3629's UTF-8 and code points
 * beyond U+10FFFF besides; a NUL is not text.
 */
static bool
oracle(const char *s, size_t n, size_t *characters)
{
	mbstate_t state;
	wchar_t wc;

	memset(&state, 0, sizeof state);
	*characters = 0;
	while (n > 0) {
		size_t len = mbrtowc(&wc, s, n, &state);

		if (len == 0 || len == (size_t)-1 || len == (size_t)-2 || wc > 0x10ffff)
			return false;
		s += len;
		n -= len;
		(*characters)++;
	}
	return true;
}

static void
compare(const char *s, size_t n)
{
	size_t characters;
	bool good = oracle(s, n, &characters);

	if (utf8_is_text(s, n) != good)
		fail_msg("<%.*s> of %zu bytes, %02x…: good is %d", (int)n, s, n,
			n > 0 ? (unsigned char)s[0] : 0, good);
	if (good)
		assert_int_equal(utf8_length(s, n), characters);
}

static void
all_short_sequences(void **state)
{
	char s[3];

	(void)state;
	for (uint32_t i = 0; i < 1U << 24; i += i < 1U << 16 ? 1 : 37) {
		s[0] = (char)(i >> 16);
		s[1] = (char)(i >> 8);
		s[2] = (char)i;
		compare(s, 3);
		compare(s + 1, 2);
		compare(s + 2, 1);
	}
}

static void
random_texts(void **state)
{
	static const char *const pieces[] = {"a", "hello world, ", "\xc3\xa9", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "\xd8\xa3", "\x7f",
		"\x01", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "\xf0\x8f\xbf\xbf",
		"\xff", "\x80", "\xf0\x9f\x98"};
	struct sample_random r = {7};

	(void)state;
	for (int i = 0; i < 200000; i++) {
		char s[200];
		size_t n = 0, parts = sample_below(&r, 12);
		/* most texts are good ones */
		size_t from = sample_below(&r, 4) == 0 ? sizeof pieces / sizeof pieces[0] : 10;

		for (size_t k = 0; k < parts; k++) {
			const char *piece = pieces[sample_below(&r, from)];

			memcpy(s + n, piece, strlen(piece));
			n += strlen(piece);
		}
		compare(s, n);
	}
	compare("a\0b", 3);
	compare("aaaaaaaaaaaa\0b", 14);
}

static void
cuts(void **state)
{
	const char *s = "a\xc3\xa9\xf0\x9f\x98\x80z";

	(void)state;
	assert_int_equal(utf8_cut(s, 8, 8), 8);
	assert_int_equal(utf8_cut(s, 8, 7), 7);
	assert_int_equal(utf8_cut(s, 8, 6), 3);
	assert_int_equal(utf8_cut(s, 8, 4), 3);
	assert_int_equal(utf8_cut(s, 8, 3), 3);
	assert_int_equal(utf8_cut(s, 8, 2), 1);
	assert_int_equal(utf8_cut(s, 8, 0), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_short_sequences),
		cmocka_unit_test(random_texts),
		cmocka_unit_test(cuts),
	};

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
