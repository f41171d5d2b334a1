#!/usr/bin/env bats
#
# references.bats - keys and foreign keys, over all files

# A filter's output is compared with its own input, and some tests are scripts for another shell.
# shellcheck disable=SC2094,SC2016,SC2154

bats_require_minimum_version 1.5.0
load contract-helpers

setup()
{
	prepare_contracts
}

# Keys

@test "a primary key over files: two columns, NULL, the first good row holds it" {
	cat >f.json <<-'END'
		{"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "string"},
			{"name": "c", "type": "integer"}], "primaryKey": ["a", "b"]}
	END
	printf 'a,b,c\n1,x,bad\n1,x,1\n01,y,2\n' >1.csv
	printf 'a,b,c\n1,y,3\n,y,4\n2,y,5\n+1,x,6\n' >2.csv
	run -0 --separate-stderr validate --max-rejects 9 --rejects bad.csv f.json 1.csv 2.csv
	[ "$output" = $'a,b,c\n1,x,1\n01,y,2\n2,y,5' ]
	diff - <(printf '%s\n' "$stderr") <<-'END'
		validate: 1.csv:2: column 'c': type-error: type is "integer/default", the value is "bad"
		validate: 2.csv:2: primary-key: the values of (a, b) are the same as in row 3 of 1.csv
		validate: 2.csv:3: primary-key: 'a' is NULL
		validate: 2.csv:5: primary-key: the values of (a, b) are the same as in row 2 of 1.csv
	END
}

@test "composite keys are not glued: (ab, c) is not (a, bc)" {
	printf '{"fields":[{"name":"a"},{"name":"b"}],"uniqueKeys":[["a","b"]]}' >f.json
	printf 'a,b\nab,c\na,bc\n,x\n,x\nab,c\n' >in.csv
	run -1 --separate-stderr validate f.json in.csv
	[[ $stderr == *'in.csv:6: unique-error: the values of (a, b) are the same as in row 1'* ]]
}

@test "keys are values: 1.0 is 1, one instant is one, a huge integer is exact" {
	schema '{"name":"a","type":"number","constraints":{"unique":true}}'
	printf 'a\n1.0\n1e0\n' >in.csv
	run -1 validate -q f.json in.csv
	schema '{"name":"a","type":"datetime","constraints":{"unique":true}}'
	printf 'a\n2024-01-01 03:00:00+03\n2024-01-01T00:00:00Z\n' >in.csv
	run -1 validate -q f.json in.csv
	schema '{"name":"a","type":"integer","constraints":{"unique":true}}'
	printf 'a\n9223372036854775807\n9223372036854775808\n18446744073709551615\n' >in.csv
	validate f.json in.csv | cmp in.csv
}

@test "a million unique keys, in bounded memory, equal to what sort says" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'a sanitizer needs memory of its own'
	schema '{"name":"a","type":"string","constraints":{"unique":true}}'
	perl -e 'srand 7; print "a\n"; print "u", int(rand(2_000_000)), "\@example.org\n"
		for 1 .. 1_000_000' >in.csv
	local distinct
	distinct=$(tail -n +2 in.csv | sort -u | wc -l)
	/usr/bin/time -f %M -o kib validate -q --max-rejects 100% f.json in.csv >out.csv
	[ "$(tail -n +2 out.csv | wc -l)" = "$distinct" ]
	[ "$(tail -n +2 out.csv | sort -u | wc -l)" = "$distinct" ]
	[ "$(tail -n 1 kib)" -lt $((distinct * 32 / 1024 + 8192)) ]
}

# References

@test "foreign keys: values of the fields' types, NULL refers to nothing, files of the table" {
	cat >f.json <<-'END'
		{"fields": [{"name": "id", "type": "integer"}, {"name": "country", "type": "string"},
			{"name": "plan", "type": "integer"}],
		 "foreignKeys": [
			{"fields": "country", "reference": {"resource": "countries", "fields": "code"}},
			{"fields": ["plan"], "reference": {"resource": "plans", "fields": ["id"]}}]}
	END
	printf 'name,code\nA,SA\nB,EG\nNone,\n' >countries.csv
	printf 'id\n1\nx\n' >plans.1
	printf 'id\n"02"\n' | zstd -q >plans.2.zst
	printf 'id,country,plan\n1,SA,1\n2,EG,+2\n3,,\n4,XX,1\n5,sa,3\n' >in.csv
	run -0 --separate-stderr validate --max-rejects 2 --rejects bad.csv --report r.json \
		--resource countries=countries.csv --resource plans=plans.1 \
		--resource plans=plans.2.zst f.json in.csv
	[ "$output" = $'id,country,plan\n1,SA,1\n2,EG,+2\n3,,' ]
	diff - <(printf '%s\n' "$stderr") <<-'END'
		validate: in.csv:5: column 'country': foreign-key: the value "XX" is not in countries(code)
		validate: in.csv:6: column 'country': foreign-key: the value "sa" is not in countries(code); also foreign-key (foreignKeys) of 'plan'
	END
	diff - <(errors) <<-'END'
		foreign-key country foreignKeys 2
		foreign-key plan foreignKeys 1
	END
}

@test "a foreign key of two columns; with one of them NULL it refers to nothing" {
	cat >f.json <<-'END'
		{"fields": [{"name": "a"}, {"name": "b"}], "foreignKeys":
			[{"fields": ["a", "b"], "reference": {"resource": "t", "fields": ["y", "x"]}}]}
	END
	printf 'x,y\nb,a\n' >t.csv
	printf 'a,b\na,b\n,x\nb,a\n' >in.csv
	run -1 --separate-stderr validate --resource t=t.csv f.json in.csv
	[[ $stderr == *'in.csv:4: foreign-key: the values of (a, b) are not in t(y, x)'* ]]
}

@test "a table that refers to itself, forwards too" {
	cat >f.json <<-'END'
		{"fields": [{"name": "id", "type": "integer"}, {"name": "parent", "type": "integer"}],
		 "primaryKey": "id",
		 "foreignKeys": [{"fields": "parent", "reference": {"fields": "id"}}]}
	END
	printf 'id,parent\n1,3\n2,\n' >a.csv
	printf 'id,parent\n3,2\n4,9\n' >b.csv
	run -1 --separate-stderr validate f.json a.csv b.csv
	[[ $stderr == *"b.csv:3: column 'parent': foreign-key: the value \"9\" is not in the table itself(id)"* ]]
	run -2 --separate-stderr validate f.json <a.csv
	[[ $stderr == *'which must be read twice'* ]]
}

@test "references that cannot be looked up" {
	cat >f.json <<-'END'
		{"fields": [{"name": "a"}], "foreignKeys":
			[{"fields": "a", "reference": {"resource": "t", "fields": "x"}}]}
	END
	printf 'a\n1\n' >in.csv
	run -2 validate f.json in.csv
	[ "$output" = "validate: f.json: a foreign key refers to 't', which must be given with --resource t=FILE" ]
	printf 'y\n1\n' >t.csv
	run -2 validate --resource t=t.csv f.json in.csv
	[ "$output" = "validate: t.csv: it has no column 'x', to which a foreign key refers" ]
	printf 'x,y\n1,2\n3\n' >t.csv
	run -3 validate --resource t=t.csv f.json in.csv
	[ "$output" = 'validate: t.csv:3: missing-cell in a table that is referred to' ]
	run -3 validate --resource t=nowhere.csv f.json in.csv
	run -2 validate --resource t f.json in.csv
	[ "$output" = "validate: --resource 't' is not NAME=FILE" ]
}
