/*
 * bench-parse-loop.c - what validate is measured against: reading, and nothing else
 *
 *	bench-parse-loop FILE
 *
 * Every record through the reader that all programs share, with all that it
 * does for them: fields found and unquoted, UTF-8 checked, the content hashed.
 * The rows and their bytes are counted, and printed.
 */
#include <inttypes.h>
#include <stdio.h>

#include "shard/shard_reader.h"

int
main(int argc, char **argv)
{
	const char *const *paths = (const char *const *)argv + 1;
	struct error err = ERROR_INIT;
	const struct csv_record *record;
	struct shard_reader *reader;
	uint64_t rows = 0, bytes = 0;
	int got = -1;

	if (argc != 2) {
		fputs("usage: bench-parse-loop FILE\n", stderr);
		return 2;
	}
	reader = shard_reader_open(paths, 1, &err);
	while (reader != NULL && (got = shard_reader_next(reader, &record, &err)) > 0) {
		rows++;
		for (size_t i = 0; i < record->nfields; i++)
			bytes += record->fields[i].len;
	}
	if (got == 0)
		printf("%" PRIu64 " rows, %" PRIu64 " bytes\n", rows, bytes);
	else
		fprintf(stderr, "bench-parse-loop: %s\n", err.text);
	shard_reader_close(reader);
	return got == 0 && fflush(stdout) == 0 ? 0 : 3;
}
