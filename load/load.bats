#!/usr/bin/env bats
#
# load.bats - load against a real PostgreSQL
#
# Needs POSTGRES_URI: scripts/sandbox run bats load
#
# Trap: bats has a function that is called load as well.  In the background env
# stands before the program, so that $! is its own process.
#
# Each test runs in a subshell of its own, which shellcheck does not know:
# shellcheck disable=SC2030,SC2031

bats_require_minimum_version 1.5.0

setup_file()
{
	if [ -z "${POSTGRES_URI-}" ]; then
		echo "POSTGRES_URI is not set: use scripts/sandbox run" >&2
		return 1
	fi
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	export NAME=load_test_$$
	export PGOPTIONS='-c client_min_messages=warning'
	psql -Xq "$POSTGRES_URI" -c "CREATE DATABASE $NAME"
	local base=${POSTGRES_URI%%\?*} parameters=
	case $POSTGRES_URI in *\?*) parameters="?${POSTGRES_URI#*\?}" ;; esac
	export TARGET=${base%/*}/$NAME$parameters
}

teardown_file()
{
	psql -Xq "$POSTGRES_URI" -c "DROP DATABASE IF EXISTS $NAME WITH (FORCE)"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	unset TMPDIR
	sql 'DROP SCHEMA IF EXISTS caravan CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public'
}

load()
{
	command load "$@"
}

# sql SQL: what it gives, unaligned.
sql()
{
	psql -XqAt -v ON_ERROR_STOP=1 "$TARGET" -c "$1"
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

# The sessions of load in our database.
sessions()
{
	echo "FROM pg_stat_activity WHERE datname = '$NAME' AND application_name = 'caravan load'"
}

# reasons FILE: _row, _column, _code of a rejects file, in the order of rows.
reasons()
{
	sql 'DROP TABLE IF EXISTS public.reasons'
	local columns
	columns=$(head -1 "$1" | sed 's/[^,]*/"&" text/g')
	sql "CREATE TABLE public.reasons ($columns)"
	psql -Xq "$TARGET" -c "\\copy public.reasons from '$1' (format csv, header)"
	sql "SELECT concat_ws(' ', _row, coalesce(_column, '-'), _code) FROM public.reasons
		ORDER BY _row::int"
}

# json FILE MEMBER
json()
{
	sql "SELECT \$\$$(cat "$1")\$\$::json ->> '$2'"
}

@test "rows from a file, NULL and the empty string told apart" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a text, b text)'
	printf 'id,a,b\n1,,""\n2,"x,""y",z\n' >in.csv
	run -0 load "$TARGET" t in.csv
	[ "$output" = 'load: t: 2 rows read, 2 inserted, 0 updated, 0 unchanged, 0 rejected' ]
	run -0 sql "SELECT id, a IS NULL, b, a FROM t ORDER BY 1"
	[ "$output" = $'1|t||\n2|f|z|x,"y' ]
}

@test "standard input, in another order of columns, some left to their defaults" {
	sql "CREATE TABLE t (id serial, a text NOT NULL DEFAULT 'd', b int)"
	printf 'b,id\n7,3\n' | load -q "$TARGET" t
	run -0 sql 'TABLE t'
	[ "$output" = '3|d|7' ]
}

@test "a column alone: NULL, the empty string, and \\. as a value" {
	sql 'CREATE TABLE t (n serial, a text)'
	printf 'a\n\n""\n"\\."\nx\n' | load -q "$TARGET" t
	run -0 sql "SELECT coalesce('<' || a || '>', 'null') FROM t ORDER BY n"
	[ "$output" = $'null\n<>\n<\\.>\n<x>' ]
}

@test "\\. among several columns, bare and quoted, and inside a multi-line value" {
	sql 'CREATE TABLE t (n serial, a text, b text)'
	printf 'a,b\n\\.,1\n"\\.",2\nx,\\.\n"p\n\\.\nq",4\n' | load -q "$TARGET" t
	run -0 sql "SELECT replace(a, E'\n', '/'), b FROM t ORDER BY n"
	[ "$output" = $'\\.|1\n\\.|2\nx|\\.\np/\\./q|4' ]
}

@test "multi-line values and every kind of line end inside quotes" {
	sql 'CREATE TABLE t (n int, a text)'
	printf 'n,a\r\n1,"a\r\nb"\r\n2,"c\rd"\n3,"e\n\nf"\n' | load -q "$TARGET" t
	run -0 sql "SELECT n, encode(a::bytea, 'hex') FROM t ORDER BY n"
	[ "$output" = $'1|610d0a62\n2|630d64\n3|650a0a66' ]
}

@test "a table named oddly, in a schema, and columns that SQL would fold" {
	sql 'CREATE SCHEMA "S x"; CREATE TABLE "S x"."Odd ""Na.me" ("Id" int, "se lect" text)'
	printf 'Id,se lect\n1,a\n' >in.csv
	load -q "$TARGET" '"S x"."Odd ""Na.me"' in.csv
	load -q "$TARGET" 'S x.Odd "Na.me' <in.csv
	run -0 sql 'SELECT count(*) FROM "S x"."Odd ""Na.me"'
	[ "$output" = 2 ]
}

@test "a header without records loads nothing, an input without a header is an error" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n' | load -q "$TARGET" t
	run -3 load "$TARGET" t /dev/null
	[[ $output == *"/dev/null"* ]]
	run -0 sql 'SELECT count(*) FROM t'
	[ "$output" = 0 ]
}

@test "what the table has not, computes itself or needs is told before anything is done" {
	sql 'CREATE TABLE users (id int, email text NOT NULL, twice int GENERATED ALWAYS AS (id * 2) STORED)'
	printf 'id,emial,nowhere\n1,a,b\n' >in.csv
	run -2 load "$TARGET" users in.csv
	[ "$output" = "load: table 'users' has no columns 'emial' (is 'email' meant?), 'nowhere'" ]
	printf 'id,email,twice\n' >in.csv
	run -2 load "$TARGET" users in.csv
	[ "$output" = "load: table 'users' computes column 'twice' itself: leave it out of the stream" ]
	printf 'id\n' >in.csv
	run -2 load "$TARGET" users in.csv
	[[ $output == "load: the stream lacks column 'email', which table 'users' requires"* ]]
	run -2 load "$TARGET" user in.csv
	[ "$output" = "load: database '$NAME' has no table 'user' (is 'users' meant?)" ]
	run -2 load "$TARGET" 'a.b.c.d' in.csv
	[ "$output" = "load: database '$NAME' has no table 'a.b.c.d'" ]
	sql 'CREATE SEQUENCE s'
	run -2 load "$TARGET" s in.csv
	[ "$output" = "load: 's' is not a table" ]
}

@test "a required column may be left to a trigger" {
	sql "CREATE TABLE t (id int, a text NOT NULL);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
		\$\$BEGIN NEW.a := 'a' || NEW.id; RETURN NEW; END\$\$;
		CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"
	printf 'id\n1\n2\n' >in.csv
	load -q "$TARGET" t in.csv
	load -q --mode replace "$TARGET" t in.csv
	run -0 sql 'SELECT a FROM t ORDER BY 1'
	[ "$output" = $'a1\na2' ]
}

@test "each kind of refusal, with its code, column and message; the neighbours load" {
	sql "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
		CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL, age smallint CHECK (age > 0),
		parent int REFERENCES parent, mail varchar(5) UNIQUE, at date);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \$\$BEGIN
		IF NEW.name = 'bad' THEN RAISE 'no % here', NEW.name; END IF;
		RETURN NEW; END\$\$;
		CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
		CREATE FUNCTION h() RETURNS trigger LANGUAGE plpgsql AS \$\$BEGIN
		IF NEW.name = 'worse' THEN RAISE 'after' USING ERRCODE = '22000'; END IF;
		RETURN NULL; END\$\$;
		CREATE TRIGGER i AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION h()"
	cat >in.csv <<'END'
id,name,age,parent,mail,at
1,good,1,1,a,2020-02-29
x,type,1,1,b,
3,,1,1,c,
4,check,0,1,d,
5,"reference
of two lines",1,9,e,
1,key,1,1,f,
7,unique,1,1,a,
8,long,1,1,123456,
9,date,1,1,g,2021-02-29
10,bad,1,1,h,
11,worse,1,1,i,
12,range,40000,1,j,
13,short
14,extra,1,1,k,,,
15,good,,,,
END
	printf '16,bytes\xff,1,1,l,\n' >>in.csv
	run -0 load --max-rejects 20 --rejects rejects.csv --stats stats.json "$TARGET" t in.csv
	[[ ${lines[-1]} == 'load: t: 16 rows read, 2 inserted, 0 updated, 0 unchanged, 14 rejected' ]]
	run -0 sql 'SELECT id FROM t ORDER BY 1'
	[ "$output" = $'1\n15' ]
	# the three that are no rows at all cannot go through COPY
	grep -v -e missing-cell -e extra-cell -e encoding-error rejects.csv >sound.csv
	run -0 reasons sound.csv
	[ "$output" = "2 id 22P02
3 name 23502
4 - 23514
5 - 23503
6 - 23505
7 - 23505
8 mail 22001
9 at 22008
10 - P0001
11 - 22000
12 age 22003" ]
	run -0 sql "SELECT _message FROM reasons WHERE _row IN ('4', '5', '7') ORDER BY _row"
	[ "${lines[0]}" = 'new row for relation "t" violates check constraint "t_age_check"' ]
	[[ ${lines[1]} == *'violates foreign key constraint "t_parent_fkey": Key (parent)=(9) is not'* ]]
	[[ ${lines[2]} == *'unique constraint "t_mail_key": Key (mail)=(a) already exists.' ]]
	[ "$(json stats.json rows_in)" = 16 ]
	[ "$(json stats.json rows_out)" = 2 ]
	[ "$(json stats.json rejected)" = 14 ]
	[ "$(json stats.json filtered)" = 0 ]
	[ "$(grep -c -e ',13,,missing-cell,' -e ',14,,extra-cell,' -e ',16,,encoding-error,' rejects.csv)" = 3 ]
}

@test "rejects, mended, go through load again" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL)'
	printf 'id,a\n1,"p\nq"\nzwei,"r,""s"""\n' >in.csv
	load -q --max-rejects 1 --rejects rejects.csv "$TARGET" t in.csv
	sed 's/zwei/2/' rejects.csv | load -q "$TARGET" t
	run -0 sql "SELECT id, replace(a, E'\n', '/') FROM t ORDER BY 1"
	[ "$output" = $'1|p/q\n2|r,"s"' ]
}

@test "more rejects than allowed: nothing is loaded, status 1, the rejects are told" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\nx\n3\n' >in.csv
	run -1 load --rejects rejects.csv "$TARGET" t in.csv
	[ "${lines[0]}" = "load: in.csv:3: column 'id': 22P02: invalid input syntax for type integer: \"x\"" ]
	[[ ${lines[-1]} == *'1 row rejected, --max-rejects allows 0' ]]
	[ "$(reasons rejects.csv)" = '2 id 22P02' ]
	run -1 load --max-rejects 33% "$TARGET" t in.csv
	run -0 sql 'SELECT count(*) FROM t'
	[ "$output" = 0 ]
	run -0 load --max-rejects 34% "$TARGET" t in.csv
	run -0 sql 'SELECT count(*) FROM t'
	[ "$output" = 2 ]
}

@test "100000 rows over several batches; bad ones first, in the middle, last, in a row, at random" {
	sql 'CREATE TABLE parent (id int PRIMARY KEY);
		INSERT INTO parent SELECT generate_series(0, 9);
		CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES parent, pad text)'
	# refused by type, by a reference, by the key; seed 42
	perl -e 'srand 42;
		my %bad = map { $_ => 1 } 1, 2, 3, 50_000 .. 50_040, 99_999, 100_000,
			map { 1 + int rand 100_000 } 1 .. 300;
		open my $want, ">", "want";
		print "id,parent,pad\n";
		for my $n (1 .. 100_000) {
			my $kind = $bad{$n} ? $n == 1 ? "type" : (qw(type reference key))[$n % 3] : "";
			my $id = $kind eq "key" ? $last : $n;
			$id = 4 if $kind eq "key" && !defined $last;
			my $parent = $kind eq "type" ? "x" : $kind eq "reference" ? 77 : $n % 10;
			print "$id,$parent,\"", "row $n\n" x 12, "\"\n";
			$last = $n unless $kind;
			print $want "$n ", {type => "parent 22P02", reference => "- 23503",
				key => "- 23505"}->{$kind}, "\n" if $kind;
		}' >in.csv
	# the key of row 2 is that of row 4, which comes later and is the one refused
	sed -i 's/^2 - 23505/4 - 23505/' want
	sort -n -o want want
	[ "$(stat -c %s in.csv)" -gt 9000000 ]
	load -q --max-rejects 1000 --rejects rejects.csv "$TARGET" t in.csv
	reasons rejects.csv >got
	diff want got
	[ "$(sql 'SELECT count(*) FROM t')" = $((100000 - $(wc -l <want))) ]
}

@test "rows that wait for others of their table, or for a deferred constraint" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t, n int);
		CREATE TABLE d (id int PRIMARY KEY, n int UNIQUE DEFERRABLE INITIALLY DEFERRED,
		parent int REFERENCES d DEFERRABLE INITIALLY DEFERRED)'
	# 2 needs 3, 3 needs 4; 6 and 7 need 99; 5 is of the wrong type, so the batch is split
	printf 'id,parent,n\n1,,1\n2,3,2\n3,4,3\n4,1,4\n5,1,x\n6,99,6\n7,6,7\n' >in.csv
	run -0 load --max-rejects 3 --rejects rejects.csv "$TARGET" t in.csv
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM t')" = '{1,2,3,4}' ]
	[ "$(reasons rejects.csv)" = $'5 n 22P02\n6 - 23503\n7 - 23503' ]
	printf '8,,1\n' >>in.csv
	run -0 load --max-rejects 4 --rejects rejects.csv "$TARGET" d in.csv
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM d')" = '{1,2,3,4}' ]
	[ "$(reasons rejects.csv)" = $'5 n 22P02\n6 - 23503\n7 - 23503\n8 - 23505' ]
}

@test "a deferred trigger is asked at the end, for the file as a whole" {
	sql "CREATE TABLE t (part int, share int);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS \$\$BEGIN
		IF (SELECT sum(share) FROM t WHERE part = NEW.part) <> 100 THEN
		RAISE 'part % is not whole', NEW.part; END IF; RETURN NULL; END\$\$;
		CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION f()"
	printf 'part,share\n1,40\n1,x\n1,60\n' >in.csv
	load -q --max-rejects 1 "$TARGET" t in.csv
	printf 'part,share\n2,40\n2,50\n' >next.csv
	run -1 load --max-rejects 1 "$TARGET" t next.csv
	[[ ${lines[-1]} == 'load: next.csv: a deferred constraint is violated'*'P0001: part 2 is not whole' ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
}

@test "rows that a trigger leaves out are counted" {
	sql "CREATE TABLE t (id int);
		CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
		\$\$BEGIN IF NEW.id % 2 = 0 THEN RETURN NULL; END IF; RETURN NEW; END\$\$;
		CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()"
	printf 'id\n1\n2\n3\n4\n5\n' >in.csv
	run -0 load --stats stats.json "$TARGET" t in.csv
	[ "$output" = 'load: t: 5 rows read, 3 inserted, 0 updated, 0 unchanged, 0 rejected, 2 left out by a trigger' ]
	[ "$(json stats.json filtered)" = 2 ]
}

@test "upsert: inserts, updates, leaves alone; twice is no change" {
	sql "CREATE TABLE t (id int PRIMARY KEY, a text, j json, p point, n numeric, other int DEFAULT 5);
		INSERT INTO t VALUES (1, 'old', '{\"x\":1}', '(1,2)', 1.0, 7), (2, 'same', NULL, NULL, NULL, 8)"
	printf 'id,a,j,p,n\n1,new,"{""x"":1}","(1,2)",1.0\n2,same,,,\n3,more,[],"(3,4)",2\n' >in.csv
	run -0 load --mode upsert --stats stats.json "$TARGET" t in.csv
	[ "$output" = 'load: t: 3 rows read, 1 inserted, 1 updated, 1 unchanged, 0 rejected' ]
	[ "$(json stats.json rows_out) $(json stats.json inserted) $(json stats.json updated) $(json stats.json unchanged)" = '3 1 1 1' ]
	[ "$(sql 'SELECT id, a, other FROM t ORDER BY 1')" = $'1|new|7\n2|same|8\n3|more|5' ]
	sql 'CREATE TABLE before AS SELECT xmin::text AS x, ctid::text AS c FROM t'
	run -0 load --mode upsert --again "$TARGET" t in.csv
	[ "$output" = 'load: t: 3 rows read, 0 inserted, 0 updated, 3 unchanged, 0 rejected' ]
	[ "$(sql 'SELECT count(*) FROM before b JOIN t ON b.x = t.xmin::text AND b.c = t.ctid::text')" = 3 ]
	# a change that equality does not see is a change
	run -0 load --mode upsert "$TARGET" t <<<$'id,n\n1,1.00'
	[[ $output == *'1 updated, 0 unchanged'* ]]
}

@test "upsert: of rows with the same key the last one counts" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, a text)'
	printf 'id,a\n1,first\n2,x\n1,second\n1,third\n' >in.csv
	load -q --mode upsert "$TARGET" t in.csv
	[ "$(sql 'SELECT * FROM t ORDER BY 1')" = $'1|third\n2|x' ]
}

@test "upsert: by a composite key given, into a partitioned table, with refusals" {
	sql "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, k1 int, k2 text, v int CHECK (v < 100),
		UNIQUE (k2, k1)) PARTITION BY LIST (k1);
		CREATE TABLE t1 (v int CONSTRAINT t_v_check CHECK (v < 100), k2 text, k1 int, id int NOT NULL);
		ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1);
		INSERT INTO t (k1, k2, v) VALUES (1, 'a', 1)"
	printf 'k1,k2,v\n1,a,2\n1,b,3\n1,c,100\n2,d,4\n1,,5\n1,a,x\n1,e,6\n' >in.csv
	run -0 load --mode upsert --key k1,k2 --max-rejects 4 --rejects rejects.csv "$TARGET" t in.csv
	[[ ${lines[-1]} == *'7 rows read, 2 inserted, 1 updated, 0 unchanged, 4 rejected' ]]
	[ "$(sql 'SELECT k1, k2, v FROM t ORDER BY 2')" = $'1|a|2\n1|b|3\n1|e|6' ]
	[ "$(reasons rejects.csv)" = $'3 - 23514\n4 - 23514\n5 k2 23502\n6 v 22P02' ]
}

@test "upsert: what the merge refuses is counted once" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE)'
	run -0 load --max-rejects 1 --mode upsert "$TARGET" t <<<$'id,u\n1,1\n2,1\n3,3'
	[[ ${lines[-1]} == *'3 rows read, 2 inserted, 0 updated, 0 unchanged, 1 rejected' ]]
}

@test "upsert: a key that PostgreSQL cannot use is told at the start" {
	sql 'CREATE TABLE t (id int, a int, b int UNIQUE DEFERRABLE, g int GENERATED ALWAYS AS IDENTITY);
		CREATE UNIQUE INDEX ON t (a) WHERE a > 0; CREATE VIEW v AS SELECT id FROM t'
	printf 'id,a,b\n1,1,1\n' >in.csv
	run -2 load --mode upsert "$TARGET" t in.csv
	[[ $output == "load: table 't' has no primary key"* ]]
	run -2 load --mode upsert --key a "$TARGET" t in.csv
	[[ $output == "load: table 't' has no unique index over just the key's columns" ]]
	run -2 load --mode upsert --key b "$TARGET" t in.csv
	[[ $output == *'deferrable'* ]]
	run -2 load --mode upsert --key c "$TARGET" t in.csv
	[[ $output == "load: table 't' has no column 'c' for a key" ]]
	run -2 load --mode upsert --key g "$TARGET" t in.csv
	[[ $output == "load: the stream lacks column 'g' of the key" ]]
	run -2 load --mode upsert --key id,,a "$TARGET" t in.csv
	run -2 load --mode upsert --key id,id "$TARGET" t in.csv
	run -2 load --key id "$TARGET" t in.csv
	printf 'id\n1\n' >in.csv
	run -2 load --mode upsert --key id "$TARGET" v in.csv
	[[ $output == *"'v' is a view: only a table can be upserted" ]]
	sql 'ALTER TABLE t ADD PRIMARY KEY (id)'
	printf 'id,g\n1,1\n' >in.csv
	run -2 load --mode upsert "$TARGET" t in.csv
	[[ $output == *"column 'g' is GENERATED ALWAYS AS IDENTITY and not in the key"* ]]
}

@test "replace: what was there goes only when all files are in" {
	sql 'CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2)'
	printf 'id\n3\n' >a.csv
	printf 'id\nx\n' >b.csv
	run -1 load --mode replace "$TARGET" t a.csv b.csv
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM t')" = '{1,2}' ]
	printf 'id\n4\n' >b.csv
	run -0 load --mode replace "$TARGET" t a.csv b.csv
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM t')" = '{3,4}' ]
}

@test "--dry-run finds everything and leaves nothing" {
	sql 'CREATE TABLE t (id serial PRIMARY KEY, parent int REFERENCES t DEFERRABLE INITIALLY DEFERRED)'
	printf 'id,parent\n1,\n2,1\n3,9\n' >a.csv
	printf 'id,parent\n2,\n4,2\n' >b.csv
	run -0 load --dry-run --max-rejects 2 --rejects rejects.csv "$TARGET" t a.csv b.csv
	[[ ${lines[-1]} == 'load: t: 2 of 2 files, 5 rows read, 3 inserted, 0 updated, 0 unchanged, 2 rejected; a dry run: all was rolled back' ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
	[ "$(sql "SELECT nextval('t_id_seq')")" = 1 ]
	[ "$(reasons rejects.csv)" = $'1 - 23505\n3 - 23503' ]
}

@test "each file is a transaction: the ones before the one that fails stay" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\n' >a.csv
	printf 'id\nx\n' >b.csv
	printf 'id\n3\n' >c.csv
	run -1 load -v "$TARGET" t a.csv b.csv c.csv
	[[ $output == *'a.csv: 1 rows read, 1 inserted'* ]]
	[[ $output == *'load: t: 1 of 3 files, 2 rows read, 1 inserted, 0 updated, 0 unchanged, 1 rejected'* ]]
	[ "$(sql 'SELECT id FROM t')" = 1 ]
}

@test "files with different headers are refused before anything is done" {
	sql 'CREATE TABLE t (id int, a int)'
	printf 'id,a\n1,1\n' >a.csv
	printf 'a,id\n2,2\n' >b.csv
	run -2 load "$TARGET" t a.csv b.csv
	[[ $output == *a.csv*b.csv* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
	# a pipe can be looked at only when its turn comes
	run -2 load -q "$TARGET" t a.csv - <b.csv
	[ "$(sql 'SELECT count(*) FROM t')" = 1 ]
	run -2 load -q --again "$TARGET" t a.csv <(cat b.csv)
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
}

@test "--describe: the table's contract, which validate takes" {
	sql "CREATE TABLE parent (a int, b int, PRIMARY KEY (b, a));
		CREATE DOMAIN mail AS varchar(50) NOT NULL CHECK (VALUE ~ '@');
		CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
		CREATE TABLE t (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, \"Mail\" mail,
		mood mood, code char(2) UNIQUE, kind text DEFAULT 'x' CHECK (kind IN ('x', 'y')),
		n smallint NOT NULL CHECK (n IN (1, 2)), price numeric(6,2), bin bytea, at timestamptz,
		day date, ok boolean, o jsonb CHECK (jsonb_typeof(o) = 'object'), tags text[],
		ends timestamptz, a int, b int, self bigint REFERENCES t, twice int GENERATED ALWAYS AS (n * 2) STORED,
		FOREIGN KEY (a, b) REFERENCES parent (a, b), CONSTRAINT period CHECK (ends >= at), UNIQUE (a, kind));
		CREATE UNIQUE INDEX ON t (lower(kind), n); CREATE UNIQUE INDEX ON t (day) WHERE ok;
		COMMENT ON COLUMN t.code IS 'of the country'; COMMENT ON TABLE t IS 'all kinds'"
	load --describe "$TARGET" t -o t.json
	run -0 sql "SELECT string_agg(concat_ws(' ', f ->> 'name', f ->> 'type', f ->> 'format',
		(f -> 'constraints')::jsonb, f ->> 'description'), E'\n')
		FROM json_array_elements(\$\$$(cat t.json)\$\$::json -> 'fields') f"
	[ "$output" = 'id integer {"maximum": 9223372036854775807, "minimum": -9223372036854775808, "required": true}
Mail string {"required": true, "maxLength": 50}
mood string {"enum": ["sad", "it'"'"'s ok"]}
code string {"unique": true, "maxLength": 2} of the country
kind string {"enum": ["x", "y"]}
n integer {"enum": [1, 2], "maximum": 32767, "minimum": -32768, "required": true}
price number
bin string {"pattern": "\\\\x([0-9A-Fa-f]{2})*"}
at datetime
day date
ok boolean
o object
tags string
ends datetime
a integer {"maximum": 2147483647, "minimum": -2147483648}
b integer {"maximum": 2147483647, "minimum": -2147483648}
self integer {"maximum": 9223372036854775807, "minimum": -9223372036854775808}' ]
	run -0 sql "SELECT j -> 'primaryKey', j -> 'uniqueKeys', j -> 'foreignKeys', j -> 'caravan' -> 'rules',
		j -> 'caravan' -> 'uniqueKeys', j ->> 'description' FROM (SELECT \$\$$(cat t.json)\$\$::jsonb) x(j)"
	[ "$output" = '["id"]|[["a", "kind"]]|[{"fields": ["a", "b"], "reference": {"fields": ["a", "b"], "resource": "parent"}}, {"fields": ["self"], "reference": {"fields": ["id"]}}]|[{"name": "mail_check", "expression": "((\"Mail\")::text ~ '"'@'::text"')"}, {"name": "period", "expression": "(ends >= at)"}]|[["lower(kind)", "n"]]|all kinds' ]
	[ "$(load --describe "$TARGET" t)" = "$(cat t.json)" ]
	run -3 load --describe "$TARGET" t -o /dev/full
	run -2 load --describe "$TARGET" none
	run -2 load --describe "$TARGET" t t.json
	run -2 load -o x "$TARGET" t
	# all of it means something to validate
	command -v validate >/dev/null || skip 'validate is not built'
	printf 'a,b\n1,1\n' >parent.csv
	printf 'id,Mail,mood,code,kind,n,price,bin,at,day,ok,o,tags,ends,a,b,self\n' >in.csv
	printf '1,a@b,sad,SA,x,1,1.50,\\x00ff,2020-01-01 00:00:00+00,2020-02-29,t,{},{a},,1,1,1\n' >>in.csv
	printf '2,ab,sad,SA,x,1,1.50,\\x00f,2020-01-01 00:00:00+00,2020-02-30,t,[],{a},2019-01-01,1,2,9\n' >>in.csv
	validate -q --max-rejects 1 --resource parent=parent.csv --rejects rejects.csv t.json in.csv >out.csv
	head -2 in.csv | diff - out.csv
	run -0 load "$TARGET" parent parent.csv
	run -0 load "$TARGET" t out.csv
}

@test "the ledger: a file is loaded once" {
	sql 'CREATE TABLE t (id int); CREATE TABLE u (id int)'
	mkdir -p "a b"
	printf 'id\n1\n2\n' >"a b/part'0.csv"
	printf 'id\n3\n' >other.csv
	load -q "$TARGET" t "a b/part'0.csv"
	run -0 load -v --stats stats.json "$TARGET" t "a b/part'0.csv" other.csv
	[[ ${lines[0]} == "load: a b/part'0.csv: loaded already, at "*': 2 rows, 0 of them rejected' ]]
	[[ ${lines[2]} == 'load: t: 1 of 2 files, 3 rows read, 1 inserted, 0 updated, 0 unchanged, 0 rejected, 2 in 1 file loaded before' ]]
	[ "$(json stats.json rows_in) $(json stats.json rows_out) $(json stats.json skipped)" = '3 1 2' ]
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM t')" = '{1,2,3}' ]
	run -0 sql 'SELECT table_name, shard, bytes, rows, loaded, rejected FROM caravan.ledger ORDER BY 2'
	[ "$output" = $'"public"."t"|a b/part\'0.csv|7|2|2|0\n"public"."t"|other.csv|5|1|1|0' ]
	# another table does not have it yet
	load -q "$TARGET" u other.csv
	[ "$(sql 'SELECT count(*) FROM u')" = 1 ]
}

@test "the ledger: a rerun keeps the rejects of what was loaded before" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\nx\n' >one.csv
	printf 'id\n2\ny\n' >two.csv
	load -q --max-rejects 9 --rejects r.csv "$TARGET" t one.csv
	cp r.csv first.csv
	grep -q '^x,load,2,id,22P02,' first.csv
	# nothing is left to do, and nothing to say of it
	load -q --max-rejects 9 --rejects r.csv "$TARGET" t one.csv
	cmp r.csv first.csv
	# something is: both are there
	run -0 load -v --max-rejects 9 --rejects r.csv "$TARGET" t one.csv two.csv
	[[ $output == *"'r.csv' of an earlier run is kept as 'r.csv.1'"* ]]
	cmp r.csv.1 first.csv
	grep -q '^y,load,2,id,22P02,' r.csv
	# and a run that fails behind what was loaded takes nothing either
	printf 'id\n"broken\n' >three.csv
	run -3 load -q --max-rejects 9 --rejects r.csv "$TARGET" t one.csv three.csv
	[ "$(cat r.csv.*)" != "" ]
	grep -q '^y,load,2,id,22P02,' r.csv.2
}

@test "the rejects are on disk before their file is committed" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\nx\n' >one.csv
	mkfifo two.fifo
	command load -q --max-rejects 9 --rejects r.csv "$TARGET" t one.csv two.fifo &
	exec 9>two.fifo
	# it has committed the first file when it reads the second, and is killed there
	kill -9 $!
	wait $! || [ $? = 137 ]
	exec 9>&-
	[ "$(sql 'SELECT count(*) FROM t')" = 1 ]
	grep -q '^x,load,2,id,22P02,' r.csv
}

@test "the ledger: another content under the same name is refused, unless --again" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\n' >in.csv
	load -q "$TARGET" t in.csv
	printf 'id\n2\n' >in.csv
	run -2 load "$TARGET" t in.csv
	[[ ${lines[-1]} == "load: 'in.csv' was loaded at "*' with another content; --again loads this one too' ]]
	load -q --again "$TARGET" t in.csv
	run -0 load "$TARGET" t in.csv
	[[ $output == *'0 inserted'*', 1 in 1 file loaded before' ]]
	load -q --again "$TARGET" t in.csv
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM t')" = '{1,2,2}' ]
	[ "$(sql 'SELECT count(*) FROM caravan.ledger')" = 1 ]
}

@test "the ledger: the same content under another name is refused" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\n' >in.csv
	cp in.csv renamed.csv
	load -q "$TARGET" t in.csv
	run -2 load "$TARGET" t renamed.csv
	[[ ${lines[-1]} == "load: 'renamed.csv' has the content of 'in.csv', which is loaded already; --again loads it" ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 1 ]
	load -q --again "$TARGET" t renamed.csv
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
	# files without rows are all alike
	printf 'id\n' >none.csv
	printf 'id\n' >nothing.csv
	load -q "$TARGET" t none.csv nothing.csv
}

@test "the ledger: what was rolled back is not in it, nor what came from a pipe" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\nx\n' >in.csv
	run -1 load "$TARGET" t in.csv
	run -0 load --dry-run --max-rejects 1 "$TARGET" t in.csv
	[ "$(sql 'SELECT count(*) FROM caravan.ledger')" = 0 ]
	sql 'DROP SCHEMA caravan CASCADE'
	for i in 1 2; do load -q "$TARGET" t <<<$'id\n1'; done
	load -q "$TARGET" t <(printf 'id\n1\n')
	run -0 load --dry-run --max-rejects 1 "$TARGET" t in.csv
	load -q --no-ledger --max-rejects 1 "$TARGET" t in.csv
	[ "$(sql 'SELECT count(*) FROM t')" = 3 ]
	[ "$(sql "SELECT to_regnamespace('caravan') IS NULL")" = t ]
}

@test "the ledger: replace begins anew" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\n' >a.csv
	printf 'id\n2\n' >b.csv
	load -q "$TARGET" t a.csv b.csv
	load -q --mode replace "$TARGET" t b.csv
	[ "$(sql 'SELECT shard FROM caravan.ledger')" = b.csv ]
	load -q "$TARGET" t a.csv b.csv
	[ "$(sql 'SELECT array_agg(id ORDER BY id) FROM t')" = '{1,2}' ]
	load -q --mode replace "$TARGET" t <a.csv
	[ "$(sql 'SELECT count(*) FROM caravan.ledger')" = 0 ]
}

@test "the ledger: two that load the same files at once load each once" {
	sql 'CREATE TABLE t (id int)'
	for i in $(seq 20); do
		{
			printf 'id\n'
			seq $((i * 1000)) $((i * 1000 + 999))
		} >"part-$i.csv"
	done
	for i in 1 2 3; do
		env load "$TARGET" t part-*.csv >out-$i 2>&1 3>&- &
		pids[i]=$!
	done
	for i in 1 2 3; do
		wait "${pids[i]}" || {
			cat out-$i
			false
		}
	done
	[ "$(sql 'SELECT count(*), count(DISTINCT id) FROM t')" = '20000|20000' ]
	[ "$(sql 'SELECT count(*), sum(rows) FROM caravan.ledger')" = '20|20000' ]
}

@test "the ledger: where the schema may not be made, another role runs what is printed" {
	sql "CREATE TABLE t (id int); DROP ROLE IF EXISTS ${NAME}_r; CREATE ROLE ${NAME}_r;
		GRANT INSERT ON t TO ${NAME}_r; GRANT USAGE ON SCHEMA public TO ${NAME}_r;
		GRANT ${NAME}_r TO CURRENT_USER"
	printf 'id\n1\n' >in.csv
	PGOPTIONS="-c role=${NAME}_r" run -2 load "$TARGET" t in.csv
	refusal=$output
	PGOPTIONS="-c role=${NAME}_r" load -q --no-ledger "$TARGET" t in.csv
	load --print-schema | psql -Xq -v ON_ERROR_STOP=1 "$TARGET"
	load --print-schema | psql -Xq -v ON_ERROR_STOP=1 "$TARGET"
	sql "GRANT USAGE ON SCHEMA caravan TO ${NAME}_r; GRANT ALL ON ALL TABLES IN SCHEMA caravan TO ${NAME}_r"
	for i in 1 2; do PGOPTIONS="-c role=${NAME}_r" load -q "$TARGET" t in.csv; done
	sql "DROP OWNED BY ${NAME}_r; DROP ROLE ${NAME}_r"
	[[ $refusal == *'cannot make the table caravan.ledger'*'42501'*'--print-schema'* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
}

# Killed at random moments until all is in; the moments are of seed 7.
@test "the ledger: killed again and again, every row comes once" {
	sql 'CREATE TABLE t (id int PRIMARY KEY, pad text)'
	for i in $(seq 12); do
		{
			printf 'id,pad\n'
			seq -f '%.0f,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' $((i * 20000)) $((i * 20000 + 19999))
		} >"part-$i.csv"
	done
	RANDOM=7
	for round in $(seq 40); do
		env load -q "$TARGET" t part-*.csv >out 2>&1 3>&- &
		pid=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -9 $pid 2>/dev/null || :
		wait $pid 2>/dev/null && break
	done
	wait_for "SELECT count(*) = 0 $(sessions)"
	echo "done in round $round"
	cat out
	load -q "$TARGET" t part-*.csv
	[ "$(sql 'SELECT count(*), count(DISTINCT id) FROM t')" = '240000|240000' ]
	[ "$(sql 'SELECT count(*), sum(loaded) FROM caravan.ledger')" = '12|240000' ]
}

@test "sequences and identities go past the largest key, and never back" {
	sql "CREATE TABLE t (id bigserial, i int GENERATED ALWAYS AS IDENTITY (INCREMENT 10),
		d int GENERATED BY DEFAULT AS IDENTITY (INCREMENT -1 MINVALUE -100 MAXVALUE 0 START 0), o int,
		e int DEFAULT 1);
		CREATE SEQUENCE s MAXVALUE 50; ALTER TABLE t ALTER o SET DEFAULT nextval('s')"
	printf 'id,i,d,o\n7,40,-7,70\n5,30,-5,60\n' | load -q "$TARGET" t
	[ "$(sql 'INSERT INTO t (o) VALUES (1) RETURNING id, i, d')" = '8|50|-8' ]
	[ "$(sql 'SELECT last_value, is_called FROM s')" = '50|t' ]
	printf 'id,i,d,o\n3,2,-2,1\n' | load -q "$TARGET" t
	[ "$(sql 'INSERT INTO t (o) VALUES (1) RETURNING id, i, d')" = '9|60|-9' ]
	# the first number of all is not skipped, nor given twice
	sql "CREATE TABLE u (id serial)"
	printf 'id\n' | load -q "$TARGET" u
	printf 'id\n1\n' | load -q "$TARGET" u
	[ "$(sql 'INSERT INTO u DEFAULT VALUES RETURNING id')" = 2 ]
}

@test "a shard that was cut or changed loads nothing" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n' >in.csv
	seq 50000 >>in.csv
	load -q "$TARGET" t in.csv
	sql 'TRUNCATE t'
	zstd -q in.csv
	# a plain zstd file, cut
	head -c -9 in.csv.zst >cut.csv.zst
	run -3 load "$TARGET" t cut.csv.zst
	[[ ${lines[-1]} == *cut.csv.zst* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
	# broken quoting far behind the first batches
	printf '"1\n' >>in.csv
	run -3 load "$TARGET" t in.csv
	[[ ${lines[-1]} == *in.csv:50002* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
}

@test "a sealed shard that lost its seal or a byte loads nothing" {
	command -v transform >/dev/null || skip 'transform is not built'
	sql 'CREATE TABLE t (id int)'
	printf 'id\n' >in.csv
	seq 50000 >>in.csv
	echo 'SELECT id::int AS id FROM t' >map.sql
	transform -q map.sql in.csv -o part.csv.zst
	size=$(stat -c %s part.csv.zst)
	for cut in 1 9 60 $((size / 2)); do
		head -c -"$cut" part.csv.zst >cut.csv.zst
		run -3 load "$TARGET" t cut.csv.zst
		[[ ${lines[-1]} == *cut.csv.zst* ]]
	done
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
	load -q --end-mark "$TARGET" t part.csv.zst
	[ "$(sql 'SELECT count(*) FROM t')" = 50000 ]
}

@test "--end-mark: a stream without its mark loads nothing" {
	sql 'CREATE TABLE t (id int)'
	run -3 load --end-mark "$TARGET" t <<<$'id\n1'
	[[ ${lines[-1]} == 'load: standard input: it ends without an end mark'* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
	load -q --end-mark "$TARGET" t <<<$'id\n1\n\\.'
	[ "$(sql 'SELECT count(*) FROM t')" = 1 ]
	# a mark that was not asked for is no row
	load -q "$TARGET" t <<<$'id\n2\n\\.'
	[ "$(sql 'SELECT count(*) FROM t')" = 2 ]
}

# Start load on a fifo, and write enough for a COPY to be under way.
start_fifo()
{
	mkfifo pipe
	env load "$TARGET" t pipe >out 2>&1 3>&- &
	pid=$!
	exec 9>pipe
	{
		printf 'id\n'
		seq 100000
	} >&9
	wait_for "SELECT count(*) > 0 $(sessions) AND query LIKE '%COPY%' AND state = 'active'"
}

@test "killed in the middle: nothing is loaded" {
	sql 'CREATE TABLE t (id int)'
	start_fifo
	kill -9 $pid
	wait $pid || :
	exec 9>&-
	wait_for "SELECT count(*) = 0 $(sessions)"
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
}

@test "the server ends the session: status 3, the server is named, nothing is loaded" {
	sql 'CREATE TABLE t (id int)'
	start_fifo
	sql "SELECT pg_terminate_backend(pid) $(sessions)" >/dev/null
	wait_for "SELECT count(*) = 0 $(sessions)"
	# load may be gone already
	seq 100000 >&9 || :
	exec 9>&-
	status=0
	wait $pid || status=$?
	[ $status = 3 ]
	cat out
	grep -q "load: lost the connection to PostgreSQL at '.*' port [0-9]*, database '$NAME': " out
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
}

@test "a source that fails makes the server give up" {
	sql 'CREATE TABLE t (id int)'
	start_fifo
	printf '"broken\n' >&9
	exec 9>&-
	status=0
	wait $pid || status=$?
	[ $status = 3 ]
	cat out
	grep -q 'load: pipe:100002: ' out
	[ "$(sql 'SELECT count(*) FROM t')" = 0 ]
}

@test "a signal while the server waits for a lock: the server stops waiting" {
	sql 'CREATE TABLE t (id int)'
	coproc psql -XqAt "$TARGET"
	# bash forgets COPROC_PID as soon as it sees the end
	local locker=$COPROC_PID
	printf 'BEGIN; LOCK TABLE t; SELECT 1;\n' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	for signal in TERM INT HUP; do
		# in the background a shell lets SIGINT be ignored
		env --default-signal=INT load "$TARGET" t <<<$'id\n1' >out 2>&1 3>&- &
		pid=$!
		wait_for "SELECT count(*) = 1 $(sessions) AND wait_event_type = 'Lock'"
		kill -$signal $pid
		status=0
		wait $pid || status=$?
		echo "SIG$signal: status $status: $(cat out)"
		[ $status = $((128 + $(kill -l $signal))) ]
		wait_for "SELECT count(*) = 0 $(sessions)"
	done
	printf 'COMMIT;\n\\q\n' >&"${COPROC[1]}"
	wait "$locker"
}

@test "a lock that cannot be had in time is a failure, not a bad row" {
	sql 'CREATE TABLE t (id int)'
	coproc psql -XqAt "$TARGET"
	# bash forgets COPROC_PID as soon as it sees the end
	local locker=$COPROC_PID
	printf 'BEGIN; LOCK TABLE t; SELECT 1;\n' >&"${COPROC[1]}"
	read -r <&"${COPROC[0]}"
	PGOPTIONS='-c lock_timeout=100' run -3 load "$TARGET" t <<<$'id\n1'
	[[ ${lines[-1]} == *'55P03: canceling statement due to lock timeout' ]]
	printf 'COMMIT;\n\\q\n' >&"${COPROC[1]}"
	wait "$locker"
}

@test "rights that are missing" {
	sql "CREATE TABLE t (id serial); CREATE TABLE u (id int);
		DROP ROLE IF EXISTS ${NAME}_r; CREATE ROLE ${NAME}_r; GRANT ${NAME}_r TO CURRENT_USER;
		GRANT USAGE ON SCHEMA public TO ${NAME}_r"
	export PGOPTIONS="-c role=${NAME}_r"
	run -3 load "$TARGET" u <<<$'id\n1'
	status_u=$output
	run -2 load "$TARGET" t <<<$'id\n1'
	export PGOPTIONS=
	sql "DROP OWNED BY ${NAME}_r; DROP ROLE ${NAME}_r"
	[[ $status_u == *'42501: permission denied for table u'* ]]
	[[ $output == *"may not set sequence public.t_id_seq"* ]]
}

@test "row-level security refuses rows, not the load" {
	sql "CREATE TABLE t (id int); ALTER TABLE t ENABLE ROW LEVEL SECURITY;
		CREATE POLICY p ON t USING (id < 10);
		DROP ROLE IF EXISTS ${NAME}_r; CREATE ROLE ${NAME}_r; GRANT ALL ON t TO ${NAME}_r;
		GRANT USAGE ON SCHEMA public TO ${NAME}_r; GRANT ${NAME}_r TO CURRENT_USER"
	export PGOPTIONS="-c role=${NAME}_r"
	run -3 load "$TARGET" t <<<$'id\n1'
	export PGOPTIONS=
	sql "DROP OWNED BY ${NAME}_r; DROP ROLE ${NAME}_r"
	# PostgreSQL's COPY refuses such a table as a whole
	[[ $output == *'0A000: COPY FROM not supported with row-level security'* ]]
}

@test "a database or server that is not there; a password is shown nowhere" {
	run -3 load "${TARGET/$NAME/${NAME}_none}" t </dev/null
	[[ $output == *"database \"${NAME}_none\" does not exist"* ]]
	run -3 load "host=$BATS_TEST_TMPDIR/none dbname=d password=geheim" t </dev/null
	[[ $output == *"a password on the command line can be seen"* ]]
	[[ $output == *"cannot connect to PostgreSQL at '$BATS_TEST_TMPDIR/none'"* ]]
	[[ $output != *geheim* ]]
	for target in 'postgres://u:ge/heim@h/d' 'host=h password=geheim nonsense' \
		'postgresql://h/d?password=geheim&nonsense=1'; do
		run -2 load "$target" t </dev/null
		[[ $output != *heim* ]]
	done
	run -2 load oracle://h/d t </dev/null
}

@test "the password is wiped from the arguments, and works" {
	sql 'CREATE TABLE t (id int)'
	mkfifo pipe
	env load -q "$TARGET$(case $TARGET in *\?*) echo '&' ;; *) echo '?' ;; esac)password=geheim" t pipe \
		2>/dev/null 3>&- &
	pid=$!
	exec 9>pipe
	printf 'id\n1\n' >&9
	wait_for "SELECT count(*) = 1 $(sessions)"
	run -0 cat /proc/$pid/cmdline
	exec 9>&-
	wait $pid
	[[ $output != *geheim* ]]
	[ "$(sql 'SELECT count(*) FROM t')" = 1 ]
}

@test "outputs that cannot be written" {
	sql 'CREATE TABLE t (id int)'
	printf 'id\n1\nx\n' >in.csv
	run -3 load --max-rejects 1 --rejects /dev/full "$TARGET" t in.csv
	[[ ${lines[-1]} == *'/dev/full'*'No space left on device' ]]
	run -3 load --max-rejects 1 --stats /dev/full "$TARGET" t in.csv
	[[ ${lines[-1]} == *'/dev/full'*'No space left on device' ]]
	run -3 load --max-rejects 1 --rejects none/r.csv "$TARGET" t in.csv
	[[ ${lines[-1]} == *"none/r.csv"* ]]
	run -3 load "$TARGET" t none.csv
	[[ ${lines[-1]} == *"none.csv"*'No such file or directory' ]]
	run -3 sh -c 'load --help >/dev/full'
}

@test "usage" {
	run -2 load
	[[ $output == *"a TARGET and a TABLE are needed; try 'load --help'" ]]
	run -2 load "$TARGET"
	run -2 load --mode merge "$TARGET" t
	[[ $output == *"--mode 'merge' is none of insert, upsert, replace" ]]
	run -2 load --max-rejects many "$TARGET" t
	run -2 load --nonsense "$TARGET" t
	run -0 load --version
	[[ $output == 'load (caravan) '* ]]
}

@test "memory does not grow with the input" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'a sanitizer needs memory of its own'
	sql 'CREATE UNLOGGED TABLE t (id int, pad text)'
	perl -e 'print "id,pad\n"; print "$_,", "x" x 90, "\n" for 1 .. 400_000' |
		/usr/bin/time -f %M -o rss load -q "$TARGET" t
	[ "$(tail -1 rss)" -lt 32768 ]
	[ "$(sql 'SELECT count(*) FROM t')" = 400000 ]
}

@test "the manual and --help have the same options" {
	man=$BATS_TEST_DIRNAME/load.1
	load --help | grep -o -e '--[a-z-]*' | sort -u >help
	sed -n 's/^\.It Fl.* Fl Fl \([a-z-]*\).*/--\1/p; s/^\.It Fl Fl \([a-z-]*\).*/--\1/p' "$man" |
		sort -u >manual
	diff help manual
	grep -o -e '--[a-z-]\+' "$BATS_TEST_DIRNAME/load.bash" | sort -u >completion
	diff help completion
}

# The lines that begin with "$ " in the manual's examples, each with what follows it as its output.
@test "the manual's examples do what it says" {
	sql "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, age int CHECK (age >= 0))"
	printf 'id,email,age\n1,a@example.org,30\n2,b@example.org,-1\n3,c@example.org,\n' >users.csv
	local socket=${MYSQL_URI##*socket=}
	export MYSQL_TARGET="${MYSQL_URI%%\?*}${NAME}_legacy?socket=$socket"
	mariadb --no-defaults -S "$socket" -e "CREATE DATABASE ${NAME}_legacy; CREATE TABLE ${NAME}_legacy.users
		(id int PRIMARY KEY, email text NOT NULL, age int CHECK (age >= 0))"
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh/p' "$BATS_TEST_DIRNAME/load.1" |
		sed -n '/^\.Bd/,/^\.Ed/{/^\./d;s/\\e/\\/g;p}' >examples
	grep -q '^\$ load' examples
	while IFS= read -r line; do
		case $line in '$ '*) eval "${line#??}" 2>&1 || echo "status $?" ;; esac
	done <examples | sed "s/${NAME}_legacy/legacy/" >got
	mariadb --no-defaults -S "$socket" -e "DROP DATABASE ${NAME}_legacy"
	grep -v '^\$ ' examples | diff - got
}
