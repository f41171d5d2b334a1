/*
 * inserter.c - see inserter.h
 */
#include "load/inserter.h"

int
inserter_begin(struct inserter *i, struct error *err)
{
	return i->class->begin(i, err);
}

int
inserter_put(
	struct inserter *i, const struct batch *b, size_t from, size_t to, struct error *err)
{
	return i->class->put(i, b, from, to, err);
}

int
inserter_end(
	struct inserter *i, struct copied *copied, struct refusal *refusal, struct error *err)
{
	return i->class->end(i, copied, refusal, err);
}

void
inserter_abort(struct inserter *i, const char *reason)
{
	i->class->abort(i, reason);
}

int
inserter_settle(struct inserter *i, struct error *err)
{
	return i->class->settle(i, err);
}

int
inserter_explain(struct inserter *i, const struct batch *b, size_t from, size_t to,
	inserter_found *found, void *arg, struct error *err)
{
	return i->class->explain ? i->class->explain(i, b, from, to, found, arg, err) : 0;
}

bool
inserter_takes_any_order(const struct inserter *i)
{
	return i->class->gather != NULL;
}

int
inserter_gather(struct inserter *i, const struct batch *b, struct error *err)
{
	return i->class->gather(i, b, err);
}

int
inserter_explain_gathered(
	struct inserter *i, inserter_found *found, void *arg, struct error *err)
{
	return i->class->explain_gathered(i, found, arg, err);
}
