#!/usr/bin/env bats
#
# mysql_session.bats - load into a real MariaDB: ledger, sessions, failures
#
# In the background env stands before the program, so that $! is its own process.
#
# Each test runs in a subshell of its own, which shellcheck does not know:
# shellcheck disable=SC2030,SC2031,SC2016

bats_require_minimum_version 1.5.0

# shellcheck disable=SC2218
load mysql-helpers

# On a server of its own: transactions that wait hold up the snapshots of other tests, and those
# hold up statements that these wait for.
setup_file()
{
	export SANDBOX=$BATS_TEST_DIRNAME/../scripts/sandbox OWN
	OWN=$(mktemp -d "${TMPDIR:-/tmp}/session.XXXXXX")
	"$SANDBOX" start "$OWN" 3>&-
	# shellcheck disable=SC1091
	. "$OWN/env"
	mysql_setup_file
}

teardown_file()
{
	"$SANDBOX" stop --purge "$OWN" 3>&-
	rm -rf "$OWN"
}

setup()
{
	mysql_setup
}

teardown()
{
	if [ -n "${pid-}" ]; then
		kill -9 "$pid" 2>/dev/null || :
	fi
}

load()
{
	command load "$@"
}

# count_sessions COMPARED AND: 1 when that many sessions, but for our own, are in the database.
count_sessions()
{
	echo "SELECT COUNT(*) $1 FROM information_schema.processlist WHERE db = '$DB' AND id <> CONNECTION_ID() $2"
}

@test "the ledger: a file is loaded once; another content is refused, unless --again" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\n2\n' >in.csv
	load -q "$TARGET" t in.csv
	run -0 load -v "$TARGET" t in.csv
	[[ ${lines[0]} == 'load: in.csv: loaded already, at 20'*' UTC: 2 rows, 0 of them rejected' ]]
	[ "${lines[1]}" = 'load: t: 2 rows read, 0 inserted, 0 updated, 0 unchanged, 0 rejected, 2 in 1 file loaded before' ]
	cp in.csv same.csv
	run -2 load "$TARGET" t same.csv
	[[ ${lines[-1]} == *"'same.csv' has the content of 'in.csv', which is loaded already; --again loads it" ]]
	echo 3 >>in.csv
	run -2 load "$TARGET" t in.csv
	[[ ${lines[-1]} == *"'in.csv' was loaded at "*" with another content; --again loads this one too" ]]
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 2 ]
	load -q --again "$TARGET" t in.csv
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 5 ]
	[ "$(sql 'SELECT table_name, shard, bytes, `rows`, loaded, rejected FROM caravan_ledger')" = $'t\tin.csv\t9\t3\t3\t0' ]
	[ "$(sql 'SELECT ABS(TIMESTAMPDIFF(SECOND, loaded_at, NOW())) < 60, LENGTH(xxh3) FROM caravan_ledger')" = $'1\t16' ]
}

@test "the ledger: tables apart, replace begins anew, pipes and --no-ledger are not kept" {
	sql 'CREATE TABLE t (id int); CREATE TABLE u (id int)'
	printf 'id\n1\n' >in.csv
	load -q --no-ledger "$TARGET" t in.csv
	[ -z "$(sql "SHOW TABLES LIKE 'caravan%'")" ]
	load -q "$TARGET" t in.csv
	load -q "$TARGET" u in.csv
	load -q "$TARGET" u <in.csv
	[ "$(sql 'SELECT table_name, shard FROM caravan_ledger ORDER BY 1')" = $'t\tin.csv\nu\tin.csv' ]
	cp in.csv other.csv
	load -q --mode replace "$TARGET" t other.csv
	[ "$(sql 'SELECT table_name, shard FROM caravan_ledger ORDER BY 1')" = $'t\tother.csv\nu\tin.csv' ]
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 1 ]
}

@test "the ledger: two that load the same files at once load each once" {
	sql 'CREATE TABLE t (id int PRIMARY KEY)'
	local i
	for i in $(seq 6); do
		{
			echo id
			seq $((i * 5000)) $((i * 5000 + 4999))
		} >"part-$i.csv"
	done
	env load -v "$TARGET" t part-*.csv >a.out 2>&1 3>&- &
	pid=$!
	load -v "$TARGET" t part-*.csv >b.out 2>&1
	wait $pid
	cat a.out b.out
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 30000 ]
	[ "$(cat a.out b.out | grep -c ': loaded already, at ')" = 6 ]
	[ "$(cat a.out b.out | grep -c '.csv: 5000 rows read, 5000 inserted')" = 6 ]
}

@test "the ledger: one waits for the other's shard, and takes it when that one fails" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\n' >in.csv
	load -q --dry-run "$TARGET" t in.csv
	load --print-schema "$TARGET" | client "$DB"
	coproc client -n "$DB"
	local locker=$COPROC_PID
	printf "SET innodb_lock_wait_timeout = 1; BEGIN; INSERT INTO caravan_ledger (table_name, shard) VALUES ('t', 'in.csv'); SELECT 1;\n" >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	env load -q "$TARGET" t in.csv >out 2>&1 3>&- &
	pid=$!
	wait_for "$(count_sessions '= 1' "AND info LIKE 'INSERT INTO%caravan_ledger%'")"
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 0 ]
	printf 'ROLLBACK;\n\\q\n' >&"${COPROC[1]}"
	wait $pid
	wait "$locker"
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 1 ]
}

@test "the ledger: who may not make it is told what to do, and may use it when it is there" {
	sql "CREATE TABLE t (id int); CREATE TABLE u (id int PRIMARY KEY); DROP USER IF EXISTS ${DB}_u@localhost;
		CREATE USER ${DB}_u@localhost IDENTIFIED BY 'geheim'; GRANT SELECT, INSERT ON $DB.t TO ${DB}_u@localhost;
		GRANT SELECT, INSERT, UPDATE ON $DB.u TO ${DB}_u@localhost"
	printf 'id\n1\n' >in.csv
	export MYSQL_PWD=geheim
	local as=${TARGET/$user@/${DB}_u@}
	run -2 load "$as" t in.csv
	[[ $output == "load: cannot make the table caravan_ledger, which keeps what is loaded: CREATE command denied "*"--print-schema"* ]]
	load -q --no-ledger "$as" t in.csv
	unset MYSQL_PWD
	load --print-schema mysql:// | client "$DB"
	sql "GRANT SELECT, INSERT, UPDATE, DELETE ON $DB.caravan_ledger TO ${DB}_u@localhost"
	local i
	for i in 1 2; do MYSQL_PWD=geheim load -q "$as" t in.csv; done
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 2 ]
	MYSQL_PWD=geheim run -3 load --mode upsert "$as" u <in.csv
	[[ $output == "load: cannot make the temporary table that an upsert needs: Access denied "* ]]
}

# Killed at random moments until all is in; the moments are of seed 7.
@test "killed again and again, every row comes once" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, pad text)'
	local i round
	for i in $(seq 8); do
		{
			printf 'id,pad\n'
			seq -f '%.0f,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' $((i * 10000)) $((i * 10000 + 9999))
		} >"part-$i.csv"
	done
	RANDOM=7
	for round in $(seq 25); do
		env load -q "$TARGET" t part-*.csv >out 2>&1 3>&- &
		pid=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -9 $pid 2>/dev/null || :
		wait $pid 2>/dev/null && break
	done
	pid=
	wait_for "$(count_sessions '= 0' '')"
	echo "done in round $round"
	cat out
	load -q "$TARGET" t part-*.csv
	[ "$(sql 'SELECT COUNT(*), COUNT(DISTINCT id) FROM t')" = $'80000\t80000' ]
	[ "$(sql 'SELECT COUNT(*), SUM(loaded) FROM caravan_ledger')" = $'8\t80000' ]
}

# Start load on a fifo, and write enough for a batch to be under way.
start_fifo()
{
	mkfifo pipe
	env load "$TARGET" t pipe >out 2>&1 3>&- &
	pid=$!
	exec 9>pipe
	{
		printf 'id\n'
		seq 200000
	} >&9
	wait_for "SELECT COUNT(*) = 1 FROM information_schema.innodb_trx WHERE trx_rows_modified > 0 AND
		trx_mysql_thread_id IN (SELECT id FROM information_schema.processlist WHERE db = '$DB')"
}

@test "the server ends the session: status 3, the server is named, nothing is loaded" {
	sql 'CREATE TABLE t (id int)'
	start_fifo
	sql "$(count_sessions '' '' | sed 's/COUNT([*])/id/')" | while read -r id; do sql "KILL $id"; done
	wait_for "$(count_sessions '= 0' '')"
	seq 100000 >&9 || :
	exec 9>&-
	status=0
	wait $pid || status=$?
	pid=
	[ $status = 3 ]
	cat out
	grep -q "load: lost MariaDB at '.*': " out
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 0 ]
}

@test "killed in the middle, and a source that fails: nothing is loaded" {
	sql 'CREATE TABLE t (id int)'
	start_fifo
	kill -9 $pid
	wait $pid || :
	exec 9>&-
	wait_for "$(count_sessions '= 0' '')"
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 0 ]
	rm pipe
	start_fifo
	printf '"broken\n' >&9
	exec 9>&-
	status=0
	wait $pid || status=$?
	pid=
	[ $status = 3 ]
	grep -q 'load: pipe:200002: ' out
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 0 ]
}

@test "a signal while the server waits for a lock: the server stops waiting" {
	sql 'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)'
	coproc client -n "$DB"
	local locker=$COPROC_PID signal
	printf 'BEGIN; SELECT id FROM t FOR UPDATE;\n' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	for signal in TERM INT HUP; do
		# in the background a shell lets SIGINT be ignored
		env --default-signal=INT load --no-ledger --mode replace "$TARGET" t <<<$'id\n1' >out 2>&1 3>&- &
		pid=$!
		wait_for "$(count_sessions '= 1' "AND info LIKE 'DELETE FROM%'")"
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		pid=
		echo "SIG$signal: status $status: $(cat out)"
		[ $status = $((128 + $(kill -l $signal))) ]
		wait_for "$(count_sessions '= 1' '')"
	done
	printf 'COMMIT;\n\\q\n' >&"${COPROC[1]}"
	wait "$locker"
}

@test "a lock that cannot be had in time is a failure, not a bad row" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 0)'
	coproc client -n "$DB"
	local locker=$COPROC_PID
	printf 'BEGIN; SELECT id FROM t FOR UPDATE;\n' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	printf '[load]\ninit-command="SET innodb_lock_wait_timeout = 1"\n' >my.cnf
	run -3 load --defaults-file my.cnf --max-rejects 9 --mode upsert "$TARGET" t <<<$'id,a\n2,2\n1,1'
	[[ ${lines[-1]} == 'load: Lock wait timeout exceeded; try restarting transaction (1205)' ]]
	printf 'COMMIT;\n\\q\n' >&"${COPROC[1]}"
	wait "$locker"
}

@test "a deadlock that the server gives up the load for: it begins the file anew" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a int); CREATE TABLE u (id int)'
	coproc client -n "$DB"
	local locker=$COPROC_PID
	# the server gives up whoever has changed less
	printf 'BEGIN; INSERT INTO u SELECT seq FROM seq_1_to_1000; INSERT INTO t VALUES (2, 0); SELECT 1;\n' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	printf 'id,a\n1,1\n2,2\n' >in.csv
	env load -v "$TARGET" t in.csv >out 2>&1 3>&- &
	pid=$!
	wait_for "SELECT variable_value = 1 FROM information_schema.global_status
		WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'"
	printf 'INSERT INTO t VALUES (1, 0); ROLLBACK;\n\\q\n' >&"${COPROC[1]}"
	wait "$locker"
	status=0
	wait $pid || status=$?
	pid=
	cat out
	[ $status = 0 ]
	grep -q 'in.csv: trying it again after .*(1213)' out
	[ "$(sql 'SELECT id, a FROM t ORDER BY id')" = $'1\t1\n2\t2' ]
}

@test "a table without transactions takes only an upsert, with a warning" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a int) ENGINE=MyISAM'
	printf 'id,a\n1,1\nx,2\n3,3\n' >in.csv
	run -2 load "$TARGET" t in.csv
	[[ $output == "load: table 't' has the engine MyISAM, which has no transactions, "*'--mode upsert'* ]]
	run -2 load --mode upsert --dry-run "$TARGET" t in.csv
	run -0 load --mode upsert --max-rejects 1 "$TARGET" t in.csv
	[[ ${lines[0]} == "load: warning: table 't' has the engine MyISAM"* ]]
	[ "$(sql 'SELECT * FROM t ORDER BY id')" = $'1\t1\n3\t3' ]
}

@test "what the table has not, computes itself or needs is told before anything is done" {
	sql 'CREATE TABLE users (id int, email text NOT NULL, twice int AS (id * 2));
		CREATE VIEW v AS SELECT 1 AS one'
	run -2 load "$TARGET" users <<<$'id,emial,nowhere\n1,a,b'
	[ "$output" = "load: table 'users' has no columns 'emial' (is 'email' meant?), 'nowhere'" ]
	run -2 load "$TARGET" users <<<'id,email,twice'
	[ "$output" = "load: table 'users' computes column 'twice' itself: leave it out of the stream" ]
	run -2 load "$TARGET" users <<<'id'
	[[ $output == "load: the stream lacks column 'email', which table 'users' requires"* ]]
	run -2 load "$TARGET" user <<<'id'
	[ "$output" = "load: no table 'user' in database '$DB'; did you mean 'users'?" ]
	run -2 load "$TARGET" v <<<'one'
	[ "$output" = "load: 'v' is not a table" ]
	run -2 load "$MYSQL_URI" users <<<'id'
	[[ $output == *"no database for table 'users'"* ]]
}

@test "odd names of tables and columns" {
	sql 'CREATE TABLE `a.b c``d` (`sel``ect` int, `from` bit(2), `"q"` blob)'
	printf 'sel`ect,from,"""q"""\n1,2,\\x03\n' >in.csv
	load -q "$TARGET" 'a.b c`d' in.csv
	load -q --again "$MYSQL_URI" "$DB.\`a.b c\`\`d\`" in.csv
	sql 'CREATE TABLE `k``y` (`i.d` int PRIMARY KEY, `select` text)'
	load -q --mode upsert "$MYSQL_URI" "$DB.\`k\`\`y\`" <<<$'select,i.d\na,1\nb,1'
	[ "$(sql 'SELECT * FROM `k``y`')" = $'1\tb' ]
	[ "$(sql 'SELECT COUNT(*), SUM(`from`) FROM `a.b c``d`')" = $'2\t4' ]
}

@test "--end-mark, and a header alone" {
	sql 'CREATE TABLE t (id int)'
	run -3 load --end-mark "$TARGET" t <<<$'id\n1'
	[[ ${lines[-1]} == 'load: standard input: it ends without an end mark'* ]]
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 0 ]
	load -q --end-mark "$TARGET" t <<<$'id\n1\n\\.'
	load -q "$TARGET" t <<<'id'
	[ "$(sql 'SELECT COUNT(*) FROM t')" = 1 ]
	run -3 load "$TARGET" t /dev/null
}

@test "--describe is what extract --describe says" {
	sql "CREATE TABLE t (id int PRIMARY KEY, e enum('a','b') NOT NULL, v varchar(5), UNIQUE (v))"
	load --describe "$TARGET" t >load.json
	extract --describe "$TARGET" t >extract.json
	diff load.json extract.json
	grep -q '"maxLength": *5' load.json
	load --describe -o out.json "$TARGET" t
	cmp out.json load.json
}

@test "the server's settings do not change what goes in" {
	sql 'CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, ts timestamp NULL, a varchar(3), d date)'
	printf "[load]\ninit-command=\"SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,NO_ZERO_DATE', time_zone = '+03:00', autocommit = 0, sql_safe_updates = 1, sql_notes = 0, sql_select_limit = 1\"\n" >my.cnf
	run -0 load --defaults-file my.cnf --max-rejects 1 "$TARGET" t <<<$'id,ts,a,d\n0,2012-01-01 00:00:00+00,a\\b,0000-00-00\n5,,abc  ,'
	[[ ${lines[-1]} == *'2 rows read, 1 inserted, 0 updated, 0 unchanged, 1 rejected' ]]
	[ "$(sql 'SELECT * FROM t')" = $'0\t2012-01-01 00:00:00\ta\\b\t0000-00-00' ]
	run -0 load --defaults-file my.cnf --mode upsert "$TARGET" t <<<$'id,a\n0,x\n1,y\n2,z'
	[[ $output == *'3 rows read, 2 inserted, 1 updated, 0 unchanged, 0 rejected' ]]
}

@test "a server that is not there; a password is wiped, and shown nowhere" {
	run -3 load "mysql://u:geheim@localhost/d?socket=$BATS_TEST_TMPDIR/none" t </dev/null
	[[ ${lines[0]} == *'a password on the command line can be seen by others; MYSQL_PWD or an option file hide it' ]]
	[[ ${lines[1]} == *"cannot connect to 'mysql://u@localhost/d?socket="* ]]
	[[ $output != *geheim* ]]
	run -2 load "${TARGET/$DB/${DB}_none}" t </dev/null
	[[ $output == *"Unknown database"* ]]
	run -2 load oracle://h/d t </dev/null
	[ "$output" = 'load: the target must be postgres://…, mysql://…, mariadb://… or a conninfo string' ]
	run -2 load --defaults-file x postgres://h/d t </dev/null
	[ "$output" = 'load: --defaults-file is only for mysql://' ]
	run -2 load --defaults-file none.cnf "$TARGET" t </dev/null
	[[ $output == *"cannot read 'none.cnf': No such file or directory" ]]
}
