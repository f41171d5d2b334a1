#!/usr/bin/env bats
#
# check.bats - transform --check: a mapping's columns against a contract

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	echo '{"fields":[{"name":"id","type":"integer","constraints":{"required":true}},
		{"name":"mail","type":"string"}]}' >c.json
	printf 'a,b\n1,x\n' >in.csv
}

# check SQL STATUS [LINE…]: what --check says of a mapping, and how it ends
check() {
	local sql=$1 status=$2 got=0
	shift 2
	echo "$sql" >m.sql
	transform --check c.json m.sql in.csv >out 2>err || got=$?
	printf '%s\n' "$@" | sed '/^$/d' | diff - out
	[ "$got" = "$status" ] || { cat err; return 1; }
}

# field JSON: a contract of one column x
field() {
	echo "{\"fieldsMatch\":[\"subset\"],\"fields\":[$1]}" >c.json
}

@test "a mapping that fits says nothing" {
	check "SELECT a::int AS id, b AS mail FROM t WHERE a IS NOT NULL" 0 ''
	[ ! -s err ]
}

@test "what can be NULL in a required column" {
	local line="column 'id': is required, but its expression can be NULL"
	for e in a::int 'nullif(length(concat(a, b)), 2)' 'nullif(1, 1)' "CASE WHEN b = 'x' THEN 1 END" \
		"array_length(string_to_array(a, ','), 1)" 'greatest(a::int, length(b))'; do
		check "SELECT $e AS id, concat(a, b) AS mail FROM t" 1 "$line"
	done
	for e in 'coalesce(a::int, 0)' "coalesce(a::int, legacy.reject('no')::int)" 1 \
		"CASE WHEN b = 'x' THEN 1 ELSE 2 END" 'greatest(a::int, 1)' \
		'length(concat(a, b))'; do
		check "SELECT $e AS id, concat(a, b) AS mail FROM t" 0 ''
	done
	for w in "a IS NOT NULL" "b = 'x' AND a::int > 0" "a IN ('1', '2')" "a ~ '^[0-9]+\$'"; do
		check "SELECT a::int AS id, b AS mail FROM t WHERE $w" 0 ''
	done
	for w in "a IS NULL" "b = 'x' OR a::int > 0" "a IS DISTINCT FROM '1'" \
		"coalesce(a, '') <> '1'" "NOT (a IS NULL AND b IS NULL)"; do
		check "SELECT a::int AS id, b AS mail FROM t WHERE $w" 1 "$line"
	done
}

@test "columns that are missing, too many, or elsewhere" {
	check "SELECT 1 AS id, a || b AS post FROM t" 1 \
		"column 'mail': missing, no expression makes it" \
		"column 'post': is not in the contract"
	grep -qx 'transform: m.sql: 2 differences from c.json' err
	check "SELECT a || b AS mail, 1 AS id FROM t" 1 \
		"column 'id': is column 2, not 1 as in the contract" \
		"column 'mail': is column 1, not 2 as in the contract"
	sed -i 's/{"fields"/{"fieldsMatch":["superset"],"fields"/' c.json
	check "SELECT length(a || b) AS mail, 1 AS id FROM t" 0 ''
	check "SELECT 1 AS id, a || b AS post FROM t" 1 "column 'post': is not in the contract"
	check "SELECT a || b AS mail FROM t" 1 "column 'id': missing, no expression makes it"
}

@test "types of a contract, and of a target's own columns" {
	field '{"name":"x","type":"integer"}'
	check "SELECT a AS x, b FROM t" 1 "column 'x': text cannot be assigned to integer"
	check "SELECT a::numeric(5,2) AS x, b FROM t" 1 \
		"column 'x': numeric(5,2) cannot be assigned to integer"
	check "SELECT a::bigint AS x, b FROM t" 0 ''
	field '{"name":"x","type":"datetime"}'
	check "SELECT a::date AS x, b FROM t" 1 "column 'x': date cannot be assigned to datetime"
	check "SELECT a::timestamptz AS x, b FROM t" 0 ''
	field '{"name":"x","type":"any","caravan":{"type":"timestamp(3) with time zone"}}'
	check "SELECT a::date AS x, b FROM t" 0 ''
	check "SELECT a AS x, b FROM t" 1 \
		"column 'x': text cannot be assigned to timestamp(3) with time zone"
	field '{"name":"x","type":"integer","caravan":{"type":"smallint"}}'
	check "SELECT a::numeric AS x, b FROM t" 0 ''
	check "SELECT a::boolean AS x, b FROM t" 1 \
		"column 'x': boolean cannot be assigned to smallint"
	field '{"name":"x","type":"string","caravan":{"type":"character varying(20)"}}'
	check "SELECT a::boolean AS x, b FROM t" 0 ''
	field '{"name":"x","type":"string","caravan":{"type":"mood"}}'
	check "SELECT a AS x, b FROM t" 0 ''
	check "SELECT a::int AS x, b FROM t" 1 "column 'x': integer cannot be assigned to mood"
	field '{"name":"x","type":"list","caravan":{"type":"bigint[]"}}'
	check "SELECT ARRAY[a::int] AS x, b FROM t" 0 ''
	check "SELECT ARRAY[a] AS x, b FROM t" 1 "column 'x': text[] cannot be assigned to bigint[]"
	field '{"name":"x","type":"string","caravan":{"type":"uuid"}}'
	check "SELECT legacy.uuid5('dns', a) AS x, b FROM t" 0 ''
}

@test "a contract or an input that cannot be read, and no room for the answer" {
	echo '{"fields":' >c.json
	check "SELECT a, b FROM t" 2 ''
	rm c.json
	check "SELECT a, b FROM t" 2 ''
	setup
	echo "SELECT a AS id FROM t" >m.sql
	run transform --check c.json m.sql missing.csv
	[ "$status" = 3 ]
	run bash -c 'transform --check c.json m.sql >/dev/full'
	[ "$status" = 3 ]
}

# What load says of a table is a contract.
@test "load --describe of a table is a contract" {
	local uri="$POSTGRES_URI"
	psql -qX "$uri" -c 'DROP TABLE IF EXISTS check_target' \
		-c 'CREATE TABLE check_target (id bigint PRIMARY KEY, at timestamptz NOT NULL, n numeric(8,2), t text)'
	command load --describe "$uri" check_target >c.json
	check "SELECT a::int AS id, b::timestamptz AS at, a::float8 AS n, b AS t FROM t WHERE a <> ''" 1 \
		"column 'at': is required, but its expression can be NULL"
	check "SELECT a::int AS id, b::timestamptz AS at, a::date AS n, b AS t FROM t WHERE a <> b" 1 \
		"column 'n': date cannot be assigned to numeric(8,2)"
	psql -qX "$uri" -c 'DROP TABLE check_target'
}
