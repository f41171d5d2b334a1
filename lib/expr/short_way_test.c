/*
 * short_way_test.c - what has a quick way for the usual case gives what the long way gives
 *
 * Patterns of regular expressions and of LIKE, and JSON objects, all of few letters so
 * that much nearly matches.  TEST_SEED chooses others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expr/json.h"
#include "expr/regex.h"

enum { PATTERNS = 4000, TEXTS = 25, OBJECTS = 200000, ROOM = 512 };

struct random {
	uint64_t seed, state;
};

static unsigned
below(struct random *r, unsigned n)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return (unsigned)(r->state >> 33) % n;
}

static struct random
seeded(void)
{
	const char *seed = getenv("TEST_SEED");
	struct random r = {.seed = seed ? strtoull(seed, NULL, 10) : 20130401};

	r.state = r.seed * 2 + 1;
	return r;
}

/* n of the pieces, one behind the other. */
static size_t
join(struct random *r, const char *const *pieces, unsigned npieces, unsigned n, char *to)
{
	size_t len = 0;

	to[0] = '\0';
	for (unsigned i = 0; i < n; i++) {
		const char *piece = pieces[below(r, npieces)];

		memcpy(to + len, piece, strlen(piece) + 1);
		len += strlen(piece);
	}
	return len;
}

#define JOIN(r, pieces, n, to) join(r, pieces, sizeof(pieces) / sizeof(pieces)[0], n, to)

static const char *const letters[] = {"a", "b", "c", "0", "7", "-", "/", " ", "ü", "\n", "A"};

static void
test_regex(void **state)
{
	static const char *const items[] = {"a", "[a-c]", "[0-9]", "[ab0]", "-", "/", "[a", "b",
		" ", "[a-c0-9]", "[A-Z]", "(", ".", "\\d", "[^a]", "ü"};
	static const char *const counts[] = {
		"", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{1,}", "*?", "{,2}", "{2,1}"};
	struct random r = seeded();
	unsigned simple_ones = 0, matched = 0;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (int i = 0; i < PATTERNS; i++) {
		struct expr_error error = {"", ""};
		struct eval_context ctx = {&arena, &error};
		char pattern[ROOM] = "^", text[ROOM];
		struct regex *re;
		struct text p = {pattern, 1}, t = {text, 0};
		struct regex_simple simple;

		for (unsigned k = below(&r, 4) + 1; k > 0; k--) {
			p.len += JOIN(&r, items, 1, pattern + p.len);
			p.len += JOIN(&r, counts, 1, pattern + p.len);
		}
		if (below(&r, 2))
			pattern[p.len++] = '$';
		if (!regex_simple_compile(&p, &simple))
			continue;
		simple_ones++;
		arena_reset(&arena);
		re = regex_new(&ctx);
		assert_non_null(re);
		if (regex_use(&ctx, re, &p, 0) < 0)
			fail_msg("'%.*s' is refused: %s", (int)p.len, p.ptr, error.message);
		for (int k = 0; k < TEXTS; k++) {
			bool ours;
			int theirs;

			t.len = JOIN(&r, letters, below(&r, 7), text);
			ours = regex_simple_matches(&simple, &t);
			theirs = regex_matches(&ctx, re, &t, 0);
			if (ours != (theirs > 0))
				fail_msg("'%s' ~ '%.*s': %d; TEST_SEED=%llu", text, (int)p.len,
					p.ptr, ours, (unsigned long long)r.seed);
			matched += ours;
		}
		regex_release(re);
	}
	arena_release(&arena);
	assert_in_range(simple_ones, PATTERNS / 10, PATTERNS);
	assert_in_range(matched, simple_ones, simple_ones * TEXTS);
}

static const struct function *
like_operator(void)
{
	const struct function *f = like_functions;

	while (strcmp(f->name, "~~") != 0 || f->args[0] != TYPE_TEXT)
		f++;
	return f;
}

static void
test_like(void **state)
{
	static const char *const items[] = {"%", "%", "a", "b", "_", "ü", "\\%", "\\"};
	const struct function *f = like_operator();
	struct random r = seeded();
	unsigned simple_ones = 0, matched = 0;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (int i = 0; i < PATTERNS * TEXTS; i++) {
		struct expr_error errors[2] = {{"", ""}, {"", ""}};
		char text[ROOM], pattern[ROOM];
		struct value args[2] = {{.s = {text, 0}}, {.s = {pattern, 0}}}, results[2];
		const struct value *constants[2] = {NULL, &args[1]};
		int rc[2];

		arena_reset(&arena);
		args[0].s.len = JOIN(&r, letters, below(&r, 5), text);
		args[1].s.len = JOIN(&r, items, below(&r, 4), pattern);
		for (int k = 0; k < 2; k++) {
			struct eval_context ctx = {&arena, &errors[k]};
			struct call_site site = {.function = f, .nargs = 2};

			if (k == 1)
				assert_int_equal(f->prepare(&ctx, &site, constants), 0);
			simple_ones += site.prepared != NULL;
			results[k].null = false;
			rc[k] = f->call(&ctx, &site, args, &results[k]);
		}
		if (rc[0] != rc[1] || (rc[0] == 0 && results[0].b != results[1].b))
			fail_msg("'%s' LIKE '%s'; TEST_SEED=%llu", text, pattern,
				(unsigned long long)r.seed);
		matched += rc[0] == 0 && results[0].b;
	}
	arena_release(&arena);
	assert_in_range(simple_ones, PATTERNS, PATTERNS * TEXTS);
	assert_in_range(matched, PATTERNS, PATTERNS * TEXTS);
}

static void
test_json(void **state)
{
	static const char *const pieces[] = {"\"a\"", "\"b\"", "\"ab\"", "\"\"", ":", ":", ":",
		",", ",", "{", "}", "1", "-1", "0", "-0", "1.50", "1e2", "01", "true", "false",
		"null", "\"x\\n\"", "\"\\u00e9\"", "\"ü\"", "\"long enough for a block\"", " ",
		"\n", "\t", "[", "]", "nul", "\"open", "\x01"};
	static const char *const keys[] = {"\"a\":", "\"b\" :", "\"ab\": ", "\"\":", "\"c\":"};
	static const char *const values[] = {"1", "-2.50", "\"v\"", "null", "true", "\"a b\"",
		"{}", "[1]", "\"\\t\"", "0.10", "-0.0"};
	struct random r = seeded();
	unsigned flat_ones = 0;
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (int i = 0; i < OBJECTS; i++) {
		struct expr_error error = {"", ""};
		struct eval_context ctx = {&arena, &error};
		struct text flat = {"", 0}, tree = {"", 0};
		struct json_node *node;
		char text[ROOM];
		size_t len = 0;

		arena_reset(&arena);
		text[len++] = '{';
		if (i % 3 == 0) {
			len += JOIN(&r, pieces, below(&r, 9), text + len);
		} else {
			for (unsigned k = below(&r, 6); k > 0; k--) {
				len += JOIN(&r, keys, 1, text + len);
				len += JOIN(&r, values, 1, text + len);
				if (k > 1)
					text[len++] = ',';
			}
		}
		text[len++] = '}';
		if (json_flat(&ctx, (struct text){text, len}, &flat) == 0)
			continue;
		flat_ones++;
		if (json_parse(&ctx, (struct text){text, len}, &node) < 0 ||
			json_print(&ctx, node, &tree) < 0)
			fail_msg("%.*s: %s", (int)len, text, error.message);
		if (flat.len != tree.len || memcmp(flat.ptr, tree.ptr, flat.len) != 0)
			fail_msg("%.*s: %.*s, not %.*s; TEST_SEED=%llu", (int)len, text,
				(int)flat.len, flat.ptr, (int)tree.len, tree.ptr,
				(unsigned long long)r.seed);
	}
	arena_release(&arena);
	assert_in_range(flat_ones, OBJECTS / 10, OBJECTS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_regex),
		cmocka_unit_test(test_like), cmocka_unit_test(test_json)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
