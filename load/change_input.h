/*
 * change_input.h - the changes of one table, out of its files or a pipe
 *
 * A change stream has the columns _op and _pos (see change_pos.h).  Its files
 * are read one behind the other, in the order of their positions.  A regular
 * file is read to its end before its first change is handed out, since a
 * shard that was cut or changed is known as such only there, and changes are
 * committed before that.
 */
#ifndef LOAD_CHANGE_INPUT_H
#define LOAD_CHANGE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "arena.h"
#include "change_pos.h"
#include "csv/csv_reader.h"
#include "error.h"
#include "shard/shard_reader.h"

struct change_input {
	const char *const *paths; /* borrowed; none: standard input */
	size_t npaths;
	size_t next; /* the file to open next */
	bool end_mark;
	stream_idle *idle;
	void *idle_arg;
	struct arena arena;
	struct shard_reader *reader;
	struct csv_record header;        /* all columns; valid as long as the input */
	struct csv_record columns;       /* without _op and _pos, likewise */
	size_t op, pos;                  /* where those two are */
	const char *file;                /* of the present record, borrowed */
	const struct csv_record *record; /* the present one, NULL at the end */
	char kind;                       /* of it: i, u, d, c; 0: it has a defect */
	char defect[256];                /* which, and its code */
	const char *code;
	bool located;         /* its position could be read */
	struct change_pos at; /* of it, borrowed from text; else of the one before it */
	char text[CHANGE_POS_TEXT_MAX + 1];
	bool cut;                 /* the last file ended inside of a transaction */
	uint64_t bytes, position; /* of the files that are done */
	uint64_t hash;            /* of the last one's content */
};

/*
 * What an option says: a whole position, or FILE:OFFSET, which is the one before all
 * changes of the transactions that begin there or later.  *pos borrows from text.
 * ERROR_USAGE when it is neither.
 */
int change_place_parse(const char *option, const char *place,
	char text[CHANGE_POS_TEXT_MAX + 1], struct change_pos *pos, struct error *err);

/* Whether a header is that of a change stream. */
bool change_header(const struct csv_record *header);

/*
 * first is the reader of the first file, or NULL, and belongs to the input from here
 * on.  A header without _op or _pos is ERROR_USAGE, as are regular files that are not in
 * the order of their positions.  Close also after failure.
 */
int change_input_open(struct change_input *in, const char *const *paths, size_t npaths,
	struct shard_reader *first, bool end_mark, struct error *err);

/* Have idle called when a pipe pauses; see stream.h. */
void change_input_on_idle(struct change_input *in, stream_idle *idle, void *arg);

/* Step to the next record, in->record: 1, or 0 at the end. */
int change_input_next(struct change_input *in, struct error *err);

/* Of all files so far. */
uint64_t change_input_bytes(const struct change_input *in);
uint64_t change_input_position(const struct change_input *in);

void change_input_close(struct change_input *in);

#endif
