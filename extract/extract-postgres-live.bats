#!/usr/bin/env bats
# shellcheck disable=SC2016,SC2012,SC2154,SC2317
#
# extract-postgres-live.bats - extract out of a PostgreSQL that others write to, change and cut

bats_require_minimum_version 1.5.0
load postgres-helpers

@test "one snapshot over all connections, tables and queries; what the manifest says of it" {
	hold
	echo "SELECT count(*) AS n FROM few" >count.sql
	extract -j2 -n 2 -d out --query lock=lock.sql --query count=count.sql "$URI" few 3>&- &
	local pid=$!
	wait_for is_waiting pg_advisory
	wait_for test -e out/few/part-00002.csv.zst
	pg -c "INSERT INTO few VALUES (7, 'late')"
	release
	wait $pid
	pg -c "DELETE FROM few WHERE id = 7"
	[ "$(shard_rows out/few | wc -l)" -eq 6 ]
	[ "$(shard_rows out/count)" = 6 ]
	[ "$(package_json out/few '{caravan,snapshot}')" = "$(package_json out/count '{caravan,snapshot}')" ]
	[ "$(package_json out/few '{caravan,snapshot,method}')" = exported ]
	[ "$(package_json out/few '{caravan,snapshot,shared}')" = true ]
	[[ "$(package_json out/few '{caravan,snapshot,id}')" = *-*-* ]]
	[ "$(package_json out/few '{caravan,consistent}')" = true ]
	[ "$(package_json out/few '{caravan,server,system_identifier}')" = "$(pg -c "SELECT system_identifier FROM pg_control_system()")" ]
	[ "$(package_json out/few '{caravan,server,database}')" = "$DB" ]
	# the position lies behind what the snapshot has, and before the row that came late
	[ "$(pg -c "SELECT '$(package_json out/few '{caravan,snapshot,wal_position}')'::pg_lsn < pg_current_wal_lsn()")" = t ]
	extract -d one "$URI" few
	[ "$(package_json one '{caravan,snapshot,method}')" = "one connection" ]
	run -2 --separate-stderr extract -d one "$URI" few
	[[ $stderr = *"has shards already: --again replaces them"* ]]
	extract --again -d one "$URI" few
}

@test "transfers while several connections read: sums are exact over all tables and shards" {
	pg -c "CREATE TABLE sum_a (id int PRIMARY KEY, v int); INSERT INTO sum_a SELECT i, 100 FROM generate_series(1, 3000) i;
		CREATE TABLE sum_b (LIKE sum_a INCLUDING ALL); INSERT INTO sum_b TABLE sum_a;
		CREATE TABLE sum_moved (n int); INSERT INTO sum_moved VALUES (0);
		CREATE PROCEDURE transfer() LANGUAGE plpgsql AS \$\$
		DECLARE i int := 0;
		BEGIN
			WHILE i < 10000000 LOOP
				UPDATE sum_a SET v = v - 1 WHERE id = 1 + i::bigint * 7 % 3000;
				UPDATE sum_b SET v = v + 1 WHERE id = 1 + i::bigint * 11 % 3000;
				UPDATE sum_moved SET n = n + 1;
				COMMIT;
				i := i + 1;
			END LOOP;
		END \$\$"
	pg -c "CALL transfer()" >/dev/null 2>&1 3>&- &
	local writer=$! i before after a b moved
	for i in 1 2 3; do
		before=$(pg -c "SELECT n FROM sum_moved")
		wait_for moved_over "$before"
		extract -j2 -n 100 --max-rows-per-second 30000 -d "out$i" "$URI" sum_a sum_b sum_moved 3>&-
		after=$(pg -c "SELECT n FROM sum_moved")
		a=$(shard_rows "out$i/sum_a" | awk -F, '{ s += $2 } END { print s }')
		b=$(shard_rows "out$i/sum_b" | awk -F, '{ s += $2 } END { print s }')
		moved=$(shard_rows "out$i/sum_moved")
		echo "run $i: a $a, b $b, moved $moved, of $before to $after"
		[ "$a" -eq $((300000 - moved)) ]
		[ "$b" -eq $((300000 + moved)) ]
		# the writer went on meanwhile
		[ "$moved" -ge "$before" ]
		[ "$moved" -lt "$after" ]
	done
	pg -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$DB' AND query LIKE 'CALL%'" >/dev/null
	wait $writer || true
}

moved_over()
{
	[ "$(pg -c "SELECT n FROM sum_moved")" -gt "$1" ]
}

# another_waits PID CLIENT: a backend other than PID waits for the lock, or CLIENT has ended
another_waits()
{
	local pid
	pid=$(waiting pg_advisory)
	! kill -0 "$2" 2>/dev/null || { [ -n "$pid" ] && [ "$pid" != "$1" ]; }
}

# kill_waiting CLIENT: cut its connection that waits for the lock; wait until another waits
kill_waiting()
{
	local pid
	pid=$(waiting pg_advisory)
	pg -c "SELECT pg_terminate_backend($pid)" >/dev/null
	wait_for another_waits "$pid" "$1"
}

@test "a lost connection: another takes over; all lost: begun again, once" {
	hold
	extract -j2 -n 2 -d out --query lock=lock.sql "$URI" few 2>err 3>&- &
	local pid=$! status=0
	wait_for is_waiting pg_advisory
	kill_waiting $pid
	release
	wait $pid
	[ ! -s err ]
	[ "$(package_json out/lock '{caravan,attempts}')" = 1 ]
	[ "$(shard_rows out/lock)" = f ]
	[ "$(shard_rows out/few | wc -l)" -eq 6 ]

	hold
	extract -n 2 -d again --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_waiting pg_advisory
	kill_waiting $pid
	release
	wait $pid
	cat err
	grep -q "warning: query 'lock': .*lost the connection to PostgreSQL at '.*; everything is begun again" err
	[ "$(package_json again/few '{caravan,attempts}')" = 2 ]
	[[ "$(package_json again/few '{caravan,begun_again}')" = *"lost the connection to PostgreSQL"* ]]
	[ "$(shard_rows again/few | wc -l)" -eq 6 ]

	hold
	extract -q -n 2 -d never --query lock=lock.sql "$URI" few 2>err 3>&- &
	pid=$!
	wait_for is_waiting pg_advisory
	kill_waiting $pid
	kill_waiting $pid
	wait $pid || status=$?
	release
	cat err
	[ "$status" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "lost the connection to PostgreSQL at '" err
	[ "$(package_json never/few '{caravan,complete}')" = false ]
}

no_backend()
{
	[ "$(pg -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '$DB' AND query LIKE '%$1%'
		AND query NOT LIKE '%pg_stat_activity%' AND state <> 'idle'")" -eq 0 ]
}

@test "a failure of one connection stops the others, also those that wait for the server" {
	local status=0
	hold
	echo "SELECT 1 AS a FROM few WHERE (SELECT id FROM few) = 1" >fails.sql
	timeout 30 extract -j2 -d out --query lock=lock.sql --query fails=fails.sql "$URI" 2>err 3>&- ||
		status=$?
	cat err
	[ "$status" -eq 3 ]
	[ "$(wc -l <err)" -eq 1 ]
	grep -q "query 'fails'.*more than one row" err
	# and the server does not go on with what nobody waits for
	wait_for no_backend got_it
	release
}

@test "a stream that is given up ends the server's work, too" {
	echo "SELECT generate_series(1, 1000000000000) AS endless_one" >q.sql
	run --separate-stderr bash -c 'extract --query q=q.sql "$0" | head -1; exit ${PIPESTATUS[0]}' "$URI"
	[ "$status" -eq 141 ]
	[ "$output" = endless_one ]
	[ -z "$stderr" ]
	wait_for no_backend endless_one
}

is_blocked()
{
	[ -n "$(pg -c "SELECT pid FROM pg_stat_activity WHERE datname = '$DB' AND wait_event_type = 'Lock'
		AND application_name = 'extract'")" ]
}

# A table that others have locked keeps extract waiting between its snapshot and its first look.
@test "a table that is changed after the snapshot: exit 3, nothing of it written" {
	local statement status pid
	while read -r statement; do
		status=0
		pg -c "DROP TABLE IF EXISTS drift, drift2, drift_part, drift_one CASCADE;
			CREATE TABLE drift (id int PRIMARY KEY, a int); INSERT INTO drift VALUES (1, 2);
			CREATE TABLE drift_part (id int) PARTITION BY LIST (id);
			CREATE TABLE drift_one PARTITION OF drift_part FOR VALUES IN (1); INSERT INTO drift_part VALUES (1)"
		mkfifo gate
		pg <gate >/dev/null 2>&1 3>&- &
		exec 4>gate
		echo "BEGIN; LOCK TABLE few;" >&4
		wait_for is_locked few
		extract -q -d out "$URI" few drift drift_part 2>err 3>&- 4>&- &
		pid=$!
		wait_for is_blocked
		pg -c "$statement"
		echo "COMMIT;" >&4
		exec 4>&-
		wait $pid || status=$?
		echo "$statement: $status: $(cat err)"
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -qE "table 'drift(_part)?' was changed" err
		[ ! -e out ]
		rm gate
	done <<-'END'
		ALTER TABLE drift ADD COLUMN b int DEFAULT 5
		ALTER TABLE drift ALTER a TYPE text
		ALTER TABLE drift DROP COLUMN a
		ALTER TABLE drift RENAME COLUMN a TO b
		TRUNCATE drift
		TRUNCATE drift_one
		ALTER TABLE drift_part DETACH PARTITION drift_one
		CREATE TABLE drift2 PARTITION OF drift_part FOR VALUES IN (2)
	END
}

is_locked()
{
	[ "$(pg -c "SELECT count(*) FROM pg_locks WHERE relation = '$1'::regclass AND mode = 'AccessExclusiveLock'
		AND granted")" -gt 0 ]
}

@test "a table that is being read cannot be changed, and a change that gets through ends the run" {
	pg -c "CREATE TABLE steady (id int PRIMARY KEY); INSERT INTO steady SELECT generate_series(1, 10)"
	hold
	extract -n 3 -d out --query lock=lock.sql "$URI" steady 2>err 3>&- &
	local pid=$! status=0
	wait_for is_waiting pg_advisory
	run pg -c "SET lock_timeout = '100ms'" -c "TRUNCATE steady"
	[[ $output = *"lock timeout"* ]]
	release
	wait $pid
	[ "$(shard_rows out/steady | wc -l)" -eq 10 ]
	# attaching a partition needs no lock that would have to wait
	pg -c "CREATE TABLE grows (id int) PARTITION BY LIST (id); CREATE TABLE grows_1 PARTITION OF grows FOR VALUES IN (1);
		CREATE TABLE grows_2 (id int); INSERT INTO grows VALUES (1); INSERT INTO grows_2 VALUES (2)"
	hold
	extract -q -d grown --query lock=lock.sql "$URI" grows 2>err 3>&- &
	pid=$!
	wait_for is_waiting pg_advisory
	pg -c "ALTER TABLE grows ATTACH PARTITION grows_2 FOR VALUES IN (2)"
	release
	wait $pid || status=$?
	cat err
	[ "$status" -eq 3 ]
	grep -q "table 'grows' was changed" err
	[ "$(package_json grown/grows '{caravan,complete}')" = false ]
}

@test "a connection that is lost, a query that is cancelled or fails in the middle: exit 3, no end mark" {
	local case status pid
	for case in "pg_terminate_backend|lost the connection to PostgreSQL at '" "pg_cancel_backend|canceling statement"; do
		status=0
		hold
		echo "SELECT i, CASE WHEN i = 60000 THEN pg_advisory_lock_shared(1) END AS x FROM generate_series(1, 100000) i" >q.sql
		extract --end-mark -o out.csv --query q=q.sql "$URI" 2>err 3>&- &
		pid=$!
		wait_for is_waiting generate_series
		pg -c "SELECT ${case%%|*}($(waiting generate_series))" >/dev/null
		wait $pid || status=$?
		release
		cat err
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -qE "^extract: query 'q': after row [0-9]+: .*${case#*|}" err
		[ ! -e out.csv ]
	done
	echo "SELECT 10 / (60000 - i) AS x FROM generate_series(1, 100000) i" >q.sql
	run --separate-stderr bash -c 'extract --end-mark --query q=q.sql "$0" | tail -1; exit ${PIPESTATUS[0]}' "$URI"
	[ "$status" -eq 3 ]
	[[ $stderr = "extract: query 'q': after row 59999: 22012: division by zero" ]]
	[ "$output" != '\.' ]
}

# When the connection that counts did so last.
counted()
{
	pg -c "SELECT query_start FROM pg_stat_activity WHERE datname = '$DB' AND application_name = 'extract'
		AND query LIKE '%pg_stat_clear_snapshot%'"
}

are_sleeping()
{
	[ "$(pg -c "SELECT count(*) FROM pg_stat_activity WHERE datname = '$DB' AND wait_event = 'PgSleep'")" -eq "$1" ]
}

counted_after()
{
	local now
	now=$(counted)
	[ -n "$now" ] && [ "$now" != "$1" ]
}

@test "--max-load pauses while the server's counter is over it; --max-rows-per-second" {
	local pid begin i first second
	for i in 1 2 3; do
		pg -c "SELECT pg_sleep(600) AS holder" >/dev/null 2>&1 3>&- &
	done
	wait_for are_sleeping 3
	extract -d out --max-load active=2 "$URI" few 3>&- &
	pid=$!
	# it looks again and again
	wait_for counted_after ""
	first=$(counted)
	wait_for counted_after "$first"
	second=$(counted)
	wait_for counted_after "$second"
	kill -0 $pid
	[ "$(ls out)" = datapackage.json ]
	release
	kill $pid
	wait $pid || true
	extract -d free --max-load connections=1000 "$URI" few
	[ "$(shard_rows free | wc -l)" -eq 6 ]
	begin=${EPOCHREALTIME/./}
	echo "SELECT generate_series(1, 1500) AS i" >q.sql
	[ "$(extract --max-rows-per-second 1000 --query q=q.sql "$URI" | wc -l)" -eq 1501 ]
	[ $((${EPOCHREALTIME/./} - begin)) -gt 1000000 ]
}
