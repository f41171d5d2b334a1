# mysql-helpers.bash - what the tests of load into MariaDB have in common
#
# Needs MYSQL_URI: scripts/sandbox run bats load.  Each file has a database of its own,
# DB, whose address is TARGET.
# shellcheck shell=bash

mysql_setup_file()
{
	if [ -z "${MYSQL_URI-}" ]; then
		echo "MYSQL_URI is not set: use scripts/sandbox run" >&2
		return 1
	fi
	export PATH=${CARAVAN_BUILD:-$BATS_TEST_DIRNAME/../build}/bin:$PATH
	export DB=load_mysql_${BATS_TEST_FILENAME##*/}
	DB=${DB%.bats}_$$
	socket=${MYSQL_URI##*socket=}
	user=${MYSQL_URI#*://}
	user=${user%%@*}
	export socket user
	export TARGET="${MYSQL_URI%%\?*}$DB?socket=$socket"
}

mysql_teardown_file()
{
	client -e "DROP DATABASE IF EXISTS $DB; DROP USER IF EXISTS ${DB}_u@localhost"
}

# Each test begins with an empty database.
mysql_setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	client -e "DROP DATABASE IF EXISTS $DB; CREATE DATABASE $DB CHARACTER SET utf8mb4"
}

client()
{
	mariadb --no-defaults -S "$socket" -u "$user" --default-character-set=utf8mb4 \
		--init-command="SET sql_mode = '', time_zone = '+00:00'" \
		--batch --raw --skip-column-names "$@"
}

# sql STATEMENTS: what they give, with tabs.
sql()
{
	client "$DB" -e "$1"
}

# wait_for SQL: until it gives 1; fails after a minute.  InnoDB's tables of information_schema are
# brought up to date only when nobody has read them for 0.1 s.
wait_for()
{
	local end=$((SECONDS + 60))
	until [ "$(sql "$1")" = 1 ]; do
		if [ $SECONDS -ge $end ]; then
			echo "in vain: $1" >&2
			return 1
		fi
		sleep 0.15
	done
}

