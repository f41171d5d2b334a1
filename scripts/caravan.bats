#!/usr/bin/env bats
#
# caravan.bats - a plan from its simulation to two verified waves, and what may go wrong on the way
#
# The tests are one story: each begins where the one before it ended.

bats_require_minimum_version 1.5.0

setup_file()
{
	load test-helpers
	need_servers || return
	make_plan caravan_bats 1000
}

teardown_file()
{
	load test-helpers
	need_servers || return
	drop_plan caravan_bats
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

# one QUERY: the target's answer
one()
{
	# shellcheck disable=SC2153 # from make_plan
	psql_client "$NAME" -c "$1"
}

@test "what is no plan, and no verb" {
	run -2 caravan walk
	[ "$output" = "caravan: there is no verb 'walk'; try 'caravan --help'" ]
	run -2 "$BATS_TEST_DIRNAME/caravan" /nowhere run
	[ "$output" = "caravan: there is no folder '/nowhere'" ]
	mkdir empty
	run -2 "$BATS_TEST_DIRNAME/caravan" empty run
	[ "$output" = "caravan: 'empty' is no plan: it has no plan.env" ]
	run -2 "$BATS_TEST_DIRNAME/caravan"
	run -0 "$BATS_TEST_DIRNAME/caravan" --help
	[[ $output == *'run [WAVE]'* ]]
	run -2 caravan verify 30-nobody
	run -2 caravan verify
	[ "$output" = 'caravan: no wave is loaded' ]
}

@test "no wave begins before a simulation of the plan was clean" {
	run -2 caravan run
	[ "$output" = 'caravan: 10-free may not begin: no simulation of the plan was clean (--force goes on all the same)' ]
	[ "$(one 'SELECT count(*) FROM users')" = 0 ]
}

@test "a simulation runs everything beside the target, and leaves the target alone" {
	run -0 caravan simulate
	[[ $output == *'the simulation was clean'* ]]
	[ "$(one 'SELECT count(*) FROM users')" = 0 ]
	[ "$(one "SELECT count(*) FROM pg_database WHERE datname = '${NAME}_simulation'")" = 0 ]
	jq -e '.clean and (.waves | length == 2) and all(.waves[]; .users > 0)' "$PLAN/work/simulate/last/report.json"
	# the same once more finds nothing new
	run -0 caravan simulate
	[[ $output != *'since the last simulation'* ]]
}

@test "the first wave is loaded and verified; a wave that is loaded stays as it is" {
	run -0 caravan run
	[[ $output == *'10-free is loaded'* ]]
	run -2 caravan run 20-subscribers
	[ "$output" = 'caravan: 20-subscribers may not begin: 10-free is not verified (--force goes on all the same)' ]
	run -0 caravan verify
	hash=$(table_hash "$NAME" users)
	run -0 caravan run 10-free
	[ "$output" = '10-free is loaded already' ]
	[ "$(table_hash "$NAME" users)" = "$hash" ]
	[ "$(one "SELECT count(*) FROM caravan.user_state WHERE wave = '10-free' AND state = 'legacy'")" -gt 500 ]
	jq -e '.ok and (.tables | length == 4) and all(.tables[]; .checksum_mapped == .checksum_target)' \
		"$PLAN/work/run/10-free/certificate.json"
}

@test "verify finds a row that was changed, and one that is gone" {
	id=$(one 'SELECT min(id) FROM users WHERE full_name IS NOT NULL')
	name=$(one "SELECT full_name FROM users WHERE id = $id")
	one "UPDATE users SET full_name = 'Somebody Else' WHERE id = $id"
	run -1 caravan verify 10-free
	[[ $output == *"changed ($id): "*'Somebody Else'* ]]
	# and the next wave does not begin
	run -2 caravan run
	psql_client "$NAME" -v name="$name" <<<"UPDATE users SET full_name = :'name' WHERE id = $id"
	profile=$(one "SELECT to_json(p) FROM profiles p WHERE id = (SELECT min(id) FROM profiles)")
	one 'DELETE FROM profiles WHERE id = (SELECT min(id) FROM profiles)'
	run -1 caravan verify 10-free
	[[ $output == *"missing ($(jq -r .id <<<"$profile"))"* ]]
	psql_client "$NAME" -v p="$profile" <<<"INSERT INTO profiles SELECT * FROM json_populate_record(NULL::profiles, :'p')"
	run -0 caravan verify 10-free
}

@test "a new defect before the second wave: it stops, nothing of it is visible, the first is untouched" {
	first=$(table_hash "$NAME" users)
	state=$(one 'SELECT count(*) FROM caravan.user_state')
	mysql_client -D "$NAME" -e "UPDATE tbl_user SET gndr = 'diverse' WHERE u_id IN
		(SELECT u_id FROM subs WHERE stat = 1)"
	run -1 caravan run
	[[ $output == *'users: '*' rows rejected, MAX_REJECTS of 20-subscribers allows '* ]]
	[[ $output == *'unknown gender diverse'* ]]
	[[ $output == *'nothing of it is in the target'* ]]
	[ "$(table_hash "$NAME" users)" = "$first" ]
	[ "$(one "SELECT count(*) FROM caravan.ledger WHERE shard LIKE 'run/20-subscribers/%'")" = 0 ]
	[ "$(one 'SELECT count(*) FROM caravan.user_state')" -gt "$state" ]
	# the mapping is mended; the plan has changed, so it is simulated first
	sed -i "s/THEN 'female'/THEN 'female' WHEN lower(gndr) = 'diverse' THEN NULL/" \
		"$PLAN/tables/10-users/map.sql"
	run -2 caravan run
	[ "$output" = 'caravan: 20-subscribers may not begin: the plan has changed since it was last simulated (--force goes on all the same)' ]
	run -0 caravan simulate
	run -0 caravan run
	[[ $output == *'20-subscribers is loaded'* ]]
	run -0 caravan verify 20-subscribers
	[ "$(one "SELECT count(*) FROM users u JOIN caravan.user_state s ON s.user_key = u.id::text
		WHERE s.wave = '10-free'")" = "${first%%|*}" ]
	# the first wave was loaded with another mapping than the plan now has
	run -2 caravan run 10-free
	[[ $output == *'users was loaded with another mapping or contract; take it back first: '*'rollback 10-free' ]]
}

@test "rows that the target refuses count too: what was loaded of the wave is taken back" {
	run -0 caravan rollback 20-subscribers
	one 'ALTER TABLE favourites ADD CONSTRAINT none CHECK (user_id < 0) NOT VALID'
	before=$(table_hash "$NAME" users)
	run -1 caravan run --force 20-subscribers
	[[ $output == *'too many rows were refused; taking back what was loaded'* ]]
	[[ $output == *23514* ]]
	[ "$(table_hash "$NAME" users)" = "$before" ]
	[ "$(one "SELECT count(*) FROM caravan.ledger WHERE shard LIKE 'run/20-subscribers/%'")" = 0 ]
	grep -q 'run 20-subscribers --force' "$PLAN/work/log" ||
		! grep -q 'may not begin' <<<"$output"
	one 'ALTER TABLE favourites DROP CONSTRAINT none'
	run -0 caravan run 20-subscribers
}

@test "a wave is taken back: not over the heads of what depends on it, and not what was changed" {
	user=$(one "SELECT min(u.id) FROM users u JOIN caravan.user_state s ON s.user_key = u.id::text
		WHERE s.wave = '20-subscribers'")
	one "INSERT INTO profiles (user_id, name, age_rating, created_at) VALUES ($user, 'new here', 3, now())"
	run -3 caravan rollback 20-subscribers
	[[ $output == *'1 rows of profiles refer to rows of users of this wave'* ]]
	one "DELETE FROM profiles WHERE name = 'new here'"
	one "UPDATE users SET full_name = 'New Name' WHERE id = $user"
	run -3 caravan rollback 20-subscribers
	[[ $output == *"1 rows of users were changed since they were loaded, the first is ($user)"* ]]
	run -0 caravan rollback --force 20-subscribers
	[ "$(one "SELECT count(*) FROM users WHERE id = $user")" = 0 ]
	[ "$(one "SELECT count(*) FROM caravan.user_state WHERE wave = '20-subscribers'")" = 0 ]
	run -0 caravan rollback 20-subscribers
	[ "$output" = '20-subscribers has not begun' ]
	run -0 caravan run --force
	run -0 caravan verify 20-subscribers
	run -0 caravan run
	[ "$output" = 'all waves are loaded' ]
}

@test "a user who was moved is not moved again by a later wave" {
	moved=$(one "SELECT min(user_key::bigint) FROM caravan.user_state WHERE wave = '10-free'
		AND user_key::bigint IN (SELECT id FROM users)")
	run -0 caravan rollback --force 20-subscribers
	mysql_client -D "$NAME" -e "INSERT INTO subs (s_id, u_id, pln, prc, stat, dt_a)
		SELECT max(s_id) + 1, $moved, 'M', '999', 1, '2020-01-01 00:00:00' FROM subs"
	run -0 caravan run --force 20-subscribers
	[ "$(one "SELECT wave FROM caravan.user_state WHERE user_key = '$moved'")" = 10-free ]
	run -0 caravan verify
}

@test "two verbs at once: the second waits its turn, and says when it gives up" {
	exec {lock}>>"$PLAN/work/lock"
	flock "$lock"
	run -3 env LOCK_WAIT=0 "$BATS_TEST_DIRNAME/caravan" "$PLAN" verify
	[[ $output == *'another verb is at work on this plan'* ]]
	exec {lock}>&-
}

@test "a sample, made unrecognizable; it does not make a plan ready to run" {
	cat >"$PLAN/tables/10-users/mask.sql" <<-'END'
		-- drop: mail  made up
		-- drop: nm    made up
		-- drop: tel   not needed
		SELECT u_id, 'user' || u_id || '@example.org' AS mail, pass, pass_old, 'A Name' AS nm, reg_dt,
			lst_lgn, cntry, lng, gndr, NULL::text AS tel, flag2, opt1, x_ref, deleted, utm FROM tbl_user
	END
	run -0 caravan simulate --sample 30% --mask --keep
	rm "$PLAN/tables/10-users/mask.sql"
	[[ $output == *'the simulation was clean (of a sample of 30%)'* ]]
	[ "$(psql_client "${NAME}_simulation" -c "SELECT count(*) FILTER (WHERE full_name <> 'A Name') = 0
		AND count(*) BETWEEN 100 AND 500 FROM users")" = t ]
	[ ! -e "$PLAN/work/simulate/clean" ]
	run -2 caravan simulate --sample 200%
}

@test "STAGING: a database that holds something else is not touched" {
	psql_client postgres -c "DROP DATABASE IF EXISTS ${NAME}_simulation" -c "CREATE DATABASE ${NAME}_simulation"
	psql_client "${NAME}_simulation" -c 'CREATE TABLE precious (a int)'
	STAGING=$(database_uri "$POSTGRES_URI" "${NAME}_simulation")
	export STAGING
	run -2 caravan simulate --sample 10%
	[ "$output" = 'caravan: STAGING has tables that no simulation made; name an empty database' ]
	run -2 env STAGING= "$BATS_TEST_DIRNAME/caravan" "$PLAN" simulate --sample 10%
	[ "$output" = "caravan: there is a database '${NAME}_simulation', which no simulation made" ]
	psql_client "${NAME}_simulation" -c 'DROP TABLE precious'
	run -0 caravan simulate --sample 10%
	run -0 caravan simulate --sample 10%
}
