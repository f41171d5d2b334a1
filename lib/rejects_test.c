/*
 * rejects_test.c - budgets, and rejects files that can be fed back
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rejects.h"
#include "shard/shard_reader.h"

static void
budgets(void **state)
{
	static const struct {
		const char *text;
		bool good, percent;
		uint64_t rows;
		double share;
	} table[] = {
		{"0", true, false, 0, 0},
		{"25", true, false, 25, 0},
		{"18446744073709551615", true, false, UINT64_MAX, 0},
		{"0%", true, true, 0, 0},
		{"0.1%", true, true, 0, 0.1},
		{"100%", true, true, 0, 100},
		{"18446744073709551616", false, false, 0, 0},
		{"", false, false, 0, 0},
		{"%", false, false, 0, 0},
		{"-1", false, false, 0, 0},
		{"+1", false, false, 0, 0},
		{" 1", false, false, 0, 0},
		{"1 %", false, false, 0, 0},
		{"1e1%", false, false, 0, 0},
		{"0x1%", false, false, 0, 0},
		{"1.2.3%", false, false, 0, 0},
		{"100.1%", false, false, 0, 0},
		{"nan%", false, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct error err = ERROR_INIT;
		struct budget b;
		int status = budget_parse(&b, table[i].text, &err);

		if ((status == 0) != table[i].good)
			fail_msg("'%s': %d", table[i].text, status);
		if (status < 0) {
			assert_int_equal(err.kind, ERROR_USAGE);
			continue;
		}
		assert_int_equal(b.percent, table[i].percent);
		assert_true(b.rows == table[i].rows);
		assert_true(b.percent ? b.share == table[i].share : true);
	}
}

static char folder[] = "/tmp/caravan-rejects-XXXXXX";
static char input[64], output[64];

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(input, sizeof input, "%s/in.csv", folder);
	snprintf(output, sizeof output, "%s/rejects.csv", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	unlink(input);
	unlink(output);
	return rmdir(folder);
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void
assert_file(const char *path, const char *text)
{
	char buf[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, buf, sizeof buf - 1);
	assert_true(n >= 0);
	buf[n] = '\0';
	close(fd);
	assert_string_equal(buf, text);
}

struct told {
	char text[2048];
};

static void
tell(void *arg, const char *message)
{
	struct told *told = arg;
	size_t used = strlen(told->text);

	snprintf(told->text + used, sizeof told->text - used, "%s\n", message);
}

/* Reject every row of the input; the status and error of the last call. */
static int
reject_all(const char *budget, struct told *told, struct error *err)
{
	const char *path = input;
	struct shard_reader *in = shard_reader_open(&path, 1, err);
	const struct csv_record *rec;
	struct rejects *r;
	struct budget b;
	uint64_t rows = 0;
	int status = 0;

	assert_non_null(in);
	told->text[0] = '\0';
	assert_int_equal(budget_parse(&b, budget, err), 0);
	r = rejects_open(output, "test", shard_reader_header(in), &b, tell, told, err);
	assert_non_null(r);
	while (status == 0 && shard_reader_next(in, &rec, err) == 1) {
		struct reject reject = {.record = rec,
			.file = "in.csv",
			.column = rec->row % 2 == 1 ? "b" : NULL,
			.code = "22P02",
			.message = "no \"good\", this"};

		rows++;
		status = rejects_add(r, &reject, err);
	}
	if (status == 0)
		status = rejects_finish(r, rows, err);
	else
		rejects_close(r);
	shard_reader_close(in);
	return status;
}

static void
holds_the_row_and_the_reason(void **state)
{
	struct error err = ERROR_INIT;
	struct told told;

	(void)state;
	put(input, "a,b\r\n1,\"x\ny\"\r\n,\"\"\r\n");
	assert_int_equal(reject_all("2", &told, &err), 0);
	assert_file(output, "a,b,_stage,_row,_column,_code,_message\n"
			    "1,\"x\ny\",test,1,b,22P02,\"no \"\"good\"\", this\"\n"
			    ",\"\",test,2,,22P02,\"no \"\"good\"\", this\"\n");
	assert_string_equal(told.text, "in.csv:2: column 'b': 22P02: no \"good\", this\n"
				       "in.csv:4: 22P02: no \"good\", this\n");
}

/* Fed back and rejected once more, the file is the same: the columns do not pile up. */
static void
fed_back(void **state)
{
	struct error err = ERROR_INIT;
	struct told told;
	const char *text = "a,b,_stage,_row,_column,_code,_message\n"
			   "1,\"x,y\",test,1,b,22P02,\"no \"\"good\"\", this\"\n";

	(void)state;
	put(input, text);
	assert_int_equal(reject_all("1", &told, &err), 0);
	assert_file(output, text);
	/* a row that had a field too many keeps it, and only it */
	text = "a,b,_stage,_row,_column,_code,_message\n"
	       "1,2,3,test,1,b,22P02,\"no \"\"good\"\", this\"\n";
	put(input, text);
	assert_int_equal(reject_all("1", &told, &err), 0);
	assert_file(output, text);
}

static void
over_the_budget(void **state)
{
	static const struct {
		const char *budget;
		int status;
		const char *error;
	} table[] = {
		{"0", -1, "in.csv:2: 1 row rejected, --max-rejects allows 0"},
		{"1", -1, "in.csv:3: 2 rows rejected, --max-rejects allows 1"},
		{"2", 0, ""},
		{"99%", -1, "2 of 2 rows rejected, --max-rejects allows 99%"},
		{"100%", 0, ""},
	};

	(void)state;
	put(input, "a,b\n1,2\n3,4\n");
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		struct error err = ERROR_INIT;
		struct told told;

		unlink(output);
		assert_int_equal(reject_all(table[i].budget, &told, &err), table[i].status);
		assert_string_equal(err.text, table[i].error);
		if (table[i].status < 0)
			assert_int_equal(err.kind, ERROR_BUDGET);
		/* the reasons are there all the same */
		assert_int_equal(access(output, R_OK), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budgets),
		cmocka_unit_test(holds_the_row_and_the_reason),
		cmocka_unit_test(fed_back),
		cmocka_unit_test(over_the_budget),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("rejects", tests, make_folder, remove_folder);
}
