#!/usr/bin/env bats
#
# keys.bats - keys of shards that are validated side by side: --keys-out and --keys-check

# What run --separate-stderr sets is not seen here.
# shellcheck disable=SC2154

bats_require_minimum_version 1.5.0

setup()
{
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	cat >s.json <<-'END'
		{"fields": [
			{"name": "id", "type": "integer"},
			{"name": "mail", "constraints": {"unique": true}},
			{"name": "a", "type": "number"}, {"name": "b", "type": "date"}],
		 "primaryKey": "id", "uniqueKeys": [["a", "b"]],
		 "caravan": {"uniqueKeys": ["lower(mail)"]}}
	END
}

# keys N: validate part-N.csv, its keys to N.keys
keys()
{
	validate -q --max-rejects 100% --keys-out "$1.keys" s.json "part-$1.csv" >"good-$1.csv"
}

@test "the keys of good rows, one record for each that is whole" {
	printf 'id,mail,a,b\n1,x,1.50,2020-01-02\n2,,3,\nno,y,1,2020-01-01\n' >part-0.csv
	keys 0
	sed -E '3s/[0-9a-f]{20,}$/HEX/' 0.keys | diff - /dev/fd/3 3<<-'END'
		rule,key,file,row,value
		primaryKey,id,part-0.csv,1,1
		uniqueKeys,"a, b",part-0.csv,1,\xHEX
		unique,mail,part-0.csv,1,x
		uniqueKeys,lower(mail),part-0.csv,1,\x010000000000000078
		primaryKey,id,part-0.csv,2,2
	END
}

@test "shards that are unique one by one are not together, and each key is told" {
	printf 'id,mail,a,b\n1,x,1.5,2020-01-02\n2,y,3,\n' >part-0.csv
	printf 'id,mail,a,b\n3,X,1.50,2020-01-02\n2,z,3,\n' >part-1.csv
	keys 0
	keys 1
	run -1 --separate-stderr validate --keys-check --rejects r.csv 0.keys 1.keys
	[ "$output" = '' ]
	[ "$stderr" = "validate: 1.keys:3: column 'a, b': unique-error: the value in row 1 of part-1.csv is the same as in row 1 of part-0.csv
validate: 1.keys:3: 1 row rejected, --max-rejects allows 0" ]
	run -0 validate --keys-check --max-rejects 3 --rejects r.csv --stats s.stats 0.keys 1.keys
	[ "${#lines[@]}" = 3 ]
	[ "${lines[1]}" = "validate: 1.keys:5: column 'lower(mail)': unique-error: the value in row 1 of part-1.csv is the same as in row 1 of part-0.csv" ]
	[ "${lines[2]}" = "validate: 1.keys:6: column 'id': primary-key: \"2\" in row 2 of part-1.csv is the same as in row 2 of part-0.csv" ]
	[ "$(wc -l <r.csv)" = 4 ]
	grep -q '"rejected": 3' s.stats
	run -0 validate --keys-check 0.keys
}

@test "it finds what one run over all shards finds" {
	local seed=${SEED:-7} i
	echo "SEED=$seed"
	for i in 0 1 2 3; do
		awk -v s="$((seed + i))" 'BEGIN {
			srand(s)
			print "id,mail,a,b"
			for (i = 0; i < 2000; i++)
				printf "%d,m%d@x,%d.50,2020-01-%02d\n", rand() * 1e6, rand() * 1e6,
					rand() * 1e5, 1 + rand() * 28
		}' >"part-$i.csv"
		# what is left out for a reason of its own must not differ
		validate -q --max-rejects 100% s.json "part-$i.csv" >once
		mv once "part-$i.csv"
	done
	for i in 0 1 2 3; do
		echo "$i"
	done | xargs -P2 -I{} validate -q --keys-out {}.keys.zst s.json part-{}.csv -o /dev/null
	zstd -tq ./*.keys.zst
	validate -q --max-rejects 100% --rejects whole.csv -o good.csv s.json part-?.csv
	validate --keys-check -q --max-rejects 100% --rejects keys.csv ./?.keys.zst
	python3 - <<-'END'
		import csv
		whole = list(csv.DictReader(open("whole.csv")))
		assert len(whole) > 10, len(whole)
		told = {(r["file"], r["row"]) for r in csv.DictReader(open("keys.csv"))}
		files = {}
		for name in ["part-%d.csv" % i for i in range(4)]:
		    for n, r in enumerate(csv.DictReader(open(name)), 1):
		        files[r["id"], r["mail"], r["a"], r["b"]] = name, str(n)
		# a row that a run over all rejects holds no key, so that one may tell fewer
		assert {files[r["id"], r["mail"], r["a"], r["b"]] for r in whole} <= told
	END
}

@test "what is no file of keys, and options that are not for it" {
	printf 'id,mail\n1,x\n' >t.csv
	run -2 validate --keys-check t.csv
	[ "$output" = "validate: t.csv: it has no column 'rule': it is not a file that --keys-out wrote" ]
	printf 'rule,key,file,row,value\nunique,mail,f,0,x\n' >t.csv
	run -3 validate --keys-check t.csv
	[ "$output" = "validate: t.csv:2: this is not a record of a file that --keys-out wrote" ]
	printf 'rule,key,file,row,value\nunique,mail,f,1\n' >t.csv
	run -3 validate --keys-check t.csv
	printf 'rule,key,file,row,value\n' | validate --keys-check
	run -3 bash -c 'printf "rule,key,file,row,value\n" | validate --keys-check --end-mark'
	[ "$output" = 'validate: standard input ended without an end mark: its writer may have died' ]
	run -2 validate --keys-check --keys-out k t.csv
	printf 'id,mail,a,b\n1,x,1,2020-01-01\n' >part-0.csv
	run -3 validate --keys-out /dev/full s.json part-0.csv
	[[ $output == *'/dev/full'*'No space left'* ]]
}

@test "no file of keys is left by a run that failed" {
	printf 'id,mail,a,b\n1,x,1,2020-01-01\n1,y,2,2020-01-01\n' >part-0.csv
	run -1 validate -q --keys-out k.zst s.json part-0.csv -o good.csv
	[ ! -e k.zst ]
	[ ! -e good.csv ]
}

@test "a table that refers to itself, in shards validated side by side" {
	cat >f.json <<-'END'
		{"fields": [{"name": "id", "type": "integer"}, {"name": "parent", "type": "integer"}],
		 "primaryKey": "id",
		 "foreignKeys": [{"fields": "parent", "reference": {"fields": "id"}}]}
	END
	printf 'id,parent\n1,3\n2,\n' >a.csv
	printf 'id,parent\n3,2\n' >b.csv
	run -1 validate f.json a.csv
	run -0 validate --resource =a.csv --resource =b.csv f.json a.csv
	run -0 validate --resource =a.csv --resource =b.csv f.json <b.csv
}
