/*
 * steady_test.c - a row takes no memory of its own
 *
 * The allocator is counted while a mapping runs over N rows and over twice as
 * many: the numbers must be equal.  The counters are in front of the C
 * library's functions, so that its own and every library's calls are seen; a
 * sanitizer has its own, and this test is then left out.
 *
 * Hashes are not among the functions: libcrypto takes memory for each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "transform/run.h"

enum { ROWS = 20000, KINDS = 1000 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define COUNTED false
static size_t allocations;
#else
#define COUNTED true
static size_t allocations;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	allocations++;
	return __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
#endif

/* Of every kind of value that a mapping makes; what is there twice, and CASE by table. */
static const char users[] =
	"SELECT id::bigint AS id, lower(btrim(mail)) AS mail, initcap(name) AS name,\n"
	"       CASE WHEN at ~ '^[0-9]{9,10}$' THEN to_timestamp(at::bigint)\n"
	"            ELSE legacy.zero_date(at)::timestamp AT TIME ZONE 'Asia/Riyadh' END AS "
	"at,\n"
	"       CASE btrim(place) WHEN 'Egypt' THEN 'EG' WHEN 'مصر' THEN 'EG' ELSE "
	"btrim(place)\n"
	"            END AS place,\n"
	"       opts::jsonb ->> 'theme' AS theme, opts::jsonb AS opts,\n"
	"       jsonb_build_object('v', opts::jsonb -> 'volume', 'n', name) AS built,\n"
	"       (amount::numeric * 1.5)::numeric(12,2) AS amount, amount::float8 / 3 AS "
	"third,\n"
	"       regexp_replace(mail, '(.*)@(.*)', '\\2 \\1') AS turned,\n"
	"       string_to_array(name, ' ') AS words,\n"
	"       to_char(to_date('2012-01-02', 'YYYY-MM-DD') + id::int % 100, 'DD Mon YYYY') AS "
	"day,\n"
	"       (id || ' days')::interval AS span, format('%s-%s', name, id) AS label\n"
	"FROM   t\n"
	"WHERE  id::int % 7 <> 0\n";
static const char words[] = "-- drop: mail no\n-- drop: at no\n-- drop: place no\n"
			    "-- drop: opts no\n-- drop: amount no\n"
			    "SELECT id, upper(w) AS w, upper(w) || lower(w) AS both\n"
			    "FROM t, LATERAL unnest(string_to_array(name, ' ')) AS x(w)\n";

static void
write_rows(const char *path, int rows)
{
	static const char *const places[] = {"Egypt", "مصر", " Egypt ", "SA", ""};
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs("id,mail,name,at,place,opts,amount\n", f);
	for (int i = 0; i < rows; i++) {
		int k = i % KINDS;

		fprintf(f, "%d, User.%d@Example.org,\"name %s \"\"%d\"\" ünï\",", 10000 + k, k,
			k % 3 ? "of" : "", k);
		fprintf(f, k % 2 ? "2012-%02d-03 04:05:06," : "12345678%02d,", k % 12 + 1);
		fprintf(f, "%s,\"{\"\"theme\"\":\"\"%s\"\",\"\"volume\"\":%d}\",%d.%02d\n",
			places[k % 5], k % 4 ? "dark" : "l\\u00efght", k, k * 7, k % 100);
	}
	assert_int_equal(fclose(f), 0);
}

static void
no_report(void *arg, const char *message)
{
	(void)arg;
	fail_msg("rejected: %s", message);
}

/* How often the allocator was called while the rows went through the mapping. */
static size_t
count_run(const char *map, const char *input, uint64_t rows)
{
	const struct run_options options = {
		.paths = &input, .npaths = 1, .output = "/dev/null", .report = no_report};
	struct error err = ERROR_INIT;
	struct mapping m = {0};
	struct stats stats;
	size_t before;

	stats_start(&stats);
	if (mapping_read(&m, map, &err) < 0)
		fail_msg("%s", err.text);
	before = allocations;
	if (run_mapping(&m, &options, &stats, &err) < 0)
		fail_msg("%s", err.text);
	before = allocations - before;
	assert_int_equal(stats.rows_in, rows);
	assert_true(stats.rows_out > rows / 2);
	mapping_release(&m);
	return before;
}

static void
check_mapping_text(const char *text)
{
	char folder[] = "/tmp/steady.XXXXXX", map[64], input[64];
	size_t once, twice;
	FILE *f;

	assert_non_null(mkdtemp(folder));
	snprintf(map, sizeof map, "%s/map.sql", folder);
	snprintf(input, sizeof input, "%s/t.csv", folder);
	f = fopen(map, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	write_rows(input, ROWS);
	/* the first run also pays for what libraries make once */
	(void)count_run(map, input, ROWS);
	once = count_run(map, input, ROWS);
	write_rows(input, 2 * ROWS);
	twice = count_run(map, input, UINT64_C(2) * ROWS);
	unlink(map);
	unlink(input);
	rmdir(folder);
	print_message(
		"# %zu allocations for %d rows, %zu for %d\n", once, ROWS, twice, 2 * ROWS);
	assert_true(once > 10); /* they are counted */
	assert_int_equal(once, twice);
}

static void
test_one_row_of_one(void **state)
{
	(void)state;
	if (!COUNTED)
		skip();
	check_mapping_text(users);
}

static void
test_several_rows_of_one(void **state)
{
	(void)state;
	if (!COUNTED)
		skip();
	check_mapping_text(words);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_row_of_one),
		cmocka_unit_test(test_several_rows_of_one)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
