#!/usr/bin/env bats
#
# changes.bats - transform and the changes of a change stream
#
#	bats transform

bats_require_minimum_version 1.5.0

setup()
{
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
}

# map SELECT: the mapping m.sql
map()
{
	echo "$1" >m.sql
}

# given LINE...: the input in.csv; gives LINE...: what becomes of it
given()
{
	printf '%s\n' "$@" >in.csv
}

gives()
{
	printf '%s\n' "$@" | diff - <(transform -q --max-rejects "${REJECTS-0}" --rejects r.csv --stats s.json m.sql in.csv)
	jq -e '.rows_in + .added == .rows_out + .rejected + .filtered' s.json >/dev/null
}

@test "_op and _pos pass, behind the others" {
	given _op,a,_pos i,1,7 d,2,8
	map 'SELECT a::int + 1 AS b FROM t'
	gives b,_op,_pos 2,i,7 3,d,8
}

@test "WHERE: an update that it does not want is a deletion, a deletion is not asked, an insert is filtered" {
	given id,v,w,_op,_pos 1,a,1,i,1 1,b,0,u,2 2,c,0,i,3 3,d,0,d,4 4,e,,u,5 5,f,1,u,6
	map "SELECT id::int, upper(v) AS v FROM t WHERE w = '1'"
	gives id,v,_op,_pos 1,A,i,1 1,B,d,2 3,D,d,4 4,E,d,5 5,F,u,6
	[ "$(jq .filtered s.json)" = 1 ]
	given id,v,w,_op,_pos 1,a,x,i,1 1,a,x,u,2 1,a,x,d,3
	map "SELECT id::int, v FROM t WHERE w::int = 1"
	REJECTS=2 gives id,v,_op,_pos 1,a,d,3
	[ "$(cut -d, -f6-9 r.csv)" = $'_stage,_row,_column,_code\ntransform,1,WHERE,22P02\ntransform,2,WHERE,22P02' ]
}

@test "a deletion needs only its key" {
	given id,born,_op,_pos 1,0000-00-00,u,1 1,0000-00-00,d,2 x,2001-02-03,d,3
	map 'SELECT id::int, born::date AS born, legacy.reject(born) AS never FROM t'
	REJECTS=1 gives id,born,never,_op,_pos 1,,,d,2 ,2001-02-03,,d,3
	[ "$(wc -l <r.csv)" = 2 ]
}

@test "the end of a transaction is not lost with the change that told it" {
	given id,w,_op,_pos '1,1,i,a.1:4:5:0' '2,0,i,a.1:4:6:0$' '3,x,u,a.1:7:8:0$' '4,1,i,a.1:9:9:0$' ',,c,a.1:9:99:0$' '5,0,i,a.1:9:100:0'
	map 'SELECT id, w::int AS w FROM t WHERE w::int = 1'
	REJECTS=1 gives id,w,_op,_pos '1,1,i,a.1:4:5:0' ',,c,a.1:4:6:0$' ',,c,a.1:7:8:0$' '4,1,i,a.1:9:9:0$' ',,c,a.1:9:99:0$'
	[ "$(jq -c '[.rows_in, .added, .rows_out, .rejected, .filtered]' s.json)" = '[6,2,5,1,2]' ]
	# in a stream of one column too
	given _op,_pos,a 'i,a.1:4:6:0$,0'
	map "SELECT a FROM t WHERE a = '1'"
	gives a,_op,_pos ',c,a.1:4:6:0$'
}

@test "--only and --except look at each change, and at no end" {
	given id,w,_op,_pos '1,u1,i,a.1:4:5:0' '2,u2,d,a.1:4:6:0$' '2,u2,u,a.1:7:8:0$' ',,c,a.1:9:99:0$'
	map 'SELECT id, w FROM t'
	printf 'key\nu1\n' >members.csv
	printf '%s\n' id,w,_op,_pos '1,u1,i,a.1:4:5:0' ',,c,a.1:4:6:0$' ',,c,a.1:7:8:0$' ',,c,a.1:9:99:0$' |
		diff - <(transform -q --only w=members.csv m.sql in.csv)
	printf '%s\n' id,w,_op,_pos '2,u2,d,a.1:4:6:0$' '2,u2,u,a.1:7:8:0$' ',,c,a.1:9:99:0$' |
		diff - <(transform -q --except w=members.csv m.sql in.csv)
}

@test "with lookups and several rows of one: an update of which nothing is left is one deletion" {
	printf 'old,new\n1,x1\n2,x2\n' >ids.csv
	given id,tags,_op,_pos '1,"a,b",u,1' '2,"c,d",u,2' '2,,d,3' '1,"b,b",u,4' '3,c,i,5'
	map "SELECT i.new AS id, tag FROM t LEFT JOIN ids i ON i.old = id
		LEFT JOIN LATERAL string_to_table(tags, ',') AS g(tag) ON true WHERE tag = 'b'"
	run -1 transform --lookup ids=ids.csv m.sql in.csv
	[[ $output == *"in.csv:5: column 'FROM': P0003: the change makes more than one row"* ]]
	sed -i 5d in.csv
	printf '%s\n' id,tag,_op,_pos x1,b,u,1 x2,c,d,2 x2,,d,3 | diff - <(transform --lookup ids=ids.csv m.sql in.csv)
}
