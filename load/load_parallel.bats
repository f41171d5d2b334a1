#!/usr/bin/env bats
#
# load_parallel.bats - several loaders of one table, and servers that go away
#
# Trap: bats has a function that is called load as well.

bats_require_minimum_version 1.5.0
# shellcheck disable=SC2218
load ../scripts/test-helpers

setup_file()
{
	need_servers
	export NAME=load_parallel_$$
	psql_client postgres -c "CREATE DATABASE $NAME"
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	export TARGET PGOPTIONS='-c client_min_messages=warning -c deadlock_timeout=100ms'
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME WITH (FORCE)"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	sql 'DROP SCHEMA IF EXISTS caravan CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public'
}

load()
{
	command load "$@"
}

sql()
{
	psql_client "$NAME" -c "$1"
}

# wait_for SQL: until it gives t; fails after a minute.
wait_for()
{
	local i
	for i in $(seq 1200); do
		[ "$(sql "$1")" = t ] && return
		sleep 0.05
	done
	echo "in vain, after $i rounds: $1" >&2
	return 1
}

sessions()
{
	echo "FROM pg_stat_activity WHERE datname = '$NAME' AND application_name = 'caravan load'"
}

# Two loaders on the shards that are named, by xargs.
in_parallel()
{
	printf '%s\n' part-*.csv | xargs -P 2 -n 1 load -q "$@" "$TARGET" t
}

@test "shards loaded two at a time give the table that they give one after the other" {
	make='CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(0, 99);
		CREATE TABLE t (id serial PRIMARY KEY, mail text UNIQUE, p int REFERENCES p)'
	sql "$make"
	for i in $(seq 10 17); do
		perl -e 'my $i = shift; print "id,mail,p\n"; print "$_,m$_,", $_ % 100, "\n"
			for $i * 1000 .. $i * 1000 + 999' "$i" >"part-$i.csv"
	done
	load -q "$TARGET" t part-*.csv
	one=$(table_hash "$NAME" t)
	for how in --verbose --defer-indexes --defer-indexes=keep; do
		sql "DROP TABLE t, p; DROP SCHEMA caravan CASCADE; $make"
		in_parallel $how
		load -q --rebuild-indexes "$TARGET" t
		[ "$(table_hash "$NAME" t)" = "$one" ]
		[ "$(sql "SELECT count(*) FROM pg_constraint WHERE conrelid = 't'::regclass")" = 3 ]
		[ "$(sql 'SELECT count(*), sum(loaded) FROM caravan.ledger')" = '8|8000' ]
		[ "$(sql "SELECT nextval('t_id_seq')")" = 18000 ]
	done
}

@test "two upserts of the same keys in opposite order: the one that loses begins again" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, n int, pad text)'
	# far more than a batch, so that keys are locked in the order of the files
	perl -e 'my $pad = "x" x 400; for my $f (1, 2) { open my $o, ">", "part-$f.csv"; print $o "id,n,pad\n";
		print $o "$_,$f,$pad\n" for $f == 1 ? (1 .. 20000) : reverse 1 .. 20000 }'
	for _ in 1 2; do
		for f in 1 2; do
			env load -v --again --mode upsert "$TARGET" t part-$f.csv >out-$f 2>&1 3>&- &
			pids[f]=$!
		done
		for f in 1 2; do wait "${pids[f]}"; done
		cat out-1 out-2 >>said
		[ "$(sql 'SELECT count(*), count(DISTINCT n) FROM t')" = '20000|1' ]
		sql 'UPDATE t SET n = 0'
	done
	cat said
}

@test "a deadlock is told with -v, and the file is begun anew" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, n int)'
	mkfifo to
	# it holds key 2, and then wants key 1, which the file has had first
	psql_client "$NAME" >/dev/null <to 3>&- &
	locker=$!
	exec 9>to
	echo "SET deadlock_timeout = '10min'; BEGIN; INSERT INTO t VALUES (2, 0);" >&9
	wait_for "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = '$NAME' AND state = 'idle in transaction'"
	printf 'id,n\n1,1\n2,1\n' >in.csv
	env load -v --mode upsert "$TARGET" t in.csv >out 2>&1 3>&- 9>&- &
	pid=$!
	wait_for "SELECT count(*) = 1 $(sessions) AND wait_event_type = 'Lock'"
	echo "INSERT INTO t VALUES (1, 0) ON CONFLICT DO NOTHING; COMMIT;" >&9
	exec 9>&-
	status=0
	wait $pid || status=$?
	wait $locker
	cat out
	[ $status = 0 ]
	[ "$(sql 'SELECT id, n FROM t ORDER BY 1')" = $'1|1\n2|1' ]
}

@test "the same shard by two loaders at once: one loads it, the other says so" {
	sql 'CREATE TABLE t (id int PRIMARY KEY)'
	{ echo id && seq 30000; } >in.csv
	for i in 1 2; do
		env load "$TARGET" t in.csv >out-$i 2>&1 3>&- &
		pids[i]=$!
	done
	for i in 1 2; do wait "${pids[i]}"; done
	cat out-1 out-2
	[ "$(cat out-1 out-2 | grep -c '30000 inserted')" = 1 ]
	[ "$(cat out-1 out-2 | grep -c '0 inserted.*30000 in 1 file loaded before')" = 1 ]
	[ "$(sql 'SELECT count(*) FROM t')" = 30000 ]
}

@test "a session that waits idle in its transaction is not ended, and a short lock_timeout is told" {
	sql 'CREATE TABLE t (id int)'
	mkfifo pipe
	PGOPTIONS='-c idle_in_transaction_session_timeout=200' env load "$TARGET" t pipe >out 2>&1 3>&- &
	pid=$!
	exec 9>pipe
	printf 'id\n1\n' >&9
	wait_for "SELECT count(*) = 1 $(sessions) AND state = 'idle in transaction'
		AND clock_timestamp() - state_change > interval '500 ms'"
	exec 9>&-
	wait $pid
	[ "$(sql 'SELECT count(*) FROM t')" = 1 ]
	mkfifo to
	psql_client "$NAME" >/dev/null <to 3>&- &
	locker=$!
	exec 9>to
	echo 'BEGIN; LOCK TABLE t;' >&9
	wait_for "SELECT count(*) = 1 FROM pg_locks WHERE relation = 't'::regclass AND mode = 'AccessExclusiveLock'"
	printf 'id\n2\n' >in.csv
	PGOPTIONS='-c lock_timeout=100' run -3 load --defer-indexes "$TARGET" t in.csv
	[[ ${lines[-1]} == *'55P03: canceling statement due to lock timeout' ]]
	exec 9>&-
	wait $locker
	load -q --defer-indexes "$TARGET" t in.csv
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
}

@test "many rows that refer to nothing, to each other, or to what comes later" {
	sql 'CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(0, 999);
		CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p, up int REFERENCES t, pad text);
		CREATE TABLE want (id int)'
	# a tree in random order, of seed 5; one in fifty refers to nothing, and what is below it falls too
	perl -e 'srand 5; use List::Util "shuffle"; my $pad = "x" x 900; my @bad;
		print "id,p,up,pad\n"; open my $w, ">", "want";
		for my $i (1 .. 12000) { $bad[$i] = ($i > 100 && $i % 50 == 0) || ($i > 1 && $bad[$i >> 1]);
			print $w "$i\n" unless $bad[$i]; }
		print "$_,", ($_ > 100 && $_ % 50 == 0 ? 5000 : $_ % 1000), ",", ($_ >> 1) || "", ",$pad\n"
			for shuffle 1 .. 12000' >in.csv
	[ "$(stat -c %s in.csv)" -gt $((2 * 4194304)) ]
	load -q --max-rejects 50% --rejects r.csv "$TARGET" t in.csv
	sql 'SELECT id FROM t ORDER BY 1' | diff want -
	[ $(($(wc -l <want) + $(wc -l <r.csv) - 1)) = 12000 ]
	[ "$(grep -c '23503,"insert or update on table ""t"" violates foreign key constraint ""t_p_fkey"": Key (p)=(5000) is not present in table ""p""."' r.csv)" = 238 ]
	# a circle, though its batch has an orphan too
	printf 'id,p,up\n' >circle.csv
	seq -f '%.0f,1,' 100001 100010 >>circle.csv
	printf '200001,1,200002\n200002,1,200001\n300000,5000,\n300001,1,300000\n' >>circle.csv
	load -q --max-rejects 2 --rejects r2.csv "$TARGET" t circle.csv
	[ "$(cut -d, -f1 r2.csv | sort | tr '\n' ' ')" = '300000 300001 id ' ]
}

# Chains over all batches, and a circle: no batch by itself has what its rows need.
@test "rows in the worst order are loaded at once, and what refers to nothing falls alone" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t, pad text)'
	perl -e 'my $pad = "x" x 500; print "id,up,pad\n";
		for my $id (reverse 1 .. 20000) { print "$id,", $id % 10000 == 1 ? "" : $id - 1, ",$pad\n" }
		print "50001,50000,\n50000,", 70000 - 1, ",$pad\n";
		for my $id (reverse 60000 .. 69999) { print "$id,", $id == 60000 ? 69999 : $id - 1, ",$pad\n" }' >in.csv
	[ "$(stat -c %s in.csv)" -gt $((3 * 4194304)) ]
	for mode in insert upsert; do
		sql 'TRUNCATE t'
		load -q --no-ledger --mode $mode "$TARGET" t in.csv
		[ "$(sql 'SELECT count(*), count(DISTINCT id) FROM t')" = '30002|30002' ]
	done
	# each of two chains that begin in nothing is refused whole, each row for itself
	sql 'TRUNCATE t'
	sed 's/^50000,69999/50000,99999/; s/^10001,,/10001,99998,/' in.csv >bad.csv
	load -q --max-rejects 10002 --rejects r.csv "$TARGET" t bad.csv
	[ "$(sql 'SELECT count(*), count(*) FILTER (WHERE id BETWEEN 10001 AND 20000 OR id IN (50000, 50001)) FROM t')" = '20000|0' ]
	[ "$(tail -n +2 r.csv | cut -d, -f1 | sort -n | uniq | wc -l)" = 10002 ]
	[ "$(grep -c '23503,"insert or update on table ""t"" violates' r.csv)" = 10002 ]
	# a key that is there already keeps none of the others
	sql "TRUNCATE t; INSERT INTO t VALUES (15000)"
	grep -E '^(id|1[0-9]{4}|20000),' in.csv | sed '/^10000,/d; s/^10001,,/10001,20001,/' >twice.csv
	echo 20001,, >>twice.csv
	load -q --max-rejects 1 --rejects r.csv "$TARGET" t twice.csv
	[ "$(tail -n +2 r.csv | cut -d, -f1)" = 15000 ]
}

@test "who makes the ledger when it is there waits for no load under way" {
	sql 'CREATE TABLE t (id int)'
	load --print-schema "$TARGET" | psql_client "$NAME" >/dev/null
	mkfifo to
	psql_client "$NAME" >/dev/null <to 3>&- &
	locker=$!
	exec 9>to
	echo "BEGIN; INSERT INTO caravan.ledger (table_name, shard) VALUES ('t', 'x');" >&9
	wait_for "SELECT count(*) = 1 FROM pg_locks
		WHERE relation = 'caravan.ledger'::regclass AND mode = 'RowExclusiveLock' AND granted"
	{
		echo "SET lock_timeout = '1s';"
		load --print-schema "$TARGET"
	} | psql_client "$NAME" >/dev/null
	exec 9>&-
	wait $locker
}
