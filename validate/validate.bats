#!/usr/bin/env bats
#
# validate.bats - validate from its command line: what passes, what is refused, and how it ends

# A filter's output is compared with its own input, and some tests are scripts for another shell.
# shellcheck disable=SC2094,SC2016

bats_require_minimum_version 1.5.0

setup()
{
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	cat >s.json <<-'END'
		{"fields": [
			{"name": "id", "type": "integer", "constraints": {"minimum": 1}},
			{"name": "name", "type": "string", "constraints": {"maxLength": 5}}],
		 "primaryKey": "id"}
	END
	printf '%s\n' '{"fields": [{"name": "a"}]}' >any.json
}

# schema FIELD...: a schema of these fields into f.json
schema()
{
	local IFS=,
	printf '{"fields": [%s]}\n' "$*" >f.json
}

# codes FILE: _row, _column, _code of a rejects file; a row in it may have any number of cells
codes()
{
	python3 -c '
import csv, sys
rows = list(csv.reader(open(sys.argv[1], newline="")))
assert rows[0][-5:] == ["_stage", "_row", "_column", "_code", "_message"], rows[0]
for stage, row, column, code, message in (r[-5:] for r in rows[1:]):
    assert stage == "validate" and message
    print(row, column or "-", code)' "$1"
}

# errors: the report r.json as lines: code, column, rule, count
errors()
{
	python3 -c '
import json
for e in json.load(open("r.json"))["errors"]:
    print(e["code"], e["column"], e["rule"], e["count"])'
}

# Good rows pass

@test "good rows pass byte for byte, quoted as they came" {
	schema '{"name":"a"}' '{"name":"b"}'
	printf 'a,b\n1,2\n"1","2"\n"",\n,""\n"a\nb","c""d"\n é ," x"\n' >in.csv
	validate f.json in.csv >out.csv
	cmp in.csv out.csv
	validate f.json <in.csv | cmp in.csv
	validate f.json - <in.csv | cmp in.csv
}

@test "a header alone passes" {
	printf 'id,name\n' >in.csv
	validate s.json in.csv | cmp in.csv
	printf 'id,name' | validate s.json | cmp in.csv
}

@test "one column: NULL, the empty string, and a quoted end mark" {
	printf 'a\n\n""\nx\n"\\."\n' >in.csv
	validate any.json in.csv | cmp in.csv
}

@test "a BOM is dropped, CRLF becomes LF, a last line without end is one" {
	printf '\xef\xbb\xbfid,name\r\n1,x\r\n2,"y\r\nz"' | validate s.json >out.csv
	printf 'id,name\n1,x\n2,"y\r\nz"\n' | cmp - out.csv
}

@test "zstd is read, sealed or not, and -o x.zst is sealed" {
	printf 'id,name\n1,x\n2,y\n' >in.csv
	zstd -q in.csv -o plain.csv.zst
	validate s.json plain.csv.zst | cmp in.csv
	validate s.json in.csv -o out.csv.zst
	zstd -dcq out.csv.zst | cmp in.csv
	[ "$(stat -c %a out.csv.zst)" = 600 ]
	validate s.json out.csv.zst | cmp in.csv
	validate s.json <out.csv.zst | cmp in.csv
}

@test "several files are one stream" {
	printf 'id,name\n1,x\n' >a.csv
	printf 'id,name\n2,y\n' >b.csv
	printf 'id,name\n' >none.csv
	validate s.json a.csv none.csv b.csv >out.csv
	printf 'id,name\n1,x\n2,y\n' | cmp - out.csv
	printf 'id,nom\n2,y\n' >c.csv
	run -2 validate s.json a.csv c.csv
	[[ $output == *"'a.csv' and 'c.csv' have different headers"* ]]
}

# Rows that are refused

@test "each kind of error has its code, its column and a message" {
	cat >f.json <<-'END'
		{"fields": [
			{"name": "i", "type": "integer",
			 "constraints": {"required": true, "minimum": 10, "exclusiveMaximum": 20}},
			{"name": "s", "type": "string", "constraints":
			 {"minLength": 2, "maxLength": 3, "pattern": "[a-zé]*", "unique": true}},
			{"name": "e", "type": "string", "constraints": {"enum": ["x", "y"]}},
			{"name": "d", "type": "date", "constraints": {"maximum": "2020-12-31"}}]}
	END
	cat >in.csv <<-'END'
		i,s,e,d
		10,éé,x,2020-12-31
		,ab,,
		x,ab,,
		9,ac,,
		20,ad,,
		11,a,,
		11,abcd,,
		11,a1,,
		11,éé,,
		11,,z,
		11,,,2021-01-01
		11,,,2020-02-30
		11,,
		11,,,,
		,,,
		"",,,
		19.0,ae,,
	END
	run -0 --separate-stderr validate --max-rejects 100 --rejects bad.csv f.json in.csv -o out.csv
	printf 'i,s,e,d\n10,éé,x,2020-12-31\n' | cmp - out.csv
	diff - <(codes bad.csv) <<-'END'
		2 i constraint-error
		3 i type-error
		4 i constraint-error
		5 i constraint-error
		6 s constraint-error
		7 s constraint-error
		8 s constraint-error
		9 s unique-error
		10 e constraint-error
		11 d constraint-error
		12 d type-error
		13 - missing-cell
		14 - extra-cell
		15 - blank-row
		16 i constraint-error
		17 i type-error
	END
	diff - <(printf '%s\n' "$stderr") <<-'END'
		validate: in.csv:3: column 'i': constraint-error: constraint "required" is "true", the value is NULL
		validate: in.csv:4: column 'i': type-error: type is "integer/default", the value is "x"
		validate: in.csv:5: column 'i': constraint-error: constraint "minimum" is "10", the value is "9"
		validate: in.csv:6: column 'i': constraint-error: constraint "exclusiveMaximum" is "20", the value is "20"
		validate: in.csv:7: column 's': constraint-error: constraint "minLength" is "2", the value is "a"
		validate: in.csv:8: column 's': constraint-error: constraint "maxLength" is "3", the value is "abcd"
		validate: in.csv:9: column 's': constraint-error: constraint "pattern" is "[a-zé]*", the value is "a1"
		validate: in.csv:10: column 's': unique-error: the value "éé" is the same as in row 1
		validate: in.csv:11: column 'e': constraint-error: constraint "enum" is "["x","y"]", the value is "z"
		validate: in.csv:12: column 'd': constraint-error: constraint "maximum" is "2020-12-31", the value is "2021-01-01"
		validate: further rejects are not shown
	END
}

@test "a row with several errors is rejected once and counted under each" {
	printf 'id,name\n0,toolong\n' >in.csv
	run -0 --separate-stderr validate --max-rejects 1 --report r.json --rejects bad.csv s.json in.csv
	[ "$output" = id,name ]
	[[ $stderr == *"column 'id': constraint-error: "*"; also constraint-error (maxLength) of 'name'" ]]
	[ "$(codes bad.csv)" = '1 id constraint-error' ]
	diff - <(errors) <<-'END'
		constraint-error id minimum 1
		constraint-error name maxLength 1
	END
}

@test "invalid UTF-8 and NUL bytes are rejects" {
	printf 'id,name\n1,\xff\n2,a\0b\n3,ok\n4,\xed\xa0\x80\n' >in.csv
	validate -q --max-rejects 3 --rejects bad.csv s.json in.csv >out.csv
	printf 'id,name\n3,ok\n' | cmp - out.csv
	[ "$(grep -ac encoding-error bad.csv)" = 3 ]
}

@test "a long value is cut in messages, at a character's border" {
	{ echo id,name; echo "x$(printf 'é%.0s' {1..200}),a"; } >in.csv
	run -1 --separate-stderr validate s.json in.csv
	[[ $stderr == *"the value is \"x$(printf 'é%.0s' {1..59})…\""* ]]
}

@test "a huge field passes, and is refused in one line" {
	python3 -c 'print("a\n" + "x" * 20_000_000)' >in.csv
	validate any.json in.csv | cmp in.csv
	schema '{"name":"a","type":"string","constraints":{"maxLength":19999999}}'
	run -1 --separate-stderr validate f.json in.csv
	[ "${#stderr}" -lt 500 ]
}

@test "jsonSchema, categories, and items of a list" {
	cat >f.json <<-'END'
		{"fields": [
			{"name": "o", "type": "object", "constraints": {"minLength": 1, "jsonSchema":
				{"required": ["v"], "properties": {"v": {"type": "integer"}}}}},
			{"name": "c", "type": "integer", "categories": [{"value": 1, "label": "one"}, {"value": 2}]},
			{"name": "l", "type": "list", "itemType": "date", "constraints": {"maxLength": 2}}]}
	END
	cat >in.csv <<-'END'
		o,c,l
		"{""v"":100}",01,"2024-01-01,2024-01-02"
		"{""v"":""bad""}",,
		{},,
		,3,
		,1,"2024-01-01,x"
		,1,"2024-01-01,2024-01-01,2024-01-01"
	END
	run -0 --separate-stderr validate --max-rejects 9 --report r.json f.json in.csv
	[[ $stderr == *'in.csv:3: column '"'o'"': constraint-error: constraint "jsonSchema" is "{"properties":'* ]]
	[ "$output" = "$(head -2 in.csv)" ]
	diff - <(errors) <<-'END'
		constraint-error o minLength 1
		constraint-error o jsonSchema 2
		constraint-error c categories 1
		type-error l type 1
		constraint-error l maxLength 1
	END
}

@test "rules and unique keys that are expressions" {
	cat >f.json <<-'END'
		{"fields": [
			{"name": "id", "type": "integer"},
			{"name": "mail", "type": "string"},
			{"name": "starts", "type": "datetime"},
			{"name": "ends", "type": "datetime"},
			{"name": "price", "type": "number", "missingValues": ["-"]}],
		 "caravan": {
			"rules": [
				{"name": "period", "expression": "ends >= starts"},
				{"name": "price", "expression": "100 / id < 60 AND coalesce(price, 1) < 10"}],
			"uniqueKeys": ["lower(mail)"]}}
	END
	cat >in.csv <<-'END'
		id,mail,starts,ends,price
		5,a@x,2024-01-01 03:00:00+03,2024-01-01 00:00:00+00,9.5
		6,A@X,,,9
		0,b@x,2024-01-03 00:00:00+00,2024-01-02 00:00:00+00,9
		7,c@x,x,,-
		8,É@x,,,10
		9,é@x,,,-
		9,É@x,,,-
		9,,,,
		9,,,,
		0,d@x,,,
	END
	run -0 --separate-stderr validate --max-rejects 99 --report r.json f.json in.csv
	diff - <(printf '%s\n' "$output") <<-'END'
		id,mail,starts,ends,price
		5,a@x,2024-01-01 03:00:00+03,2024-01-01 00:00:00+00,9.5
		9,é@x,,,-
		9,,,,
		9,,,,
	END
	diff - <(printf '%s\n' "$stderr") <<-'END'
		validate: in.csv:3: unique-error: the values of (lower(mail)) are the same as in row 1
		validate: in.csv:4: row-constraint: period "ends >= starts" does not hold; also row-constraint (price)
		validate: in.csv:5: column 'starts': type-error: type is "datetime/default", the value is "x"
		validate: in.csv:6: row-constraint: price "100 / id < 60 AND coalesce(price, 1) < 10" does not hold
		validate: in.csv:8: unique-error: the values of (lower(mail)) are the same as in row 6
		validate: in.csv:11: row-constraint: price "100 / id < 60 AND coalesce(price, 1) < 10" fails with 22012: division by zero
	END
	diff - <(errors) <<-'END'
		type-error starts type 1
		row-constraint None period 1
		row-constraint None price 3
		unique-error lower(mail) uniqueKeys 2
	END
}

@test "errors in expressions: status 2, and the place in the expression" {
	printf 'a\n1\n' >in.csv
	while IFS='|' read -r expression message; do
		printf '{"fields":[{"name":"a","type":"integer"}],"caravan":{"rules":[{"name":"r","expression":"%s"}]}}' \
			"$expression" >f.json
		run -2 --separate-stderr validate f.json in.csv
		[ "$stderr" = "validate: f.json: caravan: r: $message" ]
	done <<-'END'
		b > 1|line 1, column 1: column "b" does not exist, did you mean "a"?
		a >|line 1, column 4: syntax error at end of input
		a + 1|line 1, column 3: argument of a rule must be type boolean, not type bigint
		true; DROP TABLE t|line 1, column 7: there is more than one statement; a mapping is one SELECT
	END
	printf '{"fields":[{"name":"a"}],"caravan":{"rules":[{"name":"r"}]}}' >f.json
	run -2 validate f.json in.csv
	[ "$output" = "validate: f.json: caravan: each of 'rules' must have a 'name' and an 'expression'" ]
	printf '{"fields":[{"name":"a"}],"caravan":{"uniqueKeys":["lower("]}}' >f.json
	run -2 validate f.json in.csv
	[ "$output" = 'validate: f.json: caravan: uniqueKeys: line 1, column 7: syntax error at end of input' ]
}

# NULL, the empty string, missing values

@test "NULL is missing; the empty string is by default, and is not with missingValues []" {
	printf 'a,b\n,1\n"",2\nx,3\n' >in.csv
	local field='{"name":"a","type":"string","constraints":{"required":true}}'
	schema "$field" '{"name":"b"}'
	validate -q --max-rejects 2 f.json in.csv >out.csv
	printf 'a,b\nx,3\n' | cmp - out.csv
	printf '{"fields":[%s,{"name":"b"}],"missingValues":[]}' "$field" >f.json
	validate -q --max-rejects 1 f.json in.csv >out.csv
	printf 'a,b\n"",2\nx,3\n' | cmp - out.csv
}

@test "missing values of the schema and of a field; they are NULL to all other rules" {
	cat >f.json <<-'END'
		{"missingValues": ["", "NA"], "fields": [
			{"name": "a", "type": "integer", "constraints": {"minimum": 5, "unique": true}},
			{"name": "b", "type": "integer", "missingValues": ["-"]}]}
	END
	printf 'a,b\nNA,-\nNA,1\n6,NA\n' >in.csv
	validate -q --max-rejects 1 --rejects bad.csv f.json in.csv >out.csv
	[ "$(codes bad.csv)" = '3 b type-error' ]
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

# Change streams

@test "a change stream: keys may come again, of deletions only the key counts" {
	printf 'id,name,_op,_pos\n1,x,i,b:1\n1,y,u,b:2\n1,,d,b:3$\n,,c,b:4$\n2,toolong,i,b:4$\n0,x,d,b:5\n,x,d,b:6$\n' >in.csv
	validate -q --max-rejects 3 --rejects bad.csv --stats stats.json s.json in.csv >out.csv
	{ head -5 in.csv; printf '%s\n' ',,c,b:4$' ',,c,b:6$'; } | diff - out.csv
	[ "$(codes bad.csv)" = $'5 name constraint-error\n6 id constraint-error\n7 id primary-key' ]
	[ "$(jq -c '[.rows_in, .added, .rows_out, .rejected]' stats.json)" = '[7,2,6,3]' ]
}

# The budget, the rejects, the report

@test "over the budget: status 1, no output file, no end mark, the rejects are there" {
	printf 'id,name\n1,a\n0,b\n0,c\n' >in.csv
	run -1 --separate-stderr validate -q s.json in.csv -o out.csv --rejects bad.csv
	[ "$stderr" = 'validate: in.csv:3: 1 row rejected, --max-rejects allows 0' ]
	[ ! -e out.csv ]
	[ "$(codes bad.csv)" = '2 id constraint-error' ]
	validate -q s.json in.csv --max-rejects 2 -o out.csv
	[ "$(cat out.csv)" = $'id,name\n1,a' ]
	run -1 --separate-stderr validate -q s.json in.csv --max-rejects 66% -o 66.csv
	[ "$stderr" = 'validate: 2 of 3 rows rejected, --max-rejects allows 66%' ]
	[ ! -e 66.csv ]
	validate -q s.json in.csv --max-rejects 67% >/dev/null
	run -1 --separate-stderr validate -q --end-mark s.json in.csv
	[[ $output != *'\.'* ]]
}

@test "mended rejects are input again, and their columns are dropped" {
	printf 'id,name\n1,a\n0,"b,""c"""\n2,\n' >in.csv
	validate -q s.json in.csv --max-rejects 1 --rejects bad.csv >/dev/null
	sed -i 's/^0,/7,/' bad.csv
	validate s.json bad.csv >out.csv
	printf 'id,name\n7,"b,""c"""\n' | cmp - out.csv
}

@test "no rejects: the rejects file has a header and nothing else" {
	printf 'id,name\n1,a\n' | validate s.json --rejects bad.csv >/dev/null
	[ "$(cat bad.csv)" = id,name,_stage,_row,_column,_code,_message ]
}

@test "the report counts every rule, with three examples, also over the budget" {
	printf 'id,name\n1,a\n0,b\n-1,c\nx,d\n1,toolong\n-2,f\n-3,\n2,g\n' >in.csv
	run -1 --separate-stderr validate -q s.json in.csv --report r.json
	[ "$stderr" = 'validate: 6 of 8 rows rejected, --max-rejects allows 0' ]
	diff - <(errors) <<-'END'
		type-error id type 1
		constraint-error id minimum 4
		constraint-error name maxLength 1
		primary-key id primaryKey 1
	END
	python3 - <<-'END'
		import json
		r = json.load(open("r.json"))
		assert (r["schema"], r["files"]) == ("s.json", ["in.csv"]), r
		assert (r["rows"], r["passed"], r["rejected"]) == (8, 2, 6), r
		e = r["errors"][1]
		assert e["limit"] == "1", e
		assert [(x["row"], x["value"]) for x in e["examples"]] == [(2, "0"), (3, "-1"), (6, "-2")], e
	END
}

@test "statistics" {
	printf 'id,name\n1,a\n0,b\n' >in.csv
	validate -q --max-rejects 1 --stats s.txt s.json in.csv >/dev/null
	python3 - <<-'END'
		import json
		s = json.load(open("s.txt"))
		assert (s["rows_in"], s["rows_out"], s["rejected"], s["filtered"]) == (2, 1, 1, 0), s
		assert (s["bytes_in"], s["bytes_out"]) == (16, 12), s
	END
}

# The end mark

@test "an end mark is passed on, and --end-mark gives none to a pipe that had none" {
	printf 'id,name\n1,a\n' >in.csv
	{ cat in.csv; echo '\.'; } >marked.csv
	validate s.json <marked.csv | cmp marked.csv
	validate --end-mark s.json <marked.csv | cmp marked.csv
	validate --end-mark s.json in.csv | cmp marked.csv
	run -3 --separate-stderr validate --end-mark s.json <in.csv
	[ "$stderr" = 'validate: standard input ended without an end mark: its writer may have died' ]
	[[ $output != *'\.'* ]]
}

# A slow writer

@test "a pause in the input: what was read is passed on before the next row comes" {
	mkfifo in out
	validate s.json <in >out 3>&- &
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

# Schemas and usage

@test "schema errors: status 2, the place, and nothing is written" {
	printf 'id,name\n1,a\n' >in.csv
	while IFS='|' read -r json message; do
		printf '%s' "$json" >f.json
		run -2 --separate-stderr validate f.json in.csv
		[ "$stderr" = "validate: f.json$message" ]
		[ -z "$output" ]
	done <<-'END'
		{"fields":[|:1: not valid JSON: ']' expected near end of file
		{"fields":[{"name":"id","type":"int"}]}|: field 'id': unknown type 'int'
		{"fields":[{"name":"id","type":"integer","constraints":{"maxLength":3}},{"name":"name"}]}|: field 'id': constraint 'maxLength' does not go with type 'integer'
		{"fields":[{"name":"id","type":"integer","constraints":{"minimum":"x"}},{"name":"name"}]}|: field 'id': constraint 'minimum': 'x' is not of type integer with format default
		{"fields":[{"name":"id"},{"name":"name","type":"string","constraints":{"pattern":"("}}]}|: field 'name': pattern '(': missing closing parenthesis
		{"fields":[{"name":"id"},{"name":"name","type":"date","format":"%Q"}]}|: field 'name': unknown directive '%Q' in the time pattern '%Q'
		{"fields":[{"name":"id"}]}|: the schema has no field 'name'
		{"fields":[{"name":"id"},{"name":"name"},{"name":"x"},{"name":"y"}]}|: missing columns 'x', 'y'
		{"fields":[{"name":"id"},{"name":"nom"}]}|: missing column 'nom', and the schema has no field 'name'
		{"fields":[{"name":"name"},{"name":"id"}]}|: the columns are in another order than the fields, and fieldsMatch is exact
		{"fields":[{"name":"x"}],"fieldsMatch":"partial"}|: no field of the schema is a column of the input, which has 'id', 'name'
		{"fields":[{"name":"x"},{"name":"id"}],"fieldsMatch":"partial","primaryKey":"x"}|: 'primaryKey' names 'x', which the input has not
	END
}

@test "fieldsMatch: equal, subset, superset, partial" {
	printf 'id,name\n1,a\n' >in.csv
	local fields match
	while read -r match fields; do
		printf '{"fieldsMatch":"%s","fields":[%s]}' "$match" "$fields" >f.json
		validate f.json in.csv | cmp in.csv
	done <<-'END'
		equal {"name":"name"},{"name":"id","type":"integer"}
		subset {"name":"id","type":"integer"}
		superset {"name":"x","constraints":{"required":true}},{"name":"name"},{"name":"id"}
		partial {"name":"x"},{"name":"id"}
	END
	printf '{"fieldsMatch":"subset","fields":[{"name":"name","type":"integer"}]}' >f.json
	run -1 --separate-stderr validate f.json in.csv
	[[ $stderr == *"column 'name': type-error"* ]]
}

@test "usage errors are status 2, help and version 0" {
	run -2 validate
	[[ $output == *"no SCHEMA.json was given; try 'validate --help'" ]]
	run -2 validate --nonsense
	run -2 validate --max-rejects x s.json
	run -2 validate nowhere.json
	[ "$output" = "validate: cannot open 'nowhere.json': No such file or directory" ]
	run -0 validate --version
	[[ $output == 'validate (caravan) '* ]]
	run -0 validate --help
}

# Input and output that fail

@test "broken input is status 3 and names the place" {
	run -3 validate s.json </dev/null
	run -3 validate s.json nowhere.csv
	printf 'id,name\n1,"x\n' >in.csv
	run -3 validate s.json in.csv
	[[ $output == *in.csv* ]]
	printf 'id,name\n1,a\n' | validate s.json -o part.csv.zst
	head -c -3 part.csv.zst >cut.csv.zst
	run -3 --separate-stderr validate s.json cut.csv.zst -o out.csv
	[[ $stderr == *cut.csv.zst* ]]
	[ ! -e out.csv ]
}

@test "output that cannot be written is status 3" {
	printf 'id,name\n1,a\n' >in.csv
	run -3 sh -c 'validate s.json in.csv >/dev/full'
	[[ $output == *'No space left on device' ]]
	run -3 validate s.json in.csv -o /nonexistent/out.csv
	run -3 validate s.json in.csv -o out.csv --report /nonexistent/r.json
	[ ! -e out.csv ]
	run -3 validate s.json in.csv -o out.csv --rejects /dev/full
	[ ! -e out.csv ]
	run -3 sh -c 'validate --help >/dev/full'
}

@test "a closed pipe ends it quietly" {
	schema '{"name":"a"}'
	run -0 --separate-stderr bash -c 'seq 1000000 | sed "1i a" | validate f.json | head -1; echo "${PIPESTATUS[2]}"'
	[ "$output" = $'a\n141' ]
	[ -z "$stderr" ]
}

# The manual

@test "the manual, --help and the completion have the same options" {
	validate --help | grep -o -e '--[a-z-]*' | sort -u >help
	sed -n 's/^\.It Fl.* Fl Fl \([a-z-]*\).*/--\1/p; s/^\.It Fl Fl \([a-z-]*\).*/--\1/p' \
		"$BATS_TEST_DIRNAME/validate.1" | sort -u >manual
	diff help manual
	grep -o -e '--[a-z][a-z-]*' "$BATS_TEST_DIRNAME/validate.bash" | sort -u >completion
	diff help completion
}

# Lines that begin with "$ " are commands, what follows them is their output.
@test "the manual's examples do what it says" {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh/p' "$BATS_TEST_DIRNAME/validate.1" |
		sed -n '/^\.Bd/,/^\.Ed/{/^\./d;s/\\e/\\/g;p}' >examples
	grep -q '^\$ validate' examples
	while IFS= read -r line; do
		case $line in '$ '*) eval "${line#??}" 2>&1 || echo "status $?" ;; esac
	done <examples >got
	grep -v '^\$ ' examples | diff - got
}
