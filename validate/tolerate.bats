#!/usr/bin/env bats
#
# tolerate.bats - findings that a contract tolerates, each with a budget of its own

# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup()
{
	need_programs
	cd "$BATS_TEST_TMPDIR" || return
	{
		echo id,gender,mail
		for i in {1..100}; do
			case $i in
			10 | 20 | 30) echo "$i,9,a$i@x" ;;
			40) echo "$i,9,nobody" ;;
			50) echo "$i,1,nobody" ;;
			*) echo "$i,1,a$i@x" ;;
			esac
		done
	} >in.csv
}

# tolerate JSON: the schema s.json, which tolerates that
tolerate()
{
	printf '{"fields": [{"name": "id", "type": "integer"},
		{"name": "gender", "type": "integer", "constraints": {"maximum": 2, "required": true}},
		{"name": "mail", "type": "string", "format": "email"}],
	 "primaryKey": "id", "caravan": {"tolerate": %s}}\n' "$1" >s.json
}

@test "rows that are tolerated are rejected, and do not count" {
	tolerate '[{"code": "constraint-error", "column": "gender", "max": 4}, {"code": "type-error", "max": "1%"}]'
	run -0 --separate-stderr validate s.json in.csv --rejects bad.csv --report r.json --stats s.txt -o out.csv
	[ "$(wc -l <out.csv)" = 96 ]
	[ "$(tail -n +2 bad.csv | cut -d, -f1,5,7 | paste -sd' ')" = \
		'10,10,constraint-error 20,20,constraint-error 30,30,constraint-error 40,40,constraint-error 50,50,type-error' ]
	# each of them is told of, as any other
	[ "${#stderr_lines[@]}" = 5 ]
	python3 - <<-'END'
		import json
		r = json.load(open("r.json"))
		assert (r["rows"], r["passed"], r["rejected"]) == (100, 95, 5), r
		assert r["tolerated"] == [
			{"code": "constraint-error", "column": "gender", "rule": None, "max": "4", "allowed": 4, "used": 4, "over": 0},
			{"code": "type-error", "column": None, "rule": None, "max": "1%", "allowed": 1, "used": 1, "over": 0}], r
		s = json.load(open("s.txt"))
		assert (s["rows_in"], s["rows_out"], s["rejected"]) == (100, 95, 5), s
	END
	run -0 validate -q s.json in.csv --report r.txt --report-format text -o out.csv
	[ "$(tail -2 r.txt)" = "tolerated: constraint-error of 'gender': 4 of at most 4 rows
tolerated: type-error: 1 of at most 1 rows, 1%" ]
}

@test "what exceeds a number counts against --max-rejects, at once" {
	tolerate '[{"code": "constraint-error", "column": "gender", "rule": "maximum", "max": 2}, {"code": "type-error", "max": 5}]'
	run -1 --separate-stderr validate -q s.json in.csv -o out.csv
	[ "$stderr" = 'validate: in.csv:31: 1 row rejected, --max-rejects allows 0' ]
	[ ! -e out.csv ]
	run -1 --separate-stderr validate -q --max-rejects 1 s.json in.csv --report r.txt --report-format text -o out.csv
	[ "$stderr" = 'validate: 2 of 100 rows rejected, --max-rejects allows 1' ]
	grep -qx "tolerated: constraint-error of 'gender' (maximum): 4 of at most 2 rows: 2 too many" r.txt
	run -0 --separate-stderr validate -q --max-rejects 2 s.json in.csv -o out.csv
	run -0 --separate-stderr validate -q --max-rejects 2% s.json in.csv -o out.csv
	run -1 --separate-stderr validate -q --max-rejects 1% s.json in.csv -o out.csv
	[ "$stderr" = 'validate: 2 of 100 rows rejected, --max-rejects allows 1%' ]
}

@test "what exceeds a share counts when the rows are known" {
	tolerate '[{"code": "constraint-error", "max": "2%"}, {"code": "type-error", "max": "100%"}]'
	run -1 --separate-stderr validate -q s.json in.csv --rejects bad.csv -o out.csv
	[ "$stderr" = 'validate: 2 of 100 rows rejected, --max-rejects allows 0' ]
	[ "$(wc -l <bad.csv)" = 6 ]
	run -0 --separate-stderr validate -q --max-rejects 2 s.json in.csv -o out.csv
	tolerate '[{"code": "constraint-error", "max": "4%"}, {"code": "type-error", "max": "0.9%"}]'
	run -1 --separate-stderr validate -q s.json in.csv -o out.csv
	[ "$stderr" = 'validate: 1 of 100 rows rejected, --max-rejects allows 0' ]
}

@test "a row with one finding that is not tolerated is not excused" {
	tolerate '[{"code": "constraint-error", "max": 100}]'
	run -1 --separate-stderr validate -q s.json in.csv -o out.csv
	[ "$stderr" = 'validate: in.csv:41: 1 row rejected, --max-rejects allows 0' ]
	run -0 --separate-stderr validate -q --max-rejects 2 s.json in.csv -o out.csv
}

@test "of two that fit, the first is charged" {
	tolerate '[{"code": "constraint-error", "column": "gender", "max": 3}, {"code": "constraint-error", "max": 9}, {"code": "type-error", "max": 9}]'
	run -0 --separate-stderr validate -q --max-rejects 1 s.json in.csv --report r.txt --report-format text -o out.csv
	[ "$(tail -2 r.txt)" = "tolerated: constraint-error of 'gender': 4 of at most 3 rows: 1 too many
tolerated: type-error: 1 of at most 9 rows" ]
}

@test "keys and rows can be tolerated too" {
	tolerate '[{"code": "primary-key", "max": 1}, {"code": "missing-cell", "max": 1}, {"code": "encoding-error", "max": 1}]'
	printf 'id,gender,mail\n1,1,\n1,1,\n2,1\n3,1,\xff\n' >in.csv
	run -0 --separate-stderr validate -q s.json in.csv
	[ "$output" = $'id,gender,mail\n1,1,' ]
}

# two_shards: a.keys of ids 1 to 10, b.keys of ids 8 to 17; the mails differ but in case, for all from 8 to 10
two_shards()
{
	seq 1 10 | sed 's/.*/&,1,a&@x/; 1i id,gender,mail' >a.csv
	seq 8 17 | sed 's/.*/&,1,A&@x/; 1i id,gender,mail' >b.csv
	for shard in a b; do
		validate --keys-out $shard.keys s.json $shard.csv -o good-$shard.csv
	done
}

# tolerate_keys JSON: the schema s.json with two keys, which tolerates that
tolerate_keys()
{
	tolerate "$1"
	sed -i 's/"caravan": {/"caravan": {"uniqueKeys": ["lower(mail)"], /' s.json
}

@test "keys of all shards together: --schema has their budgets" {
	tolerate_keys '[{"code": "primary-key", "max": 3}, {"code": "unique-error", "column": "lower(mail)", "max": "15%"}, {"code": "type-error", "max": 0}]'
	two_shards
	run -1 --separate-stderr validate -q --keys-check a.keys b.keys
	[ "$stderr" = 'validate: b.keys:2: 1 row rejected, --max-rejects allows 0' ]
	run -0 --separate-stderr validate --keys-check --schema s.json --rejects bad.csv --stats s.txt a.keys b.keys
	# each is told of and written, as any other
	[ "${#stderr_lines[@]}" = 6 ]
	[ "$(tail -n +2 bad.csv | cut -d, -f1 | sort | uniq -c | xargs)" = '3 primaryKey 3 uniqueKeys' ]
	grep -q '"rejected": 6' s.txt
	# a share is of the rows that passed: 3 of 20
	tolerate_keys '[{"code": "primary-key", "max": 2}, {"code": "unique-error", "max": "14.9%"}]'
	run -1 --separate-stderr validate -q --keys-check --schema s.json --max-rejects 1 a.keys b.keys
	[ "$stderr" = 'validate: 2 of 40 rows rejected, --max-rejects allows 1' ]
	run -0 validate -q --keys-check --schema s.json --max-rejects 2 a.keys b.keys
	tolerate_keys '[{"code": "unique-error", "rule": "uniqueKeys", "max": 3}]'
	run -1 --separate-stderr validate -q --keys-check --schema s.json a.keys b.keys
	[ "$stderr" = 'validate: b.keys:2: 1 row rejected, --max-rejects allows 0' ]
	tolerate_keys '[]'
	run -1 validate -q --keys-check --schema s.json a.keys b.keys
	run -0 validate -q --keys-check --schema s.json a.keys
}

@test "--schema: what it cannot be" {
	tolerate '[]'
	two_shards
	run -2 --separate-stderr validate --schema s.json s.json a.csv
	[ "$stderr" = 'validate: --schema does not go with a schema' ]
	run -2 --separate-stderr validate --keys-check --schema nowhere.json a.keys
	[ "$stderr" = "validate: cannot open 'nowhere.json': No such file or directory" ]
	tolerate '[{"code": "primary-key", "max": "x"}]'
	run -2 --separate-stderr validate --keys-check --schema s.json a.keys
	[ "$stderr" = "validate: s.json: caravan: 'max' of 'tolerate': 'x' is neither a number of rows nor a share such as 0.1%" ]
}

@test "errors in what is tolerated: status 2" {
	while IFS='|' read -r json message; do
		tolerate "$json"
		run -2 --separate-stderr validate s.json in.csv
		[ "$stderr" = "validate: s.json: caravan: $message" ]
	done <<-'END'
		{}|'tolerate' must be an array
		[{}]|each of 'tolerate' must have a 'code', and may have a 'column' and a 'rule', which are texts
		[7]|each of 'tolerate' must have a 'code', and may have a 'column' and a 'rule', which are texts
		[{"code": "type-error"}]|each of 'tolerate' must have a 'max', a number of rows or a share such as "2%"
		[{"code": "type-error", "max": "x"}]|'max' of 'tolerate': 'x' is neither a number of rows nor a share such as 0.1%
		[{"code": "type-error", "max": -1}]|'max' of 'tolerate': '-1' is neither a number of rows nor a share such as 0.1%
		[{"code": "type-error", "max": 1, "colum": "id"}]|'tolerate' knows no 'colum'
		[{"code": "type-error", "max": 1, "column": 3}]|each of 'tolerate' must have a 'code', and may have a 'column' and a 'rule', which are texts
		[{"code": "typ-error", "max": 1}]|'tolerate' names typ-error, which the schema has no rule for
		[{"code": "type-error", "column": "nom", "max": 1}]|'tolerate' names type-error of 'nom', which the schema has no rule for
		[{"code": "constraint-error", "column": "gender", "rule": "pattern", "max": 1}]|'tolerate' names constraint-error of 'gender' by that rule, which the schema has no rule for
	END
}
