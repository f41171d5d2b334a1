#!/usr/bin/env bats
#
# sandbox.bats - the servers answer, stay private, and leave nothing behind
#
# "Nothing" is asked of the process table and of the file system: each test has
# a TMPDIR of its own, and no process may name it when the test is over.

bats_require_minimum_version 1.5.0

setup()
{
	sandbox=$BATS_TEST_DIRNAME/sandbox
	umask 022 # other users have to get in, whatever the machine's own is
	# Not below BATS_TEST_TMPDIR: the servers' users cannot enter that.
	work=$(mktemp -d "${TMPDIR:-/tmp}/sandbox-test.XXXXXX")
	chmod 0777 "$work"
	export TMPDIR=$work
	unset CARAVAN_SANDBOX MYSQL_URI POSTGRES_URI
}

teardown()
{
	local dir
	for dir in "$work"/*/ "$work"/*/*/; do
		[ ! -e "$dir/.caravan-sandbox" ] || "$sandbox" stop --purge "$dir"
	done
	rm -rf "$work"
}

# Processes that work below $work, other than ours.
leftovers()
{
	ps -e -o pid=,stat=,args= | awk -v w="$work" -v me=$$ \
		'$2 !~ /^Z/ && index($0, w) && $1 != me && !/awk|bats/'
}

assert_clean()
{
	local end=$((SECONDS + 30)) left
	while left=$(leftovers) && [ -n "$left" ]; do
		if [ $SECONDS -ge $end ]; then
			echo "still running: $left"
			return 1
		fi
		sleep 0.1
	done
	if [ -n "$(ls -A "$work")" ]; then
		ls -lR "$work"
		return 1
	fi
}

# wait_for CMD...: poll until CMD succeeds; what the test waits for is a fact.
wait_for()
{
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

as_nobody()
{
	if [ "$EUID" -eq 0 ]; then
		setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups -- "$@"
	else
		"$@"
	fi
}

# shellcheck disable=SC2016 # for the inner shell
ask_both='
	test "$(mariadb --defaults-file="$MYSQL_CNF" -N -e "SELECT 41 + 1")" = 42 &&
	test "$(psql -X -A -t -d "$POSTGRES_URI" -c "SELECT 41 + 1")" = 42 &&
	test "$(psql -X -A -t -d "$POSTGRES_TCP_URI" -c "SELECT 41 + 1")" = 42 &&
	mariadb --no-defaults -h 127.0.0.1 -P $MYSQL_PORT -u caravan -e "SELECT 1" >/dev/null'

@test "run: both servers answer on socket and port, nothing remains" {
	"$sandbox" run sh -c "$ask_both"
	assert_clean
}

@test "run: the servers are set up as the pipeline needs them" {
	# shellcheck disable=SC2016
	run "$sandbox" run sh -c '
		mariadb --defaults-file=$MYSQL_CNF -N -e "SELECT @@binlog_format, @@binlog_row_image,
			@@log_bin, @@server_id > 0, @@character_set_server, @@local_infile, @@time_zone"
		psql -X -A -t -c "SELECT current_setting(\$\$wal_level\$\$), current_setting(\$\$TimeZone\$\$),
			pg_encoding_to_char(encoding), datcollate, rolsuper
			FROM pg_database, pg_roles WHERE datname = \$\$template1\$\$ AND rolname = \$\$caravan\$\$"'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = $'ROW\tFULL\t1\t1\tutf8mb4\t1\t+00:00' ]
	[ "${lines[1]}" = "logical|UTC|UTF8|C.UTF-8|t" ]
	assert_clean
}

@test "run: passes on stdin, stdout and the exit status" {
	run bash -c "echo hello | '$sandbox' run sh -c 'cat; exit 7'"
	[ "$status" -eq 7 ]
	[ "$output" = hello ]
	run "$sandbox" run sh -c 'kill -KILL $$'
	[ "$status" -eq 137 ]
	run -127 "$sandbox" run no-such-command
	assert_clean
}

@test "run: the caller's own connection settings do not reach CMD" {
	PGHOSTADDR=192.0.2.1 PGSERVICE=nowhere PGPASSWORD=x MYSQL_PWD=x \
		run "$sandbox" run sh -c 'env | grep -E "^(PGHOSTADDR|PGSERVICE|PGPASSWORD|MYSQL_PWD)="; psql -X -A -t -c "SELECT 1"'
	echo "$output"
	[ "$output" = 1 ]
}

@test "run: as an ordinary user" {
	# a copy: root's own working copy may lie where nobody else can enter
	install -m 0755 "$sandbox" "$work/sandbox"
	as_nobody "$work/sandbox" run sh -c "$ask_both"
	rm "$work/sandbox"
	assert_clean
}

@test "run: an ordinary user may ask the servers that root started" {
	[ "$EUID" -eq 0 ] || skip "not root"
	cat >"$work/ask" <<'END'
psql -X -q -d "$POSTGRES_URI" -c 'SELECT 1' && mariadb --no-defaults -S "$MYSQL_SOCKET" -u caravan -e 'SELECT 1'
END
	"$sandbox" run setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups sh "$work/ask"
	rm "$work/ask"
	assert_clean
}

@test "run: what CMD put into the temporary folder goes with it" {
	# shellcheck disable=SC2016 # for the inner shell
	"$sandbox" run sh -c 'mkdir "$CARAVAN_SANDBOX/mine" && echo x >"$CARAVAN_SANDBOX/mine/file" && mktemp -d'
	assert_clean
}

@test "run: two at a time do not meet" {
	"$sandbox" run sh -c "$ask_both" &
	local first=$!
	"$sandbox" run sh -c "$ask_both"
	wait $first
	assert_clean
}

@test "run: a folder with spaces, and one far too deep for a socket" {
	local deep=$work/d
	while [ ${#deep} -lt 150 ]; do
		deep=$deep/0123456789
	done
	"$sandbox" run --dir "$work/with space, and comma" sh -c "$ask_both"
	"$sandbox" run --dir "$deep" sh -c "$ask_both"
	"$sandbox" stop --purge "$work/with space, and comma"
	"$sandbox" stop --purge "$deep"
	rm -rf "$work/d"
	assert_clean
}

@test "run: SIGTERM, SIGINT and SIGHUP end CMD and the servers" {
	local signal
	for signal in TERM INT HUP; do
		rm -f "$work/up"
		# A script's background job would have INT ignored.
		env --default-signal=INT "$sandbox" run sh -c "echo \$\$ >'$work/up'; while :; do sleep 1; done" \
			3>&- </dev/null &
		local pid=$! status=0
		wait_for test -s "$work/up"
		kill -"$signal" $pid
		wait $pid || status=$?
		[ $status -eq $((128 + $(kill -l "$signal"))) ]
		rm -f "$work/up"
		assert_clean
	done
}

@test "run: killed outright, it still leaves nothing" {
	"$sandbox" run sh -c "echo >'$work/up'; exec sleep 1000" 3>&- </dev/null &
	local pid=$! child
	wait_for test -e "$work/up"
	child=$(ps -e -o pid=,ppid=,comm= | awk -v p=$pid '$2 == p && $3 == "sleep" { print $1 }')
	kill -KILL $pid
	kill -KILL "$child"
	rm -f "$work/up"
	assert_clean
}

@test "run: interrupted while the servers start" {
	"$sandbox" run true 3>&- </dev/null &
	local pid=$!
	wait_for bash -c "compgen -G '$work/sandbox.*/log/*.log' >/dev/null"
	kill -TERM $pid
	run ! wait $pid
	assert_clean
}

@test "start, stop, start: the data stays; --purge removes it" {
	local dir=$work/s
	"$sandbox" start "$dir"
	# shellcheck disable=SC1091
	(. "$dir/env" && psql -X -q -c "CREATE TABLE t AS SELECT 7 AS n" &&
		mariadb --defaults-file="$MYSQL_CNF" -e "CREATE DATABASE d; CREATE TABLE d.t AS SELECT 8 AS n")
	"$sandbox" start "$dir"
	"$sandbox" stop "$dir"
	"$sandbox" stop "$dir"
	[ -z "$(leftovers)" ]
	"$sandbox" start "$dir"
	# shellcheck disable=SC1091
	run bash -c ". '$dir/env' && psql -X -A -t -c 'TABLE t' && mariadb --defaults-file=\"\$MYSQL_CNF\" -N -e 'SELECT n FROM d.t'"
	[ "$output" = $'7\n8' ]
	"$sandbox" stop --purge "$dir"
	[ ! -e "$dir" ]
	"$sandbox" stop "$dir"
	assert_clean
}

@test "restart: the same addresses, and commits survive --kill" {
	local dir=$work/s before how
	"$sandbox" start "$dir"
	before=$(cat "$dir/env")
	# shellcheck disable=SC1091
	. "$dir/env"
	psql -X -q -c "CREATE TABLE t (n int)"
	mariadb --defaults-file="$MYSQL_CNF" -e "CREATE DATABASE d; CREATE TABLE d.t (n int)"
	for how in "" --kill; do
		psql -X -q -c "INSERT INTO t VALUES (1)"
		mariadb --defaults-file="$MYSQL_CNF" -e "INSERT INTO d.t VALUES (1)"
		"$sandbox" restart "$dir" postgres $how
		"$sandbox" restart "$dir" mysql $how
	done
	[ "$before" = "$(cat "$dir/env")" ]
	[ "$(psql -X -A -t -d "$POSTGRES_TCP_URI" -c "SELECT count(*) FROM t")" = 2 ]
	[ "$(mariadb --defaults-file="$MYSQL_CNF" -N -e "SELECT count(*) FROM d.t")" = 2 ]
	"$sandbox" stop --purge "$dir"
	assert_clean
}

@test "start: takes other ports when its own were taken meanwhile" {
	local dir=$work/s other=$work/o
	"$sandbox" start "$dir"
	"$sandbox" stop "$dir"
	mkdir "$other"
	"$sandbox" start "$other"
	# shellcheck disable=SC1091
	(. "$other/env" && echo "$PGPORT" >"$dir/postgres.port" && echo "$MYSQL_PORT" >"$dir/mysql.port")
	"$sandbox" run --dir "$dir" sh -c "$ask_both"
	"$sandbox" stop --purge "$dir"
	"$sandbox" stop --purge "$other"
	assert_clean
}

@test "start: says from the server's log why it did not come up" {
	local dir=$work/s
	"$sandbox" start "$dir"
	"$sandbox" stop "$dir"
	echo "no_such_setting = 1" >>"$dir/postgres/postgresql.conf"
	run "$sandbox" start "$dir"
	echo "status $status: $output"
	[ "$status" -eq 3 ]
	[[ "$output" == *"postgres did not start"*no_such_setting* ]]
	[ -z "$(leftovers)" ]
}

@test "start: leaves alone a folder that holds something else" {
	mkdir "$work/mine"
	echo precious >"$work/mine/file"
	run "$sandbox" start "$work/mine"
	[ "$status" -eq 2 ]
	run "$sandbox" stop --purge "$work/mine"
	[ "$status" -eq 0 ]
	[ "$(cat "$work/mine/file")" = precious ]
	[ "$(ls -A "$work/mine")" = file ]
}

@test "start: a folder that the servers' users cannot enter is refused with the reason" {
	[ "$EUID" -eq 0 ] || skip "not root"
	mkdir -m 0700 "$work/closed"
	run "$sandbox" start "$work/closed/s"
	[ "$status" -eq 3 ]
	[[ "$output" == *"cannot enter"* ]]
	"$sandbox" stop --purge "$work/closed/s"
}

@test "usage errors exit 2 and do nothing" {
	local args
	for args in "" "fly" "start" "start a b" "stop" "stop --hard x" "restart $work" \
		"restart $work oracle" "run" "run --dir" "run --what x"; do
		# shellcheck disable=SC2086 # split on purpose
		run "$sandbox" $args
		echo "args: $args; status: $status; output: $output"
		[ "$status" -eq 2 ]
	done
	assert_clean
}
