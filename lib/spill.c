/*
 * spill.c - see spill.h
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "spill.h"

int
spill_file(struct error *err)
{
	const char *dir = getenv("TMPDIR");
	int fd;

	if (dir == NULL || *dir == '\0')
		dir = "/var/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
		/* a file system without O_TMPFILE; a missing folder fails again */
		char path[4096];

		if (snprintf(path, sizeof path, "%s/caravan.XXXXXX", dir) < (int)sizeof path)
			fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return error_errno(
			err, ERROR_RUNTIME, "cannot create a temporary file in '%s'", dir);
	return fd;
}

int
spill_write_at(int fd, const void *data, size_t n, uint64_t offset, struct error *err)
{
	const char *p = data;

	while (n > 0) {
		ssize_t done = pwrite(fd, p, n, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return error_errno(
				err, ERROR_RUNTIME, "cannot write to a temporary file");
		p += done;
		offset += (uint64_t)done;
		n -= (size_t)done;
	}
	return 0;
}

int
spill_read_at(int fd, void *data, size_t n, uint64_t offset, struct error *err)
{
	char *p = data;

	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_errno(err, ERROR_RUNTIME, "cannot read a temporary file");
		if (got == 0)
			return error_set(err, ERROR_RUNTIME, "a temporary file was cut");
		p += got;
		offset += (uint64_t)got;
		n -= (size_t)got;
	}
	return 0;
}

static int
flush(struct spill *s, struct error *err)
{
	if (s->fd < 0)
		s->fd = spill_file(err);
	if (s->fd < 0 || spill_write_at(s->fd, s->buffer, s->buffered, s->written, err) < 0)
		return -1;
	s->written += s->buffered;
	s->buffered = 0;
	return 0;
}

int
spill_append(struct spill *s, const void *data, size_t n, struct error *err)
{
	const char *p = data;

	if (s->buffer == NULL) {
		s->buffer = malloc(SPILL_BUFFER);
		if (s->buffer == NULL)
			return error_nomem(err);
	}
	while (n > 0) {
		size_t room = SPILL_BUFFER - s->buffered;
		size_t now = n < room ? n : room;

		memcpy(s->buffer + s->buffered, p, now);
		s->buffered += now;
		p += now;
		n -= now;
		if (s->buffered == SPILL_BUFFER && flush(s, err) < 0)
			return -1;
	}
	return 0;
}

uint64_t
spill_end(const struct spill *s)
{
	return s->written + s->buffered;
}

int
spill_fetch(const struct spill *s, uint64_t offset, void *data, size_t n, struct error *err)
{
	char *p = data;

	if (offset < s->written) {
		size_t on_disk = n < s->written - offset ? n : (size_t)(s->written - offset);

		if (spill_read_at(s->fd, p, on_disk, offset, err) < 0)
			return -1;
		p += on_disk;
		offset += on_disk;
		n -= on_disk;
	}
	if (n > 0)
		memcpy(p, s->buffer + (offset - s->written), n);
	return 0;
}

void
spill_release(struct spill *s)
{
	free(s->buffer);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct spill){.fd = -1};
}
