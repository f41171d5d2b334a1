/*
 * signals.c - see signals.h
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "signals.h"

struct signals {
	void (*cancel)(void *);
	void *arg;
	sigset_t set;
	sigset_t old;
	pthread_t thread;
};

/*
 * The signals are blocked everywhere, so only this thread takes them.  Once it
 * has one, signals_stop waits for the end of the process: else the work's
 * failure could end it first, with another status.  The signals are let
 * through before the request to cancel, which may hang on a network that is
 * gone.
 */
static void *
wait_for_signal(void *arg)
{
	struct signals *s = arg;
	int sig = 0;

	if (sigwait(&s->set, &sig) != 0)
		return NULL;
	(void)pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	(void)signal(sig, SIG_DFL);
	(void)pthread_sigmask(SIG_UNBLOCK, &s->set, NULL);
	s->cancel(s->arg);
	(void)raise(sig);
	return NULL;
}

struct signals *
signals_start(void (*cancel)(void *), void *arg, struct error *err)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct signals *s = calloc(1, sizeof *s);

	if (s == NULL) {
		error_nomem(err);
		return NULL;
	}
	s->cancel = cancel;
	s->arg = arg;
	(void)sigemptyset(&s->set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct sigaction now;

		if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			(void)sigaddset(&s->set, signals[i]);
	}
	(void)pthread_sigmask(SIG_BLOCK, &s->set, &s->old);
	if (pthread_create(&s->thread, NULL, wait_for_signal, s) != 0) {
		(void)pthread_sigmask(SIG_SETMASK, &s->old, NULL);
		free(s);
		error_nomem(err);
		return NULL;
	}
	return s;
}

void
signals_stop(struct signals *s)
{
	if (s == NULL)
		return;
	(void)pthread_cancel(s->thread);
	(void)pthread_join(s->thread, NULL);
	(void)pthread_sigmask(SIG_SETMASK, &s->old, NULL);
	free(s);
}
