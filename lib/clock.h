/*
 * clock.h - the monotonic clock
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment that does not change while the machine is up. */
uint64_t clock_ns(void);

#endif
