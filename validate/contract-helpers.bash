# contract-helpers.bash - what the tests of contracts have in common
#
#	load contract-helpers        (in a .bats file beside it)
#
# shellcheck shell=bash

# prepare_contracts: the programs, the test's folder, and two schemas in it.
prepare_contracts()
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
