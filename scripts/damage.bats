#!/usr/bin/env bats
#
# damage.bats - a shard that was changed or cut short is refused by name, by each program
#
# lib/shard/shard_damage_test.c tries 10,000 kinds of damage on the reader alone.

bats_require_minimum_version 1.5.0
load test-helpers

setup_file()
{
	need_servers
	NAME=damage_test_$$
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	export NAME TARGET
	psql_client postgres -c "CREATE DATABASE $NAME"
	psql_client "$NAME" -c 'CREATE TABLE t (id int, pad text)'
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	printf '{"fields":[{"name":"id"},{"name":"pad"}]}' >s.json
	echo 'SELECT id, pad FROM t' >m.sql
	printf 'id,pad\n' >in.csv
	# text that zstd packs, and text that it leaves as it is
	seq -f '%.0f,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' 2000 >>in.csv
	perl -e 'srand 7; printf "%d,%s\n", $_, join "", map { chr 97 + rand 26 } 1 .. 40 for 1 .. 2000' >>in.csv
	validate -q -o whole.csv.zst s.json in.csv
}

# damaged N: bad-N.csv.zst has one bit of whole.csv.zst flipped, or is cut, as N says.
damaged()
{
	perl -e '
		my $n = shift;
		srand 1000 + $n;
		local $/;
		open my $in, "<:raw", "whole.csv.zst" or die;
		my $bytes = <$in>;
		my $at = int rand length $bytes;
		if ($n % 3) { vec($bytes, 8 * $at + int rand 8, 1) ^= 1 } else { substr($bytes, $at) = "" }
		open my $out, ">:raw", "bad-$n.csv.zst" or die;
		print $out $bytes;
		close $out or die' "$1"
}

# refused N PROGRAM ARG...: it ends with 3, and names the shard; nothing is written.
refused()
{
	local number=$1 status=0
	shift
	"$@" "bad-$number.csv.zst" 2>err || status=$?
	if [ $status != 3 ] || ! grep -q "^${1%er}: .*bad-$number.csv.zst" err || [ "$(wc -l <err)" != 1 ]; then
		echo "shard $number: $*: status $status: $(cat err)"
		return 1
	fi
	[ ! -e out.csv ]
}

# bats has a function named load.
loader()
{
	command load "$@"
}

@test "validate refuses each of 100" {
	local i
	for ((i = 0; i < 100; i++)); do
		damaged $i
		refused $i validate -q -o out.csv s.json
	done
}

@test "transform refuses each of 100" {
	local i
	for ((i = 100; i < 200; i++)); do
		damaged $i
		refused $i transform -q -o out.csv m.sql
	done
}

@test "load refuses each of 100, and leaves the table empty" {
	local i
	for ((i = 200; i < 300; i++)); do
		damaged $i
		refused $i loader -q "$TARGET" t
	done
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM t')" = 0 ]
	loader -q "$TARGET" t whole.csv.zst
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM t')" = 4000 ]
}
