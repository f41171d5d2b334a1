#!/usr/bin/env bats
#
# changes.bats - load applies change streams to a real PostgreSQL
#
# Needs POSTGRES_URI: scripts/sandbox run bats load
#
# Trap: bats has a function that is called load as well.  In the background env
# stands before the program, so that $! is its own process.
#
# shellcheck disable=SC2030,SC2031,SC2218

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup_file()
{
	need_servers
	export NAME=changes_test_$$ PGOPTIONS='-c client_min_messages=warning'
	psql_client postgres -c "CREATE DATABASE $NAME"
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	export TARGET
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

# is SQL WHAT
is()
{
	run -0 sql "$1"
	[ "$output" = "$2" ] || { echo "not $2: $output" >&2; return 1; }
}

gives()
{
	[ "$(sql "$1")" = "$2" ]
}

# pos TRANSACTION CHANGE [$]: a position
pos()
{
	printf 'log.000001:%010d:%010d:000000%s' $(($1 * 1000)) $(($1 * 1000 + $2)) "${3-}"
}

# changes HEADER: lines "VALUES OP TRANSACTION CHANGE[$]" as a stream
changes()
{
	local values op transaction change
	echo "$1,_op,_pos"
	while read -r values op transaction change; do
		echo "$values,$op,$(pos "$transaction" "${change%$}" "${change//[0-9]/}")"
	done
}

users()
{
	sql 'CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE, n int CHECK (n >= 0), born date)'
}

@test "insert, update, delete, in order; a second time nothing is done" {
	users
	sql "INSERT INTO users VALUES (9, 'there', 9)"
	changes id,email,n,born >c.csv <<-'END'
		1,a,1,2001-02-03 i 1 1
		2,b,2, i 1 2$
		1,a,5, u 2 1$
		2,,,0000-00-00 d 3 1$
		9,there,9, u 4 1$
		3,c,, i 5 1$
	END
	run -0 load "$TARGET" users c.csv
	[ "$output" = 'load: users: 6 changes read, 6 applied: 2 inserted, 0 updated, 0 deleted; 0 rejected' ]
	is 'TABLE users ORDER BY 1' $'1|a|5|\n3|c||\n9|there|9|'
	is 'SELECT table_name, stream, position, applied, rejected FROM caravan.position' \
		"\"public\".\"users\"|changes|$(pos 5 1 $)|6|0"
	sql 'DELETE FROM users WHERE id = 3'
	run -0 load --stats s.json "$TARGET" users <c.csv
	[ "$output" = 'load: users: 6 changes read, 0 applied: 0 inserted, 0 updated, 0 deleted; 0 rejected, 6 applied before' ]
	[ "$(jq -c '[.rows_in, .rows_out, .skipped, .position]' s.json)" = "[6,0,6,\"$(pos 5 1 $)\"]" ]
	is 'SELECT count(*) FROM users' 2
	changes id,email,n,born >more.csv <<-'END'
		3,c,, i 5 1$
		1,a,6, u 6 1$
		9,,, d 7 1$
		9,x,, i 8 1$
	END
	run -0 load "$TARGET" users c.csv more.csv
	[ "$output" = 'load: users: 10 changes read, 3 applied: 0 inserted, 2 updated, 0 deleted; 0 rejected, 7 applied before' ]
	is 'TABLE users ORDER BY 1' $'1|a|6|\n9|x||'
}

@test "keys of several columns, with quotes in them; _op and _pos anywhere" {
	sql 'CREATE TABLE t (v text, "k 1" text, k2 int, PRIMARY KEY (k2, "k 1"))'
	printf '%s\n' '_pos,k 1,v,_op,k2' "$(pos 1 1),\"a,\"\"b\"\"\",x,i,1" "$(pos 1 2),\"\",y,i,1" \
		"$(pos 1 3),\"two" "lines\",z,i,1" "$(pos 1 4 $),c,,i,2" >c.csv
	load -q "$TARGET" t c.csv
	is 'SELECT count(*) FROM t' 4
	printf '%s\n' '_pos,k 1,v,_op,k2' "$(pos 2 1),\"a,\"\"b\"\"\",x,d,1" "$(pos 2 2),\"\",\"\",d,1" \
		"$(pos 2 3 $),\"two" "lines\",z,d,1" >d.csv
	run -0 load "$TARGET" t d.csv
	[ "$output" = 'load: t: 3 changes read, 3 applied: 0 inserted, 0 updated, 3 deleted; 0 rejected' ]
	is 'SELECT * FROM t' '|c|2'
}

@test "unique values that change hands: refused as a set, taken one by one" {
	users
	changes id,email,n,born >c.csv <<-'END'
		1,a,, i 1 1
		2,b,, i 1 2
		3,c,, i 1 3$
	END
	load -q "$TARGET" users c.csv
	changes id,email,n,born <<-'END' | load -q "$TARGET" users
		1,tmp,, u 2 1
		2,a,, u 2 2
		1,b,, u 2 3$
		3,,, d 3 1$
		4,c,, i 3 2$
	END
	is 'SELECT id, email FROM users ORDER BY 1' $'1|b\n2|a\n4|c'
}

@test "what is refused goes to the rejects with its position, its neighbours are applied" {
	users
	changes id,email,n,born >c.csv <<-'END'
		1,a,1, i 1 1
		2,b,-2, i 1 2$
		3,c,x, i 2 1
		4,a,4, i 2 2
		5,e,5,2001-01-01 i 2 3$
		6,f,-6, i 3 1
		6,f,6, u 3 2$
	END
	run -1 load --rejects r.csv "$TARGET" users c.csv
	[[ $output == *'1 row rejected, --max-rejects allows 0' ]]
	is 'SELECT count(*) FROM users' 0
	run -0 load --max-rejects 3 --rejects r.csv "$TARGET" users c.csv
	[[ $output == *'load: users: 7 changes read, 4 applied: 3 inserted, 0 updated, 0 deleted; 3 rejected' ]]
	is 'SELECT id, n FROM users ORDER BY 1' $'1|1\n5|5\n6|6'
	is 'SELECT applied, rejected FROM caravan.position' '4|3'
	[ "$(grep -c '^[34],.*,i,log' r.csv)" = 2 ]
	grep -q "^2,b,-2,,i,$(pos 1 2 '\$'),load,2,,23514," r.csv
	# mended, as a stream of its own: what lies behind is not forgotten
	sed -n '1p; s/^3,c,x/3,c,3/p' r.csv | load -q --stream mended "$TARGET" users
	is 'SELECT n FROM users WHERE id = 3' 3
	is "SELECT position FROM caravan.position WHERE stream = 'changes'" "$(pos 3 2 $)"
	run -1 load --max-rejects 40% --again "$TARGET" users c.csv
	[[ $output == *'3 of 7 changes rejected, --max-rejects allows 40%' ]]
	# the rejects of another run stay
	changes id,email,n,born <<<'8,h,-8, i 9 1$' | load -q --max-rejects 1 --rejects r.csv "$TARGET" users
	[ "$(wc -l <r.csv)" = 2 ]
	[ "$(wc -l <r.csv.2)" = 4 ]
	changes id,email,n,born <<<'8,h,8, i 10 1$' | load -q --rejects r.csv "$TARGET" users
	[ "$(wc -l <r.csv)" = 2 ]
}

@test "what is no change: a key that is null, an unknown _op, a record that is cut" {
	users
	changes id,email,n,born >c.csv <<-'END'
		,a,1, i 1 1
		,,, d 1 2
		3,c,3, x 1 3
		4,d,4, i 1 4$
	END
	echo '5,e' >>c.csv
	run -0 load --max-rejects 4 --rejects r.csv "$TARGET" users c.csv
	[ "$(tail -n +2 r.csv | cut -d, -f10,11 | grep -v '^$')" = $'23502,"the key is null\n23502,"the key is null\n22023,"\'x\' in _op is none of i\n' ] ||
		[ "$(grep -c -e ',id,23502,' -e ',22023,' -e ',missing-cell,' r.csv)" = 4 ]
	is 'SELECT id FROM users' 4
	run -0 load --max-rejects 4 "$TARGET" users c.csv
	[[ $output == *'5 changes read, 0 applied: 0 inserted, 0 updated, 0 deleted; 1 rejected, 4 applied before' ]]
	printf '%s\n' id,email,_op,_pos 1,a,i,7 | run -3 load "$TARGET" users
	[ "$output" = "load: standard input:2: '7' in _pos is no position of a change stream" ] || run -3 load "$TARGET" users bad.csv
	printf '%s\n' id,email,_op 1,a,i >no.csv
	run -2 load "$TARGET" users no.csv
	[ "$output" = "load: 'no.csv' is no change stream: it has no column _pos" ]
	printf '%s\n' id,nobody,_op,_pos >no.csv
	run -2 load "$TARGET" users no.csv
	[ "$output" = "load: table 'users' has no column 'nobody'" ]
}

@test "several tables: parents first, and children first when they are deleted, whatever the order of the source" {
	sql 'CREATE TABLE p (id int PRIMARY KEY);
		CREATE TABLE c (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p);
		CREATE TABLE g (id int PRIMARY KEY, c_id int NOT NULL REFERENCES c)'
	changes id >p.csv <<-'END'
		1 i 1 3$
		2 i 2 1$
		1 d 3 1$
	END
	changes id,p_id >c.csv <<-'END'
		10,1 i 1 2$
		10,2 u 2 2$
		11,2 i 2 3$
	END
	changes id,c_id >g.csv <<-'END'
		100,10 i 1 1$
		101,11 i 2 0$
	END
	run -0 load "$TARGET" g g.csv --with p=p.csv --with c=c.csv
	[ "$output" = 'load: g: 8 changes read, 8 applied: 5 inserted, 0 updated, 0 deleted; 0 rejected' ]
	is 'SELECT g.id, c.id, p.id FROM g JOIN c ON c.id = c_id JOIN p ON p.id = p_id ORDER BY 1' \
		$'100|10|2\n101|11|2'
	changes id >p.csv <<<'2 d 4 1$'
	changes id,p_id >c.csv <<<$'10,2 d 4 2\n11,2 d 4 3$'
	changes id,c_id >g.csv <<<$'100,10 d 4 4\n101,11 d 4 5$'
	load -q "$TARGET" p p.csv --with c=c.csv --with g=g.csv
	is 'SELECT (SELECT count(*) FROM p) + (SELECT count(*) FROM c) + (SELECT count(*) FROM g)' 0
	is 'SELECT count(*), count(DISTINCT applied_at) > 0 FROM caravan.position' '3|t'
	# nobody is its parent
	changes id,p_id >c.csv <<<$'12,7 i 5 1\n13,3 i 5 2$'
	changes id >p.csv <<<'3 i 5 3$'
	run -0 load --max-rejects 1 --rejects r.csv "$TARGET" p p.csv --with c=c.csv
	is 'TABLE c' '13|3'
	[ "$(wc -l <r.csv)" = 1 ]
	[[ $(tail -1 r.c.csv) == 12,7,i,*,load,1,,23503,* ]]
	run -2 load "$TARGET" p p.csv --with p=p.csv
	[ "$output" = "load: table 'p' is there twice" ]
	run -2 load "$TARGET" p p.csv --with c
	[ "$output" = "load: --with 'c' is not TABLE=FILE" ]
}

@test "one transaction larger than memory for it: children before their parents, all or nothing" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t)'
	{
		echo id,up,_op,_pos
		echo "0,,i,$(pos 1 1 $)"
		# 100000 has parent 99999, the first comes last but one
		awk 'BEGIN { for (i = 1; i <= 100000; i++)
			printf "%d,%s,i,log.000001:0000002000:%010d:000000\n", i, i == 7 ? 100000 : i % 2 ? 0 : i - 1, 2000 + i }'
		echo "3,1,u,$(pos 2 200000)"
		echo "-1,0,i,$(pos 2 200001 $)"
	} >c.csv
	run -3 load "$TARGET" t < <(head -n 90000 c.csv)
	[[ ${lines[-1]} == 'load: standard input: it ends inside of a transaction, behind '*", so its writer may have failed; up to $(pos 1 1 $) all is applied" ]]
	is 'SELECT id FROM t' 0
	run -0 load --stats s.json "$TARGET" t c.csv
	is 'SELECT count(*) FROM t' 100002
	is 'SELECT up FROM t WHERE id IN (3, 7, 8) ORDER BY id' $'1\n100000\n7'
	[ "$(jq '[.rows_out, .commits]|@csv' -r s.json)" = '100002,1' ]
}

@test "an input that pauses: what is whole is there at once, what is not waits" {
	users
	mkfifo f
	env load -q "$TARGET" users <f &
	local pid=$!
	exec 9>f
	changes id,email,n,born >&9 <<<$'1,a,, i 1 1$\n2,b,, i 2 1'
	wait_for gives 'SELECT id FROM users' 1
	changes id,email,n,born <<<$'3,c,, i 2 2$\n4,d,, i 3 1' | tail -n +2 >&9
	wait_for gives 'SELECT count(*) FROM users' 3
	is 'SELECT position FROM caravan.position' "$(pos 2 2 $)"
	# the end of the other was lost on the way, by a filter
	echo ",,,,c,$(pos 3 2 $)" >&9
	wait_for gives 'SELECT count(*) FROM users' 4
	exec 9>&-
	wait "$pid"
	is 'SELECT position FROM caravan.position' "$(pos 3 2 $)"
}

@test "killed: what was committed is there, the next goes on behind it" {
	users
	mkfifo f
	local i
	for i in 1 2 3; do
		env load -q "$TARGET" users <f &
		local pid=$!
		exec 9>f
		changes id,email,n,born >&9 < <(for t in 1 2 3; do echo "$t,$t,$i, i $t 1\$"; done | head -"$i")
		wait_for gives 'SELECT count(*) FROM users' "$i"
		changes id,email,n,born <<<'9,never,, i 9 1' | tail -n +2 >&9
		kill -9 $pid
		exec 9>&-
		wait "$pid" || [ $? = 137 ]
	done
	is 'SELECT id, n FROM users ORDER BY 1' $'1|1\n2|2\n3|3'
}

@test "the session ends on the way: status 3, and the next goes on" {
	users
	mkfifo f
	env load -q "$TARGET" users <f 2>err &
	local pid=$! status=0
	exec 9>f
	changes id,email,n,born >&9 <<<'1,a,, i 1 1$'
	wait_for gives 'SELECT id FROM users' 1
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$NAME' AND application_name = 'caravan load'"
	changes id,email,n,born <<<'2,b,, i 2 1$' | tail -n +2 >&9
	exec 9>&-
	wait "$pid" || status=$?
	[ $status = 3 ]
	[[ $(cat err) == 'load: lost the connection to PostgreSQL at '* ]]
	is 'SELECT id FROM users' 1
	changes id,email,n,born <<<$'1,a,, i 1 1$\n2,b,, i 2 1$' | load -q "$TARGET" users
	is 'SELECT id FROM users ORDER BY 1' $'1\n2'
}

@test "of two that apply one stream, one finds that the other was faster" {
	users
	mkfifo f g
	env load -q "$TARGET" users <f 2>f.err &
	local first=$!
	exec 8>f
	changes id,email,n,born >&8 <<<'1,a,, i 1 1$'
	wait_for gives 'SELECT id FROM users' 1
	env load -q "$TARGET" users <g &
	local second=$!
	exec 9>g
	changes id,email,n,born >&9 <<<$'1,a,, i 1 1$\n2,b,, i 2 1$'
	wait_for gives 'SELECT count(*) FROM users' 2
	changes id,email,n,born <<<'2,x,, i 2 1$' | tail -n +2 >&8
	exec 8>&- 9>&-
	wait "$second"
	local status=0
	wait "$first" || status=$?
	[ $status = 3 ]
	[[ $(cat f.err) == *"stream 'changes' of table \"public\".\"users\" has been changed by another: is another load applying it?" ]]
	is 'SELECT email FROM users WHERE id = 2' b
}

@test "--stream, --from, --until, --again, --dry-run" {
	users
	changes id,email,n,born >c.csv <<-'END'
		1,a,1, i 1 1$
		1,a,2, u 2 1$
		1,a,3, u 3 1
		2,b,3, i 3 2$
	END
	load -q --until log.000001:2000 "$TARGET" users c.csv
	is 'SELECT n FROM users' 1
	run -0 load --dry-run "$TARGET" users c.csv
	[ "$output" = 'load: users: 4 changes read, 3 applied: 1 inserted, 1 updated, 0 deleted; 0 rejected, 1 applied before; a dry run: all was rolled back' ]
	is 'SELECT n FROM users' 1
	is 'SELECT position FROM caravan.position' "$(pos 1 1 $)"
	sql 'DROP SCHEMA caravan CASCADE'
	load -q --dry-run "$TARGET" users c.csv
	is "SELECT count(*) FROM pg_namespace WHERE nspname = 'caravan'" 0
	run -0 load --from log.000001:3000 "$TARGET" users c.csv
	[ "$output" = 'load: users: 4 changes read, 2 applied: 1 inserted, 1 updated, 0 deleted; 0 rejected, 2 applied before' ]
	sql 'DELETE FROM users'
	# an older --from than what is applied changes nothing
	load -q --from log.000001:2000 "$TARGET" users c.csv
	is 'SELECT count(*) FROM users' 0
	load -q --stream other --from "$(pos 2 1 $)" "$TARGET" users c.csv
	is 'SELECT id, n FROM users ORDER BY 1' $'1|3\n2|3'
	sql 'UPDATE users SET n = 0'
	load -q --again --until log.000001:3000 "$TARGET" users c.csv
	is 'SELECT n FROM users WHERE id = 1' 2
	is 'SELECT stream, position FROM caravan.position ORDER BY 1' "changes|$(pos 2 1 $)"$'\n'"other|$(pos 3 2 $)"
	run -2 load --from 7 "$TARGET" users c.csv
	[ "$output" = "load: --from '7' is neither FILE:OFFSET nor a _pos" ]
	sed 's/log\./relay./' c.csv >other.csv
	run -3 load "$TARGET" users other.csv
	[[ $output == *"is a position in another log than $(pos 2 1 $), up to where stream 'changes' of table \"public\".\"users\" is applied; --again starts over" ]]
}

@test "files in the wrong order, a shard that was changed: nothing is applied" {
	users
	local i
	for i in 1 2; do
		changes id,email,n,born <<<"$i,$i,, i $i 1\$" >$i.csv
	done
	run -2 load "$TARGET" users 2.csv 1.csv
	[ "$output" = "load: '1.csv' begins at $(pos 1 1 $), which is before $(pos 2 1 $), where '2.csv' begins: give the files in the order of their positions" ]
	validate -q -o 1.csv.zst <(echo '{"fields":[{"name":"id"}],"fieldsMatch":["subset"]}') 1.csv
	head -c -3 1.csv.zst >cut.csv.zst
	run -3 load "$TARGET" users cut.csv.zst
	[[ $output == *cut.csv.zst* ]]
	is 'SELECT count(*) FROM users' 0
	load -q "$TARGET" users 1.csv.zst 2.csv
	is 'SELECT count(*) FROM users' 2
}

@test "what does not go with a change stream" {
	users
	changes id,email,n,born <<<'1,a,, i 1 1$' >c.csv
	for option in '--mode replace' --defer-indexes --no-ledger; do
		# shellcheck disable=SC2086 # two words
		run -2 load $option "$TARGET" users c.csv
		[ "$output" = "load: ${option%=*} is not for a change stream (column _op)" ]
	done
	cut -d, -f1-4 c.csv >rows.csv
	for option in '--stream s' '--from a.1:2' '--until a.1:2' --with=u=c.csv; do
		# shellcheck disable=SC2086
		run -2 load $option "$TARGET" users rows.csv
		[[ $output == "load: ${option%%[ =]*} is only for a change stream, and the input has no column _op" ]]
	done
	mysql_client -e "CREATE OR REPLACE DATABASE $NAME; CREATE TABLE $NAME.users (id int PRIMARY KEY)"
	run -2 load -q "$(database_uri "$MYSQL_URI" "$NAME")" users c.csv
	mysql_client -e "DROP DATABASE $NAME"
	[ "$output" = 'load: a change stream (column _op) can be applied to PostgreSQL only' ]
	sql 'CREATE TABLE nokey (id int)'
	run -2 load "$TARGET" nokey <(printf 'id,_op,_pos\n')
	[[ $output == *"table 'nokey' has no primary key"* ]]
}

# end_state TABLE FILE: whether the table is what the file says
end_state()
{
	psql_client "$NAME" -c "COPY (SELECT * FROM $1 ORDER BY id) TO STDOUT CSV HEADER" | diff - "$2"
}

@test "copy + changes, from any earlier position, any number of times, cut anywhere = the final state" {
	local seed seeds=6 unique history=$BATS_TEST_DIRNAME/change-history
	[ -z "${SOAK-}" ] || seeds=200
	for seed in $(seq "${SEED:-1}" $((${SEED:-1} + seeds - 1))); do
		echo "SEED=$seed"
		rm -rf h && mkdir h
		unique=
		[ $((seed % 3)) != 0 ] || unique=unique
		# shellcheck disable=SC2086 # a word, or none
		"$history" "$seed" 300 25 h $unique
		RANDOM=$seed
		sql 'DROP SCHEMA IF EXISTS caravan CASCADE; DROP TABLE IF EXISTS c, p;
			CREATE TABLE p (id int PRIMARY KEY, name text, n int);
			CREATE TABLE c (id int PRIMARY KEY, p_id int NOT NULL REFERENCES p, note text)'
		local at=$((RANDOM % 30 + 1)) from allow=0 n
		from=$(sed -n "$at s/.* //p" h/positions)
		n=$(sed -n "$at s/ .*//p" h/positions)
		load -q "$TARGET" p "h/p.$n"
		load -q "$TARGET" c "h/c.$n"
		# every other time from the beginning, over what the copy has seen already: then
		# what refers to rows that are gone by now is refused, and changes again later
		local options=(--from "$from")
		[ $((seed % 2)) = 0 ] || options=() allow=100%
		local bytes status
		for _ in 1 2 3 4 5; do
			bytes=$((RANDOM * 4 + 200)) status=0
			# with an end mark: the one that is cut must not let the other run ahead
			load -q --end-mark --max-rejects $allow "${options[@]}" "$TARGET" p \
				--with c=<(head -c $bytes h/c.csv) <(head -c $bytes h/p.csv) 2>err || status=$?
			[ $status = 3 ] || { cat err; return 1; }
			# and again from somewhere, by position alone
			[ $((RANDOM % 3)) != 0 ] || options=()
			[ $((RANDOM % 3)) != 0 ] || allow=100%
		done
		load -q --max-rejects $allow "$TARGET" p h/p.csv --with c=h/c.csv
		end_state p h/p.end
		end_state c h/c.end
		load -q --again --max-rejects 100% "$TARGET" p h/p.csv --with c=h/c.csv 2>/dev/null
		end_state p h/p.end
		end_state c h/c.end
	done
}
