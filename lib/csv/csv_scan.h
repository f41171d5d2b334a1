/*
 * csv_scan.h - one record out of a buffer, the quick way
 *
 * Inside of csv_reader.  Looks at 64 bytes at once for the four bytes that
 * mean something in CSV and touches nothing between them.  It decides only
 * what is plain: a sound record that lies in the buffer whole.  All else
 * (broken quoting, a bare CR, the last record without line end, a record that
 * goes on behind the buffer) it leaves to libcsv, which also is what the tests
 * prove it equal to.
 */
#ifndef CSV_CSV_SCAN_H
#define CSV_CSV_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "csv/csv_cells.h"

/* Bytes behind the data that a scan may read (and ignores). */
enum { CSV_SCAN_PADDING = 64 };

/* Where in the buffer the scan is: the marks of the 64 bytes at `block` not yet used. */
struct csv_scan {
	size_t block;
	uint64_t marks;
	size_t next; /* where the next record begins if the marks are of use for it */
};

/* Where a record lies: raw bytes, the next record, and how many lines it takes. */
struct csv_span {
	size_t raw_end;
	size_t next;
	uint64_t lines;
};

/* Forget the marks: the bytes have moved, or others took their place. */
void csv_scan_reset(struct csv_scan *s);

/*
 * The record that begins at buf[start], if it ends before buf[end]: its fields
 * go to cells, which must be empty.  buf has CSV_SCAN_PADDING bytes behind
 * end.  Returns 1; 0 when it is left to libcsv, and cells are empty; -1 when
 * out of memory.
 */
int csv_scan_record(struct csv_scan *s, struct csv_cells *cells, const char *buf, size_t start,
	size_t end, struct csv_span *span);

#endif
