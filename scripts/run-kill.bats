#!/usr/bin/env bats
#
# run-kill.bats - run is killed at random moments and run again: the same tables in the end
#
# What is killed by SIGKILL is the driver, GNU parallel or one of the programs.  What
# a killed driver left running is left alone: the next run has to wait for it.
# RUN_KILLS (6, with SOAK 50) and KILL_SEED (1) say how often and when.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan run_kill 400 60
	# two tables, one of which refers to the other, have all that can go wrong
	rm -r "$PLAN"/tables/[34]0-*
	# that is seen before anything is loaded, and by the database
	local contract
	contract=$(jq '.foreignKeys = [{fields: ["user_id"], reference: {resource: "users", fields: ["id"]}}]' \
		"$PLAN/tables/20-profiles/schema.json")
	printf '%s\n' "$contract" >"$PLAN/tables/20-profiles/schema.json"
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan run_kill
}

setup()
{
	load test-helpers
	need_servers || return
	cd "$BATS_TEST_TMPDIR" || return
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

# What a migration comes to: tables, users, rejects.
outcome()
{
	table_hash "$NAME" users
	table_hash "$NAME" profiles
	psql_client "$NAME" -c "SELECT wave, state, count(*), md5(string_agg(user_key, ',' ORDER BY user_key))
		FROM caravan.user_state GROUP BY 1, 2" \
		-c 'SELECT shard, rows, loaded, rejected, xxh3 FROM caravan.ledger ORDER BY 1'
	(cd "$PLAN/work/run" && find . -path '*/rejects/*' -type f -exec sha256sum {} + | sort -k 2)
}

# start_over: an empty target, no work folder
start_over()
{
	rm -rf "$PLAN/work"
	psql_client postgres -c "DROP DATABASE $NAME WITH (FORCE)"
	make_target "$NAME"
}

# victim SESSION NAME-PATTERN: one of its processes
victim()
{
	ps -s "$1" -o pid=,comm= | awk -v p="$2" '$2 ~ p { print $1 }' | shuf -n 1
}

@test "undisturbed, with its progress on a line for each stage" {
	run -0 --separate-stderr caravan run --force --progress 10-free
	outcome >"$BATS_FILE_TMPDIR/expected"
	[ -s "$BATS_FILE_TMPDIR/expected" ]
	# shellcheck disable=SC2154 # from run
	tr '\r' '\n' <<<"$stderr" >lines
	grep -q '^.\[K10-free extract .* 1[0-9]* shards  [0-9,]* rows' lines
	grep -q '^.\[K10-free map  \[####################\] 100%  \([0-9]*\) of \1 shards  [0-9,]* rows  .* rejected$' lines
	grep -q '^.\[K10-free load  \[####################\] 100%  \([0-9]*\) of \1 shards  [0-9,]* rows  .*/s  ETA 0:00:00' lines
	# three lines stay, and none of it is in the log or where no terminal is
	[ "$(wc -l <<<"$stderr")" = 3 ]
	run ! grep -q 'ETA' "$PLAN/work/log"
	start_over
	run -0 caravan run --force --quiet 10-free
	[ -z "$output" ]
	outcome | diff "$BATS_FILE_TMPDIR/expected" -
}

@test "killed after the last shard was extracted, before the mark that says so" {
	rm "$PLAN/work/run/10-free"/{extracted,frozen,mapped.done,loaded}
	run -0 caravan run --force 10-free
	[[ $output == *'10-free: reading the source'* ]]
	outcome | diff "$BATS_FILE_TMPDIR/expected" -
}

@test "killed at random moments, and run again" {
	local kills=${RUN_KILLS:-6} n=0 hit=0 pid start took seed=${KILL_SEED:-1}
	[ -z "${SOAK-}" ] || kills=${RUN_KILLS:-50}
	echo "KILL_SEED=$seed"
	RANDOM=$seed
	start_over
	start=${EPOCHREALTIME/[.,]/}
	caravan run --force 10-free >/dev/null
	took=$((${EPOCHREALTIME/[.,]/} - start))
	while ((n < kills)); do
		start_over
		# up to three kills of one migration
		for _ in 1 2 3; do
			((n < kills)) || break
			n=$((n + 1))
			setsid "$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force 10-free >out 2>&1 3>&- &
			pid=$!
			# the moment is the point of it
			sleep "$(awk -v r="$RANDOM" -v t="$took" 'BEGIN { printf "%.3f", r / 32768 * t / 1e6 }')"
			case $((RANDOM % 3)) in
			0) what=$pid ;;
			1) what=$(victim "$pid" '^(perl|parallel)$') ;;
			2) what=$(victim "$pid" '^(extract|transform|validate|load|psql)$') ;;
			esac
			if kill -KILL "${what:-$pid}" 2>/dev/null; then
				hit=$((hit + 1))
			fi
			wait "$pid" || [ $? -ne 2 ]
		done
		run caravan run --force 10-free
		echo "$output"
		[ "$status" -eq 0 ]
		outcome | diff "$BATS_FILE_TMPDIR/expected" -
	done
	echo "$hit of $kills were hit"
	((hit > 0))
	run -0 caravan verify 10-free
}
