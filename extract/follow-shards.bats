#!/usr/bin/env bats
#
# follow-shards.bats - changes in sealed shards: nothing lost and nothing twice, whatever ends the follower
#
# A stream read from the start in one go is what all shards together have to be.
# SOAK=1 kills 200 times instead of 12, and restarts the server 10 times.
# shellcheck disable=SC2154,SC2153,SC2030,SC2031 # stderr is bats's, the rest is per test

bats_require_minimum_version 1.5.0
load mysql-helpers

KILLS=12
RESTARTS=2
[ -z "${SOAK-}" ] || KILLS=200 RESTARTS=10

teardown()
{
	[ -z "${writer-}" ] || kill "$writer" 2>/dev/null || true
	[ -z "${follower-}" ] || kill -KILL "$follower" 2>/dev/null || true
	if [ -n "${own-}" ]; then
		"$SANDBOX" stop --purge "$own" 3>&-
		rm -rf "$own"
	fi
}

# records DIR: those of all shards, in their order
records()
{
	local f
	for f in "$1"/part-*.csv.zst; do
		zstd -dcq "$f" | sed 1d
	done
}

# is_whole DIR TABLE: the shards have what the log has from $from to where they went
is_whole()
{
	local until
	until=$(jq -r .position "${3:-$1}/position.json")
	extract -q --follow --from "$from" --until "$until" "$URI" "$2" | sed 1d >want.csv
	records "$1" | cmp - want.csv
	[ -s want.csv ]
	# a transaction is in one shard
	for f in "$1"/part-*.csv.zst; do
		[[ $(zstd -dcq "$f" | tail -n 1) = *'$' ]]
	done
}

# write_changes DATABASE TABLE...: transactions of all kinds, one after the other, until it is killed
write_changes()
{
	local db=$1 i=0 t
	shift
	{
		while :; do
			i=$((i + 1))
			echo "BEGIN;"
			for t; do
				echo "INSERT INTO $t VALUES ($i, 'a$i'), (-$i, NULL); UPDATE $t SET v = 'u' WHERE id > $i - 5 AND id % 3 = 0;"
				((i % 7)) || echo "UPDATE $t SET id = id + 1000000 WHERE id BETWEEN $i - 3 AND $i; DELETE FROM $t WHERE id < -$i + 2;"
			done
			echo "COMMIT;"
			((i % 50)) || echo "FLUSH BINARY LOGS;"
		done
	} | mariadb --no-defaults -S "$mysql_socket" -u "$mysql_user" "$db"
}

has_shards()
{
	[ "$(find "$1" -name 'part-*' | wc -l)" -ge "$2" ]
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

@test "the server is restarted, and killed: the follower goes on by itself" {
	local i pid
	SANDBOX=$(git -C "$BATS_TEST_DIRNAME" rev-parse --show-toplevel)/scripts/sandbox
	own=$(mktemp -d "${TMPDIR:-/tmp}/follow.XXXXXX")
	"$SANDBOX" start "$own" 3>&-
	# shellcheck disable=SC1091
	. "$own/env"
	mysql_socket=$MYSQL_SOCKET mysql_user=caravan
	URI=$(database_uri "$MYSQL_URI" d)
	sql "" "CREATE DATABASE d; CREATE TABLE d.a (id INT PRIMARY KEY, v VARCHAR(20))"
	from=$(here)
	extract --follow --from "$from" --interval 0.1 -d out "$URI" a 2>err 3>&- &
	follower=$!
	extract --follow --from "$from" -o stream.fifo "$URI" a 2>err2 3>&- &
	pid=$!
	for ((i = 1; i <= RESTARTS; i++)); do
		write_changes d a 3>&- 2>/dev/null &
		writer=$!
		wait_for has_shards out $((i * 3))
		if ((i % 2)); then
			"$SANDBOX" restart "$own" mysql --kill 3>&-
		else
			"$SANDBOX" restart "$own" mysql 3>&-
		fi
		wait "$writer" || true
		sql d "DELETE FROM a"
	done
	writer=
	sql d "INSERT INTO a VALUES (0, 'last')"
	wait_for eval 'records out | grep -q "^0,last,i"'
	kill "$follower" "$pid"
	wait "$follower"
	wait "$pid"
	follower=
	is_whole out a
	grep -q "warning: .*lost MariaDB at\|warning: .*the server ended the stream" err
	[ "$(grep -vc warning: err)" -eq 0 ]
	# the stream too, which began before
	sed 1d stream.fifo | head -c "$(stat -c %s want.csv)" | cmp - want.csv
}

@test "a log that was purged meanwhile is refused, with what was asked for and what there is" {
	sql "$DB" "CREATE TABLE purged (id INT PRIMARY KEY)"
	from=$(here)
	gtid=$(sql "" "SELECT @@gtid_binlog_pos")
	extract -q --follow --from "$from" --until-now -d out "$URI" purged
	sql "$DB" "INSERT INTO purged VALUES (1); FLUSH BINARY LOGS; INSERT INTO purged VALUES (2); FLUSH BINARY LOGS"
	wait_for purge
	oldest=$(sql "" "SHOW BINARY LOGS" | head -n 1 | cut -f 1)
	run -2 extract --follow --until-now -d out "$URI" purged
	[[ $output == *"the binary log at $from is not there any more: the oldest position is $oldest:4"* ]]
	run -2 extract --follow --from "$gtid" --until-now "$URI" purged
	[[ $output == *"the binary log at $gtid is not there any more: the oldest position is $oldest:4, GTID "* ]]
	# it can be told to pass over what is missing
	run -0 extract --follow --from "$(here)" --until-now -d out "$URI" purged
	[[ $output == *"what lies between is left out"* ]]
}

# purge: remove all files of the log but the last; a reader that has just gone may hold one back
purge()
{
	sql "" "PURGE BINARY LOGS TO '$(here | cut -d: -f1)'"
	[ "$(sql "" "SHOW BINARY LOGS" | wc -l)" -eq 1 ]
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

@test "memory does not grow with a transaction" {
	[ -z "${CARAVAN_SANITIZED:-}" ] || skip "sanitizers have memory of their own"
	local n
	sql "$DB" "CREATE TABLE big (id INT PRIMARY KEY, v VARCHAR(200))"
	for n in 1000 "${BIG_ROWS:-300000}"; do
		from=$(here)
		sql "$DB" "TRUNCATE big" # a statement of its own, before the position
		from=$(here)
		sql "$DB" "INSERT INTO big SELECT seq, REPEAT('x', 150) FROM seq_1_to_$n"
		/usr/bin/time -o "rss.$n" -f %M extract -q --follow --from "$from" --until-now "$URI" big | wc -l >rows
		[ "$(cat rows)" -eq $((n + 1)) ]
		/usr/bin/time -o "rssd.$n" -f %M extract -q --follow --from "$from" --until-now -d "out.$n" "$URI" big
		[ "$(jq .tables.big.next "out.$n/position.json")" -eq 1 ]
	done
	echo "KiB: $(cat rss.* rssd.*)"
	[ "$(cat "rss.$n")" -lt $(($(cat rss.1000) + 4096)) ]
	[ "$(cat "rssd.$n")" -lt $(($(cat rssd.1000) + 8192)) ]
}
