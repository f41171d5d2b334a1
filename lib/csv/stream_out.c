/*
 * stream_out.c - writing: pipes in place, files in one step (see stream.h)
 *
 * A file is made with O_TMPFILE, so it has no name until it is finished and a
 * killed program leaves nothing behind.  Where the filesystem cannot do that
 * it has a hidden temporary name beside the target, which a killed program
 * does leave.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "csv/stream.h"

enum {
	BUFFER_SIZE = 128 << 10,
	PIPE_SIZE = 1 << 20,
	LINK_TRIES = 100,
};

struct stream_out {
	char *name;   /* for messages */
	char *path;   /* of a file that is yet to be published; NULL: written in place */
	char *folder; /* of path */
	char *hidden; /* its temporary name, or NULL when it has none */
	int fd;
	struct error failed; /* the first failure; kind ERROR_NONE before */
	char *buffer;
	size_t used;
	size_t size;
	ZSTD_CCtx *zstd; /* NULL: no compression */
	char *packed;    /* what the compressor gave */
	size_t packed_size;
	bool in_frame;
	bool wrote_frame; /* some frame was ended */
	bool visible;     /* the file has its name */
	EVP_MD_CTX *sha256;
	XXH3_state_t *content_hash;
	XXH3_state_t *file_hash; /* kept only when compressing */
	uint64_t content_bytes;
	uint64_t file_bytes;
};

static int
fail(struct stream_out *s, struct error *err)
{
	s->failed = *err;
	return -1;
}

static int
write_fd(struct stream_out *s, const char *data, size_t n, struct error *err)
{
	if (s->sha256 != NULL && EVP_DigestUpdate(s->sha256, data, n) != 1) {
		error_set(err, ERROR_RUNTIME, "cannot hash %s", s->name);
		return fail(s, err);
	}
	if (s->file_hash != NULL)
		XXH3_64bits_update(s->file_hash, data, n);
	s->file_bytes += n;
	while (n > 0) {
		ssize_t done = write(s->fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			error_errno(err, ERROR_RUNTIME, "cannot write %s", s->name);
			return fail(s, err);
		}
		data += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
compress(struct stream_out *s, const char *data, size_t n, ZSTD_EndDirective how,
	struct error *err)
{
	ZSTD_inBuffer in = {data, n, 0};
	size_t left;

	do {
		ZSTD_outBuffer out = {s->packed, s->packed_size, 0};

		left = ZSTD_compressStream2(s->zstd, &out, &in, how);
		if (ZSTD_isError(left)) {
			error_set(err, ERROR_RUNTIME, "cannot compress %s: %s", s->name,
				ZSTD_getErrorName(left));
			return fail(s, err);
		}
		if (out.pos > 0 && write_fd(s, s->packed, out.pos, err) < 0)
			return -1;
	} while (how == ZSTD_e_continue ? in.pos < in.size : left > 0);
	s->in_frame = how != ZSTD_e_end;
	return 0;
}

/* Hand the buffer on: to the compressor, or to the descriptor. */
static int
drain(struct stream_out *s, struct error *err)
{
	size_t n = s->used;

	if (s->failed.kind != ERROR_NONE) {
		*err = s->failed;
		return -1;
	}
	s->used = 0;
	if (n == 0)
		return 0;
	s->content_bytes += n;
	XXH3_64bits_update(s->content_hash, s->buffer, n);
	if (s->zstd != NULL)
		return compress(s, s->buffer, n, ZSTD_e_continue, err);
	return write_fd(s, s->buffer, n, err);
}

static int
end_frame(struct stream_out *s, struct error *err)
{
	if (drain(s, err) < 0)
		return -1;
	if (s->zstd != NULL && (s->in_frame || !s->wrote_frame)) {
		if (compress(s, NULL, 0, ZSTD_e_end, err) < 0)
			return -1;
		s->wrote_frame = true;
	}
	return 0;
}

/* A descriptor for a file that is published later: without a name, or with a hidden one. */
static int
open_hidden(struct stream_out *s, struct error *err)
{
	const char *slash = strrchr(s->path, '/');
	const char *base = slash ? slash + 1 : s->path;

	s->fd = open(s->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return error_errno(err, ERROR_RUNTIME, "cannot write '%s'", s->path);
	if (asprintf(&s->hidden, "%s/.%s.%ld.tmp", s->folder, base, (long)getpid()) < 0) {
		s->hidden = NULL;
		return error_nomem(err);
	}
	s->fd = open(s->hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s->fd < 0) {
		error_errno(err, ERROR_RUNTIME, "cannot write '%s'", s->hidden);
		free(s->hidden);
		s->hidden = NULL;
		return -1;
	}
	return 0;
}

/*
 * /dev/stdout and its like may lead to a regular file, which is not ours to
 * replace, nor to begin anew: what was written to it before stays.
 */
static int
open_in_place(const char *path)
{
	long fd = -1;
	char *end;

	if (strcmp(path, "/dev/stdout") == 0)
		fd = STDOUT_FILENO;
	else if (strcmp(path, "/dev/stderr") == 0)
		fd = STDERR_FILENO;
	else if (strncmp(path, "/dev/fd/", 8) == 0 && path[8] >= '0' && path[8] <= '9') {
		fd = strtol(path + 8, &end, 10);
		if (*end != '\0' || fd > INT_MAX)
			fd = -1;
	}
	if (fd >= 0)
		return fcntl((int)fd, F_DUPFD_CLOEXEC, 3);
	return open(path, O_WRONLY | O_CLOEXEC);
}

static int
open_path(struct stream_out *s, const char *path, struct error *err)
{
	struct stat st;
	char *copy;

	if (path == NULL || strcmp(path, "-") == 0) {
		s->fd = STDOUT_FILENO;
		(void)fcntl(s->fd, F_SETPIPE_SZ, PIPE_SIZE);
		s->name = strdup("standard output");
		return s->name ? 0 : error_nomem(err);
	}
	if (asprintf(&s->name, "'%s'", path) < 0) {
		s->name = NULL;
		return error_nomem(err);
	}
	/* in /dev nothing is made by mistake; /dev/shm is a folder as others are */
	if ((strncmp(path, "/dev/", 5) == 0 && strncmp(path, "/dev/shm/", 9) != 0) ||
		(stat(path, &st) == 0 && !S_ISREG(st.st_mode))) {
		s->fd = open_in_place(path);
		if (s->fd < 0)
			return error_errno(err, ERROR_RUNTIME, "cannot write '%s'", path);
		return 0;
	}
	/* a link stays a link: the file that it leads to is replaced */
	s->path = realpath(path, NULL);
	if (s->path == NULL)
		s->path = strdup(path);
	copy = s->path ? strdup(s->path) : NULL;
	if (copy != NULL)
		s->folder = strdup(dirname(copy));
	free(copy);
	if (s->path == NULL || s->folder == NULL)
		return error_nomem(err);
	return open_hidden(s, err);
}

static int
init_zstd(struct stream_out *s, int level, struct error *err)
{
	s->zstd = ZSTD_createCCtx();
	s->packed_size = ZSTD_CStreamOutSize();
	s->packed = malloc(s->packed_size);
	s->file_hash = XXH3_createState();
	if (s->zstd == NULL || s->packed == NULL || s->file_hash == NULL)
		return error_nomem(err);
	XXH3_64bits_reset(s->file_hash);
	if (ZSTD_isError(ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_compressionLevel, level)) ||
		ZSTD_isError(ZSTD_CCtx_setParameter(s->zstd, ZSTD_c_checksumFlag, 1)))
		return error_set(err, ERROR_RUNTIME, "cannot set up zstd level %d", level);
	return 0;
}

static int
init(struct stream_out *s, const char *path, const struct stream_out_options *options,
	struct error *err)
{
	s->fd = -1;
	s->size = BUFFER_SIZE;
	s->buffer = malloc(s->size);
	s->content_hash = XXH3_createState();
	if (s->buffer == NULL || s->content_hash == NULL)
		return error_nomem(err);
	XXH3_64bits_reset(s->content_hash);
	if (options != NULL && options->zstd_level != 0 &&
		init_zstd(s, options->zstd_level, err) < 0)
		return -1;
	if (options != NULL && options->sha256) {
		s->sha256 = EVP_MD_CTX_new();
		if (s->sha256 == NULL || EVP_DigestInit_ex(s->sha256, EVP_sha256(), NULL) != 1)
			return error_set(err, ERROR_RUNTIME, "cannot set up sha256");
	}
	return open_path(s, path, err);
}

struct stream_out *
stream_out_open(const char *path, const struct stream_out_options *options, struct error *err)
{
	struct stream_out *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (init(s, path, options, err) < 0) {
		stream_out_discard(s);
		return NULL;
	}
	return s;
}

int
stream_out_write(struct stream_out *s, const void *data, size_t n, struct error *err)
{
	const char *from = data;

	while (n > 0) {
		size_t room = s->size - s->used;
		size_t part = n < room ? n : room;

		memcpy(s->buffer + s->used, from, part);
		s->used += part;
		from += part;
		n -= part;
		if (s->used == s->size && drain(s, err) < 0)
			return -1;
	}
	return stream_out_check(s, err);
}

/* Empty the buffer, and make it larger where n bytes have no room in it. */
static char *
make_room(struct stream_out *s, size_t n)
{
	struct error err;

	if (drain(s, &err) < 0)
		return NULL;
	if (s->size < n) {
		char *larger = realloc(s->buffer, n);

		if (larger == NULL) {
			error_nomem(&err);
			fail(s, &err);
			return NULL;
		}
		s->buffer = larger;
		s->size = n;
	}
	return s->buffer;
}

char *
stream_out_reserve(struct stream_out *s, size_t n)
{
	if (s->size - s->used >= n)
		return s->buffer + s->used;
	return make_room(s, n);
}

void
stream_out_commit(struct stream_out *s, size_t used)
{
	s->used += used;
}

int
stream_out_check(const struct stream_out *s, struct error *err)
{
	if (s->failed.kind == ERROR_NONE)
		return 0;
	*err = s->failed;
	return -1;
}

int
stream_out_flush(struct stream_out *s, struct error *err)
{
	if (drain(s, err) < 0)
		return -1;
	if (s->zstd != NULL && s->in_frame)
		return compress(s, NULL, 0, ZSTD_e_flush, err);
	return 0;
}

bool
stream_out_in_place(const struct stream_out *s)
{
	return s->path == NULL;
}

int
stream_out_skippable(struct stream_out *s, const void *data, size_t n, struct error *err)
{
	uint32_t head[2] = {ZSTD_MAGIC_SKIPPABLE_START + STREAM_FRAME_VARIANT, (uint32_t)n};
	char bytes[sizeof head];

	if (stream_out_check(s, err) < 0)
		return -1;
	if ((s->used > 0 || s->in_frame) && end_frame(s, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)(head[i / 4] >> (8 * (i % 4)));
	if (write_fd(s, bytes, sizeof bytes, err) < 0)
		return -1;
	return write_fd(s, data, n, err);
}

int
stream_out_totals(struct stream_out *s, struct stream_out_totals *totals, struct error *err)
{
	if (end_frame(s, err) < 0)
		return -1;
	memset(totals, 0, sizeof *totals);
	totals->content_bytes = s->content_bytes;
	totals->xxh3 = XXH3_64bits_digest(s->content_hash);
	totals->file_bytes = s->file_bytes;
	totals->file_xxh3 = s->file_hash ? XXH3_64bits_digest(s->file_hash) : totals->xxh3;
	return 0;
}

/* Give a nameless file the name `to`, which must not exist. */
static int
link_fd(const struct stream_out *s, const char *to)
{
	char from[64];

	snprintf(from, sizeof from, "/proc/self/fd/%d", s->fd);
	return linkat(AT_FDCWD, from, AT_FDCWD, to, AT_SYMLINK_FOLLOW);
}

/*
 * linkat cannot replace a name, rename can: a file that takes the place of
 * another gets a temporary name first.
 */
static int
name_file(struct stream_out *s, struct error *err)
{
	if (s->hidden == NULL) {
		if (link_fd(s, s->path) == 0)
			return 0;
		if (errno != EEXIST)
			return error_errno(err, ERROR_RUNTIME, "cannot publish %s", s->name);
		for (int i = 0; i < LINK_TRIES && s->hidden == NULL; i++) {
			if (asprintf(&s->hidden, "%s.%ld.%d.tmp", s->path, (long)getpid(), i) <
				0) {
				s->hidden = NULL;
				return error_nomem(err);
			}
			if (link_fd(s, s->hidden) < 0) {
				free(s->hidden);
				s->hidden = NULL;
				if (errno != EEXIST)
					break;
			}
		}
		if (s->hidden == NULL)
			return error_errno(err, ERROR_RUNTIME, "cannot publish %s", s->name);
	}
	if (rename(s->hidden, s->path) < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot publish %s", s->name);
	free(s->hidden);
	s->hidden = NULL;
	return 0;
}

static int
sync_folder(const struct stream_out *s, struct error *err)
{
	int fd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status;

	if (fd < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot open folder '%s'", s->folder);
	status = fsync(fd);
	if (status < 0)
		error_errno(err, ERROR_RUNTIME, "cannot sync folder '%s'", s->folder);
	close(fd);
	return status;
}

/* Sync the file, and give it its name if it has not got it. */
static int
make_visible(struct stream_out *s, struct error *err)
{
	if (s->path == NULL)
		return 0;
	if (fsync(s->fd) < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot sync %s", s->name);
	if (s->visible)
		return 0;
	if (name_file(s, err) < 0)
		return -1;
	s->visible = true;
	return sync_folder(s, err);
}

int
stream_out_checkpoint(struct stream_out *s, struct error *err)
{
	if (stream_out_flush(s, err) < 0)
		return -1;
	return make_visible(s, err);
}

static int
publish(struct stream_out *s, struct error *err)
{
	int status = make_visible(s, err);

	if (close(s->fd) < 0 && status == 0)
		status = error_errno(err, ERROR_RUNTIME, "cannot close %s", s->name);
	s->fd = -1;
	return status;
}

static int
hex_sha256(struct stream_out *s, char hex[65], struct error *err)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_DigestFinal_ex(s->sha256, digest, &n) != 1)
		return error_set(err, ERROR_RUNTIME, "cannot hash %s", s->name);
	for (unsigned i = 0; i < n && i < 32; i++)
		snprintf(hex + 2 * (size_t)i, 3, "%02x", digest[i]);
	return 0;
}

int
stream_out_finish(struct stream_out *s, struct stream_out_totals *totals, struct error *err)
{
	struct stream_out_totals own;
	int status = -1;

	if (stream_out_totals(s, &own, err) < 0)
		goto out;
	if (s->sha256 != NULL && hex_sha256(s, own.sha256, err) < 0)
		goto out;
	if (publish(s, err) < 0)
		goto out;
	if (totals != NULL)
		*totals = own;
	status = 0;
out:
	stream_out_discard(s);
	return status;
}

void
stream_out_discard(struct stream_out *s)
{
	if (s == NULL)
		return;
	if (s->hidden != NULL)
		unlink(s->hidden);
	if (s->fd > STDOUT_FILENO)
		close(s->fd);
	EVP_MD_CTX_free(s->sha256);
	ZSTD_freeCCtx(s->zstd);
	XXH3_freeState(s->content_hash);
	XXH3_freeState(s->file_hash);
	free(s->packed);
	free(s->buffer);
	free(s->hidden);
	free(s->folder);
	free(s->path);
	free(s->name);
	free(s);
}

const char *
stream_out_name(const struct stream_out *s)
{
	return s->name;
}
