#!/usr/bin/env bats
#
# follow-server.bats - a server that is restarted, set up in other ways, or has purged its log
#
# It is one of its own, since others' logs are not to be touched.  SOAK=1
# restarts it 10 times.
# shellcheck disable=SC2154,SC2153 # stderr is bats's, MYSQL_... the sandbox's

bats_require_minimum_version 1.5.0
load mysql-helpers
load follow-helpers

BIG_ROWS=300000
RESTARTS=2
[ -z "${SOAK-}" ] || RESTARTS=10 BIG_ROWS=1000000

setup_file()
{
	need_programs
	export SANDBOX OWN DB=d URI mysql_socket mysql_user=caravan
	SANDBOX=$(git -C "$BATS_TEST_DIRNAME" rev-parse --show-toplevel)/scripts/sandbox
	OWN=$(mktemp -d "${TMPDIR:-/tmp}/follow.XXXXXX")
	"$SANDBOX" start "$OWN" 3>&-
	# shellcheck disable=SC1091
	. "$OWN/env"
	mysql_socket=$MYSQL_SOCKET
	URI=$(database_uri "$MYSQL_URI" d)
	sql "" "CREATE DATABASE d CHARACTER SET utf8mb4"
}

teardown_file()
{
	"$SANDBOX" stop --purge "$OWN" 3>&-
	rm -rf "$OWN"
}

teardown()
{
	local pid
	for pid in ${writer-} ${follower-} ${streamer-}; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

@test "times as the servers before MySQL 5.6 stored them" {
	sql "" "SET GLOBAL mysql56_temporal_format = OFF"
	sql "$DB" "CREATE TABLE old (id INT PRIMARY KEY, a TIMESTAMP NULL, b DATETIME, c TIME);
		INSERT INTO old VALUES (1, '2012-02-29 23:59:58', '2012-02-29 23:59:58', '-838:59:59'), (2, 0, 0, 0),
		(3, NULL, NULL, NULL), (4, '2038-01-19 03:14:07', '9999-12-31 23:59:59', '838:59:59'),
		(5, '1970-01-01 00:00:01', '0001-00-00', '-00:00:01')"
	same_changes old
	sql "" "SET GLOBAL mysql56_temporal_format = ON"
}

@test "files of the log follow each other; compressed events, and events without checksums" {
	sql "$DB" "CREATE TABLE r (id INT PRIMARY KEY, v VARCHAR(100))"
	from=$(here)
	sql "$DB" "INSERT INTO r VALUES (1, 'a'); FLUSH BINARY LOGS; INSERT INTO r VALUES (2, 'b');
		SET GLOBAL log_bin_compress_min_len = 10; SET GLOBAL log_bin_compress = ON"
	sql "$DB" "INSERT INTO r SELECT seq, REPEAT('x', 50) FROM seq_3_to_2000; DELETE FROM r WHERE id = 3"
	sql "$DB" "SET GLOBAL log_bin_compress = OFF; SET GLOBAL binlog_checksum = NONE"
	sql "$DB" "INSERT INTO r VALUES (2001, 'c'); FLUSH BINARY LOGS; UPDATE r SET v = 'd' WHERE id = 2001;
		SET GLOBAL binlog_checksum = CRC32; DELETE FROM r WHERE id = 2"
	extract --follow --from "$from" --until-now "$URI" r >stream.csv
	sed 's/,_pos$//; s/,binlog\.[0-9]*:[0-9:]*\(\$\{0,1\}\)$/\1/' stream.csv >got
	[ "$(wc -l <got)" -eq 2005 ]
	[ "$(sed -n 2000p got)" = "1999,$(printf 'x%.0s' {1..50}),i" ]
	tail -n 4 got | diff - <(printf '%s\n' "3,$(printf 'x%.0s' {1..50}),d\$" '2001,c,i$' '2001,d,u$' '2,b,d$')
	[ "$(sed 1d stream.csv | sed 's/.*,\(binlog[^:]*\):.*/\1/' | sort -u | wc -l)" -ge 4 ]
}

@test "several domains of GTIDs: begun with those of one, ended by those of both" {
	sql "$DB" "CREATE TABLE domains (id INT PRIMARY KEY)"
	local one until
	one=$(sql "" "SELECT @@gtid_binlog_pos" | grep -o '0-1-[0-9]*')
	from=$(here)
	sql "$DB" "INSERT INTO domains VALUES (1); SET SESSION gtid_domain_id = 7; INSERT INTO domains VALUES (2);
		SET SESSION gtid_domain_id = 0; INSERT INTO domains VALUES (3)"
	until=$(sql "" "SELECT @@gtid_binlog_pos")
	sql "$DB" "SET SESSION gtid_domain_id = 7; INSERT INTO domains VALUES (4)"
	extract --follow --from "$one" --until "$until" "$URI" domains | sed 's/,.*//' | diff - <(printf '%s\n' id 1 2 3)
	extract -q --follow --from "$one" --until "$until" -d out "$URI" domains
	extract -q --follow --until-now -d out "$URI" domains
	is_whole out domains
	[ "$(wc -l <want.csv)" -eq 4 ]
	extract --follow --from "$until" --until-now "$URI" domains | sed 's/,.*//' | diff - <(printf '%s\n' id 4)
}

@test "the server is restarted, and killed: the follower goes on by itself" {
	local i
	sql "$DB" "CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20))"
	from=$(here)
	extract --follow --from "$from" --interval 0.1 -d out "$URI" a 2>err 3>&- &
	follower=$!
	extract --follow --from "$from" -o stream.csv "$URI" a 2>err2 3>&- &
	streamer=$!
	for ((i = 1; i <= RESTARTS; i++)); do
		write_changes "$DB" a 3>&- 2>/dev/null &
		writer=$!
		wait_for has_shards out $((i * 3))
		if ((i % 2)); then
			"$SANDBOX" restart "$OWN" mysql --kill 3>&-
		else
			"$SANDBOX" restart "$OWN" mysql 3>&-
		fi
		wait "$writer" || true
		sql "$DB" "DELETE FROM a"
	done
	writer=
	sql "$DB" "INSERT INTO a VALUES (0, 'last')"
	wait_for eval 'records out | grep -q "^0,last,i"'
	kill "$follower" "$streamer"
	wait "$follower"
	wait "$streamer"
	follower='' streamer=''
	is_whole out a
	grep -q "warning: .*lost MariaDB at\|warning: .*the server ended the stream" err
	[ "$(grep -vc warning: err)" -eq 0 ]
	# the stream too, which began before
	sed 1d stream.csv | head -c "$(stat -c %s want.csv)" | cmp - want.csv
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

# Here, for an event of any size in the log takes its memory, also one of a table that is not followed.
@test "memory does not grow with a transaction" {
	[ -z "${CARAVAN_SANITIZED:-}" ] || skip "sanitizers have memory of their own"
	local n
	sql "$DB" "CREATE TABLE big (id INT PRIMARY KEY, v VARCHAR(200))"
	for n in 1000 $BIG_ROWS; do
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
