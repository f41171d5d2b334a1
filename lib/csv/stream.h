/*
 * stream.h - bytes in and bytes out: files, pipes, plain or zstd
 *
 * Input: open, any number of reads, close.  Whether the bytes are zstd is
 * told by their magic number.  Frames that follow each other are one content;
 * the payload of the last skippable frame (a shard's seal) is kept.
 *
 * Output: open, any number of writes, then exactly one of finish or discard.
 * A regular file has no visible name until finish, which syncs it, gives it
 * its name in one step, and syncs the folder.  A write that fails is
 * remembered: every later call fails with the same error, so a caller may
 * check once a record.
 */
#ifndef CSV_STREAM_H
#define CSV_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

struct stream_in;
struct stream_out;

/* path NULL or "-" is standard input.  NULL on failure. */
struct stream_in *stream_in_open(const char *path, struct error *err);

/*
 * Up to cap bytes of content into buf; *n is 0 only at the end.  A zstd frame
 * that is cut or damaged is ERROR_RUNTIME and names the file.
 */
int stream_in_read(struct stream_in *s, char *buf, size_t cap, size_t *n, struct error *err);

/*
 * Have idle(arg) called before a read that has to wait: nothing more has come
 * from a pipe, a socket or a terminal for STREAM_IDLE_MS, so what was read
 * should be passed on now.  Once a pause; its -1 with *err is the read's.
 */
enum { STREAM_IDLE_MS = 10 };
typedef int stream_idle(void *arg, struct error *err);
void stream_in_on_idle(struct stream_in *s, stream_idle *idle, void *arg);

/* The path, or "standard input"; the stream owns it. */
const char *stream_in_name(const struct stream_in *s);

/* Size of the file on disk, 0 where it is not known; and how much of it was read. */
uint64_t stream_in_size(const struct stream_in *s);
uint64_t stream_in_position(const struct stream_in *s);

/* Content bytes handed out so far, and their XXH3 (64 bit). */
uint64_t stream_in_bytes(const struct stream_in *s);
uint64_t stream_in_hash(const struct stream_in *s);

/*
 * A skippable frame of the variant STREAM_FRAME_VARIANT: its payload, and the
 * bytes of the file that lie before it with their XXH3.  The stream owns it.
 */
enum { STREAM_FRAME_VARIANT = 12 };
struct stream_frame {
	char *data; /* NULL: there was none */
	size_t len;
	uint64_t before_bytes;
	uint64_t before_xxh3;
};

/*
 * The frame at the very beginning of the file, and the one behind all content,
 * which is known when stream_in_read has returned 0.  Payloads over 1 MiB
 * are an error.
 */
const struct stream_frame *stream_in_head(const struct stream_in *s);
const struct stream_frame *stream_in_tail(const struct stream_in *s);

/* Takes NULL. */
void stream_in_close(struct stream_in *s);

struct stream_out_options {
	int zstd_level; /* 0: no compression; else 1..19 */
	bool sha256;    /* also hash the file's bytes as they lie on disk */
};

/*
 * path NULL or "-" is standard output; what exists and is no regular file (a
 * fifo, a device) is written in place.  Files are made with mode 0600.
 */
struct stream_out *stream_out_open(
	const char *path, const struct stream_out_options *options, struct error *err);

int stream_out_write(struct stream_out *s, const void *data, size_t n, struct error *err);

/*
 * Room for n bytes directly in the buffer, to be followed by
 * stream_out_commit with the number used (at most n).  NULL when the stream
 * has failed, or for want of memory.
 */
char *stream_out_reserve(struct stream_out *s, size_t n);
void stream_out_commit(struct stream_out *s, size_t used);

/* The error that a write met, if any: 0, or -1 with *err filled. */
int stream_out_check(const struct stream_out *s, struct error *err);

/* Everything written so far goes to the reader now. */
int stream_out_flush(struct stream_out *s, struct error *err);

/* Whether a reader may be waiting: false for a file that has no name before it is finished. */
bool stream_out_in_place(const struct stream_out *s);

/*
 * End the zstd frame, if one is open, and put a skippable frame of n bytes.
 * Only where the stream compresses.
 */
int stream_out_skippable(struct stream_out *s, const void *data, size_t n, struct error *err);

/* What was written so far, in full: flushes, and ends the zstd frame if one is open. */
struct stream_out_totals {
	uint64_t content_bytes;
	uint64_t xxh3; /* of the content */
	uint64_t file_bytes;
	uint64_t file_xxh3;
	char sha256[65]; /* of the file, hex; only by finish, and "" unless asked for */
};
int stream_out_totals(
	struct stream_out *s, struct stream_out_totals *totals, struct error *err);

/*
 * Everything written so far is on disk and under the file's name, and more may
 * follow: for a file that must not lose what it has when the program is killed.
 * A compressed one has no seal yet.
 */
int stream_out_checkpoint(struct stream_out *s, struct error *err);

/* Publish and free, whatever the result; on failure nothing is left.  totals may be NULL. */
int stream_out_finish(
	struct stream_out *s, struct stream_out_totals *totals, struct error *err);

/* Free, and leave no file, but for what a checkpoint has published.  Takes NULL. */
void stream_out_discard(struct stream_out *s);

/* The path, or "standard output"; the stream owns it. */
const char *stream_out_name(const struct stream_out *s);

#endif
