#!/usr/bin/env bats
#
# profile.bats - validate --profile from its command line: operands, formats, and bad input

bats_require_minimum_version 1.5.0

setup()
{
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
}

# ask EXPRESSION: what Python says of the profile p.json, t its first table, c the first column
ask()
{
	python3 -c "
import json
p = json.load(open('p.json'))
t = p['tables'][0]
c = t['columns'][0]
print($1)"
}

json()
{
	validate --profile --format json "$@" -o p.json
}

@test "files, folders, standard input, with names and without" {
	printf 'id,x\n1,a\n2,b\n' >a.csv
	printf 'id,x\n3,c\n' >b.csv
	json a.csv b.csv
	[ "$(ask '[(t["name"], t["rows"], t["files"]) for t in p["tables"]]')" = "[('a', 3, ['a.csv', 'b.csv'])]" ]
	json users=a.csv b.csv
	[ "$(ask '[(t["name"], t["rows"]) for t in p["tables"]]')" = "[('users', 3)]" ]
	json u=a.csv v=b.csv u=b.csv
	[ "$(ask '[(t["name"], t["rows"]) for t in p["tables"]]')" = "[('u', 3), ('v', 1)]" ]
	json <a.csv
	[ "$(ask '(t["name"], t["rows"])')" = "('stdin', 2)" ]
	json n=- <a.csv
	[ "$(ask '(t["name"], t["rows"])')" = "('n', 2)" ]
	mkdir -p raw/one raw/two raw/empty
	echo '{"fields":[{"name":"id"},{"name":"x"}]}' >any.json
	validate any.json a.csv -o raw/one/part-00000.csv.zst
	validate any.json b.csv -o raw/two/part-00000.csv.zst
	json raw
	[ "$(ask '[(t["name"], t["rows"]) for t in p["tables"]]')" = "[('one', 2), ('two', 1)]" ]
	json raw/one/ second=raw/two
	[ "$(ask '[(t["name"], t["rows"]) for t in p["tables"]]')" = "[('one', 2), ('second', 1)]" ]
	cp a.csv x=y.csv
	json ./x=y.csv
	[ "$(ask 't["name"]')" = x=y ]
}

@test "usage errors are status 2" {
	printf 'id,x\n1,a\n' >a.csv
	printf 'id,y\n1,a\n' >b.csv
	mkdir none
	run -2 validate --profile --format xml a.csv
	run -2 validate --profile --key no a.csv
	[ "$output" = "validate: the table 'a' has no column 'no'" ]
	run -2 validate --profile --key b=id a.csv
	[[ $output == *"there is no table 'b'" ]]
	run -2 validate --profile a.csv b.csv
	[[ $output == *"have different headers"* ]]
	run -2 validate --profile u=
	run -2 validate --profile none
	[[ $output == *"has neither shards"* ]]
	run -2 validate --profile --rejects r.csv a.csv
	run -2 validate --profile --diff id a.csv b.csv
	run -2 validate --format json s.json a.csv
	run -3 validate --profile missing.csv
}

@test "no rows, one column, NULL and the empty string" {
	run -3 validate --profile </dev/null
	printf 'a,b\n' >in.csv
	json in.csv
	[ "$(ask '(t["rows"], c["distinct"], c["types"], c["shapes"], c["eras"], "min" in c)')" = '(0, 0, [], [], [], False)' ]
	validate --profile in.csv
	validate --profile --format markdown in.csv
	printf 'a\n\n""\n x\n\n' >in.csv
	json in.csv
	[ "$(ask '(t["rows"], c["nulls"], c["empty"], c["distinct"], c["length"], c["traits"])')" = \
		"(4, 2, 1, 2, {'min': 0, 'max': 2}, {'padded': 1})" ]
	[ "$(ask 'c["expression"]')" = 'nullif(btrim(a, E'"' \\t\\r\\n'), '')" ]
}

@test "broken rows are left out, counted and told" {
	printf 'a,b\n1,2\n1\n1,2,3\n\xff,1\n1,\x00\n"x\r\ny",2\r\n' >in.csv
	run -0 --separate-stderr validate --profile --format json in.csv -o p.json
	[ "$stderr" = 'validate: warning: in: 4 rows left out: 1 with too few cells, 1 with too many, 2 not UTF-8' ]
	[ "$(ask '(t["rows"], t["defects"])')" = "(2, {'missing-cell': 1, 'extra-cell': 1, 'encoding-error': 2})" ]
	printf 'a,b\n1,"2\n' >in.csv
	run -3 validate --profile in.csv
	[[ $output == *'the quoted field is not closed'* ]]
	printf 'id\n1\n' | validate <(echo '{"fields":[{"name":"id"}]}') -o part.csv.zst
	head -c -3 part.csv.zst >cut.csv.zst
	run -3 validate --profile cut.csv.zst -o out
	[ ! -e out ]
}

@test "an end mark is asked for, a full disk and a closed pipe are noticed" {
	run -3 validate --profile --end-mark < <(printf 'a\n1\n')
	[[ $output == *'without an end mark'* ]]
	printf 'a\n1\n\\.\n' | validate --profile --end-mark >out
	printf 'a\n1\n' >in.csv
	run -3 sh -c 'validate --profile in.csv >/dev/full'
	run -0 --separate-stderr bash -c 'validate --profile in.csv | true; exit 0'
	[ -z "$stderr" ]
	TMPDIR=/nonexistent run -0 validate --profile in.csv
}

@test "a huge field, many columns, names that must be quoted" {
	python3 - <<-'END'
		with open("in.csv", "w") as f:
		    f.write(",".join("c%d" % i for i in range(300)) + ',"order","Strange ""name"","\n')
		    for r in range(50):
		        f.write(",".join(str(r * i) for i in range(300)) + ",1," + "x" * (100000 if r == 7 else 1) + "\n")
	END
	json in.csv
	[ "$(ask '(len(t["columns"]), t["columns"][-1]["length"]["max"])')" = '(302, 100000)' ]
	[ "$(ask 't["columns"][300]["expression"]')" = '"order"::bigint' ]
	[ "$(ask 't["columns"][301]["expression"]')" = '"Strange ""name"","' ]
	validate --profile in.csv >text
	[ "$(wc -L <text)" -lt 400 ]
}

@test "the key: not sorted, not a number, of the manifest" {
	printf 'id,x\n1,a\n3,a\n2,a\n4,a\n' >in.csv
	run -0 --separate-stderr validate --profile --key id --format json in.csv -o p.json
	[ "$stderr" = "validate: warning: in: not sorted by 'id' (row 3 has 2, less than the row before): eras are of the rows as they come, --sort brings them in its order" ]
	[ "$(ask 't["key"]')" = "{'column': 'id', 'numeric': True, 'sorted': False}" ]
	run -0 --separate-stderr validate --profile --key x --format json in.csv -o p.json
	[[ $stderr == *"the key 'x' is no whole number in every row"* ]]
	[ "$(ask 't["key"]["numeric"]')" = False ]
	[ "$(ask 'c["shapes"][0]["first"]')" = "{'row': 1}" ]
	mkdir raw
	validate <(echo '{"fields":[{"name":"id"},{"name":"x"}]}') in.csv -o raw/part-00000.csv.zst
	echo '{"resources":[{"schema":{"primaryKey":["id"]}}]}' >raw/datapackage.json
	json raw 2>/dev/null
	[ "$(ask 't["key"]["column"]')" = id ]
}

@test "keys: single columns, pairs, repeats that differ by case" {
	python3 - <<-'END'
		with open("in.csv", "w") as f:
		    f.write("a,b,c,mail\n")
		    for i in range(10000):
		        name = "User" if i % 100 == 7 else "user"
		        f.write("%d,%d,x,%s%d@example.org\n" % (i // 100, i % 100, name, i // 2 if i % 100 == 7 else i))
	END
	cut -d, -f1-3 in.csv >pair.csv
	json pair.csv
	[ "$(ask '[(k["columns"], k["unique"], k["method"]) for k in t["keys"]]')" = "[(['a', 'b'], True, 'exact')]" ]
	sed '$p' pair.csv >again.csv
	json again.csv
	[ "$(ask '[(k["columns"], k["unique"], k["repeated"]) for k in t["keys"]]')" = "[(['a', 'b'], False, 1)]" ]
	json in.csv
	python3 - <<-'END'
		import json
		rows = ["%s%d" % ("User" if i % 100 == 7 else "user", i // 2 if i % 100 == 7 else i) for i in range(10000)]
		(k,) = [k for k in json.load(open("p.json"))["tables"][0]["keys"] if k["columns"] == ["mail"]]
		assert k["repeated"] == len(rows) - len(set(rows)), k
		assert k["repeated_without_case"] == len(rows) - len({r.lower() for r in rows}) > 0, k
	END
}

@test "values beyond the exact counts: distinct, frequent ones, repeats on disk" {
	python3 - <<-'END'
		import random
		random.seed(5)
		with open("in.csv", "w") as f:
		    f.write("often,many,long\n")
		    for i in range(300000):
		        often = "hit%d" % (i % 5) if random.random() < 0.3 else str(random.randrange(10**9))
		        f.write("%s,%d,%064d\n" % (often, i * 7919 % 300007, i % 299000))
	END
	json in.csv
	python3 - <<-'END'
		import csv, collections, json
		t = json.load(open("p.json"))["tables"][0]
		rows = list(csv.DictReader(open("in.csv")))
		for c in t["columns"]:
		    true = collections.Counter(r[c["name"]] for r in rows)
		    assert abs(c["distinct"] - len(true)) <= 0.03 * len(true), (c["name"], c["distinct"])
		    for v in c["top"]["values"]:
		        if v["value"] in true:
		            assert v["rows"] <= true[v["value"]] <= v["rows_at_most"]
		    if c["name"] == "often":
		        assert {v["value"] for v in c["top"]["values"][:5]} == {"hit%d" % i for i in range(5)}
		keys = {k["columns"][0]: k for k in t["keys"]}
		assert keys["many"]["unique"] and keys["many"]["method"] == "exact"
		assert keys["long"]["repeated"] == 1000 and keys["long"]["example"]["row"] == 299001, keys["long"]
	END
}

@test "the same input gives the same bytes, in all formats" {
	python3 -c '
print("id,x,y")
for i in range(5000): print("%d,%s,%s" % (i, i * 7 % 13, "a-%d" % i if i < 3000 else "%d%%" % i))' >in.csv
	for f in text json markdown; do
		validate --profile --format $f --key id in.csv >one
		validate --profile --format $f --key id in.csv >two
		cmp one two
	done
	validate --profile --format markdown --key id in.csv >md
	grep -qx '## in' md
	grep -qx '| shape | rows | share | examples |' md
	grep -q '^- era 2: row 3001 (key 3000) to row 5000 (key 4999)$' md
	validate --profile --stats s.json in.csv >one
	python3 -c 'import json; assert json.load(open("s.json"))["rows_in"] == 5000'
}

# eras_by_key SEED: sorted.csv with eras along id, and shuffled.csv with the same rows
eras_by_key()
{
	echo "# shuffled with seed $1" >&2
	python3 - "$1" <<-'END'
		import random, sys
		random.seed(int(sys.argv[1]))
		rows = []
		for i in range(1, 30001):
		    key = i * 3 - 40000
		    day = "2014-%02d-%02d" % (i % 12 + 1, i % 28 + 1)
		    reg = str(1300000000 + i) if i <= 11111 else day if i <= 22222 else day[8:] + "/" + day[5:7] + "/2016"
		    name = ["", '""', "x,y", 'say "so"', "line\nbreak"][i % 5]
		    name = '"%s"' % name.replace('"', '""') if i % 5 > 1 else name
		    rows.append("%d,%s,%s,%d" % (key, reg, name, i % 3))
		def write(path, rows):
		    with open(path, "w") as f:
		        f.write("id,reg,name,flag\n" + "\n".join(rows) + "\n")
		write("sorted.csv", rows)
		random.shuffle(rows)
		write("shuffled.csv", rows)
	END
}

@test "--sort: a table in any order is told as in the order of its key" {
	eras_by_key 11
	validate --profile --format json --key id t=sorted.csv -o sorted.json
	for memory in 2M 64M; do
		run -0 --separate-stderr validate --profile --format json --sort --memory $memory --key id t=shuffled.csv -o p.json
		[ -z "$stderr" ]
		[ "$(ask 't["key"]')" = "{'column': 'id', 'numeric': True, 'sorted': True, 'sorted_first': True}" ]
		[ "$(ask '[(e["from"]["key"], e["to"]["key"]) for e in t["columns"][1]["eras"]]')" = \
			'[(-39997, -6667), (-6664, 26666), (26669, 50000)]' ]
		# nothing else is different
		jq 'del(.tables[].key.sorted_first, .tables[].files)' p.json >one
		jq 'del(.tables[].files)' sorted.json | diff - one
	done
	validate --profile --sort --key id shuffled.csv | grep -q 'key id (rows in its order)'
	run -0 --separate-stderr validate --profile --format json --key id shuffled.csv -o p.json
	[[ $stderr == *'not sorted by'*'--sort brings them in its order' ]]
	[ "$(ask 'len(t["columns"][1]["eras"])')" = 0 ]
}

@test "--sort: keys that are no numbers, NULL, the same, of several tables; broken rows" {
	printf 'k,x\nb,1\n,2\n10,3\n\n9,4\na,5\n-9,6\nb,7\n,8\n' >in.csv
	printf 'k,x\n3,1\n1,2\n' >other.csv
	run -0 --separate-stderr validate --profile --format json --sort --key in=k in=in.csv other=other.csv -o p.json
	[ "$stderr" = "validate: warning: in: 1 row left out: 1 with too few cells, 0 with too many, 0 not UTF-8
validate: warning: in: the key 'k' is no whole number in every row: eras are told by row only" ]
	# the first and the last row of each shape of k: NULL, numbers by value, text
	[ "$(ask '[(s["shape"], s["first"]["row"], s["last"]["row"]) for s in c["shapes"]]')" = \
		"[('integer', 3, 5), ('letter', 6, 8), ('null', 1, 2)]" ]
	[ "$(ask '(t["rows"], p["tables"][1]["key"])')" = '(8, None)' ]
	printf 'k,x\n' >in.csv
	validate --profile --sort --key k in.csv
	run -2 validate --profile --sort in.csv
	[ "$output" = 'validate: --sort needs a --key, in whose order rows shall be' ]
	run -2 validate --profile --memory 1K --sort --key k in.csv
	eras_by_key 12
	TMPDIR=/nonexistent run -3 validate --profile --sort --memory 2M --key id shuffled.csv
	[[ $output == *"'/nonexistent"*'No such file or directory' ]]
}

@test "memory does not grow with the rows" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'memory is not measured here'
	seq 1 1500000 | awk 'BEGIN { print "id,x,y" } { printf "%d,v%d@example.org,%d\n", $1, $1 * 7919 % 1500007, $1 % 1000003 }' >in.csv
	/usr/bin/time -f %M -o kb validate --profile in.csv >out
	[ "$(cat kb)" -lt 65536 ]
}

@test "several wide tables stay within what one may take" {
	[ -z "${CARAVAN_SANITIZED-}" ] || skip 'memory is not measured here'
	for t in a b c d; do
		awk -v t="$t" 'BEGIN {
			for (i = 1; i <= 41; i++) printf "%s%s%d", (i > 1 ? "," : ""), t, i
			for (r = 1; r <= 15000; r++)
				for (i = 1; i <= 41; i++)
					printf "%s%s", (i > 1 ? "," : "\n"), (i % 2 ? t "-" r "-" i * r : r % (i * 7))
			print "" }' >$t.csv
	done
	/usr/bin/time -f %M -o kb validate --profile --format json a=a.csv b=b.csv c=c.csv d=d.csv -o p.json
	[ "$(cat kb)" -lt 65536 ]
	[ "$(ask '[len(t["columns"]) for t in p["tables"]]')" = '[41, 41, 41, 41]' ]
	[ "$(ask 'sum(len(t["keys"]) for t in p["tables"])')" = 84 ]
}
