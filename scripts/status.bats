#!/usr/bin/env bats
#
# status.bats - what status tells of a plan, before, during and after its waves
#
# The tests are one story: each begins where the one before it ended.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan status_bats 600
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan status_bats
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

@test "of a plan that has not begun, and without a trace" {
	run -0 caravan status
	[[ $output == *'simulation  none yet'* ]]
	[[ $output == *'running     nothing'* ]]
	[[ $output == *'10-free          not begun           -'* ]]
	[ ! -e "$PLAN/work" ]
	run -2 caravan status --format=xml
	[ "$output" = "caravan: --format is text, json or openmetrics, not 'xml'" ]
	run -2 caravan status now
	run -2 caravan status --format
}

@test "of a wave that is loaded: the same figures in all three formats" {
	run -0 caravan run --force
	run -0 caravan status --format=json
	json=$output
	jq -e '.waves[0] | .state == "loaded" and (.tables | length == 4) and .users > 300
		and all(.tables[]; .extracted + .added == .filtered + (.rejected | add) + .loaded)' <<<"$json"
	jq -e '.waves[1] == {wave: "20-subscribers", state: "not begun", users: null, since: null, times: {},
		replays: 0, tables: [], reasons: []}' <<<"$json"
	loaded=$(psql_client "$NAME" -c 'SELECT count(*) FROM users')
	[ "$(jq '.waves[0].tables[0].loaded' <<<"$json")" = "$loaded" ]
	rejects=$(cat "$PLAN"/work/run/10-free/rejects/users/part-*.csv | grep -c '^[0-9]')
	[ "$(jq '.waves[0].tables[0].rejected | add' <<<"$json")" = "$rejects" ]
	[ "$(jq '[.waves[0].reasons[] | select(.table == "users") | .rows] | add' <<<"$json")" = "$rejects" ]
	[ "$(jq -r '.target.users[] | "\(.wave) \(.state) \(.users)"' <<<"$json")" = \
		"10-free legacy $(jq '.waves[0].users' <<<"$json")" ]
	run -0 caravan status
	grep -Eq "^10-free +users +[0-9]+ .* $rejects +[0-9.]+% +$loaded +[0-9.]+%$" <<<"$output"
	run -0 caravan status --format=openmetrics
	grep -qxF "caravan_rows{wave=\"10-free\",table=\"users\",what=\"loaded\"} $loaded" <<<"$output"
	[ "${lines[-1]}" = '# EOF' ]
}

@test "openmetrics is what a collector takes: families, help, no name twice, the same again" {
	run -0 caravan status --format=openmetrics
	awk '
		/^# TYPE / { if (seen[$3]++ || $4 != "gauge") bad = 1; family = $3; next }
		/^# HELP / { if ($3 != family) bad = 1; next }
		/^# EOF$/ { end = NR; next }
		{ if ($0 !~ "^" family "([{]([a-z]+=\"([^\"\\\\]|\\\\.)*\",?)+[}])? [-0-9.e+]+$") { print; bad = 1 }
			name = $0; sub(/ [^ ]*$/, "", name); if (samples[name]++) bad = 1 }
		END { exit bad || end != NR }' <<<"$output"
	first=$output
	run -0 caravan status --format openmetrics -o caravan.prom
	[ -z "$output" ]
	diff caravan.prom - <<<"$first"
	run -3 caravan status --format openmetrics -o /nowhere/caravan.prom
}

@test "whether the simulation still counts" {
	run -0 caravan simulate
	run -0 caravan status
	[[ $output == *', clean; the plan is as it was then'* ]]
	echo '-- a remark' >>"$PLAN/waves/20-subscribers.sql"
	run -0 caravan status --format=json
	jq -e '.simulation.clean and (.simulation.current | not) and (.ready | not)' <<<"$output"
	run -0 caravan status
	[[ $output == *', clean; the plan has changed since'* ]]
}

@test "what is running: stage, shards, rows; and what a killed verb left is not running" {
	# a load that waits for a lock in the target
	mkfifo hold
	psql_client "$NAME" <hold >held 2>&1 3>&- &
	exec {hold}>hold
	echo 'BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE; SELECT 1;' >&"$hold"
	wait_for grep -q 1 held
	setsid "$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force 20-subscribers >out 2>&1 3>&- &
	pid=$!
	wait_for test -e "$PLAN/work/run/20-subscribers/mapped.done"
	run -0 caravan status --format=json
	jq -e '.running | .verb == "run" and .wave == "20-subscribers" and .progress.stage == "load"
		and .progress.shards == 0 and .progress.shards_total >= 4 and .progress.rows_total > 300' <<<"$output"
	jq -e '.waves[1].state == "mapped" and .waves[1].tables[0].loaded == 0' <<<"$output"
	run -0 caravan status
	grep -Eq '^running     run 20-subscribers since .*: load, 0 of [0-9]+ shards, 0 of [0-9,]+ rows' <<<"$output"
	run -0 caravan status --format=openmetrics
	grep -qxF 'caravan_running{verb="run",wave="20-subscribers",stage="load"} 1' <<<"$output"
	echo 'COMMIT; \q' >&"$hold"
	exec {hold}>&-
	wait "$pid"
	run -0 caravan status --format=json
	jq -e '.running == null and .waves[1].state == "loaded"' <<<"$output"
	run -0 caravan verify
}

@test "a target that does not answer: the last that is known" {
	run -0 env TARGET='postgresql:///nothing?host=/nowhere' "$BATS_TEST_DIRNAME/caravan" "$PLAN" status
	[[ $output == *'target      does not answer: what is loaded is as last known'* ]]
	run -0 env TARGET='postgresql:///nothing?host=/nowhere' "$BATS_TEST_DIRNAME/caravan" "$PLAN" status --format=json
	jq -e '.target.reachable | not' <<<"$output"
	[ "$(jq '.waves[].tables[0].loaded' <<<"$output" | jq -s add)" = \
		"$(psql_client "$NAME" -c 'SELECT count(*) FROM users')" ]
	run -0 env TARGET='postgresql:///nothing?host=/nowhere' "$BATS_TEST_DIRNAME/caravan" "$PLAN" status --format=openmetrics
	[[ $output == *'caravan_target_up 0'* ]]
}
