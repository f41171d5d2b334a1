#!/usr/bin/env bats
#
# run-tests.bats - what counts as passed, failed and skipped

setup()
{
	run_tests=$BATS_TEST_DIRNAME/run-tests
	cd "$BATS_TEST_TMPDIR" || return
}

# program NAME <BODY: a test program that is a shell script
program()
{
	{
		echo '#!/bin/sh'
		cat
	} >"$1"
	chmod +x "$1"
}

last_line()
{
	echo "${lines[-1]}"
}

@test "all passed" {
	program a_test <<<'echo 1..2; echo ok 1 - x; echo ok 2 - y'
	run "$run_tests" ./a_test
	[ "$status" -eq 0 ]
	[ "$(last_line)" = "2 passed, 0 failed" ]
}

@test "cmocka's groups, failures and skips are counted through" {
	program a_test <<'END'
echo 1..3; echo ok 1 - a; echo not ok 2 - b; echo '# why'; echo 'not ok 3 # SKIP c'; echo '# not ok - t'
echo 1..1; echo ok 1 - d
exit 1
END
	run "$run_tests" ./a_test
	[ "$status" -eq 1 ]
	[[ "$output" == *"not ok 2 - b"*"# why"* ]]
	[ "$(last_line)" = "2 passed, 1 failed, 1 skipped" ]
}

@test "a program that dies, lies or says nothing is a failure" {
	program dies_test <<<'echo 1..2; echo ok 1 - x; kill -SEGV $$'
	program short_test <<<'echo 1..2; echo ok 1 - x'
	program status_test <<<'echo 1..1; echo ok 1 - x; exit 99'
	program silent_test <<<':'
	run "$run_tests" ./dies_test
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "1 passed, 1 failed" ]
	run "$run_tests" ./short_test
	[ "$(last_line)" = "1 passed, 1 failed" ]
	run "$run_tests" ./status_test
	[ "$(last_line)" = "1 passed, 1 failed" ]
	run "$run_tests" ./silent_test
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "0 passed, 1 failed" ]
	run "$run_tests" ./absent_test
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "0 passed, 1 failed" ]
	run "$run_tests" ./dies_test ./short_test ./status_test ./silent_test
	[ "$(last_line)" = "3 passed, 4 failed" ]
}

@test "a program that hangs is stopped, with its children" {
	program hangs_test <<<"echo 1..2; echo ok 1 - x; sleep 1000 & echo \$! >'$BATS_TEST_TMPDIR/child'; wait"
	TEST_TIMEOUT=1 run "$run_tests" ./hangs_test
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "1 passed, 1 failed" ]
	[[ "$output" == *"took longer than 1 s"* ]]
	child=$(cat child)
	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$child/status" 2>/dev/null || true)
	[ -z "$state" ] || [ "$state" = Z ]
}

@test "bats files, and a file that skips itself" {
	# bats would take these lines for tests of this file if they began so.
	sed 's/^T/@test/' >a.bats <<'END'
T "good" { true; }
T "bad" { echo the reason; false; }
T "skipped" { skip "not here"; }
END
	program none_test <<<'echo "1..0 # SKIP not on this machine"'
	run "$run_tests" ./a.bats ./none_test
	[ "$status" -eq 1 ]
	[[ "$output" == *"the reason"* ]]
	[ "$(last_line)" = "1 passed, 1 failed, 2 skipped" ]
	run "$run_tests" ./none_test
	[ "$status" -eq 1 ]
	[ "$(last_line)" = "0 passed, 0 failed, 1 skipped" ]
}

@test "usage errors exit 2" {
	run "$run_tests"
	[ "$status" -eq 2 ]
	run "$run_tests" --what
	[ "$status" -eq 2 ]
}
