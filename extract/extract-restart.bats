#!/usr/bin/env bats
#
# extract-restart.bats - the server goes away and comes back while extract reads
#
# Servers of its own, which nobody else uses.  Rows are read so slowly that the
# extraction is surely under way when its first shards are there.  SOAK=1 does
# so in 20 rounds of four restarts for each kind of server.

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

ROWS=4000
ROUNDS=1
[ -z "${SOAK-}" ] || ROUNDS=20

setup_file()
{
	need_programs
	export SANDBOX OWN
	SANDBOX=$(git -C "$BATS_TEST_DIRNAME" rev-parse --show-toplevel)/scripts/sandbox
	OWN=$(mktemp -d "${TMPDIR:-/tmp}/restart.XXXXXX")
	"$SANDBOX" start "$OWN" 3>&-
	# shellcheck disable=SC1091
	. "$OWN/env"
	mysql_client -e "CREATE DATABASE d; USE d; CREATE TABLE d.a (id INT PRIMARY KEY, v VARCHAR(40));
		INSERT INTO d.a SELECT seq * 7, MD5(seq) FROM seq_1_to_$ROWS; CREATE TABLE d.b LIKE d.a;
		INSERT INTO d.b SELECT id, IF(id % 2, NULL, '') FROM d.a"
	psql -qX "$POSTGRES_URI" -c "CREATE TABLE a (id int PRIMARY KEY, v text);
		INSERT INTO a SELECT i * 7, md5(i::text) FROM generate_series(1, $ROWS) i;
		CREATE TABLE b (LIKE a INCLUDING ALL); INSERT INTO b SELECT id, CASE WHEN id % 2 = 0 THEN '' END FROM a"
	seq "$ROWS" | while read -r i; do printf '%d,%s\n' $((i * 7)) "$(((i * 7) % 2 == 0))"; done |
		sed 's/,1$/,""/; s/,0$/,/' >"$OWN/want.b"
}

teardown_file()
{
	"$SANDBOX" stop --purge "$OWN" 3>&-
	rm -rf "$OWN"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	# shellcheck disable=SC1091
	. "$OWN/env"
}

# restart mysql|postgres ROUND: by a shutdown in one round, by kill -9 in the next
restart()
{
	if (($2 % 2 == 0)); then
		"$SANDBOX" restart "$OWN" "$1" 3>&-
	else
		"$SANDBOX" restart "$OWN" "$1" --kill 3>&-
	fi
}

# is_whole DIR: every row of both tables, once, in order
is_whole()
{
	shard_rows "$1/b" | cmp - "$OWN/want.b"
	shard_rows "$1/a" >a.csv
	[ "$(cut -d, -f1 a.csv | cmp - <(cut -d, -f1 "$OWN/want.b"))" = "" ]
	[ "$(cut -d, -f2 a.csv | sort -u | wc -l)" -eq $ROWS ]
	grep -q '"complete": true' "$1/a/datapackage.json" "$1/b/datapackage.json"
}

has_attempt()
{
	grep -q "\"attempts\": $2" "$1/a/datapackage.json" && [ -e "$1/a/part-00001.csv.zst" ]
}

# ended_or_second DIR PID: the second attempt has shards, or the process has ended
ended_or_second()
{
	! kill -0 "$2" 2>/dev/null || has_attempt "$1" 2
}

# restarts KIND ADDRESS MESSAGE
restarts()
{
	local kind=$1 uri=$2 message=$3 round pid status begun
	for ((round = 1; round <= ROUNDS; round++)); do
		rm -rf out out.csv
		# once: extract begins again by itself
		extract -j2 -n 250 --max-rows-per-second 1600 -d out "$uri" a b 2>err 3>&- &
		pid=$! status=0
		wait_for test -e out/a/part-00002.csv.zst
		restart "$kind" $round
		wait $pid || status=$?
		echo "round $round: $status: $(cat err)"
		[ "$status" -eq 0 ]
		grep -q "warning: .*$message.*everything is begun again" err
		has_attempt out 2
		is_whole out

		# twice: it cannot go on; the same command begins again
		rm -rf out
		extract -q -j2 -n 250 --max-rows-per-second 1600 -d out "$uri" a b 2>err 3>&- &
		pid=$! status=0
		wait_for test -e out/a/part-00002.csv.zst
		restart "$kind" $((round + 1))
		wait_for ended_or_second out $pid
		begun=$(date +%s)
		restart "$kind" $round
		wait $pid || status=$?
		echo "round $round, twice: $status: $(cat err) ($(($(date +%s) - begun)) s)"
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "$message" err
		extract -q -j2 -n 250 -d out "$uri" a b 3>&-
		is_whole out

		# a stream, of more than fits between the server and extract: there is no going on
		echo "SELECT id, repeat(v, 300) AS long_text FROM a ORDER BY id" >long.sql
		extract -q --end-mark --max-rows-per-second 1000 --query long=long.sql "$uri" >out.csv 2>err 3>&- &
		pid=$! status=0
		wait_for test -s out.csv
		restart "$kind" $round
		wait $pid || status=$?
		echo "round $round, stream: $status: $(cat err)"
		[ "$status" -eq 3 ]
		[ "$(wc -l <err)" -eq 1 ]
		grep -q "$message" err
		run ! grep -q '^\\\.$' out.csv
		extract -q --query long=long.sql "$uri" | tail -n +2 | cut -d, -f1 | cmp - <(cut -d, -f1 "$OWN/want.b")
	done
}

@test "MariaDB restarts: begun again once; else exit 3, and a rerun gives every row once" {
	restarts mysql "${MYSQL_URI%%\?*}d?${MYSQL_URI#*\?}" "lost MariaDB at '"
}

@test "PostgreSQL restarts: begun again once; else exit 3, and a rerun gives every row once" {
	restarts postgres "$POSTGRES_URI" "lost the connection to PostgreSQL at '"
}
