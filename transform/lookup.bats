#!/usr/bin/env bats
#
# lookup.bats - JOIN in a mapping: which rows, what is refused, what a broken lookup is
#
# What a join gives is judged by PostgreSQL, over tables of the same rows.

# Mappings have $ and ` of their own.
# shellcheck disable=SC2016,SC2154

bats_require_minimum_version 1.5.0

load ../scripts/test-helpers

DB=lookup_test

setup_file()
{
	need_servers
	psql_client postgres -c "DROP DATABASE IF EXISTS $DB" -c "CREATE DATABASE $DB
		TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $DB"
}

setup()
{
	need_programs
	cd "$BATS_TEST_TMPDIR" || return
}

# map TEXT: a mapping into m.sql
map()
{
	printf '%s\n' "$1" >m.sql
}

countries()
{
	printf '%s\n' name,iso,pop Egypt,EG,100 Qatar,QA,3 Egypt,E2, ,XX,1 '"",YY,2' >c.csv
	printf '%s\n' id,cntry,n 1,Egypt,3 '2, qatar,1' 3,Mars, 4,,7 '5,"",2' 6,Egypt,9 >in.csv
}

# same_rows SELECT: transform and PostgreSQL give the same, in whatever order
same_rows()
{
	local column
	map "$1"
	for column in $(head -n 1 in.csv | tr , ' '); do
		grep -qw "$column" m.sql || echo "-- drop: $column" >>m.sql
	done
	transform --lookup c=c.csv --lookup d=d.csv m.sql in.csv >ours.csv
	server_select "$DB" "$1" t=in.csv c=c.csv d=d.csv >server.csv
	diff <(LC_ALL=C sort ours.csv) <(LC_ALL=C sort server.csv) || {
		echo "$1"
		return 1
	}
}

# refused MAPPING MESSAGE: status 2, with lookup c, and nothing written
refused()
{
	map "$1"
	run -2 --separate-stderr transform --lookup c=c.csv m.sql in.csv
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "transform: $2" ] || {
		echo "$1: $stderr"
		return 1
	}
}

@test "LEFT JOIN keeps rows, JOIN filters them, a key that is there twice makes two" {
	countries
	map 'SELECT id::int, c.iso, cntry, pop::int + n::int AS s FROM t LEFT JOIN c ON lower(btrim(t.cntry)) = lower(c.name)'
	transform --lookup c=c.csv m.sql in.csv --stats s.json >out.csv
	diff - out.csv <<-'END'
		id,iso,cntry,s
		1,EG,Egypt,103
		1,E2,Egypt,
		2,QA, qatar,4
		3,,Mars,
		4,,,
		5,YY,"",4
		6,EG,Egypt,109
		6,E2,Egypt,
	END
	[ "$(jq -c '[.rows_in, .rows_out, .rejected, .filtered, .added]' s.json)" = '[6,8,0,0,2]' ]
	map 'SELECT id, iso FROM t JOIN c ON c.name = cntry AND n IS NOT NULL'
	transform --lookup c=c.csv m.sql in.csv --stats s.json >out.csv
	printf '%s\n' id,iso 1,EG 1,E2 5,YY 6,EG 6,E2 | diff - out.csv
	[ "$(jq -c '[.rows_in, .rows_out, .rejected, .filtered, .added]' s.json)" = '[6,5,0,3,2]' ]
}

@test "a lookup may be a shard, have a BOM and CRLF, or no rows" {
	countries
	map 'SELECT id, iso, cntry, n FROM t LEFT JOIN c ON c.name = cntry'
	transform --lookup c=c.csv m.sql in.csv >want.csv
	map 'SELECT name, iso, pop FROM t'
	transform m.sql c.csv -o c.csv.zst
	{ printf '\xef\xbb\xbf'; sed 's/$/\r/' c.csv; } >crlf.csv
	map 'SELECT id, iso, cntry, n FROM t LEFT JOIN c ON c.name = cntry'
	transform --lookup c=c.csv.zst m.sql in.csv | cmp - want.csv
	transform --lookup c=crlf.csv m.sql in.csv | cmp - want.csv
	head -n 1 c.csv >none.csv
	transform --lookup c=none.csv m.sql in.csv | cut -d, -f2 | sort -u | cmp - <(printf '\niso\n')
}

@test "several joins, several keys, other conditions, the same lookup twice, as PostgreSQL" {
	countries
	printf '%s\n' iso,since,note EG,2011-05-01,first EG,2015-01-01,second QA,2012-02-03, ,2013-01-01,y >d.csv
	same_rows 'SELECT id, c.iso, d.note FROM t JOIN c ON c.name = cntry JOIN d ON d.iso = c.iso'
	same_rows 'SELECT id, c.iso, d.note FROM t LEFT JOIN c ON cntry = c.name LEFT JOIN d ON c.iso = d.iso AND d.since::date > $$2012-01-01$$'
	same_rows 'SELECT id, a.iso AS x, b.iso AS y FROM t JOIN c a ON a.name = cntry LEFT JOIN c AS b ON b.name = a.name AND b.iso <> a.iso'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON c.pop::int = n::int'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON c.pop::int = n::bigint + 0'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON c.pop::numeric = n::numeric / 1.00'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON c.pop::float8 = n::float8 * -1 * -1'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON c.name::char(6) = cntry::char(9)'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON to_jsonb(c.pop::int) = to_jsonb(n::numeric)'
	same_rows 'SELECT id, c.name FROM t JOIN c ON c.pop::int > n::int'
	same_rows 'SELECT id, c.name FROM t JOIN c ON (c.name = cntry OR c.iso = $$XX$$)'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON c.name = cntry AND c.iso = $$E2$$ WHERE c.pop IS NULL'
	same_rows 'SELECT id, c.name FROM t CROSS JOIN c WHERE c.iso < id'
	same_rows 'SELECT id, c.name FROM t JOIN c ON false'
	same_rows 'SELECT id, c.name FROM t LEFT JOIN c ON NULL'
	same_rows 'SELECT id, c.name FROM t JOIN c ON c.iso = $$EG$$ AND c.name = cntry'
	same_rows 'SELECT id, CASE c.iso WHEN d.iso THEN d.note ELSE c.name END AS x FROM t JOIN c ON c.name = cntry JOIN d ON d.iso IN (c.iso, $$QA$$)'
	same_rows 'SELECT id, c.name FROM t JOIN c ON left(c.name, 2) = left(cntry, 2)'
}

@test "USING: the column is there once without its table" {
	printf '%s\n' name,iso Egypt,EG Qatar,QA Egypt,E2 ,XX >c.csv
	printf '%s\n' id,name,k 1,Egypt,a 2,Qatar,b 3,,c >in.csv
	printf '%s\n' name,k,note Egypt,a,x Egypt,z,y >d.csv
	same_rows 'SELECT id, name, c.name AS other, iso FROM t JOIN c USING (name)'
	same_rows 'SELECT id, name, t.name AS mine, c.name AS other FROM t LEFT JOIN c USING (name)'
	same_rows 'SELECT id, name, k, note, iso FROM t LEFT JOIN d USING (name, k) JOIN c USING (name)'
	refused 'SELECT id, name, k FROM t JOIN c USING (iso)' 'm.sql:1:32: column "iso" specified in USING clause does not exist in left table'
	refused 'SELECT id, name, k FROM t JOIN c USING (k)' 'm.sql:1:32: column "k" specified in USING clause does not exist in right table'
	refused 'SELECT id, k, c.iso FROM t JOIN c ON c.name = t.name JOIN c AS e USING (name)' \
		'm.sql:1:59: common column name "name" appears more than once in left table'
}

# 20,000 rows with a lookup of 3,000, whose keys repeat and are NULL now and then.
@test "many rows with a lookup whose keys repeat, as PostgreSQL" {
	local seed=${TEST_SEED:-7}
	echo "TEST_SEED=$seed"
	awk -v seed="$seed" 'BEGIN { srand(seed); print "k,v,w"
		for (i = 0; i < 3000; i++)
			print (rand() < .02 ? "" : rand() < .02 ? "\"\"" : int(rand() * 2000)) "," i "," int(rand() * 5)
	}' >c.csv
	awk -v seed="$seed" 'BEGIN { srand(seed + 1); print "id,k,m"
		for (i = 0; i < 20000; i++)
			print i "," (rand() < .02 ? "" : rand() < .02 ? "\"\"" : int(rand() * 2500)) "," int(rand() * 5)
	}' >in.csv
	printf 'w,x\n0,zero\n1,one\n1,uno\n3,\n' >d.csv
	same_rows 'SELECT id, t.k, v, x FROM t LEFT JOIN c ON c.k = t.k AND c.w <> t.m LEFT JOIN d ON d.w = c.w'
	same_rows 'SELECT id, m, v FROM t JOIN c ON c.k || c.w = t.k || t.m'
	[ "$(wc -l <ours.csv)" -gt 3000 ]
}

@test "a row that fails in a join, or in the last of its rows, is one reject and leaves nothing" {
	countries
	map 'SELECT id, 10 / length(iso) + 10 / nullif(position($$2$$ in iso), 2) AS x FROM t JOIN c ON c.name = cntry AND n::int > 2'
	run -0 --separate-stderr transform --lookup c=c.csv --max-rejects 9 --rejects bad.csv m.sql in.csv
	[ "$output" = $'id,x' ]
	[ "${stderr_lines[0]}" = "transform: in.csv:2: column 'x': 22012: division by zero" ]
	[ "$(tail -n +2 bad.csv | cut -d, -f1)" = $'1\n6' ]
	map 'SELECT id, iso FROM t JOIN c ON c.name = cntry AND c.pop::int = (n || $$x$$)::int'
	run -1 --separate-stderr transform --lookup c=c.csv m.sql in.csv
	[ "${stderr_lines[0]}" = "transform: in.csv:2: column 'FROM': 22P02: invalid input syntax for type integer: \"3x\"" ]
}

@test "names: ambiguous, unknown, of another table, mistyped; with PostgreSQL's words" {
	printf 'a,b\n1,2\n' >in.csv
	printf 'a,z\n1,2\n' >c.csv
	refused 'SELECT a, b FROM t JOIN c ON true' 'm.sql:1:8: column reference "a" is ambiguous'
	refused 'SELECT t.a, b, c.zz FROM t JOIN c ON true' 'm.sql:1:16: column "zz" does not exist, did you mean "z"?'
	refused 'SELECT t.a, b, d.z FROM t JOIN c ON true' 'm.sql:1:16: there is no table "d" in FROM before this, did you mean "t"?'
	refused 'SELECT t.a, b FROM t JOIN x ON true' 'm.sql:1:27: there is no lookup "x", did you mean "c"?'
	refused 'SELECT t.a, b FROM t JOIN countries ON true' 'm.sql:1:27: there is no lookup "countries": give its file by --lookup countries=FILE'
	refused 'SELECT t.a, b FROM t JOIN c t ON true' 'm.sql:1:27: table name "t" specified more than once'
	refused 'SELECT t.a, b FROM t JOIN c ON c.a' 'm.sql:1:32: argument of JOIN/ON must be type boolean, not type text'
	refused 'SELECT t.a, b FROM t JOIN c ON c.a = e.a JOIN c AS e ON true' 'm.sql:1:38: there is no table "e" in FROM before this, did you mean "t"?'
	refused 'SELECT t.a FROM t JOIN c ON true' 'm.sql: 1 source column is neither mapped nor dropped: b (to drop one: -- drop: COLUMN   reason)'
}

@test "joins that a mapping cannot have" {
	printf 'a\n1\n' >in.csv
	printf 'b\n1\n' >c.csv
	refused 'SELECT a FROM t, c' 'm.sql:1:18: "c" is a lookup: join it by JOIN c ON …'
	refused 'SELECT a FROM t RIGHT JOIN c ON a = b' 'm.sql:1:28: RIGHT and FULL JOIN are not supported in a mapping: it goes row by row through its input'
	refused 'SELECT a FROM t NATURAL JOIN c' 'm.sql:1:30: NATURAL JOIN is not supported in a mapping: name the columns'
	refused 'SELECT a FROM t JOIN (c JOIN c d ON true) ON a = b' 'm.sql:1:23: a join in parentheses is not supported in a mapping'
	refused 'SELECT a FROM t JOIN (SELECT 1 AS b) c ON a = b' 'm.sql:1:30: subqueries are not supported in a mapping'
	refused 'SELECT a FROM t JOIN s.c ON a = b' 'm.sql:1:22: a lookup has no schema: its name is that of --lookup'
	refused 'SELECT a FROM t JOIN c AS d(x) ON a = x' "m.sql:1:22: new names for a table's columns are not supported in a mapping"
	refused 'SELECT a FROM lower($$x$$), c' 'm.sql:1:15: FROM begins with the name of the input; functions follow it'
}

@test "--lookup: wrong, missing, broken; a lookup that no mapping names is not read" {
	countries
	map 'SELECT id, iso, cntry, n FROM t LEFT JOIN c ON c.name = cntry'
	run -2 transform --lookup c m.sql in.csv
	[ "$output" = "transform: --lookup 'c' is not NAME=FILE" ]
	run -2 transform --lookup c=c.csv --lookup c=in.csv m.sql in.csv
	[ "$output" = "transform: --lookup 'c' is there twice" ]
	run -2 transform --lookup c=- m.sql in.csv
	[ "$output" = "transform: --lookup 'c': a lookup cannot come from standard input" ]
	run -3 transform --lookup c=nowhere.csv m.sql in.csv -o out.csv
	[[ $output == *"nowhere.csv"*'No such file or directory' ]]
	[ ! -e out.csv ]
	printf 'name,iso\nEgypt\n' >short.csv
	run -3 transform --lookup c=short.csv m.sql in.csv
	[[ $output == 'transform: short.csv:2: missing-cell: '* ]]
	printf 'name,iso\n\xff,EG\n' >bytes.csv
	run -3 transform --lookup c=bytes.csv m.sql in.csv
	[[ $output == 'transform: bytes.csv:2: encoding-error: '* ]]
	printf 'name,iso\n"Egypt,EG\n' >quote.csv
	run -3 transform --lookup c=quote.csv m.sql in.csv
	[[ $output == *quote.csv* ]]
	: >empty.csv
	run -3 transform --lookup c=empty.csv m.sql in.csv
	[[ $output == *empty.csv* ]]
	map 'SELECT name, iso, pop FROM t'
	transform m.sql c.csv -o c.csv.zst
	head -c -3 c.csv.zst >cut.csv.zst
	map 'SELECT id, iso, cntry, n FROM t LEFT JOIN c ON c.name = cntry'
	run -3 transform --lookup c=cut.csv.zst m.sql in.csv
	[[ $output == *cut.csv.zst* ]]
	run -0 transform --lookup c=c.csv --lookup other=nowhere.csv m.sql in.csv
	map 'SELECT id, iso, cntry, n FROM t LEFT JOIN c ON c.pop::date = cntry::date'
	run -3 transform --lookup c=c.csv m.sql in.csv
	[ "$output" = 'transform: c.csv: row 1: 22007: invalid input syntax for type date: "100"' ]
}

@test "a change stream may be joined where each change stays one row" {
	countries
	printf '%s\n' id,cntry,_op,_pos 1,Qatar,i,1 2,Mars,d,2 >in.csv
	map 'SELECT id, iso FROM t LEFT JOIN c ON c.name = cntry'
	transform --lookup c=c.csv m.sql in.csv | diff <(printf '%s\n' id,iso,_op,_pos 1,QA,i,1 2,,d,2) -
	printf '%s\n' 3,Egypt,i,3 >>in.csv
	run -1 transform --lookup c=c.csv m.sql in.csv
	[[ $output == *"in.csv:4: column 'FROM': P0003: the change makes more than one row"* ]]
	map 'SELECT id, iso FROM t JOIN c ON c.name = cntry'
	run -2 transform --lookup c=c.csv m.sql in.csv
	[ "$output" = 'transform: m.sql: a mapping whose joins may leave rows out cannot take a change stream (column _op): use LEFT JOIN' ]
}

@test "lineage and description know the lookups' columns, with their files and without" {
	countries
	map 'SELECT id::int, coalesce(c.iso, legacy.reject($$no$$)) AS iso, t.n FROM t LEFT JOIN c
	ON lower(c.name) = lower(cntry) WHERE pop IS NOT NULL'
	cat >expected <<-'END'
		id     integer  <- id             id::int
		iso    text     <- c.iso          coalesce(c.iso, legacy.reject($$no$$))
		n      text     <- n              t.n
		c      rows     <- cntry, c.name  LEFT JOIN c ON lower(c.name) = lower(cntry)
		WHERE  boolean  <- c.pop          pop IS NOT NULL
	END
	transform --lineage --lookup c=c.csv m.sql in.csv | diff expected -
	transform --lineage --lookup c=c.csv m.sql | diff expected -
	transform --lineage m.sql | sed 's/<- pop  /<- c.pop/' | diff expected -
	[ "$(transform --lineage=json --lookup c=c.csv m.sql in.csv | jq -c '.[3]')" = \
		'{"kind":"join","name":"c","type":"rows","sources":["cntry","c.name"],"expression":"LEFT JOIN c ON lower(c.name) = lower(cntry)"}' ]
	transform --describe m.sql | jq -e '.fields | length == 3'
}

@test "a lookup of a million rows takes little more than its bytes" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'a sanitizer needs memory of its own'
	{ echo k,v,unread; seq 1000000 | sed 's/.*/key-&,&,never read and so not kept/'; } >c.csv
	{ echo k; seq 999990 1000010 | sed 's/^/key-/'; } >in.csv
	map 'SELECT k, v::int + 1 AS w FROM t JOIN c USING (k)'
	bash -c 'ulimit -v 150000; transform --lookup c=c.csv m.sql in.csv' >out.csv
	[ "$(wc -l <out.csv)" = 12 ]
	[ "$(tail -n 1 out.csv)" = key-1000000,1000001 ]
}
