/*
 * bench-mysql-loop.c - what extract is measured against: libmysqlclient alone
 *
 *	bench-mysql-loop SOCKET USER DATABASE QUERY >CSV
 *
 * The loop that one would write by hand: mysql_use_result (rows are not
 * buffered), mysql_fetch_row, and fwrite with a large buffer.  Its CSV is
 * extract's, byte for byte, for tables of text, numbers and times: bench
 * compares the two before it measures.
 *
 * Trap: it knows nothing of binary columns, nor of instants; and it hashes,
 * counts and checks nothing but its own output's end.
 */
#include <mysql.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_SIZE = 1 << 20 };

/* The bytes that make quotes necessary. */
static const bool special[256] = {[','] = true, ['"'] = true, ['\n'] = true, ['\r'] = true};

static void
write_field(const char *data, size_t len, FILE *out)
{
	size_t i = 0;

	while (i < len && !special[(unsigned char)data[i]])
		i++;
	if (i == len && len > 0) {
		fwrite_unlocked(data, 1, len, out);
		return;
	}
	putc_unlocked('"', out);
	for (i = 0; i < len; i++) {
		if (data[i] == '"')
			putc_unlocked('"', out);
		putc_unlocked(data[i], out);
	}
	putc_unlocked('"', out);
}

static void
write_header(MYSQL_RES *result, FILE *out)
{
	unsigned n = mysql_num_fields(result);
	const MYSQL_FIELD *fields = mysql_fetch_fields(result);

	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			putc_unlocked(',', out);
		write_field(fields[i].name, strlen(fields[i].name), out);
	}
	putc_unlocked('\n', out);
}

static void
write_rows(MYSQL_RES *result, FILE *out)
{
	unsigned n = mysql_num_fields(result);
	MYSQL_ROW row;

	while ((row = mysql_fetch_row(result)) != NULL) {
		const unsigned long *lengths = mysql_fetch_lengths(result);

		for (unsigned i = 0; i < n; i++) {
			if (i > 0)
				putc_unlocked(',', out);
			if (row[i] != NULL)
				write_field(row[i], lengths[i], out);
		}
		putc_unlocked('\n', out);
	}
}

int
main(int argc, char **argv)
{
	MYSQL *conn = mysql_init(NULL);
	MYSQL_RES *result = NULL;
	int status = 3;

	if (argc != 5) {
		fputs("usage: bench-mysql-loop SOCKET USER DATABASE QUERY\n", stderr);
		return 2;
	}
	if (conn == NULL || setvbuf(stdout, NULL, _IOFBF, BUFFER_SIZE) != 0)
		return status;
	mysql_optionsv(conn, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	if (mysql_real_connect(conn, NULL, argv[2], NULL, argv[3], 0, argv[1], 0) == NULL ||
		mysql_real_query(conn, argv[4], strlen(argv[4])) != 0 ||
		(result = mysql_use_result(conn)) == NULL)
		goto out;
	write_header(result, stdout);
	write_rows(result, stdout);
	if (mysql_errno(conn) == 0 && fflush(stdout) == 0 && !ferror(stdout))
		status = 0;
out:
	if (mysql_errno(conn) != 0)
		fprintf(stderr, "bench-mysql-loop: %s\n", mysql_error(conn));
	if (result != NULL)
		mysql_free_result(result);
	mysql_close(conn);
	return status;
}
