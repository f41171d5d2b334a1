/*
 * binlog_event_test.c - events made by hand: read in full, and refused when cut or changed
 *
 * Real servers' events are in follow.bats; here are those that a server does
 * not send.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "extract/binlog_event.h"
#include "extract/binlog_value.h"

enum { HEADER = 19, ROOM = 512 };

static void
put_number(unsigned char *p, uint64_t x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(x >> (8 * i));
}

/* An event with this body into buf; returns its length. */
static size_t
make_event(unsigned char *buf, unsigned type, const void *body, size_t len, bool checksum)
{
	size_t n = HEADER + len + (checksum ? 4 : 0);

	put_number(buf, 1700000000, 4);
	buf[4] = (unsigned char)type;
	put_number(buf + 5, 1, 4);
	put_number(buf + 9, n, 4);
	put_number(buf + 13, 4711, 4);
	put_number(buf + 17, 0, 2);
	memcpy(buf + HEADER, body, len);
	if (checksum)
		put_number(buf + n - 4, crc32(0, buf, (uInt)(n - 4)), 4);
	return n;
}

/* Read the event from memory of exactly its length, so that a sanitizer sees what lies behind. */
static unsigned char *
read_event(struct binlog_event *e, unsigned type, const void *body, size_t len)
{
	unsigned char buf[ROOM];
	size_t n = make_event(buf, type, body, len, false);
	unsigned char *exact = malloc(n);
	struct error err = ERROR_INIT;
	bool checksum = false;

	assert_non_null(exact);
	memcpy(exact, buf, n);
	assert_int_equal(binlog_event_read(e, exact, n, &checksum, &err), 0);
	return exact;
}

static void
test_header_and_checksum(void **state)
{
	unsigned char buf[ROOM];
	size_t n = make_event(buf, BINLOG_XID, "12345678", 8, true);
	struct error err = ERROR_INIT;
	struct binlog_event e;
	bool checksum = true;

	(void)state;
	assert_int_equal(binlog_event_read(&e, buf, n, &checksum, &err), 0);
	assert_int_equal(e.type, BINLOG_XID);
	assert_int_equal(e.time, 1700000000);
	assert_int_equal(e.end, 4711);
	assert_int_equal(e.len, 8);
	for (size_t bit = 0; bit < 8 * n; bit++) {
		if (bit / 8 == 4 || (bit / 8 >= 9 && bit / 8 < 13))
			continue; /* a format event has none; the length is looked at first */
		buf[bit / 8] ^= (unsigned char)(1 << bit % 8);
		assert_int_equal(binlog_event_read(&e, buf, n, &checksum, &err), -1);
		assert_int_equal(err.kind, ERROR_RUNTIME);
		buf[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(binlog_event_read(&e, buf, cut, &checksum, &err), -1);
	/* what a format event says holds from then on */
	n = make_event(buf, BINLOG_FORMAT, "0123456789\0????", 15, false);
	assert_int_equal(binlog_event_read(&e, buf, n, &checksum, &err), 0);
	assert_false(checksum);
	n = make_event(buf, BINLOG_FORMAT, "0123456789\1????", 15, false);
	assert_int_equal(binlog_event_read(&e, buf, n, &checksum, &err), 0);
	assert_true(checksum);
}

static const char query_body[] = "\0\0\0\0\0\0\0\0\2\0\0\3\0xyzdb\0BEGIN";
static const char map_body[] = "\7\0\0\0\0\0\1\0\2db\0\1t\0\3\3\x0f\xf6\4\x14\0\x0a\2\7";
static const char gtid_body[] = "\5\0\0\0\0\0\0\0\1\0\0\0\1";

static void
test_bodies(void **state)
{
	struct binlog_inflated memory = {0};
	struct binlog_text database, statement;
	struct error err = ERROR_INIT;
	struct binlog_type types[3];
	struct binlog_gtid gtid;
	struct binlog_event e;
	struct binlog_map map;
	unsigned char *data;
	uint64_t offset;

	(void)state;
	data = read_event(&e, BINLOG_ROTATE, "\4\0\0\0\0\0\0\0binlog.000002", 21);
	assert_int_equal(binlog_rotate_read(&e, &database, &offset, &err), 0);
	assert_int_equal(offset, 4);
	assert_int_equal(database.len, 13);
	free(data);
	data = read_event(&e, BINLOG_QUERY, query_body, sizeof query_body - 1);
	assert_int_equal(binlog_query_read(&e, &memory, &database, &statement, &err), 0);
	assert_memory_equal(database.ptr, "db", 2);
	assert_int_equal(statement.len, 5);
	assert_memory_equal(statement.ptr, "BEGIN", 5);
	free(data);
	data = read_event(&e, BINLOG_GTID, gtid_body, sizeof gtid_body - 1);
	assert_int_equal(binlog_gtid_read(&e, &gtid, &err), 0);
	assert_true(gtid.number == 5 && gtid.domain == 1 && gtid.flags == 1);
	free(data);
	data = read_event(&e, BINLOG_TABLE_MAP, map_body, sizeof map_body - 1);
	assert_int_equal(binlog_map_read(&e, &map, &err), 0);
	assert_int_equal(map.id, 7);
	assert_int_equal(map.ncolumns, 3);
	assert_int_equal(binlog_types_read(&map, types, &err), 0);
	assert_int_equal(types[0].size, 4);
	assert_true(types[1].length == 20 && types[1].prefix == 1);
	assert_true(types[2].precision == 10 && types[2].scale == 2 && types[2].size == 5);
	free(data);
}

/* Every body, cut at every place, is refused or read, never beyond its end. */
static void
test_cut_bodies(void **state)
{
	static const struct {
		unsigned type;
		const char *body;
		size_t len;
	} events[] = {
		{BINLOG_ROTATE, "\4\0\0\0\0\0\0\0b.1", 8},
		{BINLOG_QUERY, query_body, sizeof query_body - 6},
		{BINLOG_EXECUTE_LOAD, query_body, 12},
		{BINLOG_GTID, gtid_body, sizeof gtid_body - 1},
		{BINLOG_TABLE_MAP, map_body, sizeof map_body - 2},
		{BINLOG_UPDATE_ROWS_V1, "\7\0\0\0\0\0\1\0\3\7\7", 11},
		{BINLOG_WRITE_ROWS, "\7\0\0\0\0\0\1\0\2\0\3\7", 12},
	};
	struct binlog_inflated memory = {0};
	struct binlog_text a, b;
	struct error err = ERROR_INIT;
	struct binlog_gtid gtid;
	struct binlog_rows rows;
	struct binlog_map map;
	uint64_t offset;

	(void)state;
	for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
		for (size_t len = 0; len < events[i].len; len++) {
			struct binlog_event e;
			unsigned char *data =
				read_event(&e, events[i].type, events[i].body, len);
			int status = -2;

			switch (events[i].type) {
			case BINLOG_ROTATE:
				status = binlog_rotate_read(&e, &a, &offset, &err);
				break;
			case BINLOG_QUERY:
			case BINLOG_EXECUTE_LOAD:
				status = binlog_query_read(&e, &memory, &a, &b, &err);
				break;
			case BINLOG_GTID: status = binlog_gtid_read(&e, &gtid, &err); break;
			case BINLOG_TABLE_MAP: status = binlog_map_read(&e, &map, &err); break;
			default: status = binlog_rows_read(&e, &memory, &rows, &err); break;
			}
			if (status != -1)
				fail_msg("event %zu of %zu bytes is read: %d", i, len, status);
			free(data);
		}
	}
	free(memory.data);
}

/* Three columns: INT, VARCHAR(20), BLOB with two bytes of length. */
static void
test_rows(void **state)
{
	static const char body[] = "\7\0\0\0\0\0\1\0\3\7"
				   "\0\x2a\0\0\0\3abc\2\0xy"
				   "\7"
				   "\2\1\0\0\0\0\0";
	static const struct binlog_type types[] = {
		{.size = 4}, {.prefix = 1, .length = 20}, {.prefix = 2}};
	struct binlog_inflated memory = {0};
	struct mysql_value values[3];
	struct error err = ERROR_INIT;
	struct binlog_rows rows;
	struct binlog_event e;
	unsigned char *data = read_event(&e, BINLOG_WRITE_ROWS_V1, body, sizeof body - 1);
	const unsigned char *p, *end;

	(void)state;
	assert_int_equal(binlog_rows_read(&e, &memory, &rows, &err), 0);
	assert_int_equal(rows.change, BINLOG_INSERT);
	assert_true(rows.full);
	p = rows.data;
	end = p + rows.len;
	assert_int_equal(binlog_row_read(&p, end, types, 3, values, &err), 0);
	assert_memory_equal(values[1].ptr, "abc", 3);
	assert_true(values[1].len == 3 && values[2].len == 2);
	assert_int_equal(binlog_row_read(&p, end, types, 3, values, &err), 0);
	assert_true(values[0].ptr == NULL && values[1].ptr == NULL && values[2].ptr == NULL);
	assert_int_equal(binlog_row_read(&p, end, types, 3, values, &err), 0);
	assert_true(values[0].len == 4 && values[1].ptr == NULL && values[2].len == 0);
	assert_ptr_equal(p, end);
	for (size_t cut = 1; cut < 13; cut++) {
		p = rows.data;
		assert_int_equal(
			binlog_row_read(&p, rows.data + cut, types, 3, values, &err), -1);
	}
	free(data);
}

static void
test_compressed(void **state)
{
	static const char head[] = "\7\0\0\0\0\0\1\0\1\1";
	unsigned char body[ROOM], row[] = "\0\x2a\0\0\0";
	uLongf len = sizeof body - sizeof head - 2;
	struct binlog_inflated memory = {0};
	struct error err = ERROR_INIT;
	struct binlog_rows rows;
	struct binlog_event e;
	unsigned char *data;

	(void)state;
	memcpy(body, head, sizeof head - 1);
	body[sizeof head - 1] = 0x81;
	body[sizeof head] = 5;
	assert_int_equal(compress(body + sizeof head + 1, &len, row, 5), Z_OK);
	data = read_event(&e, BINLOG_WRITE_ROWS_COMPRESSED_V1, body, sizeof head + 1 + len);
	assert_int_equal(binlog_rows_read(&e, &memory, &rows, &err), 0);
	assert_int_equal(rows.len, 5);
	assert_memory_equal(rows.data, row, 5);
	free(data);
	/* another length than it says, another algorithm, a length that is missing, damage */
	for (unsigned i = 0; i < 4; i++) {
		unsigned char changed[ROOM];

		memcpy(changed, body, sizeof changed);
		switch (i) {
		case 0: changed[sizeof head] = 6; break;
		case 1: changed[sizeof head - 1] = 0x91; break;
		case 2: changed[sizeof head - 1] = 0x87; break;
		default: changed[sizeof head + 3] ^= 0xff; break;
		}
		data = read_event(
			&e, BINLOG_WRITE_ROWS_COMPRESSED_V1, changed, sizeof head + 1 + len);
		assert_int_equal(binlog_rows_read(&e, &memory, &rows, &err), -1);
		assert_int_equal(err.kind, ERROR_RUNTIME);
		free(data);
	}
	free(memory.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_and_checksum),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_cut_bodies),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_compressed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
