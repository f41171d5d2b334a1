#!/usr/bin/env bats
#
# rows.bats - functions in FROM that make several rows of one, as PostgreSQL has them

# Mappings have $ and ` of their own.
# shellcheck disable=SC2016,SC2154

bats_require_minimum_version 1.5.0

load ../scripts/test-helpers

DB=rows_test

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
	printf '%s\n' id,l,j 1,'"a,b,,c"','"[1, ""two"", null, {""k"": [3]}]"' 2,'""','[]' 3,,'' \
		4,z,'[true]' 5,'" x , y"','"{""k"": ""v"", ""l"": {""m"": null}, ""n"": null}"' \
		6,'"q,q"','"{}"' >in.csv
	printf '%s\n' v,w a,1 c,2 q,3 q,4 >c.csv
}

# map TEXT: a mapping into m.sql, with what it does not read dropped
map()
{
	local column
	printf '%s\n' "$1" >m.sql
	for column in $(head -n 1 in.csv | tr , ' '); do
		grep -qw "$column" m.sql || echo "-- drop: $column" >>m.sql
	done
}

# same_rows SELECT: transform and PostgreSQL give the same rows in the same order
same_rows()
{
	map "$1"
	transform --lookup c=c.csv m.sql in.csv >ours.csv
	server_select "$DB" "$1" t=in.csv c=c.csv >server.csv
	# the order of joined rows is PostgreSQL's to choose
	if [ -n "${UNORDERED-}" ]; then
		LC_ALL=C sort -o ours.csv ours.csv
		LC_ALL=C sort -o server.csv server.csv
	fi
	diff ours.csv server.csv || {
		echo "$1"
		return 1
	}
	[ "$(wc -l <ours.csv)" -gt "${2-1}" ]
}

# refused MAPPING MESSAGE: status 2, and nothing written
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

@test "unnest and string_to_table: in each way to write it, several in a row" {
	same_rows 'SELECT id, v FROM t, LATERAL unnest(string_to_array(l, $$,$$)) AS u(v)'
	same_rows 'SELECT id, u FROM t, unnest(string_to_array(l, $$,$$)) u'
	same_rows 'SELECT id, unnest FROM t, unnest(string_to_array(l, $$,$$))'
	same_rows 'SELECT id, v, n FROM t CROSS JOIN LATERAL unnest(string_to_array(l, $$,$$, $$$$)) WITH ORDINALITY AS u(v, n)'
	same_rows 'SELECT id, u, ordinality::text || $$.$$ AS n FROM t LEFT JOIN LATERAL unnest(string_to_array(l, $$,$$)) WITH ORDINALITY u ON true'
	same_rows 'SELECT id, v FROM t LEFT JOIN LATERAL string_to_table(l, NULL, $$,$$) AS v ON v <> $$b$$'
	same_rows 'SELECT id, v FROM t JOIN LATERAL string_to_table(l, $$,$$) v ON length(v) > 0 WHERE v <> $$c$$'
	same_rows 'SELECT id, v, c, i FROM t, LATERAL string_to_table(l, $$,$$) v, LATERAL string_to_table(v, NULL) c, LATERAL generate_series(1, length(v)) AS s(i)'
	same_rows 'SELECT id, x, y FROM t, unnest(ARRAY[[1,2],[3,4]]) x, unnest(ARRAY[x, NULL]) y WHERE id = $$1$$'
	same_rows 'SELECT id, lower FROM t, lower(l)'
	same_rows 'SELECT id, v, n FROM t, lower(l) WITH ORDINALITY AS u(v, n)'
	same_rows 'SELECT id, v FROM t, unnest(NULL::text[]) v' 0
	UNORDERED=1 same_rows 'SELECT id, u.v, w FROM t, LATERAL string_to_table(l, $$,$$) AS u(v) JOIN c ON c.v = u.v'
	UNORDERED=1 same_rows 'SELECT id, w, s FROM t LEFT JOIN c ON c.v = left(l, 1), generate_series(1, w::int) s'
}

@test "regexp_split_to_table and regexp_matches, with another pattern in each row" {
	same_rows 'SELECT id, v, n FROM t, regexp_split_to_table(l, $$\s*,\s*$$) WITH ORDINALITY AS u(v, n)'
	same_rows 'SELECT id, a, b FROM t, regexp_split_to_table(l, left(l, 1)) a, regexp_split_to_table(a, $$$$) b'
	same_rows 'SELECT id, m[1] AS x, m[2] AS y FROM t, regexp_matches(l, $$([a-z])(,)?$$, $$g$$) AS m'
	same_rows 'SELECT id, m::text AS m FROM t LEFT JOIN LATERAL regexp_matches(l, $$Q$$, $$i$$) AS m ON true'
}

@test "jsonb: elements, members, keys; their columns have PostgreSQL's names" {
	local json='CASE WHEN j LIKE $$[%$$ THEN j::jsonb ELSE $$[]$$ END'
	local object='CASE WHEN j LIKE $${%$$ THEN j::jsonb END'
	same_rows "SELECT id, value FROM t, jsonb_array_elements($json)"
	same_rows "SELECT id, value FROM t, jsonb_array_elements($json) AS e"
	same_rows "SELECT id, v FROM t, jsonb_array_elements_text($json) AS e(v)"
	same_rows "SELECT id, value IS NULL AS none, value FROM t LEFT JOIN LATERAL jsonb_array_elements_text($json) ON true"
	same_rows "SELECT id, key, value, e.key || '!' AS x FROM t, jsonb_each($object) AS e"
	same_rows "SELECT id, k, value FROM t, jsonb_each_text($object) AS e(k)"
	same_rows "SELECT id, k FROM t LEFT JOIN LATERAL jsonb_object_keys($object) AS k ON true"
	same_rows "SELECT id, key, value, n FROM t, jsonb_each($object) WITH ORDINALITY AS e(key, value, n)"
	same_rows "SELECT id, a.value, b.v FROM t, jsonb_array_elements($json) a, jsonb_each(CASE WHEN jsonb_typeof(a.value) = 'object' THEN a.value END) AS b(k, v)"
}

@test "generate_series: of numeric" {
	printf '%s\n' a,b,s 1,3,0.5 3.00,1,-1 1,2.5,0.75 5,1,1 0.1,0.35,0.05 1,2,10 ,1,1 >in.csv
	same_rows 'SELECT g FROM t, generate_series(a::numeric, b::numeric, s::numeric) g'
	same_rows 'SELECT g, s FROM t, generate_series(a::numeric, b::numeric) g'
	printf '%s\n' id,a,b,s 1,1,2,0 2,NaN,2,1 3,1,Infinity,1 4,1,2,NaN 5,1,1,1 >in.csv
	map 'SELECT id, g FROM t, generate_series(a::numeric, b::numeric, s::numeric) g'
	run -0 --separate-stderr transform -q --max-rejects 4 --rejects bad.csv m.sql in.csv
	[ "$output" = $'id,g\n5,1' ]
	grep -q 'start value cannot be NaN' bad.csv
	grep -q 'step size cannot equal zero' bad.csv
	grep -q 'stop value cannot be infinity' bad.csv
	grep -q 'step size cannot be NaN' bad.csv
}

@test "generate_series: of integers, to the ends of their range, of moments" {
	printf '%s\n' a,b,s 1,3,1 3,1,-1 1,10,4 5,1,1 2147483646,2147483647,1 -2147483647,-2147483648,-1 ,1,1 >in.csv
	same_rows 'SELECT g FROM t, generate_series(a::int, b::int, s::int) g'
	same_rows 'SELECT g, pg_typeof FROM t, generate_series(a::bigint, b::int) g, lower($$x$$) AS pg_typeof'
	printf '%s\n' a,b,s '2020-01-31,2020-06-01,1 month' '2020-01-02,2020-01-01,-7 hours' '2020-01-01,2020-01-02,1 day' >in.csv
	same_rows 'SELECT g FROM t, generate_series(a::timestamp, b::timestamp, s::interval) g'
	same_rows 'SELECT g FROM t, generate_series(a::timestamptz, b::timestamptz, s::interval) g'
	same_rows 'SELECT g FROM t, generate_series(a::date, b::date, s::interval) g'
	same_rows 'SELECT a, g FROM t, generate_subscripts(string_to_array(a, $$-$$), 1) g WHERE b <> s'
	same_rows 'SELECT a, g FROM t, generate_subscripts(string_to_array(a, $$-$$), 1, true) g WHERE b <> s'
}

@test "what fails is PostgreSQL's error, and a reject of the whole row" {
	printf '%s\n' id,x 1,1 2,0 '3,x' >in.csv
	map 'SELECT id, g FROM t, generate_series(1, 3, x::int) g'
	run -1 --separate-stderr transform --max-rejects 1 m.sql in.csv -o out.csv
	[ "${stderr_lines[0]}" = "transform: in.csv:3: column 'FROM': 22023: step size cannot equal zero" ]
	[ "${stderr_lines[1]}" = "transform: in.csv:4: column 'FROM': 22P02: invalid input syntax for type integer: \"x\"" ]
	map 'SELECT id, v FROM t, jsonb_array_elements(to_jsonb(x)) AS e(v)'
	run -1 --separate-stderr transform m.sql in.csv
	[ "${stderr_lines[0]}" = "transform: in.csv:2: column 'FROM': 22023: cannot extract elements from a scalar" ]
	printf '%s\n' id,x 1,'"3,2,0,1"' 2,'"1"' >in.csv
	map 'SELECT id, 6 / v::int AS v FROM t, string_to_table(x, $$,$$) v'
	run -0 --separate-stderr transform --max-rejects 1 --rejects bad.csv --stats s.json m.sql in.csv
	[ "$output" = $'id,v\n2,6' ]
	[ "$(tail -n 1 bad.csv)" = '1,"3,2,0,1",transform,1,v,22012,division by zero' ]
	[ "$(jq -c '[.rows_in, .rows_out, .rejected, .filtered, .added]' s.json)" = '[2,1,1,0,0]' ]
}

@test "an empty set filters the row; one row that makes too many is a reject" {
	map 'SELECT id, v FROM t, string_to_table(l, $$,$$) v'
	transform m.sql in.csv --stats s.json >out.csv
	[ "$(jq -c '[.rows_in, .rows_out, .rejected, .filtered, .added]' s.json)" = '[6,9,0,2,5]' ]
	printf '%s\n' n 3 1000000000 2 >in.csv
	map 'SELECT g, repeat($$x$$, 1000) AS x FROM t, generate_series(1, n::bigint) g'
	run -0 --separate-stderr transform --max-rejects 1 m.sql in.csv
	[ "${#lines[@]}" = 6 ]
	[ "${stderr_lines[0]}" = "transform: in.csv:3: column 'x': 54000: the row makes more than 256 MiB of rows" ]
}

@test "where a function cannot stand, and wrong names" {
	printf '%s\n' a,b 1,2 >in.csv
	refused 'SELECT a, unnest(ARRAY[b]) AS x FROM t' 'm.sql:1:11: unnest() makes several rows and is not supported here: put it into FROM, as in FROM t, LATERAL unnest(…) AS x(y)'
	refused 'SELECT a, b FROM t WHERE generate_series(1, 2) = 1' 'm.sql:1:26: generate_series() makes several rows and is not supported here: put it into FROM, as in FROM t, LATERAL generate_series(…) AS x(y)'
	refused 'SELECT a, b FROM t, unnest(string_to_array(z, b)) v' 'm.sql:1:44: column "z" does not exist, did you mean "a"?'
	refused 'SELECT a, b FROM t, unnest(v) v' 'm.sql:1:28: column "v" does not exist, did you mean "a"?'
	refused 'SELECT a, b FROM t, unnest(b) v' 'm.sql:1:21: function unnest(text) does not exist, but does with other arguments: add a cast'
	refused 'SELECT a, b FROM t, unnest(ARRAY[a]) AS v(x, y)' 'm.sql:1:21: table "v" has 1 columns available but 2 columns specified'
	refused 'SELECT a, b FROM t, ROWS FROM (unnest(ARRAY[a]), unnest(ARRAY[b])) AS v' 'm.sql:1:32: ROWS FROM is not supported in a mapping'
	refused 'SELECT a, b FROM t, unnest(ARRAY[a]) t' 'm.sql:1:21: table name "t" specified more than once'
	refused 'SELECT a, b FROM t, unnest(ARRAY[a]) v JOIN c ON c.v = t.a' 'm.sql:1:56: table "t" cannot be named here: the comma behind it ends its joins'
}

@test "lineage goes through functions to the columns they read" {
	map 'SELECT id, v AS item, n FROM t LEFT JOIN LATERAL unnest(string_to_array(l, $$,$$)) WITH ORDINALITY AS u(v, n) ON v <> id'
	transform --lineage m.sql in.csv >out
	diff - out <<-'END'
		id    text    <- id     id
		item  text    <- l      v
		n     bigint  <- l      n
		u     rows    <- id, l  LEFT JOIN unnest(string_to_array(l, $$,$$)) WITH ORDINALITY AS u(v, n) ON v <> id
		j     dropped
	END
	transform --lineage m.sql | diff out -
}

@test "rows in steady state cost no memory" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'a sanitizer needs memory of its own'
	{ echo id,l; seq 200000 | sed 's/.*/&,"a,b,c,d,e,f,g"/'; } >in.csv
	map 'SELECT id, v, n FROM t, unnest(string_to_array(l, $$,$$)) WITH ORDINALITY AS u(v, n)'
	bash -c 'ulimit -v 400000; transform m.sql in.csv | tail -n 1' >out
	[ "$(cat out)" = 200000,g,7 ]
}
