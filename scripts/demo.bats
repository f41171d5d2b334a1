#!/usr/bin/env bats
#
# demo.bats - the demo migrates, checks itself, and leaves nothing running
#
# The demo starts servers of its own, below a TMPDIR of this test, so whatever
# process names that folder when the demo is over was left behind by it.

bats_require_minimum_version 1.5.0

setup()
{
	demo=$BATS_TEST_DIRNAME/demo
	: "${CARAVAN_BUILD:=$BATS_TEST_DIRNAME/../build}"
	CARAVAN_BUILD=$(realpath "$CARAVAN_BUILD")
	export CARAVAN_BUILD
	# Not below BATS_TEST_TMPDIR: the servers' users cannot enter that.
	TMPDIR=$(mktemp -d /tmp/demo-test.XXXXXX)
	export TMPDIR
	chmod 0777 "$TMPDIR"
	work=$BATS_TEST_TMPDIR/work
}

teardown()
{
	local dir
	for dir in "$TMPDIR"/*/; do
		[ ! -e "$dir/.caravan-sandbox" ] ||
			"$BATS_TEST_DIRNAME/sandbox" stop --purge "$dir"
	done
	rm -rf "$TMPDIR"
}

# Processes that name the test's own folder, this test left out.
leftovers()
{
	ps -e -o pid=,stat=,args= | awk -v t="$TMPDIR" '$2 !~ /^Z/ && index($0, t) && !/awk|bats/'
}

assert_clean()
{
	local end=$((SECONDS + 30)) left
	while left=$(leftovers) && [ -n "$left" ]; do
		if [ $SECONDS -ge $end ]; then
			echo "still running: $left"
			return 1
		fi
		sleep 0.1
	done
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "a migration of 500 users: the sums hold, and what was done is kept" {
	run -0 "$demo" --users 500 --work "$work"
	echo "$output"
	[[ $output = *"extracted = loaded + rejected + filtered for each table"* ]]
	[[ $output = *"every row ended as ground-truth says"* ]]
	[[ $output = *"unique constraint"*"users_email_key"* ]]
	[[ $output = *becomes* ]]
	grep -q '</svg>' "$work/report.html"
	jq -e .ok "$work"/plan/work/run/{10-free,20-subscribers}/certificate.json
	# The shards hold every user, as records; no name there has a line break
	# within the first column.
	[ "$(zstdcat "$work"/plan/work/run/*/raw/users/part-*.csv.zst | grep -Ec '^[0-9]+,')" -ge 500 ]
	head -n 1 "$work/plan/work/run/20-subscribers/rejects/users/part-00000.load.csv" |
		grep -q '_stage,_row,_column,_code,_message$'
	assert_clean
}

@test "shards side by side give the same" {
	run -0 "$demo" --users 9000 --jobs 3 --work "$work"
	[[ $output = *"every row ended as ground-truth says"* ]]
	[ "$(find "$work/plan/work/run/10-free/raw/users" -name 'part-*.csv.zst' | wc -l)" -gt 3 ]
}

@test "a stage that loses a row is found out" {
	local real=$CARAVAN_BUILD
	mkdir -p "$BATS_TEST_TMPDIR/build/bin"
	ln -s "$real"/bin/{extract,validate,load} "$BATS_TEST_TMPDIR/build/bin"
	cat >"$BATS_TEST_TMPDIR/build/bin/transform" <<-END
		#!/bin/sh
		lose=
		case "\$*" in
		*--lineage*) ;;
		*40-favourites*) lose=2d ;;
		esac
		"$real/bin/transform" "\$@" | sed "\$lose"
	END
	chmod +x "$BATS_TEST_TMPDIR/build/bin/transform"
	CARAVAN_BUILD=$BATS_TEST_TMPDIR/build run -1 "$demo" --users 400 --work "$work"
	[[ $output = *"the rows of favourites do not add up"* ]]
	assert_clean
}

@test "a program that fails fails the demo, and says where" {
	mkdir -p "$BATS_TEST_TMPDIR/build/bin"
	ln -s "$CARAVAN_BUILD"/bin/{extract,validate,load} "$BATS_TEST_TMPDIR/build/bin"
	cat >"$BATS_TEST_TMPDIR/build/bin/transform" <<-END
		#!/bin/sh
		# the dictionary can be made, rows cannot
		case "\$*" in *--lineage*) exec "$CARAVAN_BUILD/bin/transform" "\$@" ;; esac
		exit 3
	END
	chmod +x "$BATS_TEST_TMPDIR/build/bin/transform"
	CARAVAN_BUILD=$BATS_TEST_TMPDIR/build run -3 "$demo" --users 100 --work "$work"
	[[ $output = *"caravan simulate ended with status 3"* ]]
	assert_clean
}

@test "interrupted: the servers go, the shards stay" {
	local pid
	# In a session of its own, as from another terminal, and with SIGINT not ignored.
	setsid env --default-signal=INT "$demo" --users 20000 --work "$work" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	until grep -q '^10-free: mapping' "$BATS_TEST_TMPDIR/out"; do
		kill -0 "$pid"
		sleep 0.1
	done
	kill -INT "$pid"
	run wait "$pid"
	[ "$status" -ne 0 ]
	run ! grep -q "ground-truth says" "$BATS_TEST_TMPDIR/out"
	[ -s "$work/plan/work/simulate/new/10-free/raw/users/part-00000.csv.zst" ]
	assert_clean
}

@test "a folder that holds something else is not touched" {
	mkdir "$work"
	echo precious >"$work/file"
	run -2 "$demo" --users 100 --work "$work"
	[[ $output = *"holds something else"* ]]
	[ "$(cat "$work/file")" = precious ]
}

@test "options are checked before anything is done" {
	run -2 "$demo" --users 1
	run -2 "$demo" --users many
	run -2 "$demo" --jobs 0
	run -2 "$demo" --frobnicate
	run -2 "$demo" --users
	run -0 "$demo" --help
	[[ $output = usage:* ]]
	[ -z "$(ls -A "$TMPDIR")" ]
}
