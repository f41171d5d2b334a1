#!/usr/bin/env bats
#
# diff.bats - validate --diff and --checksum from the command line

# A filter's output is compared with its own input, and some tests are scripts for another shell.
# shellcheck disable=SC2094,SC2016,SC2154

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup()
{
	need_programs
	cd "$BATS_TEST_TMPDIR" || return
	printf 'id,name,v\n1,a,x\n2,b,\n3,c,""\n9,d,q\n10,e,r\n' >old.csv
	printf 'v,id,name\nx,1,"a"\n"",2,b\n,3,c\n"r",10,e\nz,11,n\nz,11,n\n' >new.csv
}

# plant ROWS DIFFERENCES SEED: old.csv and new.csv in the order of id, and what differs in expected
plant()
{
	perl - "$@" <<-'END'
		my ($n, $differences, $seed) = @ARGV;
		srand $seed;
		print STDERR "# plant $n $differences $seed\n";
		my %kind;
		while (keys %kind < $differences) {
			$kind{1 + int rand $n} = (qw(missing extra name both null))[int rand 5];
		}
		open my $old, '>', 'old.csv';
		open my $new, '>', 'new.csv';
		open my $expected, '>', 'expected';
		print $old "id,name,mail,n\n";
		print $new "n,id,mail,name\n";
		for my $id (1 .. $n) {
			my $kind = $kind{$id} // '';
			my ($name, $mail, $k) = ("user $id", "u$id\@example.org", int rand 1e6);
			print $old "$id,$name,$mail,$k\n" unless $kind eq 'extra';
			if ($kind eq 'missing' || $kind eq 'extra') {
				print $expected "$kind,$id,,,\n";
			}
			if ($kind eq 'name' || $kind eq 'both') {
				print $expected "changed,$id,name,$name,other\n";
				$name = 'other';
			}
			if ($kind eq 'both') {
				print $expected "changed,$id,n,$k,-1\n";
				$k = -1;
			}
			if ($kind eq 'null') {
				print $expected "changed,$id,mail,$mail,\n";
				$mail = '';
			}
			print $new "$k,$id,$mail,\"$name\"\n" unless $kind eq 'missing';
		}
	END
}

# shuffle FILE: its rows in an order that depends on their bytes only
shuffle()
{
	perl -MDigest::MD5=md5 -e 'my $h = <>; print $h, map { $_->[1] }
		sort { $a->[0] cmp $b->[0] } map { [md5($_), $_] } <>' "$1"
}

# differences FILE: its records in an order that does not depend on that of the key
differences()
{
	tail -n +2 "$1" | sort
}

# What differs

@test "missing, extra, changed and repeated rows; columns by name, values by their bytes" {
	run -1 --separate-stderr validate --diff id old.csv new.csv
	diff - <(printf '%s\n' "$output") <<-'END'
		_kind,id,_column,_old,_new
		changed,2,v,,""
		changed,3,v,"",
		missing,9,,,
		extra,11,,,
		duplicate-new,11,,,
	END
	diff - <(printf '%s\n' "$stderr") <<-'END'
		validate: column 'v': 2 values changed
		validate: 5 rows in old.csv, 6 in new.csv: 2 equal, 1 row missing, 1 extra, 2 changed, 1 duplicate in the new
	END
}

@test "nothing differs: status 0, a header, and a word only when asked" {
	run -0 --separate-stderr validate --diff id old.csv old.csv
	[ "$output" = _kind,id,_column,_old,_new ]
	[ -z "$stderr" ]
	run -0 --separate-stderr validate -v --diff id old.csv old.csv
	[ "$stderr" = 'validate: 5 rows in old.csv, 5 in old.csv: 5 equal' ]
	printf 'id\n' >none.csv
	run -0 validate --diff id none.csv none.csv
	run -1 validate -q --diff id --compare id none.csv old.csv
	[ "$(grep -c '^extra,' <<<"$output")" = 5 ]
}

@test "a table of one column, which is its key" {
	printf 'a\n\n""\nx\n' >one.csv
	printf 'a\n""\nx\ny\n' >two.csv
	run -1 --separate-stderr validate --diff a one.csv two.csv
	[ "$output" = $'_kind,a,_column,_old,_new\nmissing,,,,\nextra,y,,,' ]
}

@test "keys of several columns; NULL is a value, and before all others" {
	printf 'a,b,c\n1,,1\n1,"",2\n1,x,3\n2,a,4\n10,a,5\n' >one.csv
	printf 'a,b,c\n1,,1\n1,"",3\n2,a,4\n10,a,5\n10,b,6\n' >two.csv
	run -1 --separate-stderr validate --diff a,b one.csv two.csv
	diff - <(printf '%s\n' "$output") <<-'END'
		_kind,a,b,_column,_old,_new
		changed,1,"",c,2,3
		missing,1,x,,,
		extra,10,b,,,
	END
}

@test "--ignore and --compare choose columns, also ones that only one side has" {
	printf 'id,name,w\n1,a,1\n2,B,2\n3,c,3\n9,d,4\n10,e,5\n' >new.csv
	run -2 validate --diff id old.csv new.csv
	[ "$output" = "validate: the columns differ: only old.csv has 'v', only new.csv has 'w' (--ignore or --compare chooses columns)" ]
	run -1 --separate-stderr validate --diff id --ignore v,w old.csv new.csv
	[ "${#lines[@]}" = 2 ]
	[ "${lines[1]}" = changed,2,name,b,B ]
	run -1 --separate-stderr validate --diff id --compare name old.csv new.csv
	[ "${lines[1]}" = changed,2,name,b,B ]
	run -0 validate --diff id --ignore v,w,name old.csv new.csv
}

@test "the report, as JSON and as text" {
	run -1 validate -q --diff id old.csv new.csv --report r.json -o d.csv
	python3 - <<-'END'
		import json
		r = json.load(open("r.json"))
		assert (r["old"], r["new"], r["key"], r["compared"]) == ("old.csv", "new.csv", ["id"], ["name", "v"]), r
		assert (r["rows_old"], r["rows_new"], r["equal"]) == (5, 6, 2), r
		assert [r[k] for k in ("missing", "extra", "changed", "duplicate-old", "duplicate-new")] == [1, 1, 2, 0, 1], r
		c, = r["columns"]
		assert (c["column"], c["changed"]) == ("v", 2), c
		assert c["examples"] == [{"key": ["2"], "old": None, "new": ""}, {"key": ["3"], "old": "", "new": None}], c
	END
	run -1 validate -q --diff id old.csv new.csv --report r.txt --report-format text -o d.csv
	diff - r.txt <<-'END'
		5 rows in old.csv, 6 in new.csv: 2 equal, 1 row missing, 1 extra, 2 changed, 1 duplicate in the new
		column 'v': 2 values changed
		  id="2": NULL -> ""
		  id="3": "" -> NULL
	END
	[ "$(wc -l <d.csv)" = 6 ]
}

# The order of rows

@test "the order of numbers and that of bytes are both known" {
	printf 'k\n-10\n-9\n9\n10\n99\n100\nx\n' >numbers.csv
	{ echo k; tail -n +2 numbers.csv | LC_ALL=C sort; } >bytes.csv
	run -0 validate --diff k numbers.csv numbers.csv
	run -0 validate --diff k bytes.csv bytes.csv
	run -3 --separate-stderr validate --diff k numbers.csv bytes.csv
	[[ $stderr == *' the rows are not in the order of the key, which --sort brings them in' ]]
	run -0 validate --diff k --sort numbers.csv bytes.csv
	grep -v '^10$' numbers.csv >less.csv
	run -1 --separate-stderr validate -q --diff k numbers.csv less.csv
	[ "${lines[*]:1}" = missing,10,,, ]
	grep -v '^10$' bytes.csv >less.csv
	run -1 --separate-stderr validate -q --diff k less.csv bytes.csv
	[ "${lines[*]:1}" = extra,10,,, ]
}

@test "rows out of order: status 3, and which" {
	printf 'id,name,v\n1,a,x\n3,c,""\n2,b,\n' >late.csv
	run -3 --separate-stderr validate --diff id old.csv late.csv -o d.csv
	[ "$stderr" = "validate: late.csv:4: column 'id': \"2\" comes behind \"3\": the rows are not in the order of the key, which --sort brings them in" ]
	[ ! -e d.csv ]
	printf 'id,k\n1,b\n1,a\n' >late.csv
	run -3 --separate-stderr validate --diff id,k late.csv late.csv
	[[ $stderr == *"late.csv:3: column 'k': \"a\" comes behind \"b\": "* ]]
	printf 'id,k\n1,b\n,a\n' >late.csv
	run -3 --separate-stderr validate --diff id late.csv late.csv
	[[ $stderr == *"late.csv:3: column 'id': NULL comes behind \"1\": "* ]]
}

@test "200000 rows with planted differences: all found and nothing else, in any order, in bounded memory" {
	plant 200000 500 1
	run -1 --separate-stderr /usr/bin/time -f %M -o kib.1 validate -q --diff id old.csv new.csv -o d.csv
	diff <(sort expected) <(differences d.csv)
	shuffle old.csv >old.shuffled
	shuffle new.csv >new.shuffled
	run -1 --separate-stderr /usr/bin/time -f %M -o kib.2 validate -q --diff id --sort --memory 2M \
		old.shuffled new.shuffled -o sorted.csv
	diff <(sort expected) <(differences sorted.csv)
	run -1 --separate-stderr validate -q --diff id --sort old.csv new.shuffled -o again.csv
	cmp sorted.csv again.csv
	[ -n "${CARAVAN_SANITIZED-}" ] || [ "$(tail -n 1 kib.1)" -lt 10000 ]
	[ -n "${CARAVAN_SANITIZED-}" ] || [ "$(tail -n 1 kib.2)" -lt 12000 ]
}

@test "7.5 million rows with 1000 planted differences" {
	[ -n "${SOAK-}" ] || skip 'set SOAK=1'
	plant 7500000 1000 2
	run -1 --separate-stderr /usr/bin/time -f %M -o kib validate -q --diff id old.csv new.csv -o d.csv
	diff <(sort expected) <(differences d.csv)
	[ "$(tail -n 1 kib)" -lt 10000 ]
	run -1 --separate-stderr /usr/bin/time -f %M -o kib validate -q --diff id --sort old.csv new.csv -o d.csv
	diff <(sort expected) <(differences d.csv)
	[ "$(tail -n 1 kib)" -lt 50000 ]
}

@test "sorting: long rows, equal keys in the order they came, where the disk is missing" {
	python3 -c 'print("k,v"); print("b," + "x" * 3_000_000); print("a,2"); print("a,1"); print("b," + "y" * 5_000_000); print("c,")' >in.csv
	printf 'k,v\na,2\nb,z\nc,\n' >other.csv
	run -1 --separate-stderr validate -q --diff k --sort --memory 2M in.csv other.csv
	[ "$(cut -c1-20 <<<"$output")" = $'_kind,k,_column,_old\nduplicate-old,a,,,\nchanged,b,v,xxxxxxxx\nduplicate-old,b,,,' ]
	run -0 validate --diff k --sort other.csv other.csv
	TMPDIR=/nowhere run -3 validate --diff k --sort --memory 2M in.csv other.csv
	[ "$output" = "validate: cannot create a temporary file in '/nowhere': No such file or directory" ]
}

# What the operands are

@test "folders of shards, compressed files, and one pipe" {
	mkdir a
	printf 'id,name,v\n1,a,x\n2,b,\n' | validate --checksum --buckets 1 --bucket 0 -o a/part-00000.csv.zst
	printf 'id,name,v\n3,c,""\n9,d,q\n10,e,r\n' | validate --checksum --buckets 1 --bucket 0 -o a/part-00001.csv.zst
	echo '{}' >a/datapackage.json
	run -0 validate --diff id a old.csv
	run -0 validate --diff id - a <old.csv
	run -2 validate --diff id - - <old.csv
	[ "$output" = 'validate: only one of the two can be standard input' ]
	mkdir none
	run -2 validate --diff id none old.csv
	[ "$output" = "validate: folder 'none' has no shards (*.csv.zst)" ]
	truncate -s -3 a/part-00001.csv.zst
	run -3 --separate-stderr validate --diff id a old.csv
	[[ $stderr == *a/part-00001.csv.zst* ]]
}

@test "a pipe without an end mark may have been cut, and with --end-mark is" {
	run -3 --separate-stderr validate --end-mark --diff id - old.csv <old.csv
	[ "$stderr" = 'validate: standard input ended without an end mark: its writer may have died' ]
	{ cat old.csv; echo '\.'; } >marked.csv
	run -0 --separate-stderr validate --diff id - old.csv <marked.csv
	[ "$output" = $'_kind,id,_column,_old,_new\n\\.' ]
}

@test "rows that are not sound: status 3 and the place" {
	printf 'id,name,v\n1,a,x\n2,b\n' >short.csv
	run -3 --separate-stderr validate --diff id old.csv short.csv
	[ "$stderr" = 'validate: short.csv:3: missing-cell: 2 fields where the header has 3' ]
	printf 'id,name,v\n1,a,\xff\n' >bytes.csv
	run -3 --separate-stderr validate --checksum bytes.csv
	[ "$stderr" = 'validate: bytes.csv:2: encoding-error: not valid UTF-8' ]
	printf 'id,name,v\n1,"a\n' >open.csv
	run -3 validate --diff id open.csv old.csv
	run -3 validate --diff id /dev/null old.csv
	run -3 validate --diff id nowhere.csv old.csv
}

@test "output that cannot be written, and a closed pipe" {
	run -3 sh -c 'validate -q --diff id old.csv new.csv >/dev/full'
	[[ $output == *'No space left on device' ]]
	run -3 validate -q --diff id old.csv new.csv --report /dev/full -o d.csv
	[ ! -e d.csv ]
	seq 200000 | sed 1iid >many.csv
	echo id >none.csv
	run -0 --separate-stderr bash -c 'validate --diff id many.csv none.csv | head -1; echo "${PIPESTATUS[0]}"'
	[ "$output" = $'_kind,id,_column,_old,_new\n141' ]
	[ -z "$stderr" ]
}

@test "usage" {
	while IFS='|' read -r arguments message; do
		# shellcheck disable=SC2086
		run -2 validate $arguments
		[ "$output" = "validate: $message" ]
	done <<-'END'
		--diff nope old.csv new.csv|--diff: old.csv has no column 'nope'
		--diff id,id old.csv new.csv|--diff names column 'id' twice
		--diff id, old.csv new.csv|--diff 'id,' has a column without a name
		--diff id --ignore x old.csv new.csv|--ignore: neither old.csv nor new.csv has a column 'x'
		--diff id --compare x old.csv new.csv|--compare: old.csv has no column 'x'
		--diff id --compare v --ignore v old.csv new.csv|--compare and --ignore do not go together
		--diff id old.csv|--diff compares two streams, OLD and NEW, not 1
		--diff id --memory 1M old.csv new.csv|--memory: '1M' is less than 2M, or more than there is
		--diff id --memory 9x old.csv new.csv|--memory: '9x' is not a size such as 64M
		--diff id --memory 99999999999G old.csv new.csv|--memory: '99999999999G' is less than 2M, or more than there is
		--diff id --rejects r old.csv new.csv|--rejects does not go with --diff
		--sort s.json|--sort does not go with a schema
		--diff id --checksum old.csv new.csv|--diff and --checksum do not go together
		--checksum --report r old.csv|--report does not go with --checksum
		--checksum --key x old.csv|--key: old.csv has no column 'x'
		--checksum --buckets 0 old.csv|--buckets '0' is not a number from 1 to 16777216
		--checksum --buckets 4 --bucket 4 old.csv|--bucket '4' is not a number from 0 to 3
		--checksum --bucket 1,,2 old.csv|--bucket '' is not a number from 0 to 1023
		--checksum --ignore id,name,v old.csv|--ignore leaves no column to hash
	END
}

# Checksums

@test "checksums do not depend on the order of rows and columns, nor on quotes" {
	printf 'v,name,id\n,b,2\nr,e,10\n"x",a,1\n"",c,"3"\nq,d,9\n' >mixed.csv
	validate --checksum --buckets 7 old.csv >a.sums
	[ "$(wc -l <a.sums)" = 8 ]
	[ "$(head -1 a.sums)" = bucket,rows,hash ]
	validate --checksum --buckets 7 <mixed.csv | cmp a.sums
	validate --checksum --buckets 1 --key id mixed.csv >one.sums
	[[ $(tail -1 one.sums) =~ ^0,5,[0-9a-f]{32}$ ]]
	validate --checksum --buckets 1 old.csv | cmp one.sums
	validate --checksum --buckets 7 --ignore v old.csv >b.sums
	validate --checksum --buckets 7 --compare id,name mixed.csv | cmp b.sums
}

@test "checksums see NULL, the border between columns, and rows that are there twice" {
	local sum='validate --checksum --buckets 1'
	printf 'a,b\n' >0.csv
	printf 'a,b\n,x\n' >1.csv
	printf 'a,b\n"",x\n' >2.csv
	printf 'a,b\nx,\n' >3.csv
	printf 'a,b\nx,""\n' >4.csv
	printf 'a,b\nxy,z\n' >5.csv
	printf 'a,b\nx,yz\n' >6.csv
	printf 'a,c\nx,yz\n' >7.csv
	printf 'a,b\nx,yz\nx,yz\n' >8.csv
	printf 'a,b\n,x\nx,yz\nx,yz\n' >9.csv
	for i in 0 1 2 3 4 5 6 7 8 9; do
		$sum "$i.csv" | tail -1 | cut -d, -f3
	done >hashes
	[ "$(sort -u hashes | wc -l)" = 10 ]
	[ "$($sum 0.csv | tail -1)" = 0,0,00000000000000000000000000000000 ]
	run -1 --separate-stderr validate -q --diff bucket <($sum 1.csv) <($sum 9.csv)
	[ "${lines[1]}" = changed,0,rows,1,3 ]
}

@test "only the buckets that differ need be compared" {
	plant 50000 20 3
	validate --checksum --key id --buckets 500 old.csv >old.sums
	validate --checksum --key id --buckets 500 new.csv >new.sums
	run -1 validate -q --diff bucket old.sums new.sums -o differ.csv
	local buckets
	buckets=$(tail -n +2 differ.csv | cut -d, -f2 | sort -u | paste -sd,)
	for side in old new; do
		validate --checksum --key id --buckets 500 --bucket "$buckets" $side.csv >$side.some
	done
	[ "$(wc -l <old.some)" -lt 4000 ]
	run -1 validate -q --diff id old.some new.some -o d.csv
	diff <(sort expected) <(differences d.csv)
	# all buckets together are all rows, in their order
	validate --checksum --key id --buckets 2 --bucket 0,1 old.csv | cmp old.csv
}
