/*
 * judged_options_test.c - options of regular expressions, given or embedded, and their comments,
 * judged by a live PostgreSQL
 *
 * Each pattern on each text, with options that take turns.
 */
#include "expr/differential_test.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static const char *const texts[] = {
	"'abc'",
	"E'a\\nb\\nc'",
	"E'ab\\n'",
	"'a b#c'",
	"E'line1\\nline2\\n\\nline4'",
	"''",
	"'A.C'",
	"E'\\nx'",
};
static const char *const patterns[] = {
	"E'a.b'",
	"E'^b'",
	"E'b$'",
	"E'^'",
	"E'$'",
	"E'[^a]'",
	"E'[^x]+'",
	"E'a.*c'",
	"E'\\\\Ab'",
	"E'c\\\\Z'",
	"E'^$'",
	"E'(^b$)'",
	"E'a b'",
	"E'a # c\\nb'",
	"E'a\\\\ b'",
	"E'[a b]'",
	"E'(?#no)b'",
	"E'b(?#x)*c'",
	"E'a(?#'",
	"E'(?i)ABC'",
	"E'(?x) a b c'",
	"E'(?n)^b$'",
	"E'(?q)A.C'",
	"E'***=A.C'",
	"E'***:a'",
	"E'***:(?i)A'",
	"E'***?a'",
	"E'***a'",
	"E'(?z)a'",
	"E'(?i'",
	"E'(?iz)'",
	"E'(?ic)a'",
	"E'(?p)^.b'",
	"E'(?w)^b'",
	"E'(?s)a.b'",
	"E'(?t)a b'",
	"E'(?qx)a.c'",
	"E'(?m)^line\\\\d$'",
	"E'line\\\\d'",
	"E'(?n)(^line\\\\d$)'",
	"E'\\\\D'",
	"E'\\\\W'",
	"E'(?n)\\\\D'",
	"E'a{ 1 , 2 }'",
	"E'(?x)a{ 1 , 2 }'",
	"E'(?x)a { 1 } b'",
	"E'(?x)[a b]'",
	"E'(?x)a* ? b'",
	"E'(?x)( a | b ) +'",
	"E'(?x)a#b\\nb'",
	"E'(?n)[^a]b'",
	"E'(?n).'",
	"E'(?p).$'",
	"E'(?w).$'",
	"E'(?n)a$\\\\n^b'",
	"E'(?i)[[:upper:]]'",
	"E'x*'",
	"E'(?n)^x*'",
};
static const char *const options[] = {
	"''",
	"'n'",
	"'m'",
	"'p'",
	"'w'",
	"'x'",
	"'nx'",
	"'s'",
	"'t'",
	"'xt'",
	"'ns'",
	"'pn'",
	"'wi'",
	"'q'",
	"'qn'",
	"'ig'",
	"'nq'",
	"'np'",
	"'c'",
	"'z'",
};

static void
test_options(void **state)
{
	static char made[4][EXPRESSION_MAX / 8];
	const char *list[COUNT(made)];
	size_t turn = 0;

	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t k = 0; k < COUNT(patterns); k++) {
			const char *t = texts[i], *p = patterns[k];
			const char *f = options[turn++ % COUNT(options)];

			snprintf(made[0], sizeof made[0],
				"regexp_replace(%s, %s, '<\\&>', 1, 0, %s)", t, p, f);
			snprintf(made[1], sizeof made[1], "regexp_match(%s, %s)", t, p);
			snprintf(made[2], sizeof made[2], "%s ~ %s", t, p);
			snprintf(made[3], sizeof made[3], "regexp_split_to_array(%s, %s, %s)",
				t, p, options[(turn + 7) % COUNT(options)]);
			for (size_t n = 0; n < COUNT(made); n++)
				list[n] = made[n];
			ask(*state, list, COUNT(made));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_options)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, open_world, close_world);
}
