#!/usr/bin/env bats
#
# transform.bats - transform from its command line: what a mapping gives, what is refused, how it ends
#
# That expressions are PostgreSQL's is shown by lib/expr's tests; here the program is looked at.

# A filter's output is compared with its own input, and some tests are scripts for another shell.
# shellcheck disable=SC2094,SC2016,SC2154

bats_require_minimum_version 1.5.0

setup()
{
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
}

# map TEXT: a mapping into m.sql
map()
{
	printf '%s\n' "$1" >m.sql
}

# gives EXPRESSION EXPECTED: of a row with columns a = '12', b = '', c NULL, d = 'Ünï "x",y'
gives()
{
	printf 'a,b,c,d\n12,"",,"Ünï ""x"",y"\n' >row.csv
	map "SELECT $1 AS r FROM t WHERE a IS NOT NULL OR b = '' OR c = '' OR d = ''"
	local got
	got=$(transform m.sql row.csv 2>&1 | tail -n +2) || true
	[ "$got" = "$2" ] || {
		echo "$1: got $got, not $2"
		return 1
	}
}

# refused MAPPING MESSAGE [CARET-LINE]: status 2 for columns a, b, and nothing written
refused()
{
	map "$1"
	printf 'a,b\n1,2\n' >row.csv
	run -2 --separate-stderr transform m.sql row.csv
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "transform: $2" ] || {
		echo "$1: $stderr"
		return 1
	}
	[ -z "${3-}" ] || [ "${stderr_lines[2]}" = "$3" ] || {
		echo "$1: caret: $stderr"
		return 1
	}
}

# What a mapping gives

@test "expressions of each kind" {
	gives "a" 12
	gives "b" '""'
	gives "c" ''
	gives "d" '"Ünï ""x"",y"'
	gives "a::int + 1" 13
	gives "-5" -5
	gives "- 5 + a::int * -1" -17
	gives "0" 0
	gives "-2147483648" -2147483648
	gives "9223372036854775807" 9223372036854775807
	gives "1e3" 1000
	gives "a::smallint / 5" 2
	gives "a::numeric(5,2)" 12.00
	gives "a::numeric / 7" 1.7142857142857143
	gives "a::float8 / 7" 1.7142857142857142
	gives "a || '-' || 1 || true" '12-1true'
	gives "concat(a, c, true)" 12t
	gives "a = '12'" t
	gives "a = '12' AND c = ''" ''
	gives "c IS NULL OR a::int / 0 = 1" t
	gives "NOT b = ''" f
	gives "c IS DISTINCT FROM b" t
	gives "a IN ('1', '12')" t
	gives "a NOT IN ('1', NULL)" ''
	gives "a::int BETWEEN 1 AND 12" t
	gives "a BETWEEN SYMMETRIC '2' AND '1'" t
	gives "d LIKE 'Ü_ï%'" t
	gives "d ILIKE 'üN%'" t
	gives "d ~ '^\\w{3}\\s'" t
	gives "d !~* '^ÜNÏ'" f
	gives "CASE a WHEN '1' THEN 'one' WHEN '12' THEN 'dozen' END" dozen
	gives "CASE WHEN c = '' THEN 1 ELSE 2.5 END" 2.5
	gives "coalesce(c, b, 'x')" '""'
	gives "nullif(b, '')" ''
	gives "greatest(a::int, 7, NULL)" 12
	gives "lower(d)" '"ünï ""x"",y"'
	gives "upper(btrim('  x '))" X
	gives "substr(d, 2, 2)" nï
	gives "substring(d from -1 for 3)" Ü
	gives "replace(d, '\"', '')" '"Ünï x,y"'
	gives "split_part('a,b,c', ',', -1)" c
	gives "length(d)" 9
	gives "octet_length(d)" 11
	gives "a::varchar(1)" 1
	gives "a::char(3) || '|'" '12|'
	gives "a::char(3)" '12 '
	gives "'t'::bool" t
	gives "legacy.zero_date('0000-00-00 00:00:00')" ''
	gives "legacy.zero_date('2013-00-10')" ''
	gives "legacy.zero_date('2013-01-10 00:00:00.5')" '2013-01-10 00:00:00.5'
	gives "coalesce(a::int, legacy.reject('x'))" 12
}

@test "values that need quotes, in one column and in several" {
	printf 'a\n\n""\n"\\."\n"x,y"\n"l1\nl2"\n \n' >in.csv
	map 'SELECT a FROM t'
	transform m.sql in.csv | cmp - in.csv
	map 'SELECT a, a AS b FROM t'
	transform m.sql in.csv >out.csv
	printf 'a,b\n,\n"",""\n\\.,\\.\n"x,y","x,y"\n"l1\nl2","l1\nl2"\n , \n' | cmp - out.csv
}

@test "a header alone gives a header" {
	map 'SELECT a::int AS x, b FROM t'
	printf 'a,b\n' | transform m.sql >out.csv
	printf 'x,b\n' | cmp - out.csv
}

@test "a table's name, its alias, capitals, and names with quotes" {
	printf 'a,B,"c d"\n1,2,3\n' >in.csv
	map 'SELECT tbl_x.a, tbl_x."B" AS b, "c d" AS "e ""f""" FROM tbl_x'
	transform m.sql in.csv >out.csv
	printf 'a,b,"e ""f"""\n1,2,3\n' | cmp - out.csv
	map 'SELECT t.a, t."B", t."c d" FROM tbl_x AS t'
	transform m.sql in.csv | cmp - <(printf 'a,B,c d\n1,2,3\n')
}

@test "columns without AS have PostgreSQL's names" {
	printf 'a\n1\n' >in.csv
	map "SELECT a, lower(a), a::int, coalesce(a, ''), CASE WHEN true THEN 1 END, a || '', t.a::numeric FROM t WHERE false"
	run -2 transform m.sql in.csv
	map "SELECT lower(a), (1)::int, coalesce(a, ''), CASE WHEN true THEN 1 END, a || '', a::numeric FROM t WHERE false"
	transform m.sql in.csv >out.csv
	echo 'lower,int4,coalesce,case,?column?,a' | cmp - out.csv
}

@test "WHERE: false and NULL are filtered, and counted" {
	printf 'a\n1\n\n0\n1\n' >in.csv
	map "SELECT 'x' AS x FROM t WHERE a = '1'"
	transform m.sql in.csv --stats s.json >out.csv
	printf 'x\nx\nx\n' | cmp - out.csv
	[ "$(jq -c '[.rows_in, .rows_out, .rejected, .filtered]' s.json)" = '[4,2,0,2]' ]
}

@test "drops: with a reason, in quotes, in capitals; not in strings or other comments" {
	printf 'a,"b c",D,e\n1,2,3,4\n' >in.csv
	map '-- drop: "b c"   not needed
--drop:D
	SELECT a, '"'-- drop: a'"' AS s -- drop: e because
	/* drop: a */ FROM t'
	transform m.sql in.csv >out.csv
	printf 'a,s\n1,-- drop: a\n' | cmp - out.csv
}

@test "a mapping in any clothes: BOM, CRLF, comments in other scripts" {
	printf '\xef\xbb\xbf-- é عربي\r\n-- drop: b\r\nSELECT a\r\nFROM t;\r\n' >m.sql
	printf 'a,b\r\n1,2\r\n' | transform m.sql >out.csv
	printf 'a\n1\n' | cmp - out.csv
}

# Rejects

@test "a row that fails is a reject, with place, column, SQLSTATE and message" {
	printf 'a,b\n1,x\n2,\nx,z\n' >in.csv
	map "SELECT a::int AS id, coalesce(b, legacy.reject('no b for ' || a)) AS bee FROM t"
	run -0 --separate-stderr transform m.sql in.csv --max-rejects 2 --rejects bad.csv -o out.csv
	[ "${stderr_lines[0]}" = "transform: in.csv:3: column 'bee': P0001: no b for 2" ]
	[ "${stderr_lines[1]}" = 'transform: in.csv:4: column '"'id'"': 22P02: invalid input syntax for type integer: "x"' ]
	printf 'id,bee\n1,x\n' | cmp - out.csv
	cat >expected <<-'END'
		a,b,_stage,_row,_column,_code,_message
		2,,transform,2,bee,P0001,no b for 2
		x,z,transform,3,id,22P02,"invalid input syntax for type integer: ""x"""
	END
	diff expected bad.csv
}

@test "rejects are mended and fed back" {
	printf 'a\n1\nx\n' >in.csv
	map 'SELECT a::int FROM t'
	transform -q --max-rejects 1 --rejects bad.csv m.sql in.csv >/dev/null
	sed -i 's/^x/7/' bad.csv
	transform m.sql bad.csv >out.csv
	printf 'a\n7\n' | cmp - out.csv
}

@test "no row over the budget: status 1, no output file, rejects tell why" {
	printf 'a\n1\nx\ny\n' >in.csv
	map 'SELECT a::int FROM t'
	run -1 transform m.sql in.csv -o out.csv --rejects bad.csv
	[ ! -e out.csv ]
	[ "$(wc -l <bad.csv)" -eq 2 ]
	run -1 transform m.sql in.csv --max-rejects 1 -o out.csv
	run -1 transform m.sql in.csv --max-rejects 50% -o out.csv
	[ ! -e out.csv ]
	run -0 transform m.sql in.csv --max-rejects 70% -o out.csv
	printf 'a\n1\n' | cmp - out.csv
}

@test "rows that are broken in themselves are rejects" {
	printf 'a,b\n1\n1,2,3\n\xff,2\n1,2\n' >in.csv
	map 'SELECT a, b FROM t'
	transform -q --max-rejects 3 --rejects bad.csv --stats s.json m.sql in.csv >out.csv
	printf 'a,b\n1,2\n' | cmp - out.csv
	[ "$(jq -c '[.rows_in, .rows_out, .rejected, .filtered]' s.json)" = '[4,1,3,0]' ]
	grep -q '^1,transform,1,,missing-cell,' bad.csv
	grep -q extra-cell bad.csv
	grep -q encoding-error bad.csv
}

@test "an error in WHERE is a reject, not a filtered row" {
	printf 'a\nx\n' >in.csv
	map 'SELECT a FROM t WHERE a::int > 0'
	run -0 transform m.sql in.csv --max-rejects 1 --stats s.json
	[[ $output == *"column 'WHERE': 22P02"* ]]
	[ "$(jq -c '[.rejected, .filtered]' s.json)" = '[1,0]' ]
}

@test "a branch that is not reached cannot fail" {
	printf 'a\nx\n12\n' >in.csv
	map "SELECT CASE WHEN a ~ '^[0-9]+\$' THEN a::int ELSE 1/0 + NULL END AS n FROM t"
	transform m.sql in.csv >out.csv
	printf 'n\n\n12\n' | cmp - out.csv
}

# Errors at start

@test "columns: unknown, forgotten, dropped wrongly" {
	refused 'SELECT a, bb FROM t' 'm.sql:1:11: column "bb" does not exist, did you mean "b"?' \
		'          ^'
	refused 'SELECT a FROM t' 'm.sql: 1 source column is neither mapped nor dropped: b (to drop one: -- drop: COLUMN   reason)'
	refused 'SELECT 1 AS x FROM t' 'm.sql: 2 source columns are neither mapped nor dropped: a, b (to drop one: -- drop: COLUMN   reason)'
	refused $'-- drop: zz\nSELECT a, b FROM t' 'm.sql:1:10: dropped column "zz" does not exist'
	refused $'-- drop: b\nSELECT a, b FROM t' 'm.sql:1:10: column "b" is dropped, but the mapping reads it'
	refused $'-- drop: b\n-- drop: b\nSELECT a FROM t' 'm.sql:2:10: column "b" is dropped twice'
	refused $'-- drop:\nSELECT a, b FROM t' 'm.sql:1:9: a drop directive is: -- drop: COLUMN   reason'
	refused 'SELECT a, b AS a FROM t' 'm.sql:1:11: column "a" is there twice'
	refused 'SELECT a AS _x, b FROM t' 'm.sql:1:8: column "_x": names that begin with _ are reserved'
	refused 'SELECT u.a, b FROM t' 'm.sql:1:8: there is no table "u" in FROM, only "t"'
	refused 'SELECT *, a FROM t' 'm.sql:1:8: * is not supported: name the columns, so that a new one is noticed'
	printf 'A\n' >row.csv
	map 'SELECT a FROM t'
	run -2 transform m.sql row.csv
	[ "${lines[0]}" = 'transform: m.sql:1:8: column "a" does not exist, "A" does: write it in double quotes' ]
}

@test "functions, operators and types: unknown or not for these arguments" {
	refused 'SELECT lowr(a), b FROM t' 'm.sql:1:8: function lowr(text) does not exist, did you mean "lower"?'
	refused 'SELECT lower(1), a, b FROM t' 'm.sql:1:8: function lower(integer) does not exist, but does with other arguments: add a cast'
	refused 'SELECT max(a), b FROM t' 'm.sql:1:8: max() is not supported: a mapping has one row at a time'
	refused 'SELECT a + 1 AS x, b FROM t' 'm.sql:1:10: operator does not exist: text + integer; columns are text, so that a cast may be missing' \
		'         ^'
	refused 'SELECT a::foo, b FROM t' 'm.sql:1:11: type "foo" does not exist'
	refused 'SELECT a::point, b FROM t' 'm.sql:1:11: type "point" is not supported in a mapping'
	refused 'SELECT a::point[], b FROM t' 'm.sql:1:11: type "point[]" is not supported in a mapping'
	refused 'SELECT a::char(3)[], b FROM t' 'm.sql:1:11: type "bpchar[]" is not supported in a mapping'
	refused 'SELECT ARRAY[] AS x, a, b FROM t' 'm.sql:1:8: cannot determine type of empty array: write ARRAY[]::integer[]'
	refused "SELECT a = ANY(b) AS x FROM t" 'm.sql:1:10: op ANY/ALL (array) requires array on right side'
	refused "SELECT '{a'::text[] AS x, a, b FROM t" 'm.sql:1:8: malformed array literal: "{a"'
	refused "SELECT '{1,x}'::int[] AS x, a, b FROM t" 'm.sql:1:8: invalid input syntax for type integer: "x"'
	refused 'SELECT a::numeric(1001), b FROM t' 'm.sql:1:11: NUMERIC precision 1001 must be between 1 and 1000'
	refused "SELECT 'x'::int AS c, a, b FROM t" 'm.sql:1:8: invalid input syntax for type integer: "x"'
	refused "SELECT a ~ '(' AS c, b FROM t" 'm.sql:1:10: invalid regular expression: parentheses () not balanced'
	refused 'SELECT a, b FROM t WHERE a' 'm.sql:1:26: argument of WHERE must be type boolean, not type text'
	refused "SELECT CASE WHEN a THEN 1 END, b FROM t" 'm.sql:1:18: argument of CASE/WHEN must be type boolean, not type text'
	refused "SELECT coalesce(a, 1), b FROM t" 'm.sql:1:17: COALESCE types text and integer cannot be matched'
}

@test "what a mapping cannot have" {
	refused 'SELECT count(*) FROM t' 'm.sql:1:8: aggregates are not supported in a mapping'
	refused 'SELECT sum(a) OVER () FROM t' 'm.sql:1:8: window functions are not supported in a mapping'
	refused 'SELECT (SELECT 1) FROM t' 'm.sql:1:8: subqueries are not supported in a mapping'
	refused 'SELECT a, b FROM t ORDER BY a' 'm.sql:1:29: ORDER BY is not supported in a mapping'
	refused 'SELECT a, b FROM t GROUP BY a, b' 'm.sql:1:29: GROUP BY is not supported in a mapping'
	refused 'SELECT DISTINCT a, b FROM t' 'm.sql:1:1: DISTINCT is not supported in a mapping'
	refused 'SELECT a, b FROM t LIMIT 1' 'm.sql:1:26: LIMIT is not supported in a mapping'
	refused 'SELECT a, b FROM (SELECT 1) t' 'm.sql:1:26: subqueries are not supported in a mapping'
	refused 'SELECT a, b' 'm.sql: the mapping needs FROM and a name for its input'
	refused 'SELECT a FROM t UNION SELECT b FROM t' 'm.sql:1:1: UNION, INTERSECT and EXCEPT are not supported in a mapping'
	refused 'SELECT a FROM t; SELECT b FROM t' 'm.sql:1:18: there is more than one statement; a mapping is one SELECT'
	refused $'\n-- x\nDELETE FROM t' 'm.sql:3:1: a mapping is one SELECT'
	refused '-- nothing' 'm.sql: there is no statement; a mapping is one SELECT'
	refused 'SELECT a[1], b FROM t' 'm.sql:1:8: cannot subscript type text because it does not support subscripting'
	refused 'SELECT (a).f, b FROM t' 'm.sql:1:8: fields of composites are not supported in a mapping'
	refused "SELECT regexp_replace(a, 'x', b, 'b') FROM t" 'm.sql:1:8: regular expression option "b" is not supported'
	refused "SELECT regexp_match(a, '(b*)(x+)?\\1') AS r, b FROM t" \
		'm.sql:1:8: what a regular expression with a back reference and choices matches is not supported'
}

@test "syntax errors are PostgreSQL's, with line and column in characters" {
	refused $'-- é\nSELECT é, a b c FROM t' 'm.sql:2:15: syntax error at or near "c"' '              ^'
	refused 'SELECT a FROM' 'm.sql:1:14: syntax error at end of input'
	refused 'SELECT "a FROM t' 'm.sql:1:8: unterminated quoted identifier at or near ""a FROM t "'
	printf 'SELECT a, \xff FROM t' >m.sql
	run -2 transform m.sql row.csv
	[ "$output" = 'transform: m.sql: the mapping is not valid UTF-8' ]
	printf 'SELECT a\0 FROM t' >m.sql
	run -2 transform m.sql row.csv
	run -2 transform nowhere.sql row.csv
	[ "$output" = "transform: cannot open 'nowhere.sql': No such file or directory" ]
	run -2 transform . row.csv
	[[ $output == "transform: cannot read '.': Is a directory" ]]
	{ printf 'SELECT '; head -c 200000 /dev/zero | tr '\0' '('; } >m.sql
	run -2 transform m.sql row.csv
	{ printf 'SELECT a'; for _ in $(seq 3000); do printf "||'x'"; done; printf ' FROM t'; } >m.sql
	run -2 transform m.sql row.csv
	[[ $output == *'nested too deeply' ]]
}

# Streams

@test "several files are one stream; their headers must be the same" {
	printf 'a,b\n1,2\n' >1.csv
	printf 'a,b\n3,4\n' >2.csv
	printf 'b,a\n3,4\n' >3.csv
	map 'SELECT a, b FROM t'
	zstd -q 2.csv
	transform m.sql 1.csv 2.csv.zst | cmp - <(printf 'a,b\n1,2\n3,4\n')
	run -2 transform m.sql 1.csv 3.csv
	[[ $output == *3.csv* ]]
}

@test "a sealed shard in, a sealed shard out" {
	map 'SELECT a::int + 1 AS a FROM t'
	{ echo a; seq 1000; } | transform m.sql -o 1.csv.zst
	transform m.sql 1.csv.zst -o 2.csv.zst
	[ "$(zstd -dcq 2.csv.zst | tail -1)" = 1002 ]
	head -c -3 2.csv.zst >cut.csv.zst
	run -3 --separate-stderr transform m.sql cut.csv.zst -o 3.csv
	[[ $stderr == *cut.csv.zst* ]]
	[ ! -e 3.csv ]
}

@test "end marks: written when asked for, passed on, and never made up" {
	map 'SELECT a FROM t'
	printf 'a\n1\n\\.\n' | transform m.sql >out.csv
	printf 'a\n1\n\\.\n' | cmp - out.csv
	printf 'a\n1\n' >in.csv
	transform --end-mark m.sql in.csv >out.csv
	printf 'a\n1\n\\.\n' | cmp - out.csv
	run -3 --separate-stderr transform --end-mark m.sql <in.csv
	[ "$stderr" = 'transform: standard input ended without an end mark: its writer may have died' ]
}

# Without rows

lineage_map()
{
	map "-- drop: x  nobody knows
SELECT a::numeric(5,2) * 2 AS n, coalesce(a,
	b) AS \"t\", -- a comment
	'k'::varchar(3) AS k FROM t WHERE (b IS NULL) OR a ~ 'FROM'"
}

@test "lineage: what is made of what, in text, CSV and JSON" {
	lineage_map
	printf 'a,b,x,left_over\n' >in.csv
	transform --lineage m.sql in.csv >out
	cat >expected <<-'END'
		n          numeric               <- a     a::numeric(5,2) * 2
		t          text                  <- a, b  coalesce(a, b)
		k          character varying(3)  <-       'k'::varchar(3)
		WHERE      boolean               <- a, b  (b IS NULL) OR a ~ 'FROM'
		x          dropped: nobody knows
		left_over  unmapped
	END
	diff expected out
	transform --lineage=csv m.sql in.csv | head -3 | diff - <(
		printf '%s\n' kind,name,type,sources,expression \
			'column,n,numeric,a,"a::numeric(5,2) * 2"' 'column,t,text,"a, b","coalesce(a, b)"'
	)
	[ "$(transform --lineage=json m.sql in.csv | jq -c '.[1], .[4], .[5]')" = '{"kind":"column","name":"t","type":"text","sources":["a","b"],"expression":"coalesce(a, b)"}
{"kind":"dropped","name":"x","reason":"nobody knows"}
{"kind":"unmapped","name":"left_over"}' ]
	run -2 transform --lineage=xml m.sql in.csv
}

@test "lineage and the description need no input" {
	lineage_map
	transform --lineage m.sql </dev/null | grep -q '^n '
	transform --describe m.sql -o s.json </dev/null
	[ "$(jq -c '[.fields[] | [.name, .type, .constraints.maxLength, .caravan.type]]' s.json)" = \
		'[["n","number",null,"numeric"],["t","string",null,"text"],["k","string",3,"character varying(3)"]]' ]
}

@test "what a mapping makes keeps the description of it" {
	map "SELECT a::int AS i, a::boolean AS b, a::numeric AS n, a::float8 AS f, a AS t, a::char(3) AS c FROM t"
	transform --describe m.sql >s.json
	printf 'a\n1\n0\n' | transform m.sql >out.csv
	validate s.json out.csv | cmp - out.csv
}

# Input and output that fail

@test "usage errors are status 2, help and version 0" {
	run -2 transform
	[ "$output" = "transform: a MAP.sql is needed; try 'transform --help'" ]
	run -2 transform --nonsense
	run -2 transform --max-rejects x m.sql
	run -2 transform --stats - m.sql
	run -0 transform --version
	[[ $output == 'transform (caravan) '* ]]
	run -0 transform --help
}

@test "broken input is status 3 and names the place" {
	map 'SELECT a FROM t'
	run -3 transform m.sql </dev/null
	run -3 transform m.sql nowhere.csv
	printf 'a\n"x\n' >in.csv
	run -3 transform m.sql in.csv -o out.csv
	[[ $output == *in.csv* ]]
	[ ! -e out.csv ]
}

@test "output that cannot be written is status 3" {
	map 'SELECT a FROM t'
	printf 'a\n1\n' >in.csv
	run -3 sh -c 'transform m.sql in.csv >/dev/full'
	[[ $output == *'No space left on device' ]]
	run -3 transform m.sql in.csv -o /nonexistent/out.csv
	run -3 sh -c 'transform --help >/dev/full'
}

@test "a pause in the input: what was read is passed on before the next row comes" {
	mkfifo in out
	map 'SELECT id, name FROM t'
	transform m.sql <in >out 3>&- &
	exec 5>in 6<out
	printf 'id,name\n1,a\n2,"b\nb"\n' >&5
	for line in id,name 1,a '2,"b' 'b"'; do
		read -r -t 20 -u 6 got
		[ "$got" = "$line" ]
	done
	printf '3,c' >&5
	printf '\n4,d\n' >&5
	read -r -t 20 -u 6 got
	[ "$got" = 3,c ]
	read -r -t 20 -u 6 got
	[ "$got" = 4,d ]
	exec 5>&-
	wait $!
	run ! read -r -t 20 -u 6 got
	exec 6<&-
}

@test "a closed pipe ends it quietly" {
	map 'SELECT a FROM t'
	run -0 --separate-stderr bash -c 'seq 1000000 | sed "1i a" | transform m.sql | head -1; echo "${PIPESTATUS[2]}"'
	[ "$output" = $'a\n141' ]
	[ -z "$stderr" ]
}

@test "memory does not grow with the stream" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'a sanitizer needs memory of its own'
	map "SELECT a::bigint AS a, upper('x' || a) || lpad(a, 9, '0') AS b FROM t WHERE a ~ '^\\d+\$'"
	bash -c 'ulimit -v 400000; { echo a; seq 500000; } | transform m.sql | tail -1' >out
	[ "$(cat out)" = 500000,X500000000500000 ]
}

# The manual

@test "the manual, --help and the completion have the same options" {
	transform --help | grep -o -e '--[a-z-]*' | sort -u >help
	sed -n 's/^\.It Fl.* Fl Fl \([a-z-]*\).*/--\1/p; s/^\.It Fl Fl \([a-z-]*\).*/--\1/p' \
		"$BATS_TEST_DIRNAME/transform.1" | sort -u >manual
	diff help manual
	grep -o -e '--[a-z][a-z-]*' "$BATS_TEST_DIRNAME/transform.bash" | sort -u >completion
	diff help completion
}

# Lines that begin with "$ " are commands, what follows them is their output.
@test "the manual's examples do what it says" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh/p' "$BATS_TEST_DIRNAME/transform.1" |
		sed -n '/^\.Bd/,/^\.Ed/{/^\./d;s/\\e/\\/g;p}' >examples
	grep -q '^\$ transform' examples
	while IFS= read -r line; do
		case $line in '$ '*) eval "${line#??}" 2>&1 || echo "status $?" ;; esac
	done <examples >got
	grep -v '^\$ ' examples | diff - got
}
