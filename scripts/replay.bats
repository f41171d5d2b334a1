#!/usr/bin/env bats
#
# replay.bats - rejects that were mended go through the stages again, and the sums still hold
#
# The tests are one story: each begins where the one before it ended.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan replay_bats 1000
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force 10-free
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan replay_bats
}

setup()
{
	load test-helpers
	need_servers || return
	wave=$PLAN/work/run/10-free
}

caravan()
{
	"$BATS_TEST_DIRNAME/caravan" "$PLAN" "$@"
}

# reject_rows TABLE STAGE: how many are refused
reject_rows()
{
	"$BATS_TEST_DIRNAME/driver/mend" collect "$wave" "$1" "$2" | tail -n +2 | wc -l
}

# mend_all: what can be mended in the files of the first collection
mend_all()
{
	cd "$wave/replay" || return
	sed -i 's/,n\/a,/,2018-10-04 10:00:00,/' users.transform.csv
	sed -i 's/,XX,/,SA,/; /^111,/d' users.validate.csv
	sed -i 's/,99,/,9,/' profiles.validate.csv
	sed -i '/^1531,/d' profiles.load.csv
	sed -i 's/x57/57/' favourites.transform.csv
	rm subscriptions.load.csv
}

@test "what cannot be replayed" {
	run -2 caravan replay
	[ "$output" = "caravan: replay takes one of the plan's waves, not ''" ]
	run -2 caravan replay 20-subscribers
	[ "$output" = 'caravan: 20-subscribers is not loaded; mend the mapping and run it' ]
	run -2 caravan replay 10-free
	[ "$output" = 'caravan: there is nothing to replay: caravan PLAN replay 10-free --collect writes the rejects to mend' ]
	run -2 caravan replay --frobnicate 10-free
}

@test "--collect writes the rejects of each table and stage, to be edited" {
	run -0 caravan replay 10-free --collect
	[ "$(wc -l <<<"$output")" = 7 ]
	[[ $output == *"$wave/replay/users.transform.csv"* ]]
	grep -q '^640,.*,transform,part-0000[0-9]:[0-9]*,created_at,22007,' "$wave/replay/users.transform.csv"
	[ "$(tail -n +2 "$wave/replay/favourites.load.csv" | wc -l)" = 5 ]
	# what someone may have begun to edit is not overwritten
	run -2 caravan replay 10-free --collect
	[[ $output == *'users.transform.csv is there already; replay it, or remove it' ]]
}

@test "a file that was edited wrongly is refused before anything is done" {
	cp "$wave/replay/users.validate.csv" "$BATS_TEST_TMPDIR/kept"
	file=$wave/replay/users.validate.csv
	sed -i '2s/part-00000:[0-9]*/part-00000:9/' "$file"
	run -2 caravan replay 10-free
	[[ $output == *'users.validate.csv:2: part-00000:9 is none of the rows of users that validate refuses' ]]
	{ cat "$BATS_TEST_TMPDIR/kept"; sed -n 2p "$BATS_TEST_TMPDIR/kept"; } >"$file"
	run -2 caravan replay 10-free
	[[ $output == *' is there twice, first in line 2' ]]
	sed '2s/$/,more/' "$BATS_TEST_TMPDIR/kept" >"$file"
	run -2 caravan replay 10-free
	[[ $output == *'users.validate.csv:2: '*' fields, the header has '* ]]
	sed '2s/$/"/' "$BATS_TEST_TMPDIR/kept" >"$file"
	run -2 caravan replay 10-free
	[[ $output == *'a quote is not closed' || $output == *'the quotes are broken' ]]
	cut -d, -f1-5 "$BATS_TEST_TMPDIR/kept" >"$file"
	run -2 caravan replay 10-free
	[[ $output == *'the header does not end with _stage,_row,_column,_code,_message' ]]
	: >"$file"
	run -2 caravan replay 10-free
	# as a spreadsheet may write it
	{ printf '\xef\xbb\xbf'; sed 's/$/\r/' "$BATS_TEST_TMPDIR/kept"; } >"$file"
	[ "$(psql_client "$NAME" -c "SELECT count(*) FROM caravan.ledger WHERE shard LIKE '%replay%'")" = 0 ]
	[ ! -e "$wave/replay/0001" ]
}

@test "mended rows are loaded; what is still refused is a reject again; all adds up" {
	before=$(psql_client "$NAME" -c 'SELECT count(*) FROM users')
	mend_all
	run -0 caravan replay 10-free
	echo "$output"
	grep -Eq '^  users +transform +1 +0 +0 +1$' <<<"$output"
	grep -Eq '^  users +validate +2 +0 +1 +1$' <<<"$output"
	grep -Eq '^  profiles +load +2 +0 +0 +2$' <<<"$output"
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM users')" = $((before + 2)) ]
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM users WHERE id IN (640, 993)')" = 2 ]
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM profiles WHERE user_id IN (640, 993)')" -ge 2 ]
	[ "$(reject_rows users transform)" = 0 ]
	[ "$(reject_rows users validate)" = 2 ]
	jq -e 'map(.solved) | add == 8' "$wave/replay/0001/result.json"
	# the wave is no longer verified as it was
	[ ! -e "$wave/verified" ]
	run -0 caravan verify 10-free
	jq -e '.ok and all(.tables[]; .mapped == .in_target + .refused)' "$wave/certificate.json"
	jq -e '.extracted + .added == .filtered + (.rejected | add) + .loaded' "$wave/stats/profiles.json"
	[ "$(jq .rejected.load "$wave/stats/profiles.json")" = "$(reject_rows profiles load)" ]
	run -2 caravan replay 10-free
}

@test "a second replay takes what the first did not solve" {
	run -0 caravan replay 10-free --collect
	cd "$wave/replay" || return
	grep -q 'replay-0001-validate:1' users.validate.csv
	sed -i 's/^111,,/111,mended111@example.org,/; s/^287,,/287,mended287@example.org,/' users.validate.csv
	rm -f profiles.* subscriptions.*
	run -0 caravan replay 10-free
	[ "$(psql_client "$NAME" -c "SELECT count(*) FROM users WHERE email LIKE 'mended%'")" = 2 ]
	# they had been refused for the want of those users
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM favourites WHERE user_id IN (111, 287)')" = 2 ]
	[ "$(reject_rows users validate)" = 0 ]
	run -0 caravan verify 10-free
	[ -e "$wave/replay/0002/done" ]
}

@test "rows of one wave come from one mapping" {
	run -0 caravan replay 10-free --collect
	cp "$PLAN/tables/20-profiles/map.sql" "$BATS_TEST_TMPDIR/map.sql"
	echo '-- a remark' >>"$PLAN/tables/20-profiles/map.sql"
	run -2 caravan replay 10-free
	[[ $output == *'profiles was loaded with another mapping or contract than the plan now has'* ]]
	cp "$BATS_TEST_TMPDIR/map.sql" "$PLAN/tables/20-profiles/map.sql"
	rm "$wave"/replay/*.csv
}

@test "a wave with replays is taken back whole" {
	run -0 caravan rollback 10-free
	[ "$(psql_client "$NAME" -c 'SELECT (SELECT count(*) FROM users) + (SELECT count(*) FROM profiles)
		+ (SELECT count(*) FROM favourites) + (SELECT count(*) FROM caravan.ledger)')" = 0 ]
}

@test "killed at any step and run again: nothing is lost, nothing doubled" {
	local n killed=0
	run -0 caravan run --force 10-free
	run -0 caravan replay 10-free --collect
	mend_all
	# the process that the driver starts as its n-th is where it ends
	mkdir "$BATS_TEST_TMPDIR/bin"
	for tool in load validate transform jq mv rm perl; do
		real=$(command -v "$tool")
		cat >"$BATS_TEST_TMPDIR/bin/$tool" <<-END
			#!/bin/sh
			read -r left <"$BATS_TEST_TMPDIR/left"
			echo \$((left - 1)) >"$BATS_TEST_TMPDIR/left"
			if [ "\$left" -le 0 ]; then
				read -r driver <"$BATS_TEST_TMPDIR/driver"
				kill -KILL "\$driver"
				exit 9
			fi
			exec "$real" "\$@"
		END
		chmod +x "$BATS_TEST_TMPDIR/bin/$tool"
	done
	# the driver puts the build's folder first: that is this one
	ln -s "$(command -v extract)" "$BATS_TEST_TMPDIR/bin/extract"
	for n in 3 9 14 19 24 31 38 46; do
		echo "$n" >"$BATS_TEST_TMPDIR/left"
		(
			echo "$BASHPID" >"$BATS_TEST_TMPDIR/driver"
			exec env CARAVAN_BUILD="$BATS_TEST_TMPDIR" "$BATS_TEST_DIRNAME/caravan" "$PLAN" replay 10-free
		) >/dev/null 2>&1 3>&- && break
		killed=$((killed + 1))
	done
	echo "killed $killed times"
	[ "$killed" -ge 4 ]
	if [ ! -e "$wave/replay/0001/done" ]; then
		run -0 caravan replay 10-free
	fi
	jq -e 'map(.solved) | add == 8' "$wave/replay/0001/result.json"
	[ ! -e "$wave/replay/users.transform.csv" ]
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM users WHERE id IN (640, 993)')" = 2 ]
	run -0 caravan verify 10-free
	jq -e '.ok and all(.tables[]; .mapped == .in_target + .refused)' "$wave/certificate.json"
	[ "$(find "$wave/replay" -maxdepth 1 -name '0*' | wc -l)" = 1 ]
}
