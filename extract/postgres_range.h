/*
 * postgres_range.h - rows of a table of PostgreSQL, all of them or in ranges of its key
 *
 * What a source of this kind does for source_table, source_plan, source_walk,
 * source_range and source_unchanged, which see.
 */
#ifndef EXTRACT_POSTGRES_RANGE_H
#define EXTRACT_POSTGRES_RANGE_H

#include "extract/source.h"

struct rows *postgres_table_rows(
	struct source *source, const struct selection *selection, struct error *err);

struct plan *postgres_plan(
	struct source *source, const struct selection *selection, struct error *err);

int postgres_walk(struct source *source, const struct plan *plan, const struct bound *after,
	uint64_t rows, struct bound **upto, struct error *err);

struct rows *postgres_range(struct source *source, const struct plan *plan,
	const struct bound *after, const struct bound *upto, struct error *err);

int postgres_unchanged(struct source *source, const struct plan *plan, struct error *err);

void postgres_plan_free(struct plan *plan);

#endif
