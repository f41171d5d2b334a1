/*
 * throttle.c - see throttle.h
 */
#include <time.h>

#include "clock.h"
#include "extract/throttle.h"

enum {
	SECOND = 1000000000, /* ns */
	STEP_MAX = 256,
	STEPS_A_SECOND = 20,
};

int
throttle_start(
	struct throttle *t, const char *address, const char *defaults_file, struct error *err)
{
	uint64_t ignored;

	pthread_mutex_init(&t->mutex, NULL);
	t->due = clock_ns();
	if (t->counter == NULL)
		return 0;
	t->monitor = source_open(address, defaults_file, err);
	if (t->monitor == NULL)
		return -1;
	return source_status(t->monitor, t->counter, &ignored, err);
}

uint64_t
throttle_step(const struct throttle *t)
{
	uint64_t step = t->max_rows / STEPS_A_SECOND;

	if (t->max_rows == 0 || step > STEP_MAX)
		return STEP_MAX;
	return step > 0 ? step : 1;
}

/* In short naps, so that a stop is seen. */
static void
sleep_until(uint64_t due, const atomic_bool *stop)
{
	uint64_t now;

	while (!atomic_load_explicit(stop, memory_order_relaxed) && (now = clock_ns()) < due) {
		uint64_t nap = due - now < SECOND / 10 ? due - now : SECOND / 10;

		nanosleep(&(struct timespec){0, (long)nap}, NULL);
	}
}

/* Held by one thread at a time: the others wait at the mutex, which is what is wanted. */
static int
wait_for_load(struct throttle *t, const atomic_bool *stop, struct error *err)
{
	uint64_t load = 0;

	while (!atomic_load_explicit(stop, memory_order_relaxed)) {
		if (clock_ns() - t->polled < SECOND && load <= t->max_load)
			return 0;
		sleep_until(t->polled + SECOND, stop);
		t->polled = clock_ns();
		if (source_status(t->monitor, t->counter, &load, err) < 0)
			return -1;
	}
	return 0;
}

int
throttle_pause(struct throttle *t, uint64_t rows, const atomic_bool *stop, struct error *err)
{
	uint64_t due = 0;
	int status = 0;

	if (t->max_rows == 0 && t->counter == NULL)
		return 0;
	pthread_mutex_lock(&t->mutex);
	if (t->counter != NULL)
		status = wait_for_load(t, stop, err);
	if (t->max_rows > 0) {
		uint64_t now = clock_ns();

		/* what was not used is not saved up, but for a tenth of a second */
		if (t->due + SECOND / 10 < now)
			t->due = now - SECOND / 10;
		t->due += (uint64_t)((double)rows * SECOND / (double)t->max_rows);
		due = t->due;
	}
	pthread_mutex_unlock(&t->mutex);
	sleep_until(due, stop);
	return status;
}

void
throttle_end(struct throttle *t)
{
	source_close(t->monitor);
	t->monitor = NULL;
	pthread_mutex_destroy(&t->mutex);
}
