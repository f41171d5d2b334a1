/*
 * stream_in.c - reading: files and pipes, plain or zstd (see stream.h)
 *
 * zstd's own streaming decoder steps over skippable frames without a word, so
 * the borders between frames are read here (RFC 8878, section 3) and only the
 * frames with content are given to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "csv/stream.h"

enum {
	RAW_SIZE = 128 << 10,
	PAYLOAD_MAX = 1 << 20,
	FRAME_HEADER = 8, /* of a skippable frame: magic and size */
};

enum state {
	BETWEEN_FRAMES,
	IN_FRAME,
	PLAIN,
	AT_END,
};

struct stream_in {
	char *name;
	int fd;
	enum state state;
	ZSTD_DStream *zstd;
	uint64_t file_size;
	uint64_t raw_used; /* raw bytes consumed */
	uint64_t content;
	XXH3_state_t *content_hash;
	XXH3_state_t *raw_hash; /* of the bytes consumed; only kept for zstd */
	struct stream_frame head;
	struct stream_frame tail;
	size_t start; /* raw[start..end) is read and not consumed */
	size_t end;
	bool eof;     /* of the descriptor */
	bool waits;   /* reading may have to wait for a writer */
	bool pending; /* the decoder may have content that had no room */
	stream_idle *idle;
	void *idle_arg;
	char raw[RAW_SIZE];
};

static uint32_t
little_endian32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 |
	       (uint32_t)u[3] << 24;
}

static bool
must_wait(const struct stream_in *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};

	return poll(&p, 1, STREAM_IDLE_MS) == 0;
}

static int
read_fd(struct stream_in *s, char *buf, size_t cap, size_t *n, struct error *err)
{
	ssize_t got;

	if (s->idle != NULL && s->waits && must_wait(s) && s->idle(s->idle_arg, err) < 0)
		return -1;
	do {
		got = read(s->fd, buf, cap);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot read %s", s->name);
	*n = (size_t)got;
	if (got == 0)
		s->eof = true;
	return 0;
}

/* Have at least n raw bytes at raw[start], unless the file ends before. */
static int
fill(struct stream_in *s, size_t n, struct error *err)
{
	if (s->end - s->start >= n)
		return 0;
	memmove(s->raw, s->raw + s->start, s->end - s->start);
	s->end -= s->start;
	s->start = 0;
	while (s->end < n && !s->eof) {
		size_t got = 0;

		if (read_fd(s, s->raw + s->end, sizeof s->raw - s->end, &got, err) < 0)
			return -1;
		s->end += got;
	}
	return 0;
}

static void
consume(struct stream_in *s, size_t n)
{
	XXH3_64bits_update(s->raw_hash, s->raw + s->start, n);
	s->start += n;
	s->raw_used += n;
}

static bool
is_zstd_magic(uint32_t magic)
{
	return magic == ZSTD_MAGICNUMBER ||
	       (magic & ZSTD_MAGIC_SKIPPABLE_MASK) == ZSTD_MAGIC_SKIPPABLE_START;
}

/* Whether all that there is are the first bytes of a magic number: of a zstd frame, or of ours. */
static bool
is_cut_magic(const struct stream_in *s)
{
	static const unsigned char magics[2][3] = {
		{0x28, 0xb5, 0x2f}, {0x50 + STREAM_FRAME_VARIANT, 0x2a, 0x4d}};

	return s->end > 0 && s->end <= sizeof magics[0] &&
	       (memcmp(s->raw, magics[0], s->end) == 0 ||
		       memcmp(s->raw, magics[1], s->end) == 0);
}

static int
cut_short(const struct stream_in *s, struct error *err)
{
	uint64_t end = s->raw_used + (s->end - s->start);

	return error_set(err, ERROR_RUNTIME, "%s: zstd data is cut short at byte %" PRIu64,
		s->name, end);
}

static int
init_zstd(struct stream_in *s, struct error *err)
{
	s->zstd = ZSTD_createDStream();
	s->raw_hash = XXH3_createState();
	if (s->zstd == NULL || s->raw_hash == NULL)
		return error_nomem(err);
	XXH3_64bits_reset(s->raw_hash);
	s->state = BETWEEN_FRAMES;
	return 0;
}

static int
init(struct stream_in *s, const char *path, struct error *err)
{
	struct stat st;

	s->fd = STDIN_FILENO;
	if (path != NULL && strcmp(path, "-") != 0) {
		s->name = strdup(path);
		s->fd = open(path, O_RDONLY | O_CLOEXEC);
	} else {
		s->name = strdup("standard input");
	}
	s->content_hash = XXH3_createState();
	if (s->name == NULL || s->content_hash == NULL)
		return error_nomem(err);
	if (s->fd < 0)
		return error_errno(err, ERROR_RUNTIME, "cannot open '%s'", path);
	XXH3_64bits_reset(s->content_hash);
	s->waits = true;
	if (fstat(s->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		s->waits = false;
		s->file_size = (uint64_t)st.st_size;
		(void)posix_fadvise(s->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	if (fill(s, 4, err) < 0)
		return -1;
	s->state = PLAIN;
	if (is_cut_magic(s))
		return cut_short(s, err);
	if (s->end >= 4 && is_zstd_magic(little_endian32(s->raw)))
		return init_zstd(s, err);
	return 0;
}

struct stream_in *
stream_in_open(const char *path, struct error *err)
{
	struct stream_in *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (init(s, path, err) < 0) {
		stream_in_close(s);
		return NULL;
	}
	return s;
}

/* Keep the payload of a frame of our variant; the frame's header is consumed. */
static int
keep_payload(struct stream_in *s, struct stream_frame *frame, size_t size, struct error *err)
{
	char *data = malloc(size + 1);
	size_t done = 0;

	if (data == NULL)
		return error_nomem(err);
	while (done < size) {
		size_t n;

		if (fill(s, 1, err) < 0) {
			free(data);
			return -1;
		}
		n = s->end - s->start;
		if (n == 0) {
			free(data);
			return cut_short(s, err);
		}
		if (n > size - done)
			n = size - done;
		memcpy(data + done, s->raw + s->start, n);
		consume(s, n);
		done += n;
	}
	data[size] = '\0';
	free(frame->data);
	frame->data = data;
	frame->len = size;
	return 0;
}

static int
skip_payload(struct stream_in *s, size_t size, struct error *err)
{
	while (size > 0) {
		size_t n;

		if (fill(s, 1, err) < 0)
			return -1;
		n = s->end - s->start;
		if (n == 0)
			return cut_short(s, err);
		if (n > size)
			n = size;
		consume(s, n);
		size -= n;
	}
	return 0;
}

static int
skippable_frame(struct stream_in *s, struct error *err)
{
	uint32_t magic = little_endian32(s->raw + s->start);
	uint32_t size = little_endian32(s->raw + s->start + 4);
	struct stream_frame *frame = s->raw_used == 0 ? &s->head : &s->tail;

	if (magic != ZSTD_MAGIC_SKIPPABLE_START + STREAM_FRAME_VARIANT) {
		consume(s, FRAME_HEADER);
		return skip_payload(s, size, err);
	}
	if (size > PAYLOAD_MAX)
		return error_set(err, ERROR_RUNTIME, "%s: a seal of %lu bytes cannot be",
			s->name, (unsigned long)size);
	frame->before_bytes = s->raw_used;
	frame->before_xxh3 = XXH3_64bits_digest(s->raw_hash);
	consume(s, FRAME_HEADER);
	return keep_payload(s, frame, size, err);
}

/* Step to the next frame with content, or to the end. */
static int
next_frame(struct stream_in *s, struct error *err)
{
	while (s->state == BETWEEN_FRAMES) {
		uint32_t magic;

		if (fill(s, FRAME_HEADER, err) < 0)
			return -1;
		if (s->end == s->start) {
			s->state = AT_END;
			return 0;
		}
		if (s->end - s->start < FRAME_HEADER)
			return cut_short(s, err);
		magic = little_endian32(s->raw + s->start);
		if (magic == ZSTD_MAGICNUMBER) {
			ZSTD_DCtx_reset(s->zstd, ZSTD_reset_session_only);
			s->state = IN_FRAME;
		} else if (!is_zstd_magic(magic)) {
			return error_set(err, ERROR_RUNTIME,
				"%s: what follows byte %llu is not zstd data", s->name,
				(unsigned long long)s->raw_used);
		} else if (skippable_frame(s, err) < 0) {
			return -1;
		}
	}
	return 0;
}

static int
read_zstd(struct stream_in *s, char *buf, size_t cap, size_t *n, struct error *err)
{
	ZSTD_outBuffer out = {buf, cap, 0};

	while (out.pos == 0) {
		ZSTD_inBuffer in;
		size_t hint;

		if (s->state == BETWEEN_FRAMES && next_frame(s, err) < 0)
			return -1;
		if (s->state == AT_END)
			break;
		if (!s->pending && fill(s, 1, err) < 0)
			return -1;
		in = (ZSTD_inBuffer){s->raw + s->start, s->end - s->start, 0};
		hint = ZSTD_decompressStream(s->zstd, &out, &in);
		if (ZSTD_isError(hint))
			return error_set(err, ERROR_RUNTIME,
				"%s: broken zstd data near byte %llu: %s", s->name,
				(unsigned long long)s->raw_used, ZSTD_getErrorName(hint));
		if (in.pos == 0 && in.size == 0 && out.pos == 0 && !s->pending)
			return cut_short(s, err);
		s->pending = hint != 0 && out.pos == out.size;
		consume(s, in.pos);
		if (hint == 0)
			s->state = BETWEEN_FRAMES;
	}
	*n = out.pos;
	return 0;
}

static int
read_plain(struct stream_in *s, char *buf, size_t cap, size_t *n, struct error *err)
{
	size_t have = s->end - s->start;

	if (have == 0) {
		if (s->eof) {
			*n = 0;
			return 0;
		}
		if (read_fd(s, buf, cap, n, err) < 0)
			return -1;
		s->raw_used += *n;
		return 0;
	}
	*n = have < cap ? have : cap;
	memcpy(buf, s->raw + s->start, *n);
	s->start += *n;
	s->raw_used += *n;
	return 0;
}

int
stream_in_read(struct stream_in *s, char *buf, size_t cap, size_t *n, struct error *err)
{
	int status;

	*n = 0;
	if (s->state == PLAIN)
		status = read_plain(s, buf, cap, n, err);
	else
		status = read_zstd(s, buf, cap, n, err);
	if (status == 0) {
		s->content += *n;
		XXH3_64bits_update(s->content_hash, buf, *n);
	}
	return status;
}

void
stream_in_on_idle(struct stream_in *s, stream_idle *idle, void *arg)
{
	s->idle = idle;
	s->idle_arg = arg;
}

const char *
stream_in_name(const struct stream_in *s)
{
	return s->name;
}

uint64_t
stream_in_size(const struct stream_in *s)
{
	return s->file_size;
}

uint64_t
stream_in_position(const struct stream_in *s)
{
	return s->raw_used;
}

uint64_t
stream_in_bytes(const struct stream_in *s)
{
	return s->content;
}

uint64_t
stream_in_hash(const struct stream_in *s)
{
	return XXH3_64bits_digest(s->content_hash);
}

const struct stream_frame *
stream_in_head(const struct stream_in *s)
{
	return &s->head;
}

const struct stream_frame *
stream_in_tail(const struct stream_in *s)
{
	return &s->tail;
}

void
stream_in_close(struct stream_in *s)
{
	if (s == NULL)
		return;
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	ZSTD_freeDStream(s->zstd);
	XXH3_freeState(s->content_hash);
	XXH3_freeState(s->raw_hash);
	free(s->head.data);
	free(s->tail.data);
	free(s->name);
	free(s);
}
