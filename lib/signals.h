/*
 * signals.h - a signal ends the program, but first the work that others do for it
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "error.h"

struct signals;

/*
 * From here on SIGINT, SIGTERM and SIGHUP (those that are not ignored) call
 * cancel(arg), in a thread of its own, and then end the process as they would
 * have; a second one ends it at once.  Call it before other threads are made.
 * NULL on failure.
 */
struct signals *signals_start(void (*cancel)(void *), void *arg, struct error *err);

/*
 * Signals do what they did before.  Call it when the work is over, before its
 * result is told: it does not return when a signal has come.  Takes NULL.
 */
void signals_stop(struct signals *s);

#endif
