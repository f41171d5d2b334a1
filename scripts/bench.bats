#!/usr/bin/env bats
#
# bench.bats - the bench runs its cases, judges the targets, and writes both down
#
# Whether a target is met says nothing with so few rows: 0 and 1 are both right.

bats_require_minimum_version 1.5.0

setup()
{
	bench=$BATS_TEST_DIRNAME/bench
	cd "$BATS_TEST_TMPDIR" || return
}

@test "each round runs every case; targets of those that ran are judged" {
	local status=0
	"$bench" --rows 2000 --runs 2 --only '^extract$|libmysqlclient|^load, two|copy$' --results r.json \
		>out 2>err || status=$?
	[ $status -le 1 ]
	[ "$(jq -c '[.cases[] | [.name, .rows, (.runs | length)]]' r.json)" = "$(jq -nc \
		--argjson n "$(jq '.cases[2].rows' r.json)" '[["extract", 2000, 2],
			["peer: libmysqlclient loop", 2000, 2], ["peer: psql \\copy", $n, 2],
			["load, two at once", $n, 2]]')" ]
	[ "$(jq -c '[.targets[].target]' r.json)" = "$(jq -nc '[
		"cpu of extract / peer: libmysqlclient loop",
		"wall of load, two at once / peer: psql \\copy",
		"peak MiB of extract", "peak MiB of load, two at once"]')" ]
	jq -e 'all(.cases[].runs[]; .wall > 0 and .peak_kib > 1000 and .servers >= 0)' r.json
	jq -e 'all(.targets[]; .least <= .median and .median <= .most and .met == (.most < .limit or .median <= .limit))' r.json
	[ "$(jq 'any(.targets[]; .met | not)' r.json)" = "$([ $status = 0 ] && echo false || echo true)" ]
	[ "$(grep -c 'round 2 of 2' err)" = 4 ]
	grep -q '^extract  *[0-9.]* ' out
}

@test "--list names the cases, and a wrong command line is refused" {
	run -0 "$bench" --list
	[[ $output == extract$'\n'* ]]
	for option in '--rows 0' '--runs x' --fast file; do
		# shellcheck disable=SC2086 # two words
		run -2 "$bench" $option
	done
}
