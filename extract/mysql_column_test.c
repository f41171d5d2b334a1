/*
 * mysql_column_test.c - bytes of the binary protocol, and the CSV they become
 *
 * What a server sends is tested with real ones, in extract.bats; here are the
 * forms that it takes luck to get from a server.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "extract/mysql_column.h"

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

static const struct test_value {
	enum enum_field_types type;
	unsigned flags;
	unsigned length;
	unsigned decimals;
	unsigned charset;
	const unsigned char *bytes;
	size_t len;
	const char *text;
} values[] = {
	{MYSQL_TYPE_TINY, 0, 4, 0, 63, BYTES("\x80"), "-128"},
	{MYSQL_TYPE_TINY, UNSIGNED_FLAG, 4, 0, 63, BYTES("\x80"), "128"},
	{MYSQL_TYPE_SHORT, 0, 6, 0, 63, BYTES("\x00\x80"), "-32768"},
	{MYSQL_TYPE_INT24, 0, 8, 0, 63, BYTES("\x00\x00\x80\xff"), "-8388608"},
	{MYSQL_TYPE_LONG, 0, 11, 0, 63, BYTES("\x00\x00\x00\x80"), "-2147483648"},
	{MYSQL_TYPE_LONG, UNSIGNED_FLAG, 10, 0, 63, BYTES("\xff\xff\xff\xff"), "4294967295"},
	{MYSQL_TYPE_LONGLONG, 0, 20, 0, 63, BYTES("\x00\x00\x00\x00\x00\x00\x00\x80"),
		"-9223372036854775808"},
	{MYSQL_TYPE_LONGLONG, UNSIGNED_FLAG, 20, 0, 63,
		BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615"},
	{MYSQL_TYPE_LONGLONG, 0, 20, 0, 63, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "-1"},
	{MYSQL_TYPE_LONG, UNSIGNED_FLAG | ZEROFILL_FLAG, 6, 0, 63, BYTES("\x2a\0\0\0"),
		"000042"},
	{MYSQL_TYPE_YEAR, UNSIGNED_FLAG | ZEROFILL_FLAG, 4, 0, 63, BYTES("\0\0"), "0000"},
	{MYSQL_TYPE_BIT, UNSIGNED_FLAG, 1, 0, 63, BYTES("\1"), "1"},
	{MYSQL_TYPE_BIT, UNSIGNED_FLAG, 12, 0, 63, BYTES("\x0f\xff"), "4095"},
	{MYSQL_TYPE_BIT, UNSIGNED_FLAG, 64, 0, 63, BYTES("\x80\0\0\0\0\0\0\0"),
		"9223372036854775808"},
	{MYSQL_TYPE_FLOAT, 0, 12, 31, 63, BYTES("\xcd\xcc\xcc\x3d"), "0.1"},
	{MYSQL_TYPE_DOUBLE, 0, 22, 31, 63, BYTES("\x9a\x99\x99\x99\x99\x99\xb9\xbf"), "-0.1"},
	{MYSQL_TYPE_NEWDECIMAL, 0, 12, 2, 63, BYTES("-0.50"), "-0.50"},
	{MYSQL_TYPE_DATE, 0, 10, 0, 63, BYTES("\xdc\x07\x02\x1d"), "2012-02-29"},
	{MYSQL_TYPE_DATE, 0, 10, 0, 63, BYTES(""), "0000-00-00"},
	{MYSQL_TYPE_DATE, 0, 10, 0, 63, BYTES("\xdc\x07\0\0"), "2012-00-00"},
	{MYSQL_TYPE_DATETIME, 0, 19, 0, 63, BYTES("\xdc\x07\x02\x1d"), "2012-02-29 00:00:00"},
	{MYSQL_TYPE_DATETIME, 0, 23, 3, 63, BYTES("\xdc\x07\x02\x1d\x17\x3b\x3a\x40\xb9\x0b\0"),
		"2012-02-29 23:59:58.768"},
	{MYSQL_TYPE_DATETIME, 0, 26, 6, 63, BYTES("\xdc\x07\x02\x1d\x17\x3b\x3a"),
		"2012-02-29 23:59:58.000000"},
	{MYSQL_TYPE_DATETIME, 0, 26, 31, 63, BYTES("\xdc\x07\x02\x1d\x17\x3b\x3a\1\0\0\0"),
		"2012-02-29 23:59:58.000001"},
	{MYSQL_TYPE_DATETIME, 0, 19, 31, 63, BYTES("\xdc\x07\x02\x1d\x17\x3b\x3a"),
		"2012-02-29 23:59:58"},
	{MYSQL_TYPE_DATETIME, 0, 19, 0, 63, BYTES(""), "0000-00-00 00:00:00"},
	{MYSQL_TYPE_TIMESTAMP, 0, 19, 0, 63, BYTES("\xdc\x07\x02\x1d\x17\x3b\x3a"),
		"2012-02-29 23:59:58+00"},
	{MYSQL_TYPE_TIMESTAMP, 0, 19, 0, 63, BYTES(""), "0000-00-00 00:00:00"},
	{MYSQL_TYPE_TIMESTAMP, 0, 22, 2, 63, BYTES("\0\0\0\0\0\0\0"), "0000-00-00 00:00:00.00"},
	{MYSQL_TYPE_TIME, 0, 10, 0, 63, BYTES(""), "00:00:00"},
	{MYSQL_TYPE_TIME, 0, 17, 6, 63, BYTES(""), "00:00:00.000000"},
	{MYSQL_TYPE_TIME, 0, 10, 0, 63, BYTES("\1\x22\0\0\0\x16\x3b\x3b"), "-838:59:59"},
	{MYSQL_TYPE_TIME, 0, 12, 1, 63, BYTES("\0\0\0\0\0\1\2\3\xa0\x86\1\0"), "01:02:03.1"},
	{MYSQL_TYPE_STRING, 0, 4, 0, 45, BYTES("a,\"b"), "\"a,\"\"b\""},
	{MYSQL_TYPE_STRING, 0, 4, 0, 45, BYTES(""), "\"\""},
	{MYSQL_TYPE_STRING, 0, 4, 0, 63, BYTES(""), "\\x"},
	{MYSQL_TYPE_BLOB, 0, 4, 0, 63, BYTES("\0\xff,"), "\\x00ff2c"},
	{MYSQL_TYPE_JSON, 0, 4, 0, 63, BYTES("[1]"), "[1]"},
	/* SRID 0; SRID 4326 in both byte orders; too short to be one */
	{MYSQL_TYPE_GEOMETRY, 0, 0, 0, 63, BYTES("\0\0\0\0\1\7\0\0\0\0\0\0\0"),
		"\\x010700000000000000"},
	{MYSQL_TYPE_GEOMETRY, 0, 0, 0, 63, BYTES("\xe6\x10\0\0\1\7\0\0\0\0\0\0\0"),
		"\\x0107000020e610000000000000"},
	{MYSQL_TYPE_GEOMETRY, 0, 0, 0, 63, BYTES("\xe6\x10\0\0\0\0\0\0\7\0\0\0\0"),
		"\\x0020000007000010e600000000"},
	{MYSQL_TYPE_GEOMETRY, 0, 0, 0, 63, BYTES("\xe6\x10"), "\\xe610"},
};

/* The one field of a record, as it comes out of the writer. */
static void
write_value(const struct test_value *t, char *buf, size_t size)
{
	MYSQL_FIELD field = {.type = t->type,
		.flags = t->flags,
		.length = t->length,
		.decimals = t->decimals,
		.charsetnr = t->charset};
	struct mysql_value value = {t->bytes, t->len};
	char path[] = "/tmp/mysql_column_test.XXXXXX";
	struct error err = ERROR_INIT;
	struct mysql_column column;
	struct stream_out *out;
	struct csv_writer csv;
	FILE *file;
	size_t n;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	out = stream_out_open(path, NULL, &err);
	assert_non_null(out);
	csv_writer_init(&csv, out, 2);
	mysql_column_init(&column, &field);
	assert_true(column.size == 0 || column.size == t->len);
	column.write(&csv, &column, &value);
	assert_int_equal(csv_writer_end(&csv, &err), 0);
	assert_int_equal(stream_out_finish(out, NULL, &err), 0);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(buf, 1, size - 1, file);
	fclose(file);
	unlink(path);
	assert_true(n > 0);
	buf[n - 1] = '\0'; /* the line end */
}

static void
test_values(void **state)
{
	char buf[256];

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		write_value(&values[i], buf, sizeof buf);
		if (strcmp(buf, values[i].text) != 0)
			fail_msg("value %zu: %s, not %s", i, buf, values[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
