/*
 * shard_writer.c - see shard_writer.h; the layout of a shard is in seal.h
 */
#include <stdlib.h>
#include <string.h>

#include "csv/csv_reader.h"
#include "shard/seal.h"
#include "shard/shard_writer.h"

struct shard_writer {
	struct stream_out *out;
	struct csv_writer csv;
	bool sealed;
	char **columns;
	size_t ncolumns;
};

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

static int
init(struct shard_writer *w, const char *path, bool sha256, struct error *err)
{
	struct stream_out_options options = {.sha256 = sha256};

	w->sealed = path != NULL && ends_with(path, ".zst");
	if (w->sealed)
		options.zstd_level = SHARD_DEFAULT_LEVEL;
	w->out = stream_out_open(path, &options, err);
	if (w->out == NULL)
		return -1;
	if (w->sealed)
		return stream_out_skippable(w->out, SEAL_HEAD, strlen(SEAL_HEAD), err);
	return 0;
}

struct shard_writer *
shard_writer_open(const char *path, bool sha256, struct error *err)
{
	struct shard_writer *w = calloc(1, sizeof *w);

	if (w == NULL) {
		error_nomem(err);
		return NULL;
	}
	if (init(w, path, sha256, err) < 0) {
		shard_writer_discard(w);
		return NULL;
	}
	return w;
}

int
shard_writer_header(
	struct shard_writer *w, const char *const *names, size_t ncolumns, struct error *err)
{
	w->columns = calloc(ncolumns, sizeof *w->columns);
	if (w->columns == NULL)
		return error_nomem(err);
	w->ncolumns = ncolumns;
	for (size_t i = 0; i < ncolumns; i++) {
		w->columns[i] = strdup(names[i]);
		if (w->columns[i] == NULL)
			return error_nomem(err);
	}
	csv_writer_init(&w->csv, w->out, ncolumns);
	return csv_writer_header(&w->csv, names, err);
}

int
shard_writer_header_record(
	struct shard_writer *w, const struct csv_record *header, struct error *err)
{
	const char **names = calloc(header->nfields, sizeof *names);
	int status;

	if (names == NULL)
		return error_nomem(err);
	/* the reader keeps the header's names NUL-terminated */
	for (size_t i = 0; i < header->nfields; i++)
		names[i] = header->fields[i].ptr;
	status = shard_writer_header(w, names, header->nfields, err);
	free(names);
	return status;
}

struct csv_writer *
shard_writer_csv(struct shard_writer *w)
{
	return &w->csv;
}

int
shard_writer_flush(struct shard_writer *w, struct error *err)
{
	return stream_out_flush(w->out, err);
}

int
shard_writer_pass_on(void *writer, struct error *err)
{
	struct shard_writer *w = writer;

	return stream_out_in_place(w->out) ? stream_out_flush(w->out, err) : 0;
}

int
shard_writer_checkpoint(struct shard_writer *w, struct error *err)
{
	return stream_out_checkpoint(w->out, err);
}

static int
put_seal(struct shard_writer *w, struct error *err)
{
	struct stream_out_totals totals;
	struct seal seal;
	size_t len = 0;
	char *text;
	int status;

	if (stream_out_totals(w->out, &totals, err) < 0)
		return -1;
	seal = (struct seal){
		.rows = w->csv.rows,
		.bytes = totals.content_bytes,
		.xxh3 = totals.xxh3,
		.file_bytes = totals.file_bytes,
		.file_xxh3 = totals.file_xxh3,
		.columns = (const char *const *)w->columns,
		.ncolumns = w->ncolumns,
	};
	text = seal_format(&seal, &len, err);
	if (text == NULL)
		return -1;
	status = stream_out_skippable(w->out, text, len, err);
	free(text);
	return status;
}

int
shard_writer_finish(
	struct shard_writer *w, bool end_mark, struct shard_totals *totals, struct error *err)
{
	struct stream_out_totals out;
	int status = -1;

	if (w->sealed) {
		if (put_seal(w, err) < 0)
			goto done;
	} else if (end_mark && csv_writer_end_mark(&w->csv, err) < 0) {
		goto done;
	}
	status = stream_out_finish(w->out, &out, err);
	w->out = NULL;
	if (status == 0 && totals != NULL) {
		*totals = (struct shard_totals){
			.rows = w->csv.rows,
			.content_bytes = out.content_bytes,
			.file_bytes = out.file_bytes,
			.xxh3 = out.xxh3,
		};
		memcpy(totals->sha256, out.sha256, sizeof totals->sha256);
	}
done:
	shard_writer_discard(w);
	return status;
}

void
shard_writer_discard(struct shard_writer *w)
{
	if (w == NULL)
		return;
	stream_out_discard(w->out);
	for (size_t i = 0; i < w->ncolumns; i++)
		free(w->columns[i]);
	free(w->columns);
	free(w);
}
