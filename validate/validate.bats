#!/usr/bin/env bats
#
# validate.bats - validate from its command line: what passes, and how it ends

# A filter's output is compared with its own input, and some tests are scripts for another shell.
# shellcheck disable=SC2094,SC2016,SC2154

bats_require_minimum_version 1.5.0
load contract-helpers

setup()
{
	prepare_contracts
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

# Usage

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
