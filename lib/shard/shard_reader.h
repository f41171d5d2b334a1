/*
 * shard_reader.h - the records of the files that a program was given
 *
 * Several files are read as one stream: their headers must be the same, which
 * is looked at before the first record is handed out.  A sealed shard is
 * checked against its seal when its last record has been read: one that was
 * cut or changed is ERROR_RUNTIME and names the file, so nothing that was
 * read may be committed before the end was reached.
 */
#ifndef SHARD_SHARD_READER_H
#define SHARD_SHARD_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "csv/csv_reader.h"
#include "error.h"

struct shard_reader;

/*
 * npaths 0 reads standard input, as does the path "-".  The paths are
 * borrowed.  Headers that differ are ERROR_USAGE, naming both files.
 */
struct shard_reader *shard_reader_open(
	const char *const *paths, size_t npaths, struct error *err);

/* The header of all the files; valid until close. */
const struct csv_record *shard_reader_header(const struct shard_reader *r);

/* 1 with *record, valid until the next call; 0 at the end of the last file; -1 on error. */
int shard_reader_next(
	struct shard_reader *r, const struct csv_record **record, struct error *err);

/* For each of the files: see stream_in_on_idle. */
void shard_reader_on_idle(struct shard_reader *r, stream_idle *idle, void *arg);

/* The name of the file of the last record (or "standard input"). */
const char *shard_reader_file(const struct shard_reader *r);

/*
 * After the end: whether every file told that it was whole, by an end mark or
 * by a seal.  A file without either may have been cut by its writer's death.
 */
bool shard_reader_whole(const struct shard_reader *r);

/* The same, and there was an end mark: a filter passes it on, also without --end-mark. */
bool shard_reader_marked(const struct shard_reader *r);

/* Whether the present (last) file is a rejects file; see csv_reader.h. */
bool shard_reader_mended(const struct shard_reader *r);

/* About the defect of the last record; see csv_defect_message. */
void shard_reader_defect(
	const struct shard_reader *r, const struct csv_record *record, char *buf, size_t size);

/* Over all files so far: content bytes; XXH3 of the content of the present (last) file. */
uint64_t shard_reader_bytes(const struct shard_reader *r);
uint64_t shard_reader_hash(const struct shard_reader *r);

/* For an estimate of the time left: bytes on disk read so far, and of all files (0: unknown). */
uint64_t shard_reader_position(const struct shard_reader *r);
uint64_t shard_reader_size(const struct shard_reader *r);

/* Takes NULL. */
void shard_reader_close(struct shard_reader *r);

#endif
