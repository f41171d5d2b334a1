/*
 * spill.h - bytes put aside in a temporary file without a name
 *
 * Appended through a buffer, read back from any place.  The file is made when
 * the buffer is full for the first time, in $TMPDIR or else in /var/tmp (/tmp
 * is often memory), and is gone with the process.
 */
#ifndef SPILL_H
#define SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

enum { SPILL_BUFFER = 256 << 10 };

/* {.fd = -1} is an empty one, which owns nothing yet. */
struct spill {
	int fd;
	char *buffer; /* SPILL_BUFFER bytes */
	size_t buffered;
	uint64_t written; /* bytes in the file; what is buffered follows */
};

/* A new file without a name, for reading and writing: its descriptor, or -1. */
int spill_file(struct error *err);

/* n bytes to, or from, a place of such a file; a file that ends before is an error.  0 or -1. */
int spill_write_at(int fd, const void *data, size_t n, uint64_t offset, struct error *err);
int spill_read_at(int fd, void *data, size_t n, uint64_t offset, struct error *err);

int spill_append(struct spill *s, const void *data, size_t n, struct error *err);

/* How many bytes were appended: the offset of the next. */
uint64_t spill_end(const struct spill *s);

/* Bytes offset .. offset + n, which must have been appended.  0 or -1. */
int spill_fetch(
	const struct spill *s, uint64_t offset, void *data, size_t n, struct error *err);

/* Afterwards it is an empty one again. */
void spill_release(struct spill *s);

#endif
