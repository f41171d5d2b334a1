/*
 * throttle.h - read no faster than the source's other users can bear
 *
 * Rows that are not fetched keep the server from sending more, so a pause here
 * is a pause there.
 */
#ifndef EXTRACT_THROTTLE_H
#define EXTRACT_THROTTLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "error.h"
#include "extract/source.h"

struct throttle {
	uint64_t max_rows;   /* a second; 0: no limit */
	const char *counter; /* of the server, which is to stay at max_load; NULL: none */
	uint64_t max_load;
	struct source *monitor; /* a connection for the counter; the throttle's */
	pthread_mutex_t mutex;
	uint64_t due;    /* ns; when the next rows may be read */
	uint64_t polled; /* ns; when the counter was read last */
};

/* max_rows, counter and max_load are set already; a counter that is not there is an error. */
int throttle_start(
	struct throttle *t, const char *address, const char *defaults_file, struct error *err);

/* Call throttle_pause once in so many rows. */
uint64_t throttle_step(const struct throttle *t);

/*
 * `rows` rows were read: wait as long as is due, or until *stop; from any
 * thread.  A counter that cannot be read any more is an error.
 */
int throttle_pause(
	struct throttle *t, uint64_t rows, const atomic_bool *stop, struct error *err);

void throttle_end(struct throttle *t);

#endif
