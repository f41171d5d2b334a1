/*
 * shard_reader_fuzz.c - any bytes as a file: read to the end or refused, never worse
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shard/shard_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("shard", 0);
	struct error err = ERROR_INIT;
	const struct csv_record *rec;
	struct shard_reader *r;
	char path[64];
	const char *paths[1] = {path};

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	r = shard_reader_open(paths, 1, &err);
	while (r != NULL && shard_reader_next(r, &rec, &err) > 0)
		;
	shard_reader_close(r);
	close(fd);
	return 0;
}
