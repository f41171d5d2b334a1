/*
 * progress.c - see progress.h
 */
#include <inttypes.h>
#include <string.h>

#include "clock.h"
#include "progress.h"

enum {
	CALLS_A_LOOK = 256,        /* the clock is read once in so many calls */
	DRAW_EVERY_NS = 200000000, /* five times a second */
};

void
progress_start(struct progress *p, const char *name, FILE *out)
{
	*p = (struct progress){.out = out, .name = name, .started = clock_ns()};
	p->drawn = p->started;
}

/* A number with a unit, such as 12.3M. */
static void
short_number(char *buf, size_t size, double x)
{
	static const char units[] = " kMGT";
	size_t u = 0;

	while (x >= 1000 && u + 2 < sizeof units) {
		x /= 1000;
		u++;
	}
	if (u == 0)
		snprintf(buf, size, "%.0f", x);
	else
		snprintf(buf, size, "%.*f%c", x < 10 ? 2 : x < 100 ? 1 : 0, x, units[u]);
}

static void
draw(struct progress *p, uint64_t rows, uint64_t bytes, uint64_t done, uint64_t total)
{
	double seconds = (double)(p->drawn - p->started) / 1e9;
	char rate[16], speed[16];

	short_number(rate, sizeof rate, (double)rows / seconds);
	short_number(speed, sizeof speed, (double)bytes / seconds);
	fprintf(p->out, "\r\033[K%s: %" PRIu64 " rows, %s rows/s, %sB/s", p->name, rows, rate,
		speed);
	if (total > 0 && done > 0 && done <= total) {
		double share = (double)done / (double)total;
		long left = (long)(seconds / share - seconds);

		fprintf(p->out, ", %.0f%%, %ld:%02ld:%02ld left", share * 100, left / 3600,
			left / 60 % 60, left % 60);
	}
	fflush(p->out);
	p->dirty = true;
}

void
progress_update(
	struct progress *p, uint64_t rows, uint64_t bytes, uint64_t done, uint64_t total)
{
	uint64_t now;

	if (p->out == NULL || p->calls++ % CALLS_A_LOOK != 0)
		return;
	now = clock_ns();
	if (now - p->drawn < DRAW_EVERY_NS)
		return;
	p->drawn = now;
	draw(p, rows, bytes, done, total);
}

void
progress_end(struct progress *p)
{
	if (p->out == NULL || !p->dirty)
		return;
	fputs("\r\033[K", p->out);
	fflush(p->out);
	p->dirty = false;
}
