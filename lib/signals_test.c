/*
 * signals_test.c - the work is cancelled, and then the process ends as the signal has it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "signals.h"

static void
write_byte(void *arg)
{
	const int *fd = arg;

	if (write(*fd, "c", 1) != 1)
		_exit(78);
}

/* The child's work reads a pipe that only its cancelling writes to. */
static void
run_child(int sig)
{
	struct error err = ERROR_INIT;
	struct signals *s;
	int work[2];
	char byte;

	if (pipe(work) < 0)
		_exit(76);
	(void)signal(sig, SIG_DFL);
	s = signals_start(write_byte, &work[1], &err);
	(void)kill(getpid(), sig);
	if (s == NULL || read(work[0], &byte, 1) != 1)
		_exit(77);
	signals_stop(s);
	_exit(79);
}

static void
cancels_and_ends(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		int status = 0;
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0)
			run_child(signals[i]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
	}
}

static void
ignored_ones_stay_ignored(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0) {
		struct error err = ERROR_INIT;
		int fd = -1;
		struct signals *s;

		(void)signal(SIGHUP, SIG_IGN);
		s = signals_start(write_byte, &fd, &err);
		(void)kill(getpid(), SIGHUP);
		signals_stop(s);
		_exit(s != NULL ? 0 : 77);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
are_as_before_when_stopped(void **state)
{
	struct error err = ERROR_INIT;
	sigset_t before, after;
	struct signals *s;

	(void)state;
	(void)pthread_sigmask(SIG_BLOCK, NULL, &before);
	s = signals_start(write_byte, NULL, &err);
	assert_non_null(s);
	signals_stop(s);
	(void)pthread_sigmask(SIG_BLOCK, NULL, &after);
	for (int sig = 1; sig < SIGRTMAX; sig++)
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
	signals_stop(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cancels_and_ends),
		cmocka_unit_test(ignored_ones_stay_ignored),
		cmocka_unit_test(are_as_before_when_stopped),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
