#!/usr/bin/env bats
#
# pipeline.bats - the four programs together, on real servers
#
# shellcheck disable=SC2154 # stderr is set by run

bats_require_minimum_version 1.5.0
load test-helpers

setup_file()
{
	need_servers
	NAME=pipeline_test_$$
	PLAN=$BATS_TEST_DIRNAME/../fixtures/streaming
	SOURCE=$(database_uri "$MYSQL_URI" "$NAME")
	MAP=$PLAN/tables/10-users/map.sql
	SCHEMA=$PLAN/tables/10-users/schema.json
	RAW=$BATS_FILE_TMPDIR/raw
	export NAME PLAN SOURCE MAP SCHEMA RAW
	"$PLAN/generate" --users 3000 "$SOURCE"
	extract -q -d "$RAW" -n 400 "$SOURCE" tbl_user
}

teardown_file()
{
	mysql_client -e "DROP DATABASE IF EXISTS $NAME"
	for way in pipe xargs parallel again; do
		psql_client postgres -c "DROP DATABASE IF EXISTS ${NAME}_$way"
	done
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# new_target WAY: an empty target database, whose address is TARGET.
new_target()
{
	psql_client postgres -c "CREATE DATABASE ${NAME}_$1"
	psql_client "${NAME}_$1" -f "$PLAN/new.sql"
	TARGET=$(database_uri "$POSTGRES_URI" "${NAME}_$1")
	export TARGET
}

# one_shard FILE: what xargs and parallel run.
one_shard()
{
	set -o pipefail
	local name=${1##*/}
	transform -q --end-mark --max-rejects 5% --rejects "t.$name.csv" "$MAP" "$1" |
		validate -q --end-mark --max-rejects 5% --rejects "v.$name.csv" "$SCHEMA" |
		command load -q --end-mark --max-rejects 5% --rejects "l.$name.csv" "$TARGET" users
}
export -f one_shard

# Rows of all rejects files in this folder, by stage.
rejected()
{
	local file
	for file in "$@"; do
		python3 -c 'import csv, sys; print(sum(1 for _ in csv.reader(open(sys.argv[1]))) - 1)' "$file"
	done | awk '{ n += $1 } END { print n + 0 }'
}

@test "a pipe, xargs over shards and GNU parallel leave identical tables" {
	set -o pipefail
	new_target pipe
	extract -q --end-mark "$SOURCE" tbl_user |
		transform -q --end-mark --max-rejects 5% --rejects t.csv --stats t.json "$MAP" |
		validate -q --end-mark --max-rejects 5% --rejects v.csv --stats v.json "$SCHEMA" |
		command load -q --end-mark --max-rejects 5% --rejects l.csv --stats l.json "$TARGET" users
	new_target xargs
	mkdir xargs parallel
	(cd xargs && printf '%s\n' "$RAW"/part-*.csv.zst | xargs -P2 -I{} bash -c 'one_shard {}')
	new_target parallel
	(cd parallel && parallel -j2 one_shard ::: "$RAW"/part-*.csv.zst)

	local pipe
	pipe=$(table_hash "${NAME}_pipe" users)
	[ "${pipe%%|*}" -gt 2500 ]
	[ "$(table_hash "${NAME}_xargs" users)" = "$pipe" ]
	[ "$(table_hash "${NAME}_parallel" users)" = "$pipe" ]

	# every row of the source is loaded, rejected or filtered, and each stage agrees
	local read filtered
	read=$(mysql_client "$NAME" -e 'SELECT count(*) FROM tbl_user')
	[ "$(jq .rows_in t.json)" = "$read" ]
	filtered=$(jq .filtered t.json)
	[ "$filtered" = "$(mysql_client "$NAME" -e "SELECT count(*) FROM tbl_user WHERE deleted <> 0")" ]
	[ "$(jq .rows_out t.json)" = "$(jq .rows_in v.json)" ]
	[ "$(jq .rows_out v.json)" = "$(jq .rows_in l.json)" ]
	[ "$(rejected t.csv v.csv l.csv)" -gt 0 ]
	[ $((${pipe%%|*} + filtered + $(rejected t.csv v.csv l.csv))) = "$read" ]
	[ $((${pipe%%|*} + filtered + $(rejected xargs/*.csv))) = "$read" ]
	[ $((${pipe%%|*} + filtered + $(rejected parallel/*.csv))) = "$read" ]
}

@test "shards on the way give what the pipe gives" {
	local file
	mkdir mapped valid
	for file in "$RAW"/part-*.csv.zst; do
		transform -q --max-rejects 5% -o "mapped/${file##*/}" "$MAP" "$file"
	done
	validate -q --max-rejects 5% -o valid/all.csv.zst "$SCHEMA" mapped/*.zst
	zstd -qt mapped/*.zst valid/*.zst
	transform -q --max-rejects 5% "$MAP" "$RAW"/part-*.csv.zst |
		validate -q --max-rejects 5% "$SCHEMA" | cmp - <(zstd -dc valid/all.csv.zst)
}

# damage FILE: FILE.flipped.csv.zst has one byte changed, FILE.cut.csv.zst is cut short.
damage()
{
	local size
	size=$(stat -c %s "$1")
	cp "$1" "$1.flipped.csv.zst"
	printf '\x55' | dd of="$1.flipped.csv.zst" bs=1 seek=$((size / 2)) conv=notrunc status=none
	head -c $((size - 30)) "$1" >"$1.cut.csv.zst"
}

@test "a shard with a byte changed or cut short is refused by name, by each program" {
	cp "$RAW/part-00001.csv.zst" raw
	transform -q --max-rejects 100% -o mapped.csv.zst "$MAP" raw
	validate -q --max-rejects 100% -o valid.csv.zst "$SCHEMA" mapped.csv.zst
	damage raw
	damage mapped.csv.zst
	damage valid.csv.zst
	new_target again
	for how in flipped cut; do
		run -3 --separate-stderr transform -q --max-rejects 100% -o out.csv "$MAP" raw.$how.csv.zst
		[[ $stderr == *"raw.$how.csv.zst"* ]]
		run -3 --separate-stderr validate -q --max-rejects 100% -o out.csv "$SCHEMA" mapped.csv.zst.$how.csv.zst
		[[ $stderr == *"mapped.csv.zst.$how.csv.zst"* ]]
		run -3 --separate-stderr command load -q --max-rejects 100% "$TARGET" users valid.csv.zst.$how.csv.zst
		[[ $stderr == *"valid.csv.zst.$how.csv.zst"* ]]
		[ ! -e out.csv ]
	done
	[ "$(psql_client "${NAME}_again" -c 'SELECT count(*) FROM users')" = 0 ]
}

# killed_after SECONDS CMD…: it ends well before, or is killed.
killed_after()
{
	local status=0
	timeout -s KILL "$@" || status=$?
	[ $status = 0 ] || [ $status = 137 ]
}

@test "killed at any moment, a shard that can be seen is complete" {
	local i file seen=0
	printf '{"fields":[{"name":"u_id"}],"fieldsMatch":["subset"]}' >any.json
	for i in 010 020 030 040 060 080 100 130 170 250; do
		killed_after "0.$i" extract -q -d "raw$i" -n 300 "$SOURCE" tbl_user
		killed_after "0.$i" transform -q --max-rejects 5% -o "t$i.csv.zst" "$MAP" "$RAW"/*.zst
		killed_after "0.$i" validate -q --max-rejects 100% -o "v$i.csv.zst" \
			any.json "$RAW"/*.zst
	done
	# nothing but whole shards and manifests: no temporary name is left either
	[ -z "$(find . -type f ! -name '*.csv.zst' ! -name datapackage.json ! -name any.json)" ]
	while read -r file; do
		zstd -qt "$file"
		shard_rows "$file" >/dev/null
		seen=$((seen + 1))
	done < <(find . -name '*.csv.zst')
	echo "# $seen shards were there" >&3
}

# Rows of a shard, read by a program that checks its seal.
shard_rows()
{
	printf '{"fields":[{"name":"%s"}],"fieldsMatch":["subset"]}' \
		"$(zstd -dc "$1" | head -1 | cut -d, -f1)" >any.json
	validate -q --stats - -o /dev/null any.json "$1" | jq .rows_in
}

@test "a stage that fails leaves nothing in the target, thanks to the end mark" {
	psql_client "${NAME}_again" -c 'TRUNCATE users CASCADE'
	TARGET=$(database_uri "$POSTGRES_URI" "${NAME}_again")
	# the first stage dies in the middle: the stream looks finished, but has no mark
	zstd -dc "$RAW"/part-00000.csv.zst | head -c 20000 | head -n -1 >half.csv
	run bash -c "transform -q --max-rejects 100% '$MAP' half.csv |
		validate -q --max-rejects 100% '$SCHEMA' |
		command load -q --end-mark --max-rejects 100% '$TARGET' users"
	[ "$status" = 3 ]
	[[ $output == *"end mark"* ]]
	[ "$(psql_client "${NAME}_again" -c 'SELECT count(*) FROM users')" = 0 ]
}

@test "a reader that goes away ends each program quietly" {
	local all=()
	# more than a pipe takes in (1 MiB): else a quick writer is done before its reader leaves
	echo 'SELECT u.* FROM tbl_user u, seq_1_to_8 s' >many.sql
	echo '{"fields":[{"name":"id"}],"fieldsMatch":["subset"]}' >any.json
	for _ in 1 2 3 4 5 6 7 8; do all+=("$RAW"/*.zst); done
	transform -q --max-rejects 100% -o many.csv "$MAP" "${all[@]}"
	[ "$(stat -c %s many.csv)" -gt 4000000 ]
	# SIGPIPE is 141 to a shell; nothing on standard error
	run bash -c "set -o pipefail; extract --query q=many.sql '$SOURCE' 2>e | head -1 >/dev/null"
	[ "$status" = 141 ] && [ ! -s e ]
	run bash -c "set -o pipefail; transform -q --max-rejects 100% '$MAP' ${all[*]} 2>e | head -1 >/dev/null"
	[ "$status" = 141 ] && [ ! -s e ]
	run bash -c "set -o pipefail; validate -q any.json many.csv 2>e | head -1 >/dev/null"
	[ "$status" = 141 ] && [ ! -s e ]
}

@test "a full disk is an error of each output of each program" {
	local option
	for option in -o --rejects --stats; do
		if [ $option != --rejects ]; then
			run -3 --separate-stderr extract -q $option /dev/full "$SOURCE" tbl_user
			[[ $stderr == *"/dev/full"*"No space left"* ]]
		fi
		run -3 --separate-stderr transform -q --max-rejects 100% $option /dev/full "$MAP" "$RAW"/*.zst
		[[ $stderr == *"/dev/full"*"No space left"* ]]
		run -3 --separate-stderr bash -c "set -o pipefail
			transform -q --max-rejects 100% '$MAP' '$RAW'/*.zst |
			validate -q --max-rejects 100% $option /dev/full '$SCHEMA' >/dev/null"
		[[ $stderr == *"/dev/full"*"No space left"* ]]
	done
	for program in "extract $SOURCE tbl_user" "transform --max-rejects 100% $MAP $RAW/part-00000.csv.zst"; do
		run -3 --separate-stderr bash -c "$program -q >/dev/full"
		[[ $stderr == *"No space left"* ]]
	done
}
