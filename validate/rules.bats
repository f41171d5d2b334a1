#!/usr/bin/env bats
#
# rules.bats - which rows a contract lets pass, and what is said of the others

# A filter's output is compared with its own input, and some tests are scripts for another shell.
# shellcheck disable=SC2094,SC2016,SC2154

bats_require_minimum_version 1.5.0
load contract-helpers

setup()
{
	prepare_contracts
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

# Schemas

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
