#!/usr/bin/env bats
#
# full-disk.bats - each output of each program on a full disk, and without a reader
#
# Two tables, of outputs that are files and of what goes to standard output, are
# run against /dev/full, a full file system, a limit on the size of files (for
# those who may not mount one) and a pipe that nobody reads.  A new output gets a
# line there.
#
# shellcheck disable=SC2016 # the commands' variables are for the shell that runs them
# shellcheck disable=SC2154 # stderr is set by run

bats_require_minimum_version 1.5.0
load test-helpers

# Outputs that are named: @ is the name.
files()
{
	cat <<'END'
extract -q -o @ "$SOURCE" t
extract -q -o @.zst "$SOURCE" t
extract -q --stats @ "$SOURCE" t
extract --list -o @ "$SOURCE"
extract --describe -o @ "$SOURCE" t
extract -q --query q=q.sql -o @ "$SOURCE"
extract -q -o @ "$TARGET" t
transform -q --max-rejects 100% -o @ m.sql in.csv
transform -q --max-rejects 100% -o @.zst m.sql in.csv
transform -q --max-rejects 100% --rejects @ m.sql in.csv
transform -q --max-rejects 100% --rejects @.zst m.sql in.csv
transform -q --max-rejects 100% --stats @ m.sql in.csv
transform --describe -o @ m.sql
transform --lineage -o @ m.sql
validate -q --max-rejects 100% -o @ s.json in.csv
validate -q --max-rejects 100% -o @.zst s.json in.csv
validate -q --max-rejects 100% --rejects @ s.json in.csv
validate -q --max-rejects 100% --stats @ s.json in.csv
validate -q --max-rejects 100% --report @ s.json in.csv
validate -q --max-rejects 100% --report @ --report-format text s.json in.csv
validate -q --max-rejects 100% --keys-out @ s.json in.csv
validate -q --diff id -o @ in.csv other.csv
validate -q --checksum -o @ in.csv
load -q --mode upsert --no-ledger --max-rejects 100% --rejects @ "$TARGET" t in.csv
load -q --mode upsert --no-ledger --max-rejects 100% --stats @ "$TARGET" t in.csv
load --describe -o @ "$TARGET" t
END
}

streams()
{
	cat <<'END'
extract -q "$SOURCE" t
extract -q "$TARGET" t
extract -q --query q=q.sql "$SOURCE"
extract -q --stats - -o /dev/null "$SOURCE" t
extract --list "$SOURCE"
extract --describe "$SOURCE" t
extract --help
extract --version
transform -q --max-rejects 100% m.sql in.csv
transform --describe m.sql
transform --lineage m.sql
transform --lineage=csv m.sql
transform --lineage=json m.sql
transform --help
transform --version
validate -q --max-rejects 100% s.json in.csv
validate -q --max-rejects 100% --report - -o /dev/null s.json in.csv
validate -q --diff id in.csv other.csv
validate -q --checksum in.csv
validate --help
validate --version
load --describe "$TARGET" t
load --print-schema "$TARGET" t
load --help
load --version
END
}

setup_file()
{
	need_servers
	NAME=full_disk_test_$$
	SOURCE=$(database_uri "$MYSQL_URI" "$NAME")
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	FULL=$BATS_FILE_TMPDIR/full
	export NAME SOURCE TARGET FULL
	mkdir "$FULL"
	cd "$BATS_FILE_TMPDIR" || return
	mysql_client -e "CREATE DATABASE $NAME"
	mysql_client "$NAME" -e "CREATE TABLE t (id int PRIMARY KEY, v text);
		INSERT INTO t SELECT seq, REPEAT(MD5(seq), 6) FROM seq_1_to_5000"
	psql_client postgres -c "CREATE DATABASE $NAME"
	psql_client "$NAME" -c 'CREATE TABLE t (id int PRIMARY KEY, v text)'
	extract -q "$SOURCE" t >in.csv
	# one row that each stage refuses
	echo 'x,' >>in.csv
	sed 's/^7,.*/7,other/' in.csv >other.csv
	echo '{"fields":[{"name":"id"},{"name":"v"}]}' >any.json
	echo 'SELECT * FROM t' >q.sql
	echo 'SELECT id::int, v FROM t' >m.sql
	echo '{"fields":[{"name":"id","type":"integer"},{"name":"v"}],"primaryKey":"v"}' >s.json
}

teardown_file()
{
	mysql_client -e "DROP DATABASE IF EXISTS $NAME"
	psql_client postgres -c "DROP DATABASE IF EXISTS $NAME"
}

setup()
{
	cd "$BATS_FILE_TMPDIR" || return
}

# Run TEXT in a shell whose FULL is a file system of its own of 1 MiB, with so many KiB left.
# What is in it then, but for the ballast, is in the file left.
in_full()
{
	unshare -m bash -c '
		mount -t tmpfs -o size=1m tmpfs "$FULL" || exit 99
		cat /dev/zero >"$FULL/ballast" 2>/dev/null
		truncate -s $((1024 - $0))K "$FULL/ballast"
		(eval "$1")
		status=$?
		(cd "$FULL" && find . -type f ! -name ballast -printf "%P\n") >left
		exit $status' "$1" "$2"
}

need_mount()
{
	unshare -m mount -t tmpfs tmpfs "$FULL" 2>/dev/null || skip 'a file system cannot be mounted here'
}

# fails STATUS TEXT COMMAND: with that status and one line that ends with TEXT.
fails()
{
	local want=$1 text=$2
	shift 2
	run --separate-stderr "$@"
	if [ "$status" != "$want" ] || [[ $stderr != *"$text" ]] || [ "${#stderr_lines[@]}" != 1 ]; then
		printf '%s\nstatus %s, not %s; standard error: %s\n' "$*" "$status" "$want" "$stderr"
		return 1
	fi
}

# each LIST TREATMENT: with each line of the list.
each()
{
	local line n=0
	while read -r line <&8; do
		"$2" "$line" || return
		n=$((n + 1))
	done 8< <("$1")
	[ $n -gt 20 ]
}

# Programs that cannot be stopped by an ignored signal, nor by what bats calls load.
shell()
{
	bash -c "$1" 8<&-
}

file_on_dev_full()
{
	[[ $1 != *@.zst* ]] || return 0
	fails 3 "'/dev/full': No space left on device" shell "${1/@//dev/full} >/dev/null"
}

file_on_full_disk()
{
	fails 3 'No space left on device' in_full 0 "${1/@/\"\$FULL/out\"} >/dev/null" || return
	[ ! -s left ]
}

file_over_limit()
{
	rm -rf small && mkdir small
	# standard error is a file, too
	fails 3 'File too large' shell "set -o pipefail
		(trap '' XFSZ; ulimit -f 0; ${1/@/small/out}) 2>&1 >/dev/null | cat >&2" || return
	[ -z "$(ls -A small)" ]
}

file_in_no_folder()
{
	fails 3 'No such file or directory' shell "${1/@/none/out} >/dev/null"
}

stream_on_dev_full()
{
	fails 3 'standard output: No space left on device' shell "$1 >/dev/full"
}

# Ends by SIGPIPE, which a shell shows as 141, and says nothing.
stream_without_reader()
{
	run --separate-stderr perl -e '
		pipe my $in, my $out or die;
		close $in;
		open STDOUT, ">&", $out or die;
		$SIG{PIPE} = "DEFAULT";
		exec "bash", "-c", "exec $ARGV[0]" or die' "$1" 8<&-
	if [ "$status" != 141 ] || [ -n "$stderr" ]; then
		printf '%s\nstatus %s, not 141; standard error: %s\n' "$1" "$status" "$stderr"
		return 1
	fi
}

@test "files: /dev/full" {
	each files file_on_dev_full
}

@test "files: a full file system, on which nothing is left" {
	need_mount
	each files file_on_full_disk
}

@test "files: a limit on their size; nothing is left" {
	each files file_over_limit
}

@test "files: a folder that is not there" {
	each files file_in_no_folder
}

# The folder has a manifest that says "not complete", or is empty; what shards it has are whole.
@test "shards: a full file system; begun again when there is room" {
	need_mount
	local free
	for free in 0 8 40 60; do
		fails 3 'No space left on device' in_full $free '
			extract -q -d "$FULL/d" -n 1000 "$SOURCE" t
			status=$?
			cp -r "$FULL/d" was
			rm "$FULL/ballast"
			extract -q -d "$FULL/d" -n 1000 "$SOURCE" t || status=99
			cat "$FULL"/d/part-*.zst | zstd -dcq | wc -l >lines
			exit $status' || return
		echo "$free KiB: $(ls was)"
		[ ! -e was/datapackage.json ] || [ "$(jq .caravan.complete was/datapackage.json)" = false ]
		[ -z "$(find was -type f ! -name datapackage.json ! -name 'part-*.zst')" ]
		for shard in was/part-*.zst; do
			[ ! -e "$shard" ] || validate -q any.json "$shard" >/dev/null
		done
		[ "$(cat lines)" = 5005 ]
		rm -r was
	done
}

@test "temporary files: a full TMPDIR" {
	need_mount
	local line
	# keys that are texts, rows that are sorted, rows that wait for others
	psql_client "$NAME" -c 'CREATE TABLE waits (id int PRIMARY KEY, v text, w int REFERENCES waits)'
	perl -e 'print "id,v,w\n"; printf "%d,%s,%d\n", $_, "v" x 900, $_ + 1 for 1 .. 300; print "x,,\n301,,\n"' >waits.csv
	perl -e 'print "id,v\n"; printf "%d,%s\n", 40000 - $_, "v" x 200 for 1 .. 30000' >long.csv
	for line in 'validate -q --max-rejects 1 s.json in.csv' \
		'validate -q --diff id --sort --memory 2M in.csv long.csv' \
		'load -q --max-rejects 1 "$TARGET" waits waits.csv'; do
		fails 3 'No space left on device' in_full 0 "TMPDIR=\$FULL $line >/dev/null" || return
		[ ! -s left ]
	done
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM waits')" = 0 ]
	command load -q --max-rejects 1 "$TARGET" waits waits.csv
	[ "$(psql_client "$NAME" -c 'SELECT count(*) FROM waits')" = 301 ]
}

@test "standard output: /dev/full" {
	each streams stream_on_dev_full
}

@test "standard output: nobody reads it" {
	each streams stream_without_reader
}

# Servers of our own, in a shell with mounts of its own: TEXT runs there, where the folder
# disk is a file system of 4 MiB.
in_own_servers()
{
	unshare -m "$BATS_TEST_DIRNAME/sandbox" run bash -c '
		PATH=$0:$PATH
		exec 2>&1
		disk=$CARAVAN_SANDBOX/disk
		mkdir "$disk" && mount -t tmpfs -o size=4m,mode=777 tmpfs "$disk" || exit 99
		eval "$1"
		umount -l "$disk"' "$(dirname "$(type -P extract)")" "$1"
}

@test "PostgreSQL's disk is full: status 3, no row is refused for it; with room, all is loaded" {
	need_mount
	perl -e 'print "id,v\n"; printf "%d,%s\n", $_, "v" x 900 for 1 .. 9000; print "x,\n"' >rows.csv
	run -0 in_own_servers '
		mkdir "$disk/space" && chown --reference="$CARAVAN_SANDBOX/postgres" "$disk/space"
		psql -Xq -c "CREATE TABLESPACE small LOCATION \$\$$disk/space\$\$" \
			-c "CREATE TABLE t (id int PRIMARY KEY, v text) TABLESPACE small"
		load -q --max-rejects 1 --rejects r.csv "$POSTGRES_URI" t rows.csv
		echo "status $?, $(psql -XAtqc "SELECT count(*) FROM t") rows"
		mount -o remount,size=64m "$disk"
		load -q --max-rejects 1 --rejects r.csv "$POSTGRES_URI" t rows.csv
		echo "status $?, $(psql -XAtqc "SELECT count(*) FROM t") rows, $(tail -n +2 r.csv | cut -c1-8)"'
	echo "$output"
	[[ ${lines[0]} == 'load: '*'53100'*'No space left on device'* ]]
	[ "${lines[1]}" = 'status 3, 0 rows' ]
	[ "${lines[2]}" = 'status 0, 9000 rows, x,,load,' ]
}

@test "MariaDB's disk for sorting is full: status 3, and what it said" {
	need_mount
	echo 'SELECT * FROM t ORDER BY v' >sorted.sql
	run -0 in_own_servers '
		mariadb --defaults-file="$MYSQL_CNF" -e "CREATE DATABASE d; USE d;
			CREATE TABLE t SELECT seq AS id, REPEAT(MD5(seq), 8) AS v FROM seq_1_to_40000;
			SET GLOBAL sort_buffer_size = 32768"
		mount --bind "$disk" "$CARAVAN_SANDBOX/tmp"
		extract -q --query q=sorted.sql -o rows.csv.zst "${MYSQL_URI/\/\?//d?}"
		echo "status $?, $(ls rows.csv.zst 2>/dev/null)"
		umount -l "$CARAVAN_SANDBOX/tmp"'
	echo "$output"
	[[ ${lines[0]} == 'extract: '*'space'* ]]
	[ "${lines[1]}" = 'status 3, ' ]
}
