/*
 * shard_writer.h - write records to standard output, a file, or a sealed shard
 *
 * open, header, then records by way of shard_writer_csv, then exactly one of
 * finish or discard.  A path that ends in .zst is compressed and sealed.  A
 * file appears under its name only by finish, whole and synced.
 */
#ifndef SHARD_SHARD_WRITER_H
#define SHARD_SHARD_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv/csv_writer.h"
#include "error.h"

enum { SHARD_DEFAULT_LEVEL = 3 };

struct shard_writer;

/* What finish tells of the shard. */
struct shard_totals {
	uint64_t rows;
	uint64_t content_bytes;
	uint64_t file_bytes;
	uint64_t xxh3;
	char sha256[65]; /* "" unless asked for */
};

/*
 * path NULL or "-" is standard output; it is copied.  sha256 asks for the hash
 * that a manifest needs.  Nothing is left on disk on failure.
 */
struct shard_writer *shard_writer_open(const char *path, bool sha256, struct error *err);

/* The columns' names, once, before any record.  They are copied for the seal. */
int shard_writer_header(
	struct shard_writer *w, const char *const *names, size_t ncolumns, struct error *err);

/* The same from the header of an input. */
struct csv_record;
int shard_writer_header_record(
	struct shard_writer *w, const struct csv_record *header, struct error *err);

/* Where the records go; the shard_writer owns it. */
struct csv_writer *shard_writer_csv(struct shard_writer *w);

/* Hand to the reader what is in the buffer, for a stream that may pause. */
int shard_writer_flush(struct shard_writer *w, struct error *err);

/*
 * A stream_idle, for shard_reader_on_idle: a filter whose input pauses passes
 * on what it has, unless it goes to a file, which nobody can see yet.
 */
int shard_writer_pass_on(void *writer, struct error *err);

/* What was written so far is safe, under its name, without a seal; see stream_out_checkpoint. */
int shard_writer_checkpoint(struct shard_writer *w, struct error *err);

/*
 * Seal, publish and free, whatever the result.  end_mark writes the mark,
 * except into a sealed shard, whose seal says the same.  totals may be NULL.
 */
int shard_writer_finish(
	struct shard_writer *w, bool end_mark, struct shard_totals *totals, struct error *err);

/* Free, and leave no file.  Takes NULL. */
void shard_writer_discard(struct shard_writer *w);

#endif
