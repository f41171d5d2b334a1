#!/usr/bin/env bats
#
# members.bats - rows of some users only: transform --only and --except

bats_require_minimum_version 1.5.0

setup()
{
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	echo 'SELECT u, v FROM t' >m.sql
	printf 'u,v\n1,a\n2,b\n,c\n"",d\n"x,y",e\n3,f\n' >t.csv
}

# rows OPTION...: the values v that come out, in one word
rows()
{
	transform -q "$@" m.sql t.csv | tail -n +2 | sed 's/.*,//' | tr -d '\n'
}

@test "--only keeps the rows of a file's first column, --except leaves them out" {
	printf 'user_key,wave\n2,x\n"x,y",x\n2,x\n7,x\n' >some.csv
	[ "$(rows --only u=some.csv)" = be ]
	[ "$(rows --except u=some.csv)" = acdf ]
	[ "$(rows --except u=some.csv --only v=<(printf 'k\na\nb\nf\n'))" = af ]
	transform --stats s.json --only u=some.csv m.sql t.csv >/dev/null
	grep -q '"filtered": 4' s.json
}

@test "NULL is in no file, the empty string may be" {
	printf 'k\n""\n\n' >empty.csv
	[ "$(rows --only u=empty.csv)" = d ]
	[ "$(rows --except u=empty.csv)" = abcef ]
	printf 'k\n' >none.csv
	[ "$(rows --only u=none.csv)" = '' ]
	[ "$(rows --except u=none.csv)" = abcdef ]
}

@test "a defective row is a reject all the same" {
	printf 'k\n2\n' >some.csv
	printf 'u,v\n1,a\n2\n2,b\n' >bad.csv
	run -0 --separate-stderr transform -q --max-rejects 1 --rejects r.csv --only u=some.csv m.sql bad.csv
	[ "$output" = $'u,v\n2,b' ]
	[ "$(wc -l <r.csv)" = 2 ]
}

@test "many keys, of a sealed shard too" {
	awk 'BEGIN { print "u,v"; for (i = 0; i < 300000; i++) print i * 7919 % 1000003 "," i }' >t.csv
	awk -F , 'NR == 1 || $2 % 3 == 0' t.csv >third.csv
	validate -q -o third.csv.zst <(printf '%s' '{"fields": [{"name": "u"}, {"name": "v"}]}') third.csv
	transform -q --only u=third.csv.zst m.sql t.csv | cmp - third.csv
	[ "$(transform -q --except u=third.csv.zst m.sql t.csv | wc -l)" = 200001 ]
}

@test "files that cannot be used, columns that are not there" {
	printf 'k\n1\n' >some.csv
	run -2 transform --only w=some.csv m.sql t.csv
	[ "$output" = "transform: --only: the input has no column 'w'" ]
	run -3 transform --except u=nowhere.csv m.sql t.csv
	[[ $output == "transform: cannot open 'nowhere.csv': "* ]]
	run -2 transform --except u m.sql t.csv
	[ "$output" = "transform: --except 'u' is not COLUMN=FILE" ]
	run -2 transform --only u=- m.sql t.csv
	[ "$output" = "transform: --only: keys cannot come from standard input" ]
	printf 'k,l\n1\n' >bad.csv
	run -3 transform --only u=bad.csv m.sql t.csv
	[ "$output" = "transform: bad.csv:2: missing-cell" ]
}
