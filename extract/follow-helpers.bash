# follow-helpers.bash - what the tests of changes in shards have in common
#
#	load follow-helpers        (in a .bats file, after mysql-helpers)
#
# from is where the changes of a test begin.
# shellcheck shell=bash disable=SC2154 # $from and $URI

# records DIR: those of all shards, in their order
records()
{
	local f
	for f in "$1"/part-*.csv.zst; do
		zstd -dcq "$f" | sed 1d
	done
}

# is_whole DIR TABLE: the shards have what the log has from $from to where they went
is_whole()
{
	local until
	until=$(jq -r .position "${3:-$1}/position.json")
	extract -q --follow --from "$from" --until "$until" "$URI" "$2" | sed 1d >want.csv
	records "$1" | cmp - want.csv
	[ -s want.csv ]
	# a transaction is in one shard
	for f in "$1"/part-*.csv.zst; do
		[[ $(zstd -dcq "$f" | tail -n 1) = *'$' ]]
	done
}

# write_changes DATABASE TABLE...: transactions of all kinds, one after the other, until it is killed
write_changes()
{
	local db=$1 i=0 t
	shift
	{
		while :; do
			i=$((i + 1))
			echo "BEGIN;"
			for t; do
				echo "INSERT INTO $t VALUES ($i, 'a$i'), (-$i, NULL); UPDATE $t SET v = 'u' WHERE id > $i - 5 AND id % 3 = 0;"
				((i % 7)) || echo "UPDATE $t SET id = id + 1000000 WHERE id BETWEEN $i - 3 AND $i; DELETE FROM $t WHERE id < -$i + 2;"
			done
			echo "COMMIT;"
			((i % 50)) || echo "FLUSH BINARY LOGS;"
		done
	} | mariadb --no-defaults -S "$mysql_socket" -u "$mysql_user" "$db"
}

has_shards()
{
	[ "$(find "$1" -name 'part-*' | wc -l)" -ge "$2" ]
}
