# postgres-helpers.bash - what extract's tests against PostgreSQL as a source have in common
#
#	load postgres-helpers        (in a .bats file)
#
# A database of the file's own, $DB, with the table few and hostile settings;
# $URI is its address.
# shellcheck shell=bash
load ../scripts/test-helpers

setup_file()
{
	need_servers
	export DB=extract_postgres_$$
	export URI
	URI=$(database_uri "$POSTGRES_URI" $DB)
	psql_client postgres -c "CREATE DATABASE $DB ENCODING 'UTF8' TEMPLATE template0"
	pg -c "ALTER DATABASE $DB SET datestyle = 'German'" -c "ALTER DATABASE $DB SET timezone = 'Asia/Riyadh'" \
		-c "ALTER DATABASE $DB SET bytea_output = 'escape'" \
		-c "ALTER DATABASE $DB SET extra_float_digits = -3" \
		-c "ALTER DATABASE $DB SET intervalstyle = 'sql_standard'" \
		-c "ALTER DATABASE $DB SET statement_timeout = '700ms'" \
		-c "ALTER DATABASE $DB SET standard_conforming_strings = off" \
		-c "CREATE TABLE few (id int PRIMARY KEY, name text);
		INSERT INTO few VALUES (1, 'a'), (2, ''), (3, NULL), (4, 'd'), (5, 'e'), (6, 'f')"
}

teardown_file()
{
	psql_client postgres -c "DROP DATABASE IF EXISTS $DB WITH (FORCE)" \
		-c "DROP ROLE IF EXISTS ${DB}_user"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# A session whose settings are not the database's, but the stream's.
pg()
{
	PGOPTIONS="-c datestyle=ISO -c timezone=UTC -c bytea_output=hex -c extra_float_digits=1 \
		-c intervalstyle=postgres -c statement_timeout=0 -c standard_conforming_strings=on \
		-c client_min_messages=warning" \
		psql -qXAt -v ON_ERROR_STOP=1 "$(database_uri "$POSTGRES_URI" "$DB")" "$@"
}

# The backends that wait for the advisory lock in a statement that names MARK.
waiting()
{
	pg -c "SELECT pid FROM pg_stat_activity WHERE datname = '$DB' AND wait_event = 'advisory'
		AND query LIKE '%$1%' ORDER BY pid"
}

is_waiting()
{
	[ -n "$(waiting "$1")" ]
}

is_held()
{
	[ "$(pg -c "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
		WHERE d.datname = '$DB' AND locktype = 'advisory' AND objid = $1 AND granted")" -gt 0 ]
}

# A session holds advisory lock 1 until release; lock.sql waits for it.
hold()
{
	pg -c "SELECT pg_advisory_lock(1)" -c "SELECT pg_sleep(600) AS holder" >/dev/null 2>&1 3>&- &
	wait_for is_held 1
	echo "SELECT pg_advisory_lock_shared(1) IS NULL AS got_it" >lock.sql
}

release()
{
	pg -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$DB'
		AND query LIKE '%AS holder%' AND pid <> pg_backend_pid()" >/dev/null
}
