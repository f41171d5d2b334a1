#!/usr/bin/env bats
#
# follow-plan.bats - a plan whose users change while and after they are copied
#
# The tests are one story: each begins where the one before it ended.  What a change should have
# become is what a migration makes that begins after it.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan follow_plan_bats 600
	# of two users with one address either may be refused, whoever comes later
	mysql_client follow_plan_bats -e "DELETE a FROM tbl_user a JOIN tbl_user b
		ON LOWER(TRIM(a.mail)) = LOWER(TRIM(b.mail)) AND a.u_id > b.u_id"
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan follow_plan_bats
	psql_client postgres -c 'DROP DATABASE IF EXISTS follow_plan_fresh'
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

legacy()
{
	# shellcheck disable=SC2153 # from make_plan
	mysql_client "$NAME" -e "$1"
}

one()
{
	psql_client "$NAME" -c "$1"
}

# member WAVE N: the key of the Nth of a wave's users that is in the target
member()
{
	one "SELECT u.id FROM users u JOIN caravan.user_state s ON s.user_key = u.id::text
		WHERE wave = '$1' ORDER BY u.id OFFSET $2 LIMIT 1"
}

@test "nothing can be followed before a wave is loaded" {
	run -2 caravan follow
	[ "$output" = 'caravan: no wave is loaded yet: follow begins where the first was copied' ]
	run -2 caravan follow now
	[ "$output" = "caravan: follow takes --until-now and --again, not 'now'" ]
}

@test "changes since the copy: rows put in, changed, moved and deleted, and users that are marked so" {
	caravan run --force -q
	user=$(member 10-free 3)
	gone=$(member 10-free 5)
	marked=$(member 10-free 7)
	legacy "UPDATE tbl_user SET nm = 'Changed \"by, hand', cntry = 'Egypt' WHERE u_id = $user;
		DELETE FROM fav WHERE u_id = $user;
		DELETE FROM tbl_child WHERE u_id = $gone; DELETE FROM subs WHERE u_id = $gone;
		DELETE FROM fav WHERE u_id = $gone; DELETE FROM tbl_user WHERE u_id = $gone;
		UPDATE tbl_user SET deleted = 1 WHERE u_id = $marked;
		UPDATE tbl_child SET u_id = $user WHERE u_id = $(member 10-free 9)"
	run -0 caravan follow --until-now
	[ "$(one "SELECT full_name, country FROM users WHERE id = $user")" = 'Changed "by, hand|EG' ]
	[ "$(one "SELECT count(*) FROM favourites WHERE user_id = $user")" = 0 ]
	[ "$(one "SELECT count(*) FROM users WHERE id IN ($gone, $marked)")" = 0 ]
	[ "$(one "SELECT count(*) FROM profiles WHERE user_id IN ($gone, $marked)")" = 0 ]
	jq -e '.users >= 3 and .updated >= 1 and .deleted >= 3 and .batches >= 1' "$PLAN/work/follow/status.json"
}

@test "status tells how far it is, and what waits" {
	run -0 caravan status
	[[ $output == *'follow      not running, applied up to binlog.'*' users in 1 batches, 0 rows rejected, the last change '* ]]
	run -0 caravan status --format=openmetrics
	[[ $output == *$'\ncaravan_follow_waiting_bytes{table="tbl_user"} 0\n'* ]]
	mv "$PLAN/work/follow/applied" saved
	run -0 caravan status
	[[ $output == *'tbl_user: '*' bytes of changes wait, for '* ]]
	run -0 caravan status --format=json
	jq -e '.follow.waiting[] | select(.table == "tbl_user") | .shards >= 1 and .bytes > 0 and .seconds > 0' <<<"$output"
	mv saved "$PLAN/work/follow/applied"
}

@test "again, with nothing new: nothing is done" {
	before=$(cat "$PLAN/work/follow/status.json")
	run -0 caravan follow --until-now
	[ "$(cat "$PLAN/work/follow/status.json")" = "$before" ]
}

@test "users of a wave that is not loaded are passed over, and are there when it is" {
	later=$(legacy 'SELECT MIN(u_id) FROM subs WHERE stat = 1')
	users=$(one 'SELECT count(*) FROM users')
	legacy "UPDATE tbl_user SET nm = 'Before' WHERE u_id = $later"
	caravan follow --until-now
	[ "$(one 'SELECT count(*) FROM users')" = "$users" ]
	caravan verify 10-free >/dev/null || :
	caravan run --force -q
	[ "$(one "SELECT full_name FROM users WHERE id = $later")" = Before ]
	legacy "UPDATE tbl_user SET nm = 'After' WHERE u_id = $later"
	caravan follow --until-now
	[ "$(one "SELECT full_name FROM users WHERE id = $later")" = After ]
	[ "$(cat "$PLAN/work/follow/joined")" = $'10-free\n20-subscribers' ]
	as_fresh follow_plan_fresh
}

@test "a user who came after all waves is in the last of them" {
	legacy "INSERT INTO tbl_user SELECT * FROM (SELECT * FROM tbl_user WHERE u_id = $(member 10-free 11)) x
		ON DUPLICATE KEY UPDATE mail = x.mail;
		CREATE TEMPORARY TABLE n AS SELECT * FROM tbl_user WHERE u_id = $(member 10-free 11);
		UPDATE n SET u_id = 999999, mail = 'late@example.com'; INSERT INTO tbl_user SELECT * FROM n"
	caravan follow --until-now
	[ "$(one 'SELECT email FROM users WHERE id = 999999')" = late@example.com ]
	[ "$(one "SELECT wave, state FROM caravan.user_state WHERE user_key = '999999'")" = '20-subscribers|legacy' ]
}

@test "users who are switched to the new system are left alone" {
	user=$(member 10-free 13)
	one "UPDATE caravan.user_state SET state = 'new' WHERE user_key = '$user'"
	name=$(one "SELECT full_name FROM users WHERE id = $user")
	legacy "UPDATE tbl_user SET nm = 'Not here' WHERE u_id = $user"
	caravan follow --until-now
	[ "$(one "SELECT full_name FROM users WHERE id = $user")" = "$name" ]
	one "UPDATE caravan.user_state SET state = 'legacy' WHERE user_key = '$user'"
	run -0 caravan follow --again --until-now
	[ "$(one "SELECT full_name FROM users WHERE id = $user")" = 'Not here' ]
}

@test "what the mapping refuses is kept, and over the limit follow stops" {
	user=$(member 10-free 15)
	legacy "UPDATE tbl_user SET mail = 'no address' WHERE u_id = $user"
	caravan follow --until-now
	[ "$(jq .rejected "$PLAN/work/follow/status.json")" -gt 0 ]
	grep -q "^$user," "$PLAN"/work/follow/rejects/*.users.*.csv
	legacy "UPDATE tbl_user SET mail = 'still none' WHERE u_id = $user"
	FOLLOW_MAX_REJECTS=0 run -1 caravan follow --until-now
	[[ $output == *'rows were refused, FOLLOW_MAX_REJECTS allows 0'* ]]
	legacy "UPDATE tbl_user SET mail = 'good@example.com' WHERE u_id = $user"
	caravan follow --until-now
	[ "$(one "SELECT email FROM users WHERE id = $user")" = good@example.com ]
}

# seen SQL WANTED: whether the target says so
seen()
{
	[ "$(one "$1")" = "$2" ]
}

@test "running all the time, it brings each change, stops at a signal, and goes on" {
	user=$(member 10-free 17)
	for signal in INT TERM; do
		env "--default-signal=$signal" "$BATS_TEST_DIRNAME/caravan" "$PLAN" follow >out 2>&1 3>&- &
		pid=$!
		for n in 1 2 3; do
			legacy "UPDATE tbl_user SET nm = 'Round $signal $n' WHERE u_id = $user"
			wait_for seen "SELECT full_name FROM users WHERE id = $user" "Round $signal $n"
		done
		kill "-$signal" $pid
		wait $pid
		[ "$(cat out)" = 'follow: stopped; all that was read is applied' ]
	done
}

@test "killed at any moment, and begun again: nothing is lost" {
	user=$(member 10-free 19)
	for n in $(seq 1 8); do
		"$BATS_TEST_DIRNAME/caravan" "$PLAN" follow >out 2>&1 3>&- &
		pid=$!
		legacy "UPDATE tbl_user SET nm = 'Kill $n' WHERE u_id = $user;
			UPDATE subs SET note = 'kill $n' WHERE u_id % 7 = $n % 7"
		# each time a little further
		wait_for test -e "$PLAN/work/follow/changes/position.json"
		for _ in $(seq "$n"); do [ -d "/proc/$pid" ]; done
		[ "$n" -lt 5 ] || wait_for test -d "$PLAN/work/follow/batch/raw"
		kill -9 $pid
		wait $pid || :
	done
	caravan follow --until-now
	[ "$(one "SELECT full_name FROM users WHERE id = $user")" = 'Kill 8' ]
	as_fresh follow_plan_fresh
}
