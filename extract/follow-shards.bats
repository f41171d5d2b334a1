#!/usr/bin/env bats
#
# follow-shards.bats - changes in sealed shards: nothing lost and nothing twice, whatever ends the follower
#
# A stream read from the start in one go is what all shards together have to be.
# SOAK=1 kills 200 times instead of 12.
# shellcheck disable=SC2154,SC2153,SC2030,SC2031 # stderr is bats's, the rest is per test

bats_require_minimum_version 1.5.0
load mysql-helpers
load follow-helpers

KILLS=12
[ -z "${SOAK-}" ] || KILLS=200

teardown()
{
	local pid
	for pid in ${writer-} ${follower-}; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" || true
	done
}

@test "one table: shards lie in the folder, which a rerun goes on with" {
	sql "$DB" "CREATE TABLE one (id INT PRIMARY KEY, v INT)"
	from=$(here)
	sql "$DB" "INSERT INTO one VALUES (1, 1), (2, 2); UPDATE one SET v = 3 WHERE id = 2"
	extract -v --follow --from "$from" --until-now -d out "$URI" one 2>err
	grep -q 'one: 3 rows' err
	[ "$(jq -r .position out/position.json)" = "$(here)" ]
	[ "$(jq -c .tables out/position.json)" = '{"one":{"next":1}}' ]
	[ "$(jq -c '.caravan | [.changes, .table, .key]' out/datapackage.json)" = '[true,"one",["id"]]' ]
	[ "$(ls out)" = $'datapackage.json\npart-000000000.csv.zst\nposition.json' ]
	[ "$(stat -c %a out out/part-000000000.csv.zst | tr '\n' ' ')" = '700 600 ' ]
	is_whole out one
	extract --follow --from-manifest out/position.json --until-now "$URI" one | cmp - <(echo id,v,_op,_pos)
	# nothing new: no shard.  Something new: the next, also where the first was applied and removed
	extract --follow --until-now -d out "$URI" one
	has_shards out 1
	mv out/part-000000000.csv.zst .
	sql "$DB" "DELETE FROM one"
	extract --follow --from "$from" --until-now -d out "$URI" one
	[ -e out/part-000000001.csv.zst ]
	mv part-000000000.csv.zst out
	is_whole out one
}

@test "several tables: a folder each, and no shard without changes" {
	sql "$DB" "CREATE TABLE t1 (id INT PRIMARY KEY, v INT); CREATE TABLE t2 LIKE t1; CREATE TABLE t3 LIKE t1"
	from=$(here)
	sql "$DB" "BEGIN; INSERT INTO t1 VALUES (1, 1); INSERT INTO t2 VALUES (1, 1); UPDATE t1 SET v = 2; COMMIT;
		INSERT INTO t2 VALUES (2, 2)"
	extract -q --follow --from "$from" --until-now -d out "$URI" t1 t2 t3
	is_whole out/t1 t1 out
	is_whole out/t2 t2 out
	[ "$(ls out/t3)" = datapackage.json ]
	# both tables' records of the transaction are in the log's order
	{ records out/t1; records out/t2; } | sed 's/.*,\([iud],\)/\1/; s/\$//' | sort -t, -k2 | cut -d, -f1 | tr '\n' ' ' |
		grep -qx 'i i u i '
}

@test "a folder begun by a GTID is gone on with as any other" {
	sql "$DB" "CREATE TABLE gt (id INT PRIMARY KEY)"
	from=$(here)
	gtid=$(sql "" "SELECT @@gtid_binlog_pos")
	sql "" "FLUSH BINARY LOGS"
	extract -q --follow --from "$gtid" --until-now -d out "$URI" gt
	[ ! -e out/position.json ]
	sql "$DB" "INSERT INTO gt VALUES (1); FLUSH BINARY LOGS; INSERT INTO gt VALUES (2)"
	extract -q --follow --from "$gtid" --until-now -d out "$URI" gt
	sql "$DB" "INSERT INTO gt VALUES (3)"
	extract -q --follow --until-now -d out "$URI" gt
	[ "$(jq -r '.position + " " + .gtid' out/position.json)" = "$(here) $(sql "" "SELECT @@gtid_binlog_pos")" ]
	is_whole out gt
}

@test "a shard is sealed after so many changes, or so many seconds" {
	sql "$DB" "CREATE TABLE often (id INT PRIMARY KEY)"
	from=$(here)
	sql "$DB" "$(printf 'INSERT INTO often VALUES (%d);' {1..100})"
	extract -q --follow --from "$from" --until-now -n 30 -d out "$URI" often
	has_shards out 4
	run ! has_shards out 5
	is_whole out often
	extract -q --follow --interval 0.1 -d out "$URI" often 2>err 3>&- &
	follower=$!
	sql "$DB" "INSERT INTO often VALUES (101)"
	wait_for has_shards out 5
	sql "$DB" "INSERT INTO often VALUES (102)"
	wait_for has_shards out 6
	kill -TERM "$follower"
	wait "$follower"
	follower=
	is_whole out often
	[ ! -s err ]
}

@test "killed again and again while others write: nothing lost, nothing twice" {
	local seed=${SEED:-$RANDOM} i
	echo "SEED=$seed"
	RANDOM=$seed
	sql "$DB" "CREATE TABLE k1 (id INT PRIMARY KEY, v VARCHAR(20)); CREATE TABLE k2 LIKE k1"
	from=$(here)
	write_changes "$DB" k1 k2 3>&- &
	writer=$!
	for ((i = 1; i <= KILLS; i++)); do
		extract -q --follow --from "$from" --interval 0.05 -n $((RANDOM % 300 + 1)) -d out "$URI" k1 k2 3>&- &
		follower=$!
		wait_for has_shards out $((i * 2))
		sleep "0.$((RANDOM % 30 + 10))"
		kill -KILL "$follower"
		wait "$follower" || true
	done
	follower=
	kill "$writer"
	wait "$writer" || true
	writer=
	extract -q --follow --until-now -d out "$URI" k1 k2
	is_whole out/k1 k1 out
	is_whole out/k2 k2 out
}

@test "a folder of other tables, of a copy, of another server, or in use is refused" {
	sql "$DB" "CREATE TABLE f1 (id INT PRIMARY KEY); CREATE TABLE f2 (id INT PRIMARY KEY)"
	extract -q --follow --from now --until-now -d out "$URI" f1
	run -2 extract --follow --until-now -d out "$URI" f2
	[[ $output == *"'out/position.json' is not of table 'f2'"* ]]
	run -2 extract --follow --until-now -d out "$URI" f1 f2
	extract -q -d copy "$URI" f1
	run -2 extract --follow --from now --until-now -d copy "$URI" f1
	[[ $output == *"folder 'copy' has shards of something else"* ]]
	run -2 extract -d out "$URI" f1
	run -2 extract --follow --until-now -d new "$URI" f1
	[[ $output == *"give --from"* ]]
	jq '.server.server_id = "99"' out/position.json >other.json
	mkdir other && cp other.json other/position.json
	run -2 extract --follow --until-now -d other "$URI" f1
	[[ $output == *"this is another server: its server_id is 1, and was 99"* ]]
	jq '.gtid = "0-1-1"' out/position.json >other/position.json
	run -2 extract --follow --until-now -d other "$URI" f1
	[[ $output == *"this is another binary log: at "*" its GTID is "*", and was 0-1-1"* ]]
	extract -q --follow -d out "$URI" f1 3>&- &
	follower=$!
	sql "$DB" "INSERT INTO f1 VALUES (1)"
	wait_for has_shards out 1
	run -3 extract --follow --until-now -d out "$URI" f1
	[[ $output == *"another extract writes to folder 'out'"* ]]
}

@test "a shard that was damaged is not gone on with" {
	sql "$DB" "CREATE TABLE cut (id INT PRIMARY KEY)"
	from=$(here)
	sql "$DB" "INSERT INTO cut VALUES (1)"
	extract -q --follow --from "$from" --until-now -d out "$URI" cut
	truncate -s -10 out/part-000000000.csv.zst
	run -3 extract --follow --until-now -d out "$URI" cut
	[[ $output == *"out/part-000000000.csv.zst"* ]]
}
