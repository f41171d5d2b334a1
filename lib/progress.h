/*
 * progress.h - one line on a terminal that says how far a program is
 *
 * Rows, rows/s, bytes/s, and the time left where the total is known.  Drawn
 * at most five times a second, so progress_update may be called for each
 * record.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out; /* NULL: nothing is drawn */
	const char *name;
	uint64_t started; /* ns */
	uint64_t drawn;
	uint64_t calls;
	bool dirty;
};

/* name and out are borrowed; out NULL makes all calls do nothing. */
void progress_start(struct progress *p, const char *name, FILE *out);

/* done and total (0: unknown) are in any one unit; rows and bytes since the start. */
void progress_update(
	struct progress *p, uint64_t rows, uint64_t bytes, uint64_t done, uint64_t total);

/* Take the line away. */
void progress_end(struct progress *p);

#endif
