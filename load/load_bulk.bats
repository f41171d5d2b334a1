#!/usr/bin/env bats
#
# load_bulk.bats - bulk loads: deferred indexes, statistics, several loaders of one table
#
# Trap: bats has a function that is called load as well.

bats_require_minimum_version 1.5.0
# shellcheck disable=SC2218
load ../scripts/test-helpers

setup_file()
{
	need_servers
	export NAME=load_bulk_$$
	psql_client postgres -c "CREATE DATABASE $NAME"
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	export TARGET PGOPTIONS='-c client_min_messages=warning'
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME WITH (FORCE)"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	sql 'DROP SCHEMA IF EXISTS caravan, other CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public'
}

load()
{
	command load "$@"
}

sql()
{
	psql_client "$NAME" -c "$1"
}

# structure: the whole schema but ours, as pg_dump has it.
structure()
{
	pg_dump --schema-only --exclude-schema=caravan "$TARGET" | grep -v '^\\.*restrict ' | sort
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

# json FILE MEMBER
json()
{
	sql "SELECT \$\$$(cat "$1")\$\$::json ->> '$2'"
}

sessions()
{
	echo "FROM pg_stat_activity WHERE datname = '$NAME' AND application_name = 'caravan load'"
}

# A table with every kind of index and constraint, and what depends on some of them.
make_table()
{
	sql "CREATE SCHEMA other;
		CREATE TABLE other.p (id int PRIMARY KEY, x int, y int, UNIQUE (x, y));
		INSERT INTO other.p SELECT i, i, i FROM generate_series(0, 9) i;
		CREATE TABLE \"T x\" (id bigserial PRIMARY KEY, \"e Mail\" text, p int REFERENCES other.p,
		a int, b int, s int, u uuid, day date, parent bigint REFERENCES \"T x\", r int4range, v int,
		CONSTRAINT \"u q\" UNIQUE (\"e Mail\") INCLUDE (a) WITH (fillfactor = 70),
		FOREIGN KEY (a, b) REFERENCES other.p (x, y) MATCH FULL ON DELETE CASCADE
		DEFERRABLE INITIALLY DEFERRED,
		CONSTRAINT du UNIQUE NULLS NOT DISTINCT (s) DEFERRABLE INITIALLY DEFERRED,
		CONSTRAINT ru UNIQUE (u), EXCLUDE USING gist (r WITH &&), CHECK (a < 100));
		CREATE TABLE other.ref (u uuid REFERENCES \"T x\" (u));
		ALTER TABLE \"T x\" ADD CONSTRAINT nv FOREIGN KEY (s) REFERENCES other.p NOT VALID;
		ALTER TABLE \"T x\" ADD CONSTRAINT off FOREIGN KEY (v) REFERENCES other.p;
		ALTER TABLE \"T x\" DISABLE TRIGGER ALL; ALTER TABLE \"T x\" ENABLE TRIGGER ALL;
		CREATE INDEX i1 ON \"T x\" (day) WHERE day > '2020-02-01';
		CREATE INDEX i2 ON \"T x\" (lower(\"e Mail\") text_pattern_ops DESC, (a + b)) WITH (fillfactor = 50);
		CREATE UNIQUE INDEX i3 ON \"T x\" (lower(\"e Mail\")) WHERE a > 0;
		CREATE INDEX i4 ON \"T x\" USING hash (a); CREATE INDEX i5 ON \"T x\" (a, b);
		CREATE UNIQUE INDEX ident ON \"T x\" (id, v); ALTER TABLE \"T x\" CLUSTER ON i5;
		ALTER INDEX i2 ALTER COLUMN 1 SET STATISTICS 77;
		COMMENT ON INDEX i2 IS 'it''s'; COMMENT ON CONSTRAINT \"u q\" ON \"T x\" IS 'constraint';
		COMMENT ON INDEX \"u q\" IS 'index'; COMMENT ON CONSTRAINT nv ON \"T x\" IS 'not valid'"
	printf 'id,e Mail,p,a,b,s,u,day,parent\n' >in.csv
	local i
	for i in 1 2 3; do
		echo "$i,m$i,$i,$i,$i,$i,00000000-0000-0000-0000-00000000000$i,2021-01-0$i,$i"
	done >>in.csv
}

@test "--defer-indexes: what is dropped comes back as it was, and what must stay stays" {
	make_table
	structure >before
	load -q --defer-indexes=keep "$TARGET" '"T x"' in.csv
	run -0 sql "SELECT string_agg(x.relname, ' ' ORDER BY x.relname COLLATE \"C\") FROM pg_index i JOIN pg_class x
		ON x.oid = i.indexrelid WHERE i.indrelid = '\"T x\"'::regclass"
	# the largest id is asked for; other.ref refers to u
	[ "$output" = 'T x_pkey ident ru' ]
	run -0 sql "SELECT string_agg(conname, ' ' ORDER BY conname COLLATE \"C\") FROM pg_constraint
		WHERE conrelid = '\"T x\"'::regclass"
	[ "$output" = 'T x_a_check T x_pkey ru' ]
	run -0 load --rebuild-indexes "$TARGET" '"T x"'
	[ "$output" = 'load: "T x": 13 indexes and constraints made again, 0 left' ]
	structure | diff before -
	[ "$(sql 'SELECT count(*) FROM caravan.deferred')" = 0 ]
	# nothing is left to do
	run -0 load --rebuild-indexes "$TARGET" '"T x"'
	[ "$output" = 'load: "T x": 0 indexes and constraints made again, 0 left' ]
}

@test "--defer-indexes: dropped, loaded, made again in one go; a file that was loaded drops nothing" {
	make_table
	structure >before
	run -0 load --defer-indexes "$TARGET" '"T x"' in.csv
	[[ $output == *'3 inserted'*'; 13 indexes and constraints made again' ]]
	structure | diff before -
	run -0 sql "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relkind = 'i' AND relname LIKE 'i_'"
	before=$output
	run -0 load --defer-indexes "$TARGET" '"T x"' in.csv
	[[ $output == *'3 in 1 file loaded before' ]]
	[ "$(sql "SELECT array_agg(oid ORDER BY oid) FROM pg_class WHERE relkind = 'i' AND relname LIKE 'i_'")" = "$before" ]
	# a skipped one before one that is not
	sed 's/^\([0-9]\),m\([0-9]\),/\1\1,n\2,/; s/,\([0-9]\),0000/,1\1,0001/; s/,1\([0-9]\),0001/,\1,0001/; s/0000000\([0-9]\),/000000\1\1,/' in.csv |
		sed '1!s/^\([0-9]*\),\([^,]*\),\([^,]*\),\([^,]*\),\([^,]*\),\([0-9]\),/\1,\2,\3,\4,\5,,/' | head -2 >new.csv
	run -0 load --defer-indexes "$TARGET" '"T x"' in.csv new.csv
	[[ $output == *'1 inserted'*'; 13 indexes and constraints made again' ]]
	structure | diff before -
}

@test "--defer-indexes: an upsert keeps its key, a replace works, what serves replication stays" {
	sql "CREATE TABLE t (id uuid PRIMARY KEY, k text, n int, UNIQUE (k, n));
		CREATE INDEX other_i ON t (n); CREATE UNIQUE INDEX more ON t (n, k) INCLUDE (id)"
	uuid=00000000-0000-0000-0000-00000000000
	printf 'id,k,n\n%s1,a,1\n%s2,b,2\n' $uuid $uuid >in.csv
	indexes="SELECT string_agg(relname, ' ' ORDER BY relname COLLATE \"C\") FROM pg_index JOIN pg_class c ON c.oid = indexrelid
		WHERE indrelid = 't'::regclass"
	structure >before
	load -q --defer-indexes=keep --mode upsert --key k,n "$TARGET" t in.csv
	[ "$(sql "$indexes")" = 'more t_k_n_key' ]
	load -q --rebuild-indexes "$TARGET" t
	structure | diff before -
	run -0 load --mode replace --defer-indexes "$TARGET" t in.csv
	[[ $output == *'2 inserted'*'; 4 indexes and constraints made again' ]]
	structure | diff before -
	sql 'CREATE PUBLICATION pub FOR TABLE t'
	load -q --defer-indexes=keep --again --mode replace "$TARGET" t in.csv
	[ "$(sql "$indexes")" = 't_pkey' ]
	sql 'DROP PUBLICATION pub'
	load -q --rebuild-indexes "$TARGET" t
	sql 'ALTER TABLE t ALTER k SET NOT NULL, ALTER n SET NOT NULL; ALTER TABLE t REPLICA IDENTITY USING INDEX t_k_n_key'
	load -q --defer-indexes=keep --again --mode replace "$TARGET" t in.csv
	[ "$(sql "$indexes")" = 't_k_n_key' ]
}

@test "--defer-indexes: what makes no sense or may not be done is refused before anything" {
	sql "CREATE TABLE t (id int); CREATE VIEW v AS TABLE t; CREATE TABLE p (id int) PARTITION BY LIST (id);
		DROP ROLE IF EXISTS ${NAME}_r; CREATE ROLE ${NAME}_r; GRANT ALL ON t TO ${NAME}_r;
		GRANT USAGE ON SCHEMA public TO ${NAME}_r; GRANT ${NAME}_r TO CURRENT_USER"
	printf 'id\n1\n' >in.csv
	run -2 load --defer-indexes --dry-run "$TARGET" t in.csv
	run -2 load --defer-indexes=yes "$TARGET" t in.csv
	[[ $output == *"--defer-indexes=yes: only 'keep' is known" ]]
	run -2 load --rebuild-indexes "$TARGET" t in.csv
	[[ $output == *'--rebuild-indexes reads no files' ]]
	for option in --dry-run --describe --mode=replace --defer-indexes; do
		run -2 load --rebuild-indexes $option "$TARGET" t
	done
	run -2 load --defer-indexes "$TARGET" v in.csv
	[[ $output == *"'v' is a view: indexes are deferred only for a plain table" ]]
	run -2 load --defer-indexes "$TARGET" p in.csv
	[[ $output == *"'p' is a partitioned table: indexes are deferred only for a plain table, such as"* ]]
	run -2 load --rebuild-indexes "$TARGET" none
	PGOPTIONS="-c role=${NAME}_r" run -2 load --no-ledger --defer-indexes "$TARGET" t in.csv
	refusal=$output
	sql "DROP OWNED BY ${NAME}_r; DROP ROLE ${NAME}_r"
	[[ $refusal == *"may not drop the indexes of 't' and make them again"* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
}

@test "--defer-indexes: rows in the way are told, kept in the table, mended, and it is finished" {
	sql "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1);
		CREATE TABLE t (id int PRIMARY KEY, mail text, p int REFERENCES p, up int REFERENCES t,
		note text, twice int GENERATED ALWAYS AS (id * 2) STORED);
		CREATE UNIQUE INDEX t_mail ON t (lower(mail)) WHERE note IS DISTINCT FROM 'old';
		CREATE INDEX t_note ON t (note)"
	structure >before
	cat >in.csv <<'END'
id,mail,p,up,note
1,a@x,1,,"two
lines, ""quoted"""
2,A@X,1,1,
3,A@X,1,1,old
4,,9,1,""
5,,,77,
6,b@x,1,5,
6,c@x,1,5,
x,d@x,1,5,
END
	run -1 load --defer-indexes --max-rejects 1 --rejects r.csv --stats stats.json "$TARGET" t in.csv
	[[ $output == *"t: cannot make primary key 't_pkey': 23505: could not create unique index"* ]]
	[[ $output == *"load: t: 23505: t_pkey: Key (id)=(6) is there 2 times"* ]]
	[[ $output == *"load: t: 23505: t_mail: Key (lower(mail))=(a@x) is there 2 times"* ]]
	[[ $output == *'load: t: 23503: t_p_fkey: Key (p)=(9) is not present in table "p".'* ]]
	[[ ${lines[-1]} == "load: 4 of 5 indexes and constraints of 't' could not be made again and are kept in caravan.deferred"* ]]
	# all of the file is in the table, and in the ledger
	[ "$(json stats.json rows_in) $(json stats.json rows_out) $(json stats.json rejected)" = '8 7 1' ]
	[ "$(sql 'SELECT loaded, rejected FROM caravan.ledger')" = '7|1' ]
	[ "$(tail -n +2 r.csv | wc -l)" = 1 ]
	run -1 load --rebuild-indexes --rejects bad.csv "$TARGET" t
	[ "$(cat bad.csv)" = 'id,mail,p,up,note,_stage,_row,_column,_code,_message
6,b@x,1,5,,load,0,,23505,t_pkey: Key (id)=(6) is there 2 times
6,c@x,1,5,,load,0,,23505,t_pkey: Key (id)=(6) is there 2 times
1,a@x,1,,"two
lines, ""quoted""",load,0,,23505,t_mail: Key (lower(mail))=(a@x) is there 2 times
2,A@X,1,1,,load,0,,23505,t_mail: Key (lower(mail))=(a@x) is there 2 times
4,,9,1,"",load,0,,23503,"t_p_fkey: Key (p)=(9) is not present in table ""p""."' ]
	sql "UPDATE t SET mail = 'z' WHERE id = 2; UPDATE t SET id = 7 WHERE mail = 'c@x'; INSERT INTO p VALUES (9)"
	# now only the reference to the table itself is left
	run -1 load --rebuild-indexes --rejects bad.csv "$TARGET" t
	echo "$output"
	[[ ${lines[-1]} == "load: 1 of 4 indexes and constraints of 't' could not be made again"* ]]
	[ "$(tail -n +2 bad.csv)" = '5,,,77,,load,0,,23503,"t_up_fkey: Key (up)=(77) is not present in table ""t""."' ]
	sql 'UPDATE t SET up = NULL WHERE id = 5'
	run -0 load --rebuild-indexes --rejects bad.csv "$TARGET" t
	[ "$(tail -n +2 bad.csv)" = '' ]
	structure | diff before -
}

@test "--defer-indexes: something else than rows in the way is status 3" {
	sql "CREATE TABLE t (id int, a int); CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT \$1';
		CREATE INDEX i ON t (f(a)); CREATE INDEX j ON t (a)"
	load -q --defer-indexes=keep "$TARGET" t <<<$'id\n1'
	sql 'DROP FUNCTION f'
	run -3 load --rebuild-indexes "$TARGET" t
	[[ $output == *"t: cannot make index 'i': 42883: function "*'does not exist'* ]]
	[ "$(sql "SELECT string_agg(name, ' ') FROM caravan.deferred")" = i ]
	run -3 load --rebuild-indexes --rejects /dev/full "$TARGET" t
}

# Killed at random moments until all is done; the moments are of seed 11.
@test "--defer-indexes: killed again and again, the table and its indexes are whole in the end" {
	sql "CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p SELECT generate_series(0, 9);
		CREATE TABLE t (id text PRIMARY KEY, mail text UNIQUE, p int REFERENCES p, n int);
		CREATE INDEX t_n ON t (n)"
	structure >before
	for i in $(seq 8); do
		perl -e 'print "id,mail,p,n\n"; print "k$_,m$_,", $_ % 10, ",$_\n" for $ARGV[0] * 8000 .. $ARGV[0] * 8000 + 7999' \
			"$i" >"part-$i.csv"
	done
	RANDOM=11
	local rounds=30
	[ -z "${SOAK-}" ] || rounds=300
	for round in $(seq $rounds); do
		env load -q --defer-indexes "$TARGET" t part-*.csv >out 2>&1 3>&- &
		pid=$!
		sleep "0.$(printf %02d $((RANDOM % 40 + 2)))"
		kill -9 $pid 2>/dev/null || :
		wait $pid 2>/dev/null && break
	done
	echo "done in round $round"
	cat out
	load -q --defer-indexes "$TARGET" t part-*.csv
	[ "$(sql 'SELECT count(*), count(DISTINCT id), sum(n) FROM t')" = '64000|64000|2559968000' ]
	[ "$(sql 'SELECT count(*), sum(loaded) FROM caravan.ledger')" = '8|64000' ]
	structure | diff before -
}

@test "--defer-indexes: of several loaders the last makes the indexes again" {
	sql 'CREATE TABLE t (id text PRIMARY KEY, n int UNIQUE); CREATE INDEX t_n ON t (n)'
	structure >before
	mkfifo pipe
	env load --defer-indexes "$TARGET" t pipe >one 2>&1 3>&- &
	pid=$!
	exec 9>pipe
	printf 'id,n\n' >&9
	printf 'id,n\n1,1\n' >a.csv
	wait_for "SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = 1667330679"
	run -0 load --defer-indexes "$TARGET" t a.csv
	[[ $output != *'made again'* ]]
	# who only rebuilds waits, and who loads joins
	# which must not keep the pipe open
	env load --rebuild-indexes "$TARGET" t >rebuilt 2>&1 3>&- 9>&- &
	rebuilder=$!
	wait_for "SELECT count(*) = 1 $(sessions) AND wait_event = 'advisory'"
	[ "$(sql "SELECT count(*) FROM pg_indexes WHERE tablename = 't'")" = 0 ]
	printf '3,3\n' >&9
	exec 9>&-
	wait $pid
	wait $rebuilder
	cat one rebuilt
	grep -q 'waiting for those that load' rebuilt
	[ "$(cat one rebuilt | grep -c -e '3 indexes and constraints made again')" = 1 ]
	structure | diff before -
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
}

@test "ANALYZE: when a tenth has changed, not in a dry run, not with --no-analyze" {
	sql 'CREATE TABLE t (id int); ALTER TABLE t SET (autovacuum_enabled = off)'
	counted="SELECT reltuples FROM pg_class WHERE relname = 't'"
	{ echo id && seq 1000; } >in.csv
	load -q --no-analyze "$TARGET" t in.csv
	load -q --dry-run --again "$TARGET" t in.csv
	[ "$(sql "$counted")" = -1 ]
	load -q --again "$TARGET" t in.csv
	[ "$(sql "$counted")" = 2000 ]
	load -q "$TARGET" t <<<$'id\n1'
	[ "$(sql "$counted")" = 2000 ]
	# nothing was changed
	load -q "$TARGET" t in.csv
	[ "$(sql "$counted")" = 2000 ]
	load -q --again "$TARGET" t in.csv
	[ "$(sql "$counted")" = 3001 ]
}

@test "ANALYZE: a role that may not is warned" {
	sql "CREATE TABLE t (id int); DROP ROLE IF EXISTS ${NAME}_r; CREATE ROLE ${NAME}_r;
		GRANT ALL ON t TO ${NAME}_r; GRANT USAGE ON SCHEMA public TO ${NAME}_r; GRANT ${NAME}_r TO CURRENT_USER"
	PGOPTIONS="-c role=${NAME}_r" run -0 load --no-ledger "$TARGET" t <<<$'id\n1'
	sql "DROP OWNED BY ${NAME}_r; DROP ROLE ${NAME}_r"
	[[ ${lines[0]} == "load: warning: statistics of 't' were not gathered: skipping \"t\" "* ]]
	[[ ${lines[1]} == 'load: t: 1 rows read, 1 inserted'* ]]
}
