#!/usr/bin/env bats
#
# load_restart.bats - PostgreSQL goes away in the middle of a load, and comes back
#
# Trap: it restarts servers, so it has a sandbox of its own, beside that of the
# other tests.  Not below BATS_TEST_TMPDIR: the servers' users cannot enter that.
# Trap: bats has a function that is called load as well.

bats_require_minimum_version 1.5.0
# shellcheck disable=SC2218
load ../scripts/test-helpers

setup_file()
{
	need_servers
	umask 022
	export SANDBOX=$BATS_TEST_DIRNAME/../scripts/sandbox
	OWN=$(mktemp -d "${TMPDIR:-/tmp}/load-restart.XXXXXX")
	export OWN
	"$SANDBOX" start "$OWN" >&2 3>&-
	inputs
}

teardown_file()
{
	"$SANDBOX" stop --purge "$OWN" >&2 3>&-
}

# Twelve files of 10000 rows.
inputs()
{
	local i
	for i in $(seq -w 12); do
		perl -e 'my $i = shift; print "id,p,pad\n"; print "$_,", $_ % 7, ",", $_ x 6, "\n"
			for $i * 10000 .. $i * 10000 + 9999' "$i" >"$BATS_FILE_TMPDIR/part-$i.csv"
	done
}

setup()
{
	cd "$BATS_FILE_TMPDIR" || return
	# shellcheck disable=SC1091 # made by setup_file
	. "$OWN/env"
	need_programs
	# trust asks for no password, so this one only has to stay a secret
	TARGET="$POSTGRES_URI&password=s3cret"
	PGOPTIONS='-c client_min_messages=warning'
	export TARGET PGOPTIONS
	sql 'DROP SCHEMA IF EXISTS caravan CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public;
		CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(0, 6);
		CREATE TABLE t (id text PRIMARY KEY, p int REFERENCES p, pad text UNIQUE); CREATE INDEX t_p ON t (p)'
	rm -f pipe hold
	mkfifo pipe hold
}

load()
{
	command load "$@"
}

sql()
{
	psql_client postgres -c "$1"
}

holds()
{
	[ "$(sql "$1")" = t ]
}

# start_load ARG...: the files with a pipe among them, in the background; out, pid.
start_load()
{
	env load "$@" "$TARGET" t part-0[1-6].csv pipe part-0[7-9].csv part-1[0-2].csv >out 2>&1 3>&- 8>&- 9>&- &
	pid=$!
	# also for reading, so that this does not wait for a load that has failed
	exec 9<>pipe
}

# Six files are committed, and rows of the pipe have arrived in the table.
under_way()
{
	printf 'id,p,pad\n' >&9
	# shellcheck disable=SC2016 # perl's
	timeout 60 perl -e 'print "x$_,1,y$_\n" for 1 .. 30000' >&9
	wait_for holds "SELECT count(*) = 1 FROM pg_stat_progress_copy
		WHERE relid = 't'::regclass AND tuples_processed > 0"
	[ "$(sql 'SELECT count(*) FROM t')" = 60000 ]
}

# All is committed, and the first index waits for a lock that someone else has.
rebuilding()
{
	under_way
	psql_client postgres >/dev/null 2>&1 <hold 3>&- 9>&- &
	holder=$!
	exec 8>hold
	echo 'BEGIN; SELECT FROM t LIMIT 1;' >&8
	wait_for holds "SELECT count(*) = 1 FROM pg_locks WHERE relation = 't'::regclass
		AND mode = 'AccessShareLock' AND pid IN (SELECT pid FROM pg_stat_activity WHERE state = 'idle in transaction'
		AND application_name = 'psql')"
	exec 9>&-
	wait_for holds "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'caravan load'
		AND wait_event_type = 'Lock'"
	# t itself cannot be asked: what waits for the lock goes before us
	[ "$(sql 'SELECT sum(loaded) FROM caravan.ledger')" = 120000 ]
}

# interrupted: the load that was under way has ended as it should.
interrupted()
{
	local status=0
	exec 9>&- 8>&-
	[ -z "$holder" ] || wait "$holder" || echo "the session that held the lock is gone, too"
	wait "$pid" || status=$?
	cat out
	[ $status = 3 ]
	grep -q "^load: .*lost the connection to PostgreSQL at '$PGHOST' port $PGPORT, database 'postgres'" out
	! grep -q s3cret out
}

structure()
{
	pg_dump --schema-only --exclude-schema=caravan "$POSTGRES_URI" | grep -v '^\\.*restrict ' | sort
}

# What an undisturbed load comes to, and what a run again after an interruption must.
rerun()
{
	load -q "$@" "$TARGET" t part-*.csv 2>again
	structure | diff before -
	[ "$(sql 'SELECT count(*), sum(loaded) FROM caravan.ledger')" = '12|120000' ]
	sql "DELETE FROM t WHERE id LIKE 'x%'"
	table_hash postgres t
}

@test "PostgreSQL restarted in the middle of a load: status 3 names it, a rerun completes it" {
	local rounds=2 n want how pid holder
	[ -z "${SOAK-}" ] || rounds=20
	structure >before
	want=$(rerun)
	[ "${want%|*}" = 120000 ]
	for n in $(seq "$rounds"); do
		setup
		holder=
		# clean and as by a crash, each in both places
		how=
		[ $((n % 4)) -lt 2 ] || how=--kill
		start_load --defer-indexes
		case $((n % 2)) in
		1) under_way ;;
		0) rebuilding ;;
		esac
		"$SANDBOX" restart "$OWN" postgres $how >&2 3>&- 8>&- 9>&-
		interrupted
		echo "round $n, $how"
		[ "$(rerun --defer-indexes)" = "$want" ]
	done
}

@test "the session of a load is ended by the administrator: status 3, a rerun completes it" {
	local want pid holder=
	structure >before
	want=$(rerun)
	setup
	start_load
	under_way
	[ "$(sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'caravan load'")" = t ]
	interrupted
	grep -q ': 57P01: terminating connection due to administrator command' out
	[ "$(rerun)" = "$want" ]
}
