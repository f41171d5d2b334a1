/*
 * run.h - one run of validate: rows in, good rows out, the others told about
 */
#ifndef VALIDATE_RUN_H
#define VALIDATE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "error.h"
#include "rejects.h"
#include "validate/reference.h"
#include "validate/report.h"

/* Paths may be NULL as in struct cli. */
struct run_options {
	const char *schema;
	const char *const *files; /* none: standard input */
	size_t nfiles;
	const char *output;
	const char *rejects;
	const char *report;
	enum report_format report_format;
	const char *stats;
	const char *keys_out; /* where to write the keys of good rows; see keys_out.h */
	const struct resource *resources;
	size_t nresources;
	struct budget max_rejects;
	bool end_mark;
	FILE *progress;                               /* NULL: none */
	void (*tell)(void *arg, const char *message); /* of each reject */
	void *arg;
};

/*
 * 0 when all rows were good or the budget was kept.  Over the budget
 * (ERROR_BUDGET) the output file, if one was named, is not made; with a
 * report the input is read to its end all the same, so that the report is of
 * all rows.
 */
int run(const struct run_options *o, struct error *err);

#endif
