# test-helpers.bash - what the server tests have in common
#
#	load ../scripts/test-helpers        (in a .bats file; the path from there)
#
# Needs MYSQL_URI and POSTGRES_URI: scripts/sandbox run bats FILE...
# shellcheck shell=bash

# Fail when the servers' addresses are not there; put the built programs first.
need_servers()
{
	if [ -z "${MYSQL_URI-}" ] || [ -z "${POSTGRES_URI-}" ]; then
		echo "MYSQL_URI and POSTGRES_URI are not set: use scripts/sandbox run" >&2
		return 1
	fi
	need_programs
}

need_programs()
{
	local root
	root=$(git -C "$BATS_TEST_DIRNAME" rev-parse --show-toplevel 2>/dev/null) ||
		root=$(dirname "$BATS_TEST_DIRNAME")
	PATH=${CARAVAN_BUILD:-$root/build}/bin:$PATH
	export PATH
}

# database_uri ADDRESS DATABASE: that database of the same server.
database_uri()
{
	local base=${1%%\?*} parameters=
	case $1 in *\?*) parameters="?${1#*\?}" ;; esac
	printf '%s' "${base%/*}/$2$parameters"
}

# mysql_client ARG...: the client, as MYSQL_URI says.
mysql_client()
{
	mariadb --no-defaults --batch --skip-column-names --raw --user=caravan \
		--socket="$MYSQL_SOCKET" --default-character-set=utf8mb4 "$@"
}

# psql_client DATABASE ARG...: the client, quiet, unaligned, stopping at the first error.
psql_client()
{
	local name=$1
	shift
	PGOPTIONS='-c timezone=UTC -c client_min_messages=warning' psql -X -q -At -v ON_ERROR_STOP=1 \
		--dbname="$(database_uri "$POSTGRES_URI" "$name")" "$@"
}

# table_hash DATABASE TABLE: one hash over all rows, whatever their order.
table_hash()
{
	psql_client "$1" -c "SELECT count(*), md5(string_agg(h, '' ORDER BY h))
		FROM (SELECT md5(t::text) AS h FROM $2 t) x"
}


# server_select DATABASE SELECT NAME=FILE...: what PostgreSQL makes of a SELECT over tables of
# text, which it fills with the files; as CSV with a header.
server_select()
{
	local name=$1 select=$2 pair columns
	shift 2
	{
		echo BEGIN\;
		for pair in "$@"; do
			columns=$(head -n 1 "${pair#*=}" | sed 's/,/ text, /g; s/$/ text/')
			echo "CREATE TEMP TABLE ${pair%%=*} ($columns);"
			echo "\\copy ${pair%%=*} FROM '${pair#*=}' CSV HEADER"
		done
		echo "COPY ($select) TO STDOUT CSV HEADER;"
		echo ROLLBACK\;
	} | psql_client "$name" -f -
}

# wait_for CMD...: until it succeeds
wait_for()
{
	local end=$((SECONDS + 60))
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# shard_rows DIR: the rows of its shards in the order of their numbers, without headers
shard_rows()
{
	local f
	for f in "$1"/part-*.csv.zst; do
		zstd -dcq "$f" | tail -n +2
	done
}

# package_json DIR PATH: a value of its datapackage.json, read by PostgreSQL
package_json()
{
	psql -qXAt -v ON_ERROR_STOP=1 "$POSTGRES_URI" -v j="$(cat "$1/datapackage.json")" \
		-v p="$2" <<<"SELECT :'j'::jsonb #>> :'p'"
}

# make_plan NAME USERS [SHARD_ROWS]: the streaming plan in PLAN, its two databases called NAME, and the names
# that a test of the driver goes by; the budgets are shares, of so few rows they are larger.
make_plan()
{
	local fixture=$BATS_TEST_DIRNAME/../fixtures/streaming
	export NAME=$1 PLAN=$BATS_FILE_TMPDIR/plan
	export SOURCE TARGET STAGING='' SHARD_ROWS=${3:-300} JOBS=2
	SOURCE=$(database_uri "$MYSQL_URI" "$NAME")
	TARGET=$(database_uri "$POSTGRES_URI" "$NAME")
	mkdir "$PLAN"
	cp -r "$fixture"/{waves,tables} "$PLAN"
	sed -i 's/MAX_REJECTS: .*/MAX_REJECTS: 10%/' "$PLAN"/waves/*.sql
	printf '%s\n' '# from the environment' >"$PLAN/plan.env"
	drop_plan "$NAME"
	"$fixture/generate" --users "$2" "$SOURCE" >/dev/null
	make_target "$NAME"
}

# make_target NAME: an empty target
make_target()
{
	psql_client postgres -c "CREATE DATABASE $1"
	psql_client "$1" -f "$BATS_TEST_DIRNAME/../fixtures/streaming/new.sql" >/dev/null
}

# drop_plan NAME: both databases, and the simulation's
drop_plan()
{
	mysql_client -e "DROP DATABASE IF EXISTS $1"
	psql_client postgres -c "DROP DATABASE IF EXISTS $1" -c "DROP DATABASE IF EXISTS ${1}_simulation"
}

# as_fresh DATABASE: whether the target of the plan is what a new migration of its source gives,
# row for row; that goes to DATABASE.
as_fresh()
{
	local table rc=0 fresh=$1
	psql_client postgres -c "DROP DATABASE IF EXISTS $fresh" -c "CREATE DATABASE $fresh"
	psql_client "$fresh" -f "$BATS_TEST_DIRNAME/../fixtures/streaming/new.sql" >/dev/null
	rm -rf "$BATS_FILE_TMPDIR/fresh"
	(
		export WORK=$BATS_FILE_TMPDIR/fresh TARGET
		TARGET=$(database_uri "$POSTGRES_URI" "$fresh")
		"$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force -q >/dev/null
		"$BATS_TEST_DIRNAME/caravan" "$PLAN" run --force -q >/dev/null
	) || return
	for table in users profiles subscriptions favourites; do
		psql_client "$NAME" -c "COPY (SELECT * FROM $table ORDER BY 1) TO STDOUT" >"$table.followed"
		psql_client "$fresh" -c "COPY (SELECT * FROM $table ORDER BY 1) TO STDOUT" >"$table.fresh"
		[ -s "$table.fresh" ] || rc=1
		diff "$table.followed" "$table.fresh" || rc=1
	done
	return $rc
}
