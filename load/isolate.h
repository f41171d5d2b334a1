/*
 * isolate.h - find the rows of a batch that the server refuses
 */
#ifndef LOAD_ISOLATE_H
#define LOAD_ISOLATE_H

#include "error.h"
#include "load/batch.h"
#include "load/inserter.h"

/* Told of each row that is refused when it comes alone; -1 stops. */
typedef int isolate_refuse(void *arg, const struct csv_record *record,
	const struct refusal *refusal, struct error *err);

/*
 * The whole batch was refused, which *refusal describes: load what can be
 * loaded and call refuse for the rest, in the order of rows.  A row is refused
 * only when the server did not take it by itself, after those before it, or
 * told it together with others (inserter_explain); those are gone then.  At
 * most O(bad × log rows) rounds.  *copied is increased.
 */
int isolate(struct inserter *inserter, struct batch *b, const struct refusal *refusal,
	struct copied *copied, isolate_refuse *refuse, void *arg, struct error *err);

#endif
