#!/usr/bin/env bats
#
# folder.bats - two extractions that want one folder
#
# shellcheck disable=SC2154 # stderr is set by run

bats_require_minimum_version 1.5.0
load ../scripts/test-helpers

setup_file()
{
	need_servers
	NAME=folder_test_$$
	SOURCE=$(database_uri "$MYSQL_URI" "$NAME")
	export NAME SOURCE
	mysql_client -e "CREATE DATABASE $NAME"
	mysql_client "$NAME" -e "CREATE TABLE t (id int PRIMARY KEY);
		INSERT INTO t VALUES (1), (2), (3), (4), (5), (6); CREATE TABLE u (id int PRIMARY KEY)"
}

teardown_file()
{
	mysql_client -e "DROP DATABASE IF EXISTS $NAME"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# Six rows, two in a second: there is time to look at it.
begin_slowly()
{
	extract -q -d out --max-rows-per-second 2 "$SOURCE" t 3>&- &
	pid=$!
	for _ in {1..2000}; do
		[ ! -e out/datapackage.json ] || return 0
		sleep 0.005
	done
	return 1
}

@test "a folder that another extract writes to is refused, and nothing in it is touched" {
	local pid before
	begin_slowly
	before=$(<out/datapackage.json)
	run -3 --separate-stderr extract -q -d out "$SOURCE" t 3>&-
	[ "$stderr" = "extract: another extract writes to folder 'out'" ]
	# several, of which one is taken: none of the others is touched either
	mkdir all
	ln -s ../out all/t
	run -3 --separate-stderr extract -q -d all "$SOURCE" u t 3>&-
	[ "$stderr" = "extract: another extract writes to folder 'all/t'" ]
	[ ! -e all/u/datapackage.json ]
	[ "$(<out/datapackage.json)" = "$before" ]
	wait $pid
	[ "$(jq -c '[.caravan.complete, .caravan.rows]' out/datapackage.json)" = '[true,6]' ]
}

@test "a killed extract keeps nobody out" {
	local pid
	begin_slowly
	kill -9 $pid
	wait $pid || [ $? = 137 ]
	extract -q -d out "$SOURCE" t
	[ "$(jq -c '[.caravan.complete, .caravan.rows]' out/datapackage.json)" = '[true,6]' ]
}
