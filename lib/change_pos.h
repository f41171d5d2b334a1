/*
 * change_pos.h - the _pos of a change stream
 *
 * FILE:START:EVENT:ROW of a record, with `$` behind it on the last record that
 * a source transaction has in its stream: FILE is the server's log file that
 * the transaction begins in, START the offset of the transaction in it, EVENT
 * that of the event in the log, ROW the record's number within the event.  It
 * is the same however often, and together with whatever tables, the log is
 * read.  Numbers are padded with zeros, so that mostly (up to offsets of ten
 * digits) the order of the bytes is that of the changes.
 */
#ifndef CHANGE_POS_H
#define CHANGE_POS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHANGE_POS_FILE_MAX = 255, CHANGE_POS_TEXT_MAX = CHANGE_POS_FILE_MAX + 80 };

struct change_pos {
	const char *file; /* borrowed, not NUL-terminated */
	size_t file_len;
	uint64_t number; /* what stands behind the last dot of file */
	uint64_t start;
	uint64_t event;
	uint64_t row;
	bool last; /* of its transaction, in its stream */
};

/* 0, or -1 if text is no such position.  *pos borrows from text. */
int change_pos_parse(struct change_pos *pos, const char *text, size_t len);

/* The number behind the last dot of a log file's name: 0, or -1 if there is none. */
int change_pos_file_number(const char *file, size_t len, uint64_t *number);

/* Less than, equal to, or greater than 0: by file number, start, event, row. */
int change_pos_compare(const struct change_pos *a, const struct change_pos *b);

/* Whether two changes, also of different tables, were one transaction in the source. */
bool change_pos_same_transaction(const struct change_pos *a, const struct change_pos *b);

/*
 * Write the text to buf, which has room for CHANGE_POS_TEXT_MAX bytes, without
 * NUL; a file's name has at most CHANGE_POS_FILE_MAX bytes.  Returns its length.
 */
size_t change_pos_format(const struct change_pos *pos, char *buf);

#endif
